//! A parsed YAML document whose every part knows its place.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::source::Location;

/// A mapping in the order of its text.
pub type Map = IndexMap<String, Entry>;

/// One key of a mapping with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where the key stands.
    pub key: Location,
    /// What it is set to. Shared: environments have most of their values from the same layers.
    pub value: Arc<Node>,
}

/// A value and the place that it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What stands there.
    pub kind: NodeKind,
    /// Where it stands.
    pub location: Location,
}

/// The three shapes of YAML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeKind {
    /// A single value, kept as its text until somebody knows the type that is meant.
    Scalar(Scalar),
    /// A list.
    Seq(Vec<Node>),
    /// A mapping; its keys are always text.
    Map(Map),
}

/// A single value as it is spelled, so that a version `1.10` never becomes `1.1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// The text, with quotes and escapes taken off.
    pub text: String,
    /// Whether it stood without quotes and so may be something else than text.
    pub plain: bool,
}

impl Node {
    /// Whether this is a plain `null`, `~` or nothing at all.
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, NodeKind::Scalar(scalar)
            if scalar.plain && matches!(scalar.text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// The mapping, if this is one.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.kind {
            NodeKind::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The items, if this is a list.
    pub fn as_seq(&self) -> Option<&[Node]> {
        match &self.kind {
            NodeKind::Seq(items) => Some(items),
            _ => None,
        }
    }

    /// The scalar, if this is one.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            NodeKind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The child named `segment`: a key of a mapping, or an index (counted from 0) of a list.
    pub fn child(&self, segment: &str) -> Option<&Node> {
        match &self.kind {
            NodeKind::Map(map) => map.get(segment).map(|entry| &*entry.value),
            NodeKind::Seq(items) => items.get(segment.parse::<usize>().ok()?),
            NodeKind::Scalar(_) => None,
        }
    }
}
