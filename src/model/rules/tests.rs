//! Each rule, broken once.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};

use super::super::values::tests::{full, minimal};
use super::*;

/// What is found after `key` of a full set of values was set to `value`, as `severity[code] path: message`.
fn found(changes: &[(&str, Value)]) -> Vec<String> {
    let mut values = full();
    for (pointer, value) in changes {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        match values.pointer_mut(parent).unwrap() {
            Value::Array(items) => items.push(value.clone()),
            parent => parent[key.replace("~1", "/")] = value.clone(),
        }
    }
    let values = serde_json::from_value(values).unwrap();
    let lines = check(&values).into_iter().map(|violation| {
        assert!(!violation.help.is_empty() && !violation.help.ends_with('.'), "{violation:?}");
        assert!(!violation.message.ends_with('.'), "{violation:?}");
        format!("{:?}[{}] {}: {}", violation.severity, violation.code, violation.path.join("."), violation.message)
    });
    lines.collect()
}

#[test]
fn sound_values_break_no_rule() {
    assert_eq!(found(&[]), [""; 0]);
    assert_eq!(check(&serde_json::from_value(minimal()).unwrap()), []);
}

/// Changes of the full values, and the one line that is found then.
type Case<'a> = (Vec<(&'a str, Value)>, &'a str);

