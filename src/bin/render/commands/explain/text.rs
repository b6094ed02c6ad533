//! Answers as a page for people.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde_json::Value;
use supercargo::explain::{PlaceAnswer, Reached, Role, ValueAnswer};
use supercargo::pipeline::Origin;

use super::{Answer, Touched};
use crate::commands::count;

const NAME: Style = Style::new().bold();
const PLACE: Style = AnsiColor::Cyan.on_default();
const FAINT: Style = Style::new().dimmed();

/// How many lines of an environment are shown before the rest is only counted.
const SHOWN: usize = 60;

/// All answers.
pub(super) fn page(answers: &[Answer], affects: bool, all: bool) -> String {
    let mut page = String::new();
    let mut last = None;
    for answer in answers {
        match answer {
            Answer::Value { answer, environment, files } => {
                // What it is, is the same in every environment.
                let head = (answer.kind.clone(), answer.description.clone());
                if last.as_ref() != Some(&head) {
                    heading(&mut page, answer);
                    last = Some(head);
                }
                value(&mut page, answer, environment.as_str(), files, affects, all);
            }
            Answer::Place(answer) => place(&mut page, answer, all),
        }
    }
    page
}

fn heading(page: &mut String, answer: &ValueAnswer) {
    let _ = writeln!(page, "{NAME}{}{NAME:#}: {}", answer.path, answer.kind);
    for line in answer.description.lines().filter(|line| !line.is_empty()) {
        let _ = writeln!(page, "  {line}");
    }
}

fn value(page: &mut String, answer: &ValueAnswer, environment: &str, files: &[Touched], affects: bool, all: bool) {
    let _ = writeln!(page, "\n{NAME}{environment}{NAME:#}");
    match (&answer.value, answer.layers.last()) {
        (None, None) => page.push_str("  not set, and without a default\n"),
        (Some(value), None) => {
            let _ = writeln!(page, "  by default: {}", shown(value));
        }
        (_, Some(_)) => {
            for (index, layer) in answer.layers.iter().enumerate() {
                let wins = if index + 1 == answer.layers.len() && index > 0 { "  (wins)" } else { "" };
                let _ = writeln!(page, "  set by {PLACE}{}{PLACE:#}: {}{wins}", layer.place, layer.says);
            }
        }
    }
    let lines: usize = files.iter().map(|file| file.lines.len()).sum();
    if files.is_empty() && answer.untried.len() < answer.tried.len().max(1) {
        page.push_str("  reaches nothing that is rendered\n");
    } else if !files.is_empty() {
        let lines = if lines > 0 { format!("{} in ", count(lines, "line")) } else { String::new() };
        let _ = writeln!(page, "  reaches {lines}{}{}", count(files.len(), "file"), tried(answer));
    }
    let mut room = if all { usize::MAX } else { SHOWN };
    let mut left = 0;
    for file in files {
        let reached = answer.reaches.iter().find(|(path, _)| path.as_str() == file.path).map(|(_, reached)| reached);
        let Some(reached) = reached else { continue };
        let path = format!("out/{environment}/{}", file.path);
        if affects {
            let _ = writeln!(page, "    {PLACE}{path}{PLACE:#}{}", remark(reached, ""));
            file.resources.iter().for_each(|resource| {
                let _ = writeln!(page, "      {resource}");
            });
            continue;
        }
        if reached.goes || reached.appears || reached.unclear {
            let _ = writeln!(page, "    {PLACE}{path}{PLACE:#}{}", remark(reached, ""));
            if reached.goes || reached.appears {
                continue;
            }
        }
        for (line, text) in &file.lines {
            if room == 0 {
                left += 1;
                continue;
            }
            room -= 1;
            let _ = writeln!(page, "    {PLACE}{path}:{line}{PLACE:#}  {}", text.trim());
        }
        for line in &reached.added_after {
            let _ = writeln!(page, "    {PLACE}{path}:{line}{PLACE:#}  {FAINT}(lines would appear behind it){FAINT:#}");
        }
    }
    if left > 0 {
        let _ = writeln!(page, "    and {}; --verbose shows them", count(left, "more line"));
    }
    untried(page, &answer.untried, all);
}

