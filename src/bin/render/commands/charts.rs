//! `render charts`: the Helm charts that the values pin, fetched, listed and compared with what is published.

mod cache;
mod hold;
mod list;
mod outdated;
mod pull;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context as _;
use rayon::prelude::*;
use supercargo::charts::{Pin, Reference, pins};
use supercargo::diagnostic::Diagnostics;

use super::{Opened, open, render, report};
use crate::args::charts::{ChartsArguments, ChartsCommand};
use crate::args::{EnvironmentArguments, GlobalArguments};
use crate::terminal::Terminal;
use crate::{Status, environments};

pub(super) use hold::AtHand;

/// How many servers are asked at once. They take their time; the processor has nothing to do.
const CONNECTIONS: usize = 8;

pub(crate) fn run(
    arguments: &ChartsArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> anyhow::Result<Status> {
    match &arguments.command {
        ChartsCommand::Pull(arguments) => pull::run(arguments, global, terminal),
        ChartsCommand::Outdated(arguments) => outdated::run(arguments, global, terminal),
        ChartsCommand::List(arguments) => list::run(arguments, global, terminal),
    }
}

/// The charts of the environments that a command works on.
struct Selected {
    root: PathBuf,
    /// Whether these are all environments of the project.
    is_all: bool,
    /// Every chart, with all who pin it.
    charts: BTreeMap<Reference, Vec<Pin>>,
}

/// The charts of the environments that the arguments name, of all where they name none; `None` where the values are
/// wrong, which is printed then.
fn select(
    arguments: &EnvironmentArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> anyhow::Result<Option<Selected>> {
    let Opened::Workspace(root, workspace) = open(global, terminal)? else { return Ok(None) };
    let known = workspace.environments();
    let is_all = arguments.all || arguments.environments.is_empty();
    let selected = if is_all { known.clone() } else { environments::select(arguments, &known)? };
    let mut found = Diagnostics::new();
    let mut charts: BTreeMap<Reference, Vec<Pin>> = BTreeMap::new();
    for inputs in render::merge(&workspace, &selected, &[], &mut found) {
        match workspace.values(&inputs) {
            Ok((values, _)) => {
                for pin in pins(inputs.environment.as_str(), &values, &inputs.merged.root) {
                    charts.entry(pin.reference.clone()).or_default().push(pin);
                }
            }
            Err(problems) => found.extend(problems),
        }
    }
    if found.has_errors() {
        report(&found, terminal, &format!(" in {}", render::names(&selected)));
        return Ok(None);
    }
    Ok(Some(Selected { root, is_all, charts }))
}

/// Does `work` for each item, several at once, with a progress bar; the results are in the order of the items.
fn at_once<T: Sync, R: Send>(
    what: &'static str,
    items: &[T],
    terminal: &Terminal,
    work: impl Fn(&T) -> R + Sync,
) -> anyhow::Result<Vec<R>> {
    let bar = terminal.progress(what, items.len() as u64);
    let pool =
        rayon::ThreadPoolBuilder::new().num_threads(CONNECTIONS).build().context("could not start the threads")?;
    let one = |item: &T| {
        let result = work(item);
        bar.inc(1);
        result
    };
    let results = pool.install(|| items.par_iter().map(one).collect());
    bar.finish_and_clear();
    Ok(results)
}

/// The environments that pin a chart, each once.
fn environments_of(pins: &[Pin]) -> Vec<&str> {
    let mut names: Vec<_> = pins.iter().map(|pin| pin.environment.as_str()).collect();
    names.dedup();
    names
}
