//! What Git knows of a project's history.
//!
//! The repository is the one that the project's folder is in, whatever a hook says: Git gives its hooks `GIT_DIR`,
//! `GIT_INDEX_FILE` and the like for the repository that it works on, and a project may be another one. Only where none
//! is found do they count. Nothing is written, no index is read, and files come as they are stored: no filter and no
//! conversion of line ends runs.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use supercargo::project::{Content, INPUTS, MAX_FILE_BYTES};

use super::Error;

/// What tells Git where a repository is, and is not to count.
const PLACES: [&str; 6] =
    ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_NAMESPACE"];

/// How many links may lead to each other.
const LINKS: usize = 8;

/// The repository that a project is in.
#[derive(Debug)]
pub(crate) struct Repository {
    root: PathBuf,
    /// The project's folder below that of the repository, with a slash at its end; empty if they are the same.
    prefix: String,
    /// Whether the environment variables say where it is.
    inherits: bool,
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

impl Error {
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
}

/// A file of a commit.
struct Entry {
    mode: String,
    object: String,
    size: u64,
}

impl Repository {
    /// The repository that the project at `root` is in.
    pub(crate) fn around(root: &Path) -> Result<Self, Error> {
        let mut repository = Self { root: root.to_path_buf(), prefix: String::new(), inherits: false };
        let found = repository.ask(&["rev-parse", "--show-prefix"]).or_else(|error| {
            repository.inherits = true;
            repository.ask(&["rev-parse", "--show-prefix"]).map_err(|_| error)
        });
        let prefix = found.map_err(|error| match error.source {
            Some(_) => error,
            None => Error {
                message: format!("there is no Git repository to compare with: {}", error.message),
                help: "leave `--against` out to compare with out/, or name a project inside a repository".to_owned(),
                source: None,
            },
        })?;
        prefix.strip_suffix('\n').unwrap_or(&prefix).clone_into(&mut repository.prefix);
        Ok(repository)
    }

    /// The commit that `revision` names.
    pub(crate) fn commit(&self, revision: &str) -> Result<Commit, Error> {
        let unknown = |reason: &str| Error {
            message: format!("`{revision}` is no revision of this repository{reason}"),
            help: "name a commit, a branch or a tag that `git log` shows; in a shallow clone, fetch it first"
                .to_owned(),
            source: None,
        };
        // Git would take it for an option.
        if revision.is_empty() || revision.starts_with('-') {
            return Err(unknown(""));
        }
        let found = self.ask(&["rev-parse", "--verify", "--quiet", &format!("{revision}^{{commit}}")]);
        match found {
            Ok(id) => Ok(Commit { revision: revision.to_owned(), id: id.trim().to_owned() }),
            Err(error) if error.source.is_some() => Err(error),
            Err(_) => Err(unknown("")),
        }
    }

    /// The commit from which the present one and `revision` both come.
    pub(crate) fn merge_base(&self, revision: &str) -> Result<Commit, Error> {
        let other = self.commit(revision)?;
        let head = self.commit("HEAD")?;
        let found = self.ask(&["merge-base", &head.id, &other.id]);
        let id = found.map_err(|_| Error {
            message: format!("`HEAD` and `{revision}` have no commit in common"),
            help: "a shallow clone may lack it: fetch the whole history".to_owned(),
            source: None,
        })?;
        Ok(Commit { revision: revision.to_owned(), id: id.trim().to_owned() })
    }

    /// The inputs of the project at `commit`, by their paths from the project's root.
    pub(crate) fn inputs(&self, commit: &Commit) -> Result<BTreeMap<String, Content>, Error> {
        let folders = INPUTS.map(|folder| format!("{}{folder}", self.prefix));
        let mut arguments = vec!["ls-tree", "-r", "-z", "--long", "--full-tree", &commit.id, "--"];
        arguments.extend(folders.iter().map(String::as_str));
        let entries = self.entries(&self.run(&arguments, None)?);
        let wanted: Vec<_> = entries.values().filter(|entry| entry.size <= MAX_FILE_BYTES).collect();
        let objects = wanted.iter().flat_map(|entry| [entry.object.as_str(), "\n"]).collect::<String>();
        let texts = self.run(&["cat-file", "--batch"], Some(objects))?;
        let blobs = blobs(&texts).filter(|blobs| blobs.len() == wanted.len()).ok_or_else(|| Error {
            message: format!("Git did not give all files of `{}`", commit.revision),
            help: "see that the repository is whole: `git fsck`".to_owned(),
            source: None,
        })?;
        let blobs: BTreeMap<&str, &[u8]> = wanted.iter().map(|entry| entry.object.as_str()).zip(blobs).collect();
        let content = |path: &String| {
            let content = match follow(path, &entries, &blobs) {
                None => Content::Link,
                Some(entry) if entry.size > MAX_FILE_BYTES => Content::TooLarge(entry.size),
                Some(entry) => Content::Bytes(blobs[entry.object.as_str()].to_vec()),
            };
            (path.clone(), content)
        };
        Ok(entries.keys().map(content).collect())
    }

