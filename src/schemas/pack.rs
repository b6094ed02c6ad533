//! The schemas that are compiled in: an index of kinds, and one file of schemas, each compressed on its own.

use std::sync::{LazyLock, OnceLock};

use serde_json::Value;

use super::Entry;
use super::crd::State;

static KINDS: &str = include_str!("data/kinds.tsv");
static PACK: &[u8] = include_bytes!("data/schemas.pack");

/// More than any schema takes that is compiled in.
const MAX_BYTES: usize = 16 * 1024 * 1024;

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| KINDS.lines().filter_map(entry).collect());

/// A schema as it is kept.
#[derive(Debug)]
pub(super) enum Stored {
    /// Compressed, in these bytes of the pack.
    Packed { offset: usize, length: usize },
    /// As it was read from a file of the project.
    Plain(Value),
}

impl Stored {
    /// The schema as data.
    pub(super) fn data(&self) -> Result<Value, String> {
        match self {
            Self::Plain(schema) => Ok(schema.clone()),
            Self::Packed { offset, length } => {
                let bytes =
                    PACK.get(*offset..*offset + *length).ok_or("the schemas that are compiled in are cut off")?;
                let text = miniz_oxide::inflate::decompress_to_vec_with_limit(bytes, MAX_BYTES);
                let text = text.map_err(|error| error.to_string())?;
                serde_json::from_slice(&text).map_err(|error| error.to_string())
            }
        }
    }
}

/// What is compiled in, sorted by group, kind and version.
pub(super) fn entries() -> &'static [Entry] {
    &ENTRIES
}

/// The metadata that every object has.
pub(super) fn metadata() -> Result<Value, String> {
    let newest = entries().iter().rfind(|entry| entry.key() == ("", "ObjectMeta", ""));
    newest.ok_or("no schema of metadata is compiled in")?.stored.data()
}

fn entry(line: &'static str) -> Option<Entry> {
    let mut fields = line.split('\t');
    let mut next = || fields.next();
    let (group, kind, version) = (next()?, next()?, next()?);
    let minors = next()?.split_once('-').and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
    let (state, rules, source) = (State::named(next()?), next()?.parse().ok()?, next()?);
    let stored = Stored::Packed { offset: next()?.parse().ok()?, length: next()?.parse().ok()? };
    Some(Entry {
        group: group.into(),
        kind: kind.into(),
        version: version.into(),
        minors,
        state,
        rules,
        source: source.into(),
        stored,
        whole: OnceLock::new(),
        patch: OnceLock::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_is_sorted_and_whole() {
        assert_eq!(KINDS.lines().count(), entries().len());
        assert!(entries().is_sorted_by(|a, b| (a.key(), a.minors) < (b.key(), b.minors)));
        let unreadable = entries().iter().filter(|entry| entry.stored.data().is_err());
        assert_eq!(unreadable.count(), 0);
    }

    #[test]
    fn no_text_for_people_is_kept() {
        let text = |schema: &Value| schema.pointer("/properties/spec/description").is_some_and(Value::is_string);
        assert!(!entries().iter().any(|entry| text(&entry.stored.data().unwrap_or_default())));
    }
}
