//! What a `CustomResourceDefinition` says about the documents of its kinds, without the text that is for people.

use serde_json::{Value, json};

use crate::yaml::{Emitter, Node, NodeKind, resolve_plain};

/// The keys of a schema that are for people.
const FOR_PEOPLE: [&str; 6] = ["description", "example", "title", "externalDocs", "$schema", "id"];

/// The keys of a schema that no check uses: also rules in a language that is not evaluated here.
const UNUSED: [&str; 7] =
    ["description", "example", "title", "externalDocs", "$schema", "id", "x-kubernetes-validations"];

/// The keywords whose value holds schemas by name.
const BY_NAME: [&str; 3] = ["properties", "patternProperties", "definitions"];

/// One version of one kind, as a definition describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomKind {
    /// The API group, such as `cert-manager.io`.
    pub group: String,
    /// The version, such as `v1`.
    pub version: String,
    /// The kind, such as `Certificate`.
    pub kind: String,
    /// Whether an API server answers to this version, and gladly.
    pub state: State,
    /// How many rules in CEL the schema has; they are not evaluated.
    pub rules: usize,
    /// The structural schema, without text for people.
    pub schema: Value,
}

/// The definition of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// The API group.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// Its versions.
    pub kinds: Vec<CustomKind>,
    /// The definition itself, without text for people.
    document: Value,
}

impl Definition {
    /// What its file is called: `boat.example.com.yaml`.
    pub fn file_name(&self) -> String {
        format!("{}.{}.yaml", self.kind.to_ascii_lowercase(), self.group)
    }

    /// The text of its file.
    pub fn text(&self) -> String {
        let mut emitter = Emitter::new();
        emitter.comment("Added by `render schema add`, which takes out what is for people.");
        emitter.begin_document();
        emitter.value(&self.document);
        emitter.into_string()
    }
}

/// How an API server treats a version of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is served.
    Served,
    /// It is served with a warning.
    Deprecated,
    /// It is not served any more.
    Removed,
}

impl State {
    /// The word for it in the index of the schemas that are compiled in.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::Deprecated => "deprecated",
            Self::Removed => "removed",
        }
    }

    /// The state that `name` is the word for.
    pub fn named(name: &str) -> Self {
        [Self::Deprecated, Self::Removed].into_iter().find(|state| state.name() == name).unwrap_or(Self::Served)
    }
}

/// The definitions in `document`: one `CustomResourceDefinition`, or a list of them as kubectl prints it. Nothing, if
/// it is anything else.
///
/// # Errors
/// A definition lacks what makes it usable: the text says what.
pub fn definitions(document: &Value) -> Result<Vec<Definition>, String> {
    let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    if let ("List" | "CustomResourceDefinitionList", Some(Value::Array(items))) = (text("/kind"), document.get("items"))
    {
        let found = items.iter().map(definitions).collect::<Result<Vec<_>, _>>()?;
        return Ok(found.into_iter().flatten().collect());
    }
    if text("/kind") != "CustomResourceDefinition" || !text("/apiVersion").starts_with("apiextensions.k8s.io/") {
        return Ok(Vec::new());
    }
    if text("/apiVersion") != "apiextensions.k8s.io/v1" {
        return Err(format!("is of {}, which no supported cluster serves", text("/apiVersion")));
    }
    let (group, kind) = (text("/spec/group"), text("/spec/names/kind"));
    if !is_word(group) || !is_word(kind) {
        return Err("has no `spec.group` or no `spec.names.kind`, or not of the right form".to_owned());
    }
    let versions = document.pointer("/spec/versions").and_then(Value::as_array);
    let versions = versions.filter(|versions| !versions.is_empty()).ok_or("has no `spec.versions`")?;
    let mut kinds = Vec::new();
    let mut slim = Vec::new();
    for version in versions {
        let name = version.get("name").and_then(Value::as_str).filter(|name| is_word(name));
        let name = name.ok_or("has a version without a name")?;
        let schema = version.pointer("/schema/openAPIV3Schema").filter(|schema| schema.is_object());
        let schema = schema.ok_or_else(|| format!("has no schema for its version `{name}`"))?;
        let is = |key: &str| version.get(key).and_then(Value::as_bool);
        let state = match (is("served"), is("deprecated")) {
            (Some(false), _) => State::Removed,
            (_, Some(true)) => State::Deprecated,
            _ => State::Served,
        };
        kinds.push(CustomKind {
            group: group.to_owned(),
            version: name.to_owned(),
            kind: kind.to_owned(),
            state,
            rules: rules(schema),
            schema: lean(schema),
        });
        let mut kept = version.clone();
        if let Some(version) = kept.as_object_mut() {
            version.retain(|key, _| ["name", "served", "storage", "deprecated"].contains(&key.as_str()));
            version.insert("schema".to_owned(), json!({"openAPIV3Schema": without(schema, &FOR_PEOPLE)}));
        }
        slim.push(kept);
    }
    let scope = text("/spec/scope");
    let spec = json!({"group": group, "names": document["spec"]["names"], "scope": scope, "versions": slim});
    let document = json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": text("/metadata/name")},
        "spec": spec,
    });
    Ok(vec![Definition { group: group.to_owned(), kind: kind.to_owned(), kinds, document }])
}

