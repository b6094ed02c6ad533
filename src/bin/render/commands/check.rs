//! `render check`: is `out/` what the inputs give? For hooks and CI.

mod document;
mod environment;

use std::path::Path;

use rayon::prelude::*;
use supercargo::diagnostic::{Code, Diagnostics};
use supercargo::layers::Layers;
use supercargo::output::State;
use supercargo::pipeline::Workspace;
use supercargo::project::Project;

use super::charts::AtHand;
use super::{Trouble, codes, conclude, count, deletions, diff, render, report, root};
use crate::args::GlobalArguments;
use crate::args::check::{CheckArguments, CheckFormat};
use crate::memory::{Answer, Current, Memory};
use crate::staged::{Exported, Staged};
use crate::terminal::Terminal;
use crate::{Status, environments, interrupt};
use environment::Checks;
pub(super) use environment::{Checked, Given};

/// How many out-of-date files of an environment are named: one command mends them all.
const NAMED: usize = 12;
/// How many lines of a diff a failed check of what is staged prints unasked.
const LINES: usize = 200;

pub(crate) fn run(arguments: &CheckArguments, global: &GlobalArguments, terminal: &Terminal) -> anyhow::Result<Status> {
    if arguments.policies.list_codes {
        return Ok(codes::run(terminal));
    }
    let root = root(global)?;
    let memory = Memory::of(&root);
    // What is staged is looked at in a folder of its own, which has to go away again.
    if arguments.staged {
        interrupt::listen();
    }
    let charts = AtHand::of(&root, &root)?;
    let (today, charts) = (&arguments.policies.today, charts.identity());
    let selection = format!("{:?} today: {today:?} charts: {charts}", arguments.environments);
    let may_recall = format(arguments, terminal) == CheckFormat::Text && arguments.against.against.is_none();
    let staged = if arguments.staged { Some(Staged::read(&root)?) } else { Staged::of_folder(&root) };
    if let Some(staged) = staged.as_ref().filter(|_| may_recall)
        && let Some(Current { environments, found }) = memory.current(Answer::Check, staged, &selection)
    {
        for (environment, files) in environments {
            terminal.say(&format!("{environment}: {} current", count(files, "file")));
        }
        report(&found, terminal, "");
        return Ok(Status::Success);
    }
    let exported = staged.as_ref().filter(|_| arguments.staged).map(Staged::export).transpose()?;
    let exported_root = exported.as_ref().map(Exported::root);
    let checked = check(exported_root.as_ref().unwrap_or(&root), &root, arguments, &memory)?;
    interrupt::check()?;
    if let Some(staged) = staged.filter(|_| checked.is_current()) {
        // The folder may have changed while it was read.
        let same = || Staged::of_folder(&root).is_some_and(|now| now.identity() == staged.identity());
        if arguments.staged || same() {
            let all = checked.to_current(|one| one.all_findings().collect());
            memory.learn_current(Answer::Check, &staged, &selection, &all);
            let of_render = checked.to_current(|one| one.found.iter().cloned().collect());
            memory.learn_current(Answer::Diff, &staged, &diff::selection(&arguments.environments), &of_render);
        }
    }
    conclude(with_deletions(checked, &root, exported_root.as_ref().unwrap_or(&root), arguments, terminal), terminal)
}

/// Tells what was found, with what has disappeared since the revision that the arguments name.
fn with_deletions(
    mut checked: Check,
    root: &Path,
    folder: &Path,
    arguments: &CheckArguments,
    terminal: &Terminal,
) -> Result<Status, Trouble> {
    let lost = deletions::of_check(&arguments.against, root, folder, &checked.environments, terminal)?;
    for (one, lost) in checked.environments.iter_mut().zip(lost) {
        one.found.extend(lost);
    }
    Ok(tell(checked, arguments, terminal))
}

fn format(arguments: &CheckArguments, terminal: &Terminal) -> CheckFormat {
    arguments.format.unwrap_or(if terminal.is_json() { CheckFormat::Json } else { CheckFormat::Text })
}

/// Everything that a check found.
struct Check {
    /// What is wrong with the project as a whole.
    found: Diagnostics,
    environments: Vec<Checked>,
}

impl Check {
    fn status(&self) -> Status {
        if self.found.has_errors() || self.environments.iter().any(|one| !one.has_tree()) {
            Status::Failure
        } else if self.environments.iter().all(Checked::is_fine) {
            Status::Success
        } else {
            Status::Found
        }
    }

    /// Whether there is nothing to mend, and no file that somebody else has put there.
    fn is_current(&self) -> bool {
        let alone = self.environments.iter().all(|one| one.inspection.strangers.is_empty());
        self.status() == Status::Success && alone
    }

    /// What is to be remembered, with those findings of each environment that `findings` picks.
    fn to_current(&self, findings: impl Fn(&Checked) -> Diagnostics) -> Current {
        let one = |one: &Checked| (one.environment.to_string(), one.inspection.states.len());
        let found = self.found.iter().cloned().chain(self.environments.iter().flat_map(findings));
        let found = found.collect::<Diagnostics>().finish();
        Current { environments: self.environments.iter().map(one).collect(), found }
    }

