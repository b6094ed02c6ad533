//! Exceptions: only from findings that there are, and that one may live with.

use super::{Found, RuleViolation};
use crate::diagnostic::{Code, listed, nearest};
use crate::model::values::{Policies, Values};

/// Every exception names a finding that allows one, and gives a reason that is more than spaces.
pub(super) fn exceptions_are_possible(values: &Values, found: &mut Found) {
    for (name, exception) in &values.policies.exceptions {
        let path = ["policies", "exceptions", name.as_str()];
        let possible = || Policies::EXCEPTABLE.iter().map(|code| code.name());
        let list = listed(possible());
        match Code::ALL.iter().find(|code| code.name() == name.as_str()) {
            None => found.push(
                RuleViolation::new(
                    Code::UnknownKey,
                    &path,
                    format!("`{name}` is not the code of a finding"),
                    match nearest(name.as_str(), possible()) {
                        Some(near) => format!("write `{near}`"),
                        None => "remove the exception, or write the code that the message shows in brackets".to_owned(),
                    },
                )
                .note(format!("exceptions are possible from {list}")),
            ),
            Some(code) if !Policies::EXCEPTABLE.contains(code) => found.push(
                RuleViolation::conflict(
                    &path,
                    format!("there is no exception from `{name}`: the output would be wrong"),
                    "remove the exception, and mend what the finding is about",
                )
                .note(format!("exceptions are possible from {list}")),
            ),
            Some(_) if exception.reason.trim().is_empty() => found.push(RuleViolation::new(
                Code::InvalidValue,
                &[&path[..], &["reason"]].concat(),
                format!("the exception from `{name}` gives no reason"),
                "say why it is right here, for whoever reads it in a year",
            )),
            Some(_) => {}
        }
    }
}
