//! Which values stand behind a line of a file.

use std::sync::Arc;

use super::effects::{Experiment, Reached, experiments, reach};
use super::{Explainer, schema};
use crate::pipeline::{After, TracedFile, node_at};
use crate::source::Source;
use crate::templates::Keys;
use crate::tree::OutputPath;
use crate::yaml::{Limits, load_all};

/// What a value has to do with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// It decides what the line says.
    Content,
    /// It decides whether the line is there.
    Presence,
}

/// A value behind a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BehindValue {
    /// Its path.
    pub keys: Keys,
    /// What it decides.
    pub role: Role,
}

/// The experiments with one file.
#[derive(Debug)]
pub struct Behind {
    file: Arc<TracedFile>,
    path: Option<OutputPath>,
    experiments: Vec<Experiment>,
}

impl Behind {
    /// Tries each value that can reach `file`.
    pub(super) fn new(explainer: &Explainer<'_>, file: Arc<TracedFile>) -> Self {
        let trial = explainer.trial();
        let path = file.source.path().splitn(3, '/').nth(2).and_then(|path| OutputPath::parse(path).ok());
        let experiments = path.as_ref().map(|path| {
            let mut leaves = schema::leaves(trial.values());
            leaves.retain(|keys| trial.can_reach(keys, path));
            // What could be set there, and is not.
            leaves.extend(trial.missed(path).into_iter().filter(|keys| schema::at(explainer.schema(), keys).is_some()));
            experiments(trial, explainer.schema(), &leaves, Some(path))
        });
        Self { file, path, experiments: experiments.unwrap_or_default() }
    }

    /// The values behind line `line` (counted from 1), those that decide its content first.
    pub fn line(&self, line: usize) -> Vec<BehindValue> {
        let Some(path) = &self.path else { return Vec::new() };
        let now = self.file.source.text();
        let mut found = Vec::new();
        for experiment in &self.experiments {
            let mut role = None;
            for after in experiment.tried.iter().filter_map(|(_, changed)| changed.get(path)) {
                let mut reached = Reached::default();
                reach(Some(now), after, &mut reached);
                if reached.lines.contains(&line) {
                    let this = self.role(line, after);
                    role = Some(role.map_or(this, |role: Role| role.min(this)));
                }
            }
            found.extend(role.map(|role| BehindValue { keys: experiment.keys.clone(), role }));
        }
        // A list whose item is found says nothing more than the item.
        let all = found.clone();
        let is_above = |list: &Keys, item: &Keys| item.len() > list.len() && item.starts_with(list);
        found
            .retain(|value| !all.iter().any(|other| other.role == Role::Content && is_above(&value.keys, &other.keys)));
        found.sort_by_key(|value| value.role);
        found
    }

    /// The values behind the file as a whole: by role, whether it is there, or what it says.
    pub fn file(&self) -> Vec<BehindValue> {
        let Some(path) = &self.path else { return Vec::new() };
        let role = |experiment: &Experiment| {
            let mut changes = experiment.tried.iter().filter_map(|(_, changed)| changed.get(path));
            let first = changes.next()?;
            let gone = |after: &After| *after == After::Gone;
            Some(if gone(first) || changes.any(gone) { Role::Presence } else { Role::Content })
        };
        let found = self.experiments.iter().filter(|one| one.refused.is_none());
        let found = found.filter_map(|one| Some(BehindValue { keys: one.keys.clone(), role: role(one)? }));
        let mut found: Vec<_> = found.collect();
        found.sort_by_key(|value| value.role);
        found
    }

    /// The values that may stand behind the file and could not be tried.
    pub fn untried(&self) -> Vec<(Keys, String)> {
        let path = self.path.as_ref();
        let why = |experiment: &Experiment| {
            experiment.refused.clone().or_else(|| {
                let failed = |after: Option<&After>| after == Some(&After::Failed);
                let all = experiment.tried.iter().all(|(_, changed)| failed(path.and_then(|path| changed.get(path))));
                all.then(|| "the template fails with every other value that was tried".to_owned())
            })
        };
        self.experiments.iter().filter_map(|one| Some((one.keys.clone(), why(one)?))).collect()
    }

    /// What was decided about `line`, which the change to `after` touched.
    fn role(&self, line: usize, after: &After) -> Role {
        let After::Text(after) = after else { return Role::Presence };
        let Some(spot) = self.file.spot(line) else {
            // A line of plain text: nothing tells one from another.
            return Role::Content;
        };
        let limits = Limits { depth: usize::MAX, ..Limits::default() };
        let Ok(nodes) = load_all(&Source::new("", after.as_str()), limits) else { return Role::Presence };
        let there = nodes.iter().filter(|node| !node.is_null()).nth(spot.document);
        match there.and_then(|node| node_at(node, &spot.path)) {
            Some(_) => Role::Content,
            None => Role::Presence,
        }
    }
}
