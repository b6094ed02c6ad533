//! Sealing and opening, with keys that are made for the run.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::OnceLock;
use std::time::Duration;

use base64ct::{Base64 as Encoding, Encoding as _};
use proptest::prelude::*;

use super::*;
use crate::diagnostic::Code;
use crate::model::{Base64, EnvironmentName, Namespace, SealedName, SealedSecret, SealingScope, SecretKey};
use crate::source::Source;

/// The beginning of 2026, counted from 1970.
const NOW: Duration = Duration::from_secs(1_767_225_600);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn environment() -> EnvironmentName {
    EnvironmentName::parse("dev").unwrap()
}

fn id(text: &str) -> SealedName {
    SealedName::parse(text).unwrap()
}

fn key(text: &str) -> SecretKey {
    SecretKey::parse(text).unwrap()
}

fn secret(text: &[u8]) -> Plaintext {
    Plaintext::new(text.to_vec())
}

/// Two key pairs, of a size that takes less time to make than a real one.
fn pairs() -> &'static [Pair; 2] {
    static PAIRS: OnceLock<[Pair; 2]> = OnceLock::new();
    PAIRS.get_or_init(|| [(); 2].map(|()| Pair::generate(&environment(), KeySize::Rsa2048, NOW, 10 * DAY).unwrap()))
}

fn certificate() -> Certificate {
    Certificate::parse(&Source::new("values/certs/dev.pem", pairs()[0].certificate.as_str())).unwrap()
}

fn ring(pair: &Pair) -> KeyRing {
    let mut ring = KeyRing::default();
    ring.add(&Source::new("key.pem", pair.private_key.as_str())).unwrap();
    ring
}

fn open(ciphertext: &Base64, name: &str, scope: SealingScope) -> Result<Vec<u8>, Refused> {
    let others = [id("other/name"), id("billing/database")];
    let ring = ring(&pairs()[0]);
    let opened = ring.open(ciphertext, &id(name), scope, &others);
    opened.map(|opened| opened.plaintext.as_bytes().to_vec())
}

fn altered(ciphertext: &Base64, change: impl FnOnce(&mut Vec<u8>)) -> Base64 {
    let mut bytes = Encoding::decode_vec(ciphertext.as_str()).unwrap();
    change(&mut bytes);
    Base64::parse(&Encoding::encode_string(&bytes)).unwrap()
}

#[test]
fn what_is_sealed_opens_in_its_place_and_nowhere_else() {
    let (certificate, home) = (certificate(), id("billing/database"));
    let places = ["billing/database", "billing/renamed", "moved/database"];
    for (scope, opens_at) in SealingScope::ALL.into_iter().zip([&places[..1], &places[..2], &places[..]]) {
        let sealed = certificate.seal(&home, scope, &secret(b"orange")).unwrap();
        for place in places {
            let expected = if opens_at.contains(&place) {
                Ok(b"orange".to_vec())
            } else {
                Err(Refused::BoundTo(scope, home.clone()))
            };
            assert_eq!(open(&sealed, place, scope), expected, "{scope} {place}");
        }
        for wrong in SealingScope::ALL.into_iter().filter(|wrong| *wrong != scope) {
            let refused = Err(Refused::BoundTo(scope, home.clone()));
            assert_eq!(open(&sealed, "billing/database", wrong), refused, "{scope} {wrong}");
        }
    }
}

#[test]
fn every_kind_of_plaintext_goes_through() {
    let certificate = certificate();
    let binary: Vec<u8> = (0..=255).collect();
    for plaintext in [b"", "grün ✓".as_bytes(), &binary, &vec![b'x'; MAX_SECRET_BYTES]] {
        let sealed = certificate.seal(&id("a/b"), SealingScope::Strict, &secret(plaintext)).unwrap();
        assert_eq!(plaintext_len(&sealed), Some(plaintext.len()));
        assert!(open(&sealed, "a/b", SealingScope::Strict).as_deref() == Ok(plaintext));
    }
}

#[test]
fn sealing_twice_gives_two_ciphertexts_of_the_documented_length() {
    let seal = || certificate().seal(&id("a/b"), SealingScope::Strict, &secret(b"orange")).unwrap();
    let (one, two) = (seal(), seal());
    assert_ne!(one, two);
    let bytes = Encoding::decode_vec(one.as_str()).unwrap();
    assert_eq!((bytes.len(), &bytes[..2]), (2 + 256 + 6 + 16, &[1, 0][..]));
}

