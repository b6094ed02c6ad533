//! The arguments of `render schema`.

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct SchemaArguments {
    #[command(subcommand)]
    pub(crate) command: Option<SchemaCommand>,
    /// Compare with values/schema.json instead of printing; exit 1 if that file is stale or missing
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SchemaCommand {
    /// Add custom resource definitions, so that documents of their kinds are checked
    ///
    /// Takes YAML as a project publishes it or as a cluster prints it: `kubectl get crd NAME -o yaml | render schema add
    /// -`. Writes one file for each kind below schemas/, without the text that is for people.
    Add(SchemaAddArguments),
    /// List the kinds that have a schema
    List(SchemaListArguments),
}

#[derive(Debug, Args)]
pub(crate) struct SchemaAddArguments {
    /// Files of definitions; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaListArguments {
    /// What to print [default: text, or json with `--message-format json`]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<SchemaListFormat>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaListFormat {
    /// A table
    Text,
    /// One object
    Json,
}
