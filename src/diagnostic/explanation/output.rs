//! Findings about what lies under out/, and about values that a command changes.

use super::super::Code;
use super::Explanation;

pub(super) const EXPLANATIONS: &[(Code, Explanation)] = &[
    (
        Code::NotEditable,
        Explanation {
            why: "The command changes one value of a file and no other byte. Where the value is shared by an anchor \
                  or comes in by a merge key, a change would reach further than was asked for.",
            mend: &[
                "Write the value itself in the place of the alias, in the file of the environment.",
                "Or change it by hand, where it stands.",
            ],
            example: "error[not-editable]: `applications.job.image` is an alias of a value that stands elsewhere",
        },
    ),
    (
        Code::BrokenLock,
        Explanation {
            why: "The lock lists what `render` wrote: it may overwrite and remove that, and nothing else. One that \
                  can't be read is not guessed at.",
            mend: &[
                "After a merge conflict: `git checkout HEAD -- out/ENV/render.lock`, then render again.",
                "If it comes from a newer version, use that version.",
                "If it is lost for good, move `out/ENV` away and render it anew; `git diff` then shows what differs.",
            ],
            example: "error[broken-lock]: out/dev/render.lock has a merge conflict",
        },
    ),
    (
        Code::EditedOutput,
        Explanation {
            why: "Somebody changed the file by hand. The next render would undo that without a word, or the change \
                  would stay and nobody could tell where it comes from.",
            mend: &[
                "To keep it, move it into the values or the template that the message names, and render.",
                "To drop it: `render --env ENV --discard-edits`.",
                "If every line differs, Git has changed the ends of lines: put `out/** -text` into `.gitattributes`.",
            ],
            example: "error[edited-output]: out/dev/site.yaml was edited by hand",
        },
    ),
    (
        Code::UnknownFile,
        Explanation {
            why: "Something that `render` did not write lies where it is about to write. It may be the only copy of \
                  something.",
            mend: &["Look at it, and move or remove it. Then render again."],
            example: "error[unknown-file]: out/dev/site.yaml is to be written, and a file that `render` does not know \
                      is there",
        },
    ),
    (
        Code::OutOfDate,
        Explanation {
            why: "Argo CD applies what lies under `out/`. It is not what values and templates give now, so the \
                  cluster would get something else than what was reviewed.",
            mend: &[
                "Run `render --env ENV`, look at the diff, and commit it with the change of the values.",
                "If you changed nothing, the program may be another version than the one that rendered last: the lock \
                 names it.",
            ],
            example: "error[out-of-date]: out/dev/render.lock is missing",
        },
    ),
    (
        Code::UnlistedFile,
        Explanation {
            why: "Argo CD applies what lies in the folders under `out/`, whoever put it there. A file that no input gives is \
                  in no review of the values, and no render will ever change or remove it.",
            mend: &[
                "Remove it.",
                "If it is wanted, let a template make it: under the same path below `templates/` it is rendered as it is.",
            ],
            example: "",
        },
    ),
    (
        Code::UnknownPlace,
        Explanation {
            why: "The question was about a value, a file or a line that is not there, so there is nothing to explain.",
            mend: &[
                "Take the name that the message proposes.",
                "`render --env ENV --verbose` names the files of an environment.",
            ],
            example: "",
        },
    ),
    (
        Code::GuardedDeletion,
        Explanation {
            why: "Argo CD deletes what Git no longer has. With a claim goes its data, with a namespace or an Application \
                  all that is in it, with a definition every object of its kind; putting the file back makes an empty \
                  one. One line of values, or a new name, is enough for that.",
            mend: &[
                "If it is not meant, take the change of values or templates back: `render diff` shows what it does.",
                "If it is, say so by kind: `render --env ENV --allow-delete Namespace`.",
                "To keep the resource in the cluster, annotate it there with `argocd.argoproj.io/sync-options: \
                 Prune=false` before the change is merged.",
            ],
            example: "error[guarded-deletion]: `PersistentVolumeClaim shop/data` would disappear",
        },
    ),
];
