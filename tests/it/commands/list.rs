//! `render list`: tables, JSON and the page.

use insta::assert_snapshot;
use serde_json::json;

use super::{lines, three};
use crate::support::Scene;

/// A chart and an application.
const CONTENT: &str = "\
charts:
  reloader: {repository: 'https://charts.example.com', chart: reloader, version: 2.2.3, namespace: tools, wave: -3}
  idle: {enabled: false, repository: 'https://charts.example.com', chart: idle, version: 1.0.0, namespace: tools}
applications:
  web: {source: {path: application/web}, image: 'registry.example.com/web:1', port: 8080}
";

#[test]
fn list_as_a_table_and_as_json() {
    let scene = three().and("values/base.yaml", CONTENT);
    assert_snapshot!(scene.render(&["list"]), @"
    exit 0
    --- stdout
    ENVIRONMENT   KIND          NAME       VERSION   NAMESPACE   WAVE   POOL        HOST
    dev           chart         reloader   2.2.3     tools       -3     tools
    dev           application   web                  web         10     workloads
    prod-fra      chart         reloader   2.2.3     tools       -3     tools
    prod-fra      application   web                  web         10     workloads
    prod-nyc      chart         reloader   2.2.3     tools       -3     tools
    prod-nyc      application   web                  web         10     workloads
    ");
    let json = scene.render(&["list", "--env", "prod-n*", "--message-format", "json"]).succeeds();
    assert_snapshot!(json, @r#"
    exit 0
    --- stdout
    {"type":"list","version":1,"environments":["prod-nyc"],"items":[{"environment":"prod-nyc","kind":"chart","name":"reloader","chart":"reloader","version":"2.2.3","namespace":"tools","wave":"-3","pool":"tools","hosts":[],"secrets":[]},{"environment":"prod-nyc","kind":"application","name":"web","chart":"","version":"","namespace":"web","wave":"10","pool":"workloads","hosts":[],"secrets":[]}]}
    "#);
    // `--format` is about the data, `--message-format` about all that is said: the nearer one wins.
    let run = |arguments: &[&str]| scene.render(&[&["list", "--env", "prod-n*"], arguments].concat()).succeeds().stdout;
    assert_eq!(run(&["--format", "json"]), json.stdout);
    assert_eq!(run(&["--format", "text", "--message-format", "json"]), run(&[]));
    assert_eq!(scene.render(&["list", "--env", "nope"]).status, Some(2));
}

/// Everything that an application says for itself, and one that is off.
const APPLICATIONS: &str = "\
applications:
  web:
    source: {path: application/web}
    image: registry.example.com/web:1
    port: 8080
    namespace: shop
    host: www
    wave: 3
    secretEnv:
      TOKEN: {secret: upstream, key: token}
      USER: {secret: upstream, key: user}
  idle: {enabled: false, source: {path: application/idle}, image: 'registry.example.com/idle:1', port: 8080, host: idle}
";

#[test]
fn list_knows_hosts_and_secrets() {
    let scene = Scene::new().and("values/base.yaml", APPLICATIONS);
    assert_snapshot!(scene.render(&["list"]), @"
    exit 0
    --- stdout
    ENVIRONMENT   KIND          NAME   VERSION   NAMESPACE   WAVE   POOL        HOST
    dev           application   web              shop        3      workloads   www.dev.example.com
    ");
    assert_snapshot!(scene.render(&["list", "--format", "markdown"]), @"
    exit 0
    --- stdout
    # Services

    <!-- Generated from values/ by `render list --format markdown`. -->

    What each environment installs, where the lowest wave comes first, and the Secrets that this reads and no chart makes: you
    seal them.

    ## dev

    | service | kind | chart | version | namespace | wave | pool | host | secrets |
    | --- | --- | --- | --- | --- | --- | --- | --- | --- |
    | web | application | | | shop | 3 | workloads | www.dev.example.com | `shop/upstream`: `token`, `user` |

    | secret | type | keys | for | where to get it |
    | --- | --- | --- | --- | --- |
    | `shop/upstream` | `Opaque` | `token`: the variable TOKEN<br>`user`: the variable USER | environment variables of web | whoever runs what web talks to |
    ");
    let run = scene.render(&["list", "--format", "json"]).succeeds();
    let item = &lines(&run.stdout)[0]["items"][0];
    assert_eq!(item["hosts"], json!(["www.dev.example.com"]));
    let keys = json!(["token", "user"]);
    assert_eq!((&item["secrets"][0]["id"], &item["secrets"][0]["keys"]), (&json!("shop/upstream"), &keys));
}

#[test]
fn list_names_environments_that_hold_nothing() {
    let run = Scene::new().render(&["list", "--message-format", "json"]).succeeds();
    assert_eq!(lines(&run.stdout), [json!({ "type": "list", "version": 1, "environments": ["dev"], "items": [] })]);
}

#[test]
fn list_of_values_that_are_wrong() {
    let scene = Scene::new().and("values/dev.yaml", "charts:\n  x: {}\n");
    let run = scene.render(&["list"]).exits(2);
    assert!(run.stderr.contains("error[missing-value]: `charts.x.repository` is not set"), "{run}");
}
