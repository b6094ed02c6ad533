//! What is ours, what is not, and how it becomes ours.

use super::stage::{Stage, World};

fn unmark(world: &mut World) {
    let cluster = world.ours();
    cluster.tags.retain(|tag| tag == "platform");
    cluster.pools.iter_mut().for_each(|pool| pool.tags.clear());
}

#[test]
fn a_cluster_without_our_mark_is_left_alone_until_it_is_adopted() {
    let stage = Stage::applied().with_world(unmark);
    let before = stage.portrait();
    insta::assert_snapshot!(stage.apply_with(&["--prune", "--replace"]).refuses(), @"
    error[not-owned]: the cluster `example-dev` exists, and nothing says that it belongs to `dev`
     --> values/base.yaml:7:3
      |
    7 |   region: fra1
      |   ^^^^^^^^^^^^
      |
      = help: take it over with `render cloud adopt cluster.example-dev --env dev`, or choose another name

    error: 1 problem; nothing was changed
    ");
    assert_eq!(stage.portrait(), before);
    let ran = stage.run(&["adopt", "--env", "dev", "--auto-approve", "cluster.example-dev"]).succeeds();
    insta::assert_snapshot!(ran.sent(), @r#"PUT /v2/kubernetes/clusters/<cluster example-dev> {"tags":["platform","managed-by:supercargo","supercargo:env:dev"],"name":"example-dev"}"#);
    let refusal = stage.apply().refuses();
    assert!(refusal.contains("render cloud adopt node_pool."), "{refusal}");
    let pools = ["node_pool.base", "node_pool.tools", "node_pool.workloads"];
    stage.run(&[&["adopt", "--env", "dev", "--auto-approve"], &pools[..]].concat()).succeeds();
    stage.settle();
    assert_eq!(stage.portrait(), Stage::applied().portrait());
    stage.is_at_rest();
}

#[test]
fn what_is_in_another_project_is_not_ours() {
    let stage = Stage::applied().with_world(|world| {
        for urn in ["do:space:example-dev-loki", "do:domain:dev.example.com"] {
            world.unassign(urn);
            world.assign_to_default(urn);
        }
    });
    let before = stage.portrait();
    insta::assert_snapshot!(stage.apply().refuses(), @"
    error[not-owned]: the bucket `example-dev-loki` exists, and nothing says that it belongs to `dev`
      --> values/base.yaml:19:7
       |
    19 |       name: example-dev-loki
       |       ^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: take it over with `render cloud adopt bucket.loki --env dev`, or choose another name

    error[not-owned]: the domain `dev.example.com` exists, and nothing says that it belongs to `dev`
      --> values/base.yaml:24:11
       |
    24 |   domain: dev.example.com
       |           ^^^^^^^^^^^^^^^
       |
       = help: take it over with `render cloud adopt domain.dev.example.com --env dev`, or choose another name

    error: 2 problems; nothing was changed
    ");
    assert_eq!(stage.portrait(), before);
    stage.run(&["adopt", "--env", "dev", "--auto-approve", "bucket.loki", "domain.dev.example.com"]).succeeds();
    assert_eq!(stage.portrait(), Stage::applied().portrait());
}

#[test]
fn two_of_one_name_are_for_a_person_to_part() {
    let stage = Stage::applied().with_world(|world| {
        let mut twin = world.ours().clone();
        twin.id = world.id();
        for pool in &mut twin.pools {
            pool.id = world.id();
        }
        world.clusters.push(twin);
    });
    insta::assert_snapshot!(stage.apply().refuses(), @"
    error[ambiguous-resource]: 2 times the cluster `example-dev`
     --> values/base.yaml:7:3
      |
    7 |   region: fra1
      |   ^^^^^^^^^^^^
      |
      = note: their ids are `<cluster example-dev>`, `<cluster example-dev>`
      = help: delete those that are not used, or give them other names

    error: 1 problem; nothing was changed
    ");
}

#[test]
fn what_belongs_to_another_environment_is_not_even_adopted() {
    let stage = Stage::new().with("  region: fra1\n  version", "  name: example-prod\n  region: fra1\n  version");
    let before = stage.portrait();
    insta::assert_snapshot!(stage.apply().refuses(), @"
    error[not-owned]: the cluster `example-prod` belongs to the environment `prod`
     --> values/base.yaml:7:3
      |
    7 |   name: example-prod
      |   ^^^^^^^^^^^^^^^^^^
      |
      = help: give it another name, or take the mark of the other environment off it

    error: 1 problem; nothing was changed
    ");
    let refusal = stage.run(&["adopt", "--env", "dev", "--auto-approve", "cluster.example-prod"]).refuses();
    assert!(refusal.contains("prod"), "{refusal}");
    assert_eq!(stage.portrait(), before);
}

#[test]
fn whoever_may_not_see_tags_changes_nothing() {
    let stage = Stage::applied().with_world(|world| {
        let scopes = [
            "kubernetes:read",
            "kubernetes:create",
            "kubernetes:update",
            "kubernetes:delete",
            "project:read",
            "vpc:read",
            "domain:read",
            "spaces_key:read",
        ];
        world.tokens[0].scopes = Some(scopes.map(str::to_owned).into());
    });
    insta::assert_snapshot!(stage.apply().refuses(), @"
    error[not-owned]: nobody can see whose the cluster `example-dev` is: the answer has no tags
     --> values/base.yaml:7:3
      |
    7 |   region: fra1
      |   ^^^^^^^^^^^^
      |
      = help: give the token in DIGITALOCEAN_TOKEN the scope `tag:read`

    error: 1 problem; nothing was changed
    ");
}

#[test]
fn what_was_adopted_already_or_is_not_there_is_said() {
    let stage = Stage::applied();
    let ran = stage.run(&["adopt", "--env", "dev", "--auto-approve", "cluster.example-dev"]).succeeds();
    assert_eq!(ran.writes(), [""; 0]);
    insta::assert_snapshot!(stage.run(&["adopt", "--env", "dev", "--auto-approve", "cluster.other"]).refuses(), @"
    error[unknown-place]: there is no `cluster.other` that could be adopted
     |
     = help: name a resource that `render cloud plan` found without the mark of the environment

    error: 1 problem; nothing was changed
    ");
}
