//! A call of the Management API as it was read, and the answers to it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::payload::Problem;
use crate::loopback::Received;

/// What is answered; errors in the shape of the Management API.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Option<Value>,
    pub(crate) headers: Vec<(String, String)>,
    /// Whether only a mistake in the caller's code leads here.
    pub(crate) is_complaint: bool,
}

impl Answer {
    pub(crate) fn new(status: u16, body: Value) -> Self {
        Self { status, body: Some(body), headers: Vec::new(), is_complaint: false }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self { status, body: None, headers: Vec::new(), is_complaint: false }
    }

    /// An error; many of the real ones have no code.
    pub(crate) fn error(status: u16, message: &str, code: Option<&str>) -> Self {
        let error = match status {
            400 => "Bad Request",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            409 => "Conflict",
            429 => "Too Many Requests",
            _ => "Internal Server Error",
        };
        let mut body = json!({"statusCode": status, "error": error, "message": message});
        if let Some(code) = code {
            body["errorCode"] = json!(code);
        }
        Self::new(status, body)
    }

    pub(crate) fn not_found(message: &str) -> Self {
        Self::error(404, message, None)
    }

    pub(crate) fn complained(self) -> Self {
        Self { is_complaint: true, ..self }
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn message(&self) -> String {
        let body = self.body.as_ref();
        let text = body.and_then(|body| body["message"].as_str().or(body["error_description"].as_str()));
        text.unwrap_or_default().to_owned()
    }
}

/// A call that carries a good token.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) method: &'a str,
    /// The parts of the path below `/api/v2/`.
    pub(crate) path: Vec<String>,
    query: BTreeMap<String, String>,
    body: &'a [u8],
    scopes: BTreeSet<String>,
}

/// The part of a list that was asked for.
pub(crate) enum Window {
    Page { page: usize, per_page: usize, with_totals: bool },
    After { from: usize, take: usize },
}

impl<'a> Call<'a> {
    pub(crate) fn new(received: &'a Received, path: &str, query: &str, scopes: BTreeSet<String>) -> Self {
        let path = path.split('/').map(|part| decoded(part, false)).collect();
        Self { method: &received.method, path, query: pairs(query), body: &received.body, scopes }
    }

    pub(crate) fn may(&self, scope: &str) -> bool {
        self.scopes.contains(scope)
    }

    /// Refuses a caller who has none of `scopes`.
    pub(crate) fn needs(&self, scopes: &[&str]) -> Result<(), Answer> {
        if scopes.iter().any(|scope| self.may(scope)) {
            return Ok(());
        }
        let message = format!("Insufficient scope, expected any of: {}", scopes.join(","));
        Err(Answer::error(403, &message, Some("insufficient_scope")))
    }

    /// Refuses parameters that the call does not have.
    pub(crate) fn takes(&self, parameters: &[&str]) -> Result<(), Answer> {
        match self.query.keys().find(|name| !parameters.contains(&name.as_str())) {
            Some(name) => Err(bad_query(&format!("Additional properties not allowed: {name}"))),
            None => Ok(()),
        }
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Answer> {
        match self.parameter(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(bad_query(&format!("Expected type boolean for property {name}"))),
        }
    }

    fn number(&self, name: &str, most: usize) -> Result<Option<usize>, Answer> {
        let Some(text) = self.parameter(name) else { return Ok(None) };
        let number = text.parse().ok().filter(|number| *number <= most);
        let refusal = || bad_query(&format!("Value {text} of property {name} is not a number up to {most}"));
        number.map(Some).ok_or_else(refusal)
    }

    /// Pages by number, or from an item on: never both. A page holds at most `most` items.
    pub(crate) fn window(&self, most: usize) -> Result<Window, Answer> {
        let numbered = ["page", "per_page", "include_totals"].iter().any(|name| self.query.contains_key(*name));
        let (from, take) = (self.parameter("from"), self.number("take", most)?);
        if from.is_none() && take.is_none() {
            let page = self.number("page", usize::MAX)?.unwrap_or(0);
            let per_page = self.number("per_page", most)?.unwrap_or(most).max(1);
            // Beyond the first thousand, only `from` leads on.
            if page.saturating_mul(per_page) >= 1000 {
                return Err(bad_query("The maximum number of items is 1000; use from and take for more"));
            }
            return Ok(Window::Page { page, per_page, with_totals: self.flag("include_totals")?.unwrap_or(false) });
        }
        if numbered {
            return Err(bad_query("The parameters page, per_page and include_totals do not go with from and take"));
        }
        // A cursor is opaque: nobody but who gave it can make one.
        let from = match from {
            None => 0,
            Some(from) => {
                let position = from.strip_prefix("cursor.").and_then(|rest| usize::from_str_radix(rest, 7).ok());
                position.ok_or_else(|| bad_query("Invalid value of property from"))?
            }
        };
        Ok(Window::After { from, take: take.unwrap_or(most).max(1) })
    }

    /// The body, as an object.
    pub(crate) fn object(&self) -> Result<Map<String, Value>, Answer> {
        match serde_json::from_slice(self.body) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => Err(bad_body("Expected type object")),
            Err(_) => Err(bad_body("Invalid request payload JSON format")),
        }
    }

