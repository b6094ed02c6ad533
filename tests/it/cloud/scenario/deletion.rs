//! `render cloud destroy`: what goes, in which order, and what stays.

use super::stage::{Stage, World};

const DESTROY: &[&str] = &["destroy", "--env", "dev", "--auto-approve", "--confirm", "dev"];

#[test]
fn the_name_of_the_environment_is_asked_for() {
    let stage = Stage::applied();
    let before = stage.portrait();
    for arguments in [
        &["destroy", "--env", "dev"][..],
        &["destroy", "--env", "dev", "--auto-approve"],
        &["destroy", "--env", "dev", "--auto-approve", "--confirm", "prod"],
    ] {
        let said = stage.run(arguments).refuses();
        assert!(said.contains("help: "), "{said}");
    }
    assert_eq!(stage.portrait(), before);
}

#[test]
fn all_that_was_made_goes_in_reverse_and_nothing_else() {
    let stage = Stage::applied();
    let ran = stage.run(DESTROY).succeeds();
    insta::assert_snapshot!(ran.writes().join("\n"), @"
    DELETE /v2/domains/dev.example.com/records/<A @.dev.example.com>
    DELETE /v2/domains/dev.example.com/records/<A www.dev.example.com>
    DELETE /v2/domains/dev.example.com/records/<A www.dev.example.com>
    DELETE /v2/domains/dev.example.com/records/<CNAME docs.dev.example.com>
    DELETE /v2/domains/dev.example.com/records/<TXT @.dev.example.com>
    DELETE /v2/domains/dev.example.com
    DELETE /v2/spaces/keys/<key example-dev-loki-loki>
    DELETE /v2/spaces/keys/<key example-dev-loki-shipper>
    DELETE /s3/fra1/example-dev-loki
    DELETE /v2/kubernetes/clusters/<cluster example-dev>
    DELETE /v2/vpcs/<vpc example-dev>
    DELETE /v2/vpcs/<vpc example-dev>
    DELETE /v2/vpcs/<vpc example-dev>
    DELETE /v2/vpcs/<vpc example-dev>
    DELETE /v2/projects/<project example-dev>
    ");
    stage.settle();
    let found = stage.portrait();
    let account = |text: &str| {
        text.lines()
            .take_while(|line| !line.starts_with("vpc") && *line != "no outputs")
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(account(&found), account(&Stage::new().portrait()));
    assert!(!stage.scene.path("values/outputs/dev.yaml").exists(), "{found}");
    let ran = stage.run(DESTROY).succeeds();
    assert_eq!(ran.writes(), [""; 0]);
}

#[test]
fn data_stays_unless_it_is_given_up() {
    let stage = Stage::applied().with_world(World::fill);
    let ran = stage.run(DESTROY).succeeds();
    assert!(ran.run.stdout.contains("bucket.loki: is not empty, and stays"), "{}", ran.run);
    assert!(ran.run.stdout.contains("its volumes stay"), "{}", ran.run);
    stage.settle();
    let left = stage.cloud.world(|world| {
        let left: Vec<_> = world.leftovers.iter().map(|it| it.name.clone()).collect();
        (world.our_bucket().objects.len(), left)
    });
    assert_eq!(left, (1, vec!["prometheus".to_owned()]));
    let all = [DESTROY, &["--delete-data"]].concat();
    stage.run(&all).succeeds();
    stage.settle();
    assert!(stage.cloud.world(|world| world.buckets.iter().all(|it| it.name != "example-dev-loki")));
    let stage = Stage::applied().with_world(World::fill);
    let ran = stage.run(&all).succeeds();
    assert!(ran.sent().contains("/selective"), "{}", ran.sent());
    stage.settle();
    assert_eq!(stage.cloud.world(|world| world.leftovers.len()), 0);
}

#[test]
fn records_of_others_keep_the_domain() {
    let stage = Stage::applied().with_world(|world| {
        let record = crate::cloud::fake::Record {
            id: 1,
            kind: "A".to_owned(),
            name: "by-hand".to_owned(),
            data: "192.0.2.8".to_owned(),
            ttl: 300,
            ..Default::default()
        };
        world.our_domain().records.push(record);
    });
    let ran = stage.run(DESTROY).succeeds();
    assert!(ran.run.stdout.contains("domain.dev.example.com: has records of others"), "{}", ran.run);
    assert_eq!(stage.cloud.world(|world| world.our_domain().records.len()), 5);
}

#[test]
fn what_is_not_ours_is_not_destroyed() {
    let stage = Stage::applied().with_world(|world| world.ours().tags.clear());
    let before = stage.cloud.world(|world| world.clusters.len());
    let ran = stage.run(DESTROY);
    stage.settle();
    assert_eq!(stage.cloud.world(|world| world.clusters.len()), before, "{}", ran.run);
}
