//! `render seal reseal`: what is sealed with an older certificate, and sealing it with the present one.

use supercargo::diagnostic::{Code, Diagnostic};
use supercargo::model::{Fingerprint, SealedName, SecretKey};
use supercargo::seal::{Certificate, Change, SealedFile};

use super::change::Sealing;
use super::{Trouble, Vault, existing, parse, set};
use crate::Status;
use crate::args::GlobalArguments;
use crate::args::seal::ResealArguments;
use crate::commands::count;
use crate::terminal::Terminal;

pub(super) fn run(
    arguments: &ResealArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> Result<Status, Trouble> {
    let sources = set::sources(&arguments.sources)?;
    let vault = Vault::open(&arguments.environment, global)?;
    let certificate = vault.certificate()?;
    let Some(id) = &arguments.id else {
        return Ok(list(&vault.sealed()?, &certificate, terminal));
    };
    let file = vault.sealed()?;
    let id: SealedName = existing(&parse(id)?, &file)?;
    if sources.is_empty() && arguments.sources.from_env_file.is_empty() {
        return Err(anyhow::anyhow!("which key of {id}? name it, or give a file or a variable").into());
    }
    for (key, _) in &sources {
        if !file.entries()[&id].encrypted_data.contains_key(key) {
            return Err(Diagnostic::error(Code::SealedSecret, format!("`{id}` has no key `{key}`"))
                .at(file.place(&id), "")
                .help("add a key with `render seal set`")
                .into());
        }
    }
    let mut sealing = Sealing::begin(&vault, id, None, arguments.allow_empty)?;
    set::add(&mut sealing, &sources, &arguments.sources, terminal)?;
    sealing.finish(Change::default(), terminal)?;
    let left = remaining(&vault.sealed()?, &certificate).count();
    terminal.say(&match left {
        0 => "every secret is sealed with the present certificate".to_owned(),
        _ => format!("{} to reseal: `render seal reseal --env {}` lists them", count(left, "value"), vault.environment),
    });
    Ok(Status::Success)
}

/// The keys that are not known to be sealed with `certificate`, each with what is known.
pub(super) fn remaining<'f>(
    file: &'f SealedFile,
    certificate: &Certificate,
) -> impl Iterator<Item = (&'f SealedName, &'f SecretKey, Option<&'f Fingerprint>)> {
    let keys = file
        .entries()
        .iter()
        .flat_map(|(id, secret)| secret.encrypted_data.keys().map(move |key| (id, key, secret.sealed_with.get(key))));
    keys.filter(|(_, _, by)| *by != Some(certificate.fingerprint()))
}

fn list(file: &SealedFile, certificate: &Certificate, terminal: &Terminal) -> Status {
    let mut found = Status::Success;
    for (id, key, by) in remaining(file, certificate) {
        found = Status::Found;
        if terminal.is_json() {
            let by = by.map(Fingerprint::as_str);
            terminal.json(&serde_json::json!({ "secret": id.as_str(), "key": key.as_str(), "sealedWith": by }));
        } else {
            terminal.data(&format!("{id}   {key}   {}\n", by.map_or("unknown", Fingerprint::as_str)));
        }
    }
    found
}
