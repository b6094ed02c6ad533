//! A tag can be moved to another image; a digest is that of one.

use super::images::Image;
use super::judged::Judged;
use super::{Finding, InCluster, Policy, Rule};
use crate::diagnostic::{Code, Explanation};

pub(super) const POLICY: Policy = Policy {
    code: Code::ImageDigest,
    explanation: Explanation {
        why: "Whoever may push to a registry can move a tag: by mistake, or after a break-in. What was tested is then not \
              what runs. A digest is computed from the image itself, so it can't be moved. It is asked for in production, \
              or where `policies.imageDigests` is `required`.",
        mend: &[
            "Write the digest behind the tag: `registry.example.com/web:1.4.2@sha256:…`. `docker buildx imagetools \
             inspect IMAGE` prints it, and so does the page of most registries.",
            "For an application, `render promote APP --from dev --to prod` carries over what was built and tested.",
        ],
        example: "error[image-digest]: the image `registry.example.com/web:1.4.2` of `web` of Pod `web` has no digest",
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
",
    right: "\
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: web
    image: registry.example.com/web:1.4.2@sha256:0000000000000000000000000000000000000000000000000000000000000000
",
    cluster: InCluster::Held,
    rule: Rule::Document(check),
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    let finding = |image: &Image<'_>| {
        let message = format!("the image `{}` of {} has no digest", image.name, image.user);
        let finding = judged.found(Code::ImageDigest, message, &image.path);
        match image.change {
            Some(_) => finding.help("give the entry a `digest: sha256:…`"),
            None => finding.help(format!("write `{}@sha256:<digest>`", image.name)),
        }
    };
    judged.images().iter().filter(|image| !image.has_digest()).map(finding).collect()
}
