//! Carries a plan out: the one place that changes anything under `out/`.
//!
//! # Killed at any moment
//!
//! The promise is about a process that is killed, or that a full disk stops: afterwards each file is whole, with its
//! old or its new bytes, and the next render, of the same or of other inputs, ends in exactly the right tree without
//! taking its own half-done work for somebody's edits. The steps of a commit, and what holds if it ends in or behind
//! each:
//!
//! 1. *Half-written files of killed runs are removed.* Nothing else refers to them.
//! 2. *The new lock is written into the work folder and given its name there: it is pending.* Until the rename there
//!    is no file that it alone would know, so a half-written one may be dropped. It has its name before anything else
//!    changes, so whatever is on the disk from now on is known: from the lock (old bytes) or from a pending one (new
//!    bytes). A run that is killed here leaves one pending lock behind, and the next adds its own, so several may pile
//!    up; each of them counts. That is needed: killed while writing inputs B over A, the next render may be of A
//!    again, or of C, and B's bytes are in neither A's lock nor C's tree.
//! 3. *Stale files that stand in the way are removed* (a file where a folder is to be, a folder where a file is to be).
//! 4. *Files are written* under a temporary name and renamed. A new folder is filled under a temporary name, with all
//!    that is in it, and renamed behind all writes (`staging`): it is not there at all, or whole.
//! 5. *Stale files are removed, then folders that became empty.* "Stale" covers the old lock and every pending one, so
//!    files that only a killed run made are swept too. The old lock still lists what was removed; a path that is both
//!    stale and gone has its folders looked at again, so a kill between the two leaves no empty folder for good.
//! 6. *The pending lock is renamed to `render.lock`.* One atomic step takes the old lock away, puts the new one in its
//!    place and ends its being pending. By now nothing is left on the disk that only the old lock or an older pending
//!    one knew.
//! 7. *Older pending locks and the work folder are removed.* If they stay, all they do is to call some bytes known
//!    that no longer exist; a work folder that is there also keeps the quick path from being taken.
//!
//! There is no `fsync`: 50,000 of them would take minutes, and they protect from a power cut only. After one, Git has
//! the history, and rendering again (with `--discard-edits` where a file came back empty) mends the tree.
//!
//! # Where temporary files are
//!
//! Beside the file that they become, under a reserved name with the number of the worker. A rename between two folders
//! takes a lock of the whole file system in Linux, and ext4 starts to write the data out under it where a file is
//! replaced: with a shared folder for them two threads were slower than one.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use rayon::prelude::*;

use super::error::{Doing, Error};
use super::folder::Folder;
use super::plan::Removals;
use super::staging::Staging;
use crate::tree::OutputPath;

/// The operations that change the disk. A test puts one in its place that fails at a chosen moment.
pub(super) trait Disk: Sync {
    fn create_folder(&self, path: &Path) -> io::Result<()>;
    fn write_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes what a killed run left under one of its temporary names: a file, or a folder with all that is in it.
    fn remove_leftover(&self, path: &Path) -> io::Result<()>;
    fn remove_folder(&self, path: &Path) -> io::Result<()>;
}

/// The disk itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct RealDisk;

impl Disk for RealDisk {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn write_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        OpenOptions::new().write(true).create_new(true).open(path)?.write_all(bytes)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_leftover(&self, path: &Path) -> io::Result<()> {
        if fs::symlink_metadata(path)?.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }
}

/// What a commit does, in the order of its steps. Paths are below the environment's folder.
#[derive(Debug, Default)]
pub(super) struct Work<'t> {
    /// Half-written files, and folders of them, that a killed run left.
    pub(super) leftovers: Vec<String>,
    /// The text of the new lock, unless the present one is the same, and the name that it waits under.
    pub(super) lock: Option<(String, String)>,
    /// What stands in the way of a write.
    pub(super) first: Removals,
    /// Folders to make, each behind the one that it is in.
    pub(super) folders: Vec<String>,
    /// Files to write.
    pub(super) writes: Vec<(&'t OutputPath, &'t str)>,
    /// Stale files.
    pub(super) last: Removals,
    /// Names of the pending locks of killed runs.
    pub(super) pending: Vec<String>,
    /// Whether the work folder is there already.
    pub(super) in_use: bool,
}

impl Work<'_> {
    /// How many files it writes and removes.
    pub(super) fn len(&self) -> usize {
        self.writes.len() + self.first.files.len() + self.last.files.len()
    }

    /// Does it. `progress` hears of each file that was written or removed.
    pub(super) fn commit(
        &self,
        folder: &Folder,
        disk: &dyn Disk,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<(), Error> {
        let writer = Writer { folder, disk, progress };
        for leftover in &self.leftovers {
            writer.removed(leftover, disk.remove_leftover(&folder.join(leftover)))?;
        }
        let pending =
            self.lock.as_ref().map(|(text, name)| writer.write_pending(text, name, self.in_use)).transpose()?;
        writer.remove(&self.first)?;
        self.write(&writer)?;
        writer.remove(&self.last)?;
        if let Some(pending) = &pending {
            let (from, to) = (folder.join(pending), folder.join(OutputPath::LOCK));
            disk.rename(&from, &to).map_err(folder.failed(Doing::Rename, OutputPath::LOCK))?;
        }
        for name in &self.pending {
            writer.remove_file(&in_work(name))?;
        }
        if self.in_use || pending.is_some() { writer.remove_folder(OutputPath::WORK) } else { Ok(()) }
    }

    /// Makes the folders and writes the files.
    fn write(&self, writer: &Writer<'_>) -> Result<(), Error> {
        let staging = Staging::of(&self.folders);
        let fill = || {
            self.folders.iter().try_for_each(|new| writer.create_folder(new, &staging))?;
            let files = self.writes.par_iter().with_min_len(16);
            files.try_for_each(|(path, text)| writer.write(path.as_str(), text, &staging))?;
            staging.iter().try_for_each(|(new, stage)| writer.rename_folder(stage, new))
        };
        fill().inspect_err(|_| {
            // Only to be tidy, and to make room where the disk is full: the next run finds and removes them.
            for (_, stage) in staging.iter() {
                let _ = writer.disk.remove_leftover(&writer.folder.join(stage));
            }
        })
    }
}

