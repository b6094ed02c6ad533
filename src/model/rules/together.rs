//! Services that are of no use, or open to everybody, without another one.

use super::names::tenant;
use super::{Found, RuleViolation};
use crate::diagnostic::{Code, nearest};
use crate::model::DnsLabel;
use crate::model::services::{ReceiverType, installed};
use crate::model::values::{Provider, Values};

/// Monitors and alerts are of kinds that must be there before the first service that has one.
pub(super) fn monitors_have_their_kinds(values: &Values, found: &mut Found) {
    let services = &values.services;
    if installed(&services.kube_prometheus_stack).is_some() && installed(&services.prometheus_operator_crds).is_none() {
        found.push(
            RuleViolation::conflict(
                &["services", "kubePrometheusStack"],
                "the monitoring stack is installed without its CRDs",
                "add the service `prometheusOperatorCrds`, in a wave before all others",
            )
            .note("every service has monitors, most of them in earlier waves than the stack: they come to nothing without"),
        );
    }
}

/// Logs go to Loki, and from there into a bucket.
pub(super) fn logs_have_a_home(values: &Values, found: &mut Found) {
    let services = &values.services;
    let loki = installed(&services.loki);
    if installed(&services.alloy).is_some() && loki.is_none() {
        found.push(RuleViolation::conflict(
            &["services", "alloy"],
            "Alloy has no Loki to send its logs to",
            "add the service `loki`, or set `services.alloy.enabled: false`",
        ));
    }
    let Some(bucket) = loki.map(|loki| &loki.bucket) else { return };
    if !values.storage.buckets.contains_key(bucket.as_str()) {
        let known = values.storage.buckets.keys().map(DnsLabel::as_str);
        let help = match nearest(bucket.as_str(), known) {
            Some(near) => format!("write `{near}`, or add `{bucket}` under `storage.buckets`"),
            None => format!("add `{bucket}` under `storage.buckets`, with the name and region of a Spaces bucket"),
        };
        found.push(RuleViolation::conflict(
            &["services", "loki", "bucket"],
            format!("Loki keeps its logs in the bucket `{bucket}`, which `storage.buckets` does not have"),
            help,
        ));
    }
}

/// A host that asks for a login must not be open because the login is missing.
pub(super) fn logins_are_there(values: &Values, found: &mut Found) {
    if installed(&values.services.oauth2_proxy).is_some() {
        return;
    }
    let help = "add the service `oauth2Proxy`";
    if installed(&values.services.tekton).is_some() {
        found.push(
            RuleViolation::conflict(
                &["services", "tekton"],
                "the dashboard of Tekton has no login of its own, and oauth2-proxy is not installed",
                help,
            )
            .note("without it everybody could see, and run, every pipeline"),
        );
    }
    for (name, _) in values.applications.iter().filter(|(_, one)| one.enabled && one.protected) {
        found.push(RuleViolation::conflict(
            &["applications", name.as_str(), "protected"],
            format!("application `{name}` is protected by a login, and oauth2-proxy is not installed"),
            format!("{help}, or remove `protected`"),
        ));
    }
}

/// Tekton's operator becomes the owner of the namespace that it installs into.
pub(super) fn tekton_has_its_namespace_alone(values: &Values, found: &mut Found) {
    let Some(tekton) = installed(&values.services.tekton) else { return };
    let Some(owner) = tenant(values, &tekton.target_namespace) else { return };
    found.push(
        RuleViolation::conflict(
            &["services", "tekton", "targetNamespace"],
            format!("Tekton would install into the namespace `{}`, where `{owner}` is", tekton.target_namespace),
            "give the parts of Tekton a namespace of their own",
        )
        .note("the operator takes the namespace over: when Tekton is removed, all that is in it goes along"),
    );
}

