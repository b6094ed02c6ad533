//! What rules over the whole tree know of a document once its data is gone.
//!
//! Facts are taken while a document is there as data, and are small: what it is, what it brings, what it refers to, and
//! the few parts of it that other documents are compared with. They judge nothing; that is for the rules.

use serde_json::Value;

use super::CheckedFile;
use super::finding::Place;
use super::subject::Subject;
use crate::manifest::ResourceId;

mod access;
mod argo;
mod certificates;
mod cursor;
mod kinds;
mod kustomize;
mod monitors;
mod pipelines;
mod pods;
mod routes;
mod selectors;

pub(super) use argo::{Application, Project};
pub(super) use cursor::Cursor;
pub(super) use kinds::*;
pub(super) use kustomize::Kustomization;
pub(super) use pipelines::{Call, Signature, variables};
pub(super) use pods::template_of;
pub(super) use routes::Routed;
pub(super) use selectors::{Labels, Selection, Selector};

/// A way into a document: the steps, each with a character behind it that stands in no YAML.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Route(String);

impl Route {
    /// The way to the document itself, with room for most ways.
    fn new() -> Self {
        Self(String::with_capacity(64))
    }

    fn push(&mut self, step: &str) {
        self.0.push_str(step);
        self.0.push('\0');
    }

    /// The way to the kind.
    pub(super) fn to_kind() -> Self {
        Self("kind\0".to_owned())
    }

    /// The way to the namespace.
    pub(super) fn to_namespace() -> Self {
        Self("metadata\0namespace\0".to_owned())
    }

    pub(super) fn steps(&self) -> Vec<&str> {
        self.0.split_terminator('\0').collect()
    }
}

/// One document.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    /// The file that holds it.
    pub(super) file: &'a CheckedFile<'a>,
    /// Which of the file's documents it is.
    pub(super) index: usize,
    /// What it describes. The namespace is the one that it says.
    pub(super) id: ResourceId,
    /// Whether a kustomization uses its file as a patch.
    pub(super) is_patch: bool,
    /// The annotations by which Argo CD orders it.
    pub(super) order: Order,
    /// The named parts of it that others may refer to: keys, ports, listeners. `None` where they can't be told.
    pub(super) parts: Option<Vec<Box<str>>>,
    /// What somebody makes of it.
    pub(super) brings: Vec<Brought>,
    /// What it refers to.
    pub(super) refers: Vec<Reference>,
    /// Its labels.
    pub(super) labels: Labels,
    /// The labels of the pods that it makes.
    pub(super) pods: Option<Labels>,
    /// What it selects by labels.
    pub(super) selects: Vec<Selection>,
    /// More of some kinds.
    pub(super) detail: Detail,
}

/// When Argo CD applies a resource, within its Application.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Order {
    /// Before (-1), in (0) or after (1) the sync itself.
    pub(super) phase: i8,
    /// The wave.
    pub(super) wave: i64,
}

/// A resource that somebody makes of a document: cert-manager a Secret of a Certificate, say.
#[derive(Debug)]
pub(super) struct Brought {
    pub(super) kind: Kind,
    /// Always in the namespace of the document.
    pub(super) name: Box<str>,
    pub(super) parts: Option<Vec<Box<str>>>,
}

/// The name of another resource in a document.
#[derive(Debug)]
pub(super) struct Reference {
    pub(super) kind: Kind,
    /// `None`: the namespace of the document, or none at all.
    pub(super) namespace: Option<Box<str>>,
    pub(super) name: Box<str>,
    /// Where the name stands.
    pub(super) route: Route,
    /// A named part of the resource, and where it stands.
    pub(super) part: Option<(Box<str>, Route)>,
    /// Whether things work, somehow, where it is missing.
    pub(super) is_soft: bool,
}

/// What is only known of some kinds.
#[derive(Debug, Default)]
pub(super) enum Detail {
    /// Nothing more.
    #[default]
    None,
    Application(Box<Application>),
    Project(Box<Project>),
    Kustomization(Box<Kustomization>),
    /// Something of Tekton that is called, or calls.
    Pipeline(Box<Signature>, Vec<Call>),
    Routes(Vec<Routed>),
    /// The resources that a policy of Kyverno makes may be any.
    Generator,
}

impl<'a> Facts<'a> {
    /// The facts of `subject`, a document of `file`; `None` if it describes no resource, such as the values of a chart.
    pub(super) fn of(subject: &Subject<'_>, file: &'a CheckedFile<'a>) -> Option<Self> {
        let id = match &subject.id {
            Some(id) => id.clone(),
            // A kustomization needs no name.
            None if subject.kind().0.starts_with("kustomize.config.k8s.io/") => ResourceId {
                group: "kustomize.config.k8s.io".to_owned(),
                kind: subject.kind().1.to_owned(),
                namespace: None,
                name: String::new(),
            },
            None => return None,
        };
        let root = Cursor::new(subject.data);
        let mut facts = Self {
            file,
            index: subject.index,
            id,
            is_patch: subject.is_patch,
            order: order(&root),
            parts: None,
            brings: Vec::new(),
            refers: Vec::new(),
            labels: Labels::at(&root, "metadata.labels"),
            pods: None,
            selects: Vec::new(),
            detail: Detail::None,
        };
        facts.read(&root);
        Some(facts)
    }

