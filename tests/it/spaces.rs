//! The S3 client of the library against a server on this machine: what arrives, and what is made of the answers.

use std::sync::Arc;
use std::time::Duration;

use supercargo::cloud::spaces::{Cors, CorsRule, Endpoint, Error, ObjectVersion, Presence, Spaces, Versioning};
use supercargo::http::{Client, Secret, Settings};

use crate::loopback::{Received, Reply, Server};

/// Keys that no message may show; made of parts, so that no file holds them.
fn keys() -> [String; 2] {
    [["DO", "MARK", "ID"].concat(), ["mark", "of", "secret"].concat()]
}

/// Asks a server that answers by `handler`, and hands out what was asked of it.
fn ask<T>(
    handler: impl Fn(&Received) -> Reply + Send + Sync + 'static,
    what: impl Fn(&Spaces) -> T,
) -> (T, Vec<Received>) {
    let server = Server::start(handler);
    let client = Arc::new(Client::with_pause(Settings::default(), Box::new(|_| {})));
    let endpoint = Endpoint::parse(&server.url("/")).unwrap();
    let [access, secret] = keys().map(Secret::new);
    let spaces = Spaces::new(client, endpoint, access, secret, Box::new(|| Duration::from_secs(1_795_305_600)));
    let outcome = what(&spaces);
    for received in server.received() {
        assert_eq!(received.header("host"), Some(server.host().as_str()));
        let authorization = received.header("authorization").unwrap();
        let start = format!("AWS4-HMAC-SHA256 Credential={}/20261122/us-east-1/s3/aws4_request, ", keys()[0]);
        assert!(authorization.starts_with(&start) && received.header("x-amz-date") == Some("20261122T000000Z"));
        assert!(!received.target.contains(&keys()[0]) && !received.target.contains("X-Amz"), "{}", received.target);
    }
    (outcome, server.received())
}

fn refuse(status: u16, code: &str) -> Reply {
    Reply::status(status, format!("<Error><Code>{code}</Code></Error>"))
}

#[test]
fn a_bucket_is_created_by_a_request_without_a_body() {
    let (outcome, received) = ask(|_| Reply::ok(""), |spaces| spaces.create_bucket("fra1", "example-loki"));
    outcome.unwrap();
    assert_eq!(received[0].line(), "PUT /example-loki");
    assert_eq!((received[0].header("content-length"), received[0].body.len()), (Some("0"), 0));
    let taken = |_: &Received| refuse(409, "BucketAlreadyExists");
    let (outcome, _) = ask(taken, |spaces| spaces.create_bucket("fra1", "example-loki"));
    assert!(outcome.unwrap_err().is_taken());
}

#[test]
fn only_the_status_says_whether_there_is_a_bucket() {
    for (status, expected) in [(200, Presence::Present), (404, Presence::Absent), (403, Presence::Forbidden)] {
        let (outcome, received) =
            ask(move |_| Reply::status(status, ""), |spaces| spaces.head_bucket("fra1", "example-loki"));
        assert_eq!((outcome.unwrap(), received[0].line().as_str()), (expected, "HEAD /example-loki"));
    }
}

#[test]
fn settings_are_put_with_their_digest_and_may_be_unset() {
    let rule = CorsRule {
        origins: vec!["https://www.example.com".into()],
        methods: vec!["GET".into()],
        ..CorsRule::default()
    };
    let cors = Cors { rules: vec![rule] };
    let (outcome, received) = ask(|_| Reply::ok(""), |spaces| spaces.put_cors("fra1", "example-loki", &cors));
    outcome.unwrap();
    assert_eq!(received[0].line(), "PUT /example-loki?cors=");
    assert!(received[0].header("content-md5").is_some_and(|digest| digest.len() == 24 && digest.ends_with("==")));
    assert!(
        received[0].header("authorization").unwrap().contains("SignedHeaders=content-md5;host;x-amz-content-sha256;")
    );
    let unset = |received: &Received| match received.target.rsplit('?').next() {
        Some("cors=") => refuse(404, "NoSuchCORSConfiguration"),
        Some("lifecycle=") => refuse(404, "NoSuchLifecycleConfiguration"),
        _ => Reply::ok("<VersioningConfiguration/>"),
    };
    let read = |spaces: &Spaces| {
        let bucket = "example-loki";
        (
            spaces.cors("fra1", bucket).unwrap(),
            spaces.lifecycle("fra1", bucket).unwrap(),
            spaces.versioning("fra1", bucket).unwrap(),
        )
    };
    assert_eq!(ask(unset, read).0, (None, None, Versioning::Never));
    // A bucket that is not there is no bucket without settings.
    let (outcome, _) = ask(|_| refuse(404, "NoSuchBucket"), |spaces| spaces.cors("fra1", "example-loki"));
    assert!(outcome.unwrap_err().is_missing());
}

#[test]
fn versions_are_deleted_by_the_page_and_again_where_the_line_broke() {
    let handler = |received: &Received| match (received.method.as_str(), received.before) {
        ("GET", _) => Reply::ok(
            "<ListVersionsResult><Version><Key>a b</Key><VersionId>1</VersionId></Version></ListVersionsResult>",
        ),
        (_, 0) => Reply::Close,
        _ => Reply::ok("<DeleteResult/>"),
    };
    let after = ObjectVersion { key: "a/ä&".into(), version: "0".into() };
    let (outcome, received) = ask(handler, |spaces| {
        let page = spaces.versions("fra1", "example-loki", Some(&after), 5000).unwrap();
        spaces.delete_versions("fra1", "example-loki", &page.versions)
    });
    outcome.unwrap();
    let lines: Vec<_> = received.iter().map(Received::line).collect();
    let list = "GET /example-loki?versions=&max-keys=1000&key-marker=a%2F%C3%A4%26&version-id-marker=0";
    assert_eq!(lines, [list, "POST /example-loki?delete=", "POST /example-loki?delete="]);
    assert!(String::from_utf8_lossy(&received[2].body).contains("<Key>a b</Key><VersionId>1</VersionId>"));
    let kept =
        |_: &Received| Reply::ok("<DeleteResult><Error><Key>a</Key><Code>AccessDenied</Code></Error></DeleteResult>");
    let (outcome, _) = ask(kept, |spaces| spaces.delete_versions("fra1", "example-loki", std::slice::from_ref(&after)));
    assert!(matches!(outcome, Err(Error::NotDeleted { count: 1, .. })), "{outcome:?}");
}

#[test]
fn no_message_shows_a_key() {
    let [access, secret] = keys();
    let text = format!("<Error><Code>Odd</Code><Message>no {access} with {secret}</Message></Error>");
    let (outcome, _) = ask(
        move |_| Reply::status(400, text.clone()),
        |spaces| (format!("{spaces:?}"), spaces.list_buckets("fra1").unwrap_err()),
    );
    let (client, error) = outcome;
    let shown = format!("{client} {error} {error:?} {}", error.help());
    assert!(shown.contains("no [secret] with [secret]"), "{shown}");
    assert!(keys().iter().all(|key| !shown.contains(key)), "{shown}");
}
