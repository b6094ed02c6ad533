//! `render schema`.

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::Scene;

#[test]
fn schema_is_printed_and_checked() {
    let scene = Scene::new();
    let run = scene.render(&["schema"]).succeeds();
    let schema: Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(schema["properties"]["platform"]["properties"]["domain"]["description"].is_string());
    assert_snapshot!(scene.render(&["schema", "--check"]), @"
    exit 1
    --- stderr
    error: values/schema.json is missing
    help: run `render schema > values/schema.json`
    ");
    scene.write("values/schema.json", run.stdout.replace("\"platform\"", "\"plattform\""));
    assert_snapshot!(scene.render(&["schema", "--check"]), @"
    exit 1
    --- stderr
    error: values/schema.json is not the schema of this version
    help: run `render schema > values/schema.json`
    ");
    scene.write("values/schema.json", run.stdout);
    assert_snapshot!(scene.render(&["schema", "--check"]), @"exit 0");
    // It is no input of a render.
    scene.render(&["--env", "dev"]).succeeds();
}

#[test]
fn schema_needs_no_project() {
    let scene = Scene::empty();
    scene.run(scene.command(&["schema"]).current_dir("/")).succeeds();
}
