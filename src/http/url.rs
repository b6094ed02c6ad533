//! Addresses of the web: `https://host[:port]/path[?query]`, and how one refers to another.

use std::fmt;
use std::net::IpAddr;

/// A text that is no address of the web.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    /// Neither `https://` nor `http://`.
    #[error("does not begin with `https://` or `http://`")]
    Scheme,
    /// Nothing between the slashes, or something that is no host and port.
    #[error("names no host")]
    Host,
    /// A user or a password before the host, which would end up in messages.
    #[error("has a user or a password in it")]
    Credentials,
    /// A character that has to be written with a percent sign.
    #[error("has the character {0:?} in it")]
    Character(char),
}

/// An absolute address. `Display` leaves out what its query holds, since tokens travel there.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Url {
    is_https: bool,
    /// In lower case; an IPv6 address with its brackets.
    host: String,
    port: Option<u16>,
    /// Begins with a slash.
    path: String,
    query: Option<String>,
}

impl Url {
    /// Reads an address; a fragment is dropped, as it is never sent.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(text: &str) -> Result<Self, BadUrl> {
        if let Some(bad) = text.chars().find(|c| !c.is_ascii_graphic() || "\"<>\\^`{|}".contains(*c)) {
            return Err(BadUrl::Character(bad));
        }
        let strip = |prefix: &str| {
            let start = text.get(..prefix.len())?;
            start.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
        };
        let (is_https, rest) = match (strip("https://"), strip("http://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(BadUrl::Scheme),
        };
        let (authority, rest) = rest.find(['/', '?', '#']).map_or((rest, ""), |at| rest.split_at(at));
        if authority.contains('@') {
            return Err(BadUrl::Credentials);
        }
        let (host, port) = split_port(authority)?;
        let (path, query) = split_query(rest);
        let path = if path.is_empty() { "/".to_owned() } else { without_dots(path) };
        Ok(Self { is_https, host: host.to_ascii_lowercase(), port, path, query: query.map(str::to_owned) })
    }

    /// The address that `reference` means on the page at this one (RFC 3986, section 5.2).
    ///
    /// # Errors
    /// It is no address.
    pub fn join(&self, reference: &str) -> Result<Self, BadUrl> {
        let scheme_ends = reference.find([':', '/', '?', '#']).filter(|&at| reference[at..].starts_with(':'));
        if scheme_ends.is_some() {
            return Self::parse(reference);
        }
        if reference.starts_with("//") {
            return Self::parse(&format!("{}:{reference}", self.scheme()));
        }
        let base = format!("{}://{}", self.scheme(), self.authority());
        let (path, query) = split_query(reference);
        let path = match path {
            "" => self.path.clone(),
            path if path.starts_with('/') => path.to_owned(),
            path => format!("{}/{path}", self.path.rsplit_once('/').map_or("", |(folder, _)| folder)),
        };
        let query = match (query, reference.is_empty()) {
            (None, true) => self.query.as_deref(),
            (query, _) => query,
        };
        Self::parse(&format!("{base}{path}{}", query.map(|query| format!("?{query}")).unwrap_or_default()))
    }

    /// The same address with a path below its own.
    #[must_use]
    pub fn below(&self, path: &str) -> Self {
        let path = format!("{}/{path}", self.path.trim_end_matches('/'));
        Self { path: without_dots(&path), query: None, ..self.clone() }
    }

    /// The same address with `parameters` added to its query, escaped.
    #[must_use]
    pub fn with_query(&self, parameters: &[(&str, &str)]) -> Self {
        let added = parameters.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value)));
        let all: Vec<_> = self.query.clone().into_iter().chain(added).collect();
        Self { query: Some(all.join("&")), ..self.clone() }
    }

    /// Whether the connection is encrypted.
    pub fn is_https(&self) -> bool {
        self.is_https
    }

    /// The host, in lower case.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, that of the scheme where none is named.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(if self.is_https { 443 } else { 80 })
    }

    /// The path, which begins with a slash.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether both are answered by the same scheme, host and port: only then may a secret for one reach the other.
    pub fn has_origin_of(&self, other: &Self) -> bool {
        (self.is_https, &self.host, self.port()) == (other.is_https, &other.host, other.port())
    }

    /// Whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        let address = self.host.trim_start_matches('[').trim_end_matches(']');
        self.host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// The whole address, with its query: for sending, and not for a message.
    pub fn to_full_text(&self) -> String {
        let query = self.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{}://{}{}{query}", self.scheme(), self.authority(), self.path)
    }

    fn scheme(&self) -> &'static str {
        if self.is_https { "https" } else { "http" }
    }

    fn authority(&self) -> String {
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}{port}", self.host)
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query = if self.query.is_some() { "?…" } else { "" };
        write!(f, "{}://{}{}{query}", self.scheme(), self.authority(), self.path)
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), BadUrl> {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let is_name = |host: &str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_address = address.is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok());
    if host.is_empty() || !(is_name(host) || is_address) {
        return Err(BadUrl::Host);
    }
    match port {
        None | Some("") => Ok((host, None)),
        Some(port) => match port.parse::<u16>() {
            Ok(number) if number > 0 && port.bytes().all(|byte| byte.is_ascii_digit()) => Ok((host, Some(number))),
            _ => Err(BadUrl::Host),
        },
    }
}

