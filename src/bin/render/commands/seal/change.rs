//! Seals plaintexts one by one, and changes one entry of the file. What it says of that is left to whoever asked.

use std::collections::BTreeMap;

use serde_json::{Map, json};
use supercargo::diagnostic::{Code, Diagnostic, listed};
use supercargo::model::{Base64, EnvironmentName, SealedName, SealedSecret, SealingScope, SecretKey};
use supercargo::seal::{
    Certificate, Change, MAX_SECRET_BYTES, Mark, Memo, MemoKey, Plaintext, SealedFile, plaintext_len, sealed_path,
};
use supercargo::store::{Audience, Guard, PRIVATE_FOLDER};

use super::{Trouble, Vault, now};
use crate::Status;
use crate::plaintext::too_large;
use crate::terminal::Terminal;

/// What this machine remembers, with the key of it.
pub(super) struct Memory {
    path: String,
    pub(super) key: MemoKey,
    text: String,
    pub(super) memo: Memo,
}

impl Memory {
    /// Reads the memory of `vault`'s environment; the first use makes the key.
    pub(super) fn open(vault: &Vault, _guard: &Guard) -> Result<Self, Trouble> {
        let key_path = format!("{PRIVATE_FOLDER}/seal/key");
        let stored = vault.store.read_bytes(&key_path)?.and_then(|bytes| MemoKey::from_bytes(&bytes));
        let key = if let Some(key) = stored {
            key
        } else {
            vault.store.make_private_folder()?;
            let key = MemoKey::generate().map_err(anyhow::Error::from)?;
            vault.store.replace(&key_path, key.as_bytes(), Audience::Owner)?;
            key
        };
        let path = memo_path(&vault.environment);
        // A memory that can't be read is none: what comes of it is a fresh ciphertext.
        let text = vault.store.read(&path).ok().flatten().map(|source| source.text().to_owned()).unwrap_or_default();
        Ok(Self { path, key, memo: Memo::parse(&text), text })
    }

    pub(super) fn store(&self, vault: &Vault) -> Result<(), Trouble> {
        let text = self.memo.to_text();
        if text != self.text {
            vault.store.replace(&self.path, text.as_bytes(), Audience::Owner)?;
        }
        Ok(())
    }
}

fn memo_path(environment: &EnvironmentName) -> String {
    format!("{PRIVATE_FOLDER}/seal/{environment}.json")
}

/// One sealed value that is not stored yet.
struct Fresh {
    ciphertext: Base64,
    mark: Mark,
}

/// A change of one secret that is being made. It keeps ciphertext only: each plaintext is gone when it is sealed.
pub(super) struct Sealing<'s> {
    vault: &'s Vault,
    id: SealedName,
    scope: SealingScope,
    certificate: Certificate,
    memo_key: MemoKey,
    allow_empty: bool,
    fresh: BTreeMap<SecretKey, Fresh>,
}

impl<'s> Sealing<'s> {
    /// Everything that can be wrong is looked at before the first plaintext is asked for.
    pub(super) fn begin(
        vault: &'s Vault,
        id: SealedName,
        scope: Option<SealingScope>,
        allow_empty: bool,
    ) -> Result<Self, Trouble> {
        let certificate = vault.certificate()?;
        certificate.check_at(now())?;
        let present = vault.sealed()?.entries().get(&id).map(|secret| secret.scope);
        let memory = Memory::open(vault, &lock(vault)?)?;
        let scope = scope.or(present).unwrap_or_default();
        let (memo_key, fresh) = (memory.key, BTreeMap::new());
        Ok(Self { vault, id, scope, certificate, memo_key, allow_empty, fresh })
    }

    /// Seals one value and forgets it.
    pub(super) fn add(&mut self, key: &SecretKey, plaintext: Plaintext) -> Result<(), Trouble> {
        if plaintext.is_empty() && !self.allow_empty {
            return Err(Diagnostic::error(Code::Plaintext, format!("the value of `{key}` is empty"))
                .note("an empty secret is mostly the output of a command that failed")
                .help("seal it with `--allow-empty` if it is meant")
                .into());
        }
        let ciphertext = self.certificate.seal(&self.id, self.scope, &plaintext)?;
        let mark = self.memo_key.mark(&self.vault.environment, &self.id, key, self.scope, &plaintext);
        drop(plaintext);
        if self.fresh.insert(key.clone(), Fresh { ciphertext, mark }).is_some() {
            return Err(anyhow::anyhow!("the key `{key}` is named twice").into());
        }
        Ok(())
    }

    /// [`Self::store`], and says what has become of each key.
    pub(super) fn finish(self, change: Change, terminal: &Terminal) -> Result<Status, Trouble> {
        self.store(change)?.say(terminal);
        Ok(Status::Success)
    }

