//! A route takes the hosts that the values name, and no others.

use serde_json::Value;

use super::host_access::list;
use super::judged::Judged;
use super::{Finding, InCluster, Policy, Rule};
use crate::diagnostic::{Code, Explanation};

pub(super) const POLICY: Policy = Policy {
    code: Code::ForeignHost,
    explanation: Explanation {
        why: "All hosts share one way in. A route without a host, or with a wildcard, takes what nobody else has asked \
              for, and later what somebody does; one for a name that is not below `platform.domain` gets no DNS record and \
              no certificate here, and may take over the name of somebody else.",
        mend: &[
            "Name a host below `platform.domain`.",
            "For a name of another domain, set it as the `host` of an application: what the values name is allowed.",
        ],
        example: "error[foreign-host]: the host `web.example.org` of Ingress `web` is none of the platform's",
    },
    wrong: "\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
spec:
  rules:
  - host: web.example.org
  tls:
  - hosts:
    - web.example.org
    secretName: web-tls
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

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    let hosts = match (judged.group(), judged.kind()) {
        ("networking.k8s.io", "Ingress") => of_ingress(judged),
        ("gateway.networking.k8s.io", "HTTPRoute") => of_route(judged),
        _ => return Vec::new(),
    };
    // The platform's own services have the hosts that their values name, and the one that catches all plain HTTP.
    if judged.around.is_platform(judged.namespace()) {
        return Vec::new();
    }
    let foreign = hosts.into_iter().filter(|(host, _)| !is_ours(judged, host));
    foreign.map(|(host, path)| finding(judged, host, &path)).collect()
}

fn finding(judged: &Judged<'_>, host: &str, path: &[String]) -> Finding {
    let shown = judged.shown();
    let message = match host {
        "" => format!("{shown} takes every host that nobody else has"),
        host if host.starts_with('*') => format!("{shown} takes `{host}`, which are the hosts of others too"),
        host => format!("the host `{host}` of {shown} is none of the platform's"),
    };
    let domain = &judged.values().platform.domain;
    judged.found(Code::ForeignHost, message, path).help(format!("name a host below `{domain}`"))
}

fn is_ours(judged: &Judged<'_>, host: &str) -> bool {
    let values = judged.values();
    let domain = values.platform.domain.as_str();
    let below = host.strip_suffix(domain).is_some_and(|label| label.is_empty() || label.ends_with('.'));
    let mut named = values.applications.values().flat_map(|application| {
        let webhook = application.pipeline.as_ref().and_then(|pipeline| pipeline.host.as_ref());
        application.host.iter().chain(webhook)
    });
    !host.starts_with('*') && (below || named.any(|name| name.as_str() == host))
}

fn path(path: &[&str]) -> Vec<String> {
    path.iter().map(|&step| step.to_owned()).collect()
}

fn of_ingress<'a>(judged: &Judged<'a>) -> Vec<(&'a str, Vec<String>)> {
    let spec = judged.data.get("spec").unwrap_or(&Value::Null);
    let rules = list(spec, "rules").filter(|(_, rule)| !judged.is_patch || rule.get("host").is_some());
    let rules = rules.map(|(index, rule)| {
        let host = rule.get("host").and_then(Value::as_str).unwrap_or_default();
        (host, path(&["spec", "rules", &index.to_string(), "host"]))
    });
    let default = spec.get("defaultBackend").map(|_| ("", path(&["spec", "defaultBackend"])));
    rules.chain(default).collect()
}

fn of_route<'a>(judged: &Judged<'a>) -> Vec<(&'a str, Vec<String>)> {
    let spec = judged.data.get("spec").unwrap_or(&Value::Null);
    if list(spec, "hostnames").next().is_none() && !judged.is_patch {
        return vec![("", path(&["spec"]))];
    }
    let hosts = list(spec, "hostnames");
    hosts
        .map(|(index, host)| (host.as_str().unwrap_or_default(), path(&["spec", "hostnames", &index.to_string()])))
        .collect()
}
