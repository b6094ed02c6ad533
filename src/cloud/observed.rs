//! What is there, as the APIs report it. Reading changes nothing, and is done side by side.

use std::thread;

use super::digitalocean::clusters::{AssociatedResources, Cluster};
use super::digitalocean::options::{Options, Version};
use super::digitalocean::projects::{Member, Project};
use super::digitalocean::vpcs::Vpc;
use super::{Api, Desired, Error, buckets, clusters, domains, keys, pools, projects, vpcs};
use crate::model::Outputs;
use crate::plan::Watch;

/// What the APIs report. Lists hold what has a name of ours, whoever it belongs to: that is for the planner to say.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// What is offered for clusters.
    pub options: Options,
    /// The projects of that name.
    pub projects: Vec<Project>,
    /// What is in the project, where there is one of that name.
    pub members: Vec<Member>,
    /// The networks of that name, or of the cluster's.
    pub vpcs: Vec<Vpc>,
    /// The ids of all clusters of the account.
    pub cluster_ids: Vec<String>,
    /// The clusters of that name, in any region.
    pub clusters: Vec<Cluster>,
    /// The versions that the cluster can go to now.
    pub upgrades: Vec<Version>,
    /// What the cluster brought along.
    pub associated: AssociatedResources,
    /// Buckets.
    pub buckets: buckets::Observed,
    /// Access keys to buckets.
    pub keys: keys::Observed,
    /// The domain and its records.
    pub domain: domains::Observed,
}

impl Observed {
    /// Whether the project holds what has this URN.
    pub(super) fn is_member(&self, urn: &str) -> bool {
        self.members.iter().any(|member| member.urn == urn)
    }
}

/// Reads what is there.
///
/// It takes about a dozen requests, however many clusters there are: lists are read whole, and only what has a name of
/// ours is asked for one by one.
///
/// # Errors
/// A request failed, or somebody asked for an end.
pub fn observe(api: &Api, desired: &Desired, watch: &dyn Watch) -> Result<Observed, Error> {
    let cloud = &api.digitalocean;
    let mut observed = Observed::default();
    thread::scope(|scope| {
        let options = scope.spawn(|| cloud.options());
        let projects = scope.spawn(|| projects::observe(api, desired));
        let vpcs = scope.spawn(|| vpcs::observe(api, desired));
        let clusters = scope.spawn(|| clusters::observe(api, desired));
        let buckets = scope.spawn(|| buckets::observe(api, desired));
        let keys = scope.spawn(|| keys::observe(api, desired));
        let domain = scope.spawn(|| domains::observe(api, desired));
        observed.options = joined(options)?;
        (observed.projects, observed.members) = joined(projects)?;
        observed.vpcs = joined(vpcs)?;
        (observed.cluster_ids, observed.clusters, observed.upgrades, observed.associated) = joined(clusters)?;
        observed.buckets = joined(buckets)?;
        observed.keys = joined(keys)?;
        observed.domain = joined(domain)?;
        Ok::<_, Error>(())
    })?;
    if watch.is_interrupted() { Err(Error::Interrupted) } else { Ok(observed) }
}

/// What a thread found; its panic is ours.
fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// What is offered for clusters.
///
/// # Errors
/// The request failed.
pub fn offers(api: &Api) -> Result<Options, Error> {
    api.digitalocean.options()
}

/// What templates and people need to know of what is there: the part of the outputs that is about the cloud.
pub fn outputs(desired: &Desired, observed: &Observed) -> Outputs {
    let mut outputs = Outputs::default();
    projects::tell(desired, observed, &mut outputs);
    vpcs::tell(desired, observed, &mut outputs);
    clusters::tell(desired, observed, &mut outputs);
    pools::tell(desired, observed, &mut outputs);
    buckets::tell(desired, observed, &mut outputs);
    keys::tell(desired, observed, &mut outputs);
    domains::tell(desired, observed, &mut outputs);
    outputs
}
