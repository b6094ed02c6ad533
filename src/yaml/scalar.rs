//! How one string is written: plain, between double quotes, or as a literal block.
//!
//! The rule is caution, not beauty. A string stands plain only if no reader of YAML 1.1 or 1.2 could take it for anything
//! else; that covers the implicit types of both versions and what Go's readers accept beyond them. It stands in a literal
//! block only if the block carries it exactly *and* no editor that trims lines could change it. Everything else goes
//! between double quotes, where every character has an escape.
//!
//! Sources: YAML 1.2.2 chapters 5 (characters, escapes), 7.3.3 (plain) and 8.1 (block scalars); the YAML 1.1 type
//! repository (bool, int, float, null, timestamp, merge, value).

use std::borrow::Cow;

/// The way a string is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As it is.
    Plain,
    /// On one line, with escapes.
    Quoted,
    /// Line by line under a `|`.
    Block(Block),
}

/// The header of a literal block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    /// What becomes of the line breaks at the end.
    pub(super) chomping: Chomping,
    /// Whether the indentation has to be told, because the first line with text begins with white space.
    pub(super) indicator: bool,
}

/// What becomes of the line breaks at the end of a literal block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chomping {
    /// `|-`: the text ends without one.
    Strip,
    /// `|`: the text ends with one.
    Clip,
    /// `|+`: the text ends with several.
    Keep,
}

/// The text of `string` as it stands in YAML, if it is written on one line: plain or between double quotes.
///
/// `None` if it is written as a literal block, whose text depends on how deep it stands. What this returns can be kept and
/// given to [`Emitter::raw_scalar`](super::Emitter::raw_scalar) any number of times.
pub fn canonical_string(string: &str) -> Option<Cow<'_, str>> {
    match form(string) {
        Form::Plain => Some(Cow::Borrowed(string)),
        Form::Quoted => {
            let mut out = String::with_capacity(string.len() + 8);
            quote(&mut out, string);
            Some(Cow::Owned(out))
        }
        Form::Block(_) => None,
    }
}

/// The text of `key` as it stands in YAML: plain or between double quotes, and always on one line.
pub fn canonical_key(key: &str) -> String {
    if is_plain(key) {
        return key.to_owned();
    }
    let mut out = String::with_capacity(key.len() + 8);
    quote(&mut out, key);
    out
}

/// Chooses the form of a value.
pub(super) fn form(text: &str) -> Form {
    if is_plain(text) {
        Form::Plain
    } else if let Some(block) = block(text) {
        Form::Block(block)
    } else {
        Form::Quoted
    }
}

/// What a byte means inside a plain scalar.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// Nothing special.
    Text,
    /// A space: it must not follow a colon.
    Space,
    /// A `#`: it must not follow a space.
    Hash,
    /// A part of a character beyond ASCII: look again.
    Wide,
    /// A control character, the tab included.
    Control,
}

/// What a byte means at the start of a plain scalar.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    /// An indicator, or too near to one.
    Never,
    /// Nothing that begins so is anything but a string.
    Free,
    /// It may be one of the words that YAML 1.1 or 1.2 give a meaning.
    Word,
    /// It may be a number or a date.
    Number,
}

const INSIDE: [Inside; 256] = {
    let mut table = [Inside::Text; 256];
    let mut byte = 0;
    while byte < 256 {
        if byte < 0x20 || byte == 0x7F {
            table[byte] = Inside::Control;
        } else if byte >= 0x80 {
            table[byte] = Inside::Wide;
        }
        byte += 1;
    }
    table[b' ' as usize] = Inside::Space;
    table[b'#' as usize] = Inside::Hash;
    table
};

const START: [Start; 256] = {
    let mut table = [Start::Never; 256];
    let mut byte = 0;
    while byte < 256 {
        // `as` is exact here: the loop stays below 256.
        #[expect(clippy::cast_possible_truncation, reason = "the loop stays below 256")]
        let character = byte as u8;
        table[byte] = match character {
            b'0'..=b'9' | b'+' | b'-' | b'.' | b'_' => Start::Number,
            b'f' | b'i' | b'n' | b'o' | b't' | b'y' | b'F' | b'I' | b'N' | b'O' | b'T' | b'Y' => Start::Word,
            b'a'..=b'z' | b'A'..=b'Z' | b'/' | b'$' | b'(' | b'\\' | 0x80.. => Start::Free,
            _ => Start::Never,
        };
        byte += 1;
    }
    table
};

/// Whether every reader takes the bare text for this very string, as a value and as a key.
pub(super) fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(&first), Some(&last)) = (bytes.first(), bytes.last()) else { return false };
    let start = START[usize::from(first)];
    if start == Start::Never || last == b' ' || last == b':' {
        return false;
    }
    let mut wide = false;
    let mut previous = first;
    for &byte in bytes {
        match INSIDE[usize::from(byte)] {
            Inside::Space if previous == b':' => return false,
            Inside::Hash if previous == b' ' => return false,
            Inside::Text | Inside::Space | Inside::Hash => {}
            Inside::Wide => wide = true,
            Inside::Control => return false,
        }
        previous = byte;
    }
    if wide && !is_plain_wide(text) {
        return false;
    }
    match start {
        Start::Never => false,
        Start::Free => true,
        Start::Word => !is_word(text),
        Start::Number => !is_like_number(bytes),
    }
}

