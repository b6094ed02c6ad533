//! Private keys, for recovery: what they open, and why they don't.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use aws_lc_rs::signature::KeyPair as _;
use base64ct::{Base64 as Encoding, Encoding as _};
use zeroize::Zeroizing;

use super::cipher::{self, Parts, Unopened};
use super::{Certificate, Plaintext, pem};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Base64, SealedName, SealingScope};
use crate::source::Source;
use crate::yaml::{Limits, Node, load_all};

/// A private key of a sealed-secrets controller.
pub struct PrivateKey {
    path: String,
    key: OaepPrivateDecryptingKey,
    public_key: Vec<u8>,
}

impl PrivateKey {
    /// Reads DER as it stands in a PEM block: PKCS#8, or PKCS#1 as the controller writes it.
    fn from_der(path: &str, der: &[u8]) -> Option<Self> {
        let pair = KeyPair::from_pkcs8(der).or_else(|_| KeyPair::from_der(der)).ok()?;
        let pkcs8: Pkcs8V1Der<'_> = pair.as_der().ok()?;
        let public_key: PublicKeyX509Der<'_> = pair.public_key().as_der().ok()?;
        let key = OaepPrivateDecryptingKey::new(PrivateDecryptingKey::from_pkcs8(pkcs8.as_ref()).ok()?).ok()?;
        Some(Self { path: path.to_owned(), key, public_key: public_key.as_ref().to_vec() })
    }

    /// The file that it was read from.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether what was sealed with `certificate` is opened by this key.
    pub fn belongs_to(&self, certificate: &Certificate) -> bool {
        self.public_key == certificate.public_key()
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.path)
    }
}

/// All private keys at hand.
#[derive(Debug, Default)]
pub struct KeyRing {
    keys: Vec<PrivateKey>,
}

/// What was opened.
#[derive(Debug)]
pub struct Opened<'k> {
    /// The secret.
    pub plaintext: Plaintext,
    /// The key that opened it.
    pub key: &'k PrivateKey,
}

/// Why nothing was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// It is no ciphertext of sealed-secrets: not base64, or cut off near its beginning.
    Malformed,
    /// A key opens its first part, and the rest was altered or cut off.
    Altered,
    /// A key opens it for another place: the scope was changed, or the Secret was renamed or moved.
    BoundTo(SealingScope, SealedName),
    /// No key opens it for any place that is known: it was sealed for another key, or its first part was altered.
    NoKey,
}

impl KeyRing {
    /// Adds the private keys of a file: PEM, or Secrets as kubectl prints them, one or a list, in YAML or JSON.
    ///
    /// # Errors
    /// There is none in it, or one can't be read.
    pub fn add(&mut self, source: &Arc<Source>) -> Result<(), Diagnostic> {
        let path = source.path();
        let text = source.text();
        let before = self.keys.len();
        // A dump may hold PEM, but never begins with it.
        if text.trim_start().starts_with(['{', '[']) || text.contains("apiVersion") {
            for document in load_all(source, Limits::default())? {
                self.add_secrets(path, &document)?;
            }
        } else {
            self.add_pem(path, text.as_bytes())?;
        }
        if self.keys.len() > before { Ok(()) } else { Err(unusable(path, "it has none of its own".to_owned())) }
    }

    fn add_secrets(&mut self, path: &str, document: &Node) -> Result<(), Diagnostic> {
        for item in document.child("items").and_then(Node::as_seq).into_iter().flatten() {
            self.add_secrets(path, item)?;
        }
        let Some(text) = document.child("data").and_then(|data| data.child("tls.key")).and_then(Node::as_scalar) else {
            return Ok(());
        };
        let pem = Encoding::decode_vec(&text.text).map_err(|_| unusable(path, "`tls.key` is not base64".to_owned()))?;
        self.add_pem(path, &Zeroizing::new(pem))
    }

    fn add_pem(&mut self, path: &str, text: &[u8]) -> Result<(), Diagnostic> {
        for block in pem::blocks(text).map_err(|problem| unusable(path, problem))? {
            if block.label.ends_with("PRIVATE KEY") {
                let key = PrivateKey::from_der(path, &block.der);
                let problem = || format!("`{}` in it is no RSA key of 2048 to 8192 bits, or is encrypted", block.label);
                self.keys.push(key.ok_or_else(|| unusable(path, problem()))?);
            }
        }
        Ok(())
    }

    /// The keys in the order of their files.
    pub fn keys(&self) -> &[PrivateKey] {
        &self.keys
    }

    /// Opens `ciphertext`, which stands in the entry `id` with `scope`.
    ///
    /// `others` are the ids to try where it does not open: what was sealed under another name says so then.
    ///
    /// # Errors
    /// No key opens it, for this reason.
    pub fn open<'i>(
        &self,
        ciphertext: &Base64,
        id: &'i SealedName,
        scope: SealingScope,
        others: impl IntoIterator<Item = &'i SealedName>,
    ) -> Result<Opened<'_>, Refused> {
        let parts = Parts::parse(ciphertext).map_err(|_| Refused::Malformed)?;
        match self.open_for(&parts, cipher::label(id, scope)) {
            Ok(opened) => return Ok(opened),
            Err(Unopened::Altered) => return Err(Refused::Altered),
            Err(Unopened::Malformed | Unopened::SessionKey) => {}
        }
        for other in std::iter::once(id).chain(others) {
            for scope in SealingScope::ALL {
                if self.open_for(&parts, cipher::label(other, scope)) != Err(Unopened::SessionKey) {
                    return Err(Refused::BoundTo(scope, other.clone()));
                }
            }
        }
        Err(Refused::NoKey)
    }

    /// The first key that opens it, or the reason that says most.
    fn open_for(&self, parts: &Parts, label: &[u8]) -> Result<Opened<'_>, Unopened> {
        let mut reason = Unopened::SessionKey;
        for key in &self.keys {
            match parts.open(&key.key, label) {
                Ok(plaintext) => return Ok(Opened { plaintext, key }),
                Err(Unopened::SessionKey) => {}
                Err(other) => reason = other,
            }
        }
        Err(reason)
    }
}

impl PartialEq for Opened<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.plaintext.as_bytes() == other.plaintext.as_bytes()
    }
}

fn unusable(path: &str, note: String) -> Diagnostic {
    Diagnostic::error(Code::PrivateKey, format!("{path} holds no private key that can be used"))
        .in_file(path)
        .note(note)
        .help(
            "give the controller's keys: `kubectl get secret --namespace NAMESPACE --selector \
             sealedsecrets.bitnami.com/sealed-secrets-key --output yaml`, or a PEM file",
        )
}
