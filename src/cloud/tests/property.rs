//! What was planned and done needs no further plan, whatever was wanted and whatever was there.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::world;
use crate::cloud::clusters::ClusterOperation;
use crate::cloud::digitalocean::clusters::{Cluster, ClusterSettings};
use crate::cloud::digitalocean::pools::{NewPool, Pool, PoolSettings};
use crate::cloud::digitalocean::projects::{Member, Project};
use crate::cloud::digitalocean::vpcs::Vpc;
use crate::cloud::pools::PoolOperation;
use crate::cloud::projects::ProjectOperation;
use crate::cloud::registry::RegistryOperation;
use crate::cloud::vpcs::VpcOperation;
use crate::cloud::{Observed, Operation, Wishes, plan};

/// Does to `observed` what the service does on a step.
fn carry_out(observed: &mut Observed, operation: &Operation, number: usize) {
    let id = format!("new-{number}");
    match operation {
        Operation::Project(ProjectOperation::Create(new)) => observed.projects.push(Project {
            id,
            name: new.name.clone(),
            description: new.description.clone(),
            purpose: format!("Other: {}", new.purpose),
            ..Project::default()
        }),
        Operation::Project(ProjectOperation::AssignCluster) => {
            let urn = format!("do:kubernetes:{}", observed.clusters[0].id);
            observed.members.push(Member { urn, status: "ok".to_owned() });
        }
        Operation::Vpc(VpcOperation::Create(new)) => observed.vpcs.push(Vpc {
            id,
            name: new.name.clone(),
            region: new.region.clone(),
            ip_range: new.ip_range.clone().unwrap_or_else(|| "10.10.0.0/20".to_owned()),
            description: new.description.clone(),
            default: false,
        }),
        Operation::Cluster(ClusterOperation::Create(new)) => {
            let mut cluster = Cluster {
                id,
                name: new.name.clone(),
                region: new.region.clone(),
                version: new.version.clone(),
                vpc_uuid: observed.vpcs.first().map(|vpc| vpc.id.clone()),
                cluster_subnet: new.cluster_subnet.clone().or(Some("10.244.0.0/16".to_owned())),
                service_subnet: new.service_subnet.clone().or(Some("10.245.0.0/16".to_owned())),
                node_pools: new.node_pools.iter().enumerate().map(|(at, pool)| made(pool, at)).collect(),
                status: world::status("running"),
                ..Cluster::default()
            };
            set(&mut cluster, &new.settings);
            observed.clusters = vec![cluster];
        }
        Operation::Cluster(ClusterOperation::Update { settings, upgrade, .. }) => {
            let cluster = &mut observed.clusters[0];
            set(cluster, settings);
            if let Some(target) = upgrade {
                cluster.version.clone_from(target);
            }
        }
        Operation::Cluster(ClusterOperation::Await { .. }) => {
            observed.clusters[0].status.state = "running".to_owned();
        }
        Operation::Pool(operation) => {
            let pools = &mut observed.clusters[0].node_pools;
            let is_there = |pools: &[Pool], new: &NewPool| pools.iter().any(|pool| pool.name == new.settings.name);
            match operation {
                PoolOperation::Create(new) if is_there(pools, new) => {}
                PoolOperation::Create(new) => pools.push(made(new, 100 + number)),
                PoolOperation::Replace { new, old } => {
                    if !is_there(pools, new) {
                        pools.push(made(new, 100 + number));
                    }
                    pools.retain(|pool| !old.contains(&pool.id));
                }
                PoolOperation::Update { id, settings } | PoolOperation::Adopt { id, settings } => {
                    pools.iter_mut().filter(|pool| pool.id == *id).for_each(|pool| set_pool(pool, settings));
                }
                PoolOperation::Delete { id } => pools.retain(|pool| pool.id != *id),
            }
        }
        Operation::Registry(RegistryOperation::Set { is_on }) => observed.clusters[0].registry_enabled = *is_on,
        other => panic!("{other:?}"),
    }
}

fn with_tags_of_the_service(tags: &[String]) -> Vec<String> {
    ["k8s".to_owned(), "k8s:worker".to_owned()].into_iter().chain(tags.iter().cloned()).collect()
}

