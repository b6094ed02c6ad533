//! Keys that nobody knows, values of a wrong type, and values that are missing.

use insta::assert_snapshot;

use super::{dev, web};
use crate::support::Scene;

#[test]
fn an_unknown_key() {
    assert_snapshot!(web("replica: 2\n"), @"
    error[unknown-key]: `replica` is not a key of `applications.web`
     --> values/dev.yaml:8:5
      |
    8 |     replica: 2
      |     ^^^^^^^ unknown key
      |
    help: a key with a similar name exists
      |
    8 |     replicas: 2
      |            +

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn an_unknown_key_that_is_near_nothing() {
    assert_snapshot!(dev("dns:\n  domain: example.com\n  colour: green\n"), @"
    error[unknown-key]: `colour` is not a key of `dns`
     --> values/dev.yaml:5:3
      |
    5 |   colour: green
      |   ^^^^^^ unknown key
      |
      = note: keys here: domain, records
      = help: remove it, or use one of these keys

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn an_unknown_section() {
    assert_snapshot!(dev("service:\n  argoCd: {}\n"), @"
    error[unknown-key]: `service` is not a key of the values
     --> values/dev.yaml:3:1
      |
    3 | service:
      | ^^^^^^^ unknown key
      |
    help: a key with a similar name exists
      |
    3 | services:
      |        +

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_wrong_type() {
    assert_snapshot!(web("replicas: two\n"), @"
    error[wrong-type]: `applications.web.replicas` must be a whole number, found text
     --> values/dev.yaml:8:15
      |
    8 |     replicas: two
      |               ^^^ expected a whole number
      |
      = help: write a whole number here

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_number_in_quotes() {
    assert_snapshot!(web("replicas: \"2\"\n"), @r#"
    error[wrong-type]: `applications.web.replicas` must be a whole number, found text
     --> values/dev.yaml:8:15
      |
    8 |     replicas: "2"
      |               ^^^ expected a whole number
      |
    help: drop the quotes
      |
    8 -     replicas: "2"
    8 +     replicas: 2
      |

    error: 1 problem in dev; nothing was written
    "#);
}

#[test]
fn a_mapping_where_a_list_belongs() {
    assert_snapshot!(dev("cluster:\n  tags: {a: b}\n"), @"
    error[wrong-type]: `cluster.tags` must be a list, found a mapping
     --> values/dev.yaml:4:9
      |
    4 |   tags: {a: b}
      |         ^^^^^^ expected a list
      |
      = help: write a list here

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_list_at_the_top() {
    let scene = Scene::new().with("values/dev.yaml", "- platform\n");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[wrong-type]: a values file is a mapping at the top
     --> values/dev.yaml:1:1
      |
    1 | - platform
      | ^^^^^^^^^^ this is not `key: value`
      |
      = help: begin with a key such as `platform:`

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_missing_value() {
    let scene = Scene::new().with("values/dev.yaml", "");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[missing-value]: `platform.domain` is not set
     --> values/base.yaml:1:1
      |
    1 | platform:
      | ^^^^^^^^ `domain` is required here
      |
      = note: `platform.domain` has no default
      = help: set `platform.domain` in values/dev.yaml, or in values/base.yaml for all environments

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_missing_value_of_a_new_section() {
    assert_snapshot!(dev("charts:\n  reloader:\n    chart: reloader\n    version: 2.2.3\n    namespace: reloader\n"), @"
    error[missing-value]: `charts.reloader.repository` is not set
     --> values/dev.yaml:4:3
      |
    4 |   reloader:
      |   ^^^^^^^^ `repository` is required here
      |
      = note: `charts.reloader.repository` has no default
      = help: set `charts.reloader.repository` in values/dev.yaml, or in values/base.yaml for all environments

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn an_explicit_null_that_removes_what_is_needed() {
    assert_snapshot!(dev("cluster:\n  region: null\n"), @"
    error[missing-value]: `cluster.region` is not set
     --> values/dev.yaml:3:1
      |
    3 | cluster:
      | ^^^^^^^ `region` is required here
      |
      = note: `cluster.region` has no default
      = help: set `cluster.region` in values/dev.yaml, or in values/base.yaml for all environments

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn everything_that_is_wrong_in_one_run() {
    let scene = Scene::new()
        .and("values/base.yaml", "dns: {domain: EXAMPLE.com}\n")
        .and("values/dev.yaml", "cluster:\n  regoin: nyc3\n  highAvailability: maybe\n");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[invalid-value]: `EXAMPLE.com` has the capital `E`, and Kubernetes takes host names in lower case only; write it like `www.example.com`
      --> values/base.yaml:17:15
       |
    17 | dns: {domain: EXAMPLE.com}
       |               ^^^^^^^^^^^
       |
       = note: the value of `dns.domain`
       = help: correct it here

    error[unknown-key]: `regoin` is not a key of `cluster`
     --> values/dev.yaml:4:3
      |
    4 |   regoin: nyc3
      |   ^^^^^^ unknown key
      |
    help: a key with a similar name exists
      |
    4 -   regoin: nyc3
    4 +   region: nyc3
      |

    error[wrong-type]: `cluster.highAvailability` must be a boolean, found text
     --> values/dev.yaml:5:21
      |
    5 |   highAvailability: maybe
      |                     ^^^^^ expected a boolean
      |
      = help: write `true` or `false`

    error: 3 problems in dev; nothing was written
    ");
}

#[test]
fn a_fault_in_a_shared_layer_is_told_once() {
    let scene = Scene::new()
        .with("values/prod.yaml", "platform: {domain: example.com}\n")
        .and("values/base.yaml", "dns: {domain: EXAMPLE.com}\n");
    assert_snapshot!(scene.refuses(&["--all"]), @"
    error[invalid-value]: `EXAMPLE.com` has the capital `E`, and Kubernetes takes host names in lower case only; write it like `www.example.com`
      --> values/base.yaml:17:15
       |
    17 | dns: {domain: EXAMPLE.com}
       |               ^^^^^^^^^^^
       |
       = note: the value of `dns.domain`
       = help: correct it here

    error: 1 problem in dev, prod; nothing was written
    ");
}
