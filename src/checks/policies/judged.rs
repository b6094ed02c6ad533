//! A document under judgement, with what policies ask of it again and again.

use std::cell::OnceCell;

use serde_json::Value;

use super::images::{self, Image};
use super::pods::{self, Pod};
use crate::checks::finding::{Finding, Place};
use crate::checks::subject::{Subject, at};
use crate::checks::surroundings::{PodLevel, Surroundings};
use crate::diagnostic::Code;
use crate::model::Values;

/// A document under judgement: that of a subject, or an item of it if it is a List.
pub(super) struct Judged<'a> {
    /// What it says.
    pub(super) data: &'a Value,
    /// Whether it says only a part: what it does not say may stand elsewhere.
    pub(super) is_patch: bool,
    /// What stands around it.
    pub(super) around: &'a Surroundings<'a>,
    kind: &'a str,
    subject: &'a Subject<'a>,
    route: Vec<String>,
    pods: OnceCell<Vec<Pod<'a>>>,
    images: OnceCell<Vec<Image<'a>>>,
}

impl<'a> Judged<'a> {
    pub(super) fn new(
        subject: &'a Subject<'a>,
        data: &'a Value,
        route: &[String],
        around: &'a Surroundings<'a>,
    ) -> Self {
        let (is_patch, route) = (subject.is_patch, route.to_vec());
        let kind = at(data, &["kind"]).and_then(Value::as_str).unwrap_or_default();
        Self { data, is_patch, around, kind, subject, route, pods: OnceCell::new(), images: OnceCell::new() }
    }

    /// Whether any policy looks at documents of this kind: most of a tree is none of them.
    pub(super) fn is_of_interest(&self) -> bool {
        pods::is_workload(self.kind())
            || matches!(
                self.kind(),
                "Kustomization"
                    | "Ingress"
                    | "Gateway"
                    | "HTTPRoute"
                    | "Role"
                    | "ClusterRole"
                    | "RoleBinding"
                    | "ClusterRoleBinding"
                    | "Service"
                    | "Certificate"
            )
    }

    /// The text at `path`; empty if there is none.
    pub(super) fn text(&self, path: &[&str]) -> &'a str {
        at(self.data, path).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn kind(&self) -> &'a str {
        self.kind
    }

    /// The group of its API; empty for the core group.
    pub(super) fn group(&self) -> &'a str {
        self.text(&["apiVersion"]).split_once('/').map_or("", |(group, _)| group)
    }

    /// The namespace that it is applied to; empty if nothing tells.
    pub(super) fn namespace(&self) -> &str {
        self.around.namespace(self.path(), self.text(&["metadata", "namespace"]))
    }

    /// The document as messages call it.
    pub(super) fn shown(&self) -> String {
        let (kind, name) = (self.kind(), self.text(&["metadata", "name"]));
        match self.text(&["metadata", "namespace"]) {
            "" => format!("{kind} `{name}`"),
            namespace => format!("{kind} `{namespace}/{name}`"),
        }
    }

    /// Its file, below the environment's folder.
    pub(super) fn path(&self) -> &str {
        self.subject.file.path.as_str()
    }

    pub(super) fn values(&self) -> &'a Values {
        self.subject.tree.values
    }

    /// What its namespace lets pods do.
    pub(super) fn level(&self) -> PodLevel {
        self.around.level(self.namespace())
    }

    /// The pods that it describes.
    pub(super) fn pods(&self) -> &[Pod<'a>] {
        self.pods.get_or_init(|| pods::of(self.data, self.is_patch))
    }

    /// The images that it names.
    pub(super) fn images(&self) -> &[Image<'a>] {
        self.images.get_or_init(|| images::of(self))
    }

    /// A finding at `path`: keys, and indices counted from 0. It shows the key of what is a map or a list; where there is
    /// nothing at `path`, the nearest above it.
    pub(super) fn found<S: AsRef<str>>(&self, code: Code, message: impl Into<String>, path: &[S]) -> Finding {
        let mut value = self.data;
        let mut there = 0;
        for step in path {
            let step = step.as_ref();
            let Some(next) = value.get(step).or_else(|| value.get(step.parse::<usize>().ok()?)) else { break };
            value = next;
            there += 1;
        }
        let finding = Finding::error(code, message, self.place(&path[..there]));
        if value.is_object() || value.is_array() { finding.on_key() } else { finding }
    }

    /// The place at `path`.
    pub(super) fn place<S: AsRef<str>>(&self, path: &[S]) -> Place {
        let route = self.route.iter().map(String::as_str).chain(path.iter().map(AsRef::as_ref));
        self.subject.place(&route.collect::<Vec<_>>())
    }
}
