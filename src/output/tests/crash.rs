//! Faults at every operation of a commit: the process killed, or the disk refusing once or for good.

use std::io::{self, ErrorKind};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// How an operation fails.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    /// The process is killed in it: nothing happens from there on.
    Kill,
    /// The disk refuses this one.
    Once(ErrorKind),
    /// The disk refuses this one and all that would need room behind it.
    Full,
}

/// A disk that fails at the operation with the number `at`.
struct FaultyDisk {
    at: usize,
    fault: Fault,
    done: AtomicUsize,
}

impl FaultyDisk {
    fn new(at: usize, fault: Fault) -> Self {
        Self { at, fault, done: AtomicUsize::new(0) }
    }

    /// Whether the next operation fails, and how.
    fn fails(&self, needs_room: bool) -> Result<(), io::Error> {
        let now = self.done.fetch_add(1, Ordering::Relaxed);
        match self.fault {
            Fault::Kill if now >= self.at => Err(io::Error::other("killed")),
            Fault::Once(kind) if now == self.at => Err(kind.into()),
            Fault::Full if now >= self.at && needs_room => Err(ErrorKind::StorageFull.into()),
            _ => Ok(()),
        }
    }
}

impl Disk for FaultyDisk {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.fails(true)?;
        RealDisk.create_folder(path)
    }

    fn write_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let first = self.done.load(Ordering::Relaxed) == self.at;
        if let Err(error) = self.fails(true) {
            // A write that fails may have written half; one behind the kill never began.
            if first || self.fault == Fault::Full {
                RealDisk.write_new(path, &bytes[..bytes.len() / 2])?;
            }
            return Err(error);
        }
        RealDisk.write_new(path, bytes)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.fails(false)?;
        RealDisk.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.fails(false)?;
        RealDisk.remove_file(path)
    }

    fn remove_leftover(&self, path: &Path) -> io::Result<()> {
        self.fails(false)?;
        RealDisk.remove_leftover(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.fails(false)?;
        RealDisk.remove_folder(path)
    }
}

/// Writes with a fault; whether it failed.
fn write_with(project: &Project, tree: &Tree, at: usize, fault: Fault) -> bool {
    let prepared = prepare(project.root(), tree, Options::default()).unwrap();
    assert!(prepared.blocked().is_empty(), "{at} {fault:?}:\n{}", prepared.blocked().to_text(false));
    prepared.commit_to(&FaultyDisk::new(at, fault), &|_| {}).is_err()
}

/// Three trees that share a file, take each other's places as file and folder, and have files of their own.
fn trees() -> [Tree; 3] {
    [
        tree("a", &[("keep", "one"), ("same", "same"), ("x/y/z", "A"), ("x/w", "A"), ("turn", "A"), ("gone/a", "A")]),
        tree("b", &[("keep", "two!"), ("same", "same"), ("x/y", "B"), ("turn/in/side", "B"), ("only/b/c", "B")]),
        tree("c", &[("keep", "three"), ("same", "same"), ("x/y/z", "CC"), ("turn/in", "C"), ("only/c", "C")]),
    ]
}

/// Every file is one that some of `trees` has, whole; files that all have are there; what is unknown is as it was.
fn assert_whole(project: &Project, trees: &[&Tree], case: &str) {
    let files = project.files();
    for (path, text) in files.iter().filter(|(path, _)| !path.contains(OutputPath::WORK) && !path.ends_with('/')) {
        let whole = match path.as_str() {
            "mine" => text == "mine",
            OutputPath::LOCK => Lock::parse(&crate::source::Source::new("l", text.as_str()), "").is_ok(),
            path => trees.iter().any(|tree| tree.files.get(path).is_some_and(|file| file.text == *text)),
        };
        assert!(whole, "{case}: {path} holds {text:?}");
    }
    for path in ["keep", "same", "mine", OutputPath::LOCK] {
        assert!(files.contains_key(path), "{case}: {path} is lost");
    }
}

fn project_with(tree: &Tree) -> Project {
    let project = Project::with(tree);
    project.put("mine", "mine");
    project
}

