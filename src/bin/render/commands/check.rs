//! `render check`: is `out/` what the inputs give? For hooks and CI.

use rayon::prelude::*;
use serde_json::json;
use supercargo::diagnostic::{Code, Diagnostics};
use supercargo::output::{self, State};

use super::{Opened, codes, count, open, render, report};
use crate::args::policies::FindingFormat;
use crate::args::{CheckArguments, GlobalArguments};
use crate::terminal::Terminal;
use crate::{Status, environments};

/// How many out-of-date files of an environment are named: one command mends them all.
const NAMED: usize = 12;

pub(crate) fn run(arguments: &CheckArguments, global: &GlobalArguments, terminal: &Terminal) -> anyhow::Result<Status> {
    if arguments.policies.list_codes {
        return Ok(codes::run(terminal));
    }
    let Opened::Workspace(root, workspace) = open(global, terminal)? else { return Ok(Status::Failure) };
    let selected = environments::select(&arguments.environments, &workspace.environments())?;
    let mut found = Diagnostics::new();
    let inputs = render::merge(&workspace, &selected, &[], &mut found);
    let rendered = render::render(&workspace, &inputs, terminal, &mut found);
    if found.has_errors() {
        tell(&found, arguments, terminal, &format!(" in {}", render::names(&selected)));
        return Ok(Status::Failure);
    }
    if let Some(today) = &arguments.policies.today {
        for inputs in &inputs {
            found.extend(workspace.expired(inputs, today));
        }
    }
    // A render may go on without them, for a platform that is only tried out; what is committed has them.
    found.raise(Code::Unsealed);
    let mut status = if found.has_errors() { Status::Found } else { Status::Success };
    let mut drifted = Vec::new();
    let inspections: Vec<_> =
        rendered.par_iter().map(|one| output::inspect(&root, &one.tree)).collect::<Result<_, _>>()?;
    for (one, inspection) in rendered.iter().zip(inspections) {
        let environment = &one.tree.environment;
        let files = inspection.count(State::Current);
        if terminal.is_json() {
            terminal.json(&json!({
                "type": "checked",
                "environment": environment,
                "current": inspection.is_current(),
                "files": inspection.states.iter().map(|(path, state)| json!({ "path": path, "state": state.name() })).collect::<Vec<_>>(),
            }));
        }
        if inspection.is_current() {
            terminal.say(&format!("{environment}: {} current", count(files, "file")));
            continue;
        }
        status = Status::Found;
        drifted.push(format!("--env {environment}"));
        found.extend(inspection.blocked);
        let named = if terminal.is_verbose() || terminal.is_json() { usize::MAX } else { NAMED };
        let files = inspection.out_of_date.iter().count();
        found.extend(inspection.out_of_date.into_iter().take(named));
        if files > named {
            let more = files - named;
            terminal.say(&format!("{environment}: {more} more out of date than named below; --verbose names them all"));
        }
    }
    // The program ends here, and the system takes its memory back at once; piece by piece it would take longer.
    std::mem::forget((workspace, rendered));
    if drifted.is_empty() {
        tell(&found, arguments, terminal, "");
        return Ok(status);
    }
    tell(&found, arguments, terminal, ": out/ is not what the inputs give");
    terminal.help(&format!("run `render {}` and commit the result", drifted.join(" ")));
    Ok(status)
}

/// Reports what was found, and writes it for a code host where that is asked for.
fn tell(found: &Diagnostics, arguments: &CheckArguments, terminal: &Terminal, consequence: &str) {
    if arguments.policies.format == Some(FindingFormat::Sarif) {
        terminal.json(&found.clone().finish().to_sarif(supercargo::checks::explanation));
    }
    report(found, terminal, consequence);
}
