//! Single files that commands change, such as sealed secrets, keys and values: read whole, written whole, by one process
//! at a time.
//!
//! `output` has a tree to bring to a state, with locks that say what was there; here it is one file at a time, and what
//! matters is that nobody loses an entry or reads a key. So: a [`Guard`] waits for other processes, a file gets its new
//! bytes by a rename, and what is private can be read by its owner only, from the moment that it exists.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::WalkDir;

use crate::project::MAX_FILE_BYTES;
use crate::source::Source;

mod machine;

pub use machine::{TemporaryFolder, git_folder, is_executable, real_path, remove, rename, stamp, write_executable};

/// The folder below the project that belongs to this machine: keys and memories. It ignores itself in Git.
pub const PRIVATE_FOLDER: &str = ".supercargo";

/// Who may read a file that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Whoever may read other files of the project.
    Everyone,
    /// The owner alone: mode 0600.
    Owner,
}

/// A file could not be read or written. Whatever was to be replaced is still there, whole.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system refused.
    #[error("could not {doing} `{}`", path.display())]
    Io {
        /// What was being done; completes "could not …".
        doing: &'static str,
        /// The file as its user knows it.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// The file is there, and must not be overwritten.
    #[error("`{}` is there already", .0.display())]
    Exists(PathBuf),
    /// The file is not text.
    #[error("`{}` is not UTF-8 text", .0.display())]
    NotText(PathBuf),
    /// The file is larger than any of its kind.
    #[error("`{}` is too large", .0.display())]
    TooLarge(PathBuf),
}

impl Error {
    fn io(doing: &'static str, path: &str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing, path: path.into(), source }
    }

    /// What to do next, in one line.
    pub fn help(&self) -> String {
        match self {
            Self::Exists(path) => {
                let path = path.display();
                format!(
                    "move `{path}` away if it is not needed any more; a private key that is lost can't be had again"
                )
            }
            Self::NotText(_) | Self::TooLarge(_) => "see that it is the file that you mean".to_owned(),
            Self::Io { source, path, .. } => match source.kind() {
                io::ErrorKind::NotFound => "see that the path is right".to_owned(),
                io::ErrorKind::PermissionDenied => {
                    format!("make sure that you may read and write `{}` and its folder", path.display())
                }
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    "make room on the disk and try again; the old file is whole".to_owned()
                }
                _ => "mend what the file system reports and try again; the old file is whole".to_owned(),
            },
        }
    }
}

/// Opens a file that may be a pipe, for whoever reads it in a way of its own.
///
/// # Errors
/// It can't be opened.
pub fn open(path: &Path) -> io::Result<impl io::Read> {
    File::open(path)
}

/// The files below `folder` whose paths from there `wanted` takes, with their bytes. Links are passed over.
///
/// # Errors
/// Something can't be read, or is too large.
pub fn read_tree(folder: &Path, wanted: &dyn Fn(&str) -> bool) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for entry in WalkDir::new(folder) {
        let entry = entry?;
        let path = entry.path().strip_prefix(folder).unwrap_or(entry.path()).to_string_lossy().into_owned();
        if entry.file_type().is_file() && wanted(&path) {
            if entry.metadata()?.len() > MAX_FILE_BYTES {
                return Err(io::Error::other(format!("`{path}` is too large")));
            }
            files.insert(path, fs::read(entry.path())?);
        }
    }
    Ok(files)
}

/// Standard input as it comes. The one of `std` has a buffer, which would keep what was read.
///
/// # Errors
/// It is closed.
pub fn standard_input() -> io::Result<impl io::Read> {
    io::stdin().as_fd().try_clone_to_owned().map(File::from)
}

/// A project's folder, for reading and writing single files by their paths from there.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

/// The right to change the files of a folder, for as long as it lives.
#[derive(Debug)]
pub struct Guard {
    lock: File,
}

