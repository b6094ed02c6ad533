//! Every command and flag: what it prints, where, and how it ends.

use std::process::Stdio;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{RENDER, Scene};

/// Three environments of which two share a layer.
fn three() -> Scene {
    Scene::new()
        .with("values/prod.yaml", "platform: {domain: example.com}\n")
        .with("values/prod-fra.yaml", "extends: [prod]\nplatform: {domain: fra.example.com}\n")
        .with("values/prod-nyc.yaml", "extends: [prod]\nplatform: {domain: nyc.example.com}\n")
}

/// A chart and an application.
const CONTENT: &str = "\
charts:
  reloader: {repository: 'https://charts.example.com', chart: reloader, version: 2.2.3, namespace: tools, wave: -3}
  idle: {enabled: false, repository: 'https://charts.example.com', chart: idle, version: 1.0.0, namespace: tools}
applications:
  web: {source: {path: application/web}, image: 'registry.example.com/web:1', port: 8080}
";

/// One line of JSON each.
#[track_caller]
fn lines(text: &str) -> Vec<Value> {
    let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    text.lines().map(read).collect()
}

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
fn quiet_says_nothing_where_all_is_well() {
    let scene = Scene::new();
    for arguments in [["--env", "dev", "-q"].as_slice(), &["check", "--all", "-q"], &["diff", "--all", "--quiet"]] {
        assert_eq!(scene.render(arguments).succeeds().to_string(), "exit 0\n");
    }
    scene.write("values/dev.yaml", "platform: {domain: x}\n");
    assert!(scene.refuses(&["--env", "dev", "-q"]).starts_with("error[invalid-value]: "));
}

