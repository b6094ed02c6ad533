//! Finds the Applications among rendered files, what each of them applies, and so who is whose parent.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rayon::prelude::*;

use super::{Application, Chart, Graph, Project, needs};
use crate::source::Source;
use crate::tree::Tree;
use crate::yaml::{Limits, Node, load_all};

/// The group of Argo CD's own kinds.
const ARGO: &str = "argoproj.io/";
/// The annotation that says when an Application is applied.
const WAVE: &str = "argocd.argoproj.io/sync-wave";

/// The documents of every YAML file, by its path below the environment's folder.
pub(super) type Documents<'t> = BTreeMap<&'t str, Vec<Node>>;

/// The scalar at `path`; empty if there is none.
pub(super) fn text<'n>(node: &'n Node, path: &[&str]) -> &'n str {
    let found = path.iter().try_fold(node, |node, segment| node.child(segment));
    found.and_then(Node::as_scalar).map_or("", |scalar| scalar.text.as_str())
}

/// The items of the list at `path`.
pub(super) fn items<'n>(node: &'n Node, path: &[&str]) -> &'n [Node] {
    let found = path.iter().try_fold(node, |node, segment| node.child(segment));
    found.and_then(Node::as_seq).unwrap_or_default()
}

pub(super) fn graph(tree: &Tree) -> Graph {
    let documents = documents(tree);
    let mut found = applications(&documents);
    let repository = format!("out/{}/", tree.environment);
    let owned: Vec<_> = found.iter().map(|one| files(one, &repository, &documents)).collect();
    for (parent, files) in owned.iter().enumerate() {
        for child in 0..found.len() {
            let is_free = found[child].parent.is_none() && !is_below(&found, parent, child);
            if is_free && files.contains(found[child].file.as_str()) {
                found[child].parent = Some(parent);
            }
        }
    }
    let order = order(&found);
    let position: BTreeMap<usize, usize> = order.iter().enumerate().map(|(new, old)| (*old, new)).collect();
    let moved = |old: &usize| {
        let parent = found[*old].parent.and_then(|parent| position.get(&parent).copied());
        Application { parent, ..found[*old].clone() }
    };
    let applications: Vec<_> = order.iter().map(moved).collect();
    let owned: Vec<_> = order.iter().map(|old| &owned[*old]).collect();
    let needs = needs::needs(&applications, &owned, &documents);
    Graph { environment: tree.environment.to_string(), applications, needs, projects: projects(&documents) }
}

fn documents(tree: &Tree) -> Documents<'_> {
    let is_yaml = |path: &str| Path::new(path).extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
    let files: Vec<_> = tree.files.iter().filter(|(path, _)| is_yaml(path.as_str())).collect();
    let read = |(path, file): (&'_ crate::tree::OutputPath, &crate::tree::RenderedFile)| {
        // What the emitter wrote, it can read; a file of free text with this ending may be anything.
        let source = Source::new(path.as_str(), file.text.as_str());
        load_all(&source, Limits::default()).unwrap_or_default()
    };
    files.into_par_iter().map(|(path, file)| (path.as_str(), read((path, file)))).collect()
}

fn of_argo<'d>(documents: &'d Documents<'_>, kind: &'d str) -> impl Iterator<Item = (&'d str, &'d Node)> {
    let all = documents.iter().flat_map(|(path, nodes)| nodes.iter().map(|node| (*path, node)));
    all.filter(move |(_, node)| text(node, &["apiVersion"]).starts_with(ARGO) && text(node, &["kind"]) == kind)
}

fn applications(documents: &Documents<'_>) -> Vec<Application> {
    let mut found: Vec<_> = of_argo(documents, "Application").map(|(path, node)| application(path, node)).collect();
    found.sort_by(|one, other| one.id.cmp(&other.id));
    found.dedup_by(|one, other| one.id == other.id);
    found
}

