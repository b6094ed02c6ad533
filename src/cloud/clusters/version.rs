//! Versions of Kubernetes as the service writes them: `1.36.2-do.0`, and parts of that.

/// A version, or the beginning of one. Ordered as versions are; what is left out counts as less than anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    major: u32,
    minor: u32,
    patch: Option<u32>,
    /// The number that the service counts its own builds by.
    build: Option<u32>,
}

impl Version {
    /// Reads `1.36`, `1.36.2` or `1.36.2-do.0`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (release, build) = match text.split_once("-do.") {
            Some((release, build)) => (release, Some(build.parse().ok()?)),
            None => (text, None),
        };
        let numbers: Vec<u32> = release.split('.').map(|number| number.parse().ok()).collect::<Option<_>>()?;
        match (&numbers[..], build) {
            (&[major, minor], None) => Some(Self { major, minor, patch: None, build: None }),
            (&[major, minor, patch], build) => Some(Self { major, minor, patch: Some(patch), build }),
            _ => None,
        }
    }

    /// Whether both are of one minor release.
    pub(super) fn is_same_minor(self, other: Self) -> bool {
        (self.major, self.minor) == (other.major, other.minor)
    }

    /// Whether `self`, as it is written in the values, stands for the whole version `other`.
    fn stands_for(self, other: Self) -> bool {
        let part = |wanted: Option<u32>, found: Option<u32>| wanted.is_none() || wanted == found;
        self.is_same_minor(other) && part(self.patch, other.patch) && part(self.build, other.build)
    }

    /// Whether a cluster of version `running` is what `self` wants: of the same minor release, and not older. A newer
    /// patch is what the service installs by itself.
    pub(super) fn is_met_by(self, running: Self) -> bool {
        self.is_same_minor(running) && running >= self
    }
}

/// The newest of `slugs` that `wanted` stands for.
pub(super) fn newest<'a>(wanted: Version, slugs: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let known = slugs.into_iter().filter_map(|slug| Some((Version::parse(slug)?, slug)));
    known.filter(|(version, _)| wanted.stands_for(*version)).max().map(|(_, slug)| slug)
}

/// The newest of `slugs` on the way from `running` to `target`, both whole versions.
pub(super) fn next<'a>(running: Version, target: Version, slugs: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let known = slugs.into_iter().filter_map(|slug| Some((Version::parse(slug)?, slug)));
    known.filter(|(version, _)| (running < *version) && (*version <= target)).max().map(|(_, slug)| slug)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn versions_are_read_in_three_forms_and_no_other() {
        for text in ["1.36", "1.36.2", "1.36.2-do.0"] {
            assert!(Version::parse(text).is_some(), "{text}");
        }
        for text in ["latest", "1", "1.36-do.0", "1.36.2.1", "1.36.2-do.x", ""] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
        assert!(version("1.9.9-do.9") < version("1.10.0-do.0"));
        assert!(version("1.36.2-do.0") < version("1.36.2-do.1"));
    }

    #[test]
    fn a_newer_patch_of_the_same_minor_release_is_what_was_wanted() {
        let met = |wanted, running| version(wanted).is_met_by(version(running));
        assert!(met("1.36", "1.36.0-do.0") && met("1.36", "1.36.9-do.3"));
        assert!(met("1.36.2", "1.36.2-do.0") && met("1.36.2", "1.36.4-do.0"));
        assert!(met("1.36.2-do.0", "1.36.2-do.1"));
        assert!(!met("1.36.2", "1.36.1-do.5") && !met("1.36.2-do.1", "1.36.2-do.0"));
        assert!(!met("1.36", "1.37.0-do.0") && !met("1.36", "1.35.9-do.0"));
    }

    #[test]
    fn the_newest_of_what_is_offered_is_taken() {
        let offered = ["1.35.9-do.0", "1.36.10-do.0", "1.36.9-do.2", "odd"];
        assert_eq!(newest(version("1.36"), offered), Some("1.36.10-do.0"));
        assert_eq!(newest(version("1.36.9"), offered), Some("1.36.9-do.2"));
        assert_eq!(newest(version("1.36.9-do.1"), offered), None);
        let way = |from, to| next(version(from), version(to), offered);
        assert_eq!(way("1.35.1-do.0", "1.36.9-do.2"), Some("1.36.9-do.2"));
        assert_eq!(way("1.35.1-do.0", "1.36.0-do.0"), Some("1.35.9-do.0"));
        assert_eq!(way("1.36.10-do.0", "1.36.10-do.0"), None);
    }
}
