//! `render seal init`: a key pair for a cluster that is not there yet.

use std::time::Duration;

use anyhow::Context as _;
use supercargo::model::Namespace;
use supercargo::seal::{KeySize, Pair, certificate_path};
use supercargo::store::{self, Audience, PRIVATE_FOLDER};

use super::{Trouble, Vault, certificate, now};
use crate::Status;
use crate::args::GlobalArguments;
use crate::args::seal::InitArguments;
use crate::programs::git::Repository;
use crate::terminal::Terminal;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) fn run(arguments: &InitArguments, global: &GlobalArguments, terminal: &Terminal) -> Result<Status, Trouble> {
    let vault = Vault::open(&arguments.environment, global)?;
    let service = certificate::service(&vault)?;
    let namespace: &Namespace = &service.namespace;
    let environment = &vault.environment;
    let certificate_path = certificate_path(environment);
    let key_path = format!("{PRIVATE_FOLDER}/keys/{environment}.pem");
    let manifest_path = format!("{PRIVATE_FOLDER}/keys/{environment}.yaml");

    let _guard = vault.store.lock("values/certs")?;
    for path in [&certificate_path, &key_path, &manifest_path] {
        if vault.store.is_there(path) {
            return Err(store::Error::Exists(path.into()).into());
        }
    }
    vault.store.make_private_folder()?;
    for path in [&key_path, &manifest_path] {
        ignored(&vault, path)?;
    }
    terminal.say("making an RSA key of 4096 bits");
    let pair = Pair::generate(environment, KeySize::Rsa4096, now(), DAY * arguments.days)
        .context("could not make the key pair")?;
    vault.store.create(&key_path, pair.private_key.as_bytes(), Audience::Owner)?;
    let manifest = pair.manifest(environment, namespace);
    vault.store.create(&manifest_path, manifest.as_bytes(), Audience::Owner)?;
    // The last one: killed before it, there is nothing yet that anybody could have sealed with.
    vault.store.create(&certificate_path, pair.certificate.as_bytes(), Audience::Everyone)?;
    terminal.say(&format!(
        "{certificate_path}: the certificate; commit it, and seal with it from now on\n\
         {key_path}: the private key; keep a copy in a safe place, it is all that recovers what you seal\n\
         {manifest_path}: for the cluster: `kubectl apply --filename {manifest_path}` before the controller starts"
    ));
    Ok(Status::Success)
}

/// Refuses a path for something private that Git would take. Where there is no repository, nothing is committed.
pub(in crate::commands) fn ignored(vault: &Vault, path: &str) -> Result<(), Trouble> {
    if Repository::of(&vault.root).ok().and_then(|repository| repository.ignores(path)) == Some(false) {
        return Err(anyhow::anyhow!(
            "Git does not ignore `{path}`, so a private key or a plaintext could be committed; \
             add a line for it to .gitignore, and take it out of the index with `git rm --cached` if it is there"
        )
        .into());
    }
    Ok(())
}
