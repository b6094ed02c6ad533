//! The client that sends: connections, certificates, redirects, retries.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider};

use super::error::{Error, Failure};
use super::proxies::Proxies;
use super::request::{Field, Method, Request};
use super::response::Response;
use super::retries::Retries;
use super::url::Url;

/// How many redirects in a row are followed.
const REDIRECTS: usize = 8;

/// One attempt to send a request, for whoever watches: no header, no body, and no query that is more than a mark.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    /// What was asked.
    pub method: Method,
    /// Where. Its `Display` leaves out what the query holds.
    pub url: &'a Url,
    /// Counted from 1.
    pub attempt: u32,
    /// The status that came, or why none did.
    pub outcome: Result<u16, &'a Error>,
    /// How the server calls this request.
    pub request_id: Option<&'a str>,
    /// How long the client waits now before it tries again; `None` where it does not.
    pub wait: Option<Duration>,
}

/// Is told of every attempt.
pub type Trace = Arc<dyn Fn(&Exchange<'_>) + Send + Sync>;

/// Waits between two attempts. The real one sleeps; a test counts.
pub type Pause = Box<dyn Fn(Duration) + Send + Sync>;

/// What a client has to know.
#[derive(Clone)]
pub struct Settings {
    /// How the program calls itself to servers.
    pub user_agent: String,
    /// How long a connection may take to be made.
    pub connect: Duration,
    /// How long one attempt may take, from the look-up of the host to the last byte.
    pub whole: Duration,
    /// When a request is sent again.
    pub retries: Retries,
    /// The proxies of this machine.
    pub proxies: Proxies,
    /// Authorities to trust besides those of the system: the file that it came from, and its text in PEM form.
    pub authorities: Option<(PathBuf, String)>,
    /// Who is told of every attempt.
    pub trace: Option<Trace>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("user_agent", &self.user_agent)
            .field("connect", &self.connect)
            .field("whole", &self.whole)
            .field("retries", &self.retries)
            .field("proxies", &self.proxies)
            .field("authorities", &self.authorities.as_ref().map(|(path, _)| path))
            .field("trace", &self.trace.is_some())
            .finish()
    }
}

impl Default for Settings {
    /// Ten seconds for a connection, two minutes for an attempt, no proxy.
    fn default() -> Self {
        Self {
            user_agent: format!("supercargo/{}", crate::VERSION),
            connect: Duration::from_secs(10),
            whole: Duration::from_secs(120),
            retries: Retries::default(),
            proxies: Proxies::default(),
            authorities: None,
            trace: None,
        }
    }
}

/// Sends requests. Keeps connections open between them, and may be used by several threads at once.
pub struct Client {
    settings: Settings,
    pause: Pause,
    agent: OnceLock<Agent>,
}

impl Client {
    /// A client that sleeps between attempts.
    pub fn new(settings: Settings) -> Self {
        Self::with_pause(settings, Box::new(std::thread::sleep))
    }

    /// A client that leaves waiting to `pause`.
    pub fn with_pause(settings: Settings, pause: Pause) -> Self {
        Self { settings, pause, agent: OnceLock::new() }
    }

    /// Sends a request, follows redirects and tries again where that may help. The answer may have any status.
    ///
    /// # Errors
    /// No answer came, or none that may be used.
    pub fn send(&self, request: &Request) -> Result<Response, Error> {
        let mut attempt = 1;
        loop {
            let outcome = self.follow(request);
            let wait = self.settings.retries.wait(request, &outcome, attempt);
            self.tell(request, &outcome, attempt, wait);
            let Some(wait) = wait else {
                return outcome.map_err(|error| counted(error, attempt));
            };
            (self.pause)(wait);
            attempt += 1;
        }
    }

    /// Tells who watches of an attempt.
    fn tell(&self, request: &Request, outcome: &Result<Response, Error>, attempt: u32, wait: Option<Duration>) {
        let Some(trace) = &self.settings.trace else { return };
        trace(&Exchange {
            method: request.method,
            url: &request.url,
            attempt,
            outcome: outcome.as_ref().map(|response| response.status),
            request_id: outcome.as_ref().ok().and_then(Response::request_id),
            wait,
        });
    }

    /// One attempt, through all redirects.
    fn follow(&self, request: &Request) -> Result<Response, Error> {
        let mut url = request.url.clone();
        for _ in 0..=REDIRECTS {
            let response = self.exchange(request, &url)?;
            let is_redirect = matches!(response.status, 301 | 302 | 303 | 307 | 308) && request.method.is_safe();
            let Some(location) = response.header("location").filter(|_| is_redirect) else {
                return response.unpacked(request);
            };
            let refuse = |problem: String| Error::Redirect { method: request.method, url: url.clone(), problem };
            let next = url.join(location).map_err(|problem| refuse(format!("to an address that {problem}")))?;
            if url.is_https() && !next.is_https() {
                return Err(refuse(format!("from an encrypted connection to one that is not: {next}")));
            }
            url = next;
        }
        let problem = format!("on and on, after {REDIRECTS} redirects");
        Err(Error::Redirect { method: request.method, url: request.url.clone(), problem })
    }

