//! The JSON Schema of the values, generated from their types.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::TextScalar;
use super::values::Values;

/// Checks a text against one grammar.
pub type FormatCheck = fn(&str) -> Result<(), String>;

/// Lists text scalars by their format.
macro_rules! format_table {
    ($($name:ident),+ $(,)?) => {
        &[$((<super::$name as TextScalar>::FORMAT, |text| <super::$name as TextScalar>::parse(text).map(|_| ()))),+]
    };
}

/// Every text format that the schema uses, with its check, which says what is wrong with a text.
pub fn formats() -> &'static [(&'static str, FormatCheck)] {
    const FORMATS: &[(&str, FormatCheck)] = format_table![
        EnvironmentName,
        DnsLabel,
        Namespace,
        PoolName,
        ResourceName,
        SecretKey,
        SealedName,
        SecretType,
        Base64,
        Fingerprint,
        EnvName,
        LabelKey,
        LabelValue,
        RegionSlug,
        SizeSlug,
        CloudId,
        CloudTag,
        ConnectionName,
        ProjectName,
        BucketName,
        RecordName,
        GroupName,
        ClaimName,
        ValuePath,
        SourcePath,
        Host,
        HostOrLabel,
        Email,
        AddressOrCidr,
        Cidr,
        WebOrigin,
        IssuerUrl,
        WebUrl,
        HttpPath,
        ImageRepository,
        ImageReference,
        GitUrl,
        GitRevision,
        ChartRepository,
        ChartName,
        ChartVersion,
        KubernetesVersion,
        Quantity,
        Duration,
        TimeOfDay,
        Cron,
        Date,
        Pattern,
    ];
    FORMATS
}

/// The schema of merged values: everything in place without references, no alternatives, no `null`.
///
/// An explicit `null` removes a key while layers merge, so none is left when this schema is asked.
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<Values>().to_value();
    simplify(&mut schema);
    schema
}

/// The schema of a file of sealed secrets: of all values it may hold `sealed`, and nothing else.
pub fn sealed_schema() -> Value {
    let sealed = schema().pointer_mut("/properties/sealed").map(Value::take);
    json!({ "type": "object", "properties": { "sealed": sealed }, "additionalProperties": false })
}

/// The schema of a file of outputs: of all values it may hold `outputs`, and nothing else.
pub fn outputs_schema() -> Value {
    let outputs = schema().pointer_mut("/properties/outputs").map(Value::take);
    json!({ "type": "object", "properties": { "outputs": outputs }, "additionalProperties": false })
}

/// The schema of one values file, for editors: a layer may leave out what another sets, remove a key by `null`, and
/// say what it extends.
pub fn file_schema() -> Value {
    let mut schema = schema();
    loosen(&mut schema);
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        let extends = json!({
            "type": "array",
            "items": { "type": "string", "format": super::EnvironmentName::FORMAT },
            "description": "Values files that this one builds on, by name: `prod` means values/prod.yaml. \
                            What this file says wins over theirs.",
        });
        properties.shift_insert(0, "extends".to_owned(), extends);
    }
    schema["title"] = json!("Values of an environment");
    schema
}

/// Brings what the generator writes into the plainest form, everywhere below `schema`.
fn simplify(schema: &mut Value) {
    let Value::Object(object) = schema else { return };
    object.remove("title");
    unwrap_nullable(object);
    flatten_enum(object);
    // Widths of Rust's numbers mean nothing to a reader; ranges do, and the types refuse what is beyond them.
    if object.get("type").is_some_and(|kind| kind == "integer")
        && object.remove("format").is_some_and(|width| width == "uint32")
    {
        object.entry("maximum").or_insert_with(|| json!(u32::MAX));
    }
    if object.get("default").is_some_and(Value::is_null) {
        object.remove("default");
    }
    if let Some(Value::String(description)) = object.get_mut("description") {
        *description = prose(description);
    }
    for_subschemas(object, simplify);
}

/// Calls `change` on every direct subschema.
fn for_subschemas(object: &mut Map<String, Value>, change: fn(&mut Value)) {
    for key in ["items", "additionalProperties", "propertyNames"] {
        if let Some(subschema) = object.get_mut(key) {
            change(subschema);
        }
    }
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        properties.values_mut().for_each(change);
    }
}

/// `anyOf: [T, null]` and `type: [T, null]` become `T`: an absent key says the same.
fn unwrap_nullable(object: &mut Map<String, Value>) {
    if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|kind| kind != "null"));
        if let [Value::Object(only)] = choices.as_mut_slice() {
            let only = std::mem::take(only);
            object.remove("anyOf");
            for (key, value) in only {
                // What the field says of itself is closer to the reader than what its type says.
                object.entry(key).or_insert(value);
            }
        }
    }
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_mut_slice() {
            let only = only.take();
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(names)) = object.get_mut("enum") {
        names.retain(|name| !name.is_null());
    }
}

/// `oneOf` of constants becomes `enum`, with what was said of each constant in the description.
fn flatten_enum(object: &mut Map<String, Value>) {
    let Some(choices) = object.get("oneOf").and_then(Value::as_array) else { return };
    let mut names = Vec::new();
    let mut lines: Vec<_> = object.get("description").and_then(Value::as_str).map(str::to_owned).into_iter().collect();
    for choice in choices {
        if let Some(plain) = choice.get("enum").and_then(Value::as_array) {
            names.extend(plain.iter().filter(|name| !name.is_null()).cloned());
        } else if let Some(name) = choice.get("const") {
            let meaning = choice.get("description").and_then(Value::as_str).map(prose).unwrap_or_default();
            lines.push(format!("{}: {meaning}", name.as_str().unwrap_or_default()));
            names.push(name.clone());
        } else if choice.get("type").is_none_or(|kind| kind != "null") {
            return;
        }
    }
    object.remove("oneOf");
    object.insert("type".to_owned(), json!("string"));
    object.insert("enum".to_owned(), Value::Array(names));
    object.insert("description".to_owned(), Value::String(lines.join("\n\n")));
}