    fn read(&mut self, root: &Cursor<'_>) {
        let kind = self.id.kind.clone();
        match &*self.id.group {
            "" | "apps" | "batch" | "autoscaling" | "storage.k8s.io" => pods::read(self, root, &kind),
            "networking.k8s.io" | "gateway.networking.k8s.io" | "traefik.io" | "gateway.envoyproxy.io" => {
                routes::read(self, root, &kind);
            }
            "cert-manager.io" | "bitnami.com" => certificates::read(self, root, &kind),
            "rbac.authorization.k8s.io"
            | "admissionregistration.k8s.io"
            | "apiregistration.k8s.io"
            | "apiextensions.k8s.io"
            | "kyverno.io" => access::read(self, root, &kind),
            "monitoring.coreos.com" => monitors::read(self, root, &kind),
            "tekton.dev" | "triggers.tekton.dev" => pipelines::read(self, root, &kind),
            "argoproj.io" => argo::read(self, root, &kind),
            "kustomize.config.k8s.io" => kustomize::read(self, root),
            _ => {}
        }
        selectors::read(self, root, &kind);
    }

    /// Whether the document belongs to the cluster; `None` for a kind that is not known.
    pub(super) fn is_cluster_wide(&self) -> Option<bool> {
        is_cluster_wide(&self.id.group, &self.id.kind)
    }

    /// Whether something may make other resources of the document, which no file shows.
    pub(super) fn may_make_others(&self) -> bool {
        may_make_others(&self.id.group, &self.id.kind)
    }

    /// Whether the document is of the kind `kind`.
    pub(super) fn is(&self, kind: &Kind) -> bool {
        self.id.group == kind.group && self.id.kind == kind.name
    }

    /// Where `route` leads to.
    pub(super) fn place(&self, route: &Route) -> Place {
        Place::new(self.file.path, self.index, &route.steps())
    }

    /// Where the document says its name.
    pub(super) fn name_place(&self) -> Place {
        Place::new(self.file.path, self.index, &["metadata", "name"])
    }

    /// Where the document says its kind.
    pub(super) fn kind_place(&self) -> Place {
        self.place(&Route::to_kind())
    }

    /// The folder of the file.
    pub(super) fn folder(&self) -> &'a str {
        super::surroundings::folder(self.file.path.as_str())
    }

    /// Notes that the text at `path` is the name of a resource of the kind `kind`, if there is one.
    fn refer(&mut self, at: &Cursor<'_>, path: &str, kind: Kind) -> Option<&mut Reference> {
        let name = at.at(path)?;
        let text = name.value().as_str().filter(|text| !text.is_empty())?;
        let reference =
            Reference { kind, namespace: None, name: text.into(), route: name.route(), part: None, is_soft: false };
        self.refers.push(reference);
        self.refers.last_mut()
    }

    /// Notes a reference of the form `{name, key}` to a Secret or `ConfigMap`, unless it may be missing.
    fn refer_to_key(&mut self, at: &Cursor<'_>, kind: Kind) {
        if !at.is_true("optional")
            && let Some(reference) = self.refer(at, "name", kind)
        {
            reference.part(at, "key");
        }
    }

    /// Notes that somebody makes a resource of this document.
    fn bring(&mut self, kind: Kind, name: &str, parts: Option<&[&str]>) {
        if !name.is_empty() {
            let parts = parts.map(|parts| parts.iter().map(|part| Box::from(*part)).collect());
            self.brings.push(Brought { kind, name: name.into(), parts });
        }
    }
}

impl Reference {
    /// The reference that a document makes by its `metadata.namespace`.
    pub(super) fn to_namespace(name: &str) -> Self {
        let (name, route) = (name.into(), Route::to_namespace());
        Self { kind: NAMESPACE, namespace: None, name, route, part: None, is_soft: false }
    }

    /// The text at `path`, or the number as text, is the name of a part.
    fn part(&mut self, at: &Cursor<'_>, path: &str) -> &mut Self {
        if let Some(part) = at.at(path)
            && let Some(text) = scalar(part.value())
        {
            self.part = Some((text, part.route()));
        }
        self
    }

    /// The text at `path` is the namespace.
    fn namespace(&mut self, at: &Cursor<'_>, path: &str) -> &mut Self {
        let namespace = at.text(path);
        self.namespace = (!namespace.is_empty()).then(|| namespace.into());
        self
    }

    fn soft(&mut self) {
        self.is_soft = true;
    }
}

/// The text that stands here, or the number as text.
fn scalar(value: &Value) -> Option<Box<str>> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.as_str().into()),
        Value::Number(number) => Some(number.to_string().into()),
        _ => None,
    }
}

/// The keys of the maps at `paths`.
fn keys(at: &Cursor<'_>, paths: &[&str]) -> Vec<Box<str>> {
    let maps = paths.iter().filter_map(|path| at.at(path));
    maps.flat_map(|map| {
        map.value().as_object().into_iter().flatten().map(|(key, _)| key.as_str().into()).collect::<Vec<_>>()
    })
    .collect()
}

/// The texts in the list at `path`.
fn strings(at: &Cursor<'_>, path: &str) -> Vec<Box<str>> {
    let mut found = Vec::new();
    at.each(path, |item| found.extend(item.value().as_str().map(Box::from)));
    found
}

/// The texts at the key `key` of each map in the list at `path`.
fn names(at: &Cursor<'_>, path: &str, key: &str) -> Vec<Box<str>> {
    let mut found = Vec::new();
    at.each(path, |item| found.extend(Some(item.text(key)).filter(|text| !text.is_empty()).map(Box::from)));
    found
}

fn order(root: &Cursor<'_>) -> Order {
    let wave = root.annotation("argocd.argoproj.io/sync-wave").and_then(|wave| wave.parse().ok()).unwrap_or(0);
    let phase = match root.annotation("argocd.argoproj.io/hook") {
        Some("PreSync") => -1,
        Some("PostSync" | "SyncFail" | "PreDelete" | "PostDelete") => 1,
        _ => 0,
    };
    Order { phase, wave }
}
