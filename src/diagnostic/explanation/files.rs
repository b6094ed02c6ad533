//! Findings about files as such, before anything in them is understood.

use super::super::Code;
use super::Explanation;

pub(super) const EXPLANATIONS: &[(Code, Explanation)] = &[
    (
        Code::NotUtf8,
        Explanation {
            why: "All inputs are read as UTF-8. Text in another encoding would come out as other characters than its \
                  author meant, in the cluster and in no editor.",
            mend: &[
                "Save the file as UTF-8. The place that is shown holds the first byte that is not.",
                "If the file is no text, move it out of `values/` and `templates/`: all that lies there is read.",
            ],
            example: "error[not-utf8]: values/dev.yaml is not UTF-8 text",
        },
    ),
    (
        Code::TooLarge,
        Explanation {
            why: "Values and templates are written by people; what is larger than this is a dump, a binary, or an \
                  attack. It is refused before it is read, so that it can't take all the memory of a CI runner.",
            mend: &[
                "Move the file out of `values/` or `templates/`.",
                "If it is generated, generate less of it: several files are read one by one.",
            ],
            example: "error[too-large]: values/dev.yaml has 200 MiB; at most 16 are read",
        },
    ),
    (
        Code::Unreadable,
        Explanation {
            why: "A render from half of the inputs would look complete and be wrong, so a file that is there and \
                  can't be read stops it.",
            mend: &[
                "Look at the cause in the note: mostly the permissions of the file or of a folder above it.",
                "In a container, see that the user that runs there may read the checkout.",
            ],
            example: "error[unreadable]: could not read values/dev.yaml",
        },
    ),
    (
        Code::MisnamedFile,
        Explanation {
            why: "A values file with another ending is read by nobody, and whoever wrote it believes that it counts.",
            mend: &[
                "Give the file the name that the message proposes: `values/NAME.yaml`.",
                "A note that belongs beside the values can end in `.md`.",
            ],
            example: "error[misnamed-file]: values/stage.yml would not be read",
        },
    ),
    (
        Code::SymbolicLink,
        Explanation {
            why: "A link can lead out of the project. Followed for reading, it would bring files of the machine into \
                  the output; followed for writing, it would overwrite them.",
            mend: &["Put a real file or folder in its place.", "Under `out/`, remove the link and render again."],
            example: "error[symbolic-link]: out/dev/site.yaml is a symbolic link",
        },
    ),
    (
        Code::YamlSyntax,
        Explanation {
            why: "The text can't be read as YAML. Nothing that is below the place is looked at, so there may be more \
                  to find afterwards.",
            mend: &[
                "Look at the line that is shown, and at the one above it: a missing quote or bracket is often noticed \
                 late.",
                "Indent with spaces; YAML allows no tab there.",
                "A value with a colon and a space, or that begins with `{`, `[`, `*`, `&`, `!` or `%`, goes into \
                 quotes.",
            ],
            example: "error[yaml-syntax]: a tab stands in the indentation",
        },
    ),
    (
        Code::YamlLimit,
        Explanation {
            why: "A few lines of aliases can stand for billions of values, and a few thousand brackets for a stack \
                  that overflows. No values of people come near these bounds.",
            mend: &[
                "Write out what the aliases stand for, or leave out what is repeated: layers merge.",
                "If the file was generated, look at what generated it.",
            ],
            example: "error[yaml-limit]: aliases expand to more than 100000 values",
        },
    ),
    (
        Code::DuplicateKey,
        Explanation {
            why: "Of two equal keys a reader of YAML takes one, and which one differs from program to program. Both \
                  values look as if they counted.",
            mend: &["Remove one of the two. The message shows both places."],
            example: "error[duplicate-key]: `region` is set twice",
        },
    ),
    (
        Code::AmbiguousNumber,
        Explanation {
            why: "Kubernetes, Helm and Argo CD read YAML 1.1 in part, other programs 1.2. `0777` is 511 for the one \
                  and 777 for the other.",
            mend: &[
                "Quote it, if text is meant: `\"0777\"`.",
                "Write the number without leading zeros, and octal as `0o777`.",
            ],
            example: "error[ambiguous-number]: `0777` is octal for YAML 1.1 and decimal for YAML 1.2",
        },
    ),
];
