//! How a run is followed: what happens, how it waits, and how it is asked to stop.

use std::cell::Cell;
use std::time::Duration;

use super::address::Address;
use super::step::Action;

/// The longest time without a word.
const SILENCE: Duration = Duration::from_secs(10);

/// What happens while a plan is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'e> {
    /// A step begins.
    Begun {
        /// Its resource.
        address: &'e Address,
        /// What it does.
        action: Action,
    },
    /// A step waits for something that takes its time.
    Waiting {
        /// Its resource.
        address: &'e Address,
        /// What it does.
        action: Action,
        /// How long the step has waited so far.
        elapsed: Duration,
        /// What it waits for, or what the server says of it.
        what: &'e str,
    },
    /// Something that a person should know, and that stops nothing.
    Warned {
        /// Its resource.
        address: &'e Address,
        /// What it is.
        message: &'e str,
    },
    /// A step is done.
    Done {
        /// Its resource.
        address: &'e Address,
        /// What it did.
        action: Action,
        /// How the server calls the resource.
        id: Option<&'e str>,
        /// How long the step has waited.
        elapsed: Duration,
    },
    /// A step failed; the run ends.
    Failed {
        /// Its resource.
        address: &'e Address,
        /// What it should have done.
        action: Action,
    },
}

/// Whoever looks on, and decides how time passes: the real one sleeps, a test counts.
pub trait Watch: Sync {
    /// Hears what happens.
    fn event(&self, event: &Event<'_>);
    /// Lets time pass.
    fn pause(&self, duration: Duration);
    /// Whether the run is to end as soon as it can without leaving something half done.
    fn is_interrupted(&self) -> bool;
}

/// How often and for how long something is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// The time between two looks.
    pub interval: Duration,
    /// The longest wait. It is counted in pauses: the time that looking takes is not part of it.
    pub limit: Duration,
}

impl Patience {
    /// A look every `interval` seconds, for `limit` seconds.
    pub const fn seconds(interval: u64, limit: u64) -> Self {
        Self { interval: Duration::from_secs(interval), limit: Duration::from_secs(limit) }
    }
}

/// What a look at something found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look<T> {
    /// It is as it should be.
    Ready(T),
    /// It is not; how it is instead, in a few words.
    NotYet(String),
}

/// It took longer than anybody wants to wait.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it took longer than {}: {last}", spoken(*.limit))]
pub struct TooLong {
    /// How long was waited.
    pub limit: Duration,
    /// How it was at the last look.
    pub last: String,
}

/// A wait that did not end well.
#[derive(Debug)]
pub enum WaitError<E> {
    /// A look failed.
    Look(E),
    /// It took too long.
    TooLong(TooLong),
    /// The run is to end.
    Interrupted,
}

impl<E> From<E> for WaitError<E> {
    fn from(error: E) -> Self {
        Self::Look(error)
    }
}

/// One step on its way: hands what happens to the watch, with the step's name on it.
pub struct Progress<'w> {
    address: &'w Address,
    action: Action,
    watch: &'w dyn Watch,
    elapsed: Cell<Duration>,
    quiet_since: Cell<Duration>,
}

impl<'w> Progress<'w> {
    /// The progress of a step that begins now.
    pub fn new(address: &'w Address, action: Action, watch: &'w dyn Watch) -> Self {
        Self { address, action, watch, elapsed: Cell::default(), quiet_since: Cell::default() }
    }

    /// The sum of all waits of the step.
    pub fn elapsed(&self) -> Duration {
        self.elapsed.get()
    }

    /// Says something that stops nothing.
    pub fn warn(&self, message: &str) {
        self.watch.event(&Event::Warned { address: self.address, message });
    }

    /// Lets time pass, and says every ten seconds what it is for.
    pub fn pause(&self, duration: Duration, what: &str) {
        self.watch.pause(duration);
        self.elapsed.set(self.elapsed.get() + duration);
        if self.elapsed.get().saturating_sub(self.quiet_since.get()) >= SILENCE {
            self.quiet_since.set(self.elapsed.get());
            let (address, action, elapsed) = (self.address, self.action, self.elapsed.get());
            self.watch.event(&Event::Waiting { address, action, elapsed, what });
        }
    }

    /// Looks again and again until it is ready: at once, then after each interval.
    ///
    /// # Errors
    /// A look failed, it took too long, or the run is to end.
    pub fn wait<T, E>(
        &self,
        patience: Patience,
        mut look: impl FnMut() -> Result<Look<T>, E>,
    ) -> Result<T, WaitError<E>> {
        let mut waited = Duration::ZERO;
        loop {
            let last = match look()? {
                Look::Ready(found) => return Ok(found),
                Look::NotYet(state) => state,
            };
            if self.watch.is_interrupted() {
                return Err(WaitError::Interrupted);
            }
            if waited >= patience.limit {
                return Err(WaitError::TooLong(TooLong { limit: patience.limit, last }));
            }
            self.pause(patience.interval, &last);
            waited += patience.interval;
        }
    }
}

/// A duration in words: `45 s`, `5 min`.
fn spoken(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds >= 120 { format!("{} min", seconds / 60) } else { format!("{seconds} s") }
}
