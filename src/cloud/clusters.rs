//! The cluster: how it is found, compared, made, changed and deleted.
//!
//! It is found by its name and region, and its mark are two tags. It is never replaced: what can't be changed about it
//! is a finding. Whatever is done to it begins and ends with a cluster that has come to rest.

mod apply;
mod compare;
mod version;

use serde::{Deserialize, Serialize};

use self::version::Version;
use super::digitalocean::clusters::{
    AssociatedResources, Cluster, ClusterSettings, Firewall, MaintenancePolicy, NewCluster, Selection,
};
use super::digitalocean::options;
use super::digitalocean::pools::NewPool;
use super::marks::{self, Owner};
use super::planner::Planning;
use super::{Api, Desired, Error, Observed, Operation, Scope, Wishes, pools};
use crate::diagnostic::{Code, listed, nearest};
use crate::model::{
    CloudId, ClusterOutputs, DnsLabel, KubernetesVersion, MaintenanceDay, Outputs, RegionSlug, Values, WebUrl,
};
use crate::plan::{Action, Address, Attribute, Shown, Step};

pub(super) use self::apply::{calm, carry_out, current, kubeconfig};

/// Where the values speak of it.
const PATH: [&str; 1] = ["cluster"];

/// The cluster as the values want it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// The slug of its region.
    pub region: String,
    /// Its version, or the beginning of one.
    version: String,
    is_highly_available: bool,
    is_upgraded_by_itself: bool,
    is_upgraded_with_more_nodes: bool,
    /// Its own tags and the mark.
    tags: Vec<String>,
    maintenance: Option<MaintenancePolicy>,
    allowed_addresses: Option<Vec<String>>,
    ranges: Option<Ranges>,
    /// Whether it pulls from the account's registry; `None` leaves that as it is.
    pub(super) registry_access: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Ranges {
    pods: String,
    services: String,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClusterOperation {
    /// Makes it, and waits until it runs. Its network, if it has one of its own, is found when it is made.
    Create(NewCluster),
    /// Waits until it has come to rest.
    Await {
        /// How the API knows it.
        id: String,
    },
    /// Changes it as it is.
    Update {
        /// How the API knows it.
        id: String,
        /// What changes.
        settings: ClusterSettings,
        /// The whole version to bring it to.
        upgrade: Option<String>,
    },
    /// Puts the mark on it.
    Adopt {
        /// How the API knows it.
        id: String,
        /// All tags with those of the mark.
        tags: Vec<String>,
    },
    /// Deletes it with a selection of what it brought along, and waits until it is gone.
    Delete {
        /// How the API knows it.
        id: String,
        /// What goes with it.
        selection: Selection,
    },
}

/// The name of the cluster that the values want.
pub(super) fn name(values: &Values, scope: &Scope) -> String {
    values.cluster.name.as_ref().map_or_else(|| scope.prefix.clone(), ToString::to_string)
}

impl Wanted {
    pub(super) fn of(values: &Values, scope: &Scope) -> Self {
        let cluster = &values.cluster;
        let own = cluster.tags.iter().map(ToString::to_string);
        Self {
            name: name(values, scope),
            region: cluster.region.to_string(),
            version: cluster.version.to_string(),
            is_highly_available: cluster.high_availability,
            is_upgraded_by_itself: cluster.auto_upgrade,
            is_upgraded_with_more_nodes: cluster.surge_upgrade,
            tags: own.chain(marks::tags(scope.environment.as_str())).collect(),
            maintenance: cluster.maintenance.as_ref().map(|window| MaintenancePolicy {
                start_time: window.start.to_string(),
                day: day(window.day).to_owned(),
            }),
            allowed_addresses: cluster.api_access.as_ref().map(|all| all.iter().map(ToString::to_string).collect()),
            ranges: cluster
                .ranges
                .as_ref()
                .map(|ranges| Ranges { pods: ranges.pods.to_string(), services: ranges.services.to_string() }),
            registry_access: cluster.registry_access,
        }
    }

    pub(super) fn address(&self) -> Address {
        Address::new("cluster", &self.name)
    }

    pub(super) fn spoken(&self) -> String {
        format!("the cluster `{}`", self.name)
    }

    /// Whether an observed cluster is the one that is meant. One that is being deleted is not.
    pub(super) fn is(&self, cluster: &Cluster) -> bool {
        cluster.name == self.name && cluster.region == self.region && !is_going(cluster)
    }

    /// Who may reach the control plane, as the API has it.
    fn firewall(&self) -> Option<Firewall> {
        let allowed_addresses = self.allowed_addresses.clone()?;
        Some(Firewall { enabled: true, allowed_addresses })
    }
}

/// As the API calls the day.
fn day(day: MaintenanceDay) -> &'static str {
    match day {
        MaintenanceDay::Any => "any",
        MaintenanceDay::Monday => "monday",
        MaintenanceDay::Tuesday => "tuesday",
        MaintenanceDay::Wednesday => "wednesday",
        MaintenanceDay::Thursday => "thursday",
        MaintenanceDay::Friday => "friday",
        MaintenanceDay::Saturday => "saturday",
        MaintenanceDay::Sunday => "sunday",
    }
}

