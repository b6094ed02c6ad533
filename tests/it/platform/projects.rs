//! Namespaces and projects: each namespace has one maker, and each project allows what it takes and no more.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Document, Platform, each};

/// Those that Kubernetes makes itself.
pub(super) const OF_KUBERNETES: [&str; 4] = ["default", "kube-system", "kube-public", "kube-node-lease"];

/// Namespaces beside its own that a chart writes to, which no rendered file shows.
const WRITES_ALSO_TO: &[(&str, &str, &str)] = &[
    ("kube-prometheus-stack", "kube-system", "Services by which Prometheus finds CoreDNS and the kubelets"),
    ("kube-prometheus-stack", "node-exporter", "what looks at the nodes, apart from Grafana, which faces the Internet"),
    ("metrics-server", "kube-system", "the right to read how the API server is authenticated"),
    ("tekton", "tekton-pipelines", "what the operator installs: its own Application writes the route to the dashboard"),
];

/// The cluster-wide kinds that our own manifests may hold, by API group and kind.
fn is_cluster_wide(document: &Document) -> bool {
    let kinds = [
        "Namespace",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "ClusterIssuer",
        "GatewayClass",
        "IngressClass",
        "ClusterPolicy",
        "ValidatingPolicy",
        "MutatingPolicy",
        "StorageClass",
        "PriorityClass",
        "APIService",
        "TektonConfig",
        "ClusterTriggerBinding",
        "ClusterInterceptor",
        "ClusterRoleList",
        "ValidatingWebhookConfiguration",
        "MutatingWebhookConfiguration",
        "ClusterComplianceReport",
    ];
    kinds.contains(&document.kind())
}

/// The names in a list of maps.
fn set<'a>(document: &'a Document, list: &str, key: &str) -> BTreeSet<&'a str> {
    let items = document.at(list).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| item.get(key)?.as_str()).collect()
}

/// The project that an Application is in.
fn project<'a>(platform: &'a Platform, application: &Document) -> Option<&'a Document> {
    let name = application.text("/spec/project");
    platform.all("AppProject").find(|project| project.name() == name)
}

/// Where the Applications of each project put things, as far as files show.
fn namespaces_of_projects(platform: &Platform) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut found: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (name, application) in platform.applications() {
        let namespaces = found.entry(application.text("/spec/project")).or_default();
        namespaces.insert(application.text("/spec/destination/namespace"));
        let own = platform.documents.iter().filter(|one| one.applied_by() == name && one.is_manifest());
        namespaces.extend(own.filter(|one| !is_cluster_wide(one)).map(|one| platform.namespace_of(one)));
    }
    found
}

#[test]
pub(super) fn every_namespace_in_use_is_made_once_and_every_one_made_is_in_use() {
    each(|platform, problem| {
        let mut made: BTreeMap<&str, usize> = BTreeMap::new();
        for document in platform.all("Namespace") {
            *made.entry(document.name()).or_default() += 1;
        }
        let allowed = platform.all("AppProject").flat_map(|project| set(project, "/spec/destinations", "namespace"));
        let used: BTreeSet<_> = namespaces_of_projects(platform).into_values().flatten().chain(allowed).collect();
        for name in used.iter().filter(|name| !OF_KUBERNETES.contains(name)) {
            match made.get(name) {
                Some(1) => {}
                Some(times) => problem(format!("the namespace {name} is made {times} times")),
                None => problem(format!("the namespace {name} is used and nobody makes it")),
            }
        }
        for name in made.keys().filter(|name| !used.contains(*name) || OF_KUBERNETES.contains(name)) {
            problem(format!("the namespace {name} is made, and nothing needs it made"));
        }
        for document in platform.all("Namespace") {
            let labels = document.at("/metadata/labels").and_then(Value::as_object);
            if labels.is_none_or(|labels| !labels.keys().any(|key| key.starts_with("pod-security.kubernetes.io/"))) {
                problem(format!("{} says nothing of Pod Security", document.here()));
            }
        }
    });
}