impl Store {
    /// The files below `root`.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf() }
    }

    /// Where `path` is; an absolute one stays as it is.
    pub fn join(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// Whether something is at `path`, be it a link that leads nowhere.
    pub fn is_there(&self, path: &str) -> bool {
        fs::symlink_metadata(self.join(path)).is_ok()
    }

    /// Whether `path` is a symbolic link, which a [`Store::replace`] would make a file of its own.
    pub fn is_link(&self, path: &str) -> bool {
        fs::symlink_metadata(self.join(path)).is_ok_and(|metadata| metadata.is_symlink())
    }

    /// The text at `path`; `None` if there is no file.
    ///
    /// # Errors
    /// It can't be read, is too large, or is not text.
    pub fn read(&self, path: &str) -> Result<Option<Arc<Source>>, Error> {
        let Some(bytes) = self.read_bytes(path)? else { return Ok(None) };
        let text = String::from_utf8(bytes).map_err(|_| Error::NotText(path.into()))?;
        Ok(Some(Source::new(path, text)))
    }

    /// The bytes at `path`; `None` if there is no file.
    ///
    /// # Errors
    /// It can't be read, or is too large.
    pub fn read_bytes(&self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        let mut file = match File::open(self.join(path)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("read", path)(error)),
        };
        let length = file.metadata().map_err(Error::io("read", path))?.len();
        if length > MAX_FILE_BYTES {
            return Err(Error::TooLarge(path.into()));
        }
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut io::Read::take(&mut file, MAX_FILE_BYTES), &mut bytes)
            .map_err(Error::io("read", path))?;
        Ok(Some(bytes))
    }

    /// Waits until no other process changes files in `folder`, and keeps others out.
    ///
    /// The lock is on an open handle of the folder, as that of a render is: it ends with the process, however that ends.
    ///
    /// # Errors
    /// The folder can't be made or locked.
    pub fn lock(&self, folder: &str) -> Result<Guard, Error> {
        let path = self.join(folder);
        fs::create_dir_all(&path).map_err(Error::io("create the folder", folder))?;
        let lock = File::open(&path).map_err(Error::io("lock", folder))?;
        lock.lock().map_err(Error::io("lock", folder))?;
        Ok(Guard { lock })
    }

    /// Gives `path` new bytes at once: whoever reads it sees the old ones or the new ones. For everyone, it keeps the
    /// permissions that it has.
    ///
    /// # Errors
    /// The file system refuses; the old file is whole then.
    pub fn replace(&self, path: &str, bytes: &[u8], audience: Audience) -> Result<(), Error> {
        let target = self.join(path);
        let folder = target.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder).map_err(Error::io("create the folder of", path))?;
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        // Hidden, so that nothing reads it as values. A killed process leaves it to the next one.
        let temporary = folder.join(format!(".{name}.new"));
        let written = write(&temporary, bytes, audience).and_then(|()| {
            if let (Audience::Everyone, Ok(present)) = (audience, fs::metadata(&target)) {
                fs::set_permissions(&temporary, present.permissions())?;
            }
            fs::rename(&temporary, &target)
        });
        written.map_err(|error| {
            let _ = fs::remove_file(&temporary);
            Error::io("write", path)(error)
        })
    }

    /// Writes a file that must not be there yet. Whoever has a rival holds a [`Guard`].
    ///
    /// # Errors
    /// It is there, or the file system refuses.
    pub fn create(&self, path: &str, bytes: &[u8], audience: Audience) -> Result<(), Error> {
        if self.is_there(path) { Err(Error::Exists(path.into())) } else { self.replace(path, bytes, audience) }
    }

    /// Makes the private folder, which tells Git to ignore all that is in it.
    ///
    /// # Errors
    /// The file system refuses.
    pub fn make_private_folder(&self) -> Result<(), Error> {
        let ignore = format!("{PRIVATE_FOLDER}/.gitignore");
        if self.is_there(&ignore) {
            return Ok(());
        }
        self.replace(&ignore, b"# Keys and memories of this machine: never commit them.\n*\n", Audience::Everyone)
    }
}

fn write(path: &Path, bytes: &[u8], audience: Audience) -> io::Result<()> {
    let _ = fs::remove_file(path);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    if audience == Audience::Owner {
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    // One file, and one that can't be computed again: worth a moment.
    file.sync_all()
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Closing the handle would do, but for a child process that was just forked and still shares it.
        let _ = self.lock.unlock();
    }
}
