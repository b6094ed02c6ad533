//! `render check`: every state of a file, as text and as JSON.

use insta::assert_snapshot;
use serde_json::json;

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

#[test]
fn check_as_json() {
    let run = every_state().render(&["check", "--env", "dev", "--message-format", "json"]).exits(1);
    let summary = &lines(&run.stdout)[0];
    assert_eq!((&summary["type"], &summary["current"]), (&json!("checked"), &json!(false)));
    let states: Vec<_> = summary["files"].as_array().unwrap().iter().map(|file| &file["state"]).collect();
    assert_eq!(states, ["current", "edited", "missing", "out-of-date", "current", "stale", "unknown"]);
    let codes: Vec<_> = lines(&run.stderr).iter().map(|line| line["code"].clone()).collect();
    assert!(codes.contains(&json!("edited-output")) && codes.contains(&json!("out-of-date")), "{codes:?}");
}

#[test]
fn check_of_inputs_that_are_wrong() {
    let scene = Scene::new().rendered().with("values/dev.yaml", "");
    let run = scene.render(&["check", "--env", "dev"]).exits(2);
    assert!(run.stderr.contains("error[missing-value]"), "{run}");
}
