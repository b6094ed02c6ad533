//! Secrets: what is rendered reads exactly those that the values ask for, with exactly those keys.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::{Document, Platform, each, walk};

/// Where charts are told the name of a Secret, whose keys they fix themselves.
const FIXED_KEYS: &[(&str, &str, &[&str])] = &[
    ("kube-prometheus-stack", "grafana.admin.existingSecret", &["admin-user", "admin-password"]),
    ("oauth2-proxy", "config.existingSecret", &["client-id", "client-secret", "cookie-secret"]),
];

/// Secrets that somebody makes inside the cluster, and why nobody has to seal them.
const MADE: &[(&str, &str, &str)] = &[
    ("cert-manager", "letsencrypt-staging-account", "cert-manager registers the account itself"),
    ("cert-manager", "letsencrypt-production-account", "cert-manager registers the account itself"),
];

/// Somebody reads `keys` of a Secret; of none that are known where only its name is said.
#[derive(Debug)]
struct Reading {
    namespace: String,
    secret: String,
    keys: Vec<String>,
    place: String,
}

fn text<'a>(map: &'a Value, key: &str) -> Option<&'a str> {
    map.get(key)?.as_str().filter(|text| !text.is_empty())
}

/// What one document reads.
fn readings(platform: &Platform, document: &Document) -> Vec<Reading> {
    let mut found = Vec::new();
    let mut add = |path: &str, secret: &str, keys: &[&str]| {
        let namespace = match document.kind() {
            // A ClusterIssuer has none of its own: it reads in the namespace of cert-manager.
            "ClusterIssuer" => "cert-manager",
            _ => platform.namespace_of(document),
        };
        found.push(Reading {
            namespace: namespace.to_owned(),
            secret: secret.to_owned(),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            place: format!("{}, {path}", document.here()),
        });
    };
    let mounts = mounts(&document.data);
    walk(&document.data, &mut |path, value| {
        if let Value::Object(map) = value {
            for (name, inner) in map {
                let path = format!("{path}.{name}");
                match (name.as_str(), inner) {
                    ("sealedSecretRef", _) => {}
                    (name, Value::Object(_))
                        if name.ends_with("SecretRef") || matches!(name, "secretKeyRef" | "secretRef") =>
                    {
                        if let Some(secret) = text(inner, "name") {
                            add(&path, secret, &text(inner, "key").into_iter().collect::<Vec<_>>());
                        }
                    }
                    // The client of an Envoy SecurityPolicy, which reads one key of it.
                    ("clientSecret", Value::Object(_)) => {
                        add(&path, text(inner, "name").unwrap_or_default(), &["client-secret"]);
                    }
                    (
                        "existingSecret" | "existingSecretName" | "configSecret" | "secretName" | "envFromSecret",
                        Value::String(secret),
                    ) if !secret.is_empty() => {
                        let siblings = ["userKey", "passwordKey", "key", "secretKey", "subPath"];
                        let keys: Vec<_> = siblings.iter().filter_map(|key| text(value, key)).collect();
                        let items = value.get("items").and_then(Value::as_array).into_iter().flatten();
                        let items: Vec<_> = items.filter_map(|item| text(item, "key")).collect();
                        add(&path, secret, &[keys, items].concat());
                    }
                    (
                        name @ ("envFromSecrets" | "imagePullSecrets" | "certificateRefs" | "secrets"),
                        Value::Array(items),
                    ) => {
                        let keys: &[_] = if name == "imagePullSecrets" { &[".dockerconfigjson"] } else { &[] };
                        for item in items {
                            let secret = item.as_str().or_else(|| text(item, "name"));
                            let is_rule = document.kind().ends_with("Role");
                            if let Some(secret) = secret.filter(|_| !is_rule) {
                                add(&path, secret, keys);
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
        if let Value::String(text) = value {
            for (secret, key) in files(text, &mounts).into_iter().chain(argo_references(document, text)) {
                add(path, &secret, &[&key]);
            }
        }
    });
    found
}

/// Files below the folder that the Prometheus operator mounts Secrets to.
static MOUNTED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("/etc/(?:alertmanager|prometheus)/secrets/([a-z0-9.-]+)/([A-Za-z0-9._-]+)").unwrap());

/// `$secret:key`, as Argo CD's own settings have it.
static ARGO_REFERENCE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\$([a-z0-9][a-z0-9.-]*):([A-Za-z0-9._-]+)").unwrap());

/// Folders that Secrets are mounted to: those that Helm values name, and that of the Prometheus operator.
fn mounts(data: &Value) -> BTreeMap<String, String> {
    let mut mounts = BTreeMap::new();
    walk(data, &mut |_, value| {
        if let (Some(folder), Some(secret)) = (text(value, "mountPath"), text(value, "secretName")) {
            mounts.insert(folder.trim_end_matches('/').to_owned(), secret.to_owned());
        }
    });
    mounts
}

/// The Secrets and keys behind the names of files in `text`.
fn files(text: &str, mounts: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let mut found: Vec<_> =
        MOUNTED.captures_iter(text).map(|captures| (captures[1].to_owned(), captures[2].to_owned())).collect();
    for (folder, secret) in mounts.iter().filter(|(folder, _)| text.contains(folder.as_str())) {
        let file = Regex::new(&format!("{}/([A-Za-z0-9._-]+)", regex::escape(folder))).unwrap();
        found.extend(file.captures_iter(text).map(|captures| (secret.clone(), captures[1].to_owned())));
    }
    found
}

/// `$secret:key`, as Argo CD's own settings have it.
fn argo_references(document: &Document, text: &str) -> Vec<(String, String)> {
    if document.owner() != "argo-cd" {
        return Vec::new();
    }
    ARGO_REFERENCE.captures_iter(text).map(|captures| (captures[1].to_owned(), captures[2].to_owned())).collect()
}

/// Secrets that cert-manager makes, by namespace and name.
fn certificates(platform: &Platform) -> BTreeSet<(String, String)> {
    let id = |one: &Document| (platform.namespace_of(one).to_owned(), one.text("/spec/secretName").to_owned());
    platform.all("Certificate").map(id).collect()
}

#[test]
pub(super) fn what_is_read_is_needed_and_what_is_needed_is_read() {
    each(|platform, problem| {
        let made = certificates(platform);
        let needs = platform.values.secret_needs();
        let mut read: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for document in platform.documents.iter().filter(|one| !matches!(one.kind(), "SealedSecret" | "Certificate")) {
            for reading in readings(platform, document) {
                let Reading { namespace, secret, mut keys, place } = reading;
                let is_made = MADE.iter().any(|(owner, name, _)| *owner == document.owner() && *name == secret);
                if is_made || made.contains(&(namespace.clone(), secret.clone())) {
                    continue;
                }
                let id = format!("{namespace}/{secret}");
                let Some(need) = needs.iter().find(|need| need.id.as_str() == id) else {
                    problem(format!("{place} reads the Secret {id}, which nobody makes and no section needs"));
                    continue;
                };
                for (owner, path, fixed) in FIXED_KEYS {
                    if *owner == document.owner() && place.ends_with(&format!(", {path}")) {
                        keys.extend(fixed.iter().map(|key| (*key).to_owned()));
                    }
                }
                let known: Vec<_> = need.keys.iter().map(|key| key.key.as_str()).collect();
                for key in keys.iter().filter(|key| !known.contains(&key.as_str())) {
                    problem(format!("{place} reads the key `{key}` of {id}, whose need has {known:?}"));
                }
                read.entry(need.id.as_str()).or_default().extend(keys);
            }
        }
        for need in &needs {
            let Some(keys) = read.get(need.id.as_str()) else {
                problem(format!("{} needs the Secret {}, and nothing reads it", need.readers.join(", "), need.id));
                continue;
            };
            for key in need.keys.iter().map(|key| key.key.as_str()).filter(|key| !keys.contains(*key)) {
                problem(format!(
                    "{} needs the key `{key}` of {}, and nothing reads it",
                    need.readers.join(", "),
                    need.id
                ));
            }
        }
    });
}

#[test]
pub(super) fn a_sealed_secret_is_rendered_once_where_it_is_read() {
    each(|platform, problem| {
        let mut rendered: BTreeMap<String, usize> = BTreeMap::new();
        for document in platform.all("SealedSecret") {
            *rendered.entry(format!("{}/{}", platform.namespace_of(document), document.name())).or_default() += 1;
        }
        let sealed: BTreeMap<_, _> = platform.values.sealed.keys().map(|id| (id.as_str().to_owned(), 1)).collect();
        if rendered != sealed {
            problem(format!("sealed are {sealed:?}, rendered {rendered:?}"));
        }
    });
}

#[test]
pub(super) fn what_is_sealed_carries_the_type_and_the_labels_that_its_reader_looks_for() {
    each(|platform, problem| {
        for need in platform.values.secret_needs() {
            let (namespace, name) = (need.id.namespace(), need.id.name());
            let sealed = platform.all("SealedSecret");
            let found = sealed.filter(|one| one.name() == name && platform.namespace_of(one) == namespace);
            for document in found {
                if document.text("/spec/template/type") != need.kind.as_str() {
                    problem(format!("{} has another type than `{}`", document.here(), need.kind));
                }
                for (label, value) in &need.labels {
                    let pointer = format!("/spec/template/metadata/labels/{}", label.replace('/', "~1"));
                    if document.text(&pointer) != *value {
                        problem(format!("{} lacks the label {label}={value}", document.here()));
                    }
                }
            }
        }
    });
}

#[test]
pub(super) fn no_helm_value_holds_a_password() {
    // What a key of this name holds is the name of a Secret, of a key in it, or a file: never the thing itself.
    let secret = Regex::new("(?i)(password|passwd|secret|token|apikey|api_key|accesskey|credential)$").unwrap();
    let harmless = Regex::new(r"^(\$\{?[A-Za-z_]|\$__|/|$)").unwrap();
    each(|platform, problem| {
        let needs = platform.values.secret_needs();
        let names: BTreeSet<_> = needs.iter().map(|need| need.id.name()).collect();
        let keys: BTreeSet<_> = needs.iter().flat_map(|need| &need.keys).map(|key| key.key.as_str()).collect();
        let is_open = |one: &&Document| !one.owner().is_empty() && one.kind() != "SealedSecret";
        for document in platform.documents.iter().filter(is_open) {
            walk(&document.data, &mut |path, value| {
                let (Some(text), Some(name)) = (value.as_str(), path.rsplit('.').next()) else { return };
                let known = names.contains(text) || keys.contains(text) || harmless.is_match(text);
                if secret.is_match(name) && !known {
                    problem(format!("{}: {path} holds the text `{text}`", document.path));
                }
            });
        }
    });
}
