//! What a check found, with routes into documents for places.

use super::{CheckedTree, shown};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::source::{Location, Source};
use crate::tree::OutputPath;
use crate::yaml::{Limits, Node, load_all, locate, locate_key};

/// A finding whose places are still routes. Built as a [`Diagnostic`] is.
#[must_use]
#[derive(Debug)]
pub(super) struct Finding {
    diagnostic: Diagnostic,
    place: Place,
    label: String,
    others: Vec<(Place, String)>,
}

/// A route to a part of a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    file: String,
    document: usize,
    path: Vec<String>,
    on_key: bool,
}

impl Place {
    /// The value at `path` (keys, and indices counted from 0) of the document with this index in `file`. Where there is
    /// none, the nearest one above it is shown.
    pub(super) fn new<S: AsRef<str>>(file: &OutputPath, document: usize, path: &[S]) -> Self {
        let path = path.iter().map(|step| step.as_ref().to_owned()).collect();
        Self { file: file.to_string(), document, path, on_key: false }
    }

    /// The key of that value instead: for what must not be there, and for long values.
    pub(super) fn key(self) -> Self {
        Self { on_key: true, ..self }
    }

    /// Where that is in the text of `tree`; `None` if the text can't be read back, as that of a template's plain text.
    fn location(&self, tree: &CheckedTree<'_>) -> Option<Location> {
        let at = tree.files.binary_search_by(|file| file.path.as_str().cmp(&self.file)).ok()?;
        let source = Source::new(shown(tree.environment, &self.file), tree.files[at].text);
        let documents = load_all(&source, Limits { depth: usize::MAX, ..Limits::default() }).ok()?;
        let root = documents.iter().filter(|document| !document.is_null()).nth(self.document)?;
        let key = self.on_key.then(|| locate_key(root, &self.path)).flatten();
        Some(key.unwrap_or_else(|| self.value(root)))
    }

    /// The value, or for a whole map or list only its first line: a finding underlines no page.
    fn value(&self, root: &Node) -> Location {
        let mut location = locate(root, &self.path);
        let first = location.text().find('\n').map(|length| location.span.start as usize + length);
        if let Some(end) = first {
            location = Location::new(&location.source, location.span.start as usize..end);
        }
        location
    }
}

impl Finding {
    /// An error at `place`.
    pub(super) fn error(code: Code, message: impl Into<String>, place: Place) -> Self {
        Self { diagnostic: Diagnostic::error(code, message), place, label: String::new(), others: Vec::new() }
    }

    /// A warning at `place`.
    pub(super) fn warning(code: Code, message: impl Into<String>, place: Place) -> Self {
        Self { diagnostic: Diagnostic::warning(code, message), ..Self::error(code, "", place) }
    }

    /// What kind of finding it is.
    pub(super) fn code(&self) -> Code {
        self.diagnostic.code
    }

    /// The file, and which of its documents, that it is about.
    pub(super) fn document(&self) -> (&str, usize) {
        (&self.place.file, self.place.document)
    }

    /// The same, counting as much as `severity` says.
    pub(super) fn counting(mut self, severity: Severity) -> Self {
        self.diagnostic.severity = severity;
        self
    }

    /// Points at the key instead of the value.
    pub(super) fn on_key(self) -> Self {
        Self { place: self.place.key(), ..self }
    }

    /// A few words on what is to be seen there.
    pub(super) fn label(self, text: impl Into<String>) -> Self {
        Self { label: text.into(), ..self }
    }

    /// Points at a further place.
    pub(super) fn see(mut self, place: Place, text: impl Into<String>) -> Self {
        self.others.push((place, text.into()));
        self
    }

    /// Adds a fact.
    pub(super) fn note(self, text: impl Into<String>) -> Self {
        Self { diagnostic: self.diagnostic.note(text), ..self }
    }

    /// Adds an action in words.
    pub(super) fn help(self, text: impl Into<String>) -> Self {
        Self { diagnostic: self.diagnostic.help(text), ..self }
    }

    /// The finding with its places in the text of `tree`.
    pub(super) fn in_text(self, tree: &CheckedTree<'_>) -> Diagnostic {
        let mut diagnostic = match self.place.location(tree) {
            Some(location) => self.diagnostic.at(location, self.label),
            None => self.diagnostic.in_file(shown(tree.environment, &self.place.file)),
        };
        for (place, text) in self.others {
            diagnostic = match place.location(tree) {
                Some(location) => diagnostic.see(location, text),
                None => diagnostic.note(format!("{text}: {}", shown(tree.environment, &place.file))),
            };
        }
        let template = tree.files.iter().find(|file| file.path.as_str() == self.place.file).map(|file| file.template);
        match template {
            Some(template) => diagnostic.note(format!("rendered by {template}")),
            None => diagnostic,
        }
    }
}
