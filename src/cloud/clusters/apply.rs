//! Steps of the cluster done: making, changing, upgrading, deleting, and waiting for each.

use super::version::{self, Version};
use super::{ClusterOperation, Wanted, owner};
use crate::cloud::apply::{Applying, deleted, patiently};
use crate::cloud::digitalocean::clusters::{Cluster, ClusterSettings, NewCluster, Selection};
use crate::cloud::marks::Owner;
use crate::cloud::{Api, Desired, Error, vpcs};
use crate::http::Secret;
use crate::plan::{Look, Outcome, Patience, Watch};

/// How long it may take to make a cluster, or to upgrade it once: usually four to six minutes, and longer with more
/// nodes.
const WORK: Patience = Patience::seconds(10, 3600);

/// How long a deletion may take.
const DELETION: Patience = Patience::seconds(10, 1800);

/// How long a new cluster may be missing from lists.
const LISTING: Patience = Patience::seconds(5, 60);

/// How many times a kubeconfig is asked for, which may fail for some seconds after a cluster has begun to run.
const KUBECONFIGS: u32 = 6;

/// How often an upgrade may lead by way of another version.
const UPGRADES: u32 = 8;

/// Does what a step says.
pub(in crate::cloud) fn carry_out(applying: &Applying<'_>, operation: &ClusterOperation) -> Result<Outcome, Error> {
    let id = match operation {
        ClusterOperation::Create(new) => create(applying, new)?,
        ClusterOperation::Await { id } => rested(applying, id, false)?.id,
        ClusterOperation::Update { id, settings, upgrade } => {
            update(applying, id, settings)?;
            if let Some(target) = upgrade {
                upgrade_to(applying, id, target)?;
            }
            id.clone()
        }
        ClusterOperation::Adopt { id, tags } => {
            let settings = ClusterSettings { tags: Some(tags.clone()), ..ClusterSettings::default() };
            let cloud = &applying.api.digitalocean;
            // The name that it has now: another one would rename it.
            let name = cloud.cluster(id)?.name;
            cloud.update_cluster(id, &name, &settings)?.id
        }
        ClusterOperation::Delete { id, selection } => {
            delete(applying, id, selection)?;
            id.clone()
        }
    };
    Ok(Outcome { id: Some(id) })
}

/// The clusters that are meant and have our mark.
fn ours(applying: &Applying<'_>) -> Result<Vec<Cluster>, Error> {
    let desired = applying.desired;
    let is_ours = |cluster: &Cluster| desired.cluster.is(cluster) && owner(cluster, desired) == Owner::Ours;
    Ok(applying.api.digitalocean.clusters()?.into_iter().filter(is_ours).collect())
}

/// The environment's cluster, which an earlier step has made.
pub(in crate::cloud) fn current(applying: &Applying<'_>) -> Result<Cluster, Error> {
    let wanted = &applying.desired.cluster;
    let found = applying.wait(LISTING, || {
        let mut found = ours(applying)?;
        match found.len() {
            0 => Ok(Look::NotYet("the cluster is not listed".to_owned())),
            1 => Ok(found.pop().map_or_else(|| Look::NotYet(String::new()), Look::Ready)),
            _ => {
                let ids = found.into_iter().map(|cluster| cluster.id).collect();
                Err(Error::Twice { what: wanted.spoken(), ids })
            }
        }
    });
    match found {
        Err(Error::TooLong(_)) => Err(gone(wanted)),
        found => found,
    }
}

fn gone(wanted: &Wanted) -> Error {
    Error::Changed { what: wanted.spoken(), problem: "is not there any more".to_owned() }
}

/// Makes it, and waits until it runs.
fn create(applying: &Applying<'_>, new: &NewCluster) -> Result<String, Error> {
    let (desired, cloud) = (applying.desired, &applying.api.digitalocean);
    let wanted = &desired.cluster;
    let mut new = new.clone();
    if let Some(vpc) = &desired.vpc {
        new.vpc_uuid = Some(vpcs::current(applying, vpc)?);
    }
    // The one before it, of the same name, may still be going.
    applying.wait(DELETION, || {
        let going = cloud.clusters()?.into_iter().find(|cluster| {
            cluster.name == wanted.name && cluster.region == wanted.region && cluster.status.state == "deleting"
        });
        Ok(going
            .map_or(Look::Ready(()), |cluster| Look::NotYet(format!("the cluster {} is being deleted", cluster.id))))
    })?;
    let find = || ours(applying);
    let made = applying.create(&wanted.spoken(), find, |cluster| cluster.id.clone(), || cloud.create_cluster(&new))?;
    rested(applying, &made.id, false).map(|cluster| cluster.id)
}

/// Waits until nothing is done to the cluster, so that something can be. One that is degraded counts: a change may be
/// what mends it.
pub(in crate::cloud) fn calm(applying: &Applying<'_>, id: &str) -> Result<Cluster, Error> {
    rested(applying, id, true)
}

/// Waits until the cluster runs; or is degraded, if that is enough.
fn rested(applying: &Applying<'_>, id: &str, also_degraded: bool) -> Result<Cluster, Error> {
    let cloud = &applying.api.digitalocean;
    let wanted = &applying.desired.cluster;
    applying.settled(|| cloud.cluster(id)).map_err(|error| if error.is_not_found() { gone(wanted) } else { error })?;
    applying.wait(WORK, || {
        let cluster = cloud.cluster(id)?;
        match cluster.status.state.as_str() {
            "running" => Ok(Look::Ready(cluster)),
            "degraded" if also_degraded => Ok(Look::Ready(cluster)),
            "error" => {
                let said = last_message(applying, id).unwrap_or_default();
                let message = [cluster.status.message.as_str(), said.as_str()].join(" ").trim().to_owned();
                Err(Error::Failed { what: wanted.spoken(), message })
            }
            "deleting" | "deleted" | "invalid" => {
                let problem = format!("is `{}`", cluster.status.state);
                Err(Error::Changed { what: wanted.spoken(), problem })
            }
            state => {
                let said = last_message(applying, id).map(|message| format!(": {message}")).unwrap_or_default();
                Ok(Look::NotYet(format!("{state}{said}")))
            }
        }
    })
}

