//! What all scalars share: they are parsed once, say precisely what is wrong, and describe themselves in the schema.
//!
//! Each grammar stands in the file of its family (`names`, `network`, `image` …) as a function that returns what is
//! wrong as the rest of a sentence about the text; the macros here make types of them.

/// A text that was checked when it was made.
pub trait TextScalar: Sized {
    /// The name of the grammar: the `format` keyword in the schema, and the key of [`formats`](super::formats).
    const FORMAT: &'static str;
    /// Texts that are right, the most telling one first.
    const EXAMPLES: &'static [&'static str];

    /// Checks `text` against the grammar and keeps it as it is.
    ///
    /// # Errors
    /// Says what is wrong with the text and what a right one looks like.
    fn parse(text: &str) -> Result<Self, String>;

    /// The text.
    fn as_str(&self) -> &str;
}

/// What a check has to say: nothing, or the rest of a sentence that begins with the text.
pub(super) type Checked = Result<(), String>;

/// The refusal of `text` as one sentence: what is wrong, and what a right one looks like.
pub(super) fn refusal(text: &str, problem: &str, example: &str) -> String {
    format!("`{}` {problem}; write it like `{example}`", shown(text))
}

/// `text` in a form that a message can hold: escaped, and cut where it is long.
pub(super) fn shown(text: &str) -> String {
    const LIMIT: usize = 60;
    let mut shown: String = text.chars().take(LIMIT).flat_map(visible).collect();
    if text.chars().nth(LIMIT).is_some() {
        shown.push('…');
    }
    shown
}

/// The character itself, or its escape where it cannot be seen.
fn visible(character: char) -> impl Iterator<Item = char> {
    let hidden = character.is_control() || (character.is_whitespace() && character != ' ');
    let escape = hidden.then(|| character.escape_default());
    let plain = (!hidden).then_some(character);
    escape.into_iter().flatten().chain(plain)
}

/// Refuses an empty text, and one of more than `limit` bytes.
pub(super) fn check_length(text: &str, limit: usize) -> Checked {
    match text.len() {
        0 => Err("is empty".to_owned()),
        length if length > limit => Err(format!("is {length} bytes long, and {limit} is the limit")),
        _ => Ok(()),
    }
}

/// Refuses the first character that `allowed` does not know; `whose` ends "a character that no … may have".
pub(super) fn check_characters(text: &str, whose: &str, allowed: impl Fn(char) -> bool) -> Checked {
    match text.chars().find(|&character| !allowed(character)) {
        None => Ok(()),
        Some(bad) => {
            Err(format!("has a character that no {whose} may have: `{}`", shown(bad.encode_utf8(&mut [0; 4]))))
        }
    }
}

/// Lower-case ASCII letters and digits.
pub(super) fn is_lower_alphanumeric(character: char) -> bool {
    character.is_ascii_lowercase() || character.is_ascii_digit()
}

/// A plain decimal number without sign and, unless it is `0`, without leading zeros.
pub(super) fn is_decimal(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'))
}

/// Defines text scalars: the type, how it is parsed and printed, how serde reads and writes it, and its schema. The
/// doc comment becomes the description in editors.
macro_rules! text_scalars {
    ($($(#[doc = $doc:literal])+ $name:ident = $format:literal, $check:path, [$($example:literal),+ $(,)?];)+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Checks `text` and keeps it as it is.
            ///
            /// # Errors
            /// Says what is wrong with the text and what a right one looks like.
            pub fn parse(text: &str) -> Result<Self, String> {
                <Self as $crate::model::TextScalar>::parse(text)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl $crate::model::TextScalar for $name {
            const FORMAT: &'static str = $format;
            const EXAMPLES: &'static [&'static str] = &[$($example),+];

            fn parse(text: &str) -> Result<Self, String> {
                match $check(text) {
                    Ok(()) => Ok(Self(text.to_owned())),
                    Err(problem) => Err($crate::model::scalars::refusal(text, &problem, Self::EXAMPLES[0])),
                }
            }

            fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "format": $format,
                    "description": concat!($($doc, "\n"),+).trim(),
                    "examples": [$($example),+],
                })
            }
        }
    )+};
}

/// Defines whole numbers within a range: the type, how serde reads and writes it, and its schema.
macro_rules! number_scalars {
    ($($(#[doc = $doc:literal])+ $name:ident($number:ty) = $low:literal..=$high:literal, [$($example:literal),+];)+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name($number);

        impl $name {
            /// Checks that `number` is in range.
            ///
            /// # Errors
            /// Says what the range is.
            pub fn new(number: i64) -> Result<Self, String> {
                match <$number>::try_from(number) {
                    Ok(number) if ($low..=$high).contains(&number) => Ok(Self(number)),
                    _ => Err(format!("`{number}` is out of range: the lowest is {}, the highest {}", $low, $high)),
                }
            }

            /// The number.
            pub const fn get(self) -> $number {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(i64::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "integer",
                    "minimum": $low,
                    "maximum": $high,
                    "description": concat!($($doc, "\n"),+).trim(),
                    "examples": [$($example),+],
                })
            }
        }
    )+};
}

pub(super) use {number_scalars, text_scalars};

#[cfg(test)]
mod tests;
