//! `--set path=value`: one more layer, for a trial run.

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
    if keys.iter().any(String::is_empty) {
        return Err(wrong(format!("`{path}` has an empty key")));
    }
    let source = Source::new(format!("--set {path}"), text);
    let value = load_all(&source, Limits::default())?.into_iter().next().unwrap_or_else(|| empty(&source));
    Ok(keys.into_iter().rev().fold(value, |value, key| {
        let entry = Entry { key: Location::start_of(&source), value: Arc::new(value) };
        Node { kind: NodeKind::Map(Map::from_iter([(key, entry)])), location: Location::start_of(&source) }
    }))
}

/// `--set a=`: empty text, as a shell user means it; `--set a=null` removes the key.
fn empty(source: &Arc<Source>) -> Node {
    let scalar = Scalar { text: String::new(), plain: false };
    Node { kind: NodeKind::Scalar(scalar), location: Location::start_of(source) }
}

fn keys(path: &str) -> Vec<String> {
    let mut keys = vec![String::new()];
    let mut characters = path.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            ('\\', Some('.')) => {
                characters.next();
                append(&mut keys, '.');
            }
            ('.', _) => keys.push(String::new()),
            _ => append(&mut keys, character),
        }
    }
    keys
}

fn append(keys: &mut [String], character: char) {
    if let Some(key) = keys.last_mut() {
        key.push(character);
    }
}
