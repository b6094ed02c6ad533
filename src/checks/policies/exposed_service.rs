//! There is one way in, and it is not a Service of its own.

use super::host_access::list;
use super::judged::Judged;
use super::{Finding, InCluster, Policy, Rule};
use crate::diagnostic::{Code, Explanation};

pub(super) const POLICY: Policy = Policy {
    code: Code::ExposedService,
    explanation: Explanation {
        why: "What comes in by the ingress controller has TLS, a certificate and, where it is asked for, a login. A Service \
              of type `LoadBalancer` or `NodePort` goes around all of that, and each load balancer is paid for. \
              `externalIPs` takes traffic that is meant for an address of somebody else.",
        mend: &[
            "Make it `ClusterIP`, the default, and give the application a `host` in the values.",
            "For a protocol that is not HTTP, such as that of a database, write an exception, with the reason.",
        ],
        example: "error[exposed-service]: Service `web` is a way in of its own: its type is `LoadBalancer`",
    },
    wrong: "\
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  type: LoadBalancer
  ports:
  - port: 80
",
    right: "\
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  type: ClusterIP
  ports:
  - port: 80
",
    cluster: InCluster::Held,
    rule: Rule::Document(check),
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    if (judged.group(), judged.kind()) != ("", "Service") || judged.around.is_platform(judged.namespace()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let kind = judged.text(&["spec", "type"]);
    if !matches!(kind, "" | "ClusterIP" | "ExternalName") {
        let message = format!("{} is a way in of its own: its type is `{kind}`", judged.shown());
        let finding = judged.found(Code::ExposedService, message, &["spec", "type"]);
        found.push(finding.help("make it `ClusterIP`; a host leads inside"));
    }
    let addresses = judged.data.get("spec").map(|spec| list(spec, "externalIPs").count()).unwrap_or_default();
    if addresses > 0 {
        let message = format!("{} takes addresses that are not its own", judged.shown());
        let finding = judged.found(Code::ExposedService, message, &["spec", "externalIPs"]);
        found.push(finding.help("remove `externalIPs`"));
    }
    found
}
