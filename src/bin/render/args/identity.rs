//! The arguments of `render identity`. None of them takes a secret: what stands in a command line can be read by every
//! process of the machine, and stays in the shell's history.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::OneEnvironment;
use super::cloud::OutputsArguments;
use super::network::NetworkArguments;
use super::steps::{CarryOutArguments, PlanOutputArguments, TargetArguments, TimeArguments};

/// What every command of identity reads from the environment of its process.
const VARIABLES: &str = "Environment variables:\n  \
    AUTH0_CLIENT_ID       the machine-to-machine application that may use the Management API,\n  \
    AUTH0_CLIENT_SECRET   and its secret\n  \
    AUTH0_DOMAIN          the tenant's own domain, where the issuer is a custom one\n\
    Secrets are taken from there and from nowhere else.";

#[derive(Debug, Args)]
#[command(after_help = VARIABLES)]
pub(crate) struct IdentityArguments {
    #[command(subcommand)]
    pub(crate) command: IdentityCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum IdentityCommand {
    /// Show what `apply` would do at Auth0, as Terraform's users know it
    ///
    /// Compares the values with what the tenant reports; there is no state file. Writes nothing, here or there.
    ///
    /// Exit codes: 0 there is a plan, 2 there is none. With --detailed-exitcode: 0 nothing to do, 1 there is no plan,
    /// 2 there is something to do.
    #[command(after_help = VARIABLES)]
    Plan(PlanArguments),
    /// Make Auth0 what the values say: a client for each host that logs people in, the groups claim, roles
    ///
    /// Shows the plan, asks, and carries it out step by step. What is not ours is never touched. Client secrets are
    /// sealed at once, client ids go to values/outputs/ENV.yaml. Stopped at any point, the next run goes on from there.
    #[command(after_help = VARIABLES)]
    Apply(ApplyArguments),
    /// Delete what `apply` has made: nobody can log in from then on. Asks for the environment's name
    #[command(after_help = VARIABLES)]
    Destroy(DestroyArguments),
    /// Print what is known of what was made: the ids of the clients
    ///
    /// Read from values/outputs/ENV.yaml: asks nobody, and needs no secret.
    Outputs(OutputsArguments),
    /// Give a client a new secret, and seal it
    ///
    /// The old one ends at once: logins fail until the cluster has the new one.
    #[command(after_help = VARIABLES)]
    Rotate(RotateArguments),
    /// Look whether the provider, of whatever kind, is what the values say: issuer, endpoints, keys, groups
    ///
    /// Needs no secret: asks what every provider tells anybody. Exits with 1 where something differs.
    Verify(VerifyArguments),
}

/// How Auth0 is reached.
#[derive(Debug, Args)]
pub(crate) struct IdentityConnection {
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
    #[command(flatten)]
    pub(crate) time: TimeArguments,
    #[arg(long, hide = true, env = "AUTH0_DOMAIN")]
    pub(crate) domain: Option<String>,
    #[arg(long, hide = true, env = "AUTH0_API_URL")]
    pub(crate) api_url: Option<String>,
}

/// Which steps are meant, and what they may do.
#[derive(Debug, Args)]
pub(crate) struct ChoiceArguments {
    #[command(flatten)]
    pub(crate) target: TargetArguments,
    /// Delete what is ours and no longer in the values
    #[arg(long)]
    pub(crate) prune: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArguments {
    #[command(flatten)]
    pub(crate) environment: OneEnvironment,
    #[command(flatten)]
    pub(crate) choice: ChoiceArguments,
    #[command(flatten)]
    pub(crate) output: PlanOutputArguments,
    #[command(flatten)]
    pub(crate) connection: IdentityConnection,
}

#[derive(Debug, Args)]
pub(crate) struct ApplyArguments {
    #[command(flatten)]
    pub(crate) environment: OneEnvironment,
    /// A plan that `plan --out FILE` kept: exactly that is done, without a question
    #[arg(value_name = "FILE", conflicts_with_all = ["targets", "prune"])]
    pub(crate) plan: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) choice: ChoiceArguments,
    #[command(flatten)]
    pub(crate) carry_out: CarryOutArguments,
    #[command(flatten)]
    pub(crate) connection: IdentityConnection,
}

#[derive(Debug, Args)]
pub(crate) struct DestroyArguments {
    #[command(flatten)]
    pub(crate) environment: OneEnvironment,
    /// The environment's name once more, which --auto-approve needs
    #[arg(long, value_name = "ENV")]
    pub(crate) confirm: Option<String>,
    #[command(flatten)]
    pub(crate) carry_out: CarryOutArguments,
    #[command(flatten)]
    pub(crate) connection: IdentityConnection,
}

#[derive(Debug, Args)]
pub(crate) struct RotateArguments {
    #[command(flatten)]
    pub(crate) environment: OneEnvironment,
    /// The client, by its name as `render identity outputs` shows it
    #[arg(value_name = "CLIENT")]
    pub(crate) client: String,
    #[command(flatten)]
    pub(crate) carry_out: CarryOutArguments,
    #[command(flatten)]
    pub(crate) connection: IdentityConnection,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    #[command(flatten)]
    pub(crate) environment: OneEnvironment,
    #[command(flatten)]
    pub(crate) connection: IdentityConnection,
}
