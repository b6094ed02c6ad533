//! Which secrets the platform needs: what `render` and `check` say, what `seal list` tells to type, what `verify` finds.

use insta::assert_snapshot;

use crate::support::{Run, Scene};

/// Argo CD reads one Secret with two keys.
const SERVICES: &str = "
services:
  sealedSecrets:
    chart: {repository: \"https://charts.example.com\", name: sealed-secrets, version: 2.0.0}
  argoCd:
    adminLogin: true
    chart: {repository: \"https://charts.example.com\", name: argo-cd, version: 1.0.0}
";

fn scene() -> Scene {
    Scene::new().and("values/base.yaml", SERVICES)
}

/// Seals `keys` of `id`.
fn seal(scene: &Scene, id: &str, keys: &[&str]) {
    scene.write("plaintexts", keys.iter().flat_map(|key| [*key, "=plaintext\n"]).collect::<String>());
    scene.render(&["seal", "set", "--env", "dev", id, "--from-env-file", "plaintexts"]).succeeds();
}

fn verify(scene: &Scene, more: &[&str]) -> Run {
    scene.render(&[&["seal", "verify", "--env", "dev"], more].concat())
}

#[test]
fn a_render_warns_and_a_check_does_not_let_it_pass() {
    let scene = scene();
    assert_snapshot!(scene.render(&["--env", "dev", "--quiet"]).succeeds(), @"
    exit 0
    --- stderr
    warning[unsealed]: 1 secret that the platform reads is not sealed: `argocd/argocd-oidc`
    --> values/sealed
     = note: what reads a Secret does not start before the Secret is there
     = help: `render seal list` says what belongs into each, and what to type
    ");
    assert_snapshot!(scene.render(&["check", "--env", "dev"]).exits(1), @"
    exit 1
    --- stderr
    dev: 1 file current
    error[unsealed]: 1 secret that the platform reads is not sealed: `argocd/argocd-oidc`
    --> values/sealed
     = note: what reads a Secret does not start before the Secret is there
     = help: `render seal list` says what belongs into each, and what to type

    error: 1 problem
    ");
    let scene = scene.and(
        "values/dev.yaml",
        "policies: {severities: {unsealed: {level: off, reason: this cluster makes them itself}}}\n",
    );
    scene.render(&["--env", "dev"]).succeeds();
    scene.render(&["check", "--env", "dev"]).succeeds();
}

#[test]
fn the_list_says_what_to_type_until_nothing_is_missing() {
    assert_snapshot!(scene().render(&["seal", "list", "--env", "dev"]).succeeds(), @"
    exit 0
    --- stdout
    argocd/argocd-oidc   missing
      for   the OIDC client of Argo CD, read by services.argoCd
      from  a regular web application at the identity provider, with the callback URL https://argocd.dev.example.com/auth/callback
      key   client-id: the id of the client
      key   client-secret: its secret
      type  render seal set --env dev argocd/argocd-oidc client-id client-secret
    --- stderr
    dev: 0 of 1 secret sealed
    help: there is no certificate to seal with yet: `render seal cert fetch --env dev` gets the one of a running cluster, `render seal init --env dev` makes one for a cluster to come
    ");
    let scene = scene().with_key_pair();
    seal(&scene, "argocd/argocd-oidc", &["client-id"]);
    seal(&scene, "argocd/forgotten", &["key"]);
    assert_snapshot!(scene.render(&["seal", "list", "--env", "dev"]).succeeds(), @"
    exit 0
    --- stdout
    argocd/argocd-oidc   incomplete
      for   the OIDC client of Argo CD, read by services.argoCd
      from  a regular web application at the identity provider, with the callback URL https://argocd.dev.example.com/auth/callback
      key   client-secret: its secret
      type  render seal set --env dev argocd/argocd-oidc client-secret
    argocd/forgotten   unused
    --- stderr
    dev: 0 of 1 secret sealed
    ");
    seal(&scene, "argocd/argocd-oidc", &["client-secret"]);
    let listed = scene.render(&["seal", "list", "--env", "dev", "--message-format", "json"]).succeeds();
    assert_snapshot!(listed.stdout, @r#"
    {"secret":"argocd/argocd-oidc","state":"present","missing":[],"need":{"type":"Opaque","keys":[{"key":"client-id","meaning":"the id of the client"},{"key":"client-secret","meaning":"its secret"}],"readers":["services.argoCd"],"purpose":"the OIDC client of Argo CD","source":"a regular web application at the identity provider, with the callback URL https://argocd.dev.example.com/auth/callback"}}
    {"secret":"argocd/forgotten","state":"unused","missing":[],"need":null}
    "#);
}

#[test]
fn what_is_sealed_is_verified_and_opened() {
    let scene = scene().with_key_pair();
    seal(&scene, "argocd/argocd-oidc", &["client-id", "client-secret"]);
    assert_snapshot!(verify(&scene, &["--offline-key", ".supercargo/keys/dev.pem"]).succeeds(), @"
    exit 0
    --- stderr
    dev: 1 secret sealed, and each opens
    ");
}

#[test]
fn verify_finds_what_is_missing_and_what_is_of_no_use() {
    let scene = scene().with_key_pair();
    assert_snapshot!(verify(&scene, &[]).exits(1), @"
    exit 1
    --- stderr
    error[unsealed]: `argocd/argocd-oidc` is not sealed
    --> values/sealed/dev.yaml
     = note: `services.argoCd` reads it: the OIDC client of Argo CD
     = help: `render seal list` says what to type

    error: 1 problem in dev
    ");
    seal(&scene, "argocd/argocd-oidc", &["client-id"]);
    seal(&scene, "argocd/forgotten", &["key"]);
    assert_snapshot!(verify(&scene, &[]).exits(1), @"
    exit 1
    --- stderr
    error[unsealed]: `argocd/argocd-oidc` lacks `client-secret`
     --> values/sealed/dev.yaml:3:3
      |
    3 |   argocd/argocd-oidc:
      |   ^^^^^^^^^^^^^^^^^^
      |
      = note: `services.argoCd` reads it: the OIDC client of Argo CD
      = help: `render seal list` says what to type

    warning[sealed-secret]: nobody reads `argocd/forgotten`
      --> values/sealed/dev.yaml:10:3
       |
    10 |   argocd/forgotten:
       |   ^^^^^^^^^^^^^^^^
       |
       = help: remove the entry, unless something that is not in the values reads the Secret

    error: 1 problem in dev
    ");
}

#[test]
fn verify_tells_what_another_certificate_sealed_and_what_its_key_does_not_open() {
    let scene = scene().with_key_pair();
    seal(&scene, "argocd/argocd-oidc", &["client-id", "client-secret"]);
    for path in ["values/certs/dev.pem", ".supercargo/keys"] {
        scene.remove(path);
    }
    scene.render(&["seal", "init", "--env", "dev"]).succeeds();
    let said = verify(&scene, &[]).succeeds().stderr;
    assert!(said.contains("was sealed with another certificate"), "{said}");
    let said = verify(&scene, &["--offline-key", ".supercargo/keys/dev.pem"]).exits(1).stderr;
    assert!(said.contains("`client-id` of `argocd/argocd-oidc` can't be opened"), "{said}");
}
