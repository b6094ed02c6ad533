//! When to try again, and how long to wait before: pure arithmetic over an answer.

use std::time::Duration;

use super::error::Error;
use super::request::Request;
use super::response::Response;

/// How often, and how patiently.
///
/// What must not happen twice, a POST for example, is sent again where it surely has not happened once: the server said
/// that it does nothing for now (429), or nothing of the request left this machine.
///
/// Waits double from the first on. There is no random part in them: it would keep thousands of clients from coming back
/// together, and this is one person's command, or one job's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries {
    /// How often a request is sent at most; at least once.
    pub attempts: u32,
    /// The first wait.
    pub first: Duration,
    /// The longest single wait. A server that asks for more gets no further request.
    pub longest: Duration,
}

impl Default for Retries {
    /// Five attempts within about a quarter of a minute, unless the server asks for up to a minute each.
    fn default() -> Self {
        Self { attempts: 5, first: Duration::from_secs(1), longest: Duration::from_secs(60) }
    }
}

impl Retries {
    /// How long to wait before attempt number `attempt + 1`; `None` where `outcome` stands.
    pub(super) fn wait(&self, request: &Request, outcome: &Result<Response, Error>, attempt: u32) -> Option<Duration> {
        if attempt >= self.attempts || !(request.may_repeat || surely_nothing_happened(outcome)) {
            return None;
        }
        let usual = self.first.saturating_mul(1 << (attempt - 1).min(16)).min(self.longest);
        match outcome {
            Ok(response) if matches!(response.status, 429 | 500 | 502 | 503 | 504) => match retry_after(response) {
                Some(asked) if asked > self.longest => None,
                asked => Some(asked.unwrap_or(usual)),
            },
            Err(Error::Transport { source, .. }) => source.may_pass().then_some(usual),
            Ok(_) | Err(_) => None,
        }
    }
}

/// Whether the server can't have done anything.
fn surely_nothing_happened(outcome: &Result<Response, Error>) -> bool {
    match outcome {
        Ok(response) => response.status == 429,
        Err(Error::Transport { source, .. }) => source.is_before_sending(),
        Err(_) => false,
    }
}

