//! Findings about the user's files: what is wrong, where it shows, where it comes from, and what to do next.
//!
//! Diagnostics are data. Stages collect as many as they find and go on; `text` and `json` turn them into what a
//! person or a machine reads. A failure of the program itself (a disk that is full, say) is an error, not one of these.

use crate::source::Location;

mod code;
mod explanation;
mod json;
mod level;
mod nearest;
mod sarif;
mod stored;
mod text;

pub use code::Code;
pub use explanation::Explanation;
pub use level::{Level, Usual};
pub use nearest::{listed, nearest};
pub use stored::StoredDiagnostics;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; the work goes on.
    Warning,
    /// The output would be wrong; nothing is written.
    Error,
}

/// A place in a source, with a few words about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// The bytes to underline.
    pub location: Location,
    /// What is to be seen there; may be empty.
    pub text: String,
}

/// One thing that the reader can do about a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Help {
    /// An instruction in words.
    Text(String),
    /// An edit that mends the finding.
    Replace {
        /// What the edit achieves.
        text: String,
        /// The bytes to replace.
        location: Location,
        /// What to put there.
        with: String,
    },
}

/// One finding about the user's files.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The rule that was broken: stable, documented, and what tools filter by.
    pub code: Code,
    /// Whether it stops the run.
    pub severity: Severity,
    /// The headline: lower case, no full stop, names in backticks.
    pub message: String,
    /// The file that is meant where no line can be told.
    pub file: Option<String>,
    /// Where the fault shows.
    pub primary: Option<Label>,
    /// Where it comes from, and other places to look at.
    pub secondary: Vec<Label>,
    /// Facts that explain it.
    pub notes: Vec<String>,
    /// What to do, one action each.
    pub helps: Vec<Help>,
}

impl Diagnostic {
    /// An error with `code` and headline `message`.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            file: None,
            primary: None,
            secondary: Vec::new(),
            notes: Vec::new(),
            helps: Vec::new(),
        }
    }

    /// A warning with `code` and headline `message`.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// Points at the place where the fault shows.
    pub fn at(mut self, location: Location, text: impl Into<String>) -> Self {
        self.primary = Some(Label { location, text: text.into() });
        self
    }

    /// Names the file where no line of it can be told.
    pub fn in_file(mut self, path: impl Into<String>) -> Self {
        self.file = Some(path.into());
        self
    }

    /// Points at a further place.
    pub fn see(mut self, location: Location, text: impl Into<String>) -> Self {
        self.secondary.push(Label { location, text: text.into() });
        self
    }

    /// Adds a fact.
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Adds an action in words.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.helps.push(Help::Text(text.into()));
        self
    }

    /// Adds an action that is an edit of one place.
    pub fn suggest(mut self, text: impl Into<String>, location: Location, with: impl Into<String>) -> Self {
        self.helps.push(Help::Replace { text: text.into(), location, with: with.into() });
        self
    }

    /// The path that the finding is sorted and grouped under.
    fn path(&self) -> &str {
        match (&self.primary, &self.file) {
            (Some(label), _) => label.location.source.path(),
            (None, Some(file)) => file,
            (None, None) => "",
        }
    }
}

/// Everything that a run found, in a stable order and without repeats.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics {
    items: Vec<Diagnostic>,
}

impl Diagnostics {
    /// No findings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.items.push(diagnostic);
    }

    /// Whether any finding is an error.
    pub fn has_errors(&self) -> bool {
        self.items.iter().any(|item| item.severity == Severity::Error)
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Makes errors of the warnings with `code`.
    pub fn raise(&mut self, code: Code) {
        for item in self.items.iter_mut().filter(|item| item.code == code) {
            item.severity = Severity::Error;
        }
    }

    /// How many findings have `severity`.
    pub fn count(&self, severity: Severity) -> usize {
        self.items.iter().filter(|item| item.severity == severity).count()
    }

    /// Sorts by file, place and message, and drops repeats: two environments that share a faulty layer report it once.
    #[must_use]
    pub fn finish(mut self) -> Self {
        self.items.sort_by(|a, b| {
            let place = |item: &Diagnostic| item.primary.as_ref().map(|label| label.location.span);
            // Down to the notes, so that repeats stand side by side whatever order the environments came in.
            let (headline, other) = [a, b].map(|item| (item.path(), place(item), item.code, &item.message)).into();
            headline.cmp(&other).then_with(|| a.notes.cmp(&b.notes)).then_with(|| a.secondary.cmp(&b.secondary))
        });
        self.items.dedup();
        self
    }

    /// The findings in their present order.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.items.iter()
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<T: IntoIterator<Item = Diagnostic>>(&mut self, items: T) {
        self.items.extend(items);
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(item: Diagnostic) -> Self {
        Self { items: vec![item] }
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<T: IntoIterator<Item = Diagnostic>>(items: T) -> Self {
        Self { items: items.into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_are_dropped_wherever_they_stand() {
        let about = |name: &str| Diagnostic::error(Code::Template, "x").in_file("a").note(name);
        let found: Diagnostics = [about("b"), about("a"), about("b"), about("a")].into_iter().collect();
        assert_eq!(found.finish().into_iter().collect::<Vec<_>>(), [about("a"), about("b")]);
    }
}
