//! `render check --list-codes`: what findings there are, what they mean, and how much they count.

use serde_json::json;
use supercargo::diagnostic::{Code, Level};
use supercargo::model::Policies;

use crate::Status;
use crate::terminal::Terminal;

pub(crate) fn run(terminal: &Terminal) -> Status {
    let codes = Code::ALL.iter().copied();
    if terminal.is_json() {
        let all: Vec<_> = codes
            .map(|code| {
                let usual = code.usual();
                json!({
                    "code": code.name(),
                    "severity": usual.elsewhere.name(),
                    "severityInProduction": usual.production.name(),
                    "exceptable": Policies::EXCEPTABLE.contains(&code),
                    "meaning": code.meaning(),
                })
            })
            .collect();
        terminal.json(&json!({ "type": "codes", "version": 1, "codes": all }));
        return Status::Success;
    }
    let rows: Vec<[String; 4]> = codes
        .map(|code| {
            let exceptable = if Policies::EXCEPTABLE.contains(&code) { "exceptable" } else { "" };
            [code.name().to_owned(), severity(code), exceptable.to_owned(), code.meaning().to_owned()]
        })
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or_default();
    let (code, severity, exceptable) = (width(0), width(1), width(2));
    for [one, two, three, four] in &rows {
        terminal.data(&format!("{one:code$}  {two:severity$}  {three:exceptable$}  {four}\n"));
    }
    Status::Success
}

/// How much findings of `code` count where the values say nothing, in a few words.
fn severity(code: Code) -> String {
    let usual = code.usual();
    match (usual.elsewhere, usual.production) {
        (one, other) if one == other => one.name().to_owned(),
        (Level::Off, other) => format!("{} in production", other.name()),
        (one, other) => format!("{}, {} in production", one.name(), other.name()),
    }
}
