//! Why a call of S3 did not work, and what to do about it.

use super::xml;
use crate::http::{self, BadUrl, Method, Url};

/// How many characters of a message are shown.
const EXCERPT: usize = 200;

/// A call did not do what it was for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No answer came, or none that could be used.
    #[error(transparent)]
    Http(#[from] http::Error),
    /// The service said no.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// A region whose name gives no address.
    #[error("the address of the region `{region}` {source}")]
    Region {
        /// The region.
        region: String,
        /// What is wrong with the address; completes "the address …".
        source: BadUrl,
    },
    /// Some objects were kept although they were to be deleted.
    #[error("{count} object(s) of the bucket `{bucket}` could not be deleted; the first is `{key}`: {code}")]
    NotDeleted {
        /// The bucket.
        bucket: String,
        /// How many are still there.
        count: usize,
        /// The first of them.
        key: String,
        /// Why it is still there.
        code: String,
    },
    /// An object whose name has characters that no document can carry.
    #[error("the bucket `{bucket}` has an object that can't be named in a request: `{key}`")]
    Unspeakable {
        /// The bucket.
        bucket: String,
        /// The name, with escapes.
        key: String,
    },
}

/// An answer of the service that says no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{method} {url} answered {status}{}{}{}",
    shown(" ", self.code.as_ref()),
    shown(": ", self.message.as_ref()),
    shown("; request id ", self.request_id.as_ref())
)]
pub struct Refusal {
    /// What was asked.
    pub method: Method,
    /// Where.
    pub url: Url,
    /// The status code.
    pub status: u16,
    /// How S3 calls the reason; none in an answer to HEAD, or from something in between.
    pub code: Option<String>,
    /// The reason in words, on one line.
    pub message: Option<String>,
    /// How the service calls this request.
    pub request_id: Option<String>,
}

fn shown(before: &str, text: Option<&String>) -> String {
    text.map(|text| format!("{before}{text}")).unwrap_or_default()
}

impl Refusal {
    /// Reads the body of an answer; of one that is no error of S3 there is only the status.
    pub(super) fn read(method: Method, url: Url, status: u16, body: &str) -> Self {
        let element = xml::parse(body).ok();
        // Some doubles wrap it: `<ErrorResponse><Error>…`.
        let error =
            element.as_ref().and_then(|root| if root.name == "Error" { Some(root) } else { root.first("Error") });
        let part = |name| error.and_then(|error| error.value(name)).map(one_line).filter(|text| !text.is_empty());
        let request_id = part("RequestId").filter(|id| id != "not available");
        Self { method, url, status, code: part("Code"), message: part("Message"), request_id }
    }
}

/// The beginning of a text on one line, without characters that a terminal would obey.
fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !c.is_control()).take(EXCERPT).collect()
}

