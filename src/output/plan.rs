//! Decides, without touching the disk, what is to happen to each file.

use std::collections::{BTreeSet, HashSet};

use super::folder::{Kind, Records};
use super::observe::{Claim, Observed, Seen};
use crate::tree::{OutputPath, Tree};

/// What is to happen to a claimed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// It is not there yet.
    Create,
    /// It holds what an earlier render wrote.
    Update,
    /// It holds what is to be there, whoever wrote it.
    Unchanged,
    /// It holds what an earlier render wrote, and the tree does not hold it any more.
    Remove,
    /// It is in an earlier lock only, and not on the disk any more.
    Gone,
    /// An earlier render wrote it, and somebody changed it since.
    Edited,
    /// As [`Action::Edited`], and the tree does not hold it any more.
    EditedStale,
    /// No earlier render wrote it, and it is not what is to be there.
    Unknown,
    /// Its place is taken by a folder that holds more than stale files, or by something that is no file.
    Obstructed,
    /// A symbolic link is in its place.
    Link,
}

/// The files that the tree holds and those that earlier renders wrote, sorted by path.
pub(super) fn claims<'a>(tree: &'a Tree, records: &'a Records) -> Vec<Claim<'a>> {
    let mut claims: Vec<_> =
        tree.files.iter().map(|(path, file)| Claim { path, text: Some(file.text.as_str()) }).collect();
    let stale: BTreeSet<_> = records.paths().filter(|path| !tree.files.contains_key(*path)).collect();
    if !stale.is_empty() {
        claims.extend(stale.into_iter().map(|path| Claim { path, text: None }));
        claims.sort_unstable_by_key(|claim| claim.path);
    }
    claims
}

/// What is to happen to one claim.
pub(super) fn action(claim: &Claim<'_>, seen: &Seen, records: &Records) -> Action {
    let stale = claim.text.is_none();
    match seen {
        Seen::Link => Action::Link,
        // Whatever took the place of a stale file is not ours to remove.
        Seen::Missing | Seen::Folder { .. } | Seen::Special if stale => Action::Gone,
        Seen::Missing | Seen::Folder { stranger: None } => Action::Create,
        Seen::Folder { .. } | Seen::Special => Action::Obstructed,
        Seen::Same => Action::Unchanged,
        Seen::Bytes(digest) => match (stale, records.knows(claim.path, *digest)) {
            (false, true) => Action::Update,
            (true, true) => Action::Remove,
            (true, false) => Action::EditedStale,
            (false, false) if records.knows_path(claim.path) => Action::Edited,
            (false, false) => Action::Unknown,
        },
    }
}

/// Every folder above `path`, the innermost first, without the root.
pub(super) fn folders_above(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(path.rsplit_once('/'), |(folder, _)| folder.rsplit_once('/')).map(|(folder, _)| folder)
}

/// The folders that the tree's files are in.
pub(super) struct TreeFolders<'t>(HashSet<&'t str>);

impl<'t> TreeFolders<'t> {
    pub(super) fn of(tree: &'t Tree) -> Self {
        let mut folders = HashSet::new();
        for path in tree.files.keys() {
            for folder in folders_above(path.as_str()) {
                if !folders.insert(folder) {
                    break;
                }
            }
        }
        Self(folders)
    }

    pub(super) fn contains(&self, path: &str) -> bool {
        self.0.contains(path)
    }

    /// Those that are not on the disk, each behind the one that it is in.
    pub(super) fn missing(&self, observed: &Observed<'_>) -> Vec<String> {
        let mut missing: Vec<_> = self
            .0
            .iter()
            .filter(|folder| !observed.folders.contains(*folder))
            .map(|&folder| folder.to_owned())
            .collect();
        missing.sort_unstable();
        missing
    }

    /// Files of the tree that are a folder of the tree as well: no disk can hold both.
    pub(super) fn conflicts(&self, tree: &'t Tree) -> Vec<&'t OutputPath> {
        tree.files.keys().filter(|path| self.contains(path.as_str())).collect()
    }

    /// What stands where the tree needs a folder, is none, and does not go away with the stale files.
    pub(super) fn obstacles<'a>(&self, claims: &[Claim<'_>], observed: &Observed<'a>) -> Vec<(&'a str, Kind)> {
        let goes_away = |path: &str| {
            claims.binary_search_by(|claim| claim.path.as_str().cmp(path)).is_ok_and(|at| claims[at].text.is_none())
        };
        let stays = |(path, kind): &&(&str, Kind)| match kind {
            Kind::Link => true,
            _ => self.contains(path) && !(*kind == Kind::File && goes_away(path)),
        };
        observed.odd_folders.iter().filter(stays).copied().collect()
    }
}

/// Files to remove, and then the folders that may have become empty, the innermost first.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Removals {
    pub(super) files: Vec<OutputPath>,
    pub(super) folders: Vec<String>,
}

