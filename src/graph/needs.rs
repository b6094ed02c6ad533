//! Which Application has to be there before another one: whoever brings the kinds, issuers and ingress classes that the
//! other's files use.
//!
//! Files tell what is used. Who brings a kind stands in them only where the tree has its `CustomResourceDefinition`; most
//! come inside of Helm charts, so a small table names those. A reference that nobody in the tree answers is no edge.

use std::collections::{BTreeMap, BTreeSet};

use super::read::{Documents, text};
use super::{Application, Need};
use crate::yaml::Node;

/// API groups, and the charts that bring their kinds, best first.
const KINDS: [(&str, &[&str]); 12] = [
    ("bitnami.com", &["sealed-secrets"]),
    ("cert-manager.io", &["cert-manager"]),
    ("gateway.envoyproxy.io", &["gateway-crds-helm", "gateway-helm"]),
    ("gateway.networking.k8s.io", &["gateway-crds-helm", "gateway-helm", "traefik-crds", "traefik"]),
    ("kyverno.io", &["kyverno"]),
    ("policies.kyverno.io", &["kyverno"]),
    ("monitoring.coreos.com", &["prometheus-operator-crds", "kube-prometheus-stack"]),
    ("operator.tekton.dev", &["tekton-operator"]),
    ("tekton.dev", &["tekton-operator", "tekton-pipeline"]),
    ("traefik.io", &["traefik-crds", "traefik"]),
    ("triggers.tekton.dev", &["tekton-operator"]),
    ("aquasecurity.github.io", &["trivy-operator"]),
];

/// Ingress classes, and the charts that serve them.
const CLASSES: [(&str, &[&str]); 2] = [("nginx", &["ingress-nginx"]), ("traefik", &["traefik"])];

/// The needs of `applications`, each of which applies the files in `owned` at its place.
pub(super) fn needs(applications: &[Application], owned: &[&BTreeSet<&str>], documents: &Documents<'_>) -> Vec<Need> {
    let providers = Providers::of(applications, owned, documents);
    let mut found: BTreeMap<(usize, usize), BTreeSet<String>> = BTreeMap::new();
    for (from, files) in owned.iter().enumerate() {
        for node in nodes(files, documents) {
            for (to, reason) in providers.of_document(node) {
                if to != from {
                    found.entry((from, to)).or_default().insert(reason);
                }
            }
        }
    }
    found.into_iter().map(|((from, to), reasons)| Need { from, to, reasons: reasons.into_iter().collect() }).collect()
}

fn nodes<'d>(files: &'d BTreeSet<&str>, documents: &'d Documents<'_>) -> impl Iterator<Item = &'d Node> {
    files.iter().filter_map(|file| documents.get(file)).flatten()
}

/// Who brings what.
struct Providers<'d> {
    /// By API group, for groups whose `CustomResourceDefinition`s are in the tree.
    definitions: BTreeMap<&'d str, usize>,
    /// By name, for issuers of the whole cluster.
    issuers: BTreeMap<&'d str, usize>,
    /// By the name of a chart.
    charts: BTreeMap<&'d str, usize>,
}

impl<'d> Providers<'d> {
    fn of(applications: &'d [Application], owned: &'d [&BTreeSet<&str>], documents: &'d Documents<'_>) -> Self {
        let mut this = Self { definitions: BTreeMap::new(), issuers: BTreeMap::new(), charts: BTreeMap::new() };
        for (index, (application, files)) in applications.iter().zip(owned).enumerate() {
            for chart in &application.charts {
                this.charts.entry(&chart.name).or_insert(index);
            }
            for node in nodes(files, documents) {
                match text(node, &["kind"]) {
                    "CustomResourceDefinition" => drop(this.definitions.insert(text(node, &["spec", "group"]), index)),
                    "ClusterIssuer" => drop(this.issuers.insert(text(node, &["metadata", "name"]), index)),
                    _ => {}
                }
            }
        }
        this
    }

    /// Who brings what a document uses, and what that is.
    fn of_document(&self, node: &Node) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        let group = text(node, &["apiVersion"]).split_once('/').map_or("", |(group, _)| group);
        let defined = self.definitions.get(group).copied().or_else(|| self.chart(&KINDS, group));
        found.extend(defined.map(|to| (to, format!("kinds of {group}"))));
        let annotated = text(node, &["metadata", "annotations", "cert-manager.io/cluster-issuer"]);
        for issuer in [text(node, &["spec", "issuerRef", "name"]), annotated] {
            found.extend(self.issuers.get(issuer).map(|to| (*to, format!("issuer {issuer}"))));
        }
        let class = text(node, &["spec", "ingressClassName"]);
        found.extend(self.chart(&CLASSES, class).map(|to| (to, format!("ingress class {class}"))));
        found
    }

    fn chart(&self, table: &[(&str, &[&str])], name: &str) -> Option<usize> {
        let (_, charts) = table.iter().find(|(known, _)| *known == name)?;
        charts.iter().find_map(|chart| self.charts.get(chart).copied())
    }
}
