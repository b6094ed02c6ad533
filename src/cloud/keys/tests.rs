//! Plans about access keys.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::json;

use super::*;
use crate::cloud::buckets;
use crate::cloud::buckets::tests::{desired, lines, observed, plan_of, there, wishes};
use crate::cloud::{Goal, Wishes};
use crate::model::EnvironmentName;

/// The id of a key that was sealed.
const SEALED: &str = "id-of-the-sealed-one";

/// A bucket with a key, which `is_sealed` or not.
fn wanted(is_sealed: bool) -> Desired {
    let key = json!({ "secret": "tools/backup-bucket", "permission": "read" });
    let mut more = json!({
        "storage": { "buckets": { "backup": { "name": "example-dev-backup", "region": "fra1", "keys": { "app": key } } } },
    });
    if is_sealed {
        let fingerprint = fingerprint(SEALED);
        more["outputs"] =
            json!({ "buckets": { "backup": { "host": "fra1.example.com", "keys": { "app": fingerprint } } } });
        let data = json!({ "access-key-id": "QQ==", "secret-access-key": "QQ==" });
        more["sealed"] = json!({ "tools/backup-bucket": { "encryptedData": data } });
    }
    desired(&more)
}

fn key(name: &str, access_key: &str, permission: &str) -> SpacesKey {
    let grant = Grant { bucket: "example-dev-backup".into(), permission: permission.into() };
    SpacesKey { name: name.into(), access_key: access_key.into(), grants: vec![grant], created_at: String::new() }
}

fn ours(access_key: &str, permission: &str) -> SpacesKey {
    key("example-dev-backup-app", access_key, permission)
}

fn with(keys: Vec<SpacesKey>) -> crate::cloud::Observed {
    let mut observed = observed(&["do:space:example-dev-backup"], "");
    observed.buckets = buckets::Observed { buckets: Some(vec![there(true)]) };
    observed.keys = Observed { keys };
    observed
}

fn plan_with(is_sealed: bool, keys: Vec<SpacesKey>, wishes: &Wishes) -> Vec<String> {
    lines(&plan_of(&wanted(is_sealed), &with(keys), wishes))
}

fn planned(is_sealed: bool, keys: Vec<SpacesKey>) -> Vec<String> {
    plan_with(is_sealed, keys, &wishes(Goal::Apply, &["spaces_key"]))
}

#[test]
fn a_fingerprint_is_the_beginning_of_a_digest() {
    assert_eq!(fingerprint("abc"), "ba7816bf8f01cfea");
    assert!(Fingerprint::parse(&fingerprint("abc")).is_ok());
}

#[test]
fn a_key_is_made_once_and_then_left_alone() {
    assert_eq!(planned(false, vec![]), ["Create spaces_key.backup-app"]);
    assert_eq!(planned(true, vec![ours(SEALED, "read")]), Vec::<String>::new());
    // Gone at the other end.
    assert_eq!(planned(true, vec![]), ["Create spaces_key.backup-app"]);
}

#[test]
fn a_key_whose_secret_nobody_has_is_replaced() {
    assert_eq!(planned(false, vec![ours(SEALED, "read")]), ["Replace spaces_key.backup-app"]);
    assert_eq!(planned(true, vec![ours("other", "read")]), ["Replace spaces_key.backup-app"]);
    assert_eq!(planned(true, vec![ours("one", "read"), ours("two", "read")]), ["Replace spaces_key.backup-app"]);
}

#[test]
fn half_a_sealed_secret_is_none() {
    let mut values = json!({ "outputs": {}, "sealed": {} });
    for (data, expected) in [
        (json!({ "access-key-id": "QQ==", "secret-access-key": "QQ==" }), true),
        (json!({ "access-key-id": "QQ==" }), false),
        (json!({ "other": "QQ==" }), false),
    ] {
        let key = json!({ "secret": "tools/backup-bucket" });
        values["storage"] =
            json!({ "buckets": { "backup": { "name": "abc", "region": "fra1", "keys": { "app": key } } } });
        values["outputs"] =
            json!({ "buckets": { "backup": { "host": "a.example.com", "keys": { "app": fingerprint(SEALED) } } } });
        values["sealed"] = json!({ "tools/backup-bucket": { "encryptedData": data } });
        assert_eq!(desired(&values).keys[0].sealed.get().is_some(), expected, "{data}");
    }
}

