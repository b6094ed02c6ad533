//! The client of the library against a server with every fault that a network has. Nothing here waits for a retry.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use supercargo::http::{Client, Error, Failure, Method, Request, Response, Retries, Secret, Settings, Url};

use crate::loopback::{Received, Reply, Server};

/// A client with short timeouts, and the waits that it would have made, in milliseconds.
fn client(change: impl Fn(&mut Settings)) -> (Client, Arc<Mutex<Vec<u128>>>) {
    let mut settings =
        Settings { connect: Duration::from_secs(5), whole: Duration::from_secs(30), ..Settings::default() };
    change(&mut settings);
    let waits = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&waits);
    (Client::with_pause(settings, Box::new(move |wait| log.lock().unwrap().push(wait.as_millis()))), waits)
}

fn get(server: &Server, path: &str) -> Request {
    Request::get(Url::parse(&server.url(path)).unwrap())
}

/// What a client gets of a server, and how it waited for that.
fn fetch(handler: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> (Result<Response, Error>, Vec<u128>) {
    let server = Server::start(handler);
    let (client, waits) = client(|_| {});
    let outcome = client.send(&get(&server, "/").limit(1000));
    let waits = waits.lock().unwrap().clone();
    (outcome, waits)
}

/// The message with all its causes, without the port.
fn message(error: &Error) -> String {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    let text = causes.map(ToString::to_string).collect::<Vec<_>>().join(": ");
    regex::Regex::new(r"127\.0\.0\.1:\d+").unwrap().replace_all(&text, "host").into_owned()
}

#[test]
fn a_request_arrives_as_it_was_made() {
    let server = Server::start(|_| Reply::status(201, r#"{"id": 7}"#).with("X-Thing", "a").with("x-thing", "b"));
    let (client, _) = client(|_| {});
    let url = Url::parse(&server.url("/v2/things")).unwrap().with_query(&[("page", "1 & 2")]);
    for method in [Method::Post, Method::Put, Method::Patch, Method::Delete] {
        let request = Request::new(method, url.clone())
            .secret("authorization", Secret::new("of-mine").as_bearer())
            .body("application/json", b"{}".to_vec());
        let response = client.send(&request).unwrap().success().unwrap();
        assert_eq!((response.status, response.json().unwrap()["id"].as_u64()), (201, Some(7)));
        assert_eq!(response.headers("X-THING").collect::<Vec<_>>(), ["a", "b"]);
        let received = server.received().pop().unwrap();
        assert_eq!(received.line(), format!("{method} /v2/things?page=1%20%26%202"));
        assert_eq!(received.body, b"{}");
        let headers = ["authorization", "content-type", "accept-encoding", "user-agent"];
        let agent = format!("supercargo/{}", supercargo::VERSION);
        let expected = ["Bearer of-mine", "application/json", "identity", agent.as_str()].map(Some);
        assert_eq!(headers.map(|name| received.header(name)), expected);
    }
    let head = Request::new(Method::Head, url);
    assert_eq!(client.send(&head).unwrap().body, b"");
}

#[test]
fn a_request_without_a_body_says_so() {
    let server = Server::start(|_| Reply::status(204, ""));
    let (client, _) = client(|_| {});
    for method in [Method::Get, Method::Delete, Method::Post, Method::Put, Method::Patch] {
        let url = Url::parse(&server.url("/")).unwrap();
        assert_eq!(client.send(&Request::new(method, url)).unwrap().status, 204);
        let received = server.received().pop().unwrap();
        let may_have_one = !matches!(method, Method::Get | Method::Delete);
        assert_eq!(received.header("content-length"), may_have_one.then_some("0"), "{method}");
        assert_eq!(received.header("transfer-encoding"), None, "{method}");
    }
}

#[test]
fn what_passes_is_tried_again_and_again() {
    for fault in [
        Reply::status(503, "busy"),
        Reply::status(429, "slow down"),
        Reply::Close,
        Reply::Cut { body: b"0123456789".to_vec(), after: 4 },
    ] {
        let planted = fault.clone();
        let (outcome, waits) =
            fetch(move |received| if received.before < 3 { planted.clone() } else { Reply::ok("whole") });
        assert_eq!(outcome.unwrap().body, b"whole", "{fault:?}");
        assert_eq!(waits, [1000, 2000, 4000], "{fault:?}");
    }
}

#[test]
fn a_server_that_says_when_is_asked_then() {
    let (outcome, waits) = fetch(|received| match received.before {
        0 => Reply::status(429, "").with("retry-after", "3"),
        1 => Reply::status(503, "")
            .with("date", "Sun, 22 Nov 2026 10:00:00 GMT")
            .with("retry-after", "Sun, 22 Nov 2026 10:00:42 GMT"),
        _ => Reply::ok("x"),
    });
    assert!(outcome.is_ok());
    assert_eq!(waits, [3000, 42000]);
    let (outcome, waits) = fetch(|_| Reply::status(429, "come back tomorrow").with("retry-after", "86400"));
    assert_eq!(outcome.unwrap().status, 429);
    assert_eq!(waits, [0; 0]);
}

#[test]
fn every_fault_that_stays_has_a_message_of_its_own() {
    let told = |reply: Reply| {
        let (outcome, waits) = fetch(move |_| reply.clone());
        let error = outcome.and_then(Response::success).unwrap_err();
        format!("{} ({} waits)", message(&error), waits.len())
    };
    assert_eq!(
        told(Reply::status(500, "a\n  broken \u{7} server").with("x-request-id", "r-1")),
        "GET http://host/ answered 500: a broken  server; request id r-1 (4 waits)"
    );
    assert_eq!(told(Reply::status(404, "<html>")), "GET http://host/ answered 404 (0 waits)");
    assert_eq!(told(Reply::ok(vec![b'x'; 1001])), "GET http://host/ answered with more than 0 MiB (0 waits)");
    for (reply, beginning) in [
        (
            Reply::Raw(b"220 mail.example.com ESMTP\r\n\r\n".to_vec()),
            "GET http://host/ failed 5 times: the answer is not HTTP",
        ),
        (Reply::Cut { body: vec![b'x'; 100], after: 50 }, "GET http://host/ failed 5 times: "),
        (Reply::Close, "GET http://host/ failed 5 times: "),
    ] {
        let message = told(reply);
        assert!(message.starts_with(beginning) && message.ends_with("(4 waits)"), "{message}");
    }
}

#[test]
fn a_server_that_keeps_silent_is_left() {
    let server = Server::start(|_| Reply::Hang);
    let (client, _) = client(|settings| {
        settings.whole = Duration::from_millis(50);
        settings.retries = Retries { attempts: 2, ..Retries::default() };
    });
    let error = client.send(&get(&server, "/")).unwrap_err();
    let is_timeout = matches!(&error, Error::Transport { source: Failure::Timeout(_), attempts: 2, .. });
    assert!(is_timeout, "{error:?}");
    assert_eq!(server.lines().len(), 2);
}

#[test]
fn nobody_there_is_a_failed_connection() {
    let server = Server::start(|_| Reply::ok(""));
    let request = get(&server, "/");
    drop(server);
    std::thread::sleep(Duration::from_millis(50));
    let (client, waits) = client(|_| {});
    let error = client.send(&request).unwrap_err();
    assert!(matches!(&error, Error::Transport { source: Failure::Connection(_), .. }), "{error:?}");
    assert_eq!(waits.lock().unwrap().len(), 4);
}

#[test]
fn what_must_not_happen_twice_is_sent_once() {
    let server = Server::start(|_| Reply::Close);
    let (client, waits) = client(|_| {});
    let url = Url::parse(&server.url("/")).unwrap();
    let request = Request::new(Method::Post, url).body("text/plain", b"x".to_vec());
    assert!(client.send(&request).is_err());
    assert_eq!((server.lines().len(), waits.lock().unwrap().len()), (1, 0));
    assert!(client.send(&request.may_repeat()).is_err());
    assert_eq!(server.lines().len(), 1 + 5);
}

#[test]
fn what_the_server_puts_off_is_asked_again_whatever_it_is() {
    let server = Server::start(|received| match received.before {
        0 => Reply::status(429, "").with("retry-after", "2"),
        _ => Reply::status(201, "{}"),
    });
    let (client, waits) = client(|_| {});
    let request = Request::new(Method::Post, Url::parse(&server.url("/")).unwrap());
    assert_eq!(client.send(&request).unwrap().status, 201);
    assert_eq!(*waits.lock().unwrap(), [2000]);
}

#[test]
fn who_watches_is_told_of_every_attempt_and_of_no_secret() {
    let server = Server::start(|received| match received.before {
        0 => Reply::status(503, "inner").with("x-request-id", "r-1"),
        1 => Reply::Close,
        _ => Reply::ok("inner"),
    });
    let told = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&told);
    let (client, _) = client(|settings| {
        let log = Arc::clone(&log);
        settings.trace = Some(Arc::new(move |exchange| {
            let all = format!("{exchange:?}");
            assert!(!all.contains("inner") && !all.contains("hidden"), "{all}");
            let outcome = exchange.outcome.map_err(|_| "none");
            let wait = exchange.wait.map(|wait| wait.as_secs());
            let id = exchange.request_id.map(str::to_owned);
            log.lock().unwrap().push((exchange.method, exchange.attempt, outcome, id, wait));
        }));
    });
    let url = Url::parse(&server.url("/x?token=hidden")).unwrap();
    let request = Request::get(url).secret("authorization", Secret::new("hidden"));
    client.send(&request).unwrap();
    let expected = [
        (Method::Get, 1, Ok(503), Some("r-1".to_owned()), Some(1)),
        (Method::Get, 2, Err("none"), None, Some(2)),
        (Method::Get, 3, Ok(200), None, None),
    ];
    assert_eq!(*told.lock().unwrap(), expected);
}

#[test]
fn secrets_stay_at_the_origin_that_they_are_for() {
    let elsewhere = Server::start(|_| Reply::ok("file"));
    let away = elsewhere.url("/file?signature=x");
    let server = Server::start(move |received| match received.target.as_str() {
        "/a" => Reply::redirect("b/../c"),
        _ => Reply::redirect(away.clone()),
    });
    let (client, _) = client(|_| {});
    let request = get(&server, "/a").header("accept", "*/*").secret("authorization", Secret::new("of-mine"));
    let response = client.send(&request).unwrap();
    assert_eq!(response.body, b"file");
    assert_eq!(response.url.to_string(), elsewhere.url("/file?…"));
    assert_eq!(server.lines(), ["GET /a", "GET /c"]);
    let sent = |server: &Server| -> Vec<_> {
        server.received().iter().map(|received| received.header("authorization").map(str::to_owned)).collect()
    };
    assert_eq!(sent(&server), [Some("of-mine".to_owned()), Some("of-mine".to_owned())]);
    assert_eq!(sent(&elsewhere), [None]);
    assert_eq!(elsewhere.received()[0].header("accept"), Some("*/*"));
}

#[test]
fn redirects_end() {
    let (outcome, _) = fetch(|_| Reply::redirect("/"));
    assert_eq!(message(&outcome.unwrap_err()), "GET http://host/ leads on and on, after 8 redirects");
    let (outcome, _) = fetch(|_| Reply::redirect("file:///etc/passwd"));
    let error = message(&outcome.unwrap_err());
    assert_eq!(error, "GET http://host/ leads to an address that does not begin with `https://` or `http://`");
    // What is not a mere reading is not done at another address.
    let server = Server::start(|_| Reply::redirect("/other"));
    let (client, _) = client(|_| {});
    let request = Request::new(Method::Delete, Url::parse(&server.url("/")).unwrap());
    assert_eq!(client.send(&request).unwrap().status, 302);
}

#[test]
fn a_packed_body_is_unpacked_where_that_was_asked_for() {
    let pack = |bytes: &[u8]| {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(bytes).unwrap();
        packed.finish().unwrap()
    };
    let (small, bomb) = (pack(b"index"), pack(&vec![b'x'; 1_000_000]));
    assert!(bomb.len() < 10_000);
    let packed = small.clone();
    let server = Server::start(move |received| {
        let body = if received.target == "/bomb" { bomb.clone() } else { packed.clone() };
        Reply::ok(body).with("content-encoding", "gzip")
    });
    let (client, _) = client(|_| {});
    assert_eq!(client.send(&get(&server, "/").compressed()).unwrap().body, b"index");
    // An archive that a server calls an encoding: its bytes are what counts.
    assert_eq!(client.send(&get(&server, "/")).unwrap().body, small);
    let error = client.send(&get(&server, "/bomb").compressed().limit(10_000)).unwrap_err();
    assert!(matches!(error, Error::TooLarge { limit: 10_000, .. }), "{error:?}");
}

#[test]
fn a_connection_that_is_not_secure_is_given_up_at_once() {
    // No server of TLS: the client must give up on what it hears, and must not fall back to plain text.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("https://{}/", listener.local_addr().unwrap())).unwrap();
    let plain = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nplain").unwrap();
        stream.read(&mut [0; 1024]).unwrap()
    });
    let (client, waits) = client(|_| {});
    let error = client.send(&Request::get(url)).unwrap_err();
    plain.join().unwrap();
    assert!(matches!(&error, Error::Transport { source: Failure::Tls(_), attempts: 1, .. }), "{error:?}");
    assert_eq!(waits.lock().unwrap().len(), 0);
    let server = Server::start(|_| Reply::ok("plain"));
    let authorities = |text: &str| {
        let (client, _) = self::client(|settings| settings.authorities = Some(("ca.pem".into(), text.to_owned())));
        message(&client.send(&get(&server, "/")).unwrap_err())
    };
    assert_eq!(authorities("nothing"), "could not read certificates to trust from `ca.pem`: it holds no certificate");
}
