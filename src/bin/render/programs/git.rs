//! Git, asked by its own command about the repository that a project is in.
//!
//! That is the one that the project's folder is in. Git tells its hooks by variables like `GIT_DIR` and `GIT_INDEX_FILE`
//! which repository and which index it works on: they count where they mean the same repository, or where the folder is
//! in none, and nowhere else. Files come as they are stored: no filter and no conversion of line ends runs.

use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context as _, anyhow, bail};
use supercargo::project::Content;
use supercargo::store;

use super::Error;

/// What tells Git where a repository is, and which parts of it are meant.
const PLACES: [&str; 7] = [
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_WORK_TREE",
    "GIT_PREFIX",
    "GIT_OBJECT_DIRECTORY",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
];

/// The mode of a symbolic link.
const LINK: &str = "120000";
/// The mode of a submodule.
const SUBMODULE: &str = "160000";

/// The repository that a project is in.
#[derive(Debug)]
pub(crate) struct Repository {
    git: Git,
    /// The project's folder, without links.
    pub(crate) root: PathBuf,
    /// The same below the top of the repository; empty where it is the top.
    pub(crate) prefix: PathBuf,
}

/// How Git is run.
#[derive(Debug)]
struct Git {
    /// Where, if not here: then without the variables, too.
    folder: Option<PathBuf>,
}

/// Where a repository is.
#[derive(PartialEq, Eq)]
struct Place {
    top: PathBuf,
    git_folder: Vec<u8>,
}

/// A commit, and how it was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Commit {
    pub(crate) revision: String,
    pub(crate) id: String,
}

impl Commit {
    /// The beginning of its name, as Git shows it.
    pub(crate) fn short(&self) -> &str {
        self.id.get(..12).unwrap_or(&self.id)
    }
}

/// What a tree has at a path.
pub(crate) struct Entry {
    pub(crate) mode: String,
    pub(crate) id: String,
    /// From the project's root.
    pub(crate) path: Vec<u8>,
}

impl Entry {
    pub(crate) fn is_link(&self) -> bool {
        self.mode == LINK
    }
}

impl Error {
    /// There is nothing to compare with, for the reason that Git gives.
    pub(crate) fn without_repository(reason: &anyhow::Error) -> Self {
        let reason = reason.to_string();
        Self {
            message: format!(
                "there is no Git repository to compare with: {}",
                reason.lines().next().unwrap_or("Git does not say why")
            ),
            help: "leave `--against` out to compare with out/, or name a project inside a repository".to_owned(),
            source: None,
        }
    }

    /// The project has no values at `commit`.
    pub(crate) fn without_values(commit: &Commit) -> Self {
        Self {
            message: format!(
                "`{}` ({}) has no folder `values` here: there is nothing to render",
                commit.revision,
                commit.short()
            ),
            help: "name a revision in which the project stands in this folder".to_owned(),
            source: None,
        }
    }

    fn not_run(source: io::Error) -> Self {
        Self {
            message: "could not run `git`".to_owned(),
            help: "install Git: it is asked for what is staged, and for the files of a revision".to_owned(),
            source: Some(source),
        }
    }

    /// Git has no content for the file at `path`.
    fn not_given(path: &str, answer: &str) -> Self {
        Self {
            message: format!("Git can't give {path}: {answer}"),
            help: "see that the repository is whole: `git fsck`".to_owned(),
            source: None,
        }
    }
}

impl Repository {
    /// The repository that the project at `root` is in.
    pub(crate) fn of(root: &Path) -> anyhow::Result<Self> {
        let root = store::real_path(root).with_context(|| format!("could not find {}", root.display()))?;
        let (here, there) = (Git { folder: None }, Git { folder: Some(root.clone()) });
        let (git, place) = match (there.place(), here.place()) {
            (Ok(found), Ok(meant)) if found == meant => (here, found),
            (Ok(found), _) => (there, found),
            (Err(_), Ok(meant)) if root.starts_with(&meant.top) => (here, meant),
            (Err(error), _) => return Err(error),
        };
        let prefix = root.strip_prefix(&place.top).context("Git names another folder as the top of the repository")?;
        Ok(Self { git, prefix: prefix.to_path_buf(), root })
    }

