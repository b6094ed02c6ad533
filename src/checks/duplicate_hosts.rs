//! One host and path lead to one place: with two, it is a matter of luck or age which one answers.
//!
//! Routes of one class or Gateway are compared with each other, of whatever kind they are. A canary of ingress-nginx is
//! meant to share its host and path, and two routes of different Gateways do not meet.

use std::collections::BTreeMap;

use super::facts::Detail;
use super::finding::Finding;
use super::world::World;
use crate::diagnostic::Code;

pub(super) fn check(world: &World<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut first = BTreeMap::new();
    for (index, facts) in world.facts.iter().enumerate().filter(|(_, facts)| !facts.is_patch) {
        let Detail::Routes(routes) = &facts.detail else { continue };
        for route in routes {
            // Relative names of Gateways are in the namespace of the route.
            let space = if route.listener.starts_with('[') { world.namespace(index).unwrap_or_default() } else { "" };
            let Some(other) =
                first.insert((&facts.id.kind, &route.listener, space, &route.host, &route.path), (facts, route))
            else {
                continue;
            };
            let path = route.path.split(' ').next().unwrap_or_default();
            let what =
                if route.host.is_empty() { format!("`{}`", route.path) } else { format!("`{}{path}`", route.host) };
            found.push(
                Finding::error(Code::DuplicateHost, format!("{what} leads to two places"), facts.place(&route.route))
                    .label(format!("by {} here", facts.id))
                    .see(other.0.place(&other.1.route), format!("and by {} here", other.0.id))
                    .help("give one of the two another host or path, or take it out"),
            );
        }
    }
    found
}
