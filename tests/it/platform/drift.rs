//! Drift: what Argo CD would report as changed for ever, or wait for in vain, although nobody changed anything.

use serde_json::Value;

use super::{Document, Platform, each, walk};

/// What a key of Helm values has to be.
enum Must {
    /// Exactly this, written as JSON.
    Be(&'static str),
    /// Anything but this: the chart's own default is right.
    NotBe(&'static str),
    /// Something that is not empty.
    BeSet,
}

use Must::{Be, BeSet, NotBe};

/// Keys of Helm values that keep a chart still under Argo CD, which templates it again and again and compares.
const KEYS: &[(&str, &str, Must, &str)] = &[
    (
        "sealed-secrets",
        "/metrics/serviceMonitor/annotations",
        BeSet,
        "the chart writes `annotations: null` without one",
    ),
    ("sealed-secrets", "/updateStatus", NotBe("false"), "a SealedSecret is healthy by its status"),
    ("argo-cd", "/redisSecretInit/enabled", Be("false"), "the hook never ends when Argo CD runs it on itself"),
    (
        "argo-cd",
        "/configs/secret/argocdServerAdminPassword",
        NotBe("\"\""),
        "its time of change would be now, at each look",
    ),
    ("kube-prometheus-stack", "/crds/enabled", Be("false"), "the CRDs are prometheus-operator-crds' alone"),
    ("kube-prometheus-stack", "/crds/upgradeJob/enabled", NotBe("true"), "the Job waits for rights that come after it"),
    ("kube-prometheus-stack", "/grafana/admin/existingSecret", BeSet, "a new password at each look"),
    ("kube-prometheus-stack", "/grafana/testFramework/enabled", Be("false"), "a test pod that would run for ever"),
    (
        "kube-prometheus-stack",
        "/grafana/deploymentStrategy/type",
        Be("\"Recreate\""),
        "the volume is mounted by one pod at a time",
    ),
    ("kube-prometheus-stack", "/kubeEtcd/enabled", Be("false"), "out of reach on a managed control plane"),
    ("kube-prometheus-stack", "/kubeScheduler/enabled", Be("false"), "out of reach on a managed control plane"),
    ("kube-prometheus-stack", "/kubeControllerManager/enabled", Be("false"), "out of reach on a managed control plane"),
    ("kube-prometheus-stack", "/kubeProxy/enabled", Be("false"), "out of reach on these nodes"),
    (
        "kube-prometheus-stack",
        "/prometheus/prometheusSpec/serviceMonitorSelectorNilUsesHelmValues",
        Be("false"),
        "monitors of others are not seen",
    ),
    (
        "kube-prometheus-stack",
        "/prometheus/prometheusSpec/podMonitorSelectorNilUsesHelmValues",
        Be("false"),
        "monitors of others are not seen",
    ),
    (
        "kube-prometheus-stack",
        "/prometheus/prometheusSpec/ruleSelectorNilUsesHelmValues",
        Be("false"),
        "alerts of others are not seen",
    ),
    (
        "kube-prometheus-stack",
        "/prometheus/prometheusSpec/probeSelectorNilUsesHelmValues",
        Be("false"),
        "probes of others are not seen",
    ),
    ("loki", "/test/enabled", Be("false"), "a test pod that would run for ever"),
    ("metrics-server", "/tls/type", NotBe("\"helm\""), "a new certificate at each look"),
    ("tekton", "/operator/autoInstallComponents", Be("false"), "the operator and Git would both own the TektonConfig"),
    ("falco", "/falcoctl/artifact/follow/enabled", Be("false"), "rules would change without a commit"),
    ("oauth2-proxy", "/config/existingSecret", BeSet, "the chart makes a Secret of placeholders without one"),
];

#[test]
pub(super) fn keys_that_keep_charts_still_are_set() {
    each(|platform, problem| {
        for (service, pointer, must, why) in KEYS.iter().filter(|(service, ..)| platform.has(service)) {
            let found =
                platform.helm_values(service).and_then(|values| values.pointer(pointer)).unwrap_or(&Value::Null);
            let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            let (right, wanted) = match must {
                Be(text) => (*found == json(text), (*text).to_owned()),
                NotBe(text) => (*found != json(text), format!("anything but {text}")),
                BeSet => (!matches!(found.to_string().as_str(), "null" | "\"\"" | "{}" | "[]"), "something".to_owned()),
            };
            if !right {
                problem(format!("{service}: {pointer} is {found} and has to be {wanted}: {why}"));
            }
        }
    });
}

/// Whether the Application is applied and compared by the API server.
fn is_server_side(application: &Document) -> bool {
    let options = application.at("/spec/syncPolicy/syncOptions").map(Value::to_string).unwrap_or_default();
    let compare = application.text("/metadata/annotations/argocd.argoproj.io~1compare-options");
    options.contains("ServerSideApply=true") && compare.contains("ServerSideDiff=true")
}

/// Whether the Application does not look at `field`.
fn ignores(application: &Document, field: &str) -> bool {
    application.at("/spec/ignoreDifferences").is_some_and(|list| list.to_string().contains(field))
}

#[test]
pub(super) fn large_crds_are_applied_by_the_api_server() {
    each(|platform, problem| {
        let envoy = platform.all("GatewayClass").next().is_some();
        let large = ["prometheus-operator-crds", "argo-cd", "cert-manager", "kyverno"];
        for name in large.into_iter().chain(envoy.then_some("ingress")) {
            if platform.applications().get(name).is_some_and(|one| !is_server_side(one)) {
                problem(format!("{name} has CRDs that do not fit into the annotation of client-side apply"));
            }
        }
    });
}

#[test]
pub(super) fn certificates_that_others_write_into_webhooks_are_no_drift() {
    each(|platform, problem| {
        for name in ["cert-manager", "ingress", "kube-prometheus-stack"] {
            let Some(application) = platform.applications().get(name).copied() else { continue };
            let none = name == "ingress"
                && platform
                    .helm_values(name)
                    .is_some_and(|values| values.pointer("/controller/admissionWebhooks").is_none());
            if !none && !is_server_side(application) && !ignores(application, "caBundle") {
                problem(format!("{name} has webhooks whose caBundle somebody else writes"));
            }
        }
        for (name, pointer) in [
            ("ingress", "/controller/admissionWebhooks"),
            ("kube-prometheus-stack", "/prometheusOperator/admissionWebhooks"),
        ] {
            let Some(webhooks) = platform.helm_values(name).and_then(|values| values.pointer(pointer)) else {
                continue;
            };
            let by_jobs = webhooks["enabled"] != false && webhooks["certManager"]["enabled"] != true;
            if by_jobs && webhooks["patch"]["enabled"] != false && platform.has("cert-manager") {
                problem(format!(
                    "{name}: Jobs make the webhook's certificate, and are gone before Argo CD sees them succeed"
                ));
            }
        }
    });
}

#[test]
pub(super) fn what_autoscalers_write_is_no_drift() {
    each(|platform, problem| {
        for (name, application) in platform.applications() {
            let Some(values) = platform.helm_values(name) else { continue };
            walk(values, &mut |path, value| {
                let scales = path.ends_with("autoscaling") && value["enabled"] == true;
                if scales && !ignores(application, "/spec/replicas") {
                    problem(format!("{name}: {path} is on, and Argo CD looks at the number of replicas"));
                }
            });
        }
    });
}

#[test]
pub(super) fn routes_say_what_the_api_server_would_fill_in() {
    let explicit = [("backendRefs", &["group", "kind", "weight"][..]), ("parentRefs", &["group", "kind"])];
    each(|platform, problem| {
        for document in platform.all("HTTPRoute") {
            walk(&document.data, &mut |path, value| {
                for (list, keys) in explicit {
                    for item in value.get(list).and_then(Value::as_array).into_iter().flatten() {
                        for key in keys.iter().filter(|key| item.get(**key).is_none()) {
                            problem(format!("{}: {path}.{list} leaves out `{key}`", document.here()));
                        }
                    }
                }
            });
        }
    });
}

#[test]
pub(super) fn manifests_hold_nothing_that_the_cluster_drops() {
    each(|platform, problem| {
        for document in platform.documents.iter().filter(|document| document.is_manifest()) {
            walk(&document.data, &mut |path, value| {
                // Inside a ConfigMap or a schema-less part of a policy a null may mean something; at the top it never does.
                // And in a patch it takes away what the base has.
                let patch = document.path.ends_with("/patch.yaml");
                let null = value.is_null() && (path.starts_with("metadata") || path.matches('.').count() < 2) && !patch;
                let empty = ["metadata.annotations", "metadata.labels"].contains(&path)
                    && value.as_object().is_some_and(serde_json::Map::is_empty);
                if null || empty || ["status", "metadata.creationTimestamp", "metadata.generateName"].contains(&path) {
                    problem(format!("{}: {path} is {value}", document.here()));
                }
            });
            let annotations = document.at("/metadata/annotations").and_then(Value::as_object);
            for (key, value) in annotations.into_iter().flatten().filter(|(_, value)| !value.is_string()) {
                problem(format!("{}: the annotation {key} is no text: {value}", document.here()));
            }
        }
    });
}

#[test]
pub(super) fn annotations_and_labels_in_helm_values_are_text() {
    // One that is not makes Kubernetes refuse, or drop, all of them.
    let is_free = |path: &str| {
        let name = path.rsplit('.').next().unwrap_or_default().to_lowercase();
        name.ends_with("annotations") || name.ends_with("labels")
    };
    each(|platform: &Platform, problem| {
        for (name, _) in platform.values.services.iter() {
            let Some(values) = platform.helm_values(name) else { continue };
            walk(values, &mut |path, value| {
                let entries = value.as_object().filter(|_| is_free(path)).into_iter().flatten();
                for (key, inner) in entries.filter(|(_, inner)| inner.is_number() || inner.is_boolean()) {
                    problem(format!("{name}: {path}.{key} is {inner}, not text"));
                }
            });
        }
    });
}
