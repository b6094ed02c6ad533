//! The few documents that S3 speaks, read into a tree and written from text.
//!
//! The reader is for answers of a service, and so is lenient: prefixes of names and attributes are dropped, comments and
//! declarations skipped. It refuses what has no place in such an answer: definitions of types, which make bombs, and
//! nesting that never ends.

/// How deep elements may nest. The documents of S3 need six levels.
const DEPTH: usize = 32;

/// An element of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Element {
    /// Without its prefix.
    pub(super) name: String,
    /// All text directly in it; nothing where that is only the white space between elements.
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// The text of an element without others in it.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The elements of a name directly in this one, in their order.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first of them.
    pub(super) fn first(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first element of a name, where there is any.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.first(name).map(Self::text).filter(|text| !text.is_empty())
    }

    /// The names of all elements directly in this one.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.children.iter().map(|child| child.name.as_str())
    }
}

/// A text that is no document that could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    /// It ends too early, or a sign is missing in it.
    #[error("its body is not XML")]
    Syntax,
    /// It defines types.
    #[error("its body is XML that defines types")]
    Definition,
    /// Its elements nest too deep.
    #[error("its body is XML with more than {DEPTH} levels")]
    Depth,
}

/// Reads a document.
pub(super) fn parse(text: &str) -> Result<Element, Malformed> {
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    let mut open: Vec<Element> = Vec::new();
    while !rest.is_empty() {
        let Some(tag) = rest.strip_prefix('<') else {
            let (data, behind) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
            match open.last_mut() {
                Some(element) => element.text.push_str(&unescaped(data)?),
                None if data.trim().is_empty() => {}
                None => return Err(Malformed::Syntax),
            }
            rest = behind;
            continue;
        };
        if let Some(data) = tag.strip_prefix("![CDATA[") {
            let (data, behind) = data.split_once("]]>").ok_or(Malformed::Syntax)?;
            open.last_mut().ok_or(Malformed::Syntax)?.text.push_str(data);
            rest = behind;
        } else if let Some(comment) = tag.strip_prefix("!--") {
            rest = comment.split_once("-->").ok_or(Malformed::Syntax)?.1;
        } else if let Some(declaration) = tag.strip_prefix('?') {
            rest = declaration.split_once("?>").ok_or(Malformed::Syntax)?.1;
        } else if tag.starts_with('!') {
            return Err(Malformed::Definition);
        } else {
            let end = end_of_tag(tag).ok_or(Malformed::Syntax)?;
            let (tag, behind) = (&tag[..end], &tag[end + 1..]);
            rest = behind;
            let (closes, opens) = (tag.starts_with('/'), !tag.ends_with('/'));
            let name = name(tag).ok_or(Malformed::Syntax)?;
            if !closes {
                open.push(Element { name: name.to_owned(), ..Element::default() });
            }
            if open.len() > DEPTH {
                return Err(Malformed::Depth);
            }
            if closes || !opens {
                let mut element = open.pop().filter(|element| element.name == name).ok_or(Malformed::Syntax)?;
                // The white space between elements says nothing.
                if !element.children.is_empty() && element.text.trim().is_empty() {
                    element.text.clear();
                }
                match open.last_mut() {
                    Some(parent) => parent.children.push(element),
                    // The root is closed. What comes behind it is nothing to us.
                    None => return Ok(element),
                }
            }
        }
    }
    Err(Malformed::Syntax)
}

/// Where a tag ends: at a `>` outside of quotes.
fn end_of_tag(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// The name in a tag, without slashes and prefix.
fn name(tag: &str) -> Option<&str> {
    let name = tag.trim_matches('/').split_whitespace().next()?;
    let name = name.rsplit(':').next().unwrap_or(name);
    (!name.is_empty()).then_some(name)
}

/// Text with its references resolved.
fn unescaped(text: &str) -> Result<String, Malformed> {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, reference)) = rest.split_once('&') {
        result.push_str(before);
        let (name, behind) = reference.split_once(';').ok_or(Malformed::Syntax)?;
        let number = match name.strip_prefix("#x").or_else(|| name.strip_prefix("#X")) {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None => name.strip_prefix('#').and_then(|digits| digits.parse().ok()),
        };
        let character = match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => number.and_then(char::from_u32),
        };
        result.push(character.ok_or(Malformed::Syntax)?);
        rest = behind;
    }
    result.push_str(rest);
    Ok(result)
}

/// Whether a document can carry this text: most control characters have no place in one, not even as references.
pub(super) fn can_hold(text: &str) -> bool {
    !text.chars().any(|c| (c < ' ' && !"\t\n\r".contains(c)) || matches!(c, '\u{fffe}' | '\u{ffff}'))
}

/// An element around what is in it, which is a document's text already.
pub(super) fn element(name: &str, inner: &str) -> String {
    format!("<{name}>{inner}</{name}>")
}

/// An element around plain text.
pub(super) fn plain(name: &str, text: &str) -> String {
    element(name, &escaped(text))
}

/// Plain text as a document carries it. White space that a reader would change is written as references.
fn escaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => result.push_str("&amp;"),
            '<' => result.push_str("&lt;"),
            '>' => result.push_str("&gt;"),
            '"' => result.push_str("&quot;"),
            '\t' => result.push_str("&#9;"),
            '\n' => result.push_str("&#10;"),
            '\r' => result.push_str("&#13;"),
            other => result.push(other),
        }
    }
    result
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_read_whatever_it_is_dressed_in() {
        let text = "\u{feff}<?xml version=\"1.0\"?>\n<!-- a > b -->\n<s3:List xmlns:s3='http://example.com/>'>\n \
            <Key>a&amp;b &#x3c;&#60; </Key><Empty/><Empty a=\"/\" /><Key><![CDATA[<c&d>]]></Key>\n</s3:List>\nbehind";
        let list = parse(text).unwrap();
        assert_eq!((list.name.as_str(), list.text()), ("List", ""));
        assert_eq!(list.all("Key").map(Element::text).collect::<Vec<_>>(), ["a&b << ", "<c&d>"]);
        assert_eq!(list.names().collect::<Vec<_>>(), ["Key", "Empty", "Empty", "Key"]);
        assert_eq!((list.value("Empty"), list.value("None")), (None, None));
    }

    #[test]
    fn what_is_no_document_is_refused() {
        for (text, problem) in [
            ("", Malformed::Syntax),
            ("plain", Malformed::Syntax),
            ("<a>", Malformed::Syntax),
            ("<a></b>", Malformed::Syntax),
            ("</a>", Malformed::Syntax),
            ("<>", Malformed::Syntax),
            ("<a>&other;</a>", Malformed::Syntax),
            ("<a>&#xd800;</a>", Malformed::Syntax),
            ("<a b='>", Malformed::Syntax),
            ("<!DOCTYPE html><html></html>", Malformed::Definition),
            (&"<a>".repeat(33), Malformed::Depth),
        ] {
            assert_eq!(parse(text), Err(problem), "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for text in ["plain", "a<b>&\"'c", "lines\r\n\tof text", "ä€😀", "]]>"] {
            let written = plain("Key", text);
            assert!(can_hold(text) && parse(&written).unwrap().text() == text, "{written}");
        }
        assert!(!can_hold("bell\u{7}") && !can_hold("\0"));
    }
}