/// The versions of the kinds that `document` defines.
///
/// # Errors
/// As [`definitions`].
pub fn kinds(document: &Value) -> Result<Vec<CustomKind>, String> {
    Ok(definitions(document)?.into_iter().flat_map(|definition| definition.kinds).collect())
}

/// Whether `text` can be a group, a kind or a version: these also name files.
fn is_word(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(is_part) && text.len() <= 253
}

/// `node` as plain data, by the rules of YAML 1.2; a number that YAML 1.1 reads otherwise stays text.
pub fn plain(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Map(map) => map.iter().map(|(key, entry)| (key.clone(), plain(&entry.value))).collect(),
        NodeKind::Seq(items) => items.iter().map(plain).collect(),
        NodeKind::Scalar(scalar) if scalar.plain => match resolve_plain(&scalar.text) {
            Ok(resolved) => resolved.data(&scalar.text),
            Err(_) => Value::String(scalar.text.clone()),
        },
        NodeKind::Scalar(scalar) => Value::String(scalar.text.clone()),
    }
}

/// `schema` with what checks use, and nothing else. What stands under `status` is not kept either: controllers write
/// it, and an API server drops what others say there.
pub fn lean(schema: &Value) -> Value {
    let mut lean = without(schema, &UNUSED);
    forget_defaults(&mut lean);
    if let Some(status) = lean.pointer_mut("/properties/status") {
        *status = json!({"x-kubernetes-preserve-unknown-fields": true});
    }
    lean
}

/// `schema` without the keywords `unused`, in it and in all schemas inside.
fn without(schema: &Value, unused: &[&str]) -> Value {
    let Value::Object(keywords) = schema else { return schema.clone() };
    let kept = keywords.iter().filter(|(keyword, _)| !unused.contains(&keyword.as_str()));
    let lean = kept.map(|(keyword, value)| {
        let value = match (keyword.as_str(), value) {
            (keyword, Value::Object(named)) if BY_NAME.contains(&keyword) => {
                named.iter().map(|(name, schema)| (name.clone(), without(schema, unused))).collect()
            }
            ("allOf" | "anyOf" | "oneOf", Value::Array(schemas)) => {
                schemas.iter().map(|schema| without(schema, unused)).collect()
            }
            ("items" | "additionalProperties" | "not", value) => without(value, unused),
            (_, value) => value.clone(),
        };
        (keyword.clone(), value)
    });
    lean.collect()
}

