//! What a step has to do, as data that can be stored: a family for each kind of resource. None holds a secret.

use serde::{Deserialize, Serialize};

use super::buckets::BucketOperation;
use super::clusters::ClusterOperation;
use super::domains::DomainOperation;
use super::keys::KeyOperation;
use super::pools::PoolOperation;
use super::projects::ProjectOperation;
use super::registry::RegistryOperation;
use super::vpcs::VpcOperation;

/// What a step has to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// About the project, and what is in it.
    Project(ProjectOperation),
    /// About the network.
    Vpc(VpcOperation),
    /// About the cluster.
    Cluster(ClusterOperation),
    /// About a pool of nodes.
    Pool(PoolOperation),
    /// About the cluster's access to the registry.
    Registry(RegistryOperation),
    /// About a bucket.
    Bucket(BucketOperation),
    /// About an access key to a bucket.
    Key(KeyOperation),
    /// About the domain and its records.
    Domain(DomainOperation),
}

impl Operation {
    /// Whether the step is told a secret that has to be sealed.
    pub fn seals(&self) -> bool {
        matches!(self, Self::Key(KeyOperation::Renew { .. }))
    }
}
