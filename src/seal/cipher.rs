//! The ciphertext of sealed-secrets, byte for byte as its own client writes it.
//!
//! `base64( length of R as 16 bits, big-endian | R | A )`, where R is a random session key of 32 bytes, encrypted with
//! RSA-OAEP (SHA-256 for both hashes) under the [`label`], and A is the plaintext, encrypted with AES-256-GCM under
//! the session key. The nonce is zero, as the format has it; that is sound because a session key is used once. The label
//! binds R to a place; nothing binds it to a key of the Secret.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand;
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey};
use base64ct::{Base64 as Encoding, Encoding as _};
use zeroize::Zeroizing;

use super::Plaintext;
use crate::model::{Base64, SealedName, SealingScope};

const SESSION_KEY: usize = 32;
const TAG: usize = 16;
/// The bytes that say how long the encrypted session key is.
const LENGTH: usize = 2;

/// What a ciphertext is bound to, in the bytes that the format uses.
pub(super) fn label(id: &SealedName, scope: SealingScope) -> &[u8] {
    match scope {
        SealingScope::Strict => id.as_str().as_bytes(),
        SealingScope::NamespaceWide => id.namespace().as_bytes(),
        SealingScope::ClusterWide => &[],
    }
}

/// Encrypts `plaintext` anew: two calls never give the same text.
pub(super) fn seal(key: &OaepPublicEncryptingKey, label: &[u8], plaintext: &Plaintext) -> Result<String, Unspecified> {
    let mut session_key = Zeroizing::new([0; SESSION_KEY]);
    rand::fill(session_key.as_mut())?;
    let mut sealed = vec![0; LENGTH + key.ciphertext_size()];
    let length = key.encrypt(&OAEP_SHA256_MGF1SHA256, session_key.as_ref(), &mut sealed[LENGTH..], Some(label))?.len();
    sealed[..LENGTH].copy_from_slice(&u16::try_from(length).map_err(|_| Unspecified)?.to_be_bytes());
    sealed.truncate(LENGTH + length);
    // Room for all of it: a buffer that moves would leave the plaintext behind.
    sealed.reserve_exact(plaintext.len() + TAG);
    sealed.extend_from_slice(plaintext.as_bytes());
    let tag =
        gcm(session_key.as_ref())?.seal_in_place_separate_tag(nonce(), Aad::empty(), &mut sealed[LENGTH + length..])?;
    sealed.extend_from_slice(tag.as_ref());
    Ok(Encoding::encode_string(&sealed))
}

/// Why a ciphertext could not be opened with one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unopened {
    /// It is no ciphertext of this format: not base64, or cut off.
    Malformed,
    /// It was sealed for another key or another place, or its first part was altered.
    SessionKey,
    /// It was sealed for this key and this place, and then altered or cut off.
    Altered,
}

/// A ciphertext, taken apart.
pub(super) struct Parts {
    bytes: Vec<u8>,
    body: usize,
}

impl Parts {
    pub(super) fn parse(text: &Base64) -> Result<Self, Unopened> {
        let bytes = Encoding::decode_vec(text.as_str()).map_err(|_| Unopened::Malformed)?;
        let Some((length, rest)) = bytes.split_first_chunk() else { return Err(Unopened::Malformed) };
        let length = usize::from(u16::from_be_bytes(*length));
        if length == 0 || rest.len() < length + TAG {
            return Err(Unopened::Malformed);
        }
        Ok(Self { bytes, body: LENGTH + length })
    }

    /// How many bytes the plaintext has.
    pub(super) fn plaintext_len(&self) -> usize {
        self.bytes.len() - self.body - TAG
    }

    /// The plaintext, if `key` opens it for `label`.
    pub(super) fn open(&self, key: &OaepPrivateDecryptingKey, label: &[u8]) -> Result<Plaintext, Unopened> {
        let (head, body) = self.bytes.split_at(self.body);
        let mut buffer = Zeroizing::new(vec![0; key.min_output_size()]);
        let session_key = key
            .decrypt(&OAEP_SHA256_MGF1SHA256, &head[LENGTH..], &mut buffer, Some(label))
            .map_err(|_| Unopened::SessionKey)?;
        let mut opened = Zeroizing::new(body.to_vec());
        let gcm = gcm(session_key).map_err(|_| Unopened::Altered)?;
        let plaintext = gcm.open_in_place(nonce(), Aad::empty(), &mut opened).map_err(|_| Unopened::Altered)?;
        Ok(Plaintext::concat(&[plaintext]))
    }
}

fn gcm(session_key: &[u8]) -> Result<LessSafeKey, Unspecified> {
    UnboundKey::new(&AES_256_GCM, session_key).map(LessSafeKey::new)
}

fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}