#[test]
fn no_byte_of_a_ciphertext_can_be_changed_and_none_cut_off() {
    let sealed = certificate().seal(&id("a/b"), SealingScope::Strict, &secret(b"orange")).unwrap();
    let length = 2 + 256 + 6 + 16;
    // Each opening of a changed first part tries several places, and so takes a moment.
    for at in (0..2 + 256).step_by(17).chain(2 + 256..length) {
        let refused = open(&altered(&sealed, |bytes| bytes[at] ^= 1), "a/b", SealingScope::Strict).unwrap_err();
        match at {
            0..2 => assert!(matches!(refused, Refused::Malformed | Refused::NoKey), "{at}: {refused:?}"),
            2..258 => assert_eq!(refused, Refused::NoKey, "{at}"),
            _ => assert_eq!(refused, Refused::Altered, "{at}"),
        }
    }
    for (left, reason) in [
        (1, Refused::Malformed),
        (2 + 256, Refused::Malformed),
        (2 + 256 + 15, Refused::Malformed),
        (2 + 256 + 16, Refused::Altered),
        (length - 1, Refused::Altered),
    ] {
        let cut = altered(&sealed, |bytes| bytes.truncate(left));
        assert_eq!(open(&cut, "a/b", SealingScope::Strict), Err(reason), "{left}");
    }
}

#[test]
fn another_key_opens_nothing_and_several_are_tried() {
    let sealed = certificate().seal(&id("a/b"), SealingScope::Strict, &secret(b"orange")).unwrap();
    let mut ring = ring(&pairs()[1]);
    let refused = ring.open(&sealed, &id("a/b"), SealingScope::Strict, []).unwrap_err();
    assert_eq!(refused, Refused::NoKey);
    ring.add(&Source::new("second.pem", pairs()[0].private_key.as_str())).unwrap();
    let home = id("a/b");
    let opened = ring.open(&sealed, &home, SealingScope::Strict, []).unwrap();
    assert_eq!((opened.key.path(), opened.key.belongs_to(&certificate())), ("second.pem", true));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_bytes_come_back(plaintext in proptest::collection::vec(any::<u8>(), 0..300), scope in 0_usize..3) {
        let scope = SealingScope::ALL[scope];
        let sealed = certificate().seal(&id("a/b"), scope, &secret(&plaintext)).unwrap();
        prop_assert_eq!(open(&sealed, "a/b", scope), Ok(plaintext));
    }

    #[test]
    fn any_bytes_as_ciphertext_are_refused(bytes in proptest::collection::vec(any::<u8>(), 1..600)) {
        let ciphertext = Base64::parse(&Encoding::encode_string(&bytes)).unwrap();
        prop_assert!(open(&ciphertext, "a/b", SealingScope::Strict).is_err());
    }
}

#[test]
fn a_certificate_tells_what_it_is() {
    let certificate = certificate();
    assert_eq!(certificate.subject(), "CN=sealed-secrets dev");
    assert_eq!(certificate.not_before().to_string(), "2026-01-01T00:00:00Z");
    assert_eq!(certificate.not_after().to_string(), "2026-01-11T00:00:00Z");
    assert_eq!((certificate.key_bits(), certificate.digest().len()), (2048, 64));
    assert!(certificate.digest().starts_with(certificate.fingerprint().as_str()));
    let left = [NOW, NOW + DAY / 2, NOW + 10 * DAY, NOW + 10 * DAY + DAY / 2].map(|now| certificate.days_left(now));
    assert_eq!(left, [10, 9, 0, -1]);
    assert!(certificate.check_at(NOW).is_ok() && certificate.check_at(NOW + 10 * DAY).is_ok());
    for (now, words) in
        [(NOW.saturating_sub(DAY), "is not valid before 2026-01-01"), (NOW + 11 * DAY, "expired on 2026-01-11")]
    {
        let problem = certificate.check_at(now).unwrap_err();
        assert!(problem.message.contains(words) && problem.code == Code::Certificate, "{problem:?}");
        assert_eq!(problem.helps.len(), 1);
    }
}

