#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::diagnostic::Severity;
use crate::yaml::{locate, locate_key};

fn layers(files: &[(&str, &str)]) -> Layers {
    let input = |(name, text): &(&str, &str)| ((*name).to_owned(), Ok(Source::new(format!("values/{name}"), *text)));
    Layers::parse(&files.iter().map(input).collect())
}

fn merged(files: &[(&str, &str)], sets: &[&str]) -> Result<Merged, Diagnostics> {
    let sets: Vec<_> = sets.iter().map(|set| (*set).to_owned()).collect();
    layers(files).merge(&EnvironmentName::parse("dev").unwrap(), &sets)
}

/// The merged tree without types.
fn data(node: &Node) -> Value {
    SchemaCheck::new(json!({})).check(node).unwrap()
}

fn origin(merged: &Merged, path: &[&str]) -> String {
    locate(&merged.root, path).to_string()
}

fn codes(result: Result<Merged, Diagnostics>) -> Vec<Code> {
    result.unwrap_err().iter().map(|item| item.code).collect()
}

#[test]
fn later_layers_win_and_every_leaf_knows_its_file() {
    let files = [
        ("base.yaml", "a: {x: 1, y: 2, list: [1, 2]}\nb: base\nc: base\nd: base\n"),
        ("shared.yaml", "b: shared\nc: shared\nd: shared\n"),
        ("outputs/dev.yaml", "c: outputs\nd: outputs\n"),
        ("dev.yaml", "extends: [shared]\na:\n  y: 3\n  list: [9]\nd: dev\n"),
        ("prod.yaml", "b: prod\n"),
    ];
    let merged = merged(&files, &["e.f=7"]).unwrap();
    assert_eq!(
        data(&merged.root),
        json!({"a": {"x": 1, "y": 3, "list": [9]}, "b": "shared", "c": "outputs", "d": "dev", "e": {"f": 7}})
    );
    assert_eq!(origin(&merged, &["a", "x"]), "values/base.yaml:1:8");
    assert_eq!(origin(&merged, &["a", "y"]), "values/dev.yaml:3:6");
    assert_eq!(origin(&merged, &["b"]), "values/shared.yaml:1:4");
    assert_eq!(origin(&merged, &["c"]), "values/outputs/dev.yaml:1:4");
    assert_eq!(origin(&merged, &["e", "f"]), "--set:1:5");
}