fn is_going(cluster: &Cluster) -> bool {
    matches!(cluster.status.state.as_str(), "deleting" | "deleted")
}

fn owner(cluster: &Cluster, desired: &Desired) -> Owner {
    marks::owner_by_tags(cluster.tags.as_deref(), desired.environment())
}

/// What observing finds of clusters.
type Found = (Vec<String>, Vec<Cluster>, Vec<options::Version>, AssociatedResources);

/// The clusters of the wanted name; and of the one that is meant, where it can go to and what it brought along.
pub(super) fn observe(api: &Api, desired: &Desired) -> Result<Found, Error> {
    let cloud = &api.digitalocean;
    let all = cloud.clusters()?;
    let ids = all.iter().map(|cluster| cluster.id.clone()).collect();
    let named: Vec<_> = all.into_iter().filter(|cluster| cluster.name == desired.cluster.name).collect();
    let meant: Vec<_> = named.iter().filter(|cluster| cluster.region == desired.cluster.region).collect();
    let [cluster] = meant[..] else { return Ok((ids, named, Vec::new(), AssociatedResources::default())) };
    let is_calm = matches!(cluster.status.state.as_str(), "running" | "degraded");
    let upgrades = unless_busy(cloud.upgrades(&cluster.id), is_calm)?;
    let associated = unless_busy(cloud.associated_resources(&cluster.id), is_calm)?;
    Ok((ids, named, upgrades, associated))
}

/// What was read; nothing where the cluster is made or deleted right now and may not be known to all.
fn unless_busy<T: Default>(read: Result<T, Error>, is_calm: bool) -> Result<T, Error> {
    match read {
        Err(error) if error.is_not_found() || (!is_calm && !error.may_pass()) => Ok(T::default()),
        read => read,
    }
}

impl Observed {
    /// The environment's cluster, if it is there. One that is being deleted is not.
    pub(super) fn cluster(&self, desired: &Desired) -> Option<&Cluster> {
        let mut meant = self.clusters.iter().filter(|cluster| desired.cluster.is(cluster));
        match (meant.next(), meant.next()) {
            (Some(cluster), None) => Some(cluster).filter(|cluster| owner(cluster, desired) == Owner::Ours),
            _ => None,
        }
    }
}

/// Makes it where it is not there, and compares it where it is.
pub(super) fn plan(planning: &mut Planning<'_>) {
    let (desired, observed) = (planning.desired, planning.observed);
    let wanted = &desired.cluster;
    let address = wanted.address();
    let meant: Vec<_> = observed.clusters.iter().filter(|cluster| wanted.is(cluster)).collect();
    match meant[..] {
        [] => {
            let elsewhere =
                observed.clusters.iter().find(|cluster| !is_going(cluster) && owner(cluster, desired) == Owner::Ours);
            match elsewhere {
                Some(cluster) => {
                    let (from, to) = (&cluster.region, &wanted.region);
                    let message = format!("{} is in `{from}`, and can't move to `{to}`", wanted.spoken());
                    let help = format!("write `region: {from}`, or make another environment for `{to}`");
                    let finding = desired.finding(Code::CannotChange, &["cluster", "region"], message);
                    planning.finding(address, finding.help(help));
                }
                None => plan_creation(planning),
            }
        }
        [cluster] => match owner(cluster, desired) {
            Owner::Ours => compare::plan(planning, cluster),
            other => foreign(planning, &other),
        },
        ref several => {
            let ids = several.iter().map(|cluster| cluster.id.as_str());
            planning.ambiguous(address, &PATH, &wanted.spoken(), ids);
        }
    }
}

