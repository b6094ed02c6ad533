//! From an empty account to one that has everything.

use super::stage::{OUTPUTS, SEALED, Stage};

#[test]
fn an_empty_account_gets_everything_once_and_in_order() {
    let stage = Stage::new();
    let ran = stage.apply().succeeds();
    insta::assert_snapshot!(ran.writes().join("\n"), @"");
    assert!(ran.run.stderr.ends_with("Apply complete! Resources: 15 added, 1 changed, 0 destroyed.\n"), "{}", ran.run);
    stage.settle();
    stage.is_at_rest();
}

#[test]
fn what_was_made_is_written_down() {
    let portrait = Stage::applied().portrait();
    let (_, files) = portrait.split_once("outputs:\n").unwrap();
    insta::assert_snapshot!(files, @"");
}

#[test]
fn lists_that_are_late_make_nothing_twice() {
    let stage = Stage::new().with_world(|world| world.durations.lag = 60);
    stage.apply().succeeds();
    stage.settle();
    let on_time = Stage::applied().portrait();
    assert_eq!(stage.portrait(), on_time);
    stage.is_at_rest();
}

#[test]
fn nothing_to_do_writes_nothing_anywhere() {
    let stage = Stage::applied();
    stage.is_at_rest();
    let ran = stage.plan().succeeds();
    assert_eq!(ran.writes(), [""; 0]);
    insta::assert_snapshot!(ran.run, @"");
}

#[test]
fn a_project_without_extras_needs_no_more_than_a_token() {
    let stage = Stage::new();
    let base = stage.scene.read("values/base.yaml");
    let cut = |from: &str, to: &str| base.find(from).unwrap()..base.find(to).unwrap();
    let without = base.replace(&base[cut("storage:", "identity:")], "").replace("  vpc: {range: 10.20.0.0/20}\n", "");
    stage.scene.write("values/base.yaml", without);
    stage.scene.remove("values/certs/dev.pem");
    let mut command = stage.command(&["apply", "--env", "dev", "--auto-approve"]);
    command.env_remove("SPACES_ACCESS_KEY_ID").env_remove("SPACES_SECRET_ACCESS_KEY");
    let ran = stage.run_command(&mut command).succeeds();
    assert!(ran.calls().iter().all(|call| !call.contains("/s3/") && !call.contains("/spaces/")), "{:?}", ran.calls());
    assert!(stage.scene.path(OUTPUTS).exists() && !stage.scene.path(SEALED).exists());
    stage.settle();
    let mut command = stage.command(&["apply", "--env", "dev", "--auto-approve"]);
    let ran = stage.run_command(&mut command).succeeds();
    assert_eq!(ran.writes(), [""; 0]);
}
