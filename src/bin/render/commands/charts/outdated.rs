//! `render charts outdated`: which pins are behind what is published.

use std::collections::BTreeMap;

use serde_json::json;
use supercargo::charts::{Listed, Pin, Reference, Remote, RemoteError, Version};
use supercargo::diagnostic::Diagnostics;

use super::{at_once, environments_of, select};
use crate::Status;
use crate::args::GlobalArguments;
use crate::args::charts::OutdatedArguments;
use crate::commands::table::table;
use crate::commands::{count, network, report};
use crate::terminal::Terminal;

/// A version of a chart, and who pins it.
type Pinned<'a> = (&'a Reference, &'a [Pin]);

pub(super) fn run(
    arguments: &OutdatedArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> anyhow::Result<Status> {
    let Some(selected) = select(&arguments.environments, global, terminal)? else { return Ok(Status::Failure) };
    let client = network::client(&arguments.remote.network)?;
    let remote = Remote::new(&client, arguments.remote.plain_http);
    // Environments may pin different versions of one chart: its list is asked for once.
    let mut pins: BTreeMap<(&str, &str), Vec<Pinned<'_>>> = BTreeMap::new();
    for (reference, who) in &selected.charts {
        pins.entry((&reference.name, &reference.repository)).or_default().push((reference, who));
    }
    let pins: Vec<_> = pins.into_iter().collect();
    let lists = at_once("asking", &pins, terminal, |((name, repository), _)| remote.versions(repository, name))?;
    let (mut rows, mut charts, mut found) = (Vec::new(), Vec::new(), Diagnostics::new());
    let mut asked = 0;
    for ((_, pinned), list) in pins.iter().zip(lists) {
        let newest = list.and_then(|listed| newest(pinned[0].0, listed, arguments.pre_releases));
        let (newest, deprecated) = match newest {
            Ok(newest) => newest,
            Err(error) => {
                found.push(error.diagnostic(&pinned[0].1[0]));
                continue;
            }
        };
        for (reference, who) in pinned {
            asked += 1;
            let is_behind = Version::parse(&reference.version).is_none_or(|here| newest.precedence(&here).is_gt());
            let is_deprecated = deprecated.contains(&reference.version);
            if !is_behind {
                continue;
            }
            let environments = environments_of(who);
            rows.push([
                reference.name.clone(),
                reference.version.clone(),
                newest.as_str().to_owned(),
                environments.join(","),
                reference.repository.clone(),
            ]);
            charts.push(json!({
                "name": reference.name,
                "version": reference.version,
                "newest": newest.as_str(),
                "repository": reference.repository,
                "environments": environments,
                "deprecated": is_deprecated,
            }));
        }
    }
    if terminal.is_json() {
        terminal.json(&json!({ "type": "charts-outdated", "version": 1, "asked": asked, "charts": charts }));
    } else {
        if !rows.is_empty() {
            terminal.data(&table(["CHART", "VERSION", "NEWEST", "ENVIRONMENTS", "REPOSITORY"], &rows));
        }
        terminal.say(&format!("{} of {} outdated", rows.len(), count(asked, "chart")));
    }
    report(&found, terminal, "");
    Ok(match (found.has_errors(), rows.is_empty()) {
        (true, _) => Status::Failure,
        (false, false) => Status::Found,
        (false, true) => Status::Success,
    })
}

/// The newest version, and the versions that their publisher advises against.
fn newest(
    reference: &Reference,
    listed: Vec<Listed>,
    pre_releases: bool,
) -> Result<(Version, Vec<String>), RemoteError> {
    let deprecated = listed.iter().filter(|one| one.is_deprecated).map(|one| one.version.as_str().to_owned()).collect();
    let versions: Vec<_> = listed.into_iter().map(|one| one.version).collect();
    // A chart that has nothing but pre-releases is compared with those.
    let newest = Version::newest(versions.iter().cloned(), pre_releases).or_else(|| Version::newest(versions, true));
    let none = || RemoteError::UnknownVersion {
        name: reference.name.clone(),
        version: reference.version.clone(),
        near: None,
        newest: None,
    };
    newest.map(|newest| (newest, deprecated)).ok_or_else(none)
}
