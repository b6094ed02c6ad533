//! One value of a values file, changed where it stands: every other byte stays as it is.
//!
//! A parsed tree knows where each value was read from, so an edit is one splice of the text, and nothing is printed anew.
//! It is trusted only after it was read back: the value is the new one, and no other value differs. What can't be changed
//! in this way, since it is shared by an anchor for instance, is refused and left to a person.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, listed};
use crate::source::{Location, Source};
use crate::yaml::{Entry, Limits, Map, Node, NodeKind, Scalar, canonical_key, load_one};

mod place;

use place::{contains, end_of_content, is_alias, is_flow, token};

/// How deep a nested mapping stands where the file has none to go by.
const INDENTATION: usize = 2;

/// The text of `source` with the value at `path` set to the text `value`, which is one line.
///
/// A scalar keeps its quotes, its anchor and the comment behind it. A key that is not there is put behind the last one of
/// the mapping that it belongs to, together with the mappings around it that are not there either.
///
/// # Errors
/// The text is not YAML; the value, or a mapping around it, is an alias of something else or no mapping; or the edit would
/// change another value, too.
pub fn set(source: &Arc<Source>, path: &[&str], value: &str) -> Result<Arc<Source>, Diagnostic> {
    let root = load_one(source, Limits::default())?;
    let Splice { range, with } = splice(&root, path, value)?;
    let text = source.text();
    let edited = Source::new(source.path(), [&text[..range.start], &with, &text[range.end..]].concat());
    verify(&root, &edited, path, value)?;
    Ok(edited)
}

/// One replacement in the text.
struct Splice {
    range: Range<usize>,
    with: String,
}

fn splice(root: &Node, path: &[&str], value: &str) -> Result<Splice, Diagnostic> {
    let mut node = root;
    let mut key: Option<&Location> = None;
    for (depth, name) in path.iter().enumerate() {
        let Some(map) = node.as_map() else { return Err(misshapen(node, &path[..depth], "a mapping")) };
        // What a merge key brings in stands elsewhere. A key of the mapping's own goes before it.
        let Some(entry) = map.get(*name).filter(|entry| contains(node, &entry.key)) else {
            return Ok(insert(root, node, &path[depth..], value));
        };
        if is_alias(entry) {
            return Err(shared(entry, &path[..=depth]));
        }
        node = &entry.value;
        key = Some(&entry.key);
    }
    match (key, node.as_scalar()) {
        (Some(key), Some(scalar)) => Ok(replace(key, node, scalar, value)),
        _ => Err(misshapen(node, path, "a single value")),
    }
}

/// Puts `value` in the place of `scalar`, in its quotes if it can stand between them.
fn replace(key: &Location, node: &Node, scalar: &Scalar, value: &str) -> Splice {
    let text = node.location.source.text();
    if scalar.plain && scalar.text.is_empty() {
        return fill(key, node, value);
    }
    let range = token(text, node);
    let simple = !value.contains(['\'', '"', '\\']) && !value.contains(char::is_control);
    let with = match text[range.clone()].chars().next() {
        Some(quote @ ('\'' | '"')) if simple => format!("{quote}{value}{quote}"),
        _ => canonical_key(value),
    };
    Splice { range, with }
}

/// Puts `value` behind a key that has none: behind its colon, or behind an anchor or tag.
fn fill(key: &Location, node: &Node, value: &str) -> Splice {
    let text = node.location.source.text();
    let value = canonical_key(value);
    if node.location.text().starts_with(['&', '!']) {
        let end = node.location.span.range().start + node.location.text().trim_end().len();
        return Splice { range: end..end, with: format!(" {value}") };
    }
    let end = key.span.range().end;
    let blank = text[end..].len() - text[end..].trim_start().len();
    let (at, with) = if text[end + blank..].starts_with(':') {
        (end + blank + 1, format!(" {value}"))
    } else {
        // In flow style a key may stand alone.
        (end, format!(": {value}"))
    };
    Splice { range: at..at, with }
}

