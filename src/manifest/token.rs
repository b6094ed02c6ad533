//! What stands for a hole in rendered text: its number, between two marks and in digits of its own.
//!
//! None of these characters is one that a person writes, so no filter that works on text (`replace("1", "2")`, say)
//! can turn the token of one hole into that of another. What cuts a token apart is noticed.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::ops::Range;
use std::sync::LazyLock;

use crate::yaml::{HOLE_MARKS, is_hole_mark};

const OPEN: char = *HOLE_MARKS.start();
const DIGITS: [char; 10] = [
    '\u{fdd1}', '\u{fdd2}', '\u{fdd3}', '\u{fdd4}', '\u{fdd5}', '\u{fdd6}', '\u{fdd7}', '\u{fdd8}', '\u{fdd9}',
    '\u{fdda}',
];
const CLOSE: char = *HOLE_MARKS.end();

/// The first byte of every mark in UTF-8. Few characters of any text begin with it.
const FIRST_BYTE: u8 = 0xEF;

/// The token of the hole with this number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token(pub usize);

impl Token {
    /// The token as text. Few templates have more holes than are written down here.
    pub fn text(self) -> Cow<'static, str> {
        static FIRST: LazyLock<Vec<String>> = LazyLock::new(|| (0..128).map(|hole| Token(hole).to_string()).collect());
        FIRST.get(self.0).map_or_else(|| Cow::Owned(self.to_string()), |text| Cow::Borrowed(text.as_str()))
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char(OPEN)?;
        for place in (0..=self.0.checked_ilog10().unwrap_or(0)).rev() {
            f.write_char(DIGITS[self.0 / 10_usize.pow(place) % 10])?;
        }
        f.write_char(CLOSE)
    }
}

/// A stretch of text, or a hole in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Literal(String),
    Hole(usize),
    /// What is left of a token that a filter cut apart.
    Cut,
}

/// `text` cut at its holes; `None` if it has none.
pub(super) fn pieces(text: &str) -> Option<Vec<Piece>> {
    if !text.as_bytes().contains(&FIRST_BYTE) {
        return None;
    }
    let mut rest = text;
    let mut found = Vec::new();
    while let Some(at) = rest.find(is_hole_mark) {
        if at > 0 {
            found.push(Piece::Literal(rest[..at].to_owned()));
        }
        let Some((number, after)) = hole(&rest[at..]) else {
            found.push(Piece::Cut);
            return Some(found);
        };
        found.push(Piece::Hole(number));
        rest = after;
    }
    if found.is_empty() {
        return None;
    }
    if !rest.is_empty() {
        found.push(Piece::Literal(rest.to_owned()));
    }
    Some(found)
}

/// The tokens in `text`, each with the bytes that it stands at; `None` if one of them was cut apart.
pub fn tokens(text: &str) -> Option<Vec<(Range<usize>, usize)>> {
    let mut found = Vec::new();
    let mut at = 0;
    for piece in pieces(text).unwrap_or_default() {
        let length = match piece {
            Piece::Literal(literal) => literal.len(),
            Piece::Cut => return None,
            Piece::Hole(number) => {
                let length = Token(number).text().len();
                found.push((at..at + length, number));
                length
            }
        };
        at += length;
    }
    Some(found)
}

/// The number of the token that `text` begins with, and what follows it.
fn hole(text: &str) -> Option<(usize, &str)> {
    let (digits, after) = text.strip_prefix(OPEN)?.split_once(CLOSE)?;
    let mut number: Option<usize> = None;
    for character in digits.chars() {
        let digit = DIGITS.iter().position(|digit| *digit == character)?;
        number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(digit)?);
    }
    Some((number?, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_written() {
        for number in [0, 7, 10, 1_234_567_890, usize::MAX] {
            assert_eq!(pieces(&Token(number).to_string()), Some(vec![Piece::Hole(number)]));
        }
        let text = format!("a{}{}b", Token(0), Token(12));
        let literal = |text: &str| Piece::Literal(text.to_owned());
        assert_eq!(pieces(&text), Some(vec![literal("a"), Piece::Hole(0), Piece::Hole(12), literal("b")]));
        assert_eq!(pieces("no hole, and ｆｕｌｌ width"), None);
    }

    #[test]
    fn a_token_that_was_cut_apart_is_noticed() {
        let characters: Vec<char> = Token(10).to_string().chars().collect();
        for length in 1..characters.len() {
            for part in characters.windows(length) {
                let part = format!("x{}", part.iter().collect::<String>());
                assert_eq!(pieces(&part), Some(vec![Piece::Literal("x".to_owned()), Piece::Cut]), "{part:?}");
            }
        }
        assert_eq!(pieces(&characters.iter().rev().collect::<String>()), Some(vec![Piece::Cut]));
    }
}
