//! Steps of pools done: making, changing, replacing, deleting, and waiting for nodes.

use super::{PoolOperation, owner};
use crate::cloud::Error;
use crate::cloud::apply::{Applying, deleted};
use crate::cloud::clusters;
use crate::cloud::digitalocean::clusters::Cluster;
use crate::cloud::digitalocean::pools::{NewPool, Pool};
use crate::cloud::marks::Owner;
use crate::plan::{Look, Outcome, Patience};

/// How long nodes may take to run.
const NODES: Patience = Patience::seconds(10, 1800);

/// How long a pool may take to be drained and gone.
const DELETION: Patience = Patience::seconds(10, 1800);

/// Does what a step says. Each begins with a cluster that nothing else is done to.
pub(in crate::cloud) fn carry_out(applying: &Applying<'_>, operation: &PoolOperation) -> Result<Outcome, Error> {
    let cloud = &applying.api.digitalocean;
    let cluster = clusters::current(applying)?;
    let cluster = clusters::calm(applying, &cluster.id)?;
    let id = match operation {
        PoolOperation::Create(new) => create(applying, &cluster, new)?,
        PoolOperation::Update { id, settings } => {
            cloud.update_pool(&cluster.id, id, settings)?;
            clusters::calm(applying, &cluster.id)?;
            id.clone()
        }
        PoolOperation::Adopt { id, settings } => cloud.update_pool(&cluster.id, id, settings)?.id,
        PoolOperation::Replace { new, old } => {
            let id = create(applying, &cluster, new)?;
            for old in old.iter().filter(|old| **old != id) {
                delete(applying, &cluster.id, old)?;
            }
            id
        }
        PoolOperation::Delete { id } => {
            delete(applying, &cluster.id, id)?;
            id.clone()
        }
    };
    Ok(Outcome { id: Some(id) })
}

/// Makes a pool where it is not there, and waits until its nodes run.
fn create(applying: &Applying<'_>, cluster: &Cluster, new: &NewPool) -> Result<String, Error> {
    let cloud = &applying.api.digitalocean;
    let name = &new.settings.name;
    let find = || {
        let all = cloud.pools(&cluster.id)?;
        let is_ours =
            |pool: &Pool| pool.name == *name && pool.size == new.size && owner(pool, applying.desired) == Owner::Ours;
        Ok(all.into_iter().filter(is_ours).collect())
    };
    let what = format!("the node pool `{name}`");
    let made = applying.create(&what, find, |pool| pool.id.clone(), || cloud.create_pool(&cluster.id, new))?;
    running(applying, &cluster.id, &made.id, &what)?;
    Ok(made.id)
}

/// Waits until all nodes of a pool run.
fn running(applying: &Applying<'_>, cluster: &str, id: &str, what: &str) -> Result<(), Error> {
    let cloud = &applying.api.digitalocean;
    let read = || applying.settled(|| cloud.pool(cluster, id));
    let look = || {
        let pool = read()?;
        let running = pool.nodes.iter().filter(|node| node.status.state == "running").count();
        let wanted = usize::try_from(pool.count).unwrap_or(usize::MAX);
        if running >= wanted && running == pool.nodes.len() {
            return Ok(Look::Ready(()));
        }
        let troubled = pool.nodes.iter().find(|node| !node.status.message.is_empty());
        let said = troubled.map(|node| format!(": {}", node.status.message)).unwrap_or_default();
        Ok(Look::NotYet(format!("{running} of {wanted} nodes of {what} run{said}")))
    };
    applying.wait(NODES, look)
}

/// Deletes a pool and waits until it is gone, unless nothing open would be left to run what the cluster itself needs.
fn delete(applying: &Applying<'_>, cluster: &str, id: &str) -> Result<(), Error> {
    let cloud = &applying.api.digitalocean;
    let pools = cloud.pools(cluster)?;
    let Some(pool) = pools.iter().find(|pool| pool.id == id) else { return Ok(()) };
    let what = format!("the node pool `{}`", pool.name);
    if owner(pool, applying.desired) != Owner::Ours {
        return Err(Error::Changed { what, problem: "has no mark of ours any more".to_owned() });
    }
    let is_open = |pool: &Pool| pool.taints.iter().all(|taint| taint.effect == "PreferNoSchedule");
    if !pools.iter().any(|other| other.id != id && is_open(other)) {
        let problem = "is the last one that takes what tolerates no taint".to_owned();
        return Err(Error::Changed { what, problem });
    }
    deleted(cloud.delete_pool(cluster, id))?;
    applying.gone(DELETION, || cloud.pool(cluster, id), |pool| format!("{} nodes are being drained", pool.nodes.len()))
}
