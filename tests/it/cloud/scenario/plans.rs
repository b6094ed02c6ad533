//! Plans that are kept, cut down, counted and read by machines.

use std::time::Duration;

use serde_json::Value;

use super::stage::{Stage, World};

fn changed() -> Stage {
    Stage::applied().with(", labels: {tier: inner}", "").with("value: v=spf1 -all}", "value: v=spf1 mx -all}")
}

#[test]
fn a_plan_that_was_kept_is_done_exactly_or_not_at_all() {
    let stage = changed();
    stage.run(&["plan", "--env", "dev", "--out", "dev.plan"]).succeeds();
    // What came into the values meanwhile is not part of it.
    let ran = stage.run(&["apply", "--env", "dev", "dev.plan"]).succeeds();
    assert_eq!(ran.writes().len(), 2, "{:?}", ran.writes());
    insta::assert_snapshot!(stage.run(&["apply", "--env", "dev", "dev.plan"]).refuses(), @"
    error: `dev.plan` can't be used: what it would change is not what it was made from any more
    help: make the plan again, and look at what has changed
    ");
    let stage = changed();
    stage.run(&["plan", "--env", "dev", "--out", "dev.plan"]).succeeds();
    stage.cloud.world(|world| world.ours().pools[0].max_nodes = 5);
    let said = stage.run(&["apply", "--env", "dev", "dev.plan"]).refuses();
    assert!(said.contains("dev.plan"), "{said}");
}

#[test]
fn a_target_is_a_resource_or_a_kind_and_brings_what_it_needs() {
    let stage = changed();
    let ran = stage.apply_with(&["--target", "node_pool.tools"]).succeeds();
    assert_eq!(ran.writes(), ["PUT /v2/kubernetes/clusters/<cluster example-dev>/node_pools/<pool tools>"]);
    let ran = stage.apply_with(&["--target", "record"]).succeeds();
    assert_eq!(ran.writes().len(), 1, "{:?}", ran.writes());
    let stage = Stage::new();
    let ran = stage.apply_with(&["--target", "vpc"]).succeeds();
    assert_eq!(ran.writes(), ["POST /v2/vpcs"]);
    let ran = stage.apply_with(&["--target", "spaces_key.loki-shipper"]).succeeds();
    assert!(ran.writes().iter().all(|call| !call.contains("kubernetes")), "{:?}", ran.writes());
    stage.apply().succeeds();
    stage.settle();
    assert_eq!(stage.portrait(), Stage::applied().portrait());
    insta::assert_snapshot!(stage.apply_with(&["--target", "node_pool.tool"]).refuses(), @"
    error[unknown-place]: there is no resource `node_pool.tool`
     |
     = help: did you mean `node_pool.tools`?

    error: 1 problem; nothing was changed
    ");
}

#[test]
fn exit_codes_tell_scripts_what_there_is() {
    let code = |stage: &Stage| {
        let ran = stage.run(&["plan", "--env", "dev", "--detailed-exitcode"]);
        assert_eq!(ran.writes(), [""; 0]);
        ran.run.status
    };
    assert_eq!(code(&Stage::applied()), Some(0));
    assert_eq!(code(&changed()), Some(2));
    assert_eq!(code(&Stage::applied().with_world(|world| world.tokens.clear_scopes())), Some(1));
    assert_eq!(changed().plan().run.status, Some(0));
}

trait ClearScopes {
    fn clear_scopes(&mut self);
}

impl ClearScopes for Vec<crate::cloud::fake::Token> {
    fn clear_scopes(&mut self) {
        self[0].scopes = Some(std::collections::BTreeSet::new());
    }
}

/// Every line is an object of a known type.
fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect()
}

#[test]
fn machines_read_every_line() {
    let document = |stage: &Stage| {
        let ran = stage.run(&["plan", "--env", "dev", "--json"]).succeeds();
        serde_json::from_str::<Value>(&ran.run.stdout).unwrap()
    };
    assert_eq!(document(&changed())["summary"]["change"], 2);
    assert_eq!(document(&Stage::applied())["resource_changes"].as_array().unwrap().len(), 0);
    let stage = Stage::new();
    let ran = stage.apply_with(&["--json"]).succeeds();
    let events = lines(&ran.run.stdout);
    let of = |kind: &str| events.iter().filter(|event| event["type"] == kind).count();
    assert_eq!((of("planned_change"), of("apply_start"), of("apply_complete")), (16, 16, 16));
    let last = events.last().unwrap();
    assert_eq!((&last["type"], &last["changes"]["add"]), (&"change_summary".into(), &15.into()));
    assert!(of("apply_progress") > 0 && of("apply_errored") == 0);
    assert_eq!(ran.run.stderr, "");
    let stage = Stage::new().with_world(|world| world.droplet_limit = 1);
    let ran = stage.run(&["apply", "--env", "dev", "--auto-approve", "--message-format", "json"]).exits(2);
    assert!(lines(&ran.run.stdout).iter().any(|event| event["type"] == "apply_errored"), "{}", ran.run);
    assert_eq!(lines(&ran.run.stderr).last().unwrap()["type"], "error");
}

#[test]
fn nobody_is_asked_where_nobody_answers() {
    let stage = changed();
    insta::assert_snapshot!(stage.run(&["apply", "--env", "dev"]).refuses(), @"
    error: nobody is there to ask: standard input is no terminal
    help: look at the plan, then run it again with `--auto-approve`
    ");
}

/// Two hundred clusters with five pools each, one of which is ours.
fn crowded(world: &mut World) {
    let pattern = world.clusters.iter().find(|cluster| cluster.name == "shop").unwrap().clone();
    for number in 0..200 {
        let mut cluster = pattern.clone();
        cluster.id = world.id();
        cluster.name = format!("shop-{number}");
        cluster.pools = (0..5)
            .map(|_| {
                let mut pool = pattern.pools[0].clone();
                pool.id = world.id();
                pool
            })
            .collect();
        world.clusters.push(cluster);
    }
}

#[test]
fn a_plan_among_two_hundred_clusters_asks_little_and_side_by_side() {
    let stage = Stage::applied().with_world(crowded);
    stage.cloud.answers_after(Duration::from_millis(50));
    let ran = stage.plan().succeeds();
    assert!(ran.run.stdout.contains("No changes."), "{}", ran.run);
    let calls = ran.calls();
    assert!(calls.len() < 25, "{} calls: {calls:#?}", calls.len());
    assert!(calls.iter().all(|call| call.starts_with("GET ") || call.starts_with("HEAD ")), "{calls:#?}");
    assert!(calls.iter().all(|call| !call.contains("kubeconfig") && !call.contains("credentials")), "{calls:#?}");
    assert_eq!(stage.cloud.world(|world| world.minted_tokens), 0);
    assert!(stage.cloud.most_at_once() >= 4, "{} at once", stage.cloud.most_at_once());
}
