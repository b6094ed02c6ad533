//! What a render would change, in the form in which a page shows it: dangers first, then resources, then files.

use serde::Serialize;

use crate::diff;

/// The most lines of one file that a page shows; who needs more asks for the diff itself.
const LINES: usize = 1500;

/// The two sides of a comparison, as a sentence calls them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sides {
    /// What is left behind; names of files and revisions in backticks.
    pub old: String,
    /// What takes its place, or stands beside it.
    pub new: String,
}

/// What would change in one environment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// The environment's name.
    pub environment: String,
    /// The environment that it is compared with; `None` where it is compared with itself.
    pub with: Option<String>,
    /// What there is to know about all of it, each in a few words; names in backticks.
    pub notes: Vec<String>,
    /// What could lose data or stop a service.
    pub dangers: Vec<Danger>,
    /// The resources that differ; empty where only files were compared.
    pub resources: Vec<ResourceChange>,
    /// The files that differ.
    pub files: Vec<FileDiff>,
}

/// A change that could lose data or stop a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Danger {
    /// The name of its kind, as the documentation has it, such as `claim-removed`.
    pub kind: &'static str,
    /// What happens, in a few words; names in backticks.
    pub title: String,
    /// The file that shows it; may be empty.
    pub place: String,
    /// Why that is dangerous; names in backticks.
    pub reason: &'static str,
    /// What to look at or to do before; names in backticks.
    pub help: &'static str,
}

/// What happens to a resource or a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Only the new side has it.
    Added,
    /// Both sides have it, and it differs.
    Changed,
    /// It stands in another file, and is the same.
    Moved,
    /// It takes another name, which deletes it and makes another one.
    Renamed,
    /// Only the old side has it.
    Removed,
}

/// A resource that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResourceChange {
    /// Its kind, such as `Deployment`; `File` where it is none of the cluster's.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace; `None` for one of the whole cluster.
    pub namespace: Option<String>,
    /// What else there is to know about it, such as its name until now; names in backticks, may be empty.
    pub remark: String,
    /// What happens to it.
    pub change: Change,
    /// The fields that differ; may be empty for a resource that comes or goes.
    pub fields: Vec<FieldChange>,
}

/// A field of a resource that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// Where it is, such as `spec.replicas`.
    pub path: String,
    /// What it was; `None` where it was not there.
    pub old: Option<String>,
    /// What it becomes; `None` where it goes.
    pub new: Option<String>,
    /// What happens to it where neither value would say so; may be empty.
    pub remark: String,
}

/// A file that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileDiff {
    /// Its path from the project's root.
    pub path: String,
    /// What happens to it.
    pub change: Change,
    /// How many lines it gets.
    pub added: usize,
    /// How many lines it loses.
    pub removed: usize,
    /// Its unified diff without the headers.
    pub lines: Vec<Line>,
    /// How many further lines of the diff are left out.
    pub left_out: usize,
}

/// A line of a unified diff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What it is: `added`, `removed`, `same` or `hunk`.
    pub kind: &'static str,
    /// The line, with the mark that it begins with.
    pub text: String,
}

impl Changes {
    /// The files of a comparison, without a word about resources.
    pub fn of_files(environment: &str, changes: &[diff::FileChange]) -> Self {
        let files = changes.iter().map(FileDiff::from).collect();
        Self { environment: environment.to_owned(), files, ..Self::default() }
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.dangers.is_empty() && self.resources.is_empty() && self.files.is_empty()
    }
}

impl From<&diff::FileChange> for FileDiff {
    fn from(file: &diff::FileChange) -> Self {
        let change = match file.kind {
            diff::Kind::Added => Change::Added,
            diff::Kind::Changed => Change::Changed,
            diff::Kind::Removed => Change::Removed,
        };
        let body = file.diff.lines().skip_while(|line| !line.starts_with("@@"));
        let all: Vec<_> = body.map(line).collect();
        let left_out = all.len().saturating_sub(LINES);
        let lines = all.into_iter().take(LINES).collect();
        let (added, removed) = (file.added_lines, file.removed_lines);
        Self { path: file.path.clone(), change, added, removed, lines, left_out }
    }
}

fn line(text: &str) -> Line {
    let kind = match text.as_bytes().first() {
        Some(b'+') => "added",
        Some(b'-') => "removed",
        Some(b'@' | b'\\') => "hunk",
        _ => "same",
    };
    Line { kind, text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn lines_of_a_diff_are_told_apart_and_counted() {
        let old = BTreeMap::from([("a", "--- x\nsame\n")]);
        let new = BTreeMap::from([("a", "+++ y\nsame\n")]);
        let changes = Changes::of_files("dev", &diff::Changes::between(&old, &new).files);
        let lines: Vec<_> = changes.files[0].lines.iter().map(|line| (line.kind, line.text.as_str())).collect();
        assert_eq!(lines, [("hunk", "@@ -1,2 +1,2 @@"), ("removed", "---- x"), ("added", "++++ y"), ("same", " same")]);
        assert_eq!((changes.files[0].added, changes.files[0].removed), (1, 1));
    }

    #[test]
    fn a_very_long_diff_is_cut_and_says_so() {
        let text = "line\n".repeat(2000);
        let new = BTreeMap::from([("a", text.as_str())]);
        let changes = Changes::of_files("dev", &diff::Changes::between(&BTreeMap::new(), &new).files);
        let file = &changes.files[0];
        assert_eq!((file.lines.len(), file.left_out, file.added), (1500, 501, 2000));
    }
}
