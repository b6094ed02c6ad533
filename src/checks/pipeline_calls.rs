//! Calls of Tekton's tasks, pipelines and templates: what is given is asked for, and what is asked for is given.
//!
//! A call of something that is not rendered, or that a resolver fetches, can't be judged. Tekton refuses a run that
//! lacks a param or a workspace, and takes one too many of a run; in a pipeline it refuses that as well.

use std::collections::BTreeSet;

use super::facts::{Call, Detail, PIPELINE, Signature, TASK, TRIGGER_BINDING, TRIGGER_TEMPLATE};
use super::finding::Finding;
use super::world::World;
use crate::diagnostic::{Code, listed, nearest};

pub(super) fn check(world: &World<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (from, facts) in world.facts.iter().enumerate().filter(|(_, facts)| !facts.is_patch) {
        let Detail::Pipeline(signature, calls) = &facts.detail else { continue };
        for call in calls {
            if let Some((target, called)) = called(world, from, call) {
                found.extend(call_of(world, from, call, target, called));
            }
        }
        found.extend(results(world, from, signature, calls));
    }
    found
}

/// What is called: which document, and its signature.
fn called<'a>(world: &World<'a>, from: usize, call: &Call) -> Option<(usize, &'a Signature)> {
    let namespace = call.namespace.as_deref().or(world.namespace(from))?;
    let found = world.get(&call.of, namespace, &call.name)?;
    match &world.facts[found.by].detail {
        Detail::Pipeline(signature, _) if !world.is_changed(found.by) => Some((found.by, signature)),
        _ => None,
    }
}

fn call_of(world: &World<'_>, from: usize, call: &Call, target: usize, called: &Signature) -> Vec<Finding> {
    let mut found = Vec::new();
    let lists = [("param", &call.params, &called.params), ("workspace", &call.workspaces, &called.workspaces)];
    let is_template = call.of == TRIGGER_TEMPLATE;
    for (what, given, asked) in lists {
        let names: Vec<&str> = asked.iter().map(|(name, _)| &**name).collect();
        // A template takes what it knows of all that the bindings give.
        for (name, route) in given.iter().filter(|(name, _)| !is_template && !names.contains(&&**name)) {
            let (id, at) = (&world.facts[target].id, &world.facts[from]);
            let message = format!("`{id}` has no {what} `{name}`, which `{}` gives it", at.id);
            // A run may carry a param that its pipeline does not look at.
            let is_error = call.of == TASK && at.id.kind == "Pipeline" || what == "workspace";
            let place = at.place(route);
            let finding = if is_error {
                Finding::error(Code::PipelineCall, message, place)
            } else {
                Finding::warning(Code::PipelineCall, message, place)
            };
            let finding = finding.label(format!("no such {what}"));
            let finding = finding.see(world.facts[target].name_place(), format!("its {what}s are {}", listed(&names)));
            found.push(match nearest(name, names.iter().copied()) {
                Some(near) => finding.help(format!("did you mean `{near}`?")),
                None => finding.help(format!("take it out, or add the {what} to `{id}`")),
            });
        }
        let Some(bound) = bound(world, from, call) else { continue };
        let lacking = asked.iter().filter(|(name, is_required)| {
            let is_given = given.iter().any(|(one, _)| one == name) || bound.contains(&**name);
            *is_required && !is_given && !call.is_open
        });
        let lacking: Vec<_> = lacking.map(|(name, _)| &**name).collect();
        if !lacking.is_empty() {
            let (id, at) = (&world.facts[target].id, &world.facts[from]);
            let message = format!("`{}` calls `{id}` without the {what} {}", at.id, listed(&lacking));
            found.push(
                Finding::error(Code::PipelineCall, message, at.place(&call.route))
                    .label(format!("{} missing", listed(&lacking)))
                    .see(world.facts[target].name_place(), "asked for here")
                    .help(format!("give the {what}, or let it have a default in `{id}`")),
            );
        }
    }
    found
}

/// The params that bindings give; `None` where one of them can't be seen.
fn bound<'a>(world: &World<'a>, from: usize, call: &Call) -> Option<BTreeSet<&'a str>> {
    let mut names = BTreeSet::new();
    for binding in &call.bindings {
        let namespace = world.namespace(from)?;
        let found = world.get(&TRIGGER_BINDING, namespace, binding)?;
        let Detail::Pipeline(signature, _) = &world.facts[found.by].detail else { return None };
        names.extend(signature.params.iter().map(|(name, _)| &**name));
    }
    Some(names)
}

/// Results that a pipeline reads of its tasks.
fn results(world: &World<'_>, from: usize, signature: &Signature, calls: &[Call]) -> Vec<Finding> {
    let facts = &world.facts[from];
    let mut found = Vec::new();
    for (task, result, route) in signature.reads.iter().filter(|_| facts.is(&PIPELINE)) {
        let Some((target, called)) =
            calls.iter().find(|call| call.task == *task).and_then(|call| called(world, from, call))
        else {
            continue;
        };
        if called.results.contains(result) {
            continue;
        }
        let id = &world.facts[target].id;
        let message = format!("`{id}` has no result `{result}`, which `{}` reads", facts.id);
        let finding = Finding::error(Code::PipelineCall, message, facts.place(route)).label("no such result");
        let there = if called.results.is_empty() {
            "it has no results".to_owned()
        } else {
            format!("its results are {}", listed(&called.results))
        };
        let finding = finding.see(world.facts[target].name_place(), there);
        found.push(match nearest(result, called.results.iter().map(|one| &**one)) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help(format!("name a result of `{id}`, or add this one to it")),
        });
    }
    found
}
