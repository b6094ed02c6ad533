//! What can go wrong in the cluster when a change is applied, as data.
//!
//! A rule sees the two states of one resource, or of all that changed, and never the disk or the values. It names what
//! the documents show and guesses nothing: a chart may do with its values what it likes, and what stands in the
//! cluster may differ from both sides.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::object::Delta;
use crate::manifest::ResourceId;

mod argo;
mod hosts;
mod immutable;
mod removals;
mod secrets;
mod volumes;
mod workloads;

/// Defines the kinds of danger with their names, meanings, reasons and remedies in one place.
macro_rules! dangers {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal, $why:literal, $help:literal;)+) => {
        /// What may go wrong. Names are stable: tools filter by them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum DangerKind {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl DangerKind {
            /// Every kind, what loses most first.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name, as printed in brackets behind `danger`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What the kind means, in one line.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii(),)+ }
            }

            /// Why it is dangerous, in one line.
            pub const fn why(self) -> &'static str {
                match self { $(Self::$variant => $why,)+ }
            }

            /// What to do about it, in one line.
            pub const fn help(self) -> &'static str {
                match self { $(Self::$variant => $help,)+ }
            }
        }
    };
}

dangers! {
    /// A namespace disappears.
    NamespaceRemoved = "namespace-removed",
        "all that is in a namespace is deleted with it, also what nobody rendered",
        "move what has to stay first, or keep the namespace with `argocd.argoproj.io/sync-options: Prune=false`";
    /// A custom resource definition disappears.
    DefinitionRemoved = "definition-removed",
        "every object of its kind is deleted with it, in all namespaces",
        "see that no object of that kind is left, or keep it with `argocd.argoproj.io/sync-options: Prune=false`";
    /// An Application disappears whose finalizer deletes what it made.
    ApplicationRemoved = "application-removed",
        "Argo CD deletes all that it has made, volumes and their data among it",
        "to keep its resources, take the finalizer out and sync before you remove it";
    /// A persistent volume claim disappears.
    ClaimRemoved = "claim-removed",
        "its volume is deleted with it, and with the volume the data, unless the storage class retains it",
        "copy the data first, or keep the claim with `argocd.argoproj.io/sync-options: Prune=false`";
    /// A StatefulSet with volumes, or one of its volumes, disappears.
    StatefulVolumeRemoved = "stateful-volume-removed",
        "its pods lose their data: the claims stay behind unused, or are deleted where the retention policy says so",
        "copy the data first, and remove the claims that are left when nobody needs them";
    /// Helm values take a volume away.
    PersistenceRemoved = "persistence-removed",
        "the chart no longer makes the claim, and the data goes with it or with the next restart",
        "copy the data first, or leave the volume on";
    /// A volume becomes smaller.
    VolumeShrinks = "volume-shrinks",
        "no volume can become smaller: the change is refused, or a new and empty volume takes its place",
        "keep the size, or copy the data to a new volume of another name";
    /// A project of Argo CD disappears.
    ProjectRemoved = "project-removed",
        "an Application whose project is gone is not synced any more, and not deleted properly either",
        "move or remove its Applications first, and the project in a change of its own";
    /// A secret disappears.
    SecretRemoved = "secret-removed",
        "what reads it does not start again, and the value can't be had back from the cluster",
        "see that nothing reads it any more: `render seal verify`";
    /// A key of a secret disappears.
    SecretKeyRemoved = "secret-key-removed",
        "what reads the key does not start again",
        "see that nothing reads the key any more: `render seal verify`";
    /// A field changes that Kubernetes does not let anybody change.
    ImmutableField = "immutable-field",
        "the API server refuses the change, so the sync fails until somebody deletes the resource",
        "keep the field, or give the resource another name and plan for its deletion";
    /// A resource takes another name or namespace, which deletes it and makes another one.
    Renamed = "renamed",
        "the old one is deleted and a new one made: there may be none in between, and its address or state is lost",
        "keep the name, or add the new one first and remove the old one when nobody uses it";
    /// What an Application or a kustomization makes goes to another place or takes other names.
    DestinationChanged = "destination-changed",
        "everything is made again in the new place, and what is in the old one is deleted or left behind",
        "copy the data first, and see that nothing calls the old place";
    /// An Application moves to another project, or a project allows less than before.
    ProjectChanged = "project-changed",
        "Argo CD refuses to sync what the project does not allow",
        "see that the project allows the sources, namespaces and kinds that the Applications need";
    /// A host is no longer served, or no longer in its certificate.
    HostChanged = "host-changed",
        "whoever calls the old host gets no answer, or a certificate of another name",
        "keep the old host beside the new one until nobody calls it";
    /// A workload is scaled to nothing.
    ReplicasToZero = "replicas-to-zero",
        "nothing of it runs any more",
        "see that it is meant to stop";
    /// A resource moves to another sync wave.
    WaveChanged = "wave-changed",
        "it is applied before or behind others than until now: what it waits for may not be there",
        "see that what it needs stands in a lower wave";
    /// More resources disappear than a usual change removes.
    ManyRemoved = "many-removed",
        "so many are rarely meant: a condition or an environment may have gone wrong",
        "go through the list, and raise `--max-removed` if it is meant";
}

impl fmt::Display for DangerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for DangerKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// One change that is dangerous.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Danger {
    /// What may go wrong.
    pub kind: DangerKind,
    /// The file that shows it; empty where it is about all of them.
    pub file: String,
    /// The resource that it is about; none for a values file, or for all together.
    pub resource: Option<ResourceId>,
    /// What happens, as a headline: no full stop, names in backticks.
    pub message: String,
}

impl Serialize for Danger {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        let mut danger = serializer.serialize_struct("Danger", 6)?;
        danger.serialize_field("danger", &self.kind)?;
        danger.serialize_field("file", &self.file)?;
        danger.serialize_field("resource", &self.resource)?;
        danger.serialize_field("message", &self.message)?;
        danger.serialize_field("why", self.kind.why())?;
        danger.serialize_field("help", self.kind.help())?;
        danger.end()
    }
}

/// Everything dangerous in `deltas`, what loses most first. `max_removed` is how many resources may disappear unsaid.
pub(super) fn dangers(deltas: &[Delta], max_removed: usize) -> Vec<Danger> {
    let mut found = Vec::new();
    for delta in deltas {
        removals::check(delta, &mut found);
        immutable::check(delta, &mut found);
        volumes::check(delta, deltas, &mut found);
        argo::check(delta, &mut found);
        secrets::check(delta, deltas, &mut found);
        workloads::check(delta, &mut found);
    }
    hosts::check(deltas, &mut found);
    removals::count(deltas, max_removed, &mut found);
    found.sort();
    found.dedup();
    found
}

/// What stands at the keys `path` of `value`.
fn at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, key| value.get(key)).filter(|value| !value.is_null())
}

/// The text at the keys `path` of `value`.
fn text_at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v str> {
    at(value, path)?.as_str()
}

/// The annotation `name` of an object.
fn annotation<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    text_at(value, &["metadata", "annotations", name])
}

/// Whether the annotation with Argo CD's options for one resource has `option`.
pub(super) fn has_sync_option(value: &Value, option: &str) -> bool {
    let options = annotation(value, "argocd.argoproj.io/sync-options");
    options.is_some_and(|options| options.split(',').any(|found| found.trim() == option))
}

#[cfg(test)]
mod tests;