/// The part of [`is_plain`] that needs characters rather than bytes.
#[cold]
fn is_plain_wide(text: &str) -> bool {
    // YAML's white space is space and tab, but a reader that trims by Unicode's must not reach the text.
    !text.starts_with(char::is_whitespace) && !text.ends_with(char::is_whitespace) && text.chars().all(is_raw)
}

/// Whether the text is a word with a meaning, in any case: more than the types list, as readers are more lenient, too.
fn is_word(text: &str) -> bool {
    const WORDS: [&str; 12] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "infinity"];
    text.len() <= 8 && WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Whether the text, which begins with a digit, a sign, a dot or an underscore, could be a number, a date, or a marker.
///
/// Deliberately wide: whatever consists only of the characters of decimal and sexagesimal numbers and of dates counts,
/// such as `1.2.3` (a float by the letter of the YAML 1.1 type), `10.0.0.1` or `8080:80`. The comma is there for Ruby's
/// reader, to which `1,000` is a thousand.
fn is_like_number(bytes: &[u8]) -> bool {
    if let [b'-', b'-', b'-', b' ', ..] | [b'.', b'.', b'.', b' ', ..] = bytes {
        return true;
    }
    let rest = match bytes {
        // `- x` is a list item; `-` before an indicator is not worth the risk.
        [b'-', next, ..] if !next.is_ascii_alphanumeric() && !b"-./_".contains(next) => return true,
        [b'-' | b'+', rest @ ..] => rest,
        _ => bytes,
    };
    if let [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', ..] = rest {
        return true;
    }
    let word = rest.strip_prefix(b".").unwrap_or(rest);
    if [&b"inf"[..], b"nan", b"infinity"].iter().any(|known| word.eq_ignore_ascii_case(known)) {
        return true;
    }
    bytes.iter().all(|byte| byte.is_ascii_digit() || b"_.,:+-eEtTzZ ".contains(byte))
}

/// Whether a character may stand in the output as itself.
///
/// YAML's own limit is `c-printable`. Left out beyond that: the line breaks of YAML 1.1 (NEL, LS, PS), the byte order
/// mark, Unicode's non-characters, and the controls that reorder text on the screen, since a reviewer of `out/` has to see
/// what stands there.
pub(super) fn is_raw(character: char) -> bool {
    match character {
        ' '..='~' => true,
        '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FDD0}'..='\u{FDEF}' | '\u{FEFF}' => false,
        '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'.. => u32::from(character) & 0xFFFE != 0xFFFE,
        _ => false,
    }
}

/// The header of the literal block that carries the text exactly, if there is one.
///
/// There is none for a text on one line, for one that is nothing but line breaks, and for one with a line that ends in
/// white space: such a block is valid, but any editor or hook that trims lines would change the value unseen.
#[cold]
fn block(text: &str) -> Option<Block> {
    let body = text.trim_end_matches('\n');
    if body.is_empty() || !text.contains('\n') {
        return None;
    }
    let exact = body
        .split('\n')
        .all(|line| !line.ends_with(char::is_whitespace) && line.chars().all(|c| c == '\t' || is_raw(c)));
    if !exact {
        return None;
    }
    let chomping = match text.len() - body.len() {
        0 => Chomping::Strip,
        1 => Chomping::Clip,
        _ => Chomping::Keep,
    };
    // A reader finds the indentation by the first line that is not empty.
    Some(Block { chomping, indicator: body.trim_start_matches('\n').starts_with([' ', '\t']) })
}

/// Writes the text between double quotes.
pub(super) fn quote(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    // Runs of ordinary characters are copied at once.
    while let Some(at) = rest.find(|c| matches!(c, '"' | '\\') || !is_raw(c)) {
        out.push_str(&rest[..at]);
        let mut characters = rest[at..].chars();
        if let Some(character) = characters.next() {
            escape(out, character);
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

/// Writes the escape of one character, in the forms that YAML 1.1, YAML 1.2 and their readers share.
fn escape(out: &mut String, character: char) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let code = u32::from(character);
    let (letter, digits) = match character {
        '"' => return out.push_str("\\\""),
        '\\' => return out.push_str("\\\\"),
        '\n' => return out.push_str("\\n"),
        '\r' => return out.push_str("\\r"),
        '\t' => return out.push_str("\\t"),
        _ if code <= 0xFF => ('x', 2),
        _ if code <= 0xFFFF => ('u', 4),
        _ => ('U', 8),
    };
    out.push('\\');
    out.push(letter);
    for digit in (0..digits).rev() {
        out.push(char::from(DIGITS[(code >> (4 * digit)) as usize & 0xF]));
    }
}
