//! What stands around a document and decides about it: the namespace that it is applied to, and what that allows.
//!
//! Few documents say so: those that are looked at here are asked for single places, before any becomes data.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::facts::Labels;
use super::inventory::Listed;
use super::{CheckedTree, shown};

/// The label by which a namespace says what its pods may do.
const LEVEL: &str = "pod-security.kubernetes.io/enforce";

/// What a namespace lets its pods do: the levels of the Pod Security Standards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PodLevel {
    /// Nothing is asked.
    Privileged,
    /// What is known to be dangerous is out.
    Baseline,
    /// Only what is known to be harmless is in. What a namespace that says nothing is held to.
    Restricted,
}

/// A Kustomization of the tree.
#[derive(Debug)]
pub(super) struct Overlay {
    /// The namespace that it puts everything into; empty if it leaves that alone.
    pub(super) namespace: String,
    /// The labels that it adds to pods.
    pub(super) labels: Labels,
}

/// What is known of a tree before its documents are looked at.
#[derive(Debug)]
pub(super) struct Surroundings<'a> {
    levels: BTreeMap<String, PodLevel>,
    /// By folder; the path of a tree's top is empty.
    overlays: BTreeMap<&'a str, Overlay>,
    /// The files, as paths of the tree, that kustomizations lay over resources.
    patches: BTreeSet<String>,
    /// Where the Application that reads a folder of the tree sends what names no namespace.
    destinations: BTreeMap<String, String>,
    /// Gateways, as namespace and name, that have no listener with TLS.
    plain_gateways: BTreeSet<(String, String)>,
    /// Namespaces of the platform's own services.
    platform: BTreeSet<String>,
    /// The path of the tree's own folder in the repository, with a `/` at its end.
    top: String,
}

impl<'a> Surroundings<'a> {
    /// Gathers what the documents of `tree` say, which `inventory` lists.
    pub(super) fn of(tree: &'a CheckedTree<'a>, inventory: &[Listed<'a>]) -> Self {
        let mut around = Self {
            levels: BTreeMap::new(),
            overlays: BTreeMap::new(),
            patches: BTreeSet::new(),
            destinations: BTreeMap::new(),
            plain_gateways: BTreeSet::new(),
            platform: platform(tree),
            top: shown(tree.environment, ""),
        };
        for listed in inventory {
            around.read(listed);
        }
        around
    }

    fn read(&mut self, listed: &Listed<'a>) {
        let path = listed.file.path.as_str();
        let text = |path: &[&str]| listed.text(path).into_owned();
        let list = |path: &[&str]| listed.document.data_at(path).unwrap_or_default();
        let name = || text(&["metadata", "name"]);
        match &*listed.kind {
            "Namespace" => {
                let level = match text(&["metadata", "labels", LEVEL]).as_str() {
                    "privileged" => PodLevel::Privileged,
                    "baseline" => PodLevel::Baseline,
                    _ => PodLevel::Restricted,
                };
                self.levels.insert(name(), level);
            }
            "Kustomization" => {
                let overlay = Overlay { namespace: text(&["namespace"]), labels: pod_labels(listed) };
                self.overlays.insert(folder(path), overlay);
                self.patches.extend(patches(listed));
            }
            "Component" => self.patches.extend(patches(listed)),
            "Application" => {
                let namespace = text(&["spec", "destination", "namespace"]);
                let sources = list(&["spec", "sources"]);
                let sources = sources.as_array().into_iter().flatten().filter_map(|source| source["path"].as_str());
                let paths = sources.map(str::to_owned).chain([text(&["spec", "source", "path"])]);
                let folders = paths.filter_map(|path| Some(path.strip_prefix(&self.top)?.to_owned()));
                self.destinations.extend(folders.map(|folder| (folder, namespace.clone())));
            }
            "Gateway" => {
                let listeners = list(&["spec", "listeners"]);
                let mut listeners = listeners.as_array().into_iter().flatten();
                if listeners.all(|listener| listener["protocol"] == "HTTP") {
                    let namespace = self.namespace(path, &text(&["metadata", "namespace"])).to_owned();
                    self.plain_gateways.insert((namespace, name()));
                }
            }
            _ => {}
        }
    }

    /// The namespace that a document of the file at `path` is applied to, which says `own` itself; empty if nothing
    /// tells.
    pub(super) fn namespace<'s>(&'s self, path: &str, own: &'s str) -> &'s str {
        let overlaid = self.overlays.get(folder(path)).map(|overlay| overlay.namespace.as_str());
        if let Some(namespace) = overlaid.filter(|namespace| !namespace.is_empty()) {
            return namespace;
        }
        if !own.is_empty() {
            return own;
        }
        self.destinations.get(folder(path)).map_or("", String::as_str)
    }

    /// What pods of `namespace` may do.
    pub(super) fn level(&self, namespace: &str) -> PodLevel {
        self.levels.get(namespace).copied().unwrap_or(PodLevel::Restricted)
    }

    /// Whether nothing but services of the platform lives in `namespace`.
    pub(super) fn is_platform(&self, namespace: &str) -> bool {
        self.platform.contains(namespace)
    }

    /// Whether the Gateway is in the tree, and speaks no TLS.
    pub(super) fn is_plain_gateway(&self, namespace: &str, name: &str) -> bool {
        self.plain_gateways.contains(&(namespace.to_owned(), name.to_owned()))
    }

    /// Whether a kustomization lays the file at `path` over a resource that another file describes.
    pub(super) fn is_patch(&self, path: &str) -> bool {
        self.patches.contains(path)
    }

    /// The Kustomization in the folder of the file at `path`.
    pub(super) fn overlay(&self, path: &str) -> Option<&Overlay> {
        self.overlays.get(folder(path))
    }
}

/// The folder of the file at `path`.
pub(super) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The namespaces that the platform's services and charts bring, and those that every cluster has.
fn platform(tree: &CheckedTree<'_>) -> BTreeSet<String> {
    let values = tree.values;
    let services = values.services.iter().map(|(_, service)| service.namespace().to_string());
    let charts = values.charts.values().map(|chart| chart.namespace.to_string());
    let cluster = ["kube-system", "kube-public", "kube-node-lease"].map(str::to_owned);
    services.chain(charts).chain(cluster).collect()
}

/// The labels that a Kustomization gives to all pods.
fn pod_labels(listed: &Listed<'_>) -> Labels {
    let labels = listed.document.data_at(&["labels"]).unwrap_or_default();
    let everywhere = |entry: &&Value| entry["includeTemplates"] == true || entry["includeSelectors"] == true;
    let entries = labels.as_array().into_iter().flatten().filter(everywhere).map(|entry| &entry["pairs"]);
    let common = listed.document.data_at(&["commonLabels"]).unwrap_or_default();
    let mut all = Labels::default();
    entries.chain([&common]).for_each(|pairs| all.add(Labels::of(pairs)));
    all
}

/// The files that a kustomization lays over resources, as paths of the tree.
fn patches(listed: &Listed<'_>) -> Vec<String> {
    let folder = folder(listed.file.path.as_str());
    let patches = listed.document.data_at(&["patches"]).unwrap_or_default();
    let paths = patches.as_array().into_iter().flatten().filter_map(|patch| patch.get("path")?.as_str());
    paths.map(|path| format!("{folder}/{path}")).collect()
}
