//! Git, asked by its own command.

use std::ffi::OsStr;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context as _, anyhow, bail};

/// Variables by which Git tells a hook which repository and index are meant.
const LOCAL: [&str; 6] =
    ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"];

/// One line of `git ls-tree`.
pub(crate) struct Entry {
    pub(crate) mode: String,
    pub(crate) id: String,
    /// From the top of the repository.
    pub(crate) path: Vec<u8>,
}

/// The lines of `git ls-tree -z`.
pub(crate) fn entries(listing: &[u8]) -> anyhow::Result<Vec<Entry>> {
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
pub(crate) struct Git {
    /// Where to run it, if not here: then the variables of a hook are about another repository.
    folder: Option<PathBuf>,
}

impl Git {
    /// Git for the repository that `root` is in, and the top of that.
    pub(crate) fn of(root: &Path) -> anyhow::Result<(Self, PathBuf)> {
        let here = Self { folder: None };
        let there = Self { folder: Some(root.to_path_buf()) };
        let top = there.top().with_context(|| format!("{} is in no work tree of Git", root.display()))?;
        // From a hook the variables count, as long as they are about this repository and not one around it.
        let same = here.top().is_ok_and(|other| other == top);
        Ok((if same { here } else { there }, top))
    }

    fn top(&self) -> anyhow::Result<PathBuf> {
        self.path(&["rev-parse", "--show-toplevel"])
    }

    /// The one path that Git answers.
    pub(crate) fn path(&self, arguments: &[&str]) -> anyhow::Result<PathBuf> {
        let arguments: Vec<_> = arguments.iter().map(OsStr::new).collect();
        let mut path = self.ask(&arguments)?;
        if path.last() == Some(&b'\n') {
            path.pop();
        }
        let path = PathBuf::from(OsStr::from_bytes(&path));
        Ok(match &self.folder {
            Some(folder) => folder.join(path),
            None => path,
        })
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
    pub(crate) fn ask(&self, arguments: &[&OsStr]) -> anyhow::Result<Vec<u8>> {
        let output = self.command().args(arguments).stdin(Stdio::null()).output().context("could not run `git`")?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let words: Vec<_> = arguments.iter().take(1).map(|word| word.to_string_lossy()).collect();
        bail!("`git {}` failed: {}", words.join(" "), String::from_utf8_lossy(&output.stderr).trim())
    }

    /// Hands the content of each file to `take`, in their order.
    pub(crate) fn contents(
        &self,
        files: &[Entry],
        take: impl Fn(&Entry, &[u8]) -> io::Result<()>,
    ) -> anyhow::Result<()> {
        // A submodule has no content here.
        let files: Vec<_> = files.iter().filter(|file| file.mode != "160000").collect();
        let mut command = self.command();
        // Without a buffer it would write each answer by itself.
        command.args(["cat-file", "--batch", "--buffer"]).stdin(Stdio::piped()).stdout(Stdio::piped());
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
