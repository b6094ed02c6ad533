//! The answer about a place of a rendered file: the template that printed it, and the values behind it.

use std::sync::Arc;

use serde_json::Value;

use super::behind::{Behind, Role};
use super::{Explainer, resources_in, value_at};
use crate::diagnostic::{Code, Diagnostic, listed, nearest};
use crate::layers::path_text;
use crate::pipeline::{Origin, TracedFile, node_at};
use crate::source::Location;

/// What is known of a place.
#[derive(Debug, Clone)]
pub struct PlaceAnswer {
    /// The file, from the project's root.
    pub file: String,
    /// The template that made it, from the project's root.
    pub template: String,
    /// The line, counted from 1, and its text; `None` where the file as a whole is meant.
    pub line: Option<(usize, String)>,
    /// The path of what stands there, in the form of a value path; empty for comments, separators and plain text.
    pub field: String,
    /// Where the template says it; `None` where that can't be told, and for a whole file.
    pub origin: Option<Origin>,
    /// The values behind it, those that decide what it says first.
    pub values: Vec<ValueBehind>,
    /// What may be behind it and could not be tried, and why.
    pub untried: Vec<(String, String)>,
}

/// A value behind a place.
#[derive(Debug, Clone)]
pub struct ValueBehind {
    /// Its path, as `--set` takes it.
    pub path: String,
    /// What it decides; for a whole file whether the file is there.
    pub role: Role,
    /// What it is.
    pub value: Value,
    /// Where it is set; `None` for a default.
    pub place: Option<Location>,
}

/// Answers about line `line` of the file at `path`, below `out/ENV/`, or about the file.
///
/// # Errors
/// There is no such file, or no such line.
pub(super) fn explain(explainer: &Explainer<'_>, path: &str, line: Option<usize>) -> Result<PlaceAnswer, Diagnostic> {
    let file = file(explainer, path)?;
    let text = file.source.text();
    let shown = match line {
        None => None,
        Some(number) => {
            let Some(shown) = number.checked_sub(1).and_then(|index| text.lines().nth(index)) else {
                let problem = format!("{} has no line {number}", file.source.path());
                let last = text.lines().count();
                return Err(Diagnostic::error(Code::UnknownPlace, problem).help(format!("its last line is {last}")));
            };
            Some((number, shown.to_owned()))
        }
    };
    let file = Arc::new(file);
    let behind = Behind::new(explainer, Arc::clone(&file));
    let found = line.map_or_else(|| behind.file(), |line| behind.line(line));
    let values = found.into_iter().map(|found| ValueBehind {
        path: path_text(&found.keys),
        role: found.role,
        value: value_at(explainer.trial().values(), &found.keys).cloned().unwrap_or_default(),
        place: explainer.set_at(&found.keys),
    });
    let values = values.collect();
    Ok(PlaceAnswer {
        file: file.source.path().to_owned(),
        template: file.template().path().to_owned(),
        field: line.and_then(|line| file.spot(line)).map(|spot| path_text(&spot.path)).unwrap_or_default(),
        origin: line.and_then(|line| file.origin(line)),
        line: shown,
        values,
        untried: behind.untried().into_iter().map(|(keys, why)| (path_text(&keys), why)).collect(),
    })
}

/// The line of the file at `path` in which `field` begins; in the document that begins in line `from`, if that is told.
///
/// # Errors
/// There is no such file, or no such field.
pub(super) fn line_of(
    explainer: &Explainer<'_>,
    path: &str,
    field: &[String],
    from: Option<usize>,
) -> Result<usize, Diagnostic> {
    let file = file(explainer, path)?;
    let first = |location: &Location| location.line_column().0;
    let resources = resources_in(file.source.text());
    let lines = from.and_then(|from| resources.into_iter().find(|one| *one.lines.start() == from)).map(|one| one.lines);
    let wanted =
        file.nodes().iter().filter(|node| lines.as_ref().is_none_or(|lines| lines.contains(&first(&node.location))));
    let mut nodes = wanted.clone();
    let found = nodes.find_map(|node| {
        node_at(node, field)?;
        crate::yaml::locate_key(node, field).map(|location| first(&location))
    });
    found.ok_or_else(|| {
        let above = field.len().saturating_sub(1);
        let problem = format!("{} has no `{}`", file.source.path(), path_text(field));
        let unknown = Diagnostic::error(Code::UnknownPlace, problem);
        // The nearest key beside the last one that is there.
        let nodes: Vec<_> = wanted.collect();
        let depth = (0..=above).rev().find(|depth| nodes.iter().any(|node| node_at(node, &field[..*depth]).is_some()));
        let depth = depth.unwrap_or(0);
        let maps = nodes.iter().filter_map(|node| node_at(node, &field[..depth])?.as_map());
        let keys: Vec<&str> = maps.flat_map(|map| map.keys().map(String::as_str)).collect();
        match field.get(depth).and_then(|key| nearest(key, keys.iter().copied())) {
            Some(key) => {
                let path: Vec<String> = field[..depth]
                    .iter()
                    .cloned()
                    .chain([key.to_owned()])
                    .chain(field[depth + 1..].iter().cloned())
                    .collect();
                unknown.help(format!("did you mean `{}`?", path_text(&path)))
            }
            None if keys.is_empty() => unknown.help("name a line instead, such as `:7` behind the file"),
            None => unknown.help(format!("there are: {}", listed(keys))),
        }
    })
}

fn file(explainer: &Explainer<'_>, path: &str) -> Result<TracedFile, Diagnostic> {
    let environment = &explainer.trial().inputs().environment;
    explainer.tracer().file(path).ok_or_else(|| {
        let unknown = Diagnostic::error(Code::UnknownPlace, format!("out/{environment}/{path} is not rendered"));
        let files: Vec<&str> = explainer.trial().files().map(|(path, _)| path.as_str()).collect();
        match nearest(path, files.iter().copied()) {
            Some(name) => unknown.help(format!("did you mean `out/{environment}/{name}`?")),
            None => unknown.help(format!("`render --env {environment} --verbose` names the files")),
        }
    })
}
