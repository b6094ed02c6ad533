//! Kubernetes asks whether a container is ready before it sends it anything, and whether it is stuck.

use super::judged::Judged;
use super::pods::Purpose;
use super::{Finding, InCluster, Policy, Rule};
use crate::diagnostic::{Code, Explanation};

pub(super) const POLICY: Policy = Policy {
    code: Code::MissingProbe,
    explanation: Explanation {
        why: "Without a readiness probe a container gets requests from the moment its process runs, before it can answer: \
              each release loses some. Without a liveness probe one that hangs stays as it is until a person looks. What \
              ends by itself, such as a Job, needs neither.",
        mend: &[
            "Give the container a `readinessProbe` and a `livenessProbe`. The liveness probe should ask less: it must not \
             fail because a database is away, or all copies restart at once.",
            "For an application, `applications.NAME.probes.readiness` and `.liveness` in the values.",
            "For a program that serves nothing, such as a worker of a queue: `exec` with a command that looks at a file \
             that the program touches. Or an exception, if its end is the only sign of trouble.",
        ],
        example: "error[missing-probe]: `web` of Deployment `web` has no `readinessProbe` and no `livenessProbe`",
    },
    wrong: "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
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
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
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
        readinessProbe:
          httpGet:
            path: /ready
            port: http
        livenessProbe:
          httpGet:
            path: /health
            port: http
",
    cluster: InCluster::Held,
    rule: Rule::Document(check),
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    if judged.kind() == "Pod" {
        return Vec::new();
    }
    let pods = judged.pods().iter().filter(|pod| pod.whole && pod.purpose == Purpose::Service);
    let containers = pods.flat_map(|pod| pod.containers.iter().filter(|container| container.main));
    let mut found = Vec::new();
    for container in containers {
        let missing = ["readinessProbe", "livenessProbe"].into_iter().filter(|probe| container.at(&[probe]).is_null());
        let missing: Vec<_> = missing.map(|probe| format!("`{probe}`")).collect();
        if !missing.is_empty() {
            let message = format!("`{}` of {} has no {}", container.name(), judged.shown(), missing.join(" and no "));
            let finding = judged.found(Code::MissingProbe, message, &container.to(&["name"]));
            found.push(finding.help(format!("add {}", missing.join(" and "))));
        }
    }
    found
}
