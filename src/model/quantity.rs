//! Amounts of CPU, memory and storage.

use super::scalars::{Checked, check_length, text_scalars};

text_scalars! {
    /// An amount as Kubernetes writes it (`resource.Quantity`): a number with `m`, `k`, `M`, `G`, `Ki`, `Mi`, `Gi` and
    /// so on behind it, or an exponent. Signs are refused: no request and no limit is negative.
    Quantity = "quantity", quantity, ["250m", "512Mi", "1.5"];
}

/// Suffixes with the power of ten that they stand for.
const DECIMAL: &[(&str, i32)] =
    &[("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];

/// Suffixes with the power of two that they stand for.
const BINARY: &[(&str, u32)] = &[("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];

impl Quantity {
    /// The amount in billionths of one, the smallest unit that Kubernetes keeps. What is smaller counts as one of
    /// them, as there; what is larger than the type holds counts as its maximum.
    pub fn nanos(&self) -> u128 {
        let (number, suffix) = split(&self.0);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = format!("{whole}{fraction}");
        let digits = digits.trim_start_matches('0');
        if digits.is_empty() {
            return 0;
        }
        let scale = i32::try_from(fraction.len()).unwrap_or(i32::MAX);
        let Ok(digits) = digits.parse::<u128>() else { return u128::MAX };
        match BINARY.iter().find(|(name, _)| *name == suffix) {
            Some((_, power)) => scaled(digits.saturating_mul(1 << power), 9_i32.saturating_sub(scale)),
            None => scaled(digits, exponent(suffix).unwrap_or(0).saturating_add(9).saturating_sub(scale)),
        }
    }
}

/// `number` times a power of ten, rounded up.
fn scaled(number: u128, power: i32) -> u128 {
    let factor = 10_u128.checked_pow(power.unsigned_abs());
    match factor {
        Some(factor) if power < 0 => number.div_ceil(factor),
        None if power < 0 => 1,
        Some(factor) => number.saturating_mul(factor),
        None => u128::MAX,
    }
}

/// The number, and what stands behind it.
fn split(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text.split_at(end)
}

/// The power of ten of a decimal suffix or an exponent.
fn exponent(suffix: &str) -> Option<i32> {
    if let Some((_, power)) = DECIMAL.iter().find(|(name, _)| *name == suffix) {
        return Some(*power);
    }
    let digits = suffix.strip_prefix(['e', 'E'])?;
    let unsigned = digits.strip_prefix(['+', '-']).unwrap_or(digits);
    let plain = !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

fn quantity(text: &str) -> Checked {
    check_length(text, 64)?;
    if text.starts_with(['-', '+']) {
        return Err("has a sign".to_owned());
    }
    let (number, suffix) = split(text);
    let points = number.bytes().filter(|&byte| byte == b'.').count();
    if number.len() == points || points > 1 {
        return Err("does not begin with a number".to_owned());
    }
    if exponent(suffix).is_some() || BINARY.iter().any(|(name, _)| *name == suffix) {
        return Ok(());
    }
    let near = match suffix.trim().to_ascii_lowercase().trim_end_matches('b') {
        "k" => "; 1000 is `k`, 1024 is `Ki`",
        "m" => "; a million is `M`, 1024² is `Mi`, a thousandth is `m`",
        "g" => "; 10⁹ is `G`, 1024³ is `Gi`",
        _ => "",
    };
    Err(format!("ends with `{}`, which is no unit of Kubernetes{near}", super::scalars::shown(suffix)))
}
