//! The arguments of `render report`.

use std::path::PathBuf;

use clap::Args;

use super::EnvironmentArguments;

#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    #[command(flatten)]
    pub(crate) environments: EnvironmentArguments,
    /// Set one value for this run, over all layers; repeatable
    #[arg(long, value_name = "PATH=VALUE")]
    pub(crate) set: Vec<String>,
    /// Write the page to this file [default: print it]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}
