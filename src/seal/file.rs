//! `values/sealed/<env>.yaml`: all sealed secrets of one environment, written by the program and read by people.
//!
//! The file is sorted by id and has one key and its value to a line, so that two branches that seal different secrets
//! merge. A change touches the lines of its own entry and no others: comments that a person wrote between entries stay.
//! Only where the text is laid out in a way that this can't be done, for instance in flow style, is it written anew as
//! a whole; entries are never lost, but comments are.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::layers::SchemaCheck;
use crate::model::{self, Base64, EnvironmentName, Fingerprint, NamedMap, SealedName, SealedSecret, SealingScope};
use crate::model::{LabelKey, LabelValue, SecretKey, SecretType, TextScalar};
use crate::source::{Location, Source};
use crate::yaml::{Emitter, Limits, Node, canonical_key, load_one, locate_key};

const HEADER: &str = "Sealed secrets: ciphertext that only the cluster's controller opens. Written by `render seal`.";
const TOP: &str = "sealed";

/// The path of the sealed secrets of `environment`, from the project's root.
pub fn sealed_path(environment: &EnvironmentName) -> String {
    format!("values/sealed/{environment}.yaml")
}

/// The file, read.
#[derive(Debug, Clone)]
pub struct SealedFile {
    source: Arc<Source>,
    root: Node,
    entries: BTreeMap<SealedName, SealedSecret>,
}

/// A change of one entry: what is not named stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// What the entry is bound to.
    pub scope: Option<SealingScope>,
    /// The type of the Secret.
    pub kind: Option<SecretType>,
    /// Ciphertext by key, with the certificate that it was sealed with, if that is known.
    pub data: BTreeMap<SecretKey, (Base64, Option<Fingerprint>)>,
    /// Labels of the Secret, beside those that it has.
    pub labels: BTreeMap<LabelKey, LabelValue>,
    /// Annotations of the Secret, beside those that it has.
    pub annotations: BTreeMap<LabelKey, String>,
}

impl SealedFile {
    /// Reads the file; an empty text is a file without entries.
    ///
    /// # Errors
    /// Everything that is wrong with it, as a render would report it.
    pub fn parse(source: &Arc<Source>) -> Result<Self, Diagnostics> {
        let root = load_one(source, Limits::default())?;
        let data = SchemaCheck::new(model::sealed_schema()).check(&root)?;
        let entries = data.get(TOP).cloned().map(serde_json::from_value).transpose();
        // The schema is made of the types, so this can't fail where the check passed; if it does, it is one more finding.
        let entries = entries.map_err(|error| {
            Diagnostic::error(Code::InvalidValue, error.to_string())
                .in_file(source.path())
                .help("correct the file, or take the last good one from Git")
        })?;
        Ok(Self { source: Arc::clone(source), root, entries: entries.unwrap_or_default() })
    }

    /// The text that was read.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// Every entry by its id.
    pub fn entries(&self) -> &BTreeMap<SealedName, SealedSecret> {
        &self.entries
    }

    /// The place of the entry `id`; the beginning of the file if there is none.
    pub fn place(&self, id: &SealedName) -> Location {
        self.locate(&[TOP, id.as_str()])
    }

    /// The place of the key `key` of the entry `id`.
    pub fn place_of_key(&self, id: &SealedName, key: &SecretKey) -> Location {
        self.locate(&[TOP, id.as_str(), "encryptedData", key.as_str()])
    }

    fn locate(&self, path: &[&str]) -> Location {
        locate_key(&self.root, path).unwrap_or_else(|| Location::start_of(&self.source))
    }

    /// The entry `id` as it is with `change`.
    pub fn changed(&self, id: &SealedName, change: &Change) -> SealedSecret {
        let old = self.entries.get(id);
        let ciphertext = change.data.iter().map(|(key, (text, _))| (key.clone(), text.clone()));
        let certificates = change.data.iter().filter_map(|(key, (_, by))| Some((key.clone(), by.clone()?)));
        let mut sealed_with = merged(old.map(|old| &old.sealed_with), certificates);
        sealed_with.retain(|key, _| change.data.get(key).is_none_or(|(_, by)| by.is_some()));
        SealedSecret {
            scope: change.scope.or(old.map(|old| old.scope)).unwrap_or_default(),
            kind: change.kind.clone().or(old.map(|old| old.kind.clone())).unwrap_or_else(SecretType::opaque),
            encrypted_data: merged(old.map(|old| &old.encrypted_data), ciphertext).into_iter().collect(),
            sealed_with: sealed_with.into_iter().collect(),
            labels: merged(old.map(|old| &old.labels), change.labels.clone()).into_iter().collect(),
            annotations: merged(old.map(|old| &old.annotations), change.annotations.clone()).into_iter().collect(),
        }
    }

