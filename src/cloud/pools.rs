//! Pools of nodes: how they are found, compared, made, replaced and deleted.
//!
//! Every pool of ours carries the label `pool` with the name that the values give it, and tags with the mark. What the
//! API calls it may be another name: the size of nodes can't change, so another pool of another name takes over. Which
//! one that is needs no memory: of the pools with one label, the one of the wanted size stays, and the others go.

mod apply;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::digitalocean::clusters::Cluster;
use super::digitalocean::pools::{LONGEST_NAME, NewPool, Pool, PoolSettings, Taint};
use super::marks::{self, Owner};
use super::planner::Planning;
use super::{Desired, Observed, Operation, Scope};
use crate::diagnostic::{Code, nearest};
use crate::hex::hex;
use crate::model::{CloudId, Outputs, PoolName, PoolOutputs, Values};
use crate::plan::{Action, Address, Attribute, Need, Shown, Step};

pub(super) use self::apply::carry_out;

/// The label that every pool of ours has.
const LABEL: &str = "pool";

/// How long a part of a name may be that stands for a size.
const DIGEST: usize = 4;

/// A pool as the values want it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The name that the values give it.
    pub name: String,
    /// The slug of the size of its nodes.
    size: String,
    min: u32,
    max: u32,
    labels: BTreeMap<String, String>,
    taints: Vec<Taint>,
    /// The mark, and the tags of the cluster.
    tags: Vec<String>,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PoolOperation {
    /// Makes it, unless it came with the cluster, and waits until its nodes run.
    Create(NewPool),
    /// Changes it as it is.
    Update {
        /// How the API knows it.
        id: String,
        /// All that can be said of it.
        settings: PoolSettings,
    },
    /// Lets another one take over: makes that where it is not there, waits until its nodes run, deletes the old ones.
    Replace {
        /// The one that takes over.
        new: NewPool,
        /// How the API knows those that go.
        old: Vec<String>,
    },
    /// Puts the mark on it.
    Adopt {
        /// How the API knows it.
        id: String,
        /// All that can be said of it, with the mark.
        settings: PoolSettings,
    },
    /// Deletes it with its nodes.
    Delete {
        /// How the API knows it.
        id: String,
    },
}

impl Wanted {
    pub(super) fn of(values: &Values, scope: &Scope) -> Vec<Self> {
        let pools = values.cluster.node_pools.iter();
        let wanted = pools.map(|(name, pool)| {
            let own = pool.labels.iter().map(|(key, value)| (key.to_string(), value.to_string()));
            let taint = Taint { key: name.to_string(), value: "true".to_owned(), effect: "NoSchedule".to_owned() };
            Self {
                name: name.to_string(),
                size: pool.size.to_string(),
                min: pool.min,
                max: pool.max,
                labels: own.chain([(LABEL.to_owned(), name.to_string())]).collect(),
                taints: if pool.dedicated { vec![taint] } else { Vec::new() },
                tags: marks::tags(scope.environment.as_str()).into(),
            }
        });
        wanted.collect()
    }

    pub(super) fn address(&self) -> Address {
        Address::new("node_pool", &self.name)
    }

    fn spoken(&self) -> String {
        format!("the node pool `{}`", self.name)
    }

    fn scales(&self) -> bool {
        self.max > self.min
    }

    /// The pool as a new cluster gets it.
    pub(super) fn first(&self) -> NewPool {
        self.under(self.name.clone())
    }

    /// The pool as it is made under a name.
    fn under(&self, name: String) -> NewPool {
        // The first nodes of a pool that scales: it may go down to none later, and comes up with one.
        let count = if self.scales() { self.min.max(1) } else { self.min };
        let settings = PoolSettings { count: Some(count), ..self.settings(name, self.tags.clone()) };
        NewPool { size: self.size.clone(), settings }
    }

    /// All that can be changed of the pool. The number of nodes is the autoscaler's where that is on.
    fn settings(&self, name: String, tags: Vec<String>) -> PoolSettings {
        let scales = self.scales();
        PoolSettings {
            name,
            count: (!scales).then_some(self.min),
            tags,
            labels: self.labels.clone(),
            taints: self.taints.clone(),
            auto_scale: scales,
            min_nodes: scales.then_some(self.min),
            max_nodes: scales.then_some(self.max),
        }
    }

