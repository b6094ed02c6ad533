//! The arguments of `render cloud`. None of them takes a token: what stands in a command line can be read by every
//! process of the machine, and stays in the shell's history.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::OneEnvironment;
use super::network::NetworkArguments;
use super::steps::{CarryOutArguments, PlanOutputArguments, TargetArguments, TimeArguments};

/// What every command of the cloud reads from the environment of its process.
const VARIABLES: &str = "Environment variables:\n  \
    DIGITALOCEAN_TOKEN         the API token; DIGITALOCEAN_ACCESS_TOKEN is taken, too\n  \
    SPACES_ACCESS_KEY_ID       an access key that may make buckets,\n  \
    SPACES_SECRET_ACCESS_KEY   needed only where the values have buckets\n\
    Secrets are taken from there and from nowhere else.";

#[derive(Debug, Args)]
#[command(after_help = VARIABLES)]
pub(crate) struct CloudArguments {
    #[command(subcommand)]
    pub(crate) command: CloudCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CloudCommand {
    /// Show what `apply` would do at DigitalOcean, as Terraform's users know it
    ///
    /// Compares the values with what the API reports; there is no state file. Writes nothing, here or there.
    ///
    /// Exit codes: 0 there is a plan, 2 there is none. With --detailed-exitcode: 0 nothing to do, 1 there is no plan,
    /// 2 there is something to do.
    #[command(after_help = VARIABLES)]
    Plan(PlanArguments),
    /// Make DigitalOcean what the values say: project, network, cluster, node pools, buckets with their keys, domain
    ///
    /// Shows the plan, asks, and carries it out step by step. What is there already is left alone unless it differs, and
    /// what is not ours is never touched. Access keys are sealed at once, ids go to values/outputs/ENV.yaml. Stopped at
    /// any point, the next run goes on from there.
    #[command(after_help = VARIABLES)]
    Apply(ApplyArguments),
    /// Delete what `apply` has made
    ///
    /// What would take data with it stays unless --delete-data is given: buckets with objects in them, a domain with
    /// records of others, the volumes of the cluster. Asks for the environment's name.
    #[command(after_help = VARIABLES)]
    Destroy(DestroyArguments),
    /// Take over a resource that was made by other means: from then on it is ours
    ///
    /// Marks it and changes nothing else; `render cloud plan` shows then what the values want of it.
    #[command(after_help = VARIABLES)]
    Adopt(AdoptArguments),
    /// Print what is known of what was made: ids, names, endpoints, name servers
    ///
    /// Read from values/outputs/ENV.yaml: asks nobody, and needs no token.
    Outputs(OutputsArguments),
    /// Get a kubeconfig of the cluster, for kubectl
    ///
    /// Each call makes a new token of the account, which ends by itself. It is written to a file that only its owner
    /// reads, and never printed.
    #[command(after_help = VARIABLES)]
    Kubeconfig(KubeconfigArguments),
    /// List the versions, regions and sizes that DigitalOcean offers for clusters
    #[command(after_help = VARIABLES)]
    Options(OptionsArguments),
}

/// How DigitalOcean is reached.
#[derive(Debug, Args)]
pub(crate) struct CloudConnection {
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
    #[command(flatten)]
    pub(crate) time: TimeArguments,
    #[arg(long, hide = true, env = "DIGITALOCEAN_API_URL", default_value = "https://api.digitalocean.com")]
    pub(crate) api_url: String,
    #[arg(
        long,
        hide = true,
        env = "SPACES_ENDPOINT_URL",
        default_value = "https://{{.Region}}.digitaloceanspaces.com"
    )]
    pub(crate) spaces_url: String,
}

/// Which steps are meant, and what they may do.
#[derive(Debug, Args)]
pub(crate) struct ChoiceArguments {
    #[command(flatten)]
    pub(crate) target: TargetArguments,
    /// Allow what can be changed only by making it anew
    #[arg(long)]
    pub(crate) replace: bool,
    /// Delete what is ours and no longer in the values; never a cluster, a bucket or a domain
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
    pub(crate) connection: CloudConnection,
}

#[derive(Debug, Args)]
pub(crate) struct ApplyArguments {
    #[command(flatten)]
    pub(crate) environment: OneEnvironment,
    /// A plan that `plan --out FILE` kept: exactly that is done, without a question
    #[arg(value_name = "FILE", conflicts_with_all = ["targets", "replace", "prune"])]
    pub(crate) plan: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) choice: ChoiceArguments,
    #[command(flatten)]
    pub(crate) carry_out: CarryOutArguments,
    #[command(flatten)]
    pub(crate) connection: CloudConnection,
}

