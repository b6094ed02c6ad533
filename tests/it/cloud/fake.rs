//! DigitalOcean and its Spaces on this machine, with a state, a clock of its own, and every trap that is known.
//!
//! Written from the published description of the API, from the code of its official clients and from reports of what the
//! service really does; where nothing is known it is stricter than it has to be, so that a client that relies on luck is
//! caught. It answers `/v2/…` as the API, and `/s3/REGION/…` as the Spaces of a region, so that one address serves all
//! regions without a name server. Time moves with each request and with nothing else.
//!
//! Not here: an autoscaler (a test moves `count` itself), rate limits that are reached by counting, single nodes that fail,
//! credentials of registries, peerings, cluster lint, policies of buckets, and uploads in parts.

mod answer;
mod api;
mod buckets;
mod clusters;
mod domains;
mod faults;
mod keys;
mod objects;
mod pools;
mod projects;
mod recorder;
mod signature;
mod vpcs;
mod world;
mod xml;

use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

pub(crate) use answer::Answer;
pub(crate) use buckets::{Bucket, Rule};
pub(crate) use clusters::{Associated, Cluster};
pub(crate) use domains::{Domain, Record};
pub(crate) use faults::{Fault, Kind};
pub(crate) use keys::{Grant, Key};
pub(crate) use signature::{Refusal, hex, md5, sha256, sign, verify};
pub(crate) use world::{Token, World};

use crate::loopback::{Received, Reply, Server};
use recorder::Recorder;

/// The token that a new world knows; made of parts, so that nothing here looks like one.
pub(crate) fn token() -> String {
    ["token", "of", "the", "tests"].join("-")
}

/// One call and what became of it.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    /// Method and target.
    pub(crate) line: String,
    pub(crate) request: Option<Value>,
    /// What the service answered; none where it did not act.
    pub(crate) answer: Option<Answer>,
    pub(crate) fault: Option<Kind>,
}

struct Inner {
    world: World,
    faults: Vec<Fault>,
    log: Vec<Exchange>,
}

struct Shared {
    inner: Mutex<Inner>,
    /// The process that a fault may kill.
    client: Mutex<Option<Pid>>,
    recorder: Option<Recorder>,
    /// How long each answer takes, in milliseconds.
    delay: AtomicU64,
    /// How many requests are being answered, and how many were at the same time.
    busy: AtomicUsize,
    busiest: AtomicUsize,
}

/// The service; it stops when it is dropped.
pub(crate) struct Cloud {
    shared: Arc<Shared>,
    server: Server,
    regions: Mutex<Vec<Server>>,
}

impl Cloud {
    /// Starts with what there is in `world`.
    pub(crate) fn start(world: World) -> Self {
        let inner = Mutex::new(Inner { world, faults: Vec::new(), log: Vec::new() });
        let shared = Shared {
            inner,
            client: Mutex::new(None),
            recorder: Recorder::of_environment(),
            delay: AtomicU64::new(0),
            busy: AtomicUsize::new(0),
            busiest: AtomicUsize::new(0),
        };
        let shared = Arc::new(shared);
        let handler = Arc::clone(&shared);
        let server = Server::start(move |received| handler.reply(received, None));
        Self { shared, server, regions: Mutex::new(Vec::new()) }
    }

    /// For `DIGITALOCEAN_API_URL`.
    pub(crate) fn url(&self) -> String {
        self.server.url("")
    }

    /// For `SPACES_ENDPOINT_URL`: the region is a part of the path, and of what is signed.
    pub(crate) fn spaces_url(&self) -> String {
        self.server.url("/s3/{{.Region}}")
    }

    /// The Spaces of one region at an address of their own, without a path.
    pub(crate) fn region_url(&self, region: &'static str) -> String {
        let handler = Arc::clone(&self.shared);
        let server = Server::start(move |received| handler.reply(received, Some(region)));
        let url = server.url("");
        self.regions.lock().unwrap().push(server);
        url
    }

