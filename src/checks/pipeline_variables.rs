//! `$(…)` in Tekton's documents: each names a param, workspace, result or task that the same document declares.
//!
//! Tekton refuses a document that uses one that is not declared. Other text in `$(…)` is a shell's, and left alone: only
//! what begins like a variable of Tekton, and has the form of one, counts. A `Task` written into a pipeline declares its
//! own, and takes those of the pipeline too, so variables inside of one are left alone as well.

use std::collections::BTreeSet;

use serde_json::Value;

use super::facts::{Cursor, variables};
use super::finding::Finding;
use super::subject::Subject;
use crate::diagnostic::{Code, listed, nearest};

/// The beginning of a variable, where the names that it may have are declared, and what it is called.
type Family = (&'static str, &'static [&'static str], &'static str);

const OF_TASK: &[Family] = &[
    ("params.", &["/spec/params"], "param"),
    ("inputs.params.", &["/spec/params"], "param"),
    ("workspaces.", &["/spec/workspaces"], "workspace"),
    ("results.", &["/spec/results"], "result"),
];
const OF_PIPELINE: &[Family] = &[
    ("params.", &["/spec/params"], "param"),
    ("workspaces.", &["/spec/workspaces"], "workspace"),
    ("tasks.", &["/spec/tasks", "/spec/finally"], "task"),
];
const OF_TEMPLATE: &[Family] = &[("tt.params.", &["/spec/params"], "param")];

pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let (version, kind) = subject.kind();
    let families = match (version.split('/').next().unwrap_or_default(), kind) {
        _ if subject.is_patch => return Vec::new(),
        ("tekton.dev", "Task") => OF_TASK,
        ("tekton.dev", "Pipeline") => OF_PIPELINE,
        ("triggers.tekton.dev", "TriggerTemplate") => OF_TEMPLATE,
        _ => return Vec::new(),
    };
    let mut found = Vec::new();
    let root = Cursor::new(subject.data);
    root.texts(&mut |at, text| {
        for variable in variables(text) {
            let Some((name, family)) = families.iter().find_map(|one| Some((used(variable, one.0)?, one))) else {
                continue;
            };
            // The state of all tasks together.
            if variable == "tasks.status" {
                continue;
            }
            let declared = declared(subject.data, family.1);
            if !declared.contains(name) && !at.route().steps().contains(&"taskSpec") {
                found.push(undeclared(subject, at, (variable, name, family.2), &declared));
            }
        }
    });
    found.extend(run_after(subject, &root, kind));
    found
}

/// The name that `variable` uses, if it begins with `prefix`.
fn used<'v>(variable: &'v str, prefix: &str) -> Option<&'v str> {
    let rest = variable.strip_prefix(prefix)?;
    // `params["with.dots"]` is another way to write it, for names with dots.
    let name = if prefix.ends_with("params.") && !rest.contains('[') && rest.contains('.') {
        rest.split('.').next()?
    } else {
        rest.split(['.', '[']).next()?
    };
    let is_name = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
    (!name.is_empty() && name.chars().all(is_name)).then_some(name)
}

fn declared<'d>(data: &'d Value, lists: &[&str]) -> BTreeSet<&'d str> {
    let lists = lists.iter().filter_map(|list| data.pointer(list)?.as_array());
    lists.flatten().filter_map(|one| one.get("name")?.as_str()).collect()
}

fn undeclared(
    subject: &Subject<'_>,
    at: &Cursor<'_>,
    (variable, name, what): (&str, &str, &str),
    declared: &BTreeSet<&str>,
) -> Finding {
    let (_, kind) = subject.kind();
    let message =
        format!("{kind} `{}` uses `$({variable})` and has no {what} `{name}`", subject.text(&["metadata", "name"]));
    let finding = subject.error(Code::MissingReference, message, &at.route().steps());
    let finding = if declared.is_empty() {
        finding.note(format!("it declares no {what}s"))
    } else {
        finding.note(format!("its {what}s are {}", listed(declared)))
    };
    match nearest(name, declared.iter().copied()) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding.help(format!("declare the {what}, or correct its name")),
    }
}

/// Tasks of a pipeline that others wait for.
fn run_after(subject: &Subject<'_>, root: &Cursor<'_>, kind: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    if kind != "Pipeline" {
        return found;
    }
    let tasks = declared(subject.data, &["/spec/tasks"]);
    root.each("spec.tasks", |task| {
        task.each("runAfter", |other| {
            let name = other.value().as_str().unwrap_or_default();
            if !tasks.contains(name) {
                let message =
                    format!("the task `{}` waits for `{name}`, which the pipeline does not have", task.text("name"));
                let finding =
                    subject.error(Code::MissingReference, message, &other.route().steps()).label("no such task");
                found.push(match nearest(name, tasks.iter().copied()) {
                    Some(near) => finding.help(format!("did you mean `{near}`?")),
                    None => finding.help("name a task of the pipeline, or take it out"),
                });
            }
        });
    });
    found
}
