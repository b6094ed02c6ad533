//! `render charts pull`: every pinned chart at hand, and the bytes of each held to charts.lock.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;
use supercargo::charts::{Chart, Digest, Fetched, LOCK, Lock, Pin, Reference, Remote};
use supercargo::diagnostic::{Code, Diagnostic, Diagnostics, listed, nearest};
use supercargo::store::{self, Store};

use super::cache::Cache;
use super::{Selected, at_once, select};
use crate::Status;
use crate::args::GlobalArguments;
use crate::args::charts::PullArguments;
use crate::commands::{count, network, report};
use crate::terminal::Terminal;

/// How a chart came to be at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Cached,
    Fetched,
    /// From a folder, without a digest.
    Unpacked,
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            Self::Cached => "cached",
            Self::Fetched => "fetched",
            Self::Unpacked => "unpacked",
        }
    }
}

/// A chart that is at hand now.
struct Pulled {
    state: State,
    digest: Option<Digest>,
}

/// Why a chart is not at hand: a finding, or a failure of the machine.
enum Refused {
    Finding(Box<Diagnostic>),
    Failure(anyhow::Error),
}

impl From<anyhow::Error> for Refused {
    fn from(error: anyhow::Error) -> Self {
        Self::Failure(error)
    }
}

impl From<Diagnostic> for Refused {
    fn from(found: Diagnostic) -> Self {
        Self::Finding(Box::new(found))
    }
}

pub(super) fn run(arguments: &PullArguments, global: &GlobalArguments, terminal: &Terminal) -> anyhow::Result<Status> {
    let Some(selected) = select(&arguments.environments, global, terminal)? else { return Ok(Status::Failure) };
    if let Some(unknown) = unknown_update(arguments, &selected.charts) {
        anyhow::bail!(unknown);
    }
    let cache = Cache::new(&selected.root);
    let _guard = cache.guard()?;
    let old = match cache.lock()?.transpose() {
        Ok(lock) => lock,
        Err(found) => {
            report(&found.into(), terminal, "; nothing was fetched");
            return Ok(Status::Failure);
        }
    };
    let known = old.clone().unwrap_or_default();
    if arguments.locked {
        let found = not_locked(&selected, &known);
        if found.has_errors() {
            report(&found, terminal, &format!(": {LOCK} is not up to date; nothing was fetched"));
            return Ok(Status::Found);
        }
    }
    let client = network::client(&arguments.remote.network)?;
    let remote = Remote::new(&client, arguments.remote.plain_http);
    let pull = Pull { arguments, cache: &cache, known: &known, remote: &remote };
    let charts: Vec<_> = selected.charts.iter().collect();
    let results = at_once("pulling", &charts, terminal, |(reference, pins)| pull.one(reference, &pins[0]))?;
    let mut found = Diagnostics::new();
    let mut pulled = BTreeMap::new();
    for ((reference, _), result) in charts.iter().zip(results) {
        match result {
            Ok(one) => {
                pulled.insert(*reference, one);
            }
            Err(Refused::Finding(finding)) => found.push(*finding),
            Err(Refused::Failure(error)) => return Err(error),
        }
    }
    if found.has_errors() {
        report(&found, terminal, &format!("; {LOCK} stays as it was"));
        return Ok(Status::Failure);
    }
    let new = updated(&known, &pulled, &selected);
    let is_changed = old.as_ref().map_or(!new.charts.is_empty(), |old| *old != new);
    if is_changed {
        cache.write_lock(&new)?;
    }
    say(&pulled, is_changed, terminal);
    Ok(Status::Success)
}

/// What is wrong with `--update`, which has to name a chart that is pinned.
fn unknown_update(arguments: &PullArguments, charts: &BTreeMap<Reference, Vec<Pin>>) -> Option<String> {
    let names = || charts.keys().map(|reference| reference.name.as_str());
    let unknown = arguments.update.iter().find(|update| !names().any(|name| name == **update))?;
    let near = nearest(unknown, names()).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    Some(format!("no environment pins a chart `{unknown}`{near}"))
}

