//! Values change, and so does what was made; what was changed by hand comes back.

use serde_json::{Value, json};

use super::Stage;

#[test]
fn a_host_leads_to_its_addresses() {
    let stage = Stage::applied();
    stage.change("host: grafana", "host: dashboards");
    let planned = stage.plan().succeeds();
    insta::assert_snapshot!(planned.named(&planned.run.stdout), @r#"
      # application.grafana will be updated in-place
      ~ application "grafana" {
          ~ callbacks           = ["https://grafana.dev.example.com/login/generic_oauth"] -> ["https://dashboards.dev.example.com/login/generic_oauth"]
          ~ allowed_logout_urls = ["https://grafana.dev.example.com/"] -> ["https://dashboards.dev.example.com/"]
          ~ web_origins         = ["https://grafana.dev.example.com"] -> ["https://dashboards.dev.example.com"]
        }

    Plan: 0 to add, 1 to change, 0 to destroy.
    "#);
    assert_eq!(stage.apply().succeeds().writes(), ["PATCH /api/v2/clients/<client example-dev-grafana>"]);
    let grafana = stage.application("grafana");
    assert_eq!(grafana["callbacks"], json!(["https://dashboards.dev.example.com/login/generic_oauth"]));
    assert_eq!(grafana["allowed_logout_urls"], json!(["https://dashboards.dev.example.com/"]));
    assert_eq!(grafana["web_origins"], json!(["https://dashboards.dev.example.com"]));
    stage.is_at_rest();
}

#[test]
fn an_application_that_was_changed_by_hand_comes_back() {
    let stage = Stage::applied();
    let before = stage.portrait();
    for (field, value) in [
        ("callbacks", json!(["https://elsewhere.example.net/"])),
        ("grant_types", json!(["authorization_code", "implicit"])),
        ("jwt_configuration", json!({"alg": "HS256", "lifetime_in_seconds": 36000, "secret_encoded": false})),
        ("token_endpoint_auth_method", json!("none")),
        ("app_type", json!("spa")),
        ("oidc_conformant", json!(false)),
    ] {
        for client in stage.tenant.world().clients.iter_mut().filter(|one| one["name"] == "example-dev-shop") {
            client.insert(field.to_owned(), value.clone());
        }
        assert_ne!(stage.portrait(), before, "{field}");
        let applied = stage.apply().succeeds();
        assert_eq!(applied.writes(), ["PATCH /api/v2/clients/<client example-dev-shop>"], "{field}");
        let shop = stage.application("shop");
        if field == "jwt_configuration" {
            // How long tokens live is not ours to say.
            assert_eq!(shop[field]["alg"], "RS256");
            assert_eq!(shop[field]["lifetime_in_seconds"], 36000);
        } else {
            assert_ne!(shop[field], value, "{field}");
        }
        stage.is_at_rest();
    }
}

#[test]
fn what_others_add_to_an_application_stays() {
    let stage = Stage::applied();
    for client in stage.tenant.world().clients.iter_mut().filter(|one| one["name"] == "example-dev-shop") {
        client["client_metadata"]["cost-centre"] = json!("7");
        client.insert("description".to_owned(), json!("the shop"));
        client["callbacks"] = json!([]);
    }
    let _ = stage.apply().succeeds();
    let shop = stage.application("shop");
    assert_eq!(shop["client_metadata"]["cost-centre"], "7");
    assert_eq!(shop["description"], "the shop");
    assert_eq!(shop["callbacks"], json!(["https://shop.dev.example.com/callback"]));
}

#[test]
fn code_that_was_edited_comes_back_where_it_was_bound() {
    let stage = Stage::applied();
    let code = |stage: &Stage| stage.tenant.world().action_named("example-dev-groups").unwrap().clone();
    let before = code(&stage);
    let bound = stage.tenant.world().bindings.clone();
    {
        let mut world = stage.tenant.world();
        let action = world.actions.iter_mut().find(|action| action.name == "example-dev-groups").unwrap();
        let edited = format!("{}\nconsole.log(1);\n", action.draft["code"].as_str().unwrap());
        action.draft.insert("code".to_owned(), Value::from(edited));
        action.deployed = Some((2, action.draft.clone()));
        // Somebody put another one behind it.
        world.seed_bound_action("later", "exports.onExecutePostLogin = async () => {};");
    }
    let planned = stage.plan().succeeds();
    insta::assert_snapshot!(planned.named(&planned.run.stdout), @r#"
      # action.groups will be updated in-place
      ~ action "groups" {
          + claim    = "https://example.com/groups"
          ~ code     = "sha256:fae6b7ba750a" -> "sha256:c196db0b36e7"
          ~ deployed = false -> true
        }

    Plan: 0 to add, 1 to change, 0 to destroy.
    "#);
    let _ = stage.apply().succeeds();
    let after = code(&stage);
    assert_eq!(after.draft, before.draft);
    assert_eq!(after.deployed.unwrap().1, before.draft);
    let now = stage.tenant.world().bindings.clone();
    assert_eq!(now[..bound.len()], bound);
    assert_eq!(now.len(), bound.len() + 1);
    stage.is_at_rest();
}

#[test]
fn an_action_that_was_taken_out_runs_again_behind_the_others() {
    let stage = Stage::applied();
    stage.tenant.world().bindings.retain(|binding| binding.display_name != "example-dev-groups");
    let applied = stage.apply().succeeds();
    assert_eq!(applied.writes(), ["PATCH /api/v2/actions/triggers/post-login/bindings"]);
    let names: Vec<_> = stage.tenant.world().bindings.iter().map(|it| it.display_name.clone()).collect();
    assert_eq!(names, ["theirs", "example-prod-groups", "example-dev-groups"]);
    stage.is_at_rest();
}

#[test]
fn an_action_that_was_not_deployed_is() {
    let stage = Stage::applied();
    for action in stage.tenant.world().actions.iter_mut().filter(|action| action.name == "example-dev-groups") {
        action.deployed = None;
    }
    let applied = stage.apply().succeeds();
    assert_eq!(applied.writes(), ["POST /api/v2/actions/actions/<action example-dev-groups>/deploy"]);
    stage.is_at_rest();
}

#[test]
fn connections_follow_the_values_for_our_applications_alone() {
    let stage = Stage::applied();
    let manager = stage.tenant.world().manager.clone();
    let users = |name: &str| {
        let world = stage.tenant.world();
        world.connections.iter().find(|connection| connection.name == name).unwrap().clients.clone()
    };
    assert_eq!(users("staff").len(), 4);
    assert!(users("Username-Password-Authentication").iter().eq([&manager]));
    stage.change("connections: [staff]", "connections: [Username-Password-Authentication]");
    let _ = stage.apply().succeeds();
    assert_eq!(users("staff").len(), 0);
    assert_eq!(users("Username-Password-Authentication").len(), 5);
    stage.is_at_rest();
}

#[test]
fn a_client_that_is_not_wanted_any_more_goes_when_asked() {
    let stage = Stage::applied().with("    shop: {host: shop, callback: /callback, secret: shop/oidc}\n", "    {}\n");
    let applied = stage.apply().succeeds();
    assert_eq!(applied.writes(), [""; 0]);
    insta::assert_snapshot!(applied.run.stdout, @"
    Seen, and left as it is:
      * application.shop: it is ours, and the values do not want it any more
          `--prune` deletes it

    No changes. There is nothing to do.
    ");
    let id = stage.application("shop")["client_id"].as_str().unwrap().to_owned();
    let pruned = stage.apply_with(&["--prune"]).succeeds();
    assert_eq!(pruned.writes(), [format!("DELETE /api/v2/clients/{id}")]);
    stage.is_at_rest();
}
