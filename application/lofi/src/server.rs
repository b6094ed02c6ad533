//! Connections: how many there are, how long they may take, and how they end.

use std::convert::Infallible;
use std::future::ready;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::log;
use crate::site::Site;

/// The most that a request line and its headers may take.
const HEAD: usize = 16 * 1024;

/// What one client can use up at most.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Connections at a time. More wait in the queue of the operating system.
    pub(crate) connections: usize,
    /// How long a connection may be idle, or take to send a request's head.
    pub(crate) idle: Duration,
    /// How long a connection is used.
    pub(crate) lifetime: Duration,
    /// How long an answer that has begun may take when the connection is to end.
    pub(crate) grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            // Longer than a proxy keeps an idle connection, which is 60 seconds for nginx and 90 for Traefik: if we
            // closed it first, then now and then just when a request is on its way.
            idle: Duration::from_secs(100),
            lifetime: Duration::from_secs(900),
            grace: Duration::from_secs(5),
        }
    }
}

/// Serves until `stop`, and then until what has begun is answered, or `limits.grace` is over.
pub(crate) async fn serve(listener: TcpListener, site: Arc<Site>, limits: Limits, stop: impl Future<Output = ()>) {
    let mut stop = pin!(stop);
    // Nothing is ever sent: that the sender is gone is the message.
    let (running, stopping) = watch::channel(());
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < limits.connections => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, Arc::clone(&site), limits, stopping.clone()));
                }
                Err(error) => {
                    log::line(format_args!("error: cannot accept a connection: {error}"));
                    // Most likely there are no file handles left, and the next try would fail as well.
                    sleep(Duration::from_millis(100)).await;
                }
            },
        }
    }
    drop((listener, running));
    while connections.join_next().await.is_some() {}
}

/// One connection from its first request to its end. What goes wrong with it is the client's business.
async fn connection(stream: TcpStream, site: Arc<Site>, limits: Limits, mut stopping: watch::Receiver<()>) {
    let service = service_fn(|request| ready(Ok::<_, Infallible>(site.respond(&request))));
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.idle)
            .max_buf_size(HEAD)
            .serve_connection(TokioIo::new(stream), service)
    );
    tokio::select! {
        _ = &mut connection => return,
        _ = stopping.changed() => {}
        () = sleep(limits.lifetime) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(limits.grace, connection).await;
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

    use std::net::SocketAddr;
    use std::time::Instant;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::oneshot;
    use tokio::task::JoinHandle;

    use super::*;

    const SHORT: Duration = Duration::from_millis(200);
    const LONG: Duration = Duration::from_secs(20);
    const REQUEST: &[u8] = b"GET /health HTTP/1.1\r\nhost: lofi\r\n\r\n";

    struct Server {
        address: SocketAddr,
        stop: oneshot::Sender<()>,
        running: JoinHandle<()>,
    }

    impl Server {
        async fn start(limits: Limits) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let (stop, stopped) = oneshot::channel();
            let site = Arc::new(Site::new("test").unwrap());
            let running = tokio::spawn(serve(listener, site, limits, async {
                let _ = stopped.await;
            }));
            Self { address, stop, running }
        }

        async fn connect(&self) -> TcpStream {
            TcpStream::connect(self.address).await.unwrap()
        }
    }

    /// All that comes until the server ends the connection, which it must do in time.
    async fn rest(mut stream: TcpStream) -> String {
        let mut bytes = Vec::new();
        // An end by a reset is an end, too.
        let _ =
            timeout(LONG / 2, stream.read_to_end(&mut bytes)).await.expect("the server does not end the connection");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Asks, and reads the answer up to its end; the connection stays.
    async fn ask(stream: &mut TcpStream) {
        stream.write_all(REQUEST).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\nok\n") {
            answer.push(timeout(LONG / 2, stream.read_u8()).await.expect("no answer").unwrap());
        }
    }

    fn long() -> Limits {
        Limits { connections: 8, idle: LONG, lifetime: LONG, grace: LONG }
    }

    #[tokio::test]
    async fn a_client_that_says_nothing_or_not_enough_is_sent_away() {
        let server = Server::start(Limits { idle: SHORT, ..long() }).await;
        for said in [&b""[..], b"GET / HT", &[REQUEST, b"GET"].concat()] {
            let mut stream = server.connect().await;
            stream.write_all(said).await.unwrap();
            rest(stream).await;
        }
    }

    #[tokio::test]
    async fn a_head_that_is_too_large_is_refused() {
        let server = Server::start(long()).await;
        let mut stream = server.connect().await;
        let head = format!("GET / HTTP/1.1\r\nhost: lofi\r\nx-large: {}\r\n\r\n", "x".repeat(2 * HEAD));
        // The server may stop reading before the end.
        let _ = stream.write_all(head.as_bytes()).await;
        let answer = rest(stream).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer}");
        ask(&mut server.connect().await).await;
    }

    #[tokio::test]
    async fn a_connection_is_not_used_for_ever() {
        let server = Server::start(Limits { lifetime: SHORT, ..long() }).await;
        let mut stream = server.connect().await;
        ask(&mut stream).await;
        rest(stream).await;
    }

    #[tokio::test]
    async fn more_connections_than_allowed_wait() {
        let server = Server::start(Limits { connections: 1, ..long() }).await;
        let mut first = server.connect().await;
        ask(&mut first).await;
        let mut second = server.connect().await;
        second.write_all(REQUEST).await.unwrap();
        assert!(timeout(SHORT, second.read_u8()).await.is_err(), "the second is served beside the first");
        drop(first);
        assert_eq!(timeout(LONG / 2, second.read_u8()).await.unwrap().unwrap(), b'H');
    }

    #[tokio::test]
    async fn the_end_waits_for_no_client_that_is_idle_and_only_so_long_for_one_that_is_slow() {
        let server = Server::start(Limits { grace: SHORT, ..long() }).await;
        let mut idle = server.connect().await;
        ask(&mut idle).await;
        let mut slow = server.connect().await;
        slow.write_all(b"GET / HT").await.unwrap();
        // The server has read what the slow client has said.
        ask(&mut server.connect().await).await;
        let begun = Instant::now();
        server.stop.send(()).unwrap();
        timeout(LONG / 2, server.running).await.expect("the server does not end").unwrap();
        assert!(begun.elapsed() >= SHORT, "the slow client had no time");
        rest(idle).await;
        rest(slow).await;
    }
}
