//! Patterns for names: text with `*` for any characters, and `?` for one.

use super::scalars::{Checked, check_characters, check_length, text_scalars};

text_scalars! {
    /// A name, or a pattern of names: `*` stands for any characters, also for none, and `?` for a single one.
    Pattern = "name-pattern", pattern, ["web", "web-*", "applications/*/deployment/*"];
}

fn pattern(text: &str) -> Checked {
    check_length(text, 253)?;
    check_characters(text, "name", |c| {
        c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '/' | '*' | '?')
    })
}

impl Pattern {
    /// Whether `name`, as a whole, is one of those that are meant.
    pub fn matches(&self, name: &str) -> bool {
        let (pattern, name) = (self.as_str().as_bytes(), name.as_bytes());
        let (mut at, mut read) = (0, 0);
        // Where the last star stands, and how much it has taken.
        let mut star: Option<(usize, usize)> = None;
        while read < name.len() {
            match pattern.get(at) {
                Some(b'*') => {
                    star = Some((at, read));
                    at += 1;
                }
                Some(&byte) if byte == b'?' || byte == name[read] => {
                    at += 1;
                    read += 1;
                }
                _ => {
                    let Some((behind, taken)) = star else { return false };
                    star = Some((behind, taken + 1));
                    at = behind + 1;
                    read = taken + 1;
                }
            }
        }
        pattern[at..].iter().all(|&byte| byte == b'*')
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_held_against_the_whole_name() {
        for (pattern, name, expected) in [
            ("web", "web", true),
            ("web", "web-2", false),
            ("web-*", "web-", true),
            ("web-*", "web", false),
            ("*-web", "a-web-web", true),
            ("*-web", "a-web-x", false),
            ("w?b", "web", true),
            ("w?b", "wb", false),
            ("*", "", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("applications/*", "applications/a/b.yaml", true),
        ] {
            assert_eq!(Pattern::parse(pattern).unwrap().matches(name), expected, "{pattern} {name}");
        }
        assert!(Pattern::parse("[a-z]").is_err());
    }
}
