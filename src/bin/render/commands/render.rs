//! `render --env …`: renders and writes.

use std::path::Path;

use rayon::prelude::*;
use serde_json::json;
use supercargo::diagnostic::Diagnostics;
use supercargo::explain;
use supercargo::model::EnvironmentName;
use supercargo::output::{self, Changes, Options, Prepared};
use supercargo::pipeline::{Inputs, Rendered, Workspace};

use super::{Opened, count, deletions, open, report};
use crate::args::diff::DeletionArguments;
use crate::args::{GlobalArguments, RenderArguments};
use crate::memory::Memory;
use crate::terminal::Terminal;
use crate::{Status, environments, interrupt};

/// How many files a summary names before it only counts the rest.
const NAMED: usize = 12;

pub(crate) fn run(
    arguments: &RenderArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> anyhow::Result<Status> {
    interrupt::listen();
    let Opened::Workspace(root, workspace) = open(global, terminal)? else { return Ok(Status::Failure) };
    let selected = environments::select(&arguments.environments, &workspace.environments())?;
    let options = Options { discard_edits: arguments.discard_edits };
    let deletions = &arguments.deletions;
    let run = Run { root: &root, environments: &selected, sets: &arguments.set, options, deletions };
    write(&run, workspace, terminal, || Ok(()))
}

/// What is rendered, and how it is written.
pub(super) struct Run<'a> {
    pub(super) root: &'a Path,
    pub(super) environments: &'a [EnvironmentName],
    pub(super) sets: &'a [String],
    pub(super) options: Options,
    /// Which resources may disappear.
    pub(super) deletions: &'a DeletionArguments,
}

/// Renders, and writes what differs. `first` is called before the first write, when nothing but the disk can fail any more.
pub(super) fn write(
    run: &Run,
    workspace: Box<Workspace>,
    terminal: &Terminal,
    first: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<Status> {
    let mut found = Diagnostics::new();
    let inputs = merge(&workspace, run.environments, run.sets, &mut found);
    let (current, stale) = split_current(run.root, inputs, &mut found)?;
    let rendered = render(&workspace, &stale, terminal, &mut found);
    let names = names(run.environments);
    if found.has_errors() {
        report(&found, terminal, &format!(" in {names}; nothing was written"));
        return Ok(Status::Failure);
    }
    interrupt::check()?;

    let prepared = prepare(run.root, &rendered, run.options)?;
    let mut blocked: Diagnostics = prepared.iter().flat_map(|one| one.blocked().iter().cloned()).collect();
    blocked.extend(deletions::of_render(run, &rendered, &prepared)?);
    if !blocked.is_empty() {
        let edits = prepared.iter().flat_map(Prepared::edits);
        edits.filter_map(|edit| edit.diff.as_deref()).for_each(|diff| terminal.say(&super::diff::colored(diff)));
        let blocked = stale.iter().fold(blocked, |blocked, inputs| explain::enrich(&workspace, inputs, blocked));
        report(&blocked, terminal, &format!(" in {names}; nothing was written"));
        return Ok(Status::Failure);
    }
    interrupt::check()?;

    first()?;
    let changes = commit(prepared, terminal)?;
    report(&found, terminal, "");
    for environment in run.environments {
        let written = rendered.iter().zip(&changes).find(|(one, _)| one.tree.environment == *environment);
        let files = current.iter().find(|(name, _)| name == environment).map_or(0, |(_, files)| *files);
        let untouched = Changes { unchanged: files, ..Changes::default() };
        summary(environment, written.map_or(&untouched, |(_, changes)| changes), terminal);
    }
    // The program ends here, and the system takes its memory back at once; piece by piece it would take longer.
    std::mem::forget((workspace, rendered));
    Ok(Status::Success)
}

/// `dev`, `prod`: as messages name environments.
pub(super) fn names(environments: &[EnvironmentName]) -> String {
    environments.iter().map(EnvironmentName::as_str).collect::<Vec<_>>().join(", ")
}

/// The merged layers of each environment whose layers can be merged; the rest goes to `found`.
pub(super) fn merge(
    workspace: &Workspace,
    environments: &[EnvironmentName],
    sets: &[String],
    found: &mut Diagnostics,
) -> Vec<Inputs> {
    let merged: Vec<_> = environments.par_iter().map(|environment| workspace.inputs(environment, sets)).collect();
    let mut inputs = Vec::new();
    for one in merged {
        match one {
            Ok(one) => inputs.push(one),
            Err(problems) => found.extend(problems),
        }
    }
    inputs
}

/// Renders every environment in parallel; what is wrong goes to `found`.
pub(super) fn render(
    workspace: &Workspace,
    inputs: &[Inputs],
    terminal: &Terminal,
    found: &mut Diagnostics,
) -> Vec<Rendered> {
    let bar = terminal.progress("rendering", inputs.len() as u64);
    let results: Vec<_> = inputs
        .par_iter()
        .map(|inputs| {
            let rendered = workspace.render(inputs).map_err(|found| explain::enrich(workspace, inputs, found));
            bar.inc(1);
            rendered
        })
        .collect();
    bar.finish_and_clear();
    let mut all = Vec::new();
    for result in results {
        match result {
            Ok(rendered) => {
                found.extend(rendered.found.iter().cloned());
                all.push(rendered);
            }
            Err(problems) => found.extend(problems),
        }
    }
    all
}

/// Environments whose output is what these very inputs gave before, with the number of their files, need no render.
type Current = Vec<(EnvironmentName, usize)>;

/// What is known about those with findings goes to `found`, as if they were rendered.
fn split_current(root: &Path, inputs: Vec<Inputs>, found: &mut Diagnostics) -> anyhow::Result<(Current, Vec<Inputs>)> {
    let memory = Memory::of(root);
    let unchanged = |one: &Inputs| {
        if let Some(files) = output::unchanged(root, &one.environment, &one.digest)? {
            return Ok(Some((files, Diagnostics::new())));
        }
        let known = memory.unchanged(root, one)?;
        Ok::<_, output::Error>(known.map(|known| (known.files.len(), known.found)))
    };
    let known: Vec<_> = inputs.par_iter().map(unchanged).collect::<Result<_, _>>()?;
    let mut current = Vec::new();
    let mut stale = Vec::new();
    for (one, known) in inputs.into_iter().zip(known) {
        match known {
            Some((files, findings)) => {
                current.push((one.environment, files));
                found.extend(findings);
            }
            None => stale.push(one),
        }
    }
    Ok((current, stale))
}

fn prepare<'a>(root: &Path, rendered: &'a [Rendered], options: Options) -> anyhow::Result<Vec<Prepared<'a>>> {
    Ok(rendered.par_iter().map(|one| output::prepare(root, &one.tree, options)).collect::<Result<_, _>>()?)
}