fn set(cluster: &mut Cluster, settings: &ClusterSettings) {
    if let Some(tags) = &settings.tags {
        cluster.tags = Some(with_tags_of_the_service(tags));
    }
    cluster.maintenance_policy = settings.maintenance_policy.clone().or(cluster.maintenance_policy.take());
    cluster.auto_upgrade = settings.auto_upgrade.unwrap_or(cluster.auto_upgrade);
    cluster.surge_upgrade = settings.surge_upgrade.unwrap_or(cluster.surge_upgrade);
    cluster.ha = settings.ha.unwrap_or(cluster.ha);
    cluster.control_plane_firewall = settings.control_plane_firewall.clone().or(cluster.control_plane_firewall.take());
}

fn made(new: &NewPool, number: usize) -> Pool {
    let mut pool = Pool { id: format!("pool-{number}"), size: new.size.clone(), ..Pool::default() };
    set_pool(&mut pool, &new.settings);
    pool
}

fn set_pool(pool: &mut Pool, settings: &PoolSettings) {
    pool.name.clone_from(&settings.name);
    pool.count = settings.count.unwrap_or(pool.count);
    pool.tags = Some(with_tags_of_the_service(&settings.tags));
    pool.labels.clone_from(&settings.labels);
    pool.taints.clone_from(&settings.taints);
    pool.auto_scale = settings.auto_scale;
    pool.min_nodes = settings.min_nodes.unwrap_or_default();
    pool.max_nodes = settings.max_nodes.unwrap_or_default();
}

/// A pool of nodes in the values.
fn pools() -> impl Strategy<Value = Value> {
    let size = prop_oneof![Just("s-2vcpu-4gb"), Just("s-4vcpu-8gb"), Just("g-4vcpu-16gb")];
    let label = prop_oneof![Just(json!({})), Just(json!({ "example.com/tier": "one" }))];
    (size, 1..4u32, 0..3u32, any::<bool>(), label).prop_map(|(size, min, more, dedicated, labels)| {
        json!({ "size": size, "min": min, "max": min + more, "dedicated": dedicated, "labels": labels })
    })
}

/// What may be set of a cluster and may be changed again.
fn wishes() -> impl Strategy<Value = Vec<(&'static str, Value)>> {
    let tags = prop::collection::vec(prop_oneof![Just("team:a"), Just("Team:B"), Just("x")], 0..3);
    let access =
        prop::option::of(prop_oneof![Just(json!(["192.0.2.7"])), Just(json!(["192.0.2.0/24", "2001:db8::1"]))]);
    let window = prop::option::of(Just(json!({ "day": "any", "start": "00:30" })));
    let registry = prop::option::of(any::<bool>());
    let pools = prop::collection::btree_map("[a-c]", pools(), 0..3);
    (tags, access, window, registry, any::<[bool; 2]>(), pools).prop_map(
        |(tags, access, window, registry, [auto, surge], pools)| {
            let mut all = serde_json::Map::new();
            all.insert("base".to_owned(), json!({ "size": "s-2vcpu-4gb", "min": 1, "max": 2 }));
            all.extend(pools);
            let mut changes = vec![
                ("/cluster/tags", json!(tags)),
                ("/cluster/autoUpgrade", json!(auto)),
                ("/cluster/surgeUpgrade", json!(surge)),
                ("/cluster/nodePools", Value::Object(all)),
            ];
            changes.extend(access.map(|access| ("/cluster/apiAccess", access)));
            changes.extend(window.map(|window| ("/cluster/maintenance", window)));
            changes.extend(registry.map(|registry| ("/cluster/registryAccess", json!(registry))));
            changes
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_done_needs_no_further_plan(first in wishes(), second in wishes(), stop in 0..12usize) {
        let mut observed = world::nothing();
        // The first set of values is applied, until it is killed; then the second one, to the end.
        for (values, steps) in [(&first, stop), (&second, usize::MAX)] {
            let plan = plan(&world::desired(values), &observed, &Wishes::default()).unwrap();
            for (number, step) in plan.steps.iter().take(steps).enumerate() {
                carry_out(&mut observed, &step.operation, number);
            }
        }
        let after = plan(&world::desired(&second), &observed, &Wishes::default()).unwrap();
        prop_assert_eq!(world::steps(&after), Vec::<String>::new());
        prop_assert_eq!(observed.clusters.len(), 1);
    }
}