#[test]
fn what_is_left_of_earlier_runs_goes_and_the_sealed_one_stays() {
    let both = vec![ours("other", "read"), ours(SEALED, "read")];
    let plan = plan_of(&wanted(true), &with(both), &wishes(Goal::Apply, &["spaces_key"])).unwrap();
    assert_eq!(lines(&Ok(plan.clone())), ["Update spaces_key.backup-app"]);
    let kept = match &plan.steps[0].operation {
        Operation::Key(KeyOperation::Keep { fingerprint, .. }) => Some(fingerprint),
        _ => None,
    };
    assert_eq!(kept, Some(&fingerprint(SEALED)));
}

#[test]
fn what_a_key_may_do_is_said_anew() {
    let plan = plan_of(&wanted(true), &with(vec![ours(SEALED, "readwrite")]), &wishes(Goal::Apply, &["spaces_key"]));
    let plan = plan.unwrap();
    assert_eq!(lines(&Ok(plan.clone())), ["Update spaces_key.backup-app"]);
    let (before, after) = (vec!["readwrite of example-dev-backup"], vec!["read of example-dev-backup"]);
    assert_eq!(plan.steps[0].attributes, [Attribute::changed("grants", before, after)]);
}

#[test]
fn only_keys_to_our_buckets_alone_are_left_over() {
    let elsewhere = |name: &str| {
        let grant = Grant { bucket: "example-dev-eu-backup".into(), permission: "read".into() };
        SpacesKey { grants: vec![grant], ..key(name, "x", "read") }
    };
    let keys = || {
        vec![
            ours(SEALED, "read"),
            key("example-dev-old", "y", "read"),
            // Another environment, whose name begins with ours.
            elsewhere("example-dev-eu-backup-app"),
            SpacesKey { grants: Vec::new(), ..key("example-dev-none", "z", "read") },
        ]
    };
    let report = "spaces_key.example-dev-old belongs to the environment, and no value wants it";
    assert_eq!(planned(true, keys()), [report]);
    let prune = Wishes { prune: true, ..wishes(Goal::Apply, &["spaces_key"]) };
    assert_eq!(plan_with(true, keys(), &prune), ["Delete spaces_key.example-dev-old"]);
    let destroyed = plan_with(true, keys(), &wishes(Goal::Destroy, &["spaces_key"]));
    assert_eq!(destroyed, ["Delete spaces_key.backup-app", "Delete spaces_key.example-dev-old"]);
}

#[test]
fn no_plan_holds_the_id_of_a_key() {
    let keys =
        vec![ours(SEALED, "readwrite"), ours("id-of-another", "read"), key("example-dev-old", "id-of-old", "read")];
    for goal in [Goal::Apply, Goal::Destroy] {
        let prune = Wishes { prune: true, ..wishes(goal, &["spaces_key"]) };
        for is_sealed in [true, false] {
            let plan = plan_of(&wanted(is_sealed), &with(keys.clone()), &prune).unwrap();
            let text = serde_json::to_string(&plan).unwrap();
            assert!(!text.contains("id-of-"), "{text}");
        }
    }
}

#[test]
fn outputs_tell_of_keys_that_are_sealed_and_there() {
    let wanted = wanted(true);
    let mut observed = with(vec![ours(SEALED, "read")]);
    let mut told = Outputs::default();
    let host = crate::model::Host::parse("fra1.example.com").unwrap();
    let bucket = (
        crate::model::DnsLabel::parse("backup").unwrap(),
        BucketOutputs { host, keys: crate::model::NamedMap::default() },
    );
    told.buckets = [bucket].into_iter().collect();
    let mut keys = |observed: &crate::cloud::Observed| {
        tell(&wanted, observed, &mut told);
        told.buckets.values().next().unwrap().keys.values().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(keys(&observed), [fingerprint(SEALED)]);
    // What a step has sealed is known to the copy that tells.
    wanted.clone().keys[0].sealed.set(fingerprint("new"));
    assert!(keys(&observed).is_empty());
    observed.keys.keys.push(ours("new", "read"));
    assert_eq!(keys(&observed), [fingerprint("new")]);
}

#[test]
fn names_are_made_of_bucket_and_consumer() {
    let wanted = wanted(false);
    assert_eq!(wanted.scope.environment, EnvironmentName::parse("dev").unwrap());
    let names: Vec<_> = wanted.keys.iter().map(|key| (key.name.as_str(), key.address().to_string())).collect();
    assert_eq!(names, [("example-dev-backup-app", "spaces_key.backup-app".to_owned())]);
}
