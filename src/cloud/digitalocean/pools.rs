//! Pools of nodes of a cluster.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::answer::nullable;
use super::clusters::Status;
use super::{Call, DigitalOcean};
use crate::cloud::Error;
use crate::http::Method;

/// The longest name of a pool that the API takes.
pub const LONGEST_NAME: usize = 55;

/// A pool as the API reports it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Pool {
    /// How the API knows it.
    pub id: String,
    /// Its name, which others of the cluster may have as well.
    pub name: String,
    /// The slug of the size of its nodes.
    #[serde(deserialize_with = "nullable")]
    pub size: String,
    /// How many nodes it has to have now.
    #[serde(deserialize_with = "nullable")]
    pub count: u32,
    /// Its tags, also those of the service; `None` where the token may not read tags.
    pub tags: Option<Vec<String>>,
    /// The labels of its nodes.
    #[serde(deserialize_with = "nullable")]
    pub labels: BTreeMap<String, String>,
    /// The taints of its nodes.
    #[serde(deserialize_with = "nullable")]
    pub taints: Vec<Taint>,
    /// Whether the autoscaler decides about `count`.
    #[serde(deserialize_with = "nullable")]
    pub auto_scale: bool,
    /// The fewest nodes; 0 where nothing scales.
    #[serde(deserialize_with = "nullable")]
    pub min_nodes: u32,
    /// The most nodes; 0 where nothing scales.
    #[serde(deserialize_with = "nullable")]
    pub max_nodes: u32,
    /// The nodes that it has.
    #[serde(deserialize_with = "nullable")]
    pub nodes: Vec<Node>,
}

/// A taint, which keeps away who does not tolerate it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Taint {
    /// Its key.
    pub key: String,
    /// Its value.
    #[serde(deserialize_with = "nullable")]
    pub value: String,
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    #[serde(deserialize_with = "nullable")]
    pub effect: String,
}

/// A node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Node {
    /// How the API knows it.
    #[serde(deserialize_with = "nullable")]
    pub id: String,
    /// The machine that it is; a space or nothing while there is none.
    #[serde(deserialize_with = "nullable")]
    pub droplet_id: String,
    /// How it is: `provisioning`, `running`, `draining`, `deleting`.
    #[serde(deserialize_with = "nullable")]
    pub status: Status,
}

/// A pool to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPool {
    /// The slug of the size of its nodes, which stays.
    pub size: String,
    /// What may be changed later as well.
    #[serde(flatten)]
    pub settings: PoolSettings,
}

/// What may be changed of a pool: all of it, since lists and maps replace what was there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolSettings {
    /// Its name.
    pub name: String,
    /// How many nodes it has. Not for a pool that scales by itself: it would be reset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// Its tags, without those of the service.
    pub tags: Vec<String>,
    /// The labels of its nodes.
    pub labels: BTreeMap<String, String>,
    /// The taints of its nodes.
    pub taints: Vec<Taint>,
    /// Whether the autoscaler decides about `count`.
    pub auto_scale: bool,
    /// The fewest nodes, where it scales.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_nodes: Option<u32>,
    /// The most nodes, where it scales.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_nodes: Option<u32>,
}

fn below<'a>(cluster: &'a str, pool: Option<&'a str>) -> Vec<&'a str> {
    ["kubernetes", "clusters", cluster, "node_pools"].into_iter().chain(pool).collect()
}

/// Lists the pools of a cluster.
pub fn list(cluster: &str) -> Call {
    Call::new(Method::Get, &below(cluster, None), "kubernetes:read", "list the node pools")
}

/// Reads a pool.
pub fn get(cluster: &str, id: &str) -> Call {
    Call::new(Method::Get, &below(cluster, Some(id)), "kubernetes:read", "read the node pool")
}

/// Makes a pool.
pub fn create(cluster: &str, new: &NewPool) -> Call {
    let what = format!("create the node pool `{}`", new.settings.name);
    Call::new(Method::Post, &below(cluster, None), "kubernetes:create", what).body(new)
}

/// Changes a pool.
pub fn update(cluster: &str, id: &str, settings: &PoolSettings) -> Call {
    let what = format!("change the node pool `{}`", settings.name);
    Call::new(Method::Put, &below(cluster, Some(id)), "kubernetes:update", what).body(settings)
}

/// Deletes a pool with its nodes, which are drained before.
pub fn delete(cluster: &str, id: &str) -> Call {
    Call::new(Method::Delete, &below(cluster, Some(id)), "kubernetes:delete", "delete the node pool")
}

impl DigitalOcean {
    /// The pools of a cluster.
    pub fn pools(&self, cluster: &str) -> Result<Vec<Pool>, Error> {
        let call = list(cluster);
        let response = self.send(&call)?;
        // This list has no pages.
        super::answer::page(&response, "node_pools").map(|page| page.objects).map_err(|source| call.failed(source))
    }

    /// A pool.
    pub fn pool(&self, cluster: &str, id: &str) -> Result<Pool, Error> {
        self.one(&get(cluster, id), "node_pool")
    }

    /// Makes a pool, whose nodes come after the answer.
    pub fn create_pool(&self, cluster: &str, new: &NewPool) -> Result<Pool, Error> {
        self.one(&create(cluster, new), "node_pool")
    }

    /// Changes a pool.
    pub fn update_pool(&self, cluster: &str, id: &str, settings: &PoolSettings) -> Result<Pool, Error> {
        self.one(&update(cluster, id, settings), "node_pool")
    }

    /// Deletes a pool, whose nodes go after the answer.
    pub fn delete_pool(&self, cluster: &str, id: &str) -> Result<(), Error> {
        self.act(&delete(cluster, id))
    }
}
