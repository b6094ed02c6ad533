//! Writes down what was said, for a validator that we did not write: `tests/conformance/digitalocean`.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Mutex;

use serde_json::{Value, json};

use super::answer::Answer;
use super::api::split;
use crate::loopback::Received;

/// One line at a time, whatever test it comes from.
static ONE_LINE: Mutex<()> = Mutex::new(());

/// A file of lines of JSON, one for each exchange of DigitalOcean's part that no fault happened to.
#[derive(Debug)]
pub(crate) struct Recorder(PathBuf);

impl Recorder {
    /// The file that `SUPERCARGO_TRAFFIC` names, if it names one.
    pub(crate) fn of_environment() -> Option<Self> {
        std::env::var_os("SUPERCARGO_TRAFFIC").map(|path| Self(path.into()))
    }

    pub(crate) fn record(&self, received: &Received, answer: &Answer) {
        let line = format!("{}\n", exchange(received, answer));
        let _guard = ONE_LINE.lock().unwrap();
        let mut file = OpenOptions::new().create(true).append(true).open(&self.0).unwrap();
        file.write_all(line.as_bytes()).unwrap();
    }
}

/// An exchange without its headers, and so without a token.
pub(crate) fn exchange(received: &Received, answer: &Answer) -> Value {
    let (path, query) = split(&received.target);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let body = |bytes: &[u8]| match serde_json::from_slice::<Value>(bytes) {
        _ if bytes.is_empty() => Value::Null,
        Ok(value) => value,
        Err(_) => json!(text(bytes)),
    };
    json!({
        "method": received.method,
        "path": path,
        "query": query,
        "request": body(&received.body),
        "status": answer.status,
        "headers": answer.headers,
        "media_type": answer.media_type(),
        "answer": body(&answer.body),
    })
}
