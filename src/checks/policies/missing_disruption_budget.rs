//! Several copies are there so that one is always up: a disruption budget keeps it so while nodes are replaced.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, Forest, InCluster, Policy, Rule};
use crate::checks::facts::{Cursor, Labels, Selector};
use crate::checks::finding::Place;
use crate::checks::inventory::Listed;
use crate::checks::surroundings::folder;
use crate::diagnostic::{Code, Explanation};

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
    path: &'a str,
    kind: &'a str,
    name: String,
    namespace: String,
    /// Those of its pods, as far as they are known.
    labels: Labels,
    /// Where it says how many copies there are.
    copies: Option<(u64, Place)>,
}

/// The disruption budgets of a tree.
#[derive(Default)]
struct Budgets<'a> {
    /// The folders that one is in.
    folders: BTreeSet<&'a str>,
    /// The selectors of those in each namespace.
    selectors: BTreeMap<String, Vec<Selector>>,
}

fn check(forest: &Forest<'_>) -> Vec<Finding> {
    let mut workloads = Vec::new();
    let mut budgets = Budgets::default();
    let mut scalers = BTreeMap::new();
    for listed in forest.inventory {
        let number = |path: &[&str]| listed.document.data_at(path).and_then(|number| number.as_u64());
        match &*listed.kind {
            "Deployment" | "StatefulSet" => workloads.push(workload(forest, listed, number(&["spec", "replicas"]))),
            "PodDisruptionBudget" => {
                budgets.folders.insert(folder(listed.file.path.as_str()));
                let selector = listed.document.data_at(&["spec", "selector"]).unwrap_or_default();
                let selector = Selector::at(&Cursor::new(&selector));
                budgets.selectors.entry(forest.namespace(listed)).or_default().push(selector);
            }
            "HorizontalPodAutoscaler" => {
                let target = ["kind", "name"].map(|key| listed.text(&["spec", "scaleTargetRef", key]).into_owned());
                let copies = number(&["spec", "minReplicas"]).unwrap_or(1);
                let place = listed.place(&["spec", "minReplicas"]);
                scalers.insert((forest.namespace(listed), target), (copies, place));
            }
            _ => {}
        }
    }
    let many = workloads.into_iter().filter_map(|workload| {
        let target = [workload.kind.to_owned(), workload.name.clone()];
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

fn workload<'a>(forest: &Forest<'_>, listed: &'a Listed<'a>, copies: Option<u64>) -> Workload<'a> {
    let path = listed.file.path.as_str();
    let labels = listed.document.data_at(&["spec", "template", "metadata", "labels"]).unwrap_or_default();
    let mut labels = Labels::of(&labels);
    if let Some(overlay) = forest.around.overlay(path) {
        labels.add(overlay.labels.clone());
    }
    Workload {
        path,
        kind: &listed.kind,
        name: listed.text(&["metadata", "name"]).into_owned(),
        namespace: forest.namespace(listed),
        labels,
        copies: copies.map(|copies| (copies, listed.place(&["spec", "replicas"]))),
    }
}

impl Budgets<'_> {
    /// Whether one is about the pods of `workload`. The labels of a patch are not all known: there a budget in the same
    /// kustomization is enough.
    fn guard(&self, forest: &Forest<'_>, workload: &Workload<'_>) -> bool {
        if forest.around.is_patch(workload.path) && self.folders.contains(folder(workload.path)) {
            return true;
        }
        let mut beside = self.selectors.get(&workload.namespace).into_iter().flatten();
        beside.any(|selector| selector.matches(&workload.labels))
    }
}
