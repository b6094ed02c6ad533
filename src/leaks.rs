//! Secrets in the clear, known by their form: private keys, and tokens that their makers give a prefix.
//!
//! The second look at what is written. The first one goes by structure (`checks::plaintext_secrets`), and finds a Secret
//! with whatever in it; this one finds what stands in a place where nobody expects a secret. What is found is never
//! shown: a finding points into a copy of the text where it is blotted out.

use std::sync::LazyLock;

use regex::Regex;

use crate::source::{Location, Source};

/// Something that looks like a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// What it looks like, with its article.
    pub kind: &'static str,
    /// Where it stands, in a text that does not show it.
    pub location: Location,
}

/// What secrets look like. Each begins with a text that nothing else has, so that a search is quick and a hit is one.
/// The forms are those that the makers publish for secret scanning.
const KINDS: [(&str, &str); 11] = [
    ("a private key", r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----[^-]*"),
    ("an age key", r"AGE-SECRET-KEY-1[0-9A-Z]{20,}"),
    ("a DigitalOcean token", r"(?-u:\b)do[oprt]_v1_[0-9a-f]{32,}"),
    ("a GitHub token", r"(?-u:\b)(?:gh[oprsu]_[0-9A-Za-z]{30,}|github_pat_[0-9A-Za-z_]{30,})"),
    ("a GitLab token", r"(?-u:\b)gl(?:pat|dt|rt|cbt)-[0-9A-Za-z_-]{20,}"),
    ("a Slack token", r"(?-u:\b)xox[abeoprs]-[0-9A-Za-z-]{10,}"),
    ("the address of a Slack webhook", r"https://hooks\.slack\.com/(?:services|workflows)/[0-9A-Za-z_/-]{20,}"),
    ("an AWS access key", r"(?-u:\b)(?:AKIA|ASIA)[0-9A-Z]{16}(?-u:\b)"),
    ("an npm token", r"(?-u:\b)npm_[0-9A-Za-z]{36}"),
    ("a Stripe key", r"(?-u:\b)[rs]k_live_[0-9A-Za-z]{20,}"),
    ("a signed token (JWT)", r"(?-u:\b)eyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}"),
];

#[expect(clippy::expect_used, reason = "the patterns are literals, and a test tries each of them")]
static PATTERNS: LazyLock<(Regex, [Regex; KINDS.len()])> = LazyLock::new(|| {
    let regex = |pattern: &str| Regex::new(pattern).expect("a pattern must be an expression");
    // One expression for all asks a text once, and looks for the beginnings of all kinds at a time.
    (regex(&KINDS.map(|(_, pattern)| pattern).join("|")), KINDS.map(|(_, pattern)| regex(pattern)))
});

/// Everything in `text` that looks like a secret; `path` is what its user knows it by.
pub fn leaks(path: &str, text: &str) -> Vec<Leak> {
    let (any, each) = &*PATTERNS;
    if !any.is_match(text) {
        return Vec::new();
    }
    let found =
        KINDS.iter().zip(each).flat_map(|((kind, _), form)| form.find_iter(text).map(|hit| (hit.range(), *kind)));
    let mut found: Vec<_> = found.collect();
    found.sort_by_key(|(range, _)| range.start);
    let mut blotted = text.to_owned();
    for (range, _) in &found {
        let stars: String = text[range.clone()].chars().flat_map(blot).collect();
        blotted.replace_range(range.clone(), &stars);
    }
    let source = Source::new(path, blotted);
    found.into_iter().map(|(range, kind)| Leak { kind, location: Location::new(&source, range) }).collect()
}

/// As many bytes as the character has, and its line break if it is one: what is around stays in its place.
fn blot(character: char) -> impl Iterator<Item = char> {
    let blot = if character == '\n' { '\n' } else { '*' };
    std::iter::repeat_n(blot, character.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One example for each kind, put together here so that no scanner takes this file for a leak.
    fn examples() -> [String; KINDS.len()] {
        let long = "0a1b2c3d".repeat(8);
        [
            ["-----BEGIN RSA PRIVATE ", "KEY-----\nMIIE"].concat(),
            ["AGE-SECRET-", "KEY-1", &long.to_uppercase()].concat(),
            ["dop_", "v1_", &long].concat(),
            ["ghp", "_", &long].concat(),
            ["glp", "at-", &long].concat(),
            ["xox", "b-", &long].concat(),
            ["https://hooks.slack", ".com/services/", &long].concat(),
            ["AK", "IA", &long.to_uppercase()[..16]].concat(),
            ["npm", "_", &long[..36]].concat(),
            ["sk", "_live_", &long].concat(),
            ["eyJ", &long, ".eyJ", &long, ".", &long].concat(),
        ]
    }

    #[test]
    fn each_kind_is_found_and_not_shown() {
        for (example, (kind, _)) in examples().iter().zip(KINDS) {
            let text = format!("a: 1\nb: ä {example} c\n");
            let found = leaks("values/dev.yaml", &text);
            assert_eq!(found.iter().map(|leak| leak.kind).collect::<Vec<_>>(), [kind], "{example}");
            let location = &found[0].location;
            assert_eq!(location.line_column(), (2, 6), "{kind}");
            assert_eq!(location.source.text().len(), text.len(), "{kind}");
            for word in example.split(['\n', '.', '/']).filter(|word| word.len() > 8) {
                assert!(!location.source.text().contains(word), "{kind}: {word}");
            }
        }
    }

    #[test]
    fn what_only_resembles_a_secret_passes() {
        for text in [
            "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----\n",
            "image: registry.example.com/dop_v1:1.0",
            "name: npm_config, key: xoxo-chat, class: eyJ.eyJ.eyJ",
            "ciphertext: AgBy3i4OJSWK+PiTySYZZA9rO43cGDEqAKIA01/ASIA",
        ] {
            assert_eq!(leaks("values/dev.yaml", text), [], "{text}");
        }
    }

    #[test]
    fn several_are_found_in_their_order() {
        let [key, .., token] = examples();
        let found = leaks("a", &format!("{token}\n{key}\n"));
        assert_eq!(found.iter().map(|leak| leak.kind).collect::<Vec<_>>(), ["a signed token (JWT)", "a private key"]);
    }
}
