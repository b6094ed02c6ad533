//! Errors of the engine become findings that point into templates.
//!
//! The engine's own debug text prints the whole context, values included, so it is never shown.

use std::sync::Arc;

use minijinja::{Environment, Error, ErrorKind, OutputSpan, OutputSpanKind};

use super::{Binding, Failure, Format, Template};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::manifest::Token;
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
    let error = innermost(error);
    let source = source_of(error, template, environment);
    let location = place(error, &source);
    let expression = location.text().to_owned();
    let detail = error.detail().map(str::to_owned);
    let elsewhere = source.path() != template.source.path();
    let diagnostic = match error.kind() {
        ErrorKind::UndefinedError => undefined(&expression, location, error, turn, environment),
        // The engine has no kind of its own for this one.
        ErrorKind::InvalidOperation if detail.as_deref() == Some("recursion limit exceeded") => {
            Diagnostic::error(Code::TemplateLimit, "macros or includes call each other without an end")
                .at(location, "one call too many")
                .help("look for a macro that calls itself, or a template that includes itself")
        }
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
    let diagnostic =
        if elsewhere { diagnostic.note(format!("while rendering {}", template.source.path())) } else { diagnostic };
    with_turn(diagnostic, turn)
}

/// The error that others only pass on: an include reports the fault of what it includes as its own.
fn innermost(error: &Error) -> &Error {
    let mut error = error;
    while let (ErrorKind::BadInclude, Some(cause)) =
        (error.kind(), std::error::Error::source(error).and_then(|cause| cause.downcast_ref()))
    {
        error = cause;
    }
    error
}

fn undefined(
    expression: &str,
    location: Location,
    error: &Error,
    turn: Option<&Binding>,
    environment: &Environment<'_>,
) -> Diagnostic {
    let diagnostic = Diagnostic::error(Code::Template, format!("`{expression}` is undefined"));
    let root = expression.split(['.', '[', ' ', '(']).next().unwrap_or_default();
    let template = error.name().and_then(|name| environment.get_template(name).ok());
    let is_free = template.is_some_and(|template| template.undeclared_variables(false).contains(root));
    let known = || environment.globals().map(|(name, _)| name).chain(turn.map(|turn| turn.variable));
    if is_free && !known().any(|name| name == root) {
        let names: Vec<&str> = known().collect();
        let start = location.span.start as usize;
        let at = Location::new(&location.source, start..start + root.len());
        let diagnostic = diagnostic.at(location, format!("there is no `{root}`"));
        return match nearest(root, names) {
            Some(name) => diagnostic.suggest("a section of the values has a similar name", at, name),
            None => diagnostic.help("a template knows the sections of the values and what it sets itself"),
        };
    }
    diagnostic
        .at(location, "not set for this environment")
        .help(format!("set it in the values, or guard the line with `{{% if {expression} is defined %}}`"))
}

/// A template whose output is not YAML, or whose hole can't take its value.
pub(super) fn output_error(
    failure: Failure,
    template: &Template,
    turn: Option<&Binding>,
    text: &str,
    spans: &[OutputSpan],
) -> Diagnostic {
    let diagnostic = match failure {
        Failure::NotYaml(inner) => {
            let at = inner.primary.as_ref().map(|label| label.location.span);
            let message = match template.format {
                Format::Json => inner.message.replacen("this is not YAML", "this is not JSON", 1),
                Format::Yaml | Format::Text => inner.message,
            };
            let mut diagnostic = located(Code::TemplateOutput, &message, template, at, spans);
            diagnostic.notes.push("this is what the template prints; its holes are filled later".to_owned());
            diagnostic.helps.extend(inner.helps.into_iter().filter(|help| {
                // Edits of the printed text mean nothing in the template.
                matches!(help, crate::diagnostic::Help::Text(_))
            }));
            diagnostic
        }
        Failure::Hole { problem, hole, span } => {
            let token = hole.map(|number| Token(number).to_string());
            let token = token.and_then(|token| text.find(&token).map(|at| Span::new(at..at + token.len())));
            located(Code::Hole, &problem, template, token.or(span), spans)
                .help("a whole value stands alone, as in `key: {{ value }}`; `| yaml` or `| json` make text of it")
        }
    };
    with_turn(diagnostic, turn)
}

/// A finding at the source of the printed bytes `at`, or about the file as a whole where the source is not certain.
fn located(code: Code, message: &str, template: &Template, at: Option<Span>, spans: &[OutputSpan]) -> Diagnostic {
    let diagnostic = Diagnostic::error(code, message.to_owned());
    let found = at.and_then(|at| {
        let offset = at.start as usize;
        let inside = spans.iter().find(|span| span.output_range().contains(&offset));
        inside.or_else(|| spans.iter().find(|span| span.output_range().end == offset))
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