fn commit(prepared: Vec<Prepared<'_>>, terminal: &Terminal) -> anyhow::Result<Vec<Changes>> {
    let steps: usize = prepared.iter().map(Prepared::steps).sum();
    let bar = terminal.progress("writing", steps as u64);
    let progress = |files: usize| bar.inc(files as u64);
    let changes = prepared.into_par_iter().map(|one| one.commit(&progress)).collect::<Result<_, _>>();
    bar.finish_and_clear();
    Ok(changes?)
}

/// What a write did, in a few lines.
pub(super) fn summary(environment: &EnvironmentName, changes: &Changes, terminal: &Terminal) {
    let Changes { created, updated, removed, discarded, unchanged } = changes;
    if terminal.is_json() {
        terminal.json(&json!({
            "type": "rendered",
            "environment": environment,
            "created": created,
            "updated": updated,
            "removed": removed,
            "discarded": discarded,
            "unchanged": unchanged,
        }));
        return;
    }
    if changes.is_empty() {
        terminal.say(&format!("{environment}: {} unchanged", count(*unchanged, "file")));
        return;
    }
    let counts =
        [(created.len(), "created"), (updated.len(), "updated"), (removed.len(), "removed"), (*unchanged, "unchanged")];
    let counts: Vec<_> =
        counts.iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{number} {what}")).collect();
    let edits = match discarded.len() {
        0 => String::new(),
        number => format!("; {} discarded", count(number, "edit")),
    };
    terminal.say(&format!("{environment}: {}{edits}", counts.join(", ")));
    let lines: Vec<_> = [("created", created), ("updated", updated), ("removed", removed)]
        .into_iter()
        .flat_map(|(what, paths)| paths.iter().map(move |path| format!("  {what}  out/{environment}/{path}")))
        .collect();
    let shown = if terminal.is_verbose() { lines.len() } else { NAMED.min(lines.len()) };
    lines[..shown].iter().for_each(|line| terminal.say(line));
    if shown < lines.len() {
        terminal.say(&format!("  and {} more; --verbose names them all", lines.len() - shown));
    }
}
