//! What stands around a document and decides about it: the namespace that it is applied to, and what that allows.
//!
//! Few documents say so: those that are looked at here are asked for single places, once for the whole tree.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{CheckedFile, CheckedTree, shown};
use crate::manifest::Document;

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
    pub(super) labels: BTreeMap<String, String>,
}

/// What is known of a tree before its documents are looked at.
#[derive(Debug)]
pub(super) struct Surroundings<'a> {
    levels: BTreeMap<String, PodLevel>,
    /// By folder; the path of a tree's top is empty.
    overlays: BTreeMap<&'a str, Overlay>,
    /// Where the Application that reads a folder sends what names no namespace, by the folder's path in the repository.
    destinations: BTreeMap<String, String>,
    /// Gateways, as namespace and name, that have no listener with TLS.
    plain_gateways: BTreeSet<(String, String)>,
    /// Namespaces of the platform's own services.
    platform: BTreeSet<String>,
    environment: &'a str,
}

impl<'a> Surroundings<'a> {
    /// Gathers what `tree` says.
    pub(super) fn of(tree: &'a CheckedTree<'a>) -> Self {
        let mut around = Self {
            levels: BTreeMap::new(),
            overlays: BTreeMap::new(),
            destinations: BTreeMap::new(),
            plain_gateways: BTreeSet::new(),
            platform: platform(tree),
            environment: tree.environment,
        };
        for file in &tree.files {
            for document in file.documents {
                around.read(file, document);
            }
        }
        around
    }

    fn read(&mut self, file: &CheckedFile<'a>, document: &Document) {
        let text = |path: &[&str]| document.text_at(path).unwrap_or_default().into_owned();
        let name = || text(&["metadata", "name"]);
        match &*document.text_at(&["kind"]).unwrap_or_default() {
            "Namespace" => {
                let level = match text(&["metadata", "labels", LEVEL]).as_str() {
                    "privileged" => PodLevel::Privileged,
                    "baseline" => PodLevel::Baseline,
                    _ => PodLevel::Restricted,
                };
                self.levels.insert(name(), level);
            }
            "Kustomization" => {
                let overlay = Overlay { namespace: text(&["namespace"]), labels: pod_labels(document) };
                self.overlays.insert(folder(file.path.as_str()), overlay);
            }
            "Application" => {
                let namespace = text(&["spec", "destination", "namespace"]);
                let sources = document.data_at(&["spec", "sources"]).unwrap_or_default();
                let sources = sources.as_array().into_iter().flatten().filter_map(|source| source["path"].as_str());
                let paths = sources.map(str::to_owned).chain([text(&["spec", "source", "path"])]);
                let paths = paths.filter(|path| !path.is_empty());
                self.destinations.extend(paths.map(|path| (path, namespace.clone())));
            }
            "Gateway" => {
                let listeners = document.data_at(&["spec", "listeners"]).unwrap_or_default();
                let mut listeners = listeners.as_array().into_iter().flatten();
                if listeners.all(|listener| listener["protocol"] == "HTTP") {
                    let namespace = self.namespace(file.path.as_str(), &text(&["metadata", "namespace"])).to_owned();
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
        self.destinations.get(&shown(self.environment, folder(path))).map_or("", String::as_str)
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
fn pod_labels(document: &Document) -> BTreeMap<String, String> {
    let labels = document.data_at(&["labels"]).unwrap_or_default();
    let everywhere = |entry: &&Value| entry["includeTemplates"] == true || entry["includeSelectors"] == true;
    let entries = labels.as_array().into_iter().flatten().filter(everywhere).map(|entry| &entry["pairs"]);
    let common = document.data_at(&["commonLabels"]).unwrap_or_default();
    let pairs = entries.chain([&common]).filter_map(Value::as_object).flatten();
    pairs.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}