/// The differences between the values and the lock, each as a finding.
fn not_locked(selected: &Selected, lock: &Lock) -> Diagnostics {
    let missing = selected.charts.iter().filter(|(reference, _)| !lock.charts.contains_key(*reference));
    let missing = missing.map(|(_, pins)| super::hold::not_locked(&pins[0]));
    let unused = lock.charts.keys().filter(|reference| selected.is_all && !selected.charts.contains_key(*reference));
    let unused = unused.map(|reference| {
        Diagnostic::error(Code::ChartsLock, format!("{LOCK} has {reference}, which no environment pins"))
            .in_file(LOCK)
            .help("run `render charts pull`, which takes it out")
    });
    missing.chain(unused).collect()
}

struct Pull<'a> {
    arguments: &'a PullArguments,
    cache: &'a Cache,
    known: &'a Lock,
    remote: &'a Remote<'a>,
}

impl Pull<'_> {
    fn one(&self, reference: &Reference, pin: &Pin) -> Result<Pulled, Refused> {
        let is_update = self.arguments.update.contains(&reference.name);
        let locked = self.known.charts.get(reference).filter(|_| !is_update);
        if let Some(digest) = locked
            && self.cache.archive(reference, digest)?.is_some()
        {
            return Ok(Pulled { state: State::Cached, digest: Some(digest.clone()) });
        }
        if self.arguments.offline {
            if self.cache.unpacked(reference)?.is_some() {
                return Ok(Pulled { state: State::Unpacked, digest: None });
            }
            return Err(Diagnostic::error(Code::ChartNotCached, format!("{reference} is not at hand"))
                .at(pin.at.clone(), "")
                .help("run `render charts pull` without `--offline`, or with `--from DIR`")
                .into());
        }
        let fetched = match &self.arguments.from {
            Some(folder) => match self.folder_archive(folder, reference, pin)? {
                Some(fetched) => fetched,
                None => return Ok(Pulled { state: State::Unpacked, digest: None }),
            },
            None => self.remote.fetch(reference).map_err(|error| error.diagnostic(pin))?,
        };
        if let Some(locked) = locked.filter(|locked| **locked != fetched.digest) {
            return Err(changed(reference, pin, locked, &fetched.digest).into());
        }
        self.cache.keep(reference, &fetched.digest, &fetched.archive)?;
        Ok(Pulled { state: State::Fetched, digest: Some(fetched.digest) })
    }

    /// The archive in a folder of the user's; none where the chart stands there unpacked, and was kept like that.
    fn folder_archive(&self, folder: &Path, reference: &Reference, pin: &Pin) -> Result<Option<Fetched>, Refused> {
        let Reference { name, version, .. } = reference;
        let unusable = |place: &str, problem: String| {
            Diagnostic::error(Code::ChartArchive, format!("{reference} can't be taken from {place}"))
                .at(pin.at.clone(), "")
                .note(problem)
                .help("put the chart there that the values pin")
        };
        let archive = format!("{name}-{version}.tgz");
        let store = Store::new(folder);
        if let Some(bytes) = store.read_bytes(&archive).map_err(anyhow::Error::from)? {
            let chart = Chart::from_archive(&bytes).map_err(|error| unusable(&archive, error.to_string()))?;
            if chart.name != *name || !is_same(&chart.version, version) {
                return Err(unusable(&archive, format!("it is {} {}", chart.name, chart.version)).into());
            }
            return Ok(Some(Fetched { digest: Digest::of(&bytes), archive: bytes }));
        }
        let mut others = Vec::new();
        for place in [format!("{name}-{version}"), name.clone()] {
            let place = folder.join(place);
            if !store.is_there(&place.join("Chart.yaml").to_string_lossy())
                && !Store::new(&place).is_there("Chart.yaml")
            {
                continue;
            }
            let files = store::read_tree(&place, &supercargo::charts::is_wanted).map_err(anyhow::Error::from)?;
            let shown = place.display().to_string();
            let chart = Chart::from_files(&files).map_err(|error| unusable(&shown, error.to_string()))?;
            if chart.name == *name && is_same(&chart.version, version) {
                self.cache.keep_unpacked(reference, &place)?;
                return Ok(None);
            }
            others.push(format!("{shown} has {} {}", chart.name, chart.version));
        }
        let mut found = Diagnostic::error(Code::ChartNotFound, format!("{reference} is not in {}", folder.display()))
            .at(pin.at.clone(), "");
        for other in others {
            found = found.note(other);
        }
        Err(found.help(format!("put {archive} there: `helm pull` fetches it")).into())
    }
}