fn each_finds_one(cases: &[Case<'_>]) {
    for (changes, expected) in cases {
        assert_eq!(found(changes), [*expected], "{changes:?}");
    }
}

#[test]
fn rules_of_cluster_and_dns_find_what_they_are_about() {
    let record = "/dns/records/-";
    each_finds_one(&[
        (
            vec![("/cluster/nodePools/tools/min", json!(5))],
            "Error[conflict] cluster.nodePools.tools.min: node pool `tools` has at least 5 nodes, but 4 at most",
        ),
        (
            vec![("/cluster/nodePools/base/labels", json!({ "pool": "x" }))],
            "Error[conflict] cluster.nodePools.base.labels.pool: node pool `base` sets the label `pool`, which every pool gets anyway",
        ),
        (
            vec![("/cluster/nodePools/base/dedicated", json!(true))],
            "Error[conflict] cluster.nodePools: no node pool is open to the cluster's own workloads",
        ),
        (
            vec![("/services/ingress/pool", json!("tolls"))],
            "Error[conflict] services.ingress.pool: `services.ingress` runs on the node pool `tolls`, which the cluster does not have",
        ),
        (
            vec![("/charts/kured/pool", json!("gpu"))],
            "Error[conflict] charts.kured.pool: `charts.kured` runs on the node pool `gpu`, which the cluster does not have",
        ),
        (
            vec![(record, json!({ "type": "A", "name": "x", "value": "2001:db8::1" }))],
            "Error[invalid-value] dns.records.2.value: `2001:db8::1` is not what an A record holds",
        ),
        (
            vec![(record, json!({ "type": "MX", "name": "x", "value": "mx.example.com" }))],
            "Error[missing-value] dns.records.2: the MX record `x` does not set `priority`",
        ),
        (
            vec![(record, json!({ "type": "TXT", "name": "x", "value": "a", "weight": 1 }))],
            "Error[conflict] dns.records.2.weight: the TXT record `x` sets `weight`, which its type does not have",
        ),
        (
            vec![(record, json!({ "type": "CNAME", "name": "www", "value": "example.net" }))],
            "Error[conflict] dns.records.2: `www` is a CNAME and has another record too",
        ),
        (
            vec![(record, json!({ "type": "A", "name": "www", "value": "203.0.113.7" }))],
            "Error[conflict] dns.records.2: the A record `www` is there twice",
        ),
        (
            vec![(record, json!({ "type": "A", "name": "www", "value": "203.0.113.8", "ttl": 60 }))],
            "Error[conflict] dns.records.2.ttl: the A records of `www` have different times to live",
        ),
    ]);
}

#[test]
fn rules_of_services_and_applications_find_what_they_are_about() {
    let chart = json!({ "repository": "https://charts.example.com", "name": "x", "version": "1.0.0" });
    each_finds_one(&[
        (
            vec![("/identity/issuer", json!("https://example.eu.auth0.com"))],
            "Error[conflict] identity.issuer: the issuer `https://example.eu.auth0.com` does not end with a slash, as every issuer of Auth0 does",
        ),
        (
            vec![("/identity/groups", json!({}))],
            "Warning[conflict] identity.groups.admins: no group is an admin, and Argo CD's built-in admin is switched off",
        ),
        (
            vec![("/services/ingress/loadBalancer", json!({ "proxyProtocol": true }))],
            "Error[conflict] services.ingress.loadBalancer.proxyProtocol: a load balancer of type `REGIONAL_NETWORK` does not speak the PROXY protocol",
        ),
        (
            vec![("/services/ingress/loadBalancer", json!({ "hostname": "lb.example.com" }))],
            "Error[conflict] services.ingress.loadBalancer.hostname: the load balancer has a `hostname` without `proxyProtocol`",
        ),
        (
            vec![
                ("/services/externalDns/enabled", json!(true)),
                ("/services/externalDns/webhook", json!({ "image": "ghcr.io/x/y" })),
            ],
            "Error[invalid-value] services.externalDns.webhook.image: the image `ghcr.io/x/y` has neither a tag nor a digest",
        ),
        (
            vec![
                ("/services/tekton", json!({ "chart": chart, "targetNamespace": "argocd" })),
                ("/services/oauth2Proxy", json!({ "chart": chart })),
            ],
            "Error[conflict] services.tekton.targetNamespace: Tekton would install into the namespace `argocd`, where `services.argoCd` is",
        ),
        (
            vec![("/policies", json!({}))],
            "Warning[retired] services.ingress.controller: ingress-nginx is no longer maintained",
        ),
        (
            vec![("/policies/exceptions/retired/level", json!("error"))],
            "Error[retired] services.ingress.controller: ingress-nginx is no longer maintained",
        ),
        (
            vec![("/applications/lofi/source", json!({}))],
            "Error[missing-value] applications.lofi.source: application `lofi` says neither `path` nor `repository` of its source",
        ),
        (
            vec![("/applications/lofi/source/revision", json!("main"))],
            "Error[conflict] applications.lofi.source.revision: application `lofi` names a revision of no repository",
        ),
        (
            vec![("/applications/lofi/env/TOKEN", json!("x"))],
            "Error[conflict] applications.lofi.secretEnv.TOKEN: `TOKEN` of application `lofi` is set by `env` and by `secretEnv`",
        ),
        (
            vec![("/applications/lofi/resources/requests/memory", json!("1G"))],
            "Error[conflict] applications.lofi.resources.requests.memory: application `lofi` asks for `1G` of memory, and is limited to `128Mi`",
        ),
        (
            vec![("/applications/lofi/host", json!("argocd.dev.example.com"))],
            "Error[conflict] applications.lofi.host: `applications.lofi` answers for the host `argocd.dev.example.com`, as `services.argoCd` does",
        ),
        (
            vec![("/policies/exceptions/hole", json!({ "level": "off", "reason": "x" }))],
            "Error[conflict] policies.exceptions.hole: there is no exception from `hole`: the output would be wrong",
        ),
        (
            vec![("/policies/exceptions/retird", json!({ "level": "off", "reason": "x" }))],
            "Error[unknown-key] policies.exceptions.retird: `retird` is not the code of a finding",
        ),
        (
            vec![("/policies/exceptions/retired/reason", json!(" "))],
            "Error[invalid-value] policies.exceptions.retired.reason: the exception from `retired` gives no reason",
        ),
    ]);
}

#[test]
fn a_sealed_secret_without_an_owner_is_not_lost_in_silence() {
    let secret = json!({ "encryptedData": { "key": "AAAA" } });
    each_finds_one(&[(
        vec![("/sealed/nowhere~1token", secret.clone())],
        "Error[conflict] sealed.nowhere/token: nothing is installed into the namespace `nowhere` of the sealed secret `nowhere/token`",
    )]);
}

#[test]
fn names_are_shared_by_services_charts_and_applications() {
    let chart = full()["charts"]["kured"].clone();
    let expected =
        "Error[conflict] charts.ingress: `charts.ingress` has the same name as `services.ingress`".to_owned();
    assert_eq!(found(&[("/charts/ingress", chart)]), [expected]);
}

#[test]
fn what_is_off_breaks_no_rule() {
    let application = json!({
        "enabled": false, "source": {}, "image": "ghcr.io/x/y", "port": 80, "host": "argocd", "pool": "nowhere",
    });
    assert_eq!(found(&[("/applications/ingress", application)]), [""; 0]);
}

#[test]
fn new_charts_of_external_dns_need_the_sidecar() {
    let section = |version: &str| {
        let chart = json!({ "repository": "https://charts.example.com", "name": "external-dns", "version": version });
        json!({ "chart": chart })
    };
    assert_eq!(found(&[("/services/externalDns", section("1.20.0"))]), [""; 0]);
    assert_eq!(found(&[("/services/externalDns", section("1.21.1"))]).len(), 1);
}