/// Sorts the removal of `stale` files (gone ones included, for a killed render may have left their folders) into what
/// must happen before anything is written, because it stands where the tree needs a file or a folder, and the rest.
pub(super) fn removals<'a>(
    tree: &Tree,
    tree_folders: &TreeFolders<'_>,
    observed: &Observed<'_>,
    stale: impl Iterator<Item = (&'a OutputPath, Action)>,
) -> [Removals; 2] {
    let mut batches = [Removals::default(), Removals::default()];
    let mut folders = [BTreeSet::new(), BTreeSet::new()];
    for (path, action) in stale {
        let under_a_file = folders_above(path.as_str()).any(|folder| tree.files.contains_key(folder));
        let batch = usize::from(!under_a_file && !tree_folders.contains(path.as_str()));
        if action != Action::Gone {
            batches[batch].files.push(path.clone());
        }
        let empty = folders_above(path.as_str()).take_while(|folder| !tree_folders.contains(folder));
        folders[batch].extend(empty.filter(|folder| observed.folders.contains(folder)));
    }
    for (batch, folders) in batches.iter_mut().zip(folders) {
        // In reverse order a folder comes behind everything that is in it.
        batch.folders = folders.into_iter().rev().map(str::to_owned).collect();
    }
    batches
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::collections::BTreeMap;

    use super::*;
    use crate::model::EnvironmentName;
    use crate::output::lock::{Digest, Lock, LockedFile};
    use crate::source::Source;
    use crate::tree::RenderedFile;

    fn path(text: &str) -> OutputPath {
        OutputPath::parse(text).unwrap()
    }

    fn lock(files: &[(&str, &str)]) -> Lock {
        let file = |text: &str| LockedFile { digest: Digest::of(text.as_bytes()), template: String::new() };
        let files = files.iter().map(|&(name, text)| (path(name), file(text))).collect();
        Lock { program: String::new(), inputs: String::new(), sources: BTreeMap::new(), files }
    }

    fn tree(paths: &[&str]) -> Tree {
        let file = RenderedFile { text: "new".into(), template: String::new() };
        let files: BTreeMap<_, _> = paths.iter().map(|name| (path(name), file.clone())).collect();
        let (environment, sources) = (EnvironmentName::parse("dev").unwrap(), BTreeMap::new());
        Tree { environment, inputs: String::new(), sources, files }
    }

    #[test]
    fn every_state_of_a_file_has_its_action() {
        let records = Records {
            lock: Some((Source::new("l", ""), lock(&[("f", "old")]))),
            pending: vec![("p".into(), lock(&[("f", "half"), ("g", "half")]))],
            ..Records::default()
        };
        let bytes = |text: &str| Seen::Bytes(Digest::of(text.as_bytes()));
        let folder = |stranger: Option<&str>| Seen::Folder { stranger: stranger.map(str::to_owned) };
        let table = [
            // on the disk             claimed   stale
            (Seen::Missing, "f", Action::Create, Action::Gone),
            (Seen::Same, "f", Action::Unchanged, Action::Unchanged),
            (bytes("old"), "f", Action::Update, Action::Remove),
            (bytes("half"), "f", Action::Update, Action::Remove),
            (bytes("half"), "g", Action::Update, Action::Remove),
            (bytes("mine"), "f", Action::Edited, Action::EditedStale),
            (bytes("mine"), "g", Action::Edited, Action::EditedStale),
            (bytes("old"), "h", Action::Unknown, Action::EditedStale),
            (folder(None), "f", Action::Create, Action::Gone),
            (folder(Some("f/x")), "f", Action::Obstructed, Action::Gone),
            (Seen::Special, "f", Action::Obstructed, Action::Gone),
            (Seen::Link, "f", Action::Link, Action::Link),
        ];
        for (seen, name, claimed, stale) in table {
            let path = path(name);
            assert_eq!(action(&Claim { path: &path, text: Some("new") }, &seen, &records), claimed, "{name} {seen:?}");
            assert_eq!(action(&Claim { path: &path, text: None }, &seen, &records), stale, "stale {name} {seen:?}");
        }
    }

    #[test]
    fn stale_files_and_folders_go_first_only_where_they_are_in_the_way() {
        let tree = tree(&["a", "b/c", "keep/x"]);
        let folders = TreeFolders::of(&tree);
        let observed = Observed { folders: ["", "a", "a/d", "keep", "keep/y"].into(), ..Observed::default() };
        let stale: Vec<_> = ["a/d/e", "b", "keep/y/z", "top"].iter().map(|name| path(name)).collect();
        let [first, last] = removals(&tree, &folders, &observed, stale.iter().map(|path| (path, Action::Remove)));
        assert_eq!(first.files, [path("a/d/e"), path("b")]);
        assert_eq!(first.folders, ["a/d", "a"]);
        assert_eq!(last.files, [path("keep/y/z"), path("top")]);
        assert_eq!(last.folders, ["keep/y"]);
        assert_eq!(folders.missing(&observed), ["b"]);
    }

    #[test]
    fn a_tree_that_no_disk_can_hold_is_noticed() {
        let tree = tree(&["a", "a/b", "c"]);
        assert_eq!(TreeFolders::of(&tree).conflicts(&tree), [&path("a")]);
    }
}
