//! `render --env …`: what it writes and says.

use insta::assert_snapshot;
use serde_json::Value;

use super::{lines, three};
use crate::support::Scene;

#[test]
fn a_first_render_and_a_second() {
    let scene = Scene::new();
    assert_snapshot!(scene.render(&["--env", "dev"]), @"
    exit 0
    --- stderr
    dev: 1 created
      created  out/dev/site.yaml
    ");
    assert_snapshot!(scene.render(&["--env", "dev"]), @"
    exit 0
    --- stderr
    dev: 1 file unchanged
    ");
    assert_snapshot!(scene.read("out/dev/site.yaml"), @"
    # Rendered from templates/site.yaml.j2; edit that or the values, not this file.
    domain: dev.example.com
    ");
}

#[test]
fn many_changes_are_counted_and_verbose_names_them() {
    let scene = (0..20).fold(Scene::new(), |scene, n| scene.with(&format!("templates/{n:02}.yaml.j2"), "a: 1\n"));
    let run = scene.render(&["--env", "dev"]);
    assert!(run.stderr.ends_with("  created  out/dev/11.yaml\n  and 9 more; --verbose names them all\n"), "{run}");
    scene.remove("out");
    let run = scene.render(&["--env", "dev", "--verbose"]);
    assert!(run.stderr.ends_with("  created  out/dev/19.yaml\n  created  out/dev/site.yaml\n"), "{run}");
    scene.remove("templates/03.yaml.j2");
    scene.write("templates/04.yaml.j2", "a: 2\n");
    scene.write("templates/x/05.yaml.j2", "a: 2\n");
    assert_snapshot!(scene.render(&["--env", "dev"]), @"
    exit 0
    --- stderr
    dev: 1 created, 1 updated, 1 removed, 19 unchanged
      created  out/dev/x/05.yaml
      updated  out/dev/04.yaml
      removed  out/dev/03.yaml
    ");
}

#[test]
fn layers_lie_over_each_other_in_order() {
    let scene = three()
        .with("values/outputs/prod-fra.yaml", "platform: {name: outputs}\ncluster: {region: outputs}\n")
        .and("values/prod.yaml", "cluster: {region: prod, tags: [a]}\n")
        .and("values/prod-fra.yaml", "cluster: {tags: [b]}\n")
        .with(
            "templates/site.yaml.j2",
            "name: {{ platform.name }}\nregion: {{ cluster.region }}\ntags: {{ cluster.tags }}\nha: {{ cluster.highAvailability }}\n",
        );
    scene.render(&["--env", "prod-fra", "--set", "cluster.highAvailability=true"]).succeeds();
    assert_snapshot!(scene.read("out/prod-fra/site.yaml"), @"
    # Rendered from templates/site.yaml.j2; edit that or the values, not this file.
    name: outputs
    region: outputs
    tags:
    - b
    ha: true
    ");
}

#[test]
fn set_can_be_repeated_and_is_for_this_run_only() {
    let scene = Scene::new().with("templates/site.yaml.j2", "name: {{ platform.name }}\ntags: {{ cluster.tags }}\n");
    scene.render(&["--env", "dev", "--set", "platform.name=trial", "--set", "cluster.tags=[a, b]"]).succeeds();
    assert!(scene.read("out/dev/site.yaml").ends_with("name: trial\ntags:\n- a\n- b\n"));
    assert_eq!(scene.render(&["diff", "--env", "dev", "--set", "platform.name=trial"]).status, Some(1));
    assert_eq!(scene.render(&["check", "--env", "dev"]).status, Some(1));
    scene.render(&["--env", "dev"]).succeeds();
    assert!(scene.read("out/dev/site.yaml").ends_with("name: example\ntags: []\n"));
}

#[test]
fn render_as_json() {
    let scene = Scene::new();
    assert_snapshot!(scene.render(&["--env", "dev", "--message-format", "json"]), @r#"
    exit 0
    --- stdout
    {"type":"rendered","environment":"dev","created":["site.yaml"],"updated":[],"removed":[],"discarded":[],"unchanged":0}
    "#);
    scene.write("out/dev/site.yaml", "mine: 1\n");
    let run = scene.render(&["--env", "dev", "--message-format", "json"]).exits(2);
    assert_eq!(lines(&run.stderr)[0]["code"], "edited-output");
    assert_eq!(lines(&run.stdout), [] as [Value; 0]);
}
