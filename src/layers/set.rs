//! `--set path=value`: one more layer, for a trial run.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Location, Source};
use crate::yaml::{Entry, Limits, Map, Node, NodeKind, Scalar, load_all};

/// The layer that `argument` describes. Keys are separated by dots; `\.` is a dot inside a key. The value is YAML.
///
/// # Errors
/// There is no `=`, a key is empty, or the value is not YAML.
pub(super) fn parse(argument: &str) -> Result<Node, Diagnostic> {
    let wrong = |message: String| {
        Diagnostic::error(Code::BadSet, message)
            .in_file("--set")
            .help("write `--set path.to.key=value`; a dot inside a key is written `\\.`")
    };
    let Some((path, text)) = argument.split_once('=') else {
        return Err(wrong(format!("`{argument}` has no `=`")));
    };
    let keys = keys(path);
    if keys.iter().any(|(key, _)| key.is_empty()) {
        return Err(wrong(format!("`{path}` has an empty key")));
    }
    let depth = Limits::default().depth;
    if keys.len() > depth {
        return Err(wrong(format!("the path has {} keys; at most {depth} are read", keys.len())));
    }
    let source = Source::new("--set", argument);
    let value = value(&source, path.len() + 1, text)?;
    let here = || Location::new(&source, 0..path.len());
    Ok(keys.into_iter().rev().fold(value, |value, (key, range)| {
        let entry = Entry { key: Location::new(&source, range), value: Arc::new(value) };
        Node { kind: NodeKind::Map(Map::from_iter([(key, entry)])), location: here() }
    }))
}

/// The finding about a `layer` that would put a key into a list of `root`: it would replace the list by a mapping.
pub(super) fn into_list(root: &Node, layer: &Node) -> Option<Diagnostic> {
    let (mut below, mut above) = (root, layer);
    // All mappings of the path, and only they, have the place of the path. What the value holds may replace anything.
    while above.location == layer.location {
        let (name, entry) = above.as_map()?.first()?;
        if below.as_seq().is_some() {
            return Some(
                Diagnostic::error(Code::BadSet, format!("`{name}` would be a key of a list"))
                    .at(entry.key.clone(), "a list has no keys")
                    .see(below.location.clone(), "this is the list")
                    .help("set the whole list: `--set 'path.to.list=[one, two]'`"),
            );
        }
        below = below.child(name)?;
        above = &entry.value;
    }
    None
}

/// The value `text`, which stands at `offset` in the argument, so that messages point into what was typed.
fn value(source: &Arc<Source>, offset: usize, text: &str) -> Result<Node, Diagnostic> {
    let place = |location: &mut Location| {
        let range = location.span.range();
        *location = Location::new(source, range.start + offset..range.end + offset);
    };
    let mut documents = load_all(&Source::new("--set", text), Limits::default()).map_err(|mut diagnostic| {
        diagnostic.primary.iter_mut().chain(&mut diagnostic.secondary).for_each(|label| place(&mut label.location));
        diagnostic
    })?;
    if documents.len() > 1 || documents.is_empty() && !text.trim().is_empty() {
        let what = if documents.is_empty() { "a comment" } else { "several documents" };
        return Err(Diagnostic::error(Code::BadSet, format!("the value of `--set` is YAML, and this is {what}"))
            .at(Location::new(source, offset..source.text().len()), "")
            .help("put quotes around it that reach the program, such as `--set 'path.to.key=\"#text\"'`"));
    }
    if documents.is_empty() {
        // `--set a=`: empty text, as a shell user means it; `--set a=null` removes the key.
        let scalar = Scalar { text: String::new(), plain: false };
        return Ok(Node { kind: NodeKind::Scalar(scalar), location: Location::new(source, offset..offset) });
    }
    let mut node = documents.swap_remove(0);
    move_places(&mut node, &place);
    Ok(node)
}

fn move_places(node: &mut Node, place: &impl Fn(&mut Location)) {
    place(&mut node.location);
    match &mut node.kind {
        NodeKind::Map(map) => map.values_mut().for_each(|entry| {
            place(&mut entry.key);
            move_places(Arc::make_mut(&mut entry.value), place);
        }),
        NodeKind::Seq(items) => items.iter_mut().for_each(|item| move_places(item, place)),
        NodeKind::Scalar(_) => {}
    }
}

/// The keys of the value path `path`, as `--set` reads it.
pub fn path_keys(path: &str) -> Vec<String> {
    keys(path).into_iter().map(|(key, _)| key).collect()
}

/// The value path of `keys`, as `--set` reads it.
pub fn path_text<S: AsRef<str>>(keys: &[S]) -> String {
    keys.iter().map(|key| key.as_ref().replace('.', "\\.")).collect::<Vec<_>>().join(".")
}

/// The keys of a path, each with the bytes that it stands at.
fn keys(path: &str) -> Vec<(String, Range<usize>)> {
    let mut keys = vec![(String::new(), 0..0)];
    let mut characters = path.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match (character, characters.peek()) {
            ('\\', Some((_, '.'))) => {
                characters.next();
                append(&mut keys, '.', at + 2);
            }
            ('.', _) => keys.push((String::new(), at + 1..at + 1)),
            _ => append(&mut keys, character, at + character.len_utf8()),
        }
    }
    keys
}

fn append(keys: &mut [(String, Range<usize>)], character: char, end: usize) {
    if let Some((key, range)) = keys.last_mut() {
        key.push(character);
        range.end = end;
    }
}
