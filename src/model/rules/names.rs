//! Names and hosts that only one may have.

use indexmap::IndexMap;

use super::{Found, RuleViolation};
use crate::diagnostic::Code;
use crate::model::clients::OidcClient;
use crate::model::names::{Namespace, SealedName};
use crate::model::network::{Host, HostOrLabel};
use crate::model::values::{Application, Provider, Values};

/// Services, charts and applications share one set of names: each becomes an Argo CD Application, and one more comes of
/// each part of an application. The App of Apps has a name, too.
pub(super) fn names_are_unique(values: &Values, found: &mut Found) {
    let mut owners: IndexMap<String, String> = IndexMap::new();
    owners.insert("root".to_owned(), "the App of Apps".to_owned());
    for (name, service) in values.services.iter() {
        owners.insert(name.to_owned(), format!("`services.{}`", service.key));
    }
    let charts = values.charts.iter().filter(|(_, chart)| chart.enabled);
    let charts = charts.map(|(name, _)| ("charts", name.as_str(), vec![name.to_string()]));
    let applications = values.applications.iter().filter(|(_, application)| application.enabled);
    let applications = applications.map(|(name, _)| {
        let parts = Application::PARTS.iter().map(|part| format!("{name}-{part}"));
        ("applications", name.as_str(), std::iter::once(name.to_string()).chain(parts).collect())
    });
    for (section, name, taken) in charts.chain(applications) {
        for one in taken {
            let owner = format!("`{section}.{name}`");
            let Some(other) = owners.get(&one) else {
                owners.insert(one, owner);
                continue;
            };
            found.push(
                RuleViolation::conflict(
                    &[section, name],
                    format!("{owner} has the name `{one}`, as {other} does"),
                    "rename one of the two",
                )
                .note(
                    "each service, chart and application becomes an Argo CD Application of its name, and each part of \
                     an application one more",
                ),
            );
        }
    }
}

/// The service, chart or application that is installed into `namespace`, as a path into the values; the first of several.
pub(super) fn tenant(values: &Values, namespace: &Namespace) -> Option<String> {
    let services = values.services.iter();
    let services = services.map(|(_, service)| (format!("services.{}", service.key), service.namespace().clone()));
    let charts = values.charts.iter().filter(|(_, chart)| chart.enabled);
    let charts = charts.map(|(name, chart)| (format!("charts.{name}"), chart.namespace.clone()));
    let applications = values.applications.iter().filter(|(_, application)| application.enabled);
    let applications = applications.map(|(name, one)| (format!("applications.{name}"), one.namespace_of(name)));
    let mut tenants = services.chain(charts).chain(applications);
    tenants.find(|(_, taken)| taken == namespace).map(|(tenant, _)| tenant)
}

/// Each client at the identity provider has a name and a Secret of its own.
pub(super) fn clients_are_told_apart(values: &Values, found: &mut Found) {
    for name in values.identity.clients.keys().filter(|name| OidcClient::SERVICES.contains(&name.as_str())) {
        found.push(RuleViolation::conflict(
            &["identity", "clients", name.as_str()],
            format!("the client `{name}` has the name of that of a service"),
            "rename it",
        ));
    }
    // Where clients are made by hand, one may serve two.
    if values.identity.provider != Provider::Auth0 {
        return;
    }
    let mut owners: IndexMap<SealedName, String> = IndexMap::new();
    for client in values.oidc_clients() {
        let owner = client.asked_by.join(".");
        if let Some(other) = owners.get(&client.secret) {
            found.push(RuleViolation::conflict(
                &client.asked_by.iter().map(String::as_str).chain(["secret"]).collect::<Vec<_>>(),
                format!("`{owner}` keeps its credentials in the Secret `{}`, as `{other}` does", client.secret),
                "give one of the two another Secret",
            ));
        }
        owners.entry(client.secret).or_insert(owner);
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
