//! `render list`: what there is, as a table, as JSON or as a page.

mod page;

use serde_json::{Value, json};
use supercargo::diagnostic::Diagnostics;
use supercargo::model::{EnvironmentName, Installed, SecretNeed, Values};
use supercargo::pipeline::Workspace;

use super::table::table;
use super::{Opened, open, report};
use crate::Status;
use crate::args::{GlobalArguments, ListArguments, ListFormat};
use crate::environments;
use crate::terminal::Terminal;

/// Something that an environment installs.
struct Item {
    environment: String,
    installed: Installed,
}

pub(crate) fn run(arguments: &ListArguments, global: &GlobalArguments, terminal: &Terminal) -> anyhow::Result<Status> {
    let Opened::Workspace(_, workspace) = open(global, terminal)? else { return Ok(Status::Failure) };
    let known = workspace.environments();
    let selected = if arguments.environments.environments.is_empty() {
        known
    } else {
        environments::select(&arguments.environments, &known)?
    };
    let mut items = Vec::new();
    let mut found = Diagnostics::new();
    for environment in &selected {
        match values(&workspace, environment) {
            Ok(values) => items.extend(
                values
                    .installed()
                    .into_iter()
                    .map(|installed| Item { environment: environment.to_string(), installed }),
            ),
            Err(problems) => found.extend(problems),
        }
    }
    match arguments.format {
        Some(ListFormat::Markdown) => terminal.data(&page::markdown(&selected, &items)),
        Some(ListFormat::Text) => terminal.data(&table(HEADERS, &items.iter().map(Item::cells).collect::<Vec<_>>())),
        None if !terminal.is_json() => {
            terminal.data(&table(HEADERS, &items.iter().map(Item::cells).collect::<Vec<_>>()))
        }
        Some(ListFormat::Json) | None => terminal.json(&json!({
            "type": "list",
            "version": 1,
            "environments": selected.iter().map(EnvironmentName::as_str).collect::<Vec<_>>(),
            "items": items.iter().map(Item::to_json).collect::<Vec<_>>(),
        })),
    }
    report(&found, terminal, "");
    Ok(if found.has_errors() { Status::Failure } else { Status::Success })
}

fn values(workspace: &Workspace, environment: &EnvironmentName) -> Result<Values, Diagnostics> {
    let inputs = workspace.inputs(environment, &[])?;
    workspace.values(&inputs).map(|(values, _)| values)
}

impl Item {
    fn cells(&self) -> [&str; 8] {
        let Installed { kind, name, version, namespace, wave, pool, hosts, .. } = &self.installed;
        let host = hosts.first().map_or("", String::as_str);
        [&self.environment, kind.name(), name, version, namespace, wave, pool, host]
    }

    fn to_json(&self) -> Value {
        let secret = |need: &SecretNeed| {
            json!({
                "id": need.id,
                "type": need.kind,
                "keys": need.keys.iter().map(|key| key.key.as_str()).collect::<Vec<_>>(),
                "purpose": need.purpose,
                "source": need.source,
            })
        };
        let installed = &self.installed;
        json!({
            "environment": self.environment,
            "kind": installed.kind.name(),
            "name": installed.name,
            "chart": installed.chart,
            "version": installed.version,
            "namespace": installed.namespace,
            "wave": installed.wave,
            "pool": installed.pool,
            "hosts": installed.hosts,
            "secrets": installed.secrets.iter().map(secret).collect::<Vec<_>>(),
        })
    }
}

const HEADERS: [&str; 8] = ["ENVIRONMENT", "KIND", "NAME", "VERSION", "NAMESPACE", "WAVE", "POOL", "HOST"];
