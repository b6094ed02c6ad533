//! Findings about what is in the cloud.

use super::super::Code;
use super::Explanation;

pub(super) const EXPLANATIONS: &[(Code, Explanation)] = &[
    (
        Code::NotOwned,
        Explanation {
            why: "No file remembers what was made: a resource belongs to an environment by the mark on it, its tags or \
                  its description. What has the right name and no mark may be somebody else's, so it is left alone.",
            mend: &[
                "If it is the environment's, take it over: `render cloud adopt ADDRESS --env ENV` puts the mark on it \
                 and changes nothing else.",
                "An application at Auth0 is taken over by hand: write `managed-by: supercargo` and `environment: ENV` \
                 into its metadata.",
                "If it is not, choose another name in the values.",
                "A token without the scope `tag:read` sees no tags, and so no marks: give it that scope.",
            ],
            example: "error[not-owned]: the cluster `example-dev` exists, and nothing says that it belongs to `dev`",
        },
    ),
    (
        Code::AmbiguousResource,
        Explanation {
            why: "The cloud lets several clusters, pools or keys have one name. Whoever has to change one of them by its \
                  name can't know which one is meant.",
            mend: &[
                "Look at those that the finding lists, and delete those that nobody uses.",
                "Two runs at the same time make two of a kind: let one job at a time apply.",
            ],
            example: "error[ambiguous-resource]: 2 times the cluster `example-dev`",
        },
    ),
    (
        Code::CannotChange,
        Explanation {
            why: "The region of a cluster, its networks and whether it was highly available once stay as they were made. \
                  Only a new cluster could have them otherwise, and that is never made in place of one that runs.",
            mend: &[
                "Set the value back to what the finding says is there.",
                "Or make another environment with the new values, move to it, and destroy the old one.",
            ],
            example: "error[cannot-change]: the cluster `example-dev` is in `nyc3`, and can't move to `fra1`",
        },
    ),
    (
        Code::NotOffered,
        Explanation {
            why: "Regions, sizes and versions come and go. What the cloud does not offer is refused, and a version that \
                  a cluster can't go to from where it is as well.",
            mend: &[
                "`render cloud options` lists what is offered now.",
                "Write a version as `1.36`: then the newest patch of it is taken.",
            ],
            example: "error[not-offered]: no cluster can have the version `1.20`",
        },
    ),
    (
        Code::FailedResource,
        Explanation {
            why: "The cloud has given up on something, often because the account may have no more Droplets. Nothing that \
                  could be changed about it would help, and to delete it is for a person to decide.",
            mend: &[
                "See what the finding quotes, and what the control panel says.",
                "Delete it there, and apply again.",
            ],
            example: "error[failed-resource]: the cluster `example-dev` has failed: droplet limit",
        },
    ),
];
