//! Clusters of Kubernetes: their life, versions, access, and what belongs to them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::answer::{self, filled, nullable};
use super::options::Version;
use super::pools::{NewPool, Pool};
use super::{Call, DigitalOcean};
use crate::cloud::Error;
use crate::http::{Method, Secret};

/// A cluster as the API reports it.
#[expect(clippy::struct_excessive_bools, reason = "they are the API's")]
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Cluster {
    /// How the API knows it.
    pub id: String,
    /// Its name, which others may have as well.
    pub name: String,
    /// The slug of its region.
    #[serde(deserialize_with = "nullable")]
    pub region: String,
    /// The whole name of its version: `1.35.6-do.1`.
    #[serde(deserialize_with = "nullable")]
    pub version: String,
    /// The network that it is in.
    #[serde(deserialize_with = "filled")]
    pub vpc_uuid: Option<String>,
    /// The range of its pods.
    #[serde(deserialize_with = "filled")]
    pub cluster_subnet: Option<String>,
    /// The range of its services.
    #[serde(deserialize_with = "filled")]
    pub service_subnet: Option<String>,
    /// The address of its API; none while it is made.
    #[serde(deserialize_with = "filled")]
    pub endpoint: Option<String>,
    /// Its tags in any spelling, also those of the service; `None` where the token may not read tags.
    pub tags: Option<Vec<String>>,
    /// Its pools of nodes.
    #[serde(deserialize_with = "nullable")]
    pub node_pools: Vec<Pool>,
    /// When the service may work on it.
    pub maintenance_policy: Option<MaintenancePolicy>,
    /// Whether it takes new patches by itself.
    #[serde(deserialize_with = "nullable")]
    pub auto_upgrade: bool,
    /// Whether an upgrade brings new nodes before it takes old ones.
    #[serde(deserialize_with = "nullable")]
    pub surge_upgrade: bool,
    /// Whether its control plane runs on several machines.
    #[serde(deserialize_with = "nullable")]
    pub ha: bool,
    /// Whether it may pull images of the account's registry.
    #[serde(deserialize_with = "nullable")]
    pub registry_enabled: bool,
    /// The registries that it may pull from, where the account has several.
    #[serde(deserialize_with = "nullable")]
    pub registries: Vec<String>,
    /// Who may reach the control plane.
    pub control_plane_firewall: Option<Firewall>,
    /// How the autoscaler decides.
    pub cluster_autoscaler_configuration: Option<Autoscaler>,
    /// How it is.
    #[serde(deserialize_with = "nullable")]
    pub status: Status,
    /// When it was made (RFC 3339).
    #[serde(deserialize_with = "nullable")]
    pub created_at: String,
    /// When it was changed last (RFC 3339).
    #[serde(deserialize_with = "nullable")]
    pub updated_at: String,
    /// What else it says: the switches of its add-ons, for example.
    #[serde(flatten)]
    pub others: BTreeMap<String, Value>,
}

/// The weekly window for maintenance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MaintenancePolicy {
    /// When it opens, `HH:MM` in UTC.
    #[serde(deserialize_with = "nullable")]
    pub start_time: String,
    /// `any`, or a day of the week in lower case.
    #[serde(deserialize_with = "nullable")]
    pub day: String,
}

/// Who may reach the control plane.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Firewall {
    /// Whether anybody is kept out.
    #[serde(deserialize_with = "nullable")]
    pub enabled: bool,
    /// Addresses and ranges that are let in.
    #[serde(deserialize_with = "nullable")]
    pub allowed_addresses: Vec<String>,
}

/// How the autoscaler decides.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Autoscaler {
    /// The share of a node's use below which it may go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale_down_utilization_threshold: Option<f64>,
    /// How long it stays below that before: `1m30s`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale_down_unneeded_time: Option<String>,
    /// How it picks the pool that grows: `random`, `priority`, `least_waste`.
    #[serde(deserialize_with = "nullable")]
    pub expanders: Vec<String>,
}

/// How something is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Status {
    /// `provisioning`, `running`, `upgrading`, `degraded`, `error`, `deleting`, `deleted`, or what is new.
    #[serde(deserialize_with = "nullable")]
    pub state: String,
    /// What the service says of it.
    #[serde(deserialize_with = "nullable")]
    pub message: String,
}

/// A cluster to make.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewCluster {
    /// Its name.
    pub name: String,
    /// The slug of its region.
    pub region: String,
    /// The whole name of its version.
    pub version: String,
    /// The network to be in; the region's own without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpc_uuid: Option<String>,
    /// The range of its pods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster_subnet: Option<String>,
    /// The range of its services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_subnet: Option<String>,
    /// Its pools, at least one with at least one node.
    pub node_pools: Vec<NewPool>,
    /// What may be changed later as well.
    #[serde(flatten)]
    pub settings: ClusterSettings,
}

