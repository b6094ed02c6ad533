//! A skeleton and the values of its holes become one document.

use std::borrow::Cow;
use std::collections::HashSet;

use minijinja::Value as Hole;
use minijinja::value::{Object, ValueKind};
use serde_json::Value;

use super::sink::{DataSink, Sink};
use super::skeleton::{Key, Part, PartKind};
use super::token::{Piece, Token, pieces};
use crate::source::Span;

/// How deep values may nest, and holes stand inside the text of other holes.
const MAX_DEPTH: usize = 128;

/// How many bytes a text or document may have. Values can share parts, so a small template could ask for any number.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The hole that `omit` is where a filter or `~` makes text of it.
const OMITTED: Token = Token(usize::MAX);

/// What `omit` is in a template: a value that takes its key or list item away.
#[derive(Debug)]
pub struct Omit;

impl Object for Omit {
    fn repr(self: &std::sync::Arc<Self>) -> minijinja::value::ObjectRepr {
        minijinja::value::ObjectRepr::Plain
    }

    /// As text it is a hole that can't be filled, so that no text which it got into reaches a document.
    fn render(self: &std::sync::Arc<Self>, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{OMITTED}")
    }
}

/// Why a value can't stand where its hole is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct HoleError {
    /// What is wrong, as a headline.
    pub problem: String,
    /// The number of the hole, where it is one that is to blame.
    pub hole: Option<usize>,
    /// Where the part of the document that holds it stands in the rendered text; `None` inside a value.
    pub span: Option<Span>,
}

impl HoleError {
    fn new(problem: impl Into<String>) -> Self {
        Self { problem: problem.into(), hole: None, span: None }
    }

    /// The outermost hole is the one that stands in the rendered text.
    fn in_hole(mut self, number: usize) -> Self {
        self.hole = Some(number);
        self
    }

    fn at(mut self, span: Span) -> Self {
        self.span.get_or_insert(span);
        self
    }
}

/// Whether `part` is a hole, or text that is one hole, whose value is `omit`.
pub(super) fn is_omitted(part: &Part, holes: &[Hole]) -> bool {
    let number = match &part.kind {
        PartKind::Hole(number) => *number,
        PartKind::Text(pieces) => match pieces.as_slice() {
            [Piece::Hole(number)] => *number,
            _ => return false,
        },
        _ => return false,
    };
    holes.get(number).is_some_and(is_omit)
}

fn is_omit(value: &Hole) -> bool {
    value.downcast_object_ref::<Omit>().is_some()
}

/// Sends `part`, its holes filled, into `sink`.
pub(super) fn walk(part: &Part, holes: &[Hole], sink: &mut impl Sink) -> Result<(), HoleError> {
    match &part.kind {
        PartKind::Literal(value, canonical) => {
            sink.literal(value, canonical.as_deref());
            Ok(())
        }
        PartKind::Hole(number) => hole(*number, holes)
            .and_then(|value| walk_value(value, holes, sink, 0))
            .map_err(|error| error.in_hole(*number)),
        PartKind::Text(pieces) => interpolate(pieces, holes).map(|text| sink.string(&text)),
        PartKind::Seq(items) => {
            sink.begin_seq(items.len());
            for item in items.iter().filter(|item| !is_omitted(item, holes)) {
                sink.item();
                walk(item, holes, sink)?;
            }
            sink.end_seq();
            Ok(())
        }
        PartKind::Map(entries) => {
            sink.begin_map(entries.len());
            walk_entries(entries, holes, sink)?;
            sink.end_map();
            Ok(())
        }
    }
    .map_err(|error: HoleError| error.at(part.span))
}

