//! The folder `out/<env>/` itself: is it real, who may write to it, and what do its locks say.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::{Doing, Error};
use super::findings;
use super::lock::{Digest, Lock};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::model::EnvironmentName;
use crate::source::Source;
use crate::tree::OutputPath;

/// What stands at a path. Links are never followed to find out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Missing,
    File,
    Folder,
    Link,
    /// A pipe, a socket or a device: opening one could wait for ever.
    Special,
}

impl Kind {
    pub(super) fn of(kind: fs::FileType) -> Self {
        match kind {
            kind if kind.is_symlink() => Self::Link,
            kind if kind.is_dir() => Self::Folder,
            kind if kind.is_file() => Self::File,
            _ => Self::Special,
        }
    }

    fn at(path: &Path) -> io::Result<Self> {
        match fs::symlink_metadata(path) {
            Ok(metadata) => Ok(Self::of(metadata.file_type())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::Missing),
            Err(error) => Err(error),
        }
    }
}

/// One environment's folder.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Where its user knows it: `out/<env>`.
    pub(super) shown: String,
    pub(super) environment: EnvironmentName,
}

impl Folder {
    pub(super) fn new(project_root: &Path, environment: &EnvironmentName) -> Self {
        Self {
            path: project_root.join("out").join(environment.as_str()),
            shown: format!("out/{environment}"),
            environment: environment.clone(),
        }
    }

    /// Where the file or folder `path` is.
    pub(super) fn join(&self, path: &str) -> PathBuf {
        self.path.join(path)
    }

    /// The name under which its user knows `path`.
    pub(super) fn show(&self, path: &str) -> String {
        format!("{}/{path}", self.shown)
    }

    /// A function for `map_err` that tells what was being done to `path`; the empty path is the folder itself.
    pub(super) fn failed<'a>(&'a self, doing: Doing, path: &'a str) -> impl FnOnce(io::Error) -> Error + 'a {
        move |source| {
            let path = if path.is_empty() { self.shown.clone() } else { self.show(path) };
            Error::Io { doing, path: path.into(), source }
        }
    }

    /// What stands at `path`.
    pub(super) fn kind(&self, path: &str) -> Result<Kind, Error> {
        Kind::at(&self.join(path)).map_err(self.failed(Doing::Inspect, path))
    }

    /// Whether the folder is there; a finding if something else is in its place, or in the place of `out`.
    pub(super) fn is_there(&self) -> Result<Result<bool, Diagnostic>, Error> {
        let out = self.path.parent().unwrap_or(&self.path);
        for (path, shown) in [(out, "out"), (&self.path, self.shown.as_str())] {
            match Kind::at(path).map_err(Error::io(Doing::Inspect, shown))? {
                Kind::Folder => {}
                Kind::Missing => return Ok(Ok(false)),
                kind => return Ok(Err(findings::not_a_folder(shown, kind))),
            }
        }
        Ok(Ok(true))
    }
}

/// The right to write to a folder, for as long as it lives.
///
/// The lock is on an open handle of the folder itself, so it needs no file of its own, ends with the process however
/// that ends, and can't be left behind.
#[derive(Debug)]
pub(super) struct Guard {
    folder: PathBuf,
    created: bool,
    lock: File,
}

impl Guard {
    /// Takes the lock, making the folder if it is `missing`. Does not wait: whoever holds it is about to change what
    /// this process would look at.
    pub(super) fn take(folder: &Folder, missing: bool) -> Result<Self, Error> {
        let path = &folder.path;
        if missing {
            fs::create_dir_all(path).map_err(folder.failed(Doing::CreateFolder, ""))?;
        }
        let lock = File::open(path).map_err(folder.failed(Doing::Lock, ""))?;
        match lock.try_lock() {
            // Without the folder this is the lock of one that another process made and gave up in between.
            Ok(()) if path.is_dir() => Ok(Self { folder: path.clone(), created: missing, lock }),
            Ok(()) | Err(TryLockError::WouldBlock) => Err(Error::Busy { path: folder.shown.clone().into() }),
            Err(TryLockError::Error(error)) => Err(folder.failed(Doing::Lock, "")(error)),
        }
    }
}

impl Drop for Guard {
    /// Gives the lock up, and leaves no empty folder behind where nothing was written, as when another environment of the run is blocked.
    fn drop(&mut self) {
        if self.created {
            // It fails where something was written, and that is meant.
            let _ = fs::remove_dir(&self.folder);
        }
        // Closing the handle would do, but for a child process that was just forked and still shares it.
        let _ = self.lock.unlock();
    }
}

/// What earlier renders have written down.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// The lock's text and content.
    pub(super) lock: Option<(Arc<Source>, Lock)>,
    /// Locks of renders that did not finish, with their file names.
    pub(super) pending: Vec<(String, Lock)>,
    /// Whether the work folder is there.
    pub(super) has_work: bool,
    /// Names of half-written files in the work folder.
    pub(super) leftovers: Vec<String>,
}

