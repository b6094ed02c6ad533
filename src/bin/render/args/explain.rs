//! The arguments of `render explain`.

use clap::{Args, ValueEnum};

use super::EnvironmentArguments;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  render explain platform.domain                            who sets it, what it reaches\n  \
                        render explain services.argoCd.chart --env dev --affects  which resources a change touches\n  \
                        render explain out/dev/apps/argo-cd.yaml:18               where the line comes from\n  \
                        render explain out/dev/apps/argo-cd.yaml --field spec.project\n  \
                        render explain Deployment/lofi spec.replicas --env dev"
)]
pub(crate) struct ExplainArguments {
    /// A value path such as platform.domain, a file such as out/dev/apps/argo-cd.yaml or one of its lines with `:18`
    /// behind it, or a resource as Kind/name or Kind/namespace/name
    #[arg(value_name = "WHAT")]
    pub(crate) what: String,
    /// The field of the resource, such as spec.replicas
    #[arg(value_name = "FIELD")]
    pub(crate) resource_field: Option<String>,
    /// The field of the file, such as spec.replicas
    #[arg(long, value_name = "FIELD", conflicts_with = "resource_field")]
    pub(crate) field: Option<String>,
    #[command(flatten)]
    pub(crate) environments: EnvironmentArguments,
    /// Of a value, name the files and resources that a change touches, and no lines
    #[arg(long)]
    pub(crate) affects: bool,
    /// What to print [default: as `--message-format` says]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<ExplainFormat>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExplainFormat {
    /// For people
    Text,
    /// All that is known, for machines
    Json,
}
