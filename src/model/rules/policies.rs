//! Severities and exceptions: only of findings that there are, and that one may live with, and never without a reason.

use super::{Found, RuleViolation};
use crate::diagnostic::{Code, listed, nearest};
use crate::model::values::{Policies, Values};

/// Every choice of a severity names a finding that allows one, and gives a reason that is more than spaces.
pub(super) fn severities_are_possible(values: &Values, found: &mut Found) {
    for (name, choice) in &values.policies.severities {
        let path = ["policies", "severities", name.as_str()];
        if is_possible(name.as_str(), &path, found) {
            is_said(&choice.reason, &[&path[..], &["reason"]].concat(), REASON, found);
        }
    }
}

/// Every exception is from a finding that allows one, is about something, and says why, and who answers for it.
pub(super) fn exceptions_are_possible(values: &Values, found: &mut Found) {
    for (name, exception) in &values.policies.exceptions {
        let path = ["policies", "exceptions", name.as_str()];
        let at = |key| [&path[..], &[key]].concat();
        if !is_possible(exception.code.as_str(), &at("code"), found) {
            continue;
        }
        if exception.resource.is_empty() {
            found.push(RuleViolation::new(
                Code::InvalidValue,
                &at("resource"),
                format!("the exception `{name}` is about every resource"),
                format!(
                    "say which ones by `kind`, `namespace`, `name` or `file`; for all, set `policies.severities.{}`",
                    exception.code
                ),
            ));
        }
        is_said(&exception.reason, &at("reason"), REASON, found);
        is_said(&exception.owner, &at("owner"), "name the team or the person who answers for it", found);
    }
}

const REASON: &str = "say why it is right here, for whoever reads it in a year";

/// Whether the values may speak of findings of the code `name`; if not, it is said why.
fn is_possible(name: &str, path: &[&str], found: &mut Found) -> bool {
    let possible = || Policies::EXCEPTABLE.iter().map(|code| code.name());
    let violation = match Code::ALL.iter().find(|code| code.name() == name) {
        None => RuleViolation::new(
            Code::UnknownKey,
            path,
            format!("`{name}` is not the code of a finding"),
            match nearest(name, possible()) {
                Some(near) => format!("write `{near}`"),
                None => "remove it, or write the code that the message shows in brackets".to_owned(),
            },
        ),
        Some(code) if !Policies::EXCEPTABLE.contains(code) => RuleViolation::conflict(
            path,
            format!("there is no exception from `{name}`: the output would be wrong"),
            "remove it, and mend what the finding is about",
        ),
        Some(_) => return true,
    };
    found.push(violation.note(format!("exceptions are possible from {}", listed(possible()))));
    false
}

/// Spaces are no reason.
fn is_said(text: &str, path: &[&str], help: &str, found: &mut Found) {
    if text.trim().is_empty() {
        let key = path.last().copied().unwrap_or_default();
        found.push(RuleViolation::new(Code::InvalidValue, path, format!("the exception gives no {key}"), help));
    }
}