/// A finding that the cluster is not ours.
fn foreign(planning: &mut Planning<'_>, owner: &Owner) {
    let wanted = &planning.desired.cluster;
    let address = wanted.address();
    match owner {
        Owner::Hidden => {
            let message = format!("nobody can see whose {} is: the answer has no tags", wanted.spoken());
            let finding = planning.desired.finding(Code::NotOwned, &PATH, message);
            planning.finding(address, finding.help("give the token in DIGITALOCEAN_TOKEN the scope `tag:read`"));
        }
        Owner::Other(other) => planning.not_owned(address, &PATH, &wanted.spoken(), Some(other)),
        Owner::Nobody | Owner::Ours => planning.not_owned(address, &PATH, &wanted.spoken(), None),
    }
}

/// Makes it with all its pools.
fn plan_creation(planning: &mut Planning<'_>) {
    let (desired, observed) = (planning.desired, planning.observed);
    let wanted = &desired.cluster;
    check_region(planning);
    let Some(version) = offered_version(planning) else { return };
    let settings = ClusterSettings {
        tags: Some(wanted.tags.clone()),
        maintenance_policy: wanted.maintenance.clone(),
        auto_upgrade: Some(wanted.is_upgraded_by_itself),
        surge_upgrade: Some(wanted.is_upgraded_with_more_nodes),
        ha: Some(wanted.is_highly_available),
        control_plane_firewall: wanted.firewall(),
        cluster_autoscaler_configuration: None,
    };
    let new = NewCluster {
        name: wanted.name.clone(),
        region: wanted.region.clone(),
        version: version.clone(),
        vpc_uuid: None,
        cluster_subnet: wanted.ranges.as_ref().map(|ranges| ranges.pods.clone()),
        service_subnet: wanted.ranges.as_ref().map(|ranges| ranges.services.clone()),
        node_pools: desired.pools.iter().map(pools::Wanted::first).collect::<Vec<NewPool>>(),
        settings,
    };
    let mut attributes = vec![
        Attribute::new("name", wanted.name.as_str()),
        Attribute::new("region", wanted.region.as_str()),
        Attribute::new("version", version.as_str()),
        Attribute::new("highAvailability", wanted.is_highly_available),
        Attribute::new("autoUpgrade", wanted.is_upgraded_by_itself),
        Attribute::new("surgeUpgrade", wanted.is_upgraded_with_more_nodes),
        Attribute::new("tags", wanted.tags.clone()),
        Attribute::new("nodePools", desired.pools.iter().map(|pool| pool.name.clone()).collect::<Vec<_>>()),
    ];
    if let Some(vpc) = &desired.vpc {
        let known = observed.vpc(desired).map_or(Shown::Later, |vpc| vpc.id.as_str().into());
        attributes.push(Attribute::new("vpc", if known == Shown::Later { vpc.name.as_str().into() } else { known }));
    }
    if let Some(ranges) = &wanted.ranges {
        attributes.push(Attribute::new("ranges.pods", ranges.pods.as_str()));
        attributes.push(Attribute::new("ranges.services", ranges.services.as_str()));
    }
    if let Some(window) = &wanted.maintenance {
        attributes.push(Attribute::new("maintenance", compare::shown_window(window)));
    }
    if let Some(allowed) = &wanted.allowed_addresses {
        attributes.push(Attribute::new("apiAccess", allowed.clone()));
    }
    attributes.push(Attribute::new("id", Shown::Later));
    attributes.push(Attribute::new("endpoint", Shown::Later));
    let needed = [desired.project.address()].into_iter().chain(desired.vpc.iter().map(super::vpcs::Wanted::address));
    let operation = Operation::Cluster(ClusterOperation::Create(new));
    let step = Step::new(wanted.address(), Action::Create, operation).with(attributes).after(needed);
    planning.step(step);
}