    /// One request to one address, and its answer.
    fn exchange(&self, request: &Request, url: &Url) -> Result<Response, Error> {
        let failed = |source| Error::Transport { method: request.method, url: url.clone(), attempts: 1, source };
        let mut message = ureq::http::Request::builder().method(request.method.name()).uri(url.to_full_text());
        let encoding = if request.is_compressed { "gzip" } else { "identity" };
        message = message.header("accept-encoding", encoding);
        for (name, field) in &request.headers {
            match field {
                Field::Plain(value) => message = message.header(*name, value),
                Field::Secret(value) if url.has_origin_of(&request.url) => {
                    message = message.header(*name, value.expose());
                }
                Field::Secret(_) => {}
            }
        }
        let bad = |error: ureq::http::Error| failed(Failure::Protocol(error.to_string()));
        let agent = self.agent()?;
        let proxy = self.settings.proxies.of(url).cloned();
        // Without a body, the transport would announce one in chunks to those methods that may have one: object storage
        // refuses that, and some servers wait for more.
        let nothing = matches!(request.method, Method::Post | Method::Put | Method::Patch).then_some(&[][..]);
        let sent = if let Some(body) = request.body.as_deref().or(nothing) {
            let message = message.body(body).map_err(bad)?;
            agent.run(agent.configure_request(message).proxy(proxy).build())
        } else {
            let message = message.body(()).map_err(bad)?;
            agent.run(agent.configure_request(message).proxy(proxy).build())
        };
        let (head, mut body) = sent.map_err(|error| failed(failure(error)))?.into_parts();
        let read = body.with_config().limit(request.limit).read_to_vec();
        let body = read.map_err(|error| match error {
            ureq::Error::BodyExceedsLimit(_) => {
                Error::TooLarge { method: request.method, url: url.clone(), limit: request.limit }
            }
            error => failed(failure(error)),
        })?;
        let headers = head.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        let headers = headers.collect();
        Ok(Response { method: request.method, url: url.clone(), status: head.status.as_u16(), headers, body })
    }

    /// The agent, made at the first request: reading the system's certificates takes a moment.
    fn agent(&self) -> Result<&Agent, Error> {
        if let Some(agent) = self.agent.get() {
            return Ok(agent);
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(provider)
            .root_certs(RootCerts::new_with_certs(&authorities(self.settings.authorities.as_ref())?))
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .user_agent(&*self.settings.user_agent)
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(self.settings.connect))
            .timeout_global(Some(self.settings.whole))
            .build();
        Ok(self.agent.get_or_init(|| Agent::new_with_config(config)))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// The certificates that a server's has to lead to: those of the system, where companies put theirs, and further ones.
fn authorities(further: Option<&(PathBuf, String)>) -> Result<Vec<Certificate<'static>>, Error> {
    // What the system can't read of its own store is left out: there are others, and a server's may be among them.
    let system = rustls_native_certs::load_native_certs().certs;
    let mut found: Vec<_> = system.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    let Some((path, text)) = further else { return Ok(found) };
    let bad = |source: io::Error| Error::Authorities { path: path.clone(), source };
    let before = found.len();
    for item in ureq::tls::parse_pem(text.as_bytes()) {
        match item {
            Ok(PemItem::Certificate(certificate)) => found.push(certificate),
            Ok(_) => {}
            Err(error) => return Err(bad(io::Error::other(error))),
        }
    }
    if found.len() == before {
        return Err(bad(io::Error::other("it holds no certificate")));
    }
    Ok(found)
}

/// An error of the transport with how often it was tried.
fn counted(error: Error, tried: u32) -> Error {
    match error {
        Error::Transport { method, url, source, .. } => Error::Transport { method, url, attempts: tried, source },
        error => error,
    }
}

/// What an error of ureq means to us. Its texts name hosts and reasons, never headers.
fn failure(error: ureq::Error) -> Failure {
    match error {
        ureq::Error::HostNotFound => Failure::HostNotFound,
        ureq::Error::Timeout(what @ (ureq::Timeout::Resolve | ureq::Timeout::Connect)) => {
            Failure::Unreachable(what.to_string())
        }
        ureq::Error::Timeout(what) => Failure::Timeout(what.to_string()),
        ureq::Error::Tls(problem) => Failure::Tls(problem.to_owned()),
        ureq::Error::Rustls(error) => Failure::Tls(error.to_string()),
        ureq::Error::Io(error) => match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(inner) => Failure::Tls(inner.to_string()),
            None => Failure::Connection(error),
        },
        ureq::Error::ConnectProxyFailed(problem) => Failure::Proxy(problem),
        other => Failure::Protocol(other.to_string()),
    }
}
