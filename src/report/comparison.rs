//! Environments side by side: the values that they do not agree on.

use indexmap::{IndexMap, IndexSet};
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
        let data: Vec<&Value> = environments.iter().map(|one| &one.values).collect();
        let mut this = Self {
            environments: environments.iter().map(|one| one.name().to_owned()).collect(),
            groups: Vec::new(),
            different: 0,
            same: 0,
        };
        let mut groups = IndexMap::new();
        this.walk(&mut Vec::new(), &data.into_iter().map(Some).collect::<Vec<_>>(), &mut groups);
        this.groups = groups.into_iter().map(|(name, rows)| Group { name, rows }).collect();
        Some(this)
    }

    /// Compares what stands at `path`, which is `None` for an environment that sets nothing there.
    fn walk(&mut self, path: &mut Vec<String>, sides: &[Option<&Value>], groups: &mut IndexMap<String, Vec<Row>>) {
        let maps: Vec<_> = sides.iter().filter_map(|side| side.and_then(Value::as_object)).collect();
        // A whole part that only some have is one row, however much is in it; but at the top every part is looked into.
        let is_part = maps.len() == sides.len() || (path.len() < 2 && !maps.is_empty());
        if is_part && maps.iter().any(|map| !map.is_empty()) {
            let keys: IndexSet<&String> = maps.iter().flat_map(|map| map.keys()).collect();
            for key in keys {
                let below: Vec<_> = sides.iter().map(|side| side.and_then(|side| side.get(key))).collect();
                path.push(key.clone());
                self.walk(path, &below, groups);
                path.pop();
            }
        } else if sides.iter().all(|side| *side == sides[0]) {
            self.same += 1;
        } else {
            self.different += 1;
            // Each service is a group of its own; what has nothing below it belongs to the one of its name.
            let is_named = matches!(path[0].as_str(), "services" | "charts" | "applications");
            let (group, rest) = path.split_at(if is_named { 2 } else { 1 }.min(path.len()));
            let rest = if rest.is_empty() { group } else { rest };
            let cells = sides.iter().map(|side| side.map(shown)).collect();
            groups.entry(group.join(".")).or_default().push(Row { path: rest.join("."), cells });
        }
    }
}

/// A value in one cell.
fn shown(value: &Value) -> String {
    match value {
        Value::Object(map) if map.is_empty() => "nothing".to_owned(),
        Value::Object(map) => match count(value) {
            1 => format!("1 value: {}", map.keys().cloned().collect::<String>()),
            values => format!("{values} values"),
        },
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) if items.iter().all(|item| !item.is_array() && !item.is_object()) => {
            items.iter().map(plain).collect::<Vec<_>>().join(", ")
        }
        other => plain(other),
    }
}

/// How many values a part holds.
fn count(value: &Value) -> usize {
    match value {
        Value::Object(map) if !map.is_empty() => map.values().map(count).sum(),
        _ => 1,
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Each row as `group | path | cells`, and how many values are the same.
    fn rows(one: &Value, other: &Value) -> (Vec<String>, usize) {
        let mut comparison = Comparison { environments: Vec::new(), groups: Vec::new(), different: 0, same: 0 };
        let mut groups = IndexMap::new();
        comparison.walk(&mut Vec::new(), &[Some(one), Some(other)], &mut groups);
        let text = |name: &str, row: &Row| {
            let cells: Vec<_> = row.cells.iter().map(|cell| cell.as_deref().unwrap_or("-")).collect();
            format!("{name} | {} | {}", row.path, cells.join(" | "))
        };
        let rows = groups.iter().flat_map(|(name, rows)| rows.iter().map(move |row| text(name, row)));
        (rows.collect(), comparison.same)
    }

    #[test]
    fn a_value_that_differs_is_a_row_of_its_part() {
        let one =
            json!({"platform": {"domain": "a.example.com", "name": "x"}, "services": {"loki": {"tags": ["a", "b"]}}});
        let other = json!({"platform": {"domain": "b.example.com", "name": "x"}, "services": {"loki": {"tags": []}}});
        let (rows, same) = rows(&one, &other);
        assert_eq!(rows, ["platform | domain | a.example.com | b.example.com", "services.loki | tags | a, b | none"]);
        assert_eq!(same, 1);
    }

    #[test]
    fn a_part_that_one_has_not_is_one_row() {
        let web = json!({"pipeline": {"language": "go", "scan": {"a": 1, "b": 2}}, "port": 1});
        let one = json!({"applications": {"web": web}});
        let other =
            json!({"applications": {"web": {"port": 1}, "new": {"port": 2, "host": "n"}}, "dns": {"domain": "d"}});
        let (rows, same) = rows(&one, &other);
        let expected = [
            "applications.web | pipeline | 3 values | -",
            "applications.new | applications.new | - | 2 values",
            "dns | domain | - | d",
        ];
        assert_eq!((rows, same), (expected.map(str::to_owned).to_vec(), 1));
    }
}
