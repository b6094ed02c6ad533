//! Names that one file says and another gives: issuers, classes, gateways, Services, data sources.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::Value;

use super::{Document, Platform, each, walk};

/// The Services of charts that others talk to: service, name, and the namespace where that is not the chart's own.
const SERVICES: &[(&str, &str, Option<&str>)] = &[
    ("argo-cd", "argocd-server", None),
    ("argo-cd", "argocd-repo-server", None),
    ("argo-cd", "argocd-applicationset-controller", None),
    ("kube-prometheus-stack", "kube-prometheus-stack-prometheus", None),
    ("kube-prometheus-stack", "kube-prometheus-stack-alertmanager", None),
    ("kube-prometheus-stack", "kube-prometheus-stack-grafana", None),
    ("loki", "loki", None),
    ("oauth2-proxy", "oauth2-proxy", None),
    ("sealed-secrets", "sealed-secrets-controller", None),
    ("tekton", "tekton-dashboard", Some("tekton-pipelines")),
];

/// Who brings the kinds of an API group. `None`: the cluster has them from the start.
pub(super) const GROUPS: &[(&str, Option<&str>)] = &[
    ("", None),
    ("apps", None),
    ("autoscaling", None),
    ("batch", None),
    ("policy", None),
    ("networking.k8s.io", None),
    ("rbac.authorization.k8s.io", None),
    ("admissionregistration.k8s.io", None),
    ("scheduling.k8s.io", None),
    ("storage.k8s.io", None),
    // DigitalOcean's clusters have the standard kinds of the Gateway API.
    ("gateway.networking.k8s.io", None),
    // The first `helm install` brings these, before there is anything that could apply a file.
    ("argoproj.io", None),
    ("monitoring.coreos.com", Some("prometheus-operator-crds")),
    ("bitnami.com", Some("sealed-secrets")),
    ("cert-manager.io", Some("cert-manager")),
    ("traefik.io", Some("ingress")),
    ("gateway.envoyproxy.io", Some("ingress")),
    ("operator.tekton.dev", Some("tekton")),
    ("tekton.dev", Some("tekton")),
    ("triggers.tekton.dev", Some("tekton")),
    ("kyverno.io", Some("kyverno")),
    ("policies.kyverno.io", Some("kyverno")),
    ("externaldns.k8s.io", Some("external-dns")),
    ("monitoring.grafana.com", Some("alloy")),
    ("aquasecurity.github.io", Some("trivy-operator")),
];

/// Whether there is a Service of this name, as far as files and [`SERVICES`] tell.
pub(super) fn has_service(platform: &Platform, namespace: &str, name: &str) -> bool {
    let rendered = platform.all("Service").any(|one| one.name() == name && platform.namespace_of(one) == namespace);
    let of_listener = platform
        .all("EventListener")
        .any(|one| name.strip_prefix("el-") == Some(one.name()) && platform.namespace_of(one) == namespace);
    let applications = platform.applications();
    let of_chart = SERVICES.iter().any(|(owner, service, elsewhere)| {
        let home = applications.get(owner).map(|one| elsewhere.unwrap_or(one.text("/spec/destination/namespace")));
        *service == name && home == Some(namespace)
    });
    rendered || of_listener || of_chart
}

#[test]
pub(super) fn every_kind_is_brought_by_something_installed() {
    each(|platform, problem| {
        for document in platform.documents.iter().filter(|document| document.is_manifest()) {
            match GROUPS.iter().find(|(group, _)| *group == document.group()) {
                None => problem(format!(
                    "{} is of the group `{}`: say in GROUPS who brings it",
                    document.here(),
                    document.group()
                )),
                Some((_, Some(owner))) if !platform.has(owner) => {
                    problem(format!("{} needs the kinds of {owner}, which is off", document.here()));
                }
                Some(_) => {}
            }
        }
    });
}

