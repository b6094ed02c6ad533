//! The client of a run, and how its time passes.

use std::sync::Arc;
use std::time::Duration;

use supercargo::http::{Client, Exchange, Pause, Settings, Trace, Url};

use super::Refused;
use crate::args::network::NetworkArguments;
use crate::args::steps::TimeArguments;
use crate::commands::network;
use crate::interrupt;
use crate::terminal::Terminal;

/// How long a sleep may last before it is looked whether somebody wants to stop.
const SLICE: Duration = Duration::from_millis(50);

/// The shortest timeouts, however time is scaled: a busy machine needs a moment, too.
const CONNECT: Duration = Duration::from_secs(1);
const WHOLE: Duration = Duration::from_secs(2);

/// A client that waits in the scale of `time`, and tells a verbose terminal of each attempt.
pub(in crate::commands) fn client(
    network: &NetworkArguments,
    time: &TimeArguments,
    terminal: &Terminal,
) -> anyhow::Result<Client> {
    let settings = network::settings(network)?;
    let scaled = |usual: Duration, least: Duration| usual.mul_f64(time.time_scale).clamp(least.min(usual), usual);
    let settings = Settings {
        connect: scaled(settings.connect, CONNECT),
        whole: scaled(settings.whole, WHOLE),
        trace: terminal.is_verbose().then(|| trace(terminal)),
        ..settings
    };
    Ok(Client::with_pause(settings, pause(time)))
}

/// Sleeps in the scale of `time`, and wakes when somebody wants to stop.
pub(in crate::commands) fn pause(time: &TimeArguments) -> Pause {
    let scale = time.time_scale;
    Box::new(move |duration| {
        let mut left = duration.mul_f64(scale);
        while !left.is_zero() && !interrupt::is_asked() {
            let slice = left.min(SLICE);
            std::thread::sleep(slice);
            left -= slice;
        }
    })
}

/// Says what is asked and what comes. Neither headers nor bodies nor queries are part of it.
fn trace(terminal: &Terminal) -> Trace {
    let terminal = terminal.clone();
    Arc::new(move |exchange: &Exchange<'_>| {
        let Exchange { method, url, attempt, outcome, request_id, wait } = exchange;
        let outcome = match outcome {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        let request_id = request_id.map(|id| format!(" (request id {id})")).unwrap_or_default();
        let again = match wait {
            Some(wait) => format!("; attempt {attempt}, the next one in {:.1} s", wait.as_secs_f64()),
            None => String::new(),
        };
        terminal.say(&format!("http: {method} {url}: {outcome}{request_id}{again}"));
    })
}

/// The address of an API that the environment variable `variable` names: encrypted, or on this machine.
pub(in crate::commands) fn address(text: &str, variable: &str) -> Result<Url, Refused> {
    let refused = |problem: String| {
        let help = format!("correct `{variable}`, or unset it to use the usual address");
        Refused::new(format!("the address in `{variable}` {problem}"), help)
    };
    let url = Url::parse(text).map_err(|problem| refused(problem.to_string()))?;
    if url.is_https() || url.is_loopback() {
        return Ok(url);
    }
    Err(refused("is not encrypted: http:// is for servers on this machine".to_owned()))
}