/// What may be changed of a cluster. What is `None` stays as it is; what is there replaces the old value as a whole.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClusterSettings {
    /// Its tags, without those of the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// When the service may work on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maintenance_policy: Option<MaintenancePolicy>,
    /// Whether it takes new patches by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_upgrade: Option<bool>,
    /// Whether an upgrade brings new nodes before it takes old ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surge_upgrade: Option<bool>,
    /// Whether its control plane runs on several machines; never off again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ha: Option<bool>,
    /// Who may reach the control plane.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_plane_firewall: Option<Firewall>,
    /// How the autoscaler decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_autoscaler_configuration: Option<Autoscaler>,
}

/// Something that a cluster brought along, and that outlives it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Associated {
    /// How the API knows it.
    pub id: String,
    /// Its name.
    #[serde(deserialize_with = "nullable")]
    pub name: String,
}

/// What a cluster brought along.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AssociatedResources {
    /// Load balancers of its services.
    #[serde(deserialize_with = "nullable")]
    pub load_balancers: Vec<Associated>,
    /// Volumes of its claims: they hold data.
    #[serde(deserialize_with = "nullable")]
    pub volumes: Vec<Associated>,
    /// Snapshots of volumes.
    #[serde(deserialize_with = "nullable")]
    pub volume_snapshots: Vec<Associated>,
}

/// The ids of what goes together with a cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// Load balancers.
    pub load_balancers: Vec<String>,
    /// Volumes.
    pub volumes: Vec<String>,
    /// Snapshots of volumes.
    pub volume_snapshots: Vec<String>,
}

