//! Time as the tenant sees it, and its limit of calls.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The time since the tenant began.
#[derive(Debug, Clone)]
pub(crate) enum Clock {
    /// Stands still until a test moves it.
    Manual(Arc<Mutex<Duration>>),
    /// Runs with the machine's, so many times faster: for a program whose waits are as many times shorter.
    Faster { begin: Instant, times: u32 },
}

impl Clock {
    pub(crate) fn manual() -> Self {
        Self::Manual(Arc::default())
    }

    pub(crate) fn faster(times: u32) -> Self {
        Self::Faster { begin: Instant::now(), times }
    }

    pub(crate) fn advance(&self, time: Duration) {
        if let Self::Manual(now) = self {
            *now.lock().unwrap() += time;
        }
    }

    pub(crate) fn now(&self) -> Duration {
        match self {
            Self::Manual(now) => *now.lock().unwrap(),
            Self::Faster { begin, times } => begin.elapsed() * *times,
        }
    }

    /// Seconds since 1970, for headers: the tenant begins on a day of its own.
    pub(crate) fn epoch(time: Duration) -> u64 {
        1_795_000_000 + time.as_secs()
    }
}

/// Some calls at once, and then one per interval.
#[derive(Debug, Clone)]
pub(crate) struct Limit {
    burst: u32,
    interval: Duration,
    /// Whether a refusal says when to come back in `Retry-After`, which the service does only sometimes.
    pub(crate) says_when: bool,
    /// When the calls so far are paid for.
    paid: Duration,
}

impl Limit {
    /// The Management API on the free plan: two at once, two per second.
    pub(crate) fn free_plan() -> Self {
        Self { burst: 2, interval: Duration::from_millis(500), says_when: false, paid: Duration::ZERO }
    }

    pub(crate) fn burst(&self) -> u32 {
        self.burst
    }

    /// Takes a call, or says when the next one may come.
    pub(crate) fn take(&mut self, now: Duration) -> Result<(), Duration> {
        let due = self.paid.max(now);
        let free = due.saturating_sub(self.interval * (self.burst - 1));
        if free > now {
            return Err(free);
        }
        self.paid = due + self.interval;
        Ok(())
    }

    pub(crate) fn remaining(&self, now: Duration) -> u32 {
        let owed = self.paid.saturating_sub(now).as_millis().div_ceil(self.interval.as_millis());
        self.burst.saturating_sub(u32::try_from(owed).unwrap())
    }
}
