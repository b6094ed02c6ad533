//! As much XML as S3 needs: elements without attributes, found by their names.

use std::fmt::Write as _;

use regex::Regex;

/// The text of every element of a name, in order, at whatever depth.
pub(crate) fn all(text: &str, name: &str) -> Vec<String> {
    let pattern = format!(r"(?s)<{name}(?:\s[^>]*[^/>])?>(.*?)</{name}>");
    let pattern = Regex::new(&pattern).unwrap();
    pattern.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

/// The text of the first element of a name.
pub(crate) fn first(text: &str, name: &str) -> Option<String> {
    all(text, name).into_iter().next().map(|text| unescaped(&text))
}

/// The names of all elements.
pub(crate) fn names(text: &str) -> Vec<String> {
    let pattern = Regex::new(r"<([A-Za-z0-9]+)").unwrap();
    pattern.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

pub(crate) fn unescaped(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    text.replace("&amp;", "&")
}

/// A document that grows element by element.
#[derive(Debug, Default)]
pub(crate) struct Document(pub(crate) String);

impl Document {
    pub(crate) fn text(mut self, name: &str, text: &str) -> Self {
        write!(self.0, "<{name}>{}</{name}>", escaped(text)).unwrap();
        self
    }

    pub(crate) fn part(mut self, name: &str, part: &Self) -> Self {
        write!(self.0, "<{name}>{}</{name}>", part.0).unwrap();
        self
    }

    /// The whole, with its root.
    pub(crate) fn root(self, name: &str) -> String {
        let space = "http://s3.amazonaws.com/doc/2006-03-01/";
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><{name} xmlns=\"{space}\">{}</{name}>", self.0)
    }
}
