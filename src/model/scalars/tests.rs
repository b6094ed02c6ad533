//! Every grammar: texts that it takes, texts that it refuses, and that it never trips.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use proptest::prelude::*;

use super::super::{Cron, Duration, ImageReference, Port, Quantity, SyncWave, TextScalar, formats};
use super::*;
use crate::model::{ChartVersion, DnsLabel, Email, Host, HostOrLabel, KubernetesVersion};

/// A grammar's name, texts that it takes, texts that it refuses.
type Table = (&'static str, &'static [&'static str], &'static [&'static str]);

const NAMES: &[Table] = &[
    ("environment-name", &["dev", "prod-fra", "1"], &["", "Dev", "-dev", "dev-", "dev.1", "../x", "dev/x"]),
    ("dns-label", &["a", "a-b", "0a"], &["", "a_b", "a.b", "a ", "ä", "A"]),
    ("namespace", &["kube-system"], &["Kube", "a.b"]),
    ("pool-name", &["tools"], &["", "this-name-of-a-node-pool-is-quite-a-bit-longer-than-it-may-be"]),
    ("resource-name", &["a", "a.b-c", "x.0"], &["", "a..b", ".a", "a.", "a.-b", "A", "a/b"]),
    ("secret-key", &["tls.crt", ".dockerconfigjson", "A_b-c"], &["", ".", "..", "..x", "a/b", "a b"]),
    ("sealed-name", &["a/b", "argocd/argocd-oidc"], &["", "a", "/b", "a/", "a/b/c", "A/b"]),
    ("secret-type", &["Opaque", "kubernetes.io/tls"], &["", "/tls", "kubernetes.io/", "a b"]),
    ("base64-text", &["AA==", "AAA=", "AAAA", "+/+/"], &["", "A", "AA=", "A===", "====", "AA==AA==", "AA\n="]),
    ("env-name", &["A", "_a", "a.b-c"], &["", "1A", "A=B", "A B", "..", "ä"]),
    ("label-key", &["a", "example.com/Tier", "a_b.c"], &["", "/a", "a/", "-a", "a-", "Example.com/a", "a/b/c"]),
    ("label-value", &["", "v1.2", "A_b"], &["-a", "a-", "a b", "a/b"]),
    ("region-slug", &["fra1"], &["FRA1", ""]),
    ("size-slug", &["s-2vcpu-4gb"], &["s_2vcpu", ""]),
    ("cloud-tag", &["a", "team:x_y-z"], &["", "a b", "a.b"]),
    ("cloud-id", &["5d3f0a0e-8c55-4f0b-b3b5-6a0c6f1e2d11", "aB3"], &["", "a b", "a/b", "a.b"]),
    ("project-name", &["Example platform", "Ä"], &["", " a", "a ", "a\nb"]),
    ("connection-name", &["google-oauth2", "Username-Password"], &["", "-a", "a-", "a b", "a_b"]),
    ("bucket-name", &["abc", "example-dev-loki"], &["ab", "a.b.c", "Abc", "-abc"]),
    ("record-name", &["@", "*", "*.a", "_dmarc", "a.b"], &["", "a.", "A", "a b", "-a", "a.*"]),
    (
        "group-name",
        &["admins", "Team A", "Ä:1"],
        &["", " a", "a ", "a,b", "a\"b", "a\nb", "#a", "a\u{2028}b", "role:admin"],
    ),
    ("claim-name", &["groups", "https://example.com/groups"], &["", "a b", "a\"", "a,b", "a\n"]),
    ("value-path", &["", "a", "a.b-c_D"], &[".", "a.", ".a", "a..b", "a b", "a[0]"]),
    ("source-path", &["a", "a/b.c", "ä b"], &["", "/a", "a/", "a//b", "../a", "a/./b", "a\\b", "a\nb"]),
];

const PLACES: &[Table] = &[
    (
        "host",
        &["a.b", "www.example.com", "xn--bcher-kva.example"],
        &[
            "",
            "localhost",
            "A.b",
            "a.b.",
            "a..b",
            "-a.b",
            "a_b.c",
            "1.2.3.4",
            "https://a.b",
            "a.b:80",
            "a.b/c",
            "*.a.b",
        ],
    ),
    ("host-or-label", &["a", "a.b"], &["", "A", "a.", "1.2", "a_b"]),
    (
        "email-address",
        &["a@b.c", "a.b+c@Example.com"],
        &["", "a", "@b.c", "a@", "a@b", ".a@b.c", "a..b@b.c", "a b@b.c", "a@b@c.d", "\"a\"@b.c", "A <a@b.c>"],
    ),
    ("address-or-cidr", &["192.0.2.7", "192.0.2.0/24", "::1"], &["", "192.0.2.7/24", "example.com", "192.0.2"]),
    (
        "web-origin",
        &["*", "https://www.example.com", "http://localhost:8080"],
        &["", "www.example.com", "https://a/", "https://a:0x1", "https://A", "ftp://a", "https://a:65536", "https://"],
    ),
    (
        "cidr",
        &["10.0.0.0/8", "0.0.0.0/0", "10.1.2.3/32", "::/0", "2001:db8::/32", "::1/128"],
        &[
            "",
            "10.0.0.0",
            "10.0.0.1/8",
            "10.0.0.0/33",
            "10.0.0.0/+8",
            "10.0.0.0/08",
            "10.0.0/8",
            "::1/129",
            "2001:db8::1/32",
        ],
    ),
    (
        "issuer-url",
        &["https://a.b/", "https://a.b:8443/x"],
        &[
            "",
            "http://a.b/",
            "https://",
            "https://u@a.b",
            "https://a.b/?x",
            "https://a.b/#x",
            "https://a.b:0/",
            "https://a.b/ x",
        ],
    ),
    (
        "fingerprint",
        &["5f8e2c0d9a7b4416"],
        &["", "5f8e2c0d9a7b441", "5f8e2c0d9a7b44160", "5F8E2C0D9A7B4416", "5f8e2c0d9a7b441g"],
    ),
    (
        "web-url",
        &["https://a.b", "https://a.b/docs/runbooks", "https://a.b:8443/x"],
        &["", "http://a.b/", "https://", "https://u@a.b", "https://a.b/?x", "https://a.b/#x", "https://a.b/ x"],
    ),
    ("http-path", &["/", "/health", "/a%20b"], &["", "health", "/a b", "/?x", "/\n"]),
    (
        "image-repository",
        &["ghcr.io/a", "localhost:5000/a/b"],
        &["", "a", "a/b", "ghcr.io/a:1", "ghcr.io/", "ghcr.io/A"],
    ),
    (
        "image-reference",
        &["ghcr.io/a", "ghcr.io/a:1", "a.b:5000/c/d__e:V_1.x-y", "localhost/a-b--c"],
        &[
            "",
            "nginx",
            "nginx:1",
            "library/nginx",
            "ghcr.io/A",
            "Ghcr.io/a",
            "ghcr.io/a:",
            "ghcr.io/a:-1",
            "ghcr.io/a:1:2",
            "ghcr.io/a@",
            "ghcr.io/a@sha256:abc",
            "ghcr.io/a@md5:0",
            "ghcr.io//a",
            "ghcr.io/a_-b",
            "ghcr.io/a___b",
            "ghcr.io/-a",
            "https://ghcr.io/a",
            "ghcr.io/a b",
            "ghcr.io:0/a",
            "ghcr.io:x/a",
        ],
    ),
    (
        "git-url",
        &["https://a.b/c.git", "ssh://git@a.b:22/c", "git@a.b:c/d.git", "ssh://a.b/c"],
        &[
            "",
            "http://a.b/c",
            "https://a.b",
            "https://a.b/",
            "https://u:p@a.b/c",
            "ssh://u:p@a.b/c",
            "git@a.b:",
            "git@:c",
            "a/b",
            "file:///a",
            "https://a.b/c d",
            "ext::sh -c x",
            "--upload-pack=x",
            "git@-a.b:c",
            "-x@a.b:c",
            "ssh://-x@a.b/c",
        ],
    ),
    (
        "git-revision",
        &["main", "v1.2", "feature/x", "0123abc", "HEAD"],
        &[
            "", "-x", "a b", "a..b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\", "@", "@{1}", "/a", "a/", "a//b",
            ".a", "a/.b", "a.lock", "a.lock/b", "a.", "a\u{7f}",
        ],
    ),
    (
        "chart-repository",
        &["https://a.b", "https://a.b/c/", "oci://a.b/c"],
        &["", "http://a.b", "a.b/c", "https://u:p@a.b"],
    ),
    ("chart-name", &["argo-cd", "a_b.c"], &["", "A", "a/b", "-a", ".a"]),
    (
        "chart-version",
        &["1.2.3", "v1.2.3", "1.2.3-rc.1+b.01", "0.0.0", "1.0.0-x-y", "1.0.0+a-b"],
        &[
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "01.2.3",
            "1.2.x",
            "^1.2.3",
            "~1",
            ">=1.2.3",
            "*",
            "1.2.3-",
            "1.2.3-01",
            "1.2.3+",
            "V1.2.3",
            "1.2.3-a..b",
            "1.2.3-ä",
            "vv1.2.3",
            "latest",
        ],
    ),
    (
        "kubernetes-version",
        &["1.36", "1.36.2", "1.36.2-do.0"],
        &["", "1", "2.1", "v1.36", "1.36.2.1", "1.036", "1.36-do.0", "1.36.2-do.", "1.36.2-do.x", "latest", "1.99999"],
    ),
];

const AMOUNTS: &[Table] = &[
    (
        "quantity",
        &["0", "1", "1.5", ".5", "5.", "100m", "1k", "1Ki", "1.5Gi", "1e3", "1E-3", "1E", "1e+2", "5n"],
        &[
            "", "-1", "+1", "m", "1.2.3", ".", "1 Gi", "1GB", "1gb", "1MB", "1K", "1ki", "1e", "1e3m", "one", "1,5",
            "0x10", "1e+-3",
        ],
    ),
    (
        "go-duration",
        &["0", "1s", "1h30m", "1.5h", ".5s", "100ms", "1µs", "1μs", "1us", "1ns"],
        &["", "1", "s", "-1s", "+1s", "1d", "1s1", "1 s", "1.2.3s", ".s", "1S", "00"],
    ),
    ("time-of-day", &["00:00", "04:00", "23:59"], &["", "24:00", "4:00", "04:60", "04", "04:00:00", "+4:00", "0４:00"]),
    (
        "cron",
        &["* * * * *", "*/5 0-6,8 1 jan-MAR sun", "0  0 1 1 0", "0\t0 * * 1-5/2"],
        &[
            "",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 7",
            "5-1 * * * *",
            "*/0 * * * *",
            "*/x * * * *",
            "@daily",
            "a * * * *",
            "1,, * * * *",
            "+1 * * * *",
            "*/+1 * * * *",
            "1-2-3 * * * *",
        ],
    ),
    (
        "calendar-date",
        &["2027-03-31", "2028-02-29", "2000-02-29", "0001-01-01"],
        &[
            "",
            "2027-3-31",
            "2027-02-29",
            "2100-02-29",
            "2027-04-31",
            "2027-13-01",
            "2027-00-01",
            "2027-01-00",
            "31.3.2027",
            "+027-01-01",
        ],
    ),
    ("name-pattern", &["web", "web-*", "?", "applications/*/deployment/*"], &["", "[ab]", "a b", "a{b}", "ä"]),
];

#[test]
fn every_grammar_takes_and_refuses_what_its_table_says() {
    let tables: Vec<_> = NAMES.iter().chain(PLACES).chain(AMOUNTS).collect();
    for (name, check) in formats() {
        let (_, good, bad) = tables.iter().find(|(format, ..)| format == name).unwrap_or_else(|| panic!("no {name}"));
        for text in *good {
            assert_eq!(check(text), Ok(()), "{name} {text:?}");
        }
        for text in *bad {
            let message = check(text).err().unwrap_or_else(|| panic!("{name} takes {text:?}"));
            assert!(message.contains("; write it like `") && !message.contains('\n'), "{message}");
        }
        let long = "a".repeat(100_000);
        let message = check(&long).err();
        assert!(message.is_none_or(|message| message.chars().count() < 300) || *name == "base64-text", "{name}");
    }
    assert_eq!(tables.len(), formats().len());
}

#[test]
fn messages_say_what_is_wrong_and_what_is_right() {
    for (message, expected) in [
        (
            DnsLabel::parse("dev_1").unwrap_err(),
            "`dev_1` has a character that no DNS label may have: `_`; write it like `example`",
        ),
        (
            Host::parse("localhost").unwrap_err(),
            "`localhost` has no dot, though a full host name is needed; write it like `www.example.com`",
        ),
        (
            Host::parse("Example.com").unwrap_err(),
            "`Example.com` has the capital `E`, and Kubernetes takes host names in lower case only; write it like `www.example.com`",
        ),
        (Host::parse("").unwrap_err(), "`` is empty; write it like `www.example.com`"),
        (Email::parse("me").unwrap_err(), "`me` has no `@`; write it like `platform@example.com`"),
        (
            ImageReference::parse("nginx:1.29").unwrap_err(),
            "`nginx:1.29` names no registry; write it like `registry.digitalocean.com/example/lofi:1.4.2`",
        ),
        (
            Quantity::parse("512MB").unwrap_err(),
            "`512MB` ends with `MB`, which is no unit of Kubernetes; a million is `M`, 1024² is `Mi`, a thousandth is `m`; write it like `250m`",
        ),
        (
            Duration::parse("30d").unwrap_err(),
            "`30d` has the unit `d`, and hours (`h`) are the largest; write it like `90s`",
        ),
        (
            ChartVersion::parse("^1.2.0").unwrap_err(),
            "`^1.2.0` is a range, and one exact version is needed; write it like `4.15.1`",
        ),
        (
            Cron::parse("0 24 * * *").unwrap_err(),
            "`0 24 * * *` has `24` as its hour, where numbers from 0 to 23 may stand; write it like `30 4 * * 1-5`",
        ),
        (SyncWave::new(101).unwrap_err(), "`101` is out of range: the lowest is -100, the highest 100"),
        (Port::new(0).unwrap_err(), "`0` is out of range: the lowest is 1, the highest 65535"),
    ] {
        assert_eq!(message, expected);
    }
}

#[test]
fn hidden_characters_are_shown_and_long_texts_cut() {
    assert_eq!(shown("a\nb\u{a0}\t c"), r"a\nb\u{a0}\t c");
    assert_eq!(shown(&"x".repeat(61)), format!("{}…", "x".repeat(60)));
}

#[test]
fn an_image_falls_into_its_parts() {
    let digest = format!("sha256:{}", "0123456789abcdef".repeat(4));
    for (text, repository, tag, has_digest) in [
        ("localhost:5000/a/b".to_owned(), "localhost:5000/a/b", None, false),
        ("localhost:5000/a/b:1".to_owned(), "localhost:5000/a/b", Some("1"), false),
        (format!("ghcr.io/a@{digest}"), "ghcr.io/a", None, true),
        (format!("ghcr.io/a:1@{digest}"), "ghcr.io/a", Some("1"), true),
    ] {
        let image = ImageReference::parse(&text).unwrap();
        assert_eq!((image.repository(), image.tag()), (repository, tag), "{text}");
        assert_eq!(image.digest(), has_digest.then_some(digest.as_str()), "{text}");
    }
}

#[test]
fn quantities_compare_by_amount() {
    let nanos = |text: &str| Quantity::parse(text).unwrap().nanos();
    for (one, other) in [
        ("1", "1000m"),
        ("0.1", "100m"),
        ("1Ki", "1024"),
        ("1.5Gi", "1536Mi"),
        ("1e3", "1k"),
        ("1E", "1e18"),
        ("1E-3", "1m"),
    ] {
        assert_eq!(nanos(one), nanos(other), "{one} {other}");
    }
    assert!(nanos("128Mi") < nanos("135M") && nanos("1G") < nanos("1Gi"));
    assert_eq!(nanos("0.0000000001"), 1, "what is smaller than a billionth counts as one");
    assert_eq!(nanos("0e9"), 0);
    assert_eq!(nanos("1e999"), u128::MAX);
    assert_eq!(nanos("1e-999"), 1);
}

#[test]
fn versions_know_their_numbers() {
    assert_eq!(ChartVersion::parse("v1.21.1-rc.1+x").unwrap().release(), (1, 21, 1));
    assert_eq!(KubernetesVersion::parse("1.36.2-do.0").unwrap().minor(), 36);
    assert_eq!(KubernetesVersion::parse("1.36").unwrap().minor(), 36);
}

#[test]
fn labels_stand_before_the_domain_and_hosts_for_themselves() {
    let domain = Host::parse("dev.example.com").unwrap();
    assert_eq!(HostOrLabel::parse("argocd").unwrap().under(&domain), "argocd.dev.example.com");
    assert_eq!(HostOrLabel::parse("a.example.org").unwrap().under(&domain), "a.example.org");
}

#[test]
fn scalars_travel_as_text_and_numbers() {
    let host: Host = serde_json::from_str("\"a.example.com\"").unwrap();
    assert_eq!(serde_json::to_string(&host).unwrap(), "\"a.example.com\"");
    assert!(serde_json::from_str::<Host>("\"nodots\"").unwrap_err().to_string().contains("has no dot"));
    assert_eq!(serde_json::to_string(&serde_json::from_str::<Port>("8080").unwrap()).unwrap(), "8080");
    assert!(serde_json::from_str::<Port>("65536").is_err() && serde_json::from_str::<Port>("\"80\"").is_err());
    assert_eq!(serde_json::from_str::<SyncWave>("-5").unwrap().get(), -5);
}

/// Texts that come near to some grammar, and texts of any kind.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z0-9\n\r\u{7f}./:@+=-]{0,16}",
        "[a-zA-Z0-9@:/._+*, -]{0,40}",
        "[0-9.eEmkKMGTPi+-]{0,24}",
        "[0-9*,/ -]{0,24}"
    ]
}

proptest! {
    #[test]
    fn no_text_trips_a_grammar(text in texts()) {
        for (name, check) in formats() {
            if let Err(message) = check(&text) {
                prop_assert!(!message.chars().any(char::is_control), "{name}: {message:?}");
            }
        }
    }

    #[test]
    fn what_is_taken_is_kept(text in texts()) {
        fn keeps<T: TextScalar>(text: &str) -> bool {
            T::parse(text).is_ok_and(|scalar| scalar.as_str() != text)
        }
        prop_assert!(!keeps::<DnsLabel>(&text) && !keeps::<Host>(&text) && !keeps::<ImageReference>(&text));
        prop_assert!(!keeps::<Quantity>(&text) && !keeps::<Duration>(&text) && !keeps::<Cron>(&text));
    }

    #[test]
    fn an_image_is_the_sum_of_its_parts(text in "(ghcr\\.io|localhost:5000)(/[a-z0-9]{1,4}([._-][a-z0-9]{1,3})?){1,3}(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,8})?(@sha256:[0-9a-f]{64})?") {
        let image = ImageReference::parse(&text).unwrap();
        let mut sum = image.repository().to_owned();
        sum.extend(image.tag().map(|tag| format!(":{tag}")));
        sum.extend(image.digest().map(|digest| format!("@{digest}")));
        prop_assert_eq!(sum, text);
    }

    #[test]
    fn any_quantity_has_an_amount(text in "[0-9]{0,40}\\.?[0-9]{1,40}(|m|k|Mi|Ei|E|e[+-]?[0-9]{1,12})") {
        if let Ok(quantity) = Quantity::parse(&text) {
            let zero = text.split(['e', 'E', 'm', 'k', 'M']).next().unwrap().bytes().all(|byte| matches!(byte, b'0' | b'.'));
            prop_assert_eq!(quantity.nanos() == 0, zero);
        }
    }
}