fn remark(reached: &Reached, otherwise: &'static str) -> &'static str {
    match reached {
        Reached { goes: true, .. } => "  (the whole file: it can go away)",
        Reached { appears: true, .. } => "  (is not there, and can appear)",
        Reached { unclear: true, .. } => "  (its template fails with what was tried, so lines can't be told)",
        _ => otherwise,
    }
}

/// Which values were tried, where that is a short list.
fn tried(answer: &ValueAnswer) -> String {
    let one = answer.tried.iter().all(|(path, _)| *path == answer.path);
    if !one || answer.tried.is_empty() {
        return String::new();
    }
    let values: Vec<_> = answer.tried.iter().map(|(_, value)| shown(value)).collect();
    format!(" {FAINT}(tried: {}){FAINT:#}", values.join(", "))
}

fn untried(page: &mut String, all: &[(String, String)], verbose: bool) {
    if all.is_empty() {
        return;
    }
    if !verbose && all.len() > 3 {
        let _ = writeln!(page, "  {} could not be tried; --verbose names them", count(all.len(), "value"));
        return;
    }
    for (path, why) in all {
        let _ = writeln!(page, "  could not be tried: {path} {FAINT}({why}){FAINT:#}");
    }
}

fn place(page: &mut String, answer: &PlaceAnswer, verbose: bool) {
    match &answer.line {
        Some((line, text)) => {
            let _ = writeln!(page, "{PLACE}{}:{line}{PLACE:#}  {NAME}{}{NAME:#}", answer.file, text.trim());
        }
        None => {
            let _ = writeln!(page, "{PLACE}{}{PLACE:#}", answer.file);
        }
    }
    if !answer.field.is_empty() {
        let _ = writeln!(page, "  field {}", answer.field);
    }
    match &answer.origin {
        Some(Origin::Written(written)) => {
            let what = written.place.text().lines().next().unwrap_or_default();
            let what = if written.expression { format!("{{{{ {what} }}}}") } else { what.to_owned() };
            let _ = writeln!(page, "  printed by {PLACE}{}{PLACE:#}: {what}", written.place);
            if let Some(call) = &written.call {
                let _ = writeln!(page, "  called at  {PLACE}{call}{PLACE:#}: {{{{ {} }}}}", call.text());
            }
        }
        Some(Origin::Header) => {
            let _ = writeln!(page, "  the program's own comment; the template is {PLACE}{}{PLACE:#}", answer.template);
        }
        Some(Origin::Overlay(_)) => {
            let _ = writeln!(page, "  laid over what {PLACE}{}{PLACE:#} makes", answer.template);
        }
        None if answer.line.is_none() => {
            let _ = writeln!(page, "  made by {PLACE}{}{PLACE:#}", answer.template);
        }
        None => {
            let _ = writeln!(page, "  made by {PLACE}{}{PLACE:#}; which line of it can't be told", answer.template);
        }
    }
    if answer.values.is_empty() {
        page.push_str("  no value stands behind it\n");
    }
    for value in &answer.values {
        let what = match (value.role, &answer.line) {
            (Role::Content, _) => "says what    ",
            (Role::Presence, _) => "says whether ",
        };
        let _ = match &value.place {
            Some(place) => writeln!(
                page,
                "  {what}{NAME}{}{NAME:#} = {}, {PLACE}{place}{PLACE:#}",
                value.path,
                shown(&value.value)
            ),
            None if value.value.is_null() => writeln!(page, "  {what}{NAME}{}{NAME:#}, which is not set", value.path),
            None => writeln!(page, "  {what}{NAME}{}{NAME:#} = {}, by default", value.path, shown(&value.value)),
        };
    }
    untried(page, &answer.untried, verbose);
}

/// A value on one line.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 80;
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned).replace('\n', " ");
    if text.chars().count() <= LONGEST {
        return if text.is_empty() { "\"\"".to_owned() } else { text };
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}