fn application(path: &str, node: &Node) -> Application {
    let name = text(node, &["metadata", "name"]);
    let single = node.child("spec").and_then(|spec| spec.child("source")).into_iter();
    let sources: Vec<_> = single.chain(items(node, &["spec", "sources"])).collect();
    let chart = |source: &&Node| {
        let [repository, name, version] = ["repoURL", "chart", "targetRevision"].map(|key| text(source, &[key]));
        Chart { repository: repository.to_owned(), name: name.to_owned(), version: version.to_owned() }
    };
    let paths = sources.iter().map(|source| text(source, &["path"])).filter(|path| !path.is_empty());
    Application {
        id: format!("{}/{name}", text(node, &["metadata", "namespace"])),
        name: name.to_owned(),
        file: path.to_owned(),
        project: text(node, &["spec", "project"]).to_owned(),
        namespace: text(node, &["spec", "destination", "namespace"]).to_owned(),
        wave: text(node, &["metadata", "annotations", WAVE]).parse().unwrap_or(0),
        parent: None,
        charts: sources.iter().map(chart).filter(|chart| !chart.name.is_empty()).collect(),
        paths: paths.map(str::to_owned).collect(),
    }
}

fn projects(documents: &Documents<'_>) -> Vec<Project> {
    let project = |(_, node): (&str, &Node)| {
        let plain = |nodes: &[Node], path: &[&str]| -> Vec<String> {
            let found: BTreeSet<_> = nodes.iter().map(|node| text(node, path).to_owned()).collect();
            found.into_iter().filter(|text| !text.is_empty()).collect()
        };
        Project {
            name: text(node, &["metadata", "name"]).to_owned(),
            namespaces: plain(items(node, &["spec", "destinations"]), &["namespace"]),
            repositories: plain(items(node, &["spec", "sourceRepos"]), &[]),
        }
    };
    let mut found: Vec<_> = of_argo(documents, "AppProject").map(project).collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

/// The files that `application` applies from this environment's own folder.
fn files<'t>(application: &Application, repository: &str, documents: &Documents<'t>) -> BTreeSet<&'t str> {
    let mut found = BTreeSet::new();
    for path in &application.paths {
        if let Some(folder) = path.strip_prefix(repository) {
            collect(folder.trim_end_matches('/'), documents, &mut found, &mut BTreeSet::new());
        }
    }
    found
}

/// What Argo CD applies of `folder`: what its kustomization names, or, without one, the files that lie in it.
fn collect<'t>(folder: &str, documents: &Documents<'t>, found: &mut BTreeSet<&'t str>, seen: &mut BTreeSet<String>) {
    if !seen.insert(folder.to_owned()) {
        return;
    }
    let prefix = format!("{folder}/");
    let Some(kustomization) = documents.get(format!("{prefix}kustomization.yaml").as_str()) else {
        let inside = documents.keys().filter_map(|path| Some((*path, path.strip_prefix(prefix.as_str())?)));
        found.extend(inside.filter(|(_, rest)| !rest.contains('/')).map(|(path, _)| path));
        return;
    };
    for resource in kustomization.iter().flat_map(|document| items(document, &["resources"])) {
        let Some(path) = joined(folder, text(resource, &[])) else { continue };
        match documents.get_key_value(path.as_str()) {
            Some((file, _)) => drop(found.insert(file)),
            None => collect(&path, documents, found, seen),
        }
    }
}

/// `path` as seen from `folder`; `None` where that is outside of the environment's folder.
fn joined(folder: &str, path: &str) -> Option<String> {
    let mut segments: Vec<&str> = folder.split('/').collect();
    for segment in path.trim_end_matches('/').split('/') {
        match segment {
            "." | "" => {}
            ".." => drop(segments.pop()?),
            segment => segments.push(segment),
        }
    }
    Some(segments.join("/"))
}

/// Whether `child` is `parent` or one of those above it: then it can't become its child.
fn is_below(applications: &[Application], parent: usize, child: usize) -> bool {
    let above = std::iter::successors(Some(parent), |index| applications[*index].parent);
    above.into_iter().any(|index| index == child)
}

/// The Applications with each behind its parent, siblings by wave and name.
fn order(applications: &[Application]) -> Vec<usize> {
    let mut children: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    for (index, application) in applications.iter().enumerate() {
        children.entry(application.parent).or_default().push(index);
    }
    for siblings in children.values_mut() {
        siblings.sort_by_key(|index| (applications[*index].wave, applications[*index].id.clone()));
    }
    let mut order = Vec::with_capacity(applications.len());
    let mut open: Vec<usize> = children.get(&None).into_iter().flatten().rev().copied().collect();
    while let Some(next) = open.pop() {
        order.push(next);
        open.extend(children.get(&Some(next)).into_iter().flatten().rev());
    }
    order
}
