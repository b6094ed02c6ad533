//! The file of outputs: what is written is what is read, and each program keeps the other's part.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::json;

use super::*;

fn outputs() -> Outputs {
    let outputs = json!({
        "project": "4e1b",
        "cluster": {
            "id": "bd5f", "name": "example-dev", "region": "fra1", "version": "1.36.1-do.0",
            "endpoint": "https://bd5f.k8s.example.com", "context": "do-fra1-example-dev",
        },
        "nodePools": {"tools": {"id": "2", "name": "tools"}, "base": {"id": "1", "name": "base-s-4vcpu-8gb"}},
        "buckets": {"loki": {"host": "fra1.example.com", "keys": {"loki": "5f8e2c0d9a7b4416"}}},
        "domain": {"name": "dev.example.com", "nameServers": ["ns1.example.com", "ns2.example.com"]},
        "clients": {"grafana": "aB3", "argo-cd": "cD4"},
    });
    serde_json::from_value(outputs).unwrap()
}

fn parse(text: &str) -> Result<OutputsFile, Diagnostics> {
    OutputsFile::parse(&Source::new("values/outputs/dev.yaml", text))
}

#[test]
fn what_is_written_is_sorted_and_reads_as_what_was_meant() {
    let text = to_text(&outputs()).unwrap();
    insta::assert_snapshot!(text, @r#"
    # What the cloud and the identity provider told, as values that templates can use. Written by `render cloud apply`
    # and `render identity apply`: what is edited here is lost with the next one.
    outputs:
      project: 4e1b
      cluster:
        id: bd5f
        name: example-dev
        region: fra1
        version: 1.36.1-do.0
        endpoint: https://bd5f.k8s.example.com
        context: do-fra1-example-dev
      nodePools:
        base:
          id: "1"
          name: base-s-4vcpu-8gb
        tools:
          id: "2"
          name: tools
      buckets:
        loki:
          host: fra1.example.com
          keys:
            loki: 5f8e2c0d9a7b4416
      domain:
        name: dev.example.com
        nameServers:
        - ns1.example.com
        - ns2.example.com
      clients:
        argo-cd: cD4
        grafana: aB3
    "#);
    let read = parse(&text).unwrap();
    assert_eq!(data(read.outputs()), data(&outputs()));
    assert_eq!(to_text(read.outputs()), Some(text));
}

#[test]
fn each_program_keeps_the_part_of_the_other() {
    let file = parse(&to_text(&outputs()).unwrap()).unwrap();
    let after_destroy = file.with_cloud(Outputs::default());
    assert_eq!(data(&after_destroy), json!({"clients": {"argo-cd": "cD4", "grafana": "aB3"}}));
    let without_clients = file.with_identity(NamedMap::default());
    assert_eq!(without_clients.cluster, outputs().cluster);
    assert!(without_clients.clients.is_empty());
}

#[test]
fn nothing_to_say_needs_no_file() {
    assert_eq!(to_text(&Outputs::default()), None);
    assert_eq!(parse("").unwrap().outputs(), &Outputs::default());
    assert_eq!(parse("outputs: {}\n").unwrap().outputs(), &Outputs::default());
}

#[test]
fn what_does_not_belong_there_is_a_finding() {
    for (text, code) in [
        ("outputs: {clutser: {}}\n", Code::UnknownKey),
        ("platform: {name: x}\n", Code::UnknownKey),
        ("outputs: {cluster: {id: x}}\n", Code::MissingValue),
        ("outputs: [\n", Code::YamlSyntax),
    ] {
        let found = parse(text).unwrap_err();
        assert!(found.iter().any(|found| found.code == code), "{text}: {found:?}");
    }
}
