//! The contents of Secrets: types that Kubernetes gives a form, and files of several keys.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair, RsaKeyPair,
};
use base64ct::{Base64 as Encoding, Encoding as _};
use x509_cert::der::Decode as _;
use zeroize::Zeroizing;

use super::{Plaintext, pem};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::SecretKey;

/// The contents of a Secret: its keys with their values.
pub type Data = Vec<(SecretKey, Plaintext)>;

/// A key that this module writes; it follows its own grammar.
fn key(name: &str) -> SecretKey {
    #[expect(clippy::expect_used, reason = "the names are literals of this module, and its tests use each of them")]
    SecretKey::parse(name).expect("a key of a known type of Secret is valid")
}

/// A Secret of the type `kubernetes.io/basic-auth`.
///
/// # Errors
/// The user name has a colon, which HTTP's basic authentication can't send.
pub fn basic_auth(username: Plaintext, password: Plaintext) -> Result<Data, Diagnostic> {
    if username.as_bytes().contains(&b':') {
        return Err(refused("a user name of basic authentication can't have a colon")
            .note("the colon is what ends the name in the header (RFC 7617)")
            .help("use another name"));
    }
    Ok(vec![(key("password"), password), (key("username"), username)])
}

/// A Secret of the type `kubernetes.io/dockerconfigjson`, as `kubectl create secret docker-registry` writes it.
///
/// # Errors
/// User name or password are not UTF-8, which is all that JSON can hold.
pub fn docker_registry(
    server: &str,
    username: &Plaintext,
    password: &Plaintext,
    email: Option<&str>,
) -> Result<Data, Diagnostic> {
    if [username, password].into_iter().any(|text| std::str::from_utf8(text.as_bytes()).is_err()) {
        return Err(
            refused("user name and password of a registry have to be UTF-8 text").help("see where they come from")
        );
    }
    let pair = Plaintext::concat(&[username.as_bytes(), b":", password.as_bytes()]);
    let auth = Zeroizing::new(Encoding::encode_string(pair.as_bytes()));
    let password = json_text(password.as_bytes());
    let email = email.map(|email| json_text(email.as_bytes()));
    let (before, after): (&[u8], &[u8]) = if email.is_some() { (b",\"email\":", b"") } else { (b"", b"") };
    let config = Plaintext::concat(&[
        b"{\"auths\":{",
        json_text(server.as_bytes()).as_bytes(),
        b":{\"username\":",
        json_text(username.as_bytes()).as_bytes(),
        b",\"password\":",
        password.as_bytes(),
        before,
        email.as_ref().map_or(after, Plaintext::as_bytes),
        b",\"auth\":\"",
        auth.as_bytes(),
        b"\"}}}",
    ]);
    Ok(vec![(key(".dockerconfigjson"), config)])
}

/// `text` between JSON's quotes. Its buffer has the room for the worst case, so it never moves.
fn json_text(text: &[u8]) -> Plaintext {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut json = Zeroizing::new(Vec::with_capacity(2 + 6 * text.len()));
    json.push(b'"');
    for &byte in text {
        match byte {
            b'"' | b'\\' => json.extend([b'\\', byte]),
            0..0x20 | 0x7f => {
                json.extend(b"\\u00");
                json.extend([DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
            }
            _ => json.push(byte),
        }
    }
    json.push(b'"');
    Plaintext::concat(&[&json])
}

/// A Secret of the type `kubernetes.io/tls`: PEM files of a certificate, its chain behind it, and of its private key.
///
/// # Errors
/// One of them can't be read, or they are not a pair.
pub fn tls(certificate: Plaintext, private_key: Plaintext) -> Result<Data, Diagnostic> {
    let help = "give the certificate first, its chain behind it, and the private key that belongs to the first one";
    let unreadable = |what: &str, note: &str| refused(format!("the {what} can't be read")).note(note).help(help);
    let blocks = pem::blocks(certificate.as_bytes()).map_err(|problem| unreadable("certificate", &problem))?;
    let mut chain = Vec::new();
    for block in blocks.iter().filter(|block| block.label == "CERTIFICATE") {
        let parsed = x509_cert::Certificate::from_der(&block.der);
        chain.push(parsed.map_err(|error| unreadable("certificate", &error.to_string()))?);
    }
    let leaf = chain.first().ok_or_else(|| unreadable("certificate", "there is none in the file"))?;
    let blocks = pem::blocks(private_key.as_bytes()).map_err(|problem| unreadable("private key", &problem))?;
    let block = blocks.iter().find(|block| block.label.ends_with("PRIVATE KEY"));
    let block = block.ok_or_else(|| unreadable("private key", "there is none in the file"))?;
    let public_key = public_key(&block.der).ok_or_else(|| {
        unreadable("private key", "it is neither RSA, nor ECDSA (P-256, P-384, P-521), nor Ed25519, or is encrypted")
    })?;
    if leaf.tbs_certificate().subject_public_key_info().subject_public_key.raw_bytes() != public_key {
        return Err(refused("the private key does not belong to the certificate")
            .note(format!("the first certificate is that of `{}`", leaf.tbs_certificate().subject()))
            .help(help));
    }
    Ok(vec![(key("tls.crt"), certificate), (key("tls.key"), private_key)])
}

/// The public key of a private one, in the bytes that certificates have.
fn public_key(der: &[u8]) -> Option<Vec<u8>> {
    let rsa = || RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der)).ok();
    if let Some(pair) = rsa() {
        return Some(pair.public_key().as_ref().to_vec());
    }
    if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
        return Some(pair.public_key().as_ref().to_vec());
    }
    let curves = [&ECDSA_P256_SHA256_ASN1_SIGNING, &ECDSA_P384_SHA384_ASN1_SIGNING, &ECDSA_P521_SHA512_ASN1_SIGNING];
    let pair = curves.into_iter().find_map(|curve| EcdsaKeyPair::from_private_key_der(curve, der).ok())?;
    Some(pair.public_key().as_ref().to_vec())
}

/// The keys of a file of lines `KEY=VALUE`, as `--from-env-file` of kubectl reads it: a value is all behind the first
/// `=`, quotes included; blank lines and lines that begin with `#` mean nothing.
///
/// # Errors
/// A line has no `=`, its key is none, or comes twice. The messages name lines, never what stands in them.
pub fn env_file(path: &str, text: &Plaintext) -> Result<Data, Diagnostic> {
    let bytes = text.as_bytes();
    let mut data = Data::new();
    for (number, line) in bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).split(|byte| *byte == b'\n').enumerate()
    {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let start = line.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(line.len());
        let line = &line[start..];
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        let wrong = |problem: &str| {
            refused(format!("line {} of {path} {problem}", number + 1))
                .in_file(path)
                .help("write lines like `KEY=VALUE`")
        };
        let at = line.iter().position(|byte| *byte == b'=').ok_or_else(|| wrong("has no `=`"))?;
        let name = std::str::from_utf8(&line[..at]).ok().and_then(|name| SecretKey::parse(name).ok());
        let name = name.ok_or_else(|| wrong("begins with what can't be a key"))?;
        if data.iter().any(|(key, _)| *key == name) {
            return Err(wrong("has a key that is there already"));
        }
        data.push((name, Plaintext::new(line[at + 1..].to_vec())));
    }
    Ok(data)
}

fn refused(message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::Plaintext, message)
}