fn is_same(one: &str, other: &str) -> bool {
    use supercargo::charts::Version;
    match (Version::parse(one), Version::parse(other)) {
        (Some(one), Some(other)) => one.is_same(&other),
        _ => one == other,
    }
}

fn changed(reference: &Reference, pin: &Pin, locked: &Digest, found: &Digest) -> Diagnostic {
    let name = &reference.name;
    Diagnostic::error(Code::ChartChanged, format!("what is published as {reference} is not what {LOCK} names"))
        .at(pin.at.clone(), "")
        .note(format!("locked:    {locked}"))
        .note(format!("published: {found}"))
        .note("a version that is released should never change: somebody replaced it, there or on the way")
        .help(format!("ask its publisher why; to trust the new one, run `render charts pull --update {name}`"))
}

/// The lock behind a pull: what is pinned, and nothing that no environment pins any more.
fn updated(known: &Lock, pulled: &BTreeMap<&Reference, Pulled>, selected: &Selected) -> Lock {
    let mut charts = known.charts.clone();
    if selected.is_all {
        charts.retain(|reference, _| pulled.contains_key(reference));
    }
    for (reference, one) in pulled {
        if let Some(digest) = &one.digest {
            charts.insert((*reference).clone(), digest.clone());
        }
    }
    Lock { charts }
}

fn say(pulled: &BTreeMap<&Reference, Pulled>, is_changed: bool, terminal: &Terminal) {
    if terminal.is_json() {
        let charts = pulled.iter().map(|(reference, one)| {
            json!({
                "name": reference.name,
                "version": reference.version,
                "repository": reference.repository,
                "digest": one.digest.as_ref().map(Digest::as_str),
                "state": one.state.name(),
            })
        });
        let charts: Vec<_> = charts.collect();
        terminal.json(&json!({ "type": "charts-pulled", "version": 1, "charts": charts, "lockChanged": is_changed }));
        return;
    }
    let of = |state: State| pulled.iter().filter(move |(_, one)| one.state == state).map(|(reference, _)| *reference);
    for reference in of(State::Fetched) {
        terminal.say(&format!("  {reference}"));
    }
    let counts = [(State::Fetched, "fetched"), (State::Unpacked, "taken unpacked"), (State::Cached, "at hand already")];
    let counts = counts.map(|(state, words)| (of(state).count(), words));
    let counts: Vec<_> =
        counts.iter().filter(|(number, _)| *number > 0).map(|(number, words)| format!("{number} {words}")).collect();
    let counts = if counts.is_empty() { "no environment pins one".to_owned() } else { counts.join(", ") };
    terminal.say(&format!("{}: {counts}", count(pulled.len(), "chart")));
    let unpacked: Vec<_> = of(State::Unpacked).map(|reference| &reference.name).collect();
    if !unpacked.is_empty() {
        terminal.say(&format!("unpacked charts have no digest, and {LOCK} is without them: {}", listed(unpacked)));
    }
    if is_changed {
        terminal.say(&format!("{LOCK} was written: commit it"));
    }
}
