//! Several copies are there so that one is always up: a disruption budget keeps it so while nodes are replaced.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Finding, Forest, InCluster, Policy, Rule};
use crate::checks::CheckedFile;
use crate::checks::finding::Place;
use crate::checks::surroundings::folder;
use crate::diagnostic::{Code, Explanation};
use crate::manifest::Document;

pub(super) const POLICY: Policy = Policy {
    code: Code::MissingDisruptionBudget,
    explanation: Explanation {
        why: "An upgrade of the cluster drains one node after the other, and a drain takes every pod that nothing holds. \
              Two copies on one node, or on two nodes that are drained together, are gone at the same moment, although \
              they are two so that this can't happen.",
        mend: &[
            "Add a PodDisruptionBudget whose selector matches the labels of the pods, with `maxUnavailable: 1`.",
            "Applications get theirs from the platform as soon as `replicas` or `autoscaling.max` is more than one.",
        ],
        example: "error[missing-disruption-budget]: no disruption budget holds the 2 copies of Deployment `web`",
    },
    wrong: "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector:
    matchLabels:
      app.kubernetes.io/name: web
  template:
    metadata:
      labels:
        app.kubernetes.io/name: web
    spec:
      containers:
      - name: web
        image: registry.example.com/web:1.4.2
",
    right: "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector:
    matchLabels:
      app.kubernetes.io/name: web
  template:
    metadata:
      labels:
        app.kubernetes.io/name: web
    spec:
      containers:
      - name: web
        image: registry.example.com/web:1.4.2
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: web
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app.kubernetes.io/name: web
",
    cluster: InCluster::Not("it takes two objects, and the admission of one of them sees only that one"),
    rule: Rule::Tree(check),
};

/// Something that runs in several copies.
struct Workload<'a> {
    file: &'a CheckedFile<'a>,
    kind: String,
    name: String,
    namespace: String,
    /// Those of its pods, as far as they are known.
    labels: BTreeMap<String, String>,
    /// Where it says how many copies there are.
    copies: Option<(u64, Place)>,
}

/// The disruption budgets of a tree.
#[derive(Default)]
struct Budgets<'a> {
    /// The folders that one is in.
    folders: BTreeSet<&'a str>,
    /// The selectors of those in each namespace.
    selectors: BTreeMap<String, Vec<Value>>,
}

fn check(forest: &Forest<'_>) -> Vec<Finding> {
    let mut workloads = Vec::new();
    let mut budgets = Budgets::default();
    let mut scalers = BTreeMap::new();
    for file in &forest.tree.files {
        for (index, document) in file.documents.iter().enumerate() {
            let kind = document.text_at(&["kind"]).unwrap_or_default();
            match &*kind {
                "Deployment" | "StatefulSet" => workloads.push(workload(forest, file, index, document, &kind)),
                "PodDisruptionBudget" => {
                    budgets.folders.insert(folder(file.path.as_str()));
                    let selector = document.data_at(&["spec", "selector"]).unwrap_or_default();
                    budgets.selectors.entry(namespace(forest, file, document)).or_default().push(selector);
                }
                "HorizontalPodAutoscaler" => {
                    let text = |path: &[&str]| document.text_at(path).unwrap_or_default().into_owned();
                    let target = ["kind", "name"].map(|key| text(&["spec", "scaleTargetRef", key]));
                    let min = document.data_at(&["spec", "minReplicas"]).and_then(|min| min.as_u64());
                    let place = Place::new(file.path, index, &["spec", "minReplicas"]);
                    scalers.insert((namespace(forest, file, document), target), (min.unwrap_or(1), place));
                }
                _ => {}
            }
        }
    }
    let many = workloads.into_iter().filter_map(|workload| {
        let target = [workload.kind.clone(), workload.name.clone()];
        let scaled = scalers.get(&(workload.namespace.clone(), target)).cloned();
        let (copies, place) = scaled.or_else(|| workload.copies.clone()).filter(|(copies, _)| *copies > 1)?;
        (!budgets.guard(forest, &workload)).then(|| finding(&workload, copies, place))
    });
    many.collect()
}

fn finding(workload: &Workload<'_>, copies: u64, place: Place) -> Finding {
    let message = format!("no disruption budget holds the {copies} copies of {} `{}`", workload.kind, workload.name);
    Finding::error(Code::MissingDisruptionBudget, message, place)
        .help("add a PodDisruptionBudget for its pods, with `maxUnavailable: 1`")
}

fn namespace(forest: &Forest<'_>, file: &CheckedFile<'_>, document: &Document) -> String {
    let own = document.text_at(&["metadata", "namespace"]).unwrap_or_default();
    forest.around.namespace(file.path.as_str(), &own).to_owned()
}

fn workload<'a>(
    forest: &Forest<'_>,
    file: &'a CheckedFile<'a>,
    index: usize,
    document: &Document,
    kind: &str,
) -> Workload<'a> {
    let labels = document.data_at(&["spec", "template", "metadata", "labels"]).unwrap_or_default();
    let own = labels.as_object().into_iter().flatten();
    let own = own.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()));
    let overlaid = forest.around.overlay(file.path.as_str()).map(|overlay| overlay.labels.clone());
    let copies = document.data_at(&["spec", "replicas"]).and_then(|copies| copies.as_u64());
    Workload {
        file,
        kind: kind.to_owned(),
        name: document.text_at(&["metadata", "name"]).unwrap_or_default().into_owned(),
        namespace: namespace(forest, file, document),
        labels: own.chain(overlaid.into_iter().flatten()).collect(),
        copies: copies.map(|copies| (copies, Place::new(file.path, index, &["spec", "replicas"]))),
    }
}

impl Budgets<'_> {
    /// Whether one is about the pods of `workload`. The labels of a patch are not all known: there a budget in the same
    /// kustomization is enough.
    fn guard(&self, forest: &Forest<'_>, workload: &Workload<'_>) -> bool {
        let path = workload.file.path.as_str();
        if forest.patches.contains(path) && self.folders.contains(folder(path)) {
            return true;
        }
        let mut beside = self.selectors.get(&workload.namespace).into_iter().flatten();
        beside.any(|selector| selects(selector, &workload.labels))
    }
}

/// Whether a label selector matches `labels`.
pub(super) fn selects(selector: &Value, labels: &BTreeMap<String, String>) -> bool {
    let pairs = selector.get("matchLabels").and_then(Value::as_object);
    let equal = pairs.into_iter().flatten().all(|(key, value)| labels.get(key).is_some_and(|label| value == label));
    let expressions = selector.get("matchExpressions").and_then(Value::as_array).into_iter().flatten();
    equal
        && expressions.into_iter().all(|expression| {
            let label = expression["key"].as_str().and_then(|key| labels.get(key));
            let among = || {
                expression["values"].as_array().is_some_and(|all| {
                    all.iter().any(|one| Some(one.as_str().unwrap_or_default()) == label.map(String::as_str))
                })
            };
            match expression["operator"].as_str() {
                Some("In") => among(),
                Some("NotIn") => !among(),
                Some("Exists") => label.is_some(),
                Some("DoesNotExist") => label.is_none(),
                _ => false,
            }
        })
}
