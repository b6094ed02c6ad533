//! Why something of the cloud did not work, and what to do about it.

use crate::http;

/// A call, or what was built of several, failed.
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
}

impl Error {
    /// The status that the API answered with.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Call { source, .. } => source.status(),
        }
    }

    /// Whether the API says that there is no such thing.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Whether the API may have done what was asked although it failed: then look before asking again.
    pub fn may_have_acted(&self) -> bool {
        match self {
            Self::Call { source, .. } => source.may_have_acted(),
        }
    }

    /// What to do next, in one line.
    pub fn help(&self) -> String {
        match self {
            Self::Call { scope, source, .. } => match source.status() {
                Some(400 | 422) => {
                    "the answer says what it refuses: change that in the values; `render cloud options` lists what is \
                     offered"
                        .to_owned()
                }
                Some(401) => "set DIGITALOCEAN_TOKEN to a token that is valid and has not expired".to_owned(),
                Some(403) => format!("give the token in DIGITALOCEAN_TOKEN the scope `{scope}`"),
                Some(404) => "it is gone, or the token may not see it: plan again".to_owned(),
                Some(409 | 412) => "something else is still in the way: try again in a few minutes".to_owned(),
                Some(429) => "an hour allows 5,000 requests: wait, and try again".to_owned(),
                _ => source.help(),
            },
        }
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