    /// The text of the file with `secret` as the entry `id`. All other entries keep their lines.
    pub fn with(&self, id: &SealedName, secret: &SealedSecret) -> String {
        let text = self.source.text();
        let mut entries = self.entries.clone();
        entries.insert(id.clone(), secret.clone());
        let spliced = self.splice(id, secret).filter(|spliced| {
            // Trusted only if it reads as exactly what is meant.
            let read = Self::parse(&Source::new(self.source.path(), spliced.as_str()));
            read.is_ok_and(|read| read.entries == entries)
        });
        match spliced {
            Some(spliced) => spliced,
            None if self.entries.get(id) == Some(secret) => text.to_owned(),
            None => whole(&entries),
        }
    }

    /// The text with the lines of one entry replaced or put in.
    fn splice(&self, id: &SealedName, secret: &SealedSecret) -> Option<String> {
        let text = self.source.text();
        if self.entries.get(id) == Some(secret) {
            return Some(text.to_owned());
        }
        let before = self.entries.range(..id.clone()).next_back();
        let range = match (self.entries.contains_key(id), before) {
            (true, _) => self.lines_of(&self.place(id)),
            (false, Some((before, _))) => {
                let end = self.lines_of(&self.place(before)).end;
                end..end
            }
            (false, None) => {
                let top = self.locate(&[TOP]);
                let end = top.span.range().end;
                let line = text[end..].find('\n').map(|at| end + at + 1)?;
                line..line
            }
        };
        let gap = if text[..range.start].ends_with('\n') { "" } else { "\n" };
        Some([&text[..range.start], gap, &lines(id, secret), &text[range.end..]].concat())
    }

    /// The whole lines of what begins at the key `key`: up to the last one that is indented deeper.
    fn lines_of(&self, key: &Location) -> Range<usize> {
        let text = self.source.text();
        let at = key.span.range().start;
        let start = text[..at].rfind('\n').map_or(0, |before| before + 1);
        let mut end = start;
        let mut next = start;
        for line in text[start..].split_inclusive('\n') {
            let deeper = line.len() - line.trim_start().len() > at - start;
            let blank = line.trim().is_empty();
            if next > start && !deeper && !blank {
                break;
            }
            next += line.len();
            if !blank {
                end = next;
            }
        }
        start..end
    }
}

fn merged<K: Clone + Ord + std::hash::Hash, V: Clone>(
    old: Option<&NamedMap<K, V>>,
    new: impl IntoIterator<Item = (K, V)>,
) -> BTreeMap<K, V> {
    let old = old.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone()));
    old.chain(new).collect()
}

/// The file from nothing.
fn whole(entries: &BTreeMap<SealedName, SealedSecret>) -> String {
    let mut text = format!("# {HEADER}\n{TOP}:\n");
    text.extend(entries.iter().map(|(id, secret)| lines(id, secret)));
    text
}

/// One entry in canonical form, as it stands below `sealed:`.
fn lines(id: &SealedName, secret: &SealedSecret) -> String {
    let mut yaml = Emitter::new();
    yaml.begin_document();
    yaml.begin_map();
    for (key, text) in [("scope", secret.scope.name()), ("type", secret.kind.as_str())] {
        yaml.key(key);
        yaml.string(text);
    }
    map(&mut yaml, "encryptedData", &secret.encrypted_data, Base64::as_str);
    map(&mut yaml, "sealedWith", &secret.sealed_with, Fingerprint::as_str);
    map(&mut yaml, "labels", &secret.labels, LabelValue::as_str);
    map(&mut yaml, "annotations", &secret.annotations, String::as_str);
    yaml.end_map();
    let body = yaml.into_string();
    let mut text = format!("  {}:\n", canonical_key(id.as_str()));
    for line in body.lines() {
        // An empty line belongs to a text of several lines, where indentation would become part of it.
        text.push_str(if line.is_empty() { "" } else { "    " });
        text.push_str(line);
        text.push('\n');
    }
    text
}

fn map<K: TextScalar + Ord + std::hash::Hash, V>(
    yaml: &mut Emitter,
    name: &str,
    entries: &NamedMap<K, V>,
    text: fn(&V) -> &str,
) {
    if entries.is_empty() && name != "encryptedData" {
        return;
    }
    yaml.key(name);
    yaml.begin_map();
    let sorted: BTreeMap<_, _> = entries.into_iter().collect();
    for (key, value) in sorted {
        yaml.key(key.as_str());
        yaml.string(text(value));
    }
    yaml.end_map();
}
