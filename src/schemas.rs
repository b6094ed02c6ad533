//! Schemas by group, version and kind: those that are compiled in, and those that a project brings.
//!
//! Kubernetes' own kinds come from its published `OpenAPI`, one set for each minor release; those of the platform's
//! services from their `CustomResourceDefinition`s; `data/sources.json` says from where. Each is decompressed and
//! compiled when a document first asks for it, and kept as long as the process lives. Knows nothing of trees or values.

use std::sync::{Arc, LazyLock, OnceLock};

use serde_json::Value;

pub mod crd;

mod complete;
mod forms;
mod item_keys;
mod lifecycle;
mod own;
mod pack;
mod validator;
mod violation;

pub use lifecycle::{Lifecycle, lifecycle};
pub use own::definitions;
pub use violation::{Violation, shown};

pub use crd::Definition;
use crd::State;
use pack::Stored;
use validator::Validator;

/// One version of one kind, and its schema.
#[derive(Debug)]
struct Entry {
    group: Arc<str>,
    kind: Arc<str>,
    version: Arc<str>,
    /// The minor releases of Kubernetes that have it; none where that is not a question.
    minors: Option<(u32, u32)>,
    state: State,
    /// Rules in CEL that are not evaluated.
    rules: usize,
    /// What it comes from: a name of `data/sources.json`, or a file of the project.
    source: Arc<str>,
    stored: Stored,
    whole: OnceLock<Result<Validator, String>>,
    patch: OnceLock<Result<Validator, String>>,
}

impl Entry {
    fn key(&self) -> (&str, &str, &str) {
        (&self.group, &self.kind, &self.version)
    }
}

/// All schemas that a project's documents are checked against.
#[derive(Debug, Default)]
pub struct Schemas {
    /// Those of the project, sorted; they win over what is compiled in.
    own: Vec<Entry>,
}

/// What is known of a kind.
#[derive(Debug)]
pub enum Found<'a> {
    /// Its schema.
    Schema(Schema<'a>),
    /// Nothing of that version.
    Unknown(Unknown),
}

/// Why there is no schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// Whether the group is one of Kubernetes' own, whose kinds are all known.
    pub is_kubernetes: bool,
    /// The API versions in which the cluster has this kind, such as `apps/v1`; sorted.
    pub others: Vec<String>,
    /// The known kind of the same API version whose name is nearest.
    pub nearest: Option<String>,
    /// The minor releases that have just this, where the cluster's is none of them.
    pub minors: Option<(u32, u32)>,
}

/// The schema of one kind for one cluster.
#[derive(Debug, Clone, Copy)]
pub struct Schema<'a> {
    entry: &'a Entry,
    /// The minor release that is asked for, and the one that answers.
    minor: (u32, u32),
}

/// A kind that has a schema, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Known {
    /// The API group; empty for the core group.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The version.
    pub version: String,
    /// The first and last minor release of Kubernetes that has it; none for custom resources.
    pub minors: Option<(u32, u32)>,
    /// The word for how an API server treats it: `served`, `deprecated` or `removed`.
    pub state: &'static str,
    /// How many rules in CEL are not evaluated.
    pub rules: usize,
    /// What the schema comes from.
    pub source: String,
}

/// The oldest and the newest minor release of Kubernetes whose schemas are compiled in.
pub fn minors() -> (u32, u32) {
    static MINORS: LazyLock<(u32, u32)> = LazyLock::new(|| {
        let minors = || pack::entries().iter().filter_map(|entry| entry.minors);
        (minors().map(|(from, _)| from).min().unwrap_or_default(), minors().map(|(_, to)| to).max().unwrap_or_default())
    });
    *MINORS
}

