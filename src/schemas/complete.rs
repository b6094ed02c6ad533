//! A schema as it is published becomes a JSON Schema that says all that an API server asks for.
//!
//! Published schemas leave much to their reader: that a field which is not named is refused, that a number may stand
//! for a text, that a default makes a required field optional. Here it is written out.

use serde_json::{Map, Value, json};

use super::forms::{self, NameForm};

/// The definition of the metadata of every object.
pub(super) const METADATA: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/// Keywords that combine schemas; inside them a schema only restricts, and names no fields.
const JUNCTORS: [&str; 4] = ["allOf", "anyOf", "oneOf", "not"];

/// Keywords that a patch need not keep to, since it holds only a part of the object.
const WHOLE_ONLY: [&str; 6] = ["required", "anyOf", "oneOf", "not", "minItems", "minProperties"];

/// What a schema is completed for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Completion {
    /// Whether it is the schema of a kind of Kubernetes' own, which is served by Go types.
    pub(super) is_native: bool,
    /// Whether patches are to be checked with it.
    pub(super) is_patch: bool,
    /// The form of the names of its objects.
    pub(super) name: NameForm,
}

impl Completion {
    /// The JSON Schema of the kind whose published schema is `stored`; `metadata` is that of [`METADATA`].
    pub(super) fn json_schema(self, stored: Value, metadata: Value) -> Value {
        let (mut root, mut definitions) = if self.is_native { split(stored) } else { (stored, split(metadata).1) };
        for (name, definition) in &mut definitions {
            if let Some(scalar) = forms::scalar(name) {
                *definition = scalar;
                continue;
            }
            Self { is_native: true, ..self }.complete(definition);
            forms::refine(name, definition);
        }
        if !self.is_native {
            self.complete(&mut root);
            embed(&mut root);
        }
        let name = json!({"properties": {"metadata": {"properties": {"name": {"format": self.name.format()}}}}});
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "allOf": [root, name],
            "definitions": definitions,
        })
    }

    fn complete(self, schema: &mut Value) {
        let Value::Object(keywords) = schema else { return };
        self.close(keywords);
        for (keyword, value) in keywords.iter_mut() {
            match (keyword.as_str(), value) {
                ("properties", Value::Object(properties)) => {
                    properties.values_mut().for_each(|schema| self.complete(schema));
                }
                ("items" | "additionalProperties", value) => self.complete(value),
                _ => {}
            }
        }
        if is_true(keywords, "x-kubernetes-embedded-resource") {
            embed(schema);
        }
        self.restrict(schema);
    }

    /// Refuses the fields that `keywords`, which name fields, do not name.
    fn close(self, keywords: &mut Map<String, Value>) {
        let is_object = keywords.get("type").is_some_and(|kind| kind == "object");
        // In the Go types an object without fields is one of any form.
        let has_fields = keywords.contains_key("properties") || is_object && !self.is_native;
        let is_open = keywords.contains_key("additionalProperties")
            || is_true(keywords, "x-kubernetes-preserve-unknown-fields")
            || is_true(keywords, "x-kubernetes-embedded-resource") && !keywords.contains_key("properties");
        let is_empty = !keywords.contains_key("properties");
        if has_fields && !is_open && is_empty && !self.is_patch {
            // As `additionalProperties: false`, but every field is reported, and not the first alone.
            keywords.insert("maxProperties".to_owned(), json!(0));
        } else if has_fields && !is_open {
            keywords.insert("additionalProperties".to_owned(), Value::Bool(false));
            if self.is_patch {
                // Directives such as `$patch: delete`.
                keywords.insert("patternProperties".to_owned(), json!({"^\\$": true}));
            }
        }
    }

    /// Writes out what the keywords of a schema mean for an API server, inside junctors, too.
    fn restrict(self, schema: &mut Value) {
        let Value::Object(keywords) = schema else { return };
        if is_true(keywords, "x-kubernetes-int-or-string") {
            keywords.insert("type".to_owned(), json!(["integer", "string"]));
            let choice = keywords.get("anyOf").and_then(Value::as_array).map(Vec::as_slice);
            if matches!(choice, Some([first, second]) if first == &json!({"type": "integer"}) && second == &json!({"type": "string"}))
            {
                keywords.remove("anyOf");
            }
        }
        if is_true(keywords, "nullable") {
            if let Some(kind) = keywords.get_mut("type").filter(|kind| kind.is_string()) {
                *kind = json!([kind.clone(), "null"]);
            }
            if let Some(Value::Array(choices)) = keywords.get_mut("enum") {
                choices.push(Value::Null);
            }
        }
        for (limit, exclusive) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
            if let Some(Value::Bool(is_exclusive)) = keywords.get(exclusive).cloned() {
                keywords.remove(exclusive);
                if let Some(value) = is_exclusive.then(|| keywords.remove(limit)).flatten() {
                    keywords.insert(exclusive.to_owned(), value);
                }
            }
        }
        forms::format(keywords);
        waive_defaults(keywords);
        if self.is_patch {
            for keyword in WHOLE_ONLY {
                keywords.remove(keyword);
            }
        }
        for junctor in JUNCTORS {
            match keywords.get_mut(junctor) {
                Some(Value::Array(schemas)) => schemas.iter_mut().for_each(|schema| self.restrict_all(schema)),
                Some(schema) => self.restrict_all(schema),
                None => {}
            }
        }
    }

    /// [`Self::restrict`] for a schema inside a junctor and all schemas in it.
    fn restrict_all(self, schema: &mut Value) {
        if let Value::Object(keywords) = schema {
            for (keyword, value) in keywords.iter_mut() {
                match (keyword.as_str(), value) {
                    ("properties", Value::Object(properties)) => {
                        properties.values_mut().for_each(|schema| self.restrict_all(schema));
                    }
                    ("items" | "additionalProperties", value) => self.restrict_all(value),
                    _ => {}
                }
            }
        }
        self.restrict(schema);
    }
}

