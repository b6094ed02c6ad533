//! What this machine remembers of the secrets that it sealed, so that sealing one again changes nothing.
//!
//! Encryption is random: the same plaintext gives another ciphertext each time, and a diff that says nothing. Git must
//! not learn anything by which a plaintext could be guessed, not even its hash. So the memory is a file of this machine
//! only: for each sealed value a MAC of the plaintext and its place, under a random key that stays beside it, and
//! the digests of the ciphertext that came of it and of the certificate. Whoever has neither file just seals anew.

use std::collections::BTreeMap;

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use aws_lc_rs::rand;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{Certificate, Plaintext};
use crate::hex::hex;
use crate::model::{Base64, EnvironmentName, SealedName, SealingScope, SecretKey};

/// How many bytes SHA-256 takes at a time.
const BLOCK: usize = 64;

/// The key of the MACs.
pub struct MemoKey(Zeroizing<[u8; MemoKey::LENGTH]>);

impl MemoKey {
    /// How many bytes it has.
    pub const LENGTH: usize = 32;

    /// A random one.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn generate() -> Result<Self, Unspecified> {
        let mut bytes = Zeroizing::new([0; Self::LENGTH]);
        rand::fill(bytes.as_mut())?;
        Ok(Self(bytes))
    }

    /// The one that was stored; `None` if that has another length.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// What to store.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_ref()
    }

    /// The MAC of `plaintext` in its place.
    pub fn mark(
        &self,
        environment: &EnvironmentName,
        id: &SealedName,
        key: &SecretKey,
        scope: SealingScope,
        plaintext: &Plaintext,
    ) -> Mark {
        let texts = [environment.as_str(), id.as_str(), key.as_str(), scope.name()];
        let texts = texts.map(str::as_bytes);
        // The lengths make sure that no two lists of parts give the same bytes.
        let lengths = texts.map(|text| (text.len() as u64).to_be_bytes()).concat();
        let plaintext_length = (plaintext.len() as u64).to_be_bytes();
        let head = [&lengths, &plaintext_length[..], &texts.concat()].concat();
        // Whole blocks only: the part of one that is left over would stay behind where the hash keeps it for later.
        let padding = vec![0; (head.len() + plaintext.len()).next_multiple_of(BLOCK) - head.len() - plaintext.len()];
        let message = Plaintext::concat(&[&head, plaintext.as_bytes(), &padding]);
        let tag = hmac::sign(&hmac::Key::new(HMAC_SHA256, self.as_bytes()), message.as_bytes());
        Mark(hex(tag.as_ref()))
    }
}

/// The MAC of one plaintext in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark(String);

/// What was sealed on this machine for one environment.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Memo(BTreeMap<SealedName, BTreeMap<SecretKey, Entry>>);

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    mark: String,
    ciphertext: String,
    certificate: String,
}

impl Memo {
    /// Reads what [`Self::to_text`] wrote. What can't be read is forgotten: that costs a fresh ciphertext.
    pub fn parse(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// The text to store.
    pub fn to_text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Whether `ciphertext` came of the plaintext that `mark` is of, sealed with `certificate`.
    pub fn knows(
        &self,
        id: &SealedName,
        key: &SecretKey,
        mark: &Mark,
        ciphertext: &Base64,
        certificate: &Certificate,
    ) -> bool {
        let entry = self.0.get(id).and_then(|keys| keys.get(key));
        entry.is_some_and(|entry| {
            entry.mark == mark.0 && entry.ciphertext == digest(ciphertext) && entry.certificate == certificate.digest()
        })
    }

    /// Remembers it.
    pub fn learn(
        &mut self,
        id: &SealedName,
        key: &SecretKey,
        mark: &Mark,
        ciphertext: &Base64,
        certificate: &Certificate,
    ) {
        let entry = Entry {
            mark: mark.0.clone(),
            ciphertext: digest(ciphertext),
            certificate: certificate.digest().to_owned(),
        };
        self.0.entry(id.clone()).or_default().insert(key.clone(), entry);
    }

    /// Keeps what it knows of `old`, which the controller has encrypted anew as `new`.
    pub fn follow(&mut self, id: &SealedName, key: &SecretKey, old: &Base64, new: &Base64, certificate: &Certificate) {
        let entry = self.0.get_mut(id).and_then(|keys| keys.get_mut(key));
        if let Some(entry) = entry.filter(|entry| entry.ciphertext == digest(old)) {
            entry.ciphertext = digest(new);
            certificate.digest().clone_into(&mut entry.certificate);
        }
    }
}

fn digest(ciphertext: &Base64) -> String {
    hex(&Sha256::digest(ciphertext.as_str().as_bytes()))
}