fn walk_entries(entries: &[(Key, Part)], holes: &[Hole], sink: &mut impl Sink) -> Result<(), HoleError> {
    if entries.iter().all(|(key, _)| matches!(key, Key::Literal(..))) {
        for (key, part) in entries {
            if let (Key::Literal(key, canonical), false) = (key, is_omitted(part, holes)) {
                sink.literal_key(key, canonical);
                walk(part, holes, sink)?;
            }
        }
        return Ok(());
    }
    // Keys that are only known now can repeat others; the map's own keys win over spliced ones.
    let mut seen = HashSet::new();
    for (key, part) in entries {
        if let Some(name) = key_text(key, holes).map_err(|error| error.at(part.span))?
            && !seen.insert(name.clone().into_owned())
        {
            return Err(HoleError::new(format!("the key `{name}` is there twice")).at(part.span));
        }
    }
    for (key, part) in entries.iter().filter(|(_, part)| !is_omitted(part, holes)) {
        match key_text(key, holes)? {
            Some(name) => {
                sink.key(&name);
                walk(part, holes, sink)?;
            }
            None => splice(part, holes, &mut seen, sink).map_err(|error| error.at(part.span))?,
        }
    }
    Ok(())
}

pub(super) fn key_text<'a>(key: &'a Key, holes: &[Hole]) -> Result<Option<Cow<'a, str>>, HoleError> {
    match key {
        Key::Literal(name, _) => Ok(Some(Cow::Borrowed(name))),
        Key::Text(pieces) => interpolate(pieces, holes).map(|text| Some(Cow::Owned(text))),
        Key::Splice => Ok(None),
    }
}

/// Puts the keys of a map in the place of `<<`.
fn splice(part: &Part, holes: &[Hole], seen: &mut HashSet<String>, sink: &mut impl Sink) -> Result<(), HoleError> {
    let PartKind::Hole(number) = &part.kind else {
        return Err(HoleError::new("`<<` takes a hole with a map, such as `<<: {{ labels }}`"));
    };
    let value = hole(*number, holes)?;
    if value.kind() != ValueKind::Map {
        let problem = format!("`<<` needs a map, found {}", describe(value));
        return Err(HoleError::new(problem).in_hole(*number));
    }
    for (key, value) in entries_of(value, holes)? {
        let key = scalar_text(&key, holes, 0)?;
        if !seen.contains(&*key) && !is_omit(&value) {
            sink.key(&key);
            walk_value(&value, holes, sink, 1)?;
        }
        seen.insert(key.into_owned());
    }
    Ok(())
}

fn hole(number: usize, holes: &[Hole]) -> Result<&Hole, HoleError> {
    if number == OMITTED.0 {
        return Err(HoleError::new("`omit` can't stand inside a text"));
    }
    holes.get(number).ok_or_else(|| HoleError::new("the template printed the mark of a hole that is not its own"))
}

fn walk_value(value: &Hole, holes: &[Hole], sink: &mut impl Sink, depth: usize) -> Result<(), HoleError> {
    if depth > MAX_DEPTH {
        return Err(HoleError::new(format!("the value nests more than {MAX_DEPTH} levels deep")));
    }
    if sink.bytes() > MAX_BYTES {
        return Err(too_long("the document"));
    }
    match value.kind() {
        ValueKind::None => sink.scalar(&Value::Null),
        ValueKind::Bool => sink.scalar(&Value::Bool(value.is_true())),
        ValueKind::Number => number(value, sink)?,
        ValueKind::String => sink.string(&expand(value.as_str().unwrap_or_default(), holes, depth)?),
        ValueKind::Seq | ValueKind::Iterable => {
            sink.begin_seq(0);
            let items = value.try_iter().map_err(|error| HoleError::new(error.to_string()))?;
            for item in items.filter(|item| !is_omit(item)) {
                sink.item();
                walk_value(&item, holes, sink, depth + 1)?;
            }
            sink.end_seq();
        }
        ValueKind::Map => {
            sink.begin_map(0);
            for (key, value) in entries_of(value, holes)?.filter(|(_, value)| !is_omit(value)) {
                sink.key(&scalar_text(&key, holes, 0)?);
                walk_value(&value, holes, sink, depth + 1)?;
            }
            sink.end_map();
        }
        _ => return Err(HoleError::new(format!("a document can't hold {}", describe(value)))),
    }
    Ok(())
}

