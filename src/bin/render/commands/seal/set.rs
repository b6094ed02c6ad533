//! `render seal set`, and the Secrets that have a form of their own.

use std::collections::BTreeMap;
use std::path::Path;

use supercargo::diagnostic::{Code, Diagnostic};
use supercargo::model::{LabelValue, SealedName, SealingScope, SecretKey, SecretType, TextScalar};
use supercargo::seal::{Change, Plaintext, secret};

use super::change::Sealing;
use super::{Trouble, Vault, parse};
use crate::Status;
use crate::args::GlobalArguments;
use crate::args::seal::{
    BasicAuthArguments, DockerRegistryArguments, PasswordArguments, SetArguments, SourceArguments, TargetArguments,
    TlsArguments,
};
use crate::plaintext::{Origin, env_file};
use crate::terminal::Terminal;

pub(super) fn set(arguments: &SetArguments, global: &GlobalArguments, terminal: &Terminal) -> Result<Status, Trouble> {
    let sources = sources(&arguments.sources)?;
    let vault = Vault::open(&arguments.target.environment, global)?;
    let id: SealedName = parse(&arguments.target.id)?;
    let mut change = change(&arguments.target)?;
    change.kind = arguments.kind.as_deref().map(parse).transpose()?;
    let only_words = change.kind.is_some() || !change.labels.is_empty() || !change.annotations.is_empty();
    if sources.is_empty() && arguments.sources.from_env_file.is_empty() {
        if !only_words {
            return Err(anyhow::anyhow!(
                "which key? for instance: render seal set --env {} {id} password",
                vault.environment
            )
            .into());
        }
        super::existing(&id, &vault.sealed()?)?;
    }
    let mut sealing = begin(&vault, id, &arguments.target)?;
    add(&mut sealing, &sources, &arguments.sources, terminal)?;
    sealing.finish(change, terminal)
}

pub(super) fn docker_registry(
    arguments: &DockerRegistryArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> Result<Status, Trouble> {
    typed(&arguments.target, "kubernetes.io/dockerconfigjson", global, terminal, || {
        let username = username(arguments.docker_username.as_deref(), arguments.username_env.as_deref(), terminal)?;
        let password = password(&arguments.password, terminal)?;
        secret::docker_registry(&arguments.docker_server, &username, &password, arguments.docker_email.as_deref())
    })
}

pub(super) fn basic_auth(
    arguments: &BasicAuthArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> Result<Status, Trouble> {
    typed(&arguments.target, "kubernetes.io/basic-auth", global, terminal, || {
        let username = username(arguments.username.as_deref(), arguments.username_env.as_deref(), terminal)?;
        secret::basic_auth(username, password(&arguments.password, terminal)?)
    })
}

pub(super) fn tls(arguments: &TlsArguments, global: &GlobalArguments, terminal: &Terminal) -> Result<Status, Trouble> {
    typed(&arguments.target, "kubernetes.io/tls", global, terminal, || {
        let read = |path: &Path, what| Origin::File(path.display().to_string()).read(what, terminal);
        secret::tls(read(&arguments.cert, "tls.crt")?, read(&arguments.key, "tls.key")?)
    })
}

/// Seals a Secret whose keys follow from its type.
fn typed(
    target: &TargetArguments,
    kind: &str,
    global: &GlobalArguments,
    terminal: &Terminal,
    data: impl FnOnce() -> Result<secret::Data, Diagnostic>,
) -> Result<Status, Trouble> {
    let vault = Vault::open(&target.environment, global)?;
    let id: SealedName = parse(&target.id)?;
    let change = Change { kind: Some(parse::<SecretType>(kind)?), ..change(target)? };
    let mut sealing = begin(&vault, id, target)?;
    for (key, plaintext) in data()? {
        sealing.add(&key, plaintext)?;
    }
    sealing.finish(change, terminal)
}

fn begin<'s>(vault: &'s Vault, id: SealedName, target: &TargetArguments) -> Result<Sealing<'s>, Trouble> {
    Sealing::begin(vault, id, target.scope.map(SealingScope::from), target.allow_empty)
}

