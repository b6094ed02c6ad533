//! Sealed secrets that would get lost.

use std::collections::BTreeSet;

use super::{Found, RuleViolation};
use crate::model::values::Values;

/// A sealed secret is rendered beside what owns its namespace; without an owner it would silently stay behind.
pub(super) fn namespaces_have_an_owner(values: &Values, found: &mut Found) {
    let services = values.services.iter().map(|(_, service)| service.section.namespace().as_str());
    let charts = values.charts.values().filter(|chart| chart.enabled).map(|chart| chart.namespace.as_str());
    let applications = values.applications.iter().filter(|(_, one)| one.enabled && one.namespace.is_none());
    let owned: BTreeSet<&str> = services.chain(charts).chain(applications.map(|(name, _)| name.as_str())).collect();
    for id in values.sealed.keys() {
        let Some((namespace, _)) = id.as_str().split_once('/') else { continue };
        if !owned.contains(namespace) {
            found.push(
                RuleViolation::conflict(
                    &["sealed", id.as_str()],
                    format!("nothing is installed into the namespace `{namespace}` of the sealed secret `{id}`"),
                    "install what needs it, or remove the sealed secret",
                )
                .note("a sealed secret is rendered beside the service, chart or application that its namespace belongs to"),
            );
        }
    }
}
