//! Which files are patches: a kustomization lays them over a resource, so each names one that another file describes.

use std::collections::BTreeSet;

use serde_json::Value;

use super::surroundings::folder;
use super::{CheckedFile, CheckedTree};
use crate::manifest::Document;

/// The files, as paths of the tree, that kustomizations of `tree` use as patches.
pub(super) fn of(tree: &CheckedTree<'_>) -> BTreeSet<String> {
    tree.files.iter().flat_map(patches_of).collect()
}

fn patches_of(file: &CheckedFile<'_>) -> Vec<String> {
    let folder = folder(file.path.as_str());
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
