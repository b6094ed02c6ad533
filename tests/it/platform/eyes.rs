//! The checks have eyes: each finds a fault that is put before it.

use std::cell::Cell;
use std::panic::catch_unwind;

use super::{Platform, documents, drift, names, placement, platforms, projects, routes, secrets, waves};

thread_local! {
    /// The platform that the next check on this thread has to look at, instead of all.
    pub(super) static FAULT: Cell<Option<Platform>> = const { Cell::new(None) };
}

/// A rendered platform in which somebody edited a file: the first `from` in it is `to`.
fn edited(name: &str, path: &str, from: &str, to: &str) -> Platform {
    let like = platforms().iter().find(|platform| platform.name == name).unwrap();
    let mut platform = Platform::of(like.environment, "edited", &like.sets).unwrap();
    let (_, file) = platform.tree.files.iter_mut().find(|(known, _)| known.as_str() == path).unwrap();
    assert!(file.text.contains(from), "{path} has no `{from}`");
    file.text = file.text.replacen(from, to, 1);
    platform.documents = documents(&platform.tree);
    platform
}

/// A check, the platform, the file, what becomes of what, and what the check has to say.
type Fault = (fn(), &'static str, &'static str, &'static str, &'static str, &'static str);

const FAULTS: &[Fault] = &[
    (
        secrets::what_is_read_is_needed_and_what_is_needed_is_read,
        "prod, everything on",
        "services/argo-cd/values.yaml",
        "$argocd-oidc:client-secret",
        "$argocd-oidc:secret",
        "reads the key `secret` of argocd/argocd-oidc",
    ),
    (
        secrets::what_is_read_is_needed_and_what_is_needed_is_read,
        "prod, everything on",
        "services/loki/values.yaml",
        "name: loki-spaces",
        "name: loki-bucket",
        "reads the Secret loki/loki-bucket, which nobody makes",
    ),
    (
        secrets::no_helm_value_holds_a_password,
        "prod, everything on",
        "services/external-dns/values.yaml",
        "policy: ",
        "apiToken: abc\npolicy: ",
        "apiToken holds the text `abc`",
    ),
    (
        projects::every_namespace_in_use_is_made_once_and_every_one_made_is_in_use,
        "prod, everything on",
        "apps/namespaces.yaml",
        "name: loki",
        "name: logs",
        "the namespace loki is used and nobody makes it",
    ),
    (
        projects::projects_allow_the_namespaces_that_are_written_to_and_no_others,
        "prod, everything on",
        "apps/projects/loki.yaml",
        "namespace: loki",
        "namespace: default",
        "AppProject loki does not allow the namespace loki",
    ),
    (
        projects::projects_allow_the_sources_of_their_applications_and_no_others,
        "prod, everything on",
        "apps/alloy.yaml",
        "https://grafana.github.io/helm-charts",
        "https://charts.example.com",
        "AppProject alloy allows the sources",
    ),
    (
        routes::every_host_has_a_route_and_every_route_a_host,
        "prod, everything on",
        "services/kube-prometheus-stack/manifests/route.yaml",
        "- host: grafana.example.com",
        "- host: graphs.example.com",
        "is for graphs.example.com, which no section names",
    ),
    (
        routes::where_tls_ends_lies_the_certificate_of_that_host,
        "prod, everything on",
        "services/kube-prometheus-stack/manifests/route.yaml",
        "secretName: grafana-tls",
        "secretName: other-tls",
        "puts {\"grafana.example.com\"} into monitoring/grafana-tls",
    ),
    (
        routes::nobody_speaks_of_a_host_that_is_not_there,
        "prod, everything on",
        "services/oauth2-proxy/values.yaml",
        "https://oauth2.example.com/",
        "https://login.example.com/",
        "speaks of login.example.com",
    ),
    (
        names::services_that_are_talked_to_are_there,
        "prod, everything on",
        "services/alloy/values.yaml",
        "http://loki.loki.svc",
        "http://loki.logs.svc",
        "talks to the Service logs/loki",
    ),
    (
        names::issuers_that_are_named_are_there,
        "prod, everything on",
        "services/argo-cd/manifests/route.yaml",
        "name: letsencrypt-production",
        "name: letsencrypt-prod",
        "names ClusterIssuer \"letsencrypt-prod\"",
    ),
    (
        waves::kinds_come_before_what_is_of_them,
        "prod, everything on",
        "apps/cert-manager.yaml",
        "sync-wave: \"-8\"",
        "sync-wave: \"8\"",
        "its kind in Some(8)",
    ),
    (
        waves::the_way_in_is_there_before_the_first_route,
        "prod, everything on",
        "apps/ingress.yaml",
        "sync-wave: \"-6\"",
        "sync-wave: \"-5\"",
        "argo-cd has a route, and the controller is not there before it",
    ),
    (
        waves::sealed_secrets_come_before_their_readers,
        "prod, everything on, sealed",
        "services/loki/manifests/sealed-secrets.yaml",
        "sync-wave: \"-1\"",
        "sync-wave: \"0\"",
        "comes with the chart that reads it, or after",
    ),
    (
        drift::keys_that_keep_charts_still_are_set,
        "prod, everything on",
        "services/falco/values.yaml",
        "falcoctl:",
        "falcoctl_:",
        "/falcoctl/artifact/follow/enabled is null",
    ),
    (
        placement::every_selector_and_toleration_is_that_of_the_pool,
        "prod, everything on",
        "services/cert-manager/values.yaml",
        "pool: tools",
        "pool: base",
        "nodeSelector is {\"pool\":\"base\"}",
    ),
];

#[test]
fn every_fault_is_found() {
    for (check, name, path, from, to, expected) in FAULTS {
        FAULT.set(Some(edited(name, path, from, to)));
        let Err(said) = catch_unwind(check) else { panic!("{path}, `{from}` is `{to}`: nobody sees it") };
        let said = said.downcast_ref::<String>().unwrap();
        assert!(said.contains(expected), "{path}, `{from}` is `{to}`: {said}");
    }
}
