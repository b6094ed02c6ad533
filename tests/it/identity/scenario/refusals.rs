//! What can't be done is said before anything is done.

use super::Stage;

#[test]
fn wrong_credentials_are_said() {
    let stage = Stage::new();
    let mut command = stage.command(&["apply", "--auto-approve"]);
    command.env("AUTH0_CLIENT_SECRET", ["not", "the", "secret"].join("-"));
    insta::assert_snapshot!(stage.run_command(&mut command).refuses(), @"
    error: could not log in at `example.eu.auth0.com`: POST http://[tenant]/oauth/token answered 401 `access_denied`: Unauthorized
    help: see that AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET are those of a machine-to-machine application of the tenant, and AUTH0_DOMAIN its own domain
    ");
}

#[test]
fn an_application_without_a_grant_is_said() {
    let stage = Stage::new().with_world(|world| world.grants.clear());
    insta::assert_snapshot!(stage.apply().refuses(), @"
    error: could not log in at `example.eu.auth0.com`: POST http://[tenant]/oauth/token answered 403 `access_denied`: Client is not authorized to access the resource server. Create a client grant for it.
    help: authorise the application of AUTH0_CLIENT_ID for the Auth0 Management API
    ");
}

#[test]
fn missing_variables_are_named() {
    let stage = Stage::new();
    for variable in ["AUTH0_CLIENT_ID", "AUTH0_CLIENT_SECRET"] {
        let mut command = stage.command(&["plan"]);
        let ran = stage.run_command(command.env_remove(variable));
        assert_eq!(ran.calls, [""; 0]);
        insta::allow_duplicates! {
            insta::assert_snapshot!(ran.refuses(), @"
            error: there are no credentials for Auth0 at `example.eu.auth0.com`
            help: set AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET to those of a machine-to-machine application: docs/identity.md lists the permissions that it needs
            ");
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
    insta::assert_snapshot!(ran.refuses(), @"
    error: the address in `AUTH0_API_URL` is not encrypted: http:// is for servers on this machine
    help: correct `AUTH0_API_URL`, or unset it to use the usual address
    ");
}

#[test]
fn every_scope_that_is_missing_is_named() {
    let stage = Stage::new().with_world(|world| world.grant_only(&["read:clients", "read:actions"]));
    insta::assert_snapshot!(stage.apply().refuses(), @"
    error: the token may not do what is to be done: it lacks `read:roles`, `read:connections`, `read:users`
    help: grant the application of AUTH0_CLIENT_ID `read:roles`, `read:connections`, `read:users` of the Auth0 Management API
    ");
    let reading = ["read:clients", "read:actions", "read:roles", "read:connections", "read:users"];
    stage.tenant.world().grant_only(&reading);
    // Whoever may only look gets a plan.
    assert_eq!(stage.plan().succeeds().writes(), [""; 0]);
    insta::assert_snapshot!(stage.apply().refuses(), @"
    error: the token may not do what is to be done: it lacks `create:actions`, `create:clients`, `create:role_members`, `create:roles`, `update:actions`, `update:connections`, `update:roles`
    help: grant the application of AUTH0_CLIENT_ID `create:actions`, `create:clients`, `create:role_members`, `create:roles`, `update:actions`, `update:connections`, `update:roles` of the Auth0 Management API
    ");
}

#[test]
fn nothing_is_made_that_can_not_be_sealed() {
    let stage = Stage::new();
    stage.scene.remove("values/certs");
    assert!(stage.apply().refuses().contains("there is no certificate to seal with"));
    // What needs no certificate can be done.
    let _ = stage.apply_with(&["--target", "role"]).succeeds();
    stage.scene.write("values/certs/dev.pem", "no certificate");
    insta::assert_snapshot!(stage.apply().refuses(), @"
    error[certificate]: values/certs/dev.pem holds no certificate that can be read
    --> values/certs/dev.pem
     = note: there is no block `-----BEGIN CERTIFICATE-----`
     = help: get the current one with `render seal cert fetch`, or make one for a new cluster with `render seal init`

    error: 1 problem; nothing was changed
    ");
}

#[test]
fn people_without_an_account_are_named_and_keep_nobody_from_working() {
    let stage = Stage::new().with("admins: [one@example.com]", "admins: [one@example.com, nobody@example.com]");
    for user in stage.tenant.world().users.iter_mut().filter(|user| user.email == "two@example.com") {
        user.is_verified = false;
    }
    let applied = stage.apply().succeeds();
    let seen = applied.run.stdout.split("Seen, and left").nth(1).unwrap_or_default();
    insta::assert_snapshot!(applied.named(seen), @"
     as it is:
      * role.admins: `nobody@example.com` has no account yet, so the role can't be given
          let them log in once, then apply again
      * role.support: the address of the account `<user two@example.com>` of `two@example.com` is not verified
          let them verify it, or give the account the role at Auth0 by hand

    Plan: 6 to add, 0 to change, 0 to destroy.
    ");
    stage.tenant.world().seed_user("nobody@example.com");
    let applied = stage.apply().succeeds();
    assert_eq!(applied.writes(), ["POST /api/v2/roles/<role admins>/users"]);
}

#[test]
fn a_connection_that_is_not_there_is_named_once() {
    let stage = Stage::new().with("connections: [staff]", "connections: [stuff]");
    insta::assert_snapshot!(stage.apply().refuses(), @"
    error[missing-reference]: Auth0 has no connection `stuff`, which `identity.connections` names
      --> values/base.yaml:21:16
       |
    21 |   connections: [stuff]
       |                ^^^^^^^
       |
       = help: write `staff` under `identity.connections`

    error: 1 problem; nothing was changed
    ");
}

#[test]
fn an_action_that_can_not_be_built_is_not_bound() {
    let stage = Stage::new().with_world(|world| world.builds_fail = true);
    let bound = stage.tenant.world().bindings.clone();
    let failed = stage.apply().exits(2);
    insta::assert_snapshot!(failed.named(&failed.run.stderr), @"
    role.admins: Creating...
    role.admins: Creation complete after 0s [id=<role admins>]
    role.support: Modifying...
    role.support: Modification complete after 0s [id=<role support>]
    action.groups: Creating...
    action.groups: Creation failed

    Done before this: 1 added, 1 changed, 0 destroyed; nothing is rolled back.
    error: `action.groups` failed: Auth0 could not build the action `example-dev-groups`
    help: look at the action at Auth0, which says why; then run it again
    ");
    assert_eq!(stage.tenant.world().bindings, bound);
    // Mended there, it goes on.
    stage.tenant.world().builds_fail = false;
    let _ = stage.apply().succeeds();
    stage.is_at_rest();
}