    /// A name that no pool of `cluster` has: that of the values if it is free, else with the size behind it.
    fn free_name(&self, cluster: &Cluster) -> String {
        let is_free =
            |name: &String| name.len() <= LONGEST_NAME && cluster.node_pools.iter().all(|pool| pool.name != *name);
        let with_size = format!("{}-{}", self.name, self.size);
        let candidates = [self.name.clone(), with_size].into_iter();
        // What is too long is cut, and ends in a digest of its name and size, which no other pool has.
        let digest = hex(&fold(&format!("{}-{}", self.name, self.size)).to_be_bytes()[..DIGEST]);
        let room = LONGEST_NAME - digest.len() - 1;
        let short: String = self.name.chars().take(room).collect();
        let short = format!("{}-{digest}", short.trim_end_matches('-'));
        candidates.chain([short.clone()]).find(is_free).unwrap_or(short)
    }
}

/// A number that stands for a text (FNV-1a, 64 bits): for names that have to differ, not for anything that is guarded.
fn fold(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn owner(pool: &Pool, desired: &Desired) -> Owner {
    marks::owner_by_tags(pool.tags.as_deref(), desired.environment())
}

/// Whether a pool stands for the one of that name in the values: by its label, or by its own name where it has no label.
fn stands_for(pool: &Pool, name: &str) -> bool {
    pool.labels.get(LABEL).map_or(pool.name == name, |label| label == name)
}

/// The pools of the cluster that stand for a wanted one: ours, and others.
fn candidates<'c>(cluster: &'c Cluster, wanted: &Wanted, desired: &Desired) -> (Vec<&'c Pool>, Vec<&'c Pool>) {
    let all = cluster.node_pools.iter().filter(|pool| stands_for(pool, &wanted.name));
    all.partition(|pool| owner(pool, desired) == Owner::Ours)
}

/// Makes, changes and replaces what is wanted, and looks at what is left over.
pub(super) fn plan(planning: &mut Planning<'_>) {
    let (desired, observed) = (planning.desired, planning.observed);
    let Some(cluster) = observed.cluster(desired) else {
        // There is a cluster of others, which is said already, or none: then all that is wrong is said at once.
        if observed.clusters.iter().any(|cluster| desired.cluster.is(cluster)) {
            return;
        }
        desired.pools.iter().for_each(|wanted| check_size(planning, wanted));
        if planning.has_step(&desired.cluster.address()) {
            for wanted in &desired.pools {
                plan_creation(planning, wanted, wanted.first());
            }
        }
        return;
    };
    for wanted in &desired.pools {
        let (ours, others) = candidates(cluster, wanted, desired);
        match (&ours[..], &others[..]) {
            ([], []) => {
                check_size(planning, wanted);
                plan_creation(planning, wanted, wanted.under(wanted.free_name(cluster)));
            }
            ([], [other, ..]) => foreign(planning, wanted, &owner(other, desired)),
            (ours, _) => plan_ours(planning, cluster, wanted, ours),
        }
    }
    plan_the_rest(planning, cluster);
}

fn plan_creation(planning: &mut Planning<'_>, wanted: &Wanted, new: NewPool) {
    let mut attributes =
        vec![Attribute::new("name", new.settings.name.as_str()), Attribute::new("size", new.size.as_str())];
    attributes.extend(shown(wanted).into_iter().map(|(name, value)| Attribute::new(name, value)));
    attributes.push(Attribute::new("tags", new.settings.tags.clone()));
    attributes.push(Attribute::new("id", Shown::Later));
    let operation = Operation::Pool(PoolOperation::Create(new));
    let cluster = planning.desired.cluster.address();
    planning.step(Step::new(wanted.address(), Action::Create, operation).with(attributes).after([cluster]));
}

