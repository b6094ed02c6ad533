//! What a document refers to has to be there, with the key, port or listener that is asked for.
//!
//! Where everything that is applied to a namespace is rendered, a name that nothing has is a name that nothing will
//! have. It is an error for what only manifests bring (Services, accounts, roles, issuers, tasks); a warning for what
//! people and controllers also make by hand (Secrets, `ConfigMap`s, claims, classes, namespaces). A missing part of
//! something that is there is an error. Nothing is said of namespaces that a chart or anything else unseen writes to.

use std::collections::BTreeSet;

use super::facts::{
    CLAIM, CONFIG_MAP, Facts, GATEWAY, GATEWAY_CLASS, INGRESS_CLASS, Kind, NAMESPACE, PRIORITY_CLASS, PROJECT,
    Reference, SECRET, SERVICE, STORAGE_CLASS,
};
use super::finding::{Finding, Place};
use super::world::{Found, Resolved, World};
use crate::diagnostic::{Code, listed, nearest};

/// Kinds that a person or the cluster may have made beside what is rendered.
const BY_HAND: &[Kind] =
    &[SECRET, CONFIG_MAP, CLAIM, NAMESPACE, STORAGE_CLASS, PRIORITY_CLASS, INGRESS_CLASS, GATEWAY_CLASS];

pub(super) fn check(world: &World<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (from, facts) in world.facts.iter().enumerate() {
        let mut said = BTreeSet::new();
        for reference in &facts.refers {
            match world.resolve(from, reference) {
                // One place names it once, however many of its parts are asked for.
                Resolved::Missing if said.insert(&reference.route) => found.push(missing(world, from, reference)),
                Resolved::Found(target) => found.extend(missing_part(world, from, reference, target)),
                Resolved::Missing | Resolved::Unknown => {}
            }
        }
    }
    found.extend(namespaces(world));
    found
}

/// `kind` and name as a person says it, with the namespace where that is known.
fn said(world: &World<'_>, from: usize, reference: &Reference) -> String {
    let namespace = reference.namespace.as_deref().or(world.namespace(from));
    match namespace.filter(|_| reference.kind.is_cluster_wide() != Some(true)) {
        Some(namespace) => format!("{} {namespace}/{}", reference.kind, reference.name),
        None => format!("{} {}", reference.kind, reference.name),
    }
}

fn finding(is_error: bool, message: String, place: Place) -> Finding {
    let code = Code::MissingReference;
    if is_error { Finding::error(code, message, place) } else { Finding::warning(code, message, place) }
}

fn missing(world: &World<'_>, from: usize, reference: &Reference) -> Finding {
    let facts = &world.facts[from];
    let is_error = !reference.is_soft && !BY_HAND.contains(&reference.kind);
    let message = format!("`{}` refers to `{}`, which is not there", facts.id, said(world, from, reference));
    let finding = finding(is_error, message, facts.place(&reference.route));
    let namespace = match reference.kind.is_cluster_wide() {
        Some(true) => "",
        _ => reference.namespace.as_deref().or(world.namespace(from)).unwrap_or_default(),
    };
    match nearest(&reference.name, world.names(&reference.kind, namespace)) {
        Some(near) => {
            let finding = match world.get(&reference.kind, namespace, near).map(|found| &world.facts[found.by]) {
                Some(at) => finding.label("no such name").see(at.name_place(), "a similar name is here"),
                None => finding,
            };
            finding.help(format!("did you mean `{near}`?"))
        }
        None => finding.label("no such name").note(why(namespace, &reference.kind)).help(next(&reference.kind)),
    }
}

/// Why a missing resource is known to be missing.
fn why(namespace: &str, kind: &Kind) -> String {
    if namespace.is_empty() || *kind == PROJECT {
        format!("nothing that is rendered makes this {kind}, and no chart that is installed may")
    } else {
        format!("all that is applied to the namespace `{namespace}` is rendered, and nothing of it makes this {kind}")
    }
}

/// What to do about a missing resource.
fn next(kind: &Kind) -> String {
    match kind {
        _ if *kind == SECRET => "seal it with `render seal set`, or correct the name".to_owned(),
        _ if *kind == NAMESPACE => {
            "render a Namespace, or let the Application make it: `CreateNamespace=true`".to_owned()
        }
        _ if BY_HAND.contains(kind) => format!("render a {kind} of this name, or correct the name"),
        _ => format!("add the {kind} to a template, or correct the name"),
    }
}

/// The key, port or listener that is asked for and that the resource does not have.
fn missing_part(world: &World<'_>, from: usize, reference: &Reference, target: Found<'_>) -> Option<Finding> {
    let (part, route) = reference.part.as_ref()?;
    let parts = target.parts?;
    if parts.contains(part) {
        return None;
    }
    let namespace = reference.namespace.as_deref().or(world.namespace(from)).unwrap_or_default();
    if reference.kind == SECRET && world.is_needed(namespace, &reference.name, Some(part)) {
        return None;
    }
    let facts: &Facts<'_> = &world.facts[from];
    let what = match &reference.kind {
        kind if *kind == SERVICE => "port",
        kind if *kind == GATEWAY => "listener",
        kind if *kind == SECRET || *kind == CONFIG_MAP => "key",
        _ => "rule",
    };
    let message = format!("`{}` has no {what} `{part}`, which `{}` asks for", said(world, from, reference), facts.id);
    let finding = finding(!reference.is_soft, message, facts.place(route)).label(format!("no such {what}"));
    let finding = finding.see(world.facts[target.by].name_place(), format!("its {what}s are {}", listed(parts)));
    Some(match nearest(part, parts.iter().map(|part| &**part)) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding.help(format!("name one of its {what}s, or add this one to it")),
    })
}

/// Namespaces that documents go to and that nobody makes; each once.
fn namespaces(world: &World<'_>) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (from, facts) in world.facts.iter().enumerate() {
        let Some(namespace) = facts.id.namespace.as_deref().filter(|own| world.namespace(from) == Some(own)) else {
            continue;
        };
        if !seen.insert(namespace) {
            continue;
        }
        let reference = Reference::to_namespace(namespace);
        if matches!(world.resolve(from, &reference), Resolved::Missing) {
            found.push(missing(world, from, &reference));
        }
    }
    found
}