/// How long the server asks to wait: in seconds, or until a time, which counts from the time of the answer itself.
fn retry_after(response: &Response) -> Option<Duration> {
    let asked = response.header("retry-after")?.trim();
    if let Ok(seconds) = asked.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let (until, now) = (seconds(asked)?, seconds(response.header("date")?.trim())?);
    Some(Duration::from_secs(until.saturating_sub(now)))
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The seconds since 1970 of a date as HTTP writes it (RFC 9110, section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`. The
/// two older forms, which must not be sent any more, count as no date.
fn seconds(date: &str) -> Option<u64> {
    let (_, date) = date.split_once(", ")?;
    let parts: Vec<_> = date.split(' ').collect();
    let [day, month, year, time, "GMT"] = parts[..] else { return None };
    let month = u64::try_from(MONTHS.iter().position(|name| *name == month)?).ok()? + 1;
    let (day, year): (u64, u64) = (day.parse().ok()?, year.parse().ok()?);
    let clock: Vec<u64> = time.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [hour, minute, second] = clock[..] else { return None };
    if !(1970..=9999).contains(&year) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // Days from the civil calendar, with years that begin in March: a leap day is the last day of its year.
    let (shifted, since_march) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + (153 * since_march + 2) / 5 + day - 1;
    // From the first of March of the year 0 to the first of January 1970.
    let since_1970 = days.checked_sub(719_468)?;
    Some(since_1970 * 86_400 + hour * 3_600 + minute * 60 + second)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::http::{Failure, Method, Url};

    #[expect(clippy::unnecessary_wraps, reason = "an outcome, as a client has it")]
    fn answer(status: u16, headers: &[(&str, &str)]) -> Result<Response, Error> {
        let response = Response {
            method: Method::Get,
            url: Url::parse("https://example.com").unwrap(),
            status,
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: Vec::new(),
        };
        Ok(response)
    }

    fn request(method: Method) -> Request {
        Request::new(method, Url::parse("https://example.com").unwrap())
    }

    fn wait(outcome: &Result<Response, Error>, attempt: u32) -> Option<u64> {
        Retries::default().wait(&request(Method::Get), outcome, attempt).map(|wait| wait.as_secs())
    }

    #[test]
    fn waits_double_and_end() {
        let failed = answer(503, &[]);
        assert_eq!([1, 2, 3, 4, 5].map(|attempt| wait(&failed, attempt)), [Some(1), Some(2), Some(4), Some(8), None]);
        let patient = Retries { attempts: 100, ..Retries::default() };
        let late = patient.wait(&request(Method::Get), &failed, 99);
        assert_eq!(late, Some(Duration::from_secs(60)));
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for (status, again) in [(200, false), (404, false), (429, true), (500, true), (501, false), (504, true)] {
            assert_eq!(wait(&answer(status, &[]), 1).is_some(), again, "{status}");
        }
        let failed = |source| {
            let url = Url::parse("https://example.com").unwrap();
            Err(Error::Transport { method: Method::Get, url, attempts: 1, source })
        };
        assert_eq!(wait(&failed(Failure::Timeout("x".into())), 1), Some(1));
        assert_eq!(wait(&failed(Failure::Tls("x".into())), 1), None);
    }

    #[test]
    fn what_must_not_happen_twice_is_not_repeated() {
        let failed = answer(503, &[]);
        let again = |request: &Request| Retries::default().wait(request, &failed, 1).is_some();
        for (method, repeated) in [
            (Method::Get, true),
            (Method::Head, true),
            (Method::Put, true),
            (Method::Delete, true),
            (Method::Post, false),
            (Method::Patch, false),
        ] {
            assert_eq!(again(&request(method)), repeated, "{method}");
        }
        assert!(again(&request(Method::Post).may_repeat()) && again(&request(Method::Patch).may_repeat()));
    }

    #[test]
    fn what_has_surely_not_happened_is_repeated_whatever_it_is() {
        let failed = |source| {
            let url = Url::parse("https://example.com").unwrap();
            Err(Error::Transport { method: Method::Post, url, attempts: 1, source })
        };
        let again =
            |outcome: &_| Retries::default().wait(&request(Method::Post), outcome, 1).map(|wait| wait.as_secs());
        assert_eq!(again(&answer(429, &[("retry-after", "7")])), Some(7));
        assert_eq!(again(&answer(429, &[])), Some(1));
        assert_eq!(again(&failed(Failure::HostNotFound)), Some(1));
        assert_eq!(again(&failed(Failure::Connection(std::io::ErrorKind::ConnectionRefused.into()))), Some(1));
        assert_eq!(again(&failed(Failure::Connection(std::io::ErrorKind::ConnectionReset.into()))), None);
        assert_eq!(again(&failed(Failure::Timeout("receive response".into()))), None);
        assert_eq!(again(&failed(Failure::Tls("x".into()))), None);
    }

    #[test]
    fn the_server_says_how_long() {
        let asks = |headers: &[(&str, &str)]| wait(&answer(429, headers), 1);
        assert_eq!(asks(&[("Retry-After", "7")]), Some(7));
        assert_eq!(asks(&[("retry-after", "0")]), Some(0));
        // Longer than anybody would watch.
        assert_eq!(asks(&[("retry-after", "61")]), None);
        let date = ("date", "Sun, 22 Nov 2026 23:59:50 GMT");
        assert_eq!(asks(&[date, ("retry-after", "Mon, 23 Nov 2026 00:00:20 GMT")]), Some(30));
        assert_eq!(asks(&[date, ("retry-after", "Sun, 22 Nov 2026 00:00:00 GMT")]), Some(0));
        // Without a time to count from, and for what is no date, the usual wait.
        assert_eq!(asks(&[("retry-after", "Mon, 23 Nov 2026 00:00:20 GMT")]), Some(1));
        assert_eq!(asks(&[date, ("retry-after", "soon")]), Some(1));
        assert_eq!(asks(&[date, ("retry-after", "-5")]), Some(1));
    }

    #[test]
    fn dates_are_counted_as_calendars_do() {
        for (date, expected) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("Tue, 29 Feb 2000 12:00:00 GMT", Some(951_825_600)),
            ("Sun, 22 Nov 2026 00:00:00 GMT", Some(1_795_305_600)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 08:49:37 CET", None),
            ("Sun, 06 Nov 1994 25:00:00 GMT", None),
            ("Sun, 06 Nix 1994 08:49:37 GMT", None),
        ] {
            assert_eq!(seconds(date), expected, "{date}");
        }
    }
}
