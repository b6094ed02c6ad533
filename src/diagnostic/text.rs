//! Diagnostics for people: snippets as rustc draws them.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Patch, Renderer, Snippet};

use super::{Diagnostic, Diagnostics, Help, Label, Severity};
use crate::source::Location;

impl Diagnostics {
    /// All findings as text, a blank line between two. `color` adds terminal colours.
    pub fn to_text(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let texts: Vec<String> = self.iter().map(|item| renderer.render(&groups(item))).collect();
        texts.join("\n\n")
    }
}

/// The report of one finding: the headline with its snippets, notes and helps, then a group per suggested edit.
fn groups(item: &Diagnostic) -> Vec<Group<'_>> {
    let level = match item.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut main = Group::with_title(level.primary_title(item.message.as_str()).id(item.code.name()));
    if let (None, Some(file)) = (&item.primary, &item.file) {
        main = main.element(Origin::path(file.as_str()));
    }
    for snippet in snippets(item) {
        main = main.element(snippet);
    }
    for note in &item.notes {
        main = main.element(Level::NOTE.message(note.as_str()));
    }
    let mut groups = Vec::new();
    for help in &item.helps {
        match help {
            Help::Text(text) => main = main.element(Level::HELP.message(text.as_str())),
            Help::Replace { text, location, with } => groups.push(
                Group::with_title(Level::HELP.secondary_title(text.as_str())).element(
                    Snippet::source(location.source.text())
                        .path(location.source.path())
                        .patch(Patch::new(location.span.range(), with.as_str())),
                ),
            ),
        }
    }
    groups.insert(0, main);
    groups
}

/// One snippet per file, the primary label's file first, each with the labels that point into it.
fn snippets(item: &Diagnostic) -> Vec<Snippet<'_, annotate_snippets::Annotation<'_>>> {
    let labels = item
        .primary
        .iter()
        .map(|label| (AnnotationKind::Primary, label))
        .chain(item.secondary.iter().map(|label| (AnnotationKind::Context, label)));
    let mut by_file: Vec<(&str, Vec<(AnnotationKind, &Label)>)> = Vec::new();
    for (kind, label) in labels {
        let path = label.location.source.path();
        match by_file.iter_mut().find(|(file, _)| *file == path) {
            Some((_, found)) => found.push((kind, label)),
            None => by_file.push((path, vec![(kind, label)])),
        }
    }
    by_file
        .into_iter()
        .filter_map(|(path, labels)| {
            let source = &labels.first()?.1.location.source;
            let annotations = labels.iter().map(|(kind, label)| {
                let annotation = kind.span(clamped(&label.location));
                if label.text.is_empty() { annotation } else { annotation.label(label.text.as_str()) }
            });
            Some(Snippet::source(source.text()).path(path).annotations(annotations))
        })
        .collect()
}

/// The span within its text and on character borders, whatever a stage put into it, and cut to its first line:
/// a whole mapping as a label would hide the key that is meant.
fn clamped(location: &Location) -> std::ops::Range<usize> {
    let text = location.source.text();
    let border = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = border(location.span.start as usize);
    let end = border(location.span.end as usize).max(start);
    let line_end = text[start..end].find('\n').map_or(end, |at| start + at);
    start..line_end
}