    fn all_findings(&self) -> Diagnostics {
        let of_environments = self.environments.iter().flat_map(Checked::all_findings);
        self.found.iter().cloned().chain(of_environments).collect::<Diagnostics>().finish()
    }
}

/// Checks the environments of the project at `root`, which is a copy of what is staged in `home`, or `home` itself.
fn check(root: &Path, home: &Path, arguments: &CheckArguments, memory: &Memory) -> anyhow::Result<Check> {
    let (project, mut found) = Project::load(root)?;
    let workspace = if found.has_errors() { None } else { Workspace::open(&project).map_err(|e| found.extend(e)).ok() };
    let known = match &workspace {
        Some(workspace) => workspace.environments(),
        // What was rendered before can be looked at all the same.
        None => Layers::parse(&project.values).environments(),
    };
    let selected = environments::select(&arguments.environments, &known)?;
    let charts = AtHand::of(root, home)?;
    let today = arguments.policies.today.as_ref();
    let checks = Checks { root, workspace: workspace.as_ref(), charts: &charts, memory, today };
    let mut environments = selected.par_iter().map(|name| checks.check(name)).collect::<anyhow::Result<Vec<_>>>()?;
    // A render may go on without them, for a platform that is only tried out; what is committed has them.
    for one in &mut environments {
        one.found.raise(Code::Unsealed);
    }
    // The program ends here, and the system takes its memory back at once; piece by piece it would take longer.
    std::mem::forget((workspace, project));
    Ok(Check { found, environments })
}

/// Prints what was found and says how the check ended.
fn tell(checked: Check, arguments: &CheckArguments, terminal: &Terminal) -> Status {
    let status = checked.status();
    match format(arguments, terminal) {
        CheckFormat::Text => show_diffs(&checked, arguments, terminal),
        CheckFormat::Json => terminal.json(&document::of(&checked, arguments.staged)),
        CheckFormat::Sarif => terminal.json(&checked.all_findings().to_sarif(supercargo::checks::explanation)),
    }
    for one in &checked.environments {
        terminal.say(&line(one));
    }
    let mut found = checked.found.clone();
    let named = if terminal.is_verbose() || terminal.is_json() { usize::MAX } else { NAMED };
    for one in &checked.environments {
        found.extend(one.findings(named));
        if let Some(more) = one.inspection.out_of_date.iter().count().checked_sub(named).filter(|more| *more > 0) {
            let environment = &one.environment;
            terminal.say(&format!("{environment}: {more} more out of date than named below; --verbose names them all"));
        }
    }
    let drifted: Vec<_> = checked.environments.iter().filter(|one| !one.inspection.is_current()).collect();
    let all: Vec<_> = checked.environments.iter().map(|one| one.environment.clone()).collect();
    report(
        &found,
        terminal,
        &match status {
            Status::Failure => format!(" in {}", render::names(&all)),
            _ if !drifted.is_empty() => ": out/ is not what the inputs give".to_owned(),
            _ => String::new(),
        },
    );
    let mended: Vec<_> = drifted.iter().filter(|one| one.has_tree()).map(|one| &one.environment).collect();
    if !mended.is_empty() {
        let flags: Vec<_> = mended.iter().map(|name| format!("--env {name}")).collect();
        let then = if arguments.staged { "stage what it writes: `git add out`" } else { "commit the result" };
        let join = if arguments.staged { ", then" } else { " and" };
        terminal.help(&format!("run `render {}`{join} {then}", flags.join(" ")));
    }
    // As above.
    std::mem::forget(checked);
    status
}

/// An environment in one line: how many of its files are in which state.
fn line(one: &Checked) -> String {
    let environment = &one.environment;
    let states = [
        (State::Current, "current"),
        (State::Unjudged, "as rendered (the inputs have errors)"),
        (State::OutOfDate, "out of date"),
        (State::Missing, "missing"),
        (State::Stale, "stale"),
        (State::Edited, "edited by hand"),
        (State::Unknown, "unknown"),
    ];
    let strangers = one.inspection.strangers.len();
    let number = |state| one.inspection.count(state) + if state == State::Unknown { strangers } else { 0 };
    let mut counts: Vec<_> = states.iter().map(|&(state, word)| (number(state), word)).collect();
    counts.retain(|(number, _)| *number > 0);
    let Some(((first, word), rest)) = counts.split_first() else { return format!("{environment}: no files") };
    let rest: Vec<_> = rest.iter().map(|(number, word)| format!("{number} {word}")).collect();
    let first = format!("{} {word}", count(*first, "file"));
    format!("{environment}: {}", [vec![first], rest].concat().join(", "))
}

/// Prints the diffs that were asked for: all of them with `--diff`, and the first lines of them where what is staged
/// fails.
fn show_diffs(checked: &Check, arguments: &CheckArguments, terminal: &Terminal) {
    if !arguments.diff && !arguments.staged {
        return;
    }
    let patch: String = checked.environments.iter().map(|one| one.inspection.diff.to_patch()).collect();
    let lines = patch.split_inclusive('\n').count();
    if arguments.diff || lines <= LINES {
        return terminal.data(&diff::colored(&patch));
    }
    let shown: String = patch.split_inclusive('\n').take(LINES).collect();
    terminal.data(&diff::colored(&shown));
    terminal.say(&format!("{} more lines; --diff prints them all", lines - LINES));
}
