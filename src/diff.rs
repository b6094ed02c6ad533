//! Compares two sets of files: which were added, removed and changed, and how, as Git would print it.
//!
//! Pure: both sides are texts in memory, and the same two sides give the same diff. It knows nothing of resources,
//! colours or where the texts come from.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rayon::prelude::*;
use serde::Serialize;
use similar::udiff::UnifiedDiffHunk;
use similar::{ChangeTag, TextDiff};

/// How many unchanged lines stand around a change.
const CONTEXT: usize = 3;

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Only the new side has it.
    Added,
    /// Both sides have it, with different texts.
    Changed,
    /// Only the old side has it.
    Removed,
}

/// One file that the two sides do not agree on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileChange {
    /// The file's path.
    pub path: String,
    /// What happened to it.
    pub kind: Kind,
    /// How many lines only the new side has.
    pub added_lines: usize,
    /// How many lines only the old side has.
    pub removed_lines: usize,
    /// The unified diff with the headers that `git diff` prints; it ends in a line break.
    pub diff: String,
}

/// Everything that the two sides do not agree on, in the order of the paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// The files that differ.
    pub files: Vec<FileChange>,
}

impl Changes {
    /// Compares `old` with `new`, both from path to text.
    pub fn between(old: &BTreeMap<&str, &str>, new: &BTreeMap<&str, &str>) -> Self {
        let removed =
            old.iter().filter(|(path, _)| !new.contains_key(*path)).map(|(path, text)| (path, Some(text), None));
        let kept = new.iter().map(|(path, text)| (path, old.get(path), Some(text)));
        let mut pairs: Vec<_> = kept.chain(removed).filter(|(_, old, new)| old != new).collect();
        pairs.sort_by_key(|(path, ..)| *path);
        let compare = |(path, old, new): (&&str, Option<&&str>, Option<&&str>)| file(path, old.copied(), new.copied());
        Self { files: pairs.into_par_iter().filter_map(compare).collect() }
    }

    /// Whether the sides are the same.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// How many files are of `kind`.
    pub fn count(&self, kind: Kind) -> usize {
        self.files.iter().filter(|file| file.kind == kind).count()
    }

    /// All diffs as one patch that `git apply` takes.
    pub fn to_patch(&self) -> String {
        self.files.iter().map(|file| file.diff.as_str()).collect()
    }
}

/// Compares the two texts of one file; a side without the file is `None`. `None` if the sides are the same.
pub fn file(path: &str, old: Option<&str>, new: Option<&str>) -> Option<FileChange> {
    let (kind, mode) = match (old, new) {
        (None, Some(_)) => (Kind::Added, "new file mode 100644\n"),
        (Some(_), None) => (Kind::Removed, "deleted file mode 100644\n"),
        (Some(old), Some(new)) if old != new => (Kind::Changed, ""),
        _ => return None,
    };
    let [old_lines, new_lines] =
        [old, new].map(|side| side.unwrap_or_default().split_inclusive('\n').collect::<Vec<_>>());
    let lines = TextDiff::from_slices(&old_lines, &new_lines);
    let count = |tag| lines.iter_all_changes().filter(|change| change.tag() == tag).count();
    let (a, b) = (quoted("a/", path), quoted("b/", path));
    let side = |name: &str, there: bool| match (there, name.contains(' ') && !name.starts_with('"')) {
        (false, _) => "/dev/null".to_owned(),
        // As Git does: without the tab, `patch` would take the name to end at the blank.
        (true, true) => format!("{name}\t"),
        (true, false) => name.to_owned(),
    };
    let hunks: String = lines.unified_diff().context_radius(CONTEXT).iter_hunks().map(|hunk| text_of(&hunk)).collect();
    let names = format!("--- {}\n+++ {}\n", side(&a, old.is_some()), side(&b, new.is_some()));
    let names = if hunks.is_empty() { String::new() } else { names };
    Some(FileChange {
        path: path.to_owned(),
        kind,
        added_lines: count(ChangeTag::Insert),
        removed_lines: count(ChangeTag::Delete),
        diff: format!("diff --git {a} {b}\n{mode}{names}{hunks}"),
    })
}

