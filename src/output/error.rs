//! Failures of the file system while `out/` is read or written.

use std::io;
use std::path::PathBuf;

/// What was being done to a path when it failed. The words complete "could not …".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// Looking at what kind of file it is.
    Inspect,
    /// Listing or reading.
    Read,
    /// Taking the lock that keeps a second render out.
    Lock,
    /// Making a folder.
    CreateFolder,
    /// Writing a file.
    Write,
    /// Giving a written file its final name.
    Rename,
    /// Removing a file or folder.
    Remove,
}

impl Doing {
    const fn words(self) -> &'static str {
        match self {
            Self::Inspect => "look at",
            Self::Read => "read",
            Self::Lock => "lock",
            Self::CreateFolder => "create the folder",
            Self::Write => "write",
            Self::Rename => "replace",
            Self::Remove => "remove",
        }
    }
}

/// Why `out/` could not be read or written. The files themselves are each whole, old or new, whatever this says.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system refused an operation.
    #[error("could not {} `{}`", .doing.words(), .path.display())]
    Io {
        /// What was being done.
        doing: Doing,
        /// The file or folder as its user knows it: never the temporary name.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// Another process is writing the same environment.
    #[error("another `render` is writing `{}`", .path.display())]
    Busy {
        /// The folder of the environment.
        path: PathBuf,
    },
}

impl Error {
    /// A function for `map_err` that adds what was being done, and to which path.
    pub(super) fn io(doing: Doing, path: &str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing, path: path.into(), source }
    }

    /// What to do next, in one line.
    pub fn help(&self) -> String {
        let Self::Io { path, source, .. } = self else {
            return "wait until it has finished, then render again; a killed one holds no lock".to_owned();
        };
        let path = path.display();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                "make room on the disk, then render again: each file is whole, old or new, and the next run \
                 writes the rest"
                    .to_owned()
            }
            io::ErrorKind::PermissionDenied => {
                format!("make sure that you may read and write `{path}` and its folder, then render again")
            }
            io::ErrorKind::ReadOnlyFilesystem => {
                format!("`{path}` is on a read-only file system: render into a writable checkout")
            }
            io::ErrorKind::Unsupported => {
                format!("the file system of `{path}` can't lock files: render into a checkout on a local disk")
            }
            _ => "mend what the file system reports, then render again: the next run writes what is missing".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error as _;

    #[test]
    fn a_failure_names_the_path_the_deed_the_cause_and_the_next_step() {
        let full = Error::io(Doing::Write, "out/dev/a.yaml")(io::ErrorKind::StorageFull.into());
        assert_eq!(full.to_string(), "could not write `out/dev/a.yaml`");
        assert!(full.source().is_some());
        assert!(full.help().starts_with("make room on the disk"), "{}", full.help());
        let busy = Error::Busy { path: "out/dev".into() };
        assert_eq!(busy.to_string(), "another `render` is writing `out/dev`");
    }
}
