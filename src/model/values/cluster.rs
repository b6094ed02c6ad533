//! The Kubernetes cluster and its node pools.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::yes;
use crate::model::map::NamedMap;
use crate::model::names::{CloudTag, DnsLabel, LabelKey, LabelValue, PoolName, RegionSlug, SizeSlug};
use crate::model::network::{AddressOrCidr, Cidr};
use crate::model::schedule::TimeOfDay;
use crate::model::source::KubernetesVersion;

/// The Kubernetes cluster.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cluster {
    /// Its name. Default: the platform's name, a hyphen and the environment's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<DnsLabel>,
    /// The region that the cluster runs in; it cannot be changed later.
    pub region: RegionSlug,
    /// The Kubernetes version. A minor release stands for its newest patch at the time of creation.
    pub version: KubernetesVersion,
    /// Whether the control plane runs on several machines. It can be switched on later, but never off. Default: false.
    #[serde(default)]
    pub high_availability: bool,
    /// Whether patches of Kubernetes are installed by themselves, in the maintenance window. Default: false.
    #[serde(default)]
    pub auto_upgrade: bool,
    /// Whether an upgrade adds nodes before it takes old ones away. Default: true.
    #[serde(default = "yes")]
    pub surge_upgrade: bool,
    /// A private network of its own. Default: the one that the region has by itself. It cannot be changed later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpc: Option<Vpc>,
    /// The networks of pods and services; neither can be changed later. Default: `DigitalOcean` picks them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ranges: Option<ClusterRanges>,
    /// Who reaches the Kubernetes API. Default: everybody, with credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_access: Option<Vec<AddressOrCidr>>,
    /// Whether the cluster may pull from the account's container registry without a secret. Default: not managed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry_access: Option<bool>,
    /// When `DigitalOcean` may work on the cluster. Default: it picks the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance: Option<Maintenance>,
    /// Tags of the cluster and of what belongs to it. Default: none.
    #[serde(default)]
    pub tags: Vec<CloudTag>,
    /// The pools of nodes by name. At least one must not be dedicated: the cluster's own workloads tolerate no taint.
    pub node_pools: NamedMap<PoolName, NodePool>,
}

/// A private network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Vpc {
    /// Its name. Default: that of the cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<DnsLabel>,
    /// Its addresses, of the private ranges (RFC 1918), from /16 to /28. Default: `DigitalOcean` picks a /20.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<Cidr>,
}

/// The networks inside a cluster. They must not overlap the private network that it stands in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClusterRanges {
    /// Where pods get their addresses from.
    pub pods: Cidr,
    /// Where services get theirs from.
    pub services: Cidr,
}

/// The weekly window of four hours in which `DigitalOcean` may work on the cluster.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Maintenance {
    /// The day on which the window opens, or `any`.
    pub day: MaintenanceDay,
    /// When it opens, in UTC.
    pub start: TimeOfDay,
}

/// A day of the week, or any of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it all")]
pub enum MaintenanceDay {
    Any,
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// A pool of equal nodes.
///
/// Each node carries the label `pool: <name>`, and placement selects by it. `doks.digitalocean.com/node-pool`, which
/// the cloud adds, holds the name that the pool has there: a pool cannot change its size in place, and the one that
/// takes over while both exist has another name. A label of our own says what the nodes are for, on any cloud.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodePool {
    /// The slug of the Droplet size of each node.
    pub size: SizeSlug,
    /// The lowest number of nodes.
    pub min: u32,
    /// The highest number of nodes. Where it equals `min`, nothing scales.
    #[schemars(range(min = 1))]
    pub max: u32,
    /// Whether only those run here who tolerate the taint `<pool>=true:NoSchedule`. Default: false.
    #[serde(default)]
    pub dedicated: bool,
    /// Labels of each node, beside `pool: <name>`. Default: none.
    #[serde(default)]
    pub labels: NamedMap<LabelKey, LabelValue>,
}
