//! What is said about files that stop a render: edited ones, unknown ones, links.

use std::ops::Range;
use std::sync::Arc;

use similar::{DiffOp, TextDiff};

use super::cause::Cause;
use super::folder::{Folder, Kind};
use crate::diagnostic::{Code, Diagnostic};
use crate::diff;
use crate::source::{Location, Source};
use crate::tree::{OutputPath, RenderedFile};

/// Past this many bytes an edited file is named without its first changed line: what `render` writes is far smaller.
const LARGE: usize = 1024 * 1024;
/// How many inputs are named as the cause of one finding.
const CAUSES: usize = 4;
/// How much of a rendered line is quoted.
const QUOTE: usize = 60;

/// A file that was changed by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The file, from the project's root.
    pub path: String,
    /// What the hand did: from what would be rendered now to what is on the disk. `None` for a file that is no text.
    pub diff: Option<String>,
}

/// Something that is not a folder is where `shown` has to be one.
pub(super) fn not_a_folder(shown: &str, kind: Kind) -> Diagnostic {
    if kind == Kind::Link {
        return link(shown, "folder");
    }
    Diagnostic::error(Code::UnknownFile, format!("{shown} has to be a folder, and something else is there"))
        .in_file(shown)
        .help("move it away, then render again")
}

/// Something that is not a file is where `shown` has to be one.
pub(super) fn not_a_file(shown: &str, kind: Kind) -> Diagnostic {
    if kind == Kind::Link {
        return link(shown, "file");
    }
    Diagnostic::error(Code::UnknownFile, format!("{shown} has to be a file, and something else is there"))
        .in_file(shown)
        .help("move it away, then render again")
}

fn link(shown: &str, real: &str) -> Diagnostic {
    Diagnostic::error(Code::SymbolicLink, format!("{shown} is a symbolic link"))
        .in_file(shown)
        .note("`render` follows no link under `out`: what is behind one may be outside the project")
        .help(format!("put a real {real} in its place or remove it, then render again"))
}

/// A file that `render` did not write is where the tree has one.
pub(super) fn unknown(folder: &Folder, path: &OutputPath, file: &RenderedFile) -> Diagnostic {
    let shown = folder.show(path.as_str());
    Diagnostic::error(
        Code::UnknownFile,
        format!("{shown} is to be written, and a file that `render` does not know is there"),
    )
    .in_file(shown)
    .note(format!("`{}` renders it", file.template))
    .note(format!("{} does not list it, so it is nothing that an earlier render wrote", folder.show(OutputPath::LOCK)))
    .help("move or remove it, then render again")
}

/// A tree holds a file and, under the same path, a folder.
pub(super) fn conflict(folder: &Folder, path: &OutputPath, file: &RenderedFile) -> Diagnostic {
    let shown = folder.show(path.as_str());
    Diagnostic::error(Code::PathConflict, format!("{shown} is to be a file and a folder at once"))
        .in_file(shown)
        .note(format!("`{}` renders the file, another template one below it", file.template))
        .help("give one of the templates another path")
}

/// A file differs from what the inputs give, without anybody having edited it.
pub(super) fn out_of_date(folder: &Folder, path: &str, what: &str, causes: &[Cause]) -> Diagnostic {
    let shown = folder.show(path);
    let mut finding = Diagnostic::error(Code::OutOfDate, format!("{shown} {what}")).in_file(shown);
    for cause in causes.iter().take(CAUSES) {
        finding = finding.note(cause.to_string());
    }
    if let Some(more) = causes.len().checked_sub(CAUSES).filter(|more| *more > 0) {
        finding = finding.note(format!("so were {more} more inputs"));
    }
    finding.help(format!("run `render --env {}` and commit what it writes", folder.environment))
}

/// A file that `render` did not write is where the tree has none. What Argo CD could take for a manifest is an error: it
/// may be applied, and no input says so.
pub(super) fn unlisted(folder: &Folder, path: &str, kind: Kind) -> Diagnostic {
    let shown = folder.show(path);
    let is_manifest = [".yaml", ".yml", ".json"].iter().any(|ending| path.ends_with(ending));
    let (message, note) = if kind == Kind::Link {
        (format!("{shown} is a link that `render` did not make"), "what it leads to can be applied as if it stood here")
    } else if is_manifest {
        (format!("{shown} comes from no input"), "where Argo CD reads the folder, it applies this file as well")
    } else {
        (format!("{shown} comes from no input"), "`render` leaves it alone, and no manifest has such a name")
    };
    let finding = match kind == Kind::Link || is_manifest {
        true => Diagnostic::error(Code::UnlistedFile, message),
        false => Diagnostic::warning(Code::UnlistedFile, message),
    };
    let finding = finding.in_file(shown).note(note);
    if kind == Kind::Link {
        return finding.help("remove it");
    }
    finding.help(format!("remove it, or let a template make it: templates/{path} does, as it is"))
}

/// A file was changed by hand, and there is no tree to tell what would be rendered.
pub(super) fn edited_without_tree(folder: &Folder, path: &OutputPath) -> Diagnostic {
    let shown = folder.show(path.as_str());
    Diagnostic::error(Code::EditedOutput, format!("{shown} was edited by hand"))
        .in_file(shown)
        .help("mend the inputs first: then `render check` shows the line that was edited")
}

