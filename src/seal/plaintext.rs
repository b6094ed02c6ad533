//! A secret in memory, for as short as possible.

use std::fmt;
use std::io::{self, Read};

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand;
use base64ct::{Base64Url, Encoding as _};
use zeroize::Zeroizing;

/// What Kubernetes lets the values of one Secret have together, in bytes.
pub const MAX_SECRET_BYTES: usize = 1024 * 1024;

/// Bytes that are wiped when they are dropped, that `Debug` does not print, and that nothing here copies unasked.
///
/// The buffer never grows: a growing one leaves its old places behind unwiped.
pub struct Plaintext(Zeroizing<Vec<u8>>);

impl Plaintext {
    /// Takes `bytes` over.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes of `parts`, one after the other.
    pub fn concat(parts: &[&[u8]]) -> Self {
        let mut bytes = Zeroizing::new(Vec::with_capacity(parts.iter().map(|part| part.len()).sum()));
        for part in parts {
            bytes.extend_from_slice(part);
        }
        Self(bytes)
    }

    /// `length` random bytes as text, in the form of base64 that is safe in addresses (RFC 4648, section 5).
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn random(length: usize) -> Result<Self, Unspecified> {
        let mut bytes = Zeroizing::new(vec![0; length]);
        rand::fill(&mut bytes)?;
        Ok(Self(Zeroizing::new(Base64Url::encode_string(&bytes).into_bytes())))
    }

    /// All that `from` has; `None` if that is more than any Secret can hold.
    ///
    /// # Errors
    /// `from` can't be read.
    pub fn read(mut from: impl Read) -> io::Result<Option<Self>> {
        let mut buffer = Zeroizing::new(vec![0; MAX_SECRET_BYTES + 1]);
        let mut length = 0;
        while length < buffer.len() {
            match from.read(&mut buffer[length..]) {
                Ok(0) => return Ok(Some(Self::concat(&[&buffer[..length]]))),
                Ok(more) => length += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// The secret itself.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Plaintext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plaintext(…)")
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_it_is_printed_not_even_its_length() {
        let secret = Plaintext::new(b"orange".to_vec());
        assert_eq!(format!("{secret:?} {secret:#?}"), "Plaintext(…) Plaintext(…)");
    }

    #[test]
    fn a_random_one_is_text_and_never_the_same() {
        let [one, other] = [(); 2].map(|()| Plaintext::random(32).unwrap());
        assert_eq!(one.len(), 44);
        assert!(one.as_bytes().iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_=".contains(byte)));
        assert_ne!(one.as_bytes(), other.as_bytes());
    }

    #[test]
    fn a_secret_is_read_up_to_the_limit_of_kubernetes() {
        let read = |length: usize| Plaintext::read(vec![7; length].as_slice()).unwrap().map(|secret| secret.len());
        assert_eq!([0, 1, MAX_SECRET_BYTES].map(read), [Some(0), Some(1), Some(MAX_SECRET_BYTES)]);
        assert_eq!(read(MAX_SECRET_BYTES + 1), None);
    }
}
