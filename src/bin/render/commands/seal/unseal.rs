//! `render seal unseal`: recovery with private keys. The one command that prints plaintext.

use base64ct::{Base64 as Encoding, Encoding as _};
use supercargo::diagnostic::{Code, Diagnostic, Diagnostics};
use supercargo::model::{SealedName, SealedSecret, SealingScope, SecretKey};
use supercargo::seal::{KeyRing, Plaintext, Refused, SealedFile, plaintext_len};
use supercargo::store::{self, Audience};
use supercargo::yaml::Emitter;
use zeroize::Zeroizing;

use super::{Trouble, Vault, init, select};
use crate::Status;
use crate::args::GlobalArguments;
use crate::args::seal::UnsealArguments;
use crate::commands::count;
use crate::terminal::Terminal;

type Opened<'f> = Vec<(&'f SealedName, &'f SealedSecret, Vec<(&'f SecretKey, Plaintext)>)>;

pub(super) fn run(
    arguments: &UnsealArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> Result<Status, Trouble> {
    let vault = Vault::open(&arguments.environment, global)?;
    if let Some(path) = &arguments.output {
        init::ignored(&vault, path)?;
        if vault.store.is_there(path) {
            return Err(store::Error::Exists(path.into()).into());
        }
    }
    let ring = ring(&vault, &arguments.keys)?;
    let file = vault.sealed()?;
    let ids = select(&arguments.ids, &file)?;
    let opened = open(&ring, &file, &ids)?;
    let text = manifests(&opened);
    terminal.warning("what follows is plaintext: whoever reads it has the secrets, and it must not be committed");
    match &arguments.output {
        None => terminal.data(&text),
        Some(path) => vault.store.create(path, text.as_bytes(), Audience::Owner)?,
    }
    terminal.say(&format!("{} opened with {}", count(opened.len(), "secret"), count(ring.keys().len(), "key")));
    Ok(Status::Success)
}

/// The private keys of all `files`.
pub(super) fn ring(vault: &Vault, files: &[String]) -> Result<KeyRing, Trouble> {
    let mut ring = KeyRing::default();
    for path in files {
        // As every tool takes paths: from the folder that one is in.
        let path = std::path::absolute(path).unwrap_or_else(|_| path.into()).display().to_string();
        let source = vault.store.read(&path)?;
        let missing = || {
            Diagnostic::error(Code::PrivateKey, format!("there is no file {path}")).help("name a file of private keys")
        };
        ring.add(&source.ok_or_else(missing)?)?;
    }
    Ok(ring)
}

/// All of `ids`, or everything that stands against it.
pub(super) fn open<'f>(ring: &KeyRing, file: &'f SealedFile, ids: &'f [SealedName]) -> Result<Opened<'f>, Diagnostics> {
    let mut found = Diagnostics::new();
    let mut opened = Opened::new();
    for id in ids {
        let secret = &file.entries()[id];
        let mut values = Vec::new();
        for (key, ciphertext) in &secret.encrypted_data {
            match ring.open(ciphertext, id, secret.scope, file.entries().keys()) {
                Ok(one) => values.push((key, one.plaintext)),
                Err(refused) => found.push(refusal(file, id, secret, key, &refused)),
            }
        }
        opened.push((id, secret, values));
    }
    if found.has_errors() { Err(found) } else { Ok(opened) }
}

fn refusal(
    file: &SealedFile,
    id: &SealedName,
    secret: &SealedSecret,
    key: &SecretKey,
    refused: &Refused,
) -> Diagnostic {
    let finding = Diagnostic::error(Code::Ciphertext, format!("`{key}` of `{id}` can't be opened"))
        .at(file.place_of_key(id, key), "");
    match refused {
        Refused::Malformed => finding
            .note("it is no ciphertext of sealed-secrets, or was cut off")
            .help("take it from an earlier commit, or seal it anew"),
        Refused::Altered => finding
            .note("it is sealed for this key and this place, and was altered or cut off since")
            .help("take it from an earlier commit, or seal it anew"),
        Refused::BoundTo(scope, other) => {
            let place = match scope {
                SealingScope::Strict => format!("as `{other}`"),
                SealingScope::NamespaceWide => format!("in the namespace `{}`", other.namespace()),
                SealingScope::ClusterWide => "anywhere".to_owned(),
            };
            let scopes = format!("with the scope {scope}, and stands as `{id}` with {}", secret.scope);
            let help = "give the entry that place and scope again, or seal it anew: ciphertext can't be moved";
            finding.note(format!("it opens {place} {scopes}")).help(help)
        }
        Refused::NoKey => {
            let by = secret.sealed_with.get(key).map(|by| format!("it was sealed with the certificate {by}"));
            let finding = finding.note(
                "no key opens it: it was sealed for another one, under a name that is not known here, or was altered",
            );
            let finding = by.into_iter().fold(finding, Diagnostic::note);
            finding.help("give all keys of the controller: each one that it ever had may be needed")
        }
    }
}

/// The Secrets as manifests.
fn manifests(opened: &Opened<'_>) -> Zeroizing<String> {
    // Room for all of it, so that no half of it stays behind where the text grew.
    let data = opened.iter().flat_map(|(_, secret, _)| secret.encrypted_data.values());
    let room: usize = data.map(|text| 2 * plaintext_len(text).unwrap_or_default() + 300).sum();
    let words = opened.iter().map(|(_, secret, _)| format!("{:?}{:?}", secret.labels, secret.annotations).len());
    let mut yaml = Emitter::with_capacity(room + words.sum::<usize>() * 6 + 1000 * opened.len());
    for (id, secret, values) in opened {
        yaml.begin_document();
        yaml.begin_map();
        for (key, text) in [("apiVersion", "v1"), ("kind", "Secret")] {
            yaml.key(key);
            yaml.string(text);
        }
        yaml.key("metadata");
        yaml.begin_map();
        for (key, text) in [("name", id.name()), ("namespace", id.namespace())] {
            yaml.key(key);
            yaml.string(text);
        }
        if !secret.labels.is_empty() {
            yaml.key("labels");
            yaml.begin_map();
            for (key, text) in &secret.labels {
                yaml.key(key.as_str());
                yaml.string(text.as_str());
            }
            yaml.end_map();
        }
        if !secret.annotations.is_empty() {
            yaml.key("annotations");
            yaml.begin_map();
            for (key, text) in &secret.annotations {
                yaml.key(key.as_str());
                yaml.string(text);
            }
            yaml.end_map();
        }
        yaml.end_map();
        yaml.key("type");
        yaml.string(secret.kind.as_str());
        yaml.key("data");
        yaml.begin_map();
        for (key, plaintext) in values {
            yaml.key(key.as_str());
            yaml.string(&Zeroizing::new(Encoding::encode_string(plaintext.as_bytes())));
        }
        yaml.end_map();
        yaml.end_map();
    }
    Zeroizing::new(yaml.into_string())
}