/// A file was changed by hand. `disk` is what it holds; `file` what would be rendered, if the tree has it.
pub(super) fn edited(
    folder: &Folder,
    path: &OutputPath,
    disk: &[u8],
    file: Option<&RenderedFile>,
) -> (Diagnostic, Edit) {
    let shown = folder.show(path.as_str());
    let mut finding = Diagnostic::error(Code::EditedOutput, format!("{shown} was edited by hand"));
    let text = (disk.len() <= LARGE).then(|| str::from_utf8(disk).ok()).flatten();
    match (text, file) {
        (Some(text), Some(file)) => {
            let source = Source::new(shown.as_str(), text);
            let (range, label) = first_change(&source, &file.text);
            finding = finding.at(Location::new(&source, range), label);
        }
        _ => finding = finding.in_file(shown.as_str()),
    }
    let keep = if let Some(file) = file {
        finding = finding.note(format!("`{}` renders it", file.template));
        "to keep the edit, set the value that the line comes from, or change the template, and render again".to_owned()
    } else {
        finding = finding.note("nothing renders it any more, so it would be removed");
        "to keep it, move it to a path that no lock lists".to_owned()
    };
    let finding =
        finding.help(keep).help(format!("to drop it, run `render --env {} --discard-edits`", folder.environment));
    let diff = text.and_then(|text| diff::file(&shown, file.map(|file| file.text.as_str()), Some(text)));
    (finding, Edit { path: shown, diff: diff.map(|change| change.diff) })
}

/// Where `source` first differs from `rendered`, and what to say there.
fn first_change(source: &Arc<Source>, rendered: &str) -> (Range<usize>, String) {
    let disk = source.text();
    let line = |index: usize| source.line_range(index + 1).unwrap_or(disk.len()..disk.len());
    if disk.replace("\r\n", "\n") == *rendered {
        let ends = disk.find("\r\n").unwrap_or_default();
        let index = disk[..ends].matches('\n').count();
        return (
            line(index),
            "ends in CR LF and is rendered with LF: mark `out/** -text` in .gitattributes".to_owned(),
        );
    }
    if disk.is_empty() {
        return (0..0, "the file is empty".to_owned());
    }
    let diff = TextDiff::from_lines(disk, rendered);
    let new_line = |index: usize| rendered.lines().nth(index).unwrap_or_default();
    match diff.ops().iter().find(|op| !matches!(op, DiffOp::Equal { .. })) {
        Some(&DiffOp::Replace { old_index, new_index, .. }) => {
            let range = line(old_index);
            let (old, new) = (&disk[range.clone()], new_line(new_index));
            if old == new {
                let ends = if rendered.ends_with('\n') { "with" } else { "without" };
                return (trimmed(disk, range), format!("rendered {ends} a line break behind it"));
            }
            let (part, was) = changed_part(old, new);
            (range.start + part.start..range.start + part.end, format!("rendered as {}", quote(was)))
        }
        Some(&DiffOp::Delete { old_index, .. }) => (trimmed(disk, line(old_index)), "not rendered".to_owned()),
        Some(&DiffOp::Insert { old_index, new_index, .. }) => {
            let lost = quote(new_line(new_index).trim());
            if disk.lines().nth(old_index).is_some() {
                (trimmed(disk, line(old_index)), format!("rendered with {lost} before this line"))
            } else {
                (trimmed(disk, line(old_index.saturating_sub(1))), format!("rendered with {lost} behind this line"))
            }
        }
        _ => (0..0, String::new()),
    }
}

/// The words of `old` that differ from those of `new`, and what stands in `new` in their place.
fn changed_part<'a>(old: &str, new: &'a str) -> (Range<usize>, &'a str) {
    let same = |pair: &((usize, char), char)| pair.0.1 == pair.1;
    let prefix =
        old.char_indices().zip(new.chars()).take_while(same).last().map_or(0, |((at, c), _)| at + c.len_utf8());
    let start = old[..prefix].trim_end_matches(|c: char| !c.is_whitespace()).len();
    let (old_rest, new_rest) = (&old[start..], &new[start..]);
    let tails = old_rest.chars().rev().zip(new_rest.chars().rev());
    let suffix: usize = tails.take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum();
    let tail = &old_rest[old_rest.len() - suffix..];
    let suffix = tail.find(char::is_whitespace).map_or(0, |at| tail.len() - at);
    let (part, was) = (start..old.len() - suffix, &new_rest[..new_rest.len() - suffix]);
    if part.is_empty() || was.trim().is_empty() { (trimmed(old, 0..old.len()), new.trim()) } else { (part, was) }
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let line = &text[range.clone()];
    if line.trim().is_empty() {
        return range;
    }
    let start = range.start + line.len() - line.trim_start().len();
    start..start + line.trim().len()
}

fn quote(text: &str) -> String {
    match text.char_indices().nth(QUOTE) {
        Some((at, _)) => format!("`{}…`", &text[..at]),
        None if text.is_empty() => "an empty line".to_owned(),
        None => format!("`{text}`"),
    }
}
