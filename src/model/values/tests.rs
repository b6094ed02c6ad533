//! Sections from and to plain data.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};

use super::Values;
use super::services::Services;

/// The least that an environment must say.
pub(in crate::model) fn minimal() -> Value {
    json!({
        "platform": {
            "name": "example",
            "domain": "dev.example.com",
            "email": "platform@example.com",
            "repository": { "url": "https://github.com/example/platform.git", "revision": "main" },
            "registry": "registry.digitalocean.com/example",
        },
        "cluster": {
            "region": "fra1",
            "version": "1.36",
            "nodePools": {
                "base": { "size": "s-2vcpu-4gb", "min": 1, "max": 3 },
                "tools": { "size": "s-4vcpu-8gb", "min": 1, "max": 4, "dedicated": true },
                "workloads": { "size": "s-4vcpu-8gb", "min": 1, "max": 4, "dedicated": true },
            },
        },
        "identity": {
            "provider": "auth0",
            "issuer": "https://example.eu.auth0.com/",
            "groupsClaim": "https://example.com/groups",
            "groups": { "admins": ["platform-admins"] },
        },
    })
}

/// A chart of a service.
fn chart(name: &str, version: &str) -> Value {
    json!({ "repository": "https://charts.example.com", "name": name, "version": version })
}

/// An environment that says something in every section.
pub(in crate::model) fn full() -> Value {
    let mut values = minimal();
    values["cluster"]["highAvailability"] = json!(true);
    values["cluster"]["maintenance"] = json!({ "day": "sunday", "start": "04:00" });
    values["cluster"]["tags"] = json!(["team:platform"]);
    values["cluster"]["nodePools"]["base"]["labels"] = json!({ "example.com/tier": "base" });
    values["storage"] = json!({ "buckets": { "loki": { "name": "example-dev-loki", "region": "fra1" } } });
    values["dns"] = json!({ "domain": "example.com", "records": [
        { "type": "A", "name": "www", "value": "203.0.113.7" },
        { "type": "MX", "name": "@", "value": "mx.example.com", "priority": 10, "ttl": 300 },
    ] });
    values["services"] = json!({
        "argoCd": { "chart": chart("argo-cd", "10.1.1"), "host": "argocd", "wave": 5, "webhookSecret": "argocd-webhook" },
        "sealedSecrets": { "chart": chart("sealed-secrets", "2.19.1") },
        "certManager": { "chart": chart("cert-manager", "v1.21.1"), "issuers": { "default": "production" } },
        "ingress": {
            "chart": chart("ingress-nginx", "4.15.1"),
            "controller": "nginx",
            "loadBalancer": { "type": "REGIONAL", "proxyProtocol": true },
            "values": { "controller": { "replicaCount": 3 } },
        },
        "externalDns": {
            "enabled": false,
            "chart": chart("external-dns", "1.21.1"),
            "policy": "sync",
            "webhook": { "image": "ghcr.io/amoniacou/external-dns-digitalocean-webhook:v0.1.2" },
        },
        "oauth2Proxy": { "chart": chart("oauth2-proxy", "10.7.0"), "allowedGroups": ["platform-admins"] },
        "prometheusOperatorCrds": { "chart": chart("prometheus-operator-crds", "31.0.1") },
        "kubePrometheusStack": {
            "chart": chart("kube-prometheus-stack", "88.5.3"),
            "volumes": { "prometheus": "50Gi" },
            "alerts": { "receivers": { "chat": { "type": "slack", "channel": "#alerts" } }, "critical": "chat" },
        },
        "metricsServer": { "chart": chart("metrics-server", "3.13.1"), "replicas": 2 },
        "loki": { "chart": chart("loki", "18.11.0"), "bucket": "loki" },
        "alloy": { "chart": chart("alloy", "1.11.1") },
        "tekton": { "chart": chart("tekton-operator", "0.81.1"), "keepRuns": 5 },
        "kyverno": { "chart": chart("kyverno", "3.9.0"), "mode": "enforce", "replicas": 3 },
        "falco": { "enabled": false, "chart": chart("falco", "9.1.0") },
        "trivyOperator": { "enabled": false, "chart": chart("trivy-operator", "0.34.0") },
    });
    values["charts"] = json!({ "kured": {
        "repository": "https://charts.example.com",
        "chart": "kured",
        "version": "5.6.1",
        "namespace": "kured",
        "placement": [""],
    } });
    values["applications"] = json!({ "lofi": {
        "source": { "path": "application/lofi" },
        "image": "registry.digitalocean.com/example/lofi:1.0.0",
        "port": 8080,
        "host": "lofi",
        "env": { "GREETING": "a: b\n---\n" },
        "secretEnv": { "TOKEN": { "secret": "lofi", "key": "token" } },
        "resources": { "requests": { "cpu": "100m", "memory": "64Mi" }, "limits": { "memory": "128Mi" } },
        "probes": { "readiness": { "path": "/health" } },
        "autoscaling": { "min": 1, "max": 2 },
        "pullSecret": "registry",
        "metrics": {},
        "networkPolicy": { "from": ["kured"] },
    } });
    values["sealed"] = json!({ "argocd/argocd-oidc": {
        "encryptedData": { "client-id": "AgAAAAAAAAAAAAAAAAAAAA==" },
        "labels": { "app.kubernetes.io/part-of": "argocd" },
    } });
    values["policies"] = json!({
        "severities": { "retired": { "level": "off", "reason": "moves in spring" } },
        "exceptions": { "lofi-tries": {
            "code": "floating-image",
            "resource": { "kind": "Deployment", "namespace": "lofi", "name": "lofi-*" },
            "reason": "follows what is pushed",
            "owner": "team lofi",
            "expires": "2027-03-31",
        } },
    });
    values
}