/// Seals what `sources` name, one after the other.
pub(super) fn add(
    sealing: &mut Sealing<'_>,
    sources: &[(SecretKey, Origin)],
    arguments: &SourceArguments,
    terminal: &Terminal,
) -> Result<(), Trouble> {
    for (key, origin) in sources {
        sealing.add(key, origin.read(&format!("`{key}`"), terminal)?)?;
    }
    for path in &arguments.from_env_file {
        for (key, plaintext) in env_file(&path.display().to_string())? {
            sealing.add(&key, plaintext)?;
        }
    }
    Ok(())
}

/// The keys that are named one by one, with their origins. Nothing is read yet.
pub(super) fn sources(arguments: &SourceArguments) -> Result<Vec<(SecretKey, Origin)>, Trouble> {
    let mut sources = Vec::new();
    for key in &arguments.keys {
        // What stands behind the sign is most likely a secret: it is not repeated.
        if let Some((name, _)) = key.split_once('=') {
            return Err(Diagnostic::error(Code::Plaintext, "a plaintext is never taken from the command line")
                .note("what stands there can be read by every process, and stays in the shell's history")
                .help(format!("name the key alone, and give the value at the prompt or on standard input: `{}`", shown(name)))
                .help("or take it from a file or an environment variable: `--from-file KEY=PATH`, `--from-env KEY=VARIABLE`")
                .into());
        }
        sources.push((parse(key)?, Origin::Input));
    }
    for text in &arguments.from_file {
        let (key, path) = text.split_once('=').map_or((None, text.as_str()), |(key, path)| (Some(key), path));
        let name = Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned());
        let key = key.map(str::to_owned).or(name).unwrap_or_default();
        sources.push((parse(&key)?, Origin::File(path.to_owned())));
    }
    for text in &arguments.from_env {
        let (key, name) = text.split_once('=').unwrap_or((text, text));
        sources.push((parse(key)?, Origin::Variable(name.to_owned())));
    }
    if sources.iter().filter(|(_, origin)| *origin == Origin::Input).count() > 1
        && !std::io::IsTerminal::is_terminal(&std::io::stdin())
    {
        return Err(Diagnostic::error(Code::Plaintext, "standard input holds the value of one key, not of several")
            .help("take the others from files or environment variables: `--from-file KEY=PATH`, `--from-env KEY=VARIABLE`")
            .help("or give them all at once with `--from-env-file PATH`")
            .into());
    }
    Ok(sources)
}

/// A key as the message may repeat it: nothing else that stands before an equals sign.
fn shown(name: &str) -> String {
    SecretKey::parse(name).map_or_else(|_| "KEY".to_owned(), |key| key.to_string())
}

fn change(target: &TargetArguments) -> Result<Change, Trouble> {
    Ok(Change {
        labels: pairs::<LabelValue>(&target.labels, "--label", parse)?,
        annotations: pairs(&target.annotations, "--annotation", |text| Ok(text.to_owned()))?,
        ..Change::default()
    })
}

fn pairs<V>(
    arguments: &[String],
    option: &str,
    value: fn(&str) -> Result<V, Trouble>,
) -> Result<BTreeMap<supercargo::model::LabelKey, V>, Trouble> {
    let pair = |text: &String| {
        let (key, text) =
            text.split_once('=').ok_or_else(|| anyhow::anyhow!("`{option}` takes KEY=VALUE, not `{text}`"))?;
        Ok((TextScalar::parse(key).map_err(|problem| anyhow::anyhow!(problem))?, value(text)?))
    };
    arguments.iter().map(pair).collect()
}

fn username(name: Option<&str>, variable: Option<&str>, terminal: &Terminal) -> Result<Plaintext, Diagnostic> {
    match variable {
        Some(variable) => Origin::Variable(variable.to_owned()).read("the user name", terminal),
        None => Ok(Plaintext::new(name.unwrap_or_default().as_bytes().to_vec())),
    }
}

fn password(arguments: &PasswordArguments, terminal: &Terminal) -> Result<Plaintext, Diagnostic> {
    let file = arguments.password_file.as_ref().map(|path| Origin::File(path.display().to_string()));
    let variable = arguments.password_env.clone().map(Origin::Variable);
    file.or(variable).unwrap_or(Origin::Input).read("the password", terminal)
}