fn too_long(what: &str) -> HoleError {
    HoleError::new(format!("{what} would have more than {} MiB", MAX_BYTES / (1024 * 1024)))
}

fn number(value: &Hole, sink: &mut impl Sink) -> Result<(), HoleError> {
    if value.is_integer() {
        let number = i128::try_from(value.clone());
        sink.integer(number.map_err(|_| HoleError::new("a number does not fit 128 bits"))?);
        return Ok(());
    }
    sink.scalar(&Value::Number(finite(value)?));
    Ok(())
}

fn finite(value: &Hole) -> Result<serde_json::Number, HoleError> {
    let number = f64::try_from(value.clone()).ok().and_then(serde_json::Number::from_f64);
    number.ok_or_else(|| HoleError::new("a document can't hold an infinite number"))
}

fn entries_of(map: &Hole, holes: &[Hole]) -> Result<impl Iterator<Item = (Hole, Hole)>, HoleError> {
    let pairs = || {
        let pairs = map.as_object().and_then(minijinja::value::DynObject::try_iter_pairs);
        pairs.ok_or_else(|| HoleError::new("a map does not tell its entries"))
    };
    // Only keys that become another text, such as the number 1, can become one that is there already.
    if pairs()?.any(|(key, _)| key.as_str().is_none_or(|text| !text.is_ascii())) {
        let mut seen = HashSet::new();
        for (key, _) in pairs()? {
            let name = scalar_text(&key, holes, 0)?.into_owned();
            if let Some(name) = seen.replace(name) {
                return Err(HoleError::new(format!("the key `{name}` is there twice")));
            }
        }
    }
    pairs()
}

/// The text of `pieces`, its holes filled.
fn interpolate(pieces: &[Piece], holes: &[Hole]) -> Result<String, HoleError> {
    interpolate_at(pieces, holes, 0)
}

fn interpolate_at(pieces: &[Piece], holes: &[Hole], depth: usize) -> Result<String, HoleError> {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Literal(literal) => text.push_str(literal),
            Piece::Cut => return Err(HoleError::new("a filter or slice cut a printed text apart inside a hole")),
            Piece::Hole(number) => {
                let filled = hole(*number, holes).and_then(|value| scalar_text(value, holes, depth));
                text.push_str(&filled.map_err(|error| error.in_hole(*number))?);
            }
        }
        if text.len() > MAX_BYTES {
            return Err(too_long("the text"));
        }
    }
    Ok(text)
}

/// A scalar as it reads inside a longer text.
pub(super) fn scalar_text<'a>(value: &'a Hole, holes: &[Hole], depth: usize) -> Result<Cow<'a, str>, HoleError> {
    match value.kind() {
        ValueKind::String => expand(value.as_str().unwrap_or_default(), holes, depth),
        ValueKind::Bool => Ok(Cow::Borrowed(if value.is_true() { "true" } else { "false" })),
        ValueKind::Number => {
            if !value.is_integer() {
                finite(value)?;
            }
            Ok(Cow::Owned(value.to_string()))
        }
        _ => Err(HoleError::new(format!("{} can't stand inside a text", describe(value)))),
    }
}

/// A text that a template put together from printed text may carry marks of holes; they are filled, too.
fn expand<'a>(text: &'a str, holes: &[Hole], depth: usize) -> Result<Cow<'a, str>, HoleError> {
    if depth > MAX_DEPTH {
        return Err(HoleError::new("holes stand inside each other without an end"));
    }
    match pieces(text) {
        None => Ok(Cow::Borrowed(text)),
        Some(pieces) => interpolate_at(&pieces, holes, depth + 1).map(Cow::Owned),
    }
}

fn describe(value: &Hole) -> &'static str {
    if is_omit(value) {
        return "`omit`";
    }
    match value.kind() {
        ValueKind::Map => "a map",
        ValueKind::Seq | ValueKind::Iterable => "a list",
        ValueKind::None => "nothing (`none`)",
        ValueKind::Undefined => "an undefined value",
        ValueKind::Bytes => "bytes",
        ValueKind::String => "a text",
        ValueKind::Number => "a number",
        ValueKind::Bool => "a boolean",
        _ => "a function or macro",
    }
}

