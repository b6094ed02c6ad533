//! What is answered to which request. Knows no socket and no time.

use std::error::Error;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue,
    IF_NONE_MATCH, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Method, Request, Response, StatusCode};

use crate::animation;
use crate::log;
use crate::metrics::Metrics;
use crate::scene;

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// What there is to ask for.
const PATHS: [&str; 4] = ["/", "/lofi.gif", "/health", "/metrics"];

/// The page, the picture, and what is known about them.
pub(crate) struct Site {
    page: Bytes,
    gif: Bytes,
    /// Changes with the picture, and with nothing else.
    etag: HeaderValue,
    metrics: Metrics,
}

/// An answer before it is sent.
type Answer = Response<Full<Bytes>>;

impl Site {
    /// Draws the picture and writes the page.
    pub(crate) fn new(commit: &str) -> Result<Self, Box<dyn Error>> {
        let page = include_str!("page.html").replace("{version}", VERSION).replace("{commit}", commit);
        let gif = animation::encode(&scene::frames())?;
        Ok(Self {
            page: page.into(),
            etag: HeaderValue::try_from(format!("\"{:016x}\"", fingerprint(&gif)))?,
            gif: gif.into(),
            metrics: Metrics::new(VERSION, commit),
        })
    }

    /// The answer to `request`, counted and logged. Its body, if it has one, is not read.
    pub(crate) fn respond<B>(&self, request: &Request<B>) -> Answer {
        let path = request.uri().path();
        let known = PATHS.into_iter().find(|one| *one == path);
        let mut answer = match known {
            Some(_) if ![Method::GET, Method::HEAD].contains(request.method()) => {
                with(plain(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD\n"), ALLOW, "GET, HEAD")
            }
            Some("/") => self.page(),
            Some("/lofi.gif") => self.gif(request.headers()),
            Some("/health") => plain(StatusCode::OK, "ok\n"),
            Some("/metrics") => ok("text/plain; version=0.0.4; charset=utf-8", self.metrics.text().into()),
            _ => plain(StatusCode::NOT_FOUND, "not found\n"),
        };
        answer.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        let status = answer.status().as_u16();
        self.metrics.count(known.unwrap_or("other"), status);
        // hyper refuses a path with spaces or line ends. What else a terminal might obey is escaped.
        log::line(format_args!("method={} path={} status={status}", request.method(), path.escape_debug()));
        answer
    }

    fn page(&self) -> Answer {
        let page = with(ok("text/html; charset=utf-8", self.page.clone()), CACHE_CONTROL, "no-cache");
        let policy = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'";
        with(page, CONTENT_SECURITY_POLICY, policy)
    }

    fn gif(&self, headers: &HeaderMap) -> Answer {
        let mut answer = ok("image/gif", self.gif.clone());
        if headers.get_all(IF_NONE_MATCH).iter().any(|tags| self.names_the_gif(tags)) {
            answer = Response::default();
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
        }
        answer.headers_mut().insert(ETAG, self.etag.clone());
        with(answer, CACHE_CONTROL, "public, max-age=3600")
    }

    /// Whether a list of entity tags has the one of the picture, or `*`. A proxy that compresses makes a tag weak.
    fn names_the_gif(&self, tags: &HeaderValue) -> bool {
        let mut tags = tags.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
        tags.any(|tag| tag == b"*" || tag.strip_prefix(b"W/").unwrap_or(tag) == self.etag.as_bytes())
    }
}

fn ok(content_type: &'static str, body: Bytes) -> Answer {
    with(Response::new(Full::new(body)), CONTENT_TYPE, content_type)
}

fn plain(status: StatusCode, text: &'static str) -> Answer {
    let mut answer =
        with(ok("text/plain; charset=utf-8", Bytes::from_static(text.as_bytes())), CACHE_CONTROL, "no-store");
    *answer.status_mut() = status;
    answer
}

fn with(mut answer: Answer, name: HeaderName, value: &'static str) -> Answer {
    answer.headers_mut().insert(name, HeaderValue::from_static(value));
    answer
}

/// FNV-1a: enough to tell one picture from the next.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn the_fingerprint_is_fnv_1a() {
        assert_eq!(fingerprint(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fingerprint(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn a_picture_that_the_client_has_is_not_sent_again() {
        let site = Site::new("test").unwrap();
        let tag = site.etag.to_str().unwrap().to_owned();
        for (tags, status) in [
            (tag.clone(), 304),
            (format!("W/{tag}"), 304),
            (format!("\"old\" , {tag}"), 304),
            ("*".to_owned(), 304),
            ("\"old\"".to_owned(), 200),
            (tag.trim_matches('"').to_owned(), 200),
        ] {
            let request = Request::get("/lofi.gif").header(IF_NONE_MATCH, &tags).body(()).unwrap();
            let answer = site.respond(&request);
            assert_eq!(answer.status(), status, "{tags}");
            assert_eq!(answer.headers()[ETAG], site.etag, "{tags}");
        }
    }

    #[test]
    fn the_page_says_what_is_running() {
        let page = Site::new("0a1b2c3").unwrap().page;
        let page = std::str::from_utf8(&page).unwrap();
        assert!(page.contains(&format!("lofi {VERSION} &middot; 0a1b2c3")), "{page}");
    }
}
