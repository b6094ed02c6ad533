//! What was answered.

use std::io::Read as _;

use super::error::{Error, StatusError};
use super::request::{Method, Request};
use super::url::Url;

/// The headers by which servers name a request, for whoever has to ask about it.
const REQUEST_IDS: [&str; 4] = ["x-request-id", "x-correlation-id", "x-github-request-id", "x-amz-request-id"];

/// How many characters of an answer a message shows.
const EXCERPT: usize = 200;

/// An answer, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// What was asked.
    pub method: Method,
    /// Where the answer came from: behind redirects, another place than was asked.
    pub url: Url,
    /// The status code.
    pub status: u16,
    pub(super) headers: Vec<(String, String)>,
    /// The body as it came; unpacked where the request asked for a compressed one.
    pub body: Vec<u8>,
}

#[cfg(test)]
impl Response {
    /// An answer as a server would give it, for tests of those who read answers.
    pub(crate) fn of(request: &Request, status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { method: request.method, url: request.url.clone(), status, headers, body: body.as_bytes().to_vec() }
    }
}

impl Response {
    /// The first header of that name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).next()
    }

    /// Every header of that name, in their order.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = move |(header, _): &&(String, String)| header.eq_ignore_ascii_case(name);
        self.headers.iter().filter(named).map(|(_, value)| value.as_str())
    }

    /// Whether the status says that it worked.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// This response if it worked.
    ///
    /// # Errors
    /// It has a status that says otherwise.
    pub fn success(self) -> Result<Self, Error> {
        if self.is_success() { Ok(self) } else { Err(Error::Status(Box::new(self.status_error()))) }
    }

    /// The body as text.
    ///
    /// # Errors
    /// It is not UTF-8.
    pub fn text(&self) -> Result<&str, Error> {
        std::str::from_utf8(&self.body).map_err(|_| self.malformed("its body is not UTF-8 text"))
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// It is none.
    pub fn json(&self) -> Result<serde_json::Value, Error> {
        serde_json::from_slice(&self.body).map_err(|error| self.malformed(format!("its body is not JSON: {error}")))
    }

    /// How the server calls this request, for whoever has to ask about it.
    pub fn request_id(&self) -> Option<&str> {
        REQUEST_IDS.iter().find_map(|name| self.header(name))
    }

    /// The error that this response is unusable for what it was asked for.
    pub fn malformed(&self, problem: impl Into<String>) -> Error {
        Error::Malformed { method: self.method, url: self.url.clone(), problem: problem.into() }
    }

    fn status_error(&self) -> StatusError {
        StatusError {
            method: self.method,
            url: self.url.clone(),
            status: self.status,
            excerpt: self.excerpt(),
            request_id: self.request_id().map(str::to_owned),
        }
    }

    /// The beginning of a text body on one line; nothing of a page for browsers, or of bytes.
    fn excerpt(&self) -> Option<String> {
        let text = std::str::from_utf8(&self.body).ok()?;
        let is_page = self.header("content-type").is_some_and(|media_type| media_type.contains("html"));
        let words: Vec<_> = text.split_whitespace().collect();
        if is_page || words.is_empty() || text.trim_start().starts_with('<') {
            return None;
        }
        let line: String = words.join(" ").chars().filter(|c| !c.is_control()).collect();
        let end = line.char_indices().nth(EXCERPT).map(|(at, _)| at);
        Some(end.map_or_else(|| line.clone(), |end| format!("{}…", &line[..end])))
    }

    /// Unpacks the body where the server packed it on our request.
    pub(super) fn unpacked(mut self, request: &Request) -> Result<Self, Error> {
        let is_packed = self.header("content-encoding").is_some_and(|encoding| encoding.eq_ignore_ascii_case("gzip"));
        if !(request.is_compressed && is_packed) {
            return Ok(self);
        }
        let mut body = Vec::new();
        let unpacked = flate2::read::MultiGzDecoder::new(self.body.as_slice()).take(request.limit + 1);
        std::io::BufReader::new(unpacked)
            .read_to_end(&mut body)
            .map_err(|error| self.malformed(format!("its body can't be unpacked: {error}")))?;
        if body.len() as u64 > request.limit {
            return Err(Error::TooLarge { method: self.method, url: self.url, limit: request.limit });
        }
        self.body = body;
        Ok(self)
    }
}
