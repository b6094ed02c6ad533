//! This repository's platform as a whole: what its files say about each other holds.
//!
//! Every check runs over all [`platforms`], and collects all that it finds. None knows a template: they read what is
//! rendered, and what the values ask for.

mod controllers;
mod drift;
mod eyes;
mod names;
mod overrides;
mod placement;
mod projects;
mod references;
mod routes;
mod secrets;
mod switches;
mod waves;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize as _;
use serde_json::Value;
use supercargo::diagnostic::{Diagnostics, Severity};
use supercargo::model::{EnvironmentName, Values};
use supercargo::pipeline::Workspace;
use supercargo::project::Project;
use supercargo::tree::Tree;

use crate::support::repository;

/// The values and templates of this repository, read once.
static WORKSPACE: LazyLock<Workspace> = LazyLock::new(|| {
    let (project, found) = Project::load(repository()).unwrap();
    assert!(!found.has_errors(), "{found:?}");
    Workspace::open(&project).unwrap()
});

/// Each environment as it is, and what the values can make of it, also with every secret that this needs.
static PLATFORMS: LazyLock<Vec<Platform>> = LazyLock::new(|| {
    let variant = |environment, name, sets: &[&str]| {
        // What is sealed in the repository belongs to the environment as it is: a service that is off has no secrets.
        let sets: Vec<_> = [NOTHING_SEALED].iter().chain(sets).copied().collect();
        Platform::of(environment, name, &sets).unwrap_or_else(|found| panic!("{environment}, {name}: {found}"))
    };
    let mut platforms = Vec::new();
    for environment in ["dev", "prod"] {
        platforms.push(Platform::of(environment, "as it is", &[""; 0]).unwrap());
        platforms.extend(VARIANTS.iter().map(|(name, sets)| variant(environment, name, sets)));
        let sealed = SEALED_VARIANTS.iter().map(|(name, sets)| variant(environment, name, sets).with_its_secrets());
        platforms.extend(sealed);
    }
    platforms
});

/// Takes all sealed secrets away.
const NOTHING_SEALED: &str = "sealed=null";

/// What `--set` makes of each environment.
const VARIANTS: &[(&str, &[&str])] = &[
    ("nginx", NGINX),
    ("Traefik", TRAEFIK),
    ("Envoy Gateway", ENVOY_GATEWAY),
    ("everything on", EVERYTHING_ON),
    ("another provider", OTHER_PROVIDER),
    ("twice of everything", TWICE),
    ("no monitoring", &["services.kubePrometheusStack.enabled=false"]),
    ("no certificates", NO_CERTIFICATES),
    ("charts", CHARTS),
];

/// The same, where each secret is sealed that they need.
const SEALED_VARIANTS: &[(&str, &[&str])] = &[
    ("everything on, sealed", EVERYTHING_ON),
    ("certificates by DNS", &["services.certManager.issuers.solver=dns01"]),
    ("an application", APPLICATION),
    ("a delivery", DELIVERY),
    ("webhooks and alerts", ALERTS),
    ("a secret beside the controller", &["sealed.kube-system/more.encryptedData.key=AgAAAAAAAAAAAAAAAAAAAAAAAAA="]),
];

pub(super) const NGINX: &[&str] = &[
    "services.ingress.controller=nginx",
    "services.ingress.chart={repository: https://kubernetes.github.io/ingress-nginx, name: ingress-nginx, version: 4.15.1}",
    "services.ingress.namespace=ingress-nginx",
];
pub(super) const TRAEFIK: &[&str] = &[
    "services.ingress.controller=traefik",
    "services.ingress.chart={repository: https://traefik.github.io/charts, name: traefik, version: 41.3.0}",
    "services.ingress.namespace=traefik",
];
pub(super) const ENVOY_GATEWAY: &[&str] = &[
    "services.ingress.controller=envoyGateway",
    "services.ingress.chart={repository: oci://docker.io/envoyproxy, name: gateway-helm, version: v1.9.0}",
    "services.ingress.crdsChart={repository: oci://docker.io/envoyproxy, name: gateway-crds-helm, version: v1.9.0}",
    "services.ingress.namespace=envoy-gateway-system",
];
const EVERYTHING_ON: &[&str] =
    &["services.kyverno.enabled=true", "services.falco.enabled=true", "services.trivyOperator.enabled=true"];
const TWICE: &[&str] =
    &["services.argoCd.highAvailability=true", "services.ingress.replicas=3", "services.kyverno.replicas=3"];