#[test]
fn helm_values_of_a_service_merge_leaf_by_leaf_and_each_knows_who_set_it() {
    let files = [
        (
            "base.yaml",
            "services:\n  ingress:\n    values:\n      controller: {kind: base, image: {tag: base, pull: base}}\n      list: [1]\n",
        ),
        (
            "dev.yaml",
            "services:\n  ingress:\n    values:\n      controller:\n        image: {tag: dev}\n      list: [2, 3]\n",
        ),
    ];
    let sets = ["services.ingress.values.controller.kind=set", "services.ingress.values.more.new=1"];
    let merged = merged(&files, &sets).unwrap();
    let below = |path: &[&'static str]| [&["services", "ingress", "values"], path].concat();
    assert_eq!(
        data(&merged.root)["services"]["ingress"]["values"],
        json!({"controller": {"kind": "set", "image": {"tag": "dev", "pull": "base"}}, "list": [2, 3], "more": {"new": 1}})
    );
    for (path, place) in [
        (&["controller", "image", "pull"][..], "values/base.yaml:4:57"),
        (&["controller", "image", "tag"], "values/dev.yaml:5:22"),
        (&["list", "1"], "values/dev.yaml:6:17"),
        (&["controller", "kind"], "--set:1:41"),
        (&["more", "new"], "--set:1:34"),
    ] {
        assert_eq!(origin(&merged, &below(path)), place, "{path:?}");
    }
    // The key has a place of its own, which is where a finding about an unknown key points.
    let key = locate_key(&merged.root, &below(&["controller", "image", "tag"])).unwrap();
    assert_eq!(key.to_string(), "values/dev.yaml:5:17");
}

#[test]
fn null_removes_a_key_and_a_higher_layer_may_set_it_again() {
    let files = [
        ("base.yaml", "a: {x: 1}\nb: 1\n"),
        ("mid.yaml", "a: null\n"),
        ("dev.yaml", "extends: [mid]\na: {y: 2}\nb: ~\n"),
    ];
    assert_eq!(data(&merged(&files, &[]).unwrap().root), json!({"a": {"y": 2}}));
    assert_eq!(data(&merged(&files, &["a=null"]).unwrap().root), json!({}));
}

#[test]
fn extends_reaches_deep_and_each_layer_counts_once() {
    let files = [
        ("base.yaml", "v: base\n"),
        ("one.yaml", "v: one\nfrom: one\n"),
        ("two.yaml", "extends: [one]\nv: two\n"),
        ("dev.yaml", "extends: [two, one]\n"),
    ];
    let merged = merged(&files, &[]).unwrap();
    assert_eq!(data(&merged.root), json!({"v": "two", "from": "one"}));
    assert_eq!(merged.sources.len(), 4);
    assert_eq!(layers(&files).environments(), [EnvironmentName::parse("dev").unwrap()]);
}

#[test]
fn what_can_not_be_merged_is_reported() {
    let circle = [("dev.yaml", "extends: [a]\n"), ("a.yaml", "extends: [b]\n"), ("b.yaml", "extends: [a]\n")];
    assert_eq!(codes(merged(&circle, &[])), [Code::BadExtends]);
    assert_eq!(codes(merged(&[("dev.yaml", "extends: [shraed]\n"), ("shared.yaml", "")], &[])), [Code::BadExtends]);
    assert_eq!(codes(merged(&[("dev.yaml", "extends: shared\n")], &[])), [Code::WrongType]);
    assert_eq!(codes(merged(&[("dev.yaml", "- a\n")], &[])), [Code::WrongType]);
    assert_eq!(codes(merged(&[("prod.yaml", "")], &[])), [Code::UnknownEnvironment]);
    for set in ["a", "=1", "a..b=1", "a=[1"] {
        assert_eq!(merged(&[("dev.yaml", "")], &[set]).unwrap_err().count(Severity::Error), 1, "{set}");
    }
}

#[test]
fn what_extends_itself_is_still_an_environment() {
    let names =
        |files: &[(&str, &str)]| -> Vec<_> { layers(files).environments().iter().map(ToString::to_string).collect() };
    let one = [("dev.yaml", "extends: [dev]\n"), ("base.yaml", "extends: [prod]\n"), ("prod.yaml", "")];
    assert_eq!(names(&one), ["dev", "prod"]);
    let circle = [
        ("a.yaml", "extends: [b]\n"),
        ("b.yaml", "extends: [a, c]\n"),
        ("c.yaml", "extends: [d]\n"),
        ("d.yaml", ""),
        ("outputs/x.yaml", ""),
    ];
    assert_eq!(names(&circle), ["a", "b"]);
}

#[test]
fn only_environments_and_their_layers_extend() {
    for file in ["base.yaml", "outputs/dev.yaml", "sealed/dev.yaml"] {
        let files = [("dev.yaml", ""), (file, "extends: [mid]\n"), ("mid.yaml", "")];
        let found = merged(&files, &[]).unwrap_err();
        let places: Vec<_> = found.iter().map(|item| item.primary.as_ref().unwrap().location.to_string()).collect();
        assert_eq!(places, [format!("values/{file}:1:1")]);
    }
    let files = [("dev.yaml", "extends: [outputs/prod]\n"), ("outputs/prod.yaml", "")];
    assert_eq!(codes(merged(&files, &[])), [Code::BadExtends]);
}

#[test]
fn set_reads_yaml_and_escaped_dots() {
    let merged = merged(&[("dev.yaml", "")], &[r"a\.b.c=[1, x]", "d=", "e=\"7\""]).unwrap();
    assert_eq!(data(&merged.root), json!({"a.b": {"c": [1, "x"]}, "d": "", "e": "7"}));
}

#[test]
fn set_does_not_lose_what_it_can_not_say() {
    let files = [("dev.yaml", "list: [1, 2]\nmap: {list: [1]}\n")];
    for (set, place) in [("list.0=7", "--set:1:6"), ("map.list.x.y=7", "--set:1:10"), ("a=#fff", "--set:1:3")] {
        let found = merged(&files, &[set]).unwrap_err();
        let places: Vec<_> = found.iter().map(|item| item.primary.as_ref().unwrap().location.to_string()).collect();
        assert_eq!(places, [place]);
    }
    assert_eq!(codes(merged(&files, &["a=1\n---\n2"])), [Code::BadSet]);
    let whole = merged(&files, &["list=[7]", "map={list: {x: 1}}"]).unwrap();
    assert_eq!(data(&whole.root), json!({"list": [7], "map": {"list": {"x": 1}}}));
}

#[test]
fn text_keeps_its_spelling_where_text_is_wanted() {
    let schema = json!({"type": "object", "properties": {"v": {"type": "string"}, "n": {"type": "integer"}}});
    let merged = merged(&[("dev.yaml", "v: 1.10\nn: 3\nfree: 1.10\n")], &[]).unwrap();
    assert_eq!(SchemaCheck::new(schema).check(&merged.root).unwrap(), json!({"v": "1.10", "n": 3, "free": 1.1}));
}

#[test]
fn all_violations_of_a_run_are_reported_with_their_places() {
    let schema = json!({
        "type": "object",
        "required": ["must"],
        "additionalProperties": false,
        "properties": {
            "must": {"type": "string"},
            "replicas": {"type": "integer"},
            "size": {"type": "string", "enum": ["small", "large"]},
        },
    });
    let merged = merged(&[("dev.yaml", "replica: 1\nreplicas: \"2\"\nsize: smal\nodd: 0777\n")], &[]).unwrap();
    let found = SchemaCheck::new(schema).check(&merged.root).unwrap_err().finish();
    let lines: Vec<_> = found
        .iter()
        .map(|item| format!("{} {} {}", item.primary.as_ref().unwrap().location, item.code, item.message))
        .collect();
    assert_eq!(
        lines,
        [
            "values/dev.yaml:1:1 unknown-key `replica` is not a key of the values",
            "values/dev.yaml:1:1 missing-value `must` is not set",
            "values/dev.yaml:2:11 wrong-type `replicas` must be a whole number, found text",
            "values/dev.yaml:3:7 invalid-value `size` can't be `smal`",
            "values/dev.yaml:4:1 unknown-key `odd` is not a key of the values",
            "values/dev.yaml:4:6 ambiguous-number `0777` is octal for YAML 1.1 and decimal for YAML 1.2",
        ]
    );
}

/// A layer of small mappings, with nulls and lists.
fn any_layer() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![Just(json!(null)), (0..5i32).prop_map(Value::from), Just(json!([1, 2]))];
    let map = |inner| prop::collection::btree_map("[a-d]", inner, 0..4).prop_map(|map| json!(map));
    map(leaf.prop_recursive(3, 16, 4, move |inner| {
        prop::collection::btree_map("[a-d]", inner, 0..4).prop_map(|map| json!(map))
    }))
}

/// What merging means, said another way: on plain data, one layer after the other.
fn expected(base: Value, over: &Value) -> Value {
    match (base, over) {
        (Value::Object(mut below), Value::Object(above)) => {
            for (key, value) in above {
                let base = below.remove(key).unwrap_or(Value::Null);
                below.insert(key.clone(), expected(base, value));
            }
            Value::Object(below)
        }
        (_, over) => over.clone(),
    }
}

fn without_null(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (key, without_null(value)))
                .collect(),
        ),
        other => other,
    }
}

proptest! {
    #[test]
    fn merging_agrees_with_its_definition(base in any_layer(), mid in any_layer(), top in any_layer()) {
        let files = [
            ("base.yaml", base.to_string()),
            ("mid.yaml", mid.to_string()),
            ("dev.yaml", {
                let mut top = top.clone();
                top["extends"] = json!(["mid"]);
                top.to_string()
            }),
        ];
        let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let merged = merged(&files, &[]).unwrap();
        let wanted = without_null(expected(expected(expected(json!({}), &base), &mid), &top));
        prop_assert_eq!(data(&merged.root), wanted);
    }
}
