//! `render diff`: a patch, and what it says beside it.

use insta::assert_snapshot;

use super::{every_state, lines};
use crate::support::Scene;

#[test]
fn diff_of_what_is_current() {
    assert_snapshot!(Scene::new().rendered().render(&["diff", "--env", "dev"]), @"
    exit 0
    --- stderr
    dev: no difference
    ");
}

#[test]
fn diff_of_every_state_of_a_file() {
    let scene = every_state();
    let before = scene.out();
    assert_snapshot!(scene.render(&["diff", "--env", "dev"]), @"
    exit 1
    --- stdout
    diff --git a/out/dev/edited.yaml b/out/dev/edited.yaml
    --- a/out/dev/edited.yaml
    +++ b/out/dev/edited.yaml
    @@ -1,2 +1,2 @@
     # Rendered from templates/edited.yaml; edit that or the values, not this file.
    -a: 7
    +a: 1
    diff --git a/out/dev/missing.yaml b/out/dev/missing.yaml
    new file mode 100644
    --- /dev/null
    +++ b/out/dev/missing.yaml
    @@ -0,0 +1,2 @@
    +# Rendered from templates/missing.yaml; edit that or the values, not this file.
    +a: 1
    diff --git a/out/dev/out-of-date.yaml b/out/dev/out-of-date.yaml
    --- a/out/dev/out-of-date.yaml
    +++ b/out/dev/out-of-date.yaml
    @@ -1,2 +1,2 @@
     # Rendered from templates/out-of-date.yaml; edit that or the values, not this file.
    -a: 1
    +a: 2
    diff --git a/out/dev/stale.yaml b/out/dev/stale.yaml
    deleted file mode 100644
    --- a/out/dev/stale.yaml
    +++ /dev/null
    @@ -1,2 +0,0 @@
    -# Rendered from templates/stale.yaml; edit that or the values, not this file.
    -a: 1
    diff --git a/out/dev/unknown.yaml b/out/dev/unknown.yaml
    --- a/out/dev/unknown.yaml
    +++ b/out/dev/unknown.yaml
    @@ -1 +1,2 @@
    -mine: 1
    +# Rendered from templates/unknown.yaml; edit that or the values, not this file.
    +a: 1
    --- stderr
    dev: 5 files differ: 1 added, 3 changed, 1 removed
      ~ out/dev/edited.yaml
          a: 7 → 1
      + out/dev/missing.yaml
      ~ out/dev/out-of-date.yaml
          a: 1 → 2
      - out/dev/stale.yaml
      ~ out/dev/unknown.yaml
          a: added 1
          mine: removed 1
    error[edited-output]: out/dev/edited.yaml was edited by hand
     --> out/dev/edited.yaml:2:4
      |
    2 | a: 7
      |    ^ rendered as `1`
      |
      = note: `templates/edited.yaml` renders it
      = help: to keep the edit, set the value that the line comes from, or change the template, and render again
      = help: to drop it, run `render --env dev --discard-edits`

    error[unknown-file]: out/dev/unknown.yaml is to be written, and a file that `render` does not know is there
    --> out/dev/unknown.yaml
     = note: `templates/unknown.yaml` renders it
     = note: out/dev/render.lock does not list it, so it is nothing that an earlier render wrote
     = help: move or remove it, then render again

    error: 2 problems; a render stops there
    ");
    assert!(scene.out() == before);
}

#[test]
fn diff_is_a_patch() {
    let scene = Scene::new().rendered().with("values/dev.yaml", "platform: {domain: other.example.com}\n");
    let run = scene.render(&["diff", "--env", "dev", "--quiet"]).exits(1);
    assert_snapshot!(run, @"
    exit 1
    --- stdout
    diff --git a/out/dev/site.yaml b/out/dev/site.yaml
    --- a/out/dev/site.yaml
    +++ b/out/dev/site.yaml
    @@ -1,2 +1,2 @@
     # Rendered from templates/site.yaml.j2; edit that or the values, not this file.
    -domain: dev.example.com
    +domain: other.example.com
    ");
    // In a terminal it has colours, as Git's has.
    let run = scene.render(&["diff", "--env", "dev", "--color", "always"]).exits(1);
    assert!(run.stdout.contains("\u{1b}[32m+domain: other.example.com\u{1b}[0m\n"), "{run}");
}

#[test]
fn diff_as_json() {
    let run = every_state().render(&["diff", "--env", "dev", "--message-format", "json"]).exits(1);
    let kinds: Vec<_> =
        lines(&run.stdout).iter().map(|line| format!("{} {}", line["kind"], line["path"]).replace('"', "")).collect();
    assert_eq!(
        kinds,
        [
            "changed out/dev/edited.yaml",
            "added out/dev/missing.yaml",
            "changed out/dev/out-of-date.yaml",
            "removed out/dev/stale.yaml",
            "changed out/dev/unknown.yaml"
        ]
    );
    assert!(lines(&run.stderr).iter().all(|line| line["type"].is_string()));
}

#[test]
fn diff_of_inputs_that_are_wrong() {
    assert_eq!(Scene::new().with("values/dev.yaml", "").render(&["diff", "--env", "dev"]).status, Some(2));
}
