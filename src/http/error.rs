//! Why there is no answer that could be used. No message has a secret in it: neither a header nor a query is shown.

use std::io;
use std::path::PathBuf;

use super::request::Method;
use super::url::Url;

/// A request failed for good, after all retries.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No whole answer came.
    #[error("{method} {url} failed{}", times(*attempts))]
    Transport {
        /// What was asked.
        method: Method,
        /// Where.
        url: Url,
        /// How often it was tried.
        attempts: u32,
        /// What happened the last time.
        source: Failure,
    },
    /// The server answered that it did not work.
    #[error("{0}")]
    Status(Box<StatusError>),
    /// The answer is larger than such an answer should be.
    #[error("{method} {url} answered with more than {} MiB", limit / (1024 * 1024))]
    TooLarge {
        /// What was asked.
        method: Method,
        /// Where.
        url: Url,
        /// How many bytes would have been read.
        limit: u64,
    },
    /// A redirect leads where it must not, or in circles.
    #[error("{method} {url} leads {problem}")]
    Redirect {
        /// What was asked.
        method: Method,
        /// The page that sends elsewhere.
        url: Url,
        /// Where it leads; completes "leads …".
        problem: String,
    },
    /// The answer is not what was asked for.
    #[error("{method} {url} gave an unusable answer: {problem}")]
    Malformed {
        /// What was asked.
        method: Method,
        /// Where.
        url: Url,
        /// What is wrong with it.
        problem: String,
    },
    /// The certificates to trust can't be read.
    #[error("could not read certificates to trust from `{}`", path.display())]
    Authorities {
        /// The file, or the system's store.
        path: PathBuf,
        /// What is wrong with it.
        source: io::Error,
    },
}

fn times(attempts: u32) -> String {
    if attempts > 1 { format!(" {attempts} times") } else { String::new() }
}

/// What kept an answer from coming.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The host has no address.
    #[error("the host was not found")]
    HostNotFound,
    /// It took too long to get a connection, so nothing was sent.
    #[error("it took longer than allowed ({0})")]
    Unreachable(String),
    /// It took too long.
    #[error("it took longer than allowed ({0})")]
    Timeout(String),
    /// The server's certificate does not stand a check, or there is no common way to encrypt.
    #[error("no secure connection: {0}")]
    Tls(String),
    /// The proxy refused to pass it on.
    #[error("the proxy refused: {0}")]
    Proxy(String),
    /// The connection could not be made, or broke.
    #[error(transparent)]
    Connection(io::Error),
    /// What came is not HTTP.
    #[error("the answer is not HTTP: {0}")]
    Protocol(String),
}

impl Failure {
    /// Whether another attempt may end better.
    pub(super) fn may_pass(&self) -> bool {
        !matches!(self, Self::Tls(_) | Self::Proxy(_))
    }

    /// Whether it surely happened before anything of the request left: the server can't have done a thing.
    pub(super) fn is_before_sending(&self) -> bool {
        match self {
            Self::HostNotFound | Self::Unreachable(_) | Self::Tls(_) | Self::Proxy(_) => true,
            Self::Connection(error) => matches!(
                error.kind(),
                io::ErrorKind::ConnectionRefused
                    | io::ErrorKind::HostUnreachable
                    | io::ErrorKind::NetworkUnreachable
                    | io::ErrorKind::AddrNotAvailable
            ),
            Self::Timeout(_) | Self::Protocol(_) => false,
        }
    }
}

/// An answer whose status says that it did not work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{method} {url} answered {status}{}{}", shown(": ", excerpt.as_ref()), shown("; request id ", request_id.as_ref()))]
pub struct StatusError {
    /// What was asked.
    pub method: Method,
    /// Where.
    pub url: Url,
    /// The status code.
    pub status: u16,
    /// The beginning of what it says, on one line.
    pub excerpt: Option<String>,
    /// How the server calls this request.
    pub request_id: Option<String>,
}

fn shown(before: &str, text: Option<&String>) -> String {
    text.map(|text| format!("{before}{text}")).unwrap_or_default()
}

impl Error {
    /// The status that the server answered with.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status(error) => Some(error.status),
            _ => None,
        }
    }

    /// Whether the server may have done what a request asked for that failed in this way. Where it may have, whoever
    /// asked has to look before asking again; where it can't have, nothing has happened.
    pub fn may_have_acted(&self) -> bool {
        match self {
            Self::Transport { source, .. } => !source.is_before_sending(),
            Self::Status(error) => error.status >= 500,
            // The answer was cut off at its body, so there was one.
            Self::TooLarge { .. } | Self::Malformed { .. } => true,
            // Only what merely reads follows a redirect, and nothing is sent without certificates.
            Self::Redirect { .. } | Self::Authorities { .. } => false,
        }
    }

    /// What to do next, in one line.
    pub fn help(&self) -> String {
        let text = match self {
            Self::Transport { source: Failure::HostNotFound, .. } => {
                "see that the host is right and that this machine is online; behind a proxy set HTTPS_PROXY"
            }
            Self::Transport { source: Failure::Tls(_), .. } => {
                "where a proxy opens connections, give its certificate: `--ca-file FILE`"
            }
            Self::Transport { source: Failure::Proxy(_), .. } => "see that HTTPS_PROXY and its user are right",
            Self::Transport { .. } => "try again; behind a proxy set HTTPS_PROXY",
            Self::Status(error) => match error.status {
                401 | 403 => "see that it may be read without a login",
                404 | 410 => "see that the address is right",
                429 => "wait, and try again",
                500.. => "the server has a problem: try again later",
                _ => "see that the address and the version of the server are right",
            },
            Self::TooLarge { .. } | Self::Redirect { .. } | Self::Malformed { .. } => {
                "see that the address is right; a login page in between answers like this"
            }
            Self::Authorities { .. } => "name a file of certificates in PEM form",
        };
        text.to_owned()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn what_can_not_have_reached_the_server_has_not_been_done() {
        let url = || Url::parse("https://example.com").unwrap();
        let transport = |source| Error::Transport { method: Method::Post, url: url(), attempts: 1, source };
        let status = |status| {
            let error = StatusError { method: Method::Post, url: url(), status, excerpt: None, request_id: None };
            Error::Status(Box::new(error))
        };
        let connection = |kind: io::ErrorKind| transport(Failure::Connection(kind.into()));
        for (error, may) in [
            (transport(Failure::HostNotFound), false),
            (transport(Failure::Unreachable("connect".into())), false),
            (transport(Failure::Tls("x".into())), false),
            (transport(Failure::Proxy("x".into())), false),
            (connection(io::ErrorKind::ConnectionRefused), false),
            (connection(io::ErrorKind::ConnectionReset), true),
            (connection(io::ErrorKind::UnexpectedEof), true),
            (transport(Failure::Timeout("receive response".into())), true),
            (transport(Failure::Protocol("x".into())), true),
            (status(404), false),
            (status(422), false),
            (status(429), false),
            (status(500), true),
            (status(504), true),
            (Error::Malformed { method: Method::Post, url: url(), problem: "x".into() }, true),
            (Error::TooLarge { method: Method::Post, url: url(), limit: 1 }, true),
        ] {
            assert_eq!(error.may_have_acted(), may, "{error:?}");
        }
    }
}
