//! Guarded resources: a render does not drop them, and a check does not let them go, unless that is allowed by name.

use std::collections::BTreeMap;
use std::path::Path;

use supercargo::changes::{self, Deletion, Files};
use supercargo::diagnostic::{Code, Diagnostic, Diagnostics};
use supercargo::model::EnvironmentName;
use supercargo::output::{self, Prepared};
use supercargo::pipeline::Rendered;
use supercargo::tree::{OutputPath, Tree};

use super::Trouble;
use super::render::Run;
use super::revision::{Past, Revision};
use crate::args::diff::{CheckAgainst, DeletionArguments};
use crate::terminal::Terminal;

/// What a write would drop from `out/` and is not allowed to.
pub(super) fn of_render(run: &Run, rendered: &[Rendered], prepared: &[Prepared]) -> anyhow::Result<Diagnostics> {
    let mut found = Diagnostics::new();
    for (one, prepared) in rendered.iter().zip(prepared) {
        let environment = &one.tree.environment;
        let changed = prepared.changes();
        if changed.updated.is_empty() && changed.removed.is_empty() {
            continue;
        }
        let paths = changed.updated.iter().chain(&changed.removed).map(OutputPath::as_str);
        let disk = output::held(run.root, environment, &paths.collect::<Vec<_>>())?;
        let again = |allow: &str| format!("if it is meant: `render --env {environment} {allow}`");
        found.extend(guarded(&disk, one, &changed.created, run.deletions, &again));
    }
    Ok(found)
}

/// The findings about what the files that differ on the `disk` have and `rendered` has not.
fn guarded(
    disk: &BTreeMap<&str, String>,
    rendered: &Rendered,
    created: &[OutputPath],
    allowed: &DeletionArguments,
    again: &dyn Fn(&str) -> String,
) -> Vec<Diagnostic> {
    let new = files(&rendered.tree);
    let mut old = new.clone();
    for path in created {
        old.remove(path.as_str());
    }
    old.extend(disk.iter().map(|(path, text)| (*path, text.as_str())));
    findings(&rendered.tree.environment, &old, &new, allowed, again)
}

/// Adds what `rendered` has lost since the revision that `against` names, if it names one.
pub(super) fn of_check(
    against: &CheckAgainst,
    root: &Path,
    rendered: &[Rendered],
    terminal: &Terminal,
    found: &mut Diagnostics,
) -> Result<(), Trouble> {
    let Some(name) = &against.against else { return Ok(()) };
    let revision = Revision::open(root, name, true)?;
    for one in rendered {
        let environment = &one.tree.environment;
        let again =
            |allow: &str| format!("if it is meant: `render check --env {environment} --against {name} {allow}`");
        let old = match revision.render(environment, None)? {
            Past::Tree(old) => old,
            Past::Same => continue,
            Past::Absent => {
                terminal.say(&format!("{environment}: not in `{name}`, so nothing of it can disappear"));
                continue;
            }
        };
        found.extend(findings(environment, &files(&old), &files(&one.tree), &against.deletions, &again));
    }
    Ok(())
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
