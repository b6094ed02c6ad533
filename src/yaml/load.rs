//! YAML text to [`Node`]s, under limits that a hostile file can't get past.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::map::Entry as Slot;
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span as ParserSpan, Tag};

use super::{Entry, Map, Node, NodeKind, Scalar};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Location, Source, Span};

/// How far a document may go.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Mappings and lists inside each other.
    pub depth: usize,
    /// Nodes that aliases may add by being followed.
    pub aliased_nodes: usize,
}

impl Default for Limits {
    /// Far above anything that a person writes, far below anything that hurts.
    fn default() -> Self {
        Self { depth: 100, aliased_nodes: 100_000 }
    }
}

/// Reads a file that holds one document, or nothing, which reads as an empty mapping.
///
/// # Errors
/// One finding: the text is not YAML, holds several documents, repeats a key or goes past `limits`.
pub fn load_one(source: &Arc<Source>, limits: Limits) -> Result<Node, Diagnostic> {
    let mut documents = load_all(source, limits)?;
    if let Some(second) = documents.get(1) {
        return Err(Diagnostic::error(Code::YamlSyntax, "a values file holds one YAML document, this is the second")
            .at(second.location.clone(), "second document")
            .help("remove the `---` line and what follows, or move it into a file of its own"));
    }
    let empty = || Node { kind: NodeKind::Map(Map::new()), location: Location::start_of(source) };
    Ok(match documents.pop() {
        Some(document) if !document.is_null() => document,
        _ => empty(),
    })
}

/// Reads every document of a file.
///
/// # Errors
/// One finding: the text is not YAML, repeats a key or goes past `limits`.
pub fn load_all(source: &Arc<Source>, limits: Limits) -> Result<Vec<Node>, Diagnostic> {
    let mut loader = Loader::new(source, limits);
    let mut parser = Parser::new_from_str(source.text());
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| loader.syntax_error(&error))?;
        loader.take(event, span)?;
    }
    Ok(loader.documents)
}

/// A mapping or list whose end has not been read yet.
struct Open {
    anchor: usize,
    start: Location,
    content: Content,
}

enum Content {
    Seq(Vec<Node>),
    Map { map: Map, merges: Vec<Node>, key: Option<(String, Location, bool)> },
}

struct Loader<'a> {
    source: &'a Arc<Source>,
    limits: Limits,
    /// Byte offset of each character, where the text is not ASCII: the parser counts characters.
    offsets: Option<Vec<u32>>,
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, usize)>,
    aliased_nodes: usize,
    documents: Vec<Node>,
}

impl<'a> Loader<'a> {
    fn new(source: &'a Arc<Source>, limits: Limits) -> Self {
        let text = source.text();
        let offsets = (!text.is_ascii()).then(|| {
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.map(|at| u32::try_from(at).unwrap_or(u32::MAX)).collect()
        });
        Self {
            source,
            limits,
            offsets,
            open: Vec::new(),
            anchors: HashMap::new(),
            aliased_nodes: 0,
            documents: Vec::new(),
        }
    }

    fn offset(&self, characters: usize) -> usize {
        match &self.offsets {
            None => characters.min(self.source.text().len()),
            Some(offsets) => offsets.get(characters).or(offsets.last()).map_or(0, |&at| at as usize),
        }
    }

    fn location(&self, span: ParserSpan) -> Location {
        Location::new(self.source, self.offset(span.start.index())..self.offset(span.end.index()))
    }

