//! `charts.lock`: the digest of the archive of each chart that is pinned, as `Cargo.lock` has it for crates.
//!
//! A version in values is a name that its publisher could give to other bytes. The digest is those bytes. The file is
//! sorted and holds no time, so that Git merges it; it is written by `render charts pull` and by nobody else.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::reference::Reference;
use crate::diagnostic::{Code, Diagnostic};
use crate::hex::hex;
use crate::source::{Location, Source};
use crate::yaml::{Emitter, Limits, Node, load_one};

/// The file's path in a project.
pub const LOCK: &str = "charts.lock";

/// The only format that there is so far.
const FORMAT: &str = "1";

/// The SHA-256 of an archive, as `sha256:` and 64 digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(String);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(format!("sha256:{}", hex(&Sha256::digest(bytes))))
    }

    /// Reads a digest, with or without `sha256:` before it; none where it is something else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("sha256:").unwrap_or(text).to_ascii_lowercase();
        let is_digest = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_digest.then(|| Self(format!("sha256:{digits}")))
    }

    /// Enough of its digits for the name of a file.
    pub fn short(&self) -> &str {
        &self.0["sha256:".len()..][..12]
    }

    /// The whole, beginning with `sha256:`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The digests of all charts that were pulled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    /// By chart, sorted by name, repository and version.
    pub charts: BTreeMap<Reference, Digest>,
}

impl Lock {
    /// Reads the file.
    ///
    /// # Errors
    /// It is not as [`Lock::to_text`] writes it.
    pub fn parse(source: &Arc<Source>) -> Result<Self, Diagnostic> {
        let root = load_one(source, Limits::default())?;
        let version = root.child("version").and_then(Node::as_scalar);
        if version.is_none_or(|version| version.text != FORMAT) {
            return Err(broken(&root, "does not say `version: 1`"));
        }
        let charts =
            root.child("charts").and_then(Node::as_seq).ok_or_else(|| broken(&root, "has no list `charts`"))?;
        let mut lock = Self::default();
        for chart in charts {
            let text = |key: &str| {
                let scalar = chart.child(key).and_then(Node::as_scalar);
                scalar.map(|scalar| scalar.text.as_str()).ok_or_else(|| broken(chart, &format!("has no `{key}` here")))
            };
            let digest = text("digest")?;
            let digest = Digest::parse(digest).ok_or_else(|| broken(chart, "has a digest here that is none"))?;
            let reference = Reference::new(text("repository")?, text("name")?, text("version")?);
            if lock.charts.insert(reference, digest).is_some() {
                return Err(broken(chart, "has this chart twice"));
            }
        }
        Ok(lock)
    }

    /// The text of the file.
    pub fn to_text(&self) -> String {
        let mut emitter = Emitter::new();
        emitter
            .comment("The archives of all charts that the values pin. Written by `render charts pull`; never edit it.");
        let charts = self.charts.iter().map(|(reference, digest)| {
            serde_json::json!({
                "name": reference.name,
                "repository": reference.repository,
                "version": reference.version,
                "digest": digest.as_str(),
            })
        });
        let charts: Vec<_> = charts.collect();
        emitter.begin_document();
        emitter.value(&serde_json::json!({ "version": 1, "charts": charts }));
        emitter.into_string()
    }
}

fn broken(node: &Node, problem: &str) -> Diagnostic {
    let at = Location::new(&node.location.source, node.location.span.range());
    Diagnostic::error(Code::ChartsLock, format!("{LOCK} {problem}"))
        .at(at, "")
        .note("nothing was guessed: the digests in it are what archives are held to")
        .help("take the file as Git has it, or remove it and run `render charts pull` to trust what is published now")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn lock() -> Lock {
        let entry = |name: &str, version: &str| {
            let digest = Digest::of(format!("{name} {version}").as_bytes());
            (Reference::new("https://charts.example.com/", name, version), digest)
        };
        Lock { charts: [entry("b", "1.10.0"), entry("a", "v2.0.0"), entry("a", "1.0.0")].into() }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = lock().to_text();
        assert_eq!(Lock::parse(&Source::new(LOCK, text.clone())).unwrap(), lock());
        let beginning = [
            "# The archives of all charts that the values pin. Written by `render charts pull`; never edit it.",
            "version: 1",
            "charts:",
            "- name: a",
            "  repository: https://charts.example.com",
            "  version: \"1.0.0\"",
            "  digest: sha256:0af6f40d6f5a41e7b569f0fea165d55a19ad1bd5b4be7803c96f18027edfc2e6",
        ];
        assert_eq!(text.lines().take(7).collect::<Vec<_>>(), beginning);
    }

    #[test]
    fn anything_else_is_refused() {
        let text = lock().to_text();
        for (from, to, problem) in [
            ("version: 1\n", "version: 2\n", "does not say `version: 1`"),
            ("charts:", "chart:", "has no list `charts`"),
            ("  version: \"1.0.0\"\n", "", "has no `version` here"),
            ("sha256:", "sha512:", "has a digest here that is none"),
            ("version: \"1.0.0\"\n", "version: v2.0.0\n", "has this chart twice"),
            ("charts:", "<<<<<<< ours\ncharts:", ""),
        ] {
            let broken = text.replacen(from, to, 1);
            let found = Lock::parse(&Source::new(LOCK, broken)).unwrap_err();
            assert!(found.message.contains(problem), "{}", found.message);
        }
    }

    #[test]
    fn digests_are_hexadecimal() {
        let digest = Digest::of(b"");
        assert_eq!(digest.short(), "e3b0c44298fc");
        assert_eq!(Digest::parse(&digest.as_str()[7..].to_ascii_uppercase()), Some(digest));
        assert_eq!(Digest::parse("sha256:e3b0"), None);
        assert_eq!(Digest::parse(&"g".repeat(64)), None);
    }
}
