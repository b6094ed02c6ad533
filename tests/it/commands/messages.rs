//! How findings and failures are said: quietly, in colour, as JSON, to a reader that goes away.

use std::process::Stdio;

use insta::assert_snapshot;

use super::{lines, three};
use crate::support::Scene;

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
