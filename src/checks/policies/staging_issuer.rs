//! Production gets its certificates from an authority that browsers trust.

use serde_json::Value;

use super::judged::Judged;
use super::{Finding, InCluster, Policy, Rule};
use crate::checks::subject::at;
use crate::diagnostic::{Code, Explanation};

pub(super) const POLICY: Policy = Policy {
    code: Code::StagingIssuer,
    explanation: Explanation {
        why: "The certificates of Let's Encrypt's staging service are for trying out: no browser trusts them, and whoever \
              clicks the warning away once will do so again when it matters. Looked for in environments with \
              `policies.production: true`.",
        mend: &["Set `services.certManager.issuers.default: production` in the values of the environment."],
        example: "error[staging-issuer]: the certificate of Certificate `web` comes from the issuer `letsencrypt-staging`",
    },
    wrong: "\
apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: web
spec:
  secretName: web-tls
  issuerRef:
    kind: ClusterIssuer
    name: letsencrypt-staging
",
    right: "\
apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: web
spec:
  secretName: web-tls
  issuerRef:
    kind: ClusterIssuer
    name: letsencrypt-production
",
    cluster: InCluster::Held,
    rule: Rule::Document(check),
};

/// Annotations by which cert-manager is asked for the certificate of a route.
const ASKING: [&str; 2] = ["cert-manager.io/cluster-issuer", "cert-manager.io/issuer"];

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    let named: Vec<(&str, Vec<&str>)> = match (judged.group(), judged.kind()) {
        ("cert-manager.io", "Certificate") => {
            vec![(judged.text(&["spec", "issuerRef", "name"]), vec!["spec", "issuerRef", "name"])]
        }
        (_, "Ingress" | "Gateway") => {
            let annotations = at(judged.data, &["metadata", "annotations"]).and_then(Value::as_object);
            let asked =
                |key: &'static str| Some((annotations?.get(key)?.as_str()?, vec!["metadata", "annotations", key]));
            ASKING.into_iter().filter_map(asked).collect()
        }
        _ => return Vec::new(),
    };
    let staging = named.into_iter().filter(|(issuer, _)| issuer.contains("staging"));
    let finding = |(issuer, path): (&str, Vec<&str>)| {
        let message = format!("the certificate of {} comes from the issuer `{issuer}`", judged.shown());
        let finding = judged.found(Code::StagingIssuer, message, &path).note("browsers do not trust what it signs");
        finding.help("set `services.certManager.issuers.default: production`")
    };
    staging.map(finding).collect()
}
