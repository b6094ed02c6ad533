//! The one place that prints: data to standard output, talk to standard error.

use std::io::{IsTerminal as _, Write as _};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};
use supercargo::changes::Danger;
use supercargo::diagnostic::Diagnostics;

use crate::args::{Color, GlobalArguments, MessageFormat};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HELP: Style = AnsiColor::Cyan.on_default().bold();

/// Knows whether there are colours, how much to say, and to whom.
#[derive(Debug, Clone)]
pub(crate) struct Terminal {
    choice: ColorChoice,
    format: MessageFormat,
    quiet: bool,
    verbose: bool,
}

impl Terminal {
    pub(crate) fn new(arguments: &GlobalArguments) -> Self {
        let choice = match arguments.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        Self { choice, format: arguments.message_format, quiet: arguments.quiet, verbose: arguments.verbose }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.format == MessageFormat::Json
    }

    pub(crate) fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// Data, as it is.
    pub(crate) fn data(&self, text: &str) {
        // A reader that went away, such as `head`, is no failure of ours.
        let _ = AutoStream::new(std::io::stdout().lock(), self.choice).write_all(text.as_bytes());
    }

    /// Data for machines: one object on one line.
    pub(crate) fn json(&self, value: &Value) {
        self.data(&format!("{value}\n"));
    }

    /// A line for people, unless they asked for quiet or a machine is reading.
    pub(crate) fn say(&self, text: &str) {
        if !self.quiet && !self.is_json() {
            self.talk(text);
        }
    }

    fn talk(&self, text: &str) {
        let _ = writeln!(AutoStream::new(std::io::stderr().lock(), self.choice), "{text}");
    }

    /// All findings, in the chosen format.
    pub(crate) fn diagnostics(&self, found: &Diagnostics) {
        if found.is_empty() {
            return;
        }
        if self.is_json() {
            found.iter().for_each(|diagnostic| self.talk(&diagnostic.to_json().to_string()));
        } else {
            // Colours are put in always; the stream takes them out where they are not wanted.
            self.talk(&format!("{}\n", found.to_text(true)));
        }
    }

    /// A line that sums errors up.
    pub(crate) fn error(&self, text: &str) {
        if self.is_json() {
            self.talk(&json!({ "type": "error", "message": text }).to_string());
        } else {
            self.talk(&format!("{ERROR}error{ERROR:#}: {text}"));
        }
    }

    /// What must not be overlooked, even by those who asked for quiet.
    pub(crate) fn warning(&self, text: &str) {
        if self.is_json() {
            self.talk(&json!({ "type": "warning", "message": text }).to_string());
        } else {
            self.talk(&format!("{WARNING}warning{WARNING:#}: {text}"));
        }
    }

    /// A change that may do harm, even for those who asked for quiet.
    pub(crate) fn danger(&self, environment: &str, danger: &Danger) {
        if self.is_json() {
            let mut line = json!({ "type": "danger", "environment": environment });
            if let (Value::Object(line), Value::Object(fields)) = (&mut line, json!(danger)) {
                line.extend(fields);
            }
            return self.talk(&line.to_string());
        }
        let Danger { kind, file, message, .. } = danger;
        self.talk(&format!("{WARNING}danger[{kind}]{WARNING:#}: {message}"));
        if !file.is_empty() {
            self.talk(&format!(" --> {file}"));
        }
        self.talk(&format!("  = note: {}\n  = help: {}\n", kind.why(), kind.help()));
    }

    /// A question, with the answer on the same line.
    pub(crate) fn ask(&self, text: &str) {
        let _ = write!(AutoStream::new(std::io::stderr().lock(), self.choice), "{text}");
    }

    /// What to do next.
    pub(crate) fn help(&self, text: &str) {
        if !self.is_json() {
            self.talk(&format!("{HELP}help{HELP:#}: {text}"));
        }
    }

    /// A failure of the program with the chain of its causes.
    pub(crate) fn failure(&self, error: &anyhow::Error) {
        let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
        let (message, help) = (causes.join(": "), crate::commands::help_for(error));
        if self.is_json() {
            self.talk(&json!({ "type": "error", "message": message, "help": help }).to_string());
            return;
        }
        self.error(&message);
        if let Some(help) = help {
            self.help(&help);
        }
    }

    /// A progress bar on a terminal, drawn only if the work takes longer than a blink; nothing elsewhere.
    pub(crate) fn progress(&self, what: &'static str, length: u64) -> ProgressBar {
        let shown = !self.quiet && !self.is_json() && std::io::stderr().is_terminal();
        let target = if shown { ProgressDrawTarget::stderr_with_hz(10) } else { ProgressDrawTarget::hidden() };
        let style = ProgressStyle::with_template("{msg:>10} [{bar:30}] {human_pos}/{human_len} {eta}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        ProgressBar::with_draw_target(Some(length), target).with_style(style).with_message(what)
    }
}
