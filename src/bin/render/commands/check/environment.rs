//! One environment: render it, unless this clone knows what comes out, and compare that with its folder.

use std::path::Path;

use supercargo::diagnostic::{Diagnostic, Diagnostics};
use supercargo::model::{Date, EnvironmentName};
use supercargo::output::{self, Inspection, State};
use supercargo::pipeline::Workspace;

use crate::commands::charts::AtHand;
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
    /// What a render does not look for: what charts say against their values, exceptions that ended.
    pub(super) beyond: Diagnostics,
}

impl Checked {
    /// Whether nothing has to be mended.
    pub(super) fn is_fine(&self) -> bool {
        let strangers = self.inspection.unlisted.has_errors();
        self.has_tree
            && self.inspection.is_current()
            && !strangers
            && !self.found.has_errors()
            && !self.beyond.has_errors()
    }

    /// Everything that is to be said, with at most `named` files that are out of date.
    pub(super) fn findings(&self, named: usize) -> impl Iterator<Item = Diagnostic> {
        let Inspection { blocked, out_of_date, unlisted, .. } = &self.inspection;
        let drift = blocked.iter().chain(out_of_date.iter().take(named)).chain(unlisted.iter());
        self.found.iter().chain(self.beyond.iter()).chain(drift).cloned()
    }

    pub(super) fn all_findings(&self) -> impl Iterator<Item = Diagnostic> {
        self.findings(usize::MAX)
    }
}

/// What one environment is checked with.
pub(super) struct Checks<'a> {
    /// The project's folder.
    pub(super) root: &'a Path,
    /// The project's inputs; none where they can't be read.
    pub(super) workspace: Option<&'a Workspace>,
    pub(super) charts: &'a AtHand,
    pub(super) memory: &'a Memory,
    /// The day it is: exceptions that ended before it are found, too.
    pub(super) today: Option<&'a Date>,
}

impl Checks<'_> {
    /// Checks the environment `name`; without a workspace only what the last render left.
    pub(super) fn check(&self, name: &EnvironmentName) -> anyhow::Result<Checked> {
        let Self { root, workspace, charts, memory, today } = self;
        let without_tree = |found| {
            let inspection = output::inspect_without_tree(root, name)?;
            Ok(Checked { environment: name.clone(), has_tree: false, inspection, found, beyond: Diagnostics::new() })
        };
        let Some(workspace) = workspace else { return without_tree(Diagnostics::new()) };
        let inputs = match workspace.inputs(name, &[]) {
            Ok(inputs) => inputs,
            Err(found) => return without_tree(found),
        };
        let expired = today.map(|today| workspace.expired(&inputs, today)).unwrap_or_default();
        // Of its own, because only a check holds values to charts.
        let with_charts = (format!("{name}.charts"), format!("{} {}", inputs.digest, charts.identity()));
        if let Some((_, of_charts)) = memory.recall(&with_charts.0, &with_charts.1)
            && let Some(known) = memory.unchanged(root, &inputs)?
        {
            let beyond = of_charts.into_iter().chain(expired).collect();
            return Ok(Checked { beyond, ..current(name, known) });
        }
        let mut rendered = match workspace.judge(&inputs) {
            Ok(rendered) => rendered,
            Err(found) => return without_tree(found),
        };
        let found = std::mem::take(&mut rendered.found);
        let of_charts = charts.hold(&inputs, &rendered)?;
        let inspection = output::inspect(root, &rendered.tree)?;
        let is_current = inspection.is_current() && inspection.strangers.is_empty();
        if let Some(lock) = inspection.lock_digest.filter(|_| is_current) {
            memory.learn(name.as_str(), &inputs.digest, &lock.to_string(), &found);
            memory.learn(&with_charts.0, &with_charts.1, "", &of_charts);
        }
        let beyond = of_charts.into_iter().chain(expired).collect();
        // The system takes the memory back at the end of the program; piece by piece it would take longer.
        std::mem::forget((rendered, inputs));
        Ok(Checked { environment: name.clone(), has_tree: true, inspection, found, beyond })
    }
}

/// An environment that nothing has changed since it was found current.
fn current(environment: &EnvironmentName, Unchanged { lock, files, found }: Unchanged) -> Checked {
    let inspection = Inspection {
        states: files.into_iter().map(|path| (path, State::Current)).collect(),
        lock: Some(State::Current),
        lock_digest: Some(lock),
        ..Inspection::default()
    };
    Checked { environment: environment.clone(), has_tree: true, inspection, found, beyond: Diagnostics::new() }
}
