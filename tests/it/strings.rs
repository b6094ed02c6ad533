//! Values come out as they went in: any text, any nesting, through every kind of hole.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use supercargo::model::EnvironmentName;
use supercargo::pipeline::Workspace;
use supercargo::project::Project;
use supercargo::source::Source;

use crate::support::{CHART_VALUES, Scene, tree};

/// What readers of YAML have taken for something else, or lost.
const HOSTILE: &[&str] = &[
    "",
    "a: b",
    "- x",
    "? x",
    "yes",
    "no",
    "on",
    "off",
    "y",
    "n",
    "true",
    "null",
    "~",
    "Null",
    "0777",
    "0o17",
    "0x1F",
    "1e3",
    "012e4",
    "1_000",
    "12:30:45",
    "190:20:30.15",
    "2001-12-14",
    "2001-12-14t21:59:43.10-05:00",
    "1.0",
    ".5",
    "+1",
    "-0",
    ".inf",
    ".NaN",
    "=",
    "<<",
    "\"",
    "'",
    "''",
    "\"quoted\"",
    "it's",
    "#",
    "a #b",
    "a# b",
    "# c",
    "{{ x }}",
    "{% x %}",
    "{# x #}",
    "{x}",
    "[x]",
    "{",
    "}",
    "[",
    "]",
    ",",
    "&a",
    "*a",
    "!a",
    "!!str 1",
    "|",
    ">",
    "|-",
    "%",
    "%TAG",
    "@",
    "`",
    "`id`",
    "$(rm)",
    "${HOME}",
    "\\",
    "\\n",
    "\t",
    "a\tb",
    "\ta",
    "a\t",
    " ",
    "  ",
    " a",
    "a ",
    "  a  ",
    "\n",
    "\n\n",
    "a\n",
    "a\n\n",
    "\na",
    "a\nb",
    "a\n\nb\n",
    " a\nb",
    "a\n b\n",
    "a \nb",
    "\r",
    "\r\n",
    "a\r\nb\r\n",
    "a\rb",
    "---",
    "...",
    "--- a",
    "-",
    "?",
    ":",
    "a:",
    ":a",
    "x\n---\nkind: Secret",
    "x\n...\n",
    "😀",
    "a😀b\n😀",
    "é",
    "日本語",
    "\u{2028}",
    "a\u{2028}b",
    "a\u{2029}b\n",
    "\u{85}",
    "a\u{85}b",
    "\u{feff}",
    "a\u{feff}",
    "\u{0}",
    "\u{1b}[31m",
    "\u{7f}",
    "\u{9f}",
    "\u{202e}abc",
    "\u{a0}",
    "\u{e000}",
    "\u{fffd}",
    "\u{fffe}",
    "\u{10ffff}",
];

/// The short ones, and some that are long.
fn hostile() -> Vec<String> {
    let mut texts: Vec<String> = HOSTILE.iter().copied().map(str::to_owned).collect();
    texts.push("x".repeat(100_000));
    texts.push("ä: ".repeat(30_000));
    texts.push("line\n".repeat(20_000));
    texts
}

/// The text between double quotes, with every character escaped that is not plain ASCII.
fn escaped(text: &str) -> String {
    let quoted = text.chars().fold("\"".to_owned(), |mut quoted, character| {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            ' '..='~' => quoted.push(character),
            _ => write!(quoted, "\\U{:08X}", u32::from(character)).unwrap(),
        }
        quoted
    });
    quoted + "\""
}

/// A value as flow YAML, with [`escaped`] texts.
fn flow(value: &Value) -> String {
    let list = |items: Vec<String>| items.join(", ");
    match value {
        Value::String(text) => escaped(text),
        Value::Array(items) => format!("[{}]", list(items.iter().map(flow).collect())),
        Value::Object(map) => {
            format!(
                "{{{}}}",
                list(map.iter().map(|(key, value)| format!("{}: {}", escaped(key), flow(value))).collect())
            )
        }
        other => other.to_string(),
    }
}

#[track_caller]
fn read(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{error}: {text:?}"))
}

/// A chart with `values` as they are to stand in the file.
fn chart(values: &str) -> String {
    format!(
        "charts:\n  x:\n    repository: https://charts.example.com\n    chart: x\n    version: 1.0.0\n    \
         namespace: x\n    values: {values}\n"
    )
}

#[test]
fn any_text_of_a_chart_comes_out_as_it_is() {
    let texts = hostile();
    let expected: Map<String, Value> =
        texts.iter().enumerate().map(|(at, text)| (format!("k{at}"), json!(text))).collect();
    let expected = json!({ "texts": expected, "list": texts });
    // Once with every character as itself, as JSON writes it, and once escaped.
    for values in [expected.to_string(), flow(&expected)] {
        let scene = Scene::keeping(&[CHART_VALUES]).and("values/dev.yaml", &chart(&values)).rendered();
        let text = scene.read("out/dev/charts/x/values.yaml");
        let found = read(&text);
        for (at, text) in hostile().iter().enumerate() {
            assert_eq!(found["texts"][format!("k{at}")], json!(text));
            assert_eq!(found["list"][at], json!(text));
        }
        let fine = |c: char| c == '\n' || c == '\t' || !c.is_control();
        assert!(text.chars().all(fine) && text.ends_with('\n'));
    }
}

