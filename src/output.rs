//! The only writer of `out/`: brings `out/<env>/` to what a [`Tree`] says, and nothing else anywhere.
//!
//! A write has two halves. [`prepare`] takes the folder's lock, looks at what is on the disk, and decides; it changes
//! nothing. [`Prepared::commit`] does it. So a run over several environments prepares all of them, and writes none if
//! one is blocked. [`unchanged`] answers before anything is rendered whether there is anything to do at all, and
//! [`inspect`] is for those who only want to know.
//!
//! What holds, in short (the reasons are in the rooms below):
//!
//! * only files that differ are written, each by a temporary file and a rename, and `render.lock` last: a killed run
//!   leaves each file whole, and the next one heals the rest (`commit`);
//! * a file that differs from what `render` wrote was edited, and stops the run, unless the edits are to be discarded;
//!   a file that `render` did not write is never touched (`plan`);
//! * no symbolic link is followed, and no path leaves the folder (`observe`, [`OutputPath`]);
//! * the lock file is believed only if every line of it is as `render` writes it ([`Lock`]).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rayon::prelude::*;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::EnvironmentName;
use crate::tree::{OutputPath, Tree};

mod cause;
mod check;
mod commit;
mod error;
mod findings;
mod folder;
mod held;
mod lock;
mod observe;
mod plan;
mod staging;
#[cfg(test)]
mod tests;

pub use cause::{Cause, Change};
pub use check::{Inspection, State, inspect, inspect_without_tree};
pub use error::{Doing, Error};
pub use findings::Edit;
pub use held::held;
pub use lock::{Digest, Lock, LockedFile};

use commit::{Disk, RealDisk, Work};
use folder::{Folder, Guard, Kind, Records};
use observe::{Claim, Observed, Seen, observe};
use plan::{Action, TreeFolders, action, claims, removals};

/// What the caller decides about a write.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Overwrite and remove files that were edited by hand, instead of stopping.
    pub discard_edits: bool,
}

/// What a write does, or did, to the files of an environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Files that were not there.
    pub created: Vec<OutputPath>,
    /// Files that were there with other bytes.
    pub updated: Vec<OutputPath>,
    /// Stale files.
    pub removed: Vec<OutputPath>,
    /// Those of `updated` and `removed` that were edited by hand.
    pub discarded: Vec<OutputPath>,
    /// How many files were right already.
    pub unchanged: usize,
}

impl Changes {
    /// Whether no file differs.
    pub fn is_empty(&self) -> bool {
        self.created.is_empty() && self.updated.is_empty() && self.removed.is_empty()
    }
}

/// How a write ended.
#[derive(Debug)]
pub enum Outcome {
    /// The folder is what the tree says.
    Written(Changes),
    /// Nothing was written, for these reasons.
    Blocked(Diagnostics),
}

/// A write that is decided, and not yet done. It keeps other processes from writing the same environment.
#[must_use]
#[derive(Debug)]
pub struct Prepared<'t> {
    folder: Folder,
    changes: Changes,
    blocked: Diagnostics,
    edits: Vec<Edit>,
    work: Work<'t>,
    // The last field: it is dropped, and the lock given up, behind everything else.
    _guard: Option<Guard>,
}

/// Looks at `out/<env>/` below `project_root` and decides what to write. Changes nothing, except that it makes the
/// folder if that is missing, for its lock; without a commit it goes again.
///
/// # Errors
/// The file system refuses, or another process holds the lock.
pub fn prepare<'t>(project_root: &Path, tree: &'t Tree, options: Options) -> Result<Prepared<'t>, Error> {
    let folder = Folder::new(project_root, &tree.environment);
    let blocked = |folder, guard, blocked| {
        Ok(Prepared {
            folder,
            changes: Changes::default(),
            blocked,
            edits: Vec::new(),
            work: Work::default(),
            _guard: guard,
        })
    };
    let is_there = match folder.is_there()? {
        Ok(is_there) => is_there,
        Err(finding) => return blocked(folder, None, finding.into()),
    };
    let guard = Some(Guard::take(&folder, !is_there)?);
    let records = match Records::read(&folder)? {
        Ok(records) => records,
        Err(findings) => return blocked(folder, guard, findings.finish()),
    };
    let survey = Survey::of(&folder, tree, &records)?;
    let (blocked, edits) = survey.findings(&folder, options)?;
    let (changes, work) = survey.decide(records.next_pending());
    Ok(Prepared { folder, changes, blocked, edits, work, _guard: guard })
}

