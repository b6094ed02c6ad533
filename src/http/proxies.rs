//! Which proxy a request goes through, as the variables `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` mean it; their values
//! are handed in.

use std::fmt;
use std::net::IpAddr;

use super::url::Url;

/// A proxy that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the proxy for {scheme} is no `http://host:port`")]
pub struct BadProxy {
    /// The scheme that it is for. The value itself may hold a password.
    pub scheme: &'static str,
}

/// The proxies of this machine.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    https: Option<ureq::Proxy>,
    http: Option<ureq::Proxy>,
    exceptions: Vec<String>,
}

impl Proxies {
    /// The proxy for `https://` and the one for `http://`, and a list of hosts to reach directly, with commas between
    /// them. Empty texts are as good as none.
    ///
    /// # Errors
    /// One of them is not the address of a proxy.
    pub fn new(https: Option<&str>, http: Option<&str>, exceptions: Option<&str>) -> Result<Self, BadProxy> {
        let read = |scheme: &'static str, text: Option<&str>| {
            let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
            ureq::Proxy::new(text).map(Some).map_err(|_| BadProxy { scheme })
        };
        let exceptions = exceptions.unwrap_or_default().split(',').map(str::trim).filter(|host| !host.is_empty());
        Ok(Self {
            https: read("https", https)?,
            http: read("http", http)?,
            exceptions: exceptions.map(str::to_ascii_lowercase).collect(),
        })
    }

    /// The proxy that a request to `url` takes. This machine is always reached directly.
    pub(super) fn of(&self, url: &Url) -> Option<&ureq::Proxy> {
        if url.is_loopback() || self.exceptions.iter().any(|exception| is_exception(exception, url)) {
            return None;
        }
        if url.is_https() { self.https.as_ref() } else { self.http.as_ref() }
    }
}

/// Whether an entry of `NO_PROXY` means the host: `*`, a domain with all below it, an address, each with or without a
/// port.
fn is_exception(entry: &str, url: &Url) -> bool {
    if entry == "*" {
        return true;
    }
    let host = url.host().trim_start_matches('[').trim_end_matches(']');
    let (entry, port) = match entry.rsplit_once(':') {
        Some((name, port)) if entry.parse::<IpAddr>().is_err() => (name, port.parse::<u16>().ok()),
        _ => (entry, None),
    };
    let entry = entry.trim_start_matches('[').trim_end_matches(']');
    let domain = entry.trim_start_matches('*').trim_start_matches('.');
    let is_below = || host.strip_suffix(domain).is_some_and(|label| label.ends_with('.'));
    port.is_none_or(|port| port == url.port()) && !domain.is_empty() && (host == domain || is_below())
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = |proxy: Option<&ureq::Proxy>| proxy.map(|proxy| format!("{}:{}", proxy.host(), proxy.port()));
        f.debug_struct("Proxies")
            .field("https", &host(self.https.as_ref()))
            .field("http", &host(self.http.as_ref()))
            .field("exceptions", &self.exceptions)
            .finish()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn exceptions_are_domains_addresses_and_ports() {
        let list = "internal.example.com, .example.net,*.example.org,192.0.2.7,2001:db8::1,example.com:8443";
        let proxies = Proxies::new(Some("http://proxy.example.com:3128"), None, Some(list)).unwrap();
        for (url, direct) in [
            ("https://internal.example.com/", true),
            ("https://a.internal.example.com/", true),
            ("https://notinternal.example.com/", false),
            ("https://example.net/", true),
            ("https://a.example.net/", true),
            ("https://a.example.org/", true),
            ("https://192.0.2.7/", true),
            ("https://192.0.2.8/", false),
            ("https://[2001:db8::1]/", true),
            ("https://example.com:8443/", true),
            ("https://example.com/", false),
            ("https://localhost/", true),
            ("http://example.com/", true),
        ] {
            assert_eq!(proxies.of(&Url::parse(url).unwrap()).is_none(), direct, "{url}");
        }
        assert_eq!(Proxies::new(Some(" "), Some(""), None), Ok(Proxies::default()));
        let everything = Proxies::new(Some("proxy.example.com:3128"), None, Some("*")).unwrap();
        assert!(everything.of(&Url::parse("https://example.com").unwrap()).is_none());
    }

    #[test]
    fn the_password_of_a_proxy_is_never_shown() {
        let proxies = Proxies::new(Some("http://user:hidden@proxy.example.com:3128"), None, None).unwrap();
        assert!(!format!("{proxies:?}").contains("hidden"));
        let bad = Proxies::new(None, Some("hidden\u{1}"), None).unwrap_err();
        assert_eq!(bad.to_string(), "the proxy for http is no `http://host:port`");
    }
}
