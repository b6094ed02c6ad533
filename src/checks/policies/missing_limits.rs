//! A container without a limit of memory takes its neighbours with it when it leaks.

use super::judged::Judged;
use super::pods::Purpose;
use super::{Finding, InCluster, Policy, Rule};
use crate::diagnostic::{Code, Explanation};

pub(super) const POLICY: Policy = Policy {
    code: Code::MissingLimits,
    explanation: Explanation {
        why: "Memory can't be taken back. A container that may grow without end grows until its node is out of memory, \
              and the kernel then kills whatever it likes on that node. With a limit only the container itself is \
              restarted. CPU is another matter: what is taken too much is given back a moment later, so no limit of CPU \
              is asked for, which would only slow things down. Steps of a pipeline are spared: they end by themselves.",
        mend: &[
            "Set `resources.limits.memory` to what the container must never need more than: twice its request is a \
             fair beginning.",
            "For an application, `applications.NAME.resources.limits.memory` in the values.",
        ],
        example: "error[missing-limits]: `web` of Pod `web` has no limit of memory",
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
        memory: 64Mi
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
      limits:
        memory: 128Mi
",
    cluster: InCluster::Held,
    rule: Rule::Document(check),
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    let pods = judged.pods().iter().filter(|pod| pod.whole && pod.purpose != Purpose::Task);
    let containers = pods.flat_map(|pod| pod.containers.iter().filter(|container| container.main));
    let unlimited = containers.filter(|container| container.at(&["resources", "limits", "memory"]).is_null());
    let finding = |container: &super::pods::Container<'_>| {
        let message = format!("`{}` of {} has no limit of memory", container.name(), judged.shown());
        let finding = judged.found(Code::MissingLimits, message, &container.to(&["name"]));
        finding.help("set `resources.limits.memory`")
    };
    unlimited.map(finding).collect()
}
