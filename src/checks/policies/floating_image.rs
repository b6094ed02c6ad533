//! What runs today has to be what runs tomorrow: an image without a tag, or with `latest`, is whatever was pushed last.

use super::judged::Judged;
use super::{Finding, InCluster, Policy, Rule};
use crate::diagnostic::{Code, Explanation};

pub(super) const POLICY: Policy = Policy {
    code: Code::FloatingImage,
    explanation: Explanation {
        why: "Without a tag a node takes what is tagged `latest` at the moment when it starts the container. Two copies \
              of one Deployment may then run two versions, a restart at night becomes a release that nobody decided \
              on, and there is nothing to go back to.",
        mend: &[
            "Write the tag of a release, or better the digest: `registry.example.com/web:1.4.2@sha256:…`.",
            "For an application, `render image set APP REF --env ENV` writes it into the values.",
        ],
        example: "error[floating-image]: the image `registry.example.com/web:latest` of `web` of Pod `web` has the tag `latest`",
    },
    wrong: "\
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: web
    image: registry.example.com/web:latest
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
",
    cluster: InCluster::Held,
    rule: Rule::Document(check),
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    let floating = judged.images().iter().filter(|image| !image.has_digest() && matches!(image.tag(), "" | "latest"));
    let finding = |image: &super::images::Image<'_>| {
        let what = if image.tag().is_empty() { "has no tag" } else { "has the tag `latest`" };
        let message = format!("the image `{}` of {} {what}", image.name, image.user);
        let finding = judged.found(Code::FloatingImage, message, &image.path);
        finding.help("write the tag of a release, or the digest, behind the name")
    };
    floating.map(finding).collect()
}
