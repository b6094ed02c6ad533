//! Sync waves: what has to be there is applied before, and a wave never waits for a later one.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::Value;

use super::names::GROUPS;
use super::{Document, Platform, each, walk};

/// When Argo CD applies the Application `name`; `None` where there is none.
fn wave(platform: &Platform, name: &str) -> Option<i64> {
    platform.applications().get(name).map(|application| application.wave())
}

/// Whether the Application `earlier` is applied, and waited for, before `later` begins.
fn before(platform: &Platform, earlier: &str, later: &str) -> bool {
    wave(platform, earlier).zip(wave(platform, later)).is_some_and(|(earlier, later)| earlier < later)
}

fn is_route(document: &Document) -> bool {
    matches!(document.kind(), "Ingress" | "HTTPRoute" | "IngressRoute")
}

#[test]
pub(super) fn kinds_come_before_what_is_of_them() {
    each(|platform, problem| {
        for document in platform.documents.iter().filter(|document| document.is_manifest()) {
            let provider = GROUPS.iter().find(|(group, _)| *group == document.group());
            let Some((_, Some(provider))) = provider else { continue };
            let (owner, here) = (document.owner(), document.here());
            if owner != *provider {
                if !before(platform, provider, owner) {
                    problem(format!(
                        "{here} is applied in wave {:?}, its kind in {:?}",
                        wave(platform, owner),
                        wave(platform, provider)
                    ));
                }
                continue;
            }
            // In one Application with its kind: after the chart, and without a trial against a kind that is not there.
            let options = document.text("/metadata/annotations/argocd.argoproj.io~1sync-options");
            if document.wave() < 1 {
                problem(format!(
                    "{here} is in wave {}, with or before the chart that brings its kind",
                    document.wave()
                ));
            }
            if !options.contains("SkipDryRunOnMissingResource=true") {
                problem(format!(
                    "{here} lacks SkipDryRunOnMissingResource=true: its kind comes with the same Application"
                ));
            }
        }
    });
}

#[test]
pub(super) fn monitors_of_charts_come_after_their_kinds() {
    let monitor = Regex::new("(?i)((service|pod)monitors?|prometheusrules?)$").unwrap();
    let switch = Regex::new("(?i)createServiceMonitor$").unwrap();
    each(|platform, problem| {
        for (name, _) in platform.values.services.iter() {
            let Some(values) = platform.helm_values(name) else { continue };
            walk(values, &mut |path, value| {
                let on = |key: &str| value.get(key).is_some_and(|on| on == true);
                let makes_some =
                    monitor.is_match(path) && (on("enabled") || on("create")) || switch.is_match(path) && value == true;
                if makes_some && !before(platform, "prometheus-operator-crds", name) {
                    problem(format!("{name} has monitors ({path}), and their kinds are not there before it"));
                }
            });
        }
        if platform.has("kube-prometheus-stack")
            && !before(platform, "prometheus-operator-crds", "kube-prometheus-stack")
        {
            problem("the monitoring stack comes before its kinds".to_owned());
        }
    });
}

#[test]
pub(super) fn certificates_of_charts_come_after_cert_manager() {
    each(|platform, problem| {
        for (name, _) in platform.values.services.iter().filter(|(name, _)| *name != "cert-manager") {
            let Some(values) = platform.helm_values(name) else { continue };
            walk(values, &mut |path, value| {
                let wanted = path.ends_with("certManager") && value["enabled"] == true;
                // A chart looks at this switch only where the webhook that it is about is on.
                let parent = path.strip_suffix(".certManager").unwrap_or_default().replace('.', "/");
                let off = values.pointer(&format!("/{parent}/enabled")).is_some_and(|on| on == false);
                if wanted && !off && !before(platform, "cert-manager", name) {
                    problem(format!("{name} has certificates made ({path}), and cert-manager is not there before it"));
                }
            });
        }
    });
}

#[test]
pub(super) fn the_way_in_is_there_before_the_first_route() {
    each(|platform, problem| {
        let routes = platform.documents.iter().filter(|one| is_route(one) && one.owner() != "ingress");
        let owners: BTreeSet<_> = routes.map(Document::owner).collect();
        for owner in owners {
            // Argo CD takes a route for healthy when it has an address, and the controller's webhook judges it before.
            if !before(platform, "ingress", owner) {
                problem(format!("{owner} has a route, and the controller is not there before it"));
            }
        }
    });
}

