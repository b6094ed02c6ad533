//! `render cloud options`: what the values may ask for.

use serde_json::json;
use supercargo::cloud::digitalocean::options::Named;

use super::connection;
use crate::Status;
use crate::args::cloud::OptionsArguments;
use crate::commands::Trouble;
use crate::commands::table::table;
use crate::terminal::Terminal;

pub(super) fn run(arguments: &OptionsArguments, terminal: &Terminal) -> Result<Status, Trouble> {
    let client = connection::client(&arguments.connection, terminal)?;
    let options = connection::digitalocean(&arguments.connection, &client)?.options().map_err(anyhow::Error::from)?;
    if arguments.json || terminal.is_json() {
        let mut document = json!({ "type": "cloud-options", "version": 1 });
        document["versions"] = json!(options.versions);
        document["regions"] = json!(options.regions);
        document["sizes"] = json!(options.sizes);
        terminal.json(&document);
        return Ok(Status::Success);
    }
    let named = |items: &[Named]| -> Vec<[String; 2]> {
        items.iter().map(|item| [item.slug.clone(), item.name.clone()]).collect()
    };
    let versions: Vec<_> =
        options.versions.iter().map(|version| [version.slug.clone(), version.kubernetes_version.clone()]).collect();
    let tables = [
        table(["cluster.version", "KUBERNETES"], &versions),
        table(["cluster.region", "NAME"], &named(&options.regions)),
        table(["cluster.nodePools.*.size", "NAME"], &named(&options.sizes)),
    ];
    terminal.data(&tables.join("\n"));
    Ok(Status::Success)
}
