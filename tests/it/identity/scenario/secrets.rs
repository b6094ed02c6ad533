//! What is sealed is what the tenant knows, however one of them got lost.

use serde_json::json;

use super::Stage;
use super::stage::{OUTPUTS, SEALED, VALUES};
use crate::identity::faults::Fault;

/// The secret that is sealed for `client` is the one that the tenant takes.
#[track_caller]
fn assert_current(stage: &Stage, client: &str, secret: &str) {
    assert_eq!(stage.application(client)["client_secret"], json!(stage.opened(secret, "client-secret")), "{client}");
}

fn without_reading(stage: Stage) -> Stage {
    stage.with_world(|world| {
        world.grants.values_mut().for_each(|scopes| scopes.retain(|scope| scope != "read:client_keys"));
    })
}

#[test]
fn a_secret_that_is_not_sealed_any_more_is_read_again() {
    let stage = Stage::applied();
    let before = stage.portrait();
    let cookie = stage.opened("oauth2-proxy/oauth2-proxy", "cookie-secret");
    stage.scene.remove(SEALED);
    let applied = stage.apply().succeeds();
    assert_eq!(applied.writes(), [""; 0]);
    assert_eq!(stage.portrait(), before);
    // What no provider knows is made anew.
    assert_ne!(stage.opened("oauth2-proxy/oauth2-proxy", "cookie-secret"), cookie);
    stage.is_at_rest();
}

#[test]
fn a_secret_that_can_not_be_read_is_made_anew() {
    let stage = without_reading(Stage::applied());
    stage.is_at_rest();
    stage.scene.remove(SEALED);
    let planned = stage.run(&["plan", "--target", "application.shop"]).succeeds();
    insta::assert_snapshot!(planned.run.stdout, @r#"
      # application.shop will be updated in-place (its credentials are not sealed)
      ~ application "shop" {
          + sealed client-id     = (sensitive value)
          + sealed client-secret = (sensitive value)
        }
        ! the old secret ends at once: logins fail until the cluster has the new one

    Plan: 0 to add, 1 to change, 0 to destroy.
    "#);
    let applied = stage.apply().succeeds();
    assert_eq!(applied.writes().len(), 4);
    assert!(applied.writes().iter().all(|line| line.ends_with("/rotate-secret")), "{:?}", applied.writes());
    assert_current(&stage, "shop", "shop/oidc");
    stage.is_at_rest();
}

#[test]
fn a_secret_is_sealed_without_the_permission_to_read_it() {
    let stage = without_reading(Stage::new());
    let applied = stage.apply().succeeds();
    assert!(applied.writes().iter().all(|line| !line.contains("rotate")), "{:?}", applied.writes());
    assert_current(&stage, "shop", "shop/oidc");
    stage.is_at_rest();
}

#[test]
fn only_what_is_missing_is_sealed() {
    let stage = Stage::applied();
    let before = stage.scene.read(SEALED);
    let others = |text: &str| -> String {
        let lines = text.lines().filter(|line| !line.contains("cookie-secret:"));
        lines.flat_map(|line| [line, "\n"]).collect()
    };
    stage.scene.write(SEALED, others(&before));
    let applied = stage.apply().succeeds();
    assert_eq!(applied.writes(), [""; 0]);
    assert!(applied.run.stderr.contains("oauth2-proxy/oauth2-proxy: sealed cookie-secret\n"), "{}", applied.run);
    let after = stage.scene.read(SEALED);
    assert_eq!(others(&before), others(&after));
    stage.is_at_rest();
}

#[test]
fn sealed_secrets_of_which_nobody_knows_whose_they_are_are_sealed_again() {
    let stage = Stage::applied();
    stage.scene.remove(OUTPUTS);
    // As if somebody had rotated it before the outputs got lost.
    let rotated = stage.tenant.world().secret("rotated-by-hand");
    for client in stage.tenant.world().clients.iter_mut().filter(|one| one["name"] == "example-dev-shop") {
        client.insert("client_secret".to_owned(), json!(rotated));
    }
    let applied = stage.apply().succeeds();
    assert_eq!(applied.writes(), [""; 0]);
    assert_current(&stage, "shop", "shop/oidc");
    stage.is_at_rest();
}

#[test]
fn a_client_gets_a_new_secret_on_request() {
    let stage = Stage::applied();
    let (shop, argo) =
        (stage.opened("shop/oidc", "client-secret"), stage.opened("argocd/argocd-oidc", "client-secret"));
    let rotated = stage.run(&["rotate", "shop", "--auto-approve"]).succeeds();
    assert_eq!(rotated.writes(), ["POST /api/v2/clients/<client example-dev-shop>/rotate-secret"]);
    assert_ne!(stage.opened("shop/oidc", "client-secret"), shop);
    assert_current(&stage, "shop", "shop/oidc");
    assert_eq!(stage.opened("argocd/argocd-oidc", "client-secret"), argo);
    stage.is_at_rest();
}

#[test]
fn a_rotation_that_is_killed_before_it_seals_is_known_to_the_next_run() {
    let calls = Stage::applied().run(&["rotate", "shop", "--auto-approve"]).succeeds().calls;
    let call = calls.iter().position(|line| line.ends_with("/rotate-secret")).unwrap();
    let stage = Stage::applied();
    stage.tenant.faults().at(call, Fault::KillAfter);
    let killed = stage.run(&["rotate", "shop", "--auto-approve"]);
    assert_eq!(killed.run.status, None, "{}", killed.run);
    assert_ne!(stage.application("shop")["client_secret"], json!(stage.opened("shop/oidc", "client-secret")));
    let planned = stage.plan().succeeds();
    let reason = "application.shop will be updated in-place (what is sealed is not known to be of this application)";
    assert!(planned.run.stdout.contains(reason), "{}", planned.run);
    let _ = stage.apply().succeeds();
    assert_current(&stage, "shop", "shop/oidc");
    stage.is_at_rest();
}

#[test]
fn a_client_that_moves_to_another_secret_is_sealed_there() {
    let stage = Stage::applied();
    let text = stage.scene.read(VALUES).replace("secret: shop/oidc", "secret: shop/login");
    stage.scene.write(VALUES, text);
    let applied = stage.apply().succeeds();
    assert_eq!(applied.writes(), [""; 0]);
    assert_current(&stage, "shop", "shop/login");
    stage.is_at_rest();
}
