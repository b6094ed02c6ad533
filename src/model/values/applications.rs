//! What the platform delivers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod pipeline;

pub use pipeline::{Images, Language, Pipeline, Scan, Severity};

use super::{SecretReference, yes};
use crate::model::image::ImageReference;
use crate::model::map::NamedMap;
use crate::model::names::{DnsLabel, EnvName, Namespace, PoolName, SourcePath};
use crate::model::network::{HostOrLabel, HttpPath, Port};
use crate::model::quantity::Quantity;
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
    /// How many copies run. Default: 1.
    #[serde(default = "one")]
    pub replicas: u32,
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

/// What a container asks for, and what it gets at most.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resources {
    /// What the scheduler sets aside. Default: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<ResourceAmounts>,
    /// The most that it gets. Default: no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<ResourceAmounts>,
}

/// Amounts of what a container uses.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResourceAmounts {
    /// Processor time in cores: `250m` is a quarter of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Quantity>,
    /// Memory in bytes: `512Mi` is half a gibibyte.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Quantity>,
    /// Disk space of logs and scratch files in bytes.
    #[serde(default, rename = "ephemeral-storage", skip_serializing_if = "Option::is_none")]
    pub ephemeral_storage: Option<Quantity>,
}

/// How Kubernetes asks whether a container is well, each by an HTTP request to the application's port.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Probes {
    /// Whether it has started; the others wait for that. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub startup: Option<Probe>,
    /// Whether it may get requests. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readiness: Option<Probe>,
    /// Whether it must be restarted. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub liveness: Option<Probe>,
}

/// One HTTP probe. Defaults are those of Kubernetes.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Probe {
    /// The path that is asked for.
    pub path: HttpPath,
    /// Seconds before the first request. Default: 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_delay_seconds: Option<u32>,
    /// Seconds between two requests. Default: 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub period_seconds: Option<u32>,
    /// Seconds until a request counts as failed. Default: 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub timeout_seconds: Option<u32>,
    /// Failures in a row that are needed. Default: 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub failure_threshold: Option<u32>,
}

impl Application {
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
        variables.collect()
    }
}

fn one() -> u32 {
    1
}

fn default_wave() -> SyncWave {
    super::wave(10)
}

fn default_pool() -> PoolName {
    super::constant("workloads")
}
