//! Volumes that shrink or go: of a claim, of a StatefulSet, and in the values of charts.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Danger, DangerKind, at, text_at};
use crate::changes::fields::{FieldChange, FieldKind};
use crate::changes::object::{Change, Delta};
use crate::changes::path::FieldPath;
use crate::model::Quantity;

pub(super) fn check(delta: &Delta, all: &[Delta], found: &mut Vec<Danger>) {
    if delta.is_values_file() {
        return charts(delta, all, found);
    }
    let (Some(id), false) = (delta.resource(), delta.loses_resource()) else { return };
    let is_claim = id.group.is_empty() && id.kind == "PersistentVolumeClaim";
    let is_set = id.group == "apps" && id.kind == "StatefulSet";
    for change in delta.fields.iter().filter(|_| is_claim || is_set) {
        if shrinks(change) {
            found.push(delta.danger(DangerKind::VolumeShrinks, shrink(&format!("`{id}`"), &change.path, change)));
        }
        let is_template = change.path.starts_with(&["spec", "volumeClaimTemplates"]) && is_set;
        if is_template && change.kind == FieldKind::Removed && change.path.segments().len() <= 3 {
            let message = format!("`{id}` loses `{}`", change.path);
            found.push(delta.danger(DangerKind::StatefulVolumeRemoved, message));
        }
    }
}

/// Whether `change` makes the size that a claim asks for smaller.
pub(super) fn shrinks(change: &FieldChange) -> bool {
    let amount = |value: &Option<Value>| value.as_ref().and_then(amount);
    change.path.ends_with(&["resources", "requests", "storage"])
        && matches!((amount(&change.old), amount(&change.new)), (Some(old), Some(new)) if new < old)
}

fn shrink(what: &str, path: &FieldPath, change: &FieldChange) -> String {
    let size = |value: &Option<Value>| value.as_ref().map(shown).unwrap_or_default();
    format!("{what} shrinks from {} to {} at `{path}`", size(&change.old), size(&change.new))
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A size in billionths of a byte.
fn amount(value: &Value) -> Option<u128> {
    Quantity::parse(&shown(value)).ok().map(|quantity| quantity.nanos())
}

/// A volume that Helm values ask for.
#[derive(Debug, Default, PartialEq)]
struct Volume {
    /// Whether the values switch it on, rather than only say how large it is where the chart has it on.
    wanted: bool,
    size: Option<Value>,
    class: Option<String>,
}

fn charts(delta: &Delta, all: &[Delta], found: &mut Vec<Danger>) {
    let empty = Value::Null;
    if delta.change == Change::Removed && goes_with_its_application(delta, all) {
        return;
    }
    let (old, new) = (volumes(delta.old.unwrap_or(&empty)), volumes(delta.new.unwrap_or(&empty)));
    for (path, volume) in &old {
        let Some(now) = new.get(path) else {
            if volume.wanted {
                found.push(
                    delta.danger(DangerKind::PersistenceRemoved, format!("the volume at `{path}` is taken away")),
                );
            }
            continue;
        };
        let (Some(before), Some(after)) = (&volume.size, &now.size) else { continue };
        if matches!((amount(before), amount(after)), (Some(before), Some(after)) if after < before) {
            let message = format!("the volume at `{path}` shrinks from {} to {}", shown(before), shown(after));
            found.push(delta.danger(DangerKind::VolumeShrinks, message));
        }
    }
    for (path, volume) in &old {
        let class = new.get(path).map(|now| &now.class);
        if class.is_some_and(|class| class.is_some() && volume.class.is_some() && *class != volume.class) {
            let message = format!("the volume at `{path}` can't change its storage class");
            found.push(delta.danger(DangerKind::ImmutableField, message));
        }
    }
}

/// Whether an Application that reads this values file disappears, too: then that is the danger.
fn goes_with_its_application(delta: &Delta, all: &[Delta]) -> bool {
    let reads = |old: &Value| {
        let spec = old.get("spec");
        let sources = spec.and_then(|spec| spec.get("sources")).and_then(Value::as_array).into_iter().flatten();
        let sources = sources.chain(spec.and_then(|spec| spec.get("source")));
        let files = sources.filter_map(|source| at(source, &["helm", "valueFiles"])?.as_array());
        files.flatten().any(|file| file.as_str().is_some_and(|file| file.ends_with(delta.path)))
    };
    let is_gone =
        |other: &&Delta| other.loses_resource() && other.resource().is_some_and(|id| id.kind == "Application");
    all.iter().filter(is_gone).filter_map(|other| other.old).any(reads)
}

/// The volumes in Helm values by their places. What stands below `enabled: false` is not there.
fn volumes(values: &Value) -> BTreeMap<FieldPath, Volume> {
    let mut found = BTreeMap::new();
    collect(&FieldPath::default(), values, &mut found);
    found
}

fn collect(path: &FieldPath, value: &Value, found: &mut BTreeMap<FieldPath, Volume>) {
    let Value::Object(map) = value else { return };
    if map.get("enabled") == Some(&Value::Bool(false)) {
        return;
    }
    for (key, child) in map {
        let path = path.key(key);
        let field = |names: &[&str]| names.iter().find_map(|name| at(child, &[name])).cloned();
        let text = |value: Option<Value>| value.and_then(|value| value.as_str().map(str::to_owned));
        match key.as_str() {
            "persistence" | "persistentVolume" if child.is_object() => match child.get("enabled") {
                Some(Value::Bool(false)) => {}
                enabled => {
                    let wanted = enabled == Some(&Value::Bool(true));
                    let class = text(field(&["storageClass", "storageClassName"]));
                    found.insert(path, Volume { wanted, size: field(&["size"]), class });
                }
            },
            "volumeClaimTemplate" if child.is_object() => {
                let size = at(child, &["spec", "resources", "requests", "storage"]).cloned();
                let class = text_at(child, &["spec", "storageClassName"]).map(str::to_owned);
                found.insert(path, Volume { wanted: true, size, class });
            }
            _ => collect(&path, child, found),
        }
    }
}
