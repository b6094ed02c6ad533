//! Which document of a tree is of which kind.
//!
//! Made before any document becomes data, for those who need a few kinds only and would look through all otherwise.

use std::borrow::Cow;

use super::finding::Place;
use super::{CheckedFile, CheckedTree};
use crate::manifest::Document;

/// A document with its kind.
#[derive(Debug)]
pub(super) struct Listed<'a> {
    pub(super) file: &'a CheckedFile<'a>,
    /// Which of the file's documents it is, counted from 0.
    pub(super) index: usize,
    pub(super) document: &'a Document,
    /// Its `kind`; empty where it says none.
    pub(super) kind: Cow<'a, str>,
}

/// All documents of `tree`, in the order of their files.
pub(super) fn of<'a>(tree: &'a CheckedTree<'a>) -> Vec<Listed<'a>> {
    let of_file = |file: &'a CheckedFile<'a>| {
        let documents = file.documents.iter().enumerate();
        documents.map(move |(index, document)| Listed {
            file,
            index,
            document,
            kind: document.text_at(&["kind"]).unwrap_or_default(),
        })
    };
    tree.files.iter().flat_map(of_file).collect()
}

impl Listed<'_> {
    /// The text at `path`; empty if there is none.
    pub(super) fn text(&self, path: &[&str]) -> Cow<'_, str> {
        self.document.text_at(path).unwrap_or_default()
    }

    /// The place of the value at `path`.
    pub(super) fn place(&self, path: &[&str]) -> Place {
        Place::new(self.file.path, self.index, path)
    }
}
