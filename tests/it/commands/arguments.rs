//! The command line itself: which environments, where a flag stands, what contradicts what.

use insta::assert_snapshot;

use super::{lines, three};
use crate::support::{RENDER, Scene};

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
    assert_eq!(lines(&said.stdout)[0]["environments"][0]["environment"], "dev");
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

#[test]
fn the_command_is_found_by_its_path_from_anywhere() {
    // The nearest folder above that has `values` is the project.
    let scene = Scene::new().with("application/web/src/main.rs", "");
    scene.run(scene.command(&["--env", "dev"]).current_dir(scene.path("application/web/src"))).succeeds();
    assert!(scene.path("out/dev/site.yaml").exists());
    assert!(std::path::Path::new(RENDER).is_absolute());
}
