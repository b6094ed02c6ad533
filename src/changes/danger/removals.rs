//! What disappears, and what goes with it.

use serde_json::Value;

use super::{Danger, DangerKind, at, has_sync_option};
use crate::changes::object::{Change, Delta};

/// Kinds that a deletion takes more from than a moment: state, an address, or what runs.
const KEEPERS: &[(&str, &str)] = &[
    ("", "Service"),
    ("", "ServiceAccount"),
    ("", "PersistentVolume"),
    ("apps", "Deployment"),
    ("apps", "DaemonSet"),
    ("apps", "StatefulSet"),
    ("batch", "Job"),
    ("batch", "CronJob"),
    ("networking.k8s.io", "Ingress"),
    ("gateway.networking.k8s.io", "Gateway"),
    ("gateway.networking.k8s.io", "HTTPRoute"),
];

pub(super) fn check(delta: &Delta, found: &mut Vec<Danger>) {
    let (Some(id), Some(old), true) = (delta.old_id(), delta.old, delta.loses_resource()) else { return };
    if has_sync_option(old, "Prune=false") {
        return;
    }
    let kind = match (id.group.as_str(), id.kind.as_str()) {
        ("", "PersistentVolumeClaim") => DangerKind::ClaimRemoved,
        ("", "Namespace") => DangerKind::NamespaceRemoved,
        ("apiextensions.k8s.io", "CustomResourceDefinition") => DangerKind::DefinitionRemoved,
        ("argoproj.io", "AppProject") => DangerKind::ProjectRemoved,
        ("argoproj.io", "Application") if deletes_resources(old) => DangerKind::ApplicationRemoved,
        ("apps", "StatefulSet") if has_volumes(old) => DangerKind::StatefulVolumeRemoved,
        (group, kind) if delta.change == Change::Renamed && KEEPERS.contains(&(group, kind)) => DangerKind::Renamed,
        _ => return,
    };
    let message = match (delta.change, delta.resource()) {
        (Change::Renamed, Some(new)) => format!("`{id}` becomes `{new}`"),
        _ => format!("`{id}` disappears"),
    };
    found.push(delta.danger(kind, message));
}

/// Whether the finalizer of an Application deletes its resources when it is deleted itself.
fn deletes_resources(application: &Value) -> bool {
    let finalizers = at(application, &["metadata", "finalizers"]).and_then(Value::as_array);
    let is_cascade = |name: &Value| name.as_str().is_some_and(|name| name.starts_with("resources-finalizer.argocd"));
    finalizers.is_some_and(|finalizers| finalizers.iter().any(is_cascade))
}

fn has_volumes(stateful_set: &Value) -> bool {
    let templates = at(stateful_set, &["spec", "volumeClaimTemplates"]).and_then(Value::as_array);
    templates.is_some_and(|templates| !templates.is_empty())
}

/// Whether more than `limit` resources disappear at once.
pub(super) fn count(deltas: &[Delta], limit: usize, found: &mut Vec<Danger>) {
    let removed = deltas.iter().filter(|delta| delta.change == Change::Removed && delta.loses_resource()).count();
    if removed > limit {
        found.push(Danger {
            kind: DangerKind::ManyRemoved,
            file: String::new(),
            resource: None,
            message: format!("{removed} resources disappear at once"),
        });
    }
}
