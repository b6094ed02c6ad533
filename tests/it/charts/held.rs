//! `render check` holds Helm values to the charts at hand.

use insta::assert_snapshot;

use super::servers::{repository_of, stable};
use super::{scene, without_ports};
use crate::support::Scene;

const CHECK: [&str; 3] = ["check", "--env", "dev"];

/// A scene with `values` for a chart that is pulled, and rendered.
fn held(values: &str) -> Scene {
    let server = repository_of("replicas: 1\nimage: {tag: x}\n", |_| None);
    let scene = scene(&stable(&server)).and("values/dev.yaml", values);
    scene.render(&["charts", "pull", "--plain-http"]).succeeds();
    scene.rendered()
}

#[test]
fn without_the_chart_one_warning_says_so() {
    let scene = scene("https://charts.example.com").rendered();
    assert_snapshot!(scene.render(&CHECK).succeeds(), @r#"
    exit 0
    --- stderr
    dev: 2 files current
    warning[chart-not-cached]: Helm values were not held to their charts
    --> .supercargo/charts
     = note: not every chart that the values pin is here; `render charts list` says which are
     = help: run `render charts pull` once: it fetches them, and checks need no network from then on
    "#);
}

#[test]
fn a_key_that_no_template_reads_is_shown_where_it_is_rendered() {
    assert_snapshot!(held("    values: {image: {tga: y}}\n").render(&CHECK).succeeds().stderr, @r#"
    dev: 2 files current
    warning[unknown-chart-key]: the chart knows no key `image.tga`
     --> out/dev/charts/podinfo/values.yaml:3:3
      |
    3 |   tga: "y"
      |   ^^^ no template reads this
      |
      = note: the chart is podinfo 1.2.3
      = help: correct `charts.podinfo.values`, or templates/charts/{chart}/values.yaml.j2
      = help: did you mean `tag`?
    "#);
    let silent = held("    values: {image: {tag: y}}\n").render(&CHECK).succeeds();
    assert!(!silent.stderr.contains("warning"), "{silent}");
}

#[test]
fn a_platform_may_be_stricter_or_not_care() {
    let policy = |level: &str| {
        format!(
            "    values: {{tga: y}}\npolicies:\n  severities:\n    unknown-chart-key: {{level: {level}, reason: A test}}\n"
        )
    };
    let strict = held(&policy("error")).render(&CHECK).exits(1);
    assert!(strict.stderr.contains("error[unknown-chart-key]"), "{strict}");
    let silent = held(&policy("off")).render(&CHECK).succeeds();
    assert!(!silent.stderr.contains("unknown-chart-key"), "{silent}");
    let unasked = "policies: {severities: {chart-not-cached: {level: 'off', reason: A test}}}\n";
    let scene = scene("https://charts.example.com").and("values/dev.yaml", unasked).rendered();
    let silent = scene.render(&CHECK).succeeds();
    assert!(!silent.stderr.contains("warning"), "{silent}");
}

#[test]
fn a_version_that_is_not_locked_is_found() {
    let scene = held("");
    scene.write("values/dev.yaml", scene.read("values/dev.yaml").replace("1.2.3", "1.2.4"));
    let scene = scene.rendered();
    assert_snapshot!(without_ports(&scene.render(&CHECK).exits(1).stderr), @r#"
    dev: 2 files current
    error[charts-lock]: charts.lock does not have podinfo 1.2.4
     --> values/dev.yaml:7:14
      |
    7 |     version: 1.2.4
      |              ^^^^^
      |
      = note: of https://[server]/stable
      = help: run `render charts pull`, and commit charts.lock

    error: 1 problem
    "#);
}

#[test]
fn rendering_does_not_depend_on_what_is_cached() {
    let scene = held("    values: {image: {tga: y}}\n");
    let with = scene.out();
    scene.remove(".supercargo");
    scene.remove("charts.lock");
    scene.remove("out");
    assert!(scene.rendered().out() == with);
}
