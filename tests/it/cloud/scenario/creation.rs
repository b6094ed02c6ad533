//! From an empty account to one that has everything.

use super::stage::{OUTPUTS, SEALED, Stage};

#[test]
fn an_empty_account_gets_everything_once_and_in_order() {
    let stage = Stage::new();
    let ran = stage.apply().succeeds();
    insta::assert_snapshot!(ran.writes().join("\n"), @"
    POST /v2/projects
    POST /v2/vpcs
    POST /v2/kubernetes/clusters
    POST /v2/kubernetes/registry
    POST /v2/projects/<project example-dev>/resources
    PATCH /v2/projects/<project example-dev>
    PUT /s3/fra1/example-dev-loki
    POST /v2/projects/<project example-dev>/resources
    PATCH /v2/projects/<project example-dev>
    PUT /s3/fra1/example-dev-loki?lifecycle=
    POST /v2/spaces/keys
    POST /v2/spaces/keys
    PATCH /v2/projects/<project example-dev>
    POST /v2/domains
    POST /v2/projects/<project example-dev>/resources
    PATCH /v2/projects/<project example-dev>
    POST /v2/domains/dev.example.com/records
    POST /v2/domains/dev.example.com/records
    POST /v2/domains/dev.example.com/records
    POST /v2/domains/dev.example.com/records
    POST /v2/domains/dev.example.com/records
    ");
    assert!(ran.run.stderr.ends_with("Apply complete! Resources: 15 added, 1 changed, 0 destroyed.\n"), "{}", ran.run);
    stage.settle();
    stage.is_at_rest();
}

#[test]
fn what_was_made_is_written_down() {
    let portrait = Stage::applied().portrait();
    let (_, files) = portrait.split_once("outputs:\n").unwrap();
    insta::assert_snapshot!(files, @"
      project: <project example-dev>
      vpc: <vpc example-dev>
      cluster:
        id: <cluster example-dev>
        name: example-dev
        region: fra1
        version: 1.36.1-do.0
        endpoint: https://<cluster example-dev>.k8s.ondigitalocean.example.com
        context: do-fra1-example-dev
      nodePools:
        base:
          id: <pool base>
          name: base
        tools:
          id: <pool tools>
          name: tools
        workloads:
          id: <pool workloads>
          name: workloads
      buckets:
        loki:
          host: fra1.digitaloceanspaces.com
          keys:
            loki: <print of example-dev-loki-loki>
            shipper: <print of example-dev-loki-shipper>
      domain:
        name: dev.example.com
        nameServers:
        - ns1.digitalocean.com
        - ns2.digitalocean.com
        - ns3.digitalocean.com

    sealed loki/loki-spaces access-key-id: id of example-dev-loki-loki
    sealed loki/loki-spaces secret-access-key: secret of example-dev-loki-loki
    sealed loki/shipper access-key-id: id of example-dev-loki-shipper
    sealed loki/shipper secret-access-key: secret of example-dev-loki-shipper
    ");
}

#[test]
fn lists_that_are_late_make_nothing_twice() {
    let stage = Stage::new().with_world(|world| world.durations.lag = 60);
    stage.apply().succeeds();
    stage.settle();
    let on_time = Stage::applied().portrait();
    assert_eq!(stage.portrait(), on_time);
    stage.is_at_rest();
}

#[test]
fn nothing_to_do_writes_nothing_anywhere() {
    let stage = Stage::applied();
    stage.is_at_rest();
    let ran = stage.plan().succeeds();
    assert_eq!(ran.writes(), [""; 0]);
    insta::assert_snapshot!(ran.run, @"
    exit 0
    --- stdout
    No changes. There is nothing to do.
    ");
}

#[test]
fn a_project_without_extras_needs_no_more_than_a_token() {
    let stage = Stage::new();
    let base = stage.scene.read("values/base.yaml");
    let cut = |from: &str, to: &str| base.find(from).unwrap()..base.find(to).unwrap();
    let without = base.replace(&base[cut("storage:", "identity:")], "").replace("  vpc: {range: 10.20.0.0/20}\n", "");
    stage.scene.write("values/base.yaml", without);
    stage.scene.remove("values/certs/dev.pem");
    let mut command = stage.command(&["apply", "--env", "dev", "--auto-approve"]);
    command.env_remove("SPACES_ACCESS_KEY_ID").env_remove("SPACES_SECRET_ACCESS_KEY");
    let ran = stage.run_command(&mut command).succeeds();
    assert!(ran.calls().iter().all(|call| !call.contains("/s3/") && !call.contains("/spaces/")), "{:?}", ran.calls());
    assert!(stage.scene.path(OUTPUTS).exists() && !stage.scene.path(SEALED).exists());
    stage.settle();
    let mut command = stage.command(&["apply", "--env", "dev", "--auto-approve"]);
    let ran = stage.run_command(&mut command).succeeds();
    assert_eq!(ran.writes(), [""; 0]);
}
