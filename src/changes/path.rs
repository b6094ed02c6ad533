//! Where in a document a field stands, as a person would write it.

use std::fmt;

use serde::{Serialize, Serializer};

/// One step from a value into a part of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    /// A key of a mapping.
    Key(String),
    /// The item of a list whose fields have these values: `name` is `web`.
    Item(Vec<(&'static str, String)>),
    /// The item of a list at this place, counted from 0.
    Index(usize),
}

/// The way from a document to one field of it. It is written `spec.template.spec.containers[web].image`; a key with a
/// dot in it stands in brackets and quotes, and an item that is known by another field than its name says by which:
/// `ports[port=80,protocol=TCP]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldPath(Vec<Segment>);

impl FieldPath {
    /// The steps, from the document on.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// This path and one more step.
    #[must_use]
    pub fn then(&self, segment: Segment) -> Self {
        let mut segments = self.0.clone();
        segments.push(segment);
        Self(segments)
    }

    /// This path and one more key.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.then(Segment::Key(key.to_owned()))
    }

    /// The keys of the path up to its first list.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map_while(|segment| match segment {
            Segment::Key(key) => Some(key.as_str()),
            _ => None,
        })
    }

    /// Whether the path leads through the keys `start`.
    pub fn starts_with(&self, start: &[&str]) -> bool {
        let mut keys = self.keys();
        start.iter().all(|wanted| keys.next() == Some(wanted))
    }

    /// Whether the last steps are the keys `end`.
    pub fn ends_with(&self, end: &[&str]) -> bool {
        self.0.len() >= end.len()
            && self.0[self.0.len() - end.len()..].iter().zip(end).all(|(segment, key)| segment.is_key(key))
    }
}

impl Segment {
    /// Whether this is the key `key`.
    pub fn is_key(&self, key: &str) -> bool {
        matches!(self, Self::Key(found) if found == key)
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("the document");
        }
        for (at, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) if is_plain(key) && at == 0 => f.write_str(key)?,
                Segment::Key(key) if is_plain(key) => write!(f, ".{key}")?,
                Segment::Key(key) => write!(f, "[{key:?}]")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Item(fields) => {
                    let field = |(key, value): &(&str, String)| match *key {
                        "name" | "metadata.name" if !is_number(value) => shown(value),
                        _ => format!("{key}={}", shown(value)),
                    };
                    write!(f, "[{}]", fields.iter().map(field).collect::<Vec<_>>().join(","))?;
                }
            }
        }
        Ok(())
    }
}

impl Serialize for FieldPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Whether `key` can stand between dots.
fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '$'))
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn shown(value: &str) -> String {
    let is_plain = !value.is_empty() && !value.contains(|c: char| c.is_control() || matches!(c, '[' | ']' | ',' | '"'));
    if is_plain { value.to_owned() } else { format!("{value:?}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_written_as_people_write_them() {
        let path = FieldPath::default().key("spec").key("containers");
        let item = |key, value: &str| path.then(Segment::Item(vec![(key, value.to_owned())]));
        assert_eq!(item("name", "web").key("image").to_string(), "spec.containers[web].image");
        assert_eq!(item("name", "8080").to_string(), "spec.containers[name=8080]");
        assert_eq!(item("metadata.name", "data").to_string(), "spec.containers[data]");
        assert_eq!(item("mountPath", "/a,b").to_string(), "spec.containers[mountPath=\"/a,b\"]");
        assert_eq!(path.then(Segment::Index(3)).to_string(), "spec.containers[3]");
        assert_eq!(FieldPath::default().key("a.b").key("c").to_string(), "[\"a.b\"].c");
        let two = Segment::Item(vec![("port", "80".into()), ("protocol", "TCP".into())]);
        assert_eq!(path.then(two).to_string(), "spec.containers[port=80,protocol=TCP]");
    }

    #[test]
    fn a_path_is_asked_by_its_keys() {
        let path = FieldPath::default().key("spec").then(Segment::Index(0)).key("size");
        assert!(path.starts_with(&["spec"]) && !path.starts_with(&["spec", "size"]));
        assert!(path.ends_with(&["size"]) && !path.ends_with(&["spec", "size"]));
    }
}