/// [`prepare`] and [`Prepared::commit`] in one, for a single environment.
///
/// # Errors
/// As these two.
pub fn write(
    project_root: &Path,
    tree: &Tree,
    options: Options,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Outcome, Error> {
    let prepared = prepare(project_root, tree, options)?;
    if prepared.blocked.is_empty() {
        prepared.commit(progress).map(Outcome::Written)
    } else {
        Ok(Outcome::Blocked(prepared.blocked))
    }
}

/// Whether `out/<env>/` holds exactly what its lock lists, and the lock is of this program and these `inputs`. Then it
/// is what a render of them gives, and how many files that are; `None` if it is not, for whatever reason: a render
/// finds out. Needs no tree, writes nothing and takes no lock.
///
/// # Errors
/// The file system refuses to show a file.
pub fn unchanged(project_root: &Path, environment: &EnvironmentName, inputs: &str) -> Result<Option<usize>, Error> {
    let folder = Folder::new(project_root, environment);
    if !matches!(folder.is_there()?, Ok(true)) {
        return Ok(None);
    }
    let Ok(Records { lock: Some((_, lock)), has_work: false, .. }) = Records::read(&folder)? else {
        return Ok(None);
    };
    if lock.inputs != inputs || lock.program != crate::VERSION {
        return Ok(None);
    }
    let files = digests(&lock);
    Ok(observe::all_match(&folder, &files, false)?.then_some(files.len()))
}

/// The files of `out/<env>/` if its lock is the one with this `digest`, and the folder holds exactly what that lists and
/// nothing else; `None` if not. Then nothing was changed since somebody looked at the same lock.
///
/// # Errors
/// The file system refuses to show a file.
pub fn matches(
    project_root: &Path,
    environment: &EnvironmentName,
    digest: Digest,
) -> Result<Option<Vec<OutputPath>>, Error> {
    let folder = Folder::new(project_root, environment);
    if !matches!(folder.is_there()?, Ok(true)) {
        return Ok(None);
    }
    let Ok(Records { lock: Some((source, lock)), has_work: false, .. }) = Records::read(&folder)? else {
        return Ok(None);
    };
    if Digest::of(source.text().as_bytes()) != digest || !observe::all_match(&folder, &digests(&lock), true)? {
        return Ok(None);
    }
    Ok(Some(lock.files.into_keys().collect()))
}

fn digests(lock: &Lock) -> Vec<(&OutputPath, Digest)> {
    lock.files.iter().map(|(path, file)| (path, file.digest)).collect()
}

impl Prepared<'_> {
    /// Why nothing may be written; empty if nothing stands against it.
    pub fn blocked(&self) -> &Diagnostics {
        &self.blocked
    }

    /// The files that were edited by hand and block the write, with what the hand did.
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// What a commit changes.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// How often a commit calls its `progress` with 1: once per file that it writes or removes.
    pub fn steps(&self) -> usize {
        self.work.len()
    }

    /// Writes. `progress` hears, on any thread, how many more files are done.
    ///
    /// Nothing is written if the write is [blocked](Self::blocked); its changes are empty then.
    ///
    /// # Errors
    /// The file system refuses. Every file is whole then, old or new, and the next write does the rest.
    pub fn commit(self, progress: &(dyn Fn(usize) + Sync)) -> Result<Changes, Error> {
        self.commit_to(&RealDisk, progress)
    }

    fn commit_to(mut self, disk: &dyn Disk, progress: &(dyn Fn(usize) + Sync)) -> Result<Changes, Error> {
        if !self.blocked.is_empty() {
            return Ok(Changes::default());
        }
        self.work.commit(&self.folder, disk, progress)?;
        Ok(std::mem::take(&mut self.changes))
    }
}

/// An environment's folder, looked at and judged.
struct Survey<'a, 't> {
    tree: &'t Tree,
    tree_folders: TreeFolders<'t>,
    records: &'a Records,
    claims: Vec<Claim<'a>>,
    observed: Observed<'a>,
    actions: Vec<Action>,
    /// Digests of the tree's files, in their order.
    digests: Vec<Digest>,
}

