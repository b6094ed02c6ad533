//! Two sets of rendered files to what changes in the cluster: resources and their fields, and what is dangerous.
//!
//! Pure: both sides are texts in memory, from path (below an environment's folder) to text. A file whose text is the
//! same on both sides is never parsed. It knows nothing of Git, the disk, or how a change is shown.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde::Serialize;

use crate::diff::FileChange;

mod danger;
mod document;
mod fields;
mod guard;
mod markdown;
mod noise;
mod object;
mod pairs;
mod path;
#[cfg(test)]
mod tests;

pub use danger::{Danger, DangerKind};
pub use fields::{FieldChange, FieldKind, compare};
pub use guard::{Deletion, GuardedKind};
pub use markdown::{LIMIT, markdown};
pub use noise::{Folded, Names, Noise};
pub use object::{Change, ObjectChange};
pub use path::{FieldPath, Segment};

use document::{Document, documents};
use object::{Delta, Pair};

/// The files of one side, from path to text.
pub type Files<'t> = BTreeMap<&'t str, &'t str>;

/// How many resources may disappear before that alone is a danger.
pub const MAX_REMOVED: usize = 10;

/// How two sides are compared.
#[derive(Debug, Clone)]
pub struct Options<'o> {
    /// How many resources may disappear before that alone is a danger.
    pub max_removed: usize,
    /// Whether the new side is to take the place of the old one. Two environments stand beside each other, and nothing
    /// about their differences is dangerous.
    pub replaces: bool,
    /// Names that the sides differ in everywhere, the longer ones first: a change that is nothing but them is folded.
    pub names: &'o Names,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self { max_removed: MAX_REMOVED, replaces: true, names: &[] }
    }
}

/// Everything in which the resources of two sides differ.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Objects {
    /// Resources and data files, in the order of what they are.
    pub objects: Vec<ObjectChange>,
    /// What is dangerous about it, what loses most first.
    pub dangers: Vec<Danger>,
    /// Guarded resources that disappear.
    pub deletions: Vec<Deletion>,
    /// How many changes say nothing.
    pub folded: Folded,
}

/// One environment in a [`Report`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EnvironmentChanges {
    /// The environment; the one of the old side where two are compared.
    pub environment: String,
    /// The environment of the new side, where it is another one.
    pub with: Option<String>,
    /// Whether the old side has the environment.
    pub in_old: bool,
    /// Whether the new side has it.
    pub in_new: bool,
    /// Files whose text differs, with their diffs.
    pub files: Vec<FileChange>,
    /// What that means in resources.
    #[serde(flatten)]
    pub objects: Objects,
}

impl EnvironmentChanges {
    /// How many objects have `change`, without those that only hold noise.
    pub fn count(&self, change: Change) -> usize {
        self.objects.objects.iter().filter(|object| object.change == change && !object.is_noise()).count()
    }
}

/// What one side of a comparison is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Side {
    /// The files under `out/`.
    Out,
    /// A render of the inputs as they are on the disk.
    Tree,
    /// A render of the inputs of a revision.
    Revision {
        /// As it was asked for.
        revision: String,
        /// The full name of the commit.
        commit: String,
    },
}

/// A whole comparison, as one document for machines and for pages.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Always `diff`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The version of this form.
    pub version: u32,
    /// Whether the sides are the same.
    pub same: bool,
    /// What is compared.
    pub old: Side,
    /// With what.
    pub new: Side,
    /// The environments, in the order in which they were asked for; also those that are the same.
    pub environments: Vec<EnvironmentChanges>,
}

impl Report {
    /// The report about `environments`.
    pub fn new(old: Side, new: Side, environments: Vec<EnvironmentChanges>) -> Self {
        let same = environments.iter().all(|environment| environment.files.is_empty());
        Self { kind: "diff", version: 1, same, old, new, environments }
    }
}

/// Compares the resources of `old` and `new`.
pub fn between<'t>(old: &Files<'t>, new: &Files<'t>, options: &Options) -> Objects {
    let paths: BTreeSet<&'t str> = old.keys().chain(new.keys()).copied().collect();
    let paths: Vec<_> = paths.into_iter().filter(|path| old.get(path) != new.get(path)).collect();
    let read: Vec<_> = paths.par_iter().map(|path| [old, new].map(|side| documents_of(path, side))).collect();
    let mut folded = Folded::default();
    let mut texts = Vec::new();
    for (path, [a, b]) in paths.iter().zip(&read) {
        let (in_old, in_new) = (old.contains_key(path), new.contains_key(path));
        if a.is_empty() && b.is_empty() {
            texts.push(text_change(path, in_old, in_new));
        } else if a == b {
            folded.layouts += 1;
        }
    }
    let (old, new): (Vec<_>, Vec<_>) = read.into_iter().map(|[a, b]| (a, b)).unzip();
    let (old, new) = (old.into_iter().flatten().collect(), new.into_iter().flatten().collect());
    let pairs = pairs::pairs(old, new, options.replaces);
    let changed: Vec<_> =
        pairs.par_iter().filter_map(|pair| Some((pair, object_change(pair, options.names)?))).collect();
    let deltas: Vec<_> = changed.iter().filter_map(|(pair, object)| delta(pair, object)).collect();
    let (dangers, deletions) = if options.replaces {
        (danger::dangers(&deltas, options.max_removed), guard::deletions(&deltas))
    } else {
        (Vec::new(), Vec::new())
    };
    drop(deltas);
    let mut objects: Vec<_> = changed.into_iter().map(|(_, object)| object).collect();
    for noise in objects.iter().flat_map(|object| &object.fields).filter_map(|field| field.noise) {
        folded.count(noise);
    }
    objects.extend(texts);
    Objects { objects, dangers, deletions, folded }
}

