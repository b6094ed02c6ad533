//! Why the provider did not do what was asked. No message has a secret in it: nothing of what was sent is shown, and of
//! what came only what the provider says of the fault.

use serde_json::Value;

use crate::http::{self, Method, Response, Url};
use crate::plan::{KeeperError, TooLong};

/// How many characters of the provider's own words a message shows.
const EXCERPT: usize = 300;

/// A call to the identity provider failed for good.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No answer came, or none that can be used.
    #[error(transparent)]
    Http(#[from] http::Error),
    /// What the values name as an issuer is no address that a request could go to.
    #[error("`{0}` is no address that can be asked")]
    NoAddress(String),
    /// The provider does not know the credentials, or grants them no token for its API.
    #[error("could not log in at `{domain}`")]
    Login {
        /// The domain of the tenant.
        domain: String,
        /// What it answered.
        source: Box<Refusal>,
    },
    /// The API refused a call.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// The token may not do what is to be done.
    #[error("the token may not do what is to be done: it lacks `{}`", .0.join("`, `"))]
    MissingScopes(Vec<&'static str>),
    /// What was to be made is there, and is somebody else's.
    #[error("the {what} `{name}` turned up at Auth0 with the id `{id}`, and is not ours")]
    NotOurs {
        /// What it is.
        what: &'static str,
        /// Its name.
        name: String,
        /// Its id.
        id: String,
    },
    /// There is more than one of what there should be one of.
    #[error("there are {} applications `{name}` at Auth0: `{}`", ids.len(), ids.join("`, `"))]
    Twice {
        /// The name.
        name: String,
        /// The ids.
        ids: Vec<String>,
    },
    /// The provider does not tell a secret that it should tell.
    #[error("the provider does not tell the secret of the application")]
    NoSecret,
    /// A step is about a client that the values do not have.
    #[error("the values do not want the client `{0}`")]
    Unwanted(String),
    /// The code of the action can't be built.
    #[error("Auth0 could not build the action `{0}`")]
    Build(String),
    /// A secret could not be sealed or stored.
    #[error("could not keep the secret of a client")]
    Keep(#[source] KeeperError),
    /// It took longer than anybody wants to wait.
    #[error(transparent)]
    TooLong(TooLong),
    /// The run was asked to end.
    #[error("stopped before it was done")]
    Interrupted,
}

/// An answer that says that it did not work, in either form that Auth0 has: that of the Management API
/// (`statusCode`, `error`, `message`, `errorCode`) and that of the login (`error`, `error_description`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{method} {url} answered {status}{}{}{}", shown(" `", code.as_ref(), "`"), shown(": ", message.as_ref(), ""), shown("; request id ", request_id.as_ref(), ""))]
pub struct Refusal {
    /// What was asked.
    pub method: Method,
    /// Where.
    pub url: Url,
    /// The status code.
    pub status: u16,
    /// The short name of the fault, such as `insufficient_scope`.
    pub code: Option<String>,
    /// What the provider says of it, on one line.
    pub message: Option<String>,
    /// How the provider calls this request.
    pub request_id: Option<String>,
}

fn shown(before: &str, text: Option<&String>, after: &str) -> String {
    text.map(|text| format!("{before}{text}{after}")).unwrap_or_default()
}

impl Refusal {
    /// What a refusing answer says.
    pub(super) fn of(response: &Response) -> Self {
        let body = response.json().unwrap_or_default();
        let first = |keys: &[&str]| keys.iter().find_map(|key| line(body.get(*key)?));
        Self {
            method: response.method,
            url: response.url.clone(),
            status: response.status,
            // `error` is a word for machines at the login, and that of the status at the Management API.
            code: first(&["errorCode"])
                .or_else(|| first(&["error"]).filter(|_| body.get("error_description").is_some())),
            message: first(&["message", "error_description", "error"]),
            request_id: response.header("x-auth0-requestid").or_else(|| response.request_id()).map(str::to_owned),
        }
    }

    /// The scopes of which the call needs one, where the provider names them.
    pub fn missing_scopes(&self) -> Vec<&str> {
        let named = self.message.as_deref().and_then(|message| message.split_once("expected any of:"));
        let words = named.map(|(_, scopes)| scopes.split([',', ' '])).into_iter().flatten();
        words.map(|word| word.trim_end_matches('.')).filter(|word| word.contains(':')).collect()
    }

    fn help(&self) -> String {
        let scopes = self.missing_scopes();
        match self.status {
            401 => CREDENTIALS.to_owned(),
            403 if !scopes.is_empty() => {
                let names: Vec<_> = scopes.iter().map(|scope| format!("`{scope}`")).collect();
                format!("grant the application of AUTH0_CLIENT_ID {} of the Auth0 Management API", names.join(" or "))
            }
            403 => {
                "grant the application of AUTH0_CLIENT_ID the scope for this call of the Auth0 Management API".into()
            }
            404 => "it may just have been removed: plan again".to_owned(),
            409 => "something else has that name or is being changed: plan again".to_owned(),
            429 => "the tenant's limit of requests is reached: wait a minute, and run it again".to_owned(),
            500.. => "the provider has a problem: run it again later, it goes on where it ended".to_owned(),
            _ => "the message of the provider says what it does not accept".to_owned(),
        }
    }
}

const CREDENTIALS: &str = "see that AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET are those of a machine-to-machine \
     application of the tenant, and AUTH0_DOMAIN its own domain";

impl Error {
    /// The status that the provider answered with.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Http(error) => error.status(),
            Self::Login { source, .. } => Some(source.status),
            Self::Refused(refusal) => Some(refusal.status),
            _ => None,
        }
    }

    /// Whether the provider may have done what a call asked for that failed in this way.
    pub fn may_have_acted(&self) -> bool {
        match self {
            Self::Http(error) => error.may_have_acted(),
            Self::Refused(refusal) => refusal.status >= 500,
            _ => false,
        }
    }

    /// What to do next, in one line.
    pub fn help(&self) -> String {
        match self {
            Self::Http(error) => error.help(),
            Self::NoAddress(_) => "correct `identity.issuer`".to_owned(),
            Self::Login { source, .. } => match (source.status, source.message.as_deref().unwrap_or_default()) {
                (429 | 500.., _) => source.help(),
                (_, message) if message.contains("not authorized to access") => {
                    "authorise the application of AUTH0_CLIENT_ID for the Auth0 Management API".to_owned()
                }
                // The API is known by the domain that Auth0 gave the tenant.
                (_, message) if message.contains("not enabled within domain") => {
                    "set AUTH0_DOMAIN to the domain that Auth0 gave the tenant, not to one of your own".to_owned()
                }
                _ => CREDENTIALS.to_owned(),
            },
            Self::Refused(refusal) => refusal.help(),
            Self::MissingScopes(scopes) => {
                let names: Vec<_> = scopes.iter().map(|scope| format!("`{scope}`")).collect();
                format!("grant the application of AUTH0_CLIENT_ID {} of the Auth0 Management API", names.join(", "))
            }
            Self::NotOurs { .. } | Self::Unwanted(_) => "make the plan again, and look at what has changed".to_owned(),
            Self::Twice { .. } => {
                "two runs at once? see which one is in use, delete the other at Auth0, and run it again".to_owned()
            }
            Self::NoSecret => "grant `read:client_keys`, or give it a new one by `render identity rotate`".to_owned(),
            Self::Build(_) => "look at the action at Auth0, which says why; then run it again".to_owned(),
            Self::Keep(_) => "mend that, and run it again: what the provider has is sealed then".to_owned(),
            Self::TooLong(_) | Self::Interrupted => "run it again: it goes on where it ended".to_owned(),
        }
    }
}

