//! Which document of the one side is which of the other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::document::{Document, Identity};
use super::object::Pair;

/// How alike, of 100, two resources of one kind have to be to count as one that was renamed.
const ALIKE: usize = 75;

/// How many pairs are looked at for renames of one kind. Above it, what comes and goes is told as just that.
const MOST_PAIRS: usize = 10_000;

/// Pairs the documents up: by what they are, then what was renamed. In the order of what they are on the new side.
/// Without `renames`, what has another name is another thing.
pub(super) fn pairs<'t>(old: Vec<Document<'t>>, new: Vec<Document<'t>>, renames: bool) -> Vec<Pair<'t>> {
    let mut old = by_identity(old);
    let (mut kept, mut added) = (Vec::new(), Vec::new());
    for (key, new) in by_identity(new) {
        match old.remove(&key) {
            Some(old) => kept.push(Pair { old: Some(old), new: Some(new) }),
            None => added.push(new),
        }
    }
    kept.extend(find_renames(old.into_values().collect(), added, if renames { MOST_PAIRS } else { 0 }));
    kept.sort_by(|a, b| place(a).cmp(&place(b)));
    kept
}

fn place<'p>(pair: &'p Pair<'_>) -> Option<(&'p Identity, &'p str)> {
    pair.new.as_ref().or(pair.old.as_ref()).map(|document| (&document.identity, document.path))
}

/// The documents by what they are, and by how many of them came before: nothing is lost where a folder on the disk
/// holds one twice.
fn by_identity<'t>(documents: Vec<Document<'t>>) -> BTreeMap<(Identity, usize), Document<'t>> {
    let mut seen: BTreeMap<Identity, usize> = BTreeMap::new();
    let with_count = |document: Document<'t>| {
        let count = seen.entry(document.identity.clone()).or_default();
        *count += 1;
        ((document.identity.clone(), *count), document)
    };
    documents.into_iter().map(with_count).collect()
}

/// Finds what was renamed among what `removed` and `added` hold; the most alike go together first.
fn find_renames<'t>(removed: Vec<Document<'t>>, added: Vec<Document<'t>>, most_pairs: usize) -> Vec<Pair<'t>> {
    let mut kinds: BTreeMap<(&str, &str), [Vec<usize>; 2]> = BTreeMap::new();
    for (at, document) in removed.iter().enumerate() {
        kinds.entry(kind(document).unwrap_or_default()).or_default()[0].push(at);
    }
    for (at, document) in added.iter().enumerate() {
        kinds.entry(kind(document).unwrap_or_default()).or_default()[1].push(at);
    }
    let mut candidates = Vec::new();
    for (kind, [old, new]) in kinds {
        if kind.1.is_empty() || old.len() * new.len() > most_pairs {
            continue;
        }
        let of = |list: &[usize], documents: &[Document<'_>]| -> Vec<(usize, BTreeSet<String>)> {
            list.iter().map(|at| (*at, leaves(&documents[*at]))).collect()
        };
        let (old, new) = (of(&old, &removed), of(&new, &added));
        for (a, old) in &old {
            for (b, new) in &new {
                let alike = alike(old, new);
                if alike >= ALIKE {
                    candidates.push((alike, *a, *b));
                }
            }
        }
    }
    // The same the other way round: what decides between equals does not depend on which side is the old one.
    candidates.sort_by_key(|&(alike, a, b)| {
        let (a, b) = (&removed[a].identity, &added[b].identity);
        (std::cmp::Reverse(alike), a.min(b).clone(), a.max(b).clone())
    });
    let (mut removed, mut added): (Vec<_>, Vec<_>) =
        (removed.into_iter().map(Some).collect(), added.into_iter().map(Some).collect());
    let mut found = Vec::new();
    for (_, a, b) in candidates {
        if removed[a].is_some() && added[b].is_some() {
            found.push(Pair { old: removed[a].take(), new: added[b].take() });
        }
    }
    found.extend(removed.into_iter().flatten().map(|old| Pair { old: Some(old), new: None }));
    found.extend(added.into_iter().flatten().map(|new| Pair { old: None, new: Some(new) }));
    found
}

