//! Other programs that the command starts: kubectl, which knows clusters and credentials, and git.

pub(crate) mod git;

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use supercargo::seal::controller;

use crate::args::seal::KubectlArguments;

/// A program failed, or is not there.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Error {
    message: String,
    help: String,
    source: Option<std::io::Error>,
}

impl Error {
    pub(crate) fn help(&self) -> String {
        self.help.clone()
    }
}

/// How often a controller that wants to be asked more slowly is asked again.
const PATIENCE: u32 = 10;

/// What the API server answers to a GET of `path`.
pub(crate) fn get(kubectl: &KubectlArguments, path: &str) -> Result<String, Error> {
    call(kubectl, &["get", "--raw", path], None)
}

/// What it answers to a POST of `body` to `path`.
pub(crate) fn post(kubectl: &KubectlArguments, path: &str, body: &str) -> Result<String, Error> {
    call(kubectl, &["create", "--raw", path, "--filename", "-"], Some(body))
}

fn call(kubectl: &KubectlArguments, arguments: &[&str], body: Option<&str>) -> Result<String, Error> {
    let program = kubectl.kubectl.display();
    let mut attempt = 0;
    loop {
        let mut command = Command::new(&kubectl.kubectl);
        command.args(kubectl.context.iter().flat_map(|context| ["--context", context]));
        command.args(["--request-timeout", "30s"]).args(arguments);
        let stdin = if body.is_some() { Stdio::piped() } else { Stdio::null() };
        let spawned = command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let output = spawned.and_then(|mut child| {
            if let (Some(mut stdin), Some(body)) = (child.stdin.take(), body) {
                // One that does not read it will say why.
                let _ = stdin.write_all(body.as_bytes());
            }
            child.wait_with_output()
        });
        let output = output.map_err(|source| Error {
            message: format!("could not run `{program}`"),
            help: "install kubectl, or name it with `--kubectl PATH`".to_owned(),
            source: Some(source),
        })?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            return String::from_utf8(output.stdout).map_err(|_| Error {
                message: format!("`{program}` answered with something that is not text"),
                help: "see what answers at that address".to_owned(),
                source: None,
            });
        }
        if controller::is_too_fast(&stderr) && attempt < PATIENCE {
            attempt += 1;
            thread::sleep(Duration::from_secs(1));
            continue;
        }
        return Err(Error {
            message: format!("`{program} {}` failed: {}", arguments.join(" "), stderr.trim()),
            help: "see that the context is the right one, that the controller runs, and that you may reach it: \
                   `kubectl --namespace NAMESPACE get service,pod`"
                .to_owned(),
            source: None,
        });
    }
}