#[test]
pub(super) fn projects_allow_the_namespaces_that_are_written_to_and_no_others() {
    each(|platform, problem| {
        for (name, used) in namespaces_of_projects(platform) {
            let Some(project) = platform.all("AppProject").find(|project| project.name() == name) else {
                problem(format!("there is no AppProject {name}"));
                continue;
            };
            let also = WRITES_ALSO_TO.iter().filter(|(owner, ..)| *owner == name).map(|(_, namespace, _)| *namespace);
            let expected: BTreeSet<_> = used.into_iter().chain(also).collect();
            let allowed = set(project, "/spec/destinations", "namespace");
            for namespace in expected.difference(&allowed) {
                problem(format!("AppProject {name} does not allow the namespace {namespace}, which is written to"));
            }
            for namespace in allowed.difference(&expected) {
                problem(format!(
                    "AppProject {name} allows the namespace {namespace}, and nothing is known to write to it"
                ));
            }
        }
    });
}

#[test]
pub(super) fn projects_allow_the_sources_of_their_applications_and_no_others() {
    each(|platform, problem| {
        let mut used: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for application in platform.applications().into_values() {
            let sources = used.entry(application.text("/spec/project")).or_default();
            sources.extend(set(application, "/spec/sources", "repoURL"));
            sources.extend(Some(application.text("/spec/source/repoURL")).filter(|url| !url.is_empty()));
        }
        for project in platform.all("AppProject").filter(|project| project.path.starts_with("apps/")) {
            let allowed = project.at("/spec/sourceRepos").and_then(Value::as_array).into_iter().flatten();
            let allowed: Vec<_> = allowed.filter_map(Value::as_str).collect();
            let distinct: BTreeSet<_> = allowed.iter().copied().collect();
            if distinct.len() != allowed.len() {
                problem(format!("{} names a source twice: {allowed:?}", project.here()));
            }
            match used.get(project.name()) {
                None => problem(format!("no Application is in the AppProject {}", project.name())),
                Some(used) if *used != distinct => {
                    problem(format!(
                        "AppProject {} allows the sources {distinct:?}, used are {used:?}",
                        project.name()
                    ));
                }
                Some(_) => {}
            }
        }
    });
}

#[test]
pub(super) fn projects_allow_the_cluster_wide_kinds_of_our_own_manifests() {
    each(|platform, problem| {
        for (name, application) in platform.applications() {
            let Some(project) = project(platform, application) else { continue };
            let allowed = project.at("/spec/clusterResourceWhitelist").and_then(Value::as_array).into_iter().flatten();
            let allowed: BTreeSet<_> = allowed.map(|one| (one["group"].as_str(), one["kind"].as_str())).collect();
            let own = platform.documents.iter().filter(|one| one.applied_by() == name && is_cluster_wide(one));
            for document in own.filter(|one| !allowed.contains(&(Some(one.group()), Some(one.kind())))) {
                problem(format!("AppProject {} does not allow {}", project.name(), document.here()));
            }
        }
    });
}

#[test]
pub(super) fn every_folder_that_an_application_reads_is_rendered_and_every_folder_is_read() {
    each(|platform, problem| {
        let base = format!("out/{}/", platform.environment);
        let mut read = BTreeSet::from(["apps".to_owned(), "bootstrap".to_owned()]);
        for application in platform.applications().into_values() {
            let sources = application.at("/spec/sources").and_then(Value::as_array).into_iter().flatten();
            for source in sources.chain(application.at("/spec/source")) {
                let folder = source["path"].as_str().map(ToOwned::to_owned);
                let files = source["helm"]["valueFiles"].as_array().into_iter().flatten();
                let files = files.filter_map(|file| file.as_str()?.strip_prefix("$values/").map(ToOwned::to_owned));
                for path in folder.into_iter().chain(files) {
                    let Some(path) = path.strip_prefix(&base) else {
                        problem(format!("{} reads {path}, outside of {base}", application.here()));
                        continue;
                    };
                    let below = format!("{path}/");
                    if !platform
                        .tree
                        .files
                        .keys()
                        .any(|file| file.as_str() == path || file.as_str().starts_with(&below))
                    {
                        problem(format!("{} reads {path}, which is not rendered", application.here()));
                    }
                    read.insert(path.to_owned());
                }
            }
        }
        for path in platform.tree.files.keys().map(supercargo::tree::OutputPath::as_str) {
            if !read.iter().any(|known| {
                path.strip_prefix(known.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }) {
                problem(format!("{path} is rendered, and no Application reads it"));
            }
        }
    });
}
