//! What the cloud and the identity provider told us when they were set up: written by commands, read by templates.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::map::NamedMap;
use crate::model::names::{CloudId, DnsLabel, Fingerprint, PoolName, RegionSlug};
use crate::model::network::{Host, WebUrl};
use crate::model::source::KubernetesVersion;

/// What setting up taught us. Nothing in it is secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Outputs {
    /// The project that everything belongs to. Default: not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<CloudId>,
    /// The private network, where the environment has one of its own. Default: not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpc: Option<CloudId>,
    /// The cluster. Default: not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<ClusterOutputs>,
    /// The node pools by the names that the values give them. Default: none.
    #[serde(default)]
    pub node_pools: NamedMap<PoolName, PoolOutputs>,
    /// The buckets by the names that the values know them by. Default: none.
    #[serde(default)]
    pub buckets: NamedMap<DnsLabel, BucketOutputs>,
    /// The domain. Default: not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<DomainOutputs>,
    /// The clients at the identity provider, by their names. Default: none.
    #[serde(default)]
    pub clients: NamedMap<DnsLabel, CloudId>,
}

/// What is known of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClusterOutputs {
    /// Its id.
    pub id: CloudId,
    /// Its name.
    pub name: DnsLabel,
    /// Its region.
    pub region: RegionSlug,
    /// The version that runs.
    pub version: KubernetesVersion,
    /// Where its API is.
    pub endpoint: WebUrl,
    /// The context of `kubectl` that leads there.
    pub context: DnsLabel,
}

/// What is known of a node pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PoolOutputs {
    /// Its id.
    pub id: CloudId,
    /// The name that it has in the cloud: another one than in the values after its size was changed.
    pub name: PoolName,
}

/// What is known of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BucketOutputs {
    /// The host that serves it.
    pub host: Host,
    /// Its access keys by who uses them: the beginning of the SHA-256 of each key's id, so that a key is recognised
    /// that was sealed. Default: none.
    #[serde(default)]
    pub keys: NamedMap<DnsLabel, Fingerprint>,
}

/// What is known of the domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DomainOutputs {
    /// Its name.
    pub name: Host,
    /// The name servers that its registrar has to name.
    pub name_servers: Vec<Host>,
}
