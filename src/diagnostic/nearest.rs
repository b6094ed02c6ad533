//! Names in messages: "did you mean", the known name that a mistyped one is nearest to, and lists of them.

use std::fmt::Display;

/// Each of `names` in backticks, with commas between them.
pub fn listed<T: Display>(names: impl IntoIterator<Item = T>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The candidate nearest to `name`, if it is near enough to be what was meant: a third of its characters may differ.
///
/// Case and separators count little: `node-pools` finds `nodePools`.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain =
        |text: &str| text.chars().filter(|c| !"-_.".contains(*c)).flat_map(char::to_lowercase).collect::<String>();
    let wanted = plain(name);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&wanted, &plain(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().max(name.chars().count()).max(3) / 3)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let known = ["replicas", "resources", "nodePools", "host", "port"];
        assert_eq!(nearest("replica", known), Some("replicas"));
        assert_eq!(nearest("node_pools", known), Some("nodePools"));
        assert_eq!(nearest("hots", known), Some("host"));
        assert_eq!(nearest("certificate", known), None);
    }
}
