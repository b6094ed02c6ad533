//! Node pools: sound in themselves, and there for whoever wants to run on them.

use super::{Found, RuleViolation};
use crate::diagnostic::{Code, listed, nearest};
use crate::model::values::Values;

/// The label by which placement finds the nodes of a pool.
const POOL_LABEL: &str = "pool";

/// Limits the right way round, labels that are not ours, and somewhere for the cluster's own workloads.
pub(super) fn pools_are_sound(values: &Values, found: &mut Found) {
    let pools = &values.cluster.node_pools;
    for (name, pool) in pools {
        let path = ["cluster", "nodePools", name.as_str()];
        if pool.min > pool.max {
            found.push(RuleViolation::conflict(
                &[&path[..], &["min"]].concat(),
                format!("node pool `{name}` has at least {} nodes, but {} at most", pool.min, pool.max),
                format!("lower `min` to {} or raise `max` to {}", pool.max, pool.min),
            ));
        }
        if pool.labels.contains_key(POOL_LABEL) {
            found.push(
                RuleViolation::conflict(
                    &[&path[..], &["labels", POOL_LABEL]].concat(),
                    format!("node pool `{name}` sets the label `{POOL_LABEL}`, which every pool gets anyway"),
                    "remove the label, or give it another key",
                )
                .note(format!("its value is always the pool's name, here `{name}`: placement selects nodes by it")),
            );
        }
    }
    if !pools.values().any(|pool| !pool.dedicated && pool.min > 0) {
        found.push(
            RuleViolation::conflict(
                &["cluster", "nodePools"],
                "no node pool is open to the cluster's own workloads",
                "add a pool without `dedicated: true` and with `min: 1` or more, such as `base`",
            )
            .note("CoreDNS and others of kube-system tolerate no taint of a dedicated pool, and would stay pending"),
        );
    }
}

/// Whatever is installed names a pool that the cluster has.
pub(super) fn pools_exist(values: &Values, found: &mut Found) {
    let services = values.services.iter();
    let services = services.map(|(_, service)| (vec!["services", service.key], service.section.pool().as_str()));
    let charts = values.charts.iter().filter(|(_, chart)| chart.enabled);
    let charts = charts.map(|(name, chart)| (vec!["charts", name.as_str()], chart.pool.as_str()));
    let applications = values.applications.iter().filter(|(_, application)| application.enabled);
    let applications = applications.flat_map(|(name, it)| {
        let path = vec!["applications", name.as_str()];
        let pipeline = it.pipeline.as_ref().map(|one| ([&path[..], &["pipeline"]].concat(), one.pool.as_str()));
        std::iter::once((path, it.pool.as_str())).chain(pipeline)
    });
    for (path, pool) in services.chain(charts).chain(applications) {
        if values.cluster.node_pools.contains_key(pool) {
            continue;
        }
        let help = match nearest(pool, values.cluster.node_pools.keys().map(crate::model::PoolName::as_str)) {
            Some(near) => format!("write `{near}`, or add `{pool}` under `cluster.nodePools`"),
            None => format!("name another pool, or add `{pool}` under `cluster.nodePools`"),
        };
        let violation = RuleViolation::new(
            Code::Conflict,
            &[&path[..], &["pool"]].concat(),
            format!("`{}` runs on the node pool `{pool}`, which the cluster does not have", path.join(".")),
            help,
        );
        let pools = values.cluster.node_pools.keys();
        found.push(match pools.len() {
            0 => violation,
            _ => violation.note(format!("the cluster's pools: {}", listed(pools))),
        });
    }
}
