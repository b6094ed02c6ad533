//! One environment: render it, unless this clone knows what comes out, and compare that with its folder.

use std::path::Path;

use supercargo::diagnostic::{Diagnostic, Diagnostics};
use supercargo::model::{Date, EnvironmentName};
use supercargo::output::{self, Inspection, State};
use supercargo::pipeline::Workspace;

use crate::memory::{Memory, Unchanged};

/// What was found in one environment.
pub(super) struct Checked {
    pub(super) environment: EnvironmentName,
    /// Whether the inputs give a tree at all.
    pub(super) has_tree: bool,
    /// How its folder stands to the tree.
    pub(super) inspection: Inspection,
    /// What is wrong with the inputs, and with what they give.
    pub(super) found: Diagnostics,
}

impl Checked {
    /// Whether nothing has to be mended.
    pub(super) fn is_fine(&self) -> bool {
        let strangers = self.inspection.unlisted.has_errors();
        self.has_tree && self.inspection.is_current() && !strangers && !self.found.has_errors()
    }

    /// Everything that is to be said, with at most `named` files that are out of date.
    pub(super) fn findings(&self, named: usize) -> impl Iterator<Item = Diagnostic> {
        let Inspection { blocked, out_of_date, unlisted, .. } = &self.inspection;
        let drift = blocked.iter().chain(out_of_date.iter().take(named)).chain(unlisted.iter());
        self.found.iter().chain(drift).cloned()
    }

    pub(super) fn all_findings(&self) -> impl Iterator<Item = Diagnostic> {
        self.findings(usize::MAX)
    }
}

/// Checks the environment `name`; without a `workspace` only what the last render left. Given the day
/// `today`, exceptions that ended before it are found, too.
pub(super) fn check(
    root: &Path,
    name: &EnvironmentName,
    workspace: Option<&Workspace>,
    memory: &Memory,
    today: Option<&Date>,
) -> Result<Checked, output::Error> {
    let without_tree = |found| {
        let inspection = output::inspect_without_tree(root, name)?;
        Ok(Checked { environment: name.clone(), has_tree: false, inspection, found })
    };
    let Some(workspace) = workspace else { return without_tree(Diagnostics::new()) };
    let inputs = match workspace.inputs(name, &[]) {
        Ok(inputs) => inputs,
        Err(found) => return without_tree(found),
    };
    let expired = today.map(|today| workspace.expired(&inputs, today)).unwrap_or_default();
    if let Some(known) = memory.unchanged(root, &inputs)? {
        let mut checked = current(name, known);
        checked.found.extend(expired);
        return Ok(checked);
    }
    let (tree, mut found) = match workspace.judge(&inputs) {
        Ok(judged) => judged,
        Err(found) => return without_tree(found),
    };
    let inspection = output::inspect(root, &tree)?;
    if let Some(lock) = inspection.lock_digest.filter(|_| inspection.is_current() && inspection.strangers.is_empty()) {
        memory.learn(name.as_str(), &inputs.digest, &lock.to_string(), &found);
    }
    found.extend(expired);
    // The system takes the memory back at the end of the program; piece by piece it would take longer.
    std::mem::forget((tree, inputs));
    Ok(Checked { environment: name.clone(), has_tree: true, inspection, found })
}

/// An environment that nothing has changed since it was found current.
fn current(environment: &EnvironmentName, Unchanged { lock, files, found }: Unchanged) -> Checked {
    let inspection = Inspection {
        states: files.into_iter().map(|path| (path, State::Current)).collect(),
        lock: Some(State::Current),
        lock_digest: Some(lock),
        ..Inspection::default()
    };
    Checked { environment: environment.clone(), has_tree: true, inspection, found }
}