/// A doc comment as prose: its line breaks inside paragraphs are only there for the source's width.
fn prose(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(|paragraph| {
        let lines: Vec<_> = paragraph.lines().map(str::trim).collect();
        lines.join(" ")
    });
    paragraphs.collect::<Vec<_>>().join("\n\n").replace("`DigitalOcean`", "DigitalOcean").replace("`OpenID`", "OpenID")
}

/// Lets a file hold a part of the values. Items of lists stay whole: lists are replaced, never merged.
fn loosen(schema: &mut Value) {
    let Value::Object(object) = schema else { return };
    object.remove("required");
    for key in ["properties", "additionalProperties"] {
        match object.get_mut(key) {
            Some(Value::Object(children)) if key == "properties" => {
                children.values_mut().for_each(loosen_child);
            }
            Some(child) if child.is_object() => loosen_child(child),
            _ => {}
        }
    }
}

/// Loosens a value that stands under a key, and lets `null` remove it.
fn loosen_child(schema: &mut Value) {
    loosen(schema);
    let Value::Object(object) = schema else { return };
    if let Some(kind @ Value::String(_)) = object.get_mut("type") {
        *kind = json!([kind.take(), "null"]);
    }
    if let Some(Value::Array(names)) = object.get_mut("enum") {
        names.push(Value::Null);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::collections::BTreeSet;

    use super::super::values::tests::{full, minimal};
    use super::*;

    /// Calls `visit` on every object of `value` that is a schema or belongs to one.
    fn walk(value: &Value, visit: &mut impl FnMut(&Map<String, Value>)) {
        match value {
            Value::Object(object) => {
                visit(object);
                object.values().for_each(|child| walk(child, visit));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
            _ => {}
        }
    }

    #[test]
    fn it_is_plain() {
        walk(&schema(), &mut |object| {
            for key in ["$ref", "$defs", "anyOf", "oneOf", "allOf"] {
                assert!(!object.contains_key(key), "{key} in {object:?}");
            }
            if let Some(kind) = object.get("type").filter(|kind| !kind.is_object()) {
                assert!(kind.is_string(), "{object:?}");
            }
        });
    }

    #[test]
    fn its_formats_are_listed_once() {
        let known: BTreeSet<_> = formats().iter().map(|(name, _)| *name).collect();
        assert_eq!(known.len(), formats().len());
        walk(&schema(), &mut |object| {
            if let Some(format) = object.get("format").and_then(Value::as_str) {
                assert!(known.contains(format), "{format}");
            }
        });
    }

    #[test]
    fn every_property_is_described() {
        walk(&schema(), &mut |object| {
            for (name, property) in object.get("properties").and_then(Value::as_object).into_iter().flatten() {
                let description = property.get("description").and_then(Value::as_str).unwrap_or_default();
                assert!(description.contains('.'), "{name}: {property}");
            }
        });
    }

    fn validator() -> jsonschema::Validator {
        let options = jsonschema::options().should_validate_formats(true);
        let options = formats()
            .iter()
            .fold(options, |options, (name, check)| options.with_format(*name, |text: &str| check(text).is_ok()));
        options.build(&schema()).unwrap()
    }

    #[test]
    fn it_agrees_with_the_types() {
        let validator = validator();
        for values in [minimal(), full()] {
            let errors: Vec<_> = validator.iter_errors(&values).map(|error| error.to_string()).collect();
            assert_eq!(errors, [""; 0]);
            let typed: Values = serde_json::from_value(values).unwrap();
            assert!(validator.is_valid(&serde_json::to_value(typed).unwrap()));
        }
        for (path, bad) in [
            ("/platform/domain", json!("Example.com")),
            ("/cluster/version", json!(1.36)),
            ("/cluster/nodePools", json!({ "Base": { "size": "s-1vcpu-2gb", "min": 1, "max": 1 } })),
            ("/services/argoCd/wave", json!(101)),
            ("/applications/lofi/port", json!(0)),
            ("/dns/records/0/type", json!("SOA")),
            ("/sealed", json!({ "no-slash": { "encryptedData": {} } })),
            ("/policies/severities/retired/reason", json!("")),
        ] {
            let mut values = full();
            *values.pointer_mut(path).unwrap() = bad;
            assert!(!validator.is_valid(&values), "{path}");
        }
    }

    #[test]
    fn enums_are_flat_and_say_what_each_name_means() {
        let schema = schema();
        let kind =
            schema.pointer("/properties/services/properties/ingress/properties/loadBalancer/properties/type").unwrap();
        assert_eq!(kind["enum"], json!(["REGIONAL", "REGIONAL_NETWORK"]));
        assert!(kind["description"].as_str().unwrap().contains("REGIONAL: A proxy"), "{kind}");
    }

    #[test]
    fn a_file_may_hold_a_part_and_remove_keys() {
        let schema = file_schema();
        let validator = jsonschema::validator_for(&schema).unwrap();
        for part in [
            json!({ "extends": ["prod"] }),
            json!({ "services": { "ingress": null, "argoCd": { "host": null } } }),
            json!({ "cluster": { "maintenance": { "day": null } } }),
            json!({ "charts": { "kured": { "enabled": false } } }),
        ] {
            assert!(validator.is_valid(&part), "{part}");
        }
        assert!(!validator.is_valid(&json!({ "dns": { "records": [{ "type": "A" }] } })), "items of lists are whole");
        assert!(!validator.is_valid(&json!({ "platform": { "nmae": "x" } })));
    }
}
