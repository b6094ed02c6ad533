//! Rendered text and the values of its holes become documents.
//!
//! A [`Skeleton`] is the YAML that a template printed, parsed once however many documents share it. A [`Document`] is
//! a skeleton with its holes filled; it can be written as canonical text, read as plain data, or asked for one place.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use minijinja::Value as Hole;
use serde::Serialize;
use serde_json::Value;

use crate::yaml::Emitter;

mod fill;
mod printed;
mod sink;
mod skeleton;
mod token;

pub use fill::{HoleError, Omit, fill_text, fill_value};
pub use printed::{PrintedPlace, place_in_text};
pub use skeleton::Skeleton;
pub use token::{Token, tokens};

use sink::DataSink;

/// One document: a part of a skeleton, with the values of the holes.
#[derive(Debug, Clone)]
pub struct Document {
    skeleton: Arc<Skeleton>,
    index: usize,
    holes: Arc<[Hole]>,
}

impl Document {
    /// The documents of `skeleton` that hold anything, its holes filled with `holes`.
    pub fn all(skeleton: &Arc<Skeleton>, holes: Vec<Hole>) -> Vec<Self> {
        let holes: Arc<[Hole]> = holes.into();
        (0..skeleton.documents.len())
            .map(|index| Self { skeleton: Arc::clone(skeleton), index, holes: Arc::clone(&holes) })
            .filter(|document| !document.is_empty())
            .collect()
    }

    /// A document that holds `data`, and no hole.
    pub fn of(data: Value) -> Self {
        Self { skeleton: Arc::new(Skeleton::of(data)), index: 0, holes: Arc::default() }
    }

    fn is_empty(&self) -> bool {
        let root = &self.skeleton.documents[self.index];
        root.is_null() || fill::is_omitted(root, &self.holes)
    }

    /// Writes the document at the end of `emitter`.
    ///
    /// # Errors
    /// A value can't stand in its hole.
    pub fn emit(&self, emitter: &mut Emitter) -> Result<(), HoleError> {
        emitter.begin_document();
        fill::walk(&self.skeleton.documents[self.index], &self.holes, emitter)
    }

    /// The document as plain data.
    ///
    /// # Errors
    /// A value can't stand in its hole.
    pub fn data(&self) -> Result<Value, HoleError> {
        let mut sink = DataSink::default();
        fill::walk(&self.skeleton.documents[self.index], &self.holes, &mut sink)?;
        Ok(sink.into_value())
    }

    /// The text at `path`, such as `["metadata", "name"]`, if a scalar stands there.
    pub fn text_at(&self, path: &[&str]) -> Option<Cow<'_, str>> {
        fill::text_at(&self.skeleton.documents[self.index], &self.holes, path)
    }

    /// What stands at `path`, as plain data; `None` if there is nothing, or its holes can't be filled.
    pub fn data_at(&self, path: &[&str]) -> Option<Value> {
        fill::data_at(&self.skeleton.documents[self.index], &self.holes, path)
    }

    /// Whether anything but null stands at `path`.
    pub fn has(&self, path: &[&str]) -> bool {
        fill::has(&self.skeleton.documents[self.index], &self.holes, path)
    }

    /// Where in the printed text `text`, which this document was parsed from, that comes from what stands at `path`
    /// (keys, and indexes as text), and there in line `line` (counted from 0) of a text that has several.
    pub fn printed_at(&self, text: &str, path: &[String], line: usize) -> Option<PrintedPlace> {
        printed::place(&self.skeleton.documents[self.index], &self.holes, text, path, line)
    }

    /// Which resource this document describes; `None` if it is not a Kubernetes object with a name.
    pub fn resource_id(&self) -> Option<ResourceId> {
        let text = |path: &[&str]| self.text_at(path).map(Cow::into_owned);
        let api_version = text(&["apiVersion"])?;
        let group = api_version.split_once('/').map_or("", |(group, _)| group).to_owned();
        Some(ResourceId {
            group,
            kind: text(&["kind"])?,
            namespace: text(&["metadata", "namespace"]),
            name: text(&["metadata", "name"])?,
        })
    }
}

/// What tells a resource from all others of a cluster. The version of its API does not: one object has many.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ResourceId {
    /// The API group; empty for the core group.
    pub group: String,
    /// The kind, such as `Deployment`.
    pub kind: String,
    /// The namespace, where the document says it.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

/// `Kind namespace/name`, as a person says it.
impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

#[cfg(test)]
mod tests;
