//! Findings about Helm charts and the values that they get.

use super::super::Code;
use super::Explanation;

pub(super) const EXPLANATIONS: &[(Code, Explanation)] = &[
    (
        Code::ChartValues,
        Explanation {
            why: "The chart brings a schema of its values, and Helm holds them to it when Argo CD renders the chart. There \
                  the sync would fail, after the merge; here it shows before.",
            mend: &["Correct the value at the place that is shown: the message says what the chart's schema refuses."],
            example: "",
        },
    ),
    (
        Code::UnknownChartKey,
        Explanation {
            why: "Helm takes any key and ignores those that no template of the chart reads: a setting with a typing error, \
                  or one that the chart has renamed, sets nothing.",
            mend: &[
                "Take the name that the message proposes, or move the key to where the chart has one of that name.",
                "After an upgrade of the chart, look into its changelog for what took the place of the key.",
            ],
            example: "",
        },
    ),
    (
        Code::ChartNotCached,
        Explanation {
            why: "Helm values are held to the chart that they are for, offline. Of a chart that is not at hand nobody can \
                  tell whether its keys exist.",
            mend: &["Run `render charts pull` once: it fetches the charts, and checks need no network from then on."],
            example: "",
        },
    ),
    (
        Code::ChartNotFound,
        Explanation {
            why: "The values pin a chart in a version that its repository does not have, so Argo CD could not install it \
                  either.",
            mend: &[
                "Correct repository, name or version. Some charts write a `v` before the version, and some do not.",
                "From a folder, put the archive there that the message names.",
            ],
            example: "",
        },
    ),
    (
        Code::ChartArchive,
        Explanation {
            why: "The archive of a chart is cut off, is another chart than was announced, or is no chart. Nothing is taken \
                  from it.",
            mend: &["Remove what the message names, and run `render charts pull` to fetch it anew."],
            example: "",
        },
    ),
    (
        Code::ChartSource,
        Explanation {
            why: "The place where a chart is published could not be reached, or its answer was none that could be used. \
                  Checks need it only the first time: what was fetched is kept.",
            mend: &[
                "Look at the note for what was answered, and try again: a place that is overloaded recovers.",
                "Without a network, give the archives by `render charts pull --from DIR`.",
            ],
            example: "",
        },
    ),
    (
        Code::ChartChanged,
        Explanation {
            why: "A version that is released should never change. Somebody replaced it, there or on the way, and what was \
                  reviewed is not what would be installed.",
            mend: &[
                "Ask its publisher why, and compare the two archives.",
                "To trust the new one, run `render charts pull --update NAME` and commit `charts.lock`.",
            ],
            example: "",
        },
    ),
    (
        Code::ChartsLock,
        Explanation {
            why: "`charts.lock` holds the digests that the archives of charts are held to. One that can't be read, or that \
                  does not have a chart, is not guessed at.",
            mend: &[
                "Run `render charts pull`, and commit `charts.lock` with the values that pin the charts.",
                "After a merge conflict, take the file as Git has it, and run that command then.",
            ],
            example: "",
        },
    ),
];
