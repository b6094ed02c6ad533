//! What goes wrong on the way to a server, or in it, at a call that a test chooses.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::loopback::Reply;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The server acts, and its answer never comes.
    AnswerLost,
    /// The connection ends before the server acts.
    CutBefore,
    /// The server acts, and its answer ends in the middle.
    CutBody,
    /// Refused, with how many seconds to wait.
    LimitedFor(u64),
    /// Refused, with a time after which to come back in headers that only this API has.
    Limited,
    ErrorBefore,
    ErrorAfter,
    /// A proxy in front of the server has no answer from it, and says so to people.
    BadGateway,
    /// The server acts, and its answer is not JSON.
    Malformed,
    /// The connection stays open, and nothing comes.
    Hang,
    /// Somebody asks the client to stop, and then all goes on as ever.
    Interrupt,
    /// The client is killed before the server acts.
    KillBefore,
    /// The client is killed after the server acted.
    KillAfter,
}

impl Fault {
    /// Those that a client outlives.
    pub(crate) const SURVIVED: [Self; 10] = [
        Self::AnswerLost,
        Self::CutBefore,
        Self::CutBody,
        Self::LimitedFor(1),
        Self::Limited,
        Self::ErrorBefore,
        Self::ErrorAfter,
        Self::BadGateway,
        Self::Malformed,
        Self::Hang,
    ];

    /// Whether the server does what it was asked for.
    pub(crate) fn acts(self) -> bool {
        !matches!(
            self,
            Self::CutBefore
                | Self::LimitedFor(_)
                | Self::Limited
                | Self::ErrorBefore
                | Self::BadGateway
                | Self::Hang
                | Self::KillBefore
        )
    }
}

#[derive(Debug, Default)]
struct State {
    planned: BTreeMap<usize, Fault>,
    calls: usize,
    client: Option<Pid>,
}

/// The faults to come, by the number of the call, from 0 on. Every call counts, that for a token too.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults(Arc<Mutex<State>>);

impl Faults {
    /// Plans a fault at the call of this number.
    pub(crate) fn at(&self, call: usize, fault: Fault) {
        self.0.lock().unwrap().planned.insert(call, fault);
    }

    /// The process that a fault may kill. A call that is to kill waits until this is known.
    pub(crate) fn client(&self, process: u32) {
        self.0.lock().unwrap().client = i32::try_from(process).ok().and_then(Pid::from_raw);
    }

    /// How many calls there were.
    pub(crate) fn calls(&self) -> usize {
        self.0.lock().unwrap().calls
    }

    /// Answers a call by `act`, unless a fault is planned for it.
    pub(crate) fn around(&self, act: impl FnOnce() -> Reply) -> Reply {
        let fault = {
            let mut state = self.0.lock().unwrap();
            state.calls += 1;
            let call = state.calls - 1;
            state.planned.get(&call).copied()
        };
        let Some(fault) = fault else { return act() };
        let reply = if fault.acts() { act() } else { Reply::Close };
        let error = r#"{"statusCode":500,"error":"Internal Server Error","message":"Something went wrong"}"#;
        let limited = || {
            let body = r#"{"statusCode":429,"error":"Too Many Requests","message":"Global limit has been reached"}"#;
            let reply = Reply::status(429, body).with("x-ratelimit-limit", "2").with("x-ratelimit-remaining", "0");
            reply.with("x-ratelimit-reset", "1795000001")
        };
        match fault {
            Fault::AnswerLost | Fault::CutBefore => Reply::Close,
            Fault::CutBody => match reply {
                Reply::Answer { body, .. } if body.len() > 1 => Reply::Cut { after: body.len() / 2, body },
                _ => Reply::Close,
            },
            Fault::LimitedFor(seconds) => limited().with("retry-after", seconds.to_string()),
            Fault::Limited => limited(),
            Fault::ErrorBefore | Fault::ErrorAfter => Reply::status(500, error),
            Fault::BadGateway => {
                Reply::status(502, "<html><h1>502 Bad Gateway</h1></html>").with("content-type", "text/html")
            }
            Fault::Malformed => match reply {
                Reply::Answer { status, headers, .. } => Reply::Answer { status, headers, body: b"{\"id\": ".to_vec() },
                other => other,
            },
            Fault::Hang => Reply::Hang,
            Fault::Interrupt => {
                self.signal(Signal::INT);
                // The client has a thread that listens.
                std::thread::sleep(Duration::from_millis(200));
                reply
            }
            Fault::KillBefore | Fault::KillAfter => {
                self.signal(Signal::KILL);
                Reply::Close
            }
        }
    }

    fn signal(&self, signal: Signal) {
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(30) {
            let client = self.0.lock().unwrap().client;
            if let Some(client) = client {
                // The standard library ends only its own children, and the handle of this one is with the test.
                let _ = kill_process(client, signal);
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
