//! Findings about secrets and what they are sealed with.

use super::super::Code;
use super::Explanation;

pub(super) const EXPLANATIONS: &[(Code, Explanation)] = &[
    (
        Code::Certificate,
        Explanation {
            why: "Secrets are sealed with the certificate of the controller that will open them. With another one, or \
                  one that has expired, nobody opens them, and that shows only in the cluster.",
            mend: &[
                "`render seal cert fetch --env ENV` gets the certificate of a running cluster.",
                "`render seal init --env ENV` makes a key pair for a cluster that is not there yet.",
            ],
            example: "error[certificate]: there is no certificate to seal with: values/certs/dev.pem is missing",
        },
    ),
    (
        Code::PrivateKey,
        Explanation {
            why: "The file was to hold the private keys that open what is sealed, and none in it can be used.",
            mend: &[
                "Name a file with keys in PEM, or the Secret of the controller as `kubectl get secret -o yaml` prints \
                 it.",
                "A key with a passphrase can't be used: the controller has none either.",
            ],
            example: "",
        },
    ),
    (
        Code::Plaintext,
        Explanation {
            why: "What was given is no secret that could be used: it is missing, empty or too large, or it came by a \
                  way on which others see it, such as an argument.",
            mend: &[
                "Give it on standard input, from a file, or by an environment variable: `render seal set --help` \
                 shows how.",
                "An empty variable in CI often means that the secret is not available to this branch.",
            ],
            example: "error[plaintext]: the value of `password` is empty",
        },
    ),
    (
        Code::Ciphertext,
        Explanation {
            why: "What is sealed is bound to its place, unless its scope says otherwise: copied to another name or \
                  namespace, or cut while it was pasted, it opens nowhere.",
            mend: &[
                "Seal the secret again for the place where it is to be: `render seal set`.",
                "If it was sealed for a cluster whose key is lost, the plaintext has to come from where it was made.",
            ],
            example: "",
        },
    ),
    (
        Code::SealedSecret,
        Explanation {
            why: "The sealed secret is not there, or can't be changed in this way without being sealed as a whole.",
            mend: &[
                "`render seal list --env ENV` shows what is sealed, and what to type for what is missing.",
                "To change the scope, give all keys anew: ciphertext of one scope is not that of another.",
            ],
            example: "error[sealed-secret]: `shop/db` can't become namespace-wide while other keys of it are sealed \
                      as strict",
        },
    ),
    (
        Code::Unsealed,
        Explanation {
            why: "Something in the cluster reads a Secret that nothing makes. Its pod waits for it and never starts, \
                  and what waits for that pod waits with it. A render warns, for a platform that is only tried out; \
                  `render check` does not let it pass.",
            mend: &[
                "`render seal list --env ENV` says what belongs into each, and what to type.",
                "If the Secret comes into the cluster in another way, say so: `policies.severities.unsealed: {level: \
                 off, reason: …}`.",
            ],
            example: "warning[unsealed]: 1 secret that the platform reads is not sealed: `argocd/argocd-oidc`",
        },
    ),
];
