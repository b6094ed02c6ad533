//! Looks at an environment's folder for those who only want to know: writes nothing, needs no right to write, takes no
//! lock.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use super::cause::{self, Cause};
use super::folder::{Folder, Kind, Records};
use super::observe::{self, Claim, Observed, Seen, observe};
use super::plan::Action;
use super::{Digest, Doing, Edit, Error, Options, Survey, findings};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::diff;
use crate::model::EnvironmentName;
use crate::tree::{OutputPath, Tree};

/// How a file on the disk stands to the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It is what the inputs give.
    Current,
    /// It is what the last render wrote, and there is no tree to say whether the inputs still give it.
    Unjudged,
    /// `render` wrote it, and the inputs give something else now.
    OutOfDate,
    /// The inputs give it, and it is not there.
    Missing,
    /// `render` wrote it, and the inputs do not give it any more.
    Stale,
    /// `render` wrote it, and somebody changed it since.
    Edited,
    /// `render` did not write it.
    Unknown,
}

impl State {
    /// The state in one word, for machines and people alike.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Unjudged => "unjudged",
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
    /// Each file that the tree holds or that an earlier render left.
    pub states: BTreeMap<OutputPath, State>,
    /// The files that are neither, by their paths below the environment's folder.
    pub strangers: Vec<String>,
    /// Whether `render.lock` is what a render would write.
    pub lock: Option<State>,
    /// The digest of `render.lock`, where it is what a render would write.
    pub lock_digest: Option<Digest>,
    /// The inputs that are others than they were when the lock was written.
    pub causes: Vec<Cause>,
    /// Which of them may be behind each file that is not current.
    pub causes_of: BTreeMap<OutputPath, Vec<Cause>>,
    /// What a person has to mend before a render can write: edited and unknown files, links, a broken lock.
    pub blocked: Diagnostics,
    /// What the next render mends: files and a lock that are out of date, missing or stale.
    pub out_of_date: Diagnostics,
    /// What no render touches: the strangers.
    pub unlisted: Diagnostics,
    /// The edited files, with what the hand did.
    pub edits: Vec<Edit>,
    /// What the next render changes, from the disk to the tree.
    pub diff: diff::Changes,
}

impl Inspection {
    /// Whether the folder is what a render would leave, but for strangers.
    pub fn is_current(&self) -> bool {
        self.blocked.is_empty() && self.out_of_date.is_empty()
    }

    /// How many files are in `state`.
    pub fn count(&self, state: State) -> usize {
        self.states.values().filter(|found| **found == state).count()
    }
}

/// The folder and what earlier renders wrote down in it; the findings if it is not to be trusted.
fn open(project_root: &Path, environment: &EnvironmentName) -> Result<(Folder, Result<Records, Diagnostics>), Error> {
    let folder = Folder::new(project_root, environment);
    let records = match folder.is_there()? {
        Ok(true) => Records::read(&folder)?,
        Ok(false) => Ok(Records::default()),
        Err(finding) => Err(finding.into()),
    };
    Ok((folder, records))
}

/// Compares `out/<env>/` below `project_root` with `tree`.
///
/// # Errors
/// The file system refuses to show a file.
pub fn inspect(project_root: &Path, tree: &Tree) -> Result<Inspection, Error> {
    let (folder, records) = open(project_root, &tree.environment)?;
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
    if let Some((source, lock)) = &records.lock {
        inspection.causes = cause::causes(lock, &tree.sources);
        let is_current = inspection.lock == Some(State::Current);
        inspection.lock_digest = is_current.then(|| Digest::of(source.text().as_bytes()));
    }
    inspection.out_of_date = out_of_date(&folder, &survey, &mut inspection);
    (inspection.strangers, inspection.unlisted) = unlisted(&folder, &survey.observed)?;
    inspection.diff = diff(&folder, &survey)?;
    Ok(inspection)
}

