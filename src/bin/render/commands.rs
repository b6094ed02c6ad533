//! One file per verb: settings in, status out.

mod charts;
mod check;
mod cloud;
mod codes;
mod completions;
mod deletions;
mod diff;
mod explain;
mod graph;
mod hook;
mod identity;
mod image;
mod list;
mod network;
mod promote;
mod render;
mod report;
mod revision;
mod schema;
mod seal;
mod steps;
mod table;
mod watch;

use std::path::PathBuf;

use anyhow::Context as _;
use supercargo::cloud::spaces::BadEndpoint;
use supercargo::diagnostic::{Diagnostic, Diagnostics, Severity};
use supercargo::pipeline::Workspace;
use supercargo::plan::SavedError;
use supercargo::project::{self, Project};
use supercargo::store;

use crate::Status;
use crate::args::{Arguments, Command, GlobalArguments};
use crate::programs;
use crate::terminal::Terminal;

/// Runs the command that `arguments` name.
pub(crate) fn run(arguments: &Arguments, terminal: &Terminal) -> anyhow::Result<Status> {
    if let Some(jobs) = arguments.global.jobs {
        rayon::ThreadPoolBuilder::new().num_threads(jobs).build_global().context("could not start the threads")?;
    }
    let global = &arguments.global;
    match &arguments.command {
        None => render::run(&arguments.render, global, terminal),
        Some(Command::Diff(arguments)) => diff::run(arguments, global, terminal),
        Some(Command::Check(arguments)) => check::run(arguments, global, terminal),
        Some(Command::Hook(arguments)) => hook::run(arguments, global, terminal),
        Some(Command::Watch(arguments)) => watch::run(arguments, global, terminal),
        Some(Command::Explain(arguments)) => explain::run(arguments, global, terminal),
        Some(Command::List(arguments)) => list::run(arguments, global, terminal),
        Some(Command::Graph(arguments)) => graph::run(arguments, global, terminal),
        Some(Command::Report(arguments)) => report::run(arguments, global, terminal),
        Some(Command::Charts(arguments)) => charts::run(arguments, global, terminal),
        Some(Command::Schema(arguments)) => schema::run(arguments, global, terminal),
        Some(Command::Seal(arguments)) => seal::run(arguments, global, terminal),
        Some(Command::Cloud(arguments)) => cloud::run(arguments, global, terminal),
        Some(Command::Identity(arguments)) => identity::run(arguments, global, terminal),
        Some(Command::Image(arguments)) => image::run(arguments, global, terminal),
        Some(Command::Promote(arguments)) => promote::run(arguments, global, terminal),
        Some(Command::Completions(arguments)) => Ok(completions::run(arguments, terminal)),
    }
}

/// What to do about a failure, where the library knows it.
pub(crate) fn help_for(error: &anyhow::Error) -> Option<String> {
    match error.downcast_ref() {
        Some(project::Error::NotFound(_)) => {
            return Some("run it inside a project, or name one with `--project DIR`".to_owned());
        }
        Some(project::Error::NotAProject(_)) => return Some("name the folder that `values` is in".to_owned()),
        _ => {}
    }
    let of_output = || error.downcast_ref().map(supercargo::output::Error::help);
    let of_store = || error.downcast_ref().map(store::Error::help);
    let of_program = || error.downcast_ref().map(programs::Error::help);
    let of_refused = || error.downcast_ref().map(|refused: &steps::Refused| refused.help.clone());
    let of_saved = || error.downcast_ref().map(|saved: &SavedError| saved.help().to_owned());
    let of_cloud = || error.downcast_ref().map(supercargo::cloud::Error::help);
    let of_spaces = || error.downcast_ref().map(|error: &BadEndpoint| error.help().to_owned());
    let of_identity = || error.downcast_ref().map(supercargo::identity::Error::help);
    let of_kubeconfig = || error.downcast_ref().map(supercargo::outputs::kubeconfig::Error::help);
    of_output()
        .or_else(of_store)
        .or_else(of_program)
        .or_else(of_refused)
        .or_else(of_saved)
        .or_else(of_cloud)
        .or_else(of_spaces)
        .or_else(of_identity)
        .or_else(of_kubeconfig)
}

/// A command could not go on because of what it found in the user's files; the findings are printed already.
enum Opened {
    Workspace(PathBuf, Box<Workspace>),
    Findings,
}

/// Why a command could not go on: for reasons that the user's input gives, or for those of the machine.
enum Trouble {
    Findings(Diagnostics),
    Failure(anyhow::Error),
}

impl From<Diagnostic> for Trouble {
    fn from(found: Diagnostic) -> Self {
        Self::Findings(found.into())
    }
}

impl From<Diagnostics> for Trouble {
    fn from(found: Diagnostics) -> Self {
        Self::Findings(found)
    }
}

impl From<anyhow::Error> for Trouble {
    fn from(error: anyhow::Error) -> Self {
        Self::Failure(error)
    }
}

impl From<store::Error> for Trouble {
    fn from(error: store::Error) -> Self {
        Self::Failure(error.into())
    }
}

impl From<programs::Error> for Trouble {
    fn from(error: programs::Error) -> Self {
        Self::Failure(error.into())
    }
}

/// The status of a command that ended; what kept it from going on is printed, or passed on.
fn conclude(ended: Result<Status, Trouble>, terminal: &Terminal) -> anyhow::Result<Status> {
    match ended {
        Ok(status) => Ok(status),
        Err(Trouble::Findings(found)) => {
            report(&found, terminal, "; nothing was written");
            Ok(Status::Failure)
        }
        Err(Trouble::Failure(error)) => Err(error),
    }
}

/// The folder of the project that the arguments mean.
fn root(global: &GlobalArguments) -> anyhow::Result<PathBuf> {
    if let Some(folder) = &global.project {
        return Ok(folder.clone());
    }
    let here = std::env::current_dir().context("could not tell the current folder")?;
    Ok(project::find(&here)?)
}

/// Reads and compiles the project's inputs, and prints what is wrong with them.
fn open(global: &GlobalArguments, terminal: &Terminal) -> anyhow::Result<Opened> {
    let root = root(global)?;
    let (project, found) = Project::load(&root)?;
    if found.has_errors() {
        return Ok(stop(&found, terminal));
    }
    match Workspace::open(&project) {
        Ok(workspace) => Ok(Opened::Workspace(root, Box::new(workspace))),
        Err(found) => Ok(stop(&found, terminal)),
    }
}

fn stop(found: &Diagnostics, terminal: &Terminal) -> Opened {
    report(found, terminal, "; nothing was written");
    Opened::Findings
}

/// Prints findings and, if there are errors among them, how many; `consequence` ends that line.
fn report(found: &Diagnostics, terminal: &Terminal, consequence: &str) {
    let found = found.clone().finish();
    terminal.diagnostics(&found);
    let errors = found.count(Severity::Error);
    if errors > 0 {
        terminal.error(&format!("{}{consequence}", count(errors, "problem")));
    }
}

/// `1 file`, `2 files`.
fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
