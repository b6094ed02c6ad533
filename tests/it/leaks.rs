//! Secrets in the clear are refused wherever they stand, and never shown.

use insta::assert_snapshot;

use crate::support::Scene;

/// A token that nobody has given out, put together here so that no scanner takes this file for a leak.
fn token() -> String {
    ["dop_", "v1_", &"0a1b2c3d".repeat(8)].concat()
}

#[test]
fn in_values() {
    let scene = Scene::new();
    scene.write("values/dev.yaml", format!("platform:\n  domain: dev.example.com # {}\n", token()));
    let said = scene.refuses(&["--env", "dev"]);
    assert!(!said.contains(&token()), "{said}");
    assert_snapshot!(said, @"
    error[leak]: a DigitalOcean token stands in the values in the clear
     --> values/dev.yaml:2:29
      |
    2 |   domain: dev.example.com # ***********************************************************************
      |                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = note: whoever can read the repository has it, also after it is removed: the history keeps it
      = help: remove it, have it revoked where it comes from, and seal the new one: `render seal set`

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn in_what_a_template_renders_from_harmless_parts() {
    let half = "0a1b2c3d".repeat(4);
    let scene = Scene::new();
    scene.write("templates/site.yaml.j2", format!("a: {{{{ \"{half}\" }}}}\nb: dop_v1_{half}{{{{ \"{half}\" }}}}\n"));
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[leak]: a DigitalOcean token would be written in the clear
     --> out/dev/site.yaml:3:4
      |
    3 | b: ***********************************************************************
      |    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = note: rendered by templates/site.yaml.j2
      = help: seal it with `render seal set`, and refer to the Secret

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn unless_somebody_says_why_it_is_none() {
    let scene = Scene::new()
        .and("values/dev.yaml", "policies: {severities: {leak: {level: off, reason: an example in the manual}}}\n");
    scene.write("templates/site.yaml.j2", format!("example: {}\n", token()));
    scene.render(&["--env", "dev"]).succeeds();
}
