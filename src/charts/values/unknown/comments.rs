//! Keys that a chart shows in comments: `# key: example`, and what tools for documentation read.

/// Whether a comment in `text` shows `key` as one that may be set.
pub(super) fn shows(text: &str, key: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim_start();
        let Some(comment) = line.strip_prefix('#') else { return false };
        let comment = comment.trim_start_matches(['#', ' ', '\t', '-']);
        begins_with_key(comment, key) || names_parameter(comment, key)
    })
}

fn begins_with_key(comment: &str, key: &str) -> bool {
    let bare = comment.strip_prefix(['"', '\'']).unwrap_or(comment);
    let rest = bare.strip_prefix(key).map(|rest| rest.strip_prefix(['"', '\'']).unwrap_or(rest));
    rest.is_some_and(|rest| rest.starts_with(':'))
}

/// `@param server.key` or `@extra server.key`, as readme generators have it.
fn names_parameter(comment: &str, key: &str) -> bool {
    let mut words = comment.split_whitespace();
    let is_parameter = matches!(words.next(), Some("@param" | "@extra"));
    is_parameter && words.next().is_some_and(|path| path.rsplit('.').next() == Some(key))
}

#[cfg(test)]
mod tests {
    use super::shows;

    #[test]
    fn examples_in_comments_are_keys() {
        let text = "a: 1\n  # shown: {}\n#  - item: 1\n## \"quoted\": 2\n## @param server.extra Some words\n# prose about it: it\n";
        for key in ["shown", "item", "quoted", "extra"] {
            assert!(shows(text, key), "{key}");
        }
        for key in ["a", "show", "hown", "server", "prose", "about", "it"] {
            assert!(!shows(text, key), "{key}");
        }
    }
}
