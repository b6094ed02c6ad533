//! `render report`: all that there is to know about environments, as one page for a browser.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail};
use rayon::prelude::*;
use supercargo::changes::Options;
use supercargo::diagnostic::Diagnostics;
use supercargo::graph::Graph;
use supercargo::pipeline::{Inputs, Rendered, Workspace};
use supercargo::report::{self as page, Environment};
use supercargo::store::{Audience, Store};

use super::diff::page::changes;
use super::diff::sides::pending;
use super::{Opened, open, render, report};
use crate::args::GlobalArguments;
use crate::args::report::ReportArguments;
use crate::terminal::Terminal;
use crate::{Status, environments};

pub(crate) fn run(
    arguments: &ReportArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> anyhow::Result<Status> {
    let Opened::Workspace(root, workspace) = open(global, terminal)? else { return Ok(Status::Failure) };
    let selected = environments::select(&arguments.environments, &workspace.environments())?;
    let target = arguments.output.as_deref().map(|file| target(&root, file)).transpose()?;
    let mut found = Diagnostics::new();
    let inputs = render::merge(&workspace, &selected, &arguments.set, &mut found);
    let rendered = render::render(&workspace, &inputs, terminal, &mut found);
    if found.has_errors() {
        report(&found, terminal, &format!(" in {}", render::names(&selected)));
        return Ok(Status::Failure);
    }
    let parts: Vec<_> = inputs
        .par_iter()
        .zip(&rendered)
        .map(|(inputs, rendered)| environment(&root, &workspace, inputs, rendered))
        .collect::<Result<_, _>>()?;
    let mut all = Vec::new();
    for (environment, blocked) in parts {
        all.extend(environment);
        found.extend(blocked);
    }
    let found = found.finish();
    let html = page::report(&all, &found)?;
    match &target {
        None => terminal.data(&html),
        Some((shown, file)) => {
            Store::new(&root).replace(&file.to_string_lossy(), html.as_bytes(), Audience::Everyone)?;
            terminal.say(&format!("{shown}: written"));
        }
    }
    Ok(Status::Success)
}

/// What is said about one environment, and what stands in the way of its next render.
fn environment(
    root: &Path,
    workspace: &Workspace,
    inputs: &Inputs,
    rendered: &Rendered,
) -> anyhow::Result<(Option<Environment>, Diagnostics)> {
    let (pending, blocked) = pending(root, &rendered.tree, &Options::default())?;
    let values = workspace.values(inputs).ok();
    let graph = Graph::of(&rendered.tree);
    let environment = values.map(|(values, _)| Environment::new(&values, &graph, changes(&pending)));
    Ok((environment, blocked))
}

/// Where the page is written, as the user says it and in full: beside what is rendered, never among it.
fn target(root: &Path, file: &Path) -> anyhow::Result<(String, PathBuf)> {
    let here = std::env::current_dir().context("could not tell the current folder")?;
    let shown = file.display().to_string();
    let (file, out) = (plain(&here.join(file)), plain(&here.join(root).join("out")));
    if file.starts_with(&out) {
        bail!("`{shown}` lies in out/, where only what is rendered belongs; choose another place");
    }
    Ok((shown, file))
}

/// `path` without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}
