//! Every document keeps to the schema of its kind, in a version that the cluster serves.
//!
//! Files that are no Kubernetes objects, such as the values of a chart, say no kind and are passed over.

use serde_json::Value;

use super::finding::Finding;
use super::subject::Subject;
use crate::diagnostic::{Code, listed};
use crate::schemas::crd::State;
use crate::schemas::{Found, Lifecycle, Schema, Unknown, Violation, lifecycle, shown};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let object = Object { subject, data: subject.data, path: Vec::new() };
    object.check(&mut found);
    found
}

/// An object under check: a document, or an item of a list.
struct Object<'a> {
    subject: &'a Subject<'a>,
    data: &'a Value,
    /// Where it stands in the document.
    path: Vec<String>,
}

impl Object<'_> {
    fn check(&self, found: &mut Vec<Finding>) {
        let text = |key: &str| self.data.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        match (text("apiVersion"), text("kind")) {
            (Some("v1"), Some("List")) => self.check_items(found),
            (Some(api_version), Some(kind)) => self.check_kind(api_version, kind, found),
            (Some(_), None) => found.push(self.incomplete("kind", "apiVersion")),
            (None, Some(_)) if self.data.get("metadata").is_some() => found.push(self.incomplete("apiVersion", "kind")),
            _ => {}
        }
    }

    fn check_items(&self, found: &mut Vec<Finding>) {
        let items = self.data.get("items").and_then(Value::as_array).into_iter().flatten();
        for (number, item) in items.enumerate() {
            let path = [&self.path[..], &["items".to_owned(), number.to_string()]].concat();
            Object { subject: self.subject, data: item, path }.check(found);
        }
    }

    fn check_kind(&self, api_version: &str, kind: &str, found: &mut Vec<Finding>) {
        let minor = self.subject.tree.values.cluster.version.minor();
        let ending = lifecycle(api_version, kind).filter(|ending| ending.deprecated <= minor);
        if let Some(ending) = ending {
            found.push(self.ending(api_version, kind, minor, ending));
        }
        match self.subject.tree.schemas.find(minor, api_version, kind) {
            Found::Schema(schema) => self.check_schema(&schema, api_version, kind, found),
            // That it is gone has been said.
            Found::Unknown(_) if ending.is_some_and(|ending| ending.removed.is_some_and(|gone| gone <= minor)) => {}
            Found::Unknown(unknown) => found.push(self.unknown(api_version, kind, minor, &unknown)),
        }
    }

    fn check_schema(&self, schema: &Schema<'_>, api_version: &str, kind: &str, found: &mut Vec<Finding>) {
        let served = format!("{api_version} {kind}");
        match schema.state() {
            State::Served => {}
            State::Deprecated => found.push(
                self.warning(Code::DeprecatedApi, format!("`{served}` is deprecated"), "apiVersion")
                    .label("on its way out")
                    .note(format!("schema: {}", schema.title()))
                    .help("use the version that its project recommends"),
            ),
            State::Removed => found.push(
                self.error(Code::RemovedApi, format!("`{served}` is not served any more"), "apiVersion")
                    .label("not served")
                    .note(format!("schema: {}", schema.title()))
                    .help("use a version that its project still serves"),
            ),
        }
        match schema.violations(self.data, self.subject.is_patch) {
            Ok(violations) => found.extend(violations.into_iter().map(|violation| self.violation(violation, schema))),
            Err(problem) => found.push(
                self.warning(Code::BadSchema, format!("the schema of `{served}` can't be used"), "kind")
                    .note(problem)
                    .note(format!("schema: {}", schema.title()))
                    .help("have the definition under schemas/ corrected where it comes from"),
            ),
        }
    }

    fn violation(&self, violation: Violation, schema: &Schema<'_>) -> Finding {
        let place = self.subject.place(&[&self.path[..], &violation.path].concat());
        let place = if violation.on_key { place.key() } else { place };
        let finding = Finding::error(Code::Schema, format!("{}: {}", self.name(), violation.message), place);
        let finding = violation.note.into_iter().fold(finding.label(violation.label), Finding::note);
        finding.note(format!("schema: {}", schema.title())).help(violation.help)
    }

    /// A version of one of Kubernetes' own APIs that is on its way out, or gone.
    fn ending(&self, api_version: &str, kind: &str, minor: u32, ending: Lifecycle) -> Finding {
        let served = format!("{api_version} {kind}");
        let finding = match ending.removed {
            Some(removed) if removed <= minor => {
                let message = format!("`{served}` is not served by Kubernetes 1.{minor}");
                let finding = self.error(Code::RemovedApi, message, "apiVersion").label("not served any more");
                finding.note(format!("deprecated in 1.{}, removed in 1.{removed}", ending.deprecated))
            }
            removed => {
                let message = format!("`{served}` is deprecated since Kubernetes 1.{}", ending.deprecated);
                let finding = self.warning(Code::DeprecatedApi, message, "apiVersion").label("on its way out");
                match removed {
                    Some(removed) => finding.note(format!("the cluster has 1.{minor}; removed in 1.{removed}")),
                    None => finding.note("no release is named that removes it"),
                }
            }
        };
        match ending.replacement {
            "" => finding.help("do without it"),
            replacement => finding.help(format!("use {replacement}")),
        }
    }

    fn unknown(&self, api_version: &str, kind: &str, minor: u32, unknown: &Unknown) -> Finding {
        let (message, label) = match (unknown.minors, unknown.is_kubernetes) {
            (Some(_), _) => (format!("Kubernetes 1.{minor} has no `{kind}` of `{api_version}`"), "not in this release"),
            (None, true) => (format!("Kubernetes has no `{kind}` of `{api_version}`"), "unknown kind"),
            (None, false) => (format!("no schema is known for `{kind}` of `{api_version}`"), "unchecked"),
        };
        let finding = if unknown.is_kubernetes {
            self.error(Code::Schema, message, "kind")
        } else {
            self.warning(Code::UnknownKind, message, "kind").note("so nobody has looked at its fields")
        };
        let finding = match unknown.minors {
            Some((from, to)) if from == to => finding.note(format!("1.{from} has it")),
            Some((from, to)) => finding.note(format!("1.{from} to 1.{to} have it")),
            None => finding,
        };
        let finding = finding.label(label);
        match (&unknown.nearest, &unknown.others[..]) {
            (_, [_, ..]) => finding.help(format!("it is known in {}", listed(&unknown.others))),
            (Some(nearest), []) => finding.help(format!("a kind with a similar name exists: `{nearest}`")),
            (None, []) if unknown.is_kubernetes => finding.help("correct `apiVersion` or `kind`"),
            (None, []) => finding.help("add its CustomResourceDefinition: `render schema add FILE`"),
        }
    }

    fn incomplete(&self, missing: &str, present: &str) -> Finding {
        self.error(Code::Schema, format!("{}: `{missing}` is missing", self.name()), present)
            .label(format!("`{missing}` belongs beside it"))
            .note("an object of Kubernetes says both `apiVersion` and `kind`")
            .help(format!("set `{missing}`"))
    }

    /// How messages call the object: its kind and name, or where it stands.
    fn name(&self) -> String {
        let text = |pointer: &str| self.data.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
        match (text("/kind"), text("/metadata/name")) {
            (Some(kind), Some(name)) => format!("{kind} `{name}`"),
            (Some(kind), None) => kind.to_owned(),
            _ if self.path.is_empty() => "the document".to_owned(),
            _ => format!("`{}`", shown(&self.path)),
        }
    }

    fn place(&self, key: &str) -> Vec<String> {
        self.path.iter().cloned().chain([key.to_owned()]).collect()
    }

    fn error(&self, code: Code, message: String, key: &str) -> Finding {
        self.subject.error(code, message, &self.place(key))
    }

    fn warning(&self, code: Code, message: String, key: &str) -> Finding {
        self.subject.warning(code, message, &self.place(key))
    }
}
