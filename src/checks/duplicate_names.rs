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
    let mut first: BTreeMap<&str, (usize, Cursor<'_>)> = BTreeMap::new();
    let lists = ["initContainers", "containers"].map(|list| spec.at(list).filter(|list| list.value().is_array()));
    for (number, container) in lists
        .iter()
        .enumerate()
        .flat_map(|(number, list)| list.iter().flat_map(Cursor::items).map(move |container| (number, container)))
    {
        ports(subject, &container, found);
        let name = container.text("name");
        let (in_list, other) = *first.entry(name).or_insert((number, container));
        if in_list != number && !name.is_empty() {
            found.push(twice(subject, "container", name, &container.route(), &other.route()));
        }
    }
}

/// The ports of a Service or container, which go by name where one is given.
fn ports(subject: &Subject<'_>, at: &Cursor<'_>, found: &mut Vec<Finding>) {
    let mut first: BTreeMap<&str, Cursor<'_>> = BTreeMap::new();
    let Some(list) = at.at("ports").filter(|list| list.value().is_array()) else { return };
    for port in list.items().filter(|port| !port.text("name").is_empty()) {
        let name = port.text("name");
        match first.get(name) {
            Some(other) => found.push(twice(subject, "port", name, &port.route(), &other.route())),
            None => {
                first.insert(name, port);
            }
        }
    }
}

fn twice(subject: &Subject<'_>, what: &str, name: &str, route: &Route, other: &Route) -> Finding {
    let (kind, id) = (subject.text(&["kind"]), subject.text(&["metadata", "name"]));
    let message = format!("{kind} `{id}` has the {what} `{name}` twice");
    let finding = subject.error(Code::DuplicateName, message, &route.steps());
    finding.see(subject.place(&other.steps()), "first here").help("rename one of the two, or take it out")
}
