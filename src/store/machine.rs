//! What is of this machine and not of the project: the folder of a Git clone, a folder for the time being, programs.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Component, Path, PathBuf};

/// The folder in which Git keeps what belongs to the clone, or the worktree, that `folder` is in; none outside of one.
///
/// Git refuses to commit anything by the name `.git`, so what is found there was made on this machine.
pub fn git_folder(folder: &Path) -> Option<PathBuf> {
    let folder = fs::canonicalize(folder).ok()?;
    folder.ancestors().find_map(|above| {
        let git = above.join(".git");
        let kind = fs::symlink_metadata(&git).ok()?;
        if kind.is_dir() {
            return Some(git);
        }
        // In a worktree and in a submodule it is a file that says where.
        let text = fs::read_to_string(&git).ok()?;
        let elsewhere = above.join(text.strip_prefix("gitdir:")?.trim());
        elsewhere.is_dir().then_some(elsewhere)
    })
}

/// `path` from the root of the file system, without links.
///
/// # Errors
/// It leads nowhere.
pub fn real_path(path: &Path) -> io::Result<PathBuf> {
    fs::canonicalize(path)
}

/// What tells a file from the one that took its place: size, time and number. None where it can't be asked.
pub fn stamp(path: &Path) -> Option<String> {
    let file = fs::metadata(path).ok()?;
    Some(format!("{}-{}.{:09}-{}-{}", file.len(), file.mtime(), file.mtime_nsec(), file.dev(), file.ino()))
}

/// Whether `path` is a file, or leads to one, that may be run.
pub fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// Writes a program, which anybody may run and its owner change: mode 0755. A link in its place is replaced.
///
/// # Errors
/// The file system refuses; an old file is whole then.
pub fn write_executable(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = folder.join(format!(".{name}.new"));
    let _ = fs::remove_file(&temporary);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&temporary)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        // Whatever the umask takes away.
        .and_then(|()| fs::set_permissions(&temporary, Permissions::from_mode(0o755)))
        .and_then(|()| fs::rename(&temporary, path));
    written.inspect_err(|_| drop(fs::remove_file(&temporary)))
}

/// Gives a file another name.
///
/// # Errors
/// The file system refuses.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)
}

/// Removes a file.
///
/// # Errors
/// The file system refuses.
pub fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)
}

/// A folder that nobody else can look into, and that goes away with all that is in it.
#[derive(Debug)]
pub struct TemporaryFolder {
    path: PathBuf,
}

impl TemporaryFolder {
    /// A new one below `parent`, whose name begins with `name`.
    ///
    /// # Errors
    /// The file system refuses.
    pub fn new(parent: &Path, name: &str) -> io::Result<Self> {
        let mut number = 0;
        loop {
            let path = parent.join(format!("{name}-{number}"));
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self { path }),
                // Somebody may have taken the name to make us use a folder of theirs.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file, with the folders above it.
    ///
    /// # Errors
    /// The path leads out of the folder, or the file system refuses.
    pub fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let target = self.place(path)?;
        let write = || OpenOptions::new().write(true).create_new(true).open(&target)?.write_all(bytes);
        Self::with_folders(&target, write)
    }

    /// Makes a symbolic link, with the folders above it.
    ///
    /// # Errors
    /// The path leads out of the folder, or the file system refuses.
    pub fn link(&self, path: &Path, target: &Path) -> io::Result<()> {
        let place = self.place(path)?;
        Self::with_folders(&place, || symlink(target, &place))
    }

    fn place(&self, path: &Path) -> io::Result<PathBuf> {
        let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
        let message = || format!("{} leads out of the folder", path.display());
        if inside { Ok(self.path.join(path)) } else { Err(io::Error::other(message())) }
    }

    /// Tries once without the folders, since all files of a folder but the first find it there.
    fn with_folders(target: &Path, make: impl Fn() -> io::Result<()>) -> io::Result<()> {
        match make() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(target.parent().unwrap_or(Path::new("")))?;
                make()
            }
            result => result,
        }
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // What can't be removed is left to whoever cleans the system's folder.
        let _ = fs::remove_dir_all(&self.path);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use tempfile::TempDir;

    #[test]
    fn a_temporary_folder_is_private_and_goes_away() {
        let parent = TempDir::new().unwrap();
        let folder = TemporaryFolder::new(parent.path(), "x").unwrap();
        let path = folder.path().to_path_buf();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        folder.write(Path::new("a/b/c"), b"x").unwrap();
        folder.link(Path::new("a/d"), Path::new("b/c")).unwrap();
        assert_eq!(fs::read(path.join("a/d")).unwrap(), b"x");
        for outside in ["../x", "/etc/x", "a/../../x", "./x/../../y"] {
            assert!(folder.write(Path::new(outside), b"x").is_err(), "{outside}");
        }
        // A link in the way is not followed.
        folder.link(Path::new("e"), parent.path()).unwrap();
        assert!(folder.write(Path::new("e"), b"x").is_err());
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn the_folder_of_git_is_found_from_below_and_from_a_worktree() {
        let root = TempDir::new().unwrap();
        let real = fs::canonicalize(root.path()).unwrap();
        fs::create_dir_all(real.join("main/.git/worktrees/w")).unwrap();
        fs::create_dir_all(real.join("main/sub/folder")).unwrap();
        fs::create_dir_all(real.join("w/sub")).unwrap();
        assert_eq!(git_folder(&real.join("main/sub/folder")), Some(real.join("main/.git")));
        let inner = real.join("main/.git/worktrees/w");
        fs::write(real.join("w/.git"), format!("gitdir: {}\n", inner.display())).unwrap();
        assert_eq!(git_folder(&real.join("w/sub")), Some(inner));
        fs::write(real.join("w/.git"), "gitdir: nowhere\n").unwrap();
        assert_eq!(git_folder(&real.join("nowhere")), None);
    }

    #[test]
    fn a_program_that_is_replaced_has_another_stamp() {
        let root = TempDir::new().unwrap();
        let path = root.path().join("x");
        write_executable(&path, "a").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o755);
        let first = stamp(&path).unwrap();
        assert_eq!(stamp(&path), Some(first.clone()));
        write_executable(&path, "b").unwrap();
        assert_ne!(stamp(&path), Some(first));
        assert!(is_executable(&path));
    }
}
