//! What documents say of each other.

use super::super::Code;
use super::Explanation;

pub(super) const EXPLANATIONS: &[(Code, Explanation)] = &[
    (
        Code::MissingReference,
        Explanation {
            why: "A pod whose Secret is not there never starts, a route whose Service is not there answers with an error, \
                  and a binding of a role that is not there gives nobody anything. The cluster takes all of them without \
                  a word.",
            mend: &[
                "Correct the name, key or port; where one is nearly the same, the message shows it.",
                "Render what is missing, or seal it with `render seal set`.",
                "Where something outside of the tree makes it, say so with an exception.",
            ],
            example: "",
        },
    ),
    (
        Code::SelectorMismatch,
        Explanation {
            why: "The API refuses a workload that does not select its own pods. A Service, a policy or a monitor that \
                  selects nothing is taken, and does nothing.",
            mend: &["Write the same labels in the selector and in the template of the pods that are meant."],
            example: "",
        },
    ),
    (
        Code::DuplicateName,
        Explanation {
            why: "Ports are asked for by their name, and containers are told apart by it, so the API refuses a second one.",
            mend: &["Rename one of the two, or take it out."],
            example: "",
        },
    ),
    (
        Code::DuplicateHost,
        Explanation {
            why: "Of two routes with one host and path, luck or age decides which one answers; ingress-nginx refuses the \
                  second.",
            mend: &["Give one of the two another host or path, or take it out."],
            example: "",
        },
    ),
    (
        Code::PipelineCall,
        Explanation {
            why: "Tekton looks at params, workspaces and results when a run begins: what does not agree fails every run.",
            mend: &["Give what is asked for.", "Declare what is given, or let it have a default."],
            example: "",
        },
    ),
    (
        Code::NotPermitted,
        Explanation {
            why: "Argo CD refuses to sync an Application that does what its project does not allow.",
            mend: &[
                "Add the repository, namespace or kind to the AppProject.",
                "Put the Application into another project.",
            ],
            example: "",
        },
    ),
    (
        Code::WaveOrder,
        Explanation {
            why: "A wave ends when all of it is healthy, and the next one begins then. What waits for a later wave waits \
                  for ever.",
            mend: &["Give what is needed an earlier wave, or what needs it a later one."],
            example: "",
        },
    ),
    (
        Code::Kustomization,
        Explanation {
            why: "`kustomize build` fails on a file that is not there, and leaves out what its list does not name: then it \
                  is rendered, reviewed and never applied.",
            mend: &["Correct the list; a template can make it with `files`.", "Take the manifest out of `templates/`."],
            example: "",
        },
    ),
];
