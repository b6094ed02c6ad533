//! What keeps a run from its work, said before anything is written wherever that can be known.

use std::collections::BTreeSet;

use super::stage::{Stage, World};

#[test]
fn a_token_is_needed_and_has_to_be_good() {
    let stage = Stage::new();
    let mut command = stage.command(&["plan", "--env", "dev"]);
    let ran = stage.run_command(command.env_remove("DIGITALOCEAN_TOKEN"));
    assert_eq!(ran.calls(), [""; 0]);
    insta::assert_snapshot!(ran.refuses(), @"
    error: there is no token for DigitalOcean
    help: set DIGITALOCEAN_TOKEN to an API token of the account: docs/cloud.md lists the scopes that it needs
    ");
    let mut command = stage.command(&["plan", "--env", "dev"]);
    let ran = stage.run_command(command.env("DIGITALOCEAN_TOKEN", ["an", "old", "one"].join("-")));
    let said = ran.refuses();
    assert!(said.contains("401") && said.contains("help: set DIGITALOCEAN_TOKEN"), "{said}");
    let mut command = stage.command(&["plan", "--env", "dev"]);
    let token = crate::cloud::fake::token();
    let ran = stage.run_command(command.env_remove("DIGITALOCEAN_TOKEN").env("DIGITALOCEAN_ACCESS_TOKEN", token));
    ran.succeeds();
}

#[test]
fn keys_to_buckets_are_needed_where_there_are_buckets() {
    let stage = Stage::new();
    for both in [true, false] {
        let mut command = stage.command(&["apply", "--env", "dev", "--auto-approve"]);
        command.env_remove("SPACES_ACCESS_KEY_ID");
        if both {
            command.env_remove("SPACES_SECRET_ACCESS_KEY");
        }
        let said = stage.run_command(&mut command).refuses();
        assert!(said.contains("SPACES_ACCESS_KEY_ID") && said.contains("SPACES_SECRET_ACCESS_KEY"), "{said}");
    }
}

#[test]
fn without_a_certificate_nothing_is_begun() {
    let stage = Stage::new();
    stage.scene.remove("values/certs/dev.pem");
    insta::assert_snapshot!(stage.apply().refuses(), @"
    error[certificate]: there is no certificate to seal with: values/certs/dev.pem is missing
    --> values/certs/dev.pem
     = help: if the cluster is there, get its certificate with `render seal cert fetch --env dev`
     = help: if it is not, make a key pair for it with `render seal init --env dev`

    error: 1 problem; nothing was changed
    ");
}

/// A token with all scopes but some.
fn without(world: &mut World, missing: &[&str]) {
    let kinds = ["kubernetes", "vpc", "project", "domain", "spaces_key", "tag", "registry"];
    let verbs = ["create", "read", "update", "delete", "assign_resource", "access_cluster", "create_credentials"];
    let all = kinds.iter().flat_map(|kind| verbs.map(|verb| format!("{kind}:{verb}")));
    world.tokens[0].scopes = Some(all.filter(|scope| !missing.contains(&scope.as_str())).collect::<BTreeSet<_>>());
}

#[test]
fn a_scope_that_is_missing_is_named() {
    for scope in [
        "kubernetes:create",
        "kubernetes:read",
        "vpc:create",
        "project:create",
        "project:read",
        "project:assign_resource",
        "domain:create",
        "domain:read",
        "spaces_key:create_credentials",
        "spaces_key:read",
    ] {
        let stage = Stage::new().with_world(|world| without(world, &[scope]));
        let ran = stage.apply().exits(2);
        assert!(ran.run.stderr.contains(&format!("`{scope}`")), "{scope}: {}", ran.run);
        // With it, the next run goes on.
        stage.cloud.world(|world| world.tokens[0].scopes = None);
        stage.apply().succeeds();
        stage.settle();
        assert_eq!(stage.portrait(), Stage::applied().portrait(), "{scope}");
    }
}

#[test]
fn a_quota_that_is_reached_is_told_in_the_words_of_the_service() {
    let stage = Stage::new().with_world(|world| world.droplet_limit = 4);
    let ran = stage.apply().exits(2);
    insta::assert_snapshot!(ran.said(), @"
    project.example-dev: Creating...
    project.example-dev: Creation complete after 0s [id=<project example-dev>]
    vpc.example-dev: Creating...
    vpc.example-dev: Creation complete after 0s [id=<vpc example-dev>]
    cluster.example-dev: Creating...
    cluster.example-dev: Creation failed
    Changed: values/outputs/dev.yaml. Commit that, and render.

    Done before this: 2 added, 0 changed, 0 destroyed; nothing is rolled back.
    error: `cluster.example-dev` failed: could not create the cluster `example-dev`: POST [cloud]/v2/kubernetes/clusters answered 422: creating these nodes would exceed your droplet limit
    help: the answer says what it refuses: change that in the values; `render cloud options` lists what is offered
    ");
    stage.cloud.world(|world| world.droplet_limit = 25);
    stage.apply().succeeds();
    stage.settle();
    stage.is_at_rest();
}

#[test]
fn what_is_not_offered_is_found_before_anything_is_made() {
    for (from, to, words) in [
        ("  region: fra1\n  version", "  region: fra9\n  version", "fra9"),
        ("version: \"1.36\"", "version: \"1.99\"", "1.99"),
        ("base: {size: s-2vcpu-4gb", "base: {size: s-2vcpu-5gb", "s-2vcpu-5gb"),
    ] {
        let stage = Stage::new().with(from, to);
        let said = stage.apply().refuses();
        assert!(said.contains(words) && said.contains("--> values/base.yaml:") && said.contains("help"), "{said}");
    }
}

/// The error, with what to do about it.
fn last(said: &str) -> &str {
    &said[said.find("\nerror: ").unwrap() + 1..]
}

#[test]
fn a_name_that_somebody_else_holds_is_told() {
    let stage = Stage::new().with_world(|world| world.foreign_domains.push("dev.example.com".to_owned()));
    let ran = stage.apply().exits(2);
    insta::assert_snapshot!(last(&ran.said()), @"
    error: `domain.dev.example.com` failed: the domain `dev.example.com` belongs to another account: could not create the domain `dev.example.com`: POST [cloud]/v2/domains answered 422: name already exists
    help: choose another name, or have it deleted in the account that has it
    ");
    let stage = Stage::new().with_world(|world| world.foreign_buckets.push("example-dev-loki".to_owned()));
    let ran = stage.apply().exits(2);
    insta::assert_snapshot!(last(&ran.said()), @"
    error: `bucket.loki` failed: the bucket `example-dev-loki` belongs to another account: could not create the bucket `example-dev-loki`: PUT [cloud]/s3/fra1/example-dev-loki answered 409 BucketAlreadyExists: Bucket already exists
    help: choose another name, or have it deleted in the account that has it
    ");
}

#[test]
fn a_cluster_that_fails_is_told_and_not_deleted() {
    let stage =
        Stage::applied().with_world(|world| world.ours().planted_state = Some(("error", "no capacity".to_owned())));
    let ran = stage.apply_with(&["--prune"]);
    assert!(ran.writes().is_empty(), "{:?}", ran.writes());
    assert!(ran.run.to_string().contains("no capacity"), "{}", ran.run);
}
