#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use super::*;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::model::EnvironmentName;
use crate::pipeline::{Inputs, Origin, Workspace};
use crate::project::Project;
use crate::source::Source;

const VALUES: &str = "
platform:
  name: example
  domain: dev.example.com
  email: platform@example.com
  repository: {url: https://git.example.com/platform.git, revision: main}
  registry: registry.example.com/example
cluster:
  region: fra1
  version: '1.36'
  tags: [one, two]
  nodePools:
    base: {size: s-2vcpu-4gb, min: 1, max: 1}
    tools: {size: s-2vcpu-4gb, min: 1, max: 3}
identity:
  provider: oidc
  issuer: https://login.example.com/
  groupsClaim: groups
  groups: {admins: [ops]}
services:
  sealedSecrets:
    chart: {repository: https://charts.example.com, name: sealed-secrets, version: 2.19.1}
    values: {a: {b: 1}}
";

const MACROS: &str = "\
{% macro label(name) %}
labels:
  region: {{ cluster.region }}
  name: {{ name }}
{% endmacro %}
{% macro word() %}yes{% endmacro %}
";

/// A workspace over [`VALUES`] with these templates alone.
fn workspace(templates: &[(&str, &str)]) -> (Workspace, Inputs) {
    let file = |folder: &str, name: &str, text: &str| (name.to_owned(), Source::new(format!("{folder}/{name}"), text));
    let quiet = crate::templates::defaults().into_keys().map(|name| file("templates", &name, ""));
    let own = templates.iter().map(|(name, text)| file("templates", name, text));
    let macros = file("templates", "_macros/m.j2", MACROS);
    let (name, values) = file("values", "dev.yaml", VALUES);
    let project = Project {
        root: "/".into(),
        values: BTreeMap::from([(name, Ok(values))]),
        schema: None,
        schemas: Vec::new(),
        templates: quiet.chain([macros]).chain(own).collect(),
    };
    let workspace = Workspace::open(&project).unwrap();
    let inputs = workspace.inputs(&EnvironmentName::parse("dev").unwrap(), &[]).unwrap();
    (workspace, inputs)
}

/// Each line of `file`, with the places in templates that it comes from.
fn origins(templates: &[(&str, &str)], file: &str) -> String {
    let (workspace, inputs) = workspace(templates);
    let trial = workspace.trial(&inputs).unwrap();
    let explainer = Explainer::new(&trial);
    let file = explainer.tracer().file(file).unwrap();
    let lines = file.source.text().lines().enumerate().map(|(index, text)| {
        let origin = match file.origin(index + 1) {
            Some(Origin::Written(written)) => {
                let call = written.call.map(|call| format!(" < {call}")).unwrap_or_default();
                let kind = if written.expression { "= " } else { "" };
                format!("{kind}{} `{}`{call}", written.place, written.place.text())
            }
            Some(Origin::Overlay(path)) => format!("overlay {}", path.join(".")),
            Some(Origin::Header) => "header".to_owned(),
            None => "-".to_owned(),
        };
        format!("{text}  <-- {origin}\n")
    });
    lines.collect::<String>().replace("templates/", "")
}

/// The values behind line `line` of `file`, those that only decide whether it is there in brackets.
fn behind(templates: &[(&str, &str)], file: &str, line: usize) -> Vec<String> {
    let (workspace, inputs) = workspace(templates);
    let trial = workspace.trial(&inputs).unwrap();
    let explainer = Explainer::new(&trial);
    let behind = Behind::new(&explainer, Arc::new(explainer.tracer().file(file).unwrap()));
    let show = |value: BehindValue| match value.role {
        Role::Content => value.keys.join("."),
        Role::Presence => format!("[{}]", value.keys.join(".")),
    };
    behind.line(line).into_iter().map(show).collect()
}

#[test]
fn each_line_knows_its_template_through_macros_loops_and_splices() {
    let template = "\
{% from \"_macros/m.j2\" import label %}
a: one
b: {{ cluster.version }}
{{ label(platform.name) }}
list:
{% for tag in cluster.tags %}
  - {{ tag }}
{% endfor %}
  - last
map:
  <<: {{ identity.groups }}
text: |
  first
  {{ platform.name }}
  third
---
gone: {{ omit }}
here: x-{{ cluster.region }}
";
    insta::assert_snapshot!(origins(&[("a.yaml.j2", template)], "a.yaml"), @r#"
    # Rendered from a.yaml.j2; edit that or the values, not this file.  <-- header
    a: one  <-- a.yaml.j2:2:4 `one`
    b: "1.36"  <-- = a.yaml.j2:3:7 `cluster.version`
    labels:  <-- _macros/m.j2:2:1 `labels:` < a.yaml.j2:4:4
      region: fra1  <-- = _macros/m.j2:3:14 `cluster.region` < a.yaml.j2:4:4
      name: example  <-- = _macros/m.j2:4:12 `name` < a.yaml.j2:4:4
    list:  <-- a.yaml.j2:5:1 `list`
    - one  <-- = a.yaml.j2:7:8 `tag`
    - two  <-- = a.yaml.j2:7:8 `tag`
    - last  <-- a.yaml.j2:9:5 `last`
    map:  <-- a.yaml.j2:10:1 `map`
      admins:  <-- = a.yaml.j2:11:10 `identity.groups`
      - ops  <-- = a.yaml.j2:11:10 `identity.groups`
      editors: []  <-- = a.yaml.j2:11:10 `identity.groups`
      viewers: []  <-- = a.yaml.j2:11:10 `identity.groups`
    text: |  <-- a.yaml.j2:12:1 `text`
      first  <-- a.yaml.j2:13:3 `first`
      example  <-- = a.yaml.j2:14:6 `platform.name`
      third  <-- a.yaml.j2:15:3 `third`
    ---  <-- -
    here: x-fra1  <-- a.yaml.j2:18:7 `x-{{ cluster.region }}`
    "#);
}

#[test]
fn plain_text_and_plain_files_know_their_lines() {
    let text = "one {{ cluster.region }}\ntwo\n{{ platform.name }}\n";
    insta::assert_snapshot!(origins(&[("a.txt.j2", text)], "a.txt"), @r#"
    one fra1  <-- a.txt.j2:1:1 `one {{ cluster.region }}`
    two  <-- a.txt.j2:2:1 `two`
    example  <-- = a.txt.j2:3:4 `platform.name`
    "#);
    insta::assert_snapshot!(origins(&[("b.txt", "one\ntwo {{ x }}\n")], "b.txt"), @r#"
    one  <-- b.txt:1:1 `one`
    two {{ x }}  <-- b.txt:2:1 `two {{ x }}`
    "#);
}

#[test]
fn a_template_that_looks_at_what_a_macro_printed_is_traced_to_the_call() {
    let template =
        "{% from \"_macros/m.j2\" import word %}\n{% if word() == \"yes\" %}\na: {{ word() }}\n{% endif %}\n";
    insta::assert_snapshot!(origins(&[("a.yaml.j2", template)], "a.yaml"), @r#"
    # Rendered from a.yaml.j2; edit that or the values, not this file.  <-- header
    a: "yes"  <-- = a.yaml.j2:3:7 `word()`
    "#);
}

#[test]
fn what_a_user_lays_over_helm_values_has_no_template() {
    let template = "a: {c: 2}\nd: 3\n";
    insta::assert_snapshot!(origins(&[("services/sealed-secrets/values.yaml.j2", template)], "services/sealed-secrets/values.yaml"), @r#"
    # Rendered from services/sealed-secrets/values.yaml.j2; edit that or the values, not this file.  <-- header
    a:  <-- services/sealed-secrets/values.yaml.j2:1:1 `a`
      c: 2  <-- services/sealed-secrets/values.yaml.j2:1:8 `2`
      b: 1  <-- overlay a.b
    d: 3  <-- services/sealed-secrets/values.yaml.j2:2:4 `3`
    "#);
}

#[test]
fn a_value_decides_what_a_line_says_or_whether_it_is_there() {
    let template = "\
{% if cluster.highAvailability %}
ha: true
{% endif %}
{% if cluster.nodePools.tools.max > 2 %}
big: {{ platform.name }}.{{ platform.domain }}
{% endif %}
tags: {{ cluster.tags }}
";
    let at = |line| behind(&[("a.yaml.j2", template)], "a.yaml", line);
    assert_eq!(at(2), ["platform.name", "platform.domain", "[cluster.nodePools.tools.max]"]);
    assert_eq!(at(4), ["cluster.tags.0"]);
    assert_eq!(at(5), ["cluster.tags.1"]);
    assert_eq!(at(1), [""; 0]);
}

/// `found`, enriched, as text without the frames.
fn enriched(templates: &[(&str, &str)], at: &str) -> Vec<String> {
    let (workspace, inputs) = workspace(templates);
    let trial = workspace.trial(&inputs).unwrap();
    let text = trial.text("a.yaml").unwrap().to_owned();
    let source = Source::new("out/dev/a.yaml", text);
    let start = source.text().find(at).unwrap();
    let finding = Diagnostic::error(Code::DuplicateResource, "x")
        .at(crate::source::Location::new(&source, start..start + at.len()), "");
    let found = enrich(&workspace, &inputs, Diagnostics::from(finding.note("rendered by templates/a.yaml.j2")));
    let item = found.into_iter().next().unwrap();
    let labels = item.secondary.iter().map(|label| format!("{}: {}", label.location, label.text));
    labels.chain(item.notes).collect()
}

#[test]
fn a_finding_learns_its_template_and_its_value() {
    let template =
        "a: {{ cluster.region }}\nb: {{ platform.name }}.{{ platform.domain }}\nc: {{ cluster.highAvailability }}\n";
    let enriched = |at| enriched(&[("a.yaml.j2", template)], at);
    assert_eq!(
        enriched("fra1"),
        ["templates/a.yaml.j2:1:7: rendered by this expression", "values/dev.yaml:9:11: from this value"]
    );
    assert_eq!(enriched("example.dev"), ["templates/a.yaml.j2:2:7: rendered by this expression"], "two values");
    assert_eq!(enriched("false"), ["templates/a.yaml.j2:3:7: rendered by this expression"], "a default has no place");
}

#[test]
fn a_list_of_files_hangs_on_what_makes_one_of_them_empty() {
    let templates = [
        ("x/a.yaml.j2", "{% if not cluster.highAvailability %}\na: 1\n{% endif %}\n"),
        ("x/b.yaml.j2", "a: 1\nb: {{ cluster.region }}\n"),
        ("y/c.yaml.j2", "{% if cluster.version == \"1.36\" %}\na: 1\n{% endif %}\n"),
        ("list.yaml.j2", "files: {{ files(\"x\") }}\n"),
        ("all.yaml.j2", "files: {{ files(\"x\") + (files(\"y\") if files(\"x\") | length == 2 else []) }}\n"),
    ];
    assert_eq!(behind(&templates, "list.yaml", 3), ["cluster.highAvailability"]);
    assert_eq!(behind(&templates, "all.yaml", 5), ["[cluster.version]", "[cluster.highAvailability]"]);
}