/// The guarded resources that `old` has and `new` has not, without looking at more than it takes: [`between`] finds the
/// same ones.
pub fn deletions<'t>(old: &Files<'t>, new: &Files<'t>) -> Vec<Deletion> {
    let text = |side: &Files<'t>, path: &str| side.get(path).copied().unwrap_or_default();
    let may_lose = |path: &&&str| {
        let (old, new) = (text(old, path), text(new, path));
        old != new && (guard::names_guarded(old) || guard::names_guarded(new)) && !guard::has_same_heads(old, new)
    };
    let all: Vec<&str> = old.keys().chain(new.keys().filter(|path| !old.contains_key(*path))).copied().collect();
    let paths: BTreeSet<&str> = all.par_iter().filter(may_lose).copied().collect();
    if paths.is_empty() {
        return Vec::new();
    }
    // A kustomization says which of them are patches.
    let is_kept = |path: &str| paths.contains(path) || path.rsplit('/').next() == Some("kustomization.yaml");
    let [old, new] = [old, new].map(|side| -> Files<'t> {
        side.iter().filter(|(path, _)| is_kept(path)).map(|(path, text)| (*path, *text)).collect()
    });
    between(&old, &new, &Options::default()).deletions
}

/// The documents of the file `path` of `side`; none if it has no such file.
fn documents_of<'t>(path: &'t str, side: &Files<'t>) -> Vec<Document<'t>> {
    let Some(text) = side.get(path) else { return Vec::new() };
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let kustomization =
        if folder.is_empty() { "kustomization.yaml".to_owned() } else { format!("{folder}/kustomization.yaml") };
    let patches = side.get(kustomization.as_str()).map(|text| document::patches(text)).unwrap_or_default();
    documents(path, text, patches.iter().any(|patch| patch.trim_start_matches("./") == name))
}

/// What happens to a file that has no fields.
fn text_change(path: &str, in_old: bool, in_new: bool) -> ObjectChange {
    let change = match (in_old, in_new) {
        (false, _) => Change::Added,
        (true, false) => Change::Removed,
        (true, true) => Change::Changed,
    };
    ObjectChange {
        file: path.to_owned(),
        moved_from: None,
        resource: None,
        renamed_from: None,
        patch: false,
        change,
        fields: Vec::new(),
    }
}

/// What happens to a pair of documents; `None` if nothing does.
fn object_change(pair: &Pair, names: &Names) -> Option<ObjectChange> {
    let document = pair.new.as_ref().or(pair.old.as_ref())?;
    let mut fields = Vec::new();
    let mut moved_from = None;
    let mut renamed_from = None;
    let change = match (&pair.old, &pair.new) {
        (Some(old), Some(new)) => {
            fields = compare(&old.data, &new.data);
            moved_from = (old.path != new.path).then(|| old.path.to_owned());
            renamed_from = object::resource(&old.identity).filter(|_| old.identity != new.identity).cloned();
            match (renamed_from.is_some(), fields.is_empty(), moved_from.is_some()) {
                (true, ..) => Change::Renamed,
                (false, true, true) => Change::Moved,
                (false, true, false) => return None,
                (false, false, _) => Change::Changed,
            }
        }
        (None, _) => Change::Added,
        (Some(_), None) => Change::Removed,
    };
    for field in &mut fields {
        field.noise = noise::noise(field, names);
    }
    Some(ObjectChange {
        file: document.path.to_owned(),
        moved_from,
        resource: object::resource(&document.identity).cloned(),
        renamed_from,
        patch: matches!(document.identity, document::Identity::Patch(..)),
        change,
        fields,
    })
}

fn delta<'d>(pair: &'d Pair, object: &'d ObjectChange) -> Option<Delta<'d>> {
    let (old, new) = (pair.old.as_ref(), pair.new.as_ref());
    Some(Delta {
        path: &object.file,
        change: object.change,
        identity: &new.or(old)?.identity,
        old_identity: old.map(|document| &document.identity),
        old: old.map(|document| &document.data),
        new: new.map(|document| &document.data),
        fields: &object.fields,
    })
}
