//! The login of a program: client credentials become a token, which is kept in memory only.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Base, Error, json, read};
use crate::http::{Method, Request, Response, Secret};

/// Who asks: a machine-to-machine application of the tenant.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The id of the application.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
}

/// What a login gave.
pub(super) struct Login {
    pub(super) token: Secret,
    /// What the token may do; not known where the answer does not say.
    pub(super) scopes: Option<BTreeSet<String>>,
}

#[derive(Serialize)]
struct Body<'a> {
    grant_type: &'a str,
    client_id: &'a str,
    client_secret: &'a str,
    audience: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(deserialize_with = "secret")]
    access_token: Secret,
    scope: Option<String>,
}

/// Takes a text over without a copy that nobody wipes.
pub(super) fn secret<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    Ok(Secret::new(String::deserialize(deserializer)?))
}

/// Asks for a token. The API is known by the tenant's own domain, wherever it is reached.
pub(super) fn request(base: &Base, domain: &str, credentials: &Credentials) -> Result<Request, Error> {
    let audience = format!("https://{domain}/api/v2/");
    let body = Body {
        grant_type: "client_credentials",
        client_id: &credentials.client_id,
        client_secret: credentials.client_secret.expose(),
        audience: &audience,
    };
    // A second token does no harm.
    Ok(json(Request::new(Method::Post, base.0.below("oauth/token")), &body)?.may_repeat())
}

pub(super) fn read_token(response: &Response) -> Result<Login, Error> {
    let answer: Answer = read(response)?;
    let scopes = answer.scope.map(|scope| scope.split_whitespace().map(str::to_owned).collect());
    Ok(Login { token: answer.access_token, scopes })
}
