//! Fields that the API server lets nobody change.

use serde_json::Value;

use super::{Danger, DangerKind, annotation, at, has_sync_option, text_at};
use crate::changes::fields::{FieldChange, FieldKind};
use crate::changes::object::Delta;

/// Group, kind, and the fields that can't change, by their keys.
const FIELDS: &[(&str, &str, &[&[&str]])] = &[
    ("apps", "Deployment", &[&["spec", "selector"]]),
    ("apps", "DaemonSet", &[&["spec", "selector"]]),
    ("apps", "ReplicaSet", &[&["spec", "selector"]]),
    (
        "batch",
        "Job",
        &[&["spec", "selector"], &["spec", "template"], &["spec", "completions"], &["spec", "completionMode"]],
    ),
    (
        "storage.k8s.io",
        "StorageClass",
        &[&["provisioner"], &["parameters"], &["reclaimPolicy"], &["volumeBindingMode"]],
    ),
    ("rbac.authorization.k8s.io", "RoleBinding", &[&["roleRef"]]),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding", &[&["roleRef"]]),
    ("", "Secret", &[&["type"]]),
    ("bitnami.com", "SealedSecret", &[&["spec", "template", "type"]]),
    ("networking.k8s.io", "IngressClass", &[&["spec", "controller"]]),
    ("gateway.networking.k8s.io", "GatewayClass", &[&["spec", "controllerName"]]),
    ("scheduling.k8s.io", "PriorityClass", &[&["value"], &["preemptionPolicy"]]),
    ("node.k8s.io", "RuntimeClass", &[&["handler"]]),
    ("apiextensions.k8s.io", "CustomResourceDefinition", &[&["spec", "scope"], &["spec", "group"]]),
];

/// What may change in the `spec` of a StatefulSet; nothing else may.
const STATEFUL_SET: &[&str] = &[
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
];

/// What may change in the `spec` of a claim. A smaller size is another danger.
const CLAIM: &[&str] = &["resources", "volumeAttributesClassName"];

/// How many fields a message names.
const NAMED: usize = 3;

pub(super) fn check(delta: &Delta, found: &mut Vec<Danger>) {
    let (Some(id), Some(old), Some(new), false) = (delta.resource(), delta.old, delta.new, delta.loses_resource())
    else {
        return;
    };
    let is_fixed = |change: &&FieldChange| is_fixed(&id.group, &id.kind, change, old, new);
    let mut paths: Vec<String> =
        delta.fields.iter().filter(is_fixed).map(|change| format!("`{}`", change.path)).collect();
    if paths.is_empty() || is_replaced(&id.kind, new) {
        return;
    }
    let more = paths.len().saturating_sub(NAMED);
    paths.truncate(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    found.push(delta.danger(DangerKind::ImmutableField, format!("`{id}` can't change {}{more}", paths.join(", "))));
}

fn is_fixed(group: &str, kind: &str, change: &FieldChange, old: &Value, new: &Value) -> bool {
    let path = &change.path;
    let in_spec_but =
        |free: &[&str]| path.starts_with(&["spec"]) && !path.keys().nth(1).is_some_and(|key| free.contains(&key));
    match (group, kind) {
        // A volume that goes, or shrinks, has a danger of its own.
        ("apps", "StatefulSet") => {
            let is_volume = path.starts_with(&["spec", "volumeClaimTemplates"]);
            let goes = is_volume && change.kind == FieldKind::Removed && is_item(change);
            in_spec_but(STATEFUL_SET) && !goes && !super::volumes::shrinks(change)
        }
        ("", "PersistentVolumeClaim") => in_spec_but(CLAIM),
        ("", "Service") => {
            let is_external = |value| text_at(value, &["spec", "type"]) == Some("ExternalName");
            let same_type = text_at(old, &["spec", "type"]) == text_at(new, &["spec", "type"]);
            let is_address = path.starts_with(&["spec", "clusterIP"]) || path.starts_with(&["spec", "clusterIPs"]);
            let is_class = path.starts_with(&["spec", "loadBalancerClass"]) && same_type;
            is_class || is_address && !is_external(old) && !is_external(new)
        }
        ("", "ConfigMap" | "Secret") if at(old, &["immutable"]) == Some(&Value::Bool(true)) => {
            ["data", "binaryData", "stringData", "immutable", "type"].iter().any(|key| path.starts_with(&[key]))
        }
        ("bitnami.com", "SealedSecret") if at(old, &["spec", "template", "immutable"]) == Some(&Value::Bool(true)) => {
            path.starts_with(&["spec", "encryptedData"]) || path.starts_with(&["spec", "template"])
        }
        _ => FIELDS
            .iter()
            .filter(|(of_group, of_kind, _)| (*of_group, *of_kind) == (group, kind))
            .any(|(_, _, fields)| fields.iter().any(|field| path.starts_with(field) || is_above(change, field))),
    }
}

/// Whether `change` takes or brings a whole mapping that holds `field`.
fn is_above(change: &FieldChange, field: &[&str]) -> bool {
    let keys: Vec<_> = change.path.keys().collect();
    let is_start = keys.len() < field.len() && change.path.segments().len() == keys.len() && field.starts_with(&keys);
    let has = |value: &Option<Value>| value.as_ref().is_some_and(|value| at(value, &field[keys.len()..]).is_some());
    is_start && (has(&change.old) || has(&change.new))
}

/// Whether a change is about an item of a list as a whole, or about the list.
fn is_item(change: &FieldChange) -> bool {
    change.path.segments().len() <= 3
}

/// Whether Argo CD deletes the object and makes it again: a hook, and a Job that says so.
fn is_replaced(kind: &str, new: &Value) -> bool {
    let is_hook = annotation(new, "argocd.argoproj.io/hook").is_some() || annotation(new, "helm.sh/hook").is_some();
    let is_forced = has_sync_option(new, "Force=true") && has_sync_option(new, "Replace=true");
    matches!(kind, "Job") && (is_hook || is_forced)
}
