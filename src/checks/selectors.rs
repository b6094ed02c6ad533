//! Selectors and the labels that they are meant for.
//!
//! A workload has to select the pods that it makes: the API refuses one that does not. What selects by labels elsewhere
//! (a Service, a disruption budget, a network policy, a monitor) should select something; that is a warning, and only
//! where all candidates are rendered, and no kustomization changes their labels. Pods that Tekton makes carry labels of
//! its own, so nothing is said of selectors in a namespace where it runs.

use super::facts::{Cursor, Labels, SERVICE, Selection, Selector, template_of};
use super::finding::Finding;
use super::subject::Subject;
use super::world::World;
use crate::diagnostic::Code;

/// Workloads select the pods of their own template.
pub(super) fn of_templates(subject: &Subject<'_>) -> Vec<Finding> {
    let (version, kind) = subject.kind();
    if subject.is_patch || version != "apps/v1" {
        return Vec::new();
    }
    let root = Cursor::new(subject.data);
    let Some(selector) = root.at("spec.selector").filter(|_| template_of(kind).is_some()) else { return Vec::new() };
    let labels = Labels::at(&root, "spec.template.metadata.labels");
    let wanted = Selector::at(&selector);
    if wanted.matches(&labels) {
        return Vec::new();
    }
    let (route, label) = match wanted.unmatched(&labels) {
        Some((key, _)) => match selector.at("matchLabels").and_then(|map| map.key(key).map(|at| at.route())) {
            Some(route) => (route, label_of(&labels, key)),
            None => (selector.route(), String::new()),
        },
        None => (selector.route(), "no expression fits the labels".to_owned()),
    };
    let message = format!("{kind} `{}` does not select the pods that it makes", subject.text(&["metadata", "name"]));
    let template = subject.place(&["spec", "template", "metadata", "labels"]);
    vec![
        subject
            .error(Code::SelectorMismatch, message, &route.steps())
            .label(label)
            .see(template, "the labels of its pods")
            .help("write the same labels in `selector` and in the template"),
    ]
}

fn label_of(labels: &Labels, key: &str) -> String {
    match labels.get(key) {
        Some(value) => format!("its pods have `{key}: {value}`"),
        None => format!("its pods have no label `{key}`"),
    }
}

pub(super) fn check(world: &World<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (from, facts) in world.facts.iter().enumerate().filter(|(_, facts)| !facts.is_patch) {
        for selection in &facts.selects {
            if !selection.selector.is_empty() && selects_nothing(world, from, selection) {
                found.push(nothing_selected(world, from, selection));
            }
        }
    }
    found
}

/// Whether it is certain that nothing is selected.
fn selects_nothing(world: &World<'_>, from: usize, selection: &Selection) -> bool {
    let Some(own) = world.namespace(from).filter(|_| !world.is_changed(from)) else { return false };
    let namespaces: Vec<&str> = match &selection.namespaces {
        None => vec![own],
        Some(all) if all.is_empty() => return false,
        Some(names) => names.iter().map(|name| &**name).collect(),
    };
    if !namespaces.iter().all(|namespace| world.is_closed(namespace)) {
        return false;
    }
    let mut candidates = false;
    for index in namespaces.into_iter().flat_map(|namespace| world.in_namespace(namespace).iter().copied()) {
        let facts = &world.facts[index];
        if world.is_changed(index) || facts.id.group.ends_with("tekton.dev") || facts.id.kind == "Gateway" {
            return false;
        }
        let labels = match &selection.of {
            Some(kind) => facts.is(kind).then_some(&facts.labels),
            None => facts.pods.as_ref(),
        };
        let Some(labels) = labels else { continue };
        candidates = true;
        if selection.selector.matches(labels) {
            return false;
        }
    }
    candidates
}

fn nothing_selected(world: &World<'_>, from: usize, selection: &Selection) -> Finding {
    let facts = &world.facts[from];
    let what = if selection.of == Some(SERVICE) { "Service" } else { "pod" };
    let message = format!("`{}` selects no {what}", facts.id);
    let finding = Finding::warning(Code::SelectorMismatch, message, facts.place(&selection.route)).on_key();
    let beside = world.in_namespace(world.namespace(from).unwrap_or_default());
    let near = beside.iter().map(|index| &world.facts[*index]).find(|other| match &selection.of {
        Some(kind) => other.is(kind),
        None => other.pods.is_some(),
    });
    let finding = match near {
        Some(other) => {
            let labels = if selection.of.is_some() { Some(&other.labels) } else { other.pods.as_ref() };
            let unmatched = labels.and_then(|labels| Some((labels, selection.selector.unmatched(labels)?.0)));
            let text =
                unmatched.map_or_else(|| "its labels do not fit".to_owned(), |(labels, key)| label_of(labels, key));
            finding.label("nothing has these labels").see(other.name_place(), text)
        }
        None => finding.label("nothing has these labels"),
    };
    finding.help(format!("write the labels of the {what}s that are meant"))
}