/// A finding where no cluster can be in the wanted region.
fn check_region(planning: &mut Planning<'_>) {
    let (desired, options) = (planning.desired, &planning.observed.options);
    let wanted = &desired.cluster.region;
    let regions = || options.regions.iter().map(|region| region.slug.as_str());
    if options.regions.is_empty() || regions().any(|region| region == wanted) {
        return;
    }
    let finding = desired.finding(Code::NotOffered, &["cluster", "region"], format!("no cluster can be in `{wanted}`"));
    let finding = match nearest(wanted, regions()) {
        Some(near) => finding.help(format!("did you mean `{near}`? `render cloud options` lists all")),
        None => finding.help(format!("choose one of {}", listed(regions()))),
    };
    planning.finding(desired.cluster.address(), finding);
}

/// The whole version that a new cluster gets; a finding where there is none.
fn offered_version(planning: &mut Planning<'_>) -> Option<String> {
    let (desired, options) = (planning.desired, &planning.observed.options);
    let slugs = || options.versions.iter().map(|version| version.slug.as_str());
    let wanted = &desired.cluster.version;
    let found = Version::parse(wanted).and_then(|version| version::newest(version, slugs())).map(str::to_owned);
    if found.is_none() {
        let message = format!("no cluster can have the version `{wanted}`");
        let finding = desired.finding(Code::NotOffered, &["cluster", "version"], message);
        let finding = match Version::parse(wanted).and_then(|wanted| closest(wanted, slugs())) {
            Some(near) => finding.help(format!("`{near}` comes closest; `render cloud options` lists all")),
            None => finding.help(format!("choose one of {}", listed(slugs()))),
        };
        planning.finding(desired.cluster.address(), finding);
    }
    found
}

/// The oldest offered version that is not older than the wanted one, or else the newest of all.
fn closest<'a>(wanted: Version, slugs: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut known: Vec<_> = slugs.into_iter().filter_map(|slug| Some((Version::parse(slug)?, slug))).collect();
    known.sort_unstable();
    let not_older = known.iter().find(|(version, _)| *version >= wanted);
    not_older.or(known.last()).map(|(_, slug)| *slug)
}

/// Marks it.
pub(super) fn plan_adoption(planning: &mut Planning<'_>) {
    let (desired, observed) = (planning.desired, planning.observed);
    let wanted = &desired.cluster;
    let address = wanted.address();
    if !planning.is_adopted(&address) {
        return;
    }
    let meant: Vec<_> = observed.clusters.iter().filter(|cluster| wanted.is(cluster)).collect();
    let cluster = match meant[..] {
        [] => return,
        [cluster] => cluster,
        ref several => {
            let ids = several.iter().map(|cluster| cluster.id.as_str());
            planning.ambiguous(address, &PATH, &wanted.spoken(), ids);
            return;
        }
    };
    match owner(cluster, desired) {
        Owner::Ours => planning.report(address, "belongs to the environment already", ""),
        Owner::Nobody => {
            let present = cluster.tags.clone().unwrap_or_default();
            let tags = marks::completed(&present, &marks::tags(desired.environment())).unwrap_or(present.clone());
            let change = Attribute::changed("tags", marks::of_people(&present), marks::of_people(&tags));
            let operation = Operation::Cluster(ClusterOperation::Adopt { id: cluster.id.clone(), tags });
            planning.step(Step::new(address, Action::Adopt, operation).with([change]));
        }
        other => foreign(planning, &other),
    }
}

/// What goes with the cluster: load balancers, which cost and lead nowhere, and data only where that is wished for.
pub(super) fn selection(observed: &Observed, wishes: &Wishes) -> Selection {
    let ids = |all: &[super::digitalocean::clusters::Associated]| all.iter().map(|one| one.id.clone()).collect();
    let associated = &observed.associated;
    let mut selection = Selection { load_balancers: ids(&associated.load_balancers), ..Selection::default() };
    if wishes.delete_data {
        selection.volumes = ids(&associated.volumes);
        selection.volume_snapshots = ids(&associated.volume_snapshots);
    }
    selection
}

