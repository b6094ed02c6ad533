//! Findings as data that can be kept and read again, with the texts that they point into.
//!
//! For memories of this machine only: the form is nobody else's business and may change with each version.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Code, Diagnostic, Diagnostics, Help, Label, Severity};
use crate::source::{Location, Source, Span};

/// Findings that can be written as JSON.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct StoredDiagnostics {
    /// Path and text of each source.
    sources: Vec<(String, String)>,
    items: Vec<Item>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Item {
    code: String,
    error: bool,
    message: String,
    file: Option<String>,
    primary: Option<Place>,
    secondary: Vec<Place>,
    notes: Vec<String>,
    helps: Vec<Action>,
}

/// Source, first byte, one past the last byte, and what is to be seen there.
#[derive(Debug, Serialize, Deserialize)]
struct Place(usize, u32, u32, String);

/// What to do; and for an edit where, with the replacement as the text of the place.
#[derive(Debug, Serialize, Deserialize)]
struct Action(String, Option<Place>);

impl StoredDiagnostics {
    /// The findings to keep.
    pub fn of(found: &Diagnostics) -> Self {
        let mut sources = Vec::new();
        let items = found.iter().map(|finding| item(finding, &mut sources)).collect();
        let text = |source: Arc<Source>| (source.path().to_owned(), source.text().to_owned());
        Self { sources: sources.into_iter().map(text).collect(), items }
    }

    /// The findings that were kept; `None` where they are not as this version keeps them.
    pub fn restore(&self) -> Option<Diagnostics> {
        let sources: Vec<_> = self.sources.iter().map(|(path, text)| Source::new(path, text)).collect();
        self.items.iter().map(|item| item.restore(&sources)).collect()
    }
}

fn place(location: &Location, text: &str, sources: &mut Vec<Arc<Source>>) -> Place {
    let known = sources.iter().position(|source| Arc::ptr_eq(source, &location.source));
    let at = known.unwrap_or_else(|| {
        sources.push(Arc::clone(&location.source));
        sources.len() - 1
    });
    Place(at, location.span.start, location.span.end, text.to_owned())
}

fn item(finding: &Diagnostic, sources: &mut Vec<Arc<Source>>) -> Item {
    Item {
        code: finding.code.name().to_owned(),
        error: finding.severity == Severity::Error,
        message: finding.message.clone(),
        file: finding.file.clone(),
        primary: finding.primary.as_ref().map(|label| place(&label.location, &label.text, sources)),
        secondary: finding.secondary.iter().map(|label| place(&label.location, &label.text, sources)).collect(),
        notes: finding.notes.clone(),
        helps: finding
            .helps
            .iter()
            .map(|help| match help {
                Help::Text(text) => Action(text.clone(), None),
                Help::Replace { text, location, with } => Action(text.clone(), Some(place(location, with, sources))),
            })
            .collect(),
    }
}

impl Place {
    fn restore(&self, sources: &[Arc<Source>]) -> Option<(Location, String)> {
        let Self(at, start, end, text) = self;
        let span = Span { start: *start, end: *end };
        Some((Location { source: Arc::clone(sources.get(*at)?), span }, text.clone()))
    }

    fn label(&self, sources: &[Arc<Source>]) -> Option<Label> {
        let (location, text) = self.restore(sources)?;
        Some(Label { location, text })
    }
}

impl Action {
    fn restore(&self, sources: &[Arc<Source>]) -> Option<Help> {
        let Self(text, place) = self;
        let text = text.clone();
        Some(match place {
            None => Help::Text(text),
            Some(place) => {
                let (location, with) = place.restore(sources)?;
                Help::Replace { text, location, with }
            }
        })
    }
}

impl Item {
    fn restore(&self, sources: &[Arc<Source>]) -> Option<Diagnostic> {
        Some(Diagnostic {
            code: Code::of_name(&self.code)?,
            severity: if self.error { Severity::Error } else { Severity::Warning },
            message: self.message.clone(),
            file: self.file.clone(),
            primary: match &self.primary {
                Some(place) => Some(place.label(sources)?),
                None => None,
            },
            secondary: self.secondary.iter().map(|place| place.label(sources)).collect::<Option<_>>()?,
            notes: self.notes.clone(),
            helps: self.helps.iter().map(|action| action.restore(sources)).collect::<Option<_>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn what_is_kept_comes_back_as_it_was() {
        let source = Source::new("values/dev.yaml", "a: 1\nb: 2\n");
        // The same path with another text, as a template and what it printed.
        let other = Source::new("values/dev.yaml", "c: 3\n");
        let at = |source: &Arc<Source>, range| Location::new(source, range);
        let found: Diagnostics = [
            Diagnostic::warning(Code::Retired, "old")
                .at(at(&source, 5..6), "here")
                .see(at(&other, 0..1), "from here")
                .note("a fact")
                .help("do it")
                .suggest("or this", at(&source, 0..1), "x"),
            Diagnostic::error(Code::Unsealed, "not sealed").in_file("values/base.yaml"),
        ]
        .into_iter()
        .collect();
        let text = serde_json::to_string(&StoredDiagnostics::of(&found)).unwrap();
        let stored: StoredDiagnostics = serde_json::from_str(&text).unwrap();
        let again = stored.restore().unwrap();
        assert_eq!(again, found);
        assert_eq!(again.to_text(false), found.to_text(false));
    }

    #[test]
    fn what_another_version_kept_is_not_taken() {
        let text = r#"{"sources":[],"items":[{"code":"no-such-code","error":true,"message":"","file":null,"primary":null,
            "secondary":[],"notes":[],"helps":[]}]}"#;
        assert!(serde_json::from_str::<StoredDiagnostics>(text).unwrap().restore().is_none());
    }
}
