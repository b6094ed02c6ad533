//! Two values to the fields in which they differ.
//!
//! Mappings are compared by key. Lists are compared as Kubernetes keeps them: items that have a field which tells them
//! apart are matched by it, wherever they stand, and a list whose items only changed places says just that.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::noise::Noise;
use super::path::{FieldPath, Segment};
use crate::diff;

/// What happened to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldKind {
    /// Only the new side has it.
    Added,
    /// Only the old side has it.
    Removed,
    /// Both sides have it, with different values.
    Changed,
    /// A list whose items changed places. What changed in the items is told of them.
    Reordered,
}

/// One field in which two documents differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldChange {
    /// Where it stands.
    pub path: FieldPath,
    /// What happened to it.
    pub kind: FieldKind,
    /// What the old side has there; a whole mapping or list where all of it went. None for a list in another order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Value>,
    /// What the new side has there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Value>,
    /// Why nobody needs to look at it; none where somebody should.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise: Option<Noise>,
}

impl FieldChange {
    /// How many lines were added and removed, where both sides have a text of several lines.
    pub fn lines(&self) -> Option<(usize, usize)> {
        let text =
            |value: &Option<Value>| value.as_ref()?.as_str().filter(|text| text.contains('\n')).map(str::to_owned);
        let (old, new) = (text(&self.old)?, text(&self.new)?);
        diff::file("", Some(&old), Some(&new)).map(|change| (change.added_lines, change.removed_lines))
    }
}

/// Everything in which `old` and `new` differ, in the order of the paths.
pub fn compare(old: &Value, new: &Value) -> Vec<FieldChange> {
    let mut found = Vec::new();
    values(&FieldPath::default(), old, new, &mut found);
    found.sort_by(|a, b| (&a.path, a.kind).cmp(&(&b.path, b.kind)));
    found
}

fn push(path: FieldPath, kind: FieldKind, old: Option<&Value>, new: Option<&Value>, found: &mut Vec<FieldChange>) {
    found.push(FieldChange { path, kind, old: old.cloned(), new: new.cloned(), noise: None });
}

fn values(path: &FieldPath, old: &Value, new: &Value, found: &mut Vec<FieldChange>) {
    match (old, new) {
        _ if old == new => {}
        (Value::Object(old), Value::Object(new)) => {
            for (key, value) in old {
                match new.get(key) {
                    Some(other) => values(&path.key(key), value, other, found),
                    None => push(path.key(key), FieldKind::Removed, Some(value), None, found),
                }
            }
            for (key, value) in new.iter().filter(|(key, _)| !old.contains_key(*key)) {
                push(path.key(key), FieldKind::Added, None, Some(value), found);
            }
        }
        (Value::Array(old), Value::Array(new)) => lists(path, old, new, found),
        _ => push(path.clone(), FieldKind::Changed, Some(old), Some(new), found),
    }
}

fn lists(path: &FieldPath, old: &[Value], new: &[Value], found: &mut Vec<FieldChange>) {
    if is_plain(old) && is_plain(new) {
        return plain_items(path, old, new, found);
    }
    let Some([old_keys, new_keys]) = keys_of(path, old, new) else { return by_place(path, old, new, found) };
    let item_path = |key: &ItemKey| path.then(Segment::Item(key.clone()));
    let gone = |keys: &[ItemKey], others: &[ItemKey]| -> Vec<usize> {
        (0..keys.len()).filter(|&at| !others.contains(&keys[at])).collect()
    };
    let (removed, added) = (gone(&old_keys, &new_keys), gone(&new_keys, &old_keys));
    for (key, item) in old_keys.iter().zip(old) {
        if let Some(at) = new_keys.iter().position(|other| other == key) {
            values(&item_path(key), item, &new[at], found);
        }
    }
    match (removed.as_slice(), added.as_slice()) {
        // A host, or a path, is itself what changes.
        (&[from], &[to]) if !is_name(&old_keys[from]) => {
            values(&path.then(Segment::Index(from.min(to))), &old[from], &new[to], found);
        }
        _ => {
            for &at in &removed {
                push(item_path(&old_keys[at]), FieldKind::Removed, Some(&old[at]), None, found);
            }
            for &at in &added {
                push(item_path(&new_keys[at]), FieldKind::Added, None, Some(&new[at]), found);
            }
        }
    }
    let kept = |keys: &[ItemKey], others: &[ItemKey]| -> Vec<ItemKey> {
        keys.iter().filter(|key| others.contains(key)).cloned().collect()
    };
    if kept(&old_keys, &new_keys) != kept(&new_keys, &old_keys) {
        push(path.clone(), FieldKind::Reordered, None, None, found);
    }
}

