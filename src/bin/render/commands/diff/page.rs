//! A comparison as a page: what `changes` found, in the form in which `report` shows it.
//!
//! The two rooms do not know each other; this is the one place where they meet.

use serde_json::Value;
use supercargo::changes::{self, EnvironmentChanges, FieldKind, ObjectChange, Report, Side};
use supercargo::report::{Change, Changes, Danger, Error, FieldChange, ResourceChange, Sides, diff_page};

use super::summary;

/// How much of a value is shown, in characters; the diff of the file has all of it.
const VALUE: usize = 400;

/// The page about `report`.
pub(super) fn html(report: &Report) -> Result<String, Error> {
    let all: Vec<_> = report.environments.iter().map(changes).collect();
    diff_page(&sides(report), &all)
}

/// What differs in `environment`, without what says nothing.
pub(in crate::commands) fn changes(environment: &EnvironmentChanges) -> Changes {
    let EnvironmentChanges { environment: name, with, files, objects, .. } = environment;
    let mut notes: Vec<_> = summary::only(environment).map(str::to_owned).into_iter().collect();
    if objects.folded.total() > 0 {
        notes.push(format!("{}; `render diff --verbose` shows them", summary::folds(environment)));
    }
    Changes {
        with: with.clone(),
        notes,
        dangers: objects.dangers.iter().map(danger).collect(),
        resources: objects.objects.iter().filter(|object| !object.is_noise()).map(resource).collect(),
        ..Changes::of_files(name, files)
    }
}

/// What is compared with what. Two environments that stand beside each other both come from the inputs.
fn sides(report: &Report) -> Sides {
    if let [EnvironmentChanges { environment, with: Some(with), .. }] = report.environments.as_slice() {
        return Sides { old: format!("`{environment}`"), new: format!("`{with}`, both as the inputs give them") };
    }
    let name = |side: &Side| match side {
        Side::Out => "what is in `out/`".to_owned(),
        Side::Tree => "what the inputs give".to_owned(),
        Side::Revision { revision, commit } => {
            format!("what `{revision}` gives (`{}`)", commit.get(..12).unwrap_or(commit))
        }
    };
    Sides { old: name(&report.old), new: name(&report.new) }
}

fn danger(danger: &changes::Danger) -> Danger {
    let changes::Danger { kind, file, message, .. } = danger;
    let (title, place) = (message.clone(), file.clone());
    Danger { kind: kind.name(), title, place, reason: kind.why(), help: kind.help() }
}

fn resource(object: &ObjectChange) -> ResourceChange {
    let (kind, name, namespace) = match &object.resource {
        Some(id) => (id.kind.clone(), id.name.clone(), id.namespace.clone()),
        None => ("File".to_owned(), object.file.clone(), None),
    };
    let patch = object.patch.then(|| "a patch of it".to_owned());
    let renamed = object.renamed_from.as_ref().map(|old| format!("was `{old}`"));
    let moved = object.moved_from.as_ref().map(|from| format!("from `{from}` to `{}`", object.file));
    let remarks: Vec<_> = [patch, renamed, moved].into_iter().flatten().collect();
    ResourceChange {
        kind,
        name,
        namespace,
        remark: remarks.join(", "),
        change: match object.change {
            changes::Change::Added => Change::Added,
            changes::Change::Changed => Change::Changed,
            changes::Change::Moved => Change::Moved,
            changes::Change::Renamed => Change::Renamed,
            changes::Change::Removed => Change::Removed,
        },
        fields: object.fields.iter().filter(|field| field.noise.is_none()).map(field).collect(),
    }
}

fn field(field: &changes::FieldChange) -> FieldChange {
    let path = field.path.to_string();
    // The diff of the file shows a long text better than two copies of it do.
    if let Some((added, removed)) = field.lines() {
        return FieldChange { path, old: None, new: None, remark: format!("+{added} −{removed} lines") };
    }
    let remark = if field.kind == FieldKind::Reordered { "in another order" } else { "" };
    FieldChange {
        path,
        old: field.old.as_ref().map(value),
        new: field.new.as_ref().map(value),
        remark: remark.to_owned(),
    }
}

/// The beginning of a value, written as JSON: a text and a number that look alike are not the same.
fn value(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(VALUE) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