/// An ECDSA certificate, which no controller seals with.
const ECDSA: &str = "\
-----BEGIN CERTIFICATE-----
MIIBdjCCAR2gAwIBAgIUa/cqTe3dZH+l4BkbgFHzm4WpyZowCgYIKoZIzj0EAwIw
EDEOMAwGA1UEAwwFZWNkc2EwIBcNMjYxMTIyMTk0MjEzWhgPMjEyNjEwMjkxOTQy
MTNaMBAxDjAMBgNVBAMMBWVjZHNhMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
JUAg1HoDhVzjnjuVpcNE1ymKiQiQZYAJOYJpN8EL+M9znRGmmvJme96CzPQiFQl1
KSy2KJismmcqc3eK2och5KNTMFEwHQYDVR0OBBYEFNVR8a6h4IiklwTk1v/KwXJM
c7FNMB8GA1UdIwQYMBaAFNVR8a6h4IiklwTk1v/KwXJMc7FNMA8GA1UdEwEB/wQF
MAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgTqcPykq3H4BXUfRr8e3fLwKZvt1T7Om/
iKtFesv/01gCIA3Gw7Wacb0hjnfS649JOIfyet6YEVbCPWdcjfpmgKub
-----END CERTIFICATE-----
";

#[test]
fn what_is_no_certificate_of_rsa_is_refused() {
    let good = &pairs()[0].certificate;
    let broken = good.replacen("MII", "MIA", 1);
    let cut = &good[..good.len() / 2];
    for (text, words) in [
        ("", "no block"),
        (pairs()[0].private_key.as_str(), "no block"),
        (cut, "cut off"),
        (broken.as_str(), "certificate"),
        (ECDSA, "RSA"),
    ] {
        let problem = Certificate::parse(&Source::new("values/certs/dev.pem", text)).unwrap_err();
        let said = format!("{} {:?}", problem.message, problem.notes);
        assert!(said.contains(words) && said.contains("values/certs/dev.pem"), "{said}");
        assert!(problem.code == Code::Certificate && !problem.helps.is_empty());
    }
}

#[test]
fn private_keys_come_as_pem_or_as_secrets_of_kubectl() {
    let sealed = certificate().seal(&id("a/b"), SealingScope::Strict, &secret(b"orange")).unwrap();
    let manifest = pairs()[0].manifest(&environment(), &Namespace::parse("kube-system").unwrap());
    let other = pairs()[1].manifest(&environment(), &Namespace::parse("kube-system").unwrap());
    let data = |text: &str| {
        let line = |key: &str| text.lines().find_map(|line| line.trim().strip_prefix(key)).unwrap().trim().to_owned();
        serde_json::json!({ "kind": "Secret", "apiVersion": "v1",
            "data": { "tls.crt": line("tls.crt:"), "tls.key": line("tls.key:") } })
    };
    let list = serde_json::json!({ "apiVersion": "v1", "kind": "List",
        "items": [data(&other), { "kind": "Secret", "data": { "x": "eA==" } }, data(&manifest)] });
    let pem = format!("{}\n{}", *pairs()[1].private_key, *pairs()[0].private_key);
    let texts = [
        (manifest.as_str().to_owned(), 1),
        (format!("{}---\n{}", *other, *manifest), 2),
        (serde_json::to_string_pretty(&list).unwrap(), 2),
        (pem, 2),
    ];
    for (text, keys) in texts {
        let mut ring = KeyRing::default();
        ring.add(&Source::new("keys", text)).unwrap();
        assert_eq!(ring.keys().len(), keys);
        let home = id("a/b");
        assert!(ring.open(&sealed, &home, SealingScope::Strict, []).is_ok());
    }
    for text in ["", "hello", "apiVersion: v1\ndata: {tls.key: '*'}\n", "apiVersion: v1\n", &pairs()[0].certificate] {
        let problem = KeyRing::default().add(&Source::new("keys", text)).unwrap_err();
        assert_eq!(problem.code, Code::PrivateKey, "{text}");
    }
}

