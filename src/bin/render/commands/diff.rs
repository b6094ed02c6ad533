//! `render diff`: what a render would change, in files and in resources, and what of it is dangerous.

pub(super) mod page;
pub(super) mod sides;
mod summary;

use std::fmt::Display;

use serde_json::{Value, json};
use supercargo::changes::{self, Report};
use supercargo::diagnostic::Diagnostics;
use supercargo::diff::{Changes, FileChange};
use supercargo::model::EnvironmentName;

use super::{Opened, Trouble, conclude, open, render, report};
use crate::Status;
use crate::args::diff::{DiffArguments, DiffFormat};
use crate::args::{EnvironmentArguments, GlobalArguments};
use crate::memory::{Answer, Current, Memory};
use crate::staged::Staged;
use crate::terminal::Terminal;
pub(super) use summary::colored;

/// A comparison, and what is to be said besides.
struct Compared {
    report: Report,
    /// What the present inputs are warned about.
    found: Diagnostics,
    /// What a render would stop at, in the order of the environments.
    blocked: Vec<Diagnostics>,
}

pub(crate) fn run(arguments: &DiffArguments, global: &GlobalArguments, terminal: &Terminal) -> anyhow::Result<Status> {
    // Only where nothing but `out/` is asked for, and a person reads.
    let DiffArguments { set, against: None, with: None, format: None | Some(DiffFormat::Text), .. } = arguments else {
        return compare(arguments, global, terminal);
    };
    if set.is_empty() && !terminal.is_json() {
        let root = super::root(global)?;
        let selection = selection(&arguments.environments);
        let known =
            Staged::of_folder(&root).and_then(|staged| Memory::of(&root).current(Answer::Diff, &staged, &selection));
        if let Some(Current { environments, found }) = known {
            report(&found, terminal, "");
            for (name, _) in environments {
                terminal.say(&format!("{name}: no difference"));
            }
            return Ok(Status::Success);
        }
    }
    compare(arguments, global, terminal)
}

/// Under which name the memory has what a check of these environments leaves for `diff`.
pub(super) fn selection(environments: &EnvironmentArguments) -> String {
    format!("{environments:?}")
}

fn compare(arguments: &DiffArguments, global: &GlobalArguments, terminal: &Terminal) -> anyhow::Result<Status> {
    let Opened::Workspace(root, workspace) = open(global, terminal)? else { return Ok(Status::Failure) };
    let compared = match sides::compare(arguments, &root, &workspace, terminal) {
        Ok(Ok(compared)) => compared,
        Ok(Err((found, environments))) => {
            report(&found, terminal, &format!(" in {}", render::names(&environments)));
            return Ok(Status::Failure);
        }
        Err(trouble) => return conclude(Err(trouble), terminal),
    };
    report(&compared.found, terminal, "");
    conclusion(&compared, arguments.format, terminal)
}

/// Prints the comparison, and says how it ends.
fn conclusion(compared: &Compared, format: Option<DiffFormat>, terminal: &Terminal) -> anyhow::Result<Status> {
    let Compared { report: whole, blocked, .. } = compared;
    match format {
        Some(DiffFormat::Json) => terminal.json(&json!(whole)),
        Some(DiffFormat::Markdown) => terminal.data(&changes::markdown(whole, changes::LIMIT)),
        Some(DiffFormat::Html) => terminal.data(&page::html(whole)?),
        Some(DiffFormat::Text) | None => {}
    }
    let is_text = matches!(format, Some(DiffFormat::Text) | None);
    for (environment, blocked) in whole.environments.iter().zip(blocked) {
        for file in environment.files.iter().filter(|_| is_text) {
            match format {
                None => show(&environment.environment, file, terminal),
                Some(_) => terminal.data(&colored(&file.diff)),
            }
        }
        if is_text {
            summary::show(environment, terminal);
        }
        report(blocked, terminal, "; a render stops there");
    }
    let is_same = whole.same && blocked.iter().all(Diagnostics::is_empty);
    Ok(if is_same { Status::Success } else { Status::Found })
}

/// What differs in an environment, file by file, and in one line.
pub(super) fn print(environment: &EnvironmentName, diff: &Changes, terminal: &Terminal) {
    diff.files.iter().for_each(|file| show(environment, file, terminal));
    if !terminal.is_json() {
        terminal.say(&summary::line(environment.as_str(), &diff.files));
    }
}

/// What happened to one file of `environment`: its diff, or the same as data.
pub(super) fn show(environment: impl Display, file: &FileChange, terminal: &Terminal) {
    if !terminal.is_json() {
        return terminal.data(&colored(&file.diff));
    }
    let mut line = json!({ "type": "file", "environment": environment.to_string() });
    if let (Value::Object(line), Value::Object(fields)) = (&mut line, json!(file)) {
        line.extend(fields);
    }
    terminal.json(&line);
}
