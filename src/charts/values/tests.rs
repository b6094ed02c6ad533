#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use crate::charts::archive::Files;
use crate::diagnostic::{Help, Severity};

/// A chart of these files; what a test does not name is as small as it can be.
fn chart(files: &[(&str, &str)]) -> Chart {
    let mut all: Files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
    all.entry("Chart.yaml".to_owned()).or_insert_with(|| b"{name: chart, version: 1.0.0}".to_vec());
    Chart::from_files(&all).unwrap()
}

fn found(chart: &Chart, values: &str) -> Diagnostics {
    let source = Source::new("out/dev/services/a/values.yaml", values);
    check(chart, &ValuesFile { source, template: "templates/a.j2", section: "services.a" })
}

/// Each finding as severity, what is underlined, and message.
fn lines(chart: &Chart, values: &str) -> Vec<String> {
    let line = |item: &Diagnostic| {
        let severity = if item.severity == Severity::Error { "error" } else { "warning" };
        let at = item.primary.as_ref().map_or("-", |label| label.location.text());
        format!("{severity} {at}: {}", item.message)
    };
    found(chart, values).iter().map(line).collect()
}

const NOTHING: [&str; 0] = [];

#[test]
fn keys_of_the_defaults_are_known_and_others_are_not() {
    let chart = chart(&[("values.yaml", "image: {tag: x}\nserver:\n  replicas: 1\n  service: {port: 80}\n")]);
    assert_eq!(lines(&chart, "image: {tag: y}\nserver: {service: {port: 1}}\n"), NOTHING);
    assert_eq!(
        lines(&chart, "image: {tga: y}\nserver: {replica: 2}\nrelpicas: 1\ntag: z\n"),
        [
            "warning tga: the chart knows no key `image.tga`",
            "warning replica: the chart knows no key `server.replica`",
            "warning relpicas: the chart knows no key `relpicas`",
            "warning tag: the chart knows no key `tag`",
        ]
    );
}

#[test]
fn a_finding_says_what_was_meant_and_where_to_mend_it() {
    let chart = chart(&[("values.yaml", "server: {replicas: 1}\nimage: {tag: x}\n")]);
    let all = found(&chart, "server: {replica: 2, tag: y}\n");
    let told = |item: &Diagnostic| {
        let helps = item.helps.iter().map(|help| match help {
            Help::Text(text) => text.clone(),
            Help::Replace { .. } => "an edit of what is rendered helps nobody".to_owned(),
        });
        item.notes.iter().cloned().chain(helps).collect::<Vec<_>>()
    };
    let told: Vec<_> = all.iter().map(told).collect();
    let correct = "correct `services.a.values`, or templates/a.j2";
    assert_eq!(told[0], ["the chart is chart 1.0.0", correct, "did you mean `replicas`?"]);
    assert_eq!(told[1], ["the chart is chart 1.0.0", "the chart has a key of that name at `image.tag`", correct]);
}

#[test]
fn what_the_chart_leaves_free_is_free() {
    let chart = chart(&[(
        "values.yaml",
        "\
empty: {}
nothing:
list: []
word: x
podLabels: {app: x}
nodeSelector: {kubernetes.io/os: linux}
containerSecurityContext: {runAsUser: 1}
config: {admin.enabled: true}
settings.ini: {log: {level: info}}
env: {LOG_LEVEL: info}
service: {spec: {type: LoadBalancer}}
",
    )]);
    let values = "\
empty: {a: 1}
nothing: {a: 1}
list: [{a: 1}]
word: {a: 1}
podLabels: {b: y}
nodeSelector: {pool: tools}
containerSecurityContext: {fsGroup: 1}
config: {url: x}
settings.ini: {own: {a: 1}}
env: {OTHER: x}
service: {spec: {externalTrafficPolicy: Local}}
";
    assert_eq!(lines(&chart, values), NOTHING);
    // None of that makes its neighbours free.
    let near = "service: {specs: {}}\nenvs: {OTHER: x}\n";
    assert_eq!(lines(&chart, near).len(), 2);
}

#[test]
fn comments_show_keys_where_they_stand() {
    let text = "\
server:
  # -- How many
  # extraArgs:
  #   verbose: true
  name: x
other:
  name: y
";
    let chart = chart(&[("values.yaml", text)]);
    assert_eq!(lines(&chart, "server: {extraArgs: {any: 1}}\n"), NOTHING);
    // Elsewhere the same key is not known.
    let elsewhere = lines(&chart, "other: {extraArgs: 1}\nextraArgs: 1\n");
    assert_eq!(elsewhere[0], "warning extraArgs: the chart knows no key `other.extraArgs`");
}

#[test]
fn a_schema_is_held_over_defaults_and_points_at_ours() {
    let schema = r##"{
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "required": ["host"],
        "properties": {
            "host": {"type": "string"},
            "ports": {"type": "array", "items": {"$ref": "#/definitions/port"}},
            "mode": {"enum": ["a", "b"]},
            "closed": {"type": "object", "additionalProperties": false, "properties": {"replicas": {"type": "integer"}}}
        },
        "definitions": {"port": {"type": "integer", "maximum": 65535}}
    }"##;
    let chart = chart(&[("values.yaml", "closed: {replicas: 1}\nmode: a\n"), ("values.schema.json", schema)]);
    assert_eq!(lines(&chart, "host: x\nports: [1, 2]\n"), NOTHING);
    let wrong = "host: x\nports:\n- 80\n- 70000\n- many\nmode: c\nclosed:\n  replica: 2\n";
    let expected = [
        "error 70000: `ports.1`: the value is greater than the maximum of 65535",
        "error many: `ports.2`: the value is not of type \"integer\"",
        "error mode: `mode`: the value is not one of \"a\" or \"b\"",
        "error replica: the chart takes no key `closed.replica`",
    ];
    assert_eq!(lines(&chart, wrong), expected);
    assert_eq!(lines(&chart, "mode: b\n"), ["error -: the top of the values needs the key `host`"]);
}

