//! Newer versions, and the list of what is pinned.

use insta::assert_snapshot;

use super::servers::{registry, repository, stable};
use super::{scene, without_ports};
use crate::loopback::Reply;

const OUTDATED: [&str; 3] = ["charts", "outdated", "--plain-http"];

#[test]
fn newer_versions_are_told() {
    let server = repository(|_| None);
    let scene = scene(&stable(&server));
    assert_snapshot!(without_ports(&scene.render(&OUTDATED).exits(1).to_string()), @r#"
    exit 1
    --- stdout
    CHART     VERSION   NEWEST   ENVIRONMENTS   REPOSITORY
    podinfo   1.2.3     1.10.0   dev            https://[server]/stable
    --- stderr
    1 of 1 chart outdated
    "#);
    assert_eq!(server.lines(), ["GET /stable/index.yaml"]);
    let run = scene.render(&[&OUTDATED[..], &["--pre-releases"]].concat()).exits(1);
    assert!(run.stdout.contains("2.0.0-rc.1"), "{run}");
    scene.write("values/dev.yaml", scene.read("values/dev.yaml").replace("1.2.3", "1.10.0"));
    assert_snapshot!(scene.render(&OUTDATED).succeeds(), @r#"
    exit 0
    --- stderr
    0 of 1 chart outdated
    "#);
    // What is pinned may be ahead of what is released.
    scene.write("values/dev.yaml", scene.read("values/dev.yaml").replace("1.10.0", "2.0.0-rc.1"));
    scene.render(&OUTDATED).succeeds();
}

#[test]
fn tags_of_a_registry_are_read_page_by_page() {
    let (registry, _storage) = registry(|_| None);
    let scene = scene(&format!("oci://{}/team/charts", registry.host()));
    let run = scene.render(&OUTDATED).exits(1);
    assert!(run.stdout.contains("1.3.0+build.5"), "{run}");
    let pages = registry.lines().iter().filter(|line| line.contains("tags/list")).count();
    assert_eq!(pages, 1 + 2);
}

#[test]
fn a_list_that_never_ends_does() {
    let (registry, _storage) = registry(|received| {
        let next = r#"</v2/team/charts/podinfo/tags/list?last=x>; rel="next""#;
        received.target.contains("tags/list").then(|| Reply::ok(r#"{"tags": []}"#).with("link", next))
    });
    let scene = scene(&format!("oci://{}/team/charts", registry.host()));
    let run = scene.render(&OUTDATED).exits(2);
    assert!(run.stderr.contains("the list of tags has more than 200 pages"), "{run}");
    // And no page is fetched from another host, which would get the token.
    let (registry, _storage) = self::registry(|received| {
        let next = r#"<http://198.51.100.1/v2/x/tags/list>; rel="next""#;
        received.target.contains("tags/list").then(|| Reply::ok(r#"{"tags": []}"#).with("link", next))
    });
    let scene = self::scene(&format!("oci://{}/team/charts", registry.host()));
    let run = scene.render(&OUTDATED).exits(2);
    assert!(run.stderr.contains("its next page is elsewhere"), "{run}");
}

#[test]
fn nobody_there_means_that_nothing_can_be_told() {
    let server = repository(|_| Some(Reply::status(404, "")));
    let scene = scene(&stable(&server));
    assert_snapshot!(without_ports(&scene.render(&OUTDATED).exits(2).to_string()), @r#"
    exit 2
    --- stderr
    0 of 0 charts outdated
    error[chart-source]: could not get podinfo 1.2.3: GET http://[server]/stable/index.yaml answered 404
     --> values/dev.yaml:7:14
      |
    7 |     version: 1.2.3
      |              ^^^^^
      |
      = note: from https://[server]/stable
      = help: see that the address is right

    error: 1 problem
    "#);
}

#[test]
fn what_is_pinned_is_listed_with_its_digest() {
    let server = repository(|_| None);
    let scene = scene(&stable(&server));
    assert_snapshot!(without_ports(&scene.render(&["charts", "list"]).succeeds().stdout), @r#"
    CHART     VERSION   ENVIRONMENTS   LOCKED   CACHED   REPOSITORY
    podinfo   1.2.3     dev            no       no       https://[server]/stable
    "#);
    scene.render(&["charts", "pull", "--plain-http"]).succeeds();
    assert_snapshot!(without_ports(&scene.render(&["charts", "list"]).succeeds().stdout), @r#"
    CHART     VERSION   ENVIRONMENTS   LOCKED         CACHED   REPOSITORY
    podinfo   1.2.3     dev            3e71fa0c4a77   yes      https://[server]/stable
    "#);
}

#[test]
fn machines_get_what_the_schema_says() {
    let schema = serde_json::from_str(include_str!("../../../docs/json/charts.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let server = repository(|_| None);
    let scene = scene(&stable(&server));
    let json = ["--message-format", "json"];
    let list = ["charts", "list"];
    for (arguments, status) in [(&list[..], 0), (&["charts", "pull", "--plain-http"], 0), (&list, 0), (&OUTDATED, 1)] {
        let run = scene.render(&[arguments, &json].concat()).exits(status);
        let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let problems: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(problems.is_empty(), "{problems:?}\n{run}");
        assert_eq!(value["version"], 1);
    }
    assert!(!validator.is_valid(&serde_json::json!({"type": "charts", "version": 1, "charts": [], "more": 1})));
}
