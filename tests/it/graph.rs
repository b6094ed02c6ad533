//! `render graph`: its formats, and what it says about this repository.

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{Scene, repository};

#[test]
fn each_format_goes_to_standard_output() {
    let scene = Scene::of_this_repository();
    let run = |arguments: &[&str]| scene.render(&[&["graph", "--env", "dev"], arguments].concat()).succeeds().stdout;
    assert!(run(&[]).starts_with("flowchart TB\n  accTitle: App of Apps of dev\n"), "{}", run(&[]));
    assert_eq!(run(&["--format", "mermaid"]), run(&[]));
    assert!(run(&["--format", "dot"]).starts_with("digraph \"App of Apps of dev\" {\n"));
    let svg = run(&["--format", "svg"]);
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"graph\" role=\"img\""), "{svg}");
    assert!(svg.contains("prefers-color-scheme: dark") && !svg.contains("<script"), "{svg}");
    let json = run(&["--format", "json"]);
    assert_eq!(run(&["--message-format", "json"]), json);
    // The nearer one wins.
    assert_eq!(run(&["--message-format", "json", "--format", "dot"]), run(&["--format", "dot"]));
    assert!(!scene.path("out").exists(), "a graph writes nothing");
}

#[test]
fn several_environments_in_each_format() {
    let scene = Scene::of_this_repository();
    let run = |format: &str| scene.render(&["graph", "--all", "--format", format]).succeeds().stdout;
    assert!(run("mermaid").starts_with("## dev\n\n```mermaid\nflowchart TB\n"), "{}", run("mermaid"));
    assert!(run("mermaid").contains("```\n\n## prod\n\n```mermaid\n"));
    assert_eq!(run("dot").matches("digraph ").count(), 2);
    assert_eq!(run("svg").matches("<svg ").count(), 1);
    assert!(run("svg").contains("App of Apps of dev, prod"));
}

#[test]
fn nothing_to_draw_is_said() {
    assert_snapshot!(Scene::new().render(&["graph", "--env", "dev"]), @"
    exit 0
    --- stdout
    flowchart TB
      accTitle: App of Apps of dev
    --- stderr
    dev: no Argo CD Application is rendered, so the graph is empty
    ");
}

#[test]
fn values_that_are_wrong_draw_nothing() {
    let error = Scene::new().and("values/dev.yaml", "charts:\n  x: {}\n").refuses(&["graph", "--env", "dev"]);
    assert!(error.contains("error[missing-value]"), "{error}");
}

#[test]
fn this_repository_hangs_together() {
    let scene = Scene::empty();
    let mut command = scene.command(&["graph", "--all", "--format", "json", "--project"]);
    let run = scene.run(command.arg(repository())).succeeds();
    let graphs: Value = serde_json::from_str(&run.stdout).unwrap();
    for graph in graphs["graphs"].as_array().unwrap() {
        let applications = graph["applications"].as_array().unwrap();
        // One root, and nothing that nobody applies.
        let roots: Vec<_> = applications.iter().filter(|one| one["parent"].is_null()).map(|one| &one["name"]).collect();
        assert_eq!(roots, ["root"], "{}", graph["environment"]);
        let part = applications.iter().find(|one| one["name"] == "lofi-deployment").unwrap();
        assert_eq!((&part["parent"], &part["project"]), (&"argocd/lofi".into(), &"lofi".into()));
        let wave = |id: &Value| {
            let own = applications.iter().find(|one| one["id"] == *id).unwrap();
            let top = applications.iter().find(|one| one["id"] == own["parent"] && one["name"] != "root");
            top.unwrap_or(own)["wave"].as_i64().unwrap()
        };
        // Whoever is needed comes first, or with those who need it.
        for need in graph["needs"].as_array().unwrap() {
            assert!(wave(&need["to"]) <= wave(&need["from"]), "{need}");
        }
        assert!(graph["needs"].as_array().unwrap().len() > 20);
    }
}
