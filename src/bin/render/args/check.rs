//! The arguments of `render check`.

use clap::{Args, ValueEnum};

use super::EnvironmentArguments;
use super::diff::CheckAgainst;
use super::policies::PolicyArguments;

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) environments: EnvironmentArguments,
    /// Check what is staged in Git instead of what is in the folder; a failure shows the diff, too
    #[arg(long)]
    pub(crate) staged: bool,
    /// Print the diff from out/ to what the inputs give
    #[arg(long)]
    pub(crate) diff: bool,
    /// What to print [default: as `--message-format` says]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<CheckFormat>,
    #[command(flatten)]
    pub(crate) against: CheckAgainst,
    #[command(flatten)]
    pub(crate) policies: PolicyArguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// Lines for people
    Text,
    /// Every file with its state, why, and what mends it, for machines
    Json,
    /// The findings as SARIF 2.1.0, for code hosts, which show them in a pull request
    Sarif,
}
