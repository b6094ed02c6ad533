//! The marks by which a resource says that it belongs to an environment.
//!
//! Tags carry them where there are tags, and descriptions where there are none: see each kind of resource. The spelling
//! of a tag is that of its first use in an account, whoever used it, so tags are compared in any case.

/// The first half of every mark.
const MANAGED: &str = "managed-by:supercargo";

/// What the tag of an environment begins with.
const ENVIRONMENT: &str = "supercargo:env:";

/// Whose a resource is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Owner {
    /// This environment's.
    Ours,
    /// Another environment's.
    Other(String),
    /// Nobody's that we know of.
    Nobody,
    /// The token may not see it.
    Hidden,
}

/// The tags that mark what belongs to an environment.
pub(super) fn tags(environment: &str) -> [String; 2] {
    [MANAGED.to_owned(), format!("{ENVIRONMENT}{environment}")]
}

/// Whose a resource with these tags is.
pub(super) fn owner_by_tags(tags: Option<&[String]>, environment: &str) -> Owner {
    let Some(tags) = tags else { return Owner::Hidden };
    if !tags.iter().any(|tag| tag.eq_ignore_ascii_case(MANAGED)) {
        return Owner::Nobody;
    }
    let environments: Vec<_> = tags
        .iter()
        .filter_map(|tag| {
            let start = tag.get(..ENVIRONMENT.len())?;
            start.eq_ignore_ascii_case(ENVIRONMENT).then(|| &tag[ENVIRONMENT.len()..])
        })
        .collect();
    match environments.iter().find(|other| !other.eq_ignore_ascii_case(environment)) {
        Some(other) => Owner::Other((*other).to_owned()),
        None if environments.is_empty() => Owner::Nobody,
        None => Owner::Ours,
    }
}

/// The text that marks what belongs to an environment, as a part of a description.
pub(super) fn text(environment: &str) -> String {
    format!("{MANAGED} env:{environment}")
}

/// Whose a resource with this description is.
pub(super) fn owner_by_text(description: &str, environment: &str) -> Owner {
    let words: Vec<_> = description.split_whitespace().collect();
    let owner = words.windows(2).find(|pair| pair[0].eq_ignore_ascii_case(MANAGED));
    match owner.and_then(|pair| pair[1].strip_prefix("env:")) {
        Some(found) if found == environment => Owner::Ours,
        Some(found) => Owner::Other(found.to_owned()),
        None => Owner::Nobody,
    }
}

/// A description with the mark at its end.
pub(super) fn marked(description: &str, environment: &str) -> String {
    match description.trim() {
        "" => text(environment),
        description => format!("{description} {}", text(environment)),
    }
}

/// Whether a tag is one that the service, or another tool for its own bookkeeping, sets: no comparison looks at it.
fn is_of_others(tag: &str) -> bool {
    let tag = tag.to_ascii_lowercase();
    tag == "k8s" || tag.starts_with("k8s:") || tag.starts_with("terraform:")
}

/// Whether a tag is the service's own, which it adds again by itself.
fn is_of_the_service(tag: &str) -> bool {
    let tag = tag.to_ascii_lowercase();
    tag == "k8s" || tag.starts_with("k8s:")
}

/// The tags to send where `wanted` ones are missing from those that are there: all that are there and not the service's
/// own, and the missing ones. `None` where nothing is missing.
pub(super) fn completed(present: &[String], wanted: &[String]) -> Option<Vec<String>> {
    let has = |tag: &String| present.iter().any(|other| other.eq_ignore_ascii_case(tag));
    let missing: Vec<_> = wanted.iter().filter(|tag| !has(tag)).cloned().collect();
    if missing.is_empty() {
        return None;
    }
    Some(sendable(present).into_iter().chain(missing).collect())
}

/// The tags that are sent so that all stay that are there: those of the service come back by themselves.
pub(super) fn sendable(present: &[String]) -> Vec<String> {
    present.iter().filter(|tag| !is_of_the_service(tag)).cloned().collect()
}

/// The tags that people set, sorted, for showing.
pub(super) fn of_people(tags: &[String]) -> Vec<String> {
    let mut tags: Vec<_> = tags.iter().filter(|tag| !is_of_others(tag)).cloned().collect();
    tags.sort();
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn tags_say_whose_a_resource_is_in_any_case() {
        let owner = |tags: &[&str]| owner_by_tags(Some(&strings(tags)), "dev");
        assert_eq!(owner(&["k8s", "Managed-By:Supercargo", "SUPERCARGO:env:Dev"]), Owner::Ours);
        assert_eq!(owner(&["managed-by:supercargo", "supercargo:env:dev2"]), Owner::Other("dev2".to_owned()));
        // Two environments claim it: then it is not for one of them to change.
        let both = ["managed-by:supercargo", "supercargo:env:dev", "supercargo:env:prod"];
        assert_eq!(owner(&both), Owner::Other("prod".to_owned()));
        assert_eq!(owner(&["managed-by:supercargo"]), Owner::Nobody);
        assert_eq!(owner(&["supercargo:env:dev"]), Owner::Nobody);
        assert_eq!(owner(&[]), Owner::Nobody);
        assert_eq!(owner_by_tags(None, "dev"), Owner::Hidden);
        assert_eq!(owner_by_tags(Some(&tags("dev")), "dev"), Owner::Ours);
    }

    #[test]
    fn descriptions_say_it_as_two_words() {
        let owner = |text: &str| owner_by_text(text, "dev");
        assert_eq!(owner(&text("dev")), Owner::Ours);
        assert_eq!(owner(&marked(" made by hand ", "dev")), Owner::Ours);
        assert_eq!(marked(" made by hand ", "dev"), "made by hand managed-by:supercargo env:dev");
        assert_eq!(owner("managed-by:supercargo env:dev creating:do:space:x"), Owner::Ours);
        assert_eq!(owner("managed-by:supercargo env:dev2"), Owner::Other("dev2".to_owned()));
        for foreign in ["", "managed-by:supercargo", "managed-by:other env:dev", "env:dev managed-by:supercargo"] {
            assert_eq!(owner(foreign), Owner::Nobody, "{foreign}");
        }
    }

    #[test]
    fn tags_of_others_stay_and_those_of_the_service_are_not_sent() {
        let present = strings(&["k8s", "k8s:1", "terraform:default-node-pool", "Team:A"]);
        assert_eq!(completed(&present, &strings(&["team:a"])), None);
        let sent = completed(&present, &strings(&["team:a", "team:b"]));
        assert_eq!(sent, Some(strings(&["terraform:default-node-pool", "Team:A", "team:b"])));
        assert_eq!(of_people(&present), ["Team:A"]);
    }
}
