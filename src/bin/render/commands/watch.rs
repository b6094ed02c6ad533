//! `render watch`: renders on change, and shows what each step does to `out/`.

mod changes;

use std::collections::BTreeMap;
use std::path::PathBuf;

use supercargo::diagnostic::Diagnostics;
use supercargo::diff;
use supercargo::layers::Layers;
use supercargo::model::EnvironmentName;
use supercargo::output::{self, Options};
use supercargo::pipeline::{Rendered, Workspace};
use supercargo::project::Project;

use super::{deletions, diff as show, render, report, root};
use crate::args::GlobalArguments;
use crate::args::diff::DeletionArguments;
use crate::args::watch::WatchArguments;
use crate::terminal::Terminal;
use crate::{Status, environments, interrupt};
use changes::Changes;

pub(crate) fn run(arguments: &WatchArguments, global: &GlobalArguments, terminal: &Terminal) -> anyhow::Result<Status> {
    interrupt::listen();
    let root = root(global)?;
    // Before the first render, so that nothing is missed while that runs.
    let mut changes = Changes::of(&root, arguments.poll, terminal)?;
    let mut watch = Watch { root, arguments, terminal, digests: Vec::new(), shown: BTreeMap::new() };
    watch.step()?;
    terminal.say("watching values/, templates/ and schemas/; Ctrl-C ends");
    while changes.wait() {
        watch.step()?;
    }
    terminal.say("no longer watching");
    Ok(Status::Success)
}

/// What is watched, and what was seen last.
struct Watch<'a> {
    root: PathBuf,
    arguments: &'a WatchArguments,
    terminal: &'a Terminal,
    /// The digests of the inputs at the last step; empty where something was wrong with them.
    digests: Vec<String>,
    /// The files that were shown last, where they are not written.
    shown: BTreeMap<EnvironmentName, BTreeMap<String, String>>,
}

impl Watch<'_> {
    /// Renders once. What is wrong with the inputs is said, and the next change is waited for.
    fn step(&mut self) -> anyhow::Result<()> {
        let mut found = Diagnostics::new();
        let rendered = self.render(&mut found)?;
        if found.has_errors() {
            self.digests.clear();
            report(&found, self.terminal, "; nothing was written");
            return Ok(());
        }
        let Some(rendered) = rendered else { return Ok(()) };
        report(&found, self.terminal, "");
        for one in &rendered {
            if self.arguments.no_write { self.show(one)? } else { self.write(one)? }
        }
        Ok(())
    }

    /// The trees of what is there now; `None` where it is what was there at the last step.
    fn render(&mut self, found: &mut Diagnostics) -> anyhow::Result<Option<Vec<Rendered>>> {
        let (project, problems) = Project::load(&self.root)?;
        found.extend(problems);
        let workspace = match Workspace::open(&project) {
            Ok(workspace) if !found.has_errors() => workspace,
            Ok(_) => return Ok(None),
            Err(problems) => {
                found.extend(problems);
                return Ok(None);
            }
        };
        let known = Layers::parse(&project.values).environments();
        let selected = environments::select(&self.arguments.environments, &known)?;
        let inputs = render::merge(&workspace, &selected, &[], found);
        let digests: Vec<_> = inputs.iter().map(|one| one.digest.clone()).collect();
        if found.has_errors() || digests == self.digests {
            return Ok(None);
        }
        let rendered = render::render(&workspace, &inputs, self.terminal, found);
        self.digests = digests;
        Ok(Some(rendered))
    }

    /// Shows what a render would change, at the first step in `out/` and then of what was shown before.
    fn show(&mut self, rendered: &Rendered) -> anyhow::Result<()> {
        let environment = &rendered.tree.environment;
        let shown = |path| format!("out/{environment}/{path}");
        let files: BTreeMap<_, _> =
            rendered.tree.files.iter().map(|(path, file)| (shown(path), file.text.clone())).collect();
        let texts = |files: &BTreeMap<String, String>| -> Vec<(String, String)> {
            files.iter().map(|(path, text)| (path.clone(), text.clone())).collect()
        };
        let changes = match self.shown.get(environment) {
            Some(before) => {
                let (old, new) = (texts(before), texts(&files));
                let [old, new] =
                    [&old, &new].map(|side| side.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect());
                diff::Changes::between(&old, &new)
            }
            None => output::inspect(&self.root, &rendered.tree)?.diff,
        };
        show::print(environment, &changes, self.terminal);
        self.shown.insert(environment.clone(), files);
        Ok(())
    }

    /// Shows what a render changes, and does it.
    fn write(&self, rendered: &Rendered) -> anyhow::Result<()> {
        let inspection = output::inspect(&self.root, &rendered.tree)?;
        let prepared = output::prepare(&self.root, &rendered.tree, Options::default())?;
        let lost = deletions::of_write(&self.root, &rendered.tree, &prepared, &DeletionArguments::default())?;
        let blocked: Diagnostics = prepared.blocked().iter().cloned().chain(lost).collect();
        if !blocked.is_empty() {
            let edits = prepared.edits().iter().filter_map(|edit| edit.diff.as_deref());
            edits.for_each(|diff| self.terminal.say(&show::colored(diff)));
            report(&blocked, self.terminal, "; nothing was written");
            return Ok(());
        }
        let environment = &rendered.tree.environment;
        inspection.diff.files.iter().for_each(|file| show::show(environment, file, self.terminal));
        render::summary(environment, &prepared.commit(&|_| ())?, self.terminal);
        Ok(())
    }
}
