//! A container says what it needs, so that it gets a node that has room for it.

use serde_json::Value;

use super::judged::Judged;
use super::pods::{Container, Purpose};
use super::{Finding, InCluster, Policy, Rule};
use crate::diagnostic::{Code, Explanation};

pub(super) const POLICY: Policy = Policy {
    code: Code::MissingRequests,
    explanation: Explanation {
        why: "The scheduler counts requests, not use. A container that requests nothing fits everywhere, also on a node \
              that is full; and when the node runs out of memory, such containers are the first to be killed. A limit \
              counts as a request where there is none.",
        mend: &[
            "Set `resources.requests.cpu` and `resources.requests.memory`: what the container uses on a normal day. \
             `kubectl top pod` shows that of one that runs.",
            "For an application, `applications.NAME.resources.requests` in the values.",
        ],
        example: "error[missing-requests]: `web` of Pod `web` requests no memory",
    },
    wrong: "\
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: web
    image: registry.example.com/web:1.4.2
    resources:
      requests:
        cpu: 100m
",
    right: "\
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: web
    image: registry.example.com/web:1.4.2
    resources:
      requests:
        cpu: 100m
        memory: 64Mi
",
    cluster: InCluster::Held,
    rule: Rule::Document(check),
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    // A task is whole in this respect: its run brings no requests.
    for pod in judged.pods().iter().filter(|pod| pod.whole || pod.purpose == Purpose::Task) {
        for container in pod.containers.iter().filter(|container| container.main) {
            let missing = ["cpu", "memory"].into_iter().filter(|resource| !has(container, resource));
            let missing: Vec<_> = missing.collect();
            if missing.is_empty() {
                continue;
            }
            let message =
                format!("`{}` of {} requests no {}", container.name(), judged.shown(), missing.join(" and no "));
            let finding = judged.found(Code::MissingRequests, message, &container.to(&["name"]));
            let keys = missing.iter().map(|resource| format!("`{}.requests.{resource}`", container.resources));
            found.push(finding.help(format!("set {}", keys.collect::<Vec<_>>().join(" and "))));
        }
    }
    found
}

fn has(container: &Container<'_>, resource: &str) -> bool {
    let amounts = |kind: &str| container.at(&[container.resources, kind, resource]);
    [amounts("requests"), amounts("limits")].into_iter().any(|amount: &Value| !amount.is_null())
}
