//! Hosts: what the values name is what is routed, what has a certificate, and what anybody says.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde_json::Value;

use super::names::has_service;
use super::{Document, Platform, each, walk};

/// The hosts that the values name, each with who answers there.
fn configured(platform: &Platform) -> BTreeMap<String, String> {
    let domain = &platform.values.platform.domain;
    let services = platform.values.services.iter();
    let services = services.filter_map(|(name, one)| Some((one.needs().host()?.under(domain), name.to_owned())));
    let applications = platform.values.applications.iter().filter(|(_, one)| one.enabled);
    let applications = applications.flat_map(|(name, one)| {
        let webhook = one.pipeline.as_ref().and_then(|pipeline| pipeline.host_of(name));
        one.host.clone().into_iter().chain(webhook).map(move |host| (host.under(domain), name.as_str().to_owned()))
    });
    services.chain(applications).collect()
}

fn strings<'a>(document: &'a Document, pointer: &str) -> Vec<&'a str> {
    let list = document.at(pointer).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).collect()
}

/// The hosts of a route, of whatever kind.
fn routed(document: &Document) -> BTreeSet<String> {
    let mut hosts = BTreeSet::new();
    match document.kind() {
        "Ingress" => walk(&document.data["spec"]["rules"], &mut |path, value| {
            if path.strip_suffix(".host").is_some() {
                hosts.extend(value.as_str().map(ToOwned::to_owned));
            }
        }),
        "HTTPRoute" => hosts.extend(strings(document, "/spec/hostnames").into_iter().map(ToOwned::to_owned)),
        "IngressRoute" => {
            let host = Regex::new("Host\\(`([^`]+)`\\)").unwrap();
            let text = document.data.to_string();
            hosts.extend(host.captures_iter(&text).map(|found| found[1].to_owned()));
        }
        _ => {}
    }
    hosts
}

#[test]
pub(super) fn every_host_has_a_route_and_every_route_a_host() {
    each(|platform, problem| {
        let configured = configured(platform);
        let mut there: BTreeSet<String> = BTreeSet::new();
        for document in &platform.documents {
            for host in routed(document) {
                let owner = configured.get(&host);
                // A second route to one host is right where the login's own path is put before another service.
                if owner.is_none() {
                    problem(format!("{} is for {host}, which no section names", document.here()));
                }
                there.insert(host);
            }
        }
        if platform.has("ingress") {
            for (host, owner) in configured.iter().filter(|(host, _)| !there.contains(*host)) {
                problem(format!("{owner} answers at {host}, and no route leads there"));
            }
        } else if !there.is_empty() {
            problem(format!("there is no way in, and routes to {there:?}"));
        }
    });
}

/// Where a route leads: Ingress has `backend.service`, the Gateway API `backendRefs`, Traefik `services`.
fn backends(document: &Document) -> Vec<&Value> {
    let mut found = Vec::new();
    walk(&document.data, &mut |path, value| {
        let items = match value {
            _ if path.ends_with("backend.service") => std::slice::from_ref(value),
            Value::Array(items) if path.ends_with(".backendRefs") || path.ends_with(".services") => items,
            _ => &[],
        };
        found.extend(items);
    });
    found
}

#[test]
pub(super) fn every_route_ends_at_a_service() {
    each(|platform, problem| {
        for document in platform.documents.iter().filter(|one| !routed(one).is_empty()) {
            for backend in backends(document) {
                let name = backend["name"].as_str().unwrap_or_default();
                let namespace = backend["namespace"].as_str().unwrap_or(platform.namespace_of(document));
                if !has_service(platform, namespace, name) {
                    problem(format!("{} leads to the Service {namespace}/{name}, which is not there", document.here()));
                }
                let port = &backend["port"];
                let right = match document.kind() {
                    "Ingress" => port["number"].is_u64() != port["name"].is_string(),
                    _ => port.is_u64(),
                };
                if !right {
                    problem(format!("{} names a port that its kind has no place for: {port}", document.here()));
                }
            }
        }
    });
}

