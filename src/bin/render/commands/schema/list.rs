//! `render schema list`: the kinds that have a schema, as a table or as JSON.

use serde_json::{Value, json};
use supercargo::project::Project;
use supercargo::schemas::{Known, Schemas};

use crate::Status;
use crate::args::GlobalArguments;
use crate::args::schema::{SchemaListArguments, SchemaListFormat};
use crate::commands::{Trouble, root};
use crate::terminal::Terminal;

const HEADERS: [&str; 6] = ["api version", "kind", "kubernetes", "state", "unchecked rules", "source"];

pub(super) fn run(
    arguments: &SchemaListArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> Result<Status, Trouble> {
    let (project, found) = Project::load(&root(global)?).map_err(anyhow::Error::from)?;
    if found.has_errors() {
        return Err(Trouble::Findings(found));
    }
    let known = Schemas::with(&project.schemas).map_err(Trouble::Findings)?.known();
    let default = if terminal.is_json() { SchemaListFormat::Json } else { SchemaListFormat::Text };
    match arguments.format.unwrap_or(default) {
        SchemaListFormat::Text => terminal.data(&table(&known)),
        SchemaListFormat::Json => {
            let schemas: Vec<_> = known.iter().map(to_json).collect();
            terminal.json(&json!({"type": "schema-list", "version": 1, "schemas": schemas}));
        }
    }
    Ok(Status::Success)
}

fn api_version(known: &Known) -> String {
    if known.group.is_empty() { known.version.clone() } else { format!("{}/{}", known.group, known.version) }
}

fn to_json(known: &Known) -> Value {
    json!({
        "apiVersion": api_version(known),
        "kind": known.kind,
        "kubernetes": known.minors.map(|(from, to)| json!({"from": format!("1.{from}"), "to": format!("1.{to}")})),
        "state": known.state,
        "uncheckedRules": known.rules,
        "source": known.source,
    })
}

fn table(known: &[Known]) -> String {
    let cells = |known: &Known| {
        let minors = match known.minors {
            None => String::new(),
            Some((from, to)) if from == to => format!("1.{from}"),
            Some((from, to)) => format!("1.{from} to 1.{to}"),
        };
        let rules = if known.rules == 0 { String::new() } else { known.rules.to_string() };
        [api_version(known), known.kind.clone(), minors, known.state.to_owned(), rules, known.source.clone()]
    };
    let lines: Vec<_> = std::iter::once(HEADERS.map(str::to_owned)).chain(known.iter().map(cells)).collect();
    let width = |column: usize| lines.iter().map(|cells| cells[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..HEADERS.len()).map(width).collect();
    let line = |cells: &[String; 6]| {
        let cells = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        format!("{}\n", cells.collect::<Vec<_>>().join("   ").trim_end())
    };
    lines.iter().map(line).collect()
}
