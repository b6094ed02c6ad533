//! The certificate that secrets are sealed with: public, and committed as `values/certs/<env>.pem`.

use std::time::Duration;

use aws_lc_rs::rsa::{OaepPublicEncryptingKey, PublicEncryptingKey};
use sha2::{Digest as _, Sha256};
use x509_cert::der::{DateTime, Decode as _, Encode as _};

use super::{Plaintext, cipher, pem};
use crate::diagnostic::{Code, Diagnostic};
use crate::hex::hex;
use crate::model::{Base64, EnvironmentName, Fingerprint, SealedName, SealingScope};
use crate::source::Source;

const DAY: u64 = 24 * 60 * 60;

/// Below it a key is not to be trusted, and the cryptographic library refuses it.
const SMALLEST_KEY: usize = 2048;

/// The path of the certificate of `environment`, from the project's root.
pub fn certificate_path(environment: &EnvironmentName) -> String {
    format!("values/certs/{environment}.pem")
}

/// A certificate of a sealed-secrets controller, with an RSA key that encrypts.
#[derive(Debug)]
pub struct Certificate {
    path: String,
    pem: String,
    subject: String,
    not_before: DateTime,
    not_after: DateTime,
    digest: String,
    fingerprint: Fingerprint,
    public_key: Vec<u8>,
    key: OaepPublicEncryptingKey,
}

impl Certificate {
    /// Reads the first certificate of a PEM file, as the stock client does.
    ///
    /// # Errors
    /// There is none, it is malformed, or its key is not one of RSA.
    pub fn parse(source: &Source) -> Result<Self, Diagnostic> {
        let path = source.path().to_owned();
        let malformed =
            |note: String| problem(&path, format!("{path} holds no certificate that can be read")).note(note);
        let blocks = pem::blocks(source.text().as_bytes()).map_err(&malformed)?;
        let Some(block) = blocks.iter().find(|block| block.label == "CERTIFICATE") else {
            return Err(malformed("there is no block `-----BEGIN CERTIFICATE-----`".to_owned()));
        };
        Self::from_der(&path, &block.der)
    }

    fn from_der(path: &str, der: &[u8]) -> Result<Self, Diagnostic> {
        let malformed = |error: x509_cert::der::Error| {
            problem(path, format!("{path} holds no certificate that can be read")).note(error.to_string())
        };
        let certificate = x509_cert::Certificate::from_der(der).map_err(malformed)?;
        let content = certificate.tbs_certificate();
        let public_key = content.subject_public_key_info().to_der().map_err(malformed)?;
        let key = PublicEncryptingKey::from_der(&public_key).ok().filter(|key| key.key_size_bits() >= SMALLEST_KEY);
        let key = key.and_then(|key| OaepPublicEncryptingKey::new(key).ok()).ok_or_else(|| {
            problem(path, format!("the key of the certificate in {path} can't seal"))
                .note(format!("sealed-secrets uses RSA, and this takes RSA keys from {SMALLEST_KEY} to 8192 bits"))
        })?;
        let digest = hex(&Sha256::digest(der));
        #[expect(clippy::expect_used, reason = "a digest has 64 hexadecimal digits")]
        let fingerprint = Fingerprint::parse(&digest[..16]).expect("the beginning of a digest is a fingerprint");
        Ok(Self {
            path: path.to_owned(),
            pem: pem::encode("CERTIFICATE", der).map_err(malformed)?.to_string(),
            subject: content.subject().to_string(),
            not_before: content.validity().not_before.to_date_time(),
            not_after: content.validity().not_after.to_date_time(),
            digest,
            fingerprint,
            public_key,
            key,
        })
    }

    /// The finding about a certificate that is not there.
    pub fn missing(environment: &EnvironmentName) -> Diagnostic {
        let path = certificate_path(environment);
        Diagnostic::error(Code::Certificate, format!("there is no certificate to seal with: {path} is missing"))
            .in_file(path)
            .help(format!(
                "if the cluster is there, get its certificate with `render seal cert fetch --env {environment}`"
            ))
            .help(format!("if it is not, make a key pair for it with `render seal init --env {environment}`"))
    }

    /// Refuses a certificate that is not valid at `now`, which is counted from 1970.
    ///
    /// # Errors
    /// It has expired, or is not valid yet.
    pub fn check_at(&self, now: Duration) -> Result<(), Diagnostic> {
        let (from, to) = (self.not_before, self.not_after);
        if now > to.unix_duration() {
            return Err(problem(&self.path, format!("the certificate in {} expired on {to}", self.path))
                .note("the controller makes a new key long before that, unless its renewal is switched off"));
        }
        if now < from.unix_duration() {
            return Err(problem(&self.path, format!("the certificate in {} is not valid before {from}", self.path))
                .note("the clock of this machine may be wrong"));
        }
        Ok(())
    }

    /// Encrypts `plaintext` for the Secret `id`.
    ///
    /// # Errors
    /// The certificate's key is none, although it looked like one.
    pub fn seal(&self, id: &SealedName, scope: SealingScope, plaintext: &Plaintext) -> Result<Base64, Diagnostic> {
        let sealed = cipher::seal(&self.key, cipher::label(id, scope), plaintext).ok();
        sealed.and_then(|text| Base64::parse(&text).ok()).ok_or_else(|| {
            problem(&self.path, format!("the key of the certificate in {} can't seal", self.path))
                .note("the cryptographic library refuses to encrypt with it")
        })
    }

    /// The file that it was read from, from the project's root.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The certificate alone, in the form in which it is stored.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Whose certificate it says it is; the controller's own ones leave it empty.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// From when on it is valid.
    pub fn not_before(&self) -> DateTime {
        self.not_before
    }

    /// Until when it is valid.
    pub fn not_after(&self) -> DateTime {
        self.not_after
    }

    /// Whole days until it expires, counted from `now`; negative behind that.
    pub fn days_left(&self, now: Duration) -> i64 {
        let days = |duration: Duration| i64::try_from(duration.as_secs() / DAY).unwrap_or(i64::MAX);
        match self.not_after.unix_duration().checked_sub(now) {
            Some(left) => days(left),
            None => -1 - days(now.saturating_sub(self.not_after.unix_duration())),
        }
    }

    /// How many bits the key has.
    pub fn key_bits(&self) -> usize {
        self.key.key_size_bits()
    }

    /// SHA-256 of the certificate in hexadecimal digits, as `openssl x509 -fingerprint -sha256` computes it.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The beginning of the digest, by which sealed secrets name the certificate.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// The public key, as DER of the certificate has it.
    pub(super) fn public_key(&self) -> &[u8] {
        &self.public_key
    }
}

fn problem(path: &str, message: String) -> Diagnostic {
    Diagnostic::error(Code::Certificate, message).in_file(path).help(
        "get the current one with `render seal cert fetch`, or make one for a new cluster with `render seal init`",
    )
}
