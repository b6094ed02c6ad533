//! The arguments of `render watch`.

use clap::Args;

use super::EnvironmentArguments;

#[derive(Debug, Args)]
pub(crate) struct WatchArguments {
    #[command(flatten)]
    pub(crate) environments: EnvironmentArguments,
    /// Show the diff and write nothing
    #[arg(long)]
    pub(crate) no_write: bool,
    /// Look at the files twice a second instead of waiting for the system to tell: for network drives and containers
    #[arg(long)]
    pub(crate) poll: bool,
}
