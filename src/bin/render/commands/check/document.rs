//! What a check found as one JSON document: docs/json/check.schema.json describes it.

use serde_json::{Value, json};
use supercargo::diagnostic::Diagnostic;
use supercargo::model::EnvironmentName;
use supercargo::output::{Cause, State};
use supercargo::tree::OutputPath;

use super::{Check, Checked};
use crate::Status;

/// The document about `checked`.
pub(super) fn of(checked: &Check, staged: bool) -> Value {
    json!({
        "type": "check",
        "version": 1,
        "staged": staged,
        "status": match checked.status() {
            Status::Success => "current",
            Status::Found => "found",
            Status::Failure | Status::Changes | Status::NoPlan => "failed",
        },
        "environments": checked.environments.iter().map(environment).collect::<Vec<_>>(),
        "findings": checked.all_findings().iter().map(Diagnostic::to_json).collect::<Vec<_>>(),
    })
}

fn environment(one: &Checked) -> Value {
    let name = &one.environment;
    let inspection = &one.inspection;
    let causes = |path: &OutputPath| inspection.causes_of.get(path).map_or(&[][..], Vec::as_slice);
    let known = inspection.states.iter().map(|(path, state)| file(name, path.as_str(), *state, causes(path)));
    let strangers = inspection.strangers.iter().map(|path| file(name, path, State::Unknown, &[]));
    let mut files: Vec<_> = known.chain(strangers).collect();
    files.sort_by(|one, other| one["path"].as_str().cmp(&other["path"].as_str()));
    let lock = inspection.lock.map(|state| file(name, OutputPath::LOCK, state, &inspection.causes));
    json!({
        "environment": name,
        "rendered": one.has_tree(),
        "current": one.has_tree() && inspection.is_current() && inspection.strangers.is_empty(),
        "lock": lock,
        "files": files,
    })
}

fn file(environment: &EnvironmentName, path: &str, state: State, causes: &[Cause]) -> Value {
    let path = format!("out/{environment}/{path}");
    // A current file of a changed input is current all the same.
    let causes = if state == State::Current { &[] } else { causes };
    let command = match state {
        State::Current | State::Unjudged => None,
        State::OutOfDate | State::Missing | State::Stale => Some(format!("render --env {environment}")),
        State::Edited => Some(format!("render --env {environment} --discard-edits")),
        State::Unknown => Some(format!("rm -- {}", quoted(&path))),
    };
    json!({
        "path": path,
        "state": state.name(),
        "causes": causes.iter().map(cause).collect::<Vec<_>>(),
        "command": command,
    })
}

fn cause(cause: &Cause) -> Value {
    json!({ "input": cause.input, "change": cause.change.name(), "version": cause.version })
}

/// The path as a shell takes it for one word.
fn quoted(path: &str) -> String {
    let is_plain = path.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
    if is_plain { path.to_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}