/// The environment's cluster that a destruction is about, also where an earlier run has begun with that.
pub(super) fn doomed<'o>(observed: &'o Observed, desired: &Desired) -> Option<&'o Cluster> {
    let is_meant = |cluster: &&Cluster| cluster.region == desired.cluster.region && cluster.status.state != "deleted";
    observed.clusters.iter().filter(is_meant).find(|cluster| owner(cluster, desired) == Owner::Ours)
}

/// Deletes it, also where an earlier run has begun with that.
pub(super) fn plan_destruction(planning: &mut Planning<'_>) {
    let (desired, observed) = (planning.desired, planning.observed);
    let wanted = &desired.cluster;
    let address = wanted.address();
    let of_place = observed.clusters.iter().filter(|cluster| cluster.region == wanted.region);
    let (ours, others): (Vec<_>, Vec<_>) = of_place
        .filter(|cluster| cluster.status.state != "deleted")
        .partition(|cluster| owner(cluster, desired) == Owner::Ours);
    for other in others {
        planning.report(address.clone(), format!("is not ours, and stays: {}", other.id), "");
    }
    let cluster = match ours[..] {
        [] => return,
        [cluster] => cluster,
        ref several => {
            let ids = several.iter().map(|cluster| cluster.id.as_str());
            planning.ambiguous(address, &PATH, &wanted.spoken(), ids);
            return;
        }
    };
    let selection = selection(observed, planning.wishes);
    let associated = &observed.associated;
    let names =
        |all: &[super::digitalocean::clusters::Associated]| all.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
    let mut attributes = vec![
        Attribute::changed("region", cluster.region.as_str(), Shown::Absent),
        Attribute::changed("version", cluster.version.as_str(), Shown::Absent),
        Attribute::changed("id", cluster.id.as_str(), Shown::Absent),
    ];
    let pools: Vec<_> = cluster.node_pools.iter().map(|pool| pool.name.clone()).collect();
    attributes.push(Attribute::changed("nodePools", pools, Shown::Absent));
    let mut going = |name: &str, all: &[super::digitalocean::clusters::Associated], goes: bool| {
        if !all.is_empty() {
            let after = if goes { Shown::Absent } else { names(all).into() };
            attributes.push(Attribute::changed(name, names(all), after));
        }
    };
    going("loadBalancers", &associated.load_balancers, true);
    going("volumes", &associated.volumes, planning.wishes.delete_data);
    going("volumeSnapshots", &associated.volume_snapshots, planning.wishes.delete_data);
    let holds_data = !associated.volumes.is_empty() || !associated.volume_snapshots.is_empty();
    let operation = Operation::Cluster(ClusterOperation::Delete { id: cluster.id.clone(), selection });
    let mut step = Step::new(address, Action::Delete, operation).with(attributes);
    if holds_data {
        step = step.warning(if planning.wishes.delete_data {
            "the volumes of the cluster are deleted with the data on them"
        } else {
            "its volumes stay, hold their data and cost money; `--delete-data` deletes them, too"
        });
    }
    planning.step(step);
}

/// Tells where the cluster is.
pub(super) fn tell(desired: &Desired, observed: &Observed, outputs: &mut Outputs) {
    let Some(cluster) = observed.cluster(desired) else { return };
    let told = || -> Result<ClusterOutputs, String> {
        Ok(ClusterOutputs {
            id: CloudId::parse(&cluster.id)?,
            name: DnsLabel::parse(&cluster.name)?,
            region: RegionSlug::parse(&cluster.region)?,
            version: KubernetesVersion::parse(&cluster.version)?,
            endpoint: WebUrl::parse(cluster.endpoint.as_deref().unwrap_or_default())?,
            context: DnsLabel::parse(&format!("do-{}-{}", cluster.region, cluster.name))?,
        })
    };
    // A cluster that is still being made has no endpoint, and nothing else to tell before it has.
    outputs.cluster = told().ok();
}
