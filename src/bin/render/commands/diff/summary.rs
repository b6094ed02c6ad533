//! A comparison in a few lines, for people.

use anstyle::{AnsiColor, Style};
use supercargo::changes::{Change, EnvironmentChanges, FieldChange, FieldKind, ObjectChange};
use supercargo::diff::{FileChange, Kind};

use crate::commands::count;
use crate::terminal::Terminal;

const ADDED: Style = AnsiColor::Green.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();
const CHANGED: Style = AnsiColor::Yellow.on_default();
const HUNK: Style = AnsiColor::Cyan.on_default();
const FILE: Style = Style::new().bold();

/// How many resources are named before the rest is counted, and how many fields of each.
const NAMED: usize = 40;
const FIELDS: usize = 8;

/// How much of a value is shown, in characters.
const VALUE: usize = 60;

/// What differs in `environment`: counts, resources, dangers.
pub(super) fn show(environment: &EnvironmentChanges, terminal: &Terminal) {
    let name = match &environment.with {
        Some(with) => format!("{} and {with}", environment.environment),
        None => environment.environment.clone(),
    };
    let only = only(environment).map(|only| format!("; {only}")).unwrap_or_default();
    terminal.say(&format!("{}{only}", line(&name, &environment.files)));
    if environment.files.is_empty() {
        return;
    }
    let objects = &environment.objects;
    let shown = |object: &&ObjectChange| terminal.is_verbose() || !object.is_noise();
    let shown: Vec<_> = objects.objects.iter().filter(shown).collect();
    let most = if terminal.is_verbose() { usize::MAX } else { NAMED };
    shown.iter().take(most).for_each(|object| describe(object, terminal));
    if shown.len() > most {
        terminal.say(&format!("  and {} more; --verbose names them all", shown.len() - most));
    }
    let folded = objects.folded.total();
    if folded > 0 && !terminal.is_verbose() {
        terminal.say(&format!("  {}; --verbose shows them", folds(environment)));
    }
    objects.dangers.iter().for_each(|danger| terminal.danger(&environment.environment, danger));
}

/// `dev: 5 files differ: 1 added, 4 changed`.
pub(super) fn line(name: &str, files: &[FileChange]) -> String {
    if files.is_empty() {
        return format!("{name}: no difference");
    }
    let kinds = [(Kind::Added, "added"), (Kind::Changed, "changed"), (Kind::Removed, "removed")];
    let number = |kind| files.iter().filter(|file| file.kind == kind).count();
    let counts = kinds.into_iter().map(|(kind, what)| (number(kind), what)).filter(|(number, _)| *number > 0);
    let counts: Vec<_> = counts.map(|(number, what)| format!("{number} {what}")).collect();
    let verb = if files.len() == 1 { "differs" } else { "differ" };
    format!("{name}: {} {verb}: {}", count(files.len(), "file"), counts.join(", "))
}

/// That only one side has the environment, if so.
pub(super) const fn only(environment: &EnvironmentChanges) -> Option<&'static str> {
    match (environment.in_old, environment.in_new) {
        (true, false) => Some("the environment is not there any more"),
        (false, true) => Some("the environment is new"),
        _ => None,
    }
}

/// What is not worth a look, by reason.
pub(super) fn folds(environment: &EnvironmentChanges) -> String {
    let folded = &environment.objects.folded;
    let reasons = [
        (folded.labels, "version label"),
        (folded.checksums, "checksum"),
        (folded.names, "name of the environment"),
        (folded.layouts, "file in its comments or order"),
    ];
    let reasons = reasons.into_iter().filter(|(number, _)| *number > 0);
    let reasons: Vec<_> = reasons
        .map(|(number, what)| match what.split_once(' ') {
            Some((first @ ("name" | "file"), rest)) => format!("{} {rest}", count(number, first)),
            _ => count(number, what),
        })
        .collect();
    format!("{} folded: {}", count(folded.total(), "change"), reasons.join(", "))
}

fn describe(object: &ObjectChange, terminal: &Terminal) {
    let (sign, style) = match object.change {
        Change::Added => ('+', ADDED),
        Change::Removed => ('-', REMOVED),
        Change::Renamed => ('>', CHANGED),
        Change::Moved | Change::Changed => ('~', CHANGED),
    };
    let moved = object.moved_from.as_ref().map(|from| format!(", from {from} to {}", object.file)).unwrap_or_default();
    terminal.say(&format!("  {style}{sign} {}{style:#}{moved}", object.title()));
    let fields: Vec<_> = object.fields.iter().filter(|field| terminal.is_verbose() || field.noise.is_none()).collect();
    let most = if terminal.is_verbose() { usize::MAX } else { FIELDS };
    fields.iter().take(most).for_each(|field| terminal.say(&format!("      {}", field_line(field))));
    if fields.len() > most {
        terminal.say(&format!("      and {} more", fields.len() - most));
    }
}

fn field_line(field: &FieldChange) -> String {
    let path = &field.path;
    if let Some((added, removed)) = field.lines() {
        return format!("{path}: +{added} −{removed} lines");
    }
    match field.kind {
        FieldKind::Added => format!("{path}: added {}", value(field.new.as_ref())),
        FieldKind::Removed => format!("{path}: removed {}", value(field.old.as_ref())),
        FieldKind::Changed => format!("{path}: {} → {}", value(field.old.as_ref()), value(field.new.as_ref())),
        FieldKind::Reordered => format!("{path}: in another order"),
    }
}

/// The beginning of a value on one line.
fn value(value: Option<&serde_json::Value>) -> String {
    let text = value.map(ToString::to_string).unwrap_or_default();
    match text.char_indices().nth(VALUE) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// A unified diff with the colours that Git gives it; the terminal takes them out where they are not wanted.
pub(in crate::commands) fn colored(diff: &str) -> String {
    let styles = [("diff ", FILE), ("+++ ", FILE), ("--- ", FILE), ("+", ADDED), ("-", REMOVED), ("@@", HUNK)];
    let style = |line: &str| styles.iter().find(|(start, _)| line.starts_with(start)).map(|(_, style)| style);
    diff.split_inclusive('\n')
        .map(|line| {
            let (text, end) = line.strip_suffix('\n').map_or((line, ""), |text| (text, "\n"));
            match style(text) {
                Some(style) => format!("{style}{text}{style:#}{end}"),
                None => line.to_owned(),
            }
        })
        .collect()
}
