//! Argo CD's Applications and projects: what is applied, from where, to where, and what of that is allowed.

use super::{Cursor, Detail, Facts, NAMESPACE, PROJECT, Route, strings};

/// An Application.
#[derive(Debug)]
pub(in crate::checks) struct Application {
    pub(in crate::checks) project: Box<str>,
    /// The address or the name of the cluster.
    pub(in crate::checks) cluster: Box<str>,
    /// Where things go that say no namespace; empty where it says none either.
    pub(in crate::checks) namespace: Box<str>,
    pub(in crate::checks) destination_route: Route,
    pub(in crate::checks) sources: Vec<Source>,
}

/// One source of an Application.
#[derive(Debug)]
pub(in crate::checks) struct Source {
    pub(in crate::checks) repository: Box<str>,
    pub(in crate::checks) path: Box<str>,
    /// The name by which other sources take files of it.
    pub(in crate::checks) name: Box<str>,
    /// Whether a chart or a plugin makes what is applied.
    pub(in crate::checks) is_made: bool,
    /// Whether folders below are read too.
    pub(in crate::checks) is_deep: bool,
    /// Files of Helm values, each with where it is named.
    pub(in crate::checks) value_files: Vec<(Box<str>, Route)>,
    pub(in crate::checks) route: Route,
}

/// A project. Patterns have `*`, and `!` before what is denied.
#[derive(Debug)]
pub(in crate::checks) struct Project {
    pub(in crate::checks) repositories: Vec<Box<str>>,
    /// Cluster and namespace.
    pub(in crate::checks) destinations: Vec<(Box<str>, Box<str>)>,
    /// Group and kind.
    pub(in crate::checks) cluster_allowed: Vec<(Box<str>, Box<str>)>,
    pub(in crate::checks) cluster_denied: Vec<(Box<str>, Box<str>)>,
    /// `None`: all that is not denied.
    pub(in crate::checks) namespace_allowed: Option<Vec<(Box<str>, Box<str>)>>,
    pub(in crate::checks) namespace_denied: Vec<(Box<str>, Box<str>)>,
}

pub(super) fn read(facts: &mut Facts<'_>, root: &Cursor<'_>, kind: &str) {
    match kind {
        "Application" => application(facts, root),
        "AppProject" => {
            let list = |path: &str| root.at(path).map(|_| kinds(root, path));
            let mut destinations = Vec::new();
            root.each("spec.destinations", |one| destinations.push((cluster(&one), one.text("namespace").into())));
            facts.detail = Detail::Project(Box::new(Project {
                repositories: strings(root, "spec.sourceRepos"),
                destinations,
                cluster_allowed: list("spec.clusterResourceWhitelist").unwrap_or_default(),
                cluster_denied: list("spec.clusterResourceBlacklist").unwrap_or_default(),
                namespace_allowed: list("spec.namespaceResourceWhitelist"),
                namespace_denied: list("spec.namespaceResourceBlacklist").unwrap_or_default(),
            }));
        }
        _ => {}
    }
}

fn application(facts: &mut Facts<'_>, root: &Cursor<'_>) {
    let Some(spec) = root.at("spec") else { return };
    let mut creates_namespace = false;
    spec.each("syncPolicy.syncOptions", |one| creates_namespace |= one.value() == "CreateNamespace=true");
    let namespace = spec.text("destination.namespace");
    if creates_namespace {
        facts.bring(NAMESPACE, namespace, None);
    } else {
        facts.refer(&spec, "destination.namespace", NAMESPACE);
    }
    facts.refer(&spec, "project", PROJECT);
    let mut sources = Vec::new();
    sources.extend(spec.at("source").map(|one| source(&one)));
    spec.each("sources", |one| sources.push(source(&one)));
    facts.detail = Detail::Application(Box::new(Application {
        project: spec.text("project").into(),
        cluster: spec.at("destination").map(|one| cluster(&one)).unwrap_or_default(),
        namespace: namespace.into(),
        destination_route: spec
            .at("destination")
            .map_or_else(|| spec.route(), |one| one.at("namespace").map_or_else(|| one.route(), |at| at.route())),
        sources,
    }));
}

fn cluster(destination: &Cursor<'_>) -> Box<str> {
    let server = destination.text("server");
    if server.is_empty() { destination.text("name").into() } else { server.into() }
}

fn source(source: &Cursor<'_>) -> Source {
    let mut value_files = Vec::new();
    source.each("helm.valueFiles", |file| {
        value_files.extend(file.value().as_str().map(|text| (text.into(), file.route())));
    });
    let is_made = !source.text("chart").is_empty() || ["helm", "plugin"].iter().any(|key| source.at(key).is_some());
    Source {
        repository: source.text("repoURL").into(),
        path: source.text("path").trim_end_matches('/').into(),
        name: source.text("ref").into(),
        is_made,
        is_deep: source.is_true("directory.recurse"),
        value_files,
        route: source.at("path").map_or_else(|| source.route(), |path| path.route()),
    }
}

fn kinds(root: &Cursor<'_>, path: &str) -> Vec<(Box<str>, Box<str>)> {
    let mut found = Vec::new();
    root.each(path, |one| found.push((one.text("group").into(), one.text("kind").into())));
    found
}
