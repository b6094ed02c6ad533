//! The first run, and the last.

use serde_json::json;

use super::Stage;
use super::stage::{CLIENTS, OUTPUTS, shared_tenant};

#[test]
fn an_empty_tenant_gets_everything_once() {
    let stage = Stage::new();
    let applied = stage.apply().succeeds();
    insta::assert_snapshot!(applied.named(&applied.run.stderr), @"
    role.admins: Creating...
    role.admins: Creation complete after 0s [id=<role admins>]
    role.support: Modifying...
    role.support: Modification complete after 0s [id=<role support>]
    action.groups: Creating...
    action.groups: Creation complete after 6s [id=<action example-dev-groups>]
    application.oauth2-proxy: Creating...
    oauth2-proxy/oauth2-proxy: sealed client-id, client-secret, cookie-secret
    application.oauth2-proxy: Creation complete after 0s [id=<client example-dev-oauth2-proxy>]
    application.argo-cd: Creating...
    argocd/argocd-oidc: sealed client-id, client-secret
    application.argo-cd: Creation complete after 0s [id=<client example-dev-argo-cd>]
    application.grafana: Creating...
    monitoring/grafana-oidc: sealed client-id, client-secret
    application.grafana: Creation complete after 0s [id=<client example-dev-grafana>]
    application.shop: Creating...
    shop/oidc: sealed client-id, client-secret
    application.shop: Creation complete after 0s [id=<client example-dev-shop>]
    Changed: values/sealed/dev.yaml, values/outputs/dev.yaml. Commit that, and render.

    Apply complete! Resources: 6 added, 1 changed, 0 destroyed.
    ");
    insta::assert_snapshot!(applied.writes().join("\n"), @"
    POST /api/v2/roles
    POST /api/v2/roles/<role admins>/users
    POST /api/v2/roles/<role support>/users
    POST /api/v2/actions/actions
    POST /api/v2/actions/actions/<action example-dev-groups>/deploy
    PATCH /api/v2/actions/triggers/post-login/bindings
    POST /api/v2/clients
    PATCH /api/v2/connections/<connection Username-Password-Authentication>/clients
    PATCH /api/v2/connections/<connection staff>/clients
    POST /api/v2/clients
    PATCH /api/v2/connections/<connection Username-Password-Authentication>/clients
    PATCH /api/v2/connections/<connection staff>/clients
    POST /api/v2/clients
    PATCH /api/v2/connections/<connection Username-Password-Authentication>/clients
    PATCH /api/v2/connections/<connection staff>/clients
    POST /api/v2/clients
    PATCH /api/v2/connections/<connection Username-Password-Authentication>/clients
    PATCH /api/v2/connections/<connection staff>/clients
    ");
    let portrait = stage.portrait();
    let others = portrait.lines().filter(|line| !line.starts_with("client ") && !line.starts_with("action "));
    insta::assert_snapshot!(others.collect::<Vec<_>>().join("\n"), @r#"
    connection Username-Password-Authentication: auth0, {"<client Command>"}
    connection staff: google-apps, {"<client example-dev-argo-cd>", "<client example-dev-grafana>", "<client example-dev-oauth2-proxy>", "<client example-dev-shop>"}
    role admins: "a group of example-dev, managed-by:supercargo env:dev"
    role auditors: "a group of example-prod, managed-by:supercargo env:prod"
    role support: "people who answer letters"
    user one@example.com: {"<role admins>"}
    user three@example.com: {"<role support>"}
    user two@example.com: {"<role support>"}
    after a login: <action theirs> as theirs, <action example-prod-groups> as example-prod-groups, <action example-dev-groups> as example-dev-groups
    # What the cloud and the identity provider told, as values that templates can use. Written by `render cloud apply`
    # and `render identity apply`: what is edited here is lost with the next one.
    outputs:
      clients:
        argo-cd: <client example-dev-argo-cd>
        grafana: <client example-dev-grafana>
        oauth2-proxy: <client example-dev-oauth2-proxy>
        shop: <client example-dev-shop>

    sealed argocd/argocd-oidc client-id: the client_id of example-dev-argo-cd
    sealed argocd/argocd-oidc client-secret: the client_secret of example-dev-argo-cd
    sealed monitoring/grafana-oidc client-id: the client_id of example-dev-grafana
    sealed monitoring/grafana-oidc client-secret: the client_secret of example-dev-grafana
    sealed oauth2-proxy/oauth2-proxy client-id: the client_id of example-dev-oauth2-proxy
    sealed oauth2-proxy/oauth2-proxy client-secret: the client_secret of example-dev-oauth2-proxy
    sealed oauth2-proxy/oauth2-proxy cookie-secret: random 44
    sealed shop/oidc client-id: the client_id of example-dev-shop
    sealed shop/oidc client-secret: the client_secret of example-dev-shop
    "#);
    stage.is_at_rest();
}

#[test]
fn what_is_sealed_is_what_the_tenant_knows() {
    let stage = Stage::applied();
    for (client, secret) in CLIENTS {
        let application = stage.application(client);
        assert_eq!(application["client_id"], json!(stage.opened(secret, "client-id")), "{client}");
        assert_eq!(application["client_secret"], json!(stage.opened(secret, "client-secret")), "{client}");
        let id = application["client_id"].as_str().unwrap().to_owned();
        assert!(stage.scene.read(OUTPUTS).contains(&format!("    {client}: {id}\n")), "{client}");
    }
    let shop = stage.run(&["outputs", "clients.shop", "--raw"]).succeeds();
    assert_eq!(json!(shop.run.stdout), stage.application("shop")["client_id"]);
    assert_eq!(shop.calls, [""; 0]);
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
