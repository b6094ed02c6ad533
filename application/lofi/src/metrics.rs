//! Counts, in the text format of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// What has happened since the start.
pub(crate) struct Metrics {
    build: String,
    started: Instant,
    /// By path and status. Paths are a fixed set, so that no client can make this grow.
    requests: Mutex<BTreeMap<(&'static str, u16), u64>>,
}

impl Metrics {
    /// Nothing so far.
    pub(crate) fn new(version: &str, commit: &str) -> Self {
        let build = format!("lofi_build_info{{version=\"{version}\",commit=\"{commit}\"}} 1");
        Self { build, started: Instant::now(), requests: Mutex::default() }
    }

    /// One more answer.
    pub(crate) fn count(&self, path: &'static str, status: u16) {
        *self.requests.lock().unwrap_or_else(PoisonError::into_inner).entry((path, status)).or_default() += 1;
    }

    /// All of it as text.
    pub(crate) fn text(&self) -> String {
        let uptime = self.started.elapsed().as_secs_f64();
        let mut text = format!(
            "# HELP lofi_build_info What is running.\n# TYPE lofi_build_info gauge\n{}\n\
             # HELP lofi_uptime_seconds Seconds since the start.\n# TYPE lofi_uptime_seconds gauge\n\
             lofi_uptime_seconds {uptime:.3}\n\
             # HELP lofi_http_requests_total Requests that were answered.\n# TYPE lofi_http_requests_total counter\n",
            self.build
        );
        for ((path, status), count) in &*self.requests.lock().unwrap_or_else(PoisonError::into_inner) {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "lofi_http_requests_total{{path=\"{path}\",status=\"{status}\"}} {count}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_by_path_and_status() {
        let metrics = Metrics::new("1.2.3", "0a1b2c3");
        for (path, status) in [("/", 200), ("other", 404), ("/", 200)] {
            metrics.count(path, status);
        }
        let text = metrics.text();
        for line in [
            r#"lofi_build_info{version="1.2.3",commit="0a1b2c3"} 1"#,
            r#"lofi_http_requests_total{path="/",status="200"} 2"#,
            r#"lofi_http_requests_total{path="other",status="404"} 1"#,
        ] {
            assert!(text.lines().any(|one| one == line), "{line} is not in\n{text}");
        }
    }
}
