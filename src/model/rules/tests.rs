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
    // What is still to be sealed breaks no rule between values.
    let violations = check(&values).into_iter().filter(|violation| violation.code != Code::Unsealed);
    let lines = violations.map(|violation| {
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
fn rules_of_identity_find_what_they_are_about() {
    each_finds_one(&[
        (
            vec![("/identity/groupsClaim", json!("groups"))],
            "Error[conflict] identity.groupsClaim: Auth0 puts no claim of the name `groups` into its tokens",
        ),
        (
            vec![("/identity/groupsClaim", json!("https://example.eu.auth0.com/groups"))],
            "Error[conflict] identity.groupsClaim: Auth0 puts no claim of the name `https://example.eu.auth0.com/groups` into its tokens",
        ),
        (
            vec![(
                "/identity/clients",
                json!({"grafana": {"host": "wiki", "callback": "/c", "secret": "argocd/oidc"}}),
            )],
            "Error[conflict] identity.clients.grafana: the client `grafana` has the name of that of a service",
        ),
        (
            vec![(
                "/identity/clients",
                json!({"wiki": {"host": "wiki", "callback": "/c", "secret": "argocd/argocd-oidc"}}),
            )],
            "Error[conflict] identity.clients.wiki.secret: `identity.clients.wiki` keeps its credentials in the Secret `argocd/argocd-oidc`, as `services.argoCd` does",
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
            vec![("/services/kyverno/replicas", json!(1))],
            "Warning[conflict] services.kyverno.replicas: Kyverno enforces policies with a single copy of its admission controller",
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
            vec![("/policies/severities/retired/level", json!("error"))],
            "Error[retired] services.ingress.controller: ingress-nginx is no longer maintained",
        ),
        (
            vec![
                ("/policies/imageDigests", json!("required")),
                ("/applications/lofi/image", json!("registry.example.com/example/lofi:1")),
            ],
            "Error[image-digest] applications.lofi.image: the image `registry.example.com/example/lofi:1` of application `lofi` has no digest",
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
            vec![("/policies/severities/hole", json!({ "level": "off", "reason": "x" }))],
            "Error[conflict] policies.severities.hole: there is no exception from `hole`: the output would be wrong",
        ),
        (
            vec![("/policies/severities/retird", json!({ "level": "off", "reason": "x" }))],
            "Error[unknown-key] policies.severities.retird: `retird` is not the code of a finding",
        ),
        (
            vec![("/policies/severities/retired/reason", json!(" "))],
            "Error[invalid-value] policies.severities.retired.reason: the exception gives no reason",
        ),
        (
            vec![("/policies/exceptions/lofi-tries/code", json!("floating-imag"))],
            "Error[unknown-key] policies.exceptions.lofi-tries.code: `floating-imag` is not the code of a finding",
        ),
        (
            vec![("/policies/exceptions/lofi-tries/code", json!("duplicate-resource"))],
            "Error[conflict] policies.exceptions.lofi-tries.code: there is no exception from `duplicate-resource`: the output would be wrong",
        ),
        (
            vec![("/policies/exceptions/lofi-tries/resource", json!({}))],
            "Error[invalid-value] policies.exceptions.lofi-tries.resource: the exception `lofi-tries` is about every resource",
        ),
        (
            vec![("/policies/exceptions/lofi-tries/owner", json!(" "))],
            "Error[invalid-value] policies.exceptions.lofi-tries.owner: the exception gives no owner",
        ),
    ]);
}

/// A section of services with nothing but its chart.
fn section(chart: &str, version: &str) -> Value {
    json!({ "chart": { "repository": "https://charts.example.com", "name": chart, "version": version } })
}

#[test]
fn each_controller_comes_with_its_own_charts() {
    let chart = |name: &str, version: &str| section(name, version)["chart"].clone();
    let ingress = |more: &[(&str, Value)]| {
        let mut ingress = json!({ "controller": "envoyGateway", "chart": chart("gateway-helm", "v1.9.0") });
        for (key, value) in more {
            ingress[key] = value.clone();
        }
        vec![("/services/ingress", ingress)]
    };
    let crds = chart("gateway-crds-helm", "v1.9.0");
    assert_eq!(found(&ingress(&[("crdsChart", crds.clone())])), [""; 0]);
    assert_eq!(found(&ingress(&[("controller", json!("traefik")), ("chart", chart("traefik", "41.3.0"))])), [""; 0]);
    let mirrored = [("controller", json!("traefik")), ("chart", chart("our-traefik", "41.3.0"))];
    assert_eq!(found(&ingress(&mirrored)), [""; 0]);
    each_finds_one(&[
        (
            ingress(&[("controller", json!("traefik"))]),
            "Error[conflict] services.ingress.chart.name: `gateway-helm` is the chart of the controller `envoyGateway`, and the controller is `traefik`",
        ),
        (
            ingress(&[
                ("chart", chart("ingress-nginx", "4.15.1")),
                ("crdsChart", chart("gateway-crds-helm", "4.15.1")),
            ]),
            "Error[conflict] services.ingress.chart.name: `ingress-nginx` is the chart of the controller `nginx`, and the controller is `envoyGateway`",
        ),
        (ingress(&[]), "Error[missing-value] services.ingress: Envoy Gateway has no chart for its CRDs"),
        (
            ingress(&[("crdsChart", chart("gateway-crds-helm", "v1.8.0"))]),
            "Error[conflict] services.ingress.crdsChart.version: Envoy Gateway is v1.9.0, and its CRDs are v1.8.0",
        ),
        (
            vec![("/services/ingress/crdsChart", crds)],
            "Error[conflict] services.ingress.crdsChart: only Envoy Gateway has its CRDs in a chart of their own",
        ),
    ]);
}

#[test]
fn services_have_those_that_they_cannot_do_without() {
    let loki = |bucket: &str| {
        let mut loki = section("loki", "18.11.0");
        loki["bucket"] = json!(bucket);
        ("/services/loki", loki)
    };
    let complete = vec![
        ("/services/prometheusOperatorCrds", section("prometheus-operator-crds", "31.0.1")),
        ("/services/kubePrometheusStack", section("kube-prometheus-stack", "88.5.3")),
        ("/services/alloy", section("alloy", "1.11.1")),
        loki("loki"),
    ];
    assert_eq!(found(&complete), [""; 0]);
    let endpoints = json!({
        "authorization": "https://login.example.com/authorize",
        "token": "https://login.example.com/token",
        "userinfo": "https://login.example.com/userinfo",
    });
    let any_provider = [complete.clone(), vec![("/identity/provider", json!("oidc"))]].concat();
    assert_eq!(found(&[any_provider.clone(), vec![("/identity/endpoints", endpoints)]].concat()), [""; 0]);
    each_finds_one(&[
        (
            vec![("/services/prometheusOperatorCrds/enabled", json!(false))],
            "Error[conflict] services.kubePrometheusStack: the monitoring stack is installed without its CRDs",
        ),
        (
            vec![("/services/loki/enabled", json!(false))],
            "Error[conflict] services.alloy: Alloy has no Loki to send its logs to",
        ),
        (
            vec![loki("logs")],
            "Error[conflict] services.loki.bucket: Loki keeps its logs in the bucket `logs`, which `storage.buckets` does not have",
        ),
        (
            any_provider,
            "Error[missing-value] identity: Grafana needs the provider's endpoints, and `identity.endpoints` does not name them",
        ),
    ]);
}

#[test]
fn alerts_go_to_receivers_that_there_are() {
    let alerts = |alerts: Value| {
        let mut stack = section("kube-prometheus-stack", "88.5.3");
        stack["alerts"] = alerts;
        vec![
            ("/services/prometheusOperatorCrds", section("prometheus-operator-crds", "31.0.1")),
            ("/services/kubePrometheusStack", stack),
        ]
    };
    let receivers = json!({ "chat": { "type": "slack", "channel": "#alerts" }, "on-call": { "type": "pagerduty" } });
    let sound = json!({ "receivers": receivers, "critical": "on-call", "warning": "chat" });
    assert_eq!(found(&alerts(sound)), [""; 0]);
    each_finds_one(&[
        (
            alerts(json!({ "receivers": receivers, "critical": "on-cal" })),
            "Error[conflict] services.kubePrometheusStack.alerts.critical: alerts of severity `critical` go to `on-cal`, which is no receiver",
        ),
        (
            alerts(json!({ "warning": "chat" })),
            "Error[conflict] services.kubePrometheusStack.alerts.warning: alerts of severity `warning` go to `chat`, which is no receiver",
        ),
        (
            alerts(json!({ "receivers": { "on-call": { "type": "pagerduty", "channel": "#alerts" } } })),
            "Error[conflict] services.kubePrometheusStack.alerts.receivers.on-call.channel: receiver `on-call` has a channel, which only Slack knows",
        ),
    ]);
}

#[test]
fn a_login_is_there_and_can_be_kept() {
    let login = ("/services/oauth2Proxy", section("oauth2-proxy", "10.7.0"));
    let tekton = ("/services/tekton", section("tekton-operator", "0.81.1"));
    let protected = ("/applications/lofi/protected", json!(true));
    let nobody_asks = ("/services/oauth2Proxy/enabled", json!(false));
    assert_eq!(found(&[login.clone(), tekton.clone(), protected.clone()]), [""; 0]);
    let outside = |section: &str, owner: &str| {
        format!(
            "Error[conflict] {section}.{owner}.host: the host `{owner}.example.org` is behind the login of oauth2-proxy, and not below `dev.example.com`"
        )
    };
    each_finds_one(&[
        (
            vec![nobody_asks.clone()],
            "Error[conflict] services.tekton: the dashboard of Tekton has no login of its own, and oauth2-proxy is not installed",
        ),
        (
            vec![nobody_asks, ("/services/tekton/enabled", json!(false)), protected.clone()],
            "Error[conflict] applications.lofi.protected: application `lofi` is protected by a login, and oauth2-proxy is not installed",
        ),
        (
            vec![login.clone(), protected.clone(), ("/applications/lofi/host", Value::Null)],
            "Error[conflict] applications.lofi.protected: application `lofi` is protected by a login, but has no host",
        ),
        (
            vec![login.clone(), ("/services/certManager/enabled", json!(false))],
            "Error[conflict] services.oauth2Proxy: nothing makes certificates for the hosts of the login",
        ),
        (
            vec![login.clone(), ("/services/oauth2Proxy/host", json!("login.example.org"))],
            "Error[conflict] services.oauth2Proxy.host: the host `login.example.org` is behind the login of oauth2-proxy, and not below `dev.example.com`",
        ),
        (
            vec![login.clone(), tekton, ("/services/tekton/host", json!("tekton.example.org"))],
            &outside("services", "tekton"),
        ),
        (
            vec![login.clone(), protected, ("/applications/lofi/host", json!("lofi.example.org"))],
            &outside("applications", "lofi"),
        ),
        // The domain itself is not below itself: its cookie would be one for a single host.
        (
            vec![login.clone(), ("/services/oauth2Proxy/host", json!("dev.example.com"))],
            "Error[conflict] services.oauth2Proxy.host: the host `dev.example.com` is behind the login of oauth2-proxy, and not below `dev.example.com`",
        ),
        (
            vec![login.clone(), ("/identity/groups", json!({})), ("/services/argoCd/adminLogin", json!(true))],
            "Warning[conflict] services.oauth2Proxy: the login of oauth2-proxy lets everybody in who has an account at the provider",
        ),
    ]);
    let named = [login, ("/services/oauth2Proxy/allowedGroups", json!(["everybody"]))];
    let nobody = [("/identity/groups", json!({})), ("/services/argoCd/adminLogin", json!(true))];
    assert_eq!(found(&[named, nobody].concat()), [""; 0]);
}

#[test]
fn rules_of_storage_find_what_they_are_about() {
    let endpoint = "/storage/buckets/loki/endpoint";
    each_finds_one(&[
        (
            vec![(endpoint, json!("example-dev-loki.fra1.digitaloceanspaces.com"))],
            "Error[conflict] storage.buckets.loki.endpoint: `example-dev-loki.fra1.digitaloceanspaces.com` is not the host of Spaces in the region `fra1`",
        ),
        (
            vec![(endpoint, json!("nyc3.digitaloceanspaces.com"))],
            "Error[conflict] storage.buckets.loki.endpoint: `nyc3.digitaloceanspaces.com` is not the host of Spaces in the region `fra1`",
        ),
        (
            vec![("/services/loki/retention", json!("23h"))],
            "Error[invalid-value] services.loki.retention: `23h` is not a number of whole hours, 24 at least",
        ),
        (
            vec![("/services/kubePrometheusStack/retention", json!("1.5h"))],
            "Error[invalid-value] services.kubePrometheusStack.retention: `1.5h` is not a number of whole hours",
        ),
    ]);
    for sound in ["fra1.digitaloceanspaces.com", "s3.example.com"] {
        assert_eq!(found(&[(endpoint, json!(sound))]), [""; 0]);
    }
    assert_eq!(found(&[("/services/loki/retention", json!("24h"))]), [""; 0]);
}

#[test]
fn rules_of_what_is_set_up_find_what_they_are_about() {
    let ranges = |pods: &str, services: &str| json!({ "pods": pods, "services": services });
    let (vpc, inner) = ("/cluster/vpc", "/cluster/ranges");
    let key = |secret: &str| json!({ "a": { "secret": secret } });
    each_finds_one(&[
        (
            vec![(vpc, json!({ "range": "198.51.100.0/24" }))],
            "Error[invalid-value] cluster.vpc.range: `198.51.100.0/24` is no private network",
        ),
        (
            vec![(vpc, json!({ "range": "10.0.0.0/8" }))],
            "Error[invalid-value] cluster.vpc.range: `10.0.0.0/8` is no size that a private network of the cloud can have",
        ),
        (
            vec![(inner, ranges("172.0.0.0/8", "10.245.0.0/16"))],
            "Error[invalid-value] cluster.ranges.pods: `172.0.0.0/8` is no private network",
        ),
        (
            vec![(vpc, json!({ "range": "10.10.0.0/16" })), (inner, ranges("10.10.128.0/17", "10.245.0.0/16"))],
            "Error[conflict] cluster.ranges.pods: `10.10.128.0/17` overlaps with `10.10.0.0/16` of `cluster.vpc.range`",
        ),
        (
            vec![("/cluster/apiAccess", json!([]))],
            "Error[conflict] cluster.apiAccess: nobody reaches the Kubernetes API",
        ),
        (
            vec![("/storage/buckets/other", json!({ "name": "example-dev-loki", "region": "fra1" }))],
            "Error[conflict] storage.buckets.other.name: the buckets `loki` and `other` are both `example-dev-loki` in `fra1`",
        ),
        (
            vec![("/storage/buckets/loki/keys", key("loki/loki-spaces"))],
            "Error[conflict] storage.buckets.loki.keys.a: the Secret `loki/loki-spaces` would hold two access keys, that of `services.loki.bucket` too",
        ),
        (
            vec![("/identity/members", json!({ "platform-admin": ["admin@example.com"] }))],
            "Error[conflict] identity.members.platform-admin: the group `platform-admin` has members, and may do nothing",
        ),
    ]);
    let sound = [(vpc, json!({ "range": "10.10.0.0/20" })), (inner, ranges("10.244.0.0/16", "10.245.0.0/16"))];
    assert_eq!(found(&sound), [""; 0]);
    let members = ("/identity/members", json!({ "platform-admins": ["admin@example.com"] }));
    assert_eq!(found(&[members]), [""; 0]);
}

#[test]
fn rules_of_pipelines_find_what_they_are_about() {
    let pipeline = ("/applications/lofi/pipeline", json!({}));
    let repository = |url| ("/applications/lofi/source", json!({ "repository": url }));
    let unreachable = |url| {
        format!(
            "Error[conflict] applications.lofi.source.repository: the pipeline of application `lofi` can't work with the \
             repository `{url}`"
        )
    };
    let task = |key: &str, task: serde_json::Value| ("/applications/lofi/pipeline", json!({ "tasks": { key: task } }));
    let name = "a".repeat(60);
    let long = json!({
        "source": { "path": "a" }, "image": "ghcr.io/example/a:1", "port": 80, "pipeline": {}, "namespace": "a",
    });
    assert_eq!(found(&[pipeline.clone(), repository("https://github.com/example/lofi")]), [""; 0]);
    each_finds_one(&[
        (
            vec![pipeline.clone(), ("/services/tekton/enabled", json!(false))],
            "Error[conflict] applications.lofi.pipeline: application `lofi` has a pipeline, and Tekton, which would run it, is not installed",
        ),
        (
            vec![("/applications/lofi/pipeline", json!({ "pool": "gpu" }))],
            "Error[conflict] applications.lofi.pipeline.pool: `applications.lofi.pipeline` runs on the node pool `gpu`, which the cluster does not have",
        ),
        (
            vec![task("check", json!({ "hub": "0.2.0" }))],
            "Error[conflict] applications.lofi.pipeline.tasks.check: the pipeline of application `lofi` has a task `check` of its own",
        ),
        (
            vec![task("docs", json!({}))],
            "Error[conflict] applications.lofi.pipeline.tasks.docs: the task `docs` of application `lofi` has to come from one of `bundle`, `git` and `hub`, and from one only",
        ),
        (
            vec![task("docs", json!({ "bundle": "ghcr.io/example/docs:1.0.0" }))],
            "Error[conflict] applications.lofi.pipeline.tasks.docs: the task `docs` of application `lofi` comes from a bundle without a digest",
        ),
        (
            vec![task(
                "docs",
                json!({ "git": { "url": "https://git.example.com/a.git", "revision": "main", "path": "a" } }),
            )],
            "Error[conflict] applications.lofi.pipeline.tasks.docs: the task `docs` of application `lofi` comes from a revision that is no commit",
        ),
        (
            vec![pipeline.clone(), repository("git@github.com:example/lofi.git")],
            &unreachable("git@github.com:example/lofi.git"),
        ),
        (
            vec![pipeline.clone(), repository("https://github.com/example/group/lofi")],
            &unreachable("https://github.com/example/group/lofi"),
        ),
        (
            vec![pipeline.clone(), ("/charts/kured/namespace", json!("lofi-delivery"))],
            "Error[conflict] applications.lofi.pipeline: application `lofi` would be built in the namespace `lofi-delivery`, where `charts.kured` is",
        ),
        (
            vec![pipeline.clone(), ("/services/argoCd/host", json!("lofi-hook"))],
            "Error[conflict] applications.lofi.pipeline.host: `applications.lofi.pipeline` answers for the host `lofi-hook.dev.example.com`, as `services.argoCd` does",
        ),
        (
            vec![(&format!("/applications/{name}"), long)],
            &format!(
                "Error[invalid-value] applications.{name}.pipeline: the name of application `{name}` is too long for the \
                 namespace of its builds, `<name>-delivery`, which has 63 characters at most"
            ),
        ),
    ]);
    let secret = json!({ "encryptedData": { "username": "AAAA", "password": "AAAA" } });
    assert_eq!(found(&[pipeline, ("/sealed/lofi-delivery~1git", secret)]), [""; 0]);
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
fn what_will_be_sealed_has_an_owner_before_it_is_made() {
    each_finds_one(&[
        (
            vec![("/storage/buckets/loki/keys", json!({ "shipper": { "secret": "nowhere/shipper" } }))],
            "Error[conflict] storage.buckets.loki.keys.shipper.secret: nothing is installed into the namespace `nowhere` of the Secret `nowhere/shipper`",
        ),
        (
            vec![(
                "/identity/clients",
                json!({ "wiki": { "host": "wiki", "callback": "/c", "secret": "nowhere/oidc" } }),
            )],
            "Error[conflict] identity.clients.wiki.secret: nothing is installed into the namespace `nowhere` of the Secret `nowhere/oidc`",
        ),
    ]);
}

#[test]
fn a_namespace_that_an_application_names_owns_its_sealed_secrets() {
    let secret = json!({ "encryptedData": { "key": "AAAA" } });
    let shared = ("/applications/lofi/namespace", json!("shared"));
    assert_eq!(found(&[shared.clone(), ("/sealed/shared~1token", secret.clone())]), [""; 0]);
    let expected = "Error[conflict] sealed.lofi/token: nothing is installed into the namespace `lofi` of the sealed secret `lofi/token`";
    assert_eq!(found(&[shared, ("/sealed/lofi~1token", secret)]), [expected]);
}

#[test]
fn copies_are_counted_by_a_person_or_by_the_load() {
    let scaled = |min, max| ("/applications/lofi/autoscaling", json!({ "min": min, "max": max }));
    assert_eq!(found(&[scaled(2, 2)]), [""; 0]);
    each_finds_one(&[
        (
            vec![scaled(3, 2)],
            "Error[conflict] applications.lofi.autoscaling.min: application `lofi` has at least 3 copies, but 2 at most",
        ),
        (
            vec![scaled(1, 2), ("/applications/lofi/replicas", json!(1))],
            "Error[conflict] applications.lofi.replicas: the copies of application `lofi` are set by `replicas` and by `autoscaling`",
        ),
        (
            vec![scaled(1, 2), ("/applications/lofi/resources", json!({ "requests": { "memory": "1Mi" } }))],
            "Error[missing-value] applications.lofi.autoscaling: application `lofi` is scaled by its CPU, and requests none",
        ),
    ]);
}

#[test]
fn a_login_at_a_registry_has_the_type_that_nodes_read() {
    let mut values = full();
    values["applications"]["lofi"]["pullSecret"] = json!("lofi");
    let need = |values: &Value| {
        let values: Values = serde_json::from_value(values.clone()).unwrap();
        let needs = values.secret_needs();
        let keys =
            |need: &crate::model::SecretNeed| need.keys.iter().map(|one| one.key.to_string()).collect::<Vec<_>>();
        let need = needs.iter().find(|need| need.id.as_str() == "lofi/lofi").unwrap();
        (need.kind.to_string(), keys(need), check(&values))
    };
    // The same Secret holds an environment variable: it still has to be one that nodes read.
    let (kind, keys, _) = need(&values);
    assert_eq!(
        (kind.as_str(), keys),
        ("kubernetes.io/dockerconfigjson", vec!["token".into(), ".dockerconfigjson".into()])
    );
    let data = json!({ "token": "AAAA", ".dockerconfigjson": "AAAA" });
    values["sealed"]["lofi/lofi"] = json!({ "encryptedData": data });
    let said = |found: &[RuleViolation]| found.iter().any(|one| one.path.join(".") == "sealed.lofi/lofi.type");
    assert!(said(&need(&values).2));
    values["sealed"]["lofi/lofi"] = json!({ "type": "kubernetes.io/dockerconfigjson", "encryptedData": data });
    assert!(!said(&need(&values).2));
}

#[test]
fn names_are_shared_by_services_charts_and_applications() {
    let chart = full()["charts"]["kured"].clone();
    let expected =
        "Error[conflict] charts.ingress: `charts.ingress` has the name `ingress`, as `services.ingress` does"
            .to_owned();
    assert_eq!(found(&[("/charts/ingress", chart.clone())]), [expected]);
    for part in ["deployment", "delivery"] {
        let name = format!("lofi-{part}");
        let expected = format!(
            "Error[conflict] applications.lofi: `applications.lofi` has the name `{name}`, as `charts.{name}` does"
        );
        assert_eq!(found(&[(&format!("/charts/{name}"), chart.clone())]), [expected]);
    }
    let expected = "Error[conflict] charts.root: `charts.root` has the name `root`, as the App of Apps does".to_owned();
    assert_eq!(found(&[("/charts/root", chart)]), [expected]);
}

#[test]
fn what_is_off_breaks_no_rule() {
    let application = json!({
        "enabled": false, "source": {}, "image": "ghcr.io/x/y", "port": 80, "host": "argocd", "pool": "nowhere",
    });
    assert_eq!(found(&[("/applications/ingress", application)]), [""; 0]);
    // external-dns is off in there, and its secret waits until it is on again.
    let secret = json!({ "encryptedData": { "access-token": "AAAA" } });
    assert_eq!(found(&[("/sealed/external-dns~1digitalocean-dns", secret)]), [""; 0]);
}

#[test]
fn new_charts_of_external_dns_need_the_sidecar() {
    let external_dns = |version| ("/services/externalDns", section("external-dns", version));
    assert_eq!(found(&[external_dns("1.20.0")]), [""; 0]);
    assert_eq!(found(&[external_dns("1.21.1")]).len(), 1);
}
