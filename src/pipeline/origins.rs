//! Where in the templates a rendered file comes from.

use std::sync::Arc;

use super::{Job, Trial, jobs};
use crate::manifest::{Document, place_in_text};
use crate::source::{Location, Source};
use crate::templates::{Engine, Format, MarkedTemplates, Trace, Written};
use crate::tree::OutputPath;
use crate::yaml::{Limits, Node, NodeKind, is_hole_mark, load_all};

/// Traces files of one environment back to templates. Costs nothing before it is asked.
#[derive(Debug)]
pub struct Tracer<'t> {
    trial: &'t Trial<'t>,
    marked: MarkedTemplates,
    engine: Engine,
    marking: Engine,
}

/// A rendered file, read back, and what its template printed.
#[derive(Debug)]
pub struct TracedFile {
    /// The file under its path from the project's root, such as `out/dev/apps/argo-cd.yaml`.
    pub source: Arc<Source>,
    format: Format,
    template: Arc<Source>,
    /// The documents of the file that hold anything.
    nodes: Vec<Node>,
    documents: Vec<Document>,
    trace: Trace,
}

/// A place in a rendered document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// Which of the file's documents, counted from 0.
    pub document: usize,
    /// Keys, and indexes as text.
    pub path: Vec<String>,
    /// Which line of a value, counted from 0; `None` where only its key stands in the line.
    pub line: Option<usize>,
}

/// What a template has to do with a place of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// It stands there because the template says so.
    Written(Written),
    /// A comment that names the template.
    Header,
    /// The values that a user lays over what the template makes: the keys below `services.NAME.values`.
    Overlay(Vec<String>),
}

impl<'t> Tracer<'t> {
    /// A tracer of the files of `trial`.
    pub fn new(trial: &'t Trial<'t>) -> Self {
        let (templates, name) = (&trial.workspace.templates, trial.inputs.environment.as_str());
        let marked = MarkedTemplates::new(templates);
        let paths: Vec<OutputPath> = trial.files().map(|(path, _)| path.clone()).collect();
        let engine = Engine::new(templates, name, &trial.values).with_files(&paths);
        let marking = marked.engine(name, &trial.values).with_files(&paths);
        Self { trial, marked, engine, marking }
    }

    /// The file at `path`, traced; `None` if there is none.
    pub fn file(&self, path: &str) -> Option<TracedFile> {
        let text = self.trial.text(path)?;
        let jobs = jobs(&self.trial.workspace.templates, &self.engine).ok()?;
        let Job { template, turn, .. } = jobs.into_iter().find(|job| job.path.as_str() == path)?;
        let trace = self.engine.trace(template, turn, &self.marked, &self.marking)?;
        let environment = &self.trial.inputs.environment;
        let source = Source::new(format!("out/{environment}/{path}"), text);
        let (mut nodes, mut documents) = (Vec::new(), Vec::new());
        if template.format != Format::Text {
            let limits = Limits { depth: usize::MAX, ..Limits::default() };
            nodes = load_all(&source, limits).ok()?.into_iter().filter(|node| !node.is_null()).collect();
            let skeleton = template.skeleton(&trace.printed.text).ok()?;
            documents = Document::all(&skeleton, trace.printed.holes.clone());
        }
        Some(TracedFile {
            source,
            format: template.format,
            template: Arc::clone(&template.source),
            nodes,
            documents,
            trace,
        })
    }
}

impl TracedFile {
    /// The template that made the file.
    pub fn template(&self) -> &Arc<Source> {
        &self.template
    }

    /// The documents of the file as data with places; none of a file that is plain text.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Whether the trace sees through macros, where there are any.
    pub fn sees_macros(&self) -> bool {
        self.trace.sees_macros()
    }

    /// What stands in line `line` (counted from 1): the innermost part of a document that begins there, or a line of a
    /// text that has several. `None` for comments, `---`, and lines of plain text.
    pub fn spot(&self, line: usize) -> Option<Spot> {
        self.nodes.iter().enumerate().find_map(|(document, node)| {
            let mut path = Vec::new();
            let line = match spot_below(node, line, &mut path)? {
                InLine::Key => None,
                InLine::Value(line) => Some(line),
            };
            Some(Spot { document, path, line })
        })
    }