#[test]
fn defaults_are_filled_in_and_absent_options_stay_absent() {
    let values: Values = serde_json::from_value(minimal()).unwrap();
    let data = serde_json::to_value(&values).unwrap();
    assert_eq!(data["cluster"]["nodePools"]["base"]["dedicated"], json!(false));
    assert_eq!(data["charts"], json!({}));
    assert_eq!(data["storage"], json!({ "buckets": {} }));
    assert_eq!(data["services"], json!({}));
    assert!(data.get("dns").is_none());
    assert!(data["cluster"].get("maintenance").is_none());
}

#[test]
fn what_is_written_reads_the_same() {
    let values: Values = serde_json::from_value(full()).unwrap();
    let once = serde_json::to_value(&values).unwrap();
    let again: Values = serde_json::from_value(once.clone()).unwrap();
    assert_eq!(once, serde_json::to_value(&again).unwrap());
}

#[test]
fn services_come_enabled_and_in_a_fixed_order() {
    let values: Values = serde_json::from_value(full()).unwrap();
    let names: Vec<_> = values.services.iter().map(|(name, _)| name).collect();
    let enabled = Services::NAMES.iter().filter(|name| !["external-dns", "falco", "trivy-operator"].contains(name));
    assert!(names.iter().eq(enabled), "{names:?}");
    assert!(values.services.all().map(|service| service.name).eq(Services::NAMES.iter().copied()));
    let (_, ingress) = values.services.iter().find(|(name, _)| *name == "ingress").unwrap();
    assert_eq!(ingress.key, "ingress");
    assert_eq!(ingress.chart().version.as_str(), "4.15.1");
    assert_eq!(ingress.wave().get(), -20);
    assert_eq!(ingress.values()["controller"]["replicaCount"], json!(3));
    let section = ingress.to_value();
    assert_eq!(section["loadBalancer"], json!({ "type": "REGIONAL", "proxyProtocol": true }));
    assert_eq!(section["pool"], json!("tools"));
}

#[test]
fn every_default_follows_its_own_grammar() {
    // Each section with nothing but what it must have: whatever is left to a default gets built.
    let mut values = full();
    for (_, section) in values["services"].as_object_mut().unwrap() {
        section.as_object_mut().unwrap().retain(|key, _| matches!(key.as_str(), "chart" | "controller"));
    }
    let values: Values = serde_json::from_value(values).unwrap();
    assert_eq!(values.services.iter().count(), Services::NAMES.len());
}

#[test]
fn unknown_keys_are_refused_everywhere() {
    for path in ["/platform", "/cluster/nodePools/base", "/services", "/services/argoCd", "/applications/lofi/source"] {
        let mut values = full();
        values.pointer_mut(path).unwrap()["colour"] = json!("blue");
        let error = serde_json::from_value::<Values>(values).unwrap_err();
        assert!(error.to_string().contains("unknown field `colour`"), "{path}: {error}");
    }
}
