//! `render list`: what there is, as a table, as JSON or as a page.

mod page;

use serde_json::{Value, json};
use supercargo::diagnostic::Diagnostics;
use supercargo::model::{EnvironmentName, HostOrLabel, SecretNeed, Values};
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
    kind: &'static str,
    name: String,
    /// Empty for an application.
    chart: String,
    version: String,
    namespace: String,
    wave: String,
    pool: String,
    /// Empty where nobody reaches it from outside.
    host: String,
    /// The Secrets that it reads and somebody has to seal.
    secrets: Vec<SecretNeed>,
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
            Ok(values) => items.extend(items_of(environment, &values)),
            Err(problems) => found.extend(problems),
        }
    }
    match arguments.format {
        Some(ListFormat::Markdown) => terminal.data(&page::markdown(&selected, &items)),
        Some(ListFormat::Text) => terminal.data(&table(HEADERS, &items.iter().map(Item::cells).collect::<Vec<_>>())),
        None if !terminal.is_json() => {
            terminal.data(&table(HEADERS, &items.iter().map(Item::cells).collect::<Vec<_>>()));
        }
        Some(ListFormat::Json) | None => terminal.json(&json!({
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

fn items_of(environment: &EnvironmentName, values: &Values) -> Vec<Item> {
    let environment = environment.to_string();
    let needs = values.secret_needs();
    let secrets = |reader: String| needs.iter().filter(|need| need.readers.contains(&reader)).cloned().collect();
    let host = |host: Option<&HostOrLabel>| host.map(|host| host.under(&values.platform.domain)).unwrap_or_default();
    let services = values.services.iter().map(|(name, service)| Item {
        environment: environment.clone(),
        kind: "service",
        name: name.to_owned(),
        chart: service.chart().name.to_string(),
        version: service.chart().version.to_string(),
        namespace: service.namespace().to_string(),
        wave: service.wave().to_string(),
        pool: service.pool().to_string(),
        host: host(service.needs().host()),
        secrets: secrets(format!("services.{}", service.key)),
    });
    let charts = values.charts.iter().filter(|(_, chart)| chart.enabled).map(|(name, chart)| Item {
        environment: environment.clone(),
        kind: "chart",
        name: name.to_string(),
        chart: chart.chart.to_string(),
        version: chart.version.to_string(),
        namespace: chart.namespace.to_string(),
        wave: chart.wave.to_string(),
        pool: chart.pool.to_string(),
        host: String::new(),
        secrets: Vec::new(),
    });
    let applications = values.applications.iter().filter(|(_, application)| application.enabled);
    let applications = applications.map(|(name, application)| Item {
        environment: environment.clone(),
        kind: "application",
        name: name.to_string(),
        chart: String::new(),
        version: String::new(),
        namespace: application.namespace_of(name).to_string(),
        wave: application.wave.to_string(),
        pool: application.pool.to_string(),
        host: host(application.host.as_ref()),
        secrets: secrets(format!("applications.{name}")),
    });
    services.chain(charts).chain(applications).collect()
}

impl Item {
    fn cells(&self) -> [String; 8] {
        let Self { environment, kind, name, version, namespace, wave, pool, host, .. } = self;
        [environment, *kind, name, version, namespace, wave, pool, host].map(str::to_owned)
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
        json!({
            "environment": self.environment,
            "kind": self.kind,
            "name": self.name,
            "chart": self.chart,
            "version": self.version,
            "namespace": self.namespace,
            "wave": self.wave,
            "pool": self.pool,
            "hosts": Some(&self.host).filter(|host| !host.is_empty()).into_iter().collect::<Vec<_>>(),
            "secrets": self.secrets.iter().map(secret).collect::<Vec<_>>(),
        })
    }
}

const HEADERS: [&str; 8] = ["ENVIRONMENT", "KIND", "NAME", "VERSION", "NAMESPACE", "WAVE", "POOL", "HOST"];
