//! One resource or data file and what happens to it.

use serde::Serialize;
use serde_json::Value;

use super::danger::{Danger, DangerKind};
use super::document::{Document, Identity};
use super::fields::FieldChange;
use crate::manifest::ResourceId;

/// What happens to a resource or a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Only the new side has it.
    Added,
    /// Both sides have it, and it differs.
    Changed,
    /// It stands in another file, and is the same.
    Moved,
    /// It has another name or namespace, and much the same content: it is deleted and made again.
    Renamed,
    /// Only the old side has it.
    Removed,
}

/// A resource, or a file that holds none, in which the two sides differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectChange {
    /// The file that it stands in; the old one where only the old side has it.
    pub file: String,
    /// The file that it stood in, where that is another one.
    pub moved_from: Option<String>,
    /// Which resource it is; none for the values of a chart, a kustomization, and any other file.
    pub resource: Option<ResourceId>,
    /// Which resource it was, where it is renamed.
    pub renamed_from: Option<ResourceId>,
    /// Whether a kustomization lays it over the resource, so that it is not all of it.
    pub patch: bool,
    /// What happens to it.
    pub change: Change,
    /// The fields that differ; none of what is added or removed as a whole, and of files that have no fields.
    pub fields: Vec<FieldChange>,
}

impl ObjectChange {
    /// Whether everything about it says nothing, so that a summary leaves it out.
    pub fn is_noise(&self) -> bool {
        self.change == Change::Changed
            && !self.fields.is_empty()
            && self.fields.iter().all(|field| field.noise.is_some())
    }

    /// What people call it.
    pub fn title(&self) -> String {
        match (&self.resource, &self.renamed_from) {
            (Some(id), Some(old)) => format!("{old} → {id}"),
            (Some(id), None) if self.patch => format!("{id} (patch)"),
            (Some(id), None) => id.to_string(),
            (None, _) => self.file.clone(),
        }
    }
}

/// Both states of an object, as the rules about danger see them.
#[derive(Debug)]
pub(super) struct Delta<'d> {
    /// The path of its file below the environment's folder.
    pub(super) path: &'d str,
    pub(super) change: Change,
    pub(super) identity: &'d Identity,
    pub(super) old_identity: Option<&'d Identity>,
    pub(super) old: Option<&'d Value>,
    pub(super) new: Option<&'d Value>,
    pub(super) fields: &'d [FieldChange],
}

impl Delta<'_> {
    /// Which resource this is, or is a patch of.
    pub(super) fn resource(&self) -> Option<&ResourceId> {
        resource(self.identity)
    }

    /// Which resource the old side has.
    pub(super) fn old_id(&self) -> Option<&ResourceId> {
        self.old_identity.and_then(resource)
    }

    pub(super) fn is_patch(&self) -> bool {
        matches!(self.identity, Identity::Patch(..))
    }

    /// Whether the resource of the old side is not among those of the new one.
    pub(super) fn loses_resource(&self) -> bool {
        matches!(self.change, Change::Removed | Change::Renamed) && matches!(self.identity, Identity::Resource(_))
    }

    /// Whether this is the values of a chart.
    pub(super) fn is_values_file(&self) -> bool {
        let name = self.path.rsplit_once('/').map_or(self.path, |(_, name)| name);
        matches!(self.identity, Identity::Data(..))
            && name.strip_prefix("values").is_some_and(|rest| rest.strip_suffix(".yaml").is_some())
    }

    pub(super) fn is_kustomization(&self) -> bool {
        matches!(self.identity, Identity::Data(..)) && self.path.rsplit('/').next() == Some("kustomization.yaml")
    }

    /// The danger that this is, as `message` says.
    pub(super) fn danger(&self, kind: DangerKind, message: String) -> Danger {
        let resource = self.old_id().or(self.resource()).cloned();
        Danger { kind, file: self.path.to_owned(), resource, message }
    }
}

/// The resource that a document is or patches.
pub(super) const fn resource(identity: &Identity) -> Option<&ResourceId> {
    match identity {
        Identity::Resource(id) | Identity::Patch(_, id) => Some(id),
        Identity::Data(..) => None,
    }
}

/// What both sides have of one object.
#[derive(Debug)]
pub(super) struct Pair<'t> {
    pub(super) old: Option<Document<'t>>,
    pub(super) new: Option<Document<'t>>,
}