/// Adds the keys of `path`, each in the one before it, to the mapping `node`.
fn insert(root: &Node, node: &Node, path: &[&str], value: &str) -> Splice {
    let text = node.location.source.text();
    if is_flow(node) {
        return insert_flow(node, path, value);
    }
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let column = if node.location.span.range().is_empty() { 0 } else { column(text, token(text, node).start) };
    let step = indentation(root).unwrap_or(INDENTATION);
    let keys = path.iter().enumerate().map(|(depth, key)| {
        let end = if depth + 1 == path.len() { format!(" {}", canonical_key(value)) } else { line_end.to_owned() };
        format!("{:width$}{}:{end}", "", canonical_key(key), width = column + depth * step)
    });
    let keys: String = keys.collect();
    let at = end_of_content(node, column);
    let gap = if is_spaced(node) { line_end } else { "" };
    let with = if text[..at].is_empty() || text[..at].ends_with('\n') {
        format!("{gap}{keys}{line_end}")
    } else {
        // The last line of the file has no line break, and shall have none.
        format!("{line_end}{gap}{keys}")
    };
    Splice { range: at..at, with }
}

/// Adds the keys before the first one of a mapping in braces, on a line of its own if that one has one.
fn insert_flow(node: &Node, path: &[&str], value: &str) -> Splice {
    let text = node.location.source.text();
    let opened = token(text, node).start + 1;
    let keys: Vec<_> = path.iter().map(|key| canonical_key(key)).collect();
    let inner = format!("{}: {}{}", keys.join(": {"), canonical_key(value), "}".repeat(keys.len().saturating_sub(1)));
    let first = own_entries(node).map(|entry| entry.key.span.range().start).min();
    let (at, with) = match first {
        None => (opened, inner),
        Some(first) => {
            let before = &text[opened..first];
            let line = before.rfind('\n').map(|newline| &before[newline + 1..]);
            let line_end = if before.contains("\r\n") { "\r\n" } else { "\n" };
            match line.filter(|line| line.trim().is_empty()) {
                Some(indentation) => (first, format!("{inner},{line_end}{indentation}")),
                None => (first, format!("{inner}, ")),
            }
        }
    };
    Splice { range: at..at, with }
}

/// The entries of a mapping that stand in it, rather than being brought in by a merge key.
fn own_entries(node: &Node) -> impl Iterator<Item = &Entry> {
    node.as_map().into_iter().flat_map(Map::values).filter(|entry| contains(node, &entry.key))
}

/// How many characters stand before the byte `at` in its line.
fn column(text: &str, at: usize) -> usize {
    text[..at].rsplit('\n').next().map_or(0, |line| line.chars().count())
}

/// How much deeper than its key the first nested mapping in block style stands.
fn indentation(node: &Node) -> Option<usize> {
    own_entries(node).filter(|entry| !is_alias(entry) && !is_flow(&entry.value)).find_map(|entry| {
        let text = entry.key.source.text();
        entry.value.as_map()?;
        let inner = column(text, token(text, &entry.value).start);
        let outer = column(text, entry.key.span.range().start);
        inner.checked_sub(outer).filter(|step| *step > 0).or_else(|| indentation(&entry.value))
    })
}

/// Whether a blank line stands before the last entry, or before the comment over it.
fn is_spaced(node: &Node) -> bool {
    let mut starts: Vec<_> = own_entries(node).map(|entry| entry.key.span.range().start).collect();
    starts.sort_unstable();
    let [_, .., last] = starts[..] else { return false };
    let text = node.location.source.text();
    let line = text[..last].rfind('\n').map_or(0, |newline| newline + 1);
    let above = text[..line].lines().rev().find(|line| !line.trim_start().starts_with('#'));
    above.is_some_and(|line| line.trim().is_empty())
}

