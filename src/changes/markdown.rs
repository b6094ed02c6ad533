//! A report as Markdown for a comment on a pull request: dangers first, then what changes, then the diffs.
//!
//! It fits a comment, and says what it left out to do so. Whatever stands in the files stays text: it opens no markup,
//! ends no fence, and calls nobody.

mod escape;
mod page;

use std::fmt::Write as _;

use super::fields::{FieldChange, FieldKind};
use super::object::ObjectChange;
use super::{Change, Danger, EnvironmentChanges, Report, Side};
use crate::diff::FileChange;
use escape::{code, fence, html, prose};
use page::{Page, length};

/// The longest page, in UTF-16 code units. GitHub takes 65,536 characters; these units are never fewer than the
/// characters are, whoever counts, and so many of them never need more than the 262,144 bytes that it keeps.
pub const LIMIT: usize = 65_536;

/// The part of a page that one file's diff may take.
const SHARE: usize = 4;

/// How many fields of one resource are named.
const FIELDS: usize = 8;

/// The longest line of a diff, in characters.
const LINE: usize = 500;

/// The report as a page of at most `limit` UTF-16 code units.
pub fn markdown(report: &Report, limit: usize) -> String {
    let mut page = Page::new(limit);
    let mut cut = Cut::default();
    page.push(&format!("## Changes of what is rendered\n\n{} and {}.\n", side(&report.old), side(&report.new)));
    if report.same {
        page.push("\nNothing differs.\n");
        return page.into_text();
    }
    dangers(report, &mut page, &mut cut);
    for environment in &report.environments {
        summary(environment, &mut page, &mut cut);
    }
    for file in report.environments.iter().flat_map(|environment| &environment.files) {
        diff(file, limit / SHARE, &mut page, &mut cut);
    }
    page.close(&cut.note());
    page.into_text()
}

fn side(side: &Side) -> String {
    match side {
        Side::Out => "Compares `out/`".to_owned(),
        Side::Tree => "what the inputs give".to_owned(),
        Side::Revision { revision, commit } => {
            format!("Compares what {} gives ({})", code(revision), code(commit.get(..12).unwrap_or(commit)))
        }
    }
}

/// What did not fit.
#[derive(Debug, Default)]
struct Cut {
    dangers: usize,
    objects: usize,
    files: usize,
    shortened: usize,
}

impl Cut {
    /// What a reader has to know about it; empty if all is there.
    fn note(&self) -> String {
        let parts = [
            (self.dangers, "dangerous change", "dangerous changes"),
            (self.objects, "line of the summary", "lines of the summary"),
            (self.files, "diff of a file", "diffs of files"),
            (self.shortened, "part of a diff", "parts of diffs"),
        ];
        let parts = parts.iter().filter(|(number, ..)| *number > 0);
        let part =
            |(number, one, more): &(usize, &str, &str)| format!("{number} {}", if *number == 1 { one } else { more });
        let parts: Vec<_> = parts.map(part).collect();
        if parts.is_empty() {
            return String::new();
        }
        format!("\n**Cut to fit a comment.** Left out: {}. `render diff` shows all of it.\n", parts.join(", "))
    }
}

fn dangers(report: &Report, page: &mut Page, cut: &mut Cut) {
    let all = || report.environments.iter().flat_map(|one| one.objects.dangers.iter().map(move |danger| (one, danger)));
    let number = all().count();
    if number == 0 {
        return;
    }
    let noun = if number == 1 { "dangerous change" } else { "dangerous changes" };
    page.push(&format!("\n### {number} {noun}\n\n"));
    // The rest of the page is for what they are part of.
    let mut left = page.left() / 2;
    for (environment, danger) in all() {
        let item = danger_item(environment, danger);
        match left.checked_sub(length(&item)) {
            Some(rest) if page.push(&item) => left = rest,
            _ => cut.dangers += 1,
        }
    }
}

fn danger_item(environment: &EnvironmentChanges, danger: &Danger) -> String {
    let place = if danger.file.is_empty() { String::new() } else { format!(", {}", code(&danger.file)) };
    format!(
        "- **{}**: {} ({}{place})\n  - why: {}\n  - what to do: {}\n",
        danger.kind,
        prose(&danger.message),
        code(&environment.environment),
        danger.kind.why(),
        danger.kind.help(),
    )
}