#[test]
pub(super) fn issuers_that_are_named_are_there() {
    each(|platform, problem| {
        let there: BTreeSet<_> = ["ClusterIssuer", "Issuer"]
            .into_iter()
            .flat_map(|kind| platform.all(kind).map(move |one| (kind, one.name())))
            .collect();
        for document in &platform.documents {
            walk(&document.data, &mut |path, value| {
                let Value::Object(map) = value else { return };
                if let Some(issuer) = map.get("issuerRef").filter(|issuer| issuer.get("name").is_some()) {
                    let kind = issuer["kind"].as_str().unwrap_or("Issuer");
                    if !there.contains(&(kind, issuer["name"].as_str().unwrap_or_default())) {
                        problem(format!(
                            "{}: {path} names {kind} {}, which is not there",
                            document.here(),
                            issuer["name"]
                        ));
                    }
                }
                if let Some(name) = map.get("cert-manager.io/cluster-issuer").and_then(Value::as_str)
                    && !there.contains(&("ClusterIssuer", name))
                {
                    problem(format!("{}: {path} names ClusterIssuer {name}, which is not there", document.here()));
                }
            });
        }
    });
}

#[test]
pub(super) fn every_certificate_has_a_secret_of_its_own() {
    each(|platform, problem| {
        let mut seen = BTreeSet::new();
        for document in platform.all("Certificate") {
            if !seen.insert((platform.namespace_of(document), document.text("/spec/secretName"))) {
                problem(format!("{} writes to the Secret of another Certificate", document.here()));
            }
        }
    });
}

#[test]
pub(super) fn classes_gateways_and_middlewares_that_are_named_are_there() {
    each(|platform, problem| {
        let helm = platform.helm_values("ingress");
        let classes: Vec<_> = ["/controller/ingressClassResource/name", "/ingressClass/name"]
            .iter()
            .filter_map(|pointer| helm?.pointer(pointer)?.as_str())
            .chain(platform.all("IngressClass").map(Document::name))
            .collect();
        let id = |kind: &'static str| {
            platform.all(kind).map(move |one| (platform.namespace_of(one), one.name())).collect::<BTreeSet<_>>()
        };
        let (gateways, middlewares, proxies) = (id("Gateway"), id("Middleware"), id("EnvoyProxy"));
        let gateway_classes: BTreeSet<_> = platform.all("GatewayClass").map(Document::name).collect();
        for document in &platform.documents {
            let own = platform.namespace_of(document);
            walk(&document.data, &mut |path, value| {
                let Value::Object(map) = value else { return };
                if let Some(class) = map.get("ingressClassName").and_then(Value::as_str)
                    && !classes.contains(&class)
                {
                    problem(format!("{}: {path} names the class {class}, and there is {classes:?}", document.here()));
                }
                if let Some(class) = map.get("gatewayClassName").and_then(Value::as_str)
                    && !gateway_classes.contains(class)
                {
                    problem(format!(
                        "{}: {path} names the class {class}, and there is {gateway_classes:?}",
                        document.here()
                    ));
                }
                for parent in map.get("parentRefs").and_then(Value::as_array).into_iter().flatten() {
                    let namespace = parent["namespace"].as_str().unwrap_or(own);
                    if !gateways.contains(&(namespace, parent["name"].as_str().unwrap_or_default())) {
                        problem(format!("{}: {path} names a Gateway that is not there: {parent}", document.here()));
                    }
                }
                if let Some(parameters) = map.get("parametersRef").filter(|one| one["kind"] == "EnvoyProxy") {
                    let namespace = parameters["namespace"].as_str().unwrap_or(own);
                    if !proxies.contains(&(namespace, parameters["name"].as_str().unwrap_or_default())) {
                        problem(format!("{}: {path} names {parameters}, which is not there", document.here()));
                    }
                }
                let list = map.get("traefik.ingress.kubernetes.io/router.middlewares").and_then(Value::as_str);
                for name in list.into_iter().flat_map(|list| list.split(',')) {
                    let known =
                        middlewares.iter().any(|(space, one)| name.trim() == format!("{space}-{one}@kubernetescrd"));
                    if !known {
                        problem(format!("{}: {path} names the Middleware {name}, which is not there", document.here()));
                    }
                }
                for reference in map.get("middlewares").and_then(Value::as_array).into_iter().flatten() {
                    let namespace = reference["namespace"].as_str().unwrap_or(own);
                    let name = reference["name"].as_str().unwrap_or_default();
                    if !middlewares.contains(&(namespace, name)) && document.kind() == "IngressRoute" {
                        problem(format!("{}: {path} names the Middleware {name}, which is not there", document.here()));
                    }
                }
            });
        }
    });
}

