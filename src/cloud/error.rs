//! Why something of the cloud did not work, and what to do about it.

use super::spaces;
use crate::http;
use crate::plan::{KeeperError, TooLong, WaitError};

/// Something of the cloud did not work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The API of `DigitalOcean` refused a call, or did not answer it.
    #[error("could not {what}")]
    Call {
        /// What was tried; completes "could not …".
        what: String,
        /// The scope that a token needs for it.
        scope: &'static str,
        /// What came instead.
        source: http::Error,
    },
    /// Spaces refused a call, or did not answer it.
    #[error("could not {what}")]
    Spaces {
        /// What was tried; completes "could not …".
        what: String,
        /// What came instead.
        source: spaces::Error,
    },
    /// Buckets can't be reached without keys.
    #[error("there are no keys to Spaces")]
    NoSpaces,
    /// There are two of what there may be one of.
    #[error("there are {} of {what}: {}", ids.len(), ids.join(", "))]
    Twice {
        /// What there are several of.
        what: String,
        /// How the API knows them.
        ids: Vec<String>,
    },
    /// The service could not make something, or it broke.
    #[error("{what} has failed: {message}")]
    Failed {
        /// What it is.
        what: String,
        /// What the service says of it.
        message: String,
    },
    /// Something is not as it was when the plan was made.
    #[error("{what} {problem}")]
    Changed {
        /// What it is.
        what: String,
        /// How it is now; completes "`what` …".
        problem: String,
    },
    /// A name that all customers share is somebody else's.
    #[error("{what} belongs to another account")]
    Taken {
        /// What it is.
        what: String,
        /// What the API said.
        source: Box<Error>,
    },
    /// Something was not put into the project.
    #[error("`{urn}` was not put into the project: {status}")]
    NotAssigned {
        /// What it is.
        urn: String,
        /// What the API says instead.
        status: String,
    },
    /// A wait was too long.
    #[error(transparent)]
    TooLong(TooLong),
    /// A secret could not be kept.
    #[error("could not keep a secret that is shown only once")]
    Keeper(#[source] KeeperError),
    /// Somebody asked for an end.
    #[error("interrupted")]
    Interrupted,
}

impl From<WaitError<Self>> for Error {
    fn from(error: WaitError<Self>) -> Self {
        match error {
            WaitError::Look(error) => error,
            WaitError::TooLong(error) => Self::TooLong(error),
            WaitError::Interrupted => Self::Interrupted,
        }
    }
}

impl Error {
    /// The status that the API answered with.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Call { source, .. } => source.status(),
            Self::Spaces { source, .. } => source.status(),
            _ => None,
        }
    }

    /// Whether the API says that there is no such thing.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Whether somebody asked for an end, and nothing is wrong.
    pub fn is_interrupted(&self) -> bool {
        matches!(self, Self::Interrupted)
    }

    /// Whether the API may have done what was asked although it failed: then look before asking again.
    pub fn may_have_acted(&self) -> bool {
        match self {
            Self::Call { source, .. } | Self::Spaces { source: spaces::Error::Http(source), .. } => {
                source.may_have_acted()
            }
            Self::Spaces { source, .. } => source.status().is_some_and(|status| status >= 500),
            _ => false,
        }
    }

    /// Whether the same call may work in a moment: the connection broke, the answer is torn, or the server has
    /// a problem.
    pub(super) fn may_pass(&self) -> bool {
        let is_torn =
            matches!(self, Self::Call { source: http::Error::Transport { .. } | http::Error::Malformed { .. }, .. });
        is_torn || self.status().is_some_and(|status| status == 429 || status >= 500)
    }

    /// The message with what it comes from, on one line.
    pub(super) fn with_cause(&self) -> String {
        let causes = std::iter::successors(Some(self as &dyn std::error::Error), |error| error.source());
        causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
    }

    /// What to do next, in one line.
    pub fn help(&self) -> String {
        let text = match self {
            Self::Call { scope, source, .. } => match source.status() {
                Some(400 | 422) => {
                    "the answer says what it refuses: change that in the values; `render cloud options` lists what is \
                     offered"
                }
                Some(401) => "set DIGITALOCEAN_TOKEN to a token that is valid and has not expired",
                Some(403) => return format!("give the token in DIGITALOCEAN_TOKEN the scope `{scope}`"),
                Some(404) => "it is gone, or the token may not see it: plan again",
                Some(409 | 412) => "something else is still in the way: try again in a few minutes",
                Some(429) => "an hour allows 5,000 requests: wait, and try again",
                _ => return source.help(),
            },
            Self::Spaces { source, .. } => return source.help(),
            Self::NoSpaces => "set SPACES_ACCESS_KEY_ID and SPACES_SECRET_ACCESS_KEY to a key of full access",
            Self::Twice { .. } => {
                "did two runs make it at the same time? Delete the one that is not used, and plan again"
            }
            Self::Failed { .. } => "see what the control panel says of it, or delete it there, and apply again",
            Self::Changed { .. } => "plan again, and look at what has changed",
            Self::Taken { .. } => "choose another name, or have it deleted in the account that has it",
            Self::NotAssigned { .. } => "apply again in a moment",
            Self::TooLong(_) => "it may still be going on: apply again, which takes it up where it is",
            Self::Keeper(_) => "see that there is a certificate to seal with; the next apply makes another secret",
            Self::Interrupted => "apply again, which takes it up where it is",
        };
        text.to_owned()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn each_status_says_what_to_do() {
        let error = |status| Error::Call {
            what: "list the clusters".to_owned(),
            scope: "kubernetes:read",
            source: http::Error::Status(Box::new(http::StatusError {
                method: http::Method::Get,
                url: http::Url::parse("https://api.example.com/v2/kubernetes/clusters").unwrap(),
                status,
                excerpt: None,
                request_id: None,
            })),
        };
        for (status, words) in [
            (401, "DIGITALOCEAN_TOKEN"),
            (403, "the scope `kubernetes:read`"),
            (404, "plan again"),
            (412, "in a few minutes"),
            (422, "change that in the values"),
            (429, "wait"),
            (502, "the server has a problem"),
        ] {
            assert!(error(status).help().contains(words), "{status}: {}", error(status).help());
        }
        assert!(error(404).is_not_found() && !error(403).is_not_found());
        assert!(error(500).may_have_acted() && !error(422).may_have_acted());
    }
}
