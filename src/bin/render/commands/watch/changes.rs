//! Waits until the inputs of a project change.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use notify::event::{AccessKind, AccessMode};
use notify::{Config, Event, EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};
use supercargo::store;

use crate::interrupt;
use crate::terminal::Terminal;

/// What is watched, by its path in the project; never `out/`, which is written.
const SUBJECTS: [&str; 4] = ["values", "templates", "schemas", "charts.lock"];
/// How long nothing may happen before a step: an editor changes a file in several strokes, Git many files.
const QUIET: Duration = Duration::from_millis(80);
/// How long a step is put off at most while files go on changing.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often somebody looks whether Ctrl-C was pressed.
const BLINK: Duration = Duration::from_millis(50);
/// How often files are looked at where the system does not tell.
const POLL: Duration = Duration::from_millis(500);

/// Tells of changes for as long as it lives.
pub(super) struct Changes {
    root: PathBuf,
    events: Receiver<notify::Result<Event>>,
    watcher: Box<dyn Watcher>,
    /// The subjects that are folders and are watched.
    folders: BTreeSet<&'static str>,
}

impl Changes {
    /// Begins to watch the project at `root`.
    pub(super) fn of(root: &Path, poll: bool, terminal: &Terminal) -> anyhow::Result<Self> {
        let root = store::real_path(root).with_context(|| format!("could not find {}", root.display()))?;
        if !poll {
            match Self::begin::<RecommendedWatcher>(&root, Config::default()) {
                Ok(changes) => return Ok(changes),
                Err(error) => terminal.warning(&format!(
                    "the system can't tell what changes ({error}): the files are looked at twice a second instead"
                )),
            }
        }
        let config = Config::default().with_poll_interval(POLL).with_compare_contents(true);
        Self::begin::<PollWatcher>(&root, config).context("could not watch the project")
    }

    fn begin<W: Watcher + 'static>(root: &Path, config: Config) -> notify::Result<Self> {
        let (tell, events) = mpsc::channel();
        let mut watcher = W::new(tell, config)?;
        // For what is not there yet, and for what is a file.
        watcher.watch(root, RecursiveMode::NonRecursive)?;
        let folders = BTreeSet::new();
        let mut changes = Self { root: root.to_path_buf(), events, watcher: Box::new(watcher), folders };
        changes.watch_folders()?;
        Ok(changes)
    }

    /// Watches the subjects that have come, and forgets those that went.
    fn watch_folders(&mut self) -> notify::Result<()> {
        for subject in SUBJECTS {
            let folder = self.root.join(subject);
            if !folder.is_dir() {
                self.folders.remove(subject);
            } else if self.folders.insert(subject) {
                self.watcher.watch(&folder, RecursiveMode::Recursive)?;
            }
        }
        Ok(())
    }

    /// Waits for a change, and until it is over. Whether to go on: no, if the user asked to stop.
    pub(super) fn wait(&mut self) -> bool {
        let mut first: Option<Instant> = None;
        let mut last = Instant::now();
        loop {
            if interrupt::is_asked() {
                return false;
            }
            match self.events.recv_timeout(BLINK) {
                Ok(event) if self.matters(&event) => {
                    last = Instant::now();
                    first.get_or_insert(last);
                }
                Ok(_) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return false,
            }
            if first.is_some_and(|first| last.elapsed() >= QUIET || first.elapsed() >= PATIENCE) {
                // One that can't be watched is looked at with the next change of another.
                let _ = self.watch_folders();
                return true;
            }
        }
    }

    /// Whether an event is about an input. What can't be told from one counts as one: a render finds out.
    fn matters(&self, event: &notify::Result<Event>) -> bool {
        let Ok(event) = event else { return true };
        let read_only = match event.kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write)) => false,
            EventKind::Access(_) => true,
            _ => false,
        };
        !read_only && (event.need_rescan() || event.paths.iter().any(|path| is_input(&self.root, path)))
    }
}

/// Whether a render of the project at `root` may read `path`: hidden files, such as those of editors, it does not.
fn is_input(root: &Path, path: &Path) -> bool {
    let Ok(inside) = path.strip_prefix(root) else { return false };
    let names: Vec<_> = inside.components().map(Component::as_os_str).collect();
    let is_subject = names.first().is_some_and(|name| SUBJECTS.iter().any(|subject| name == subject));
    is_subject && !names.iter().any(|name| name.as_encoded_bytes().starts_with(b"."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_inputs_matter() {
        let root = Path::new("/project");
        for (path, expected) in [
            ("/project/values/dev.yaml", true),
            ("/project/templates/apps/{service}.yaml.j2", true),
            ("/project/templates", true),
            ("/project/charts.lock", true),
            ("/project/out/dev/site.yaml", false),
            ("/project/out", false),
            ("/project/values/.dev.yaml.swp", false),
            ("/project/.git/index", false),
            ("/elsewhere/values/dev.yaml", false),
        ] {
            assert_eq!(is_input(root, Path::new(path)), expected, "{path}");
        }
    }
}
