//! Auth0's Management API (<https://auth0.com/docs/api/management/v2>), as far as the platform needs it.
//!
//! Each call is a function that makes a request, one that reads the answer, and a method of [`Api`] that sends; a file
//! per kind. What is wanted, and what may be changed, is decided elsewhere: nothing here knows of values or owners.

mod action;
mod application;
mod connection;
mod login;
mod page;
mod role;

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use action::{
    Action, ActionReference, ActionSettings, ActionStatus, Binding, BindingSettings, BoundAction, POST_LOGIN, Trigger,
    TriggerVersion,
};
pub use application::{Application, ApplicationSettings, JwtConfiguration};
pub use connection::Connection;
pub use login::Credentials;
pub use role::{Role, User};

use super::error::{Error, Refusal};
use crate::http::{Client, Method, Pause, Request, Response, Url, as_segment};
use login::Login;

/// How long to wait between two requests: the free plan grants two a second.
const PACE: Duration = Duration::from_millis(500);

/// How often something is asked for whose answer makes no sense.
const ATTEMPTS: usize = 3;

/// A tenant's Management API, for as long as a command runs. One request goes out at a time.
pub struct Api<'c> {
    client: &'c Client,
    base: Base,
    domain: String,
    credentials: Credentials,
    pause: Pause,
    state: Mutex<State>,
}

/// What is known of the session. The token lives here, and is wiped with it.
#[derive(Default)]
struct State {
    login: Option<Login>,
    has_sent: bool,
}

impl<'c> Api<'c> {
    /// The API of the tenant with the domain `domain`, such as `example.eu.auth0.com`, at the address `base`:
    /// `https://` and that domain, or another place for a test. `pause` waits between requests.
    pub fn new(client: &'c Client, base: Url, domain: &str, credentials: Credentials, pause: Pause) -> Self {
        let domain = domain.to_owned();
        Self { client, base: Base(base), domain, credentials, pause, state: Mutex::default() }
    }

    /// Those of `wanted` that the token was not granted, each once; none where the login did not say what it grants.
    ///
    /// # Errors
    /// No token is to be had.
    pub fn missing_scopes<'s>(&self, wanted: &[&'s str]) -> Result<Vec<&'s str>, Error> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let login = self.login(&mut state)?;
        let granted = login.scopes.as_ref();
        Ok(wanted.iter().copied().filter(|scope| granted.is_some_and(|granted| !granted.contains(*scope))).collect())
    }

    /// Sends a request with a token, once more with a new one where the old one has expired.
    fn call(&self, request: &Request) -> Result<Response, Error> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = state.login.is_none();
        let token = self.login(&mut state)?.token.as_bearer();
        let mut response = self.send(&mut state, &request.clone().secret("authorization", token))?;
        if response.status == 401 && !is_new {
            state.login = None;
            let token = self.login(&mut state)?.token.as_bearer();
            response = self.send(&mut state, &request.clone().secret("authorization", token))?;
        }
        if response.is_success() { Ok(response) } else { Err(Error::Refused(Box::new(Refusal::of(&response)))) }
    }

    /// What the answer to a request says that only reads. One that makes no sense is asked for again: a proxy in between
    /// may have spoken.
    fn ask<T>(&self, request: &Request, read: impl Fn(&Response) -> Result<T, Error>) -> Result<T, Error> {
        let mut attempt = 1;
        loop {
            match read(&self.call(request)?) {
                Err(Error::Http(crate::http::Error::Malformed { .. })) if attempt < ATTEMPTS => attempt += 1,
                outcome => return outcome,
            }
        }
    }

    /// The token of this run, which is asked for once.
    fn login<'s>(&self, state: &'s mut State) -> Result<&'s Login, Error> {
        let login = if let Some(login) = state.login.take() {
            login
        } else {
            let request = login::request(&self.base, &self.domain, &self.credentials)?;
            let response = self.send(state, &request)?;
            if !response.is_success() {
                let source = Box::new(Refusal::of(&response));
                return Err(Error::Login { domain: self.domain.clone(), source });
            }
            login::read_token(&response)?
        };
        Ok(state.login.insert(login))
    }

    fn send(&self, state: &mut State, request: &Request) -> Result<Response, Error> {
        if std::mem::replace(&mut state.has_sent, true) {
            (self.pause)(PACE);
        }
        Ok(self.client.send(request)?)
    }
}

impl fmt::Debug for Api<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").field("domain", &self.domain).finish_non_exhaustive()
    }
}

/// Where the API is.
#[derive(Debug, Clone)]
struct Base(Url);

impl Base {
    /// The address of something, by the segments of its path below `/api/v2`. Ids are text of a server: a slash in one
    /// must not lead elsewhere.
    fn at(&self, segments: &[&str]) -> Url {
        let path: Vec<_> = segments.iter().map(|segment| as_segment(segment)).collect();
        self.0.below("api/v2").below(&path.join("/"))
    }

    fn get(&self, segments: &[&str], query: &[(&str, &str)]) -> Request {
        let url = self.at(segments);
        Request::get(if query.is_empty() { url } else { url.with_query(query) }).compressed()
    }

    /// A request that says something.
    fn tell(&self, method: Method, segments: &[&str], body: &impl Serialize) -> Result<Request, Error> {
        json(Request::new(method, self.at(segments)), body)
    }
}

/// Gives a request a body of JSON.
fn json(request: Request, body: &impl Serialize) -> Result<Request, Error> {
    let unfit = |_| crate::http::Error::Malformed {
        method: request.method,
        url: request.url.clone(),
        problem: "what is to be sent can't be written as JSON".to_owned(),
    };
    let bytes = serde_json::to_vec(body).map_err(unfit)?;
    Ok(request.body("application/json", bytes))
}

/// The body of an answer. What is wrong with one is told by its place only: the text itself may be a secret.
fn read<T: DeserializeOwned>(response: &Response) -> Result<T, Error> {
    let read = serde_json::from_slice(&response.body);
    read.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        response.malformed(format!("its body is not what was expected, at line {line}, column {column}")).into()
    })
}

/// A field that may be absent or `null`, which mean the same.
fn nullable<'de, D: serde::Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}
