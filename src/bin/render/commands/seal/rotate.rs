//! `render seal rotate`: the controller encrypts secrets anew with its newest key.

use std::collections::BTreeMap;

use supercargo::diagnostic::{Code, Diagnostic};
use supercargo::model::{Base64, SealedName, SecretKey};
use supercargo::seal::{Certificate, Change, SealedFile, controller, sealed_path};
use supercargo::store::Audience;

use super::change::{Memory, lock};
use super::{Trouble, Vault, certificate, remaining, select};
use crate::Status;
use crate::args::GlobalArguments;
use crate::args::seal::RotateArguments;
use crate::commands::count;
use crate::programs;
use crate::terminal::Terminal;

/// New ciphertext by secret and key.
type Answers = BTreeMap<SealedName, BTreeMap<SecretKey, Base64>>;

pub(super) fn run(
    arguments: &RotateArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> Result<Status, Trouble> {
    let vault = Vault::open(&arguments.environment, global)?;
    let service = certificate::service(&vault)?;
    let present = vault.certificate()?;
    let newest = certificate::newest(&service, &arguments.kubectl)?;
    if newest.digest() != present.digest() {
        return Err(Diagnostic::error(
            Code::Certificate,
            format!("{} is not the controller's newest certificate", present.path()),
        )
        .in_file(present.path())
        .note(format!(
            "the controller would encrypt with {}, and the file is {}",
            newest.fingerprint(),
            present.fingerprint()
        ))
        .help(format!("run `render seal cert fetch --env {}`, then rotate again", vault.environment))
        .into());
    }
    let file = vault.sealed()?;
    let mut ids = select(&arguments.ids, &file)?;
    if arguments.ids.is_empty() {
        ids.retain(|id| remaining::remaining(&file, &present).any(|(other, _, _)| other == id));
    }
    let progress = terminal.progress("rotating", ids.len() as u64);
    let mut answers = Answers::new();
    let mut failed = None;
    for id in &ids {
        let secret = &file.entries()[id];
        let path = certificate::address(&service).rotate();
        let answer = programs::post(&arguments.kubectl, &path, &controller::request(id, secret));
        let answer = answer.map_err(Trouble::from).and_then(|text| Ok(controller::answer(id, secret, &text)?));
        match answer {
            Ok(data) => answers.insert(id.clone(), data),
            Err(trouble) => {
                failed = Some(trouble);
                break;
            }
        };
        progress.inc(1);
    }
    progress.finish_and_clear();
    // What was encrypted anew before a failure is as good as if there had been none.
    let changed = take(&vault, &file, &answers, &present)?;
    terminal.say(&format!(
        "{}: {} encrypted anew with {}, {} left as they are",
        sealed_path(&vault.environment),
        count(changed, "secret"),
        present.fingerprint(),
        file.entries().len() - changed
    ));
    failed.map_or(Ok(Status::Success), Err)
}

/// Puts the answers into the file, except where somebody else has changed a secret since it was sent.
fn take(vault: &Vault, sent: &SealedFile, answers: &Answers, certificate: &Certificate) -> Result<usize, Trouble> {
    let guard = lock(vault)?;
    let mut memory = Memory::open(vault, &guard)?;
    let mut file = vault.sealed()?;
    let before = file.source().text().to_owned();
    let mut changed = 0;
    for (id, data) in answers {
        let old = &sent.entries()[id];
        if file.entries().get(id) != Some(old) {
            continue;
        }
        for (key, new) in data {
            memory.memo.follow(id, key, &old.encrypted_data[key], new, certificate);
        }
        let by = || Some(certificate.fingerprint().clone());
        let data = data.iter().map(|(key, text)| (key.clone(), (text.clone(), by()))).collect();
        let secret = file.changed(id, &Change { data, ..Change::default() });
        file = SealedFile::parse(&supercargo::source::Source::new(file.source().path(), file.with(id, &secret)))?;
        changed += 1;
    }
    if file.source().text() != before {
        vault.store.replace(file.source().path(), file.source().text().as_bytes(), Audience::Everyone)?;
    }
    memory.store(vault)?;
    Ok(changed)
}