    /// What the command finds in its environment: addresses, the first token, and the first key of Spaces.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        let (token, key) = self.world(|world| (world.tokens[0].text.clone(), world.keys[0].clone()));
        vec![
            ("DIGITALOCEAN_TOKEN", token),
            ("DIGITALOCEAN_API_URL", self.url()),
            ("SPACES_ACCESS_KEY_ID", key.access_key),
            ("SPACES_SECRET_ACCESS_KEY", key.secret_key),
            ("SPACES_ENDPOINT_URL", self.spaces_url()),
            ("SUPERCARGO_TIME_SCALE", "0.001".to_owned()),
        ]
    }

    /// Looks at the world, or changes it.
    pub(crate) fn world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        look(&mut self.shared.inner.lock().unwrap().world)
    }

    /// From now on every answer takes a while.
    pub(crate) fn answers_after(&self, delay: Duration) {
        let delay = u64::try_from(delay.as_millis()).unwrap();
        self.shared.delay.store(delay, Ordering::SeqCst);
    }

    /// The most requests that were being answered at one time.
    pub(crate) fn most_at_once(&self) -> usize {
        self.shared.busiest.load(Ordering::SeqCst)
    }

    /// Plans a fault. It happens once.
    pub(crate) fn fault(&self, fault: Fault) {
        self.shared.inner.lock().unwrap().faults.push(fault);
    }

    /// The faults that did not happen.
    pub(crate) fn faults_left(&self) -> Vec<Fault> {
        self.shared.inner.lock().unwrap().faults.clone()
    }

    /// Every call so far, in the order in which they came.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.shared.inner.lock().unwrap().log.clone()
    }

    /// Method and target of every call so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.exchanges().into_iter().map(|exchange| exchange.line).collect()
    }

    /// Those that ask for more than a look.
    pub(crate) fn writes(&self) -> Vec<String> {
        let reads = ["GET ", "HEAD "];
        self.requests().into_iter().filter(|line| !reads.iter().any(|read| line.starts_with(read))).collect()
    }

    /// Names the process that a fault may kill.
    pub(crate) fn client(&self, child: &Child) {
        *self.shared.client.lock().unwrap() = Some(Pid::from_child(child));
    }

    /// Runs a command as the client, to its end or its death.
    pub(crate) fn run(&self, command: &mut Command) -> Output {
        let command = command.envs(self.environment()).stdin(Stdio::null());
        self.wait(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// Takes a process that was just started for the client, and waits for its end or its death.
    pub(crate) fn wait(&self, child: Child) -> Output {
        self.client(&child);
        let output = child.wait_with_output().unwrap();
        *self.shared.client.lock().unwrap() = None;
        output
    }
}

impl Shared {
    fn reply(&self, received: &Received, region: Option<&str>) -> Reply {
        let busy = self.busy.fetch_add(1, Ordering::SeqCst) + 1;
        self.busiest.fetch_max(busy, Ordering::SeqCst);
        let delay = self.delay.load(Ordering::SeqCst);
        if delay > 0 {
            std::thread::sleep(Duration::from_millis(delay));
        }
        let reply = self.answer(received, region);
        self.busy.fetch_sub(1, Ordering::SeqCst);
        reply
    }

    fn answer(&self, received: &Received, region: Option<&str>) -> Reply {
        let mut inner = self.inner.lock().unwrap();
        let number = inner.log.len() + 1;
        let line = received.line();
        let due = inner.faults.iter().position(|fault| fault.is_due(number, &line));
        let fault = due.map(|index| inner.faults.remove(index).kind);
        let step = inner.world.durations.step;
        inner.world.advance(step);
        let acts = fault.is_none_or(Kind::acts);
        let answer = acts.then(|| act(&mut inner.world, received, region, number));
        if let (Some(recorder), Some(answer), None) = (&self.recorder, &answer, fault)
            && received.target.starts_with("/v2/")
        {
            recorder.record(received, answer);
        }
        let request = serde_json::from_slice(&received.body).ok();
        inner.log.push(Exchange { line, request, answer: answer.clone(), fault });
        drop(inner);
        let answer = answer.unwrap_or_else(|| Answer::empty(204));
        match fault {
            None => answer.reply(),
            Some(fault) => self.suffer(fault, answer, number, received.target.starts_with("/v2/")),
        }
    }

    /// What the client gets to see of an answer. Errors have the shape of the API, or that of S3.
    fn suffer(&self, fault: Kind, answer: Answer, number: usize, is_api: bool) -> Reply {
        let failed = |status: u16, message: &str, code: &str| {
            let answer = if is_api { Answer::error(status, message) } else { buckets::error(status, code, "") };
            answer.with("x-request-id", format!("request-{number}"))
        };
        match fault {
            Kind::LostAnswer | Kind::CutBefore => Reply::Close,
            Kind::CutBody => answer.cut(),
            Kind::TooMany { retry_after } => {
                let refusal = failed(if is_api { 429 } else { 503 }, "API rate limit exceeded.", "SlowDown");
                // The time of the reset is of no use: it was seen to be long ago.
                let refusal = refusal.with("ratelimit-limit", "5000").with("ratelimit-remaining", "0");
                let refusal = refusal.with("ratelimit-reset", "1700000000");
                match retry_after {
                    Some(seconds) => refusal.with("retry-after", seconds.to_string()).reply(),
                    None => refusal.reply(),
                }
            }
            Kind::FailedBefore | Kind::FailedAfter => {
                failed(500, "Unexpected server-side error", "InternalError").reply()
            }
            Kind::Aborted => failed(409, "conflict", "OperationAborted").reply(),
            Kind::BadGateway => Answer::text(502, "text/html", "<html><h1>502 Bad Gateway</h1></html>").reply(),
            Kind::Malformed => {
                let body: &[u8] = if is_api { b"{\"kubernetes_cluster\": {" } else { b"<?xml version=\"1.0\"?><Lis" };
                Answer { body: body.to_vec(), ..answer }.reply()
            }
            Kind::HangBefore | Kind::HangAfter => Reply::Hang,
            Kind::KillBefore | Kind::KillAfter => {
                self.kill();
                Reply::Hang
            }
        }
    }

    /// Kills the client. Its first request may be here before the test knows its number.
    fn kill(&self) {
        let start = Instant::now();
        loop {
            if let Some(pid) = self.client.lock().unwrap().take() {
                kill_process(pid, Signal::KILL).unwrap();
                return;
            }
            assert!(start.elapsed() < Duration::from_secs(30), "a fault is to kill a client that nobody named");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl World {
    /// Does what a call would do, at this very moment and without a trace in any log: for setting a scene.
    ///
    /// # Panics
    /// The service would refuse.
    pub(crate) fn seed(&mut self, line: &str, body: &Value) -> Value {
        let (method, target) = line.split_once(' ').unwrap();
        let headers = [
            ("authorization".to_owned(), format!("Bearer {}", self.tokens[0].text)),
            ("content-type".to_owned(), "application/json".to_owned()),
        ];
        let (method, target, body) = (method.to_owned(), target.to_owned(), body.to_string().into_bytes());
        let received = Received { method, target, headers: headers.into(), body, before: 0 };
        let answer = act(self, &received, None, 0);
        assert!(answer.status < 300, "{line}: {}", String::from_utf8_lossy(&answer.body));
        answer.value().unwrap_or(Value::Null)
    }
}

fn act(world: &mut World, received: &Received, region: Option<&str>, number: usize) -> Answer {
    let path = api::split(&received.target).0;
    if let Some(region) = region {
        return buckets::answer(world, received, region, path);
    }
    if let Some((region, rest)) = path.strip_prefix("/s3/").map(|path| path.split_once('/').unwrap_or((path, ""))) {
        return buckets::answer(world, received, region, rest);
    }
    if path.starts_with("/v2/") { api::answer(world, received, number) } else { Answer::not_found() }
}
