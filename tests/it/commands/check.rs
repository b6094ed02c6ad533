//! `render check`: every state of a file, as text and as JSON.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{every_state, lines, three};
use crate::support::Scene;

#[test]
fn check_of_what_is_current() {
    let scene = three();
    scene.render(&["--all"]).succeeds();
    assert_snapshot!(scene.render(&["check", "--all"]), @"
    exit 0
    --- stderr
    dev: 1 file current
    prod-fra: 1 file current
    prod-nyc: 1 file current
    ");
}

#[test]
fn check_of_what_was_never_rendered() {
    assert_snapshot!(Scene::new().render(&["check", "--env", "dev"]), @"
    exit 1
    --- stderr
    dev: 1 file missing
    error[out-of-date]: out/dev/render.lock is missing
    --> out/dev/render.lock
     = help: run `render --env dev` and commit what it writes

    error[out-of-date]: out/dev/site.yaml is missing
    --> out/dev/site.yaml
     = help: run `render --env dev` and commit what it writes

    error: 2 problems: out/ is not what the inputs give
    help: run `render --env dev` and commit the result
    ");
}

#[test]
fn check_of_every_state_of_a_file() {
    let scene = every_state();
    let before = scene.out();
    assert_snapshot!(scene.render(&["check", "--env", "dev"]), @"
    exit 1
    --- stderr
    dev: 2 files current, 1 out of date, 1 missing, 1 stale, 1 edited by hand, 1 unknown
    error[edited-output]: out/dev/edited.yaml was edited by hand
     --> out/dev/edited.yaml:2:4
      |
    2 | a: 7
      |    ^ rendered as `1`
      |
      = note: `templates/edited.yaml` renders it
      = help: to keep the edit, set the value that the line comes from, or change the template, and render again
      = help: to drop it, run `render --env dev --discard-edits`

    error[out-of-date]: out/dev/missing.yaml is missing: it was removed since the last render
    --> out/dev/missing.yaml
     = help: run `render --env dev` and commit what it writes

    error[out-of-date]: out/dev/out-of-date.yaml is not what the inputs give
    --> out/dev/out-of-date.yaml
     = note: templates/out-of-date.yaml was changed since the last render
     = help: run `render --env dev` and commit what it writes

    error[out-of-date]: out/dev/render.lock is not what the inputs give
    --> out/dev/render.lock
     = note: templates/out-of-date.yaml was changed since the last render
     = note: templates/stale.yaml was removed since the last render
     = note: templates/unknown.yaml was added since the last render
     = help: run `render --env dev` and commit what it writes

    error[out-of-date]: out/dev/stale.yaml is stale: nothing renders it any more
    --> out/dev/stale.yaml
     = note: templates/stale.yaml was removed since the last render
     = help: run `render --env dev` and commit what it writes

    error[unknown-file]: out/dev/unknown.yaml is to be written, and a file that `render` does not know is there
    --> out/dev/unknown.yaml
     = note: `templates/unknown.yaml` renders it
     = note: out/dev/render.lock does not list it, so it is nothing that an earlier render wrote
     = help: move or remove it, then render again

    error: 6 problems: out/ is not what the inputs give
    help: run `render --env dev` and commit the result
    ");
    assert!(scene.out() == before);
}

/// The one document that `arguments` print.
#[track_caller]
fn document(scene: &Scene, arguments: &[&str], status: i32) -> Value {
    let run = scene.render(&[&["check", "--format", "json"], arguments].concat()).exits(status);
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn check_as_json() {
    let run = every_state().render(&["check", "--env", "dev", "--message-format", "json"]).exits(1);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&document["status"], &document["environments"][0]["current"]), (&json!("found"), &json!(false)));
    let files: Vec<_> = document["environments"][0]["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| {
            let causes: Vec<_> =
                file["causes"].as_array().unwrap().iter().map(|cause| cause["input"].as_str().unwrap()).collect();
            let command = file["command"].as_str().unwrap_or("nothing");
            format!(
                "{} {}: {} | {command}",
                file["path"].as_str().unwrap(),
                file["state"].as_str().unwrap(),
                causes.join(", ")
            )
        })
        .collect();
    assert_snapshot!(files.join("\n"), @"
    out/dev/current.yaml current:  | nothing
    out/dev/edited.yaml edited:  | render --env dev --discard-edits
    out/dev/missing.yaml missing:  | render --env dev
    out/dev/out-of-date.yaml out-of-date: templates/out-of-date.yaml | render --env dev
    out/dev/site.yaml current:  | nothing
    out/dev/stale.yaml stale: templates/stale.yaml | render --env dev
    out/dev/unknown.yaml unknown: templates/unknown.yaml | rm -- out/dev/unknown.yaml
    ");
    let lock = &document["environments"][0]["lock"];
    assert_eq!((&lock["state"], lock["causes"].as_array().unwrap().len()), (&json!("out-of-date"), 3));
    let codes =
        |lines: &[Value]| lines.iter().filter_map(|line| line["code"].as_str().map(str::to_owned)).collect::<Vec<_>>();
    let said = codes(&lines(&run.stderr));
    assert_eq!(codes(document["findings"].as_array().unwrap()), said);
    assert!(said.contains(&"edited-output".to_owned()) && said.contains(&"out-of-date".to_owned()), "{said:?}");
    // The nearer flag wins.
    let text =
        every_state().render(&["check", "--env", "dev", "--format", "text", "--message-format", "json"]).exits(1);
    assert_eq!(text.stdout, "");
}

/// What is said to have changed, of all that a check finds out of date.
#[track_caller]
fn causes(scene: &Scene) -> String {
    let document = document(scene, &["--env", "dev"], 1);
    let files = document["environments"][0]["files"].as_array().unwrap().clone();
    let causes = files.iter().flat_map(|file| file["causes"].as_array().unwrap().clone());
    let mut causes: Vec<_> = causes
        .map(|cause| format!("{} {} {}", cause["input"], cause["change"], cause["version"]).replace('"', ""))
        .collect();
    causes.sort();
    causes.dedup();
    causes.join(", ")
}

#[test]
fn check_names_the_input_that_changed() {
    let scene = || Scene::new().rendered();
    assert_eq!(
        causes(&scene().with("values/dev.yaml", "platform: {domain: x.example.com}\n")),
        "values/dev.yaml changed null"
    );
    let outputs = scene().with("values/outputs/dev.yaml", "platform: {name: outputs}\n");
    outputs.write("templates/site.yaml.j2", "name: {{ platform.name }}\n");
    assert_eq!(causes(&outputs), "templates/site.yaml.j2 changed null, values/outputs/dev.yaml added null");
    let scene = scene();
    scene.render(&["--env", "dev", "--set", "platform.domain=trial.example.com"]).succeeds();
    assert_eq!(causes(&scene), "--set removed null");
    // A macro may be behind any file.
    let scene = Scene::new().with("templates/_name.j2", "{% macro name() %}a{% endmacro %}");
    scene.write("templates/site.yaml.j2", "{% import '_name.j2' as m %}\nname: {{ m.name() }}\n");
    let scene = scene.rendered().with("templates/_name.j2", "{% macro name() %}b{% endmacro %}");
    assert_eq!(causes(&scene), "templates/_name.j2 changed null");
}

#[test]
fn check_knows_another_version_and_reads_its_lock() {
    let scene = Scene::new().rendered();
    let lock = scene.read("out/dev/render.lock");
    let version = format!("program {}", env!("CARGO_PKG_VERSION"));
    scene.write("out/dev/render.lock", lock.replace(&version, "program 0.0.7"));
    let run = scene.render(&["check", "--env", "dev"]).exits(1);
    let said = format!("version 0.0.7 of `render` wrote it, and this is {}", env!("CARGO_PKG_VERSION"));
    assert!(run.stderr.contains(&said), "{run}");
    // The first format had no inputs.
    let old: String =
        lock.lines().filter(|line| !line.starts_with("input ")).map(|line| line.to_owned() + "\n").collect();
    scene.write("out/dev/render.lock", old.replace("format 2", "format 1"));
    scene.write("values/dev.yaml", "platform: {domain: x.example.com}\n");
    assert_eq!(causes(&scene), "");
    scene.render(&["--env", "dev"]).succeeds();
    assert!(scene.read("out/dev/render.lock").contains("\nformat 2\n"));
}

#[test]
fn check_names_what_nobody_rendered() {
    let scene = Scene::new().rendered();
    scene.write("out/dev/README.md", "notes\n");
    assert_snapshot!(scene.render(&["check", "--env", "dev"]), @"
    exit 0
    --- stderr
    dev: 1 file current, 1 unknown
    warning[unlisted-file]: out/dev/README.md comes from no input
    --> out/dev/README.md
     = note: `render` leaves it alone, and no manifest has such a name
     = help: remove it, or let a template make it: templates/README.md does, as it is
    ");
    scene.write("out/dev/apps/more/evil.yaml", "a: 1\n");
    std::os::unix::fs::symlink("/etc", scene.path("out/dev/etc")).unwrap();
    let before = scene.out();
    assert_snapshot!(scene.render(&["check", "--env", "dev"]), @"
    exit 1
    --- stderr
    dev: 1 file current, 3 unknown
    warning[unlisted-file]: out/dev/README.md comes from no input
    --> out/dev/README.md
     = note: `render` leaves it alone, and no manifest has such a name
     = help: remove it, or let a template make it: templates/README.md does, as it is

    error[unlisted-file]: out/dev/apps/more/evil.yaml comes from no input
    --> out/dev/apps/more/evil.yaml
     = note: where Argo CD reads the folder, it applies this file as well
     = help: remove it, or let a template make it: templates/apps/more/evil.yaml does, as it is

    error[unlisted-file]: out/dev/etc is a link that `render` did not make
    --> out/dev/etc
     = note: what it leads to can be applied as if it stood here
     = help: remove it

    error: 2 problems
    ");
    let document = document(&scene, &["--env", "dev"], 1);
    let files = document["environments"][0]["files"].as_array().unwrap();
    let commands: Vec<_> = files.iter().filter_map(|file| file["command"].as_str()).collect();
    assert_eq!(commands, ["rm -- out/dev/README.md", "rm -- out/dev/apps/more/evil.yaml", "rm -- out/dev/etc"]);
    // A render leaves them alone.
    scene.render(&["--env", "dev"]).succeeds();
    assert!(scene.out() == before);
}

#[test]
fn check_of_inputs_that_are_wrong_tells_what_it_can() {
    let scene = every_state().with("values/dev.yaml", "");
    let run = scene.render(&["check", "--env", "dev"]).exits(2);
    assert!(run.stderr.contains("error[missing-value]"), "{run}");
    assert!(
        run.stderr
            .starts_with("dev: 4 files as rendered (the inputs have errors), 1 missing, 1 edited by hand, 1 unknown\n"),
        "{run}"
    );
    let states = |document: &Value| -> Vec<String> {
        let files = document["environments"][0]["files"].as_array().unwrap();
        files.iter().map(|file| file["state"].as_str().unwrap().to_owned()).collect()
    };
    let found = document(&scene, &["--env", "dev"], 2);
    assert_eq!(states(&found), ["unjudged", "edited", "missing", "unjudged", "unjudged", "unjudged", "unknown"]);
    assert_eq!((&found["status"], &found["environments"][0]["rendered"]), (&json!("failed"), &json!(false)));
    // A template that does not compile is one of all environments, and what is there is looked at all the same.
    let scene = every_state().with("templates/site.yaml.j2", "{% if %}");
    let found = document(&scene, &["--all"], 2);
    assert_eq!(states(&found).len(), 7);
    assert!(found["findings"].to_string().contains("template-syntax"), "{found}");
}

#[test]
fn check_shows_drift_beside_what_the_checks_find() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData: {a: b}\n";
    let scene = Scene::new().rendered().with("templates/secret.yaml", secret);
    scene.write("out/dev/site.yaml", "mine: 1\n");
    let run = scene.render(&["check", "--env", "dev"]).exits(1);
    for part in ["error[plaintext-secret]", "error[edited-output]: out/dev/site.yaml", "out/dev/secret.yaml is missing"]
    {
        assert!(run.stderr.contains(part), "{part}: {run}");
    }
}

#[test]
fn check_with_the_diff() {
    let scene = Scene::new().rendered().with("values/dev.yaml", "platform: {domain: x.example.com}\n");
    let run = scene.render(&["check", "--env", "dev", "--diff"]).exits(1);
    assert_eq!(run.stdout, scene.render(&["diff", "--env", "dev"]).exits(1).stdout);
}
