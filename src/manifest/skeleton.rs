//! YAML with holes, parsed.
//!
//! The engine prints an opaque token for each hole, so the text that is parsed here holds no value at all: no value
//! can change its structure, and all documents that took the same way through a template share one skeleton.

use std::sync::Arc;

use serde_json::Value;

use super::token::{Piece, pieces};
use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};
use crate::yaml::{Entry, Limits, Node, NodeKind, Scalar, canonical_key, canonical_string, load_all, resolve_plain};

/// The parsed text of a template, its holes still open.
#[derive(Debug)]
pub struct Skeleton {
    pub(super) documents: Vec<Part>,
}

/// One value of a skeleton, and where it stands in the rendered text.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) kind: PartKind,
    pub(super) span: Span,
    /// Where its key stands, if it stands under one.
    pub(super) key: Option<Span>,
}

#[derive(Debug)]
pub(super) enum PartKind {
    /// Nothing of it depends on values; with its canonical text, if that is one line.
    Literal(Value, Option<String>),
    /// The value of a hole, whatever it is.
    Hole(usize),
    /// Text with holes inside.
    Text(Vec<Piece>),
    Seq(Vec<Part>),
    Map(Vec<(Key, Part)>),
}

#[derive(Debug)]
pub(super) enum Key {
    /// A key of the template, with its canonical text.
    Literal(String, String),
    Text(Vec<Piece>),
    /// `<<`: the keys of the value take this place.
    Splice,
}

impl Skeleton {
    /// One document that holds `data`.
    pub(super) fn of(data: Value) -> Self {
        Self { documents: vec![Part { kind: PartKind::Literal(data, None), span: Span::default(), key: None }] }
    }

    /// Parses what a template printed.
    ///
    /// # Errors
    /// It is not YAML; the finding points into `source`, which is the rendered text.
    pub fn parse(source: &Arc<Source>) -> Result<Self, Diagnostic> {
        let documents = load_all(source, Limits::default())?;
        let documents = documents.iter().map(part).collect::<Result<_, _>>()?;
        Ok(Self { documents })
    }
}

impl Part {
    pub(super) fn is_null(&self) -> bool {
        matches!(self.kind, PartKind::Literal(Value::Null, _))
    }
}

fn part(node: &Node) -> Result<Part, Diagnostic> {
    let kind = match &node.kind {
        NodeKind::Scalar(scalar) => scalar_part(scalar, node)?,
        NodeKind::Seq(items) => PartKind::Seq(items.iter().map(part).collect::<Result<_, _>>()?),
        NodeKind::Map(map) => {
            let value = |entry: &Entry| Ok(Part { key: Some(entry.key.span), ..part(&entry.value)? });
            let entries = map.iter().map(|(name, entry)| Ok((key(name), value(entry)?)));
            PartKind::Map(entries.collect::<Result<_, Diagnostic>>()?)
        }
    };
    Ok(Part { kind, span: node.location.span, key: None })
}

fn key(name: &str) -> Key {
    if name == "<<" {
        return Key::Splice;
    }
    match pieces(name) {
        Some(pieces) => Key::Text(pieces),
        None => Key::Literal(name.to_owned(), canonical_key(name)),
    }
}

fn scalar_part(scalar: &Scalar, node: &Node) -> Result<PartKind, Diagnostic> {
    if let Some(pieces) = pieces(&scalar.text) {
        return Ok(match (pieces.as_slice(), scalar.plain) {
            ([Piece::Hole(number)], true) => PartKind::Hole(*number),
            _ => PartKind::Text(pieces),
        });
    }
    let text = &scalar.text;
    let value = if scalar.plain {
        let resolved = resolve_plain(text).map_err(|ambiguity| ambiguity.diagnostic(text, &node.location))?;
        resolved.data(text)
    } else {
        Value::String(text.clone())
    };
    let canonical = match &value {
        Value::String(text) => canonical_string(text).map(std::borrow::Cow::into_owned),
        _ => None,
    };
    Ok(PartKind::Literal(value, canonical))
}
