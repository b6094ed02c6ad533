//! `render explain`: its words, and that what it says is so.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use rayon::prelude::*;
use serde_json::Value;
use similar::DiffOp;
use supercargo::explain::{Explainer, Role, ValueAnswer};
use supercargo::layers::path_keys;
use supercargo::model::EnvironmentName;
use supercargo::pipeline::{Origin, Trial, Workspace};
use supercargo::project::Project;
use supercargo::source::Source;

use crate::support::{RENDER, Scene, repository};

/// One in so many values is looked at again by ordinary renders.
const VALUES: usize = 3;

fn project() -> Project {
    Project::load(repository()).unwrap().0
}

fn scene() -> Scene {
    Scene::new()
        .and("values/base.yaml", "services: {}\n")
        .with("templates/site.yaml.j2", "domain: {{ platform.domain }}\n{% if cluster.highAvailability %}\nha: true\n{% endif %}\n")
        .with(
            "templates/config.yaml.j2",
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: config\ndata:\n  domain: {{ platform.domain }}\n  text: fixed\n",
        )
}

fn explain(scene: &Scene, arguments: &[&str]) -> String {
    scene.render(&[&["explain"], arguments].concat()).succeeds().stdout
}

#[test]
fn a_value_says_who_sets_it_and_what_it_reaches() {
    let scene = scene();
    insta::assert_snapshot!(explain(&scene, &["platform.domain", "--env", "dev"]), @r#"
    platform.domain: text (host)
      The domain that hosts of services and applications are labels of.

    dev
      set by values/dev.yaml:2:11: dev.example.com
      reaches 2 lines in 2 files (tried: dev.example.con)
        out/dev/config.yaml:7  domain: dev.example.com
        out/dev/site.yaml:2  domain: dev.example.com
    "#);
    insta::assert_snapshot!(explain(&scene, &["platform.domain", "--affects"]), @r#"
    platform.domain: text (host)
      The domain that hosts of services and applications are labels of.

    dev
      set by values/dev.yaml:2:11: dev.example.com
      reaches 2 lines in 2 files (tried: dev.example.con)
        out/dev/config.yaml
          ConfigMap config
        out/dev/site.yaml
    "#);
    insta::assert_snapshot!(explain(&scene, &["cluster.highAvailability"]), @r#"
    cluster.highAvailability: true or false
      Whether the control plane runs on several machines. It can be switched on later, but never off. Default: false.

    dev
      by default: false
      reaches 1 file (tried: true)
        out/dev/site.yaml:2  (lines would appear behind it)
    "#);
}

#[test]
fn a_line_a_field_and_a_resource_say_where_they_come_from() {
    let scene = scene();
    insta::assert_snapshot!(explain(&scene, &["out/dev/config.yaml:7"]), @r#"
    out/dev/config.yaml:7  domain: dev.example.com
      field data.domain
      printed by templates/config.yaml.j2:6:14: {{ platform.domain }}
      says what    platform.domain = dev.example.com, values/dev.yaml:2:11
    "#);
    assert_eq!(
        explain(&scene, &["out/dev/config.yaml", "--field", "data.domain"]),
        explain(&scene, &["out/dev/config.yaml:7"])
    );
    assert_eq!(
        explain(&scene, &["configmap/config", "data.domain", "--env", "dev"]),
        explain(&scene, &["out/dev/config.yaml:7"])
    );
    insta::assert_snapshot!(explain(&scene, &["ConfigMap/config", "data.text"]), @r#"
    out/dev/config.yaml:8  text: fixed
      field data.text
      printed by templates/config.yaml.j2:7:9: fixed
      no value stands behind it
    "#);
}

#[test]
fn what_is_not_there_comes_with_what_is_nearest() {
    let scene = scene().with(
        "templates/twice.yaml.j2",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: twice}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: twice, namespace: a}\n",
    );
    let cases = [
        &["explain", "platform.domian"][..],
        &["explain", "out/dev/confg.yaml"],
        &["explain", "out/dev/config.yaml:70"],
        &["explain", "out/dev/config.yaml", "--field", "data.domian"],
        &["explain", "ConfigMap/confg"],
        &["explain", "ConfigMap/twice"],
    ];
    let said: Vec<String> = cases.iter().map(|arguments| scene.refuses(arguments)).collect();
    insta::assert_snapshot!(said.concat(), @r#"
    error[unknown-place]: there is no `domian` in `platform` of dev
     |
     = help: did you mean `platform.domain`?

    error: 1 problem
    error[unknown-place]: out/dev/confg.yaml is not rendered
     |
     = help: did you mean `out/dev/config.yaml`?

    error: 1 problem
    error[unknown-place]: out/dev/config.yaml has no line 70
     |
     = help: its last line is 8

    error: 1 problem
    error[unknown-place]: out/dev/config.yaml has no `data.domian`
     |
     = help: did you mean `data.domain`?

    error: 1 problem
    error[unknown-place]: `ConfigMap/confg` is not rendered
     |
     = note: looked for in `dev`
     = help: did you mean `ConfigMap/config`?

    error: 1 problem
    error[unknown-place]: `ConfigMap/twice` is there 2 times
     |
     = note: ConfigMap twice in out/dev/twice.yaml:2
     = note: ConfigMap a/twice in out/dev/twice.yaml:7
     = help: name its file and line, as they stand above

    error: 1 problem
    "#);
}

#[test]
fn its_json_is_as_documented() {
    let schema = fs::read_to_string(repository().join("docs/json/explain.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let scene = scene();
    for arguments in [
        &["platform.domain"][..],
        &["cluster", "--affects"],
        &["out/dev/config.yaml:1"],
        &["out/dev/config.yaml:7"],
        &["out/dev/config.yaml"],
    ] {
        let answer: Value =
            serde_json::from_str(&explain(&scene, &[arguments, &["--format", "json"]].concat())).unwrap();
        let problems: Vec<_> = schema.iter_errors(&answer).map(|error| error.to_string()).collect();
        assert!(problems.is_empty(), "{arguments:?}: {problems:#?}\n{answer:#}");
    }
}

/// The examples of the pages are what the command says of this repository.
#[test]
fn the_examples_of_the_pages_are_real() {
    for page in ["README.md", "docs/explain.md"] {
        let text = fs::read_to_string(repository().join(page)).unwrap();
        let examples: Vec<&str> =
            text.split("```text\n$ render explain ").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
        assert_eq!(examples.len(), 2, "{page}");
        for example in examples {
            let (arguments, expected) = example.split_once('\n').unwrap();
            let mut command = Command::new(RENDER);
            let command = command.env_clear().env("NO_COLOR", "1").current_dir(repository()).arg("explain");
            let said = String::from_utf8(command.args(arguments.split(' ')).output().unwrap().stdout).unwrap();
            assert!(said.starts_with(expected), "{page}: {arguments}:\n{said}");
        }
    }
}

/// Every leaf below `value`, by path.
fn leaves(value: &Value, path: &mut Vec<String>, into: &mut Vec<Vec<String>>) {
    match value {
        Value::Object(map) if !map.is_empty() => map.iter().for_each(|(key, value)| {
            path.push(key.clone());
            leaves(value, path, into);
            path.pop();
        }),
        _ => into.push(path.clone()),
    }
}

/// The files of an ordinary render with `sets`; `None` where the rules refuse them.
fn files(workspace: &Workspace, environment: &EnvironmentName, sets: &[String]) -> Option<Files> {
    let rendered = workspace.render(&workspace.inputs(environment, sets).ok()?).ok()?;
    Some(rendered.tree.files.into_iter().map(|(path, file)| (path.to_string(), file.text)).collect())
}

/// Whether lines of `text` outside `named` are all in `other`, in their order, and those that are `named` are not all.
fn differs_only_in(text: &str, other: &str, named: &dyn Fn(usize) -> bool) -> bool {
    let mut others = other.lines();
    text.lines().enumerate().filter(|(index, _)| !named(index + 1)).all(|(_, line)| others.any(|other| other == line))
}

/// The lines of `now` that `then` does not have, counted from 1, and the lines behind which it has more.
fn changes(now: &str, then: &str) -> (BTreeSet<usize>, BTreeSet<usize>) {
    let (mut lines, mut added_after) = (BTreeSet::new(), BTreeSet::new());
    let (now, then): (Vec<&str>, Vec<&str>) = (now.lines().collect(), then.lines().collect());
    for op in similar::capture_diff_slices(similar::Algorithm::Myers, &now, &then) {
        match op {
            DiffOp::Equal { .. } => {}
            DiffOp::Insert { old_index, .. } => {
                added_after.insert(old_index);
            }
            DiffOp::Delete { .. } | DiffOp::Replace { .. } => lines.extend(op.old_range().map(|line| line + 1)),
        }
    }
    (lines, added_after)
}

/// Files by path, and their texts.
type Files = BTreeMap<String, String>;

/// Holds what `answer` says of each file against ordinary renders with the values that were tried: `thens`, and `now`
/// without. Where the rules refuse one of them, what only that one changes can't be seen.
fn verify_answer(answer: &ValueAnswer, now: &Files, thens: &[Option<Files>]) {
    let path = &answer.path;
    let seen: Vec<&Files> = thens.iter().flatten().collect();
    let all = seen.len() == thens.len();
    let is_as_said = |said: bool, is: bool| said == is || said && !all;
    let files: BTreeSet<&String> = seen.iter().flat_map(|then| then.keys()).chain(now.keys()).collect();
    for file in files {
        let reached = answer.reaches.iter().find(|(path, _)| path.as_str() == file).map(|(_, reached)| reached);
        let reached = reached.cloned().unwrap_or_default();
        let Some(text) = now.get(file) else {
            assert!(reached.appears, "{path} lets {file} appear");
            continue;
        };
        let goes = seen.iter().any(|then| !then.contains_key(file));
        assert!(is_as_said(reached.goes, goes), "{path} lets {file} go: {goes}");
        let (mut lines, mut added_after) = (BTreeSet::new(), BTreeSet::new());
        for then in &seen {
            let other = then.get(file).map_or("", String::as_str);
            let named = |line: usize| reached.lines.contains(&line);
            assert!(differs_only_in(text, other, &named), "{path} changes more of {file}");
            let (changed, added) = changes(text, other);
            lines.extend(changed);
            added_after.extend(added);
        }
        assert!(lines.is_subset(&reached.lines), "{path} changes more of {file}: {lines:?}");
        assert!(added_after.is_subset(&reached.added_after), "{path} adds to {file} behind {added_after:?}");
        assert!(!all || lines == reached.lines, "{path} changes less of {file}: {lines:?} of {:?}", reached.lines);
        assert!(!all || added_after == reached.added_after, "{path} adds less to {file}");
    }
    if all {
        let is_touched = |file: &str| seen.iter().any(|then| then.get(file) != now.get(file));
        let idle = answer.reaches.keys().find(|file| !is_touched(file.as_str()));
        assert!(idle.is_none(), "{path} does not change {idle:?}");
    }
}

/// Looks at one in `every` values, beginning with the one at `from`: with the values that were tried, the lines that were
/// named change, and no others. How many answers were seen whole, and how many values the rules refused.
fn verify_values(from: usize, every: usize) -> (usize, usize) {
    let workspace = Workspace::open(&project()).unwrap();
    let (mut seen, mut refused) = (0, 0);
    for environment in workspace.environments() {
        let inputs = workspace.inputs(&environment, &[]).unwrap();
        let trial = workspace.trial(&inputs).unwrap();
        let explainer = Explainer::new(&trial);
        let now = files(&workspace, &environment, &[]).unwrap();
        let mut all = Vec::new();
        leaves(trial.values(), &mut Vec::new(), &mut all);
        let chosen: Vec<_> = all.iter().skip(from).step_by(every).collect();
        let counts: Vec<(usize, usize)> = chosen
            .par_iter()
            .map(|keys| {
                let answer = explainer.value(keys).unwrap_or_else(|problem| panic!("{keys:?}: {problem:?}"));
                // What is tried in the items of a list can't be said by `--set`.
                if answer.tried.iter().any(|(path, _)| *path != answer.path) {
                    return (0, 0);
                }
                let then = |(path, to): &(String, Value)| {
                    let to = to.as_str().map_or_else(|| to.to_string(), |text| format!("{text:?}"));
                    files(&workspace, &environment, &[format!("{path}={to}")])
                };
                let thens: Vec<Option<Files>> = answer.tried.iter().map(then).collect();
                verify_answer(&answer, &now, &thens);
                (usize::from(thens.iter().all(Option::is_some)), thens.iter().filter(|then| then.is_none()).count())
            })
            .collect();
        seen += counts.iter().map(|(seen, _)| seen).sum::<usize>();
        refused += counts.iter().map(|(_, refused)| refused).sum::<usize>();
    }
    (seen, refused)
}

#[test]
fn values_reach_what_is_said_and_nothing_else() {
    let (seen, refused) = verify_values(0, VALUES);
    assert!(seen > refused, "{seen} seen, {refused} refused by the rules");
}

#[test]
#[ignore = "takes a minute in a debug build: `just explain` runs it"]
fn every_value_reaches_what_is_said_and_nothing_else() {
    let (seen, refused) = verify_values(0, 1);
    assert!(seen > refused, "{seen} seen, {refused} refused by the rules");
}

/// The text of `path` with one template changed; `None` where it does not render so.
fn with_template(template: &str, text: String, environment: &EnvironmentName, path: &str) -> Option<String> {
    let mut project = project();
    let name = template.strip_prefix("templates/")?.to_owned();
    project.templates.insert(name, Source::new(template, text));
    let workspace = Workspace::open(&project).ok()?;
    let inputs = workspace.inputs(environment, &[]).ok()?;
    workspace.trial(&inputs).ok()?.text(path).map(str::to_owned)
}

/// Lines of `trial`'s files, `number` of them, the same ones each time.
fn some_lines<'t>(trial: &'t Trial<'_>, number: usize) -> Vec<(&'t str, usize)> {
    let all: Vec<_> = trial
        .files()
        .flat_map(|(path, text)| (1..=text.lines().count()).map(move |line| (path.as_str(), line)))
        .collect();
    let mut state: u64 = 0x5eed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap()
    };
    (0..number).map(|_| all[next() % all.len()]).collect()
}

/// Each of `number` lines has a template whose place decides it, and values that do.
fn verify_lines(number: usize) {
    let workspace = Workspace::open(&project()).unwrap();
    let environment = EnvironmentName::parse("prod").unwrap();
    let inputs = workspace.inputs(&environment, &[]).unwrap();
    let trial = workspace.trial(&inputs).unwrap();
    let explainer = Explainer::new(&trial);
    let lines = some_lines(&trial, number);
    let traced: usize = lines
        .par_iter()
        .map(|(path, line)| {
            let file = explainer.tracer().file(path).unwrap();
            let text = trial.text(path).unwrap();
            let shown = text.lines().nth(line - 1).unwrap();
            let Some(Origin::Written(written)) = file.origin(*line) else {
                let known =
                    shown == "---" || shown.starts_with('#') || matches!(file.origin(*line), Some(Origin::Overlay(_)));
                assert!(known || shown.trim().is_empty(), "{path}:{line} {shown}");
                return 0;
            };
            let (source, range) = (&written.place.source, written.place.span.range());
            let text_there = written.place.text();
            // Keys and lists in one line of the template are several lines of the file: the word that is shown is in it.
            let word = shown.trim_start_matches(['-', ' ']).split(':').next().unwrap_or_default().trim_matches('"');
            let edits = if written.expression {
                vec!["\"zzz\"".to_owned()]
            } else {
                let words = text_there.match_indices(word).filter(|_| !word.is_empty());
                let longer = words.map(|(at, _)| at + word.len());
                let longer = longer.map(|end| format!("{}zzz{}", &text_there[..end], &text_there[end..]));
                [format!("{text_there}zzz"), format!("zzz{text_there}")].into_iter().chain(longer).collect()
            };
            let count = |text: &str| text.lines().filter(|one| *one == shown).count();
            let edited = edits.iter().filter_map(|with| {
                let edited = format!("{}{with}{}", &source.text()[..range.start], &source.text()[range.end..]);
                with_template(source.path(), edited, &environment, path)
            });
            let mut renders = 0;
            let follows = edited.inspect(|_| renders += 1).any(|then| count(&then) < count(text));
            assert!(follows || renders == 0, "{path}:{line} `{shown}` stays: {}", written.place);
            usize::from(follows)
        })
        .sum();
    assert!(traced * 2 > lines.len(), "{traced} of {} lines", lines.len());
}

#[test]
fn lines_follow_the_template_that_is_named() {
    verify_lines(16);
}

#[test]
#[ignore = "takes a minute in a debug build: `just explain` runs it"]
fn five_hundred_lines_follow_the_template_that_is_named() {
    verify_lines(500);
}

#[test]
fn values_behind_a_line_change_it() {
    let workspace = Workspace::open(&project()).unwrap();
    let environment = EnvironmentName::parse("dev").unwrap();
    let inputs = workspace.inputs(&environment, &[]).unwrap();
    let trial = workspace.trial(&inputs).unwrap();
    let explainer = Explainer::new(&trial);
    some_lines(&trial, 8).par_iter().for_each(|(path, line)| {
        let answer = explainer.place(path, Some(*line)).unwrap();
        for value in answer.values.iter().filter(|value| value.role == Role::Content && !value.value.is_null()) {
            let files = explainer.value(&path_keys(&value.path)).unwrap().reaches;
            let reached = files.iter().find(|(file, _)| file.as_str() == *path).map(|(_, reached)| reached);
            assert!(reached.is_some_and(|reached| reached.lines.contains(line)), "{path}:{line} {}", value.path);
        }
    });
}