/// What is shown of a wanted pool, by the names of the values.
fn shown(wanted: &Wanted) -> Vec<(&'static str, Shown)> {
    vec![
        ("min", wanted.min.into()),
        ("max", wanted.max.into()),
        ("labels", shown_labels(&wanted.labels)),
        ("taints", shown_taints(&wanted.taints)),
    ]
}

fn shown_labels(labels: &BTreeMap<String, String>) -> Shown {
    labels.iter().map(|(key, value)| format!("{key}: {value}")).collect::<Vec<_>>().into()
}

fn shown_taints(taints: &[Taint]) -> Shown {
    let texts: BTreeSet<_> =
        taints.iter().map(|taint| format!("{}={}:{}", taint.key, taint.value, taint.effect)).collect();
    texts.into_iter().collect::<Vec<_>>().into()
}

/// Compares what is ours with what is wanted.
fn plan_ours(planning: &mut Planning<'_>, cluster: &Cluster, wanted: &Wanted, ours: &[&Pool]) {
    let (fitting, outgrown): (Vec<&Pool>, Vec<&Pool>) = ours.iter().partition(|pool| pool.size == wanted.size);
    match (&fitting[..], &outgrown[..]) {
        ([pool], []) => plan_change(planning, wanted, pool),
        ([pool], _) => plan_replacement(planning, wanted, wanted.under(pool.name.clone()), &outgrown),
        ([], _) => {
            check_size(planning, wanted);
            plan_replacement(planning, wanted, wanted.under(wanted.free_name(cluster)), &outgrown);
        }
        (several, _) => {
            let path = ["cluster", "nodePools", &wanted.name];
            let ids: Vec<_> = several.iter().map(|pool| pool.id.as_str()).collect();
            planning.ambiguous(wanted.address(), &path, &wanted.spoken(), ids);
        }
    }
}

/// Lets a pool of another size take over.
fn plan_replacement(planning: &mut Planning<'_>, wanted: &Wanted, new: NewPool, old: &[&Pool]) {
    let sizes: BTreeSet<_> = old.iter().map(|pool| pool.size.as_str()).collect();
    let names: Vec<_> = old.iter().map(|pool| pool.name.as_str()).collect();
    let sizes = sizes.into_iter().collect::<Vec<_>>().join(", ");
    let attributes = [
        Attribute::changed("size", sizes, new.size.as_str()).forcing_replacement(),
        Attribute::changed("name", names.join(", "), new.settings.name.as_str()),
    ];
    let ids = old.iter().map(|pool| pool.id.clone()).collect();
    let operation = Operation::Pool(PoolOperation::Replace { new, old: ids });
    let step = Step::new(wanted.address(), Action::Replace, operation)
        .because("the size of nodes can't change")
        .with(attributes)
        .warning("every pod of the pool moves to a new node; both pools cost until that is done")
        .needing(Need::Replace)
        .after([planning.desired.cluster.address()]);
    planning.step(step);
}

/// Changes a pool as it is, where something differs.
fn plan_change(planning: &mut Planning<'_>, wanted: &Wanted, pool: &Pool) {
    let (attributes, tags) = differences(wanted, pool);
    report_size(planning, wanted, pool);
    if attributes.is_empty() {
        return;
    }
    let loses_label = pool.labels.keys().any(|key| !wanted.labels.contains_key(key));
    let settings = wanted.settings(pool.name.clone(), tags);
    let operation = Operation::Pool(PoolOperation::Update { id: pool.id.clone(), settings });
    let mut step = Step::new(wanted.address(), Action::Update, operation)
        .with(attributes)
        .after([planning.desired.cluster.address()]);
    if loses_label {
        step = step.warning("a label that is taken away stays on the nodes that are there");
    }
    planning.step(step);
}

