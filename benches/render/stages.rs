//! Where the time of a render goes: the library's own functions, stage by stage, in this process.

use std::path::Path;

use rayon::prelude::*;
use supercargo::checks::{self, CheckedFile, CheckedTree};
use supercargo::diagnostic::Diagnostics;
use supercargo::manifest::Document;
use supercargo::model::Values;
use supercargo::output::{self, Options};
use supercargo::pipeline::{Inputs, Rendered, Workspace};
use supercargo::project::Project;
use supercargo::schemas::Schemas;
use supercargo::templates::{self, Engine, Printed, Template, TemplateSet};
use supercargo::tree::OutputPath;
use supercargo::yaml::Emitter;

use crate::Failed;
use crate::measure::{Sample, Samples, time};

/// From files to trees on one thread, as a whole.
pub(crate) const ONE_THREAD: &str = "files to trees, 1 thread";
/// The same on two.
pub(crate) const TWO_THREADS: &str = "files to trees, 2 threads";

/// What makes texts of values.
const RENDERING: [&str; 3] = ["run templates", "find skeletons", "fill holes and emit"];
/// All that looks at them: schemas, policies, references, leaks.
const CHECKS: &str = "checks";

/// The times of the stages, in the order in which they were first measured.
#[derive(Debug, Default)]
pub(crate) struct Stages(Vec<Stage>);

#[derive(Debug)]
struct Stage {
    name: &'static str,
    samples: Samples,
    /// What this repeat has taken so far: a stage may be entered once per environment.
    current: Sample,
}

impl Stages {
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, &Samples)> {
        self.0.iter().map(|stage| (stage.name, &stage.samples))
    }

    /// How long the checks take, as a part of what templates, skeletons and emitter take for the same documents.
    pub(crate) fn checks_to_rendering(&self) -> f64 {
        let seconds = |names: &[&str]| -> f64 {
            self.iter().filter(|(name, _)| names.contains(name)).map(|(_, samples)| samples.seconds()).sum()
        };
        seconds(&[CHECKS]) / seconds(&RENDERING)
    }

    fn measure<T>(&mut self, name: &'static str, work: impl FnOnce() -> T) -> T {
        let (sample, result) = time(work);
        match self.0.iter_mut().find(|stage| stage.name == name) {
            Some(stage) => {
                stage.current.seconds += sample.seconds;
                stage.current.cpu += sample.cpu;
            }
            None => self.0.push(Stage { name, samples: Samples::default(), current: sample }),
        }
        result
    }

    fn end_repeat(&mut self) {
        for stage in &mut self.0 {
            stage.samples.push(std::mem::take(&mut stage.current));
        }
    }
}

/// One repeat of every stage. `fresh` has no `out/` yet and gets one.
pub(crate) fn repeat(fresh: &Path, stages: &mut Stages) -> Result<(), Failed> {
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let (one, two) = (pool(1)?, pool(2)?);
    one.install(|| compute(fresh, stages))?;
    for (name, pool) in [(ONE_THREAD, &one), (TWO_THREADS, &two)] {
        drop(pool.install(|| stages.measure(name, || trees(fresh)))?);
    }
    two.install(|| {
        let trees = trees(fresh)?;
        write(fresh, &trees, ["prepare, nothing there", "commit, everything new"], stages)?;
        write(fresh, &trees, ["prepare, all there", "commit, nothing new"], stages)?;
        let known = |one: &Rendered| output::unchanged(fresh, &one.tree.environment, &one.tree.inputs);
        let known: Vec<_> =
            stages.measure("recognise unchanged", || trees.par_iter().map(known).collect::<Result<_, _>>())?;
        if known.contains(&None) {
            Err("a tree that was just written is not recognised".into())
        } else {
            Ok::<_, Failed>(())
        }
    })?;
    stages.end_repeat();
    Ok(())
}

/// What the pipeline does in memory.
fn trees(root: &Path) -> Result<Vec<Rendered>, Failed> {
    let (project, _) = Project::load(root)?;
    let workspace = Workspace::open(&project).map_err(failed)?;
    let environments = workspace.environments();
    let inputs = environments.par_iter().map(|environment| workspace.inputs(environment, &[]));
    inputs.map(|inputs| workspace.render(&inputs?)).collect::<Result<_, _>>().map_err(failed)
}

