//! Layers that extend each other wrongly, and environments that are not there.

use insta::assert_snapshot;

use crate::support::Scene;

#[test]
fn layers_that_extend_each_other_in_a_circle() {
    let scene = Scene::new()
        .with("values/dev.yaml", "extends: [europe]\nplatform: {domain: dev.example.com}\n")
        .with("values/europe.yaml", "extends: [large]\n")
        .with("values/large.yaml", "extends: [europe]\n");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[bad-extends]: the layers extend each other in a circle
     --> values/large.yaml:1:11
      |
    1 | extends: [europe]
      |           ^^^^^^ leads back
      |
      = note: `dev.yaml` extends `europe.yaml` extends `large.yaml` extends `europe.yaml`
      = help: take one of these out of its `extends`

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn two_environments_that_extend_each_other() {
    let scene = Scene::new()
        .with("values/dev.yaml", "extends: [prod]\nplatform: {domain: dev.example.com}\n")
        .with("values/prod.yaml", "extends: [dev]\nplatform: {domain: example.com}\n");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[bad-extends]: the layers extend each other in a circle
     --> values/prod.yaml:1:11
      |
    1 | extends: [dev]
      |           ^^^ leads back
      |
      = note: `dev.yaml` extends `prod.yaml` extends `dev.yaml`
      = help: take one of these out of its `extends`

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_layer_that_is_not_there() {
    let scene = Scene::new()
        .with("values/dev.yaml", "extends:\n  - eruope\nplatform: {domain: dev.example.com}\n")
        .with("values/prod.yaml", "extends: [europe]\nplatform: {domain: example.com}\n")
        .with("values/europe.yaml", "cluster: {region: ams3}\n");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[bad-extends]: there is no layer `eruope`
     --> values/dev.yaml:2:5
      |
    2 |   - eruope
      |     ^^^^^^ values/eruope.yaml does not exist
      |
    help: a layer with a similar name exists
      |
    2 -   - eruope
    2 +   - europe
      |

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn extends_that_is_no_list() {
    let scene = Scene::new().with("values/dev.yaml", "extends: prod\nplatform: {domain: dev.example.com}\n");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[wrong-type]: `extends` is a list of layer names
     --> values/dev.yaml:1:10
      |
    1 | extends: prod
      |          ^^^^ not a list of names
      |
      = help: write `extends: [prod]`

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn an_unknown_environment() {
    let scene = Scene::new().with("values/prod.yaml", "platform: {domain: example.com}\n");
    assert_snapshot!(scene.refuses(&["--env", "prd"]), @"
    error[unknown-environment]: there is no environment `prd`
     |
     = note: an environment is a file in values/, and values/prd.yaml is none
     = note: environments here: dev, prod
     = help: did you mean `prod`?

    error: 1 problem in prd; nothing was written
    ");
    assert_snapshot!(scene.refuses(&["--env", "staging"]), @"
    error[unknown-environment]: there is no environment `staging`
     |
     = note: an environment is a file in values/, and values/staging.yaml is none
     = note: environments here: dev, prod
     = help: render one of these, or create values/staging.yaml

    error: 1 problem in staging; nothing was written
    ");
}

#[test]
fn a_layer_is_no_environment() {
    let scene = Scene::new()
        .with("values/dev.yaml", "extends: [europe]\nplatform: {domain: dev.example.com}\n")
        .with("values/europe.yaml", "");
    assert_snapshot!(scene.refuses(&["--env", "europe"]), @"
    error[unknown-environment]: `europe` is a layer that other environments extend, not an environment
    --> values/europe.yaml
     = help: render one of: dev

    error: 1 problem in europe; nothing was written
    ");
}

#[test]
fn an_environment_that_is_no_name() {
    for name in ["../dev", "dev/..", "/etc", "Dev", "."] {
        let said = Scene::new().refuses(&["--env", name]);
        assert!(said.contains(&format!("`{name}`")), "{said}");
    }
    assert_snapshot!(Scene::new().refuses(&["--env", "../dev"]), @"error: `../dev` has a character that no environment may have: `.`; write it like `dev`");
    assert_snapshot!(Scene::new().refuses(&["--env", "Dev"]), @"error: `Dev` has a character that no environment may have: `D`; write it like `dev`");
}

#[test]
fn no_environment() {
    assert_snapshot!(Scene::new().refuses(&[]), @"error: which environment? use `--env dev` or `--all`");
    let scene = Scene::new();
    scene.remove("values/dev.yaml");
    assert_snapshot!(scene.refuses(&["--all"]), @"error: there is no environment: create values/dev.yaml");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[unknown-environment]: there is no environment `dev`
     |
     = note: an environment is a file in values/, and values/dev.yaml is none
     = help: create values/dev.yaml: each file there but base.yaml is an environment

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_pattern_that_matches_nothing() {
    assert_snapshot!(Scene::new().refuses(&["--env", "prod-*"]), @"error: no environment matches `prod-*`; there are: dev");
}

#[test]
fn no_project() {
    let scene = Scene::empty();
    // Not from the project's own folder: somebody's `values` may be above that.
    assert_snapshot!(scene.run(scene.command(&["--env", "dev"]).current_dir("/")), @"
    exit 2
    --- stderr
    error: no folder `values` in / or above it
    help: run it inside a project, or name one with `--project DIR`
    ");
    assert_snapshot!(scene.refuses(&["--env", "dev", "--project", "nowhere"]), @"
    error: nowhere is no project: it has no folder `values`
    help: name the folder that `values` is in
    ");
}
