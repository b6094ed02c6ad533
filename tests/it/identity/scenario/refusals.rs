//! What can't be done is said before anything is done.

use super::Stage;

#[test]
fn wrong_credentials_are_said() {
    let stage = Stage::new();
    let mut command = stage.command(&["apply", "--auto-approve"]);
    command.env("AUTH0_CLIENT_SECRET", ["not", "the", "secret"].join("-"));
    insta::assert_snapshot!(stage.run_command(&mut command).refuses(), @"");
}

#[test]
fn an_application_without_a_grant_is_said() {
    let stage = Stage::new().with_world(|world| world.grants.clear());
    insta::assert_snapshot!(stage.apply().refuses(), @"");
}

#[test]
fn missing_variables_are_named() {
    let stage = Stage::new();
    for variable in ["AUTH0_CLIENT_ID", "AUTH0_CLIENT_SECRET"] {
        let mut command = stage.command(&["plan"]);
        let ran = stage.run_command(command.env_remove(variable));
        assert_eq!(ran.calls, [""; 0]);
        insta::allow_duplicates! {
            insta::assert_snapshot!(ran.refuses(), @"");
        }
    }
    // Empty is as good as missing: CI sets what it does not know.
    let mut command = stage.command(&["plan"]);
    assert!(stage.run_command(command.env("AUTH0_CLIENT_ID", "")).refuses().contains("there are no credentials"));
}

#[test]
fn secrets_go_nowhere_in_the_clear() {
    let stage = Stage::new();
    let mut command = stage.command(&["plan"]);
    let ran = stage.run_command(command.env("AUTH0_API_URL", "http://login.example.com/"));
    insta::assert_snapshot!(ran.refuses(), @"");
}

#[test]
fn every_scope_that_is_missing_is_named() {
    let stage = Stage::new().with_world(|world| world.grant_only(&["read:clients", "read:actions"]));
    insta::assert_snapshot!(stage.apply().refuses(), @"");
    let reading = ["read:clients", "read:actions", "read:roles", "read:connections", "read:users"];
    stage.tenant.world().grant_only(&reading);
    // Whoever may only look gets a plan.
    assert_eq!(stage.plan().succeeds().writes(), [""; 0]);
    insta::assert_snapshot!(stage.apply().refuses(), @"");
}

#[test]
fn nothing_is_made_that_can_not_be_sealed() {
    let stage = Stage::new();
    stage.scene.remove("values/certs");
    assert!(stage.apply().refuses().contains("there is no certificate to seal with"));
    // What needs no certificate can be done.
    let _ = stage.apply_with(&["--target", "role"]).succeeds();
    stage.scene.write("values/certs/dev.pem", "no certificate");
    insta::assert_snapshot!(stage.apply().refuses(), @"");
}

#[test]
fn people_without_an_account_are_named_and_keep_nobody_from_working() {
    let stage = Stage::new().with("admins: [one@example.com]", "admins: [one@example.com, nobody@example.com]");
    for user in stage.tenant.world().users.iter_mut().filter(|user| user.email == "two@example.com") {
        user.is_verified = false;
    }
    let applied = stage.apply().succeeds();
    let seen = applied.run.stdout.split("Seen, and left").nth(1).unwrap_or_default();
    insta::assert_snapshot!(applied.named(seen), @"");
    stage.tenant.world().seed_user("nobody@example.com");
    let applied = stage.apply().succeeds();
    assert_eq!(applied.writes(), ["POST /api/v2/roles/<role admins>/users"]);
}

#[test]
fn a_connection_that_is_not_there_is_named_once() {
    let stage = Stage::new().with("connections: [staff]", "connections: [stuff]");
    insta::assert_snapshot!(stage.apply().refuses(), @"");
}

#[test]
fn an_action_that_can_not_be_built_is_not_bound() {
    let stage = Stage::new().with_world(|world| world.builds_fail = true);
    let bound = stage.tenant.world().bindings.clone();
    let failed = stage.apply().exits(2);
    insta::assert_snapshot!(failed.named(&failed.run.stderr), @"");
    assert_eq!(stage.tenant.world().bindings, bound);
    // Mended there, it goes on.
    stage.tenant.world().builds_fail = false;
    let _ = stage.apply().succeeds();
    stage.is_at_rest();
}
