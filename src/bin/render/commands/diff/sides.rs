//! What is compared with what: this render with `out/`, with that of another revision, or of another environment.

use std::path::Path;

use rayon::prelude::*;
use supercargo::changes::{self, EnvironmentChanges, Files, Objects, Options, Report, Side};
use supercargo::diagnostic::Diagnostics;
use supercargo::diff;
use supercargo::model::EnvironmentName;
use supercargo::output::{self, Inspection, State};
use supercargo::pipeline::{Inputs, Rendered, Workspace};
use supercargo::tree::Tree;

use super::{Compared, Trouble, render};
use crate::args::diff::DiffArguments;
use crate::commands::revision::{Past, Revision};
use crate::environments;
use crate::memory::Memory;
use crate::terminal::Terminal;

/// The comparison; or what is wrong with the present inputs of these environments.
pub(super) type Outcome = Result<Compared, (Diagnostics, Vec<EnvironmentName>)>;

/// Compares what `arguments` name.
pub(super) fn compare(
    arguments: &DiffArguments,
    root: &Path,
    workspace: &Workspace,
    terminal: &Terminal,
) -> Result<Outcome, Trouble> {
    let known = workspace.environments();
    let options = Options { max_removed: arguments.max_removed, ..Options::default() };
    if let Some(with) = &arguments.with {
        let selected = environments::select(&arguments.environments, &known)?;
        let [environment] = selected.as_slice() else {
            return Err(anyhow::anyhow!("`--with` compares one environment with another: name one with `--env`").into());
        };
        let other = environments::parse(with, &known)?;
        if *environment == other {
            return Err(anyhow::anyhow!("`--env` and `--with` name the same environment: `{other}`").into());
        }
        let pair = [environment.clone(), other];
        return Ok(rendered(&pair, workspace, arguments, terminal).map(|now| beside(&now, workspace)));
    }
    let Some(revision) = &arguments.against else {
        let selected = environments::select(&arguments.environments, &known)?;
        return with_out(&selected, root, workspace, arguments, terminal);
    };
    let revision = Revision::open(root, revision, arguments.merge_base)?;
    let mut all = known.clone();
    all.extend(revision.environments().into_iter().filter(|environment| !known.contains(environment)));
    all.sort();
    let selected = environments::select(&arguments.environments, &all)?;
    // One that only the revision has is not there any more: that is an answer, and no mistake.
    let is_here = |environment: &&EnvironmentName| known.contains(environment) || !all.contains(environment);
    let here: Vec<_> = selected.iter().filter(is_here).cloned().collect();
    match rendered(&here, workspace, arguments, terminal) {
        Ok(now) => Ok(Ok(with_revision(&selected, now, &revision, &options)?)),
        Err(findings) => Ok(Err(findings)),
    }
}

/// The present inputs, what they give, and what they are warned about.
struct Now {
    inputs: Vec<Inputs>,
    rendered: Vec<Rendered>,
    found: Diagnostics,
}

fn rendered(
    selected: &[EnvironmentName],
    workspace: &Workspace,
    arguments: &DiffArguments,
    terminal: &Terminal,
) -> Result<Now, (Diagnostics, Vec<EnvironmentName>)> {
    let mut found = Diagnostics::new();
    let inputs = render::merge(workspace, selected, &arguments.set, &mut found);
    let rendered = render::render(workspace, &inputs, terminal, &mut found);
    if found.has_errors() { Err((found, selected.to_vec())) } else { Ok(Now { inputs, rendered, found }) }
}

/// The paths of a tree from the project's root, with its texts.
fn texts(tree: &Tree) -> Vec<(String, &str)> {
    tree.files.iter().map(|(path, file)| (format!("out/{}/{path}", tree.environment), file.text.as_str())).collect()
}

