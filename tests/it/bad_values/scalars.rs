//! Texts and numbers that break the grammar of their type.

use insta::assert_snapshot;

use super::{dev, web};
use crate::support::Scene;

#[test]
fn an_ambiguous_number() {
    let values = "charts:\n  x:\n    repository: https://charts.example.com\n    chart: x\n    version: 1.0.0\n    \
                  namespace: x\n    values:\n      mode: 0777\n";
    assert_snapshot!(dev(values), @r#"
    error[ambiguous-number]: `0777` is octal for YAML 1.1 and decimal for YAML 1.2
      --> values/dev.yaml:10:13
       |
    10 |       mode: 0777
       |             ^^^^
       |
       = help: write `511` if it is octal, such as a file mode
    help: if it is text, put it in quotes
       |
    10 -       mode: 0777
    10 +       mode: "0777"
       |

    error: 1 problem in dev; nothing was written
    "#);
}

#[test]
fn a_number_of_more_than_64_bits() {
    let values = "charts:\n  x:\n    repository: https://charts.example.com\n    chart: x\n    version: 1.0.0\n    \
                  namespace: x\n    values:\n      account: 123456789012345678901234567890\n";
    assert_snapshot!(dev(values), @r#"
    error[ambiguous-number]: `123456789012345678901234567890` does not fit into 64 bits
      --> values/dev.yaml:10:16
       |
    10 |       account: 123456789012345678901234567890
       |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
    help: if it is text, put it in quotes
       |
    10 -       account: 123456789012345678901234567890
    10 +       account: "123456789012345678901234567890"
       |

    error: 1 problem in dev; nothing was written
    "#);
}

#[test]
fn a_bad_host() {
    assert_snapshot!(web("host: https://www.example.com/\n"), @"
    error[invalid-value]: `https://www.example.com/` is a URL, not a host name; write it like `argocd`
     --> values/dev.yaml:8:11
      |
    8 |     host: https://www.example.com/
      |           ^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = note: the value of `applications.web.host`
      = help: correct it here

    error: 1 problem in dev; nothing was written
    ");
    assert_snapshot!(web("host: Web_1\n"), @"
    error[invalid-value]: `Web_1` has the capital `W`, and Kubernetes takes host names in lower case only; write it like `argocd`
     --> values/dev.yaml:8:11
      |
    8 |     host: Web_1
      |           ^^^^^
      |
      = note: the value of `applications.web.host`
      = help: correct it here

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_bad_image() {
    assert_snapshot!(web("image: nginx\n"), @"
    error[invalid-value]: `nginx` names no registry; write it like `registry.digitalocean.com/example/lofi:1.4.2`
     --> values/dev.yaml:7:12
      |
    7 |     image: nginx
      |            ^^^^^
      |
      = note: the value of `applications.web.image`
      = help: correct it here

    error: 1 problem in dev; nothing was written
    ");
    assert_snapshot!(web("image: registry.example.com/example/web@sha256:123\n"), @"
    error[invalid-value]: `registry.example.com/example/web@sha256:123` has behind its `@` no `sha256:` with 64 lower-case hexadecimal digits; write it like `registry.digitalocean.com/example/lofi:1.4.2`
     --> values/dev.yaml:7:12
      |
    7 |     image: registry.example.com/example/web@sha256:123
      |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = note: the value of `applications.web.image`
      = help: correct it here

    error: 1 problem in dev; nothing was written
    ");
    assert_snapshot!(web("image: registry.example.com/example/web\n"), @"
    error[invalid-value]: the image `registry.example.com/example/web` has neither a tag nor a digest
     --> values/dev.yaml:7:12
      |
    7 |     image: registry.example.com/example/web
      |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = note: without them the node takes what is tagged `latest` when it starts the container
      = help: write `registry.example.com/example/web:<tag>`, or better `registry.example.com/example/web@sha256:<digest>`

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_bad_quantity() {
    assert_snapshot!(web("resources:\n  requests: {cpu: 100mb, memory: 512MB}\n"), @"
    error[invalid-value]: `100mb` ends with `mb`, which is no unit of Kubernetes; a million is `M`, 1024² is `Mi`, a thousandth is `m`; write it like `250m`
     --> values/dev.yaml:9:23
      |
    9 |       requests: {cpu: 100mb, memory: 512MB}
      |                       ^^^^^
      |
      = note: the value of `applications.web.resources.requests.cpu`
      = help: correct it here

    error[invalid-value]: `512MB` ends with `MB`, which is no unit of Kubernetes; a million is `M`, 1024² is `Mi`, a thousandth is `m`; write it like `250m`
     --> values/dev.yaml:9:38
      |
    9 |       requests: {cpu: 100mb, memory: 512MB}
      |                                      ^^^^^
      |
      = note: the value of `applications.web.resources.requests.memory`
      = help: correct it here

    error: 2 problems in dev; nothing was written
    ");
}

#[test]
fn a_bad_wave() {
    assert_snapshot!(web("wave: 1000\n"), @"
    error[invalid-value]: `applications.web.wave` can't be 1000
     --> values/dev.yaml:8:11
      |
    8 |     wave: 1000
      |           ^^^^ out of range
      |
      = help: write a number from -100 to 100

    error: 1 problem in dev; nothing was written
    ");
    assert_snapshot!(web("wave: first\n"), @"
    error[wrong-type]: `applications.web.wave` must be a whole number, found text
     --> values/dev.yaml:8:11
      |
    8 |     wave: first
      |           ^^^^^ expected a whole number
      |
      = help: write a whole number here

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_bad_port() {
    assert_snapshot!(web("port: 80800\n"), @"
    error[invalid-value]: `applications.web.port` can't be 80800
     --> values/dev.yaml:7:11
      |
    7 |     port: 80800
      |           ^^^^^ out of range
      |
      = help: write a number from 1 to 65535

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_version_that_is_a_range() {
    let values = "charts:\n  x:\n    repository: https://charts.example.com\n    chart: x\n    version: ^1.2\n    \
                  namespace: x\n";
    assert_snapshot!(dev(values), @"
    error[invalid-value]: `^1.2` is a range, and one exact version is needed; write it like `4.15.1`
     --> values/dev.yaml:7:14
      |
    7 |     version: ^1.2
      |              ^^^^
      |
      = note: the value of `charts.x.version`
      = help: correct it here

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_choice_that_is_none() {
    assert_snapshot!(dev("identity:\n  provider: auth\n"), @"
    error[invalid-value]: `identity.provider` can't be `auth`
     --> values/dev.yaml:4:13
      |
    4 |   provider: auth
      |             ^^^^ not one of the choices
      |
      = note: choices: auth0, oidc
    help: a choice with a similar name exists
      |
    4 |   provider: auth0
      |                 +

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_pool_that_is_not_there() {
    assert_snapshot!(web("pool: wrokloads\n"), @"
    error[conflict]: `applications.web` runs on the node pool `wrokloads`, which the cluster does not have
     --> values/dev.yaml:8:11
      |
    8 |     pool: wrokloads
      |           ^^^^^^^^^
      |
      = note: the cluster's pools: `base`, `tools`, `workloads`
      = help: write `workloads`, or add `wrokloads` under `cluster.nodePools`

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_name_that_leaves_the_folder() {
    for section in ["charts", "applications"] {
        for name in ["../../etc", "..", "/etc/cron.d/x", "a/../../b", "a\\\\b"] {
            let said = Scene::new()
                .with("templates/{application}.yaml.j2", "a: 1\n")
                .with("templates/x/{chart}/y.yaml.j2", "a: 1\n")
                .and("values/dev.yaml", &format!("{section}:\n  \"{name}\": {{}}\n"))
                .refuses(&["--env", "dev"]);
            assert!(said.contains("error[invalid-value]: `"), "{said}");
        }
    }
    assert_snapshot!(dev("applications:\n  ../../etc:\n    source: {path: application/web}\n    image: registry.example.com/web:1\n    port: 80\n"), @"
    error[invalid-value]: `../../etc` has a character that no DNS label may have: `.`; write it like `example`
     --> values/dev.yaml:4:3
      |
    4 |   ../../etc:
      |   ^^^^^^^^^
      |
      = note: a key of `applications`
      = help: choose another name

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_path_of_an_application_that_leaves_the_repository() {
    assert_snapshot!(web("source: {path: ../../etc}\n"), @"
    error[invalid-value]: `../../etc` has the segment `..`; write it like `application/lofi`
     --> values/dev.yaml:7:20
      |
    7 |     source: {path: ../../etc}
      |                    ^^^^^^^^^
      |
      = note: the value of `applications.web.source.path`
      = help: correct it here

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn the_mark_of_a_hole() {
    assert_snapshot!(web("env:\n  X: \"a\\uFDD0b\"\n"), @r#"
    error[invalid-value]: the value holds the non-character \u{fdd0}
     --> values/dev.yaml:9:10
      |
    9 |       X: "a\uFDD0b"
      |          ^^^^^^^^^^
      |
      = note: Unicode keeps it for the internal use of programs; it marks holes in templates here
      = help: remove it

    error: 1 problem in dev; nothing was written
    "#);
}