/// A text of a body on one line, no longer than a message bears.
fn line(value: &Value) -> Option<String> {
    let words: Vec<_> = value.as_str()?.split_whitespace().collect();
    let text: String = words.join(" ").chars().filter(|character| !character.is_control()).collect();
    let end = text.char_indices().nth(EXCERPT).map(|(at, _)| at);
    let text = end.map_or_else(|| text.clone(), |end| format!("{}…", &text[..end]));
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn refusal(status: u16, code: Option<&str>, message: &str) -> Refusal {
        let url = Url::parse("https://example.eu.auth0.com/api/v2/clients").unwrap().with_query(&[("page", "0")]);
        let owned = |text: &str| text.to_owned();
        Refusal {
            method: Method::Get,
            url,
            status,
            code: code.map(owned),
            message: Some(owned(message)),
            request_id: None,
        }
    }

    #[test]
    fn a_missing_scope_is_named() {
        let message = "Insufficient scope, expected any of: read:clients,read:client_summary";
        let error = Error::Refused(Box::new(refusal(403, Some("insufficient_scope"), message)));
        assert_eq!(
            error.to_string(),
            format!("GET https://example.eu.auth0.com/api/v2/clients?… answered 403 `insufficient_scope`: {message}")
        );
        assert_eq!(
            error.help(),
            "grant the application of AUTH0_CLIENT_ID `read:clients` or `read:client_summary` of the Auth0 Management API"
        );
    }

    #[test]
    fn a_login_says_which_variable_is_wrong() {
        let login = |status, message| {
            let source = Box::new(refusal(status, Some("access_denied"), message));
            Error::Login { domain: "example.eu.auth0.com".to_owned(), source }.help()
        };
        assert!(login(401, "Unauthorized").contains("AUTH0_CLIENT_SECRET"));
        assert!(login(403, "Client is not authorized to access \"x\".").starts_with("authorise"));
        assert!(login(403, "Service not enabled within domain: x").contains("set AUTH0_DOMAIN"));
        assert!(login(503, "Unauthorized").contains("later"));
    }

    #[test]
    fn the_provider_does_not_fill_the_terminal() {
        assert_eq!(line(&Value::from(" a\n\u{1b}[31m b ")), Some("a [31m b".to_owned()));
        assert_eq!(line(&Value::from("x".repeat(400))).unwrap().chars().count(), EXCERPT + 1);
        assert_eq!([line(&Value::from(" ")), line(&Value::from(3))], [None, None]);
    }
}