fn files<'t>(texts: &'t [(String, &'t str)]) -> Files<'t> {
    texts.iter().map(|(path, text)| (path.as_str(), *text)).collect()
}

fn with_out(
    selected: &[EnvironmentName],
    root: &Path,
    workspace: &Workspace,
    arguments: &DiffArguments,
    terminal: &Terminal,
) -> Result<Outcome, Trouble> {
    let options = Options { max_removed: arguments.max_removed, ..Options::default() };
    let mut found = Diagnostics::new();
    let inputs = render::merge(workspace, selected, &arguments.set, &mut found);
    let (current, inputs) = known(root, inputs, &mut found)?;
    let rendered = render::render(workspace, &inputs, terminal, &mut found);
    if found.has_errors() {
        return Ok(Err((found, selected.to_vec())));
    }
    let (mut all, mut blocked) = (Vec::new(), Vec::new());
    for environment in selected {
        let (changes, stops) = match rendered.iter().find(|one| one.tree.environment == *environment) {
            Some(one) => pending(root, &one.tree, &options)?,
            None => (unchanged(environment), Diagnostics::new()),
        };
        debug_assert!(changes.files.is_empty() || !current.contains(environment));
        all.push(changes);
        blocked.push(stops);
    }
    Ok(Ok(Compared { report: Report::new(Side::Out, Side::Tree, all), found, blocked }))
}

/// Parts those of `inputs` that have to be rendered from the environments that this clone knows to be current.
fn known(
    root: &Path,
    inputs: Vec<Inputs>,
    found: &mut Diagnostics,
) -> Result<(Vec<EnvironmentName>, Vec<Inputs>), Trouble> {
    let memory = Memory::of(root);
    let unchanged: Vec<_> = inputs
        .par_iter()
        .map(|one| memory.unchanged(root, one))
        .collect::<Result<_, _>>()
        .map_err(anyhow::Error::from)?;
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

/// What writing `tree` would change in `out/`, and what stands in the way of that.
pub(in crate::commands) fn pending(
    root: &Path,
    tree: &Tree,
    options: &Options,
) -> anyhow::Result<(EnvironmentChanges, Diagnostics)> {
    let inspection = output::inspect(root, tree)?;
    let changes = EnvironmentChanges {
        objects: out_objects(root, tree, &inspection, options)?,
        in_old: inspection.lock != Some(State::Missing),
        files: inspection.diff.files,
        ..unchanged(&tree.environment)
    };
    Ok((changes, inspection.blocked))
}

/// That `environment` is the same on both sides.
fn unchanged(environment: &EnvironmentName) -> EnvironmentChanges {
    EnvironmentChanges {
        environment: environment.to_string(),
        with: None,
        in_old: true,
        in_new: true,
        files: Vec::new(),
        objects: Objects::default(),
    }
}

/// What the files that differ from `out/` mean in resources.
fn out_objects(root: &Path, tree: &Tree, inspection: &Inspection, options: &Options) -> anyhow::Result<Objects> {
    if inspection.diff.is_empty() {
        return Ok(Objects::default());
    }
    let folder = format!("out/{}/", tree.environment);
    let differing = inspection.diff.files.iter().filter_map(|file| file.path.strip_prefix(&folder));
    let held = output::held(root, &tree.environment, &differing.collect::<Vec<_>>())?;
    let held: Vec<_> = held.iter().map(|(path, text)| (format!("{folder}{path}"), text.as_str())).collect();
    let new = texts(tree);
    let new = files(&new);
    let mut old = new.clone();
    for file in &inspection.diff.files {
        old.remove(file.path.as_str());
    }
    old.extend(files(&held));
    Ok(changes::between(&old, &new, options))
}

fn with_revision(
    selected: &[EnvironmentName],
    now: Now,
    revision: &Revision,
    options: &Options,
) -> Result<Compared, Trouble> {
    let mut all = Vec::new();
    for environment in selected {
        let mut pairs = now.inputs.iter().zip(&now.rendered);
        let present = pairs.find(|(inputs, _)| inputs.environment == *environment);
        let past = revision.render(environment, present.map(|(inputs, _)| inputs.digest.as_str()))?;
        let (in_old, old) = match &past {
            Past::Absent => (false, Vec::new()),
            Past::Same => (true, Vec::new()),
            Past::Tree(tree) => (true, texts(tree)),
        };
        let is_same = matches!(past, Past::Same);
        let new = present.filter(|_| !is_same).map(|(_, one)| texts(&one.tree)).unwrap_or_default();
        let (old, new) = (files(&old), files(&new));
        all.push(EnvironmentChanges {
            environment: environment.to_string(),
            with: None,
            in_old,
            in_new: present.is_some(),
            files: diff::Changes::between(&old, &new).files,
            objects: changes::between(&old, &new, options),
        });
    }
    let side = Side::Revision { revision: revision.commit.revision.clone(), commit: revision.commit.id.clone() };
    let blocked = vec![Diagnostics::new(); all.len()];
    Ok(Compared { report: Report::new(side, Side::Tree, all), found: now.found, blocked })
}

/// Compares the two environments of `now`. Their files are told by their paths below `out/<env>/`.
fn beside(now: &Now, workspace: &Workspace) -> Compared {
    let sides: Vec<Files> = now
        .rendered
        .iter()
        .map(|one| one.tree.files.iter().map(|(path, file)| (path.as_str(), file.text.as_str())).collect())
        .collect();
    let names = names(now, workspace);
    let options = Options { replaces: false, names: &names, ..Options::default() };
    let all = match (sides.as_slice(), now.rendered.as_slice()) {
        ([old, new], [first, second]) => vec![EnvironmentChanges {
            environment: first.tree.environment.to_string(),
            with: Some(second.tree.environment.to_string()),
            in_old: true,
            in_new: true,
            files: diff::Changes::between(old, new).files,
            objects: changes::between(old, new, &options),
        }],
        _ => Vec::new(),
    };
    let blocked = vec![Diagnostics::new(); all.len()];
    Compared { report: Report::new(Side::Tree, Side::Tree, all), found: now.found.clone(), blocked }
}

/// What the two environments are called: their folders and their domains, the longer ones first.
fn names(now: &Now, workspace: &Workspace) -> Vec<(String, String)> {
    let domain = |inputs: &Inputs| workspace.values(inputs).ok().map(|(values, _)| values.platform.domain.to_string());
    let [first, second] = now.inputs.as_slice() else { return Vec::new() };
    let folder = |inputs: &Inputs| format!("out/{}/", inputs.environment);
    let mut names = vec![(folder(first), folder(second))];
    names.extend(domain(first).zip(domain(second)));
    names.retain(|(old, new)| old != new);
    names.sort_by_key(|(old, _)| std::cmp::Reverse(old.len()));
    names
}
