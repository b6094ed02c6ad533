//! One environment: render it, unless this clone knows what comes out, and compare that with its folder.

use std::path::Path;

use supercargo::diagnostic::{Diagnostic, Diagnostics};
use supercargo::model::{Date, EnvironmentName};
use supercargo::output::{self, Inspection, State};
use supercargo::pipeline::{Inputs, Workspace};
use supercargo::tree::Tree;

use crate::commands::charts::AtHand;
use crate::memory::{Memory, Unchanged};

/// What was found in one environment.
pub(in crate::commands) struct Checked {
    pub(in crate::commands) environment: EnvironmentName,
    /// What the inputs give.
    pub(in crate::commands) given: Given,
    /// How its folder stands to the tree.
    pub(in crate::commands) inspection: Inspection,
    /// What is wrong with the inputs, and with what they give.
    pub(super) found: Diagnostics,
    /// What a render does not look for: what charts say against their values, exceptions that ended.
    pub(super) beyond: Diagnostics,
}

/// What the inputs of an environment give.
pub(in crate::commands) enum Given {
    /// No tree: they have errors.
    Nothing,
    /// What stands in the folder, as this clone knows; with the digest of the inputs.
    AsWritten(String),
    /// This tree, of inputs with this digest.
    Tree(String, Tree),
}

impl Checked {
    /// Whether the inputs give a tree at all.
    pub(super) fn has_tree(&self) -> bool {
        !matches!(self.given, Given::Nothing)
    }

    /// Whether nothing has to be mended.
    pub(super) fn is_fine(&self) -> bool {
        let strangers = self.inspection.unlisted.has_errors();
        self.has_tree()
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
            let (environment, beyond) = (name.clone(), Diagnostics::new());
            Ok(Checked { environment, given: Given::Nothing, inspection, found, beyond })
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
            return Ok(Checked { beyond, ..current(inputs, known) });
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
        let given = Given::Tree(inputs.digest, rendered.tree);
        // The system takes the memory back at the end of the program; piece by piece it would take longer.
        std::mem::forget((rendered.values, inputs.merged));
        Ok(Checked { environment: name.clone(), given, inspection, found, beyond })
    }
}

/// An environment that nothing has changed since it was found current.
fn current(inputs: Inputs, Unchanged { lock, files, found }: Unchanged) -> Checked {
    let inspection = Inspection {
        states: files.into_iter().map(|path| (path, State::Current)).collect(),
        lock: Some(State::Current),
        lock_digest: Some(lock),
        ..Inspection::default()
    };
    let (environment, given) = (inputs.environment, Given::AsWritten(inputs.digest));
    Checked { environment, given, inspection, found, beyond: Diagnostics::new() }
}
