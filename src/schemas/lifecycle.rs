//! Which of Kubernetes' API versions are on their way out, and which are gone.

use std::sync::LazyLock;

/// Group, kind, version, the minor release that deprecates it, the one that no longer serves it, and what to use.
static LIFECYCLES: &str = include_str!("data/lifecycle.tsv");

/// The way out of one version of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifecycle {
    /// The first minor release that warns of it.
    pub deprecated: u32,
    /// The first minor release that does not serve it, where that is known.
    pub removed: Option<u32>,
    /// The API version to use instead, or a few words about it; empty where there is nothing.
    pub replacement: &'static str,
}

/// Group, kind and version, and their way out; sorted.
type Line = ((&'static str, &'static str, &'static str), Lifecycle);

static TABLE: LazyLock<Vec<Line>> = LazyLock::new(|| {
    let lines = LIFECYCLES.lines().filter(|line| !line.starts_with('#'));
    let mut table: Vec<_> = lines.filter_map(line).collect();
    table.sort_unstable_by_key(|(key, _)| *key);
    table
});

/// The way out of `kind` in `api_version`; `None` if there is none yet.
pub fn lifecycle(api_version: &str, kind: &str) -> Option<Lifecycle> {
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    let at = TABLE.binary_search_by(|(key, _)| key.cmp(&(group, kind, version))).ok()?;
    Some(TABLE[at].1)
}

fn line(line: &'static str) -> Option<Line> {
    let fields: Vec<_> = line.split('\t').collect();
    let [group, kind, version, deprecated, removed, replacement] = fields[..] else { return None };
    let lifecycle = Lifecycle { deprecated: deprecated.parse().ok()?, removed: removed.parse().ok(), replacement };
    Some(((group, kind, version), lifecycle))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemas::{Found, Schemas, minors};

    #[test]
    fn every_line_is_read_and_tells_of_the_future_after_the_past() {
        assert_eq!(TABLE.len(), LIFECYCLES.lines().filter(|line| !line.starts_with('#')).count());
        for (key, lifecycle) in TABLE.iter() {
            assert!(lifecycle.removed.is_none_or(|removed| removed > lifecycle.deprecated), "{key:?}");
        }
    }

    /// Two publications of Kubernetes say the same: the table, and which release has a schema of what.
    #[test]
    fn what_is_removed_has_no_schema() {
        let (oldest, newest) = minors();
        for ((group, kind, version), lifecycle) in TABLE.iter() {
            let api_version = if group.is_empty() { (*version).to_owned() } else { format!("{group}/{version}") };
            for minor in oldest..=newest {
                let is_known = matches!(Schemas::default().find(minor, &api_version, kind), Found::Schema(_));
                let is_removed = lifecycle.removed.is_some_and(|removed| minor >= removed);
                assert!(!(is_known && is_removed), "{api_version} {kind} in 1.{minor}");
            }
        }
    }
}
