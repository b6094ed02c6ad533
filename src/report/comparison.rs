//! Environments side by side: the values that they do not agree on.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

use super::Environment;

/// What differs between environments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Comparison {
    /// The names of the environments, in the order of the cells.
    environments: Vec<String>,
    /// What differs, by the part of the values that it belongs to.
    groups: Vec<Group>,
    /// How many values differ.
    different: usize,
    /// How many are the same everywhere.
    same: usize,
}

/// The values below one key that differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Group {
    name: String,
    rows: Vec<Row>,
}

/// One value that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Row {
    path: String,
    /// The value of each environment; `None` where it is not set.
    cells: Vec<Option<String>>,
}

impl Comparison {
    /// What `environments` do not agree on; `None` where there is nothing to compare.
    pub(super) fn of(environments: &[Environment]) -> Option<Self> {
        if environments.len() < 2 {
            return None;
        }
        let leaves: Vec<BTreeMap<Vec<String>, String>> = environments.iter().map(|one| leaves(&one.values)).collect();
        let paths: BTreeSet<&Vec<String>> = leaves.iter().flat_map(BTreeMap::keys).collect();
        let mut groups: IndexMap<String, Vec<Row>> = IndexMap::new();
        let mut same = 0;
        for path in paths {
            let cells: Vec<_> = leaves.iter().map(|leaves| leaves.get(path).cloned()).collect();
            if cells.iter().all(|cell| *cell == cells[0]) {
                same += 1;
                continue;
            }
            // Each service is a group of its own; what has nothing below it belongs to the one of its name.
            let is_named = matches!(path[0].as_str(), "services" | "charts" | "applications");
            let (group, rest) = path.split_at(if is_named { 2 } else { 1 }.min(path.len()));
            let rest = if rest.is_empty() { path } else { rest };
            groups.entry(group.join(".")).or_default().push(Row { path: rest.join("."), cells });
        }
        let different = groups.values().map(Vec::len).sum();
        let groups = groups.into_iter().map(|(name, rows)| Group { name, rows }).collect();
        Some(Self { environments: environments.iter().map(|one| one.name().to_owned()).collect(), groups, different, same })
    }
}

/// Every value that is no map, by its path; lists stay whole, since environments replace them as a whole.
fn leaves(data: &Value) -> BTreeMap<Vec<String>, String> {
    fn walk(data: &Value, path: &mut Vec<String>, found: &mut BTreeMap<Vec<String>, String>) {
        match data {
            Value::Object(map) if !map.is_empty() => {
                for (key, value) in map {
                    path.push(key.clone());
                    walk(value, path, found);
                    path.pop();
                }
            }
            Value::String(text) => drop(found.insert(path.clone(), text.clone())),
            Value::Array(items) if items.iter().all(|item| !item.is_array() && !item.is_object()) => {
                let items: Vec<_> = items.iter().map(plain).collect();
                found.insert(path.clone(), items.join(", "));
            }
            other => drop(found.insert(path.clone(), other.to_string())),
        }
    }
    let mut found = BTreeMap::new();
    walk(data, &mut Vec::new(), &mut found);
    found
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn leaves_are_what_an_environment_can_set() {
        let found = leaves(&json!({"a": {"b": 1, "c": ["x", "y"]}, "d": {}, "e": [{"f": true}], "g": "t"}));
        let found: Vec<_> = found.iter().map(|(path, value)| (path.join("."), value.as_str())).collect();
        let expected = [("a.b", "1"), ("a.c", "x, y"), ("d", "{}"), ("e", "[{\"f\":true}]"), ("g", "t")];
        assert_eq!(found, expected.map(|(path, value)| (path.to_owned(), value)));
    }
}
