//! One document under check.

use serde_json::Value;

use super::finding::{Finding, Place};
use super::{CheckedFile, CheckedTree};
use crate::diagnostic::Code;
use crate::manifest::ResourceId;

/// A document as the rules over one document see it.
#[derive(Debug)]
pub(super) struct Subject<'a> {
    /// The tree that it is part of.
    pub(super) tree: &'a CheckedTree<'a>,
    /// The file that holds it.
    pub(super) file: &'a CheckedFile<'a>,
    /// Which of the file's documents it is, counted from 0.
    pub(super) index: usize,
    /// Which resource it describes; `None` if it is none, such as the values of a chart.
    pub(super) id: Option<ResourceId>,
    /// What it says.
    pub(super) data: &'a Value,
    /// Its `apiVersion` and `kind`, which every rule asks for; empty texts where it has none.
    kind: (&'a str, &'a str),
    /// Whether a kustomization uses its file as a patch: then it says only what it changes of the resource.
    pub(super) is_patch: bool,
}

/// What stands at the keys `path` below `value`. Most documents are asked for most places, so this copies nothing.
pub(super) fn at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, key| value.get(key))
}

impl<'a> Subject<'a> {
    /// The document at `index` of `file`, which says `data`.
    pub(super) fn new(
        tree: &'a CheckedTree<'a>,
        file: &'a CheckedFile<'a>,
        index: usize,
        data: &'a Value,
        is_patch: bool,
    ) -> Self {
        let text = |key: &str| data.get(key).and_then(Value::as_str).unwrap_or_default();
        let (id, kind) = (file.documents[index].resource_id(), (text("apiVersion"), text("kind")));
        Self { tree, file, index, id, data, kind, is_patch }
    }

    /// The text at `path`, such as `["metadata", "name"]`; empty if there is none.
    pub(super) fn text(&self, path: &[&str]) -> &str {
        at(self.data, path).and_then(Value::as_str).unwrap_or_default()
    }

    /// The document's `apiVersion` and `kind`; empty texts where it has none.
    pub(super) fn kind(&self) -> (&str, &str) {
        self.kind
    }

    /// The place of the value at `path`: keys, and indices counted from 0.
    pub(super) fn place<S: AsRef<str>>(&self, path: &[S]) -> Place {
        Place::new(self.file.path, self.index, path)
    }

    /// An error about the value at `path`.
    pub(super) fn error<S: AsRef<str>>(&self, code: Code, message: impl Into<String>, path: &[S]) -> Finding {
        Finding::error(code, message, self.place(path))
    }

    /// A warning about the value at `path`.
    pub(super) fn warning<S: AsRef<str>>(&self, code: Code, message: impl Into<String>, path: &[S]) -> Finding {
        Finding::warning(code, message, self.place(path))
    }
}
