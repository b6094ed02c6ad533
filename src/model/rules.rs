//! How values must agree with each other, where a schema cannot say it.
//!
//! A rule names the keys that it is about and leaves finding their place in a file to whoever merged the layers.

use super::values::Values;
use crate::diagnostic::{Code, Severity};

mod applications;
mod cluster;
mod dns;
mod names;
mod pipelines;
mod policies;
mod sealed;
mod services;
mod setup;
mod storage;
mod together;

/// A rule that the values break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleViolation {
    /// Where: keys, and indexes as text, from the top of the merged values. A key that only a default stands for is not
    /// in any file; then the longest part of the path that is, is the place to show. Empty for sealed secrets that are not there at all.
    pub path: Vec<String>,
    /// The headline: lower case, no full stop, names in backticks.
    pub message: String,
    /// A fact that explains it.
    pub note: Option<String>,
    /// What to do.
    pub help: String,
    /// Whether it stops the run.
    pub severity: Severity,
    /// What kind of finding it is.
    pub code: Code,
}

impl RuleViolation {
    fn new(code: Code, path: &[&str], message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            path: path.iter().map(|&key| key.to_owned()).collect(),
            message: message.into(),
            note: None,
            help: help.into(),
            severity: Severity::Error,
            code,
        }
    }

    /// Two values that contradict each other, shown at one of them.
    fn conflict(path: &[&str], message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(Code::Conflict, path, message, help)
    }

    fn note(mut self, fact: impl Into<String>) -> Self {
        self.note = Some(fact.into());
        self
    }

    fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }
}

/// What a rule finds.
type Found = Vec<RuleViolation>;

/// Every rule that `values` break, in the order of the rules; severities under `policies` are taken into account.
pub fn check(values: &Values) -> Vec<RuleViolation> {
    const RULES: &[fn(&Values, &mut Found)] = &[
        cluster::pools_are_sound,
        cluster::pools_exist,
        dns::records_are_complete,
        dns::records_agree,
        services::issuer_is_exact,
        services::groups_claim_survives,
        services::somebody_is_admin,
        services::load_balancer_fits,
        services::dns_provider_exists,
        services::controller_is_alive,
        services::controller_has_its_chart,
        services::refusals_go_on,
        setup::networks_are_private,
        setup::somebody_reaches_the_api,
        setup::buckets_and_keys_are_apart,
        setup::members_are_of_groups,
        storage::endpoints_are_of_the_region,
        storage::retentions_are_hours,
        together::monitors_have_their_kinds,
        together::logs_have_a_home,
        together::logins_are_there,
        together::tekton_has_its_namespace_alone,
        together::logins_are_kept,
        together::logins_are_for_somebody,
        together::grafana_finds_the_provider,
        together::receivers_exist,
        applications::source_is_clear,
        applications::image_is_exact,
        applications::variables_are_set_once,
        applications::requests_fit_limits,
        applications::autoscaling_is_possible,
        applications::login_has_a_host,
        pipelines::pipelines_can_run,
        pipelines::tasks_are_pinned,
        pipelines::repositories_are_reached,
        pipelines::builds_have_their_namespace_alone,
        names::names_are_unique,
        names::hosts_are_unique,
        names::clients_are_told_apart,
        sealed::namespaces_have_an_owner,
        sealed::needs_are_met,
        policies::severities_are_possible,
        policies::exceptions_are_possible,
    ];
    let mut found = Vec::new();
    for rule in RULES {
        rule(values, &mut found);
    }
    let counted = found.into_iter().filter_map(|violation| {
        let severity = values.policies.severity(violation.code, violation.severity)?;
        Some(RuleViolation { severity, ..violation })
    });
    counted.collect()
}

#[cfg(test)]
mod tests;