/// Something that the service says about a cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct StatusMessage {
    /// The text.
    #[serde(deserialize_with = "nullable")]
    pub message: String,
    /// When it was said (RFC 3339).
    #[serde(deserialize_with = "nullable")]
    pub timestamp: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Upgrades {
    #[serde(deserialize_with = "nullable")]
    available_upgrade_versions: Vec<Version>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Messages {
    #[serde(deserialize_with = "nullable")]
    messages: Vec<StatusMessage>,
}

const CLUSTERS: [&str; 2] = ["kubernetes", "clusters"];

fn of(method: Method, id: &str, below: &[&str], scope: &'static str, what: &str) -> Call {
    Call::new(method, &[&CLUSTERS[..], &[id], below].concat(), scope, what)
}

/// Lists all clusters.
pub fn list() -> Call {
    Call::new(Method::Get, &CLUSTERS, "kubernetes:read", "list the clusters")
}

/// Reads a cluster.
pub fn get(id: &str) -> Call {
    of(Method::Get, id, &[], "kubernetes:read", "read the cluster")
}

/// Makes a cluster.
pub fn create(new: &NewCluster) -> Call {
    let what = format!("create the cluster `{}`", new.name);
    Call::new(Method::Post, &CLUSTERS, "kubernetes:create", what).body(new)
}

/// Changes a cluster. `name` is the one that it has: another one would rename it.
pub fn update(id: &str, name: &str, settings: &ClusterSettings) -> Call {
    let mut body = json!(settings);
    if let Some(body) = body.as_object_mut() {
        body.insert("name".to_owned(), json!(name));
    }
    of(Method::Put, id, &[], "kubernetes:update", "change the cluster").body(body)
}

/// Lists what a cluster brought along.
pub fn associated(id: &str) -> Call {
    let what = "list what belongs to the cluster";
    of(Method::Get, id, &["destroy_with_associated_resources"], "kubernetes:read", what)
}

/// Deletes a cluster, and of what it brought along what `selection` names.
pub fn delete(id: &str, selection: &Selection) -> Call {
    let below = ["destroy_with_associated_resources", "selective"];
    of(Method::Delete, id, &below, "kubernetes:delete", "delete the cluster").body(selection)
}

/// Deletes a cluster, and nothing that it brought along.
pub fn delete_alone(id: &str) -> Call {
    of(Method::Delete, id, &[], "kubernetes:delete", "delete the cluster")
}

/// Lists the versions that a cluster can go to now.
pub fn upgrades(id: &str) -> Call {
    of(Method::Get, id, &["upgrades"], "kubernetes:read", "list the upgrades of the cluster")
}

/// Begins to bring a cluster to a version, by the whole name of it.
pub fn upgrade(id: &str, version: &str) -> Call {
    let what = format!("upgrade the cluster to {version}");
    of(Method::Post, id, &["upgrade"], "kubernetes:update", &what).body(json!({ "version": version }))
}

/// Reads what the service says about a cluster, from a time on (RFC 3339).
pub fn status_messages(id: &str, since: Option<&str>) -> Call {
    let call = of(Method::Get, id, &["status_messages"], "kubernetes:read", "read the messages of the cluster");
    since.iter().fold(call, |call, since| call.query("since", *since))
}

/// Makes credentials for a cluster that are good for `seconds`; 0 stands for a week.
pub fn kubeconfig(id: &str, seconds: u32) -> Call {
    let what = "make a kubeconfig for the cluster";
    of(Method::Get, id, &["kubeconfig"], "kubernetes:access_cluster", what)
        .query("type", "token")
        .query("expiry_seconds", seconds.to_string())
        .any_answer()
}

/// Lets a cluster pull from the account's registries, or no more. Without names, those are all that an account with one
/// registry has.
pub fn integrate_registry(id: &str, registries: &[String], is_on: bool) -> Call {
    let (method, what) = if is_on {
        (Method::Post, "let the cluster pull from the registry")
    } else {
        (Method::Delete, "keep the cluster from the registry")
    };
    let mut body = Map::from_iter([("cluster_uuids".to_owned(), json!([id]))]);
    let last = if registries.is_empty() { "registry" } else { "registries" };
    if !registries.is_empty() {
        body.insert("registries".to_owned(), json!(registries));
    }
    Call::new(method, &["kubernetes", last], "kubernetes:update", what).body(body).may_repeat()
}

impl DigitalOcean {
    /// All clusters of the account.
    pub fn clusters(&self) -> Result<Vec<Cluster>, Error> {
        self.list(&list(), "kubernetes_clusters")
    }

    /// A cluster.
    pub fn cluster(&self, id: &str) -> Result<Cluster, Error> {
        self.one(&get(id), "kubernetes_cluster")
    }

    /// Makes a cluster, which takes minutes after the answer.
    pub fn create_cluster(&self, new: &NewCluster) -> Result<Cluster, Error> {
        self.one(&create(new), "kubernetes_cluster")
    }

    /// Changes a cluster. `name` is the one that it has.
    pub fn update_cluster(&self, id: &str, name: &str, settings: &ClusterSettings) -> Result<Cluster, Error> {
        self.one(&update(id, name, settings), "kubernetes_cluster")
    }

    /// What a cluster brought along.
    pub fn associated_resources(&self, id: &str) -> Result<AssociatedResources, Error> {
        let call = associated(id);
        let response = self.send(&call)?;
        answer::whole(&response).map_err(|source| call.failed(source))
    }

    /// Deletes a cluster with a selection of what it brought along, which goes on after the answer.
    pub fn delete_cluster(&self, id: &str, selection: &Selection) -> Result<(), Error> {
        let is_alone = *selection == Selection::default();
        self.act(&if is_alone { delete_alone(id) } else { delete(id, selection) })
    }

    /// The versions that a cluster can go to now.
    pub fn upgrades(&self, id: &str) -> Result<Vec<Version>, Error> {
        let call = upgrades(id);
        let response = self.send(&call)?;
        let upgrades: Option<Upgrades> = answer::whole(&response).map_err(|source| call.failed(source))?;
        Ok(upgrades.unwrap_or_default().available_upgrade_versions)
    }

    /// Begins to bring a cluster to a version.
    pub fn upgrade_cluster(&self, id: &str, version: &str) -> Result<(), Error> {
        self.act(&upgrade(id, version))
    }

    /// What the service says about a cluster.
    pub fn status_messages(&self, id: &str, since: Option<&str>) -> Result<Vec<StatusMessage>, Error> {
        let call = status_messages(id, since);
        let response = self.send(&call)?;
        let messages: Messages = answer::whole(&response).map_err(|source| call.failed(source))?;
        Ok(messages.messages)
    }

    /// A kubeconfig with new credentials that are good for `seconds`; 0 stands for a week.
    pub fn kubeconfig(&self, id: &str, seconds: u32) -> Result<Secret, Error> {
        let call = kubeconfig(id, seconds);
        let response = self.send(&call)?;
        let problem = response.malformed("its body is not UTF-8 text");
        String::from_utf8(response.body).map(Secret::new).map_err(|_| call.failed(problem))
    }

    /// Lets a cluster pull from registries, or no more.
    pub fn integrate_registry(&self, id: &str, registries: &[String], is_on: bool) -> Result<(), Error> {
        self.act(&integrate_registry(id, registries, is_on))
    }
}
