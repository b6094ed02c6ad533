//! The question before anything is changed.

use std::io::IsTerminal as _;

use super::{Refused, Trouble};
use crate::terminal::Terminal;

/// Asks for `wanted` word by word; any other answer means no.
pub(super) fn confirm(question: &str, wanted: &str, flags: &str, terminal: &Terminal) -> Result<bool, Trouble> {
    if !std::io::stdin().is_terminal() {
        let help = format!("look at the plan, then run it again with {flags}");
        return Err(Refused::new("nobody is there to ask: standard input is no terminal", help).into());
    }
    terminal.ask(&format!("\n{question}\nOnly `{wanted}` means yes: "));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(anyhow::Error::from)?;
    Ok(answer.trim() == wanted)
}
