//! Kustomizations name files that are there, do not lead back to themselves, and leave no manifest out.
//!
//! `kustomize build` fails on a file that is not there, so that is an error; a manifest that stands beside a
//! kustomization and that none names is applied by nobody, which is a warning. What lies outside of the environment's
//! folder, or in another repository, can't be looked at. The folders and files of values that Applications read are
//! looked at in the same way.

use std::collections::BTreeSet;

use super::applied::{Followed, KUSTOMIZATIONS, Target, has_folder, in_tree, is_own};
use super::facts::{Application, Facts, Route};
use super::finding::Finding;
use super::world::World;
use crate::diagnostic::{Code, nearest};

pub(super) fn check(world: &World<'_>) -> Vec<Finding> {
    let all = &world.applied.kustomizations;
    let mut found = Vec::new();
    for (folder, one) in all {
        let facts = &world.facts[one.index];
        let paths = one.says.resources.iter().chain(&one.says.files);
        for ((path, route), target) in paths.zip(one.resources.iter().chain(&one.files)) {
            if let Target::Missing(joined) = target {
                found.push(missing(world, facts, (path, route), folder, joined));
            }
        }
        found.extend(cycle(world, folder, one));
    }
    found.extend(left_out(world));
    for index in 0..world.facts.len() {
        if let Some(application) = world.application(index) {
            found.extend(sources(world, &world.facts[index], application));
        }
    }
    found
}

fn missing(world: &World<'_>, facts: &Facts<'_>, (path, route): (&str, &Route), folder: &str, joined: &str) -> Finding {
    let message = format!("the kustomization names `{path}`, which is not there");
    let finding = Finding::error(Code::Kustomization, message, facts.place(route)).label("no such file or folder");
    let beside = world.tree.files.iter().filter_map(|file| file.path.as_str().strip_prefix(folder)?.strip_prefix('/'));
    match nearest(path, beside.filter(|name| !KUSTOMIZATIONS.contains(name))) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding
            .note(format!("nothing is rendered at out/{}/{joined}", world.tree.environment))
            .help("render the file, or take it out of the list"),
    }
}

/// Whether a kustomization takes the resources of a folder that takes its own.
fn cycle(world: &World<'_>, folder: &str, one: &Followed<'_>) -> Option<Finding> {
    one.says.resources.iter().zip(&one.resources).find_map(|((path, route), target)| {
        let Target::Folder(first) = target else { return None };
        let (mut seen, mut next) = (BTreeSet::new(), vec![*first]);
        while let Some(at) = next.pop() {
            if at == folder {
                let facts = &world.facts[one.index];
                let message = format!("the kustomization leads back to itself by `{path}`");
                return Some(
                    Finding::error(Code::Kustomization, message, facts.place(route))
                        .label("this leads back to here")
                        .help("take it out of the list"),
                );
            }
            if let Some(one) = world.applied.kustomizations.get(at)
                && seen.insert(at)
            {
                next.extend(one.folders());
            }
        }
        None
    })
}

/// Manifests in the folder of a kustomization, or below it, that no kustomization names.
fn left_out(world: &World<'_>) -> Vec<Finding> {
    let all = &world.applied.kustomizations;
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for facts in world.facts {
        let path = facts.file.path.as_str();
        let is_new = seen.insert(path);
        if !is_new || !world.applied.placements(path).is_empty() || facts.id.group == "kustomize.config.k8s.io" {
            continue;
        }
        let Some((folder, index)) = above(path).find_map(|folder| Some((folder, all.get(folder)?.index))) else {
            continue;
        };
        let message = format!("`{}` is applied by nobody", facts.id);
        found.push(
            Finding::warning(Code::Kustomization, message, facts.name_place())
                .see(world.facts[index].kind_place(), "the kustomization of this folder does not name the file")
                .help(format!("add `{}` to `resources`", path[folder.len()..].trim_start_matches('/'))),
        );
    }
    found
}

/// The folders above a file, the nearest first.
fn above(path: &str) -> impl Iterator<Item = &str> {
    let parent = |path: &'_ str| path.rfind('/');
    std::iter::successors(parent(path).map(|at| &path[..at]), move |folder| parent(folder).map(|at| &folder[..at]))
}

/// The folders and files of values that an Application reads of this environment.
fn sources(world: &World<'_>, facts: &Facts<'_>, application: &Application) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut add = |what: String, route: &Route, help: &str| {
        let message = format!("`{}` reads {what}, which is not rendered", facts.id);
        found.push(Finding::error(Code::MissingReference, message, facts.place(route)).help(help));
    };
    for source in application.sources.iter().filter(|source| is_own(world.tree, &source.repository)) {
        if let Some(folder) = in_tree(world.tree, &source.path)
            && !has_folder(world.tree, folder)
        {
            add(
                format!("the folder `{}`", source.path),
                &source.route,
                "render something there, or take the source out",
            );
        }
    }
    for (file, route) in application.sources.iter().flat_map(|source| &source.value_files) {
        let Some((name, path)) = file.strip_prefix('$').and_then(|file| file.split_once('/')) else { continue };
        match application.sources.iter().find(|source| *source.name == *name) {
            None => add(format!("the source `{name}`"), route, "give one of its sources this name by `ref`"),
            Some(source) if is_own(world.tree, &source.repository) => {
                let is_there =
                    |path: &str| world.tree.files.binary_search_by(|one| one.path.as_str().cmp(path)).is_ok();
                if in_tree(world.tree, path).is_some_and(|path| !is_there(path)) {
                    add(format!("the file `{path}`"), route, "render the file, or take it out of `valueFiles`");
                }
            }
            Some(_) => {}
        }
    }
    found
}