/// Reads the edited text back. This is what makes the edit safe, however odd the file is.
fn verify(root: &Node, edited: &Arc<Source>, path: &[&str], value: &str) -> Result<(), Diagnostic> {
    let mut expected = root.clone();
    put(&mut expected, path, value);
    let name = path.join(".");
    let refused = || {
        let refusal = Diagnostic::error(Code::NotEditable, format!("`{name}` can't be set in place"));
        refusal.in_file(edited.path())
    };
    let by_hand = format!("set it by hand: `{name}: {}`", canonical_key(value));
    let Ok(found) = load_one(edited, Limits::default()) else {
        return Err(refused().note("with the new text the file would not be YAML any more").help(by_hand));
    };
    let mut differ = Vec::new();
    let target: Vec<String> = path.iter().map(|&key| key.to_owned()).collect();
    differences(&expected, &found, &target, &mut Vec::new(), &mut differ);
    if differ.is_empty() {
        return Ok(());
    }
    let others: Vec<String> = differ.iter().filter(|path| **path != target).map(|path| path.join(".")).collect();
    if others.is_empty() {
        return Err(refused().note("with the new text the value would still be another one").help(by_hand));
    }
    let list = listed(&others);
    let fact = format!("it would change {list}, too: they share a text by an anchor");
    Err(refused().note(fact).help("write the shared value out where it is used, and remove the anchor"))
}

/// Sets the value at `path`, making the mappings that are not there.
fn put(node: &mut Node, path: &[&str], value: &str) {
    let location = node.location.clone();
    match (path, &mut node.kind) {
        ([key, rest @ ..], NodeKind::Map(map)) => {
            let empty = || Node { kind: NodeKind::Map(Map::new()), location: location.clone() };
            let entry = map.entry((*key).to_owned());
            let entry = entry.or_insert_with(|| Entry { key: location.clone(), value: Arc::new(empty()) });
            put(Arc::make_mut(&mut entry.value), rest, value);
        }
        (_, kind) => *kind = NodeKind::Scalar(Scalar { text: value.to_owned(), plain: true }),
    }
}

/// The paths at which two trees do not hold the same; at `target` quotes make no difference.
fn differences(a: &Node, b: &Node, target: &[String], path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    let mut below = |name: String, a: Option<&Node>, b: Option<&Node>| {
        path.push(name);
        match (a, b) {
            (Some(a), Some(b)) => differences(a, b, target, path, found),
            _ => found.push(path.clone()),
        }
        path.pop();
    };
    match (&a.kind, &b.kind) {
        (NodeKind::Map(one), NodeKind::Map(other)) => {
            let keys = one.keys().chain(other.keys().filter(|key| !one.contains_key(*key)));
            keys.for_each(|key| below(key.clone(), a.child(key), b.child(key)));
        }
        (NodeKind::Seq(one), NodeKind::Seq(other)) => {
            (0..one.len().max(other.len())).for_each(|at| below(at.to_string(), one.get(at), other.get(at)));
        }
        (NodeKind::Scalar(one), NodeKind::Scalar(other))
            if one.text == other.text && (one.plain == other.plain || *path == target) => {}
        _ => found.push(path.clone()),
    }
}

fn misshapen(node: &Node, path: &[&str], wanted: &str) -> Diagnostic {
    Diagnostic::error(Code::NotEditable, format!("`{}` is not {wanted}", path.join(".")))
        .at(node.location.clone(), "")
        .help(format!("write {wanted} here"))
}

fn shared(entry: &Entry, path: &[&str]) -> Diagnostic {
    Diagnostic::error(Code::NotEditable, format!("`{}` is an alias of a value that stands elsewhere", path.join(".")))
        .at(entry.key.clone(), "set by an alias")
        .see(entry.value.location.clone(), "the value that it stands for")
        .note("to change that value could change others, too")
        .help("write the value out here, in place of the alias")
}

#[cfg(test)]
mod tests;
