//! The values of one environment, merged from all its layers and typed.
//!
//! The doc comments in here are what editors show: they become the descriptions of the schema. Every default is part
//! of the types, so that a template never has to invent one; versions have none, and stand in the values.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod applications;
mod charts;
mod cluster;
mod identity;
mod outputs;
mod platform;
mod policies;
mod sealed;
pub mod services;

pub use applications::{
    Application, Autoscaling, GitTask, Images, Language, Metrics, NetworkPolicy, Pipeline, Probe, Probes, RemoteTask,
    ResourceAmounts, Resources, Scan, Severity, Source,
};
pub use charts::Chart;
pub use cluster::{Cluster, ClusterRanges, Maintenance, MaintenanceDay, NodePool, Vpc};
pub use identity::{Endpoints, Groups, Identity, IdentityClient, Provider};
pub use outputs::{BucketOutputs, ClusterOutputs, DomainOutputs, Outputs, PoolOutputs};
pub use platform::{
    Bucket, BucketKey, BucketPermission, CaaTag, CorsMethod, CorsRule, Dns, DnsRecord, Lifecycle, Platform, RecordType,
    Repository, Storage,
};
pub use policies::{Exception, ImageDigests, Policies, ResourcePattern, SeverityChoice};
pub use sealed::{SealedSecret, SealingScope};
pub use services::{ServiceRef, Services};

use super::map::NamedMap;
use super::names::{DnsLabel, ResourceName, SealedName, SecretKey};

/// The values of one environment.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Values {
    /// What the whole platform shares: its name, domain, repository and registry.
    pub platform: Platform,
    /// The Kubernetes cluster and its node pools.
    pub cluster: Cluster,
    /// Spaces buckets. Default: none.
    #[serde(default)]
    pub storage: Storage,
    /// The domain at `DigitalOcean` and records beyond those that external-dns writes. Default: not managed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dns: Option<Dns>,
    /// Who may log in, and as what.
    pub identity: Identity,
    /// The platform's services. One that has no section here is off.
    #[serde(default)]
    pub services: Services,
    /// Further Helm charts by name, each installed as it is. Default: none.
    #[serde(default)]
    pub charts: NamedMap<DnsLabel, Chart>,
    /// The applications that the platform delivers, by name. Default: none.
    #[serde(default)]
    pub applications: NamedMap<DnsLabel, Application>,
    /// Sealed secrets by `namespace/name`. `render seal` writes them to `values/sealed/<env>.yaml`; they are not for
    /// editing by hand. Default: none.
    #[serde(default)]
    pub sealed: NamedMap<SealedName, SealedSecret>,
    /// What the cloud and the identity provider told us. `render cloud apply` and `render identity apply` write it to
    /// `values/outputs/<env>.yaml`; it is not for editing by hand. Default: nothing yet.
    #[serde(default)]
    pub outputs: Outputs,
    /// What is asked of what is rendered, and exceptions from that. Default: what is asked of a place to try things.
    #[serde(default)]
    pub policies: Policies,
}

/// One key of a Kubernetes Secret. It names the secret and never holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretReference {
    /// The Secret's name, in the namespace of whoever uses it.
    pub secret: ResourceName,
    /// The key within it.
    pub key: SecretKey,
}

/// The default of switches that are on unless they are switched off.
pub(super) const fn yes() -> bool {
    true
}

/// A constant of a scalar type, for defaults. Its text is a literal of this crate, which the tests deserialise.
#[expect(clippy::expect_used, reason = "defaults are literals, and a test builds each of them")]
pub(super) fn constant<T: super::TextScalar>(text: &'static str) -> T {
    T::parse(text).expect("a default must follow its own grammar")
}

/// The same for numbers.
#[expect(clippy::expect_used, reason = "defaults are literals, and a test builds each of them")]
pub(super) fn wave(number: i64) -> super::schedule::SyncWave {
    super::schedule::SyncWave::new(number).expect("a default wave must be in range")
}

#[cfg(test)]
pub(in crate::model) mod tests;
