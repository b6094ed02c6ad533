//! What is staged in Git: the project as the next commit has it, whatever the files in the folder look like.
//!
//! Git's own programs read the index, so whatever decides which one is meant counts here, too: `git commit FILE` makes
//! one for the time being and names it in `GIT_INDEX_FILE`. Contents are the stored ones, without the conversions of a
//! checkout: they are what Argo CD gets.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context as _, anyhow, bail};
use supercargo::store::TemporaryFolder;

/// All that a check depends on, by its path in the project.
pub(crate) const SUBJECTS: [&str; 6] = ["values", "templates", "schemas", "application", "charts.lock", "out"];

/// Variables by which Git tells a hook which repository and index are meant.
const LOCAL: [&str; 6] =
    ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"];

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
        let root = supercargo::store::real_path(root).with_context(|| format!("could not find {}", root.display()))?;
        let (git, top) = Git::of(&root)?;
        let prefix = root.strip_prefix(&top).context("Git names another folder as the top of the repository")?;
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

/// One line of `git ls-tree`.
struct Entry {
    mode: String,
    id: String,
    path: Vec<u8>,
}

fn entries(listing: &[u8]) -> anyhow::Result<Vec<Entry>> {
    let entry = |line: &[u8]| {
        let at = line.iter().position(|byte| *byte == b'\t')?;
        let head = str::from_utf8(&line[..at]).ok()?;
        let [mode, _, id] = head.split(' ').collect::<Vec<_>>().try_into().ok()?;
        Some(Entry { mode: mode.to_owned(), id: id.to_owned(), path: line[at + 1..].to_vec() })
    };
    let lines = listing.split(|byte| *byte == 0).filter(|line| !line.is_empty());
    lines.map(|line| entry(line).ok_or_else(|| anyhow!("`git ls-tree` said something unexpected"))).collect()
}

/// Git, for one repository.
struct Git {
    /// Where to run it, if not here: then the variables of a hook are about another repository.
    folder: Option<PathBuf>,
}

impl Git {
    /// Git for the repository that `root` is in, and the top of that.
    fn of(root: &Path) -> anyhow::Result<(Self, PathBuf)> {
        let here = Self { folder: None };
        let there = Self { folder: Some(root.to_path_buf()) };
        let mut last = None;
        for git in [here, there] {
            match git.top() {
                Ok(top) if root.starts_with(&top) => return Ok((git, top)),
                Ok(_) => {}
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| anyhow!("{} is in no Git repository", root.display())))
    }

    fn top(&self) -> anyhow::Result<PathBuf> {
        let mut top = self.ask(&["rev-parse", "--show-toplevel"].map(OsStr::new))?;
        if top.last() == Some(&b'\n') {
            top.pop();
        }
        Ok(PathBuf::from(OsStr::from_bytes(&top)))
    }

    fn command(&self) -> Command {
        let mut command = Command::new("git");
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
            for name in LOCAL {
                command.env_remove(name);
            }
        }
        // Paths are names, and never patterns.
        command.env("GIT_LITERAL_PATHSPECS", "1");
        command
    }

    /// What Git answers.
    fn ask(&self, arguments: &[&OsStr]) -> anyhow::Result<Vec<u8>> {
        let output = self.command().args(arguments).stdin(Stdio::null()).output().context("could not run `git`")?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let words: Vec<_> = arguments.iter().take(1).map(|word| word.to_string_lossy()).collect();
        bail!("`git {}` failed: {}", words.join(" "), String::from_utf8_lossy(&output.stderr).trim())
    }

    /// Hands the content of each file to `take`, in their order.
    fn contents(&self, files: &[Entry], take: impl Fn(&Entry, &[u8]) -> io::Result<()>) -> anyhow::Result<()> {
        // A submodule has no content here.
        let files: Vec<_> = files.iter().filter(|file| file.mode != "160000").collect();
        let mut command = self.command();
        command.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("could not run `git`")?;
        let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("`git cat-file` has no input or output");
        };
        let wanted: String = files.iter().map(|file| file.id.clone() + "\n").collect();
        // It answers while it is asked: whoever asks must not wait for that.
        let asking = thread::spawn(move || stdin.write_all(wanted.as_bytes()));
        let mut answers = BufReader::with_capacity(1 << 16, stdout);
        let mut content = Vec::new();
        for file in files {
            let path = String::from_utf8_lossy(&file.path);
            let mut head = String::new();
            answers.read_line(&mut head)?;
            let size = head.trim_end().strip_prefix(&format!("{} blob ", file.id)).and_then(|size| size.parse().ok());
            let size: usize = size.ok_or_else(|| anyhow!("Git can't give {path}: {}", head.trim_end()))?;
            content.resize(size + 1, 0);
            answers.read_exact(&mut content).with_context(|| format!("Git stopped in the middle of {path}"))?;
            take(file, &content[..size]).with_context(|| format!("could not copy {path} from the index"))?;
        }
        drop(answers);
        let _ = asking.join();
        child.wait()?;
        Ok(())
    }
}
