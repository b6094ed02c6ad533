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
use supercargo::templates::{self, Binding, Engine, Template, TemplateSet};
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
/// The same once before, for one environment: schemas are read and compiled where a check first asks for one.
const FIRST_CHECKS: &str = "checks, the first ones in a run";

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
    let schemas = Schemas::default();
    for (number, environment) in workspace.environments().into_iter().enumerate() {
        let inputs = stages.measure("merge layers, digest them", || workspace.inputs(&environment, &[]));
        let inputs: Inputs = inputs.map_err(failed)?;
        let values = stages.measure("check and type values", || workspace.values(&inputs));
        let (values, _): (Values, _) = values.map_err(failed)?;
        let engine = stages.measure("values to the engine", || Engine::new(&set, environment.as_str(), &values));
        let made = render(&engine, &set, stages)?;
        let files = made.iter().map(|(file, text)| CheckedFile {
            path: &file.path,
            template: file.template.source.path(),
            documents: &file.documents,
            text,
        });
        let files = files.collect();
        let tree = CheckedTree { environment: environment.as_str(), values: &values, schemas: &schemas, files };
        if number == 0 {
            drop(stages.measure(FIRST_CHECKS, || checks::run(&tree)));
        }
        let found = stages.measure(CHECKS, || checks::run(&tree));
        if !found.findings.is_empty() || !found.stale.is_empty() {
            return Err(failed(found.findings));
        }
    }
    Ok(())
}

/// One turn of a template, and the path of what it makes.
struct Turn<'a> {
    template: &'a Template,
    binding: Option<&'a Binding>,
    path: OutputPath,
}

/// What a turn made.
struct Made<'a> {
    template: &'a Template,
    path: OutputPath,
    documents: Vec<Document>,
    /// About how many bytes its text has.
    room: usize,
}

/// What the templates of `set` make, with its text, sorted by path.
fn render<'a>(
    engine: &'a Engine,
    set: &'a TemplateSet,
    stages: &mut Stages,
) -> Result<Vec<(Made<'a>, String)>, Failed> {
    let (late, early): (Vec<_>, Vec<_>) = turns(engine, set)?.into_iter().partition(|turn| turn.template.wants_files);
    let mut files = make(early, engine, stages)?;
    // As the pipeline does: what asks for the files of an environment sees those that are not empty.
    let mut paths: Vec<_> =
        files.iter().map(|file| &file.path).chain(late.iter().map(|turn| &turn.path)).cloned().collect();
    paths.sort();
    files.extend(make(late, &engine.with_files(&paths), stages)?);
    files.sort_by(|one, other| one.path.cmp(&other.path));
    let texts = stages.measure(RENDERING[2], || {
        let emit = |file: &Made<'_>| {
            let mut emitter = Emitter::with_capacity(file.room);
            file.documents.iter().try_for_each(|document| document.emit(&mut emitter))?;
            Ok(emitter.into_string())
        };
        files.iter().map(emit).collect::<Result<Vec<_>, Failed>>()
    })?;
    Ok(files.into_iter().zip(texts).collect())
}

fn turns<'a>(engine: &'a Engine, set: &'a TemplateSet) -> Result<Vec<Turn<'a>>, Failed> {
    let of = |template: &'a Template| engine.turns(template).into_iter().map(move |binding| (template, binding));
    let path = |binding: Option<&Binding>, template: &Template| {
        template.path.output(binding.map_or("", |binding| &binding.name))
    };
    let turns = set.templates.iter().flat_map(of);
    turns.map(|(template, binding)| Ok(Turn { template, binding, path: path(binding, template)? })).collect()
}

/// The files of these turns that hold anything.
fn make<'a>(turns: Vec<Turn<'a>>, engine: &Engine, stages: &mut Stages) -> Result<Vec<Made<'a>>, Failed> {
    let print = |turn: &Turn<'_>| engine.print(turn.template, turn.binding).map_err(|finding| failed(finding.into()));
    let printed = stages.measure(RENDERING[0], || turns.iter().map(print).collect::<Result<Vec<_>, Failed>>())?;
    let made = stages.measure(RENDERING[1], || {
        let made = turns.into_iter().zip(printed).map(|(Turn { template, path, .. }, printed)| {
            let skeleton = template.skeleton(&printed.text).map_err(|finding| failed(finding.into()))?;
            let room = printed.text.len() * 2;
            Ok(Made { template, path, documents: Document::all(&skeleton, printed.holes), room })
        });
        made.collect::<Result<Vec<_>, Failed>>()
    })?;
    Ok(made.into_iter().filter(|made| !made.documents.is_empty()).collect())
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
    let first = found.iter().take(1).cloned().collect::<Diagnostics>();
    format!("{} findings; the first one:\n{}", found.iter().count(), first.to_text(false)).into()
}
