//! The arguments of `render graph`.

use clap::{Args, ValueEnum};

use super::EnvironmentArguments;

#[derive(Debug, Args)]
pub(crate) struct GraphArguments {
    #[command(flatten)]
    pub(crate) environments: EnvironmentArguments,
    /// Set one value for this run, over all layers; repeatable
    #[arg(long, value_name = "PATH=VALUE")]
    pub(crate) set: Vec<String>,
    /// What to print [default: mermaid, or json with `--message-format json`]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<GraphFormat>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// A flowchart that GitHub draws in Markdown; several environments come as a page of Markdown
    Mermaid,
    /// For Graphviz, one digraph for each environment
    Dot,
    /// A picture, by light and in the dark; several environments stand below each other
    Svg,
    /// All that is known, for machines
    Json,
}
