//! The writer against a real disk.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::*;
use crate::tree::RenderedFile;

mod crash;
mod edits;
mod obstacles;

/// A tree of `dev` whose inputs have the digest `inputs`.
fn tree(inputs: &str, files: &[(&str, &str)]) -> Tree {
    tree_of("dev", inputs, files)
}

fn tree_of(environment: &str, inputs: &str, files: &[(&str, &str)]) -> Tree {
    let file = |text: &str| RenderedFile { text: text.to_owned(), template: "templates/x.j2".to_owned() };
    Tree {
        environment: EnvironmentName::parse(environment).unwrap(),
        inputs: inputs.to_owned(),
        sources: BTreeMap::from([("values/dev.yaml".to_owned(), "0123456789abcdef".to_owned())]),
        files: files.iter().map(|(path, text)| (OutputPath::parse(path).unwrap(), file(text))).collect(),
    }
}

/// A project of its own.
struct Project {
    root: TempDir,
}

impl Project {
    fn new() -> Self {
        Self { root: TempDir::new().unwrap() }
    }

    /// A project whose `out/dev` holds `tree`.
    fn with(tree: &Tree) -> Self {
        let project = Self::new();
        project.write(tree);
        project
    }

    fn root(&self) -> &Path {
        self.root.path()
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root().join("out/dev").join(path)
    }

    /// Puts a file there as a person would.
    fn put(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn try_write(&self, tree: &Tree, discard_edits: bool) -> Outcome {
        write(self.root(), tree, Options { discard_edits }, &|_| {}).unwrap()
    }

    #[track_caller]
    fn write(&self, tree: &Tree) -> Changes {
        match self.try_write(tree, false) {
            Outcome::Written(changes) => changes,
            Outcome::Blocked(found) => panic!("blocked:\n{}", found.to_text(false)),
        }
    }

    /// The report of a write that has to be blocked, and that it changed nothing.
    #[track_caller]
    fn blocked(&self, tree: &Tree, discard_edits: bool) -> String {
        let before = self.files();
        let Outcome::Blocked(found) = self.try_write(tree, discard_edits) else { panic!("not blocked") };
        assert_eq!(self.files(), before);
        found.to_text(false)
    }

    fn unchanged(&self, inputs: &str) -> Option<usize> {
        unchanged(self.root(), &EnvironmentName::parse("dev").unwrap(), inputs).unwrap()
    }

    /// Every file and empty folder below `out/dev`; folders end in a slash.
    fn files(&self) -> BTreeMap<String, String> {
        let root = self.path("");
        let entries = walkdir::WalkDir::new(&root).min_depth(1).into_iter().filter_map(Result::ok);
        entries
            .filter_map(|entry| {
                let path = entry.path().strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                let kind = entry.file_type();
                if kind.is_dir() {
                    fs::read_dir(entry.path()).unwrap().next().is_none().then(|| (path + "/", String::new()))
                } else {
                    Some((path, fs::read_to_string(entry.path()).unwrap_or_default()))
                }
            })
            .collect()
    }

    /// Whether `out/dev` holds exactly `tree` and its lock, and `others`.
    #[track_caller]
    fn assert_holds(&self, tree: &Tree, others: &[&str]) {
        let mut files = self.files();
        files.remove(OutputPath::LOCK).unwrap();
        files.retain(|path, _| !others.contains(&path.as_str()));
        let expected: BTreeMap<_, _> =
            tree.files.iter().map(|(path, file)| (path.to_string(), file.text.clone())).collect();
        assert_eq!(files, expected);
        assert_eq!(self.unchanged(&tree.inputs), Some(tree.files.len()));
        assert_eq!(self.write(tree), Changes { unchanged: tree.files.len(), ..Changes::default() });
    }
}

fn paths(texts: &[&str]) -> Vec<OutputPath> {
    texts.iter().map(|text| OutputPath::parse(text).unwrap()).collect()
}

#[test]
fn a_first_write_creates_everything_and_a_second_nothing() {
    let project = Project::new();
    let tree = tree("1", &[("a.yaml", "a\n"), ("apps/lofi.yaml", "b\n"), ("apps/x/y/z", "")]);
    assert_eq!(project.unchanged("1"), None);
    assert_eq!(project.write(&tree).created, paths(&["a.yaml", "apps/lofi.yaml", "apps/x/y/z"]));
    project.assert_holds(&tree, &[]);
    assert_eq!(project.unchanged("2"), None);
}

#[test]
fn only_what_differs_is_written() {
    use std::os::unix::fs::MetadataExt as _;
    let project = Project::with(&tree("1", &[("a", "1"), ("b", "1"), ("c/d", "1")]));
    let node = |path: &str| fs::metadata(project.path(path)).unwrap().ino();
    let before = [node("a"), node("b"), node("render.lock")];
    let new = tree("2", &[("a", "1"), ("b", "2"), ("e/f", "1")]);
    let changes = project.write(&new);
    assert_eq!(changes.created, paths(&["e/f"]));
    assert_eq!(changes.updated, paths(&["b"]));
    assert_eq!(changes.removed, paths(&["c/d"]));
    assert_eq!((changes.unchanged, changes.discarded.len()), (1, 0));
    project.assert_holds(&new, &[]);
    let after = [node("a"), node("b"), node("render.lock")];
    assert_eq!(before[0], after[0]);
    assert_ne!(before[1], after[1]);
    project.write(&new);
    assert_eq!([node("a"), node("b"), node("render.lock")], after);
}

#[test]
fn files_have_the_mode_that_any_new_file_has() {
    use std::os::unix::fs::MetadataExt as _;
    let project = Project::with(&tree("1", &[("a", "1")]));
    project.put("other", "");
    let mode = |path: &str| fs::metadata(project.path(path)).unwrap().mode();
    assert_eq!(mode("a"), mode("other"));
    assert_eq!(mode("render.lock"), mode("other"));
}

#[test]
fn a_file_that_was_removed_by_hand_comes_back() {
    let old = tree("1", &[("a/b", "1"), ("c", "1")]);
    let project = Project::with(&old);
    fs::remove_dir_all(project.path("a")).unwrap();
    assert_eq!(project.unchanged("1"), None);
    assert_eq!(project.write(&old).created, paths(&["a/b"]));
    project.assert_holds(&old, &[]);
}

#[test]
fn what_is_nobodys_business_stays() {
    let project = Project::with(&tree("1", &[("a/b/c", "1"), ("a/d", "1"), ("e/f", "1")]));
    project.put("a/b/mine", "x");
    project.put("notes", "x");
    fs::create_dir(project.path("empty")).unwrap();
    let new = tree("2", &[("e/f", "2")]);
    assert_eq!(project.write(&new).removed, paths(&["a/b/c", "a/d"]));
    project.assert_holds(&new, &["a/b/mine", "notes", "empty/"]);
}

#[test]
fn a_file_becomes_a_folder_and_back() {
    let (flat, deep) = (tree("1", &[("a", "1"), ("b", "1")]), tree("2", &[("a/b/c", "1"), ("a/d", "1")]));
    let project = Project::with(&flat);
    project.write(&deep);
    project.assert_holds(&deep, &[]);
    project.write(&flat);
    project.assert_holds(&flat, &[]);
}

#[test]
fn an_empty_tree_leaves_only_its_lock() {
    let project = Project::with(&tree("1", &[("a/b", "1")]));
    let empty = tree("2", &[]);
    project.write(&empty);
    project.assert_holds(&empty, &[]);
}

#[test]
fn new_inputs_that_give_the_same_files_change_only_the_lock() {
    let project = Project::with(&tree("1", &[("a", "1")]));
    let same = tree("2", &[("a", "1")]);
    assert!(project.write(&same).is_empty());
    project.assert_holds(&same, &[]);
}

#[test]
fn progress_counts_every_step() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let project = Project::with(&tree("1", &[("a", "1"), ("b", "1"), ("d", "1")]));
    let new = tree("2", &[("a", "2"), ("c", "1"), ("d", "1")]);
    let prepared = prepare(project.root(), &new, Options::default()).unwrap();
    let (steps, done) = (prepared.steps(), AtomicUsize::new(0));
    prepared.commit(&|more| _ = done.fetch_add(more, Ordering::Relaxed)).unwrap();
    assert_eq!((steps, done.into_inner()), (3, 3));
}

