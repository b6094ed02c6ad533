//! Names and hosts that only one may have.

use indexmap::IndexMap;

use super::{Found, RuleViolation};
use crate::diagnostic::Code;
use crate::model::network::{Host, HostOrLabel};
use crate::model::values::Values;

/// Services, charts and applications share one set of names: each becomes an Argo CD application.
pub(super) fn names_are_unique(values: &Values, found: &mut Found) {
    let mut owners: IndexMap<&str, String> = IndexMap::new();
    for (name, service) in values.services.iter() {
        owners.insert(name, format!("services.{}", service.key));
    }
    let charts = values.charts.iter().filter(|(_, chart)| chart.enabled).map(|(name, _)| ("charts", name.as_str()));
    let applications = values.applications.iter().filter(|(_, application)| application.enabled);
    for (section, name) in charts.chain(applications.map(|(name, _)| ("applications", name.as_str()))) {
        let Some(owner) = owners.insert(name, format!("{section}.{name}")) else { continue };
        found.push(
            RuleViolation::conflict(
                &[section, name],
                format!("`{section}.{name}` has the same name as `{owner}`"),
                "rename one of the two",
            )
            .note("services, charts and applications each become an Argo CD Application of that name"),
        );
    }
}

/// One host leads to one place.
pub(super) fn hosts_are_unique(values: &Values, found: &mut Found) {
    let mut owners: IndexMap<String, String> = IndexMap::new();
    for (path, host) in hosts(values) {
        let full = host.under(&values.platform.domain);
        if let Err(problem) = Host::parse(&full) {
            let help = "shorten it";
            found.push(RuleViolation::new(Code::InvalidValue, &path, format!("the host {problem}"), help));
        }
        let owner = path[..path.len() - 1].join(".");
        let Some(other) = owners.get(&full) else {
            owners.insert(full, owner);
            continue;
        };
        found.push(
            RuleViolation::conflict(
                &path,
                format!("`{owner}` answers for the host `{full}`, as `{other}` does"),
                "give one of the two another host",
            )
            .note(format!("a label stands before `platform.domain`, here `{}`", values.platform.domain)),
        );
    }
}

/// Every host that something installed answers for, with its place.
fn hosts(values: &Values) -> Vec<(Vec<&str>, HostOrLabel)> {
    let mut hosts = Vec::new();
    for (_, service) in values.services.iter() {
        if let Some(host) = service.section.needs().host() {
            hosts.push((vec!["services", service.key, "host"], host.clone()));
        }
    }
    for (name, application) in values.applications.iter().filter(|(_, application)| application.enabled) {
        if let Some(host) = &application.host {
            hosts.push((vec!["applications", name.as_str(), "host"], host.clone()));
        }
        if let Some(host) = application.pipeline.as_ref().and_then(|pipeline| pipeline.host_of(name)) {
            hosts.push((vec!["applications", name.as_str(), "pipeline", "host"], host));
        }
    }
    hosts
}