#[test]
fn environments_by_pattern_and_all_and_several() {
    let rendered = |arguments: &[&str]| {
        let scene = three();
        scene.render(arguments).succeeds();
        let folders = scene.out().into_keys().filter(|path| !path.is_empty() && !path.contains('/'));
        folders.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(rendered(&["--env", "prod-*"]), "prod-fra prod-nyc");
    assert_eq!(rendered(&["--env", "*"]), "dev prod-fra prod-nyc");
    assert_eq!(rendered(&["--env", "prod-???", "-e", "dev"]), "dev prod-fra prod-nyc");
    assert_eq!(rendered(&["--all"]), "dev prod-fra prod-nyc");
    assert_eq!(rendered(&["--env", "dev", "--env", "prod-nyc", "--env", "dev"]), "dev prod-nyc");
    assert_eq!(rendered(&["--env", "prod-nyc,dev"]), "dev prod-nyc");
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
fn flags_come_from_environment_variables_too() {
    let scene = three();
    let run = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = scene.command(arguments);
        scene.run(command.current_dir("/").env("SUPERCARGO_PROJECT", scene.root()).envs(variables.iter().copied()))
    };
    let said = run(&["check"], &[("SUPERCARGO_ENV", "dev,prod-*")]).exits(1).stderr;
    assert!(
        said.ends_with("help: run `render --env dev --env prod-fra --env prod-nyc` and commit the result\n"),
        "{said}"
    );
    let said = run(&["check"], &[("SUPERCARGO_ENV", "dev"), ("SUPERCARGO_MESSAGE_FORMAT", "json")]).exits(1);
    assert_eq!(lines(&said.stdout)[0]["environment"], "dev");
    let said = run(&["check"], &[("SUPERCARGO_ENV", "dev"), ("SUPERCARGO_COLOR", "always")]).exits(1);
    assert!(said.stderr.contains("\u{1b}["), "{said}");
    run(&[], &[("SUPERCARGO_ENV", "dev"), ("SUPERCARGO_JOBS", "1")]).succeeds();
    // What is typed counts more.
    run(&["check", "--env", "dev"], &[("SUPERCARGO_ENV", "nope")]).succeeds();
    run(&["--all"], &[("SUPERCARGO_ENV", "dev")]).succeeds();
    run(&["check", "--all"], &[("SUPERCARGO_ENV", "dev")]).succeeds();
    run(&["list"], &[("SUPERCARGO_ENV", "dev")]).succeeds();
    run(&["schema"], &[("SUPERCARGO_ENV", "dev")]).succeeds();
}

#[test]
fn arguments_that_contradict_each_other() {
    let scene = Scene::new();
    assert_snapshot!(scene.refuses(&["--env", "dev", "--all"]), @"
    error: `--all` and `--env` can't be used together

    Usage: render [OPTIONS] [COMMAND]

    For more information, try '--help'.
    ");
    assert_snapshot!(scene.refuses(&["--env", "dev", "check"]), @"
    error: `--env` belongs behind the command: render check --env …

    Usage: render [OPTIONS] [COMMAND]

    For more information, try '--help'.
    ");
    assert_snapshot!(scene.refuses(&["check", "--env", "dev", "--all"]), @"
    error: `--all` and `--env` can't be used together

    Usage: render [OPTIONS] [COMMAND]

    For more information, try '--help'.
    ");
    assert_snapshot!(scene.refuses(&["--env", "dev", "--quiet", "--verbose"]), @"
    error: the argument '--quiet' cannot be used with '--verbose'

    Usage: render --env <ENV> --quiet

    For more information, try '--help'.
    ");
    assert_snapshot!(scene.refuses(&["--evn", "dev"]), @"
    error: unexpected argument '--evn' found

    Usage: render [OPTIONS] [COMMAND]

    For more information, try '--help'.
    ");
    assert_snapshot!(scene.refuses(&["chekc"]), @"
    error: unrecognized subcommand 'chekc'

      tip: some similar subcommands exist: 'schema', 'check'

    Usage: render [OPTIONS] [COMMAND]

    For more information, try '--help'.
    ");
    assert_snapshot!(scene.refuses(&["--env", "dev", "--jobs", "many"]), @"
    error: invalid value 'many' for '--jobs <N>': invalid digit found in string

    For more information, try '--help'.
    ");
}

#[test]
fn global_flags_stand_before_or_behind_the_command() {
    let scene = Scene::new();
    let behind = scene.render(&["list", "--message-format", "json"]).succeeds();
    let before = scene.render(&["--message-format", "json", "list"]).succeeds();
    assert_eq!(before.stdout, behind.stdout);
}

#[test]
fn list_as_a_table_and_as_json() {
    let scene = three().and("values/base.yaml", CONTENT);
    assert_snapshot!(scene.render(&["list"]), @"
    exit 0
    --- stdout
    ENVIRONMENT   KIND          NAME       VERSION   NAMESPACE   WAVE   POOL        HOST
    dev           chart         reloader   2.2.3     tools       -3     tools
    dev           application   web                  web         10     workloads
    prod-fra      chart         reloader   2.2.3     tools       -3     tools
    prod-fra      application   web                  web         10     workloads
    prod-nyc      chart         reloader   2.2.3     tools       -3     tools
    prod-nyc      application   web                  web         10     workloads
    ");
    let json = scene.render(&["list", "--env", "prod-n*", "--message-format", "json"]).succeeds();
    assert_snapshot!(json, @r#"
    exit 0
    --- stdout
    {"environments":["prod-nyc"],"items":[{"environment":"prod-nyc","kind":"chart","name":"reloader","chart":"reloader","version":"2.2.3","namespace":"tools","wave":"-3","pool":"tools","hosts":[],"secrets":[]},{"environment":"prod-nyc","kind":"application","name":"web","chart":"","version":"","namespace":"web","wave":"10","pool":"workloads","hosts":[],"secrets":[]}]}
    "#);
    // `--format` is about the data, `--message-format` about all that is said: the nearer one wins.
    let run = |arguments: &[&str]| scene.render(&[&["list", "--env", "prod-n*"], arguments].concat()).succeeds().stdout;
    assert_eq!(run(&["--format", "json"]), json.stdout);
    assert_eq!(run(&["--format", "text", "--message-format", "json"]), run(&[]));
    assert_eq!(scene.render(&["list", "--env", "nope"]).status, Some(2));
}

/// Everything that an application says for itself, and one that is off.
const APPLICATIONS: &str = "\
applications:
  web:
    source: {path: application/web}
    image: registry.example.com/web:1
    port: 8080
    namespace: shop
    host: www
    wave: 3
    secretEnv:
      TOKEN: {secret: upstream, key: token}
      USER: {secret: upstream, key: user}
  idle: {enabled: false, source: {path: application/idle}, image: 'registry.example.com/idle:1', port: 8080, host: idle}
";

#[test]
fn list_knows_hosts_and_secrets() {
    let scene = Scene::new().and("values/base.yaml", APPLICATIONS);
    assert_snapshot!(scene.render(&["list"]), @"
    exit 0
    --- stdout
    ENVIRONMENT   KIND          NAME   VERSION   NAMESPACE   WAVE   POOL        HOST
    dev           application   web              shop        3      workloads   www.dev.example.com
    ");
    assert_snapshot!(scene.render(&["list", "--format", "markdown"]), @"
    exit 0
    --- stdout
    # Services

    <!-- Generated from values/ by `render list --format markdown`. -->

    What each environment installs, where the lowest wave comes first, and the Secrets that this reads and no chart makes: you
    seal them.

    ## dev

    | service | kind | chart | version | namespace | wave | pool | host | secrets |
    | --- | --- | --- | --- | --- | --- | --- | --- | --- |
    | web | application | | | shop | 3 | workloads | www.dev.example.com | `shop/upstream`: `token`, `user` |

    | secret | type | keys | for | where to get it |
    | --- | --- | --- | --- | --- |
    | `shop/upstream` | `Opaque` | `token`: the variable TOKEN<br>`user`: the variable USER | environment variables of web | whoever runs what web talks to |
    ");
    let run = scene.render(&["list", "--format", "json"]).succeeds();
    let item = &lines(&run.stdout)[0]["items"][0];
    assert_eq!(item["hosts"], json!(["www.dev.example.com"]));
    let keys = json!(["token", "user"]);
    assert_eq!((&item["secrets"][0]["id"], &item["secrets"][0]["keys"]), (&json!("shop/upstream"), &keys));
}

#[test]
fn list_names_environments_that_hold_nothing() {
    let run = Scene::new().render(&["list", "--message-format", "json"]).succeeds();
    assert_eq!(lines(&run.stdout), [json!({ "environments": ["dev"], "items": [] })]);
}

#[test]
fn list_of_values_that_are_wrong() {
    let scene = Scene::new().and("values/dev.yaml", "charts:\n  x: {}\n");
    let run = scene.render(&["list"]).exits(2);
    assert!(run.stderr.contains("error[missing-value]: `charts.x.repository` is not set"), "{run}");
}

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

#[test]
fn completions_for_every_shell() {
    for (shell, sign) in [("bash", "complete -F"), ("zsh", "#compdef render"), ("fish", "complete -c render")] {
        let run = Scene::empty().render(&["completions", shell]).succeeds();
        assert!(run.stdout.contains(sign) && run.stdout.contains("discard-edits"), "{shell}");
        assert_eq!(run.stderr, "");
    }
    assert_eq!(Scene::empty().render(&["completions", "cobol"]).status, Some(2));
}

#[test]
fn help_and_version_go_to_standard_output() {
    let run = Scene::empty().render(&["--help"]).succeeds();
    for part in ["--env", "--discard-edits", "check", "Exit codes: 0"] {
        assert!(run.stdout.contains(part), "{part}: {run}");
    }
    let run = Scene::empty().render(&["--version"]).succeeds();
    assert_eq!(run.stdout, format!("render {}\n", env!("CARGO_PKG_VERSION")));
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
    error[edited-output]: out/dev/edited.yaml was edited by hand
     --> out/dev/edited.yaml:2:4
      |
    2 | a: 7
      |    ^ rendered as `1`
      |
      = note: `templates/edited.yaml` renders it
      = help: to keep the edit, set the value that the line comes from, or change the template, and render again
      = help: to drop it, run `render --env dev --discard-edits`

    error[out-of-date]: out/dev/missing.yaml is missing
    --> out/dev/missing.yaml
     = help: run `render --env dev` and commit what it writes

    error[out-of-date]: out/dev/out-of-date.yaml is not what the inputs give
    --> out/dev/out-of-date.yaml
     = help: run `render --env dev` and commit what it writes

    error[out-of-date]: out/dev/render.lock is not what the inputs give
    --> out/dev/render.lock
     = help: run `render --env dev` and commit what it writes

    error[out-of-date]: out/dev/stale.yaml is stale: nothing renders it any more
    --> out/dev/stale.yaml
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

#[test]
fn a_finding_as_json() {
    let scene = Scene::new().and("values/dev.yaml", "clutser: {region: nyc3}\n");
    let run = scene.render(&["--env", "dev", "--message-format", "json"]).exits(2);
    assert_eq!(run.stdout, "");
    let found = lines(&run.stderr);
    assert_snapshot!(serde_json::to_string_pretty(&found).unwrap(), @r#"
    [
      {
        "type": "diagnostic",
        "code": "unknown-key",
        "severity": "error",
        "message": "`clutser` is not a key of the values",
        "file": "values/dev.yaml",
        "labels": [
          {
            "file": "values/dev.yaml",
            "line": 3,
            "column": 1,
            "start": 36,
            "end": 43,
            "primary": true,
            "text": "unknown key"
          }
        ],
        "notes": [],
        "helps": [
          {
            "text": "a key with a similar name exists",
            "replace": {
              "file": "values/dev.yaml",
              "line": 3,
              "column": 1,
              "start": 36,
              "end": 43
            },
            "with": "cluster"
          }
        ]
      },
      {
        "type": "error",
        "message": "1 problem in dev; nothing was written"
      }
    ]
    "#);
}

#[test]
fn failures_as_json_too() {
    let scene = Scene::empty();
    let mut command = scene.command(&["--env", "dev", "--message-format", "json"]);
    assert_snapshot!(scene.run(command.current_dir("/")), @r#"
    exit 2
    --- stderr
    {"type":"error","message":"no folder `values` in / or above it","help":"run it inside a project, or name one with `--project DIR`"}
    "#);
    assert_snapshot!(Scene::new().render(&["--env", "x-*", "--message-format", "json"]), @r#"
    exit 2
    --- stderr
    {"type":"error","message":"no environment matches `x-*`; there are: dev","help":null}
    "#);
}

#[test]
fn colours_only_where_they_are_wanted() {
    let scene = Scene::new().with("values/dev.yaml", "");
    let colored = |arguments: &[&str], no_color: bool| {
        let mut command = scene.command(&[&["--env", "dev"], arguments].concat());
        if !no_color {
            command.env_remove("NO_COLOR");
        }
        scene.run(&mut command).exits(2).stderr.contains('\u{1b}')
    };
    // Standard error is no terminal here.
    assert!(!colored(&[], false) && !colored(&[], true));
    assert!(colored(&["--color", "always"], false));
    assert!(colored(&["--color", "always"], true), "what is typed counts more than NO_COLOR");
    assert!(!colored(&["--color", "never"], false));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let scene = three();
    scene.render(&["--all"]).succeeds();
    scene.write("templates/site.yaml.j2", "{% for n in range(20000) %}\n- {{ n }}\n{% endfor %}\n");
    for arguments in [["schema"].as_slice(), &["completions", "bash"], &["diff", "--all"], &["list"], &["--help"]] {
        let mut command = scene.command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
        assert!(matches!(output.status.code(), Some(0 | 1)), "{arguments:?}: {:?} {said}", output.status);
    }
    // Nor is a closed standard error a reason not to write.
    let mut child = scene.command(&["--all", "-v"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    scene.render(&["check", "--all", "-q"]).succeeds();
}

#[test]
fn the_command_is_found_by_its_path_from_anywhere() {
    // The nearest folder above that has `values` is the project.
    let scene = Scene::new().with("application/web/src/main.rs", "");
    scene.run(scene.command(&["--env", "dev"]).current_dir(scene.path("application/web/src"))).succeeds();
    assert!(scene.path("out/dev/site.yaml").exists());
    assert!(std::path::Path::new(RENDER).is_absolute());
}
