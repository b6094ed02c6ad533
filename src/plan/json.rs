//! Plans and events for machines.
//!
//! The document has the shape of Terraform's `show -json`, as far as it has something to say in it: readers of such
//! documents find addresses, actions, and both sides of each change where they look for them. Events have the types of
//! its machine-readable UI, one object a line.

use serde_json::{Map, Value, json};

use super::address::Address;
use super::progress::Event;
use super::step::{Action, Counts, Plan, Report, Shown, Step};

/// The version of the document's form: the first number changes when a reader has to.
const FORMAT: &str = "1.0";

impl Action {
    /// As documents list it.
    fn actions(self) -> &'static [&'static str] {
        match self {
            Self::Create => &["create"],
            Self::Update => &["update"],
            Self::Replace => &["create", "delete"],
            Self::Delete => &["delete"],
            Self::Adopt => &["adopt"],
        }
    }

    /// As events name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Replace => "replace",
            Self::Delete => "delete",
            Self::Adopt => "adopt",
        }
    }
}

impl Counts {
    /// The counts of an `operation`, such as `plan` or `apply`, as an event has them.
    pub fn to_json(&self, operation: &str) -> Value {
        json!({
            "type": "change_summary",
            "changes": {
                "add": self.add, "change": self.change, "remove": self.destroy, "adopt": self.adopt,
                "operation": operation,
            },
        })
    }
}

impl<O> Plan<O> {
    /// The whole plan as one document.
    pub fn to_json(&self) -> Value {
        let counts = self.counts();
        json!({
            "format_version": FORMAT,
            "environment": self.environment,
            "resource_changes": self.steps.iter().map(step).collect::<Vec<_>>(),
            "reports": self.reports.iter().map(report).collect::<Vec<_>>(),
            "summary": {
                "add": counts.add, "change": counts.change, "remove": counts.destroy, "adopt": counts.adopt,
            },
        })
    }
}

fn step<O>(step: &Step<O>) -> Value {
    let mut sides: [Map<String, Value>; 5] = std::array::from_fn(|_| Map::new());
    let [before, after, unknown, before_sensitive, after_sensitive] = &mut sides;
    for attribute in &step.attributes {
        let name = &attribute.name;
        match &attribute.before {
            Shown::Value(value) => drop(before.insert(name.clone(), value.clone())),
            Shown::Secret => drop(before_sensitive.insert(name.clone(), json!(true))),
            Shown::Absent | Shown::Later => {}
        }
        match &attribute.after {
            Shown::Value(value) => drop(after.insert(name.clone(), value.clone())),
            Shown::Later => drop(unknown.insert(name.clone(), json!(true))),
            Shown::Secret => drop(after_sensitive.insert(name.clone(), json!(true))),
            Shown::Absent => {}
        }
    }
    let replaced = step.attributes.iter().filter(|attribute| attribute.forces_replacement);
    let [before, after, unknown, before_sensitive, after_sensitive] = sides;
    json!({
        "address": step.address.to_string(),
        "type": step.address.kind(),
        "name": step.address.name(),
        "change": {
            "actions": step.action.actions(),
            "before": if step.action == Action::Create { Value::Null } else { Value::Object(before) },
            "after": if step.action == Action::Delete { Value::Null } else { Value::Object(after) },
            "after_unknown": unknown,
            "before_sensitive": before_sensitive,
            "after_sensitive": after_sensitive,
            "replace_paths": replaced.map(|attribute| json!([attribute.name])).collect::<Vec<_>>(),
        },
        "action_reason": step.reason,
        "warnings": step.warnings,
        "needs": step.needs.iter().map(|need| need.flag()).collect::<Vec<_>>(),
    })
}

fn report(report: &Report) -> Value {
    json!({ "address": report.address.to_string(), "message": report.message, "help": report.help })
}

impl Event<'_> {
    /// The event as one object.
    pub fn to_json(&self) -> Value {
        let hook = |address: &Address, action: Action| {
            json!({
                "resource": { "addr": address.to_string(), "type": address.kind(), "name": address.name() },
                "action": action.name(),
            })
        };
        let with = |mut hook: Value, further: Value| {
            if let (Value::Object(hook), Value::Object(further)) = (&mut hook, further) {
                hook.extend(further);
            }
            hook
        };
        match self {
            Self::Begun { address, action } => json!({ "type": "apply_start", "hook": hook(address, *action) }),
            Self::Waiting { address, action, elapsed, what } => {
                let further = json!({ "elapsed_seconds": elapsed.as_secs(), "message": what });
                json!({ "type": "apply_progress", "hook": with(hook(address, *action), further) })
            }
            Self::Warned { address, message } => {
                json!({ "type": "diagnostic", "severity": "warning", "address": address.to_string(), "message": message })
            }
            Self::Done { address, action, id, elapsed } => {
                let further = json!({ "id_value": id, "elapsed_seconds": elapsed.as_secs() });
                json!({ "type": "apply_complete", "hook": with(hook(address, *action), further) })
            }
            Self::Failed { address, action } => json!({ "type": "apply_errored", "hook": hook(address, *action) }),
        }
    }
}
