//! The arguments of `render seal`. None of them takes a plaintext: what stands in a command line can be read by every
//! process of the machine, and stays in the shell's history.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use supercargo::model::SealingScope;

use super::OneEnvironment;

#[derive(Debug, Args)]
pub(crate) struct SealArguments {
    #[command(subcommand)]
    pub(crate) command: SealCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SealCommand {
    /// Seal keys of a Secret
    ///
    /// Each KEY takes its plaintext from a prompt without echo, or from standard input, byte for byte, where that is
    /// no terminal. The other keys of the secret stay as they are. Setting what is set already changes nothing.
    Set(SetArguments),
    /// Seal the credentials of a container registry (kubernetes.io/dockerconfigjson)
    DockerRegistry(DockerRegistryArguments),
    /// Seal a user name and a password (kubernetes.io/basic-auth)
    BasicAuth(BasicAuthArguments),
    /// Seal a certificate and its private key (kubernetes.io/tls)
    Tls(TlsArguments),
    /// What the platform needs: what is sealed of it, what is not, and what to type next
    List(ListArguments),
    /// Check that everything the platform needs is sealed, and can be opened
    ///
    /// Exits with 1 where something is missing or has another type, or the certificate has expired; with --offline-key
    /// also where something can't be opened. Warns of what nobody reads.
    Verify(VerifyArguments),
    /// Let the controller encrypt secrets anew with its newest key
    ///
    /// The plaintexts stay the same, and never leave the cluster. To change a plaintext, set it again.
    Rotate(RotateArguments),
    /// Seal keys with the present certificate that are sealed with an older one; without a NAME, list them
    ///
    /// For what `rotate` can't do: after the loss of a cluster the plaintexts have to be given again. Exits with 1
    /// where the list is not empty.
    Reseal(ResealArguments),
    /// The certificate that secrets are sealed with
    Cert(CertArguments),
    /// Make a key pair for a cluster that is not there yet
    ///
    /// The certificate goes to values/certs/ENV.pem; the private key, and a manifest that hands it to the
    /// controller, to .supercargo/keys/, which Git ignores. Nothing is overwritten.
    Init(InitArguments),
    /// Open sealed secrets with private keys, to recover what is lost
    ///
    /// Prints Secrets in plaintext.
    Unseal(UnsealArguments),
}

/// Which secret, and what is not secret about it.
#[derive(Debug, Args)]
pub(crate) struct TargetArguments {
    #[command(flatten)]
    pub(crate) environment: OneEnvironment,
    /// The Secret
    #[arg(value_name = "NAMESPACE/NAME")]
    pub(crate) id: String,
    /// What the ciphertext is bound to [default: as it is, or strict]
    #[arg(long, value_name = "SCOPE")]
    pub(crate) scope: Option<Scope>,
    /// A label of the Secret; repeatable
    #[arg(long = "label", value_name = "KEY=VALUE")]
    pub(crate) labels: Vec<String>,
    /// An annotation of the Secret; repeatable
    #[arg(long = "annotation", value_name = "KEY=VALUE")]
    pub(crate) annotations: Vec<String>,
    /// Seal an empty value, too
    #[arg(long)]
    pub(crate) allow_empty: bool,
}

/// Where the plaintexts of keys come from.
#[derive(Debug, Args)]
pub(crate) struct SourceArguments {
    /// A key whose plaintext is asked for, or comes from standard input
    #[arg(value_name = "KEY")]
    pub(crate) keys: Vec<String>,
    /// A file, byte for byte; its name is the key unless one is given; repeatable
    #[arg(long, value_name = "[KEY=]PATH")]
    pub(crate) from_file: Vec<String>,
    /// An environment variable; repeatable
    #[arg(long, value_name = "KEY=VARIABLE")]
    pub(crate) from_env: Vec<String>,
    /// A file of lines KEY=VALUE, each of which becomes a key; repeatable
    #[arg(long, value_name = "PATH")]
    pub(crate) from_env_file: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    pub(crate) environment: OneEnvironment,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    #[command(flatten)]
    pub(crate) environment: OneEnvironment,
    /// A file of private keys to open everything with: PEM, or Secrets as kubectl prints them; repeatable
    #[arg(long = "offline-key", value_name = "FILE")]
    pub(crate) keys: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SetArguments {
    #[command(flatten)]
    pub(crate) target: TargetArguments,
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
    /// The type of the Secret [default: as it is, or Opaque]
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) kind: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DockerRegistryArguments {
    #[command(flatten)]
    pub(crate) target: TargetArguments,
    /// The registry
    #[arg(long, value_name = "URL", default_value = "https://index.docker.io/v1/")]
    pub(crate) docker_server: String,
    /// The e-mail address, which hardly any registry asks for
    #[arg(long, value_name = "EMAIL")]
    pub(crate) docker_email: Option<String>,
    /// The user name
    #[arg(long, value_name = "NAME", conflicts_with = "username_env", required_unless_present = "username_env")]
    pub(crate) docker_username: Option<String>,
    /// An environment variable that holds the user name, where that is a secret, too
    #[arg(long, value_name = "VARIABLE")]
    pub(crate) username_env: Option<String>,
    #[command(flatten)]
    pub(crate) password: PasswordArguments,
}

#[derive(Debug, Args)]
pub(crate) struct BasicAuthArguments {
    #[command(flatten)]
    pub(crate) target: TargetArguments,
    /// The user name
    #[arg(long, value_name = "NAME", conflicts_with = "username_env", required_unless_present = "username_env")]
    pub(crate) username: Option<String>,
    /// An environment variable that holds the user name, where that is a secret, too
    #[arg(long, value_name = "VARIABLE")]
    pub(crate) username_env: Option<String>,
    #[command(flatten)]
    pub(crate) password: PasswordArguments,
}

/// Where a password comes from; a prompt or standard input if nothing is said.
#[derive(Debug, Args)]
pub(crate) struct PasswordArguments {
    /// A file that holds the password, byte for byte [default: a prompt, or standard input]
    #[arg(long, value_name = "PATH", conflicts_with = "password_env")]
    pub(crate) password_file: Option<PathBuf>,
    /// An environment variable that holds the password
    #[arg(long, value_name = "VARIABLE")]
    pub(crate) password_env: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct TlsArguments {
    #[command(flatten)]
    pub(crate) target: TargetArguments,
    /// The certificate as PEM, its chain behind it
    #[arg(long, value_name = "PATH")]
    pub(crate) cert: PathBuf,
    /// Its private key as PEM
    #[arg(long, value_name = "PATH")]
    pub(crate) key: PathBuf,
}

/// How a running controller is asked.
#[derive(Debug, Args)]
pub(crate) struct KubectlArguments {
    /// The kubectl to call
    #[arg(long, value_name = "PATH", default_value = "kubectl", env = "SUPERCARGO_KUBECTL")]
    pub(crate) kubectl: PathBuf,
    /// The context of the cluster [default: kubectl's current one]
    #[arg(long, value_name = "NAME")]
    pub(crate) context: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RotateArguments {
    #[command(flatten)]
    pub(crate) environment: OneEnvironment,
    /// The secrets to encrypt anew [default: all that are not sealed with the present certificate]
    #[arg(value_name = "NAMESPACE/NAME")]
    pub(crate) ids: Vec<String>,
    #[command(flatten)]
    pub(crate) kubectl: KubectlArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ResealArguments {
    #[command(flatten)]
    pub(crate) environment: OneEnvironment,
    /// The Secret [default: list what remains]
    #[arg(value_name = "NAMESPACE/NAME")]
    pub(crate) id: Option<String>,
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
    /// Seal an empty value, too
    #[arg(long)]
    pub(crate) allow_empty: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CertArguments {
    #[command(subcommand)]
    pub(crate) command: CertCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CertCommand {
    /// Get the controller's newest certificate through kubectl, and store it as values/certs/ENV.pem
    Fetch(FetchArguments),
    /// Tell what the certificate is, and how long it is valid; exits with 1 where it is not valid now
    Show(ShowArguments),
}

#[derive(Debug, Args)]
pub(crate) struct FetchArguments {
    #[command(flatten)]
    pub(crate) environment: OneEnvironment,
    #[command(flatten)]
    pub(crate) kubectl: KubectlArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    #[command(flatten)]
    pub(crate) environment: OneEnvironment,
}

#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    #[command(flatten)]
    pub(crate) environment: OneEnvironment,
    /// How long the certificate is valid; the controller opens what was sealed with it for ever
    #[arg(long, value_name = "DAYS", default_value = "3650", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub(crate) days: u32,
}

#[derive(Debug, Args)]
pub(crate) struct UnsealArguments {
    #[command(flatten)]
    pub(crate) environment: OneEnvironment,
    /// The secrets to open [default: all]
    #[arg(value_name = "NAMESPACE/NAME")]
    pub(crate) ids: Vec<String>,
    /// A file of private keys: PEM, or Secrets as kubectl prints them; repeatable
    #[arg(long = "key", value_name = "FILE", required = true)]
    pub(crate) keys: Vec<String>,
    /// Write to a file that Git ignores, with mode 0600, instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<String>,
}

/// What a ciphertext is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scope {
    /// Namespace and name
    Strict,
    /// Namespace
    NamespaceWide,
    /// Nothing
    ClusterWide,
}

impl From<Scope> for SealingScope {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::Strict => Self::Strict,
            Scope::NamespaceWide => Self::NamespaceWide,
            Scope::ClusterWide => Self::ClusterWide,
        }
    }
}
