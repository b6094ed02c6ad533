//! Two documents must not describe the same resource: two Argo CD Applications would fight over it for ever.
//!
//! A patch of a kustomization names the resource that it changes, so files that are used as patches do not count.

use std::collections::BTreeMap;

use super::finding::Finding;
use super::world::World;
use crate::diagnostic::Code;

pub(super) fn check(world: &World<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut first = BTreeMap::new();
    // A kustomization needs no name.
    for facts in world.facts.iter().filter(|facts| !facts.is_patch && !facts.id.name.is_empty()) {
        let Some(other) = first.insert(&facts.id, facts) else { continue };
        found.push(
            Finding::error(Code::DuplicateResource, format!("`{}` is rendered twice", facts.id), facts.name_place())
                .see(other.name_place(), format!("here by {}", other.file.template))
                .help("rename one of the two, or take it out of its template"),
        );
    }
    found
}
