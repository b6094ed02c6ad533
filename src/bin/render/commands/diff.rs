//! `render diff`: what a render would change in `out/`.

use std::path::Path;

use anstyle::{AnsiColor, Style};
use rayon::prelude::*;
use serde_json::json;
use supercargo::diagnostic::Diagnostics;
use supercargo::diff::{Changes, FileChange, Kind};
use supercargo::model::EnvironmentName;
use supercargo::output;
use supercargo::pipeline::Inputs;

use super::{Opened, count, open, render, report};
use crate::args::{DiffArguments, GlobalArguments};
use crate::memory::{Current, Memory};
use crate::staged::Staged;
use crate::terminal::Terminal;
use crate::{Status, environments};

const ADDED: Style = AnsiColor::Green.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();
const HUNK: Style = AnsiColor::Cyan.on_default();
const FILE: Style = Style::new().bold();

pub(crate) fn run(arguments: &DiffArguments, global: &GlobalArguments, terminal: &Terminal) -> anyhow::Result<Status> {
    if arguments.set.is_empty() && !terminal.is_json() {
        let root = super::root(global)?;
        let selection = format!("{:?} today: None", arguments.environments);
        let known = Staged::of_folder(&root).and_then(|staged| Memory::of(&root).current(&staged, &selection));
        if let Some(Current { environments, found }) = known {
            report(&found, terminal, "");
            environments.iter().for_each(|(name, _)| terminal.say(&format!("{name}: no difference")));
            return Ok(Status::Success);
        }
    }
    let Opened::Workspace(root, workspace) = open(global, terminal)? else { return Ok(Status::Failure) };
    let selected = environments::select(&arguments.environments, &workspace.environments())?;
    let mut found = Diagnostics::new();
    let inputs = render::merge(&workspace, &selected, &arguments.set, &mut found);
    let (current, inputs) = known(&Memory::of(&root), &root, inputs, &mut found)?;
    let rendered = render::render(&workspace, &inputs, terminal, &mut found);
    if found.has_errors() {
        report(&found, terminal, &format!(" in {}", render::names(&selected)));
        return Ok(Status::Failure);
    }
    report(&found, terminal, "");
    let mut status = Status::Success;
    current.iter().filter(|_| !terminal.is_json()).for_each(|name| terminal.say(&format!("{name}: no difference")));
    for one in &rendered {
        let inspection = output::inspect(&root, &one.tree)?;
        print(&one.tree.environment, &inspection.diff, terminal);
        report(&inspection.blocked, terminal, "; a render stops there");
        if !inspection.diff.is_empty() || !inspection.blocked.is_empty() {
            status = Status::Found;
        }
    }
    Ok(status)
}

/// Parts those of `inputs` that have to be rendered from the environments that this clone knows to be current.
fn known(
    memory: &Memory,
    root: &Path,
    inputs: Vec<Inputs>,
    found: &mut Diagnostics,
) -> anyhow::Result<(Vec<EnvironmentName>, Vec<Inputs>)> {
    let unchanged: Vec<_> = inputs.par_iter().map(|one| memory.unchanged(root, one)).collect::<Result<_, _>>()?;
    let (mut current, mut rest) = (Vec::new(), Vec::new());
    for (one, known) in inputs.into_iter().zip(unchanged) {
        match known {
            Some(known) => {
                current.push(one.environment);
                found.extend(known.found);
            }
            None => rest.push(one),
        }
    }
    Ok((current, rest))
}

/// What differs in an environment, file by file, and in one line.
pub(super) fn print(environment: &EnvironmentName, diff: &Changes, terminal: &Terminal) {
    diff.files.iter().for_each(|file| show(environment, file, terminal));
    if terminal.is_json() {
        return;
    }
    if diff.is_empty() {
        terminal.say(&format!("{environment}: no difference"));
        return;
    }
    let counts = [(Kind::Added, "added"), (Kind::Changed, "changed"), (Kind::Removed, "removed")];
    let counts: Vec<_> = counts
        .into_iter()
        .map(|(kind, what)| (diff.count(kind), what))
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    terminal.say(&format!("{environment}: {} differ: {}", count(diff.files.len(), "file"), counts.join(", ")));
}

/// What happened to one file, as data.
pub(super) fn show(environment: &EnvironmentName, file: &FileChange, terminal: &Terminal) {
    if !terminal.is_json() {
        return terminal.data(&colored(&file.diff));
    }
    terminal.json(&json!({
        "type": "file",
        "environment": environment,
        "path": file.path,
        "kind": match file.kind {
            Kind::Added => "added",
            Kind::Changed => "changed",
            Kind::Removed => "removed",
        },
        "addedLines": file.added_lines,
        "removedLines": file.removed_lines,
        "diff": file.diff,
    }));
}

/// A unified diff with the colours that Git gives it; the terminal takes them out where they are not wanted.
pub(super) fn colored(diff: &str) -> String {
    let styles = [("diff ", FILE), ("+++ ", FILE), ("--- ", FILE), ("+", ADDED), ("-", REMOVED), ("@@", HUNK)];
    let style = |line: &str| styles.iter().find(|(start, _)| line.starts_with(start)).map(|(_, style)| style);
    diff.split_inclusive('\n')
        .map(|line| {
            let (text, end) = line.strip_suffix('\n').map_or((line, ""), |text| (text, "\n"));
            match style(text) {
                Some(style) => format!("{style}{text}{style:#}{end}"),
                None => line.to_owned(),
            }
        })
        .collect()
}
