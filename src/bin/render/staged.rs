//! What is staged in Git: the project as the next commit has it, whatever the files in the folder look like.
//!
//! Git's own programs read the index, so whatever decides which one is meant counts here, too: `git commit FILE` makes
//! one for the time being and names it in `GIT_INDEX_FILE`. Contents are the stored ones, without the conversions of a
//! checkout: they are what Argo CD gets.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use supercargo::project::Content;
use supercargo::store::{self, TemporaryFolder};

use crate::programs::git::Repository;

/// All that a check depends on, by its path in the project.
pub(crate) const SUBJECTS: [&str; 6] = ["values", "templates", "schemas", "application", "charts.lock", "out"];

/// The tree that a commit of the index would have.
pub(crate) struct Staged {
    repository: Repository,
    /// The id of the tree.
    tree: String,
    /// Mode, id and path of each subject that is there.
    identity: String,
}

/// A copy of what is staged, for as long as it lives.
pub(crate) struct Exported {
    folder: TemporaryFolder,
}

impl Exported {
    /// The project's folder in the copy.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().to_path_buf()
    }
}

/// The repository whose work tree the project at `root` is in.
pub(crate) fn repository(root: &Path) -> anyhow::Result<Repository> {
    Repository::of(root).with_context(|| format!("{} is in no work tree of Git", root.display()))
}

impl Staged {
    /// Asks Git what is staged of the project at `root`.
    pub(crate) fn read(root: &Path) -> anyhow::Result<Self> {
        Self::of(repository(root)?)
    }

    fn of(repository: Repository) -> anyhow::Result<Self> {
        let tree = repository.line(&["write-tree"]).context("what is staged can't be committed yet")?;
        Self::in_tree(repository, tree)
    }

    fn in_tree(repository: Repository, tree: String) -> anyhow::Result<Self> {
        let subjects = repository.entries(&tree, &SUBJECTS)?;
        if !subjects.iter().any(|subject| subject.path == b"values") {
            bail!("nothing below values/ is staged: `git add` the project first");
        }
        let identity =
            subjects.iter().map(|one| format!("{} {} {}\n", one.mode, one.id, String::from_utf8_lossy(&one.path)));
        Ok(Self { identity: identity.collect(), tree, repository })
    }

    /// The same, if the files in the folder are what is staged, and there are no others: what is known of the one holds
    /// for the other. Git remembers size and time of each file, so that costs no more than `git status`.
    pub(crate) fn of_folder(root: &Path) -> Option<Self> {
        // Nothing to ask where there is no repository.
        store::git_folder(root)?;
        let repository = Repository::of(root).ok()?;
        let status =
            ["status", "--porcelain", "-z", "--untracked-files=all", "--ignored=matching", "--no-renames", "--"];
        let paths = SUBJECTS.map(|subject| repository.root.join(subject).into_os_string());
        let listing = repository.ask(status.map(OsString::from).into_iter().chain(paths)).ok()?;
        // What building an application leaves behind is ignored, and no input.
        let built = [b"!! ", repository.prefix.join("application/").as_os_str().as_bytes()].concat();
        let lines = listing.split(|byte| *byte == 0).filter(|line| !line.is_empty() && !line.starts_with(&built));
        let lines: Vec<_> = lines.collect();
        // The second letter is about the folder.
        if lines.iter().any(|line| line.get(1) != Some(&b' ')) {
            return None;
        }
        // Where nothing is staged either, it is the commit, and there is no tree to make of the index.
        if lines.is_empty() { Self::in_tree(repository, "HEAD".to_owned()).ok() } else { Self::of(repository).ok() }
    }

    /// The same as long as nothing is staged that a check depends on.
    pub(crate) fn identity(&self) -> &str {
        &self.identity
    }

    /// Copies it all into a folder of its own.
    ///
    /// In memory, where the system has room for files there: some file systems take seconds to make many files where
    /// as many were removed a moment ago.
    pub(crate) fn export(&self) -> anyhow::Result<Exported> {
        let (usual, memory) = (std::env::temp_dir(), Path::new("/dev/shm"));
        // Whoever names a folder means that one, and in a container the memory may be small.
        if usual == Path::new("/tmp")
            && memory.is_dir()
            && let Ok(exported) = self.export_below(memory)
        {
            return Ok(exported);
        }
        self.export_below(&usual)
    }

    fn export_below(&self, parent: &Path) -> anyhow::Result<Exported> {
        let name = format!("supercargo-{}", std::process::id());
        let folder = TemporaryFolder::new(parent, &name).context("could not make a folder for what is staged")?;
        let files = self.repository.files(&self.tree, &SUBJECTS)?;
        self.repository.contents(&files, u64::MAX, |file, content| {
            let Content::Bytes(bytes) = content else { return Ok(()) };
            let path = Path::new(OsStr::from_bytes(&file.path));
            let copied = if file.is_link() {
                folder.link(path, Path::new(OsStr::from_bytes(&bytes)))
            } else {
                folder.write(path, &bytes)
            };
            copied.with_context(|| format!("could not copy {} from the index", path.display()))
        })?;
        Ok(Exported { folder })
    }
}
