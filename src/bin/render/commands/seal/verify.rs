//! `render seal verify`: is everything sealed that the platform needs, and can it be opened?

use supercargo::diagnostic::{Code, Diagnostic, Diagnostics, listed};
use supercargo::model::{Fingerprint, SealedName};
use supercargo::seal::{Certificate, Item, SealedFile, State, inventory};

use super::{Trouble, Vault, now, unseal};
use crate::Status;
use crate::args::GlobalArguments;
use crate::args::seal::VerifyArguments;
use crate::commands::{count, report};
use crate::terminal::Terminal;

pub(super) fn run(
    arguments: &VerifyArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> Result<Status, Trouble> {
    let vault = Vault::open(&arguments.environment, global)?;
    let needs = vault.values()?.secret_needs();
    let ring = unseal::ring(&vault, &arguments.keys)?;
    let file = vault.sealed()?;
    let items = inventory(&needs, file.entries());
    let mut found: Diagnostics = items.iter().filter_map(|item| finding(item, &file)).collect();
    match vault.certificate() {
        Ok(certificate) => found.extend(about(&certificate, &items, &file)),
        Err(Trouble::Findings(problems)) => found.extend(problems),
        Err(failure) => return Err(failure),
    }
    let ids: Vec<SealedName> = file.entries().keys().cloned().collect();
    if !arguments.keys.is_empty() {
        found.extend(unseal::open(&ring, &file, &ids).err().into_iter().flatten());
    }
    let status = if found.has_errors() { Status::Found } else { Status::Success };
    report(&found, terminal, &format!(" in {}", vault.environment));
    if status == Status::Success {
        let opened = if arguments.keys.is_empty() { "" } else { ", and each opens" };
        terminal.say(&format!("{}: {} sealed{opened}", vault.environment, count(needs.len(), "secret")));
    }
    Ok(status)
}

fn finding(item: &Item<'_>, file: &SealedFile) -> Option<Diagnostic> {
    let id = item.id;
    let keys = listed(item.missing_keys());
    let say = |message: String| Diagnostic::error(Code::Unsealed, message);
    let (finding, help) = match item.state() {
        State::Present => return None,
        State::Missing => {
            (say(format!("`{id}` is not sealed")).in_file(file.source().path()), "`render seal list` says what to type")
        }
        State::Incomplete => {
            (say(format!("`{id}` lacks {keys}")).at(file.place(id), ""), "`render seal list` says what to type")
        }
        State::WrongType => {
            let (is, wants) = (item.sealed.map(|one| &one.kind), item.need.map(|need| &need.kind));
            let text = |kind: Option<&_>| {
                kind.map_or_else(String::new, |kind: &supercargo::model::SecretType| kind.to_string())
            };
            let message = format!("`{id}` is sealed as `{}`, and its reader takes `{}`", text(is), text(wants));
            (say(message).at(file.place(id), ""), "set the type: `render seal set NAMESPACE/NAME --type TYPE`")
        }
        State::Unused => (
            Diagnostic::warning(Code::SealedSecret, format!("nobody reads `{id}`")).at(file.place(id), ""),
            "remove the entry, unless something that is not in the values reads the Secret",
        ),
    };
    let purpose = item.need.map(|need| format!("`{}` reads it: {}", need.readers.join("`, `"), need.purpose));
    Some(purpose.into_iter().fold(finding, Diagnostic::note).help(help))
}

/// What the certificate says: of itself, and of what was sealed with another one.
fn about(certificate: &Certificate, items: &[Item<'_>], file: &SealedFile) -> Vec<Diagnostic> {
    let before = |item: &Item<'_>| {
        let older = item.sealed_before(certificate.fingerprint());
        let (_, by): (_, &Fingerprint) = *older.first()?;
        let keys = listed(older.iter().map(|(key, _)| key));
        let message = format!("{keys} of `{}` was sealed with another certificate, {by}", item.id);
        Some(
            Diagnostic::warning(Code::Certificate, message)
                .at(file.place(item.id), "")
                .note(format!("the one in {} is {}", certificate.path(), certificate.fingerprint()))
                .note("the controller opens it as long as it keeps the key of that time")
                .help("`render seal rotate` lets the controller encrypt it anew, `render seal reseal` you"),
        )
    };
    certificate.check_at(now()).err().into_iter().chain(items.iter().filter_map(before)).collect()
}
