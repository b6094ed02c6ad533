//! What the platform delivers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod container;
mod pipeline;
mod remote_task;

pub use container::{Probe, Probes, ResourceAmounts, Resources};
pub use pipeline::{Images, Language, Pipeline, Scan, Severity};
pub use remote_task::{GitTask, RemoteTask};

use super::{SecretReference, yes};
use crate::model::image::ImageReference;
use crate::model::map::NamedMap;
use crate::model::names::{DnsLabel, EnvName, Namespace, PoolName, ResourceName, SourcePath};
use crate::model::network::{HostOrLabel, HttpPath, Port};
use crate::model::schedule::SyncWave;
use crate::model::secrets::SecretNeed;
use crate::model::source::{GitRevision, GitUrl};

/// An application that the platform delivers.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Application {
    /// Whether it is deployed. Default: true.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Where its code and its kustomize base are.
    pub source: Source,
    /// The image that runs. A digest makes it certain which one that is.
    pub image: ImageReference,
    /// The port that the container listens on.
    pub port: Port,
    /// Its public host: a label before `platform.domain`, or a full name. Default: not reachable from outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<HostOrLabel>,
    /// Whether a login stands before its host. Default: false.
    #[serde(default)]
    pub protected: bool,
    /// How many copies run. Default: 1, or what `autoscaling` decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas: Option<u32>,
    /// Lets the load decide how many copies run, instead of `replicas`; needs a CPU request. Default: off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autoscaling: Option<Autoscaling>,
    /// What each copy asks for, and what it gets at most. Default: nothing is set.
    #[serde(default)]
    pub resources: Resources,
    /// Environment variables in plain text. Default: none.
    #[serde(default)]
    pub env: NamedMap<EnvName, String>,
    /// Environment variables whose value is in a Secret. Default: none.
    #[serde(default)]
    pub secret_env: NamedMap<EnvName, SecretReference>,
    /// How Kubernetes asks whether a copy is well. Default: what the kustomize base says.
    #[serde(default)]
    pub probes: Probes,
    /// The Secret with the login at a private image registry, in the application's namespace. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull_secret: Option<ResourceName>,
    /// Where Prometheus finds metrics, if monitoring is installed; `{}` for the usual path. Default: nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<Metrics>,
    /// Who reaches it inside the cluster. Default: its ingress and Prometheus.
    #[serde(default)]
    pub network_policy: NetworkPolicy,
    /// The namespace that it runs in. Default: the application's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<Namespace>,
    /// How a push to its repository becomes a new version. Default: new versions are set by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<Pipeline>,
    /// When it is synced, lowest first. Default: 10.
    #[serde(default = "default_wave")]
    pub wave: SyncWave,
    /// The node pool that it runs on. Default: workloads.
    #[serde(default = "default_pool")]
    pub pool: PoolName,
}

/// Where the code of an application is: a path in the platform's own repository, or a repository of its own.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Source {
    /// The folder of the application. Needed unless `repository` is set; then the default is the repository's root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<SourcePath>,
    /// The repository of the application. Default: the platform's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<GitUrl>,
    /// What of that repository is delivered; only beside `repository`. Default: its main branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<GitRevision>,
}

/// How many copies run, by what they do.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Autoscaling {
    /// The fewest copies.
    #[schemars(range(min = 1))]
    pub min: u32,
    /// The most.
    #[schemars(range(min = 1))]
    pub max: u32,
    /// How much of the requested processor time they use on average, in percent, before one more is started. Default: 80.
    #[serde(default = "default_cpu")]
    #[schemars(range(min = 1, max = 1000))]
    pub cpu: u32,
}

/// Where Prometheus asks for metrics, at the application's port.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Metrics {
    /// The path that is asked for. Default: /metrics.
    #[serde(default = "default_metrics_path")]
    pub path: HttpPath,
}

/// Who reaches the application inside the cluster.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NetworkPolicy {
    /// Whether only those reach it that have to: the ingress controller, Prometheus, and `from`. Default: true.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Further namespaces whose pods reach it, its own among them. Default: none.
    #[serde(default)]
    pub from: Vec<Namespace>,
}

impl Default for NetworkPolicy {
    fn default() -> Self {
        Self { enabled: yes(), from: Vec::new() }
    }
}

impl Application {
    /// What an application consists of, each an Argo CD Application that is called `<name>-<part>`.
    pub(in crate::model) const PARTS: [&str; 2] = ["deployment", "delivery"];

    /// The namespace that the application called `name` runs in.
    pub fn namespace_of(&self, name: &DnsLabel) -> Namespace {
        self.namespace.clone().unwrap_or_else(|| name.into())
    }

    /// The Secrets that the application called `name` reads.
    pub(in crate::model) fn secrets(&self, name: &DnsLabel) -> Vec<SecretNeed> {
        let namespace = self.namespace_of(name);
        let variables = self.secret_env.iter().map(|(variable, reference)| {
            SecretNeed::new(&namespace, &reference.secret, &format!("environment variables of {name}"))
                .key(reference.key.as_str(), &format!("the variable {variable}"))
                .from(format!("whoever runs what {name} talks to"))
        });
        let login = self.pull_secret.iter().map(|secret| {
            SecretNeed::registry_login(&namespace, secret, &format!("image of {name}"))
                .from(format!("a login that may read at the registry of {}", self.image.repository()))
        });
        variables.chain(login).collect()
    }
}

fn default_cpu() -> u32 {
    80
}

fn default_metrics_path() -> HttpPath {
    super::constant("/metrics")
}

fn default_wave() -> SyncWave {
    super::wave(10)
}

fn default_pool() -> PoolName {
    super::constant("workloads")
}
