//! Findings about templates, and about what they render.

use super::super::Code;
use super::Explanation;

pub(super) const EXPLANATIONS: &[(Code, Explanation)] = &[
    (
        Code::TemplateSyntax,
        Explanation {
            why: "The template can't be compiled, so nothing that it would make is known.",
            mend: &[
                "Look at the place: a `}}` or `%}` that is missing shows where the next one is expected.",
                "Each `{% if %}`, `{% for %}` and `{% macro %}` has its end.",
            ],
            example: "error[template-syntax]: unexpected `}`, expected end of variable block",
        },
    ),
    (
        Code::Template,
        Explanation {
            why: "The template uses something that is not there. It is no empty text: that would leave a host, a \
                  namespace or a password empty, in a document that is valid.",
            mend: &[
                "Correct the name. The message lists what there is at that place, or proposes a near one.",
                "For a value that may be absent: `{{ name | default(…) }}`, or `{% if name is defined %}`.",
            ],
            example: "error[template]: `platform.host` is undefined",
        },
    ),
    (
        Code::TemplateLimit,
        Explanation {
            why: "A template that calls itself, or loops over far too much, would hold up a CI runner for hours.",
            mend: &[
                "Look for a macro or an include that leads back to itself.",
                "Loop over less: the values hold what is needed already in lists and maps.",
            ],
            example: "error[template-limit]: the template does not come to an end",
        },
    ),
    (
        Code::TemplateOutput,
        Explanation {
            why: "What a template prints is YAML or JSON with holes. Values never stand in the text, so the fault is \
                  in the template itself.",
            mend: &[
                "The place is that of the template, not of the output. Mostly the indentation after a macro or inside \
                 a loop is wrong.",
                "A value that holds YAML is put into a hole as it is, without `indent` or quotes.",
            ],
            example: "error[template-output]: this is not YAML: while parsing a block mapping, did not find expected key",
        },
    ),
    (
        Code::Hole,
        Explanation {
            why: "A hole that is a whole scalar takes any value. One inside a longer text, or in a key, takes text \
                  only: a list or a map has no form there.",
            mend: &[
                "Let the hole stand alone behind its key, without quotes around it.",
                "For YAML inside a text, use `{{ value | yaml }}`; for JSON, `{{ value | json }}`.",
            ],
            example: "error[hole]: a map can't stand inside a text",
        },
    ),
    (
        Code::PathConflict,
        Explanation {
            why: "Of two files with one path, one would be lost, and which one would depend on the order of the run.",
            mend: &[
                "Rename one of the two templates, or what a loop in its path goes over.",
                "A template of your own replaces a built-in one only under exactly the same name.",
            ],
            example: "error[path-conflict]: two templates claim out/dev/site.yaml",
        },
    ),
    (
        Code::PathOutside,
        Explanation {
            why: "A path that leaves the folder of its environment could overwrite anything. It is refused whatever \
                  made it.",
            mend: &[
                "Take `..`, a leading `/`, and characters that no file name may have out of the template's path.",
                "If a name in the values makes the path, rename it.",
            ],
            example: "error[path-outside]: `{team}` is not a loop of a path",
        },
    ),
    (
        Code::DuplicateResource,
        Explanation {
            why: "Two Argo CD Applications that hold the same resource undo each other's work for ever; in one \
                  kustomization, its build fails.",
            mend: &[
                "Rename one of the two, or take it out of its template. The message shows both.",
                "A file that changes a resource of a base belongs under `patches` of a kustomization: then it is no \
                 second resource.",
            ],
            example: "error[duplicate-resource]: `ConfigMap default/a` is rendered twice",
        },
    ),
    (
        Code::NotAResource,
        Explanation {
            why: "Where a kustomization or an Application reads a file, each document has to be a Kubernetes object \
                  with `apiVersion`, `kind` and a name. Another one stops the sync of all that is beside it.",
            mend: &[
                "Give it `apiVersion`, `kind` and `metadata.name`.",
                "If it is no manifest, such as the values of a chart, keep it out of the folder of manifests.",
            ],
            example: "",
        },
    ),
    (
        Code::PlaintextSecret,
        Explanation {
            why: "Base64 is no encryption. What is committed once is known to everybody who can read the repository, \
                  now and later: the history keeps it after it is removed.",
            mend: &[
                "Seal it: `render seal set --env ENV NAMESPACE/NAME KEY`, and take the Secret out of the template. \
                 The controller makes the Secret in the cluster.",
                "If it was committed before, have it revoked where it comes from: removing it is not enough.",
            ],
            example: "error[plaintext-secret]: Secret `token` would be written in the clear",
        },
    ),
    (
        Code::Leak,
        Explanation {
            why: "The text has the form of a private key, or of a token whose maker gives it a prefix. Scanners of \
                  code hosts, and of those who mean no good, know the same forms.",
            mend: &[
                "Remove it, revoke it where it comes from, and seal the new one: `render seal set`.",
                "If it is an example and opens nothing, say so in an exception from `leak` that names the file, or \
                 change it so that it no longer looks real.",
            ],
            example: "error[leak]: a DigitalOcean token stands in the values in the clear",
        },
    ),
];
