//! Looks at an environment's folder for those who only want to know: writes nothing, needs no right to write, takes no
//! lock.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use super::folder::{Folder, Records};
use super::observe::Seen;
use super::plan::Action;
use super::{Doing, Edit, Error, Options, Survey, findings};
use crate::diagnostic::Diagnostics;
use crate::diff;
use crate::tree::{OutputPath, Tree};

/// How a file on the disk stands to the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It is what the inputs give.
    Current,
    /// `render` wrote it, and the inputs give something else now.
    OutOfDate,
    /// The inputs give it, and it is not there.
    Missing,
    /// `render` wrote it, and the inputs do not give it any more.
    Stale,
    /// `render` wrote it, and somebody changed it since.
    Edited,
    /// The inputs give it, and something that `render` did not write is in its place.
    Unknown,
}

impl State {
    /// The state in one word, for machines and people alike.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::OutOfDate => "out-of-date",
            Self::Missing => "missing",
            Self::Stale => "stale",
            Self::Edited => "edited",
            Self::Unknown => "unknown",
        }
    }
}

/// What [`inspect`] found.
#[derive(Debug, Default)]
pub struct Inspection {
    /// Each file that the tree holds or that an earlier render left, without those that are neither.
    pub states: BTreeMap<OutputPath, State>,
    /// Whether `render.lock` is what a render would write.
    pub lock: Option<State>,
    /// What a person has to mend before a render can write: edited and unknown files, links, a broken lock.
    pub blocked: Diagnostics,
    /// What the next render mends: files and a lock that are out of date, missing or stale.
    pub out_of_date: Diagnostics,
    /// The edited files, with what the hand did.
    pub edits: Vec<Edit>,
    /// What the next render changes, from the disk to the tree.
    pub diff: diff::Changes,
}

impl Inspection {
    /// Whether the folder is what a render would leave.
    pub fn is_current(&self) -> bool {
        self.blocked.is_empty() && self.out_of_date.is_empty()
    }

    /// How many files are in `state`.
    pub fn count(&self, state: State) -> usize {
        self.states.values().filter(|found| **found == state).count()
    }
}

/// Compares `out/<env>/` below `project_root` with `tree`.
///
/// # Errors
/// The file system refuses to show a file.
pub fn inspect(project_root: &Path, tree: &Tree) -> Result<Inspection, Error> {
    let folder = Folder::new(project_root, &tree.environment);
    let records = match folder.is_there()? {
        Ok(true) => Records::read(&folder)?,
        Ok(false) => Ok(Records::default()),
        Err(finding) => Err(finding.into()),
    };
    let records = match records {
        Ok(records) => records,
        Err(blocked) => return Ok(Inspection { blocked: blocked.finish(), ..Inspection::default() }),
    };
    let survey = Survey::of(&folder, tree, &records)?;
    let mut inspection = Inspection::default();
    (inspection.blocked, inspection.edits) = survey.findings(&folder, Options::default())?;
    let items = survey.items().filter_map(|(claim, _, action)| Some((claim.path.clone(), state(action)?)));
    inspection.states = items.collect();
    inspection.lock = Some(lock_state(&survey));
    inspection.out_of_date = out_of_date(&folder, &inspection);
    inspection.diff = diff(&folder, &survey)?;
    Ok(inspection)
}

const fn state(action: Action) -> Option<State> {
    Some(match action {
        Action::Unchanged => State::Current,
        Action::Create => State::Missing,
        Action::Update => State::OutOfDate,
        Action::Remove => State::Stale,
        Action::Edited | Action::EditedStale => State::Edited,
        Action::Unknown | Action::Obstructed | Action::Link => State::Unknown,
        Action::Gone => return None,
    })
}

fn lock_state(survey: &Survey<'_, '_>) -> State {
    match (&survey.records.lock, survey.new_lock()) {
        (None, _) => State::Missing,
        (Some(_), Some(_)) => State::OutOfDate,
        (Some(_), None) => State::Current,
    }
}

fn out_of_date(folder: &Folder, inspection: &Inspection) -> Diagnostics {
    let words = |state| match state {
        State::OutOfDate => Some("is not what the inputs give"),
        State::Missing => Some("is missing"),
        State::Stale => Some("is stale: nothing renders it any more"),
        State::Current | State::Edited | State::Unknown => None,
    };
    let files = inspection.states.iter().map(|(path, state)| (path.as_str(), *state));
    let all = files.chain(inspection.lock.map(|state| (OutputPath::LOCK, state)));
    let found = all.filter_map(|(path, state)| Some(findings::out_of_date(folder, path, words(state)?)));
    found.collect::<Diagnostics>().finish()
}

/// The diff from the disk to the tree, with paths from the project's root, so that it is a patch of the project even
/// where several environments stand behind each other. Only files that differ are read, a second time.
fn diff(folder: &Folder, survey: &Survey<'_, '_>) -> Result<diff::Changes, Error> {
    let mut disk = BTreeMap::new();
    let mut same = Vec::new();
    for (claim, seen, _) in survey.items() {
        let path = claim.path.as_str();
        match seen {
            Seen::Same => same.push(path),
            Seen::Bytes(_) => match fs::read(folder.join(path)) {
                Ok(bytes) => drop(disk.insert(path, String::from_utf8_lossy(&bytes).into_owned())),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(folder.failed(Doing::Read, path)(error)),
            },
            Seen::Missing | Seen::Folder { .. } | Seen::Link | Seen::Special => {}
        }
    }
    let mut new = survey.tree_texts();
    for path in same {
        new.remove(path);
    }
    let old: Vec<_> = disk.iter().map(|(path, text)| (folder.show(path), text.as_str())).collect();
    let new: Vec<_> = new.iter().map(|(path, text)| (folder.show(path), *text)).collect();
    let [old, new] = [&old, &new].map(|side| side.iter().map(|(path, text)| (path.as_str(), *text)).collect());
    Ok(diff::Changes::between(&old, &new))
}
