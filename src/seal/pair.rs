//! A key pair of one's own, for a cluster that is not there yet.

use std::time::Duration;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::{self, SystemRandom};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64ct::{Base64 as Encoding, Encoding as _};
use x509_cert::der::asn1::{AnyRef, BitString};
use x509_cert::der::oid::db::rfc5912::SHA_256_WITH_RSA_ENCRYPTION;
use x509_cert::der::{self, DateTime, Encode, Tag};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::AlgorithmIdentifier;
use x509_cert::time::Time;
use zeroize::Zeroizing;

use super::pem;
use crate::model::{EnvironmentName, Namespace};

/// The label by which the controller finds its keys.
const KEY_LABEL: &str = "sealedsecrets.bitnami.com/sealed-secrets-key";

/// The key pair could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PairError {
    /// The cryptographic library failed.
    #[error("could not make a key pair")]
    Cryptography(#[from] aws_lc_rs::error::Unspecified),
    /// The certificate could not be put together, for instance because its dates are beyond the year 9999.
    #[error("could not make the certificate")]
    Certificate(#[from] der::Error),
}

/// A private key with its certificate.
pub struct Pair {
    /// The certificate, as PEM: public.
    pub certificate: String,
    /// The private key, as PEM.
    pub private_key: Zeroizing<String>,
}

impl Pair {
    /// Makes a key of `size`, with a certificate that is valid from `now` (counted from 1970) for `validity`.
    ///
    /// # Errors
    /// The cryptographic library fails, or the dates can't be written.
    pub fn generate(
        environment: &EnvironmentName,
        size: KeySize,
        now: Duration,
        validity: Duration,
    ) -> Result<Self, PairError> {
        let key = KeyPair::generate(size)?;
        let content = content(&key, &format!("CN=sealed-secrets {environment}"), now, validity)?;
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &content, &mut signature)?;
        let signature = BitString::from_bytes(&signature)?.to_der()?;
        let certificate = sequence(&[content, algorithm().to_der()?, signature])?;
        let private_key: Pkcs8V1Der<'_> = key.as_der()?;
        Ok(Self {
            certificate: pem::encode("CERTIFICATE", &certificate)?.to_string(),
            private_key: pem::encode("PRIVATE KEY", private_key.as_ref())?,
        })
    }

    /// The Secret that hands the pair to the controller, as a manifest.
    pub fn manifest(&self, environment: &EnvironmentName, namespace: &Namespace) -> Zeroizing<String> {
        let [certificate, key] = [self.certificate.as_str(), &self.private_key]
            .map(|pem| Zeroizing::new(Encoding::encode_string(pem.as_bytes())));
        // Written by hand: the emitter's buffer would grow, and leave the key behind in its old places.
        Zeroizing::new(format!(
            "# The private key that opens every secret of the environment {environment}. Apply it before the controller\n\
             # starts, keep a copy in a safe place, and never commit it.\n\
             apiVersion: v1\n\
             kind: Secret\n\
             metadata:\n  \
               name: sealed-secrets-key-{environment}\n  \
               namespace: {namespace}\n  \
               labels:\n    \
                 {KEY_LABEL}: active\n\
             type: kubernetes.io/tls\n\
             data:\n  \
               tls.crt: {}\n  \
               tls.key: {}\n",
            *certificate, *key
        ))
    }
}

/// The part of the certificate that is signed (RFC 5280, section 4.1).
fn content(key: &KeyPair, name: &str, now: Duration, validity: Duration) -> Result<Vec<u8>, PairError> {
    // [0] EXPLICIT INTEGER 2: version 3.
    const VERSION: [u8; 5] = [0xa0, 3, 2, 1, 2];
    let name = name.parse::<Name>()?.to_der()?;
    let public_key: PublicKeyX509Der<'_> = key.public_key().as_der()?;
    // 127 random bits: positive, and unique for all practical purposes.
    let mut serial = [0; 16];
    rand::fill(&mut serial)?;
    serial[0] &= 0x7f;
    serial[0] |= 0x40;
    let dates = sequence(&[time(now)?.to_der()?, time(now.saturating_add(validity))?.to_der()?])?;
    let fields = [
        VERSION.to_vec(),
        SerialNumber::<x509_cert::certificate::Rfc5280>::new(&serial)?.to_der()?,
        algorithm().to_der()?,
        name.clone(),
        dates,
        name,
        public_key.as_ref().to_vec(),
    ];
    Ok(sequence(&fields)?)
}

fn algorithm() -> AlgorithmIdentifier<AnyRef<'static>> {
    AlgorithmIdentifier { oid: SHA_256_WITH_RSA_ENCRYPTION, parameters: Some(AnyRef::NULL) }
}

/// UTC time up to 2049 and general time from then on, as RFC 5280 wants it.
fn time(moment: Duration) -> Result<Time, der::Error> {
    Ok(DateTime::from_unix_duration(Duration::from_secs(moment.as_secs()))?.into())
}

fn sequence(parts: &[Vec<u8>]) -> Result<Vec<u8>, der::Error> {
    AnyRef::new(Tag::Sequence, &parts.concat())?.to_der()
}
