//! The way back: from a place in a document to the printed text that it was parsed from.

use minijinja::Value as Hole;

use super::fill::{fill_text, is_omitted, key_text, scalar_text};
use super::skeleton::{Key, Part, PartKind};
use super::token::{Piece, pieces};
use crate::source::Span;

/// Where in a printed text something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrintedPlace {
    /// Its key, where it has one that the text spells.
    pub key: Option<Span>,
    /// The value itself, or the one line of it that was asked for.
    pub value: Span,
    /// Whether it is a part of the value of a hole, and no more of it can be seen in the text.
    pub inside: bool,
}

/// The place of what stands at `path` below `part`.
pub(super) fn place(part: &Part, holes: &[Hole], text: &str, path: &[String], line: usize) -> Option<PrintedPlace> {
    let whole =
        |part: &Part, inside: bool| PrintedPlace { key: part.key.filter(|_| !inside), value: part.span, inside };
    let Some((first, rest)) = path.split_first() else {
        let place = whole(part, matches!(part.kind, PartKind::Hole(_)));
        return Some(PrintedPlace {
            key: part.key,
            value: line_of(part, holes, text, line).unwrap_or(part.span),
            ..place
        });
    };
    match &part.kind {
        PartKind::Map(entries) => {
            let mut there = entries.iter().filter(|(_, part)| !is_omitted(part, holes));
            let own = there.find(|(key, _)| matches!(key_text(key, holes), Ok(Some(name)) if name == first.as_str()));
            if let Some((_, part)) = own {
                return place(part, holes, text, rest, line);
            }
            // Several splices could each bring the key; which one did is not told.
            let mut splices = entries.iter().filter(|(key, _)| matches!(key, Key::Splice));
            splices.next().filter(|_| splices.next().is_none()).map(|(_, part)| whole(part, true))
        }
        PartKind::Seq(items) => {
            let item = items.iter().filter(|item| !is_omitted(item, holes)).nth(first.parse().ok()?)?;
            place(item, holes, text, rest, line)
        }
        PartKind::Hole(_) => Some(whole(part, true)),
        PartKind::Literal(..) | PartKind::Text(_) => None,
    }
}

/// The line of a literal block that prints line `line` of the text it becomes.
fn line_of(part: &Part, holes: &[Hole], text: &str, line: usize) -> Option<Span> {
    let range = part.span.range();
    let header = text.get(..range.start)?.trim_end().rsplit(char::is_whitespace).next()?;
    if !header.starts_with('|') {
        return None;
    }
    let (unfilled, line) = match &part.kind {
        PartKind::Literal(value, _) => (value.as_str()?.to_owned(), line),
        PartKind::Text(pieces) => (as_printed(pieces), unfilled_line(pieces, holes, line)?),
        _ => return None,
    };
    // The block begins with its first line that is not blank.
    let blank = unfilled.lines().take_while(|line| line.trim().is_empty()).count();
    let mut start = range.start;
    for _ in 0..line.checked_sub(blank)? {
        start += text[start..range.end].find('\n')? + 1;
    }
    let shown = text[start..].lines().next()?;
    let indent = shown.len() - shown.trim_start().len();
    Some(Span::new(start + indent..start + shown.len()))
}

fn as_printed(pieces: &[Piece]) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Literal(literal) => literal.clone(),
        Piece::Hole(number) => super::Token(*number).text().into_owned(),
        Piece::Cut => String::new(),
    };
    pieces.iter().map(piece).collect()
}

/// Which line of a text with holes becomes line `line` of the filled text.
fn unfilled_line(pieces: &[Piece], holes: &[Hole], line: usize) -> Option<usize> {
    let breaks = |text: &str| text.matches('\n').count();
    let (mut unfilled, mut filled) = (0, 0);
    for piece in pieces {
        match piece {
            Piece::Literal(literal) => {
                let more = breaks(literal);
                if filled + more > line {
                    return Some(unfilled + line - filled);
                }
                (unfilled, filled) = (unfilled + more, filled + more);
            }
            Piece::Hole(number) => filled += breaks(&scalar_text(holes.get(*number)?, holes, 0).ok()?),
            Piece::Cut => return None,
        }
        if filled > line {
            return Some(unfilled);
        }
    }
    (filled == line).then_some(unfilled)
}

/// The byte of the printed text `text` from which the byte at `offset` of the text that it becomes comes: a byte of the
/// hole's token where a hole was filled.
pub fn place_in_text(text: &str, holes: &[Hole], offset: usize) -> Option<usize> {
    let Some(pieces) = pieces(text) else { return (offset < text.len()).then_some(offset) };
    let (mut printed, mut filled) = (0, 0);
    for piece in &pieces {
        let (length, becomes) = match piece {
            Piece::Literal(literal) => (literal.len(), literal.len()),
            Piece::Hole(number) => {
                let token = super::Token(*number).text();
                (token.len(), fill_text(&token, holes).ok()?.len())
            }
            Piece::Cut => return None,
        };
        if offset < filled + becomes {
            return Some(if matches!(piece, Piece::Literal(_)) { printed + offset - filled } else { printed });
        }
        (printed, filled) = (printed + length, filled + becomes);
    }
    None
}
