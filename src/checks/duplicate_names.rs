//! Names that may stand once, where the schemas do not know it: ports by name, and containers of all lists of a pod.
//!
//! The API refuses both. That items of one list differ in the key that the list is merged by is for the schemas.

use std::collections::BTreeMap;

use super::facts::{Cursor, Route, template_of};
use super::finding::Finding;
use super::subject::Subject;
use crate::diagnostic::Code;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let root = Cursor::new(subject.data);
    let mut found = Vec::new();
    let path = match subject.kind() {
        ("v1", "Service" | "Pod") => Some("spec".to_owned()),
        ("apps/v1" | "batch/v1" | "v1", kind) => template_of(kind).map(|path| format!("{path}.spec")),
        _ => None,
    };
    if let Some(spec) = path.as_deref().and_then(|path| root.at(path)) {
        ports(subject, &spec, &mut found);
        containers(subject, &spec, &mut found);
    }
    found
}

fn containers(subject: &Subject<'_>, spec: &Cursor<'_>, found: &mut Vec<Finding>) {
    let mut first: BTreeMap<String, (&str, Route)> = BTreeMap::new();
    for list in ["initContainers", "containers"] {
        spec.each(list, |container| {
            ports(subject, &container, found);
            let name = container.text("name");
            let Some((in_list, other)) = first.get(name) else {
                first.insert(name.to_owned(), (list, container.route()));
                return;
            };
            if *in_list != list && !name.is_empty() {
                found.push(twice(subject, "container", name, &container.route(), other));
            }
        });
    }
}

/// The ports of a Service or container, which go by name where one is given.
fn ports(subject: &Subject<'_>, at: &Cursor<'_>, found: &mut Vec<Finding>) {
    let mut first: BTreeMap<String, Route> = BTreeMap::new();
    at.each("ports", |port| {
        let name = port.text("name");
        if name.is_empty() {
            return;
        }
        match first.get(name) {
            Some(other) => found.push(twice(subject, "port", name, &port.route(), other)),
            None => {
                first.insert(name.to_owned(), port.route());
            }
        }
    });
}

fn twice(subject: &Subject<'_>, what: &str, name: &str, route: &Route, other: &Route) -> Finding {
    let (kind, id) = (subject.text("/kind"), subject.text("/metadata/name"));
    let message = format!("{kind} `{id}` has the {what} `{name}` twice");
    let finding = subject.error(Code::DuplicateName, message, &route.steps());
    finding.see(subject.place(&other.steps()), "first here").help("rename one of the two, or take it out")
}