impl Error {
    /// The status of the answer, where one came.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(refusal) => Some(refusal.status),
            Self::Http(error) => error.status(),
            Self::Region { .. } | Self::NotDeleted { .. } | Self::Unspeakable { .. } => None,
        }
    }

    /// How S3 calls the reason, where it gave one.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused(refusal) => refusal.code.as_deref(),
            Self::NotDeleted { code, .. } => Some(code),
            Self::Http(_) | Self::Region { .. } | Self::Unspeakable { .. } => None,
        }
    }

    /// Whether a bucket was not created because somebody has one of that name: also its owner, and also where another
    /// try of the same call has created it.
    pub fn is_taken(&self) -> bool {
        matches!(self.code(), Some("BucketAlreadyExists" | "BucketAlreadyOwnedByYou"))
    }

    /// Whether a bucket was not deleted because there is something in it.
    pub fn is_not_empty(&self) -> bool {
        self.code() == Some("BucketNotEmpty")
    }

    /// Whether the bucket is not there, or not yet there for everybody.
    pub fn is_missing(&self) -> bool {
        self.code() == Some("NoSuchBucket") || (self.status() == Some(404) && self.code().is_none())
    }

    /// Whether it may work in a while: the bucket or the keys are new, or somebody works on the same bucket.
    pub fn may_settle(&self) -> bool {
        self.is_missing() || matches!(self.code(), Some("OperationAborted" | "InvalidAccessKeyId"))
    }

    /// Whether the service may have done what was asked although it failed: then look before asking again.
    pub fn may_have_acted(&self) -> bool {
        match self {
            Self::Http(error) => error.may_have_acted(),
            Self::Refused(refusal) => refusal.status >= 500,
            Self::NotDeleted { .. } => true,
            Self::Region { .. } | Self::Unspeakable { .. } => false,
        }
    }

    /// What to do next, in one line.
    pub fn help(&self) -> String {
        let text = match self {
            Self::Http(error) => return error.help(),
            Self::Region { .. } => {
                "name a region of Spaces, for example `fra1`; see `SPACES_ENDPOINT_URL`, if it is set"
            }
            Self::NotDeleted { .. } => "run the command again; if it stays, delete the object in the control panel",
            Self::Unspeakable { .. } => "delete that object in the control panel, then run the command again",
            Self::Refused(refusal) => match (refusal.code.as_deref(), refusal.status) {
                (Some("InvalidAccessKeyId"), _) => {
                    "see that SPACES_ACCESS_KEY_ID and SPACES_SECRET_ACCESS_KEY are those of a Spaces key of this account"
                }
                (Some("SignatureDoesNotMatch"), _) => {
                    "see that SPACES_SECRET_ACCESS_KEY is the secret that belongs to SPACES_ACCESS_KEY_ID"
                }
                (Some("RequestTimeTooSkewed" | "RequestExpired"), _) => "set the clock of this machine",
                (Some("AccessDenied"), _) | (None, 403) => {
                    "buckets need a Spaces key with full access to all buckets; those of one bucket may not change it"
                }
                (Some("BucketAlreadyExists" | "BucketAlreadyOwnedByYou"), _) => {
                    "names of buckets are shared by everybody: choose another one; a deleted bucket keeps its name for a while"
                }
                (Some("BucketNotEmpty"), _) => "empty the bucket, or let it be emptied: `--delete-data`",
                (Some("TooManyBuckets"), _) => "delete a bucket, or ask for a higher limit: an account has a hundred",
                (Some("InvalidBucketName"), _) => {
                    "3 to 63 lower-case letters, digits and hyphens; a letter or a digit at both ends"
                }
                (Some("NoSuchBucket"), _) => "a new bucket takes some minutes to be seen everywhere: try again",
                (_, 429 | 500..) => "the service has a problem: try again later",
                _ => "see that the region and the name of the bucket are right",
            },
        };
        text.to_owned()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn refused(status: u16, body: &str) -> Error {
        let url = Url::parse("https://fra1.example.com/loki?lifecycle=").unwrap();
        Error::Refused(Box::new(Refusal::read(Method::Get, url, status, body)))
    }

    #[test]
    fn errors_are_read_in_every_shape() {
        let asked = "GET https://fra1.example.com/loki?… answered";
        for (status, body, expected) in [
            (
                403,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>SignatureDoesNotMatch</Code>\
                 <RequestId>tx01-nyc3a</RequestId><HostId>24e9b-nyc3a-nyc</HostId></Error>",
                "403 SignatureDoesNotMatch; request id tx01-nyc3a",
            ),
            (
                403,
                "<Error><Code>AccessDenied</Code><Message>Access Denied.</Message><Resource>/</Resource>\
                 <RequestId>not available</RequestId></Error>",
                "403 AccessDenied: Access Denied.",
            ),
            (409, "<Error><Code>BucketAlreadyExists</Code><RequestId></RequestId></Error>", "409 BucketAlreadyExists"),
            (409, "<R><Error><Code>A</Code><Message>two\n\x1b[31mlines</Message></Error></R>", "409 A: two [31mlines"),
            (503, "<html><body>proxy</body></html>", "503"),
            (502, "<!DOCTYPE html><html></html>", "502"),
            (500, "", "500"),
            (500, "not <xml", "500"),
        ] {
            assert_eq!(refused(status, body).to_string(), format!("{asked} {expected}"));
        }
    }

    #[test]
    fn every_refusal_says_what_to_do() {
        let coded = |status, code: &str| refused(status, &format!("<Error><Code>{code}</Code></Error>"));
        for (error, part) in [
            (coded(403, "InvalidAccessKeyId"), "SPACES_ACCESS_KEY_ID and SPACES_SECRET_ACCESS_KEY"),
            (coded(403, "SignatureDoesNotMatch"), "the secret that belongs to"),
            (coded(403, "AccessDenied"), "full access"),
            (coded(403, "RequestTimeTooSkewed"), "clock"),
            (refused(403, ""), "full access"),
            (coded(503, "SlowDown"), "try again later"),
            (coded(400, "Else"), "the name of the bucket"),
        ] {
            assert!(error.help().contains(part), "{error}: {}", error.help());
        }
    }

    #[test]
    fn what_others_decide_by_has_a_name() {
        let coded = |status, code: &str| refused(status, &format!("<Error><Code>{code}</Code></Error>"));
        assert!(coded(409, "BucketAlreadyExists").is_taken() && coded(409, "BucketNotEmpty").is_not_empty());
        assert!(coded(404, "NoSuchBucket").is_missing() && refused(404, "").is_missing());
        assert!(!coded(404, "NoSuchCORSConfiguration").is_missing() && !refused(403, "").is_missing());
        assert!(coded(409, "OperationAborted").may_settle() && !coded(403, "AccessDenied").may_settle());
    }
}