/// What differs, and all tags to send.
fn differences(wanted: &Wanted, pool: &Pool) -> (Vec<Attribute>, Vec<String>) {
    let mut attributes = Vec::new();
    let found = if pool.auto_scale { (pool.min_nodes, pool.max_nodes) } else { (pool.count, pool.count) };
    for (name, before, after) in [("min", found.0, wanted.min), ("max", found.1, wanted.max)] {
        if before != after {
            attributes.push(Attribute::changed(name, before, after));
        }
    }
    // A pool whose limits are equal may still be the autoscaler's.
    if attributes.is_empty() && pool.auto_scale != wanted.scales() {
        attributes.push(Attribute::changed("autoScale", pool.auto_scale, wanted.scales()));
    }
    if pool.labels != wanted.labels {
        attributes.push(Attribute::changed("labels", shown_labels(&pool.labels), shown_labels(&wanted.labels)));
    }
    let set = |taints: &[Taint]| taints.iter().cloned().collect::<BTreeSet<_>>();
    if set(&pool.taints) != set(&wanted.taints) {
        attributes.push(Attribute::changed("taints", shown_taints(&pool.taints), shown_taints(&wanted.taints)));
    }
    let present = pool.tags.clone().unwrap_or_default();
    let tags = match marks::completed(&present, &wanted.tags) {
        Some(tags) => {
            attributes.push(Attribute::changed("tags", marks::of_people(&present), marks::of_people(&tags)));
            tags
        }
        None => marks::sendable(&present),
    };
    (attributes, tags)
}

/// Says where the autoscaler's pool has fewer or more nodes than it should: somebody set that by hand, and forcing it
/// back would cost work.
fn report_size(planning: &mut Planning<'_>, wanted: &Wanted, pool: &Pool) {
    let range = pool.min_nodes..=pool.max_nodes;
    if pool.auto_scale && wanted.scales() && !range.contains(&pool.count) {
        let message = format!("has {} nodes, outside of {} to {}", pool.count, pool.min_nodes, pool.max_nodes);
        planning.report(wanted.address(), message, "the autoscaler brings it back when it next scales");
    }
}

/// A finding that a pool is not ours.
fn foreign(planning: &mut Planning<'_>, wanted: &Wanted, owner: &Owner) {
    let path = ["cluster", "nodePools", &wanted.name];
    match owner {
        Owner::Hidden => {
            let message = format!("nobody can see whose {} is: the answer has no tags", wanted.spoken());
            let finding = planning.desired.finding(Code::NotOwned, &path, message);
            let help = "give the token in DIGITALOCEAN_TOKEN the scope `tag:read`";
            planning.finding(wanted.address(), finding.help(help));
        }
        Owner::Other(other) => planning.not_owned(wanted.address(), &path, &wanted.spoken(), Some(other)),
        Owner::Nobody | Owner::Ours => planning.not_owned(wanted.address(), &path, &wanted.spoken(), None),
    }
}

/// A finding where no node can have the wanted size.
fn check_size(planning: &mut Planning<'_>, wanted: &Wanted) {
    let options = &planning.observed.options;
    let sizes = || options.sizes.iter().map(|size| size.slug.as_str());
    if options.sizes.is_empty() || sizes().any(|size| size == wanted.size) {
        return;
    }
    let path = ["cluster", "nodePools", &wanted.name, "size"];
    let finding =
        planning.desired.finding(Code::NotOffered, &path, format!("no node can have the size `{}`", wanted.size));
    let finding = match nearest(&wanted.size, sizes()) {
        Some(near) => finding.help(format!("did you mean `{near}`? `render cloud options` lists all")),
        None => finding.help("`render cloud options` lists what there is"),
    };
    planning.finding(wanted.address(), finding);
}

/// Pools of the cluster that no value wants.
fn plan_the_rest(planning: &mut Planning<'_>, cluster: &Cluster) {
    let desired = planning.desired;
    let is_wanted = |pool: &&Pool| desired.pools.iter().any(|wanted| stands_for(pool, &wanted.name));
    for pool in cluster.node_pools.iter().filter(|pool| !is_wanted(pool)) {
        let address = Address::new("node_pool", &pool.name);
        if owner(pool, desired) != Owner::Ours {
            planning.report(address, "is not ours, and no value wants it", "");
        } else if planning.wishes.prune {
            let operation = Operation::Pool(PoolOperation::Delete { id: pool.id.clone() });
            let step = Step::new(address, Action::Delete, operation)
                .because("no value wants it")
                .with([
                    Attribute::changed("size", pool.size.as_str(), Shown::Absent),
                    Attribute::changed("count", pool.count, Shown::Absent),
                    Attribute::changed("id", pool.id.as_str(), Shown::Absent),
                ])
                .warning("its pods move to other pools, or stay pending where no other takes them")
                .after(desired.pools.iter().map(Wanted::address));
            planning.step(step);
        } else {
            planning.report(address, "is ours, and no value wants it", "`--prune` deletes it");
        }
    }
}

