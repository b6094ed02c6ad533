//! Storage: where buckets lie, and how long what is kept.

use super::{Found, RuleViolation};
use crate::diagnostic::Code;
use crate::model::network::Host;
use crate::model::schedule::Duration;
use crate::model::services::installed;
use crate::model::values::Values;

/// The hosts of Spaces differ in their first label.
const SPACES: &str = ".digitaloceanspaces.com";

/// The host of Spaces says the region and nothing else: the cloud's own pages show it with the bucket's name before it.
pub(super) fn endpoints_are_of_the_region(values: &Values, found: &mut Found) {
    for (name, bucket) in &values.storage.buckets {
        let expected = format!("{}{SPACES}", bucket.region);
        let Some(endpoint) = bucket.endpoint.as_ref().map(Host::as_str) else { continue };
        if endpoint.ends_with(SPACES) && endpoint != expected {
            found.push(
                RuleViolation::conflict(
                    &["storage", "buckets", name.as_str(), "endpoint"],
                    format!("`{endpoint}` is not the host of Spaces in the region `{}`", bucket.region),
                    format!("write `{expected}`, or leave `endpoint` out"),
                )
                .note("the bucket's name comes before it by itself"),
            );
        }
    }
}

/// Loki and Prometheus read durations in a way of their own, without fractions.
pub(super) fn retentions_are_hours(values: &Values, found: &mut Found) {
    let services = &values.services;
    let logs = installed(&services.loki).map(|loki| ("loki", &loki.retention, 24));
    let measurements = installed(&services.kube_prometheus_stack);
    let measurements = measurements.map(|stack| ("kubePrometheusStack", &stack.retention, 1));
    for (service, retention, least) in logs.into_iter().chain(measurements) {
        if hours(retention).is_none_or(|hours| hours < least) {
            let least = if least > 1 { format!(", {least} at least") } else { String::new() };
            found.push(RuleViolation::new(
                Code::InvalidValue,
                &["services", service, "retention"],
                format!("`{retention}` is not a number of whole hours{least}"),
                "write hours, such as `720h` for 30 days",
            ));
        }
    }
}

/// The hours of a duration that is written in hours alone.
fn hours(duration: &Duration) -> Option<u32> {
    duration.as_str().strip_suffix('h').and_then(|hours| hours.parse().ok())
}
