//! AWS Signature Version 4 as the verifying side sees it: recomputed here from the request alone, by none of the
//! library's code. Both forms are read, that of the header `authorization` and that of a presigned query.
//!
//! Source: "Signature Version 4 signing process" of Amazon's documentation of S3.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;

use super::api::{decoded, split};
use crate::loopback::Received;

/// Why a request is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Nobody signed it.
    Anonymous,
    /// No such access key.
    UnknownKey,
    /// The signature is another one, or is for something else.
    Mismatch,
    /// The body is not the one that was signed.
    Body,
}

/// What a signature claims.
struct Claim {
    access_key: String,
    /// Date, region, service and the fixed end.
    scope: String,
    time: String,
    headers: Vec<String>,
    signature: String,
    payload: String,
}

/// The access key whose secret signed the request.
pub(crate) fn verify(received: &Received, secret: impl Fn(&str) -> Option<String>) -> Result<String, Refusal> {
    let (path, query) = split(&received.target);
    let claim = claim(received, &query)?;
    let secret = secret(&claim.access_key).ok_or(Refusal::UnknownKey)?;
    let date = claim.time.get(..8).unwrap_or_default();
    // The region is us-east-1 wherever the bucket is.
    let is_scope = claim.scope == format!("{date}/us-east-1/s3/aws4_request");
    let has_time = claim.time.len() == 16 && claim.time.ends_with('Z') && claim.time.contains('T');
    // Whatever steers the service has to be signed.
    let is_signed = |name: &String| claim.headers.contains(name);
    let steers = |name: &&String| name.as_str() == "host" || name.starts_with("x-amz-") || *name == "content-md5";
    if !is_scope || !has_time || !received.headers.keys().filter(steers).all(is_signed) {
        return Err(Refusal::Mismatch);
    }
    let mut sorted = claim.headers.clone();
    sorted.sort();
    if sorted != claim.headers {
        return Err(Refusal::Mismatch);
    }
    let mut request = format!("{}\n{}\n{}\n", received.method, encoded(&decoded(path), true), canonical(&query));
    for name in &claim.headers {
        let value = received.header(name).ok_or(Refusal::Mismatch)?;
        writeln!(request, "{name}:{}", value.split_whitespace().collect::<Vec<_>>().join(" ")).unwrap();
    }
    write!(request, "\n{}\n{}", claim.headers.join(";"), claim.payload).unwrap();
    let text = format!("AWS4-HMAC-SHA256\n{}\n{}\n{}", claim.time, claim.scope, sha256(request.as_bytes()));
    let mut key = format!("AWS4{secret}").into_bytes();
    for part in claim.scope.split('/') {
        key = sign(&key, part);
    }
    if hex(&sign(&key, &text)) != claim.signature {
        return Err(Refusal::Mismatch);
    }
    if claim.payload != "UNSIGNED-PAYLOAD" && claim.payload != sha256(&received.body) {
        return Err(Refusal::Body);
    }
    Ok(claim.access_key)
}

fn claim(received: &Received, query: &[(String, String)]) -> Result<Claim, Refusal> {
    let list = |text: &str| text.split(';').map(str::to_owned).collect();
    let named = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let apart = |credential: &str| {
        let (access_key, scope) = credential.split_once('/').ok_or(Refusal::Mismatch)?;
        Ok((access_key.to_owned(), scope.to_owned()))
    };
    if let Some(header) = received.header("authorization") {
        let fields = header.strip_prefix("AWS4-HMAC-SHA256 ").ok_or(Refusal::Mismatch)?;
        let fields: Vec<_> = fields.split(',').filter_map(|field| field.trim().split_once('=')).collect();
        let field =
            |name: &str| fields.iter().find(|(key, _)| *key == name).map(|(_, value)| *value).ok_or(Refusal::Mismatch);
        let (access_key, scope) = apart(field("Credential")?)?;
        let header = |name: &str| received.header(name).map(str::to_owned).ok_or(Refusal::Mismatch);
        let (time, payload) = (header("x-amz-date")?, header("x-amz-content-sha256")?);
        let (headers, signature) = (list(field("SignedHeaders")?), field("Signature")?.to_owned());
        return Ok(Claim { access_key, scope, time, headers, signature, payload });
    }
    let credential = named("X-Amz-Credential").ok_or(Refusal::Anonymous)?;
    let needed = |name: &str| named(name).ok_or(Refusal::Mismatch);
    let (access_key, scope) = apart(&credential)?;
    let lifetime = needed("X-Amz-Expires")?.parse().unwrap_or(0);
    if needed("X-Amz-Algorithm")? != "AWS4-HMAC-SHA256" || !(1..=604_800).contains(&lifetime) {
        return Err(Refusal::Mismatch);
    }
    let payload = received.header("x-amz-content-sha256").unwrap_or("UNSIGNED-PAYLOAD").to_owned();
    let (time, headers) = (needed("X-Amz-Date")?, list(&needed("X-Amz-SignedHeaders")?));
    Ok(Claim { access_key, scope, time, headers, signature: needed("X-Amz-Signature")?, payload })
}

/// The query as it is signed: encoded, sorted, and without the signature itself.
fn canonical(query: &[(String, String)]) -> String {
    let others = query.iter().filter(|(name, _)| name != "X-Amz-Signature");
    let mut pairs: Vec<_> = others.map(|(name, value)| (encoded(name, false), encoded(value, false))).collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

pub(crate) fn encoded(text: &str, keeps_slash: bool) -> String {
    let mut encoded = String::new();
    for &byte in text.as_bytes() {
        let is_plain = byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || (keeps_slash && byte == b'/');
        if is_plain {
            encoded.push(byte.into());
        } else {
            write!(encoded, "%{byte:02X}").unwrap();
        }
    }
    encoded
}

pub(crate) fn sign(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// The digest of RFC 1321, which S3 still demands for some calls; nothing else here may lean on it.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the RFC's own definition of its table")]
pub(crate) fn md5(message: &[u8]) -> [u8; 16] {
    const SHIFTS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let mut state = [0x6745_2301_u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    let mut padded = message.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend((message.len() as u64 * 8).to_le_bytes());
    for block in padded.chunks_exact(64) {
        let words: Vec<_> =
            block.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]])).collect();
        let [mut a, mut b, mut c, mut d] = state;
        for step in 0..64_usize {
            let number = f64::from(u8::try_from(step).unwrap_or_default());
            let (mixed, word) = match step / 16 {
                0 => ((b & c) | (!b & d), step),
                1 => ((d & b) | (!d & c), (5 * step + 1) % 16),
                2 => (b ^ c ^ d, (3 * step + 5) % 16),
                _ => (c ^ (b | !d), (7 * step) % 16),
            };
            let constant = ((number + 1.0).sin().abs() * 4_294_967_296.0) as u32;
            let sum = a.wrapping_add(mixed).wrapping_add(constant).wrapping_add(words[word]);
            let turned = b.wrapping_add(sum.rotate_left(SHIFTS[step / 16][step % 4]));
            (a, d, c, b) = (d, c, b, turned);
        }
        for (sum, part) in state.iter_mut().zip([a, b, c, d]) {
            *sum = sum.wrapping_add(part);
        }
    }
    let mut bytes = [0; 16];
    for (place, part) in bytes.chunks_exact_mut(4).zip(state) {
        place.copy_from_slice(&part.to_le_bytes());
    }
    bytes
}
