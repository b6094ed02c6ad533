//! What a plain scalar means.
//!
//! The rules are the core schema of YAML 1.2 (<https://yaml.org/spec/1.2.2/#103-core-schema>). Where YAML 1.1, which
//! most tools of the Kubernetes world still read, would see another *number* in the same text, there is no right
//! answer, so the author is asked instead. Words such as `yes` are text here and come out quoted, so that every
//! reader agrees on them.

use serde_json::Value;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Location;

/// The meaning of a plain scalar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Resolved {
    /// No value.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number that fits a signed 64-bit integer.
    Signed(i64),
    /// A whole number above that which fits an unsigned 64-bit integer.
    Unsigned(u64),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// Text.
    Text,
}

impl Resolved {
    /// What a plain scalar that is spelled `text` stands for, as plain data.
    pub fn data(self, text: &str) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Signed(number) => Value::from(number),
            Self::Unsigned(number) => Value::from(number),
            Self::Float(number) => Value::from(number),
            Self::Text => Value::String(text.to_owned()),
        }
    }
}

/// Why a plain scalar has no safe meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ambiguity {
    /// A leading zero: decimal for YAML 1.2, octal for YAML 1.1.
    LeadingZero,
    /// A whole number that needs more than 64 bits.
    TooLarge,
    /// Infinity or not-a-number, which JSON and the Kubernetes API can't hold.
    NotFinite,
}

impl Ambiguity {
    /// The finding about `text` at `location`, with the ways to say what is meant.
    pub fn diagnostic(self, text: &str, location: &Location) -> Diagnostic {
        let error = |message: String| Diagnostic::error(Code::AmbiguousNumber, message).at(location.clone(), "");
        let diagnostic = match self {
            Self::LeadingZero => {
                let diagnostic = error(format!("`{text}` is octal for YAML 1.1 and decimal for YAML 1.2"));
                match i64::from_str_radix(text, 8) {
                    Ok(number) => diagnostic.help(format!("write `{number}` if it is octal, such as a file mode")),
                    Err(_) => diagnostic,
                }
            }
            Self::TooLarge => error(format!("`{text}` does not fit into 64 bits")),
            Self::NotFinite => error(format!("`{text}` is not a number that the Kubernetes API can hold")),
        };
        diagnostic.suggest("if it is text, put it in quotes", location.clone(), format!("\"{text}\""))
    }
}

/// The meaning of `text` as a plain scalar.
///
/// # Errors
/// The text is a number that readers disagree about.
pub fn resolve_plain(text: &str) -> Result<Resolved, Ambiguity> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Resolved::Null),
        "true" | "True" | "TRUE" => return Ok(Resolved::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Resolved::Bool(false)),
        ".nan" | ".NaN" | ".NAN" => return Err(Ambiguity::NotFinite),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Err(Ambiguity::NotFinite);
    }
    match unsigned.as_bytes().first() {
        Some(b'0'..=b'9' | b'.') => number(text, unsigned),
        _ => Ok(Resolved::Text),
    }
}

fn number(text: &str, unsigned: &str) -> Result<Resolved, Ambiguity> {
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix)
            && !digits.is_empty()
            && digits.chars().all(|c| c.is_digit(radix))
        {
            return u64::from_str_radix(digits, radix).map(whole).map_err(|_| Ambiguity::TooLarge);
        }
    }
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        if unsigned.len() > 1 && unsigned.starts_with('0') {
            return Err(Ambiguity::LeadingZero);
        }
        let text = text.strip_prefix('+').unwrap_or(text);
        return match (text.parse::<i64>(), text.parse::<u64>()) {
            (Ok(number), _) => Ok(Resolved::Signed(number)),
            (_, Ok(number)) => Ok(Resolved::Unsigned(number)),
            _ => Err(Ambiguity::TooLarge),
        };
    }
    if is_float(unsigned) {
        // Rust reads every form of the core schema; one too large for 64 bits becomes infinite.
        return match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Resolved::Float(number)),
            _ => Err(Ambiguity::NotFinite),
        };
    }
    Ok(Resolved::Text)
}

fn whole(number: u64) -> Resolved {
    i64::try_from(number).map_or(Resolved::Unsigned(number), Resolved::Signed)
}

/// `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`, the sign taken off before.
fn is_float(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (text, None),
    };
    let mantissa_ok = match mantissa.split_once('.') {
        Some(("", fraction)) => !fraction.is_empty() && digits(fraction),
        Some((integer, fraction)) => digits(integer) && digits(fraction),
        None => !mantissa.is_empty() && digits(mantissa),
    };
    mantissa_ok && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_schema_and_nothing_more() {
        use Resolved::{Bool, Float, Null, Signed, Text, Unsigned};
        for (text, meaning) in [
            ("", Null),
            ("~", Null),
            ("true", Bool(true)),
            ("yes", Text),
            ("on", Text),
            ("n", Text),
            ("0", Signed(0)),
            ("-12", Signed(-12)),
            ("+5", Signed(5)),
            ("18446744073709551615", Unsigned(u64::MAX)),
            ("0x1F", Signed(31)),
            ("0o17", Signed(15)),
            ("0x", Text),
            ("1.10", Float(1.1)),
            ("1e3", Float(1000.0)),
            ("012e4", Float(120_000.0)),
            (".5", Float(0.5)),
            ("5.", Float(5.0)),
            ("1_000", Text),
            ("12:30:45", Text),
            ("1.2.3", Text),
            ("-", Text),
            (".", Text),
            ("1e", Text),
            ("100m", Text),
            ("2026-01-01", Text),
        ] {
            assert_eq!(resolve_plain(text), Ok(meaning), "{text:?}");
        }
    }

    #[test]
    fn numbers_that_readers_disagree_about_are_refused() {
        for (text, why) in [
            ("0777", Ambiguity::LeadingZero),
            ("-012", Ambiguity::LeadingZero),
            ("18446744073709551616", Ambiguity::TooLarge),
            ("-.inf", Ambiguity::NotFinite),
            (".NaN", Ambiguity::NotFinite),
            ("1e999", Ambiguity::NotFinite),
        ] {
            assert_eq!(resolve_plain(text), Err(why), "{text:?}");
        }
    }
}
