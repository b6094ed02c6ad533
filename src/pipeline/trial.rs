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
use crate::templates::{Engine, Keys, Loop, Reads, Template};
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
    /// The entry of a section that the turn is for, as a value path.
    turn: Option<Keys>,
    /// Whether it can print nothing with some values.
    may_vanish: bool,
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
        let Some(run) = self.runs.get(path) else { return true };
        run.can_differ(keys)
            || run.late && switches(keys)
            || self.listed(&run.reads).any(|other| other.may_vanish && other.can_differ(keys))
    }

    /// What is run before the list of files is made, and named in what `reads` took of it.
    fn listed<'s>(&'s self, reads: &'s Reads) -> impl Iterator<Item = &'s Run> {
        let is_listed = |(path, run): &(&OutputPath, &Run)| !run.late && reads.asks_for(path.as_str());
        self.runs.iter().filter(is_listed).map(|(_, run)| run)
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
        let labels = self.runs.values().any(|run| run.reads.labels()) && labels(&self.values) != labels(&values);
        let is_stale = |run: &Run| run.reads_of(keys) || labels && run.reads.labels();
        let wanted = |path: &OutputPath| only.is_none_or(|only| only == path);
        let one = only.and_then(|only| self.runs.get(only));
        // What a late template lists depends on every other file that it asks for.
        let lists = only.is_none() || one.is_none_or(|run| run.late);
        // A template that runs again may ask for other files.
        let asked = one.filter(|run| !is_stale(run)).map(|run| &run.reads);
        let counts = |path: &OutputPath, may_vanish: bool| {
            wanted(path)
                || lists && (only.is_none() || may_vanish && asked.is_none_or(|reads| reads.asks_for(path.as_str())))
        };
        let is_settled = |(path, run): (&OutputPath, &Run)| {
            !(is_stale(run) && (wanted(path) || !run.late && counts(path, run.may_vanish)))
        };
        if one.is_some() && !switches(keys) && self.runs.iter().all(is_settled) {
            return Ok(Changed::new());
        }
        let templates = &self.workspace.templates;
        let engine = Engine::new(templates, self.inputs.environment.as_str(), &values);
        let jobs = jobs(templates, &engine).map_err(|found| headline(&found))?;
        let stale = |job: &Job<'_>| {
            let known = self.runs.get(&job.path).filter(|run| run.template == job.template.name());
            known.is_none_or(is_stale)
        };
        let (late, early): (Vec<_>, Vec<_>) = jobs.iter().partition(|job| job.is_late());

        let run = |job: &Job<'_>, engine: &Engine| match job.run(engine, &values) {
            Ok(Some(output)) => After::Text(output.file.text),
            Ok(None) => After::Gone,
            Err(_) => After::Failed,
        };
        let counts = |job: &Job<'_>| counts(&job.path, only.is_some() && job.template.may_be_empty());
        let again = early.par_iter().filter(|job| stale(job) && counts(job));
        let mut made: Changed = again.map(|job| (job.path.clone(), run(job, &engine))).collect();
        if lists && !late.is_empty() {
            let is_asked = |path: &&OutputPath| asked.is_none_or(|reads| reads.asks_for(path.as_str()));
            let mut paths = self.paths(&early, &late, &made);
            let other_files = !paths.iter().filter(is_asked).eq(self.files().map(|(path, _)| path).filter(is_asked));
            if other_files && asked.is_some() {
                // With another answer it may ask for more.
                let rest = early
                    .par_iter()
                    .filter(|job| stale(job) && job.template.may_be_empty() && !made.contains_key(&job.path));
                let rest: Changed = rest.map(|job| (job.path.clone(), run(job, &engine))).collect();
                made.extend(rest);
                paths = self.paths(&early, &late, &made);
            }
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

    /// The paths of the files that there are once `made` is, sorted.
    fn paths(&self, early: &[&Job<'_>], late: &[&Job<'_>], made: &Changed) -> Vec<OutputPath> {
        let is_there = |job: &&&Job<'_>| match made.get(&job.path) {
            Some(after) => *after != After::Gone,
            None => self.runs.get(&job.path).is_none_or(|run| run.text.is_some()),
        };
        let early = early.iter().filter(is_there).map(|job| job.path.clone());
        let mut paths: Vec<OutputPath> = early.chain(late.iter().map(|job| job.path.clone())).collect();
        paths.sort();
        paths
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

    /// The entry that the turn `name` of `template` is for, as a value path.
    fn entry(&self, template: &Template, name: &str) -> Option<Keys> {
        let section = match template.path.over() {
            Some(Loop::Chart) => "charts",
            Some(Loop::Application) => "applications",
            Some(Loop::Service) | None => "services",
        };
        let service = || self.values.services.all().find(|one| one.name == name).map(|one| one.key);
        let key = if section == "services" { service()? } else { name };
        Some(vec![section.to_owned(), key.to_owned()])
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
        let run = Run {
            template: job.template.name().to_owned(),
            text,
            reads,
            late: job.is_late(),
            turn: name.and_then(|name| self.entry(job.template, name)),
            may_vanish: job.template.may_be_empty(),
        };
        Ok((job.path.clone(), run))
    }
}

impl Run {
    /// Whether the turn asked for the value at `keys`, or for something that it decides; apart from labels and files.
    fn reads_of(&self, keys: &[String]) -> bool {
        let lists = || keys.first().is_none_or(|section| self.reads.lists(section));
        self.reads.reach(keys) || switches(keys) && lists()
    }

    /// Whether a change of the value at `keys` can change what the turn makes, or whether there is the turn; apart from
    /// the list of files.
    fn can_differ(&self, keys: &[String]) -> bool {
        let own = |turn: &Keys| turn.starts_with(&keys[..keys.len().min(turn.len())]);
        self.reads_of(keys) || self.reads.labels() || switches(keys) && self.turn.as_ref().is_some_and(own)
    }
}

/// The labels of secrets that are told from who needs them.
fn labels(values: &Values) -> BTreeMap<String, Vec<(&'static str, &'static str)>> {
    values.secret_needs().into_iter().map(|need| (need.id.to_string(), need.labels)).collect()
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
