//! Holds rendered Helm values to the charts at hand, for `render check`.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};
use supercargo::charts::{self, Chart, LOCK, Lock, Pin, Reference, ValuesFile, pins};
use supercargo::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use supercargo::hex::hex;
use supercargo::pipeline::{Inputs, Rendered};
use supercargo::source::Source;
use supercargo::store;

use super::cache::{self, Cache};

/// The charts that Helm values can be held to.
pub(in crate::commands) struct AtHand {
    cache: Cache,
    /// What `charts.lock` says, or why it can't be read; none without one.
    lock: Option<Result<Lock, Diagnostic>>,
    identity: String,
}

impl AtHand {
    /// What the project at `home` has fetched, with the lock of `root`: the same folder, or a copy of what is staged in
    /// it, which has no archives.
    pub(in crate::commands) fn of(root: &Path, home: &Path) -> anyhow::Result<Self> {
        let lock = Cache::new(root).lock()?;
        let text = lock.as_ref().map(|lock| lock.as_ref().map(Lock::to_text).unwrap_or_default());
        let folder = store::stamp(&home.join(cache::folder()));
        let identity = hex(&Sha256::digest(format!("{text:?} {folder:?}"))[..8]);
        Ok(Self { cache: Cache::new(home), lock, identity })
    }

    /// The same as long as nothing was fetched, and the lock says the same.
    pub(in crate::commands) fn identity(&self) -> &str {
        &self.identity
    }

    /// What the charts have to say against the Helm values of `rendered`; a warning where some are not at hand.
    pub(in crate::commands) fn hold(&self, inputs: &Inputs, rendered: &Rendered) -> anyhow::Result<Diagnostics> {
        let mut found = Diagnostics::new();
        let pins = pins(inputs.environment.as_str(), &rendered.values, &inputs.merged.root);
        let releases: Vec<_> = pins.into_iter().map(|pin| Release { rendered, pin }).collect();
        let lock = match &self.lock {
            Some(Err(broken)) if !releases.is_empty() => return Ok(broken.clone().into()),
            Some(Ok(lock)) => Some(lock),
            _ => None,
        };
        let mut wanted: BTreeMap<&Reference, Vec<&Release>> = BTreeMap::new();
        for release in &releases {
            if lock.is_some_and(|lock| !lock.charts.contains_key(&release.pin.reference)) {
                found.push(not_locked(&release.pin));
            } else if release.values().is_some() {
                wanted.entry(&release.pin.reference).or_default().push(release);
            }
        }
        let wanted: Vec<_> = wanted.into_iter().collect();
        let of_chart = |(reference, releases): &(&Reference, Vec<&Release>)| -> anyhow::Result<Option<Diagnostics>> {
            let Some(archive) = archive(&self.cache, lock, reference)? else { return Ok(None) };
            Ok(Some(match Chart::from_archive(&archive) {
                Ok(chart) => releases.iter().flat_map(|release| of_release(&chart, release)).collect(),
                Err(error) => unusable(reference, &error.to_string()).into(),
            }))
        };
        let mut missing = Vec::new();
        for ((reference, releases), result) in wanted.iter().zip(wanted.par_iter().map(of_chart).collect::<Vec<_>>()) {
            match result? {
                Some(findings) => found.extend(findings),
                None => missing.push((*reference, releases)),
            }
        }
        found.extend(not_cached(&missing));
        Ok(found)
    }
}

/// Helm values that are rendered, and who asks for the chart that gets them.
struct Release<'a> {
    rendered: &'a Rendered,
    pin: Pin,
}

impl Release<'_> {
    /// The path of the values from the project's root, their text and their template; none where none are rendered.
    fn values(&self) -> Option<(String, &str, &str)> {
        let path = self.pin.values.as_ref()?;
        let file = self.rendered.tree.files.get(path.as_str())?;
        Some((format!("out/{}/{path}", self.pin.environment), &file.text, &file.template))
    }
}

/// The archive of a chart: the one that is locked, or one that came unpacked.
fn archive(cache: &Cache, lock: Option<&Lock>, reference: &Reference) -> anyhow::Result<Option<Vec<u8>>> {
    let digest = lock.and_then(|lock| lock.charts.get(reference));
    let locked = digest.map(|digest| cache.archive(reference, digest)).transpose()?.flatten();
    Ok(if locked.is_some() { locked } else { cache.unpacked(reference)? })
}

fn of_release(chart: &Chart, release: &Release<'_>) -> Diagnostics {
    let Some((path, text, template)) = release.values() else { return Diagnostics::new() };
    let file = ValuesFile { source: Source::new(path, text), template, section: &release.pin.section };
    let policies = &release.rendered.values.policies;
    charts::check(chart, &file).into_iter().filter_map(|finding| policies.counted(finding)).collect()
}

/// One finding for all charts that are not at hand, the same for every environment: one command fetches all of them.
fn not_cached(missing: &[(&Reference, &Vec<&Release<'_>>)]) -> Option<Diagnostic> {
    let severity =
        |release: &&Release<'_>| release.rendered.values.policies.severity(Code::ChartNotCached, Severity::Warning);
    let severity = missing.iter().flat_map(|(_, releases)| releases.iter().filter_map(severity)).max()?;
    let found = Diagnostic::warning(Code::ChartNotCached, "Helm values were not held to their charts")
        .in_file(cache::folder())
        .note("not every chart that the values pin is here; `render charts list` says which are")
        .help("run `render charts pull` once: it fetches them, and checks need no network from then on");
    Some(Diagnostic { severity, ..found })
}

/// A pin that charts.lock does not have: it was changed, and nobody has pulled since.
pub(super) fn not_locked(pin: &Pin) -> Diagnostic {
    Diagnostic::error(Code::ChartsLock, format!("{LOCK} does not have {}", pin.reference))
        .at(pin.at.clone(), "")
        .note(format!("of {}", pin.reference.repository))
        .help(format!("run `render charts pull`, and commit {LOCK}"))
}

fn unusable(reference: &Reference, problem: &str) -> Diagnostic {
    Diagnostic::error(Code::ChartArchive, format!("the archive of {reference} can't be used: {problem}"))
        .in_file(cache::folder())
        .help("remove that folder, and run `render charts pull`")
}