/// The fields that tell an item of a list from the others of it.
type ItemKey = Vec<(&'static str, String)>;

/// Fields that tell the items of a list apart, the more telling first. The first whose values are there in all items,
/// and different, is taken: the API's own list-map keys are among them.
const ITEM_KEYS: &[&[&str]] = &[
    &["name"],
    &["metadata.name"],
    &["mountPath"],
    &["containerPort"],
    &["containerPort", "protocol"],
    &["port"],
    &["port", "protocol"],
    &["host"],
    &["key"],
    &["repoURL"],
    &["repoURL", "chart"],
    &["secretName"],
    &["ip"],
    &["path"],
    &["id"],
    &["group", "kind"],
    &["namespace"],
    &["server", "namespace"],
    &["kind", "name"],
    &["type"],
];

/// Whether an item is called so, and another name is another item.
fn is_name(key: &ItemKey) -> bool {
    key.iter().any(|(field, _)| matches!(*field, "name" | "metadata.name"))
}

/// Longer lists are compared place by place: matching looks at every pair.
const LONGEST_MATCHED: usize = 2_000;

fn keys_of(path: &FieldPath, old: &[Value], new: &[Value]) -> Option<[Vec<ItemKey>; 2]> {
    // Tolerations have a `key` and are still one value each: nobody patches them by it.
    if path.ends_with(&["tolerations"]) || old.len() > LONGEST_MATCHED || new.len() > LONGEST_MATCHED {
        return None;
    }
    ITEM_KEYS.iter().find_map(|fields| Some([keys(old, fields)?, keys(new, fields)?]))
}

/// The values of `fields` in all `items`, if each item has another.
fn keys(items: &[Value], fields: &[&'static str]) -> Option<Vec<ItemKey>> {
    let value = |item: &Value, field: &str| {
        let found = field.split('.').try_fold(item, |value, key| value.get(key))?;
        match found {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            // A port that says no protocol is one of TCP.
            _ => None,
        }
    };
    let key = |item: &Value| {
        let of = |field: &&'static str| match value(item, field) {
            None if *field == "protocol" && item.is_object() => Some((*field, "TCP".to_owned())),
            found => found.map(|found| (*field, found)),
        };
        fields.iter().map(of).collect::<Option<ItemKey>>()
    };
    let keys: Vec<_> = items.iter().map(key).collect::<Option<_>>()?;
    is_unique(&keys).then_some(keys)
}

fn is_unique<T: Ord>(keys: &[T]) -> bool {
    keys.iter().collect::<BTreeSet<_>>().len() == keys.len()
}

/// Whether `items` are plain values, of which each stands once and so tells itself apart.
fn is_plain(items: &[Value]) -> bool {
    items.len() <= LONGEST_MATCHED
        && items.iter().all(|item| !item.is_object() && !item.is_array())
        && is_unique(&items.iter().map(Value::to_string).collect::<Vec<_>>())
}

/// Plain items: those that both lists have divide both into the same parts, and in each part they pair up in order.
fn plain_items(path: &FieldPath, old: &[Value], new: &[Value], found: &mut Vec<FieldChange>) {
    let kept = |items: &[Value], others: &[Value]| -> Vec<(usize, Value)> {
        let kept = items.iter().cloned().enumerate().filter(|(_, item)| others.contains(item));
        kept.collect()
    };
    let (old_kept, new_kept) = (kept(old, new), kept(new, old));
    let is_reordered = old_kept.iter().map(|(_, item)| item).ne(new_kept.iter().map(|(_, item)| item));
    if is_reordered {
        push(path.clone(), FieldKind::Reordered, None, None, found);
        let mut alone = |items: &[Value], others: &[Value], kind: FieldKind| {
            for (at, item) in items.iter().enumerate().filter(|(_, item)| !others.contains(item)) {
                let [old, new] = if kind == FieldKind::Removed { [Some(item), None] } else { [None, Some(item)] };
                push(path.then(Segment::Index(at)), kind, old, new, found);
            }
        };
        alone(old, new, FieldKind::Removed);
        return alone(new, old, FieldKind::Added);
    }
    let ends = old_kept
        .iter()
        .map(|(at, _)| *at)
        .chain([old.len()])
        .zip(new_kept.iter().map(|(at, _)| *at).chain([new.len()]));
    let (mut old_start, mut new_start) = (0, 0);
    for (old_end, new_end) in ends {
        in_order(path, (old_start, &old[old_start..old_end]), (new_start, &new[new_start..new_end]), found);
        (old_start, new_start) = (old_end + 1, new_end + 1);
    }
}

/// Two stretches of a list, each with its place in it: their items pair up in order, what is left came or went.
fn in_order(path: &FieldPath, old: (usize, &[Value]), new: (usize, &[Value]), found: &mut Vec<FieldChange>) {
    let ((old_start, old), (new_start, new)) = (old, new);
    let both = old.len().min(new.len());
    for at in 0..both {
        values(&path.then(Segment::Index(old_start + at)), &old[at], &new[at], found);
    }
    for (at, item) in old.iter().enumerate().skip(both) {
        push(path.then(Segment::Index(old_start + at)), FieldKind::Removed, Some(item), None, found);
    }
    for (at, item) in new.iter().enumerate().skip(both) {
        push(path.then(Segment::Index(new_start + at)), FieldKind::Added, None, Some(item), found);
    }
}

/// Items that nothing tells apart: what stands at both ends of both lists is the same, the rest pairs up in order.
fn by_place(path: &FieldPath, old: &[Value], new: &[Value], found: &mut Vec<FieldChange>) {
    let sorted = |items: &[Value]| {
        let mut texts: Vec<_> = items.iter().map(Value::to_string).collect();
        texts.sort_unstable();
        texts
    };
    if old.len() == new.len() && sorted(old) == sorted(new) {
        return push(path.clone(), FieldKind::Reordered, None, None, found);
    }
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&old[start..], &new[start..]);
    let end = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old_middle, new_middle) = (&old_rest[..old_rest.len() - end], &new_rest[..new_rest.len() - end]);
    in_order(path, (start, old_middle), (start, new_middle), found);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// One line per change: `path: old → new`.
    fn lines(old: &Value, new: &Value) -> Vec<String> {
        let line = |change: FieldChange| {
            let side = |value: Option<Value>| value.map_or("-".to_owned(), |value| value.to_string());
            match change.kind {
                FieldKind::Reordered => format!("{}: reordered", change.path),
                _ => format!("{}: {} → {}", change.path, side(change.old), side(change.new)),
            }
        };
        compare(old, new).into_iter().map(line).collect()
    }

    #[test]
    fn items_are_matched_by_what_names_them() {
        let old = json!({"containers": [{"name": "a", "image": "1"}, {"name": "b", "image": "1"}]});
        let new = json!({"containers": [{"name": "b", "image": "2"}, {"name": "c", "image": "1"}]});
        assert_eq!(
            lines(&old, &new),
            [
                "containers[a]: {\"name\":\"a\",\"image\":\"1\"} → -",
                "containers[b].image: \"1\" → \"2\"",
                "containers[c]: - → {\"name\":\"c\",\"image\":\"1\"}",
            ]
        );
    }

    #[test]
    fn what_tells_an_item_apart_may_change_itself() {
        let rule = |host: &str, number: u16| json!({"host": host, "number": number});
        let found = lines(&json!([rule("a", 1), rule("b", 2)]), &json!([rule("a", 1), rule("c", 2)]));
        assert_eq!(found, ["[1].host: \"b\" → \"c\""]);
        let found = lines(&json!([rule("a", 1), rule("b", 2)]), &json!([rule("c", 1)]));
        assert_eq!(found.len(), 3, "{found:?}");
    }

    #[test]
    fn another_order_is_told_apart() {
        let old = json!({"env": [{"name": "a", "value": "1"}, {"name": "b"}]});
        let new = json!({"env": [{"name": "b"}, {"name": "a", "value": "2"}]});
        assert_eq!(lines(&old, &new), ["env: reordered", "env[a].value: \"1\" → \"2\""]);
        assert_eq!(lines(&json!({"args": ["a", "b"]}), &json!({"args": ["b", "a"]})), ["args: reordered"]);
        assert_eq!(lines(&json!([["a"], ["b"]]), &json!([["b"], ["a"]])), ["the document: reordered"]);
        // Two ports of one number are told apart by their protocol.
        let port = |protocol: &str, target: u8| json!({"port": 53, "protocol": protocol, "targetPort": target});
        assert_eq!(
            lines(&json!([port("TCP", 1), port("UDP", 1)]), &json!([port("TCP", 1), port("UDP", 2)])),
            ["[port=53,protocol=UDP].targetPort: 1 → 2"]
        );
    }

    #[test]
    fn plain_items_come_and_go_alone() {
        assert_eq!(lines(&json!({"a": [1, 2, 3]}), &json!({"a": [1, 3, 4]})), ["a[1]: 2 → -", "a[2]: - → 4"]);
        assert_eq!(lines(&json!([1, 2, 3]), &json!([1, 7, 3, 4])), ["[1]: 2 → 7", "[3]: - → 4"]);
        assert_eq!(
            lines(&json!([1, 2, 3]), &json!([3, 1, 4])),
            ["the document: reordered", "[1]: 2 → -", "[2]: - → 4"]
        );
        assert_eq!(lines(&json!(["x", "x", "y"]), &json!(["x", "y", "y"])), ["[1]: \"x\" → \"y\""]);
        assert_eq!(lines(&json!([[1], [2]]), &json!([[1], [3], [2]])), ["[1]: - → [3]"]);
    }

    #[test]
    fn tolerations_are_one_value_each() {
        let toleration = |key: &str| json!({"key": key, "operator": "Exists"});
        let found = lines(&json!({"tolerations": [toleration("a")]}), &json!({"tolerations": [toleration("b")]}));
        assert_eq!(found, ["tolerations[0].key: \"a\" → \"b\""]);
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), "[a-c]".prop_map(Value::from)];
        leaf.prop_recursive(4, 24, 4, |inner| {
            let named = (prop::collection::vec(("[a-d]", inner.clone()), 0..4)).prop_map(|items| {
                items.into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect::<Value>()
            });
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(("[a-d]", inner), 0..4)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
                named,
            ]
        })
    }

    proptest! {
        #[test]
        fn a_value_does_not_differ_from_itself(value in any_value()) {
            prop_assert_eq!(compare(&value, &value), []);
        }

        #[test]
        fn what_differs_is_noticed(old in any_value(), new in any_value()) {
            prop_assert_eq!(compare(&old, &new).is_empty(), old == new);
        }

        #[test]
        fn the_way_back_mirrors_the_way_there(old in any_value(), new in any_value()) {
            let mut back = compare(&new, &old);
            for change in &mut back {
                std::mem::swap(&mut change.old, &mut change.new);
                change.kind = match change.kind {
                    FieldKind::Added => FieldKind::Removed,
                    FieldKind::Removed => FieldKind::Added,
                    same => same,
                };
            }
            let key = |change: &FieldChange| format!("{} {:?} {:?} {:?}", change.path, change.kind, change.old, change.new);
            let sorted = |changes: &[FieldChange]| changes.iter().map(key).collect::<BTreeSet<_>>();
            let there = sorted(&compare(&old, &new));
            // A plain item stands at another place on the other side; all else is the same.
            let strip = |lines: BTreeSet<String>| -> Vec<String> {
                let mut lines: Vec<_> = lines.iter().map(|line| line.replace(|c: char| c.is_ascii_digit(), "")).collect();
                lines.sort();
                lines
            };
            prop_assert_eq!(strip(sorted(&back)), strip(there));
        }
    }
}
