//! Where plaintexts come from: files, environment variables, standard input, or a prompt without echo.
//!
//! Everything is read into a [`Plaintext`] without a buffer in between: `std`'s standard input keeps what it has read.

use std::io::{self, IsTerminal as _, Read as _};
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;

use rustix::termios::{self, LocalModes, OptionalActions, Termios};
use supercargo::diagnostic::{Code, Diagnostic};
use supercargo::http::Secret;
use supercargo::seal::{MAX_SECRET_BYTES, Plaintext, secret};
use supercargo::store;

use crate::terminal::Terminal;

/// A place that plaintext comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A prompt on a terminal, standard input otherwise.
    Input,
    /// A file, by its path as it was given.
    File(String),
    /// An environment variable.
    Variable(String),
}

impl Origin {
    /// Reads the plaintext of `what`, a key or a password.
    pub(crate) fn read(&self, what: &str, terminal: &Terminal) -> Result<Plaintext, Diagnostic> {
        match self {
            Self::Input if io::stdin().is_terminal() => prompt(what, terminal),
            Self::Input => {
                let read = checked(store::standard_input().and_then(Plaintext::read), "standard input")?;
                // Passed through untouched, as kubectl does: a file may well end in a line break, a password hardly.
                if read.as_bytes().ends_with(b"\n") {
                    terminal.say(&format!("note: the value of {what} ends in a line break; `printf %s` writes none"));
                }
                Ok(read)
            }
            Self::File(path) => read_file(path),
            Self::Variable(name) => variable(name),
        }
    }
}

fn read_file(path: &str) -> Result<Plaintext, Diagnostic> {
    checked(store::open(Path::new(path)).and_then(Plaintext::read), path)
}

/// The keys of a file of lines `KEY=VALUE`.
pub(crate) fn env_file(path: &str) -> Result<secret::Data, Diagnostic> {
    secret::env_file(path, &read_file(path)?)
}

fn variable(name: &str) -> Result<Plaintext, Diagnostic> {
    let value = std::env::var_os(name).ok_or_else(|| {
        Diagnostic::error(Code::Plaintext, format!("the environment variable `{name}` is not set"))
            .help(format!("set it for this command, for instance by `read -rs {name} && export {name}`"))
    })?;
    let value = Plaintext::new(value.into_vec());
    if value.len() > MAX_SECRET_BYTES { Err(too_large(name)) } else { Ok(value) }
}

/// The secret in the first of the environment variables `names` that is set to something, for a header or a form. `None`
/// where none is. A line break at its end belongs to the file that it came out of.
pub(crate) fn secret_variable(names: &[&str]) -> Result<Option<Secret>, Diagnostic> {
    for name in names {
        let Some(value) = std::env::var_os(name).filter(|value| !value.is_empty()) else { continue };
        // Wiped also where it is refused.
        let value = Plaintext::new(value.into_vec());
        let text = std::str::from_utf8(value.as_bytes()).unwrap_or_default().trim_end_matches(['\r', '\n']);
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Diagnostic::error(Code::Plaintext, format!("what `{name}` holds can't be a secret of an API"))
                .note("it has spaces, line breaks, or characters that no token has")
                .help(format!("set it anew, for instance by `read -rs {name} && export {name}`")));
        }
        return Ok(Some(Secret::new(text)));
    }
    Ok(None)
}

fn checked(read: io::Result<Option<Plaintext>>, from: &str) -> Result<Plaintext, Diagnostic> {
    let read = read.map_err(|error| {
        Diagnostic::error(Code::Plaintext, format!("could not read the plaintext from {from}"))
            .note(error.to_string())
            .help("see that it is there and that you may read it")
    })?;
    read.ok_or_else(|| too_large(from))
}

pub(crate) fn too_large(what: &str) -> Diagnostic {
    Diagnostic::error(Code::Plaintext, format!("{what} has more than {MAX_SECRET_BYTES} bytes"))
        .note("that is the limit of Kubernetes for all values of a Secret together")
        .help("keep what is not secret out of it, or spread it over several Secrets")
}

/// Asks on the terminal. What is typed is not shown, and its line break is not part of it.
fn prompt(what: &str, terminal: &Terminal) -> Result<Plaintext, Diagnostic> {
    terminal.ask(&format!("{what}: "));
    let line = NoEcho::begin().and_then(|_no_echo| read_line());
    // The line break that was typed was not shown either.
    terminal.ask("\n");
    checked(line.map(Some), "the terminal")
}

/// One line of a terminal, which hands out a line at a time and at most 4096 bytes of it.
fn read_line() -> io::Result<Plaintext> {
    let mut buffer = zeroize::Zeroizing::new([0; 4096]);
    let length = store::standard_input()?.read(buffer.as_mut())?;
    let line = &buffer[..length];
    Ok(Plaintext::concat(&[line.strip_suffix(b"\n").unwrap_or(line)]))
}

/// As long as it lives, the terminal does not show what is typed.
struct NoEcho(Termios);

impl NoEcho {
    fn begin() -> io::Result<Self> {
        let before = termios::tcgetattr(io::stdin())?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        let restored = before.clone();
        // The first prompt sets the handler; for a second one it is there already, and would restore the same.
        let _ = ctrlc::set_handler(move || {
            let _ = termios::tcsetattr(io::stdin(), OptionalActions::Now, &restored);
            std::process::exit(130);
        });
        termios::tcsetattr(io::stdin(), OptionalActions::Now, &silent)?;
        Ok(Self(before))
    }
}

impl Drop for NoEcho {
    fn drop(&mut self) {
        let _ = termios::tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}

/// Keeps what this process has in memory from being written to a core file, and from other processes of the user.
pub(crate) fn protect_memory() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    // Where the system refuses, wiping is what is left.
    let _ = setrlimit(Resource::Core, none);
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}
