//! What changes when the values or the world do.

use serde_json::json;

use super::stage::{Stage, World};

/// The plan of a stage that has something to do, without its last line.
fn plan(stage: &Stage) -> String {
    let ran = stage.plan().succeeds();
    assert_eq!(ran.writes(), [""; 0]);
    ran.named(&ran.run.stdout)
}

#[test]
fn a_pool_is_scaled_in_place() {
    let stage = Stage::applied()
        .with("workloads: {size: s-2vcpu-4gb, min: 2, max: 2", "workloads: {size: s-2vcpu-4gb, min: 3, max: 3");
    insta::assert_snapshot!(plan(&stage), @r#"
      # node_pool.workloads will be updated in-place
      ~ node_pool "workloads" {
          ~ min = 2 -> 3
          ~ max = 2 -> 3
        }

    Plan: 0 to add, 1 to change, 0 to destroy.
    "#);
    insta::assert_snapshot!(stage.apply().succeeds().sent(), @r#"PUT /v2/kubernetes/clusters/<cluster example-dev>/node_pools/<pool workloads> {"name":"workloads","count":3,"tags":["Managed-By:Supercargo","supercargo:env:dev"],"labels":{"pool":"workloads"},"taints":[{"key":"workloads","value":"true","effect":"NoSchedule"}],"auto_scale":false}"#);
    assert_eq!(stage.cloud.world(|world| world.ours().pools[2].count), 3);
    stage.settle();
    stage.is_at_rest();
}

#[test]
fn the_count_of_a_pool_that_scales_by_itself_is_not_ours() {
    let stage = Stage::applied().with_world(|world| world.ours().pools[0].count = 2);
    stage.is_at_rest();
    let stage =
        Stage::applied().with("base: {size: s-2vcpu-4gb, min: 1, max: 2}", "base: {size: s-2vcpu-4gb, min: 1, max: 4}");
    let ran = stage.apply().succeeds();
    assert_eq!(ran.writes().len(), 1);
    assert!(!ran.sent().contains("\"count\""), "{}", ran.sent());
}

#[test]
fn a_taint_comes_and_goes_with_dedicated() {
    let stage = Stage::applied().with("max: 2, dedicated: true}", "max: 2}");
    let ran = stage.apply().succeeds();
    assert!(ran.sent().contains("\"taints\":[]"), "{}", ran.sent());
    assert_eq!(stage.cloud.world(|world| world.ours().pools[2].taints.len()), 0);
    stage.settle();
    stage.is_at_rest();
    stage.change("min: 2, max: 2}", "min: 2, max: 2, dedicated: true}");
    stage.apply().succeeds();
    let taint = stage.cloud.world(|world| world.ours().pools[2].taints[0].clone());
    assert_eq!(taint, json!({"key": "workloads", "value": "true", "effect": "NoSchedule"}));
}

#[test]
fn a_label_that_goes_stays_on_nodes_and_the_plan_says_so() {
    let stage = Stage::applied().with(", labels: {tier: inner}", "");
    insta::assert_snapshot!(plan(&stage), @r#"
      # node_pool.tools will be updated in-place
      ~ node_pool "tools" {
          ~ labels = ["pool: tools","tier: inner"] -> ["pool: tools"]
        }
        ! a label that is taken away stays on the nodes that are there

    Plan: 0 to add, 1 to change, 0 to destroy.
    "#);
}

#[test]
fn a_minor_release_is_reached_and_a_patch_is_left_to_the_service() {
    let stage = Stage::applied().with_world(|world| world.ours().version = "1.35.6-do.1".to_owned());
    let ran = stage.apply().succeeds();
    assert_eq!(
        ran.sent(),
        "POST /v2/kubernetes/clusters/<cluster example-dev>/upgrade {\"version\":\"1.36.1-do.0\"}\n"
    );
    assert!(stage.scene.read("values/outputs/dev.yaml").contains("version: 1.36.1-do.0"));
    // An older patch, and a newer one that came by itself.
    for version in ["1.36.0-do.2", "1.36.9-do.0"] {
        let stage = Stage::applied().with_world(|world| world.ours().version = version.to_owned());
        let ran = stage.apply().succeeds();
        assert_eq!(ran.writes(), [""; 0], "{version}");
    }
}

#[test]
fn a_release_never_goes_back() {
    let stage = Stage::applied().with("version: \"1.36\"", "version: \"1.35\"");
    insta::assert_snapshot!(stage.apply().refuses(), @r#"
    error[cannot-change]: the cluster `example-dev` runs 1.36.1-do.0, and can't go back to 1.35
     --> values/base.yaml:8:12
      |
    8 |   version: "1.35"
      |            ^^^^^^
      |
      = help: write `version: "1.36.1"`, or make another environment

    error: 1 problem; nothing was changed
    "#);
}

#[test]
fn a_size_changes_by_a_new_pool_and_only_when_it_is_allowed() {
    let stage = Stage::applied().with("tools: {size: s-2vcpu-4gb", "tools: {size: s-4vcpu-8gb");
    insta::assert_snapshot!(stage.apply().refuses(), @"
    error: `node_pool.tools` needs permission to replace what can't be changed in place; nothing was changed
    help: read the plan, then run it again with `--replace`, or leave it out with `--target`
    ");
    let ran = stage.apply_with(&["--replace"]).succeeds();
    let writes = ran.writes();
    assert!(writes[0].starts_with("POST ") && writes[1].starts_with("DELETE "), "{writes:?}");
    // The old one goes when the new one runs.
    let (post, delete) = (position(&ran.calls(), "POST"), position(&ran.calls(), "DELETE"));
    assert!(delete > post + 1, "{:?}", ran.calls());
    stage.settle();
    let pools = stage.cloud.world(|world| world.ours().pools.iter().map(|it| it.name.clone()).collect::<Vec<_>>());
    assert_eq!(pools, ["base", "workloads", "tools-s-4vcpu-8gb"]);
    stage.is_at_rest();
    // And back again, where the first name is free.
    stage.change("tools: {size: s-4vcpu-8gb", "tools: {size: s-2vcpu-4gb");
    stage.apply_with(&["--replace"]).succeeds();
    stage.settle();
    stage.is_at_rest();
    assert_eq!(stage.cloud.world(|world| world.ours().pools.len()), 3);
}

fn position(calls: &[String], method: &str) -> usize {
    calls.iter().position(|call| call.starts_with(method)).unwrap()
}

#[test]
fn a_pool_that_no_value_wants_is_reported_until_it_may_go() {
    let stage = Stage::applied().with("    workloads: {size: s-2vcpu-4gb, min: 2, max: 2, dedicated: true}\n", "");
    insta::assert_snapshot!(plan(&stage), @"
    Seen, and left as it is:
      * node_pool.workloads: is ours, and no value wants it
          `--prune` deletes it

    No changes. There is nothing to do.
    ");
    let ran = stage.apply().succeeds();
    assert_eq!(ran.writes(), [""; 0]);
    let ran = stage.apply_with(&["--prune"]).succeeds();
    assert_eq!(ran.writes().len(), 1);
    stage.settle();
    assert_eq!(stage.cloud.world(|world| world.ours().pools.len()), 2);
}

#[test]
fn a_cluster_keeps_a_pool_that_is_open_to_all() {
    // All that is wanted is dedicated: the values themselves are refused.
    let stage = Stage::applied().with(
        "base: {size: s-2vcpu-4gb, min: 1, max: 2}",
        "base: {size: s-2vcpu-4gb, min: 1, max: 2, dedicated: true}",
    );
    insta::assert_snapshot!(stage.apply_with(&["--prune"]).refuses(), @"
    error[conflict]: no node pool is open to the cluster's own workloads
      --> values/base.yaml:13:5
       |
    13 |     base: {size: s-2vcpu-4gb, min: 1, max: 2, dedicated: true}
       |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = note: CoreDNS and others of kube-system tolerate no taint of a dedicated pool, and would stay pending
       = help: add a pool without `dedicated: true` and with `min: 1` or more, such as `base`

    error: 1 problem; nothing was changed
    ");
    // The one that is open bears another name now, and was not made yet.
    let stage = Stage::applied().with("base: {size", "open: {size");
    let ran = stage.apply_with(&["--prune"]).succeeds();
    let writes = ran.writes();
    assert!(position(&writes, "POST") < position(&writes, "DELETE"), "{writes:?}");
}

/// How the world drifts, and whether a run puts it right.
struct Drift {
    what: &'static str,
    drift: fn(&mut World),
}

#[test]
fn whatever_was_changed_by_hand_is_put_right() {
    let all = [
        Drift { what: "tags of the cluster", drift: |world| world.ours().tags.retain(|tag| tag != "platform") },
        Drift { what: "surge upgrades", drift: |world| set(world, "surge_upgrade", false) },
        Drift { what: "upgrades by itself", drift: |world| set(world, "auto_upgrade", true) },
        Drift { what: "access of the registry", drift: |world| world.ours().registries.clear() },
        Drift {
            what: "labels",
            drift: |world| drop(world.ours().pools[1].labels.insert("tier".to_owned(), json!("x"))),
        },
        Drift { what: "taints", drift: |world| world.ours().pools[1].taints.clear() },
        Drift { what: "autoscaling", drift: |world| world.ours().pools[0].auto_scale = false },
        Drift { what: "the most nodes", drift: |world| world.ours().pools[0].max_nodes = 9 },
        Drift { what: "a fixed count", drift: |world| world.ours().pools[2].count = 1 },
        Drift { what: "lifecycle", drift: |world| world.our_bucket().lifecycle = None },
        Drift {
            what: "grants of a key",
            drift: |world| key(world, "shipper").grants[0].permission = "readwrite".to_owned(),
        },
        Drift {
            what: "data of a record",
            drift: |world| record(world, "docs", |it| it.data = "elsewhere.example.net".to_owned()),
        },
        Drift { what: "time to live", drift: |world| record(world, "docs", |it| it.ttl = 60) },
        Drift {
            what: "a record that is gone",
            drift: |world| world.our_domain().records.retain(|it| it.name != "docs"),
        },
        Drift {
            what: "membership of the project",
            drift: |world| {
                let urn = world.ours().urn();
                world.unassign(&urn);
                world.assign_to_default(&urn);
            },
        },
        Drift { what: "a pool that is gone", drift: |world| drop(world.ours().pools.pop()) },
        Drift {
            what: "a key that is gone",
            drift: |world| world.keys.retain(|key| key.name != "example-dev-loki-shipper"),
        },
        Drift {
            what: "a bucket that is gone",
            drift: |world| {
                world.buckets.retain(|it| it.name != "example-dev-loki");
                world.unassign("do:space:example-dev-loki");
            },
        },
    ];
    let whole = Stage::applied().portrait();
    for Drift { what, drift } in all {
        let stage = Stage::applied().with_world(drift);
        assert_ne!(stage.portrait(), whole, "{what}");
        let ran = stage.plan().succeeds();
        assert!(ran.run.stdout.contains("\nPlan: "), "{what}: {}", ran.run);
        let ran = stage.apply().succeeds();
        assert!(!ran.writes().is_empty(), "{what}");
        stage.settle();
        assert_eq!(stage.portrait(), whole, "{what}: {}", ran.run);
        stage.is_at_rest();
    }
}

fn set(world: &mut World, name: &str, value: bool) {
    world.ours().settings.insert(name.to_owned(), json!(value));
}

fn key<'w>(world: &'w mut World, consumer: &str) -> &'w mut crate::cloud::fake::Key {
    let name = format!("example-dev-loki-{consumer}");
    world.keys.iter_mut().find(|key| key.name == name).unwrap()
}

fn record(world: &mut World, name: &str, change: impl Fn(&mut crate::cloud::fake::Record)) {
    world.our_domain().records.iter_mut().filter(|record| record.name == name).for_each(change);
}

#[test]
fn what_others_added_stays() {
    let stage = Stage::applied().with_world(|world| {
        let cluster = world.ours();
        cluster.tags.extend(["terraform:x".to_owned()]);
        let domain = world.our_domain();
        let text = "\"heritage=external-dns,external-dns/owner=example-dev,external-dns/resource=ingress/a/b\"";
        for (id, kind, name, data) in
            [(1, "A", "argocd", "192.0.2.9"), (2, "TXT", "a-argocd", text), (3, "A", "by-hand", "192.0.2.8")]
        {
            let (kind, name, data) = (kind.to_owned(), name.to_owned(), data.to_owned());
            domain.records.push(crate::cloud::fake::Record { id, kind, name, data, ttl: 300, ..Default::default() });
        }
    });
    let before = stage.portrait();
    stage.is_at_rest();
    stage.change("value: v=spf1 -all}", "value: v=spf1 mx -all}");
    let ran = stage.apply_with(&["--target", "record"]).succeeds();
    assert_eq!(ran.writes().len(), 1, "{:?}", ran.writes());
    let after = stage.portrait();
    let changed = before.lines().filter(|line| !after.contains(line)).count();
    assert_eq!(changed, 1, "{after}");
}

#[test]
fn a_record_of_external_dns_is_never_taken_over() {
    let stage = Stage::applied().with_world(|world| {
        let domain = world.our_domain();
        let text = "\"heritage=external-dns,external-dns/owner=example-dev,external-dns/resource=ingress/a/b\"";
        for (id, kind, name, data) in [(1, "A", "argocd", "192.0.2.9"), (2, "TXT", "a-argocd", text)] {
            let (kind, name, data) = (kind.to_owned(), name.to_owned(), data.to_owned());
            domain.records.push(crate::cloud::fake::Record { id, kind, name, data, ttl: 300, ..Default::default() });
        }
    });
    let before = stage.portrait();
    let entry = "    - {type: A, name: www, value: 192.0.2.2}\n";
    stage.change(entry, &format!("{entry}    - {{type: A, name: argocd, value: 192.0.2.77}}\n"));
    let ran = stage.apply_with(&["--prune"]);
    assert_eq!(ran.writes(), [""; 0]);
    insta::assert_snapshot!(ran.run, @"
    exit 2
    --- stderr
    error[not-owned]: the A record `argocd.dev.example.com` is written by external-dns
      --> values/base.yaml:29:7
       |
    29 |     - {type: A, name: argocd, value: 192.0.2.77}
       |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: take it out of `dns.records`, or let no ingress and no service ask for that name

    error: 1 problem; nothing was changed
    ");
    assert_eq!(stage.portrait(), before);
}