/// What the service said last about the cluster. That it can't be asked stops nothing.
fn last_message(applying: &Applying<'_>, id: &str) -> Option<String> {
    let messages = applying.api.digitalocean.status_messages(id, None).ok()?;
    let last = messages.into_iter().max_by(|one, other| one.timestamp.cmp(&other.timestamp))?;
    Some(last.message).filter(|message| !message.is_empty())
}

/// Changes it.
fn update(applying: &Applying<'_>, id: &str, settings: &ClusterSettings) -> Result<(), Error> {
    if *settings == ClusterSettings::default() {
        return Ok(());
    }
    let name = calm(applying, id)?.name;
    applying.api.digitalocean.update_cluster(id, &name, settings)?;
    calm(applying, id).map(drop)
}

/// Brings it to a version, by way of others where there is no shorter one.
fn upgrade_to(applying: &Applying<'_>, id: &str, slug: &str) -> Result<(), Error> {
    let cloud = &applying.api.digitalocean;
    let wanted = &applying.desired.cluster;
    let stuck = |running: &str| Error::Changed {
        what: wanted.spoken(),
        problem: format!("runs {running}, and can't be upgraded to {slug} any more"),
    };
    for _ in 0..UPGRADES {
        let running = calm(applying, id)?.version;
        let (Some(from), Some(to)) = (Version::parse(&running), Version::parse(slug)) else {
            return Err(stuck(&running));
        };
        if from >= to {
            return Ok(());
        }
        let offered = cloud.upgrades(id)?;
        let Some(next) = version::next(from, to, offered.iter().map(|version| version.slug.as_str())) else {
            return Err(stuck(&running));
        };
        match cloud.upgrade_cluster(id, next) {
            // Begun or not, the next look at its state says it.
            Err(error) if error.may_have_acted() => {
                applying.progress.warn(&format!("{}; looking at the cluster", error.with_cause()));
            }
            begun => begun?,
        }
        upgraded(applying, id, from)?;
    }
    Err(stuck(&cloud.cluster(id)?.version))
}

/// Waits until the cluster runs another version than `from`: right after the call it may still say that it runs, and the
/// old version.
fn upgraded(applying: &Applying<'_>, id: &str, from: Version) -> Result<(), Error> {
    let begun = applying.wait(Patience::seconds(10, 120), || {
        let cluster = applying.api.digitalocean.cluster(id)?;
        let is_at_work = !matches!(cluster.status.state.as_str(), "running" | "degraded");
        let is_other = Version::parse(&cluster.version).is_some_and(|version| version > from);
        Ok(if is_at_work || is_other { Look::Ready(()) } else { Look::NotYet("the upgrade has not begun".to_owned()) })
    });
    match begun {
        // It has not begun: whoever called asks again.
        Err(Error::TooLong(_)) => Ok(()),
        begun => begun,
    }?;
    calm(applying, id).map(drop)
}

/// Deletes it, and waits until it is gone.
fn delete(applying: &Applying<'_>, id: &str, selection: &Selection) -> Result<(), Error> {
    let cloud = &applying.api.digitalocean;
    let wanted = &applying.desired.cluster;
    let cluster = match cloud.cluster(id) {
        Err(error) if error.is_not_found() => return Ok(()),
        cluster => cluster?,
    };
    if owner(&cluster, applying.desired) != Owner::Ours {
        return Err(Error::Changed { what: wanted.spoken(), problem: "has no mark of ours any more".to_owned() });
    }
    if cluster.status.state != "deleting" {
        deleted(cloud.delete_cluster(id, selection))?;
    }
    applying.gone(DELETION, || cloud.cluster(id), |cluster| format!("the cluster is `{}`", cluster.status.state))
}

/// A kubeconfig with new credentials.
pub(in crate::cloud) fn kubeconfig(
    api: &Api,
    desired: &Desired,
    seconds: u32,
    watch: &dyn Watch,
) -> Result<Secret, Error> {
    let wanted = &desired.cluster;
    let cloud = &api.digitalocean;
    let problem = |problem: String| Error::Changed { what: wanted.spoken(), problem };
    let is_ours = |cluster: &Cluster| wanted.is(cluster) && owner(cluster, desired) == Owner::Ours;
    let mut found: Vec<_> = cloud.clusters()?.into_iter().filter(is_ours).collect();
    let cluster = match (found.pop(), found.len()) {
        (None, _) => return Err(problem("is not there, or has no mark of the environment".to_owned())),
        (Some(cluster), 0) => cluster,
        (Some(cluster), _) => {
            let ids = found.into_iter().map(|cluster| cluster.id).chain([cluster.id]).collect();
            return Err(Error::Twice { what: wanted.spoken(), ids });
        }
    };
    if matches!(cluster.status.state.as_str(), "provisioning" | "error") {
        return Err(problem(format!("is not ready: `{}`", cluster.status.state)));
    }
    patiently(watch, KUBECONFIGS, std::time::Duration::from_secs(5), || cloud.kubeconfig(&cluster.id, seconds))
}
