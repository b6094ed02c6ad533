//! Hosts that nobody serves any more, or that no certificate names.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Danger, DangerKind, annotation, at};
use crate::changes::object::Delta;

/// What stands before a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It answers there.
    Route,
    /// It proves who answers.
    Certificate,
}

pub(super) fn check(deltas: &[Delta], found: &mut Vec<Danger>) {
    for (role, verb) in [(Role::Route, "no longer serves"), (Role::Certificate, "no longer names")] {
        let of_role: Vec<_> = deltas.iter().filter(|delta| role_of(delta) == Some(role)).collect();
        // A host that another resource takes over is still there.
        let now: BTreeSet<_> = of_role.iter().filter_map(|delta| delta.new).flat_map(hosts).collect();
        for delta in of_role {
            let (Some(id), Some(old)) = (delta.old_id(), delta.old) else { continue };
            let lost: Vec<_> = hosts(old).difference(&now).map(|host| format!("`{host}`")).collect();
            if !lost.is_empty() {
                found.push(delta.danger(DangerKind::HostChanged, format!("`{id}` {verb} {}", lost.join(", "))));
            }
        }
    }
}

fn role_of(delta: &Delta) -> Option<Role> {
    let id = delta.old_id().or(delta.resource())?;
    match (id.group.as_str(), id.kind.as_str()) {
        ("cert-manager.io", "Certificate") => Some(Role::Certificate),
        ("networking.k8s.io", "Ingress") | ("", "Service") | ("gateway.networking.k8s.io", _) => Some(Role::Route),
        _ => None,
    }
}

fn hosts(object: &Value) -> BTreeSet<String> {
    let list = |path: &[&str]| at(object, path).and_then(Value::as_array).into_iter().flatten();
    let rules = list(&["spec", "rules"]).filter_map(|rule| rule.get("host"));
    let listeners = list(&["spec", "listeners"]).filter_map(|listener| listener.get("hostname"));
    let named = ["hostnames", "dnsNames"].into_iter().flat_map(|field| list(&["spec", field]));
    let texts = rules.chain(listeners).chain(named).filter_map(Value::as_str).map(str::to_owned);
    let annotated = annotation(object, "external-dns.alpha.kubernetes.io/hostname").unwrap_or_default();
    texts.chain(annotated.split(',').map(|host| host.trim().to_owned())).filter(|host| !host.is_empty()).collect()
}