/// What can be said of `out/<env>/` below `project_root` without a tree: which of the files that the last render wrote
/// are still as it left them.
///
/// # Errors
/// The file system refuses to show a file.
pub fn inspect_without_tree(project_root: &Path, environment: &EnvironmentName) -> Result<Inspection, Error> {
    let (folder, records) = open(project_root, environment)?;
    let records = match records {
        Ok(records) => records,
        Err(blocked) => return Ok(Inspection { blocked: blocked.finish(), ..Inspection::default() }),
    };
    let mut paths: Vec<_> = records.paths().collect();
    paths.sort_unstable();
    paths.dedup();
    let claims: Vec<_> = paths.into_iter().map(|path| Claim { path, text: None }).collect();
    let observed = observe(&folder, &claims)?;
    let mut inspection = Inspection::default();
    for (claim, seen) in claims.iter().zip(&observed.seen) {
        let state = match seen {
            Seen::Bytes(digest) if records.knows(claim.path, *digest) => State::Unjudged,
            Seen::Bytes(_) | Seen::Same => State::Edited,
            Seen::Missing => State::Missing,
            Seen::Folder { .. } | Seen::Link | Seen::Special => State::Unknown,
        };
        inspection.states.insert(claim.path.clone(), state);
        match state {
            State::Edited => inspection.blocked.push(findings::edited_without_tree(&folder, claim.path)),
            State::Missing => inspection.out_of_date.push(findings::out_of_date(
                &folder,
                claim.path.as_str(),
                "is missing: it was removed since the last render",
                &[],
            )),
            State::Unknown => inspection.blocked.push(findings::not_a_file(
                &folder.show(claim.path.as_str()),
                if *seen == Seen::Link { Kind::Link } else { Kind::Folder },
            )),
            _ => {}
        }
    }
    (inspection.strangers, inspection.unlisted) = unlisted(&folder, &observed)?;
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

/// Says of each file that the next render mends what is the matter and why, and keeps the reasons in `inspection`.
fn out_of_date(folder: &Folder, survey: &Survey<'_, '_>, inspection: &mut Inspection) -> Diagnostics {
    let mut found = Diagnostics::new();
    let locked = survey.records.lock.as_ref().map(|(_, lock)| lock);
    for (path, state) in inspection.states.iter().filter(|(_, state)| **state != State::Current) {
        let file = survey.tree.files.get(path);
        let known = locked.and_then(|lock| lock.files.get(path));
        let template = file.map(|file| file.template.as_str()).or(known.map(|file| file.template.as_str()));
        let is_same = match (survey.digest_of(path), known) {
            (Some(digest), Some(known)) => digest == known.digest,
            _ => false,
        };
        // Rendered as before, so no input is to blame.
        let causes =
            if is_same { Vec::new() } else { cause::of_file(&inspection.causes, template.unwrap_or_default()) };
        let what = match (state, known) {
            (State::OutOfDate, _) => "is not what the inputs give",
            (State::Missing, Some(_)) => "is missing: it was removed since the last render",
            (State::Missing, None) => "is missing",
            (State::Stale, _) => "is stale: nothing renders it any more",
            _ => "",
        };
        if !what.is_empty() {
            found.push(findings::out_of_date(folder, path.as_str(), what, &causes));
        }
        inspection.causes_of.insert(path.clone(), causes);
    }
    let what = match inspection.lock {
        Some(State::Missing) => "is missing",
        Some(State::OutOfDate) => "is not what the inputs give",
        _ => return found.finish(),
    };
    found.push(findings::out_of_date(folder, OutputPath::LOCK, what, &inspection.causes));
    found.finish()
}

/// The files that nobody claims, and what is said of them.
fn unlisted(folder: &Folder, observed: &Observed<'_>) -> Result<(Vec<String>, Diagnostics), Error> {
    let files = observed.strangers.iter().map(|(path, kind)| observe::files_at(folder, path, *kind));
    let files = files.collect::<Result<Vec<_>, _>>()?.concat();
    let found: Vec<Diagnostic> = files.iter().map(|(path, kind)| findings::unlisted(folder, path, *kind)).collect();
    Ok((files.into_iter().map(|(path, _)| path).collect(), found.into_iter().collect::<Diagnostics>().finish()))
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