    fn take(&mut self, event: Event<'_>, span: ParserSpan) -> Result<(), Diagnostic> {
        let location = self.location(span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tagged = check_tag(tag.as_deref(), "str", &location)?;
                let scalar = Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain && !tagged };
                self.place(Node { kind: NodeKind::Scalar(scalar), location }, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                check_tag(tag.as_deref(), "seq", &location)?;
                self.begin(anchor, location, Content::Seq(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                check_tag(tag.as_deref(), "map", &location)?;
                self.begin(anchor, location, Content::Map { map: Map::new(), merges: Vec::new(), key: None })
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(&location),
            Event::Alias(anchor) => self.alias(anchor, location),
            Event::DocumentStart(_) => {
                self.anchors.clear();
                Ok(())
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn begin(&mut self, anchor: usize, start: Location, content: Content) -> Result<(), Diagnostic> {
        if self.open.len() >= self.limits.depth {
            return Err(self.too_deep(start));
        }
        self.open.push(Open { anchor, start, content });
        Ok(())
    }

    fn too_deep(&self, location: Location) -> Diagnostic {
        let message = format!("more than {} mappings and lists inside each other", self.limits.depth);
        Diagnostic::error(Code::YamlLimit, message)
            .at(location, "one level too many")
            .help("flatten the document: no file of a platform needs this depth")
    }

    fn end(&mut self, end: &Location) -> Result<(), Diagnostic> {
        let Some(Open { anchor, start, content }) = self.open.pop() else { return Ok(()) };
        let kind = match content {
            Content::Seq(items) => NodeKind::Seq(items),
            Content::Map { mut map, merges, .. } => {
                for merged in merges {
                    merge_key(&mut map, merged)?;
                }
                NodeKind::Map(map)
            }
        };
        let end = end.span.end.max(start.span.start);
        let location = Location { span: Span { start: start.span.start, end }, source: start.source };
        self.place(Node { kind, location }, anchor)
    }

    /// Puts a finished node where it belongs: into the open mapping or list, or among the documents.
    fn place(&mut self, node: Node, anchor: usize) -> Result<(), Diagnostic> {
        if anchor > 0 {
            let size = size(&node);
            self.anchors.insert(anchor, (node.clone(), size));
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.documents.push(node),
            Some(Content::Seq(items)) => items.push(node),
            Some(Content::Map { map, merges, key }) => match key.take() {
                None => *key = Some(key_of(node)?),
                // A scalar behind a merge key is a hole of a template, which is filled later: it keeps its place.
                Some((_, _, true)) if node.as_scalar().is_none() => merges.push(node),
                Some((name, location, _)) => match map.entry(name) {
                    Slot::Vacant(slot) => {
                        slot.insert(Entry { key: location, value: Arc::new(node) });
                    }
                    Slot::Occupied(first) => {
                        return Err(Diagnostic::error(Code::DuplicateKey, format!("`{}` is set twice", first.key()))
                            .at(location, "set again here")
                            .see(first.get().key.clone(), "first set here")
                            .help("keep one of the two"));
                    }
                },
            },
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, location: Location) -> Result<(), Diagnostic> {
        let Some((node, size)) = self.anchors.get(&anchor) else {
            return Err(Diagnostic::error(Code::YamlSyntax, "an alias stands inside the value that it names")
                .at(location, "")
                .help("write the value out"));
        };
        self.aliased_nodes += size;
        if self.aliased_nodes > self.limits.aliased_nodes {
            return Err(Diagnostic::error(
                Code::YamlLimit,
                format!("aliases expand to more than {} values", self.limits.aliased_nodes),
            )
            .at(location, "expanding this alias goes past the limit")
            .help("write the values out, or use fewer aliases inside anchored values"));
        }
        let node = node.clone();
        self.place(node, 0)
    }

    fn syntax_error(&self, error: &ScanError) -> Diagnostic {
        let at = self.offset(error.marker().index());
        // The scanner has a limit of its own for flow style, reached before any event; its errors have no kind.
        if error.info().contains("recursion limit") {
            return self.too_deep(Location::new(self.source, at..at));
        }
        let text = self.source.text();
        let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let indentation: &str = &text[line_start..];
        let indentation = &indentation[..indentation.len() - indentation.trim_start_matches([' ', '\t']).len()];
        if let Some(tab) = indentation.find('\t') {
            let tab = line_start + tab;
            return Diagnostic::error(Code::YamlSyntax, "a tab stands in the indentation")
                .at(Location::new(self.source, tab..tab + 1), "YAML is indented with spaces only")
                .help("replace the tab by two spaces");
        }
        Diagnostic::error(Code::YamlSyntax, format!("this is not YAML: {}", error.info()))
            .at(Location::new(self.source, at..at), "noticed here")
            .help("look at this line and the one above: indentation, quotes, and `: ` inside an unquoted value")
    }
}

/// Whether a node of the kind `kind` has a tag that says so, or the `!` that keeps a scalar from being more than text.
///
/// # Errors
/// The tag says anything else: no output has tags, so it would be lost, and with it what the author meant.
fn check_tag(tag: Option<&Tag>, kind: &str, location: &Location) -> Result<bool, Diagnostic> {
    let Some(tag) = tag else { return Ok(false) };
    if tag.handle.is_empty() && tag.suffix == "!" || tag.is_yaml_core_schema() && tag.suffix == kind {
        return Ok(true);
    }
    let name = if tag.is_yaml_core_schema() { format!("!!{}", tag.suffix) } else { tag.to_string() };
    Err(Diagnostic::error(Code::YamlSyntax, format!("the tag `{name}` means nothing here"))
        .at(location.clone(), "")
        .help("remove it; text that looks like a number or boolean is put in quotes"))
}

/// A node as the key of a mapping; the flag tells a merge key `<<`.
fn key_of(node: Node) -> Result<(String, Location, bool), Diagnostic> {
    match node.kind {
        NodeKind::Scalar(scalar) => {
            let merge = scalar.plain && scalar.text == "<<";
            Ok((scalar.text, node.location, merge))
        }
        _ => Err(Diagnostic::error(Code::YamlSyntax, "a key must be a single value, not a mapping or a list")
            .at(node.location, "used as a key")
            .help("put quotes around text that begins with `{` or `[`")),
    }
}

/// Adds what a merge key names, below the keys that the mapping sets itself.
fn merge_key(map: &mut Map, merged: Node) -> Result<(), Diagnostic> {
    match merged.kind {
        NodeKind::Map(entries) => {
            for (name, entry) in entries {
                map.entry(name).or_insert(entry);
            }
            Ok(())
        }
        NodeKind::Seq(items) => items.into_iter().try_for_each(|item| merge_key(map, item)),
        NodeKind::Scalar(_) => Err(Diagnostic::error(Code::YamlSyntax, "`<<` takes mappings only")
            .at(merged.location, "not a mapping")
            .help("name anchored mappings, such as `<<: *defaults`")),
    }
}

fn size(node: &Node) -> usize {
    1 + match &node.kind {
        NodeKind::Scalar(_) => 0,
        NodeKind::Seq(items) => items.iter().map(size).sum(),
        NodeKind::Map(map) => map.values().map(|entry| size(&entry.value)).sum(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn load(text: &str) -> Result<Node, Diagnostic> {
        load_one(&Source::new("a.yaml", text), Limits::default())
    }

    fn scalar(node: &Node, path: &str) -> String {
        let found = path.split('.').fold(node, |node, segment| node.child(segment).unwrap());
        found.as_scalar().unwrap().text.clone()
    }

    #[test]
    fn every_value_knows_its_place_in_bytes() {
        let node = load("ä:\n  - b: \"ü\"\n    c: 1.10\n").unwrap();
        let found = node.child("ä").unwrap().child("0").unwrap().child("c").unwrap();
        assert_eq!(found.location.to_string(), "a.yaml:3:8");
        assert_eq!(found.location.text(), "1.10");
        assert_eq!(scalar(&node, "ä.0.b"), "ü");
    }

    #[test]
    fn an_empty_file_is_an_empty_mapping() {
        for text in ["", "\n", "# nothing\n", "---\n", "~\n"] {
            assert_eq!(load(text).unwrap().as_map().map(Map::len), Some(0), "{text:?}");
        }
    }

    #[test]
    fn aliases_and_merge_keys_are_followed() {
        let node = load("a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\nc: *a\n").unwrap();
        assert_eq!((scalar(&node, "b.x").as_str(), scalar(&node, "b.y").as_str()), ("1", "3"));
        assert_eq!(scalar(&node, "c.y"), "2");
        let b = node.child("b").unwrap().as_map().unwrap();
        assert_eq!(b["x"].value.location.to_string(), "a.yaml:1:11");
    }

    #[test]
    fn tags_are_heeded_or_refused() {
        let plain = |text: &str| load(text).unwrap().child("a").unwrap().as_scalar().unwrap().plain;
        assert!(plain("a: 1"));
        assert!(!plain("a: !!str 1") && !plain("a: ! 1"));
        assert!(load("a: !!map {b: !!seq [1]}").is_ok());
        for text in ["a: !!int 1", "a: !!binary aGk=", "a: !env HOME", "a: !!seq {}", "a: !!str [1]", "!x {}"] {
            assert_eq!(load(text).unwrap_err().code, Code::YamlSyntax, "{text}");
        }
        assert_eq!(load("a: !!int 1").unwrap_err().message, "the tag `!!int` means nothing here");
    }

    #[test]
    fn hostile_files_are_refused() {
        let bomb: String = std::iter::once("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned())
            .chain((1..9).map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(", "))))
            .collect();
        let deep_flow = "[".repeat(10_000) + &"]".repeat(10_000);
        let deep_block: String = "- ".repeat(10_000) + "x";
        for (text, code) in [
            ("a: 1\na: 2\n", Code::DuplicateKey),
            ("{a: 1, 'a': 2}", Code::DuplicateKey),
            ("a:\n\tb: 1\n", Code::YamlSyntax),
            ("a: [1\n", Code::YamlSyntax),
            ("? {a: 1}\n: 2\n", Code::YamlSyntax),
            ("a: &a [*a]\n", Code::YamlSyntax),
            ("a: *b\n", Code::YamlSyntax),
            ("a: 1\n---\nb: 2\n", Code::YamlSyntax),
            (&bomb, Code::YamlLimit),
            (&deep_flow, Code::YamlLimit),
            (&deep_block, Code::YamlLimit),
        ] {
            let error = load(text).unwrap_err();
            assert_eq!(error.code, code, "{} for {:.40}", error.message, text);
        }
    }

    proptest! {
        #[test]
        fn any_text_loads_or_is_refused(text in "[-a-c0-9:\\[\\]{}&*<>|'\"#%@`,?! \t\r\nä\u{2028}\u{feff}]{0,60}") {
            let source = Source::new("a.yaml", text);
            match load_all(&source, Limits::default()) {
                Ok(_) => {}
                Err(diagnostic) => prop_assert!(!Diagnostic::to_json(&diagnostic).is_null()),
            }
        }
    }
}
