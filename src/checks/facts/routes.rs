//! Ways in: which hosts and paths lead where, by Ingress, the Gateway API or Traefik's own kinds.

use serde_json::Value;

use super::{
    Cursor, Detail, Facts, GATEWAY, GATEWAY_CLASS, INGRESS_CLASS, Kind, MIDDLEWARE, NAMESPACE, Reference, Route,
    SECRET, SERVICE, TRAEFIK_SERVICE, certificates, names,
};

/// A host and path that lead somewhere.
#[derive(Debug)]
pub(in crate::checks) struct Routed {
    /// Who listens: a class, a Gateway.
    pub(in crate::checks) listener: Box<str>,
    pub(in crate::checks) host: Box<str>,
    /// The path, with whatever else a request has to have.
    pub(in crate::checks) path: Box<str>,
    pub(in crate::checks) route: Route,
}

pub(super) fn read(facts: &mut Facts<'_>, root: &Cursor<'_>, kind: &str) {
    match kind {
        "Ingress" => ingress(facts, root),
        "HTTPRoute" | "GRPCRoute" | "TLSRoute" | "TCPRoute" | "UDPRoute" => gateway_route(facts, root, kind),
        "Gateway" if facts.is(&GATEWAY) => gateway(facts, root),
        "IngressRoute" | "IngressRouteTCP" => traefik_route(facts, root, kind),
        "TraefikService" => {
            root.each("spec.weighted.services", |one| traefik_service(facts, &one));
            if let Some(mirroring) = root.at("spec.mirroring") {
                traefik_service(facts, &mirroring);
                mirroring.each("mirrors", |one| traefik_service(facts, &one));
            }
        }
        "Middleware" => {
            root.each("spec.chain.middlewares", |one| middleware(facts, &one));
            for path in
                ["basicAuth.secret", "digestAuth.secret", "forwardAuth.tls.caSecret", "forwardAuth.tls.certSecret"]
            {
                if let Some(spec) = root.at("spec") {
                    facts.refer(&spec, path, SECRET);
                }
            }
            if let Some(service) = root.at("spec.errors.service") {
                traefik_service(facts, &service);
            }
        }
        "NetworkPolicy" => {
            for list in ["spec.ingress", "spec.egress"] {
                root.each(list, |rule| {
                    for peers in ["from", "to"] {
                        rule.each(peers, |peer| peer_namespace(facts, &peer));
                    }
                });
            }
        }
        "SecurityPolicy" => {
            facts.refer(root, "spec.oidc.clientSecret.name", SECRET);
            root.each("spec.extAuth.http.backendRefs", |one| backend(facts, &one));
            policy_targets(facts, root);
        }
        "BackendTrafficPolicy" | "ClientTrafficPolicy" => policy_targets(facts, root),
        _ => {}
    }
}

/// A namespace that a policy names by the label that each has. One that is not there lets nobody in.
fn peer_namespace(facts: &mut Facts<'_>, peer: &Cursor<'_>) {
    if let Some(labels) = peer.at("namespaceSelector.matchLabels")
        && let Some(name) = labels.key("kubernetes.io/metadata.name")
        && let Some(text) = name.value().as_str()
    {
        let (name, route) = (text.into(), name.route());
        facts.refers.push(Reference { kind: NAMESPACE, namespace: None, name, route, part: None, is_soft: true });
    }
}

fn ingress(facts: &mut Facts<'_>, root: &Cursor<'_>) {
    facts.refer(root, "spec.ingressClassName", INGRESS_CLASS);
    certificates::annotations(facts, root, &names(root, "spec.tls", "secretName"));
    middlewares_of_annotation(facts, root);
    root.each("spec.tls", |tls| {
        facts.refer(&tls, "secretName", SECRET);
    });
    if let Some(backend) = root.at("spec.defaultBackend") {
        ingress_backend(facts, &backend);
    }
    // A canary shares its host and path with the route that it takes requests from.
    let is_canary = root.annotation("nginx.ingress.kubernetes.io/canary") == Some("true");
    let class = Some(root.text("spec.ingressClassName")).filter(|class| !class.is_empty());
    let listener = class.or_else(|| root.annotation("kubernetes.io/ingress.class")).unwrap_or_default();
    let mut routed = Vec::new();
    root.each("spec.rules", |rule| {
        rule.each("http.paths", |path| {
            if let Some(backend) = path.at("backend") {
                ingress_backend(facts, &backend);
            }
            let (kind, text) = (path.text("pathType"), path.text("path"));
            let place = path.at("path").map_or_else(|| path.route(), |at| at.route());
            routed.push(Routed {
                listener: listener.into(),
                host: rule.text("host").into(),
                path: format!("{text} {kind}").into(),
                route: place,
            });
        });
    });
    if !is_canary {
        facts.detail = Detail::Routes(routed);
    }
}

fn ingress_backend(facts: &mut Facts<'_>, backend: &Cursor<'_>) {
    let Some(service) = backend.at("service") else { return };
    if let Some(reference) = facts.refer(&service, "name", SERVICE) {
        reference.part(&service, "port.name").part(&service, "port.number");
    }
}

/// `namespace-name@kubernetescrd`, with commas between several. Where the name begins only the namespace tells, so
/// those of the own namespace are looked at, and all others left.
fn middlewares_of_annotation(facts: &mut Facts<'_>, root: &Cursor<'_>) {
    let Some(annotations) = root.at("metadata.annotations") else { return };
    let Some(list) = annotations.key("traefik.ingress.kubernetes.io/router.middlewares") else { return };
    let own = root.text("metadata.namespace");
    for one in list.value().as_str().unwrap_or_default().split(',') {
        let name = one.trim().strip_suffix("@kubernetescrd").and_then(|one| one.strip_prefix(own)?.strip_prefix('-'));
        if let Some(name) = name.filter(|_| !own.is_empty()) {
            let (name, route) = (name.into(), list.route());
            // A namespace that begins with the name of this one would look the same.
            facts.refers.push(Reference { kind: MIDDLEWARE, namespace: None, name, route, part: None, is_soft: true });
        }
    }
}

