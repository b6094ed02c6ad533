//! The arguments of `render charts`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::EnvironmentArguments;
use super::network::NetworkArguments;

#[derive(Debug, Args)]
pub(crate) struct ChartsArguments {
    #[command(subcommand)]
    pub(crate) command: ChartsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ChartsCommand {
    /// Fetch the charts that the values pin, so that `render check` can hold Helm values to them
    ///
    /// Keeps the archives in .supercargo/charts/ and their digests in charts.lock, which belongs into Git. What is
    /// there already is not fetched again, and everything else works offline from then on. An archive that is not the
    /// one that charts.lock names is refused.
    Pull(PullArguments),
    /// List the charts of which there is a newer version
    ///
    /// Exit codes: 0 all are the newest, 1 some are outdated, 2 could not tell.
    Outdated(OutdatedArguments),
    /// List the charts that the values pin, and which of them are locked and at hand
    List(ListChartsArguments),
}

#[derive(Debug, Args)]
pub(crate) struct PullArguments {
    #[command(flatten)]
    pub(crate) environments: EnvironmentArguments,
    /// Take the archive that is published now, although charts.lock names another; repeatable
    #[arg(long, value_name = "CHART")]
    pub(crate) update: Vec<String>,
    /// Fail if charts.lock would change: for CI
    #[arg(long, conflicts_with = "update")]
    pub(crate) locked: bool,
    /// Fetch nothing; fail if a chart is not at hand
    #[arg(long, conflicts_with_all = ["update", "from"])]
    pub(crate) offline: bool,
    /// Take charts from a folder instead of the network: NAME-VERSION.tgz, or unpacked in NAME/
    ///
    /// An unpacked chart has no digest: it serves for checks, and charts.lock stays without it.
    #[arg(long, value_name = "DIR")]
    pub(crate) from: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) remote: RemoteArguments,
}

#[derive(Debug, Args)]
pub(crate) struct OutdatedArguments {
    #[command(flatten)]
    pub(crate) environments: EnvironmentArguments,
    /// Count versions that are not meant for everyone yet, such as 2.0.0-rc.1
    #[arg(long)]
    pub(crate) pre_releases: bool,
    #[command(flatten)]
    pub(crate) remote: RemoteArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ListChartsArguments {
    #[command(flatten)]
    pub(crate) environments: EnvironmentArguments,
}

/// How charts are reached.
#[derive(Debug, Args)]
pub(crate) struct RemoteArguments {
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
    /// Speak HTTP instead of HTTPS with servers on this machine
    #[arg(long, help_heading = "Network")]
    pub(crate) plain_http: bool,
}
