//! Text from files and values, made to stay text in Markdown and in the HTML inside it.

/// The longest text in a line, in characters.
const LONGEST: usize = 160;

/// `text` as a code span: no markup in it counts, and no name is called.
pub(super) fn code(text: &str) -> String {
    let text = one_line(text);
    if text.is_empty() {
        return "` `".to_owned();
    }
    let ticks = "`".repeat(longest_run(&text) + 1);
    // A space on both sides is taken off again; without it the text's own backtick would lengthen the fence.
    let needs_space = text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']);
    let space = if needs_space { " " } else { "" };
    format!("{ticks}{space}{text}{space}{ticks}")
}

/// A message of ours, whose names stand in backticks, with names that may hold anything.
pub(super) fn prose(message: &str) -> String {
    let parts = message.split('`').enumerate();
    parts.map(|(at, part)| if at % 2 == 1 { code(part) } else { plain(part) }).collect()
}

/// `text` outside of code.
fn plain(text: &str) -> String {
    let mut result = String::new();
    for c in one_line(text).chars() {
        match c {
            '@' => result.push_str("@\u{2060}"),
            '<' => result.push_str("&lt;"),
            '>' => result.push_str("&gt;"),
            '&' => result.push_str("&amp;"),
            '*' | '_' | '[' | ']' | '\\' | '|' | '~' | '#' | '!' => result.extend(['\\', c]),
            c => result.push(c),
        }
    }
    result
}

/// `text` between tags.
pub(super) fn html(text: &str) -> String {
    let text = one_line(text);
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// `body`, which ends in a line break, as a fenced block of a diff.
pub(super) fn fence(body: &str) -> String {
    let body: String =
        body.chars().map(|c| if is_unseen(c) && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c }).collect();
    let ticks = "`".repeat(longest_run(&body).max(2) + 1);
    let end = if body.ends_with('\n') { "" } else { "\n" };
    format!("{ticks}diff\n{body}{end}{ticks}\n")
}

fn one_line(text: &str) -> String {
    let mut result: String = text.chars().take(LONGEST).map(|c| if is_unseen(c) { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        result.push('…');
    }
    result
}

/// Whether `c` ends lines, or lets a text look like another one.
fn is_unseen(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_longer_than_the_backticks_in_it() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code(""), "` `");
        assert_eq!(code("a\nb"), "`a\u{fffd}b`");
        assert_eq!(code(&"x".repeat(500)).chars().count(), LONGEST + 3);
    }

    #[test]
    fn prose_keeps_its_names_and_lets_nothing_else_through() {
        assert_eq!(prose("`Service a` moves"), "`Service a` moves");
        assert_eq!(prose("`a`</details> @who **b**"), "`a`&lt;/details&gt; @\u{2060}who \\*\\*b\\*\\*");
    }

    #[test]
    fn a_fence_is_longer_than_any_in_it() {
        assert_eq!(fence("+a\n"), "```diff\n+a\n```\n");
        assert_eq!(fence("+```\r\n"), "````diff\n+```\u{fffd}\n````\n");
        assert_eq!(fence("+a"), "```diff\n+a\n```\n");
    }

    #[test]
    fn html_stays_text() {
        assert_eq!(html("</summary><script>&\"\n"), "&lt;/summary&gt;&lt;script&gt;&amp;&quot;\u{fffd}");
    }
}