fn gateway(facts: &mut Facts<'_>, root: &Cursor<'_>) {
    facts.refer(root, "spec.gatewayClassName", GATEWAY_CLASS);
    facts.parts = Some(names(root, "spec.listeners", "name"));
    let mut secrets = Vec::new();
    root.each("spec.listeners", |listener| {
        secrets.extend(names(&listener, "tls.certificateRefs", "name"));
        listener.each("tls.certificateRefs", |secret| {
            if matches!(secret.text("kind"), "" | "Secret")
                && let Some(reference) = facts.refer(&secret, "name", SECRET)
            {
                reference.namespace(&secret, "namespace");
            }
        });
    });
    certificates::annotations(facts, root, &secrets);
}

fn gateway_route(facts: &mut Facts<'_>, root: &Cursor<'_>, kind: &str) {
    root.each("spec.parentRefs", |parent| {
        if matches!(parent.text("kind"), "" | "Gateway")
            && let Some(reference) = facts.refer(&parent, "name", GATEWAY)
        {
            reference.namespace(&parent, "namespace").part(&parent, "sectionName");
        }
    });
    let hosts = super::strings(root, "spec.hostnames");
    let listener = root.value().pointer("/spec/parentRefs").map(Value::to_string).unwrap_or_default();
    let mut routed = Vec::new();
    root.each("spec.rules", |rule| {
        rule.each("backendRefs", |one| backend(facts, &one));
        rule.each("filters", |filter| {
            if let Some(mirror) = filter.at("requestMirror.backendRef") {
                backend(facts, &mirror);
            }
        });
        let matches = rule.value().get("matches").and_then(Value::as_array).filter(|matches| !matches.is_empty());
        let paths: Vec<String> = match matches {
            Some(matches) => matches.iter().map(request).collect(),
            None => vec![request(&Value::Null)],
        };
        for host in &hosts {
            routed.extend(paths.iter().map(|path| Routed {
                listener: listener.as_str().into(),
                host: host.clone(),
                path: path.as_str().into(),
                route: rule.route(),
            }));
        }
    });
    if kind == "HTTPRoute" {
        facts.detail = Detail::Routes(routed);
    }
}

/// What a request has to be, as one text that is the same for the same requests.
fn request(one: &Value) -> String {
    let text =
        |pointer: &str, otherwise: &str| one.pointer(pointer).and_then(Value::as_str).unwrap_or(otherwise).to_owned();
    let mut request = format!("{} {}", text("/path/value", "/"), text("/path/type", "PathPrefix"));
    for key in ["method", "headers", "queryParams"] {
        if let Some(value) = one.get(key) {
            request = format!("{request} {value}");
        }
    }
    request
}

/// A reference of the Gateway API, to a Service where it says no kind.
fn backend(facts: &mut Facts<'_>, backend: &Cursor<'_>) {
    if matches!(backend.text("kind"), "" | "Service")
        && backend.text("group").is_empty()
        && let Some(reference) = facts.refer(backend, "name", SERVICE)
    {
        reference.namespace(backend, "namespace").part(backend, "port");
    }
}

/// What a policy of Envoy Gateway is for.
fn policy_targets(facts: &mut Facts<'_>, root: &Cursor<'_>) {
    let mut target = |one: &Cursor<'_>| {
        let kind = Kind::of(one.text("group"), one.text("kind"));
        if !kind.may_make_others() {
            facts.refer(one, "name", kind);
        }
    };
    root.each("spec.targetRefs", |one| target(&one));
    if let Some(one) = root.at("spec.targetRef") {
        target(&one);
    }
}

fn traefik_route(facts: &mut Facts<'_>, root: &Cursor<'_>, kind: &str) {
    facts.refer(root, "spec.tls.secretName", SECRET);
    let listener = root.value().pointer("/spec/entryPoints").map(Value::to_string).unwrap_or_default();
    let mut routed = Vec::new();
    root.each("spec.routes", |route| {
        route.each("services", |one| traefik_service(facts, &one));
        route.each("middlewares", |one| middleware(facts, &one));
        let place = route.at("match").map_or_else(|| route.route(), |at| at.route());
        let path = format!("{} {}", route.text("match"), route.value().get("priority").unwrap_or(&Value::Null));
        routed.push(Routed { listener: listener.as_str().into(), host: "".into(), path: path.into(), route: place });
    });
    if kind == "IngressRoute" {
        facts.detail = Detail::Routes(routed);
    }
}

/// A Service of Kubernetes or of Traefik. Those with `@` are of another provider.
fn traefik_service(facts: &mut Facts<'_>, service: &Cursor<'_>) {
    if service.text("name").contains('@') {
        return;
    }
    if service.text("kind") == "TraefikService" {
        if let Some(reference) = facts.refer(service, "name", TRAEFIK_SERVICE) {
            reference.namespace(service, "namespace");
        }
    } else if let Some(reference) = facts.refer(service, "name", SERVICE) {
        reference.namespace(service, "namespace").part(service, "port");
    }
}

fn middleware(facts: &mut Facts<'_>, middleware: &Cursor<'_>) {
    if !middleware.text("name").contains('@')
        && let Some(reference) = facts.refer(middleware, "name", MIDDLEWARE)
    {
        reference.namespace(middleware, "namespace");
    }
}
