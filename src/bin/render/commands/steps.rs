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
use supercargo::outputs::{OutputsFile, outputs_path};
use supercargo::source::{Location, Source};
use supercargo::yaml::{Node, locate};

use super::Trouble;
use super::seal::Vault;
use crate::args::{GlobalArguments, OneEnvironment};

pub(super) use carry::{Approval, Goal, Realm, Wishes, apply, plan};
pub(super) use client::{address, client, pause};
pub(super) use outputs::show as show_outputs;

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

    /// Where the values set what `path` names, or what is nearest to it.
    pub(super) fn place<S: AsRef<str>>(&self, path: &[S]) -> Location {
        locate(&self.root, path)
    }

    /// What was written down of earlier runs.
    pub(super) fn outputs(&self) -> Result<OutputsFile, Trouble> {
        outputs::read(&self.vault)
    }

    /// The path of what is written down.
    pub(super) fn outputs_path(&self) -> String {
        outputs_path(self.environment())
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

/// The source of a file that may not be there.
fn source(vault: &Vault, path: &str) -> Result<std::sync::Arc<Source>, Trouble> {
    Ok(vault.store.read(path)?.unwrap_or_else(|| Source::new(path, "")))
}