/// Group and kind of a resource.
fn kind<'d>(document: &'d Document<'_>) -> Option<(&'d str, &'d str)> {
    match &document.identity {
        Identity::Resource(id) => Some((&id.group, &id.kind)),
        _ => None,
    }
}

/// How alike two sets are, of 100; two that are empty have nothing in common.
fn alike(old: &BTreeSet<String>, new: &BTreeSet<String>) -> usize {
    let both = old.intersection(new).count();
    (both * 100).checked_div(old.len() + new.len() - both).unwrap_or(0)
}

/// What a resource says, apart from what it is and how it is called.
fn leaves(document: &Document<'_>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let Identity::Resource(id) = &document.identity else { return found };
    let Some(map) = document.data.as_object() else { return found };
    for (key, value) in map {
        match (key.as_str(), value) {
            ("apiVersion" | "kind", _) => {}
            ("metadata", Value::Object(metadata)) => {
                for (key, value) in metadata.iter().filter(|(key, _)| !matches!(key.as_str(), "name" | "namespace")) {
                    collect(&format!("metadata.{key}"), value, &id.name, &mut found);
                }
            }
            _ => collect(key, value, &id.name, &mut found),
        }
    }
    found
}

fn collect(path: &str, value: &Value, name: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                collect(&format!("{path}.{key}"), value, name, found);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let path = format!("{path}[]");
            for item in items {
                collect(&path, item, name, found);
            }
        }
        Value::String(text) => drop(found.insert(format!("{path}={}", without(text, name)))),
        other => drop(found.insert(format!("{path}={other}"))),
    }
}

/// `text` with a mark wherever `name` stands as a word of its own: what is renamed calls itself by its new name.
fn without(text: &str, name: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(name).filter(|_| !name.is_empty()) {
        let (before, after) = (&rest[..at], &rest[at + name.len()..]);
        let is_inside = before.ends_with(char::is_alphanumeric) || after.starts_with(char::is_alphanumeric);
        result.push_str(before);
        result.push_str(if is_inside { name } else { "\0" });
        rest = after;
    }
    result + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::changes::document::documents;

    /// One line per pair: the old name and the new one.
    fn lines(old: &str, new: &str) -> Vec<String> {
        let pairs = pairs(documents("a.yaml", old, false), documents("a.yaml", new, false), true);
        let name = |document: &Option<Document<'_>>| match document.as_ref().map(|document| &document.identity) {
            Some(Identity::Resource(id)) => id.to_string(),
            other => format!("{other:?}"),
        };
        pairs.iter().map(|pair| format!("{} → {}", name(&pair.old), name(&pair.new))).collect()
    }

    fn service(name: &str, port: u16) -> String {
        format!(
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: shop}}\n\
             spec: {{selector: {{app: {name}}}, type: ClusterIP, ports: [{{name: http, port: {port}}}]}}\n"
        )
    }

    #[test]
    fn what_is_alike_but_for_its_name_was_renamed() {
        let (old, new) = (service("web", 80), service("shop", 80));
        assert_eq!(lines(&old, &new), ["Service shop/web → Service shop/shop"]);
        let other = "---\napiVersion: v1\nkind: Service\nmetadata: {name: other}\nspec: {type: ExternalName}\n";
        assert_eq!(lines(&old, other), ["None → Service other", "Service shop/web → None"]);
        // An empty one is like nothing.
        let namespace = |name: &str| format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n");
        assert_eq!(lines(&namespace("a"), &namespace("b")), ["Namespace a → None", "None → Namespace b"]);
    }

    #[test]
    fn the_most_alike_go_together() {
        let old = service("a", 80) + &service("b", 90);
        let new = service("c", 90) + &service("d", 80);
        assert_eq!(lines(&old, &new), ["Service shop/b → Service shop/c", "Service shop/a → Service shop/d"]);
        assert_eq!(lines(&new, &old), ["Service shop/d → Service shop/a", "Service shop/c → Service shop/b"]);
    }

    #[test]
    fn one_that_stands_twice_is_not_lost() {
        let twice = service("a", 80) + &service("a", 80);
        assert_eq!(lines(&twice, &service("a", 80)).len(), 2);
    }

    #[test]
    fn names_are_words() {
        assert_eq!(without("web-tls.web.websocket", "web"), "\0-tls.\0.websocket");
        assert_eq!(without("x", ""), "x");
    }
}