/// Marks pools of the cluster.
pub(super) fn plan_adoption(planning: &mut Planning<'_>) {
    let (desired, observed) = (planning.desired, planning.observed);
    let cluster_address = desired.cluster.address();
    let is_ours = observed.cluster(desired).is_some() || planning.has_step(&cluster_address);
    let mut meant = observed
        .clusters
        .iter()
        .filter(|cluster| cluster.name == desired.cluster.name && cluster.region == desired.cluster.region);
    let (Some(cluster), None) = (meant.next(), meant.next()) else { return };
    for wanted in desired.pools.iter().filter(|wanted| planning.is_adopted(&wanted.address())).collect::<Vec<_>>() {
        let address = wanted.address();
        if !is_ours {
            let path = ["cluster", "nodePools", &wanted.name];
            let message = format!("{} belongs to a cluster that is not ours", wanted.spoken());
            let finding = desired.finding(Code::NotOwned, &path, message);
            planning.finding(address, finding.help(format!("adopt `{cluster_address}` as well")));
            continue;
        }
        match candidates(cluster, wanted, desired) {
            (ours, _) if !ours.is_empty() => planning.report(address, "belongs to the environment already", ""),
            (_, others) => match &others[..] {
                [] => {}
                [pool] if owner(pool, desired) == Owner::Nobody => plan_mark(planning, wanted, pool),
                [pool] => foreign(planning, wanted, &owner(pool, desired)),
                several => {
                    let path = ["cluster", "nodePools", &wanted.name];
                    let ids: Vec<_> = several.iter().map(|pool| pool.id.as_str()).collect();
                    planning.ambiguous(address, &path, &wanted.spoken(), ids);
                }
            },
        }
    }
}

fn plan_mark(planning: &mut Planning<'_>, wanted: &Wanted, pool: &Pool) {
    let present = pool.tags.clone().unwrap_or_default();
    let tags = marks::completed(&present, &wanted.tags).unwrap_or_else(|| marks::sendable(&present));
    let change = Attribute::changed("tags", marks::of_people(&present), marks::of_people(&tags));
    // A pool is always said as a whole: all but the tags as it is.
    let settings = PoolSettings {
        name: pool.name.clone(),
        count: (!pool.auto_scale).then_some(pool.count),
        tags,
        labels: pool.labels.clone(),
        taints: pool.taints.clone(),
        auto_scale: pool.auto_scale,
        min_nodes: pool.auto_scale.then_some(pool.min_nodes),
        max_nodes: pool.auto_scale.then_some(pool.max_nodes),
    };
    let operation = Operation::Pool(PoolOperation::Adopt { id: pool.id.clone(), settings });
    let step = Step::new(wanted.address(), Action::Adopt, operation).with([change]);
    planning.step(step.after([planning.desired.cluster.address()]));
}

/// Tells the ids and names of pools.
pub(super) fn tell(desired: &Desired, observed: &Observed, outputs: &mut Outputs) {
    let Some(cluster) = observed.cluster(desired) else { return };
    let told = desired.pools.iter().filter_map(|wanted| {
        let (ours, _) = candidates(cluster, wanted, desired);
        let fitting = ours.iter().find(|pool| pool.size == wanted.size);
        let pool = fitting.or(ours.first())?;
        let outputs = PoolOutputs { id: CloudId::parse(&pool.id).ok()?, name: PoolName::parse(&pool.name).ok()? };
        Some((PoolName::parse(&wanted.name).ok()?, outputs))
    });
    outputs.node_pools = told.collect();
}
