//! Text that is no YAML, or YAML that is meant to hurt.

use std::fmt::Write as _;
use std::fs::File;

use insta::assert_snapshot;

use super::{dev, web};
use crate::support::Scene;

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