#[test]
fn any_text_of_a_typed_field_comes_out_as_it_is() {
    let texts = hostile();
    let env: Map<String, Value> = texts.iter().enumerate().map(|(at, text)| (format!("K{at}"), json!(text))).collect();
    let env = Value::Object(env);
    let scene = Scene::new()
        .with(
            "templates/applications/{application}/deployment.yaml.j2",
            "map: {{ application.env }}\nlist:\n{% for name, value in application.env | items %}\n  - name: {{ name }}\n    \
             value: {{ value }}\n{% endfor %}\n",
        )
        .and(
            "values/dev.yaml",
            &format!(
                "applications:\n  web:\n    source: {{path: web}}\n    image: registry.example.com/web:1\n    port: 80\n    \
                 env: {}\n",
                flow(&env)
            ),
        )
        .rendered();
    let found = read(&scene.read("out/dev/applications/web/deployment.yaml"));
    assert_eq!(found["map"], env);
    for (at, text) in texts.iter().enumerate() {
        assert_eq!(found["list"][at], json!({ "name": format!("K{at}"), "value": text }));
    }
}

#[test]
fn a_text_can_not_become_a_document() {
    let scene = Scene::keeping(&[CHART_VALUES])
        .and("values/dev.yaml", &chart(&flow(&json!({ "x": "x\n---\nkind: Secret\napiVersion: v1\ndata: {a: b}" }))))
        .rendered();
    let text = scene.read("out/dev/charts/x/values.yaml");
    assert!(!text.lines().any(|line| line == "---"), "{text}");
}

#[test]
fn a_render_writes_below_out_only() {
    let scene = Scene::new();
    let before = tree(&scene.path("values"));
    scene.render(&["--env", "dev"]).succeeds();
    assert!(tree(&scene.path("values")) == before);
    let names: Vec<_> = std::fs::read_dir(scene.root()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
}

/// Every kind of hole.
const HOLES: &str = "\
whole: {{ chart.values.data }}
text: {{ chart.values.text }}
inside: a {{ chart.values.text }} b
quoted: \"{{ chart.values.text }}\"
single: '{{ chart.values.text }}{{ chart.values.text }}'
flow: [{{ chart.values.text }}, {{ chart.values.data }}]
block: |
  x {{ chart.values.text }} y
folded: >-
  {{ chart.values.text }}
keyed:
  k{{ chart.values.text }}: {{ omit }}
  l{{ chart.values.text }}: 1
spliced:
  <<: {{ chart.values.map }}
json: {{ chart.values.data | json }}
yaml: {{ chart.values.data | yaml }}
";

/// The whole pipeline in memory: the values of a chart through [`HOLES`].
fn through_holes(values: &Value) -> Value {
    let scene_values = [
        ("base.yaml", Scene::new().read("values/base.yaml")),
        ("dev.yaml", "platform: {domain: dev.example.com}\n".to_owned() + &chart(&flow(values))),
    ];
    let sources = scene_values.map(|(name, text)| (name.to_owned(), Ok(Source::new(format!("values/{name}"), text))));
    let mut templates: BTreeMap<String, Arc<Source>> = supercargo::templates::defaults();
    for (name, source) in &mut templates {
        if name.contains("_macros") || name.contains("/_") {
            continue;
        }
        *source = Source::new(source.path(), "");
    }
    templates.insert("{chart}.yaml.j2".to_owned(), Source::new("templates/{chart}.yaml.j2", HOLES));
    let project =
        Project { root: PathBuf::new(), values: sources.into(), schema: None, templates, schemas: Vec::new() };
    let shown = |found: supercargo::diagnostic::Diagnostics| found.to_text(false);
    let workspace = Workspace::open(&project).map_err(shown).unwrap();
    let inputs = workspace.inputs(&EnvironmentName::parse("dev").unwrap(), &[]).map_err(shown).unwrap();
    let rendered = workspace.render(&inputs).map_err(shown).unwrap();
    read(&rendered.tree.files["x.yaml"].text)
}

fn text() -> impl Strategy<Value = String> {
    // Two non-characters mark holes, and values with them are refused.
    let any = any::<String>().prop_map(|text| text.replace(['\u{fdd0}', '\u{fdd1}'], "?"));
    let pieces = prop::sample::select(hostile().into_iter().filter(|text| text.len() < 100).collect::<Vec<_>>());
    prop_oneof![any, prop::collection::vec(pieces, 1..4).prop_map(|pieces| pieces.concat())]
}

fn value() -> impl Strategy<Value = Value> {
    let float = any::<f64>()
        .prop_filter_map("JSON has none of these", |number| serde_json::Number::from_f64(number).map(Value::Number));
    let leaf = prop_oneof![
        4 => text().prop_map(Value::String),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
        1 => float,
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            // In a mapping `null` takes a key away; in a list it is a value.
            prop::collection::vec(prop_oneof![5 => inner.clone(), 1 => Just(Value::Null)], 0..5).prop_map(Value::Array),
            prop::collection::vec((text(), inner), 0..5).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn map() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::vec((text(), value()), 0..4).prop_map(|map| map.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_value_survives_every_hole(text in text(), data in value(), map in map()) {
        let found = through_holes(&json!({ "text": text, "data": data, "map": map }));
        // As text, so that the order of keys counts, and a number keeps its type.
        let same = |path: &str, expected: Value| {
            prop_assert_eq!(found[path].to_string(), expected.to_string(), "{}", path);
            Ok(())
        };
        same("whole", data.clone())?;
        same("text", json!(text))?;
        same("inside", json!(format!("a {text} b")))?;
        same("quoted", json!(text))?;
        same("single", json!(format!("{text}{text}")))?;
        same("flow", json!([text, data]))?;
        same("block", json!(format!("x {text} y\n")))?;
        same("folded", json!(text))?;
        same("keyed", json!({ format!("l{text}"): 1 }))?;
        same("spliced", Value::Object(map))?;
        let embedded: Value = serde_json::from_str(found["json"].as_str().unwrap()).unwrap();
        prop_assert_eq!(embedded.to_string(), data.to_string());
        prop_assert_eq!(read(found["yaml"].as_str().unwrap()).to_string(), data.to_string());
    }
}