#[test]
fn a_memo_knows_only_what_it_learned() {
    let (certificate, home, name) = (certificate(), id("a/b"), key("password"));
    let memo_key = MemoKey::generate().unwrap();
    let mark =
        |id: &SealedName, scope, text: &[u8]| memo_key.mark(&environment(), id, &key("password"), scope, &secret(text));
    let known = mark(&home, SealingScope::Strict, b"orange");
    let seal = || certificate.seal(&home, SealingScope::Strict, &secret(b"orange")).unwrap();
    let (sealed, again) = (seal(), seal());
    let mut memo = Memo::default();
    memo.learn(&home, &name, &known, &sealed, &certificate);
    let mut memo = Memo::parse(&memo.to_text());
    assert!(memo.knows(&home, &name, &mark(&home, SealingScope::Strict, b"orange"), &sealed, &certificate));
    let other = MemoKey::generate().unwrap();
    let other = other.mark(&environment(), &home, &name, SealingScope::Strict, &secret(b"orange"));
    let prod = EnvironmentName::parse("prod").unwrap();
    for (mark, ciphertext) in [
        (mark(&home, SealingScope::Strict, b"oranges"), &sealed),
        (mark(&home, SealingScope::ClusterWide, b"orange"), &sealed),
        (mark(&id("a/c"), SealingScope::Strict, b"orange"), &sealed),
        (memo_key.mark(&prod, &home, &name, SealingScope::Strict, &secret(b"orange")), &sealed),
        (known.clone(), &again),
        (other, &sealed),
    ] {
        assert!(!memo.knows(&home, &name, &mark, ciphertext, &certificate));
    }
    assert!(!memo.knows(&home, &key("user"), &known, &sealed, &certificate));
    assert_eq!(Memo::parse("{\"torn"), Memo::default());
    // The controller has a new key, and encrypts anew.
    let new = Certificate::parse(&Source::new("values/certs/dev.pem", pairs()[1].certificate.as_str())).unwrap();
    assert!(!memo.knows(&home, &name, &known, &sealed, &new));
    memo.follow(&home, &name, &again, &again, &new);
    assert!(memo.knows(&home, &name, &known, &sealed, &certificate));
    memo.follow(&home, &name, &sealed, &again, &new);
    assert!(memo.knows(&home, &name, &known, &again, &new));
}

/// A file with comments in every place.
const FILE: &str = "\
# at the top
sealed:
  # about a
  a/one:
    scope: strict
    type: Opaque
    encryptedData:
      x: AAAA  # inside
  # about b

  b/two: {encryptedData: {v: AAAA}}   # at the end of the line
  c/three:
    encryptedData:
      z: AAAA
# at the end
";

fn file(text: &str) -> SealedFile {
    SealedFile::parse(&Source::new("values/sealed/dev.yaml", text)).unwrap()
}

fn changed(text: &str, name: &str, keys: &[&str]) -> String {
    let value = (Base64::parse("BBBB").unwrap(), Some(certificate().fingerprint().clone()));
    let data = keys.iter().map(|name| (key(name), value.clone())).collect();
    let (file, id) = (file(text), id(name));
    file.with(&id, &file.changed(&id, &Change { data, ..Change::default() }))
}

#[test]
fn a_change_touches_the_lines_of_its_own_entry_only() {
    let certificate = certificate().fingerprint().clone();
    let entry = |name: &str, keys: &[(&str, &str)], new: &str| {
        let data: Vec<_> = keys.iter().map(|(key, text)| format!("      {key}: {text}\n")).collect();
        let data = data.concat();
        format!(
            "  {name}:\n    scope: strict\n    type: Opaque\n    encryptedData:\n{data}    sealedWith:\n      {new}: {certificate}\n"
        )
        // The emitter quotes what another reader could take for a number.
        .replace(&format!("{new}: {certificate}"), &format!("{new}: {}", crate::yaml::canonical_key(certificate.as_str())))
    };
    let one = "  a/one:\n    scope: strict\n    type: Opaque\n    encryptedData:\n      x: AAAA  # inside\n";
    let two = "  b/two: {encryptedData: {v: AAAA}}   # at the end of the line\n";
    let three = "  c/three:\n    encryptedData:\n      z: AAAA\n";
    let before = |name: &str, keys: &[&str], place: &str, text: &str| {
        assert_eq!(changed(FILE, name, keys), FILE.replacen(place, text, 1), "{name}");
    };
    before("a/one", &["x"], one, &entry("a/one", &[("x", "BBBB")], "x"));
    before("a/one", &["w"], one, &entry("a/one", &[("w", "BBBB"), ("x", "AAAA")], "w"));
    before("b/two", &["v"], two, &entry("b/two", &[("v", "BBBB")], "v"));
    before("c/three", &["z"], three, &entry("c/three", &[("z", "BBBB")], "z"));
    before("a/a", &["k"], "sealed:\n", &format!("sealed:\n{}", entry("a/a", &[("k", "BBBB")], "k")));
    before("b/one", &["k"], one, &format!("{one}{}", entry("b/one", &[("k", "BBBB")], "k")));
    before("b/zwei", &["k"], two, &format!("{two}{}", entry("b/zwei", &[("k", "BBBB")], "k")));
    before("z/z", &["k"], three, &format!("{three}{}", entry("z/z", &[("k", "BBBB")], "k")));
}

