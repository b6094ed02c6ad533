//! Signature Version 4 of AWS in the headers of a request, as S3 wants it.
//!
//! What is signed is the request as it is sent: method, address, the headers named, and the digest of the body. This
//! module puts those together; the digests and the keyed hashes are the library's. It has no clock.
//!
//! Described at <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>; the examples there are
//! the tests here. The crates that sign were looked at: they either sign by the query only, which puts keys into
//! addresses and leaves the body out, or bring dozens of crates with a second stack of HTTP.

use std::fmt::Write as _;
use std::time::Duration;

use aws_lc_rs::digest::{self, SHA256};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use base64ct::{Base64, Encoding as _};
use md5::{Digest as _, Md5};
use zeroize::Zeroizing;

use crate::hex::hex;
use crate::http::{Method, Request, Secret, Url};

/// Every region of Spaces takes this one, and creating a bucket takes no other.
const REGION: &str = "us-east-1";

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What a signature is made with.
pub(super) struct Keys<'a> {
    /// The id of the key.
    pub(super) access: &'a Secret,
    /// The key.
    pub(super) secret: &'a Secret,
}

/// What is sent with a request.
pub(super) struct Payload {
    body: Vec<u8>,
    is_document: bool,
}

impl Payload {
    /// A body without a byte.
    pub(super) fn empty() -> Self {
        Self { body: Vec::new(), is_document: false }
    }

    /// A document. Its MD5 digest goes with it: the service wants it for lifecycles and for deleting objects, and takes
    /// no other. It guards against broken lines, not against people.
    pub(super) fn xml(document: &str) -> Self {
        Self { body: document.as_bytes().to_vec(), is_document: true }
    }
}

/// The request with everything that the service checks it by. `now` is the time since 1970.
pub(super) fn signed(method: Method, url: Url, payload: Option<Payload>, keys: &Keys, now: Duration) -> Request {
    let body = payload.as_ref().map_or(&[][..], |payload| &payload.body);
    let time = stamp(now);
    let content = hex(digest::digest(&SHA256, body).as_ref());
    // In the order of their names, as the signature wants them.
    let mut headers = Vec::new();
    if payload.as_ref().is_some_and(|payload| payload.is_document) {
        headers.push(("content-md5", Base64::encode_string(&Md5::digest(body))));
    }
    headers.push(("host", host(&url)));
    headers.push(("x-amz-content-sha256", content));
    headers.push(("x-amz-date", time.clone()));
    let authorization = authorization(method, &url, &headers, keys, &time);
    let mut request = Request::new(method, url).secret("authorization", authorization);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    match payload {
        Some(payload) => request.body("application/xml", payload.body),
        None => request,
    }
}

/// The host with its port, where that is not the usual one.
fn host(url: &Url) -> String {
    match (url.is_https(), url.port()) {
        (true, 443) | (false, 80) => url.host().to_owned(),
        (_, port) => format!("{}:{port}", url.host()),
    }
}

/// The header that names the key and proves that its owner wrote the request. `headers` are in order, and have the
/// digest of the body in them.
fn authorization(method: Method, url: &Url, headers: &[(&str, String)], keys: &Keys, time: &str) -> Secret {
    let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let date = time.split('T').next().unwrap_or_default();
    let scope = format!("{date}/{REGION}/s3/aws4_request");
    let canonical = canonical(method, url, headers, &names);
    let to_sign =
        format!("{ALGORITHM}\n{time}\n{scope}\n{}", hex(digest::digest(&SHA256, canonical.as_bytes()).as_ref()));
    let first = Zeroizing::new(format!("AWS4{}", keys.secret.expose()));
    let mut key = hmac::Key::new(HMAC_SHA256, first.as_bytes());
    for part in scope.split('/') {
        key = hmac::Key::new(HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref());
    }
    let signature = hex(hmac::sign(&key, to_sign.as_bytes()).as_ref());
    let access = keys.access.expose();
    Secret::new(format!("{ALGORITHM} Credential={access}/{scope}, SignedHeaders={names}, Signature={signature}"))
}

/// The one way to write a request down. Path and query of an address are escaped already, as they are to be here.
fn canonical(method: Method, url: &Url, headers: &[(&str, String)], names: &str) -> String {
    let address = url.to_full_text();
    let mut query: Vec<_> = address.split_once('?').map_or("", |(_, query)| query).split('&').collect();
    // By name: the sign between name and value is no part of the order.
    query.sort_unstable_by_key(|parameter| parameter.split_once('='));
    let mut text = format!("{method}\n{}\n{}\n", url.path(), query.join("&"));
    for (name, value) in headers {
        text.push_str(name);
        text.push(':');
        text.push_str(value);
        text.push('\n');
    }
    let content = headers.iter().find(|(name, _)| *name == "x-amz-content-sha256").map_or("", |(_, value)| value);
    let _ = write!(text, "\n{names}\n{content}");
    text
}

