//! Errors of the engine become findings that point into templates.
//!
//! The engine's own debug text prints the whole context, values included, so it is never shown.

use std::sync::Arc;

use minijinja::{Environment, Error, ErrorKind, OutputSpan, OutputSpanKind};

use super::{Binding, Failure, Template};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Location, Source, Span};

/// A template that does not parse.
pub(super) fn syntax_error(error: &Error, source: &Arc<Source>) -> Diagnostic {
    let message = error.detail().unwrap_or("the template syntax is wrong").to_owned();
    Diagnostic::error(Code::TemplateSyntax, message)
        .at(place(error, source), "")
        .help("templates are Jinja: look for a `{%` or `{{` without its end, or a block without its `{% end… %}`")
}

/// A template that failed while it ran.
pub(super) fn render_error(
    error: &Error,
    template: &Template,
    turn: Option<&Binding>,
    environment: &Environment<'_>,
) -> Diagnostic {
    let source = source_of(error, template, environment);
    let location = place(error, &source);
    let expression = location.text().to_owned();
    let detail = error.detail().map(str::to_owned);
    let diagnostic = match error.kind() {
        ErrorKind::UndefinedError => Diagnostic::error(Code::Template, format!("`{expression}` is undefined"))
            .at(location, "not set for this environment")
            .help(format!("set it in the values, or guard the line with `{{% if {expression} is defined %}}`")),
        ErrorKind::OutOfFuel => Diagnostic::error(Code::TemplateLimit, "the template does not come to an end")
            .at(location, "stopped here")
            .help("look for a loop over a huge range, or a macro that calls itself"),
        ErrorKind::TemplateNotFound => {
            Diagnostic::error(Code::Template, detail.unwrap_or_else(|| "a template is missing".to_owned()))
                .at(location, "")
                .help("names are relative to templates/, such as `_macros/argo.j2`")
        }
        kind => {
            let message = detail.unwrap_or_else(|| kind.to_string());
            let mut diagnostic = Diagnostic::error(Code::Template, message).at(location, "");
            if let Some(cause) = std::error::Error::source(error) {
                diagnostic = diagnostic.note(cause.to_string());
            }
            diagnostic.help("correct the expression, or the value that it works on")
        }
    };
    with_turn(diagnostic, turn)
}

/// A template whose output is not YAML, or whose hole can't take its value.
pub(super) fn output_error(
    failure: Failure,
    template: &Template,
    turn: Option<&Binding>,
    spans: &[OutputSpan],
) -> Diagnostic {
    let diagnostic = match failure {
        Failure::NotYaml(inner) => {
            let at = inner.primary.as_ref().map(|label| label.location.span);
            let mut diagnostic = located(Code::TemplateOutput, &inner.message, template, at, spans);
            diagnostic.notes.push("this is what the template prints; its holes are filled later".to_owned());
            diagnostic.helps.extend(inner.helps.into_iter().filter(|help| {
                // Edits of the printed text mean nothing in the template.
                matches!(help, crate::diagnostic::Help::Text(_))
            }));
            diagnostic
        }
        Failure::Hole { problem, span } => located(Code::Hole, &problem, template, span, spans)
            .help("a whole value stands alone, as in `key: {{ value }}`; `| yaml` or `| json` make text of it"),
    };
    with_turn(diagnostic, turn)
}

/// A finding at the source of the printed bytes `at`, or about the file as a whole where the source is not certain.
fn located(code: Code, message: &str, template: &Template, at: Option<Span>, spans: &[OutputSpan]) -> Diagnostic {
    let diagnostic = Diagnostic::error(code, message.to_owned());
    let found = at.and_then(|at| {
        let offset = at.start as usize;
        spans.iter().find(|span| span.output_range().contains(&offset) || span.output_range().end == offset)
    });
    match (found, at) {
        (Some(span), Some(at)) if span.name() == template.name() => {
            let source = span.source_range();
            let range = match span.kind() {
                OutputSpanKind::Raw => {
                    let start = (source.start + at.start as usize).saturating_sub(span.output_range().start);
                    start..(start + (at.end - at.start) as usize).min(source.end).max(start)
                }
                _ => source,
            };
            diagnostic.at(Location::new(&template.source, range), "")
        }
        (None, _) if !template.dynamic => match at {
            Some(at) => diagnostic.at(Location::new(&template.source, at.range()), ""),
            None => diagnostic.in_file(template.source.path()),
        },
        _ => diagnostic.in_file(template.source.path()),
    }
}

fn with_turn(diagnostic: Diagnostic, turn: Option<&Binding>) -> Diagnostic {
    match turn {
        Some(turn) => diagnostic.note(format!("while rendering {} `{}`", turn.variable, turn.name)),
        None => diagnostic,
    }
}

/// The file that the error happened in: the template itself, or a file of macros.
fn source_of(error: &Error, template: &Template, environment: &Environment<'_>) -> Arc<Source> {
    match error.name().filter(|name| *name != template.name()) {
        None => Arc::clone(&template.source),
        Some(name) => {
            let text = environment.get_template(name).map(|found| found.source().to_owned()).unwrap_or_default();
            Source::new(format!("{}/{name}", super::FOLDER), text)
        }
    }
}

/// The bytes that the engine blames, or the line if it knows no more.
fn place(error: &Error, source: &Arc<Source>) -> Location {
    if let Some(range) = error.range().filter(|range| source.text().get(range.clone()).is_some()) {
        return Location::new(source, range);
    }
    let line = error.line().and_then(|line| source.line_range(line));
    Location::new(source, line.unwrap_or(0..0))
}
