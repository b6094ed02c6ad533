//! Guarded resources do not disappear unasked: neither from `out/`, nor on the way into the main branch.

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::Scene;

const CLAIM: &str = "templates/claim.yaml.j2";

/// A rendered scene with a claim and a namespace, and then without both.
fn emptied() -> Scene {
    let scene = Scene::new()
        .with(CLAIM, "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, namespace: shop}\n")
        .with("templates/namespace.yaml.j2", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")
        .rendered();
    scene.remove(CLAIM);
    scene.remove("templates/namespace.yaml.j2");
    scene
}

#[test]
fn a_render_says_what_would_disappear_and_writes_nothing() {
    let scene = emptied();
    scene.write("templates/site.yaml.j2", "other: 1\n");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[guarded-deletion]: `PersistentVolumeClaim shop/data` would disappear
    --> out/dev/claim.yaml
     = note: its volume and the data are deleted with it, unless the storage class retains them
     = help: if it is meant: `render --env dev --allow-delete PersistentVolumeClaim`
     = help: to keep it in the cluster only, annotate it with `argocd.argoproj.io/sync-options: Prune=false` first

    error[guarded-deletion]: `Namespace shop` would disappear
    --> out/dev/namespace.yaml
     = note: all that is in a namespace is deleted with it, also what nobody rendered
     = help: if it is meant: `render --env dev --allow-delete Namespace`
     = help: to keep it in the cluster only, annotate it with `argocd.argoproj.io/sync-options: Prune=false` first

    error: 2 problems in dev; nothing was written
    ");
}

#[test]
fn what_is_allowed_disappears() {
    let scene = emptied();
    let said = scene.refuses(&["--env", "dev", "--allow-delete", "namespace"]);
    assert!(said.contains("PersistentVolumeClaim shop/data") && !said.contains("`Namespace shop`"), "{said}");
    let allowed = ["--env", "dev", "--allow-delete", "Namespace", "--allow-delete", "PersistentVolumeClaim"];
    let run = scene.render(&allowed).succeeds();
    assert!(run.stderr.contains("removed  out/dev/claim.yaml"), "{run}");
    // It is asked once.
    scene.render(&["--env", "dev"]).succeeds();
    emptied().render(&["--env", "dev", "--allow-delete", "all"]).succeeds();
}

#[test]
fn what_moves_or_changes_does_not_disappear() {
    let scene = Scene::new()
        .with(
            CLAIM,
            "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {storageClassName: one}\n",
        )
        .rendered();
    scene.write(CLAIM, scene.read(CLAIM).replace("one", "two"));
    scene.render(&["--env", "dev"]).succeeds();
    scene.write("templates/other/claim.yaml.j2", scene.read(CLAIM));
    scene.remove(CLAIM);
    scene.render(&["--env", "dev"]).succeeds();
    scene.write(
        "templates/other/claim.yaml.j2",
        scene.read("templates/other/claim.yaml.j2").replace("name: data", "name: disk"),
    );
    let said = scene.refuses(&["--env", "dev"]);
    let expected = "`PersistentVolumeClaim data` would become `PersistentVolumeClaim disk`, and be deleted";
    assert!(said.contains(expected), "{said}");
}

#[test]
fn one_environment_that_would_lose_something_stops_all() {
    let scene = emptied();
    scene.write("values/prod.yaml", "platform: {domain: example.com}\n");
    let said = scene.refuses(&["--all"]);
    assert!(said.ends_with("error: 2 problems in dev, prod; nothing was written\n"), "{said}");
    assert!(!scene.path("out/prod").exists());
}

#[test]
fn the_findings_are_data_too() {
    let said = emptied().refuses(&["--env", "dev", "--message-format", "json"]);
    let first: Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    assert_eq!((&first["code"], &first["severity"]), (&Value::from("guarded-deletion"), &Value::from("error")));
}

#[test]
fn kinds_are_listed_where_one_is_wrong() {
    let said = emptied().refuses(&["--env", "dev", "--allow-delete", "Pod"]);
    assert!(said.contains("invalid value 'Pod' for '--allow-delete <KIND>'"), "{said}");
    assert!(said.contains("PersistentVolumeClaim") && said.contains("all"), "{said}");
}

#[test]
fn promoting_an_image_drops_nothing_either() {
    let application =
        "applications:\n  web: {source: {path: application/web}, image: 'registry.example.com/web:1', port: 8080}\n";
    let scene = Scene::new()
        .and("values/dev.yaml", application)
        .with(CLAIM, "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\n")
        .rendered();
    scene.remove(CLAIM);
    let before = scene.read("values/dev.yaml");
    let said = scene.refuses(&["image", "set", "web", "registry.example.com/web:2", "--env", "dev"]);
    assert!(said.contains("error[guarded-deletion]"), "{said}");
    assert_eq!(scene.read("values/dev.yaml"), before);
}

#[test]
fn a_service_that_is_switched_off() {
    let scene = Scene::of_this_repository();
    scene.render(&["--env", "dev"]).succeeds();
    let off = ["--env", "dev", "--set", "services.metricsServer.enabled=false"];
    let said = scene.refuses(&off);
    let findings: Vec<_> = said.lines().filter(|line| line.starts_with("error[")).collect();
    assert_eq!(
        findings,
        [
            "error[guarded-deletion]: `Application argocd/metrics-server` would disappear",
            "error[guarded-deletion]: `AppProject argocd/metrics-server` would disappear",
        ]
    );
    let allow = ["--allow-delete", "Application", "--allow-delete", "AppProject"];
    scene.render(&[&off[..], &allow].concat()).succeeds();
}

/// A branch that loses the claim, and `main`, which goes on.
fn branch() -> Scene {
    let scene = Scene::new()
        .with(CLAIM, "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, namespace: shop}\n")
        .rendered()
        .committed();
    scene.git(&["checkout", "--quiet", "-b", "work"]);
    scene.remove(CLAIM);
    scene.render(&["--env", "dev", "--allow-delete", "all"]).succeeds();
    scene.commit();
    scene.git(&["checkout", "--quiet", "main"]);
    scene.write("templates/late.yaml.j2", "apiVersion: v1\nkind: Namespace\nmetadata: {name: late}\n");
    scene.commit();
    scene.git(&["checkout", "--quiet", "work"]);
    scene
}

#[test]
fn a_check_compares_with_where_the_branch_began() {
    let scene = branch();
    scene.render(&["check", "--env", "dev"]).succeeds();
    // The namespace that only `main` has is nothing that this branch took away.
    assert_snapshot!(scene.render(&["check", "--env", "dev", "--against", "main"]), @"
    exit 1
    --- stderr
    dev: 1 file current
    error[guarded-deletion]: `PersistentVolumeClaim shop/data` would disappear
    --> out/dev/claim.yaml
     = note: its volume and the data are deleted with it, unless the storage class retains them
     = help: if it is meant: `render check --env dev --against main --allow-delete PersistentVolumeClaim`
     = help: to keep it in the cluster only, annotate it with `argocd.argoproj.io/sync-options: Prune=false` first

    error: 1 problem
    ");
    scene.render(&["check", "--env", "dev", "--against", "main", "--allow-delete", "PersistentVolumeClaim"]).succeeds();
    scene.render(&["check", "--env", "dev", "--against", "main", "--allow-delete", "Namespace"]).exits(1);
    scene.render(&["check", "--env", "dev", "--against", "HEAD"]).succeeds();
    let run = scene.render(&["check", "--env", "dev", "--against", "nope"]).exits(2);
    assert!(run.stderr.starts_with("error: `nope` is no revision of this repository\nhelp: "), "{run}");
}

#[test]
fn what_is_lost_is_said_beside_what_else_is_wrong() {
    let scene =
        branch().with("templates/bad.yaml.j2", "apiVersion: v1\nkind: Namespace\nmetadata: {name: bad}\nspec: 1\n");
    let run = scene.render(&["check", "--env", "dev", "--against", "main"]).exits(1);
    assert!(run.stderr.contains("error[schema]: Namespace `bad`: `spec` must be a mapping"), "{run}");
    assert!(run.stderr.contains("error[guarded-deletion]: `PersistentVolumeClaim shop/data` would disappear"), "{run}");
}

#[test]
fn a_check_of_an_environment_that_is_new() {
    let scene = branch().with("values/prod.yaml", "platform: {domain: example.com}\n");
    scene.render(&["--env", "prod"]).succeeds();
    let run = scene.render(&["check", "--env", "prod", "--against", "main"]).succeeds();
    assert!(run.stderr.contains("prod: not in `main`, so nothing of it can disappear\n"), "{run}");
}
