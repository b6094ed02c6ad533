//! The program from outside: started as in a container, asked over HTTP, ended by SIGTERM.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const BOUND: Duration = Duration::from_secs(20);

/// The running program. It is ended with the test, however that ends.
struct Lofi {
    child: Child,
    log: Option<BufReader<ChildStdout>>,
    address: String,
}

impl Drop for Lofi {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Answer {
    status: u16,
    /// In lower case.
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.head.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).unwrap_or("")
    }

    fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }
}

fn command(variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lofi"));
    command.env_clear().envs(variables.iter().copied()).stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

impl Lofi {
    fn start() -> Self {
        let variables = [("HOST", "127.0.0.1"), ("PORT", "0"), ("COMMIT", "0a1b2c3")];
        let mut child = command(&variables).spawn().unwrap();
        let mut log = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        log.read_line(&mut line).unwrap();
        Self { child, log: Some(log), address: line.trim_end().replace("listening on http://", "") }
    }

    fn log_line(&mut self) -> String {
        let mut line = String::new();
        self.log.as_mut().unwrap().read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(BOUND)).unwrap();
        stream
    }

    fn ask(&self, method: &str, path: &str, headers: &str) -> Answer {
        let mut stream = self.connect();
        write!(stream, "{method} {path} HTTP/1.1\r\nhost: lofi\r\nconnection: close\r\n{headers}\r\n").unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let body = bytes.split_off(end + 4);
        let head = String::from_utf8(bytes).unwrap().to_lowercase();
        Answer { status: head.split(' ').nth(1).unwrap().parse().unwrap(), head, body }
    }

    fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "")
    }

    fn signal(&self, name: &str) {
        let kill = format!("kill -s {name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// How it ended, which it has to do by itself.
    fn end(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(begun.elapsed() < BOUND, "it does not end");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn the_page_shows_the_picture_and_says_what_is_running() {
    let lofi = Lofi::start();
    let page = lofi.get("/");
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(page.text().contains(r#"<img src="/lofi.gif""#), "{}", page.text());
    assert!(page.text().contains(concat!("lofi ", env!("CARGO_PKG_VERSION"), " &middot; 0a1b2c3")), "{}", page.text());
    assert_eq!(lofi.get("/?from=somewhere").body, page.body);
}

#[test]
fn the_picture_is_an_endless_gif_that_moves() {
    let lofi = Lofi::start();
    let answer = lofi.get("/lofi.gif");
    assert_eq!((answer.status, answer.header("content-type")), (200, "image/gif"));
    assert!(answer.body.starts_with(b"GIF89a"));
    assert!(answer.body.len() < 60_000, "{} bytes", answer.body.len());

    let mut decoder = gif::DecodeOptions::new().read_info(&answer.body[..]).unwrap();
    assert_eq!((decoder.width(), decoder.height()), (160, 100));
    let mut frames = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        assert!(frame.delay > 0);
        frames.push(frame.buffer.to_vec());
    }
    assert_eq!(decoder.repeat(), gif::Repeat::Infinite);
    assert_eq!(frames.len(), 24);
    assert!(frames.windows(2).all(|two| two[0] != two[1]), "it stands still");

    // The same bytes from every copy, so that a cache may take any.
    assert!(Lofi::start().get("/lofi.gif").body == answer.body);
    let known = lofi.ask("GET", "/lofi.gif", &format!("if-none-match: {}\r\n", answer.header("etag")));
    assert_eq!((known.status, known.body.len()), (304, 0));
    assert_eq!(known.header("etag"), answer.header("etag"));
    assert_eq!(known.header("cache-control"), "public, max-age=3600");
}

#[test]
fn requests_are_counted_and_logged() {
    let mut lofi = Lofi::start();
    assert_eq!((lofi.get("/health").status, lofi.get("/health").text()), (200, "ok\n"));
    lofi.get("/no-such-path/\u{9b}31m");
    let metrics = lofi.get("/metrics");
    assert_eq!((metrics.status, metrics.header("content-type")), (200, "text/plain; version=0.0.4; charset=utf-8"));
    let sample = |name: &str| {
        let line = metrics.text().lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("{name} is not in\n{}", metrics.text()))
    };
    assert_eq!(sample(r#"lofi_http_requests_total{path="/health",status="200"}"#), "2");
    assert_eq!(sample(r#"lofi_http_requests_total{path="other",status="404"}"#), "1");
    assert_eq!(sample(concat!("lofi_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\",commit=\"0a1b2c3\"}")), "1");
    assert!((0.0..3600.0).contains(&sample("lofi_uptime_seconds").parse().unwrap()));

    assert_eq!(lofi.log_line(), "method=GET path=/health status=200");
    assert_eq!(lofi.log_line(), "method=GET path=/health status=200");
    assert_eq!(lofi.log_line(), r"method=GET path=/no-such-path/\u{9b}31m status=404");
}

#[test]
fn head_is_get_without_the_body() {
    let lofi = Lofi::start();
    for path in ["/", "/lofi.gif", "/health", "/no-such-path"] {
        let [get, head] = ["GET", "HEAD"].map(|method| lofi.ask(method, path, ""));
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        for name in ["content-type", "content-length", "etag", "cache-control"] {
            assert_eq!(head.header(name), get.header(name), "{path}: {name}");
        }
        assert_eq!(get.header("content-length"), get.body.len().to_string(), "{path}");
    }
}

#[test]
fn what_is_not_there_and_what_is_not_allowed() {
    let lofi = Lofi::start();
    for (method, path, status) in [
        ("GET", "/no-such-path", 404),
        ("POST", "/no-such-path", 404),
        ("GET", "//", 404),
        ("GET", "/health/", 404),
        ("GET", "/../Cargo.toml", 404),
        ("POST", "/", 405),
        ("DELETE", "/lofi.gif", 405),
        ("OPTIONS", "/metrics", 405),
    ] {
        let answer = lofi.ask(method, path, "content-length: 0\r\n");
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(answer.header("allow"), if status == 405 { "get, head" } else { "" }, "{method} {path}");
    }
    // A body that nobody reads, longer than anybody could send.
    assert_eq!(lofi.ask("POST", "/", "content-length: 999999999999\r\n").status, 405);
    assert_eq!(lofi.ask("GET", "/", "content-length: many\r\n").status, 400);
    assert_eq!(lofi.get("/health").status, 200);
}

#[test]
fn a_signal_ends_it_cleanly() {
    for name in ["TERM", "INT"] {
        let mut lofi = Lofi::start();
        let idle = lofi.connect();
        lofi.get("/health");
        lofi.signal(name);
        assert_eq!(lofi.end().code(), Some(0), "SIG{name}");
        assert_eq!(lofi.log_line(), "method=GET path=/health status=200");
        assert_eq!(lofi.log_line(), "stopping");
        assert!(TcpStream::connect(&lofi.address).is_err(), "it still listens");
        drop(idle);
    }
}

#[test]
fn a_log_that_nobody_reads_is_no_reason_to_end() {
    let mut lofi = Lofi::start();
    // Closes the pipe that standard output goes to.
    lofi.log = None;
    assert_eq!(lofi.get("/health").status, 200);
    assert_eq!(lofi.get("/health").status, 200);
}

#[test]
fn a_variable_that_is_wrong_is_named() {
    let output = command(&[("PORT", "http")]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text, "error: PORT is `http`; set a number from 0 to 65535\n");
}
