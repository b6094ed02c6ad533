//! What `render cloud` and `render identity` share: the environment's values, the client, the question, the progress, and
//! what is kept of a run. What is planned, and how a step is done, is the business of the library's rooms.

mod carry;
mod client;
mod confirm;
mod keeper;
mod outputs;
mod watch;

use supercargo::diagnostic::Diagnostics;
use supercargo::layers::{Layers, typed_values};
use supercargo::model::{EnvironmentName, Values};
use supercargo::source::{Location, Source};
use supercargo::yaml::Node;

use super::seal::Vault;
use super::{Trouble, report};
use crate::Status;
use crate::args::{GlobalArguments, OneEnvironment};
use crate::terminal::Terminal;

pub(super) use carry::{Approval, Realm, Wishes, apply, plan};
pub(super) use client::{address, client, pause};
pub(super) use outputs::{show as show_outputs, write as write_outputs};
pub(super) use watch::Follow;

/// One environment: its values, and the files that belong to it.
pub(super) struct Site {
    pub(super) vault: Vault,
    pub(super) values: Values,
    root: Node,
}

impl Site {
    /// Reads the values of the environment. No template is compiled: nothing is rendered here.
    pub(super) fn open(environment: &OneEnvironment, global: &GlobalArguments) -> Result<Self, Trouble> {
        let vault = Vault::open(environment, global)?;
        if vault.unread.has_errors() {
            return Err(vault.unread.clone().into());
        }
        let root = Layers::parse(&vault.project.values).merge(&vault.environment, &[])?.root;
        // What is worth a warning in what is rendered is said by whoever renders.
        let (values, _): (_, Diagnostics) = typed_values(&root)?;
        Ok(Self { vault, values, root })
    }

    pub(super) fn environment(&self) -> &EnvironmentName {
        &self.vault.environment
    }

    /// Where the values set what `path` names, if they do.
    pub(super) fn place(&self, path: &[&str]) -> Option<Location> {
        let mut node = &self.root;
        for segment in path {
            node = node.child(segment)?;
        }
        Some(node.location.clone())
    }
}

/// The status of a command that ended; what kept it from going on is printed, or passed on. Where exit codes are to be
/// `detailed`, 2 means changes, and what failed is a 1.
pub(super) fn conclude(ended: Result<Status, Trouble>, detailed: bool, terminal: &Terminal) -> anyhow::Result<Status> {
    let failed = if detailed { Status::NoPlan } else { Status::Failure };
    match ended {
        Ok(status) => Ok(status),
        Err(Trouble::Findings(found)) => {
            report(&found, terminal, "; nothing was changed");
            Ok(failed)
        }
        Err(Trouble::Failure(error)) if detailed => {
            terminal.failure(&error);
            Ok(failed)
        }
        Err(Trouble::Failure(error)) => Err(error),
    }
}

/// A refusal with what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct Refused {
    message: String,
    /// What to do next, in one line.
    pub(super) help: String,
}

impl Refused {
    pub(super) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }
}

impl From<Refused> for Trouble {
    fn from(refused: Refused) -> Self {
        Self::Failure(refused.into())
    }
}

/// What kept a part of a step from being done, as an error that a step can end with.
pub(super) fn failure(trouble: Trouble) -> anyhow::Error {
    match trouble {
        Trouble::Failure(error) => error,
        Trouble::Findings(found) => {
            let messages: Vec<_> = found.iter().map(|found| found.message.clone()).collect();
            anyhow::Error::msg(messages.join("; "))
        }
    }
}

/// What a flag and its absence ask for, to be said before anything is destroyed.
pub(super) fn confirmed(confirm: Option<&str>, is_approved: bool, site: &Site) -> Result<(), Refused> {
    let environment = site.environment();
    match confirm {
        Some(name) if name != environment.as_str() => {
            let help = format!("if `{environment}` is what you mean, write `--confirm {environment}`");
            Err(Refused::new(format!("`--confirm {name}` is not the name of the environment `{environment}`"), help))
        }
        None if is_approved => {
            let help = format!("add `--confirm {environment}`: there is no way back");
            Err(Refused::new("`--auto-approve` alone destroys nothing", help))
        }
        _ => Ok(()),
    }
}

/// The source of a file that may not be there.
fn source(vault: &Vault, path: &str) -> Result<std::sync::Arc<Source>, Trouble> {
    Ok(vault.store.read(path)?.unwrap_or_else(|| Source::new(path, "")))
}