    /// The body, as a list.
    pub(crate) fn array(&self) -> Result<Vec<Value>, Answer> {
        match serde_json::from_slice(self.body) {
            Ok(Value::Array(list)) => Ok(list),
            _ => Err(bad_body("Expected type array")),
        }
    }

    /// Calls without a body may bear nothing, `{}` or `null`.
    pub(crate) fn no_body(&self) -> Result<(), Answer> {
        let is_empty = matches!(self.body.trim_ascii(), b"" | b"{}" | b"null");
        if is_empty { Ok(()) } else { Err(bad_body("A body is not allowed")) }
    }
}

/// One page of `items`, in the shape that was asked for.
pub(crate) fn page(window: &Window, name: &str, items: &[Value]) -> Value {
    match *window {
        Window::Page { page, per_page, with_totals } => {
            let start = page * per_page;
            let slice: Vec<_> = items.iter().skip(start).take(per_page).cloned().collect();
            if !with_totals {
                return json!(slice);
            }
            json!({"start": start, "limit": per_page, "length": slice.len(), "total": items.len(), name: slice})
        }
        Window::After { from, take } => {
            let slice: Vec<_> = items.iter().skip(from).take(take).cloned().collect();
            let mut answer = json!({name: slice});
            if from + take < items.len() {
                answer["next"] = json!(format!("cursor.{}", in_base_seven(from + take)));
            }
            answer
        }
    }
}

fn in_base_seven(mut number: usize) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push((number % 7).to_string());
        number /= 7;
        if number == 0 {
            digits.reverse();
            return digits.concat();
        }
    }
}

pub(crate) fn bad_body(problem: &str) -> Answer {
    let message = format!("Payload validation error: '{problem}'.");
    Answer::error(400, &message, Some("invalid_body")).complained()
}

fn bad_query(problem: &str) -> Answer {
    let message = format!("Query validation error: '{problem}'.");
    Answer::error(400, &message, Some("invalid_query_string")).complained()
}

impl From<Problem> for Answer {
    fn from(problem: Problem) -> Self {
        bad_body(&problem.0)
    }
}

/// The pairs of a query or a form.
pub(crate) fn pairs(text: &str) -> BTreeMap<String, String> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(name, value)| (decoded(name, true), decoded(value, true))).collect()
}

fn decoded(text: &str, is_form: bool) -> String {
    let (bytes, mut decoded, mut at) = (text.as_bytes(), Vec::new(), 0);
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        match (bytes[at], hex.and_then(|digits| u8::from_str_radix(digits, 16).ok())) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                at += 2;
            }
            (b'+', _) if is_form => decoded.push(b' '),
            (byte, _) => decoded.push(byte),
        }
        at += 1;
    }
    String::from_utf8(decoded).unwrap()
}
