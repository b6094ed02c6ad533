//! `render list`: what there is, as a table or as JSON.

use serde_json::{Value, json};
use supercargo::diagnostic::Diagnostics;
use supercargo::model::{EnvironmentName, Values};
use supercargo::pipeline::Workspace;

use super::{Opened, open, report};
use crate::Status;
use crate::args::{GlobalArguments, ListArguments};
use crate::environments;
use crate::terminal::Terminal;

/// One line of the table.
struct Row {
    environment: String,
    kind: &'static str,
    name: String,
    version: String,
    namespace: String,
    wave: String,
    pool: String,
}

pub(crate) fn run(arguments: &ListArguments, global: &GlobalArguments, terminal: &Terminal) -> anyhow::Result<Status> {
    let Opened::Workspace(_, workspace) = open(global, terminal)? else { return Ok(Status::Failure) };
    let known = workspace.environments();
    let selected = if arguments.environments.environments.is_empty() {
        known
    } else {
        environments::select(&arguments.environments, &known)?
    };
    let mut rows = Vec::new();
    let mut found = Diagnostics::new();
    for environment in &selected {
        match values(&workspace, environment) {
            Ok(values) => rows.extend(rows_of(environment, &values)),
            Err(problems) => found.extend(problems),
        }
    }
    if terminal.is_json() {
        terminal.json(&json!({
            "environments": selected.iter().map(EnvironmentName::as_str).collect::<Vec<_>>(),
            "items": rows.iter().map(Row::to_json).collect::<Vec<_>>(),
        }));
    } else {
        terminal.data(&table(&rows));
    }
    report(&found, terminal, "");
    Ok(if found.has_errors() { Status::Failure } else { Status::Success })
}

fn values(workspace: &Workspace, environment: &EnvironmentName) -> Result<Values, Diagnostics> {
    let inputs = workspace.inputs(environment, &[])?;
    workspace.values(&inputs).map(|(values, _)| values)
}

fn rows_of(environment: &EnvironmentName, values: &Values) -> Vec<Row> {
    let environment = environment.to_string();
    let services = values.services.iter().map(|(name, service)| Row {
        environment: environment.clone(),
        kind: "service",
        name: name.to_owned(),
        version: service.chart().version.to_string(),
        namespace: service.namespace().to_string(),
        wave: service.wave().to_string(),
        pool: service.pool().to_string(),
    });
    let charts = values.charts.iter().filter(|(_, chart)| chart.enabled).map(|(name, chart)| Row {
        environment: environment.clone(),
        kind: "chart",
        name: name.to_string(),
        version: chart.version.to_string(),
        namespace: chart.namespace.to_string(),
        wave: chart.wave.to_string(),
        pool: chart.pool.to_string(),
    });
    let applications = values.applications.iter().map(|(name, application)| Row {
        environment: environment.clone(),
        kind: "application",
        name: name.to_string(),
        version: String::new(),
        namespace: name.to_string(),
        wave: String::new(),
        pool: application.pool.to_string(),
    });
    services.chain(charts).chain(applications).collect()
}

impl Row {
    fn cells(&self) -> [&str; 7] {
        [&self.environment, self.kind, &self.name, &self.version, &self.namespace, &self.wave, &self.pool]
    }

    fn to_json(&self) -> Value {
        Value::Object(HEADERS.iter().zip(self.cells()).map(|(key, cell)| (key.to_lowercase(), json!(cell))).collect())
    }
}

const HEADERS: [&str; 7] = ["ENVIRONMENT", "KIND", "NAME", "VERSION", "NAMESPACE", "WAVE", "POOL"];

/// Columns as wide as their widest cell, as kubectl prints them.
fn table(rows: &[Row]) -> String {
    let lines: Vec<[&str; 7]> = std::iter::once(HEADERS).chain(rows.iter().map(Row::cells)).collect();
    let width = |column: usize| lines.iter().map(|cells| cells[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..HEADERS.len()).map(width).collect();
    let mut text = String::new();
    for cells in &lines {
        let cells = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("   ").trim_end());
        text.push('\n');
    }
    text
}
