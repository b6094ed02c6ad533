//! Secrets that are no longer there, or not with all their keys.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Danger, DangerKind, at, has_sync_option};
use crate::changes::object::Delta;
use crate::manifest::ResourceId;

pub(super) fn check(delta: &Delta, all: &[Delta], found: &mut Vec<Danger>) {
    let (Some(id), Some(old)) = (delta.old_id().filter(|id| is_secret(id)), delta.old) else { return };
    if delta.is_patch() || delta.loses_resource() && has_sync_option(old, "Prune=false") {
        return;
    }
    // A Secret that becomes a SealedSecret is still there.
    let is_same = |other: &&Delta| {
        let other = other.resource().filter(|other| is_secret(other));
        other.is_some_and(|other| (&other.namespace, &other.name) == (&id.namespace, &id.name))
    };
    let successor = all.iter().filter(is_same).find_map(|other| other.new);
    let Some(new) = successor else {
        found.push(delta.danger(DangerKind::SecretRemoved, format!("`{id}` disappears")));
        return;
    };
    let lost: Vec<_> = keys(old).difference(&keys(new)).map(|key| format!("`{key}`")).collect();
    if !lost.is_empty() {
        let noun = if lost.len() == 1 { "key" } else { "keys" };
        let message = format!("`{id}` loses the {noun} {}", lost.join(", "));
        found.push(delta.danger(DangerKind::SecretKeyRemoved, message));
    }
}

fn is_secret(id: &ResourceId) -> bool {
    matches!((id.group.as_str(), id.kind.as_str()), ("", "Secret") | ("bitnami.com", "SealedSecret"))
}

/// The keys that the secret has in the cluster.
fn keys(secret: &Value) -> BTreeSet<&str> {
    let places: [&[&str]; 4] = [&["data"], &["stringData"], &["spec", "encryptedData"], &["spec", "template", "data"]];
    let maps = places.iter().filter_map(|place| at(secret, place)?.as_object());
    maps.flat_map(|map| map.keys().map(String::as_str)).collect()
}
