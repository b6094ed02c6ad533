//! The log: lines on standard output, where a container's log comes from. What collects them adds the time.

use std::fmt::Arguments;
use std::io::{self, Write};

/// One line. Unlike `println!`, a log that nobody reads any more is no reason to end.
pub(crate) fn line(text: Arguments<'_>) {
    let mut line = text.to_string();
    line.push('\n');
    let _ = io::stdout().write_all(line.as_bytes());
}