    /// The files that `listed` names, by their paths from the project's root.
    fn entries(&self, listed: &[u8]) -> BTreeMap<String, Entry> {
        let entry = |line: &[u8]| {
            let line = String::from_utf8_lossy(line);
            let (what, path) = line.split_once('\t')?;
            let mut what = what.split_ascii_whitespace();
            let (mode, kind, object, size) = (what.next()?, what.next()?, what.next()?, what.next()?);
            let entry = Entry { mode: mode.to_owned(), object: object.to_owned(), size: size.parse().ok()? };
            let path = path.strip_prefix(&self.prefix)?;
            (kind == "blob").then(|| (path.to_owned(), entry))
        };
        listed.split(|byte| *byte == 0).filter_map(entry).collect()
    }

    /// What Git answers, as text.
    fn ask(&self, arguments: &[&str]) -> Result<String, Error> {
        self.run(arguments, None).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    fn run(&self, arguments: &[&str], input: Option<String>) -> Result<Vec<u8>, Error> {
        let mut command = Command::new("git");
        command.arg("-C").arg(OsString::from(&self.root)).args(arguments);
        // Its messages are read by people only, and tests compare them.
        command.env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0").env("GIT_OPTIONAL_LOCKS", "0");
        if !self.inherits {
            for name in PLACES {
                command.env_remove(name);
            }
        }
        let stdin = if input.is_some() { Stdio::piped() } else { Stdio::null() };
        let spawned = command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let output = spawned.and_then(|mut child| {
            // On a thread of its own: Git answers while it still reads, and would wait for a reader of its answers.
            let writer = child.stdin.take().zip(input).map(|(mut stdin, input)| {
                thread::spawn(move || {
                    // One that does not read it says why.
                    let _ = stdin.write_all(input.as_bytes());
                })
            });
            let output = child.wait_with_output();
            let _ = writer.map(thread::JoinHandle::join);
            output
        });
        let output = output.map_err(|source| Error {
            message: "could not run `git`".to_owned(),
            help: "install Git: `--against` asks it for the files of a revision".to_owned(),
            source: Some(source),
        })?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let stderr = String::from_utf8_lossy(&output.stderr);
        let first = stderr.lines().next().unwrap_or("it does not say why");
        Err(Error {
            message: format!("`git {}` failed: {first}", arguments.first().copied().unwrap_or_default()),
            help: "see what `git status` says in the project's folder".to_owned(),
            source: None,
        })
    }
}

/// The file that `path` leads to, links followed; `None` if that is outside of the inputs.
fn follow<'e>(path: &str, entries: &'e BTreeMap<String, Entry>, blobs: &BTreeMap<&str, &[u8]>) -> Option<&'e Entry> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        let entry = entries.get(&path)?;
        if entry.mode != "120000" {
            return Some(entry);
        }
        let target = str::from_utf8(blobs.get(entry.object.as_str())?).ok()?;
        let mut parts: Vec<_> = path.split('/').collect();
        parts.pop();
        for part in target.split('/') {
            match part {
                "." => {}
                "" => return None,
                ".." => drop(parts.pop()?),
                part => parts.push(part),
            }
        }
        path = parts.join("/");
    }
    None
}

/// The contents that `git cat-file --batch` prints, each behind a line with its size; `None` if one is missing.
fn blobs(mut text: &[u8]) -> Option<Vec<&[u8]>> {
    let mut found = Vec::new();
    while !text.is_empty() {
        let end = text.iter().position(|byte| *byte == b'\n')?;
        let size: usize = str::from_utf8(&text[..end]).ok()?.split(' ').nth(2)?.parse().ok()?;
        let (blob, rest) = text.get(end + 1..)?.split_at_checked(size)?;
        found.push(blob);
        text = rest.strip_prefix(b"\n")?;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_cut_by_their_sizes() {
        assert_eq!(blobs(b"a blob 3\nx\ny\nb blob 0\n\n"), Some(vec![&b"x\ny"[..], &b""[..]]));
        assert_eq!(blobs(b""), Some(Vec::new()));
        for broken in [&b"a missing\n"[..], b"a blob 9\nx\n", b"a blob 1\nx"] {
            assert_eq!(blobs(broken), None);
        }
    }

    #[test]
    fn links_are_followed_inside_the_inputs_only() {
        let entry = |mode: &str, object: &str| Entry { mode: mode.into(), object: object.into(), size: 1 };
        let link = |object: &str| entry("120000", object);
        let entries = BTreeMap::from([
            ("values/dev.yaml".to_owned(), entry("100644", "file")),
            ("values/a/b.yaml".to_owned(), link("up")),
            ("values/round.yaml".to_owned(), link("round")),
            ("values/out.yaml".to_owned(), link("out")),
            ("values/root.yaml".to_owned(), link("root")),
        ]);
        let blobs = BTreeMap::from([
            ("up", &b"../dev.yaml"[..]),
            ("round", b"round.yaml"),
            ("out", b"../../dev.yaml"),
            ("root", b"/values/dev.yaml"),
        ]);
        let to = |path: &str| follow(path, &entries, &blobs).map(|entry| entry.object.as_str());
        assert_eq!(to("values/a/b.yaml"), Some("file"));
        for path in ["values/round.yaml", "values/out.yaml", "values/root.yaml", "values/none.yaml"] {
            assert_eq!(to(path), None, "{path}");
        }
    }
}