#[test]
fn what_can_not_be_changed_in_place_is_written_anew_with_all_entries() {
    for text in [
        "",
        "sealed:\n",
        "sealed: {}\n",
        "{sealed: {b/b: {encryptedData: {y: AAAA}}}}",
        "sealed: {b/b: {encryptedData: {y: AAAA}},\n  c/c: {encryptedData: {}}}\n",
        "sealed: &all\n  ? b/b\n  : encryptedData: {y: AAAA}\n",
        "sealed:\n  b/b:\n   encryptedData: {y: AAAA}",
    ] {
        let Ok(old) = SealedFile::parse(&Source::new("values/sealed/dev.yaml", text)) else {
            // `sealed:` without a value is no mapping, and a finding like any other.
            assert_eq!(text, "sealed:\n");
            continue;
        };
        let new = file(&changed(text, "a/a", &["k"]));
        assert_eq!(new.entries().len(), old.entries().len() + 1, "{text}");
        assert!(old.entries().iter().all(|(id, secret)| new.entries().get(id) == Some(secret)), "{text}");
        // From now on in place, and setting the same changes nothing.
        let again = changed(new.source().text(), "a/a", &["k"]);
        assert_eq!(again, new.source().text());
    }
}

#[test]
fn a_long_annotation_keeps_its_lines() {
    let id = id("a/a");
    let annotations = [("x".to_owned(), " one\n\n  two\nthree\n\n".to_owned()), ("y".to_owned(), "a\nb".to_owned())];
    let annotations = annotations.map(|(key, text)| (crate::model::LabelKey::parse(&key).unwrap(), text)).into();
    let change = Change { annotations, ..Change::default() };
    let empty = file("");
    let secret: SealedSecret = empty.changed(&id, &change);
    assert_eq!(file(&empty.with(&id, &secret)).entries()[&id], secret);
}

#[test]
fn findings_about_the_file_have_places() {
    let found = |text: &str| {
        let found = SealedFile::parse(&Source::new("values/sealed/dev.yaml", text)).unwrap_err();
        let places = found.iter().map(|one| format!("{} {}", one.code, one.primary.as_ref().unwrap().location));
        places.collect::<Vec<_>>()
    };
    assert_eq!(found("sealed:\n  a: {encryptedData: {}}\n"), ["invalid-value values/sealed/dev.yaml:2:3"]);
    assert_eq!(found("platform: {}\n"), ["unknown-key values/sealed/dev.yaml:1:1"]);
    assert_eq!(found("sealed:\n  a/a: {encryptedData: {x: '*'}}\n"), ["invalid-value values/sealed/dev.yaml:2:28"]);
    let file = file(FILE);
    assert_eq!(file.place(&id("b/two")).to_string(), "values/sealed/dev.yaml:11:3");
    assert_eq!(file.place_of_key(&id("a/one"), &key("x")).to_string(), "values/sealed/dev.yaml:8:7");
}

#[test]
fn a_registry_gets_the_file_that_docker_reads() {
    let data =
        secret::docker_registry("https://registry.example.com", &secret(b"me"), &secret(b"a\"\\\x01\xc3\xa9"), None)
            .unwrap();
    assert_eq!(data[0].0.as_str(), ".dockerconfigjson");
    let json: serde_json::Value = serde_json::from_slice(data[0].1.as_bytes()).unwrap();
    let expected = serde_json::json!({ "auths": { "https://registry.example.com": {
        "username": "me", "password": "a\"\\\u{1}é", "auth": Encoding::encode_string("me:a\"\\\u{1}é".as_bytes()) } } });
    assert_eq!(json, expected);
    let data = secret::docker_registry("r", &secret(b"me"), &secret(b"x"), Some("me@example.com")).unwrap();
    let json: serde_json::Value = serde_json::from_slice(data[0].1.as_bytes()).unwrap();
    assert_eq!(json["auths"]["r"]["email"], "me@example.com");
    assert!(secret::docker_registry("r", &secret(b"me"), &secret(b"\xff"), None).is_err());
    assert!(secret::basic_auth(secret(b"a:b"), secret(b"x")).is_err());
}