impl Schemas {
    /// What is known of `kind` in `api_version`, such as `apps/v1`, on a cluster of the release `1.<minor>`. A release
    /// that is not known is taken for the nearest one that is.
    pub fn find(&self, minor: u32, api_version: &str, kind: &str) -> Found<'_> {
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        let (oldest, newest) = minors();
        let nearest = minor.clamp(oldest, newest);
        let of_kind = |entries| range(entries, |entry: &Entry| (&*entry.group, &*entry.kind).cmp(&(group, kind)));
        let (own, built_in) = (of_kind(&self.own), of_kind(pack::entries()));
        // The metadata that all kinds share is kept without a version, and is no kind.
        let serves = |entry: &&Entry| {
            !entry.version.is_empty() && entry.minors.is_none_or(|(from, to)| (from..=to).contains(&nearest))
        };
        let mut here = own.iter().chain(built_in).filter(|entry| &*entry.version == version);
        if let Some(entry) = here.clone().find(serves) {
            return Found::Schema(Schema { entry, minor: (minor, nearest) });
        }
        let all = || self.own.iter().chain(pack::entries()).filter(serves);
        let same_kind = |entry: &&Entry| &*entry.kind == kind && entry.state != State::Removed;
        let mut others: Vec<_> = all().filter(same_kind).map(api_version_of).collect();
        others.sort();
        others.dedup();
        let siblings = all().filter(|entry| (&*entry.group, &*entry.version) == (group, version));
        Found::Unknown(Unknown {
            is_kubernetes: pack::entries().iter().any(|entry| entry.minors.is_some() && &*entry.group == group),
            others,
            nearest: crate::diagnostic::nearest(kind, siblings.map(|entry| &*entry.kind)).map(str::to_owned),
            minors: here.next().and_then(|entry| entry.minors),
        })
    }

    /// Every kind that has a schema: those of the project first, each part sorted by group, kind and version.
    pub fn known(&self) -> Vec<Known> {
        let known = |entry: &Entry| Known {
            group: entry.group.to_string(),
            kind: entry.kind.to_string(),
            version: entry.version.to_string(),
            minors: entry.minors,
            state: entry.state.name(),
            rules: entry.rules,
            source: entry.source.to_string(),
        };
        // The metadata that all kinds share is no kind.
        let kinds = pack::entries().iter().filter(|entry| !entry.version.is_empty());
        let mut all: Vec<Known> = self.own.iter().chain(kinds).map(known).collect();
        // Releases with different schemas follow each other; a list shows from when to when there is one.
        all.dedup_by(|next, last| match (next.minors, &mut last.minors) {
            (Some((from, to)), Some((_, until)))
                if (&next.group, &next.kind, &next.version) == (&last.group, &last.kind, &last.version)
                    && from == *until + 1 =>
            {
                *until = to;
                true
            }
            _ => false,
        });
        all
    }
}

impl Schema<'_> {
    /// What `document` does not keep to, sorted by place. A patch of a kustomization has only what it changes.
    ///
    /// # Errors
    /// The schema itself can't be used: the text says why.
    pub fn violations(&self, document: &Value, is_patch: bool) -> Result<Vec<Violation>, &str> {
        let cell = if is_patch { &self.entry.patch } else { &self.entry.whole };
        let validator = cell.get_or_init(|| Validator::new(self.entry, is_patch));
        validator.as_ref().map(|validator| validator.violations(document)).map_err(String::as_str)
    }

    /// Which schema it is, for people: `apps/v1 Deployment, Kubernetes 1.36`.
    pub fn title(&self) -> String {
        let kind = format!("{} {}", api_version_of(self.entry), self.entry.kind);
        let (wanted, answering) = self.minor;
        match self.entry.minors {
            None => format!("{kind}, {}", self.entry.source),
            Some(_) if wanted == answering => format!("{kind}, Kubernetes 1.{answering}"),
            Some(_) => {
                format!("{kind}, Kubernetes 1.{answering}, the nearest release to 1.{wanted} that this program knows")
            }
        }
    }

    /// How an API server treats this version of the kind, and the versions that it has beside it.
    pub fn state(&self) -> State {
        self.entry.state
    }
}

/// The API version of an entry: `apps/v1`, or `v1` in the core group.
fn api_version_of(entry: &Entry) -> String {
    if entry.group.is_empty() { entry.version.to_string() } else { format!("{}/{}", entry.group, entry.version) }
}

/// The part of sorted `entries` that `compare` calls equal.
fn range(entries: &[Entry], compare: impl Fn(&Entry) -> std::cmp::Ordering) -> &[Entry] {
    let start = entries.partition_point(|entry| compare(entry).is_lt());
    let length = entries[start..].partition_point(|entry| compare(entry).is_eq());
    &entries[start..start + length]
}

#[cfg(test)]
mod tests;