const ALERTS: &[&str] = &[
    "services.argoCd.webhookSecret=argocd-webhook",
    "services.kubePrometheusStack.alerts.receivers={chat: {type: slack}, pager: {type: pagerduty}, hook: {type: webhook}}",
    "services.kubePrometheusStack.alerts.warning=chat",
    "services.kubePrometheusStack.alerts.critical=pager",
];
/// Two charts without a template, the second in the project of the first.
const CHARTS: &[&str] = &[
    "charts.kured={repository: https://charts.example.com, chart: kured, version: 1.0.0, namespace: kured, placement: [\"\"]}",
    "charts.more={repository: oci://registry.example.com/charts, chart: more, version: 1.0.0, namespace: more, project: kured, \
     pool: workloads, placement: [agent]}",
];
const NO_CERTIFICATES: &[&str] = &[
    "services.certManager.enabled=false",
    "services.oauth2Proxy.enabled=false",
    "services.tekton.enabled=false",
    "applications.lofi.pipeline=null",
    "policies.severities.missing-tls={level: off, reason: TLS ends before the cluster}",
];
const OTHER_PROVIDER: &[&str] = &[
    "identity.provider=oidc",
    "identity.issuer=https://login.example.org/realms/platform",
    "identity.groupsClaim=groups",
    "identity.endpoints={authorization: https://login.example.org/auth, token: https://login.example.org/token, userinfo: https://login.example.org/userinfo}",
];
const APPLICATION: &[&str] = &[
    "applications.radio={source: {path: application/radio}, port: 8080, host: radio, protected: true, \
     image: registry.example.com/example/radio@sha256:0000000000000000000000000000000000000000000000000000000000000000, \
     secretEnv: {TOKEN: {secret: radio, key: token}}}",
    "applications.desk={source: {repository: https://git.example.com/desk.git}, port: 8080, namespace: shared, \
     image: registry.example.com/example/desk@sha256:0000000000000000000000000000000000000000000000000000000000000000, \
     autoscaling: {min: 1, max: 3}, resources: {requests: {cpu: 10m}}, pullSecret: registry, metrics: {}}",
];

const DELIVERY: &[&str] = &[
    "applications.radio={source: {path: application/radio}, port: 8080, host: radio, pipeline: {language: rust}, \
     image: registry.example.com/example/radio@sha256:0000000000000000000000000000000000000000000000000000000000000000}",
    // The images of tasks are those that the values have by default, which are no digests.
    "policies.imageDigests=optional",
];

/// All platforms that the checks look at.
fn platforms() -> &'static [Platform] {
    &PLATFORMS
}

/// One rendered environment.
struct Platform {
    environment: &'static str,
    /// What messages call it.
    name: String,
    sets: Vec<String>,
    values: Values,
    tree: Tree,
    documents: Vec<Document>,
}

/// One document of a rendered YAML file.
struct Document {
    path: String,
    data: Value,
}

impl Platform {
    fn of(environment: &'static str, variant: &str, sets: &[impl AsRef<str>]) -> Result<Self, String> {
        let sets: Vec<_> = sets.iter().map(|set| set.as_ref().to_owned()).collect();
        let text = |found: Diagnostics| {
            found
                .iter()
                .filter(|one| one.severity == Severity::Error)
                .map(|one| one.message.clone())
                .collect::<Vec<_>>()
                .join("; ")
        };
        let inputs = WORKSPACE.inputs(&EnvironmentName::parse(environment).unwrap(), &sets).map_err(text)?;
        let (values, _) = WORKSPACE.values(&inputs).map_err(text)?;
        let tree = WORKSPACE.render(&inputs).map_err(text)?.tree;
        let documents = documents(&tree);
        Ok(Self { environment, name: format!("{environment}, {variant}"), sets, values, tree, documents })
    }

    /// The same with a sealed secret for everything that it needs.
    fn with_its_secrets(&self) -> Self {
        let sealed = self.values.secret_needs().into_iter().flat_map(|need| {
            let id = need.id.as_str().replace('.', "\\.");
            let keys = need.keys.into_iter().map(|key| {
                let key = key.key.as_str().replace('.', "\\.");
                format!("sealed.{id}.encryptedData.{key}=AgAAAAAAAAAAAAAAAAAAAAAAAAA=")
            });
            keys.chain([format!("sealed.{id}.type={}", need.kind)]).collect::<Vec<_>>()
        });
        let sets: Vec<_> = self.sets.iter().cloned().chain(sealed).collect();
        let mut sealed = Self::of(self.environment, "", &sets).unwrap_or_else(|found| panic!("{}: {found}", self.name));
        sealed.name.clone_from(&self.name);
        sealed
    }

    /// Whether the service `name` is installed.
    fn has(&self, name: &str) -> bool {
        self.values.services.iter().any(|(service, _)| service == name)
    }

    /// The documents of a kind.
    fn all<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Document> {
        self.documents.iter().filter(move |document| document.kind() == kind)
    }

    /// The Applications of the App of Apps and those of their parts by name.
    fn applications(&self) -> BTreeMap<&str, &Document> {
        let applications = self.all("Application").filter(|document| !document.path.starts_with("bootstrap/"));
        applications.map(|document| (document.name(), document)).collect()
    }