fn summary(environment: &EnvironmentChanges, page: &mut Page, cut: &mut Cut) {
    let name = match &environment.with {
        Some(with) => format!("{} and {}", code(&environment.environment), code(with)),
        None => code(&environment.environment),
    };
    if environment.files.is_empty() {
        page.push(&format!("\n### {name}\n\nNothing differs.\n"));
        return;
    }
    let shown: Vec<_> = environment.objects.objects.iter().filter(|object| !object.is_noise()).collect();
    page.push(&format!("\n### {name}\n\n{}\n\n", counts(environment)));
    for object in shown {
        cut.objects += usize::from(!page.push(&object_item(object)));
    }
    let folded = environment.objects.folded.total();
    if folded > 0 {
        page.push(&format!("\n{folded} more say nothing: version labels, checksums, comments.\n"));
    }
}

/// `2 added, 1 removed`.
fn counts(environment: &EnvironmentChanges) -> String {
    let words = [
        (Change::Added, "added"),
        (Change::Changed, "changed"),
        (Change::Moved, "moved"),
        (Change::Renamed, "renamed"),
        (Change::Removed, "removed"),
    ];
    let counts = words.iter().map(|(change, word)| (environment.count(*change), word));
    let counts: Vec<_> =
        counts.filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let files = environment.files.len();
    let noun = if files == 1 { "file differs" } else { "files differ" };
    if counts.is_empty() { format!("{files} {noun}.") } else { format!("{}; {files} {noun}.", counts.join(", ")) }
}

fn object_item(object: &ObjectChange) -> String {
    let word = match object.change {
        Change::Added => "added",
        Change::Changed => "changed",
        Change::Moved => "moved",
        Change::Renamed => "renamed",
        Change::Removed => "removed",
    };
    let mut text = format!("- {word} {}\n", code(&object.title()));
    let fields: Vec<_> = object.fields.iter().filter(|field| field.noise.is_none()).collect();
    for field in fields.iter().take(FIELDS) {
        text.push_str(&field_item(field));
    }
    if fields.len() > FIELDS {
        let _ = writeln!(text, "  - and {} more", fields.len() - FIELDS);
    }
    text
}

fn field_item(field: &FieldChange) -> String {
    let path = code(&field.path.to_string());
    if let Some((added, removed)) = field.lines() {
        return format!("  - {path}: +{added} −{removed} lines\n");
    }
    let value =
        |value: &Option<serde_json::Value>| value.as_ref().map(|value| code(&value.to_string())).unwrap_or_default();
    match field.kind {
        FieldKind::Added => format!("  - {path}: added {}\n", value(&field.new)),
        FieldKind::Removed => format!("  - {path}: removed {}\n", value(&field.old)),
        FieldKind::Changed => format!("  - {path}: {} → {}\n", value(&field.old), value(&field.new)),
        FieldKind::Reordered => format!("  - {path}: in another order\n"),
    }
}

fn diff(file: &FileChange, share: usize, page: &mut Page, cut: &mut Cut) {
    let mut body = String::new();
    let (mut left, mut is_short) = (share, false);
    for line in file.diff.split_inclusive('\n') {
        let shown = match line.char_indices().nth(LINE) {
            Some((at, _)) => {
                is_short = true;
                format!("{}…\n", &line[..at])
            }
            None => line.to_owned(),
        };
        let Some(rest) = left.checked_sub(length(&shown)) else {
            is_short = true;
            body.push_str("… the rest is cut\n");
            break;
        };
        left = rest;
        body.push_str(&shown);
    }
    let head = format!(
        "\n<details><summary><code>{}</code> +{} −{}</summary>\n\n",
        html(&file.path),
        file.added_lines,
        file.removed_lines
    );
    if page.push(&format!("{head}{}\n</details>\n", fence(&body))) {
        cut.shortened += usize::from(is_short);
    } else {
        cut.files += 1;
    }
}

#[cfg(test)]
mod tests;
