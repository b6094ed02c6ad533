//! `render seal …`: secrets to ciphertext under `values/sealed/`, and what goes with it.

mod certificate;
mod change;
mod init;
mod list;
mod quiet;
mod remaining;
mod rotate;
mod set;
mod unseal;
mod verify;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use supercargo::diagnostic::{Diagnostic, Diagnostics, nearest};
use supercargo::layers::Layers;
use supercargo::model::{EnvironmentName, SealedName, TextScalar, Values};
use supercargo::pipeline::Workspace;
use supercargo::project::Project;
use supercargo::seal::{Certificate, SealedFile, certificate_path, sealed_path};
use supercargo::source::Source;
use supercargo::store::Store;

use super::{Trouble, conclude, report, root};
use crate::Status;
use crate::args::seal::{CertCommand, SealArguments, SealCommand};
use crate::args::{GlobalArguments, OneEnvironment};
use crate::plaintext;
use crate::terminal::Terminal;

pub(super) use init::ignored;
pub(super) use quiet::Sealer;

pub(crate) fn run(arguments: &SealArguments, global: &GlobalArguments, terminal: &Terminal) -> anyhow::Result<Status> {
    plaintext::protect_memory();
    let ended = match &arguments.command {
        SealCommand::Set(arguments) => set::set(arguments, global, terminal),
        SealCommand::DockerRegistry(arguments) => set::docker_registry(arguments, global, terminal),
        SealCommand::BasicAuth(arguments) => set::basic_auth(arguments, global, terminal),
        SealCommand::Tls(arguments) => set::tls(arguments, global, terminal),
        SealCommand::List(arguments) => list::run(arguments, global, terminal),
        SealCommand::Verify(arguments) => verify::run(arguments, global, terminal),
        SealCommand::Reseal(arguments) => remaining::run(arguments, global, terminal),
        SealCommand::Rotate(arguments) => rotate::run(arguments, global, terminal),
        SealCommand::Cert(arguments) => match &arguments.command {
            CertCommand::Fetch(arguments) => certificate::fetch(arguments, global, terminal),
            CertCommand::Show(arguments) => certificate::show(arguments, global, terminal),
        },
        SealCommand::Init(arguments) => init::run(arguments, global, terminal),
        SealCommand::Unseal(arguments) => unseal::run(arguments, global, terminal),
    };
    conclude(ended, terminal)
}

/// The sealed secrets of one environment, with what belongs to them.
pub(super) struct Vault {
    root: PathBuf,
    pub(super) store: Store,
    pub(super) environment: EnvironmentName,
    pub(super) project: Project,
    /// What is wrong with the project's files: no hindrance for whoever only seals.
    pub(super) unread: Diagnostics,
}

impl Vault {
    /// The project, and the environment if the project has it: a secret for a misspelt one would lie there unused.
    pub(super) fn open(arguments: &OneEnvironment, global: &GlobalArguments) -> Result<Self, Trouble> {
        let root = root(global)?;
        let (project, unread) = Project::load(&root).map_err(anyhow::Error::from)?;
        let known = Layers::parse(&project.values).environments();
        let name = arguments.environment.as_str();
        let Some(environment) = known.iter().find(|known| known.as_str() == name).cloned() else {
            let names: Vec<&str> = known.iter().map(EnvironmentName::as_str).collect();
            let near = nearest(name, names.iter().copied()).map(|near| format!("; did you mean `{near}`?"));
            let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            let near = near.unwrap_or_default();
            return Err(anyhow::anyhow!("there is no environment `{name}`; there are: {there}{near}").into());
        };
        Ok(Self { store: Store::new(&root), root, environment, project, unread })
    }

    /// The sealed secrets as they are now.
    fn sealed(&self) -> Result<SealedFile, Trouble> {
        let path = sealed_path(&self.environment);
        let source = self.store.read(&path)?.unwrap_or_else(|| Source::new(path, ""));
        Ok(SealedFile::parse(&source)?)
    }

    /// The values of the environment.
    fn values(&self) -> Result<Values, Trouble> {
        if self.unread.has_errors() {
            return Err(self.unread.clone().into());
        }
        let workspace = Workspace::open(&self.project)?;
        let (values, _) = workspace.values(&workspace.inputs(&self.environment, &[])?)?;
        Ok(values)
    }

    /// The certificate, whether it is valid now or not.
    fn certificate(&self) -> Result<Certificate, Trouble> {
        let source: Option<Arc<Source>> = self.store.read(&certificate_path(&self.environment))?;
        let source = source.ok_or_else(|| Certificate::missing(&self.environment))?;
        Ok(Certificate::parse(&source)?)
    }
}

/// The time, counted from 1970.
pub(super) fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// A name of the command line.
fn parse<T: TextScalar>(text: &str) -> Result<T, Trouble> {
    T::parse(text).map_err(|problem| anyhow::anyhow!(problem).into())
}

/// The ids of the command line, or all that the file has; each has to be there.
fn select(arguments: &[String], file: &SealedFile) -> Result<Vec<SealedName>, Trouble> {
    if arguments.is_empty() {
        return Ok(file.entries().keys().cloned().collect());
    }
    arguments.iter().map(|text| existing(&parse(text)?, file)).collect()
}

fn existing(id: &SealedName, file: &SealedFile) -> Result<SealedName, Trouble> {
    if file.entries().contains_key(id) {
        return Ok(id.clone());
    }
    let path = file.source().path();
    let finding = Diagnostic::error(
        supercargo::diagnostic::Code::SealedSecret,
        format!("there is no sealed secret `{id}` in {path}"),
    )
    .in_file(path);
    let near = nearest(id.as_str(), file.entries().keys().map(SealedName::as_str));
    Err(finding
        .help(near.map_or("seal it with `render seal set`".to_owned(), |near| format!("did you mean `{near}`?")))
        .into())
}