/// The time since 1970 as `20130524T000000Z`.
fn stamp(now: Duration) -> String {
    let seconds = now.as_secs();
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Years that begin in March, so that a leap day is the last of its year; counted from the first of March of year 0.
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let since_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * since_march + 2) / 5 + 1;
    let month = if since_march < 10 { since_march + 3 } else { since_march - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    format!("{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z", second / 3_600, second / 60 % 60, second % 60)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    /// The digest of no bytes.
    const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    /// The time of the published examples.
    const NOW: Duration = Duration::from_secs(1_369_353_600);

    /// The keys of the published examples, which open nothing.
    fn keys() -> (Secret, Secret) {
        let access = ["AKIA", "IOSFODNN7", "EXAMPLE"].concat();
        let secret = ["wJalrXUtnFEMI", "/K7MDENG/", "bPxRfiCYEXAMPLEKEY"].concat();
        (Secret::new(access), Secret::new(secret))
    }

    fn authorized(method: Method, url: &str, headers: &[(&str, &str)]) -> String {
        let (access, secret) = keys();
        let keys = Keys { access: &access, secret: &secret };
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let url = Url::parse(url).unwrap();
        authorization(method, &url, &headers, &keys, &stamp(NOW)).expose().to_owned()
    }

    fn signature(method: Method, url: &str, headers: &[(&str, &str)]) -> String {
        authorized(method, url, headers).rsplit_once("Signature=").unwrap().1.to_owned()
    }

    #[test]
    fn the_published_examples_come_out() {
        let plain = [
            ("host", "examplebucket.s3.amazonaws.com"),
            ("x-amz-content-sha256", NOTHING),
            ("x-amz-date", "20130524T000000Z"),
        ];
        let bucket = "https://examplebucket.s3.amazonaws.com/";
        let lifecycle = Url::parse(bucket).unwrap().with_query(&[("lifecycle", "")]).to_full_text();
        assert_eq!(
            signature(Method::Get, &lifecycle, &plain),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
        );
        // The order of the query does not count.
        for query in ["?max-keys=2&prefix=J", "?prefix=J&max-keys=2"] {
            assert_eq!(
                signature(Method::Get, &format!("{bucket}{query}"), &plain),
                "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
            );
        }
        let content = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
        let object = [
            ("date", "Fri, 24 May 2013 00:00:00 GMT"),
            ("host", "examplebucket.s3.amazonaws.com"),
            ("x-amz-content-sha256", content),
            ("x-amz-date", "20130524T000000Z"),
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ];
        assert_eq!(
            signature(Method::Put, &format!("{bucket}test%24file.text"), &object),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
        );
        let header = authorized(Method::Get, bucket, &plain);
        let credential = ["AKIA", "IOSFODNN7", "EXAMPLE/20130524/us-east-1/s3/aws4_request"].concat();
        let start = format!(
            "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature="
        );
        assert!(header.starts_with(&start), "{header}");
    }

    #[test]
    fn a_request_carries_what_it_is_checked_by_and_shows_no_key() {
        let (access, secret) = keys();
        let keys = Keys { access: &access, secret: &secret };
        let url = Url::parse("http://127.0.0.1:9000/loki").unwrap().with_query(&[("lifecycle", "")]);
        let request = signed(Method::Put, url, Some(Payload::xml("<a/>")), &keys, NOW);
        let shown = format!("{request:?}");
        for part in ["content-md5", "\"127.0.0.1:9000\"", "x-amz-date", "20130524T000000Z", "application/xml"] {
            assert!(shown.contains(part), "{part} in {shown}");
        }
        for part in [access.expose(), secret.expose(), "Signature", "lifecycle"] {
            assert!(!shown.contains(part), "{part} in {shown}");
        }
        let empty = format!("{:?}", signed(Method::Put, request.url, Some(Payload::empty()), &keys, NOW));
        assert!(empty.contains(NOTHING) && !empty.contains("content-md5"), "{empty}");
    }

    #[test]
    fn times_are_written_as_calendars_do() {
        for (seconds, expected) in [
            (0, "19700101T000000Z"),
            (784_111_777, "19941106T084937Z"),
            (951_782_399, "20000228T235959Z"),
            (951_825_600, "20000229T120000Z"),
            (951_868_800, "20000301T000000Z"),
            (1_735_689_599, "20241231T235959Z"),
            (1_795_305_600, "20261122T000000Z"),
            (4_107_542_400, "21000301T000000Z"),
        ] {
            assert_eq!(stamp(Duration::from_secs(seconds)), expected);
        }
    }
}
