//! Ctrl-C: stop before writing begins, or after it is complete; never in between.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::terminal::Terminal;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C and SIGTERM are remembered instead of ending the process at once; the second one ends it.
///
/// Even that is safe: each file is old or new, and the next render completes the rest.
pub(crate) fn listen() {
    // Where no handler can be set the process just ends, which is safe as well.
    let _ = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    });
}

/// The same, and says that it was heard: what is under way may take its time.
pub(crate) fn listen_and_say(words: &'static str, terminal: &Terminal) {
    let terminal = terminal.clone();
    let _ = ctrlc::set_handler(move || {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
        terminal.say(words);
    });
}

/// Whether the user asked to stop.
pub(crate) fn is_asked() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Fails if the user asked to stop.
pub(crate) fn check() -> anyhow::Result<()> {
    if is_asked() {
        anyhow::bail!("interrupted; nothing was written");
    }
    Ok(())
}