/// The root of a schema of Kubernetes' own, and the definitions that it refers to.
fn split(mut stored: Value) -> (Value, Map<String, Value>) {
    let definitions = stored.as_object_mut().and_then(|stored| stored.remove("definitions"));
    match definitions {
        Some(Value::Object(definitions)) => (stored, definitions),
        _ => (stored, Map::new()),
    }
}

/// Every object has a kind and metadata, whatever its schema says of them.
fn embed(schema: &mut Value) {
    let Value::Object(keywords) = schema else { return };
    let properties = keywords.entry("properties").or_insert_with(|| json!({}));
    if let Value::Object(properties) = properties {
        for key in ["apiVersion", "kind"] {
            properties.entry(key).or_insert_with(|| json!({"type": "string"}));
        }
        properties.insert("metadata".to_owned(), json!({"$ref": format!("#/definitions/{METADATA}")}));
    }
    if let Value::Array(required) = keywords.entry("required").or_insert_with(|| json!([])) {
        for key in ["apiVersion", "kind"] {
            if !required.iter().any(|other| other == key) {
                required.push(json!(key));
            }
        }
    }
}

/// A field with a default is there whether it is written or not.
fn waive_defaults(keywords: &mut Map<String, Value>) {
    let Some(Value::Object(properties)) = keywords.get("properties") else { return };
    let defaulted: Vec<String> =
        properties.iter().filter(|(_, schema)| schema.get("default").is_some()).map(|(name, _)| name.clone()).collect();
    if let Some(Value::Array(required)) = keywords.get_mut("required") {
        required.retain(|name| !defaulted.iter().any(|defaulted| name == defaulted));
    }
}

fn is_true(keywords: &Map<String, Value>, keyword: &str) -> bool {
    keywords.get(keyword).is_some_and(|value| value == true)
}
