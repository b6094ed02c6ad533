//! Workloads of which nothing runs any more.

use serde_json::Value;

use super::{Danger, DangerKind};
use crate::changes::object::Delta;

pub(super) fn check(delta: &Delta, found: &mut Vec<Danger>) {
    let id = delta.resource();
    let is_workload = id.is_some_and(|id| {
        id.group == "apps" && matches!(id.kind.as_str(), "Deployment" | "StatefulSet" | "ReplicaSet")
    });
    if !is_workload && !delta.is_values_file() {
        return;
    }
    let zero = Some(&Value::from(0));
    let is_count = |change: &&crate::changes::FieldChange| {
        let ends = |key| change.path.ends_with(&[key]);
        if is_workload {
            ends("replicas") && change.path.segments().len() == 2
        } else {
            ends("replicas") || ends("replicaCount")
        }
    };
    for change in delta.fields.iter().filter(is_count) {
        if change.new.as_ref() == zero && change.old.as_ref() != zero {
            let whose = id.map_or_else(|| "the chart".to_owned(), |id| format!("`{id}`"));
            found.push(
                delta.danger(DangerKind::ReplicasToZero, format!("{whose} gets no replicas: `{}` is 0", change.path)),
            );
        }
    }
}
