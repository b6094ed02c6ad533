//! Two documents must not describe the same resource: two Argo CD Applications would fight over it for ever.
//!
//! A patch of a kustomization names the resource that it changes, so files that are used as patches do not count.

use std::collections::{BTreeMap, BTreeSet};

use super::CheckedTree;
use super::finding::{Finding, Place};
use crate::diagnostic::Code;
use crate::manifest::ResourceId;

pub(super) fn check(tree: &CheckedTree<'_>, patches: &BTreeSet<String>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut first: BTreeMap<ResourceId, (Place, &str)> = BTreeMap::new();
    for file in tree.files.iter().filter(|file| !patches.contains(file.path.as_str())) {
        for (index, document) in file.documents.iter().enumerate() {
            let Some(id) = document.resource_id() else { continue };
            let place = Place::new(file.path, index, &["metadata", "name"]);
            let Some((other, template)) = first.insert(id.clone(), (place.clone(), file.template)) else { continue };
            found.push(
                Finding::error(Code::DuplicateResource, format!("`{id}` is rendered twice"), place)
                    .see(other, format!("here by {template}"))
                    .help("rename one of the two, or take it out of its template"),
            );
        }
    }
    found
}