    /// The Helm values of the service or chart `name`.
    fn helm_values(&self, name: &str) -> Option<&Value> {
        let paths = [format!("services/{name}/values.yaml"), format!("charts/{name}/values.yaml")];
        self.documents.iter().find(|document| paths.contains(&document.path)).map(|document| &document.data)
    }

    /// The namespace that `document` goes to.
    fn namespace_of<'a>(&'a self, document: &'a Document) -> &'a str {
        document.at("/metadata/namespace").and_then(Value::as_str).unwrap_or_else(|| {
            let application = self.applications().get(document.applied_by().as_str()).copied();
            application.map_or("", |application| application.text("/spec/destination/namespace"))
        })
    }
}

impl Document {
    fn at(&self, pointer: &str) -> Option<&Value> {
        self.data.pointer(pointer)
    }

    /// The text at `pointer`; empty where there is none.
    fn text(&self, pointer: &str) -> &str {
        self.at(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    fn kind(&self) -> &str {
        self.text("/kind")
    }

    fn name(&self) -> &str {
        self.text("/metadata/name")
    }

    /// The API group of its kind; empty for Kubernetes' first one, and for Helm values.
    fn group(&self) -> &str {
        self.text("/apiVersion").split_once('/').map_or("", |(group, _)| group)
    }

    /// The service, chart or application that it belongs to.
    fn owner(&self) -> &str {
        let mut segments = self.path.split('/');
        match segments.next() {
            Some("services" | "charts" | "applications") => segments.next().unwrap_or_default(),
            _ => "",
        }
    }

    /// The Argo CD Application that applies it: its owner's, or that of one of its parts.
    fn applied_by(&self) -> String {
        match self.path.split('/').collect::<Vec<_>>()[..] {
            ["applications", name, part, _, ..] => format!("{name}-{part}"),
            _ => self.owner().to_owned(),
        }
    }

    /// Whether somebody applies it, in contrast to Helm values and the lists of kustomize.
    fn is_manifest(&self) -> bool {
        !self.kind().is_empty() && self.kind() != "Kustomization"
    }

    /// The order of sync within its Application, or of the Application within the App of Apps.
    fn wave(&self) -> i64 {
        self.text("/metadata/annotations/argocd.argoproj.io~1sync-wave").parse().unwrap_or(0)
    }

    fn here(&self) -> String {
        match (self.kind(), self.name()) {
            ("", _) => self.path.clone(),
            (kind, name) => format!("{}: {kind} {name}", self.path),
        }
    }
}

/// The documents of all YAML files.
fn documents(tree: &Tree) -> Vec<Document> {
    let yaml = tree.files.iter().filter(|(path, _)| path.as_str().strip_suffix(".yaml").is_some());
    let documents = yaml.flat_map(|(path, file)| {
        let path = path.as_str().to_owned();
        serde_yaml::Deserializer::from_str(&file.text)
            .map(move |document| Document { path: path.clone(), data: Value::deserialize(document).unwrap() })
    });
    documents.collect()
}

/// Every map and list in `value` and itself, with the dotted path to it.
fn walk<'a>(value: &'a Value, look: &mut dyn FnMut(&str, &'a Value)) {
    fn below<'a>(path: &str, value: &'a Value, look: &mut dyn FnMut(&str, &'a Value)) {
        look(path, value);
        let step = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| below(&step(key), value, look)),
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(index, value)| below(&step(&index.to_string()), value, look));
            }
            _ => {}
        }
    }
    below("", value, look);
}

/// Problems by what they say, each with the platforms that have it.
#[derive(Default)]
struct Problems(BTreeMap<String, Vec<String>>);

impl Problems {
    fn add(&mut self, platform: &Platform, problem: impl Into<String>) {
        let names = self.0.entry(problem.into()).or_default();
        if !names.contains(&platform.name) {
            names.push(platform.name.clone());
        }
    }

    /// Fails with all of them, if there are some.
    #[track_caller]
    fn assert_none(self) {
        let lines = self.0.iter().map(|(problem, names)| {
            let more = if names.len() > 1 { format!(" and {} more", names.len() - 1) } else { String::new() };
            format!("* {problem}\n      ({}{more})", names[0])
        });
        let lines: Vec<_> = lines.collect();
        assert!(lines.is_empty(), "{} problems:\n{}", lines.len(), lines.join("\n"));
    }
}

/// Runs `check` on every platform.
#[track_caller]
fn each(check: impl Fn(&Platform, &mut dyn FnMut(String))) {
    let mut problems = Problems::default();
    let fault = eyes::FAULT.take();
    for platform in fault.as_ref().map_or(platforms(), std::slice::from_ref) {
        check(platform, &mut |problem| problems.add(platform, problem));
    }
    problems.assert_none();
}

/// Whether `word` stands in `text` by itself: not as a part of a longer name.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part))
}
