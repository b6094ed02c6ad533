//! The arguments of `render hook`.

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct HookArguments {
    #[command(subcommand)]
    pub(crate) command: HookCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum HookCommand {
    /// Install the pre-commit hook in this clone
    ///
    /// Each commit then runs `render check --staged --all`, where anything that it depends on is staged. A hook that is
    /// there already is kept and runs first. The folder is the one that Git uses, `core.hooksPath` and worktrees
    /// included.
    Install,
    /// Remove it again, and put back the hook that was there before
    Uninstall,
}
