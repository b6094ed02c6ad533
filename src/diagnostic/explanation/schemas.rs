//! Findings about documents and the schemas of their kinds.

use super::super::Code;
use super::Explanation;

pub(super) const EXPLANATIONS: &[(Code, Explanation)] = &[
    (
        Code::Schema,
        Explanation {
            why: "The API server would refuse the document, or drop the field without a word: a limit with a typing error \
                  is no limit. Argo CD would show that after the merge, at a time when it holds up everything behind it.",
            mend: &[
                "The place is in the rendered text. The note names the template that made it; look there, or at the \
                 value that it uses.",
                "For a field that is said not to exist, see that `cluster.version` is a release that has it.",
                "For a kind of your own, the definition under `schemas/` may be older than the cluster's: `render schema \
                 add` takes the new one.",
            ],
            example: "error[schema]: Deployment `web`: `spec.replicas` must be an integer, found a string",
        },
    ),
    (
        Code::UnknownKind,
        Explanation {
            why: "Of a kind that nothing is known of, nobody has looked at the fields: typing errors pass. In the groups of \
                  Kubernetes itself all kinds are known, so there it is a typing error, and an error.",
            mend: &[
                "Correct `kind` or `apiVersion`; the help names what is near.",
                "For a kind of your own: `kubectl get crd NAME -o yaml | render schema add -` keeps its definition.",
            ],
            example: "",
        },
    ),
    (
        Code::DeprecatedApi,
        Explanation {
            why: "The version works, and a release to come will not serve it. An upgrade of the cluster then stops the \
                  sync of everything that still uses it.",
            mend: &[
                "Use the version that the help names, in the template or the value that the document comes from.",
                "Where a chart or an operator still needs the old one, write an exception with the release that ends it.",
            ],
            example: "",
        },
    ),
    (
        Code::RemovedApi,
        Explanation {
            why: "The cluster of this environment does not serve the version, so the document can't be applied, and nothing \
                  behind it is.",
            mend: &[
                "Use the version that the help names. Its fields may have other names: the schema check says which.",
                "If the cluster is really an older one, correct `cluster.version`.",
            ],
            example: "",
        },
    ),
    (
        Code::BadSchema,
        Explanation {
            why: "A definition under `schemas/` that can't be used checks nothing, and whoever put it there believes that \
                  it does.",
            mend: &[
                "Take the definition from the project that publishes it, or from a cluster: `kubectl get crd NAME -o yaml \
                 | render schema add -`.",
                "If two files define one kind, remove one of them.",
            ],
            example: "",
        },
    ),
];
