//! Where exactly a node stands. The parser's spans are made for messages: they count an anchor or tag as part of the node,
//! and some reach over the comment behind it, or up to the next token.

use std::ops::Range;

use crate::source::Location;
use crate::yaml::{Entry, Node, NodeKind};

/// Whether the place `inner` is in the text of `node`.
pub(super) fn contains(node: &Node, inner: &Location) -> bool {
    let (outer, inner) = (node.location.span, inner.span);
    outer.start <= inner.start && inner.end <= outer.end
}

/// Whether the value of `entry` was read elsewhere: an anchor stands before whatever refers to it.
pub(super) fn is_alias(entry: &Entry) -> bool {
    entry.value.location.span.start < entry.key.span.end
}

/// Whether `node` is written in braces or brackets.
pub(super) fn is_flow(node: &Node) -> bool {
    let text = node.location.source.text();
    node.as_scalar().is_none() && text[token(text, node).start..].starts_with(['{', '['])
}

/// The bytes of a node without anchor, tag, and what is behind it; of a block scalar those of its content.
pub(super) fn token(text: &str, node: &Node) -> Range<usize> {
    let Range { mut start, end } = node.location.span.range();
    while text[start..end].starts_with(['&', '!']) {
        let property = text[start..end].find(char::is_whitespace).unwrap_or(end - start);
        start += property;
        start += text[start..end].len() - text[start..end].trim_start().len();
    }
    if node.as_scalar().is_none() {
        return start..end;
    }
    if text[start..end].starts_with(['|', '>']) {
        start += text[start..end].find('\n').unwrap_or(0);
        start += text[start..end].len() - text[start..end].trim_start().len();
    }
    let inner = &text[start..end];
    let length = match inner.chars().next() {
        Some(quote @ ('\'' | '"')) => closing(inner, quote),
        _ => inner.trim_end().len(),
    };
    start..start + length
}

/// The length of what begins with `quote`, up to the one that closes it.
fn closing(text: &str, quote: char) -> usize {
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        let escapes = match quote {
            '"' => character == '\\',
            _ => character == '\'' && characters.peek().is_some_and(|(_, next)| *next == '\''),
        };
        if escapes {
            characters.next();
        } else if character == quote {
            return at + 1;
        }
    }
    text.len()
}

/// Where a key can be put behind the last one of the block mapping `node`, whose keys stand in `column`: behind the line
/// of its last value, and behind the comments that go with it.
pub(super) fn end_of_content(node: &Node, column: usize) -> usize {
    let text = node.location.source.text();
    let mut end = line_end(text, last_byte(node));
    if node.location.span.range().is_empty() {
        return text.len();
    }
    for line in text[end..].split_inclusive('\n') {
        let content = line.trim_start();
        let indentation = line.len() - content.len();
        let belongs = indentation > column || indentation == column && content.starts_with('#');
        if content.is_empty() || !belongs {
            break;
        }
        end += line.len();
    }
    end
}

/// The beginning of the line behind the byte `at`.
fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |newline| at + newline + 1)
}

/// The end of what `node` holds, without the blank lines and comments up to the next token.
fn last_byte(node: &Node) -> usize {
    let text = node.location.source.text();
    let range = token(text, node);
    if is_flow(node) {
        return range.end;
    }
    let here = |inner: &Location| contains(node, inner);
    let below = |value: &Node| if here(&value.location) { last_byte(value) } else { 0 };
    let inner = match &node.kind {
        NodeKind::Scalar(_) => return range.end,
        NodeKind::Map(map) => {
            let own = map.values().filter(|entry| here(&entry.key));
            own.map(|entry| below(&entry.value).max(entry.key.span.range().end)).max()
        }
        NodeKind::Seq(items) => items.iter().map(below).max(),
    };
    inner.unwrap_or_default().max(range.start)
}
