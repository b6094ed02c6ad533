//! A pod stays in its pod: what reaches into the node reaches everything that runs there.

use serde_json::Value;

use super::judged::Judged;
use super::pods::Pod;
use super::{Finding, InCluster, Policy, Rule};
use crate::checks::subject::at;
use crate::checks::surroundings::PodLevel;
use crate::diagnostic::{Code, Explanation};

pub(super) const POLICY: Policy = Policy {
    code: Code::HostAccess,
    explanation: Explanation {
        why: "A privileged container, one in the network or among the processes of its node, and one that mounts a folder \
              of it can read the secrets of every pod there, and usually take over the cluster. Software that looks after \
              nodes needs that; it lives in a namespace that says so by the label \
              `pod-security.kubernetes.io/enforce: privileged`, and there nothing is found.",
        mend: &[
            "Take `hostNetwork`, `hostPID`, `hostIPC`, `hostPort`, `privileged` and volumes of type `hostPath` out. A \
             Service takes the place of a host port, a PersistentVolumeClaim or `emptyDir` that of a folder.",
            "For an agent that has to see the node: a namespace of its own with that label.",
        ],
        example: "error[host-access]: Pod `web` mounts `/var/log` of its node",
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
  volumes:
  - name: logs
    hostPath:
      path: /var/log
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
  volumes:
  - name: logs
    emptyDir: {}
",
    cluster: InCluster::Held,
    rule: Rule::Document(check),
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    if judged.pods().is_empty() || judged.level() == PodLevel::Privileged {
        return Vec::new();
    }
    judged.pods().iter().flat_map(|pod| of_pod(judged, pod)).collect()
}

fn of_pod(judged: &Judged<'_>, pod: &Pod<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut add = |what: String, path: &[String], help: &str| {
        found.push(judged.found(Code::HostAccess, what, path).on_key().help(help));
    };
    let shown = judged.shown();
    for (key, what) in [("hostNetwork", "network"), ("hostPID", "processes"), ("hostIPC", "memory between processes")] {
        if pod.spec.get(key) == Some(&Value::Bool(true)) {
            add(format!("{shown} shares the {what} of its node"), &pod.to(&[key]), &format!("remove `{key}`"));
        }
    }
    for (index, volume) in list(pod.spec, "volumes") {
        if volume.get("hostPath").is_some_and(|path| !path.is_null()) {
            let folder = at(volume, &["hostPath", "path"]).and_then(Value::as_str).unwrap_or("a folder");
            let path = pod.to(&["volumes", &index.to_string(), "hostPath"]);
            add(format!("{shown} mounts `{folder}` of its node"), &path, "use a volume of the pod's own");
        }
    }
    for container in &pod.containers {
        let name = container.name();
        if container.at(&["securityContext", "privileged"]) == &Value::Bool(true) {
            let path = container.to(&["securityContext", "privileged"]);
            add(format!("`{name}` of {shown} is privileged"), &path, "remove `privileged`");
        }
        for (index, port) in list(container.spec, "ports") {
            if port.get("hostPort").and_then(Value::as_i64).is_some_and(|port| port != 0) {
                let path = container.to(&["ports", &index.to_string(), "hostPort"]);
                add(
                    format!("`{name}` of {shown} opens a port of its node"),
                    &path,
                    "remove `hostPort`; a Service finds the pod",
                );
            }
        }
    }
    found
}

/// The items of the list under `key`, with their indices.
pub(super) fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = (usize, &'a Value)> {
    value.get(key).and_then(Value::as_array).into_iter().flatten().enumerate()
}
