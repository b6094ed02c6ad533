//! A call as a value: what is asked, and what a token needs for it.

use serde::Serialize;
use serde_json::Value;

use crate::cloud::Error;
use crate::http::{self, Method, Request, Secret, Url, as_segment};

/// One call to the API.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// What is to be done.
    pub method: Method,
    /// Where, below the address of the API: `/v2/…`, escaped.
    pub path: String,
    /// The parameters of the query.
    pub query: Vec<(&'static str, String)>,
    /// What is sent along.
    pub body: Option<Value>,
    /// The scope that the token needs.
    pub scope: &'static str,
    /// What it is for; completes "could not …".
    pub what: String,
    /// The media types that it takes.
    accept: &'static str,
    may_repeat: bool,
}

impl Call {
    /// A call without parameters and body, to the path made of `segments` below `/v2`.
    pub(super) fn new(method: Method, segments: &[&str], scope: &'static str, what: impl Into<String>) -> Self {
        let path = segments.iter().map(|segment| format!("/{}", as_segment(segment)));
        Self {
            method,
            path: format!("/v2{}", path.collect::<String>()),
            query: Vec::new(),
            body: None,
            scope,
            what: what.into(),
            accept: "application/json",
            may_repeat: false,
        }
    }

    pub(super) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// Gives it a body. What can't be JSON, such as a map with keys that are no texts, is not among what is sent here.
    pub(super) fn body(mut self, body: impl Serialize) -> Self {
        self.body = serde_json::to_value(body).ok();
        self
    }

    /// Takes any answer: what is no JSON is refused to who asks for JSON.
    pub(super) fn any_answer(mut self) -> Self {
        self.accept = "*/*";
        self
    }

    /// Says that it does no harm to send it twice.
    pub(super) fn may_repeat(mut self) -> Self {
        self.may_repeat = true;
        self
    }

    /// The request that makes the call.
    pub fn request(&self, base: &Url, token: &Secret) -> Request {
        let query: Vec<_> = self.query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let below = base.below(self.path.trim_start_matches('/'));
        let url = if query.is_empty() { below } else { below.with_query(&query) };
        let mut request =
            Request::new(self.method, url).header("accept", self.accept).secret("authorization", token.as_bearer());
        if let Some(body) = &self.body {
            request = request.body("application/json", body.to_string().into_bytes());
        }
        if self.may_repeat { request.may_repeat() } else { request }
    }

    /// The error that the call failed.
    pub(super) fn failed(&self, source: http::Error) -> Error {
        Error::Call { what: self.what.clone(), scope: self.scope, source }
    }
}
