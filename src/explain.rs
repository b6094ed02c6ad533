//! Where things come from, and what they reach: from a value to the lines of `out/`, and from a line to the template and
//! the values behind it.
//!
//! Nothing is guessed: a value is changed, the environment rendered again in memory, and what comes out different is what
//! it reaches. What can't be changed by itself is said to be untried. Nothing here reads or writes files.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use crate::diagnostic::Diagnostic;
use crate::model::{self, EnvironmentName};
use crate::pipeline::{Tracer, Trial};
use crate::source::{Location, Source};
use crate::tree::OutputPath;
use crate::yaml::{Limits, Node, NodeKind, load_all, locate};

mod behind;
mod effects;
mod enrich;
mod place;
mod schema;
mod value;

pub use behind::{Behind, BehindValue, Role};
pub use effects::{Experiment, Reached};
pub use enrich::enrich;
pub use place::{PlaceAnswer, ValueBehind};
pub use value::{LayerSays, ValueAnswer};

/// Answers questions about one environment.
#[derive(Debug, Clone)]
pub struct Explainer<'t> {
    trial: &'t Trial<'t>,
    schema: &'static Value,
    tracer: Arc<OnceLock<Tracer<'t>>>,
}

impl<'t> Explainer<'t> {
    /// An explainer of the environment that `trial` is about.
    pub fn new(trial: &'t Trial<'t>) -> Self {
        static SCHEMA: OnceLock<Value> = OnceLock::new();
        Self { trial, schema: SCHEMA.get_or_init(model::schema), tracer: Arc::default() }
    }

    fn trial(&self) -> &'t Trial<'t> {
        self.trial
    }

    fn schema(&self) -> &'static Value {
        self.schema
    }

    /// What traces files back to templates.
    pub fn tracer(&self) -> &Tracer<'t> {
        self.tracer.get_or_init(|| Tracer::new(self.trial))
    }

    /// What is known of the value at `keys`.
    ///
    /// # Errors
    /// There is no such value.
    pub fn value(&self, keys: &[String]) -> Result<ValueAnswer, Diagnostic> {
        value::explain(self, keys)
    }

    /// What is known of line `line` (counted from 1) of the file at `path` below `out/ENV/`, or of the whole file.
    ///
    /// # Errors
    /// There is no such file or line.
    pub fn place(&self, path: &str, line: Option<usize>) -> Result<PlaceAnswer, Diagnostic> {
        place::explain(self, path, line)
    }

    /// The line of the file at `path` in which `field` begins: in the document that begins in line `from`, or in any.
    ///
    /// # Errors
    /// There is no such file or field.
    pub fn line_of(&self, path: &str, field: &[String], from: Option<usize>) -> Result<usize, Diagnostic> {
        place::line_of(self, path, field, from)
    }

    /// The text of the file at `path` below `out/ENV/`.
    pub fn text(&self, path: &str) -> Option<&'t str> {
        self.trial.text(path)
    }

    /// Which environment is explained.
    pub fn environment(&self) -> &'t EnvironmentName {
        &self.trial.inputs().environment
    }

    /// Every resource of the environment, by file.
    pub fn resources(&self) -> Vec<(OutputPath, Resource)> {
        let of = |(path, text): (&OutputPath, &str)| {
            resources_in(text).into_iter().map(|resource| (path.clone(), resource)).collect::<Vec<_>>()
        };
        self.trial.files().flat_map(of).collect()
    }

    /// Where a layer sets the value at `keys`; `None` where none does. Of a map that several layers set, the place of
    /// none is its own.
    pub fn set_at(&self, keys: &[String]) -> Option<Location> {
        let root = &self.trial.inputs().merged.root;
        let node = keys.iter().try_fold(root, |node, key| node.child(key))?;
        (!matches!(node.kind, NodeKind::Map(_))).then(|| locate(root, keys))
    }
}

/// A Kubernetes resource in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Its kind.
    pub kind: String,
    /// Its namespace, where the document says it.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// The lines of its document, counted from 1.
    pub lines: RangeInclusive<usize>,
}

/// `Kind namespace/name`, as a person says it.
impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

/// The resources whose documents `text` holds; none where it is not YAML.
pub(crate) fn resources_in(text: &str) -> Vec<Resource> {
    let source = Source::new("", text);
    let limits = Limits { depth: usize::MAX, ..Limits::default() };
    let Ok(nodes) = load_all(&source, limits) else { return Vec::new() };
    let starts: Vec<usize> = nodes.iter().map(|node| node.location.line_column().0).collect();
    let ends = starts.iter().skip(1).map(|start| start - 1).chain([text.lines().count()]);
    let of = |((node, start), end): ((&Node, &usize), usize)| {
        let text = |path: &[&str]| {
            let found = path.iter().try_fold(node, |node, key| node.child(key))?;
            found.as_scalar().map(|scalar| scalar.text.clone())
        };
        Some(Resource {
            kind: text(&["kind"])?,
            namespace: text(&["metadata", "namespace"]),
            name: text(&["metadata", "name"])?,
            lines: *start..=end,
        })
    };
    nodes.iter().zip(&starts).zip(ends).filter_map(of).collect()
}

/// `text` on one line, and not too long.
pub(crate) fn shown(text: &str) -> String {
    const LONGEST: usize = 80;
    let line: String = text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    if line.chars().count() <= LONGEST {
        return line;
    }
    line.chars().take(LONGEST).chain(['…']).collect()
}

/// The value at `keys` below `value`.
pub(crate) fn value_at<'v>(value: &'v Value, keys: &[String]) -> Option<&'v Value> {
    keys.iter().try_fold(value, |value, key| match value {
        Value::Object(map) => map.get(key),
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
