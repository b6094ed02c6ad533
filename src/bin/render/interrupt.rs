//! Ctrl-C: stop before writing begins, or after it is complete; never in between.

use std::sync::atomic::{AtomicBool, Ordering};

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
