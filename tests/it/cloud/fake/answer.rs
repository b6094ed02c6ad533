//! What the API of DigitalOcean says: bodies, errors and pages in its shapes.

use serde_json::{Map, Value, json};

use crate::loopback::Reply;

/// An answer before it is sent, so that a fault can still happen to it.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// Both sides are answers: the error is one that ends the call early.
pub(crate) type Outcome = Result<Answer, Answer>;

impl Answer {
    /// Success with a body.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json; charset=utf-8", body.to_string())
    }

    pub(crate) fn text(status: u16, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), media_type.to_owned())];
        Self { status, headers, body: body.into() }
    }

    /// Success without a word: 204, and 202 of an upgrade.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// An error in the usual shape, whose `id` follows from the status.
    pub(crate) fn error(status: u16, message: impl Into<String>) -> Self {
        let id = match status {
            400 => "bad_request",
            401 => "unauthorized",
            403 => "forbidden",
            404 => "not_found",
            405 => "method_not_allowed",
            406 => "not_acceptable",
            409 => "conflict",
            412 => "precondition_failed",
            422 => "unprocessable_entity",
            429 => "too_many_requests",
            _ => "server_error",
        };
        Self::json(status, &json!({"id": id, "message": message.into()}))
    }

    pub(crate) fn not_found() -> Self {
        Self::error(404, "The resource you requested could not be found.")
    }

    /// What validation says.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::error(422, message)
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The body, where it is JSON.
    pub(crate) fn value(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    pub(crate) fn media_type(&self) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(name, _)| name == "content-type")?;
        value.split(';').next()
    }

    pub(crate) fn reply(self) -> Reply {
        Reply::Answer { status: self.status, headers: self.headers, body: self.body }
    }

    /// The same answer as bytes that end in the middle of the body; the connection closes behind them.
    pub(crate) fn cut(self) -> Reply {
        let mut bytes = format!("HTTP/1.1 {} Test\r\nconnection: close\r\n", self.status).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend(format!("{name}: {value}\r\n").into_bytes());
        }
        // An answer without a body is cut as well: it promises bytes that never come.
        let length = self.body.len().max(2);
        bytes.extend(format!("content-length: {length}\r\n\r\n").into_bytes());
        bytes.extend(&self.body[..self.body.len() / 2]);
        Reply::Raw(bytes)
    }
}

/// A request's body, read strictly: a field that nobody knows is a typing error of ours, which the service would ignore.
#[derive(Debug, Clone)]
pub(crate) struct Fields(pub(crate) Map<String, Value>);

impl Fields {
    /// # Errors
    /// The body is no JSON object, or has other fields than the `allowed` ones.
    pub(crate) fn parse(body: &[u8], allowed: &[&str]) -> Result<Self, Answer> {
        let Ok(Value::Object(map)) = serde_json::from_slice(body) else {
            return Err(Answer::error(400, "the body is no JSON object"));
        };
        match map.keys().find(|key| !allowed.contains(&key.as_str())) {
            Some(key) => Err(Answer::invalid(format!("validation error: unknown field {key}"))),
            None => Ok(Self(map)),
        }
    }

    /// An object in another one's field.
    pub(crate) fn of(value: &Value, allowed: &[&str]) -> Result<Self, Answer> {
        Self::parse(value.to_string().as_bytes(), allowed)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, Answer> {
        self.read(name, "a string", |value| value.as_str().map(str::to_owned))
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<usize>, Answer> {
        self.read(name, "a whole number", |value| usize::try_from(value.as_u64()?).ok())
    }

    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, Answer> {
        self.read(name, "true or false", Value::as_bool)
    }

    pub(crate) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Answer> {
        self.read(name, "a list of strings", |value| {
            value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
        })
    }

    pub(crate) fn list(&self, name: &str) -> Result<Option<Vec<Value>>, Answer> {
        self.read(name, "a list", |value| value.as_array().cloned())
    }

    fn read<T>(&self, name: &str, wanted: &str, read: impl Fn(&Value) -> Option<T>) -> Result<Option<T>, Answer> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let wrong = || Answer::invalid(format!("validation error: {name} must be {wanted}"));
        read(value).map(Some).ok_or_else(wrong)
    }

    /// A text that has to be there, and not empty.
    pub(crate) fn needed(&self, name: &str) -> Result<String, Answer> {
        let missing = || Answer::invalid(format!("validation error: {name} is required"));
        self.text(name)?.filter(|text| !text.is_empty()).ok_or_else(missing)
    }
}

/// One page of a list, by the query's `page` (from 1) and `per_page` (1 to 200, otherwise 20). The links lead to the
/// service's public name, wherever it was asked: a client that follows them with its token leaves the server that it
/// was told to use.
pub(crate) fn page(path: &str, query: &[(String, String)], key: &str, items: &[Value]) -> Outcome {
    let number = |name: &str, default: usize| -> Result<usize, Answer> {
        let Some((_, text)) = query.iter().find(|(key, _)| key == name) else { return Ok(default) };
        text.parse().ok().filter(|number| *number > 0).ok_or_else(|| Answer::invalid(format!("{name} is invalid")))
    };
    let (page, size) = (number("page", 1)?, number("per_page", 20)?);
    if size > 200 {
        return Err(Answer::invalid("per_page must not be greater than 200"));
    }
    let last = items.len().div_ceil(size).max(1);
    let link = |page: usize| {
        let others = query.iter().filter(|(key, _)| key != "page" && key != "per_page");
        let others: Vec<_> = others.map(|(key, value)| format!("&{key}={value}")).collect();
        let others = others.concat();
        json!(format!("https://api.digitalocean.com{path}?page={page}&per_page={size}{others}"))
    };
    let mut pages = Map::new();
    if page > 1 {
        pages.insert("first".to_owned(), link(1));
        pages.insert("prev".to_owned(), link(page - 1));
    }
    if page < last {
        pages.insert("next".to_owned(), link(page + 1));
        pages.insert("last".to_owned(), link(last));
    }
    let links = if pages.is_empty() { json!({}) } else { json!({"pages": pages}) };
    let shown: Vec<_> = items.iter().skip((page - 1) * size).take(size).collect();
    Ok(Answer::json(200, &json!({key: shown, "links": links, "meta": {"total": items.len()}})))
}
