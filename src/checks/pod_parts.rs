//! What a pod says of its own parts: each volume that is mounted, and each port that a probe asks by name, is one of it.
//!
//! The API refuses the first and never calls the second healthy. A patch has only what it changes, so it can't be judged.

use serde_json::Value;

use super::facts::{Cursor, template_of};
use super::finding::Finding;
use super::subject::{Subject, at};
use crate::diagnostic::{Code, nearest};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let (version, kind) = subject.kind();
    let path = match (version, kind) {
        _ if subject.is_patch => None,
        ("v1", "Pod") => Some("spec".to_owned()),
        ("apps/v1" | "batch/v1" | "v1", _) => template_of(kind).map(|path| format!("{path}.spec")),
        _ => None,
    };
    let root = Cursor::new(subject.data);
    let Some(spec) = path.as_deref().and_then(|path| root.at(path)) else { return Vec::new() };
    // The claims of a StatefulSet become volumes of its pods.
    let claims = at(subject.data, &["spec", "volumeClaimTemplates"]).and_then(Value::as_array).into_iter().flatten();
    let mut volumes: Vec<&str> = claims.filter_map(|claim| at(claim, &["metadata", "name"])?.as_str()).collect();
    volumes.extend(named(spec.value(), "volumes"));
    let mut found = Vec::new();
    for list in ["initContainers", "containers"] {
        spec.each(list, |container| {
            for mounts in ["volumeMounts", "volumeDevices"] {
                container.each(mounts, |mount| found.extend(missing(subject, &mount, "name", ("volume", &volumes))));
            }
            let ports: Vec<_> = named(container.value(), "ports").collect();
            for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
                for how in ["httpGet.port", "tcpSocket.port"] {
                    if let Some(probe) = container.at(probe) {
                        found.extend(missing(subject, &probe, how, ("port", &ports)));
                    }
                }
            }
        });
    }
    found
}

/// The names of the items of a list.
fn named<'v>(value: &'v Value, list: &str) -> impl Iterator<Item = &'v str> {
    value.get(list).and_then(Value::as_array).into_iter().flatten().filter_map(|one| one.get("name")?.as_str())
}

/// A finding, if the name at `path` is none of `there`. A port may be a number, also as text.
fn missing(subject: &Subject<'_>, at: &Cursor<'_>, path: &str, (what, there): (&str, &[&str])) -> Option<Finding> {
    let at = at.at(path)?;
    let name = at.value().as_str().filter(|name| !there.contains(name) && name.parse::<u32>().is_err())?;
    let (kind, id) = (subject.text(&["kind"]), subject.text(&["metadata", "name"]));
    let message = format!("{kind} `{id}` uses the {what} `{name}`, which it does not have");
    let finding = subject.error(Code::MissingReference, message, &at.route().steps()).label(format!("no such {what}"));
    Some(match nearest(name, there.iter().copied()) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding.help(format!("add the {what} to `{what}s`, or take this out")),
    })
}