impl<'a, 't: 'a> Survey<'a, 't> {
    fn of(folder: &Folder, tree: &'t Tree, records: &'a Records) -> Result<Self, Error> {
        let claims = claims(tree, records);
        let observed = observe(folder, &claims)?;
        let pairs = claims.iter().zip(&observed.seen);
        let actions = pairs.map(|(claim, seen)| action(claim, seen, records)).collect();
        let texts: Vec<_> = tree.files.values().map(|file| file.text.as_bytes()).collect();
        let digests = texts.par_iter().with_min_len(32).map(|text| Digest::of(text)).collect();
        Ok(Self { tree, tree_folders: TreeFolders::of(tree), records, claims, observed, actions, digests })
    }

    fn items(&self) -> impl Iterator<Item = (&Claim<'a>, &Seen, Action)> {
        self.claims
            .iter()
            .zip(&self.observed.seen)
            .zip(&self.actions)
            .map(|((claim, seen), action)| (claim, seen, *action))
    }

    /// Everything that forbids to write, and the edits among it.
    fn findings(&self, folder: &Folder, options: Options) -> Result<(Diagnostics, Vec<Edit>), Error> {
        let mut found = Diagnostics::new();
        let mut edits = Vec::new();
        for (path, kind) in self.tree_folders.obstacles(&self.claims, &self.observed) {
            found.push(findings::not_a_folder(&folder.show(path), kind));
        }
        for path in self.tree_folders.conflicts(self.tree) {
            found.push(findings::conflict(folder, path, &self.tree.files[path]));
        }
        for (claim, seen, action) in self.items() {
            let file = self.tree.files.get(claim.path);
            match action {
                Action::Edited | Action::EditedStale if !options.discard_edits => {
                    let path = claim.path.as_str();
                    let disk = fs::read(folder.join(path)).map_err(folder.failed(Doing::Read, path))?;
                    let (finding, edit) = findings::edited(folder, claim.path, &disk, file);
                    found.push(finding);
                    edits.push(edit);
                }
                Action::Unknown => found.extend(file.map(|file| findings::unknown(folder, claim.path, file))),
                Action::Obstructed => found.push(Self::obstructed(folder, claim, seen)),
                Action::Link => found.push(findings::not_a_file(&folder.show(claim.path.as_str()), Kind::Link)),
                _ => {}
            }
        }
        Ok((found.finish(), edits))
    }

    fn obstructed(folder: &Folder, claim: &Claim<'_>, seen: &Seen) -> Diagnostic {
        let finding = findings::not_a_file(&folder.show(claim.path.as_str()), Kind::Folder);
        match seen {
            Seen::Folder { stranger: Some(stranger) } => {
                finding.note(format!("{} is nothing that `render` wrote", folder.show(stranger)))
            }
            _ => finding,
        }
    }

    /// What a commit does, if nothing forbids it.
    fn decide(&self, pending: String) -> (Changes, Work<'t>) {
        let mut changes = Changes::default();
        let mut work = Work::default();
        let mut stale = Vec::new();
        for (claim, _, action) in self.items() {
            let path = claim.path;
            match action {
                Action::Create => changes.created.push(path.clone()),
                Action::Update | Action::Edited => changes.updated.push(path.clone()),
                Action::Remove | Action::EditedStale => changes.removed.push(path.clone()),
                Action::Unchanged => changes.unchanged += 1,
                Action::Gone | Action::Unknown | Action::Obstructed | Action::Link => {}
            }
            match action {
                Action::Create | Action::Update | Action::Edited => {
                    let file = self.tree.files.get_key_value(path);
                    work.writes.extend(file.map(|(path, file)| (path, file.text.as_str())));
                }
                Action::Remove | Action::EditedStale | Action::Gone => stale.push((path, action)),
                _ => {}
            }
            if matches!(action, Action::Edited | Action::EditedStale) {
                changes.discarded.push(path.clone());
            }
        }
        [work.first, work.last] = removals(self.tree, &self.tree_folders, &self.observed, stale.into_iter());
        work.folders = if changes.created.is_empty() { Vec::new() } else { self.tree_folders.missing(&self.observed) };
        work.lock = self.new_lock().map(|text| (text, pending));
        work.pending = self.records.pending.iter().map(|(name, _)| name.clone()).collect();
        work.in_use = self.records.has_work;
        let in_work = self.records.leftovers.iter().map(|name| format!("{}/{name}", OutputPath::WORK));
        work.leftovers = self.observed.leftovers.iter().cloned().chain(in_work).collect();
        (changes, work)
    }

    /// The text of the new lock; `None` if the present one is the same. Then it knows the new bytes already, and a
    /// commit that only restores files needs no pending one.
    fn new_lock(&self) -> Option<String> {
        let files = self.tree.files.iter().zip(&self.digests);
        let lines = files.map(|((path, file), digest)| (path, *digest, file.template.as_str()));
        let text = lock::text(&self.tree.inputs, &self.tree.sources, lines);
        let present = self.records.lock.as_ref().map(|(source, _)| source.text());
        (present != Some(&text)).then_some(text)
    }

    /// The digest of the tree's file at `path`; none where the tree holds no such file.
    fn digest_of(&self, path: &OutputPath) -> Option<Digest> {
        let text = self.claims.binary_search_by(|claim| claim.path.cmp(path)).ok()?;
        self.claims[text].text.map(|text| Digest::of(text.as_bytes()))
    }

    /// The texts of the tree by path.
    fn tree_texts(&self) -> BTreeMap<&str, &str> {
        self.tree.files.iter().map(|(path, file)| (path.as_str(), file.text.as_str())).collect()
    }
}
