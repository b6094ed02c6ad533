//! `render identity verify`, against a provider on this machine that says what a test wants.

use serde_json::{Value, json};

use super::modes::of_another_provider;
use crate::loopback::{Reply, Server};
use crate::support::Run;

const ISSUER: &str = "https://login.example.com/";

/// What the command says of a provider whose document and keys are these.
fn verified(change: impl Fn(&mut Value) + Send + Sync + 'static, keys: Reply, arguments: &[&str]) -> Run {
    let stage = of_another_provider();
    let server = Server::start(move |received| match received.target.as_str() {
        "/.well-known/openid-configuration" => {
            let mut document = json!({
                "issuer": ISSUER,
                "authorization_endpoint": format!("{ISSUER}authorize"),
                "token_endpoint": format!("{ISSUER}token"),
                "userinfo_endpoint": format!("{ISSUER}userinfo"),
                "jwks_uri": format!("http://{}/keys", received.header("host").unwrap()),
                "response_types_supported": ["code"],
                "code_challenge_methods_supported": ["S256"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "profile", "email"],
                "claims_supported": ["sub", "groups"],
            });
            change(&mut document);
            Reply::ok(document.to_string())
        }
        "/keys" => keys.clone(),
        _ => Reply::status(404, ""),
    });
    let mut command = stage.command(&[&["verify"], arguments].concat());
    command.env("AUTH0_API_URL", server.url("")).env_remove("AUTH0_CLIENT_ID").env_remove("AUTH0_CLIENT_SECRET");
    let mut run = stage.scene.run(&mut command);
    for text in [&mut run.stdout, &mut run.stderr] {
        *text = text.replace(&server.url(""), "http://[provider]");
    }
    run
}

fn keys() -> Reply {
    Reply::ok(json!({"keys": [{"kty": "RSA", "use": "sig", "kid": "one"}]}).to_string())
}

/// What is not good, line by line.
fn problems(change: impl Fn(&mut Value) + Send + Sync + 'static, keys: Reply) -> String {
    let run = verified(change, keys, &[]).exits(1);
    let lines = run.stdout.lines().filter(|line| !line.starts_with("good"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn a_good_provider_is_told_so() {
    insta::assert_snapshot!(verified(|_| {}, keys(), &[]).succeeds(), @"
    exit 0
    --- stdout
    good    the provider calls itself `https://login.example.com/`, as the values do
    good    `authorization_endpoint` is `https://login.example.com/authorize`
    good    `token_endpoint` is `https://login.example.com/token`
    good    `userinfo_endpoint` is `https://login.example.com/userinfo`
    good    `jwks_uri` is `http://[provider]/keys`
    good    `response_types_supported` has `code`
    good    `code_challenge_methods_supported` has `S256`
    good    `id_token_signing_alg_values_supported` has `RS256`
    good    `scopes_supported` has `openid`, `profile` and `email`
    good    `claims_supported` has `groups`
    good    the provider publishes 1 key to verify tokens with
    --- stderr
    https://login.example.com/: logins have what they need
    ");
}

#[test]
fn what_would_break_logins_is_named() {
    let slash = |it: &mut Value| it["issuer"] = json!(ISSUER.trim_end_matches('/'));
    insta::assert_snapshot!(problems(slash, keys()), @"
    bad     the provider calls itself `https://login.example.com`, and the values `https://login.example.com/`: the slash at the end is part of it
            help: set `identity.issuer: https://login.example.com`: tokens name their issuer exactly
    ");
    let endpoint = |it: &mut Value| it["token_endpoint"] = Value::Null;
    insta::assert_snapshot!(problems(endpoint, keys()), @"
    bad     the provider names no `token_endpoint`
            help: ask its operator for one
    ");
    let challenge = |it: &mut Value| it["code_challenge_methods_supported"] = json!(["plain"]);
    insta::assert_snapshot!(problems(challenge, keys()), @"
    bad     `code_challenge_methods_supported` has no `S256`
            help: switch it on at the provider
    ");
}

#[test]
fn keys_have_to_be_there() {
    insta::assert_snapshot!(problems(|_| {}, Reply::status(404, "")), @"
    bad     its keys can't be read: GET http://[provider]/keys answered 404
            help: see that the address is right
    ");
    insta::assert_snapshot!(problems(|_| {}, Reply::ok("<html>")), @"
    bad     its keys can't be read: GET http://[provider]/keys gave an unusable answer: its body is not what was expected: expected value at line 1 column 1
            help: see that the address is right; a login page in between answers like this
    ");
    insta::assert_snapshot!(problems(|_| {}, Reply::ok(json!({"keys": []}).to_string())), @"
    bad     the provider publishes no key to verify tokens with
            help: ask its operator for one
    ");
}

#[test]
fn a_provider_that_is_not_there_is_said() {
    let gone = |it: &mut Value| *it = json!("no document");
    insta::assert_snapshot!(verified(gone, keys(), &[]).exits(2), @r#"
    exit 2
    --- stderr
    error: GET http://[provider]/.well-known/openid-configuration gave an unusable answer: its body is not what was expected: invalid type: string "no document", expected struct Document at line 1 column 13
    help: see that the address is right; a login page in between answers like this
    "#);
}

#[test]
fn machines_read_verdicts() {
    let slash = |it: &mut Value| it["issuer"] = json!("https://login.example.net/");
    let run = verified(slash, keys(), &["--message-format", "json"]).exits(1);
    let told: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&told["type"], &told["good"]), (&json!("identity-verify"), &json!(false)));
    let bad: Vec<_> = told["verdicts"].as_array().unwrap().iter().filter(|it| it["standing"] == "bad").collect();
    assert_eq!(bad.len(), 1);
    assert_eq!(bad[0]["value"], "identity.issuer");
}
