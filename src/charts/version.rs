//! Versions of charts, and which is newer.

use std::cmp::Ordering;

/// A version as Helm reads it: Semantic Versioning, with an optional `v` before it, and minor and patch number where
/// they are not 0.
#[derive(Debug, Clone)]
pub struct Version {
    text: String,
    semver: semver::Version,
}

impl Version {
    /// Reads a version; none where Helm would pass it over.
    pub fn parse(text: &str) -> Option<Self> {
        let bare = text.strip_prefix('v').unwrap_or(text);
        let end = bare.find(['-', '+']).unwrap_or(bare.len());
        let (release, rest) = bare.split_at(end);
        let numbers = release.split('.').count();
        let zeros = ".0".repeat(3_usize.checked_sub(numbers)?);
        let semver = semver::Version::parse(&format!("{release}{zeros}{rest}")).ok()?;
        Some(Self { text: text.to_owned(), semver })
    }

    /// The version as its chart writes it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is not meant for everyone yet.
    pub fn is_pre_release(&self) -> bool {
        !self.semver.pre.is_empty()
    }

    /// Whether both are the same but for a `v` before one of them.
    pub fn is_same(&self, other: &Self) -> bool {
        self.semver == other.semver
    }

    /// Which comes first. What is built of the same sources counts as equal.
    pub fn precedence(&self, other: &Self) -> Ordering {
        self.semver.cmp_precedence(&other.semver)
    }

    /// The newest of `versions`; without pre-releases, unless they are asked for.
    pub fn newest(versions: impl IntoIterator<Item = Self>, with_pre_releases: bool) -> Option<Self> {
        let wanted = versions.into_iter().filter(|version| with_pre_releases || !version.is_pre_release());
        wanted.reduce(|newest, version| if version.precedence(&newest).is_gt() { version } else { newest })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn newest(texts: &[&str], with_pre_releases: bool) -> Option<String> {
        let versions = texts.iter().filter_map(|text| Version::parse(text));
        Version::newest(versions, with_pre_releases).map(|version| version.as_str().to_owned())
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        assert_eq!(newest(&["1.9.0", "v1.10.0", "1.2"], false).unwrap(), "v1.10.0");
        assert_eq!(newest(&["2", "1.99.99"], false).unwrap(), "2");
        assert_eq!(newest(&["latest", "1.2.3.4", "", "sha256-abc"], false), None);
    }

    #[test]
    fn pre_releases_come_before_their_release() {
        let all = ["2.0.0-rc.2", "1.4.0", "2.0.0-rc.10", "2.0.0-alpha"];
        assert_eq!(newest(&all, false).unwrap(), "1.4.0");
        assert_eq!(newest(&all, true).unwrap(), "2.0.0-rc.10");
        assert_eq!(newest(&["2.0.0-rc.1", "2.0.0"], true).unwrap(), "2.0.0");
        assert_eq!(newest(&["1.0.0-rc.1"], false), None);
    }

    #[test]
    fn a_v_makes_no_difference_and_a_build_no_newer() {
        let version = |text: &str| Version::parse(text).unwrap();
        assert!(version("v1.2.3").is_same(&version("1.2.3")) && !version("1.2.3+a").is_same(&version("1.2.3+b")));
        assert_eq!(newest(&["1.2.3+a", "1.2.3+b"], false).unwrap(), "1.2.3+a");
    }
}