    /// Where the template says what stands in line `line` (counted from 1).
    pub fn origin(&self, line: usize) -> Option<Origin> {
        if self.format == Format::Text {
            let range = self.source.line_range(line)?;
            let text = self.source.text().get(range.clone())?;
            let start = range.start + text.len() - text.trim_start().len();
            let at = place_in_text(&self.trace.printed.text, &self.trace.printed.holes, start)?;
            return self.trace.written(at).map(|written| Origin::Written(on_line(written, usize::MAX)));
        }
        if let Some(spot) = self.spot(line) {
            return self.origin_of(&spot);
        }
        let text = self.source.line_range(line).and_then(|range| self.source.text().get(range))?;
        text.starts_with('#').then_some(Origin::Header)
    }

    /// Where the template says what stands at `spot`.
    pub fn origin_of(&self, spot: &Spot) -> Option<Origin> {
        let printed = &self.trace.printed.text;
        let place = self
            .documents
            .get(spot.document)
            .and_then(|one| one.printed_at(printed, &spot.path, spot.line.unwrap_or(0)));
        let Some(place) = place else { return Some(Origin::Overlay(spot.path.clone())) };
        // What begins below its key has the line of the key, and the rest has places of its own.
        let span = place.key.filter(|_| spot.line.is_none()).unwrap_or(place.value);
        let shown = printed.get(span.range()).unwrap_or_default();
        // A hole is shorter or longer than its expression.
        let length = if shown.contains(is_hole_mark) { usize::MAX } else { shown.len() };
        self.trace.written(span.range().start).map(|written| Origin::Written(on_line(written, length)))
    }
}

/// A place of plain text that is `length` bytes long where it was printed; of several lines it is the first.
fn on_line(mut written: Written, length: usize) -> Written {
    let place = &written.place;
    if place.span.start == place.span.end {
        let start = place.span.range().start;
        let rest = place.source.text().get(start..).unwrap_or_default();
        let end = rest.find('\n').unwrap_or(rest.len()).min(length);
        let end = (0..=end).rev().find(|end| rest.is_char_boundary(*end)).unwrap_or(0);
        written.place = Location::new(&place.source, start..start + end);
    }
    written
}

/// The node at `path` below `node`.
pub fn node_at<'n>(node: &'n Node, path: &[String]) -> Option<&'n Node> {
    path.iter().try_fold(node, |node, key| node.child(key))
}

/// What of a spot stands in a line.
enum InLine {
    /// Its key alone.
    Key,
    /// This line of its value, counted from 0.
    Value(usize),
}

/// Goes down to what begins in `line`, and says which line of it that is.
fn spot_below(node: &Node, line: usize, path: &mut Vec<String>) -> Option<InLine> {
    let first_line = |location: &Location| location.line_column().0;
    match &node.kind {
        NodeKind::Map(map) => map.iter().find_map(|(key, entry)| {
            path.push(key.clone());
            let found = spot_below(&entry.value, line, path)
                .or_else(|| (first_line(&entry.key) == line).then_some(InLine::Key));
            if found.is_none() {
                path.pop();
            }
            found
        }),
        NodeKind::Seq(items) => items.iter().enumerate().find_map(|(index, item)| {
            path.push(index.to_string());
            let found = spot_below(item, line, path);
            if found.is_none() {
                path.pop();
            }
            found
        }),
        NodeKind::Scalar(scalar) => {
            // A text of several lines begins with its first one that is not blank.
            let first = first_line(&node.location);
            let lines = node.location.text().trim_end_matches('\n').matches('\n').count();
            let blank = scalar.text.lines().take_while(|line| line.trim().is_empty()).count();
            let blank = if lines > 0 { blank } else { 0 };
            (first..=first + lines).contains(&line).then(|| InLine::Value(line - first + blank))
        }
    }
}