#[test]
fn a_tls_secret_takes_a_pair_that_fits_together() {
    let pem = |text: &str| secret(text.as_bytes());
    let [one, two] = pairs();
    let chain = format!("{}{}", one.certificate, two.certificate);
    let data = secret::tls(pem(&chain), pem(&one.private_key)).unwrap();
    assert_eq!(data.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["tls.crt", "tls.key"]);
    for (certificate, key, words) in [
        (two.certificate.as_str(), one.private_key.as_str(), "does not belong"),
        (&one.private_key, &one.private_key, "certificate can't be read"),
        (&one.certificate, &one.certificate, "private key can't be read"),
        ("", "", "certificate can't be read"),
    ] {
        let problem = secret::tls(pem(certificate), pem(key)).unwrap_err();
        assert!(problem.message.contains(words), "{}", problem.message);
    }
}

#[test]
fn an_env_file_is_read_as_kubectl_reads_it() {
    let text = b"\xef\xbb\xbf# note\n\nA=1\r\n  B=\"two = 2\" \nC=\n";
    let data = secret::env_file("x.env", &secret(text)).unwrap();
    let found: Vec<_> = data.iter().map(|(key, value)| (key.as_str(), value.as_bytes())).collect();
    assert_eq!(found, [("A", &b"1"[..]), ("B", b"\"two = 2\" "), ("C", b"")]);
    for (text, line) in [("A=1\norange", 2), ("or ange=1", 1), ("A=1\nA=2\n", 2)] {
        let problem = secret::env_file("x.env", &secret(text.as_bytes())).unwrap_err();
        assert!(problem.message.starts_with(&format!("line {line} of x.env")), "{}", problem.message);
        assert!(!problem.message.contains("ange"));
    }
}

#[test]
fn a_controller_gets_the_secret_and_answers_with_the_same_keys() {
    let name = id("a/b");
    let sealed = |text: &[u8]| certificate().seal(&name, SealingScope::NamespaceWide, &secret(text)).unwrap();
    let data = [(key("x"), (sealed(b"1"), None)), (key("y"), (sealed(b"2"), None))].into();
    let change = Change { scope: Some(SealingScope::NamespaceWide), data, ..Change::default() };
    let entry = file("").changed(&name, &change);
    let request = controller::request(&name, &entry);
    let mut body: serde_json::Value = serde_json::from_str(&request).unwrap();
    assert_eq!(body["metadata"]["annotations"]["sealedsecrets.bitnami.com/namespace-wide"], "true");
    body["spec"]["encryptedData"]["x"] = sealed(b"1").as_str().into();
    let new = controller::answer(&name, &entry, &body.to_string()).unwrap();
    assert!(new[&key("x")] != entry.encrypted_data[&key("x")] && new[&key("y")] == entry.encrypted_data[&key("y")]);
    let mut without = body.clone();
    without["spec"]["encryptedData"].as_object_mut().unwrap().remove("y");
    let mut renamed = body.clone();
    renamed["metadata"]["name"] = "c".into();
    let mut empty = body;
    empty["spec"]["encryptedData"]["y"] = "".into();
    for answer in [without.to_string(), renamed.to_string(), empty.to_string(), "{}".to_owned(), "<html>".to_owned()] {
        assert!(controller::answer(&name, &entry, &answer).is_err(), "{answer}");
    }
    let (namespace, service) =
        (Namespace::parse("kube-system").unwrap(), crate::model::DnsLabel::parse("sealed").unwrap());
    let service = controller::Service { namespace: &namespace, name: &service };
    assert_eq!(service.certificate(), "/api/v1/namespaces/kube-system/services/http:sealed:/proxy/v1/cert.pem");
}

#[test]
fn nothing_about_a_secret_is_printed_by_debug() {
    let ring = ring(&pairs()[0]);
    let sealed = certificate().seal(&id("a/b"), SealingScope::Strict, &secret(b"orange")).unwrap();
    let home = id("a/b");
    let opened = ring.open(&sealed, &home, SealingScope::Strict, []);
    let shown = format!("{ring:?} {opened:?}");
    assert!(!shown.contains("orange") && !shown.contains("111"), "{shown}");
}
