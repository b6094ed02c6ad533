//! The first run, and the last.

use serde_json::json;

use super::Stage;
use super::stage::{CLIENTS, OUTPUTS, shared_tenant};

#[test]
fn an_empty_tenant_gets_everything_once() {
    let stage = Stage::new();
    let applied = stage.apply().succeeds();
    insta::assert_snapshot!(applied.named(&applied.run.stderr), @"");
    insta::assert_snapshot!(applied.writes().join("\n"), @"");
    insta::assert_snapshot!(stage.portrait(), @"");
    stage.is_at_rest();
}

#[test]
fn what_is_sealed_is_what_the_tenant_knows() {
    let stage = Stage::applied();
    let mut cookies = Vec::new();
    for (client, secret) in CLIENTS {
        let application = stage.application(client);
        assert_eq!(application["client_id"], json!(stage.opened(secret, "client-id")), "{client}");
        assert_eq!(application["client_secret"], json!(stage.opened(secret, "client-secret")), "{client}");
        let id = application["client_id"].as_str().unwrap().to_owned();
        assert!(stage.scene.read(OUTPUTS).contains(&format!("    {client}: {id}\n")), "{client}");
        cookies.push(id);
    }
    let cookie = stage.opened("oauth2-proxy/oauth2-proxy", "cookie-secret");
    // 32 bytes in base64.
    assert_eq!(cookie.trim_end_matches('=').len(), 43);
}

#[test]
fn what_is_ours_goes_and_the_rest_stays() {
    let stage = Stage::applied();
    let destroyed = stage.destroy().succeeds();
    assert!(destroyed.run.stderr.contains("Destroy complete! Resources: 6 destroyed."), "{}", destroyed.run);
    let mut left = stage.tenant.world().clone();
    let before = shared_tenant();
    assert_eq!(left.clients, before.clients);
    assert_eq!(left.bindings, before.bindings);
    let names = |world: &crate::identity::fake::World| -> Vec<String> {
        let roles = world.roles.iter().map(|role| format!("{role:?}"));
        let users = world.users.iter().map(|user| format!("{} {}", user.email, user.roles.len()));
        roles.chain(world.actions.iter().map(|action| action.name.clone())).chain(users).collect()
    };
    // Somebody was given a role that is not ours: taking it away is not ours either.
    left.users.iter_mut().filter(|user| user.email == "two@example.com").for_each(|user| user.roles.clear());
    assert_eq!(names(&left), names(&before));
    assert!(!stage.scene.path(OUTPUTS).exists());
    assert_eq!(stage.destroy().succeeds().writes(), [""; 0]);
}

#[test]
fn what_was_destroyed_is_made_anew_with_other_secrets() {
    let stage = Stage::applied();
    let before = stage.opened("shop/oidc", "client-secret");
    let _ = stage.destroy().succeeds();
    let _ = stage.apply().succeeds();
    let after = stage.opened("shop/oidc", "client-secret");
    assert_ne!(before, after);
    assert_eq!(stage.application("shop")["client_secret"], json!(after));
    stage.is_at_rest();
}