#[test]
fn a_disk_that_refuses_once_or_for_good_loses_nothing_and_the_next_run_mends_it() {
    let [a, b, _] = trees();
    for fault in [Fault::Once(ErrorKind::PermissionDenied), Fault::Full, Fault::Kill] {
        let mut at = 0;
        loop {
            let project = project_with(&a);
            let failed = write_with(&project, &b, at, fault);
            let case = format!("{fault:?} at {at}");
            assert_whole(&project, &[&a, &b], &case);
            project.write(&b);
            project.assert_holds(&b, &["mine"]);
            if !failed {
                break;
            }
            at += 1;
        }
        assert!(at > 10, "{fault:?} was never felt");
    }
}

#[test]
fn killed_over_and_over_between_inputs_it_never_takes_its_own_work_for_an_edit() {
    let [a, b, c] = trees();
    let mut kills = 0;
    for (second, third) in [(&c, &a), (&a, &c)] {
        let mut at_first = 0;
        loop {
            let mut at_second = 0;
            let felt_first = loop {
                let project = project_with(&a);
                let felt_first = write_with(&project, &b, at_first, Fault::Kill);
                let felt_second = write_with(&project, second, at_second, Fault::Kill);
                kills += usize::from(felt_first) + usize::from(felt_second);
                assert_whole(&project, &[&a, &b, &c], &format!("killed at {at_first} and {at_second}"));
                project.write(third);
                project.assert_holds(third, &["mine"]);
                if !felt_second {
                    break felt_first;
                }
                at_second += 1;
            };
            if !felt_first {
                break;
            }
            at_first += 1;
        }
    }
    assert!(kills > 500, "{kills}");
}

#[test]
fn killed_in_its_very_first_run_it_starts_anew() {
    let [a, b, _] = trees();
    let mut at = 0;
    loop {
        let project = Project::new();
        let failed = write_with(&project, &b, at, Fault::Kill);
        assert_eq!(
            project.unchanged("b").is_some(),
            !failed || project.path("render.lock").exists() && !project.path(OutputPath::WORK).exists()
        );
        project.write(&a);
        project.assert_holds(&a, &[]);
        if !failed {
            break;
        }
        at += 1;
    }
    assert!(at > 10);
}

#[test]
fn an_edit_made_after_a_kill_is_still_an_edit() {
    let [a, b, _] = trees();
    let project = project_with(&a);
    // Behind the pending lock and all writes, before the new lock.
    let operations = {
        let twin = project_with(&a);
        let disk = FaultyDisk::new(usize::MAX, Fault::Kill);
        prepare(twin.root(), &b, Options::default()).unwrap().commit_to(&disk, &|_| {}).unwrap();
        disk.done.into_inner()
    };
    assert!(write_with(&project, &b, operations - 2, Fault::Kill));
    assert_eq!(project.read("keep"), "two!");
    project.put("keep", "by hand");
    assert!(project.blocked(&a, false).contains("out/dev/keep was edited by hand"));
}

#[test]
fn a_full_disk_says_what_to_do() {
    let [a, b, _] = trees();
    let project = project_with(&a);
    let prepared = prepare(project.root(), &b, Options::default()).unwrap();
    let error = prepared.commit_to(&FaultyDisk::new(0, Fault::Full), &|_| {}).unwrap_err();
    insta::assert_snapshot!(format!("{error}\n{}", error.help()), @"
    could not write `out/dev/render.lock`
    make room on the disk, then render again: each file is whole, old or new, and the next run writes the rest
    ");
}

#[test]
fn a_pending_lock_that_a_power_cut_broke_is_named() {
    let [a, b, _] = trees();
    let project = project_with(&a);
    project.put(".render-work/pending-1.lock", "");
    insta::assert_snapshot!(project.blocked(&b, false), @"
    error[broken-lock]: out/dev/.render-work/pending-1.lock is cut off
     --> out/dev/.render-work/pending-1.lock:1:1
      |
    1 |
      | ^ the file ends here, without its last line
      |
      = help: it notes a render that did not finish: remove out/dev/.render-work/pending-1.lock, then run `render --env dev --discard-edits`
    ");
    fs::remove_file(project.path(".render-work/pending-1.lock")).unwrap();
    project.put(".render-work/new", "half");
    project.write(&b);
    project.assert_holds(&b, &["mine"]);
}