/// Path and query of what follows the host, without the fragment.
fn split_query(rest: &str) -> (&str, Option<&str>) {
    let rest = rest.split('#').next().unwrap_or_default();
    rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)))
}

/// A path with its `.` and `..` followed (RFC 3986, section 5.2.4).
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let segments: Vec<_> = path.split('/').skip(1).collect();
    for (at, segment) in segments.iter().enumerate() {
        let is_last = at + 1 == segments.len();
        match *segment {
            "." | ".." => {
                if *segment == ".." {
                    kept.pop();
                }
                if is_last {
                    kept.push("");
                }
            }
            segment => kept.push(segment),
        }
    }
    format!("/{}", kept.join("/"))
}

/// A text as one segment of a path: all but letters, digits and `-._~` by percent signs, so that no slash of it parts
/// anything. Not for `.` and `..`, which remain steps to other folders however they are written.
pub fn as_segment(text: &str) -> String {
    escaped(text)
}

/// A parameter as a query carries it: all but letters, digits and `-._~` by percent signs.
fn escaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            result.push(char::from(byte));
        } else {
            result.push('%');
            result.push_str(&crate::hex::hex(&[byte]).to_ascii_uppercase());
        }
    }
    result
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn addresses_are_read_and_written() {
        for (text, full) in [
            ("https://example.com", "https://example.com/"),
            ("HTTPS://EXAMPLE.com:8443/a/b", "https://example.com:8443/a/b"),
            ("http://[::1]:80/x?y=z#part", "http://[::1]:80/x?y=z"),
            ("https://example.com/a/./b/../c/", "https://example.com/a/c/"),
            ("https://example.com/../../a", "https://example.com/a"),
            ("https://example.com?x", "https://example.com/?x"),
        ] {
            assert_eq!(url(text).to_full_text(), full);
        }
        for (text, problem) in [
            ("ftp://example.com", BadUrl::Scheme),
            ("example.com/a", BadUrl::Scheme),
            ("https://", BadUrl::Host),
            ("https://a b", BadUrl::Character(' ')),
            ("https://a\r\nx: y", BadUrl::Character('\r')),
            ("https://user:word@example.com", BadUrl::Credentials),
            ("https://example.com:0", BadUrl::Host),
            ("https://example.com:99999", BadUrl::Host),
            ("https://[::1", BadUrl::Host),
        ] {
            assert_eq!(Url::parse(text), Err(problem), "{text}");
        }
    }

    #[test]
    fn references_are_followed_as_browsers_do() {
        let page = url("https://example.com/charts/stable/index.yaml?v=1");
        for (reference, full) in [
            ("a-1.0.0.tgz", "https://example.com/charts/stable/a-1.0.0.tgz"),
            ("../a.tgz", "https://example.com/charts/a.tgz"),
            ("/a.tgz?x=y", "https://example.com/a.tgz?x=y"),
            ("//cdn.example.net/a", "https://cdn.example.net/a"),
            ("http://example.net/a:b", "http://example.net/a:b"),
            ("?page=2", "https://example.com/charts/stable/index.yaml?page=2"),
            ("", "https://example.com/charts/stable/index.yaml?v=1"),
            ("a/b:c", "https://example.com/charts/stable/a/b:c"),
        ] {
            assert_eq!(page.join(reference).unwrap().to_full_text(), full, "{reference}");
        }
        assert_eq!(page.join("mailto:someone"), Err(BadUrl::Scheme));
        assert_eq!(
            url("https://example.com/a/").below("index.yaml").to_full_text(),
            "https://example.com/a/index.yaml"
        );
    }

    #[test]
    fn a_query_is_escaped_and_kept_out_of_messages() {
        let asked = url("https://example.com/token?a=b").with_query(&[("scope", "repository:x/y:pull")]);
        assert_eq!(asked.to_full_text(), "https://example.com/token?a=b&scope=repository%3Ax%2Fy%3Apull");
        assert_eq!(format!("{asked} {asked:?}"), "https://example.com/token?… https://example.com/token?…");
    }

    #[test]
    fn a_segment_stays_one() {
        let base = url("https://example.com/v2/");
        let full = base.below(&format!("tags/{}", as_segment("render:env:dev/../x y"))).to_full_text();
        assert_eq!(full, "https://example.com/v2/tags/render%3Aenv%3Adev%2F..%2Fx%20y");
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let here = url("https://example.com/a");
        assert!(here.has_origin_of(&url("https://EXAMPLE.com:443/b")));
        for other in ["http://example.com/a", "https://example.com:444/a", "https://www.example.com/a"] {
            assert!(!here.has_origin_of(&url(other)), "{other}");
        }
        assert!(url("http://127.0.0.1:1/").is_loopback() && url("http://[::1]/").is_loopback());
        assert!(!url("http://127.0.0.1.example.com/").is_loopback());
    }
}
