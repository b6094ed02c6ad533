//! Keywords of Kubernetes that JSON Schema does not have: lists whose items have to differ, and maps with a limit.

use std::collections::HashMap;

use jsonschema::{Keyword, ValidationError};
use serde_json::{Map, Value};

/// The keyword that says by what the items of a list differ.
pub(super) const LIST_TYPE: &str = "x-kubernetes-list-type";

/// The keyword that limits the bytes of all keys and values of a map.
pub(super) const BYTES: &str = "x-supercargo-bytes";

/// A list whose items have to differ: as a whole in a set, in some of their fields in a map.
struct Distinct {
    /// The fields with their defaults; none in a set.
    keys: Vec<(String, Value)>,
}

/// The number of the first item that repeats another, in all pairs, and what the two have in common.
fn repeats(items: &[Value], keys: &[(String, Value)]) -> Vec<(usize, String)> {
    let mut first = HashMap::new();
    let mut found = Vec::new();
    for (number, item) in items.iter().enumerate() {
        let identity: Vec<(&str, &Value)> = match item {
            Value::Object(fields) if !keys.is_empty() => {
                keys.iter().map(|(key, default)| (key.as_str(), fields.get(key).unwrap_or(default))).collect()
            }
            _ if keys.is_empty() => vec![("", item)],
            _ => continue,
        };
        let named = |(key, value): &(&str, &Value)| match *key {
            "" => value.to_string(),
            key => format!("{key}: {value}"),
        };
        let identity = identity.iter().map(named).collect::<Vec<_>>().join(", ");
        match first.get(&identity) {
            Some(_) => found.push((number, identity)),
            None => {
                first.insert(identity, number);
            }
        }
    }
    found
}

impl<'i> Keyword<'i> for Distinct {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        self.iter_errors(instance).next().map_or(Ok(()), Err)
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        // Most lists are short: no table for them.
        match instance.as_array() {
            None => true,
            Some(items) if items.len() < 2 => true,
            Some(items) => repeats(items, &self.keys).is_empty(),
        }
    }

    /// One error for each repeat; its message is the number of the item, and what is repeated in the next line.
    fn iter_errors(&self, instance: &'i Value) -> Box<dyn Iterator<Item = ValidationError<'i>> + 'i> {
        let items = instance.as_array().map(Vec::as_slice).unwrap_or_default();
        let found = repeats(items, &self.keys).into_iter();
        Box::new(found.map(|(number, identity)| ValidationError::custom(format!("{number}\n{identity}"))))
    }
}

/// A map with a limit for its bytes.
struct Bytes(usize);

impl<'i> Keyword<'i> for Bytes {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        if self.is_valid(instance) { Ok(()) } else { Err(ValidationError::custom(self.0.to_string())) }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        let fields = instance.as_object().into_iter().flatten();
        fields.map(|(key, value)| key.len() + value.as_str().map_or(0, str::len)).sum::<usize>() <= self.0
    }
}

/// A keyword ready to be used.
type Made = Box<dyn for<'i> Keyword<'i>>;

/// Makes the keyword [`LIST_TYPE`].
pub(super) fn list_type(parent: &Map<String, Value>, kind: &Value) -> Made {
    let named = parent.get("x-kubernetes-list-map-keys").and_then(Value::as_array).into_iter().flatten();
    let default = |key: &str| {
        let default = parent.get("items").and_then(|items| items.get("properties")?.get(key)?.get("default"));
        // What the Go types of Kubernetes say, and their published schemas do not.
        default.cloned().unwrap_or_else(|| if key == "protocol" { Value::from("TCP") } else { Value::Null })
    };
    let keys: Vec<_> = named.filter_map(Value::as_str).map(|key| (key.to_owned(), default(key))).collect();
    match kind.as_str() {
        Some("set") => Box::new(Distinct { keys: Vec::new() }),
        Some("map") if !keys.is_empty() => Box::new(Distinct { keys }),
        _ => Box::new(Anything),
    }
}

/// Makes the keyword [`BYTES`].
pub(super) fn bytes(limit: &Value) -> Made {
    let limit = limit.as_u64().and_then(|limit| usize::try_from(limit).ok());
    Box::new(Bytes(limit.unwrap_or(usize::MAX)))
}

/// A list whose items may be equal.
struct Anything;

impl<'i> Keyword<'i> for Anything {
    fn validate(&self, _: &'i Value) -> Result<(), ValidationError<'i>> {
        Ok(())
    }

    fn is_valid(&self, _: &'i Value) -> bool {
        true
    }
}
