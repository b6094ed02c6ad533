//! What answers under a name answers with TLS.

use serde_json::Value;

use super::host_access::list;
use super::judged::Judged;
use super::{Finding, InCluster, Policy, Rule};
use crate::checks::subject::at;
use crate::diagnostic::{Code, Explanation};

pub(super) const POLICY: Policy = Policy {
    code: Code::MissingTls,
    explanation: Explanation {
        why: "Without TLS everybody on the way reads what is sent, logins and cookies among it, and may change what comes \
              back. Browsers warn, and keep many of their functions from such a page.",
        mend: &[
            "Install cert-manager (`services.certManager`): every host of the platform gets its certificate then.",
            "For an Ingress of your own, a section `tls` with the host and the Secret of its certificate; for a Gateway, a \
             listener with the protocol `HTTPS`.",
            "Where TLS ends before the cluster, at a load balancer, say so by `policies.severities.missing-tls`.",
        ],
        example: "error[missing-tls]: the host `web.dev.example.com` of Ingress `web` has no TLS",
    },
    wrong: "\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
spec:
  rules:
  - host: web.dev.example.com
",
    right: "\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
spec:
  rules:
  - host: web.dev.example.com
  tls:
  - hosts:
    - web.dev.example.com
    secretName: web-tls
",
    cluster: InCluster::Held,
    rule: Rule::Document(check),
};

/// Annotations by which a controller gives all hosts of an Ingress its own certificate.
const BY_CONTROLLER: [&str; 1] = ["traefik.ingress.kubernetes.io/router.tls"];

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    if judged.is_patch {
        return Vec::new();
    }
    match (judged.group(), judged.kind()) {
        ("networking.k8s.io", "Ingress") => of_ingress(judged),
        ("gateway.networking.k8s.io", "Gateway") => of_gateway(judged),
        ("gateway.networking.k8s.io", "HTTPRoute") => of_route(judged),
        _ => Vec::new(),
    }
}

fn finding(judged: &Judged<'_>, host: &str, path: &[&str], help: &str) -> Finding {
    judged.found(Code::MissingTls, format!("the host `{host}` of {} has no TLS", judged.shown()), path).help(help)
}

fn of_ingress(judged: &Judged<'_>) -> Vec<Finding> {
    let annotations = at(judged.data, &["metadata", "annotations"]);
    let annotated = |key: &&str| annotations.and_then(|all| all.get(key)).is_some_and(|value| value == "true");
    let spec = judged.data.get("spec").unwrap_or(&Value::Null);
    if BY_CONTROLLER.iter().any(annotated) {
        return Vec::new();
    }
    let tls = || list(spec, "tls").flat_map(|(_, entry)| list(entry, "hosts")).filter_map(|(_, host)| host.as_str());
    let rules = list(spec, "rules").filter_map(|(index, rule)| Some((index, rule.get("host")?.as_str()?)));
    let open = rules.filter(|(_, host)| !tls().any(|covered| covers(covered, host)));
    open.map(|(index, host)| {
        finding(
            judged,
            host,
            &["spec", "rules", &index.to_string(), "host"],
            "name the host under `spec.tls`, with the Secret of its certificate",
        )
    })
    .collect()
}

/// Whether a certificate for `name` is one for `host`: a wildcard stands for one label.
fn covers(name: &str, host: &str) -> bool {
    let below = |parent: &str| host.split_once('.').is_some_and(|(_, rest)| rest == parent);
    name == host || name.strip_prefix("*.").is_some_and(below)
}

fn of_gateway(judged: &Judged<'_>) -> Vec<Finding> {
    let spec = judged.data.get("spec").unwrap_or(&Value::Null);
    let plain =
        list(spec, "listeners").filter(|(_, listener)| listener.get("protocol").is_some_and(|one| one == "HTTP"));
    let hosts = plain.filter_map(|(index, listener)| Some((index, listener.get("hostname")?.as_str()?)));
    // A listener that sends everybody to HTTPS stands beside one for the same host.
    let secured = |host: &str| {
        list(spec, "listeners").any(|(_, other)| {
            other.get("protocol").is_some_and(|one| one == "HTTPS" || one == "TLS")
                && other.get("hostname").and_then(Value::as_str).is_none_or(|name| covers(name, host))
        })
    };
    let open = hosts.filter(|(_, host)| !secured(host));
    open.map(|(index, host)| {
        finding(
            judged,
            host,
            &["spec", "listeners", &index.to_string(), "hostname"],
            "add a listener with `protocol: HTTPS` and its certificate",
        )
    })
    .collect()
}

fn of_route(judged: &Judged<'_>) -> Vec<Finding> {
    let spec = judged.data.get("spec").unwrap_or(&Value::Null);
    let mut parents = list(spec, "parentRefs").map(|(_, parent)| {
        let text = |key: &str| parent.get(key).and_then(Value::as_str);
        let namespace = text("namespace").unwrap_or(judged.namespace());
        judged.around.is_plain_gateway(namespace, text("name").unwrap_or_default())
    });
    // An empty list has no parent that could speak TLS, and none that could not.
    if list(spec, "parentRefs").next().is_none() || !parents.all(|is_plain| is_plain) {
        return Vec::new();
    }
    let hosts = list(spec, "hostnames").filter_map(|(index, host)| Some((index, host.as_str()?)));
    hosts
        .map(|(index, host)| {
            finding(
                judged,
                host,
                &["spec", "hostnames", &index.to_string()],
                "attach the route to a Gateway with a listener for HTTPS",
            )
        })
        .collect()
}