#[derive(Debug, Args)]
pub(crate) struct DestroyArguments {
    #[command(flatten)]
    pub(crate) environment: OneEnvironment,
    /// The environment's name once more, which --auto-approve needs
    #[arg(long, value_name = "ENV")]
    pub(crate) confirm: Option<String>,
    /// Delete data, too: buckets with all that is in them, a domain with all its records, volumes
    #[arg(long)]
    pub(crate) delete_data: bool,
    #[command(flatten)]
    pub(crate) carry_out: CarryOutArguments,
    #[command(flatten)]
    pub(crate) connection: CloudConnection,
}

#[derive(Debug, Args)]
pub(crate) struct AdoptArguments {
    #[command(flatten)]
    pub(crate) environment: OneEnvironment,
    /// The resources, by their addresses as the plan shows them, such as cluster.example-dev
    #[arg(value_name = "ADDRESS", required = true)]
    pub(crate) addresses: Vec<String>,
    #[command(flatten)]
    pub(crate) carry_out: CarryOutArguments,
    #[command(flatten)]
    pub(crate) connection: CloudConnection,
}

#[derive(Debug, Args)]
pub(crate) struct OutputsArguments {
    #[command(flatten)]
    pub(crate) environment: OneEnvironment,
    /// One output by its path, such as cluster.endpoint or nodePools.tools.id [default: all]
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Print JSON
    #[arg(long, conflicts_with = "raw")]
    pub(crate) json: bool,
    /// Print the text alone, without a line break, for scripts
    #[arg(long, requires = "name")]
    pub(crate) raw: bool,
}

#[derive(Debug, Args)]
pub(crate) struct KubeconfigArguments {
    #[command(flatten)]
    pub(crate) environment: OneEnvironment,
    /// The file to write [default: .supercargo/kubeconfig/ENV.yaml]
    #[arg(long, value_name = "FILE", conflicts_with = "merge")]
    pub(crate) file: Option<PathBuf>,
    /// Join it to the file that kubectl uses: the first of KUBECONFIG, or ~/.kube/config
    #[arg(long)]
    pub(crate) merge: bool,
    /// How long it is valid, such as 30m, 8h or 7d
    #[arg(long, value_name = "TIME", default_value = "8h", value_parser = expiry)]
    pub(crate) expiry: Expiry,
    #[arg(long, hide = true, env = "KUBECONFIG")]
    pub(crate) kubeconfig_variable: Option<String>,
    #[command(flatten)]
    pub(crate) connection: CloudConnection,
}

#[derive(Debug, Args)]
pub(crate) struct OptionsArguments {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) connection: CloudConnection,
}

/// How long credentials are valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expiry {
    pub(crate) seconds: u32,
}

/// A number with `s`, `m`, `h` or `d` behind it, from five minutes to thirty days.
fn expiry(text: &str) -> Result<Expiry, String> {
    let problem = || format!("`{text}` is no time from 5m to 30d; write it like `8h`");
    let unit = text.chars().last().and_then(|unit| match unit {
        's' => Some(1),
        'm' => Some(60),
        'h' => Some(60 * 60),
        'd' => Some(24 * 60 * 60),
        _ => None,
    });
    let unit: u32 = unit.ok_or_else(problem)?;
    let number = &text[..text.len() - 1];
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = number.parse::<u32>().ok().filter(|_| digits).and_then(|number| number.checked_mul(unit));
    let seconds = seconds.filter(|seconds| (5 * 60..=30 * 24 * 60 * 60).contains(seconds));
    seconds.map(|seconds| Expiry { seconds }).ok_or_else(problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_has_a_unit_and_a_limit() {
        for (text, seconds) in [("8h", Some(28_800)), ("30m", Some(1800)), ("7d", Some(604_800)), ("600s", Some(600))] {
            assert_eq!(expiry(text).ok().map(|expiry| expiry.seconds), seconds, "{text}");
        }
        for text in ["", "h", "8", "8w", "1m", "31d", "-8h", "+8h", "8.5h", "99999999999d", "8é"] {
            assert!(expiry(text).is_err(), "{text}");
        }
    }
}
