//! What the schemas of a place say of a key there.

use serde_json::{Map, Value};

/// How many references and alternatives are followed from one place: schemas may lead in circles.
const STEPS: usize = 200;

/// The schemas that hold at one place, and the document that their references lead into.
#[derive(Clone)]
pub(super) struct Schemas<'a> {
    document: Option<&'a Value>,
    here: Vec<&'a Value>,
}

/// What is said of a key.
pub(super) enum Said<'a> {
    /// It is named, with schemas of its own.
    Known(Schemas<'a>),
    /// Any key is taken.
    Free,
    /// Nothing: any key is allowed, and none is known.
    Nothing,
}

impl<'a> Schemas<'a> {
    /// Those at the top of a schema.
    pub(super) fn of(document: Option<&'a Value>) -> Self {
        Self { document, here: document.into_iter().collect() }
    }

    /// What is said of `key`.
    pub(super) fn at(&self, key: &str) -> Said<'a> {
        let mut known = Vec::new();
        let mut is_free = false;
        for schema in self.all() {
            if schema.get("$ref").is_some_and(|reference| self.follow(reference).is_none()) {
                // Of another file, which nobody has fetched.
                is_free = true;
            }
            known.extend(schema.get("properties").and_then(|properties| properties.get(key)));
            let patterns = schema.get("patternProperties").and_then(Value::as_object);
            is_free |= patterns.is_some_and(|patterns| !patterns.is_empty());
            // A schema for any other key makes a map of the user's own, and so does an open door with no names on it.
            is_free |= match schema.get("additionalProperties") {
                Some(Value::Object(others)) => !others.is_empty(),
                Some(Value::Bool(is_open)) => *is_open && !schema.contains_key("properties"),
                _ => false,
            };
        }
        match (known.is_empty(), is_free) {
            (false, _) => Said::Known(Self { document: self.document, here: known }),
            (true, true) => Said::Free,
            (true, false) => Said::Nothing,
        }
    }

    /// The keys that are named.
    pub(super) fn keys(&self) -> Vec<&'a str> {
        let named = self.all().into_iter().filter_map(|schema| schema.get("properties")?.as_object());
        named.flat_map(|properties| properties.keys().map(String::as_str)).collect()
    }

    /// Every schema that may hold here: references followed, alternatives side by side.
    fn all(&self) -> Vec<&'a Map<String, Value>> {
        let mut open = self.here.clone();
        let mut all = Vec::new();
        while let Some(schema) = open.pop() {
            let Some(schema) = schema.as_object() else { continue };
            if all.len() == STEPS {
                break;
            }
            all.push(schema);
            open.extend(schema.get("$ref").and_then(|reference| self.follow(reference)));
            for keyword in ["allOf", "anyOf", "oneOf"] {
                open.extend(schema.get(keyword).and_then(Value::as_array).into_iter().flatten());
            }
            open.extend(["if", "then", "else"].iter().filter_map(|keyword| schema.get(*keyword)));
        }
        all
    }

    /// What a reference within the document leads to.
    fn follow(&self, reference: &Value) -> Option<&'a Value> {
        let (_, pointer) = reference.as_str()?.split_once('#')?;
        self.document?.pointer(pointer)
    }
}
