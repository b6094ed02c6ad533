//! Renders of one environment with one value changed: what is learnt from them, `explain` says.
//!
//! A trial keeps the types and drops the rules: neither the rules between values nor the checks of documents are asked,
//! because a change that they refuse still shows what the value decides. Templates that did not read the value are not
//! run again, so that a trial costs as much as what it reaches.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde::Deserialize as _;
use serde_json::Value;

use super::{Inputs, Job, Workspace, jobs};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::layers::{checked_data, unfit};
use crate::model::Values;
use crate::templates::{Engine, Keys, Reads};
use crate::tree::OutputPath;

/// An environment as it renders now, ready to be rendered with one value changed.
#[derive(Debug)]
pub struct Trial<'w> {
    pub(super) workspace: &'w Workspace,
    pub(super) inputs: &'w Inputs,
    pub(super) values: Values,
    /// What the layers set, as plain data.
    set: Value,
    /// The same with all defaults.
    typed: Value,
    /// What each turn of each template made of it.
    runs: BTreeMap<OutputPath, Run>,
}

/// What one turn of a template made.
#[derive(Debug)]
struct Run {
    template: String,
    /// `None` where it printed nothing.
    text: Option<String>,
    reads: Reads,
    late: bool,
}

/// What became of a file when a value was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum After {
    /// It holds this.
    Text(String),
    /// It is not there any more.
    Gone,
    /// Its template could not be run with the changed value.
    Failed,
}

/// The files that a change made different, or new.
pub type Changed = BTreeMap<OutputPath, After>;

impl Workspace {
    /// Renders the environment of `inputs`, taking down which template reads which value.
    ///
    /// # Errors
    /// The values do not fit their types, or a template fails. Rules and checks are not asked.
    pub fn trial<'w>(&'w self, inputs: &'w Inputs) -> Result<Trial<'w>, Diagnostics> {
        let set = checked_data(&inputs.merged.root)?;
        let (values, typed) = typed(&set).map_err(|error| unfit(&error))?;
        let mut trial = Trial { workspace: self, inputs, values, set, typed, runs: BTreeMap::new() };
        trial.runs = trial.recorded()?;
        Ok(trial)
    }
}

/// `data` as typed values, and as data with all defaults.
fn typed(data: &Value) -> Result<(Values, Value), serde_json::Error> {
    let values = Values::deserialize(data)?;
    let typed = serde_json::to_value(&values)?;
    Ok((values, typed))
}