    /// What Git answers to these words.
    pub(crate) fn ask(&self, words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> anyhow::Result<Vec<u8>> {
        self.git.ask(words)
    }

    /// What Git answers, as one line of text.
    pub(crate) fn line(&self, words: &[&str]) -> anyhow::Result<String> {
        Ok(String::from_utf8_lossy(&self.ask(words)?).trim().to_owned())
    }

    /// The folder that Git runs hooks from.
    pub(crate) fn hooks(&self) -> anyhow::Result<PathBuf> {
        let mut path = self.ask(["rev-parse", "--git-path", "hooks"])?;
        path.pop_if(|end| *end == b'\n');
        let path = PathBuf::from(OsString::from_vec(path));
        Ok(self.git.folder.as_ref().map(|folder| folder.join(&path)).unwrap_or(path))
    }

    /// Whether Git ignores `path` of the project; none if it does not say.
    pub(crate) fn ignores(&self, path: &str) -> Option<bool> {
        let mut command = self.git.command();
        // It takes no patterns, and refuses to be told so.
        command.env_remove("GIT_LITERAL_PATHSPECS");
        command.args(["check-ignore", "--quiet", "--"]).arg(self.root.join(path));
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
        match status.code() {
            Some(0) => Some(true),
            Some(1) => Some(false),
            _ => None,
        }
    }

    /// The commit that `revision` names.
    pub(crate) fn commit(&self, revision: &str) -> anyhow::Result<Commit> {
        let unknown = || Error {
            message: format!("`{revision}` is no revision of this repository"),
            help: "name a commit, a branch or a tag that `git log` shows; in a shallow clone, fetch it first"
                .to_owned(),
            source: None,
        };
        // Git would take it for an option.
        if revision.is_empty() || revision.starts_with('-') {
            return Err(unknown().into());
        }
        let found = self.line(&["rev-parse", "--verify", "--quiet", &format!("{revision}^{{commit}}")]);
        match found {
            Ok(id) => Ok(Commit { revision: revision.to_owned(), id }),
            Err(error) if error.is::<Error>() => Err(error),
            Err(_) => Err(unknown().into()),
        }
    }

    /// The commit from which the present one and `revision` both come.
    pub(crate) fn merge_base(&self, revision: &str) -> anyhow::Result<Commit> {
        let other = self.commit(revision)?;
        let head = self.commit("HEAD")?;
        let found = self.line(&["merge-base", &head.id, &other.id]);
        let id = found.map_err(|_| Error {
            message: format!("`HEAD` and `{revision}` have no commit in common"),
            help: "a shallow clone may lack it: fetch the whole history".to_owned(),
            source: None,
        })?;
        Ok(Commit { revision: revision.to_owned(), id })
    }

    /// What stands at these paths of the project in `tree`, as far as anything does.
    pub(crate) fn entries(&self, tree: &str, paths: &[&str]) -> anyhow::Result<Vec<Entry>> {
        self.list(&["ls-tree", "-z", "--full-tree", tree, "--"], paths)
    }

    /// The files at and below these paths of the project in `tree`. A submodule has none.
    pub(crate) fn files(&self, tree: &str, paths: &[&str]) -> anyhow::Result<Vec<Entry>> {
        let mut entries = self.list(&["ls-tree", "-r", "-z", "--full-tree", tree, "--"], paths)?;
        entries.retain(|entry| entry.mode != SUBMODULE);
        Ok(entries)
    }

    fn list(&self, words: &[&str], paths: &[&str]) -> anyhow::Result<Vec<Entry>> {
        let paths = paths.iter().map(|path| self.prefix.join(path).into_os_string());
        let listing = self.ask(words.iter().map(OsString::from).chain(paths))?;
        entries(&listing, &self.prefix).ok_or_else(|| anyhow!("`git ls-tree` said something unexpected"))
    }

    /// Hands the content of each file to `take`, in their order; of one with more than `limit` bytes only the size.
    pub(crate) fn contents(
        &self,
        files: &[Entry],
        limit: u64,
        mut take: impl FnMut(&Entry, Content) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut command = self.git.command();
        // Without a buffer it would write each answer by itself.
        command.args(["cat-file", "--batch", "--buffer"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(Error::not_run)?;
        let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("`git cat-file` has no input or output");
        };
        let wanted: String = files.iter().flat_map(|file| [file.id.as_str(), "\n"]).collect();
        // It answers while it is asked: whoever asks must not wait for that.
        let asking = thread::spawn(move || stdin.write_all(wanted.as_bytes()));
        let mut answers = BufReader::with_capacity(1 << 16, stdout);
        for file in files {
            take(file, answer(&mut answers, file, limit)?)?;
        }
        drop(answers);
        let _ = asking.join();
        child.wait()?;
        Ok(())
    }
}

impl Git {
    fn place(&self) -> anyhow::Result<Place> {
        // The answer in the middle is always the same one, and parts the other two, which may be of several lines.
        let answer = self.ask(["rev-parse", "--show-toplevel", "--is-bare-repository", "--absolute-git-dir"])?;
        let middle = b"\nfalse\n";
        let at = answer.windows(middle.len()).position(|part| part == middle);
        let at = at.ok_or_else(|| anyhow!("`git rev-parse` said something unexpected"))?;
        let (top, git_folder) = (&answer[..at], &answer[at + middle.len()..]);
        Ok(Place { top: PathBuf::from(OsStr::from_bytes(top)), git_folder: git_folder.to_vec() })
    }

    fn command(&self) -> Command {
        let mut command = Command::new("git");
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
            for name in PLACES {
                command.env_remove(name);
            }
        }
        // Paths are names, and never patterns. Messages are read by people only, and tests compare them.
        command.env("GIT_LITERAL_PATHSPECS", "1").env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0");
        command
    }

    fn ask(&self, words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> anyhow::Result<Vec<u8>> {
        let mut command = self.command();
        let output = command.args(words).stdin(Stdio::null()).output().map_err(Error::not_run)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let verb = command.get_args().next().unwrap_or_default();
        bail!("`git {}` failed: {}", verb.display(), String::from_utf8_lossy(&output.stderr).trim())
    }
}

/// The lines of `git ls-tree -z`, by their paths below `prefix`; none if it is something else.
fn entries(listing: &[u8], prefix: &Path) -> Option<Vec<Entry>> {
    let entry = |line: &[u8]| {
        let at = line.iter().position(|byte| *byte == b'\t')?;
        let [mode, _, id] = str::from_utf8(&line[..at]).ok()?.split(' ').collect::<Vec<_>>().try_into().ok()?;
        let path = Path::new(OsStr::from_bytes(&line[at + 1..])).strip_prefix(prefix).ok()?;
        Some(Entry { mode: mode.to_owned(), id: id.to_owned(), path: path.as_os_str().as_bytes().to_vec() })
    };
    listing.split(|byte| *byte == 0).filter(|line| !line.is_empty()).map(entry).collect()
}

/// The next answer of `git cat-file --batch`, which is about `file`: a line with the size, the content, an end of line.
fn answer(answers: &mut impl BufRead, file: &Entry, limit: u64) -> anyhow::Result<Content> {
    let path = String::from_utf8_lossy(&file.path);
    let mut head = String::new();
    answers.read_line(&mut head)?;
    let head = head.trim_end();
    let size = head.strip_prefix(&file.id).and_then(|rest| rest.strip_prefix(" blob ")?.parse().ok());
    let size: u64 = size.ok_or_else(|| Error::not_given(&path, head))?;
    let mut text = Vec::new();
    let mut rest = answers.take(size + 1);
    let length = if size > limit { io::copy(&mut rest, &mut io::sink())? } else { rest.read_to_end(&mut text)? as u64 };
    if length <= size {
        return Err(Error::not_given(&path, "it stopped in the middle").into());
    }
    text.pop();
    Ok(if size > limit { Content::TooLarge(size) } else { Content::Bytes(text) })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn file(mode: &str, id: &str) -> Entry {
        Entry { mode: mode.into(), id: id.into(), path: b"values/dev.yaml".into() }
    }

    #[test]
    fn entries_are_those_below_the_project() {
        let listing = b"100644 blob a\tp/values/\xe4 b\n\t.yaml\x00120000 blob b\tp/values/l\x00";
        let found = entries(listing, Path::new("p")).unwrap();
        let found: Vec<_> = found.iter().map(|one| (one.is_link(), one.id.as_str(), one.path.as_slice())).collect();
        assert_eq!(found, [(false, "a", &b"values/\xe4 b\n\t.yaml"[..]), (true, "b", b"values/l")]);
        for broken in [&b"100644 blob a\0"[..], b"100644 blob\tp/a\0", b"100644 blob a\tother/a\0"] {
            assert!(entries(broken, Path::new("p")).is_none());
        }
    }

    #[test]
    fn contents_are_cut_by_their_sizes() {
        let mut answers = &b"a blob 3\nx\ny\na blob 0\n\na blob 5\n12345\na blob 1\nz\n"[..];
        let mut next = || answer(&mut answers, &file("100644", "a"), 4).unwrap();
        assert_eq!(next(), Content::Bytes(b"x\ny".into()));
        assert_eq!(next(), Content::Bytes(Vec::new()));
        assert_eq!(next(), Content::TooLarge(5));
        assert_eq!(next(), Content::Bytes(b"z".into()));
        for broken in [&b""[..], b"a missing\n", b"b blob 1\nx\n", b"a blob 9\nx\n", b"a blob 3\nx\n", b"a blob 1\nx"] {
            assert!(answer(&mut &*broken, &file("100644", "a"), 4).is_err(), "{broken:?}");
        }
    }
}