fn in_work(name: &str) -> String {
    format!("{}/{name}", OutputPath::WORK)
}

/// The name, beside `path`, under which this thread writes it.
fn temporary(path: &str) -> String {
    let worker = rayon::current_thread_index().unwrap_or_default();
    match path.rsplit_once('/') {
        Some((parent, _)) => format!("{parent}/{}-{worker}", OutputPath::WORK),
        None => format!("{}-{worker}", OutputPath::WORK),
    }
}

struct Writer<'a> {
    folder: &'a Folder,
    disk: &'a dyn Disk,
    progress: &'a (dyn Fn(usize) + Sync),
}

impl Writer<'_> {
    /// Stores the new lock as a pending one and returns its path.
    fn write_pending(&self, text: &str, name: &str, has_work: bool) -> Result<String, Error> {
        // To its user this is about the lock: where it waits is none of their business.
        let failed = |doing| self.folder.failed(doing, OutputPath::LOCK);
        if !has_work {
            self.disk.create_folder(&self.folder.join(OutputPath::WORK)).map_err(failed(Doing::Write))?;
        }
        let path = in_work(name);
        self.replace(&in_work("new"), &path, text).map_err(|(doing, error)| failed(doing)(error))?;
        Ok(path)
    }

    fn write(&self, path: &str, text: &str, staging: &Staging<'_>) -> Result<(), Error> {
        let written = match staging.place(path) {
            Some(place) => {
                self.disk.write_new(&self.folder.join(&place), text.as_bytes()).map_err(|error| (Doing::Write, error))
            }
            None => self.replace(&temporary(path), path, text),
        };
        written.map_err(|(doing, error)| self.folder.failed(doing, path)(error))?;
        (self.progress)(1);
        Ok(())
    }

    /// Writes `text` to `temporary` and renames that to `path`.
    fn replace(&self, temporary: &str, path: &str, text: &str) -> Result<(), (Doing, io::Error)> {
        let from = self.folder.join(temporary);
        let written = self.disk.write_new(&from, text.as_bytes()).map_err(|error| (Doing::Write, error));
        let renamed = written
            .and_then(|()| self.disk.rename(&from, &self.folder.join(path)).map_err(|error| (Doing::Rename, error)));
        if renamed.is_err() {
            // Only to be tidy: the next run finds and removes it.
            let _ = self.disk.remove_file(&from);
        }
        renamed
    }

    fn create_folder(&self, path: &str, staging: &Staging<'_>) -> Result<(), Error> {
        let place = self.folder.join(staging.place(path).as_deref().unwrap_or(path));
        self.disk.create_folder(&place).map_err(self.folder.failed(Doing::CreateFolder, path))
    }

    /// Gives a new folder its own name.
    fn rename_folder(&self, stage: &str, path: &str) -> Result<(), Error> {
        let (from, to) = (self.folder.join(stage), self.folder.join(path));
        self.disk.rename(&from, &to).map_err(self.folder.failed(Doing::CreateFolder, path))
    }

    fn remove(&self, removals: &Removals) -> Result<(), Error> {
        for path in &removals.files {
            self.remove_file(path.as_str())?;
            (self.progress)(1);
        }
        removals.folders.iter().try_for_each(|folder| self.remove_folder(folder))
    }

    fn remove_file(&self, path: &str) -> Result<(), Error> {
        self.removed(path, self.disk.remove_file(&self.folder.join(path)))
    }

    /// What is gone already is removed, too.
    fn removed(&self, path: &str, result: io::Result<()>) -> Result<(), Error> {
        match result {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(self.folder.failed(Doing::Remove, path)(error))
            }
            _ => Ok(()),
        }
    }

    /// Removes a folder if it is empty; one that holds files of somebody else stays.
    fn remove_folder(&self, path: &str) -> Result<(), Error> {
        use io::ErrorKind::{AlreadyExists, DirectoryNotEmpty, NotADirectory, NotFound};
        match self.disk.remove_folder(&self.folder.join(path)) {
            // Some systems report a folder that is not empty as one that exists.
            Err(error) if !matches!(error.kind(), AlreadyExists | DirectoryNotEmpty | NotADirectory | NotFound) => {
                Err(self.folder.failed(Doing::Remove, path)(error))
            }
            _ => Ok(()),
        }
    }
}
