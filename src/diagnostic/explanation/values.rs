//! Findings about values: what they are, and how they agree.

use super::super::Code;
use super::Explanation;

pub(super) const EXPLANATIONS: &[(Code, Explanation)] = &[
    (
        Code::UnknownEnvironment,
        Explanation {
            why: "An environment is a file in `values/`. A name that is only extended by others is a layer, and has \
                  no output of its own.",
            mend: &[
                "Correct the name; the message lists those that there are.",
                "For a new environment, write `values/NAME.yaml`: what is not said there comes from \
                 `values/base.yaml`.",
            ],
            example: "error[unknown-environment]: there is no environment `def`",
        },
    ),
    (
        Code::UnknownApplication,
        Explanation {
            why: "The command changes the image of one application in one environment, and the values of that \
                  environment have none of this name.",
            mend: &[
                "Correct the name; `render list --env ENV` shows those that there are.",
                "Add the application to the values of the environment first.",
            ],
            example: "error[unknown-application]: there is no application `wep` in environment `prod`",
        },
    ),
    (
        Code::BadExtends,
        Explanation {
            why: "`extends` names the layers below a file. In a circle none of them would be the lowest, and a layer \
                  that is missing would silently count for nothing.",
            mend: &[
                "Correct the name, or write the layer: `values/NAME.yaml`.",
                "Break the circle: what both files need goes into a third one that extends neither.",
            ],
            example: "error[bad-extends]: the layers extend each other in a circle",
        },
    ),
    (
        Code::BadSet,
        Explanation {
            why: "`--set` takes a path of keys and a value. What can't be told apart is refused instead of guessed \
                  at.",
            mend: &[
                "Write `--set platform.domain=example.org`; `\\.` is a dot inside a key.",
                "Quote the argument for the shell where the value has spaces or brackets.",
            ],
            example: "error[bad-set]: `platform.name` has no `=`",
        },
    ),
    (
        Code::UnknownKey,
        Explanation {
            why: "A key with a typing error would be ignored, and the default would count instead: a limit that is no \
                  limit, a switch that switches nothing.",
            mend: &[
                "Take the name that the message proposes, or one of those that it lists.",
                "`render schema` describes every key; an editor that reads `values/schema.json` proposes them.",
            ],
            example: "error[unknown-key]: `regoin` is not a key of `cluster`",
        },
    ),
    (
        Code::WrongType,
        Explanation {
            why: "A number in quotes is text, and a list is no map. Templates and Kubernetes tell them apart, mostly \
                  with a message that names no line of yours.",
            mend: &[
                "Follow the help: drop the quotes, write `true` or `false`, or begin each item of a list with `- `.",
            ],
            example: "error[wrong-type]: `applications.web.replicas` must be a whole number, found text",
        },
    ),
    (
        Code::MissingValue,
        Explanation {
            why: "The value has no default, because only you can know it. Templates are never run with a gap.",
            mend: &[
                "Set it in the file that the message names, or in `values/base.yaml` for all environments.",
                "If a file sets it to `null`, that takes it away from the layers below.",
            ],
            example: "error[missing-value]: `platform.domain` is not set",
        },
    ),
    (
        Code::InvalidValue,
        Explanation {
            why: "The value has the right type, but not the form that it needs where it goes: as a host, an image, a \
                  quantity, a cron line. What is refused here would be refused later by the cluster, or taken and \
                  mean something else.",
            mend: &[
                "The message says what is wrong and shows a right one. The formats are those of Kubernetes and of the \
                 standards that `render schema` names.",
            ],
            example: "error[invalid-value]: `../../etc` has the segment `..`; write it like `application/lofi`",
        },
    ),
    (
        Code::Conflict,
        Explanation {
            why: "Each of the two values is fine alone. Together they ask for something that can't be, or that cannot \
                  have been meant.",
            mend: &[
                "The message names the other value; change the one that is wrong.",
                "With several layers, look at which file sets which: the place that is shown is the one that won.",
            ],
            example: "error[conflict]: `applications.web` runs on the node pool `wrokloads`, which the cluster does \
                      not have",
        },
    ),
    (
        Code::Retired,
        Explanation {
            why: "The project behind it has ended: no more fixes, also not for security holes that are found \
                  tomorrow. It works for now, so this is a warning.",
            mend: &[
                "Choose one of the successors that the help names.",
                "To stay for a while, say until when and why: `policies.severities.retired: {level: off, reason: …}`.",
            ],
            example: "warning[retired]: ingress-nginx is no longer maintained",
        },
    ),
    (
        Code::StaleException,
        Explanation {
            why: "An exception that covers nothing may once have had a reason, or its pattern misses what it was \
                  meant for. Whoever reads it believes that something is excepted, and the day that something matches \
                  it again nobody will notice.",
            mend: &[
                "Remove it, if what it was about is mended or gone.",
                "If the finding is still there, compare kind, namespace, name and file with those of the message. The \
                 namespace is the one that the document is applied to, also where only the kustomization says it.",
            ],
            example: "warning[stale-exception]: the exception `old-balancer` matches nothing that is found",
        },
    ),
    (
        Code::ExpiredException,
        Explanation {
            why: "An exception was granted until a day, and that day is over. Nothing in a render knows the date, so \
                  it is only found where `render check --today DATE` is told.",
            mend: &[
                "Ask its owner, whom the note names, whether the reason still holds.",
                "Mend what it was about and remove it.",
                "Or give it a new last day, and write into the reason what has to happen until then.",
            ],
            example: "error[expired-exception]: the exception `old-balancer` ended with 2027-03-31",
        },
    ),
];
