//! What is not ours stays as it is, whatever it is called.

use serde_json::{Value, json};

use super::Stage;

fn marked(environment: &str) -> Value {
    json!({"managed-by": "supercargo", "environment": environment})
}

/// A stage whose tenant has an application of the name of ours, and what an apply says to that.
fn with_namesakes(namesakes: &[Value]) -> String {
    let stage = Stage::new().with_world(|world| {
        for metadata in namesakes {
            world.seed_client(json!({"name": "example-dev-shop", "client_metadata": metadata}));
        }
    });
    let before = stage.portrait();
    let refused = stage.apply().refuses();
    assert_eq!(stage.portrait(), before);
    refused
}

#[test]
fn an_application_of_the_name_is_not_ours_without_the_mark() {
    insta::assert_snapshot!(with_namesakes(&[json!({})]), @"
    error[not-owned]: the application `example-dev-shop` exists at Auth0, and nothing says that it belongs to `dev`
      --> values/base.yaml:23:11
       |
    23 |     shop: {host: shop, callback: /callback, secret: shop/oidc}
       |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = note: its id is `<client example-dev-shop>`
       = help: rename it, or hand it over: give it the metadata `environment: dev` and `managed-by: supercargo`

    error: 1 problem; nothing was changed
    ");
    let of_prod = with_namesakes(&[marked("prod")]);
    assert_eq!(of_prod, with_namesakes(&[json!({})]));
    insta::assert_snapshot!(with_namesakes(&[marked("dev"), marked("dev")]), @"
    error[ambiguous-resource]: there are 2 applications of the name `example-dev-shop` at Auth0
      --> values/base.yaml:23:11
       |
    23 |     shop: {host: shop, callback: /callback, secret: shop/oidc}
       |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = note: their ids are `<client example-dev-shop>`, `<client example-dev-shop>`
       = help: see which of them is in use, and delete or rename the others at Auth0

    error: 1 problem; nothing was changed
    ");
}

#[test]
fn what_stands_in_the_way_of_one_does_not_keep_another() {
    let stage = Stage::new()
        .with_world(|world| drop(world.seed_client(json!({"name": "example-dev-shop", "client_metadata": {}}))));
    let applied = stage.apply_with(&["--target", "application.argo-cd", "--target", "action"]).succeeds();
    assert!(applied.run.stderr.contains("Resources: 2 added, 0 changed, 0 destroyed."), "{}", applied.run);
}

#[test]
fn an_application_that_is_handed_over_is_ours() {
    let stage = Stage::new();
    let id = stage.tenant.world().seed_client(json!({
        "name": "example-dev-shop", "app_type": "spa", "client_metadata": marked("dev"), "description": "made by hand",
    }));
    let _ = stage.apply().succeeds();
    let shop = stage.application("shop");
    assert_eq!(shop["client_id"], json!(id));
    assert_eq!(shop["app_type"], "regular_web");
    assert_eq!(shop["description"], "made by hand");
    assert_eq!(shop["client_secret"], json!(stage.opened("shop/oidc", "client-secret")));
    stage.is_at_rest();
}

#[test]
fn an_action_of_the_name_is_not_ours_without_the_mark() {
    let stage = Stage::new().with_world(|world| {
        world.seed_bound_action("example-dev-groups", "exports.onExecutePostLogin = async () => {};");
    });
    let before = stage.portrait();
    insta::assert_snapshot!(stage.apply().refuses(), @"
    error[not-owned]: the action `example-dev-groups` exists at Auth0, and nothing says that it belongs to `dev`
      --> values/base.yaml:16:16
       |
    16 |   groupsClaim: https://example.com/groups
       |                ^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = note: its id is `<action example-dev-groups>`
       = help: rename it, or hand it over: begin its code with `// managed-by:supercargo env:dev`

    error: 1 problem; nothing was changed
    ");
    assert_eq!(stage.portrait(), before);
}

#[test]
fn a_role_that_is_there_is_used_as_it_is() {
    let stage = Stage::applied();
    let world = stage.tenant.world();
    let support = world.role_named("support").unwrap().clone();
    assert_eq!(support.description, "people who answer letters");
    let members: Vec<_> =
        world.users.iter().filter(|user| user.roles.contains(&support.id)).map(|user| user.email.as_str()).collect();
    // One by the values, one by hand.
    assert_eq!(members, ["two@example.com", "three@example.com"]);
}

#[test]
fn whoever_was_given_a_role_by_hand_keeps_it() {
    let stage = Stage::applied();
    let admins = stage.tenant.world().role_named("admins").unwrap().id.clone();
    for user in &mut stage.tenant.world().users {
        user.roles.insert(admins.clone());
    }
    stage.is_at_rest();
    stage.change("    admins: [one@example.com]\n", "");
    let applied = stage.apply().succeeds();
    assert_eq!(applied.writes(), [""; 0]);
    assert!(stage.tenant.world().users.iter().all(|user| user.roles.contains(&admins)));
}

#[test]
fn another_environment_of_the_platform_is_another_owner() {
    let stage = Stage::applied();
    let foreign = |stage: &Stage| {
        let portrait = stage.portrait();
        portrait.lines().filter(|line| !line.contains("example-dev") && !line.starts_with("user ")).collect::<String>()
    };
    let before = foreign(&Stage::new());
    assert!(before.contains("example-prod-argo-cd") && before.contains("auditors"), "{before}");
    for line in Stage::new().portrait().lines().filter(|line| line.contains("prod") && !line.contains("after")) {
        assert!(stage.portrait().lines().any(|other| other == line), "{line}");
    }
    let _ = stage.apply_with(&["--prune"]).succeeds();
    let _ = stage.destroy().succeeds();
    for line in Stage::new().portrait().lines().filter(|line| line.contains("prod")) {
        assert!(stage.portrait().lines().any(|other| other == line), "{line}");
    }
}
