//! Follows a run: says what happens, lets time pass, and knows when it is enough.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use supercargo::http::Pause;
use supercargo::plan::{Event, Watch};

use super::client::pause;
use crate::args::steps::{CarryOutArguments, TimeArguments};
use crate::interrupt;
use crate::terminal::Terminal;

/// How long all waits of a run may take together, and who hears of it.
pub(in crate::commands) struct Follow<'t> {
    terminal: &'t Terminal,
    is_json: bool,
    pause: Pause,
    /// In milliseconds. Counted as waits are meant, not as a test lets them pass.
    waited: AtomicU64,
    deadline: Duration,
    /// Whether it ends where somebody wants to stop.
    is_heeding: bool,
}

impl<'t> Follow<'t> {
    pub(super) fn new(arguments: &CarryOutArguments, time: &TimeArguments, terminal: &'t Terminal) -> Self {
        let is_json = arguments.json || terminal.is_json();
        let deadline = Duration::from_secs(60) * arguments.deadline;
        Self { terminal, is_json, pause: pause(time), waited: AtomicU64::new(0), deadline, is_heeding: true }
    }

    /// For who only looks, which takes no waiting to speak of.
    pub(in crate::commands) fn looking(time: &TimeArguments, terminal: &'t Terminal) -> Self {
        let (waited, deadline) = (AtomicU64::new(0), Duration::MAX);
        Self { terminal, is_json: terminal.is_json(), pause: pause(time), waited, deadline, is_heeding: true }
    }

    /// For the last look of a run, which is worth a moment although somebody wants to stop.
    pub(super) fn closing(time: &TimeArguments, terminal: &'t Terminal) -> Self {
        Self { is_heeding: false, ..Self::looking(time, terminal) }
    }

    /// Whether waiting took longer than was allowed.
    pub(super) fn is_overdue(&self) -> bool {
        Duration::from_millis(self.waited.load(Ordering::Relaxed)) >= self.deadline
    }
}

impl Watch for Follow<'_> {
    fn event(&self, event: &Event<'_>) {
        if self.is_json {
            self.terminal.json(&event.to_json());
            return;
        }
        match event {
            Event::Begun { address, action } => self.terminal.say(&format!("{address}: {}...", action.present())),
            Event::Waiting { address, action, elapsed, what } => {
                let doing = action.present().to_lowercase();
                self.terminal.say(&format!("{address}: Still {doing}... [{} elapsed] {what}", spoken(*elapsed)));
            }
            Event::Warned { address, message } => self.terminal.warning(&format!("`{address}`: {message}")),
            Event::Done { address, action, id, elapsed } => {
                let id = id.map(|id| format!(" [id={id}]")).unwrap_or_default();
                self.terminal.say(&format!("{address}: {} complete after {}{id}", action.past(), spoken(*elapsed)));
            }
            Event::Failed { address, action } => {
                let how = if self.is_interrupted() { "broken off" } else { "failed" };
                self.terminal.say(&format!("{address}: {} {how}", action.past()));
            }
        }
    }

    fn pause(&self, duration: Duration) {
        (self.pause)(duration);
        let waited = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        self.waited.fetch_add(waited, Ordering::Relaxed);
    }

    fn is_interrupted(&self) -> bool {
        self.is_heeding && interrupt::is_asked() || self.is_overdue()
    }
}

/// `45s`, `3m0s`: as Terraform writes it.
fn spoken(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 60 { format!("{seconds}s") } else { format!("{}m{}s", seconds / 60, seconds % 60) }
}
