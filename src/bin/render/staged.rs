//! What is staged in Git: the project as the next commit has it, whatever the files in the folder look like.
//!
//! Git's own programs read the index, so whatever decides which one is meant counts here, too: `git commit FILE` makes
//! one for the time being and names it in `GIT_INDEX_FILE`. Contents are the stored ones, without the conversions of a
//! checkout: they are what Argo CD gets.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use supercargo::store::{self, TemporaryFolder};

use crate::git::{Git, entries};

/// All that a check depends on, by its path in the project.
pub(crate) const SUBJECTS: [&str; 6] = ["values", "templates", "schemas", "application", "charts.lock", "out"];

/// The tree that a commit of the index would have.
pub(crate) struct Staged {
    git: Git,
    /// The id of the tree.
    tree: String,
    /// The project's folder below the top of the repository; empty where it is the top.
    prefix: PathBuf,
    /// Mode and id of each subject that is there, by its path below the top.
    subjects: BTreeMap<Vec<u8>, (String, String)>,
}

/// A copy of what is staged, for as long as it lives.
pub(crate) struct Exported {
    folder: TemporaryFolder,
    prefix: PathBuf,
}

impl Exported {
    /// The project's folder in the copy.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join(&self.prefix)
    }
}

impl Staged {
    /// Asks Git what is staged of the project at `root`.
    pub(crate) fn read(root: &Path) -> anyhow::Result<Self> {
        let root = store::real_path(root).with_context(|| format!("could not find {}", root.display()))?;
        let (git, top) = Git::of(&root)?;
        let prefix = root.strip_prefix(&top).context("Git names another folder as the top of the repository")?;
        Self::of(git, prefix)
    }

    fn of(git: Git, prefix: &Path) -> anyhow::Result<Self> {
        let tree = git.ask(&["write-tree".as_ref()]).context("what is staged can't be committed yet")?;
        let tree = String::from_utf8_lossy(&tree).trim().to_owned();
        let paths: Vec<_> = SUBJECTS.iter().map(|subject| prefix.join(subject)).collect();
        let mut arguments: Vec<&OsStr> = ["ls-tree", "-z", "--full-tree", &tree, "--"].map(OsStr::new).into();
        arguments.extend(paths.iter().map(|path| path.as_os_str()));
        let subjects = entries(&git.ask(&arguments)?)?;
        let subjects: BTreeMap<_, _> = subjects.into_iter().map(|entry| (entry.path, (entry.mode, entry.id))).collect();
        if !subjects.contains_key(prefix.join("values").as_os_str().as_bytes()) {
            bail!("nothing below values/ is staged: `git add` the project first");
        }
        Ok(Self { git, prefix: prefix.to_path_buf(), tree, subjects })
    }

    /// The same, if the files in the folder are what is staged, and there are no others: what is known of the one holds
    /// for the other. Git remembers size and time of each file, so that costs no more than `git status`.
    pub(crate) fn of_folder(root: &Path) -> Option<Self> {
        // Nothing to ask where there is no repository.
        store::git_folder(root)?;
        let root = store::real_path(root).ok()?;
        let (git, top) = Git::of(&root).ok()?;
        let prefix = root.strip_prefix(&top).ok()?;
        let paths: Vec<_> = SUBJECTS.iter().map(|subject| top.join(prefix).join(subject)).collect();
        let status =
            ["status", "--porcelain", "-z", "--untracked-files=all", "--ignored=matching", "--no-renames", "--"];
        let mut arguments: Vec<&OsStr> = status.map(OsStr::new).into();
        arguments.extend(paths.iter().map(|path| path.as_os_str()));
        let listing = git.ask(&arguments).ok()?;
        // What building an application leaves behind is ignored, and no input.
        let built = [b"!! ", prefix.join("application/").as_os_str().as_bytes()].concat();
        let mut lines = listing.split(|byte| *byte == 0).filter(|line| !line.is_empty() && !line.starts_with(&built));
        // The second letter is about the folder.
        if lines.any(|line| line.get(1) != Some(&b' ')) {
            return None;
        }
        Self::of(git, prefix).ok()
    }

    /// The same as long as nothing is staged that a check depends on.
    pub(crate) fn identity(&self) -> String {
        let one = |(path, (mode, id)): (&Vec<u8>, &(String, String))| {
            format!("{} {mode} {id}\n", String::from_utf8_lossy(path))
        };
        self.subjects.iter().map(one).collect()
    }

    /// Copies it all into a folder of its own.
    pub(crate) fn export(&self) -> anyhow::Result<Exported> {
        let name = format!("supercargo-{}", std::process::id());
        let folder =
            TemporaryFolder::new(&std::env::temp_dir(), &name).context("could not make a folder for what is staged")?;
        let mut arguments: Vec<&OsStr> =
            ["ls-tree", "-r", "-z", "--full-tree", &self.tree, "--"].map(OsStr::new).into();
        arguments.extend(self.subjects.keys().map(|path| OsStr::from_bytes(path)));
        let files = entries(&self.git.ask(&arguments)?)?;
        self.git.contents(&files, |file, bytes| {
            let path = Path::new(OsStr::from_bytes(&file.path));
            match file.mode.as_str() {
                "120000" => folder.link(path, Path::new(OsStr::from_bytes(bytes))),
                _ => folder.write(path, bytes),
            }
        })?;
        Ok(Exported { folder, prefix: self.prefix.clone() })
    }
}
