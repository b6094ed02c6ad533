//! The arguments of `render diff`, and those about deletions, which other commands share.

use clap::{Args, ValueEnum};
use supercargo::changes::{GuardedKind, MAX_REMOVED};

use super::EnvironmentArguments;

#[derive(Debug, Args)]
pub(crate) struct DiffArguments {
    #[command(flatten)]
    pub(crate) environments: EnvironmentArguments,
    /// Set one value for this run, over all layers; repeatable
    #[arg(long, value_name = "PATH=VALUE")]
    pub(crate) set: Vec<String>,
    /// Compare with what a revision gives: its values and templates, rendered now, instead of out/
    #[arg(long, value_name = "REV")]
    pub(crate) against: Option<String>,
    /// With `--against`: compare with the commit from which HEAD and REV both come, as a pull request does
    #[arg(long, requires = "against")]
    pub(crate) merge_base: bool,
    /// Compare with another environment
    #[arg(long, value_name = "ENV", conflicts_with = "against")]
    pub(crate) with: Option<String>,
    /// What to print [default: as `--message-format` says]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<DiffFormat>,
    /// How many resources may disappear before that alone is a danger
    #[arg(long, value_name = "N", default_value_t = MAX_REMOVED)]
    pub(crate) max_removed: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    /// A unified diff, with the summary on standard error
    Text,
    /// All that is known, for machines
    Json,
    /// A comment for a pull request: dangers, summary, diffs; cut to fit
    Markdown,
    /// A page for a browser, in one file: dangers, resources with their fields, diffs
    Html,
}

/// Which guarded resources may disappear.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct DeletionArguments {
    /// Let resources of this kind disappear; repeatable
    #[arg(long = "allow-delete", value_name = "KIND", ignore_case = true)]
    pub(crate) allow_delete: Vec<AllowedKind>,
}

/// With which revision a check compares.
#[derive(Debug, Args)]
pub(crate) struct CheckAgainst {
    /// Fail where guarded resources disappear that this revision has, or rather the commit where this branch left it
    #[arg(long, value_name = "REV")]
    pub(crate) against: Option<String>,
    #[command(flatten)]
    pub(crate) deletions: DeletionArguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AllowedKind {
    /// An Application of Argo CD, and all that it made
    #[value(name = "Application")]
    Application,
    /// A project of Argo CD
    #[value(name = "AppProject")]
    AppProject,
    /// A custom resource definition, and all objects of its kind
    #[value(name = "CustomResourceDefinition")]
    CustomResourceDefinition,
    /// A namespace, and all that is in it
    #[value(name = "Namespace")]
    Namespace,
    /// A claim, its volume and the data on it
    #[value(name = "PersistentVolumeClaim")]
    PersistentVolumeClaim,
    /// A sealed secret, and the Secret that it makes
    #[value(name = "SealedSecret")]
    SealedSecret,
    /// A StatefulSet, and where its retention policy says so its volumes
    #[value(name = "StatefulSet")]
    StatefulSet,
    /// Whatever disappears
    #[value(name = "all")]
    All,
}

impl DeletionArguments {
    /// Whether resources of `kind` may disappear.
    pub(crate) fn allow(&self, kind: GuardedKind) -> bool {
        self.allow_delete.iter().any(|allowed| match allowed.kind() {
            Some(allowed) => allowed == kind,
            None => true,
        })
    }
}

impl AllowedKind {
    /// The kind that is meant; none where all are.
    const fn kind(self) -> Option<GuardedKind> {
        Some(match self {
            Self::Application => GuardedKind::Application,
            Self::AppProject => GuardedKind::AppProject,
            Self::CustomResourceDefinition => GuardedKind::CustomResourceDefinition,
            Self::Namespace => GuardedKind::Namespace,
            Self::PersistentVolumeClaim => GuardedKind::PersistentVolumeClaim,
            Self::SealedSecret => GuardedKind::SealedSecret,
            Self::StatefulSet => GuardedKind::StatefulSet,
            Self::All => return None,
        })
    }
}