/// The login is kept in a cookie, which browsers send over TLS only, and only to hosts of one domain.
pub(super) fn logins_are_kept(values: &Values, found: &mut Found) {
    let services = &values.services;
    let Some(login) = installed(&services.oauth2_proxy) else { return };
    if installed(&services.cert_manager).is_none() {
        found.push(
            RuleViolation::conflict(
                &["services", "oauth2Proxy"],
                "nothing makes certificates for the hosts of the login",
                "add the service `certManager`",
            )
            .note("browsers keep the cookie of a login to themselves where there is no TLS: it would never end"),
        );
    }
    let hosts = std::iter::once(("services", "oauth2Proxy", &login.host)).chain(values.guarded_hosts());
    let domain = &values.platform.domain;
    for (section, name, host) in hosts {
        let full = host.under(domain);
        if !full.ends_with(&format!(".{domain}")) {
            found.push(
                RuleViolation::conflict(
                    &[section, name, "host"],
                    format!("the host `{full}` is behind the login of oauth2-proxy, and not below `{domain}`"),
                    "write a label instead, which stands before `platform.domain`",
                )
                .note("the login is a cookie of `platform.domain`, which browsers send to the hosts below it"),
            );
        }
    }
}

/// Where no group is named, the provider's word that somebody exists is enough.
pub(super) fn logins_are_for_somebody(values: &Values, found: &mut Found) {
    let Some(login) = installed(&values.services.oauth2_proxy) else { return };
    let groups = &values.identity.groups;
    if [&login.allowed_groups, &groups.admins, &groups.editors, &groups.viewers].iter().all(|names| names.is_empty()) {
        found.push(
            RuleViolation::conflict(
                &["services", "oauth2Proxy"],
                "the login of oauth2-proxy lets everybody in who has an account at the provider",
                "name groups under `identity.groups`, or under `services.oauth2Proxy.allowedGroups`",
            )
            .warning(),
        );
    }
}

/// Grafana does not look its provider's endpoints up; those of Auth0 are known.
pub(super) fn grafana_finds_the_provider(values: &Values, found: &mut Found) {
    let identity = &values.identity;
    let has_grafana = installed(&values.services.kube_prometheus_stack).is_some();
    if has_grafana && identity.provider == Provider::Oidc && identity.endpoints.is_none() {
        let issuer = identity.issuer.as_str().trim_end_matches('/');
        found.push(
            RuleViolation::new(
                Code::MissingValue,
                &["identity"],
                "Grafana needs the provider's endpoints, and `identity.endpoints` does not name them",
                format!("copy `authorization`, `token` and `userinfo` from {issuer}/.well-known/openid-configuration"),
            )
            .note("Argo CD and oauth2-proxy look them up by themselves; Grafana has no way to"),
        );
    }
}

/// Alerts go to receivers that there are.
pub(super) fn receivers_exist(values: &Values, found: &mut Found) {
    let Some(stack) = installed(&values.services.kube_prometheus_stack) else { return };
    let (alerts, path) = (&stack.alerts, ["services", "kubePrometheusStack", "alerts"]);
    for (severity, receiver) in [("critical", &alerts.critical), ("warning", &alerts.warning)] {
        let Some(name) = receiver.as_ref().filter(|name| !alerts.receivers.contains_key(name.as_str())) else {
            continue;
        };
        let help = match nearest(name.as_str(), alerts.receivers.keys().map(DnsLabel::as_str)) {
            Some(near) => format!("write `{near}`, or add `{name}` under `receivers`"),
            None => format!("add `{name}` under `receivers`"),
        };
        let message = format!("alerts of severity `{severity}` go to `{name}`, which is no receiver");
        found.push(RuleViolation::conflict(&[&path[..], &[severity]].concat(), message, help));
    }
    for (name, receiver) in alerts.receivers.iter().filter(|(_, one)| one.channel.is_some()) {
        if receiver.kind != ReceiverType::Slack {
            found.push(RuleViolation::conflict(
                &[&path[..], &["receivers", name.as_str(), "channel"]].concat(),
                format!("receiver `{name}` has a channel, which only Slack knows"),
                "remove `channel`, or set `type: slack`",
            ));
        }
    }
}
