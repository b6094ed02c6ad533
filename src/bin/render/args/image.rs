//! The arguments of `render image` and `render promote`.

use clap::{Args, Subcommand};

use super::OneEnvironment;

#[derive(Debug, Args)]
pub(crate) struct ImageArguments {
    #[command(subcommand)]
    pub(crate) command: ImageCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImageCommand {
    /// Set the image of an application in values/ENV.yaml, and render that environment
    ///
    /// Changes that one value in the file, prints the diff, and leaves every other byte as it is. If the render fails,
    /// the file stays as it was. An application that has the image already keeps its file.
    Set(SetArguments),
}

#[derive(Debug, Args)]
pub(crate) struct SetArguments {
    /// The application
    #[arg(value_name = "APP")]
    pub(crate) application: String,
    /// The image, with its registry: best with the digest, such as `registry.example.com/lofi@sha256:…`
    #[arg(value_name = "REF")]
    pub(crate) image: String,
    #[command(flatten)]
    pub(crate) environment: OneEnvironment,
    /// Print the diff of the values file and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PromoteArguments {
    /// The application
    #[arg(value_name = "APP")]
    pub(crate) application: String,
    /// The environment whose image is taken
    #[arg(long, value_name = "ENV")]
    pub(crate) from: String,
    /// The environment that gets it
    #[arg(long, value_name = "ENV")]
    pub(crate) to: String,
    /// Print the diff of the values file and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}
