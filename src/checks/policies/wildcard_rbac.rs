//! A role names what it grants.

use super::host_access::list;
use super::judged::Judged;
use super::{Finding, InCluster, Policy, Rule};
use crate::diagnostic::{Code, Explanation};

pub(super) const POLICY: Policy = Policy {
    code: Code::WildcardRbac,
    explanation: Explanation {
        why: "`*` grants also what does not exist yet: with every CRD that is installed, whoever has the role can do more, \
              and nobody decided that. `*` of verbs brings `escalate`, `bind` and `impersonate`, which are the whole \
              cluster; and so is a binding to `cluster-admin`.",
        mend: &[
            "List the API groups, resources and verbs that the program really uses; its documentation or its audit log \
             tells. To read, `get`, `list` and `watch` are enough.",
        ],
        example: "error[wildcard-rbac]: Role `reader` grants all resources",
    },
    wrong: "\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: reader
rules:
- apiGroups:
  - \"\"
  resources:
  - '*'
  verbs:
  - get
",
    right: "\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: reader
rules:
- apiGroups:
  - \"\"
  resources:
  - configmaps
  verbs:
  - get
",
    cluster: InCluster::Held,
    rule: Rule::Document(check),
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    match judged.kind() {
        _ if judged.group() != "rbac.authorization.k8s.io" => Vec::new(),
        "Role" | "ClusterRole" => of_role(judged),
        _ if judged.text(&["roleRef", "kind"]) == "ClusterRole"
            && judged.text(&["roleRef", "name"]) == "cluster-admin" =>
        {
            let message = format!("{} grants everything: the role is `cluster-admin`", judged.shown());
            let finding = judged.found(Code::WildcardRbac, message, &["roleRef", "name"]);
            vec![finding.help("bind a role that names what is needed")]
        }
        _ => Vec::new(),
    }
}

fn of_role(judged: &Judged<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (rule, grants) in list(judged.data, "rules") {
        for (key, what) in [
            ("apiGroups", "all API groups"),
            ("resources", "all resources"),
            ("verbs", "all verbs"),
            ("nonResourceURLs", "all paths"),
        ] {
            let star = list(grants, key).find(|(_, one)| one.as_str().is_some_and(|one| one == "*" || one == "*/*"));
            if let Some((index, _)) = star {
                let message = format!("{} grants {what}", judged.shown());
                let path = ["rules", &rule.to_string(), key, &index.to_string()];
                let finding = judged.found(Code::WildcardRbac, message, &path);
                found.push(finding.help(format!("list the {key} that are needed")));
            }
        }
    }
    found
}
