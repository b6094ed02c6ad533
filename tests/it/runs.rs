//! What tests of many runs of the command share: nothing secret is seen, cases run side by side, and what differs is
//! named.

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64ct::{Base64, Encoding as _};

use crate::support::{Entry, Run, Scene, tree};

/// How many cases run side by side. Most of them wait for a process, and some for a server that never answers.
const THREADS: usize = 12;

/// Nothing that a run has printed, and no file of its project but those that `may` show one, has a secret: plain or in
/// base64.
#[track_caller]
pub(crate) fn assert_silent(run: &Run, scene: &Scene, secrets: &[String], may: impl Fn(&str) -> bool) {
    let encoded = secrets.iter().map(|secret| Base64::encode_string(secret.as_bytes()));
    let secrets: Vec<_> = secrets.iter().cloned().chain(encoded).collect();
    let assert_without = |place: &str, text: &str| {
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{place} shows {secret}:\n{text}");
        }
    };
    assert_without("the output", &run.to_string());
    for (path, entry) in tree(scene.root()) {
        if let Entry::File(bytes) = entry
            && !may(&path)
        {
            assert_without(&path, &String::from_utf8_lossy(&bytes));
        }
    }
}

/// Tests every case, and fails with all of those that failed.
#[track_caller]
pub(crate) fn side_by_side<C: Display + Sync>(cases: &[C], test: impl Fn(&C) + Sync) {
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| test(case))) {
                        let why = panic.downcast_ref::<String>().map_or("?", String::as_str);
                        failed.lock().unwrap().push(format!("{case}: {why}"));
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().unwrap();
    failed.sort();
    assert!(failed.is_empty(), "{} of {} cases failed:\n{}", failed.len(), cases.len(), failed.join("\n\n"));
}

/// Of how many cases one is taken where all could be: `SUPERCARGO_FAULTS_EVERY`, 1 where it says nothing.
pub(crate) fn every() -> usize {
    std::env::var("SUPERCARGO_FAULTS_EVERY").map_or(1, |number| number.parse().unwrap())
}

/// The lines that differ.
pub(crate) fn difference(wanted: &str, found: &str) -> String {
    let without = |these: &str, others: &str, sign: &str| {
        let others: Vec<_> = others.lines().collect();
        let lines = these.lines().filter(|line| !others.contains(line));
        lines.map(|line| format!("{sign} {line}")).collect::<Vec<_>>()
    };
    let lines = [without(wanted, found, "-"), without(found, wanted, "+")].concat();
    if lines.is_empty() { format!("the same lines, but not as often:\n{found}") } else { lines.join("\n") }
}
