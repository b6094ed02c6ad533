//! Every command and flag: what it prints, where, and how it ends.

mod arguments;
mod check;
mod diff;
mod list;
mod messages;
mod render;
mod schema;

use serde_json::Value;

use crate::support::Scene;

/// Three environments of which two share a layer.
fn three() -> Scene {
    Scene::new()
        .with("values/prod.yaml", "platform: {domain: example.com}\n")
        .with("values/prod-fra.yaml", "extends: [prod]\nplatform: {domain: fra.example.com}\n")
        .with("values/prod-nyc.yaml", "extends: [prod]\nplatform: {domain: nyc.example.com}\n")
}

/// One line of JSON each.
#[track_caller]
fn lines(text: &str) -> Vec<Value> {
    let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    text.lines().map(read).collect()
}

/// A scene whose `out/dev` has a file in each state that there is.
fn every_state() -> Scene {
    let names = ["current", "edited", "missing", "out-of-date", "stale"];
    let scene = names.iter().fold(Scene::new(), |scene, name| scene.with(&format!("templates/{name}.yaml"), "a: 1\n"));
    let scene = scene.rendered();
    scene.write("out/dev/edited.yaml", scene.read("out/dev/edited.yaml").replace('1', "7"));
    scene.remove("out/dev/missing.yaml");
    scene.write("templates/out-of-date.yaml", "a: 2\n");
    scene.remove("templates/stale.yaml");
    scene.write("templates/unknown.yaml", "a: 1\n");
    scene.write("out/dev/unknown.yaml", "mine: 1\n");
    scene
}