impl Records {
    /// Reads the lock and the pending ones; findings if one of them is not to be trusted.
    pub(super) fn read(folder: &Folder) -> Result<Result<Self, Diagnostics>, Error> {
        let mut records = Self::default();
        let mut found = Diagnostics::new();
        match read_lock(folder, OutputPath::LOCK, &restore(folder))? {
            Ok(lock) => records.lock = lock,
            Err(finding) => found.push(*finding),
        }
        match folder.kind(OutputPath::WORK)? {
            Kind::Missing => {}
            Kind::Folder => records.read_work(folder, &mut found)?,
            kind => found.push(findings::not_a_folder(&folder.show(OutputPath::WORK), kind)),
        }
        Ok(if found.is_empty() { Ok(records) } else { Err(found) })
    }

    fn read_work(&mut self, folder: &Folder, found: &mut Diagnostics) -> Result<(), Error> {
        self.has_work = true;
        let names = list_files(&folder.join(OutputPath::WORK)).map_err(folder.failed(Doing::Read, OutputPath::WORK))?;
        for name in names.iter().filter_map(|name| name.to_str()) {
            if pending_number(name).is_none() {
                self.leftovers.push(name.to_owned());
                continue;
            }
            let path = format!("{}/{name}", OutputPath::WORK);
            match read_lock(folder, &path, &discard(folder, &path))? {
                Ok(Some((_, lock))) => self.pending.push((name.to_owned(), lock)),
                Ok(None) => {}
                Err(finding) => found.push(*finding),
            }
        }
        Ok(())
    }

    /// The name for one more pending lock.
    pub(super) fn next_pending(&self) -> String {
        let last = self.pending.iter().filter_map(|(name, _)| pending_number(name)).max().unwrap_or(0);
        format!("pending-{}.lock", last.saturating_add(1))
    }

    fn locks(&self) -> impl Iterator<Item = &Lock> {
        self.lock.iter().map(|(_, lock)| lock).chain(self.pending.iter().map(|(_, lock)| lock))
    }

    /// Every path that an earlier render wrote or was about to write; a path may come more than once.
    pub(super) fn paths(&self) -> impl Iterator<Item = &OutputPath> {
        self.locks().flat_map(|lock| lock.files.keys())
    }

    /// Whether an earlier render wrote the file, or was about to.
    pub(super) fn knows_path(&self, path: &OutputPath) -> bool {
        self.locks().any(|lock| lock.files.contains_key(path))
    }

    /// Whether an earlier render wrote these very bytes there, or was about to.
    pub(super) fn knows(&self, path: &OutputPath, digest: Digest) -> bool {
        self.locks().any(|lock| lock.files.get(path).is_some_and(|file| file.digest == digest))
    }
}

/// The names of the files and links right in a folder.
fn list_files(path: &Path) -> io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            names.push(entry.file_name());
        }
    }
    names.sort();
    Ok(names)
}

fn pending_number(name: &str) -> Option<u64> {
    name.strip_prefix("pending-")?.strip_suffix(".lock")?.parse().ok()
}

fn restore(folder: &Folder) -> String {
    let lock = folder.show(OutputPath::LOCK);
    let environment = &folder.environment;
    format!(
        "take a whole one from Git, with `git checkout HEAD -- {lock}`, then run `render --env {environment}`; \
         if that finds edited files, `render --env {environment} --discard-edits` renders them anew"
    )
}

fn discard(folder: &Folder, path: &str) -> String {
    let (path, environment) = (folder.show(path), &folder.environment);
    format!(
        "it notes a render that did not finish: remove {path}, then run `render --env {environment} --discard-edits`"
    )
}

type Read = Result<Option<(Arc<Source>, Lock)>, Box<Diagnostic>>;

/// Reads one lock file, if it is there.
pub(super) fn read_lock(folder: &Folder, path: &str, remedy: &str) -> Result<Read, Error> {
    let shown = folder.show(path);
    match folder.kind(path)? {
        Kind::Missing => return Ok(Ok(None)),
        Kind::File => {}
        kind => return Ok(Err(Box::new(findings::not_a_file(&shown, kind)))),
    }
    let bytes = fs::read(folder.join(path)).map_err(folder.failed(Doing::Read, path))?;
    let Ok(text) = String::from_utf8(bytes) else {
        let finding = Diagnostic::error(Code::BrokenLock, format!("{shown} is not UTF-8 text"));
        return Ok(Err(Box::new(finding.in_file(shown).help(remedy))));
    };
    let source = Source::new(shown, text);
    Ok(Lock::parse(&source, remedy).map(|lock| Some((source, lock))))
}

/// Whether the name is one of a half-written file.
pub(super) fn is_leftover(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.strip_prefix(OutputPath::WORK).is_some_and(|rest| rest.starts_with('-')))
}
