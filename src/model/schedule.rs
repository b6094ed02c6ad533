//! Time and order: durations, times of day, cron lines and sync waves.

use super::scalars::{Checked, check_length, number_scalars, text_scalars};

text_scalars! {
    /// A span of time as Go's `time.ParseDuration` reads it, without a sign: numbers with `ns`, `us`, `ms`, `s`, `m` or
    /// `h` behind each.
    Duration = "go-duration", duration, ["90s", "1h30m", "720h"];
    /// A time of day, hours and minutes in UTC, from `00:00` to `23:59`.
    TimeOfDay = "time-of-day", time_of_day, ["04:00"];
    /// A schedule of five fields as Kubernetes reads it (minute, hour, day of month, month, day of week; Sunday is 0).
    Cron = "cron", cron, ["30 4 * * 1-5", "*/15 * * * *"];
    /// A day of the Gregorian calendar (RFC 3339, `full-date`). Days are in the order of their texts.
    Date = "calendar-date", date, ["2027-03-31"];
}

number_scalars! {
    /// The order in which Argo CD syncs, lowest first, from -100 to 100.
    SyncWave(i32) = -100..=100, [-10, 0, 10];
}

fn duration(text: &str) -> Checked {
    check_length(text, 64)?;
    if text.starts_with(['-', '+']) {
        return Err("has a sign".to_owned());
    }
    if text == "0" {
        return Ok(());
    }
    let mut rest = text;
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (digits, tail) = rest.split_at(number);
        let points = digits.bytes().filter(|&byte| byte == b'.').count();
        if digits.len() == points || points > 1 {
            return Err("has a unit without a number before it".to_owned());
        }
        let end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        match unit {
            "ns" | "us" | "µs" | "μs" | "ms" | "s" | "m" | "h" => rest = tail,
            "" => return Err("has a number without a unit behind it".to_owned()),
            "d" | "w" | "y" => return Err(format!("has the unit `{unit}`, and hours (`h`) are the largest")),
            _ => return Err(format!("has the unit `{}`, which Go does not know", super::scalars::shown(unit))),
        }
    }
    Ok(())
}

fn time_of_day(text: &str) -> Checked {
    let two = |part: &str, limit: u8| {
        part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()) && part.parse::<u8>().is_ok_and(|n| n < limit)
    };
    match text.split_once(':') {
        Some((hours, minutes)) if two(hours, 24) && two(minutes, 60) => Ok(()),
        _ => Err("is not a time from `00:00` to `23:59`".to_owned()),
    }
}

fn date(text: &str) -> Checked {
    let shape = || "is not a day written as year, month and day".to_owned();
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return Err(shape()) };
    let number = |part: &str, length: usize| {
        let digits = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse::<u32>().ok()).flatten()
    };
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2)) else {
        return Err(shape());
    };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return Err(format!("has the month {month}")),
    };
    if (1..=days).contains(&day) { Ok(()) } else { Err(format!("has the day {day} in a month of {days}")) }
}

/// One field of a cron line: its name, its range, and the names that stand for numbers from the range's start on.
struct Field(&'static str, u32, u32, &'static [&'static str]);

const FIELDS: [Field; 5] = [
    Field("minute", 0, 59, &[]),
    Field("hour", 0, 23, &[]),
    Field("day of month", 1, 31, &[]),
    Field("month", 1, 12, &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
    Field("day of week", 0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
];

fn cron(text: &str) -> Checked {
    check_length(text, 256)?;
    let fields: Vec<_> = text.split([' ', '\t']).filter(|field| !field.is_empty()).collect();
    if fields.len() != FIELDS.len() {
        return Err(format!("has {} fields instead of 5", fields.len()));
    }
    FIELDS.iter().zip(fields).try_for_each(|(field, text)| {
        text.split(',')
            .try_for_each(|item| field.check(item))
            .map_err(|problem| format!("has `{}` as its {}, {problem}", super::scalars::shown(text), field.0))
    })
}

impl Field {
    /// One item of the field's list: a number, a range or a star, each with an optional step.
    fn check(&self, item: &str) -> Checked {
        let (range, step) = item.split_once('/').map_or((item, None), |(range, step)| (range, Some(step)));
        if step.is_some_and(|step| !step.parse::<u32>().is_ok_and(|step| step > 0) || step.starts_with('+')) {
            return Err("whose step is not a number above 0".to_owned());
        }
        if range == "*" {
            return Ok(());
        }
        match range.split_once('-') {
            None => self.number(range).map(|_| ()),
            Some((low, high)) if self.number(low)? <= self.number(high)? => Ok(()),
            Some(_) => Err("whose range runs backwards".to_owned()),
        }
    }

    fn number(&self, text: &str) -> Result<u32, String> {
        let Self(_, low, high, names) = self;
        if let Some(at) = names.iter().position(|name| name.eq_ignore_ascii_case(text)) {
            return Ok(low + u32::try_from(at).unwrap_or(u32::MAX));
        }
        match text.parse() {
            Ok(number) if (*low..=*high).contains(&number) && !text.starts_with('+') => Ok(number),
            _ => Err(format!("where numbers from {low} to {high} may stand")),
        }
    }
}
