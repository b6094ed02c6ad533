//! What a body may hold. The service refuses fields that it does not know, and so do we.

use serde_json::{Map, Value};

/// Why a body is refused.
pub(crate) struct Problem(pub(crate) String);

/// What a field holds.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Text,
    /// At most so many characters.
    Short(usize),
    /// What people see: no angle brackets.
    Name,
    /// Empty, or an address that begins with `https://`.
    SecureAddress,
    Flag,
    /// One of these words.
    Word(&'static [&'static str]),
    Texts,
    Addresses,
    /// A list of words out of these.
    Words(&'static [&'static str]),
    /// An object of these fields; those with a mark have to be there.
    Object(&'static [Field]),
    Objects(&'static [Field]),
    /// Whatever it is: we never send it, and a test that does has to say here what it is.
    Any,
    Number,
    /// Texts by name, at most ten, each at most 255 characters, names of few characters; `null` takes one away.
    Metadata,
}

/// A field, whether it has to be there, and what it holds.
pub(crate) type Field = (&'static str, bool, Kind);

/// Holds a body to the fields of its resource.
pub(crate) fn check(body: &Map<String, Value>, fields: &[Field], is_partial: bool) -> Result<(), Problem> {
    for (name, value) in body {
        let field = fields.iter().find(|(known, ..)| known == name);
        let Some((_, _, kind)) = field else {
            return Err(Problem(format!("Additional properties not allowed: {name}")));
        };
        kind.check(name, value)?;
    }
    match fields.iter().find(|(name, is_needed, _)| *is_needed && !is_partial && !body.contains_key(*name)) {
        Some((name, ..)) => Err(Problem(format!("Missing required property: {name}"))),
        None => Ok(()),
    }
}

impl Kind {
    fn check(self, name: &str, value: &Value) -> Result<(), Problem> {
        let wrong = |expected: &str| Err(Problem(format!("Expected type {expected} for property {name}: {value}")));
        let one_of = |word: &Value, words: &[&str]| word.as_str().is_some_and(|word| words.contains(&word));
        match self {
            Self::Text if !value.is_string() => wrong("string"),
            Self::Short(most) if value.as_str().is_none_or(|text| text.chars().count() > most) => wrong("short string"),
            Self::Name if value.as_str().is_none_or(|text| text.is_empty() || text.contains(['<', '>'])) => {
                wrong("name")
            }
            Self::SecureAddress
                if value.as_str().is_none_or(|text| !text.is_empty() && !text.starts_with("https://")) =>
            {
                wrong("https uri")
            }
            Self::Flag if !value.is_boolean() => wrong("boolean"),
            Self::Number if !value.is_u64() => wrong("integer"),
            Self::Word(words) if !one_of(value, words) => wrong(&words.join("|")),
            Self::Texts | Self::Addresses | Self::Words(_) => {
                let Some(list) = value.as_array() else { return wrong("array") };
                for item in list {
                    match (self, item.as_str()) {
                        (Self::Addresses, Some(text)) if !text.contains("://") => return wrong("uri"),
                        (Self::Words(words), Some(_)) if !one_of(item, words) => return wrong(&words.join("|")),
                        (_, Some(_)) => {}
                        (_, None) => return wrong("array of strings"),
                    }
                }
                Ok(())
            }
            Self::Object(fields) => match value {
                Value::Object(object) => check(object, fields, false),
                _ => wrong("object"),
            },
            Self::Objects(fields) => {
                let Some(list) = value.as_array() else { return wrong("array") };
                list.iter().try_for_each(|item| Self::Object(fields).check(name, item))
            }
            Self::Metadata => {
                let Some(entries) = value.as_object() else { return wrong("object") };
                let fits = |text: &str| text.chars().count() <= 255;
                let is_good = entries.iter().all(|(key, value)| {
                    let is_known = |c: char| c.is_ascii_alphanumeric() || ":,-+=_*?\"/\\()<>@\t ".contains(c);
                    !key.is_empty()
                        && key.chars().all(is_known)
                        && fits(key)
                        && (value.is_null() || value.as_str().is_some_and(fits))
                });
                if is_good && entries.len() <= 10 { Ok(()) } else { wrong("client metadata") }
            }
            _ => Ok(()),
        }
    }
}
