//! Resources whose deletion has to be allowed by name: what goes with them does not come back.

use std::fmt;

use serde::Serialize;

use super::danger::has_sync_option;
use super::object::{Change, Delta};
use crate::manifest::ResourceId;

/// A kind of resource that no render drops unasked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum GuardedKind {
    /// An Application of Argo CD, and all that it made.
    Application,
    /// A project of Argo CD.
    AppProject,
    /// A custom resource definition, and all objects of its kind.
    CustomResourceDefinition,
    /// A namespace, and all that is in it.
    Namespace,
    /// A claim, its volume and the data on it.
    PersistentVolumeClaim,
    /// A sealed secret, and the Secret that it makes.
    SealedSecret,
    /// A StatefulSet, and where its retention policy says so its volumes.
    StatefulSet,
}

impl GuardedKind {
    /// Every kind, in the order of the names.
    pub const ALL: &[Self] = &[
        Self::Application,
        Self::AppProject,
        Self::CustomResourceDefinition,
        Self::Namespace,
        Self::PersistentVolumeClaim,
        Self::SealedSecret,
        Self::StatefulSet,
    ];

    /// The kind, as Kubernetes names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Application => "Application",
            Self::AppProject => "AppProject",
            Self::CustomResourceDefinition => "CustomResourceDefinition",
            Self::Namespace => "Namespace",
            Self::PersistentVolumeClaim => "PersistentVolumeClaim",
            Self::SealedSecret => "SealedSecret",
            Self::StatefulSet => "StatefulSet",
        }
    }

    /// What is lost with a resource of the kind, in one line.
    pub const fn loss(self) -> &'static str {
        match self {
            Self::Application => {
                "with its finalizer, Argo CD deletes all that it has made, volumes and their data among it"
            }
            Self::AppProject => {
                "an Application whose project is gone is not synced any more, and not deleted properly either"
            }
            Self::CustomResourceDefinition => "every object of its kind is deleted with it, in all namespaces",
            Self::Namespace => "all that is in a namespace is deleted with it, also what nobody rendered",
            Self::PersistentVolumeClaim => {
                "its volume and the data are deleted with it, unless the storage class retains them"
            }
            Self::SealedSecret => "the Secret that it makes goes with it, and what reads that does not start again",
            Self::StatefulSet => "its pods go, and its claims where the retention policy says so",
        }
    }

    /// The API group of the kind.
    const fn group(self) -> &'static str {
        match self {
            Self::Application | Self::AppProject => "argoproj.io",
            Self::CustomResourceDefinition => "apiextensions.k8s.io",
            Self::Namespace | Self::PersistentVolumeClaim => "",
            Self::SealedSecret => "bitnami.com",
            Self::StatefulSet => "apps",
        }
    }

    /// The guarded kind that `id` is of.
    pub fn of(id: &ResourceId) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == id.kind && kind.group() == id.group)
    }
}

impl fmt::Display for GuardedKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A guarded resource that the new side does not have any more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deletion {
    /// Its kind, as it has to be allowed.
    pub kind: GuardedKind,
    /// The resource.
    pub resource: ResourceId,
    /// The file that held it.
    pub file: String,
    /// What it becomes, where only its name or namespace is another: it is deleted all the same.
    pub renamed_to: Option<ResourceId>,
}

/// The guarded resources that disappear. One that Argo CD is told not to prune stays in the cluster, and is none.
pub(super) fn deletions(deltas: &[Delta]) -> Vec<Deletion> {
    let deletion = |delta: &Delta| {
        let (resource, old) = (delta.old_id()?, delta.old?);
        let kind =
            GuardedKind::of(resource).filter(|_| delta.loses_resource() && !has_sync_option(old, "Prune=false"))?;
        let renamed_to = delta.resource().filter(|_| delta.change == Change::Renamed).cloned();
        Some(Deletion { kind, resource: resource.clone(), file: delta.path.to_owned(), renamed_to })
    };
    let mut found: Vec<_> = deltas.iter().filter_map(deletion).collect();
    found.sort();
    found
}

/// Whether `text` may hold a guarded resource.
pub(super) fn names_guarded(text: &str) -> bool {
    GuardedKind::ALL.iter().any(|kind| text.contains(kind.name()))
}

/// Whether the lines of both texts that say what a document is, and how it is called, are the same: then no resource
/// went. Other texts have to be parsed to find out.
pub(super) fn has_same_heads(old: &str, new: &str) -> bool {
    let is_head = |line: &&str| {
        let is_name = |line: &str| line.starts_with("name:") || line.starts_with("namespace:");
        !line.starts_with(['-', ' ', '#']) || line.starts_with("---") || line.strip_prefix("  ").is_some_and(is_name)
    };
    old.lines().filter(is_head).eq(new.lines().filter(is_head))
}
