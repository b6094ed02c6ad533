//! Which sets of records belong to external-dns.
//!
//! external-dns writes a TXT record beside each set that it manages, with `heritage=external-dns` in it. Its name is made
//! of the set's: `TYPE-NAME`, with a prefix before it, with `%{record_type}` somewhere in that prefix, or, in old
//! versions, just the name (external-dns, `registry/txt.go`). Which of those a cluster uses is not known here; so the
//! record is taken to speak of the set that exists and whose name explains the most of it.

use std::collections::BTreeSet;

use super::records::SetName;
use crate::cloud::digitalocean::domains::Record;

/// The types that external-dns writes, as they stand in names.
const KINDS: [&str; 7] = ["a", "aaaa", "cname", "mx", "ns", "srv", "txt"];

/// Whether a record is one by which external-dns says that it owns a set. It belongs to external-dns as well.
pub(super) fn is_claim(record: &Record) -> bool {
    // Some providers return texts with the quotes that external-dns puts around them.
    record.settings.kind == "TXT" && record.settings.data.trim_start_matches('"').starts_with("heritage=external-dns")
}

/// Whether a claim is one of the external-dns that calls itself `owner`.
pub(super) fn is_of(claim: &Record, owner: &str) -> bool {
    let labels = claim.settings.data.trim_matches('"').split(',');
    labels.filter_map(|label| label.strip_prefix("external-dns/owner=")).any(|found| found == owner)
}

/// Those of `sets` that `claims` claim for external-dns. `sets` are all that are there or wanted.
pub(super) fn claimed<'r>(
    claims: impl IntoIterator<Item = &'r Record>,
    sets: &BTreeSet<SetName>,
    domain: &str,
) -> BTreeSet<SetName> {
    let mut claimed = BTreeSet::new();
    for record in claims {
        let name = SetName::new("TXT", &record.settings.name, domain).full(domain);
        let meant = sets.iter().filter(|set| is_name_of(&name, set, domain));
        let length = |set: &SetName| set.full(domain).len();
        let Some(longest) = meant.clone().map(length).max() else { continue };
        claimed.extend(meant.filter(|set| length(set) == longest).cloned());
    }
    claimed
}

/// Whether a claim of that whole name may speak of `set`.
fn is_name_of(claim: &str, set: &SetName, domain: &str) -> bool {
    let Some(prefix) = claim.strip_suffix(&set.full(domain)) else { return false };
    let kind = set.kind.to_ascii_lowercase();
    if !KINDS.contains(&kind.as_str()) {
        return false;
    }
    // What our own chart of external-dns is told: `%{record_type}-owner.`
    let own = prefix.strip_suffix("-owner.").is_some_and(|prefix| prefix == kind);
    let behind = prefix.strip_suffix('-').and_then(|prefix| prefix.strip_suffix(&kind));
    let usual = behind.is_some_and(|before| !before.ends_with(|c: char| c.is_ascii_alphanumeric()));
    // The old name says no type; texts are never meant, being claims themselves.
    let old = prefix.is_empty() && kind != "txt";
    own || usual || old
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::digitalocean::domains::RecordSettings;

    fn claim(name: &str) -> Record {
        let data = "\"heritage=external-dns,external-dns/owner=example-dev\"".to_owned();
        let settings = RecordSettings { kind: "TXT".into(), name: name.into(), data, ..RecordSettings::default() };
        Record { id: 1, settings }
    }

    fn claims(name: &str, sets: &[&str]) -> Vec<String> {
        let set = |text: &&str| text.split_once('.').map(|(kind, name)| SetName::new(kind, name, "example.com"));
        let sets: BTreeSet<_> = sets.iter().filter_map(set).collect();
        claimed(&[claim(name)], &sets, "example.com").iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_claim_is_of_one_name_in_every_form() {
        let sets = ["A.www", "AAAA.www", "CNAME.blog", "A.@", "TXT.www", "MX.@"];
        for (name, expected) in [
            ("a-www", &["A.www"][..]),
            ("aaaa-www", &["AAAA.www"]),
            ("cname-blog", &["CNAME.blog"]),
            ("a-owner.www", &["A.www"]),
            ("a-owner", &["A.@"]),
            ("extdns-a-www", &["A.www"]),
            ("extdns.a-www", &["A.www"]),
            ("www", &["A.www", "AAAA.www"]),
            ("@", &["A.@", "MX.@"]),
            ("data-www", &[]),
            ("other", &[]),
        ] {
            assert_eq!(claims(name, &sets), expected, "{name}");
        }
        assert_eq!(claims("a-*.apps", &["A.*.apps", "A.apps"]), ["A.*.apps"]);
    }

    #[test]
    fn the_longest_name_is_meant() {
        // `cname-a.www` is of `a.www`, and not of `www`.
        assert_eq!(claims("cname-a.www", &["CNAME.a.www", "A.www", "CNAME.@"]), ["CNAME.a.www"]);
        assert_eq!(claims("a-b.www", &["A.b.www", "A.www"]), ["A.b.www"]);
    }

    #[test]
    fn only_what_external_dns_wrote_claims() {
        assert!(is_claim(&claim("x")));
        let mut other = claim("x");
        other.settings.data = "v=spf1 -all".into();
        assert!(!is_claim(&other));
        assert!(is_of(&claim("x"), "example-dev") && !is_of(&claim("x"), "example"));
    }
}