#[test]
fn a_thousand_files_on_all_threads_arrive_whole() {
    let names: Vec<_> =
        (0..1000).map(|n| (format!("apps/{}/{n}.yaml", n % 37), format!("{n}\n").repeat(300))).collect();
    let files: Vec<_> = names.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let old = tree("1", &files);
    let project = Project::with(&old);
    project.assert_holds(&old, &[]);
    let changed: Vec<_> = names.iter().map(|(path, text)| (path.as_str(), &text[..text.len() / 2])).collect();
    let new = tree("2", &changed);
    assert_eq!(project.write(&new).updated.len(), 1000);
    project.assert_holds(&new, &[]);
}

#[test]
fn a_second_writer_is_told_to_wait() {
    let (old, new) = (tree("1", &[("a", "1")]), tree("2", &[("a", "2")]));
    let project = Project::with(&old);
    let first = prepare(project.root(), &new, Options::default()).unwrap();
    let error = prepare(project.root(), &old, Options::default()).unwrap_err();
    assert_eq!(error.to_string(), "another `render` is writing `out/dev`");
    // Those who only look are not kept out.
    assert_eq!(project.unchanged("1"), Some(1));
    assert!(inspect(project.root(), &old).unwrap().is_current());
    first.commit(&|_| {}).unwrap();
    project.assert_holds(&new, &[]);
}

#[test]
fn writers_that_race_leave_the_tree_of_one() {
    let project = Project::new();
    let trees: Vec<_> = ["1", "2", "3", "4"].map(|n| tree(n, &[("a", n), ("b/c", n), (n, n)])).into();
    std::thread::scope(|scope| {
        for tree in &trees {
            scope.spawn(|| {
                for _ in 0..20 {
                    match write(project.root(), tree, Options::default(), &|_| {}) {
                        Ok(Outcome::Written(_)) | Err(Error::Busy { .. }) => {}
                        other => panic!("{other:?}"),
                    }
                }
            });
        }
    });
    let last = trees.iter().find(|tree| project.unchanged(&tree.inputs).is_some()).unwrap();
    project.assert_holds(last, &[]);
}

#[test]
fn a_blocked_environment_keeps_another_from_leaving_a_trace() {
    let project = Project::with(&tree("1", &[("a", "1")]));
    project.put("a", "mine");
    let (dev, prod) = (tree("2", &[("a", "2")]), tree_of("prod", "2", &[("a", "2")]));
    let prepared = [&prod, &dev].map(|tree| prepare(project.root(), tree, Options::default()).unwrap());
    assert_eq!(prepared.each_ref().map(|prepared| prepared.blocked().is_empty()), [true, false]);
    drop(prepared);
    assert!(!project.root().join("out/prod").exists());
}
