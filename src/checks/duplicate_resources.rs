//! Two documents must not describe the same resource: two Argo CD Applications would fight over it for ever.
//!
//! A patch of a kustomization names the resource that it changes, so files that are used as patches do not count.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{CheckedFile, shown};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::manifest::{Document, ResourceId};

pub(super) fn check(environment: &str, files: &[CheckedFile<'_>], found: &mut Diagnostics) {
    let patches: BTreeSet<String> = files.iter().flat_map(patches_of).collect();
    let mut first: BTreeMap<ResourceId, &CheckedFile<'_>> = BTreeMap::new();
    for file in files.iter().filter(|file| !patches.contains(file.path.as_str())) {
        for id in file.documents.iter().filter_map(Document::resource_id) {
            let Some(other) = first.insert(id.clone(), file) else { continue };
            found.push(
                Diagnostic::error(Code::DuplicateResource, format!("`{id}` is rendered twice"))
                    .in_file(shown(environment, file.path))
                    .note(format!("here by {}", file.template))
                    .note(format!("and in {} by {}", shown(environment, other.path), other.template))
                    .help("rename one of the two, or take it out of its template"),
            );
        }
    }
}

/// The files, as paths of the tree, that a kustomization uses as patches.
fn patches_of(file: &CheckedFile<'_>) -> Vec<String> {
    let folder = file.path.as_str().rsplit_once('/').map_or("", |(folder, _)| folder);
    let is_kustomization = |document: &&Document| {
        document.text_at(&["kind"]).is_some_and(|kind| kind == "Kustomization" || kind == "Component")
    };
    let patches = file.documents.iter().filter(is_kustomization).filter_map(|document| document.data_at(&["patches"]));
    let path = |patch: &Value| patch.get("path").and_then(Value::as_str).map(|path| format!("{folder}/{path}"));
    patches
        .filter_map(|patches| Some(patches.as_array()?.iter().filter_map(path).collect::<Vec<_>>()))
        .flatten()
        .collect()
}
