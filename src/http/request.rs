//! What is asked, as a plain value: nothing is sent by making one.

use std::fmt;

use zeroize::Zeroizing;

use super::url::Url;

/// What is to be done with the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Read it.
    Get,
    /// Read its headers only.
    Head,
    /// Make something, or do something.
    Post,
    /// Put it there, whatever was there.
    Put,
    /// Change a part of it.
    Patch,
    /// Remove it.
    Delete,
}

impl Method {
    /// The name as it is sent.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Whether doing it twice is doing it once (RFC 9110, section 9.2.2).
    pub(super) const fn is_idempotent(self) -> bool {
        matches!(self, Self::Get | Self::Head | Self::Put | Self::Delete)
    }

    /// Whether it only reads, and so may be done at another address.
    pub(super) const fn is_safe(self) -> bool {
        matches!(self, Self::Get | Self::Head)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that no message may show. It is wiped when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a text over.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// `Bearer` and this text, as a header `authorization` carries it.
    #[must_use]
    pub fn as_bearer(&self) -> Self {
        Self(Zeroizing::new(format!("Bearer {}", self.0.as_str())))
    }

    /// The text, for whoever sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A header's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Field {
    /// Sent wherever the request goes.
    Plain(String),
    /// Sent to the origin that it was meant for, and never shown.
    Secret(Secret),
}

/// A request that somebody may send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What is to be done.
    pub method: Method,
    /// Where.
    pub url: Url,
    pub(super) headers: Vec<(&'static str, Field)>,
    pub(super) body: Option<Vec<u8>>,
    pub(super) may_repeat: bool,
    pub(super) is_compressed: bool,
    pub(super) limit: u64,
}

/// The largest body that is read where the request says nothing else: 16 MiB.
const LIMIT: u64 = 16 * 1024 * 1024;

impl Request {
    /// A request without headers and body.
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: Vec::new(),
            body: None,
            may_repeat: method.is_idempotent(),
            is_compressed: false,
            limit: LIMIT,
        }
    }

    /// A request to read what is at `url`.
    pub fn get(url: Url) -> Self {
        Self::new(Method::Get, url)
    }

    /// Adds a header that anybody may see.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, Field::Plain(value.into())));
        self
    }

    /// Adds a header that only the origin of `url` may see: a redirect to another one leaves it out.
    #[must_use]
    pub fn secret(mut self, name: &'static str, value: Secret) -> Self {
        self.headers.push((name, Field::Secret(value)));
        self
    }

    /// Gives it a body of a media type.
    #[must_use]
    pub fn body(mut self, media_type: &str, bytes: Vec<u8>) -> Self {
        self.body = Some(bytes);
        self.header("content-type", media_type)
    }

    /// Says that sending it twice does no harm, although its method alone does not promise that.
    #[must_use]
    pub fn may_repeat(mut self) -> Self {
        self.may_repeat = true;
        self
    }

    /// Asks for a compressed body, which is unpacked on arrival. Not for files whose bytes matter: there are servers
    /// that call a file of gzip an encoding.
    #[must_use]
    pub fn compressed(mut self) -> Self {
        self.is_compressed = true;
        self
    }

    /// Reads at most `bytes` of the answer, unpacked.
    #[must_use]
    pub fn limit(mut self, bytes: u64) -> Self {
        self.limit = bytes;
        self
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn no_form_of_a_request_shows_its_secrets() {
        let url = Url::parse("https://example.com/?key=hidden").unwrap();
        let request = Request::get(url).header("accept", "text/plain").secret("authorization", Secret::new("hidden"));
        let shown = format!("{request:?} {} {:?}", Secret::new("hidden"), Secret::new("hidden").as_bearer());
        assert!(!shown.contains("hidden") && shown.contains("text/plain"), "{shown}");
    }
}
