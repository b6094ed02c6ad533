//! Guarded resources: a render does not drop them, and a check does not let them go, unless that is allowed by name.

use std::path::Path;

use supercargo::changes::{self, Deletion, Files};
use supercargo::diagnostic::{Code, Diagnostic, Diagnostics};
use supercargo::model::EnvironmentName;
use supercargo::output::{self, Prepared};
use supercargo::pipeline::Rendered;
use supercargo::tree::{OutputPath, Tree};

use super::Trouble;
use super::check::{Checked, Given};
use super::render::Run;
use super::revision::{Past, Revision};
use crate::args::diff::{CheckAgainst, DeletionArguments};
use crate::terminal::Terminal;

/// What a write would drop from `out/` and is not allowed to.
pub(super) fn of_render(run: &Run, rendered: &[Rendered], prepared: &[Prepared]) -> anyhow::Result<Diagnostics> {
    let mut found = Diagnostics::new();
    for (one, prepared) in rendered.iter().zip(prepared) {
        found.extend(of_write(run.root, &one.tree, prepared, run.deletions)?);
    }
    Ok(found)
}

/// What the write `prepared` of `tree` would drop, but for what is `allowed`.
pub(super) fn of_write(
    root: &Path,
    tree: &Tree,
    prepared: &Prepared,
    allowed: &DeletionArguments,
) -> anyhow::Result<Vec<Diagnostic>> {
    let environment = &tree.environment;
    let changed = prepared.changes();
    if changed.updated.is_empty() && changed.removed.is_empty() {
        return Ok(Vec::new());
    }
    let paths = changed.updated.iter().chain(&changed.removed).map(OutputPath::as_str);
    let disk = output::held(root, environment, &paths.collect::<Vec<_>>())?;
    let again = |allow: &str| format!("if it is meant: `render --env {environment} {allow}`");
    let new = files(tree);
    let mut old = new.clone();
    for path in &changed.created {
        old.remove(path.as_str());
    }
    old.extend(disk.iter().map(|(path, text)| (*path, text.as_str())));
    Ok(findings(environment, &old, &new, allowed, &again))
}

/// What each of `environments`, which a check has looked at, has lost since the revision that `against` names; nothing
/// if it names none. The history is that of `root`; what is staged is looked at in another `folder`.
pub(super) fn of_check(
    against: &CheckAgainst,
    root: &Path,
    folder: &Path,
    environments: &[Checked],
    terminal: &Terminal,
) -> Result<Vec<Vec<Diagnostic>>, Trouble> {
    let Some(name) = &against.against else { return Ok(Vec::new()) };
    let revision = Revision::open(root, name, true)?;
    let lost = |Checked { environment, given, inspection, .. }: &Checked| {
        let (Given::AsWritten(digest) | Given::Tree(digest, _)) = given else { return Ok(Vec::new()) };
        let old = match revision.render(environment, Some(digest))? {
            Past::Tree(old) => old,
            Past::Same => return Ok(Vec::new()),
            Past::Absent => {
                terminal.say(&format!("{environment}: not in `{name}`, so nothing of it can disappear"));
                return Ok(Vec::new());
            }
        };
        let again =
            |allow: &str| format!("if it is meant: `render check --env {environment} --against {name} {allow}`");
        let lost = |new: &Files| findings(environment, &files(&old), new, &against.deletions, &again);
        if let Given::Tree(_, new) = given {
            return Ok(lost(&files(new)));
        }
        let paths: Vec<_> = inspection.states.keys().map(OutputPath::as_str).collect();
        let written = output::held(folder, environment, &paths).map_err(anyhow::Error::from)?;
        Ok(lost(&written.iter().map(|(path, text)| (*path, text.as_str())).collect()))
    };
    environments.iter().map(lost).collect()
}

fn files(tree: &Tree) -> Files<'_> {
    tree.files.iter().map(|(path, file)| (path.as_str(), file.text.as_str())).collect()
}

fn findings(
    environment: &EnvironmentName,
    old: &Files,
    new: &Files,
    allowed: &DeletionArguments,
    again: &dyn Fn(&str) -> String,
) -> Vec<Diagnostic> {
    let deletions = changes::deletions(old, new).into_iter();
    deletions.filter(|one| !allowed.allow(one.kind)).map(|one| finding(environment, &one, again)).collect()
}

fn finding(environment: &EnvironmentName, deletion: &Deletion, again: &dyn Fn(&str) -> String) -> Diagnostic {
    let Deletion { kind, resource, file, renamed_to } = deletion;
    let message = match renamed_to {
        Some(new) => format!("`{resource}` would become `{new}`, and be deleted"),
        None => format!("`{resource}` would disappear"),
    };
    Diagnostic::error(Code::GuardedDeletion, message)
        .in_file(format!("out/{environment}/{file}"))
        .note(kind.loss())
        .help(again(&format!("--allow-delete {kind}")))
        .help("to keep it in the cluster only, annotate it with `argocd.argoproj.io/sync-options: Prune=false` first")
}