impl Trial<'_> {
    /// The merged layers that the environment is rendered from.
    pub fn inputs(&self) -> &Inputs {
        self.inputs
    }

    /// All values as plain data, with all defaults.
    pub fn values(&self) -> &Value {
        &self.typed
    }

    /// The files that there are now, in the order of their paths.
    pub fn files(&self) -> impl Iterator<Item = (&OutputPath, &str)> {
        self.runs.iter().filter_map(|(path, run)| Some((path, run.text.as_deref()?)))
    }

    /// The text of the file at `path`.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.runs.get(path)?.text.as_deref()
    }

    /// Whether a change of the value at `keys` can reach the file at `path`.
    pub fn can_reach(&self, keys: &[String], path: &OutputPath) -> bool {
        let run = self.runs.get(path);
        run.is_none_or(|run| run.late || switches(keys) || run.reads.reach(keys))
    }

    /// The paths that the template of the file at `path` asked for, and found nothing there.
    pub fn missed(&self, path: &OutputPath) -> Vec<Keys> {
        let reads = self.runs.get(path).into_iter().flat_map(|run| run.reads.values());
        let is_missing = |keys: &&Keys| keys.iter().try_fold(&self.typed, |value, key| child(value, key)).is_none();
        reads.filter(is_missing).cloned().collect()
    }

    /// What the files become with `to` as the value at `keys`; of all files, or of `only` one.
    ///
    /// # Errors
    /// Says why the values can't be that: the types refuse it.
    pub fn change(&self, keys: &[String], to: Value, only: Option<&OutputPath>) -> Result<Changed, String> {
        let values = self.changed_values(keys, to)?;
        let templates = &self.workspace.templates;
        let engine = Engine::new(templates, self.inputs.environment.as_str(), &values);
        let jobs = jobs(templates, &engine).map_err(|found| headline(&found))?;
        let stale = |job: &Job<'_>| {
            let known = self.runs.get(&job.path).filter(|run| run.template == job.template.name());
            switches(keys) || known.is_none_or(|run| run.reads.reach(keys))
        };
        let wanted = |path: &OutputPath| only.is_none_or(|only| only == path);
        // What a late template lists depends on every other file.
        let lists = only.is_none_or(|only| self.runs.get(only).is_none_or(|run| run.late));
        let (late, early): (Vec<_>, Vec<_>) = jobs.iter().partition(|job| job.is_late());

        let run = |job: &Job<'_>, engine: &Engine| match job.run(engine, &values) {
            Ok(Some(output)) => After::Text(output.file.text),
            Ok(None) => After::Gone,
            Err(_) => After::Failed,
        };
        let again = early.par_iter().filter(|job| stale(job) && (lists || wanted(&job.path)));
        let mut made: Changed = again.map(|job| (job.path.clone(), run(job, &engine))).collect();
        if lists && !late.is_empty() {
            let is_there = |job: &&&Job<'_>| match made.get(&job.path) {
                Some(after) => *after != After::Gone,
                None => self.runs.get(&job.path).is_some_and(|run| run.text.is_some()),
            };
            let mut paths: Vec<OutputPath> = early.iter().filter(is_there).map(|job| job.path.clone()).collect();
            paths.extend(late.iter().map(|job| job.path.clone()));
            paths.sort();
            let other_files = !paths.iter().eq(self.files().map(|(path, _)| path));
            let engine = engine.with_files(&paths);
            let again = late.par_iter().filter(|job| (other_files || stale(job)) && wanted(&job.path));
            made.par_extend(again.map(|job| (job.path.clone(), run(job, &engine))));
        }
        let there: BTreeSet<&OutputPath> = jobs.iter().map(|job| &job.path).collect();
        let gone = self.runs.keys().filter(|path| !there.contains(path));
        made.extend(gone.map(|path| (path.clone(), After::Gone)));
        made.retain(|path, after| {
            let now = match after {
                After::Text(text) => Some(text.as_str()),
                After::Gone => None,
                After::Failed => return wanted(path),
            };
            wanted(path) && now != self.text(path.as_str())
        });
        Ok(made)
    }

    /// The values with `to` at `keys`. Where only a default stands there, no more of the defaults becomes explicit than
    /// the part that leads to it: a default may follow from another value.
    fn changed_values(&self, keys: &[String], to: Value) -> Result<Values, String> {
        let mut data = self.set.clone();
        let (mut place, mut default) = (&mut data, Some(&self.typed));
        for key in keys {
            default = default.and_then(|default| child(default, key));
            place = match place {
                Value::Object(map) => map
                    .entry(key.as_str())
                    .or_insert_with(|| default.cloned().unwrap_or_else(|| Value::Object(<_>::default()))),
                Value::Array(items) => {
                    let item = key.parse().ok().and_then(|index: usize| items.get_mut(index));
                    item.ok_or_else(|| format!("the list has no item `{key}`"))?
                }
                _ => return Err(format!("`{key}` would stand below a value that is no map")),
            };
        }
        *place = to;
        Values::deserialize(data).map_err(|error| error.to_string())
    }

    /// Runs every template, each with a record of its own. Fails as a render would.
    fn recorded(&self) -> Result<BTreeMap<OutputPath, Run>, Diagnostics> {
        let (templates, environment) = (&self.workspace.templates, self.inputs.environment.as_str());
        let plain = Engine::new(templates, environment, &self.values);
        let jobs = jobs(templates, &plain)?;
        let (late, early): (Vec<_>, Vec<_>) = jobs.iter().partition(|job| job.is_late());
        let record = |engine: &Engine, job: &Job<'_>| self.record(engine, job);
        let recording = || Engine::recording(templates, environment, &self.values);
        let early = early.par_iter().map_init(recording, |engine, job| record(engine, job));
        let mut runs = gathered(early.collect())?;
        let mut paths: Vec<OutputPath> =
            runs.iter().filter(|(_, run)| run.text.is_some()).map(|(path, _)| path.clone()).collect();
        paths.extend(late.iter().map(|job| job.path.clone()));
        paths.sort();
        let late = late.par_iter().map_init(|| recording().with_files(&paths), |engine, job| record(engine, job));
        runs.extend(gathered(late.collect())?);
        Ok(runs)
    }

    fn record(&self, engine: &Engine, job: &Job<'_>) -> Result<(OutputPath, Run), Diagnostic> {
        let name = job.turn.map(|turn| turn.name.as_str());
        let turns = engine.turns(job.template);
        let turn = turns.into_iter().flatten().find(|turn| Some(turn.name.as_str()) == name);
        let output = Job { template: job.template, turn, path: job.path.clone() }.run(engine, &self.values)?;
        let mut reads = engine.take_reads();
        // What a user's own Helm values are laid over does not ask for them.
        let service = job.path.as_str().strip_prefix("services/").and_then(|rest| rest.strip_suffix("/values.yaml"));
        if let Some(service) = self.values.services.all().find(|one| Some(one.name) == service) {
            reads.add(["services", service.key, "values"].map(str::to_owned).into());
        }
        let text = output.map(|output| output.file.text);
        let run = Run { template: job.template.name().to_owned(), text, reads, late: job.is_late() };
        Ok((job.path.clone(), run))
    }
}

/// Whether the value at `keys` decides which turns there are, which no template reads.
fn switches(keys: &[String]) -> bool {
    let repeats = keys.first().is_none_or(|key| ["services", "charts", "applications"].contains(&key.as_str()));
    repeats && keys.get(2).is_none_or(|key| key == "enabled")
}

/// The value below `value` that `key` names.
fn child<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    match value {
        Value::Object(map) => map.get(key),
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        _ => None,
    }
}

fn gathered(results: Vec<Result<(OutputPath, Run), Diagnostic>>) -> Result<BTreeMap<OutputPath, Run>, Diagnostics> {
    let mut runs = BTreeMap::new();
    let mut found = Diagnostics::new();
    for result in results {
        match result {
            Ok((path, run)) => {
                runs.insert(path, run);
            }
            Err(diagnostic) => found.push(diagnostic),
        }
    }
    if found.has_errors() { Err(found) } else { Ok(runs) }
}

fn headline(found: &Diagnostics) -> String {
    found.iter().next().map(|one| one.message.clone()).unwrap_or_default()
}
