//! The `render` command: reads arguments, calls the library, turns what it returns into text and an exit code.

// Parses and prints on several threads at once, with many small allocations: a faster allocator is worth a crate.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod args;
mod commands;
mod environments;
mod interrupt;
mod memory;
mod plaintext;
mod programs;
mod staged;
mod terminal;

use std::process::ExitCode;

use args::Arguments;
use terminal::Terminal;

/// How a run ended; the one place that knows exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    /// Nothing to report.
    Success,
    /// Ran, and found something: a difference, a file that is out of date or edited.
    Found,
    /// Could not run: arguments, values, templates, files.
    Failure,
    /// There is a plan, and something in it; for who asks by `--detailed-exitcode`.
    Changes,
    /// There is no plan; for who asks in the same way.
    NoPlan,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Success => 0,
            Status::Found | Status::NoPlan => 1,
            Status::Failure | Status::Changes => 2,
        })
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::from_command_line();
    let terminal = Terminal::new(&arguments.global);
    match commands::run(&arguments, &terminal) {
        Ok(status) => status.into(),
        Err(error) => {
            terminal.failure(&error);
            Status::Failure.into()
        }
    }
}