#[test]
pub(super) fn every_host_has_a_certificate_and_every_certificate_a_host() {
    each(|platform, problem| {
        let is_public = |one: &&Document| one.text("/spec/issuerRef/name").starts_with("letsencrypt-");
        let mut certified: BTreeMap<&str, &Document> = BTreeMap::new();
        for document in platform.all("Certificate").filter(is_public) {
            for host in strings(document, "/spec/dnsNames") {
                if let Some(other) = certified.insert(host, document) {
                    problem(format!("{} and {} are both for {host}", document.here(), other.here()));
                }
            }
        }
        let certified: BTreeSet<_> = certified.into_keys().map(ToOwned::to_owned).collect();
        let expected: BTreeSet<_> = if platform.has("ingress") && platform.has("cert-manager") {
            configured(platform).into_keys().collect()
        } else {
            BTreeSet::new()
        };
        if certified != expected {
            problem(format!("certificates for {certified:?}, hosts are {expected:?}"));
        }
    });
}

/// The certificate in the Secret `name`.
fn certificate<'a>(platform: &'a Platform, namespace: &str, name: &str) -> Option<&'a Document> {
    let mut all = platform.all("Certificate");
    all.find(|one| platform.namespace_of(one) == namespace && one.text("/spec/secretName") == name)
}

