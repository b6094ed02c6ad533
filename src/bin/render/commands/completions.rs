//! `render completions SHELL`.

use clap::CommandFactory as _;

use crate::Status;
use crate::args::{Arguments, CompletionsArguments};
use crate::terminal::Terminal;

pub(crate) fn run(arguments: &CompletionsArguments, terminal: &Terminal) -> Status {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "render", &mut script);
    terminal.data(&String::from_utf8_lossy(&script));
    Status::Success
}