#[test]
pub(super) fn a_certificate_waits_for_nothing_that_comes_later() {
    each(|platform, problem| {
        let by_http = platform.all("ClusterIssuer").any(|issuer| issuer.data.to_string().contains("\"http01\""));
        for document in platform.all("Certificate").filter(|_| by_http) {
            // Let's Encrypt asks the host: it needs its record and its way in, or the wave never ends.
            for needed in ["external-dns", "ingress"].into_iter().filter(|name| platform.has(name)) {
                let ends = wave(platform, needed) <= wave(platform, document.owner());
                if !ends {
                    problem(format!("{} waits for {needed}, which comes in a later wave", document.here()));
                }
            }
        }
    });
}

#[test]
pub(super) fn what_others_lean_on_comes_before_them() {
    // Each pair only where both are installed.
    let pairs = [
        ("loki", "alloy", "logs that nobody takes are lost"),
        ("oauth2-proxy", "tekton", "a login that is not there answers every request with an error"),
        ("sealed-secrets", "argo-cd", "its OIDC client is a sealed secret"),
        ("cert-manager", "ingress", "its webhook's certificate comes from there"),
    ];
    each(|platform, problem| {
        for (first, then, why) in pairs {
            if platform.has(first) && platform.has(then) && !before(platform, first, then) {
                problem(format!("{first} is not there before {then}: {why}"));
            }
        }
        for (name, one) in platform.values.applications.iter().filter(|(_, one)| one.enabled && one.protected) {
            if !before(platform, "oauth2-proxy", name.as_str()) {
                problem(format!(
                    "oauth2-proxy is not there before the protected application {name}, in wave {}",
                    one.wave
                ));
            }
        }
    });
}

#[test]
pub(super) fn sealed_secrets_come_before_their_readers() {
    each(|platform, problem| {
        for sealed in platform.all("SealedSecret").filter(|one| one.owner() != "sealed-secrets") {
            let (owner, namespace) = (sealed.owner(), platform.namespace_of(sealed));
            if sealed.wave() >= 0 {
                problem(format!("{} comes with the chart that reads it, or after", sealed.here()));
            }
            let others = platform.documents.iter().filter(|one| one.owner() == owner && one.is_manifest());
            for other in others.filter(|one| one.kind() != "SealedSecret" && one.wave() <= sealed.wave()) {
                problem(format!("{} does not wait for {}", other.here(), sealed.here()));
            }
            // Another Application of that namespace may be the one that reads it.
            for need in platform
                .values
                .secret_needs()
                .iter()
                .filter(|need| (need.id.namespace(), need.id.name()) == (namespace, sealed.name()))
            {
                for reader in &need.readers {
                    let services = platform.values.services.iter();
                    let name = services
                        .into_iter()
                        .find(|(_, one)| *reader == format!("services.{}", one.key))
                        .map(|(name, _)| name);
                    let name = name.or_else(|| reader.strip_prefix("applications.")).unwrap_or_default();
                    if wave(platform, owner) > wave(platform, name) {
                        problem(format!("{name} reads {}, which comes in a later wave", sealed.here()));
                    }
                }
            }
        }
    });
}

#[test]
pub(super) fn projects_and_namespaces_come_before_all_applications() {
    each(|platform, problem| {
        let first = platform.applications().values().map(|application| application.wave()).min().unwrap();
        for document in platform.documents.iter().filter(|document| document.path.starts_with("apps/")) {
            let must = matches!(document.kind(), "AppProject" | "Namespace");
            if must && document.wave() >= first {
                problem(format!("{} does not come before the first Application", document.here()));
            }
            let wave = document.at("/metadata/annotations/argocd.argoproj.io~1sync-wave");
            if document.is_manifest() && wave.and_then(Value::as_str).is_none_or(|wave| wave.parse::<i32>().is_err()) {
                problem(format!("{} says no wave, or not as text: {wave:?}", document.here()));
            }
        }
    });
}