/// What the pipeline does in memory, one stage after another.
fn compute(root: &Path, stages: &mut Stages) -> Result<(), Failed> {
    let (project, _) = stages.measure("read files", || Project::load(root))?;
    let (set, workspace) = stages.measure("compile templates, parse values", || {
        // The workspace keeps its templates to itself, so these are compiled a second time: some milliseconds.
        let set = TemplateSet::new(templates::defaults(), project.templates.clone());
        (set, Workspace::open(&project))
    });
    let (set, workspace) = (set.map_err(failed)?, workspace.map_err(failed)?);
    for environment in workspace.environments() {
        let inputs = stages.measure("merge layers, digest them", || workspace.inputs(&environment, &[]));
        let inputs: Inputs = inputs.map_err(failed)?;
        let values = stages.measure("check and type values", || workspace.values(&inputs));
        let (values, _): (Values, _) = values.map_err(failed)?;
        let engine = stages.measure("values to the engine", || Engine::new(&set, environment.as_str(), &values));
        render(&engine, &set, &values, stages)?;
    }
    Ok(())
}

/// One turn of a template, printed.
struct Turn<'a> {
    template: &'a Template,
    path: OutputPath,
    printed: Printed,
}

fn render(engine: &Engine, set: &TemplateSet, values: &Values, stages: &mut Stages) -> Result<(), Failed> {
    let turns = stages.measure(RENDERING[0], || print(engine, set))?;
    let mut files = Vec::with_capacity(turns.len());
    stages.measure(RENDERING[1], || {
        for Turn { template, path, printed } in turns {
            let skeleton = template.skeleton(&printed.text).map_err(|finding| failed(finding.into()))?;
            let room = printed.text.len() * 2;
            let documents = Document::all(&skeleton, printed.holes);
            if !documents.is_empty() {
                files.push((template, path, documents, room));
            }
        }
        Ok::<_, Failed>(())
    })?;
    files.sort_by(|(_, one, ..), (_, other, ..)| one.cmp(other));
    let texts = stages.measure(RENDERING[2], || {
        let emit = |(_, _, documents, room): &(_, _, Vec<Document>, usize)| {
            let mut emitter = Emitter::with_capacity(*room);
            documents.iter().try_for_each(|document| document.emit(&mut emitter))?;
            Ok(emitter.into_string())
        };
        files.iter().map(emit).collect::<Result<Vec<_>, Failed>>()
    })?;
    let checked = files.iter().zip(&texts).map(|((template, path, documents, _), text)| CheckedFile {
        path,
        template: template.source.path(),
        documents,
        text,
    });
    let tree =
        CheckedTree { environment: "environment", values, schemas: &Schemas::default(), files: checked.collect() };
    let found = stages.measure(CHECKS, || checks::run(&tree));
    if !found.findings.is_empty() || !found.stale.is_empty() { Err(failed(found.findings)) } else { Ok(()) }
}

fn print<'a>(engine: &Engine, set: &'a TemplateSet) -> Result<Vec<Turn<'a>>, Failed> {
    let mut turns = Vec::new();
    for template in &set.templates {
        for turn in engine.turns(template) {
            let path = template.path.output(turn.map_or("", |turn| &turn.name))?;
            turns.push((template, turn, path));
        }
    }
    let mut paths: Vec<_> = turns.iter().map(|(_, _, path)| path.clone()).collect();
    paths.sort();
    let late = engine.with_files(&paths);
    let print = |(template, turn, path): (&'a Template, Option<_>, _)| {
        let engine = if template.wants_files { &late } else { engine };
        let printed = engine.print(template, turn).map_err(|finding| failed(finding.into()))?;
        Ok(Turn { template, path, printed })
    };
    turns.into_iter().map(print).collect()
}

/// Brings `out/` to `trees`, as two stages with these names.
fn write(root: &Path, trees: &[Rendered], names: [&'static str; 2], stages: &mut Stages) -> Result<(), Failed> {
    let [prepare, commit] = names;
    let prepared = stages.measure(prepare, || {
        trees.par_iter().map(|one| output::prepare(root, &one.tree, Options::default())).collect::<Result<Vec<_>, _>>()
    })?;
    stages.measure(commit, || prepared.into_par_iter().try_for_each(|one| one.commit(&|_| {}).map(drop)))?;
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "the way that `map_err` calls it")]
fn failed(found: Diagnostics) -> Failed {
    found.to_text(false).into()
}