/// Plain text with its holes filled.
///
/// # Errors
/// A value that is not a scalar stands in it.
pub fn fill_text(text: &str, holes: &[Hole]) -> Result<String, HoleError> {
    match pieces(text) {
        None => Ok(text.to_owned()),
        Some(pieces) => interpolate(&pieces, holes),
    }
}

/// A value as a document would hold it: `omit` left out, the holes of composed texts filled.
///
/// # Errors
/// No document can hold it.
pub fn fill_value(value: &Hole, holes: &[Hole]) -> Result<Value, HoleError> {
    let mut sink = DataSink::default();
    walk_value(value, holes, &mut sink, 0)?;
    Ok(sink.into_value())
}

/// What stands at a path: a part of the skeleton, or a value inside a hole.
enum Found<'a> {
    Part(&'a Part),
    Value(Hole),
}

fn find<'a>(part: &'a Part, holes: &[Hole], path: &[&str]) -> Option<Found<'a>> {
    let Some((first, rest)) = path.split_first() else { return Some(Found::Part(part)) };
    match &part.kind {
        PartKind::Map(entries) => {
            let named = entries.iter().filter(|(key, part)| !is_omitted(part, holes) && !matches!(key, Key::Splice));
            for (key, part) in named {
                if key_text(key, holes).ok()?.as_deref() == Some(*first) {
                    return find(part, holes, rest);
                }
            }
            entries.iter().filter(|(key, _)| matches!(key, Key::Splice)).find_map(|(_, part)| match part.kind {
                PartKind::Hole(number) => find_value(holes.get(number)?, path),
                _ => None,
            })
        }
        PartKind::Hole(number) => find_value(holes.get(*number)?, path),
        PartKind::Literal(value, _) => find_value(&Hole::from(minijinja::value::Serde(value)), path),
        _ => None,
    }
}

fn find_value<'a>(value: &Hole, path: &[&str]) -> Option<Found<'a>> {
    let found = path.iter().try_fold(value.clone(), |value, key| value.get_attr(key).ok())?;
    (!found.is_undefined()).then_some(Found::Value(found))
}

/// The scalar at `path` as text.
pub(super) fn text_at<'a>(part: &'a Part, holes: &'a [Hole], path: &[&str]) -> Option<Cow<'a, str>> {
    match find(part, holes, path)? {
        Found::Value(value) => scalar_text(&value, holes, 0).ok().map(|text| Cow::Owned(text.into_owned())),
        Found::Part(part) => match &part.kind {
            PartKind::Literal(Value::String(text), _) => Some(Cow::Borrowed(text)),
            PartKind::Literal(value, _) if !value.is_null() => Some(Cow::Owned(value.to_string())),
            PartKind::Text(pieces) => interpolate(pieces, holes).ok().map(Cow::Owned),
            PartKind::Hole(number) => scalar_text(holes.get(*number)?, holes, 0).ok(),
            PartKind::Literal(..) | PartKind::Seq(_) | PartKind::Map(_) => None,
        },
    }
}

/// What stands at `path`, as plain data.
pub(super) fn data_at(part: &Part, holes: &[Hole], path: &[&str]) -> Option<Value> {
    let mut sink = DataSink::default();
    let filled = match find(part, holes, path)? {
        Found::Part(part) => walk(part, holes, &mut sink),
        Found::Value(value) => walk_value(&value, holes, &mut sink, 0),
    };
    filled.ok().map(|()| sink.into_value())
}

/// Whether anything but null stands at `path`.
pub(super) fn has(part: &Part, holes: &[Hole], path: &[&str]) -> bool {
    match find(part, holes, path) {
        None => false,
        Some(Found::Value(value)) => !value.is_none() && !is_omit(&value),
        Some(Found::Part(part)) => match &part.kind {
            PartKind::Hole(number) => holes.get(*number).is_some_and(|value| !value.is_none() && !is_omit(value)),
            _ => !part.is_null(),
        },
    }
}