#[test]
fn null_takes_a_default_away() {
    let schema = r#"{"properties": {"a": {"type": "integer"}}, "required": ["a"]}"#;
    let chart = chart(&[("values.yaml", "a: 1\n"), ("values.schema.json", schema)]);
    assert_eq!(lines(&chart, "{}\n"), NOTHING);
    assert_eq!(lines(&chart, "a: null\n"), ["error -: the top of the values needs the key `a`"]);
}

#[test]
fn a_schema_knows_keys_that_the_defaults_do_not_have() {
    let schema = r##"{
        "properties": {
            "server": {"allOf": [{"$ref": "#/$defs/server"}]},
            "limits": {"type": "object", "additionalProperties": true},
            "zones": {"additionalProperties": {"type": "string"}}
        },
        "$defs": {"server": {"properties": {"timeout": {"type": "integer"}}}}
    }"##;
    let values = "server: {name: x}\nlimits: {a: 1}\nzones: {a: x}\n";
    let chart = chart(&[("values.yaml", values), ("values.schema.json", schema)]);
    assert_eq!(lines(&chart, "server: {timeout: 3}\nlimits: {b: 1}\nzones: {b: y}\n"), NOTHING);
    assert_eq!(lines(&chart, "server: {timeuot: 3}\n"), ["warning timeuot: the chart knows no key `server.timeuot`"]);
}

#[test]
fn a_schema_of_elsewhere_is_not_fetched_and_that_is_said() {
    let schema = r#"{"properties": {
        "labels": {"$ref": "https://example.com/definitions.json#/labels"},
        "port": {"type": "integer"}
    }}"#;
    let chart = chart(&[("values.yaml", "port: 1\nlabels: {a: x}\n"), ("values.schema.json", schema)]);
    assert_eq!(
        lines(&chart, "port: x\nlabels: {b: 1}\n"),
        [
            "warning -: the schema of `chart` refers to others that are not fetched: `https://example.com/definitions.json`",
            "error port: `port`: the value is not of type \"integer\"",
        ]
    );
}

const ABOVE: &str = "\
name: chart
version: 1.0.0
dependencies:
- {name: below, alias: under, condition: 'under.enabled,switches.under'}
- {name: far, tags: [extra]}
";

fn with_below(values: &str) -> Chart {
    chart(&[
        ("Chart.yaml", ABOVE),
        ("values.yaml", values),
        ("charts/below/Chart.yaml", "{name: below, version: 1.0.0}"),
        ("charts/below/values.yaml", "deep: {size: 1}\n"),
        (
            "charts/below/values.schema.json",
            r#"{"properties": {
                "deep": {"properties": {"size": {"maximum": 10}}},
                "global": {"properties": {"region": {"type": "string"}}}
            }}"#,
        ),
    ])
}

#[test]
fn values_of_a_chart_in_a_chart_are_held_to_that_one() {
    let chart = with_below("own: 1\nunder: {deep: {size: 2}, extra: 1}\n");
    let right = "under: {deep: {size: 3}, extra: 2}\nfar: {anything: 1}\nglobal: {region: x}\ntags: {extra: true}\nswitches: {under: true}\n";
    assert_eq!(lines(&chart, right), NOTHING);
    assert_eq!(
        lines(&chart, "under: {deep: {sise: 1, size: 11}}\nbelow: {deep: {}}\n"),
        [
            "warning sise: the chart knows no key `under.deep.sise`",
            "error size: `under.deep.size`: the value is greater than the maximum of 10",
            "warning below: the chart knows no key `below`",
        ]
    );
    assert_eq!(
        lines(&chart, "under: 1\n"),
        ["error under: `under` must be a map: it holds the values of the chart `below`"]
    );
    // What is global reaches the schema below.
    assert_eq!(
        lines(&chart, "global: {region: 1}\n"),
        ["error -: `under.global.region`: the value is not of type \"string\""]
    );
}

#[test]
fn a_chart_that_is_switched_off_is_not_asked_for_its_schema() {
    for (defaults, off) in [
        ("under: {enabled: true}\n", "under: {enabled: false, deep: {size: 11}}\n"),
        ("switches: {under: true}\n", "switches: {under: false}\nunder: {deep: {size: 11}}\n"),
    ] {
        let chart = with_below(defaults);
        assert_eq!(lines(&chart, off), NOTHING, "{off}");
        assert_eq!(lines(&chart, &off.replace("false", "true")).len(), 1, "{off}");
    }
}

#[test]
fn a_chart_that_cannot_be_read_as_a_whole_is_said_to_be_so() {
    let broken = chart(&[("values.yaml", "a: [\n")]);
    let said = lines(&broken, "anything: 1\n");
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("warning -: `chart` can't be checked as a whole: its values.yaml: "), "{said:?}");
    let bad_schema = chart(&[("values.yaml", "a: 1\n"), ("values.schema.json", r#"{"type": 7}"#)]);
    let said = lines(&bad_schema, "b: 1\n");
    assert!(said[0].starts_with("warning -: the schema of `chart` can't be used: "), "{said:?}");
    assert_eq!(said[1], "warning b: the chart knows no key `b`");
}