/// Only whether there is a default matters, and which one where it may be part of a key.
fn forget_defaults(schema: &mut Value) {
    let Value::Object(keywords) = schema else { return };
    for (keyword, value) in keywords.iter_mut() {
        match (keyword.as_str(), value) {
            ("default", value @ (Value::Object(_) | Value::Array(_))) => *value = Value::Null,
            (keyword, Value::Object(named)) if BY_NAME.contains(&keyword) => {
                named.values_mut().for_each(forget_defaults);
            }
            ("items" | "additionalProperties", value) => forget_defaults(value),
            _ => {}
        }
    }
}

/// How many rules in CEL stand in `schema`.
fn rules(schema: &Value) -> usize {
    match schema {
        Value::Object(keywords) => {
            let own = keywords.get("x-kubernetes-validations").and_then(Value::as_array).map_or(0, Vec::len);
            own + keywords.values().map(rules).sum::<usize>()
        }
        Value::Array(schemas) => schemas.iter().map(rules).sum(),
        _ => 0,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn definition() -> Value {
        json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "spec": {
                "group": "example.com", "names": {"kind": "Boat"},
                "versions": [
                    {"name": "v1", "served": true, "schema": {"openAPIV3Schema": {
                        "type": "object", "description": "A boat.",
                        "properties": {
                            "description": {"type": "string", "description": "Its looks.", "default": "grey"},
                            "spec": {"type": "object", "default": {},
                                     "x-kubernetes-validations": [{"rule": "self.masts > 0"}, {"rule": "true"}]},
                            "status": {"type": "object", "properties": {"afloat": {"type": "boolean"}}},
                        },
                    }}},
                    {"name": "v1beta1", "served": true, "deprecated": true,
                     "schema": {"openAPIV3Schema": {"type": "object"}}},
                    {"name": "v1alpha1", "served": false, "schema": {"openAPIV3Schema": {"type": "object"}}},
                ],
            },
        })
    }

    #[test]
    fn a_definition_keeps_what_is_checked() {
        let kinds = kinds(&json!({"kind": "List", "items": [definition()]})).unwrap();
        let states: Vec<_> = kinds.iter().map(|kind| (kind.version.as_str(), kind.state)).collect();
        assert_eq!(states, [("v1", State::Served), ("v1beta1", State::Deprecated), ("v1alpha1", State::Removed)]);
        assert_eq!((kinds[0].group.as_str(), kinds[0].kind.as_str(), kinds[0].rules), ("example.com", "Boat", 2));
        let schema = json!({
            "type": "object",
            "properties": {
                "description": {"type": "string", "default": "grey"},
                "spec": {"type": "object", "default": null},
                "status": {"x-kubernetes-preserve-unknown-fields": true},
            },
        });
        assert_eq!(kinds[0].schema, schema);
    }

    #[test]
    fn its_file_defines_the_same() {
        let [definition] = &definitions(&definition()).unwrap()[..] else { panic!() };
        assert_eq!(definition.file_name(), "boat.example.com.yaml");
        let text = definition.text();
        assert!(!text.contains("A boat."), "{text}");
        let source = crate::source::Source::new("schemas/boat.example.com.yaml", text);
        let read = crate::schemas::definitions(&source).unwrap();
        assert_eq!(read[0].kinds, definition.kinds);
    }

    #[test]
    fn what_is_no_usable_definition_says_so() {
        assert_eq!(kinds(&json!({"kind": "Service", "apiVersion": "v1"})), Ok(Vec::new()));
        assert_eq!(kinds(&json!("text")), Ok(Vec::new()));
        let mut old = definition();
        old["apiVersion"] = json!("apiextensions.k8s.io/v1beta1");
        assert_eq!(kinds(&old).unwrap_err(), "is of apiextensions.k8s.io/v1beta1, which no supported cluster serves");
        let mut outside = definition();
        outside["spec"]["group"] = json!("../../x");
        assert!(kinds(&outside).unwrap_err().contains("not of the right form"));
        let mut bare = definition();
        bare["spec"]["versions"][0].as_object_mut().unwrap().remove("schema");
        assert_eq!(kinds(&bare).unwrap_err(), "has no schema for its version `v1`");
    }
}
