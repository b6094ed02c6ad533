//! `render charts list`: what is pinned, locked and at hand.

use serde_json::json;
use supercargo::charts::Digest;

use super::cache::Cache;
use super::{environments_of, select};
use crate::Status;
use crate::args::GlobalArguments;
use crate::args::charts::ListChartsArguments;
use crate::commands::report;
use crate::commands::table::table;
use crate::terminal::Terminal;

pub(super) fn run(
    arguments: &ListChartsArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> anyhow::Result<Status> {
    let Some(selected) = select(&arguments.environments, global, terminal)? else { return Ok(Status::Failure) };
    let cache = Cache::new(&selected.root);
    let lock = match cache.lock()?.transpose() {
        Ok(lock) => lock.unwrap_or_default(),
        Err(found) => {
            report(&found.into(), terminal, "");
            return Ok(Status::Failure);
        }
    };
    let mut rows = Vec::new();
    let mut charts = Vec::new();
    for (reference, pins) in &selected.charts {
        let digest = lock.charts.get(reference);
        let archive = digest.map(|digest| cache.archive(reference, digest)).transpose()?.flatten();
        let is_cached = archive.is_some() || cache.unpacked(reference)?.is_some();
        let environments = environments_of(pins);
        let cached = if is_cached { "yes" } else { "no" };
        rows.push([
            reference.name.clone(),
            reference.version.clone(),
            environments.join(","),
            digest.map_or_else(|| "no".to_owned(), |digest| digest.short().to_owned()),
            cached.to_owned(),
            reference.repository.clone(),
        ]);
        charts.push(json!({
            "name": reference.name,
            "version": reference.version,
            "repository": reference.repository,
            "environments": environments,
            "sections": pins.iter().map(|pin| format!("{}: {}", pin.environment, pin.section)).collect::<Vec<_>>(),
            "digest": digest.map(Digest::as_str),
            "cached": is_cached,
        }));
    }
    if terminal.is_json() {
        terminal.json(&json!({ "type": "charts", "version": 1, "charts": charts }));
    } else {
        terminal.data(&table(["CHART", "VERSION", "ENVIRONMENTS", "LOCKED", "CACHED", "REPOSITORY"], &rows));
    }
    Ok(Status::Success)
}
