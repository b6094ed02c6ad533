//! Names that may stand once in a list: containers, volumes, ports, mount paths, variables of a pod; ports of a Service.
//!
//! The API refuses most of these. It takes a variable twice, and the last one counts, so that is a warning. Beside the
//! same list this looks at what it names: a mount of a volume, and a port that a probe asks, have to be in the pod.

use std::collections::BTreeMap;

use serde_json::Value;

use super::facts::{Cursor, Route, template_of};
use super::finding::Finding;
use super::subject::Subject;
use crate::diagnostic::{Code, nearest};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let root = Cursor::new(subject.data);
    let (version, kind) = subject.kind();
    let mut look = Look { subject, found: Vec::new() };
    match (version, kind) {
        ("v1", "Service") => {
            if let Some(spec) = root.at("spec") {
                look.unique(&spec, "ports", "port name", |port| Some(port.text("name").to_owned()), true);
                look.unique(&spec, "ports", "port", number_and_protocol, true);
            }
        }
        ("v1", "Pod") => {
            if let Some(spec) = root.at("spec") {
                look.pod(&spec, &[]);
            }
        }
        ("apps/v1" | "batch/v1" | "v1", _) => {
            let claims: Vec<_> = subject
                .data
                .pointer("/spec/volumeClaimTemplates")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .collect();
            let claims: Vec<_> = claims.iter().filter_map(|claim| claim.pointer("/metadata/name")?.as_str()).collect();
            if let Some(path) = template_of(kind)
                && let Some(template) = root.at(path)
                && let Some(spec) = template.at("spec")
            {
                look.pod(&spec, &claims);
            }
        }
        _ => {}
    }
    look.found
}

fn number_and_protocol(port: &Cursor<'_>) -> Option<String> {
    let number = port.value().get("port")?.as_u64()?;
    let protocol = Some(port.text("protocol")).filter(|protocol| !protocol.is_empty()).unwrap_or("TCP");
    Some(format!("{number}/{protocol}"))
}

/// What was found so far in one document.
struct Look<'a> {
    subject: &'a Subject<'a>,
    found: Vec<Finding>,
}

impl Look<'_> {
    fn pod(&mut self, spec: &Cursor<'_>, claims: &[&str]) {
        let name = |one: &Cursor<'_>| Some(one.text("name").to_owned());
        self.unique(spec, "volumes", "volume", name, true);
        let mut containers: BTreeMap<String, Route> = BTreeMap::new();
        for list in ["initContainers", "containers"] {
            spec.each(list, |container| {
                self.once(&mut containers, "container", container.text("name").to_owned(), &container, true);
                self.container(&container);
            });
        }
        // A patch has only what it changes.
        if self.subject.is_patch {
            return;
        }
        let mut volumes: Vec<&str> = claims.to_vec();
        let list = spec.value().get("volumes").and_then(Value::as_array).into_iter().flatten();
        volumes.extend(list.filter_map(|volume| volume.get("name")?.as_str()));
        for list in ["initContainers", "containers"] {
            spec.each(list, |container| {
                for mounts in ["volumeMounts", "volumeDevices"] {
                    container.each(mounts, |mount| self.mount(&mount, &volumes));
                }
                self.probes(&container);
            });
        }
    }

    fn container(&mut self, container: &Cursor<'_>) {
        let name = |one: &Cursor<'_>| Some(one.text("name").to_owned());
        self.unique(container, "env", "variable", name, false);
        self.unique(container, "ports", "port", name, true);
        self.unique(container, "volumeMounts", "mount path", |one| Some(one.text("mountPath").to_owned()), true);
    }

    /// A mount of a volume that the pod does not have.
    fn mount(&mut self, mount: &Cursor<'_>, volumes: &[&str]) {
        let Some(at) = mount.at("name") else { return };
        let Some(name) = at.value().as_str().filter(|name| !volumes.contains(name)) else { return };
        let message = format!("`{}` mounts the volume `{name}`, which it does not have", self.name());
        let finding = self.subject.error(Code::MissingReference, message, &at.route().steps()).label("no such volume");
        self.found.push(match nearest(name, volumes.iter().copied()) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help("add the volume to `volumes`, or take the mount out"),
        });
    }

    /// A probe of a port that the container does not name.
    fn probes(&mut self, container: &Cursor<'_>) {
        let ports = container.value().get("ports").and_then(Value::as_array).into_iter().flatten();
        let ports: Vec<_> = ports.filter_map(|port| port.get("name")?.as_str()).collect();
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
            for how in ["httpGet", "tcpSocket"] {
                let path = format!("{probe}.{how}.port");
                let Some(at) = container.at(&path) else { continue };
                // A number as text is taken for the number.
                let is_name = |text: &&str| text.parse::<u32>().is_err() && !ports.contains(text);
                let Some(name) = at.value().as_str().filter(is_name) else { continue };
                let message = format!("`{}` probes the port `{name}`, which its container does not name", self.name());
                let finding =
                    self.subject.error(Code::MissingReference, message, &at.route().steps()).label("no such port");
                self.found.push(match nearest(name, ports.iter().copied()) {
                    Some(near) => finding.help(format!("did you mean `{near}`?")),
                    None => finding.help("name the port in `ports`, or write its number"),
                });
            }
        }
    }

    /// Each item of the list at `path` has to have a name of its own.
    fn unique(
        &mut self,
        at: &Cursor<'_>,
        path: &str,
        what: &str,
        name: impl Fn(&Cursor<'_>) -> Option<String>,
        is_error: bool,
    ) {
        let mut first = BTreeMap::new();
        at.each(path, |item| {
            if let Some(name) = name(&item) {
                self.once(&mut first, what, name, &item, is_error);
            }
        });
    }

    fn once(
        &mut self,
        first: &mut BTreeMap<String, Route>,
        what: &str,
        name: String,
        item: &Cursor<'_>,
        is_error: bool,
    ) {
        if name.is_empty() {
            return;
        }
        let route = item.route();
        let Some(other) = first.get(&name) else {
            first.insert(name, route);
            return;
        };
        let message = format!("`{}` has the {what} `{name}` twice", self.name());
        let (code, place) = (Code::DuplicateName, route.steps());
        let finding = match is_error {
            true => self.subject.error(code, message, &place),
            false => self.subject.warning(code, message, &place).note("the last one counts"),
        };
        let finding = finding.see(self.subject.place(&other.steps()), "first here");
        self.found.push(finding.help("rename one of the two, or take it out"));
    }

    fn name(&self) -> String {
        format!("{} {}", self.subject.text("/kind"), self.subject.text("/metadata/name"))
    }
}
