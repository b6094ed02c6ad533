//! Ways to run: traces, targets, machines, a stop in the middle, another provider.

use serde_json::Value;

use super::Stage;
use super::stage::VALUES;
use crate::identity::fake::{Clock, Limit};
use crate::identity::faults::Fault;

#[test]
fn traces_and_kept_plans_are_as_silent_as_the_rest() {
    // Every run of a stage looks for secrets in all that it prints and writes.
    let stage = Stage::new();
    let planned = stage.run(&["--verbose", "plan", "--out", "kept.plan"]).succeeds();
    assert!(planned.run.stderr.contains("http: POST http://"), "{}", planned.run);
    let text = stage.scene.read("kept.plan");
    assert!(text.contains("example-dev-groups"), "{text}");
    let applied = stage.run(&["--verbose", "apply", "kept.plan"]).succeeds();
    assert!(applied.run.stderr.contains("/api/v2/clients: 201"), "{}", applied.run);
    stage.is_at_rest();
}

#[test]
fn a_target_is_all_that_is_done() {
    let stage = Stage::new();
    let applied = stage.apply_with(&["--target", "role"]).succeeds();
    assert_eq!(
        applied.writes(),
        ["POST /api/v2/roles", "POST /api/v2/roles/<role admins>/users", "POST /api/v2/roles/<role support>/users"]
    );
    let applied = stage.apply_with(&["--target", "application.shop"]).succeeds();
    assert!(applied.run.stderr.contains("Resources: 1 added"), "{}", applied.run);
    assert_eq!(stage.tenant.world().clients_named("example-dev-argo-cd").len(), 0);
    insta::assert_snapshot!(stage.apply_with(&["--target", "application.shpo"]).refuses(), @"
    error[unknown-place]: there is no resource `application.shpo`
     |
     = help: did you mean `application.shop`?

    error: 1 problem; nothing was changed
    ");
    let _ = stage.apply().succeeds();
    stage.is_at_rest();
}

#[test]
fn machines_are_told_each_step() {
    let stage = Stage::new();
    let applied = stage.apply_with(&["--json"]).succeeds();
    assert_eq!(applied.run.stderr, "");
    let events: Vec<Value> = applied.run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str| events.iter().filter(|event| event["type"] == kind).count();
    assert_eq!((of("planned_change"), of("apply_start"), of("apply_complete")), (7, 7, 7));
    assert_eq!(events.last().unwrap()["changes"]["add"], 6);
    let again = stage.apply_with(&["--json"]).succeeds();
    let last: Value = serde_json::from_str(again.run.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(last["changes"]["add"], 0);
}

#[test]
fn a_stop_in_the_middle_leaves_nothing_half_done() {
    let stage = Stage::new();
    let undisturbed = {
        let ran = stage.apply().succeeds();
        ran.calls.iter().position(|line| line == "POST /api/v2/clients").unwrap()
    };
    let end = stage.portrait();
    let stage = Stage::new();
    stage.tenant.faults().at(undisturbed, Fault::Interrupt);
    let stopped = stage.apply();
    assert_eq!(stopped.run.status, Some(2), "{}", stopped.run);
    insta::assert_snapshot!(stopped.named(&stopped.run.stderr), @"
    role.admins: Creating...
    role.admins: Creation complete after 0s [id=<role admins>]
    role.support: Modifying...
    role.support: Modification complete after 0s [id=<role support>]
    action.groups: Creating...
    action.groups: Creation complete after 6s [id=<action example-dev-groups>]
    application.oauth2-proxy: Creating...
    stopping as soon as nothing is half done; once more ends it at once
    oauth2-proxy/oauth2-proxy: sealed client-id, client-secret, cookie-secret
    application.oauth2-proxy: Creation complete after 0s [id=<client example-dev-oauth2-proxy>]
    Changed: values/sealed/dev.yaml, values/outputs/dev.yaml. Commit that, and render.
    error: interrupted: 3 added, 1 changed, 0 destroyed; 3 steps left
    help: run `render identity apply --env dev` again: it goes on from there
    ");
    // The application that was on its way is complete.
    assert_eq!(stopped.writes().last().unwrap(), "PATCH /api/v2/connections/<connection staff>/clients");
    let _ = stage.apply().succeeds();
    assert_eq!(stage.portrait(), end);
    stage.is_at_rest();
}

#[test]
fn a_tenant_of_the_free_plan_only_takes_longer() {
    // Two calls at once, and two per second: of seconds that are a hundred times shorter, here and there.
    let stage = Stage::new().with_world(|world| {
        world.clock = Clock::faster(100);
        world.limit = Some(Limit::free_plan());
    });
    let mut command = stage.command(&["apply", "--auto-approve"]);
    let applied = stage.run_command(command.env("SUPERCARGO_TIME_SCALE", "0.01")).succeeds();
    assert!(applied.run.stderr.contains("Apply complete! Resources: 6 added"), "{}", applied.run);
    stage.tenant.world().limit = None;
    assert_eq!(stage.portrait(), Stage::applied().portrait());
}

/// A stage whose provider is not Auth0.
pub(super) fn of_another_provider() -> Stage {
    let stage = Stage::new();
    let text = stage.scene.read(VALUES);
    let (begin, rest) = text.split_once("identity:\n").unwrap();
    let (_, end) = rest.split_once("  clients:\n").unwrap();
    let identity = "identity:
  provider: oidc
  issuer: https://login.example.com/
  endpoints:
    authorization: https://login.example.com/authorize
    token: https://login.example.com/token
    userinfo: https://login.example.com/userinfo
  groupsClaim: groups
  groups: {admins: [admins], viewers: [support]}
  clients:
";
    stage.scene.write(VALUES, format!("{begin}{identity}{end}"));
    stage
}

#[test]
fn another_provider_is_set_up_by_hand() {
    let stage = of_another_provider();
    let run = |arguments: &[&str]| {
        let mut command = stage.command(arguments);
        let ran = stage.run_command(command.env_remove("AUTH0_CLIENT_ID").env_remove("AUTH0_CLIENT_SECRET"));
        assert_eq!(ran.calls, [""; 0]);
        ran
    };
    insta::assert_snapshot!(run(&["plan"]).succeeds().run, @"
    exit 0
    --- stdout
    Seen, and left as it is:
      * identity.provider: the provider is not Auth0, and is set up by hand
          `render seal list` says which clients it needs, `render identity verify` what it says of itself

    No changes. There is nothing to do.
    ");
    assert_eq!(run(&["plan", "--detailed-exitcode"]).run.status, Some(0));
    let _ = run(&["apply", "--auto-approve"]).succeeds();
    let _ = run(&["destroy", "--auto-approve", "--confirm", "dev"]).succeeds();
    insta::assert_snapshot!(run(&["rotate", "shop", "--auto-approve"]).refuses(), @"
    error[unknown-place]: the secret of `shop` can't be rotated here: the provider is not Auth0
      --> values/base.yaml:14:3
       |
    14 |   provider: oidc
       |   ^^^^^^^^^^^^^^
       |
       = help: make a new one at the provider, and seal it as `render seal list` says

    error: 1 problem; nothing was changed
    ");
    // What a person has to make there is said elsewhere.
    let listed = stage.scene.run(&mut stage.scene.command(&["seal", "list", "--env", "dev"])).stdout;
    let callbacks: Vec<_> = listed.lines().filter_map(|line| line.split_once("callback URL ")).map(|it| it.1).collect();
    assert_eq!(
        callbacks,
        [
            "https://oauth2.dev.example.com/oauth2/callback",
            "https://argocd.dev.example.com/auth/callback",
            "https://grafana.dev.example.com/login/generic_oauth",
            "https://shop.dev.example.com/callback",
        ]
    );
}
