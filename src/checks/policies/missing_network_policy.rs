//! Where no network policy selects a pod, everything in the cluster reaches it.

use std::collections::{BTreeMap, BTreeSet};

use super::pods::is_workload;
use super::{Finding, Forest, InCluster, Policy, Rule};
use crate::checks::finding::Place;
use crate::diagnostic::{Code, Explanation};

pub(super) const POLICY: Policy = Policy {
    code: Code::MissingNetworkPolicy,
    explanation: Explanation {
        why: "Pods of all namespaces reach each other unless a NetworkPolicy says otherwise. Whoever breaks into one \
              program then speaks to every other, past the ingress and its login.",
        mend: &[
            "Leave `applications.NAME.networkPolicy.enabled` on, its default, and name who else has to come in under \
             `networkPolicy.from`.",
            "In a namespace of your own, add a NetworkPolicy that selects its pods: one with `podSelector: {}` and the \
             `policyTypes: [Ingress]` closes it, further ones open what is needed.",
        ],
        example: "error[missing-network-policy]: no network policy guards the namespace `shop`",
    },
    wrong: "\
apiVersion: v1
kind: Namespace
metadata:
  name: shop
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
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
apiVersion: v1
kind: Namespace
metadata:
  name: shop
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: closed
  namespace: shop
spec:
  podSelector: {}
  policyTypes:
  - Ingress
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
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
    cluster: InCluster::Not("it is about what is not there, and admission sees only what comes"),
    rule: Rule::Tree(check),
};

fn check(forest: &Forest<'_>) -> Vec<Finding> {
    let mut guarded = BTreeSet::new();
    let mut spaces = BTreeMap::new();
    // Namespaces in which something runs, each with the first document that says so.
    let mut used: BTreeMap<String, (Place, String)> = BTreeMap::new();
    for listed in forest.inventory {
        let place = || listed.place(&["metadata", "name"]);
        match &*listed.kind {
            "NetworkPolicy" | "CiliumNetworkPolicy" => {
                guarded.insert(forest.namespace(listed));
            }
            "Namespace" => {
                spaces.insert(listed.text(&["metadata", "name"]).into_owned(), place());
            }
            // What others make of it elsewhere is no pod here.
            "TriggerTemplate" | "Pipeline" => {}
            kind if is_workload(kind) => {
                let who = || format!("{kind} `{}`", listed.text(&["metadata", "name"]));
                used.entry(forest.namespace(listed)).or_insert_with(|| (place(), who()));
            }
            _ => {}
        }
    }
    let open = used.into_iter().filter(|(namespace, _)| {
        !namespace.is_empty() && !guarded.contains(namespace) && !forest.around.is_platform(namespace)
    });
    let finding = |(namespace, (place, who)): (String, (Place, String))| {
        let message = format!("no network policy guards the namespace `{namespace}`");
        let (at, other) = match spaces.get(&namespace) {
            Some(space) => (space.clone(), Some(place)),
            None => (place, None),
        };
        let finding = Finding::error(Code::MissingNetworkPolicy, message, at);
        let finding = other.into_iter().fold(finding, |finding, place| finding.see(place, format!("{who} runs there")));
        finding.help("add a NetworkPolicy that selects its pods, and says who may come in")
    };
    open.map(finding).collect()
}
