//! `render seal cert …`: the certificate of an environment.

use serde_json::json;
use supercargo::diagnostic::{Code, Diagnostic};
use supercargo::model::services::SealedSecrets;
use supercargo::seal::controller::Service;
use supercargo::seal::{Certificate, certificate_path};
use supercargo::source::Source;
use supercargo::store::Audience;

use super::{Trouble, Vault, now, remaining};
use crate::Status;
use crate::args::GlobalArguments;
use crate::args::seal::{FetchArguments, KubectlArguments, ShowArguments};
use crate::commands::count;
use crate::programs;
use crate::terminal::Terminal;

pub(super) fn show(
    arguments: &ShowArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> Result<Status, Trouble> {
    let certificate = Vault::open(&arguments.environment, global)?.certificate()?;
    let valid = certificate.check_at(now());
    let subject = certificate.subject();
    let days = certificate.days_left(now());
    if terminal.is_json() {
        terminal.json(&json!({
            "file": certificate.path(),
            "subject": subject,
            "fingerprint": certificate.fingerprint().as_str(),
            "sha256": certificate.digest(),
            "notBefore": certificate.not_before().to_string(),
            "notAfter": certificate.not_after().to_string(),
            "daysLeft": days,
            "keyBits": certificate.key_bits(),
            "valid": valid.is_ok(),
        }));
    } else {
        let subject = if subject.is_empty() { "none" } else { subject };
        terminal.data(&format!(
            "file         {}\nsubject      {subject}\nfingerprint  {}\nsha256       {}\nkey          RSA, {} bits\n\
             valid from   {}\nvalid until  {} ({days} days left)\n",
            certificate.path(),
            certificate.fingerprint(),
            certificate.digest(),
            certificate.key_bits(),
            certificate.not_before(),
            certificate.not_after(),
        ));
    }
    match valid {
        Ok(()) => Ok(Status::Success),
        Err(problem) => {
            super::report(&problem.into(), terminal, "");
            Ok(Status::Found)
        }
    }
}

pub(super) fn fetch(
    arguments: &FetchArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> Result<Status, Trouble> {
    let vault = Vault::open(&arguments.environment, global)?;
    let service = service(&vault)?;
    let fetched = newest(&service, &arguments.kubectl)?;
    let path = certificate_path(&vault.environment);
    let _guard = vault.store.lock("values/certs")?;
    // One that can't be read is replaced like any other.
    let present = vault.store.read(&path)?;
    let old = present.as_ref().and_then(|source| Certificate::parse(source).ok());
    let until = fetched.not_after();
    if old.as_ref().is_some_and(|old| old.digest() == fetched.digest()) {
        terminal.say(&format!("{path}: unchanged: {}, valid until {until}", fetched.fingerprint()));
        return Ok(Status::Success);
    }
    vault.store.replace(&path, fetched.pem().as_bytes(), Audience::Everyone)?;
    let was = match (&old, &present) {
        (Some(old), _) => format!(", was {}", old.fingerprint()),
        (None, Some(_)) => ", was no certificate".to_owned(),
        (None, None) => String::new(),
    };
    terminal.say(&format!("{path}: {}{was}, valid until {until}", fetched.fingerprint()));
    let older = remaining::remaining(&vault.sealed()?, &fetched).count();
    if older > 0 {
        let environment = &vault.environment;
        terminal.say(&format!(
            "{} sealed with another certificate: `render seal rotate --env {environment}` encrypts them anew",
            count(older, "value")
        ));
    }
    Ok(Status::Success)
}

/// The newest certificate of the running controller.
pub(super) fn newest(service: &SealedSecrets, kubectl: &KubectlArguments) -> Result<Certificate, Trouble> {
    let text = programs::get(kubectl, &address(service).certificate())?;
    let certificate = Certificate::parse(&Source::new("the controller's answer", text))?;
    certificate.check_at(now())?;
    Ok(certificate)
}

pub(super) fn address(service: &SealedSecrets) -> Service<'_> {
    Service { namespace: &service.namespace, name: &service.controller_name }
}

/// The section of the controller in the values.
pub(super) fn service(vault: &Vault) -> Result<SealedSecrets, Trouble> {
    let section = vault.values()?.services.sealed_secrets.filter(|section| section.enabled);
    section.ok_or_else(|| {
        let environment = &vault.environment;
        Diagnostic::error(
            Code::Certificate,
            format!("the environment `{environment}` has no sealed-secrets controller"),
        )
        .in_file(format!("values/{environment}.yaml"))
        .help("switch it on: `services.sealedSecrets.enabled: true`")
        .into()
    })
}
