//! `render hook`: puts a small script where Git looks for its pre-commit hook, and takes it away again.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use supercargo::store::{self, Store};

use super::root;
use crate::Status;
use crate::args::GlobalArguments;
use crate::args::hook::{HookArguments, HookCommand};
use crate::staged::{self, SUBJECTS};
use crate::terminal::Terminal;

/// The hook.
const NAME: &str = "pre-commit";
/// What the hook that was there before is called meanwhile.
const BEFORE: &str = "pre-commit.before-render";
/// What the pre-commit framework calls a hook that it has found, ours for one.
const LEGACY: &str = "pre-commit.legacy";
/// The line by which a hook is known as ours.
const MARK: &str = "# Installed by `render hook install`; `render hook uninstall` takes it away.";

pub(crate) fn run(arguments: &HookArguments, global: &GlobalArguments, terminal: &Terminal) -> anyhow::Result<Status> {
    let hooks = Hooks::of(&root(global)?)?;
    match arguments.command {
        HookCommand::Install => hooks.install(terminal),
        HookCommand::Uninstall => hooks.uninstall(terminal),
    }
}

/// The folder that Git runs hooks from.
struct Hooks {
    folder: PathBuf,
    store: Store,
    /// The project's folder below the top of the repository.
    prefix: PathBuf,
}

impl Hooks {
    fn of(root: &Path) -> anyhow::Result<Self> {
        let repository = staged::repository(root)?;
        let folder = repository.hooks()?;
        // In the configuration of a user it is the folder of all their repositories.
        let scope = repository.line(&["config", "--show-scope", "--get", "core.hooksPath"]).unwrap_or_default();
        let scope = scope.split_whitespace().next().unwrap_or("local");
        if !matches!(scope, "local" | "worktree") {
            bail!(
                "`core.hooksPath` of the {scope} configuration names {}, which other repositories use, too: \
                 call `render check --staged --all` from the hook there, or give this clone a folder of its own \
                 with `git config core.hooksPath .git/hooks`",
                folder.display()
            );
        }
        Ok(Self { store: Store::new(&folder), folder, prefix: repository.prefix })
    }

    /// Whether the hook of that name is one of ours.
    fn is_ours(&self, name: &str) -> bool {
        let text = self.store.read(name).ok().flatten();
        text.is_some_and(|text| text.text().lines().nth(1) == Some(MARK))
    }

    fn install(&self, terminal: &Terminal) -> anyhow::Result<Status> {
        let hook = self.folder.join(NAME);
        let shown = hook.display();
        let script = self.script()?;
        if self.is_ours(LEGACY) {
            terminal.say("the hook is installed already, as one that the pre-commit framework runs first");
            return Ok(Status::Success);
        }
        if self.is_ours(NAME) {
            let present = self.store.read(NAME)?;
            let present = present.as_ref().map_or("", |source| source.text());
            if present == script && store::is_executable(&hook) {
                terminal.say(&format!("{shown}: installed already"));
                return Ok(Status::Success);
            }
            if self.project_line().is_some_and(|line| !present.lines().any(|other| other == line)) {
                bail!("{shown} checks another project of this repository: add a line for this one there by hand");
            }
        } else if self.store.is_there(NAME) {
            if self.store.is_there(BEFORE) {
                bail!(
                    "{shown} is not ours, and {} is there from an earlier installation: remove one of the two",
                    self.folder.join(BEFORE).display()
                );
            }
            if !store::is_executable(&hook) {
                terminal.warning(&format!("{shown} can't be run, so Git has passed it over, and so will the new hook"));
            }
            store::rename(&hook, &self.folder.join(BEFORE)).with_context(|| format!("could not move {shown}"))?;
            terminal.say(&format!("the hook that was there is {BEFORE} now, and runs first"));
        }
        store::write_executable(&hook, &script).with_context(|| format!("could not write {shown}"))?;
        terminal.say(&format!("{shown}: installed"));
        Ok(Status::Success)
    }

    fn uninstall(&self, terminal: &Terminal) -> anyhow::Result<Status> {
        let Some(name) = [NAME, LEGACY].into_iter().find(|name| self.is_ours(name)) else {
            terminal.say(&format!("{}: there is no hook of `render`", self.folder.display()));
            return Ok(Status::Success);
        };
        let hook = self.folder.join(name);
        let shown = hook.display();
        if self.store.is_there(BEFORE) {
            store::rename(&self.folder.join(BEFORE), &hook).with_context(|| format!("could not put {shown} back"))?;
            terminal.say(&format!("{shown}: the hook from before is back"));
        } else {
            store::remove(&hook).with_context(|| format!("could not remove {shown}"))?;
            terminal.say(&format!("{shown}: removed"));
        }
        Ok(Status::Success)
    }

    /// The line of the script that names the project.
    fn project_line(&self) -> Option<String> {
        Some(format!("project={}", quoted(self.prefix.to_str()?)))
    }

    fn script(&self) -> anyhow::Result<String> {
        let program = std::env::current_exe().context("could not tell where this program is")?;
        let (Some(program), Some(project)) = (program.to_str(), self.project_line()) else {
            bail!("a hook can't name a folder that is not UTF-8 text");
        };
        let subjects = SUBJECTS.map(|subject| self.prefix.join(subject).display().to_string());
        let subjects = subjects.map(|path| quoted(&path)).join(" ");
        let program = quoted(program);
        // Git runs it in the top folder of the worktree.
        Ok(format!(
            "#!/bin/sh\n{MARK}\n\
             # A hook that was here before runs first, and its answer counts.\n\
             before=$(dirname \"$0\")/{BEFORE}\n\
             if [ -x \"$before\" ]; then\n    \"$before\" \"$@\" || exit\nfi\n\
             git --literal-pathspecs diff --cached --quiet -- {subjects} && exit\n\
             render={program}\n\
             [ -x \"$render\" ] || render=$(command -v render) || {{\n    \
             echo 'pre-commit: render is not installed; to commit without it: git commit --no-verify' >&2\n    \
             exit 1\n}}\n\
             {project}\n\
             exec \"$render\" check --staged --all --project \"./$project\"\n"
        ))
    }
}

/// The text as a shell takes it for one word.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
