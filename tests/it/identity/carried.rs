//! `render identity` from wishes to what was done: what is shown, asked, refused, sealed and written down.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::fake::{Auth0, World};
use crate::json::fits;
use crate::support::{Run, Scene, skip};

const VALUES: &str = "\
platform: {domain: dev.example.com}
identity:
  provider: auth0
  issuer: https://example.eu.auth0.com/
  groupsClaim: https://example.com/groups
  groups: {admins: [admins]}
  clients:
    shop: {host: shop, callback: /callback, secret: shop/oidc}
charts:
  shop: {repository: \"https://charts.example.com\", chart: shop, version: 1.0.0, namespace: shop}
";

const OUTPUTS: &str = "values/outputs/dev.yaml";
const SEALED: &str = "values/sealed/dev.yaml";

fn scene() -> Scene {
    Scene::new().with("values/dev.yaml", VALUES).with_key_pair()
}

fn tenant() -> Auth0 {
    Auth0::start(World::new())
}

fn command(scene: &Scene, tenant: &Auth0, arguments: &[&str]) -> Command {
    let mut command = scene.command(&[&["identity"], arguments, &["--env", "dev"]].concat());
    command.envs(tenant.variables()).env("SUPERCARGO_TIME_SCALE", "0");
    command
}

/// Runs a command against `tenant`, and looks that no secret comes out.
#[must_use = "say how the run has to end"]
fn run(scene: &Scene, tenant: &Auth0, arguments: &[&str]) -> Run {
    let run = scene.run(&mut command(scene, tenant, arguments));
    let world = tenant.world();
    let own = world.secret_of(&world.manager);
    let told = world.handed_out.iter().chain([&own]).find(|it| run.to_string().contains(*it));
    assert_eq!(told, None, "{run}");
    assert_eq!(world.complaints, [""; 0]);
    run
}

#[test]
fn a_plan_is_shown_and_carried_out_and_then_there_is_nothing_to_do() {
    let (scene, tenant) = (scene(), tenant());
    insta::assert_snapshot!(run(&scene, &tenant, &["plan"]).succeeds(), @r#"
    exit 0
    --- stdout
      # role.admins will be created
      + role "admins" {
          + name        = "admins"
          + description = "a group of example-dev, managed-by:supercargo env:dev"
        }

      # action.groups will be created
      + action "groups" {
          + name     = "example-dev-groups"
          + trigger  = "post-login v3"
          + runtime  = "node22"
          + claim    = "https://example.com/groups"
          + code     = "sha256:c196db0b36e7"
          + deployed = true
          + bound    = "alone"
        }

      # application.shop will be created
      + application "shop" {
          + name                       = "example-dev-shop"
          + app_type                   = "regular_web"
          + is_first_party             = true
          + oidc_conformant            = true
          + callbacks                  = ["https://shop.dev.example.com/callback"]
          + allowed_logout_urls        = ["https://shop.dev.example.com/"]
          + web_origins                = ["https://shop.dev.example.com"]
          + grant_types                = ["authorization_code","refresh_token"]
          + token_endpoint_auth_method = "client_secret_basic"
          + jwt_configuration          = {"alg":"RS256"}
          + client_metadata            = {"environment":"dev","managed-by":"supercargo"}
          + client_id                  = (known after apply)
          + client_secret              = (sensitive value)
          + sealed_secret              = "shop/oidc"
        }

    Plan: 3 to add, 0 to change, 0 to destroy.
    "#);
    assert_eq!(tenant.writes(), [""; 0]);
    let applied = run(&scene, &tenant, &["apply", "--auto-approve"]).succeeds();
    insta::assert_snapshot!(applied.stderr, @"
    role.admins: Creating...
    role.admins: Creation complete after 0s [id=rol_0008]
    action.groups: Creating...
    action.groups: Creation complete after 6s [id=act_0009]
    application.shop: Creating...
    shop/oidc: sealed client-id, client-secret
    application.shop: Creation complete after 0s [id=client_0010]
    Changed: values/sealed/dev.yaml, values/outputs/dev.yaml. Commit that, and render.

    Apply complete! Resources: 3 added, 0 changed, 0 destroyed.
    ");
    insta::assert_snapshot!(scene.read(OUTPUTS), @"
    # What the cloud and the identity provider told, as values that templates can use. Written by `render cloud apply`
    # and `render identity apply`: what is edited here is lost with the next one.
    outputs:
      clients:
        shop: client_0010
    ");
    assert!(scene.read(SEALED).contains("shop/oidc:"));
    // Everything is there, and stays.
    let before = (scene.read(OUTPUTS), scene.read(SEALED), tenant.writes());
    let again = run(&scene, &tenant, &["apply", "--auto-approve"]).succeeds();
    insta::assert_snapshot!(again, @"
    exit 0
    --- stdout
    No changes. There is nothing to do.
    ");
    assert_eq!((scene.read(OUTPUTS), scene.read(SEALED), tenant.writes()), before);
    // And goes.
    let destroyed = run(&scene, &tenant, &["destroy", "--auto-approve", "--confirm", "dev"]).succeeds();
    insta::assert_snapshot!(destroyed.stderr, @"
    application.shop: Destroying...
    application.shop: Destruction complete after 0s
    action.groups: Destroying...
    action.groups: Destruction complete after 0s
    role.admins: Destroying...
    role.admins: Destruction complete after 0s
    Changed: values/outputs/dev.yaml. Commit that, and render.

    Destroy complete! Resources: 3 destroyed.
    ");
    assert!(!scene.path(OUTPUTS).exists());
}

#[test]
fn exit_codes_say_whether_there_is_something_to_do_for_whoever_asks() {
    let (scene, tenant) = (scene(), tenant());
    let plan = |arguments: &[&str]| run(&scene, &tenant, &[&["plan"], arguments].concat()).status;
    assert_eq!(plan(&[]), Some(0));
    assert_eq!(plan(&["--detailed-exitcode"]), Some(2));
    run(&scene, &tenant, &["apply", "--auto-approve"]).succeeds();
    assert_eq!(plan(&["--detailed-exitcode"]), Some(0));
    scene.write("values/dev.yaml", "platform: {domian: x}\n");
    assert_eq!(plan(&["--detailed-exitcode"]), Some(1));
    assert_eq!(plan(&[]), Some(2));
    let mut without = scene.command(&["identity", "plan", "--env", "prod", "--detailed-exitcode"]);
    assert_eq!(scene.run(&mut without).status, Some(1));
}

#[test]
fn without_a_certificate_nothing_is_made() {
    let (scene, tenant) = (scene(), tenant());
    scene.remove("values/certs");
    let run = run(&scene, &tenant, &["apply", "--auto-approve"]).exits(2);
    insta::assert_snapshot!(run.stderr, @"
    error[certificate]: there is no certificate to seal with: values/certs/dev.pem is missing
    --> values/certs/dev.pem
     = help: if the cluster is there, get its certificate with `render seal cert fetch --env dev`
     = help: if it is not, make a key pair for it with `render seal init --env dev`

    error: 1 problem; nothing was changed
    ");
    assert_eq!(tenant.writes(), [""; 0]);
}

#[test]
fn nobody_is_asked_where_there_is_nobody() {
    let (scene, tenant) = (scene(), tenant());
    let refused = |arguments: &[&str]| run(&scene, &tenant, arguments).exits(2).stderr;
    insta::assert_snapshot!(refused(&["apply"]), @"
    error: nobody is there to ask: standard input is no terminal
    help: look at the plan, then run it again with `--auto-approve`
    ");
    run(&scene, &tenant, &["apply", "--auto-approve"]).succeeds();
    let before = tenant.writes();
    insta::assert_snapshot!(refused(&["destroy"]), @"
    error: nobody is there to ask: standard input is no terminal
    help: look at the plan, then run it again with `--auto-approve --confirm dev`
    ");
    insta::assert_snapshot!(refused(&["destroy", "--auto-approve"]), @"
    error: `--auto-approve` alone destroys nothing
    help: add `--confirm dev`: there is no way back
    ");
    insta::assert_snapshot!(refused(&["destroy", "--auto-approve", "--confirm", "prod"]), @"
    error: `--confirm prod` is not the name of the environment `dev`
    help: if `dev` is what you mean, write `--confirm dev`
    ");
    assert_eq!(tenant.writes(), before);
}

#[test]
fn a_kept_plan_is_done_as_it_is_or_not_at_all() {
    let (scene, tenant) = (scene(), tenant());
    let kept = run(&scene, &tenant, &["plan", "--out", "kept.plan"]).succeeds();
    assert!(kept.stderr.contains("kept.plan: kept"), "{kept}");
    // Other values mean other steps.
    scene.write("values/dev.yaml", VALUES.replace("host: shop", "host: store"));
    insta::assert_snapshot!(run(&scene, &tenant, &["apply", "kept.plan"]).exits(2).stderr, @"
    error: `kept.plan` can't be used: what it would change is not what it was made from any more
    help: make the plan again, and look at what has changed
    ");
    scene.write("values/dev.yaml", VALUES);
    scene.write("other.plan", "{}");
    insta::assert_snapshot!(run(&scene, &tenant, &["apply", "other.plan"]).exits(2).stderr, @"
    error: `other.plan` can't be used: it is no saved plan: missing field `format` at line 1 column 2
    help: name a file that `plan --out FILE` wrote
    ");
    insta::assert_snapshot!(run(&scene, &tenant, &["apply", "none.plan"]).exits(2).stderr, @"
    error: there is no file `none.plan`
    help: name one that `render identity plan --out FILE` wrote, or none to plan and apply at once
    ");
    assert_eq!(tenant.writes(), [""; 0]);
    run(&scene, &tenant, &["apply", "kept.plan"]).succeeds();
    insta::assert_snapshot!(run(&scene, &tenant, &["apply", "kept.plan"]).exits(2).stderr, @"
    error: `kept.plan` can't be used: what it would change is not what it was made from any more
    help: make the plan again, and look at what has changed
    ");
}

#[test]
fn machines_read_objects() {
    let (scene, tenant) = (scene(), tenant());
    let plan = fits("plan", &run(&scene, &tenant, &["plan", "--json"]).succeeds().stdout);
    assert_eq!(plan["environment"], "dev");
    let applied = run(&scene, &tenant, &["apply", "--auto-approve", "--json"]).succeeds();
    assert_eq!(applied.stderr, "");
    let events: Vec<Value> = applied.stdout.lines().map(|line| fits("apply-event", line)).collect();
    let kinds: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(kinds.first(), Some(&"planned_change"));
    assert_eq!(kinds.last(), Some(&"change_summary"));
    assert!(kinds.contains(&"apply_start") && kinds.contains(&"apply_complete"), "{kinds:?}");
}

/// Runs a command on a terminal, and types `answer` when it asks.
fn asked(scene: &Scene, tenant: &Auth0, arguments: &[&str], answer: impl FnOnce() -> String) -> Option<(bool, String)> {
    // `script` gives the command a terminal; a shell without it can't.
    if !Command::new("script").arg("--version").output().is_ok_and(|run| run.status.success()) {
        skip("the question on a terminal", "there is no program `script`");
        return None;
    }
    let line = format!("{} identity {} --env dev", crate::support::RENDER, arguments.join(" "));
    let mut command = Command::new("script");
    scene.prepare(&mut command).args(["--quiet", "--return", "--echo", "never", "--command", &line, "/dev/null"]);
    command.envs(tenant.variables()).env("SUPERCARGO_TIME_SCALE", "0");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    let (mut shown, mut byte) = (Vec::new(), [0]);
    while !shown.ends_with(b"means yes: ") && out.read(&mut byte).unwrap() == 1 {
        shown.push(byte[0]);
    }
    child.stdin.take().unwrap().write_all(format!("{}\n", answer()).as_bytes()).unwrap();
    out.read_to_end(&mut shown).unwrap();
    let succeeded = child.wait().unwrap().success();
    Some((succeeded, String::from_utf8_lossy(&shown).into_owned()))
}

#[test]
fn only_one_answer_means_yes_and_only_to_what_was_shown() {
    let (scene, tenant) = (scene(), tenant());
    let Some((succeeded, shown)) = asked(&scene, &tenant, &["apply"], || "y".to_owned()) else { return };
    assert!(!succeeded && shown.contains("not approved; nothing was changed"), "{shown}");
    assert_eq!(tenant.writes(), [""; 0]);
    // While somebody thinks, somebody else acts.
    let (succeeded, shown) = asked(&scene, &tenant, &["apply"], || {
        run(&scene, &tenant, &["apply", "--auto-approve"]).succeeds();
        "yes".to_owned()
    })
    .unwrap();
    assert!(!succeeded && shown.contains("another one than that which was approved"), "{shown}");
    let before = tenant.writes();
    let (succeeded, shown) = asked(&scene, &tenant, &["destroy"], || "yes".to_owned()).unwrap();
    assert!(!succeeded && shown.contains("Only `dev` means yes"), "{shown}");
    assert_eq!(tenant.writes(), before);
    let (succeeded, shown) = asked(&scene, &tenant, &["destroy"], || "dev".to_owned()).unwrap();
    assert!(succeeded && shown.contains("Destroy complete!"), "{shown}");
}

#[test]
fn a_client_gets_a_new_secret() {
    let (scene, tenant) = (scene(), tenant());
    run(&scene, &tenant, &["apply", "--auto-approve"]).succeeds();
    let before = scene.read(SEALED);
    let rotated = run(&scene, &tenant, &["rotate", "shop", "--auto-approve"]).succeeds();
    insta::assert_snapshot!(rotated.stderr, @"
    application.shop: Modifying...
    shop/oidc: sealed client-id, client-secret
    application.shop: Modification complete after 0s [id=client_0009]
    Changed: values/sealed/dev.yaml. Commit that, and render.

    Apply complete! Resources: 0 added, 1 changed, 0 destroyed.
    ");
    assert_ne!(scene.read(SEALED), before);
    insta::assert_snapshot!(run(&scene, &tenant, &["rotate", "shpo", "--auto-approve"]).exits(2).stderr, @"
    error[unknown-place]: environment `dev` has no client `shpo`
     --> values/dev.yaml:3:3
      |
    3 |   provider: auth0
      |   ^^^^^^^^^^^^^^^
      |
      = help: write `shop`

    error: 1 problem; nothing was changed
    ");
}

#[test]
fn a_scope_that_is_missing_for_any_step_is_said_before_the_first() {
    let (scene, tenant) = (scene(), tenant());
    tenant.world().grants.values_mut().for_each(|scopes| scopes.retain(|scope| scope != "create:clients"));
    let refused = run(&scene, &tenant, &["apply", "--auto-approve"]).exits(2);
    insta::assert_snapshot!(refused.stderr, @"
    error: the token may not do what is to be done: it lacks `create:clients`
    help: grant the application of AUTH0_CLIENT_ID `create:clients` of the Auth0 Management API
    ");
    assert_eq!(tenant.writes(), [""; 0]);
}
