//! What an Application does, its project has to allow: its sources, where it puts things, and their kinds.
//!
//! Argo CD refuses the rest, so each of these is an error. Only what is rendered is looked at: what a chart makes can't be
//! seen, and a project that is not in the tree may allow anything.

use std::collections::BTreeSet;

use super::facts::{Application, Facts, Project, Route};
use super::finding::Finding;
use super::world::{World, fits};
use crate::diagnostic::{Code, listed};

pub(super) fn check(world: &World<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for index in 0..world.facts.len() {
        if let Some(application) = world.application(index)
            && let Some((project, allowed)) = world.project(application)
        {
            found.extend(of_application(world, index, application, (project, allowed)));
        }
        if let Some(application) = world.applied_by(index).and_then(|by| world.application(by))
            && let Some((project, allowed)) = world.project(application)
        {
            found.extend(of_document(world, index, application, (project, allowed)));
        }
    }
    found
}

/// Whether `patterns` allow `text`: one of them fits, and no denial does.
fn allows<'p>(patterns: impl Iterator<Item = &'p str>, text: &str) -> bool {
    let (mut allowed, mut denied) = (false, false);
    for pattern in patterns {
        match pattern.strip_prefix('!') {
            Some(denial) => denied |= fits(denial, text),
            None => allowed |= fits(pattern, text),
        }
    }
    allowed && !denied
}

fn finding(world: &World<'_>, (at, route): (&Facts<'_>, &Route), project: usize, what: &str) -> Finding {
    let project = &world.facts[project];
    let message = format!("the project `{}` does not allow {what}", project.id.name);
    Finding::error(Code::NotPermitted, message, at.place(route)).see(project.name_place(), "the project is here")
}

fn of_application(
    world: &World<'_>,
    index: usize,
    application: &Application,
    (project, allowed): (usize, &Project),
) -> Vec<Finding> {
    let facts = &world.facts[index];
    let plain = |url: &str| url.trim_end_matches('/').trim_end_matches(".git").to_lowercase();
    let mut found = Vec::new();
    for source in &application.sources {
        let repository = plain(&source.repository);
        let patterns: Vec<_> = allowed.repositories.iter().map(|one| plain(one)).collect();
        if !repository.is_empty() && !allows(patterns.iter().map(String::as_str), &repository) {
            let what = format!("`{}` to read `{}`", facts.id.name, source.repository);
            let finding = finding(world, (facts, &source.route), project, &what);
            found.push(
                finding
                    .note(format!("it allows {}", listed(&allowed.repositories)))
                    .help("add the repository to `sourceRepos` of the project"),
            );
        }
    }
    if !permits_destination(allowed, &application.cluster, &application.namespace) {
        let what = format!("`{}` to put anything into the namespace `{}`", facts.id.name, application.namespace);
        let finding = finding(world, (facts, &application.destination_route), project, &what);
        found.push(finding.help("add the namespace to `destinations` of the project"));
    }
    found
}

fn permits_destination(project: &Project, cluster: &str, namespace: &str) -> bool {
    let here = |(one, _): &&(Box<str>, Box<str>)| one.strip_prefix('!').is_some() || fits(one, cluster);
    let namespaces: BTreeSet<&str> =
        project.destinations.iter().filter(here).map(|(_, namespace)| &**namespace).collect();
    allows(namespaces.into_iter(), namespace)
}

fn of_document(
    world: &World<'_>,
    index: usize,
    application: &Application,
    (project, allowed): (usize, &Project),
) -> Vec<Finding> {
    let facts = &world.facts[index];
    let is_cluster_wide = facts.is_cluster_wide();
    if facts.is_patch || facts.id.group == "kustomize.config.k8s.io" {
        return Vec::new();
    }
    let among = |list: &[(Box<str>, Box<str>)]| {
        list.iter().any(|(group, name)| fits(group, &facts.id.group) && fits(name, &facts.id.kind))
    };
    let mut found = Vec::new();
    let mut refuse = |list: &str| {
        let what = format!(
            "`{}`, which `{}` applies",
            facts.id,
            world.facts[world.applied_by(index).unwrap_or(index)].id.name
        );
        let finding = finding(world, (facts, &Route::to_kind()), project, &what);
        found.push(finding.help(format!("name the kind in `{list}` of the project, or apply it by another one")));
    };
    match is_cluster_wide {
        Some(true) if among(&allowed.cluster_denied) || !among(&allowed.cluster_allowed) => {
            refuse("clusterResourceWhitelist");
        }
        Some(false) if among(&allowed.namespace_denied) => refuse("namespaceResourceBlacklist"),
        Some(false) if allowed.namespace_allowed.as_deref().is_some_and(|list| !among(list)) => {
            refuse("namespaceResourceWhitelist");
        }
        _ => {}
    }
    if is_cluster_wide == Some(false)
        && let Some(namespace) = world.namespace(index)
        && *namespace != *application.namespace
        && !permits_destination(allowed, &application.cluster, namespace)
    {
        let what = format!("`{}` in the namespace `{namespace}`", facts.id);
        let finding = finding(world, (facts, &Route::to_namespace()), project, &what);
        found.push(finding.help("add the namespace to `destinations` of the project"));
    }
    found
}
