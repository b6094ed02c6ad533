//! Which templates always print something, told from their text alone.
//!
//! Errs on one side: a template that is said to print always does; of one that is said to come out empty at times nothing
//! is known.

use super::Format;

/// What opens a block that may be left out; `set` only where it has no `=`.
const BLOCKS: [&str; 9] = ["if", "for", "macro", "call", "filter", "with", "block", "autoescape", "set"];

/// Whether a template with this `text` can make no file with some values.
pub(super) fn may_be_empty(text: &str, format: Format) -> bool {
    let Some(outside) = outside_of_blocks(text) else { return true };
    let says = |line: &str| match format {
        Format::Yaml => is_literal_entry(line),
        Format::Json | Format::Text => !line.trim().is_empty(),
    };
    !outside.lines().any(says)
}

/// Whether `line` is an entry of the document's outermost map, with a literal in it: nothing can leave that out.
fn is_literal_entry(line: &str) -> bool {
    let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"./-_".contains(&byte));
    line.split_once(": ").is_some_and(|(key, value)| {
        let value = value.trim_end();
        !key.is_empty() && is_word(key) && !value.is_empty() && is_word(value)
    })
}

/// The text that stands in no block, comments and expressions replaced by a control character; `None` where blocks can't
/// be told.
fn outside_of_blocks(text: &str) -> Option<String> {
    let (mut outside, mut rest, mut depth) = (String::new(), text, 0_usize);
    while let Some(start) = rest.find("{%").into_iter().chain(rest.find("{{")).chain(rest.find("{#")).min() {
        if depth == 0 {
            outside.push_str(&rest[..start]);
        }
        let (opening, after) = rest[start..].split_at(2);
        let closing = match opening {
            "{%" => "%}",
            "{{" => "}}",
            _ => "#}",
        };
        let end = after.find(closing)?;
        if opening == "{%" {
            let tag =
                after[..end].trim_matches(|character: char| "-+".contains(character) || character.is_whitespace());
            let word = tag.split(|character: char| !character.is_ascii_alphanumeric()).next().unwrap_or_default();
            match word {
                "raw" | "extends" => return None,
                "set" if tag.contains('=') => {}
                _ if word.starts_with("end") => depth = depth.checked_sub(1)?,
                _ if BLOCKS.contains(&word) => depth += 1,
                _ => {}
            }
        } else if depth == 0 {
            outside.push('\u{1}');
        }
        rest = &after[end + 2..];
        // The engine drops the end of a line behind a block.
        if opening == "{%" {
            rest = rest.strip_prefix('\n').unwrap_or(rest);
        }
    }
    if depth == 0 {
        outside.push_str(rest);
    }
    Some(outside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_something_outside_of_blocks_always_prints() {
        for text in [
            "kind: ConfigMap\n",
            "{# a comment #}\n{% set a = 1 %}\nkind: ConfigMap\n",
            "{% if a %}\nb: 1\n{% endif %}\nkind: ConfigMap\n",
            "{% set a %}b: 1{% endset %}\nkind: a-b\n{{ more }}\n",
        ] {
            assert!(!may_be_empty(text, Format::Yaml), "{text}");
        }
        assert!(!may_be_empty("{% if a %}{% endif %}[\n", Format::Json));
        assert!(!may_be_empty("text {{ a }}\n", Format::Text));
    }

    #[test]
    fn what_hangs_on_a_value_may_be_empty() {
        for text in [
            "",
            "# kind: a\n---\n",
            "{% if a %}\nkind: a\n{% else %}\nkind: b\n{% endif %}\n",
            "{% for a in b %}\nkind: a\n{% endfor %}\n",
            "{% macro a() %}\nkind: a\n{% endmacro %}\n{{ a() }}\n",
            "kind: {{ omit }}\n",
            "{{ a }}kind: b\n",
            "{{ a }}\n  kind: b\n",
            "{% raw %}{% endif %}{% endraw %}\nkind: b\n",
            "{% set a %}\nkind: b\n{% endset %}\n",
        ] {
            assert!(may_be_empty(text, Format::Yaml), "{text}");
        }
        assert!(may_be_empty("{% if a %}text{% endif %}\n", Format::Text));
    }
}