/// A hunk as Git writes it. For Git only a line feed ends a line; a carriage return is a part of it.
fn text_of(hunk: &UnifiedDiffHunk<'_, '_, '_, str>) -> String {
    let mut text = format!("{}\n", hunk.header());
    for change in hunk.iter_changes() {
        let _ = write!(text, "{}{}", change.tag(), change.value());
        if !change.value().ends_with('\n') {
            text.push_str("\n\\ No newline at end of file\n");
        }
    }
    text
}

/// The path behind its prefix, in quotes if it has a character that would end it early.
fn quoted(prefix: &str, path: &str) -> String {
    let name = format!("{prefix}{path}");
    if !name.contains(|c: char| c.is_control() || c == '"' || c == '\\') {
        return name;
    }
    let mut text = String::from('"');
    for byte in name.bytes() {
        match byte {
            b'"' | b'\\' => text.extend(['\\', byte.into()]),
            0x20..=0x7e => text.push(byte.into()),
            _ => text.extend(['\\', octal(byte >> 6), octal(byte >> 3), octal(byte)]),
        }
    }
    text.push('"');
    text
}

/// The last octal digit of `bits`.
fn octal(bits: u8) -> char {
    char::from(b'0' + (bits & 7))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(old: &[(&str, &str)], new: &[(&str, &str)]) -> Changes {
        Changes::between(&old.iter().copied().collect(), &new.iter().copied().collect())
    }

    #[test]
    fn a_patch_reads_as_gits_does() {
        let changes = patch(
            &[("gone.yaml", "a: 1\n"), ("kept.yaml", "a\n"), ("x y.yaml", "1\n2\n3\n4\n5\n6\n7\n8\n9\n")],
            &[("kept.yaml", "a\n"), ("new.yaml", "b: 2"), ("x y.yaml", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n")],
        );
        insta::assert_snapshot!(changes.to_patch(), @r"
        diff --git a/gone.yaml b/gone.yaml
        deleted file mode 100644
        --- a/gone.yaml
        +++ /dev/null
        @@ -1 +0,0 @@
        -a: 1
        diff --git a/new.yaml b/new.yaml
        new file mode 100644
        --- /dev/null
        +++ b/new.yaml
        @@ -0,0 +1 @@
        +b: 2
        \ No newline at end of file
        diff --git a/x y.yaml b/x y.yaml
        --- a/x y.yaml	
        +++ b/x y.yaml	
        @@ -2,7 +2,7 @@
         2
         3
         4
        -5
        +five
         6
         7
         8
        ");
        let counts = [Kind::Added, Kind::Changed, Kind::Removed].map(|kind| changes.count(kind));
        assert_eq!(counts, [1, 1, 1]);
        let lines: Vec<_> = changes.files.iter().map(|file| (file.added_lines, file.removed_lines)).collect();
        assert_eq!(lines, [(0, 1), (1, 0), (1, 1)]);
    }

    #[test]
    fn equal_sides_have_no_changes() {
        assert!(patch(&[("a", "x")], &[("a", "x")]).is_empty());
        assert_eq!(file("a", None, None), None);
    }

    #[test]
    fn an_empty_file_that_comes_or_goes_has_no_hunk() {
        assert_eq!(patch(&[], &[("a", "")]).to_patch(), "diff --git a/a b/a\nnew file mode 100644\n");
    }

    #[test]
    fn only_a_line_feed_ends_a_line() {
        let diff = file("a", Some("x\ry\r\nz\r"), None).map(|change| change.diff).unwrap_or_default();
        assert!(diff.ends_with("@@ -1,2 +0,0 @@\n-x\ry\r\n-z\r\n\\ No newline at end of file\n"), "{diff:?}");
    }

    #[test]
    fn a_path_cannot_forge_a_header() {
        let changes = patch(&[], &[("a\n+++ b/c", "")]);
        assert_eq!(changes.to_patch().lines().count(), 2);
    }
}
