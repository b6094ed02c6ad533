//! Values that can't be rendered: what a person reads about each, next to what they wrote.

use std::fmt::Write as _;
use std::fs::File;

use insta::assert_snapshot;

use crate::support::Scene;

/// What a render says about `values/dev.yaml` with these lines at its end. Nothing may be written.
#[track_caller]
fn dev(lines: &str) -> String {
    Scene::new().and("values/dev.yaml", lines).refuses(&["--env", "dev"])
}

/// What a render says about the application `web` with these lines over what it needs.
#[track_caller]
fn web(lines: &str) -> String {
    let needed = "source: {path: application/web}\nimage: registry.example.com/example/web:1.0.0\nport: 8080\n";
    let key = |line: &str| line.split(':').next().unwrap().to_owned();
    let kept = needed.lines().filter(|line| !lines.lines().any(|other| key(other) == key(line)));
    let all = kept.chain(lines.lines()).fold("applications:\n  web:\n".to_owned(), |mut all, line| {
        writeln!(all, "    {line}").unwrap();
        all
    });
    dev(&all)
}

/// What a render says with these arguments behind `--env dev`.
#[track_caller]
fn set(arguments: &[&str]) -> String {
    Scene::new().refuses(&[&["--env", "dev"], arguments].concat())
}

#[test]
fn an_unknown_key() {
    assert_snapshot!(web("replica: 2\n"), @"
    error[unknown-key]: `replica` is not a key of `applications.web`
     --> values/dev.yaml:8:5
      |
    8 |     replica: 2
      |     ^^^^^^^ unknown key
      |
    help: a key with a similar name exists
      |
    8 |     replicas: 2
      |            +

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn an_unknown_key_that_is_near_nothing() {
    assert_snapshot!(dev("dns:\n  domain: example.com\n  colour: green\n"), @"
    error[unknown-key]: `colour` is not a key of `dns`
     --> values/dev.yaml:5:3
      |
    5 |   colour: green
      |   ^^^^^^ unknown key
      |
      = note: keys here: domain, records
      = help: remove it, or use one of these keys

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn an_unknown_section() {
    assert_snapshot!(dev("service:\n  argoCd: {}\n"), @"
    error[unknown-key]: `service` is not a key of the values
     --> values/dev.yaml:3:1
      |
    3 | service:
      | ^^^^^^^ unknown key
      |
    help: a key with a similar name exists
      |
    3 | services:
      |        +

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_wrong_type() {
    assert_snapshot!(web("replicas: two\n"), @"
    error[wrong-type]: `applications.web.replicas` must be a whole number, found text
     --> values/dev.yaml:8:15
      |
    8 |     replicas: two
      |               ^^^ expected a whole number
      |
      = help: write a whole number here

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_number_in_quotes() {
    assert_snapshot!(web("replicas: \"2\"\n"), @r#"
    error[wrong-type]: `applications.web.replicas` must be a whole number, found text
     --> values/dev.yaml:8:15
      |
    8 |     replicas: "2"
      |               ^^^ expected a whole number
      |
    help: drop the quotes
      |
    8 -     replicas: "2"
    8 +     replicas: 2
      |

    error: 1 problem in dev; nothing was written
    "#);
}

#[test]
fn a_mapping_where_a_list_belongs() {
    assert_snapshot!(dev("cluster:\n  tags: {a: b}\n"), @"
    error[wrong-type]: `cluster.tags` must be a list, found a mapping
     --> values/dev.yaml:4:9
      |
    4 |   tags: {a: b}
      |         ^^^^^^ expected a list
      |
      = help: write a list here

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_list_at_the_top() {
    let scene = Scene::new().with("values/dev.yaml", "- platform\n");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[wrong-type]: a values file is a mapping at the top
     --> values/dev.yaml:1:1
      |
    1 | - platform
      | ^^^^^^^^^^ this is not `key: value`
      |
      = help: begin with a key such as `platform:`

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_missing_value() {
    let scene = Scene::new().with("values/dev.yaml", "");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[missing-value]: `platform.domain` is not set
     --> values/base.yaml:1:1
      |
    1 | platform:
      | ^^^^^^^^ `domain` is required here
      |
      = note: `platform.domain` has no default
      = help: set `platform.domain` in values/dev.yaml, or in values/base.yaml for all environments

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_missing_value_of_a_new_section() {
    assert_snapshot!(dev("charts:\n  reloader:\n    chart: reloader\n    version: 2.2.3\n    namespace: reloader\n"), @"
    error[missing-value]: `charts.reloader.repository` is not set
     --> values/dev.yaml:4:3
      |
    4 |   reloader:
      |   ^^^^^^^^ `repository` is required here
      |
      = note: `charts.reloader.repository` has no default
      = help: set `charts.reloader.repository` in values/dev.yaml, or in values/base.yaml for all environments

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn an_explicit_null_that_removes_what_is_needed() {
    assert_snapshot!(dev("cluster:\n  region: null\n"), @"
    error[missing-value]: `cluster.region` is not set
     --> values/dev.yaml:3:1
      |
    3 | cluster:
      | ^^^^^^^ `region` is required here
      |
      = note: `cluster.region` has no default
      = help: set `cluster.region` in values/dev.yaml, or in values/base.yaml for all environments

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn everything_that_is_wrong_in_one_run() {
    let scene = Scene::new()
        .and("values/base.yaml", "dns: {domain: EXAMPLE.com}\n")
        .and("values/dev.yaml", "cluster:\n  regoin: nyc3\n  highAvailability: maybe\n");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[invalid-value]: `EXAMPLE.com` has the capital `E`, and Kubernetes takes host names in lower case only; write it like `www.example.com`
      --> values/base.yaml:17:15
       |
    17 | dns: {domain: EXAMPLE.com}
       |               ^^^^^^^^^^^
       |
       = note: the value of `dns.domain`
       = help: correct it here

    error[unknown-key]: `regoin` is not a key of `cluster`
     --> values/dev.yaml:4:3
      |
    4 |   regoin: nyc3
      |   ^^^^^^ unknown key
      |
    help: a key with a similar name exists
      |
    4 -   regoin: nyc3
    4 +   region: nyc3
      |

    error[wrong-type]: `cluster.highAvailability` must be a boolean, found text
     --> values/dev.yaml:5:21
      |
    5 |   highAvailability: maybe
      |                     ^^^^^ expected a boolean
      |
      = help: write `true` or `false`

    error: 3 problems in dev; nothing was written
    ");
}

#[test]
fn a_fault_in_a_shared_layer_is_told_once() {
    let scene = Scene::new()
        .with("values/prod.yaml", "platform: {domain: example.com}\n")
        .and("values/base.yaml", "dns: {domain: EXAMPLE.com}\n");
    assert_snapshot!(scene.refuses(&["--all"]), @"
    error[invalid-value]: `EXAMPLE.com` has the capital `E`, and Kubernetes takes host names in lower case only; write it like `www.example.com`
      --> values/base.yaml:17:15
       |
    17 | dns: {domain: EXAMPLE.com}
       |               ^^^^^^^^^^^
       |
       = note: the value of `dns.domain`
       = help: correct it here

    error: 1 problem in dev, prod; nothing was written
    ");
}

#[test]
fn a_duplicate_key() {
    assert_snapshot!(dev("cluster:\n  region: fra1\n  tags: []\n  region: nyc3\n"), @"
    error[duplicate-key]: `region` is set twice
     --> values/dev.yaml:6:3
      |
    4 |   region: fra1
      |   ------ first set here
    5 |   tags: []
    6 |   region: nyc3
      |   ^^^^^^ set again here
      |
      = help: keep one of the two

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_tab() {
    assert_snapshot!(dev("cluster:\n\tregion: nyc3\n"), @"
    error[yaml-syntax]: a tab stands in the indentation
     --> values/dev.yaml:4:1
      |
    4 |     region: nyc3
      | ^^^^ YAML is indented with spaces only
      |
      = help: replace the tab by two spaces

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_bracket_without_its_end() {
    assert_snapshot!(dev("cluster:\n  tags: [a, b\n"), @"
    error[yaml-syntax]: this is not YAML: while parsing a flow sequence, expected ',' or ']'
     --> values/dev.yaml:4:15
      |
    4 |   tags: [a, b
      |              ^ noticed here
      |
      = help: look at this line and the one above: indentation, quotes, and `: ` inside an unquoted value

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_colon_in_plain_text() {
    assert_snapshot!(web("env:\n  GREETING: hello: world\n"), @"
    error[yaml-syntax]: this is not YAML: mapping values are not allowed in this context
     --> values/dev.yaml:9:22
      |
    9 |       GREETING: hello: world
      |                      ^ noticed here
      |
      = help: look at this line and the one above: indentation, quotes, and `: ` inside an unquoted value

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_second_document() {
    assert_snapshot!(dev("---\ncluster: {region: nyc3}\n"), @"
    error[yaml-syntax]: a values file holds one YAML document, this is the second
     --> values/dev.yaml:4:1
      |
    4 | cluster: {region: nyc3}
      | ^^^^^^^^^^^^^^^^^^^^^^^ second document
      |
      = help: remove the `---` line and what follows, or move it into a file of its own

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn an_anchor_bomb() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let below = vec![format!("*a{}", level - 1); 10].join(", ");
        writeln!(bomb, "a{level}: &a{level} [{below}]").unwrap();
    }
    assert_snapshot!(dev(&bomb), @"
    error[yaml-limit]: aliases expand to more than 100000 values
     --> values/dev.yaml:7:45
      |
    7 | a4: &a4 [*a3, *a3, *a3, *a3, *a3, *a3, *a3, *a3, *a3, *a3]
      |                                             ^^^ expanding this alias goes past the limit
      |
      = help: write the values out, or use fewer aliases inside anchored values

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn ten_thousand_levels() {
    assert_snapshot!(dev(&format!("deep: {}{}\n", "[".repeat(10_000), "]".repeat(10_000))), @"
    error[yaml-limit]: more than 100 mappings and lists inside each other
     --> values/dev.yaml:3:262
      |
    3 | ...[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[...
      |                                                           ^ one level too many
      |
      = help: flatten the document: no file of a platform needs this depth

    error: 1 problem in dev; nothing was written
    ");
    let scene = Scene::new().with("values/dev.yaml", "- ".repeat(10_000) + "x\n");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[yaml-limit]: more than 100 mappings and lists inside each other
     --> values/dev.yaml:1:201
      |
    1 | ... - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - -...
      |                                                           ^ one level too many
      |
      = help: flatten the document: no file of a platform needs this depth

    error: 1 problem in dev; nothing was written
    ");
    let steps = (0..10_000).fold(String::new(), |text, level| text + &" ".repeat(level) + "a:\n");
    // 50 MB of indentation alone, so that it is the size that is noticed.
    let scene = Scene::new().with("values/dev.yaml", steps);
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[too-large]: values/dev.yaml has 47 MiB; at most 16 are read
    --> values/dev.yaml
     = help: move what is not values or a template out of this folder

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_file_of_two_hundred_megabytes() {
    let scene = Scene::new();
    // It has a length and no content: nothing is written to the disk.
    File::create(scene.path("values/dev.yaml")).unwrap().set_len(200 * 1024 * 1024).unwrap();
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[too-large]: values/dev.yaml has 200 MiB; at most 16 are read
    --> values/dev.yaml
     = help: move what is not values or a template out of this folder

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_values_file_that_nothing_would_read() {
    let scene = Scene::new().with("values/stage.yml", "platform: {}\n");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[misnamed-file]: values/stage.yml would not be read
    --> values/stage.yml
     = note: values files end in `.yaml`, so that one name can't be there twice
     = help: rename it to values/stage.yaml

    error: 1 problem; nothing was written
    ");
}

#[test]
fn a_file_that_is_not_utf8() {
    let scene = Scene::new().with("values/dev.yaml", b"platform:\n  domain: dev.example.com # f\xfcr alle\n");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[not-utf8]: values/dev.yaml is not UTF-8 text
    --> values/dev.yaml
     = note: byte 39, in line 2, does not belong to any character
     = help: save the file as UTF-8

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_are_fine() {
    let plain = Scene::new().rendered();
    for (old, new, start) in [("\n", "\r\n", ""), ("\n", "\n", "\u{feff}"), ("\n", "\r\n", "\u{feff}")] {
        let scene = Scene::new();
        for path in ["values/base.yaml", "values/dev.yaml", "templates/site.yaml.j2"] {
            scene.write(path, start.to_owned() + &scene.read(path).replace(old, new));
        }
        scene.render(&["--env", "dev"]).succeeds();
        assert_eq!(scene.read("out/dev/site.yaml"), plain.read("out/dev/site.yaml"));
    }
}

#[test]
fn a_folder_in_the_place_of_a_file() {
    let scene = Scene::new();
    scene.remove("values/dev.yaml");
    scene.write("values/dev.yaml/dev.yaml", "");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[unknown-environment]: there is no environment `dev`
     |
     = note: an environment is a file in values/, and values/dev.yaml is none
     = help: create values/dev.yaml: each file there but base.yaml is an environment

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_broken_link() {
    let scene = Scene::new();
    scene.remove("values/dev.yaml");
    std::os::unix::fs::symlink("nowhere.yaml", scene.path("values/dev.yaml")).unwrap();
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[unreadable]: could not read values/dev.yaml
    --> values/dev.yaml
     = note: No such file or directory (os error 2)
     = note: it is a symbolic link
     = help: see that what it leads to exists, or remove it

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_link_out_of_the_project() {
    let scene = Scene::new();
    scene.remove("values/dev.yaml");
    std::os::unix::fs::symlink("/etc/passwd", scene.path("values/dev.yaml")).unwrap();
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[symbolic-link]: values/dev.yaml is a link to a place outside the project
    --> values/dev.yaml
     = note: a render depends on what the repository holds, and on nothing else
     = help: replace the link by the file itself

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_folder_that_is_a_link_out_of_the_project() {
    for folder in ["values", "templates"] {
        let (scene, elsewhere) = (Scene::new(), Scene::new());
        scene.remove(folder);
        std::os::unix::fs::symlink(elsewhere.path(folder), scene.path(folder)).unwrap();
        let said = scene.refuses(&["--env", "dev"]);
        assert!(said.starts_with(&format!("error[symbolic-link]: {folder} is a link to a place outside")), "{said}");
        // A link from one place of the project to another is fine.
        scene.remove(folder);
        crate::support::copy(&elsewhere.path(folder), &scene.path("shared"));
        std::os::unix::fs::symlink("shared", scene.path(folder)).unwrap();
        scene.render(&["--env", "dev"]).succeeds();
    }
}

#[test]
fn a_pipe_in_the_place_of_a_file() {
    let scene = Scene::new();
    let pipe = scene.path("values/prod.yaml");
    if !std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
        return crate::support::skip("a pipe in values/", "there is no `mkfifo` here");
    }
    // It must not be opened, which would wait for ever.
    scene.render(&["--env", "dev"]).succeeds();
    assert_snapshot!(scene.refuses(&["--env", "prod"]), @"
    error[unreadable]: could not read values/prod.yaml
    --> values/prod.yaml
     = note: it is not a regular file
     = help: see that the file exists and that you may read it

    error: 1 problem in prod; nothing was written
    ");
}

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

#[test]
fn a_set_without_its_equals_sign() {
    assert_snapshot!(set(&["--set", "platform.name"]), @r"
    error[bad-set]: `platform.name` has no `=`
    --> --set
     = help: write `--set path.to.key=value`; a dot inside a key is written `\.`

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_set_with_an_empty_key() {
    assert_snapshot!(set(&["--set", "platform..name=x"]), @r"
    error[bad-set]: `platform..name` has an empty key
    --> --set
     = help: write `--set path.to.key=value`; a dot inside a key is written `\.`

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_set_of_ten_thousand_levels() {
    assert_snapshot!(set(&["--set", &format!("{}x=1", "a.".repeat(10_000))]), @r"
    error[bad-set]: the path has 10001 keys; at most 100 are read
    --> --set
     = help: write `--set path.to.key=value`; a dot inside a key is written `\.`

    error: 1 problem in dev; nothing was written
    ");
    let said = set(&["--set", &format!("charts={}{}", "[".repeat(10_000), "]".repeat(10_000))]);
    assert!(said.starts_with("error[yaml-limit]: "), "{said}");
}

#[test]
fn a_set_of_an_unknown_key() {
    assert_snapshot!(set(&["--set", "platform.nmae=x"]), @"
    error[unknown-key]: `nmae` is not a key of `platform`
     --> --set:1:10
      |
    1 | platform.nmae=x
      |          ^^^^ unknown key
      |
    help: a key with a similar name exists
      |
    1 - platform.nmae=x
    1 + platform.name=x
      |

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_set_of_a_wrong_value() {
    assert_snapshot!(set(&["--set", "platform.domain=localhost"]), @"
    error[invalid-value]: `localhost` has no dot, though a full host name is needed; write it like `www.example.com`
     --> --set:1:17
      |
    1 | platform.domain=localhost
      |                 ^^^^^^^^^
      |
      = note: the value of `platform.domain`
      = help: correct it here

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_set_that_is_not_yaml() {
    assert_snapshot!(set(&["--set", "platform.name=[a"]), @"
    error[yaml-syntax]: this is not YAML: while parsing a flow sequence, expected ',' or ']'
     --> --set:1:17
      |
    1 | platform.name=[a
      |                 ^ noticed here
      |
      = help: look at this line and the one above: indentation, quotes, and `: ` inside an unquoted value

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn an_ambiguous_number() {
    let values = "charts:\n  x:\n    repository: https://charts.example.com\n    chart: x\n    version: 1.0.0\n    \
                  namespace: x\n    values:\n      mode: 0777\n";
    assert_snapshot!(dev(values), @r#"
    error[ambiguous-number]: `0777` is octal for YAML 1.1 and decimal for YAML 1.2
      --> values/dev.yaml:10:13
       |
    10 |       mode: 0777
       |             ^^^^
       |
       = help: write `511` if it is octal, such as a file mode
    help: if it is text, put it in quotes
       |
    10 -       mode: 0777
    10 +       mode: "0777"
       |

    error: 1 problem in dev; nothing was written
    "#);
}

#[test]
fn a_number_of_more_than_64_bits() {
    let values = "charts:\n  x:\n    repository: https://charts.example.com\n    chart: x\n    version: 1.0.0\n    \
                  namespace: x\n    values:\n      account: 123456789012345678901234567890\n";
    assert_snapshot!(dev(values), @r#"
    error[ambiguous-number]: `123456789012345678901234567890` does not fit into 64 bits
      --> values/dev.yaml:10:16
       |
    10 |       account: 123456789012345678901234567890
       |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
    help: if it is text, put it in quotes
       |
    10 -       account: 123456789012345678901234567890
    10 +       account: "123456789012345678901234567890"
       |

    error: 1 problem in dev; nothing was written
    "#);
}

#[test]
fn a_bad_host() {
    assert_snapshot!(web("host: https://www.example.com/\n"), @"
    error[invalid-value]: `https://www.example.com/` is a URL, not a host name; write it like `argocd`
     --> values/dev.yaml:8:11
      |
    8 |     host: https://www.example.com/
      |           ^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = note: the value of `applications.web.host`
      = help: correct it here

    error: 1 problem in dev; nothing was written
    ");
    assert_snapshot!(web("host: Web_1\n"), @"
    error[invalid-value]: `Web_1` has the capital `W`, and Kubernetes takes host names in lower case only; write it like `argocd`
     --> values/dev.yaml:8:11
      |
    8 |     host: Web_1
      |           ^^^^^
      |
      = note: the value of `applications.web.host`
      = help: correct it here

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_bad_image() {
    assert_snapshot!(web("image: nginx\n"), @"
    error[invalid-value]: `nginx` names no registry; write it like `registry.digitalocean.com/example/lofi:1.4.2`
     --> values/dev.yaml:7:12
      |
    7 |     image: nginx
      |            ^^^^^
      |
      = note: the value of `applications.web.image`
      = help: correct it here

    error: 1 problem in dev; nothing was written
    ");
    assert_snapshot!(web("image: registry.example.com/example/web@sha256:123\n"), @"
    error[invalid-value]: `registry.example.com/example/web@sha256:123` has behind its `@` no `sha256:` with 64 lower-case hexadecimal digits; write it like `registry.digitalocean.com/example/lofi:1.4.2`
     --> values/dev.yaml:7:12
      |
    7 |     image: registry.example.com/example/web@sha256:123
      |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = note: the value of `applications.web.image`
      = help: correct it here

    error: 1 problem in dev; nothing was written
    ");
    assert_snapshot!(web("image: registry.example.com/example/web\n"), @"
    error[invalid-value]: the image `registry.example.com/example/web` has neither a tag nor a digest
     --> values/dev.yaml:7:12
      |
    7 |     image: registry.example.com/example/web
      |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = note: without them the node takes what is tagged `latest` when it starts the container
      = help: write `registry.example.com/example/web:<tag>`, or better `registry.example.com/example/web@sha256:<digest>`

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_bad_quantity() {
    assert_snapshot!(web("resources:\n  requests: {cpu: 100mb, memory: 512MB}\n"), @"
    error[invalid-value]: `100mb` ends with `mb`, which is no unit of Kubernetes; a million is `M`, 1024² is `Mi`, a thousandth is `m`; write it like `250m`
     --> values/dev.yaml:9:23
      |
    9 |       requests: {cpu: 100mb, memory: 512MB}
      |                       ^^^^^
      |
      = note: the value of `applications.web.resources.requests.cpu`
      = help: correct it here

    error[invalid-value]: `512MB` ends with `MB`, which is no unit of Kubernetes; a million is `M`, 1024² is `Mi`, a thousandth is `m`; write it like `250m`
     --> values/dev.yaml:9:38
      |
    9 |       requests: {cpu: 100mb, memory: 512MB}
      |                                      ^^^^^
      |
      = note: the value of `applications.web.resources.requests.memory`
      = help: correct it here

    error: 2 problems in dev; nothing was written
    ");
}

#[test]
fn a_bad_wave() {
    assert_snapshot!(web("wave: 1000\n"), @"
    error[invalid-value]: `applications.web.wave` can't be 1000
     --> values/dev.yaml:8:11
      |
    8 |     wave: 1000
      |           ^^^^ out of range
      |
      = help: write a number from -100 to 100

    error: 1 problem in dev; nothing was written
    ");
    assert_snapshot!(web("wave: first\n"), @"
    error[wrong-type]: `applications.web.wave` must be a whole number, found text
     --> values/dev.yaml:8:11
      |
    8 |     wave: first
      |           ^^^^^ expected a whole number
      |
      = help: write a whole number here

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_bad_port() {
    assert_snapshot!(web("port: 80800\n"), @"
    error[invalid-value]: `applications.web.port` can't be 80800
     --> values/dev.yaml:7:11
      |
    7 |     port: 80800
      |           ^^^^^ out of range
      |
      = help: write a number from 1 to 65535

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_version_that_is_a_range() {
    let values = "charts:\n  x:\n    repository: https://charts.example.com\n    chart: x\n    version: ^1.2\n    \
                  namespace: x\n";
    assert_snapshot!(dev(values), @"
    error[invalid-value]: `^1.2` is a range, and one exact version is needed; write it like `4.15.1`
     --> values/dev.yaml:7:14
      |
    7 |     version: ^1.2
      |              ^^^^
      |
      = note: the value of `charts.x.version`
      = help: correct it here

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_choice_that_is_none() {
    assert_snapshot!(dev("identity:\n  provider: auth\n"), @"
    error[invalid-value]: `identity.provider` can't be `auth`
     --> values/dev.yaml:4:13
      |
    4 |   provider: auth
      |             ^^^^ not one of the choices
      |
      = note: choices: auth0, oidc
    help: a choice with a similar name exists
      |
    4 |   provider: auth0
      |                 +

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_pool_that_is_not_there() {
    assert_snapshot!(web("pool: wrokloads\n"), @"
    error[conflict]: `applications.web` runs on the node pool `wrokloads`, which the cluster does not have
     --> values/dev.yaml:8:11
      |
    8 |     pool: wrokloads
      |           ^^^^^^^^^
      |
      = note: the cluster's pools: `base`, `tools`, `workloads`
      = help: write `workloads`, or add `wrokloads` under `cluster.nodePools`

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_name_that_leaves_the_folder() {
    for section in ["charts", "applications"] {
        for name in ["../../etc", "..", "/etc/cron.d/x", "a/../../b", "a\\\\b"] {
            let said = Scene::new()
                .with("templates/{application}.yaml.j2", "a: 1\n")
                .with("templates/x/{chart}/y.yaml.j2", "a: 1\n")
                .and("values/dev.yaml", &format!("{section}:\n  \"{name}\": {{}}\n"))
                .refuses(&["--env", "dev"]);
            assert!(said.contains("error[invalid-value]: `"), "{said}");
        }
    }
    assert_snapshot!(dev("applications:\n  ../../etc:\n    source: {path: application/web}\n    image: registry.example.com/web:1\n    port: 80\n"), @"
    error[invalid-value]: `../../etc` has a character that no DNS label may have: `.`; write it like `example`
     --> values/dev.yaml:4:3
      |
    4 |   ../../etc:
      |   ^^^^^^^^^
      |
      = note: a key of `applications`
      = help: choose another name

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_path_of_an_application_that_leaves_the_repository() {
    assert_snapshot!(web("source: {path: ../../etc}\n"), @"
    error[invalid-value]: `../../etc` has the segment `..`; write it like `application/lofi`
     --> values/dev.yaml:7:20
      |
    7 |     source: {path: ../../etc}
      |                    ^^^^^^^^^
      |
      = note: the value of `applications.web.source.path`
      = help: correct it here

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn the_mark_of_a_hole() {
    assert_snapshot!(web("env:\n  X: \"a\\uFDD0b\"\n"), @r#"
    error[invalid-value]: the value holds the non-character \u{fdd0}
     --> values/dev.yaml:9:10
      |
    9 |       X: "a\uFDD0b"
      |          ^^^^^^^^^^
      |
      = note: Unicode keeps it for the internal use of programs; it marks holes in templates here
      = help: remove it

    error: 1 problem in dev; nothing was written
    "#);
}
