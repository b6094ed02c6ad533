//! Where Argo CD puts things, in which order, and what it allows.

use serde_json::Value;

use super::{Danger, DangerKind, annotation, at, text_at};
use crate::changes::object::Delta;

const WAVE: &str = "argocd.argoproj.io/sync-wave";

/// Lists of a project that allow what they name.
const ALLOWED: &[&str] = &["sourceRepos", "destinations", "clusterResourceWhitelist", "namespaceResourceWhitelist"];

pub(super) fn check(delta: &Delta, found: &mut Vec<Danger>) {
    let (Some(old), Some(new)) = (delta.old, delta.new) else { return };
    if delta.is_kustomization() {
        return kustomization(delta, old, new, found);
    }
    let (Some(id), false) = (delta.resource(), delta.loses_resource()) else { return };
    let wave = |value| annotation(value, WAVE).unwrap_or("0").trim().to_owned();
    if wave(old) != wave(new) {
        let message = format!("`{id}` moves from sync wave {} to {}", wave(old), wave(new));
        found.push(delta.danger(DangerKind::WaveChanged, message));
    }
    if id.group != "argoproj.io" {
        return;
    }
    match id.kind.as_str() {
        "Application" => application(delta, old, new, found),
        "AppProject" => {
            for list in ALLOWED {
                let items = |value| at(value, &["spec", list]).and_then(Value::as_array).cloned().unwrap_or_default();
                let now = items(new);
                let any = |item: &Value| item.as_str() == Some("*");
                let lost = items(old).into_iter().filter(|item| !now.contains(item)).count();
                if lost > 0 && !now.iter().any(any) {
                    let entries = if lost == 1 { "one entry" } else { "several entries" };
                    let message = format!("`{id}` allows less: `spec.{list}` loses {entries}");
                    found.push(delta.danger(DangerKind::ProjectChanged, message));
                }
            }
        }
        _ => {}
    }
}

fn application(delta: &Delta, old: &Value, new: &Value, found: &mut Vec<Danger>) {
    let Some(id) = delta.resource() else { return };
    let project = |value| text_at(value, &["spec", "project"]).unwrap_or("default");
    if project(old) != project(new) {
        let message = format!("`{id}` moves from project `{}` to `{}`", project(old), project(new));
        found.push(delta.danger(DangerKind::ProjectChanged, message));
    }
    for field in ["namespace", "server", "name"] {
        let destination = |value| text_at(value, &["spec", "destination", field]).unwrap_or("none");
        if destination(old) != destination(new) {
            let message = format!(
                "`{id}` changes its destination: {field} `{}` becomes `{}`",
                destination(old),
                destination(new)
            );
            found.push(delta.danger(DangerKind::DestinationChanged, message));
        }
    }
}

fn kustomization(delta: &Delta, old: &Value, new: &Value, found: &mut Vec<Danger>) {
    for field in ["namespace", "namePrefix", "nameSuffix"] {
        let (before, after) = (text_at(old, &[field]), text_at(new, &[field]));
        if before != after {
            let word = |text: Option<&str>| text.unwrap_or("none").to_owned();
            let message = format!("all of the kustomization: {field} `{}` becomes `{}`", word(before), word(after));
            found.push(delta.danger(DangerKind::DestinationChanged, message));
        }
    }
}