#[test]
pub(super) fn where_tls_ends_lies_the_certificate_of_that_host() {
    each(|platform, problem| {
        let encrypted = platform.has("cert-manager");
        for document in platform.all("Ingress") {
            let own = platform.namespace_of(document);
            let mut covered = BTreeSet::new();
            for tls in document.at("/spec/tls").and_then(Value::as_array).into_iter().flatten() {
                let hosts: BTreeSet<_> =
                    tls["hosts"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                let secret = tls["secretName"].as_str().unwrap_or_default();
                let there = certificate(platform, own, secret).map(|one| strings(one, "/spec/dnsNames"));
                if there.is_none_or(|names| !hosts.iter().all(|host| names.contains(host))) {
                    problem(format!("{}: no Certificate puts {hosts:?} into {own}/{secret}", document.here()));
                }
                covered.extend(hosts.into_iter().map(ToOwned::to_owned));
            }
            let routed = routed(document);
            if encrypted && routed != covered || !encrypted && !covered.is_empty() {
                problem(format!("{} routes {routed:?} and encrypts {covered:?}", document.here()));
            }
        }
        for document in platform.all("Gateway") {
            let own = platform.namespace_of(document);
            for listener in document.at("/spec/listeners").and_then(Value::as_array).into_iter().flatten() {
                let host = listener["hostname"].as_str();
                let secrets = listener["tls"]["certificateRefs"].as_array().into_iter().flatten();
                for secret in secrets {
                    let namespace = secret["namespace"].as_str().unwrap_or(own);
                    let name = secret["name"].as_str().unwrap_or_default();
                    let there = certificate(platform, namespace, name).map(|one| strings(one, "/spec/dnsNames"));
                    if there.is_none_or(|names| host.is_some_and(|host| !names.contains(&host))) {
                        problem(format!("{}: no Certificate puts {host:?} into {namespace}/{name}", document.here()));
                    }
                    let grant = platform.all("ReferenceGrant").any(|one| platform.namespace_of(one) == namespace);
                    if namespace != own && !grant {
                        problem(format!(
                            "{}: nothing in {namespace} lets a Gateway of {own} read {name}",
                            document.here()
                        ));
                    }
                }
                if listener["protocol"] == "HTTPS"
                    && listener["tls"]["certificateRefs"].as_array().is_none_or(Vec::is_empty)
                {
                    problem(format!("{}: the listener {} has no certificate", document.here(), listener["name"]));
                }
            }
        }
    });
}

#[test]
pub(super) fn every_route_of_the_gateway_api_has_a_listener() {
    each(|platform, problem| {
        let listeners: Vec<_> = platform
            .all("Gateway")
            .flat_map(|one| one.at("/spec/listeners").and_then(Value::as_array).into_iter().flatten())
            .filter(|listener| platform.has("cert-manager") == (listener["protocol"] == "HTTPS"))
            .map(|listener| listener["hostname"].as_str())
            .collect();
        for document in platform.all("HTTPRoute") {
            for host in strings(document, "/spec/hostnames") {
                let heard = listeners.iter().any(|listener| {
                    listener.is_none_or(|name| {
                        name == host || name.strip_prefix('*').is_some_and(|rest| host.ends_with(rest))
                    })
                });
                if !heard {
                    problem(format!("{}: no listener for {host}", document.here()));
                }
            }
        }
    });
}

#[test]
pub(super) fn nobody_speaks_of_a_host_that_is_not_there() {
    each(|platform, problem| {
        let domain = platform.values.platform.domain.as_str();
        let configured = configured(platform);
        let host = Regex::new(&format!(r"[a-z0-9][a-z0-9.-]*\.{}\b", regex::escape(domain))).unwrap();
        // What the values themselves name is another domain, and right.
        let said = serde_json::to_value(&platform.values).unwrap().to_string();
        let elsewhere: BTreeSet<_> = host.find_iter(&said).map(|found| found.as_str().to_owned()).collect();
        for document in &platform.documents {
            walk(&document.data, &mut |path, value| {
                let Value::String(text) = value else { return };
                for found in host.find_iter(text).map(|found| found.as_str()) {
                    if !configured.contains_key(found) && !elsewhere.contains(found) {
                        problem(format!("{}: {path} speaks of {found}, which no section names", document.here()));
                    }
                }
            });
        }
    });
}

#[test]
pub(super) fn software_that_makes_links_knows_its_host() {
    // Those that write their own address into pages, mails and redirects.
    let linking = ["argo-cd", "kube-prometheus-stack", "oauth2-proxy"];
    each(|platform, problem| {
        for (host, owner) in configured(platform) {
            let Some(values) = platform.helm_values(&owner).filter(|_| linking.contains(&owner.as_str())) else {
                continue;
            };
            if !values.to_string().contains(&host) {
                problem(format!("services/{owner}/values.yaml does not say that it answers at {host}"));
            }
        }
    });
}

/// How each controller is told to ask oauth2-proxy first.
fn asks_for_a_login(platform: &Platform, document: &Document) -> bool {
    let text = document.data.to_string();
    match document.kind() {
        "Ingress" | "IngressRoute" => {
            text.contains("nginx.ingress.kubernetes.io/auth-url")
                || platform
                    .all("Middleware")
                    .any(|one| one.at("/spec/forwardAuth").is_some() && text.contains(one.name()))
        }
        "HTTPRoute" => platform.all("SecurityPolicy").any(|policy| {
            let targets = policy.at("/spec/targetRefs").and_then(Value::as_array).into_iter().flatten();
            let hit = targets.chain(policy.at("/spec/targetRef")).any(|one| one["name"] == document.name());
            hit && (policy.at("/spec/extAuth").is_some() || policy.at("/spec/oidc").is_some())
        }),
        _ => false,
    }
}

#[test]
pub(super) fn who_has_no_login_of_its_own_is_behind_one() {
    each(|platform, problem| {
        let applications = platform.values.applications.iter().filter(|(_, one)| one.enabled && one.protected);
        let mut protected: Vec<_> = applications.map(|(name, _)| name.as_str()).collect();
        protected.extend(Some("tekton").filter(|_| platform.has("tekton")));
        let hosts = configured(platform);
        for document in &platform.documents {
            let owners: Vec<_> = routed(document).iter().filter_map(|host| hosts.get(host)).cloned().collect();
            let login_path = document.data.to_string().contains("\"/oauth2");
            let closed = asks_for_a_login(platform, document);
            for owner in owners.iter().filter(|_| !login_path) {
                match (protected.contains(&owner.as_str()), closed) {
                    (true, false) => problem(format!("{} leads to {owner} without a login", document.here())),
                    (false, true) => problem(format!("{} asks for a second login before {owner}", document.here())),
                    _ => {}
                }
            }
        }
    });
}