#[test]
pub(super) fn services_that_are_talked_to_are_there() {
    // With the suffix of the cluster, or without: then it is one where its second label is a namespace.
    let full = Regex::new(r"\b([a-z0-9][a-z0-9-]*)\.([a-z0-9][a-z0-9-]*)\.svc\b").unwrap();
    let short = Regex::new(r"https?://([a-z0-9][a-z0-9-]*)\.([a-z0-9][a-z0-9-]*)(?:[:/]|$)").unwrap();
    each(|platform, problem| {
        let namespaces: BTreeSet<_> = platform.all("Namespace").map(Document::name).collect();
        for document in &platform.documents {
            walk(&document.data, &mut |path, value| {
                let Value::String(text) = value else { return };
                let full = full.captures_iter(text);
                let short = short.captures_iter(text).filter(|found| namespaces.contains(&found[2]));
                for found in full.chain(short) {
                    let (name, namespace) = (&found[1], &found[2]);
                    if (namespace, name) != ("default", "kubernetes") && !has_service(platform, namespace, name) {
                        problem(format!(
                            "{}: {path} talks to the Service {namespace}/{name}, which is not there",
                            document.here()
                        ));
                    }
                }
            });
        }
    });
}

#[test]
pub(super) fn data_sources_of_dashboards_are_there() {
    each(|platform, problem| {
        // These two the chart brings; a dashboard may leave the choice to a variable of its own.
        let mut there = BTreeSet::from([
            "prometheus".to_owned(),
            "alertmanager".to_owned(),
            "grafana".to_owned(),
            "-- Grafana --".to_owned(),
        ]);
        let more = platform
            .helm_values("kube-prometheus-stack")
            .and_then(|values| values.pointer("/grafana/additionalDataSources"));
        there.extend(
            more.and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(|one| Some(one["uid"].as_str()?.to_owned())),
        );
        let dashboards =
            platform.all("ConfigMap").filter(|one| !one.text("/metadata/labels/grafana_dashboard").is_empty());
        for document in dashboards {
            for (file, text) in document.at("/data").and_then(Value::as_object).into_iter().flatten() {
                let Ok(dashboard) = serde_json::from_str::<Value>(text.as_str().unwrap_or_default()) else {
                    problem(format!("{}: {file} is not JSON", document.here()));
                    continue;
                };
                walk(&dashboard, &mut |path, value| {
                    let Some(source) = value.get("datasource") else { return };
                    let uid = source["uid"].as_str().or(source.as_str()).unwrap_or_default();
                    if !uid.starts_with('$') && !there.contains(uid) {
                        problem(format!(
                            "{}: {file}, {path} asks the data source `{uid}`; there are {there:?}",
                            document.here()
                        ));
                    }
                });
            }
        }
    });
}

#[test]
pub(super) fn no_application_of_the_app_of_apps_is_forgotten() {
    each(|platform, problem| {
        let names: BTreeSet<_> = platform.applications().into_keys().collect();
        let services = platform.values.services.iter().map(|(name, _)| name);
        let charts = platform.values.charts.iter().filter(|(_, one)| one.enabled).map(|(name, _)| name.as_str());
        let own = platform.values.applications.iter().filter(|(_, one)| one.enabled).map(|(name, _)| name.as_str());
        let expected: BTreeSet<_> = services.chain(charts).chain(own).collect();
        if !expected.is_subset(&names) {
            problem(format!("no Application for {:?}", expected.difference(&names).collect::<Vec<_>>()));
        }
    });
}