    /// Puts what was sealed into the file, with `change` beside it. Values that are sealed already stay as they are.
    pub(super) fn store(self, mut change: Change) -> Result<Stored, Trouble> {
        let (vault, id) = (self.vault, &self.id);
        let guard = lock(vault)?;
        let file = vault.sealed()?;
        let mut memory = Memory::open(vault, &guard)?;
        let old = file.entries().get(id);
        change.scope = Some(self.scope);
        let mut outcomes = BTreeMap::new();
        for (key, fresh) in self.fresh {
            let present = old.and_then(|old| old.encrypted_data.get(&key));
            let known = present.filter(|text| memory.memo.knows(id, &key, &fresh.mark, text, &self.certificate));
            let known = known.filter(|_| old.is_some_and(|old| old.scope == self.scope));
            let outcome = match (known, present) {
                (Some(_), _) => "unchanged",
                (None, Some(_)) => "changed",
                (None, None) => "added",
            };
            if known.is_none() {
                memory.memo.learn(id, &key, &fresh.mark, &fresh.ciphertext, &self.certificate);
                let by = self.certificate.fingerprint().clone();
                change.data.insert(key.clone(), (fresh.ciphertext, Some(by)));
            }
            outcomes.insert(key, outcome);
        }
        if let Some(old) = old {
            check_scope(&file, id, old, self.scope, &outcomes)?;
        }
        let secret = file.changed(id, &change);
        check_size(id, &secret)?;
        let text = file.with(id, &secret);
        let path = sealed_path(&vault.environment);
        let written = text != file.source().text();
        if written {
            vault.store.replace(&path, text.as_bytes(), Audience::Everyone)?;
        }
        // Behind the file: killed in between, the next run seals anew, and nothing worse.
        memory.store(vault)?;
        Ok(Stored { path, id: self.id, written, outcomes, certificate: self.certificate })
    }
}

/// What has become of the keys of one secret.
pub(super) struct Stored {
    /// The file.
    path: String,
    id: SealedName,
    /// Whether the file had to change.
    pub(super) written: bool,
    outcomes: BTreeMap<SecretKey, &'static str>,
    certificate: Certificate,
}

/// Waits for its turn to change sealed secrets.
pub(super) fn lock(vault: &Vault) -> Result<Guard, Trouble> {
    Ok(vault.store.lock("values/sealed")?)
}

/// A scope belongs to a whole secret: values that were sealed for another one would never open again.
fn check_scope(
    file: &SealedFile,
    id: &SealedName,
    old: &SealedSecret,
    scope: SealingScope,
    given: &BTreeMap<SecretKey, &str>,
) -> Result<(), Trouble> {
    if old.scope == scope {
        return Ok(());
    }
    let left: Vec<_> = old.encrypted_data.keys().filter(|key| !given.contains_key(*key)).collect();
    if left.is_empty() {
        return Ok(());
    }
    Err(Diagnostic::error(
        Code::SealedSecret,
        format!("`{id}` can't become {scope} while other keys of it are sealed as {}", old.scope),
    )
    .at(file.place(id), "")
    .note(format!("keys that were not given again: {}", listed(left)))
    .help("give all keys again in one call, or leave `--scope` out")
    .into())
}

fn check_size(id: &SealedName, secret: &SealedSecret) -> Result<(), Trouble> {
    let bytes: usize = secret.encrypted_data.values().filter_map(plaintext_len).sum();
    if bytes > MAX_SECRET_BYTES { Err(too_large(&format!("the secret `{id}`")).into()) } else { Ok(()) }
}

impl Stored {
    fn say(&self, terminal: &Terminal) {
        let Self { path, id, written, outcomes, certificate } = self;
        if terminal.is_json() {
            let keys: Map<_, _> = outcomes.iter().map(|(key, outcome)| (key.to_string(), json!(outcome))).collect();
            terminal.json(&json!({ "file": path, "secret": id.as_str(), "written": written, "keys": keys }));
            return;
        }
        let keys: Vec<_> = outcomes.iter().map(|(key, outcome)| format!("{key} {outcome}")).collect();
        let keys = if keys.is_empty() { String::new() } else { format!(": {}", keys.join(", ")) };
        let state = if *written { "written" } else { "nothing to do" };
        terminal.say(&format!("{path}: {id}{keys} ({state})"));
        if terminal.is_verbose() {
            terminal.say(&format!(
                "sealed with {}, valid until {}",
                certificate.fingerprint(),
                certificate.not_after()
            ));
        }
        let days = certificate.days_left(now());
        if days < 30 {
            terminal.say(&format!("note: the certificate in {} expires in {days} days", certificate.path()));
        }
    }
}
