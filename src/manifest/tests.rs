#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use minijinja::value::{Serde, Value as Hole};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::source::Source;

/// Parses `text`, in which `‹0›`, `‹1›` … are holes, and fills it.
fn documents(text: &str, holes: Vec<Hole>) -> Vec<Document> {
    let text = (0..holes.len().max(2))
        .fold(text.to_owned(), |text, number| text.replace(&format!("‹{number}›"), &Token(number).to_string()));
    let skeleton = Skeleton::parse(&Source::new("templates/a.yaml.j2", text)).unwrap();
    Document::all(&Arc::new(skeleton), holes)
}

fn emitted(text: &str, holes: Vec<Hole>) -> Result<String, HoleError> {
    let mut emitter = Emitter::new();
    for document in documents(text, holes) {
        document.emit(&mut emitter)?;
    }
    Ok(emitter.into_string())
}

fn hole(value: Value) -> Hole {
    Hole::from(Serde(value))
}

fn omit() -> Hole {
    Hole::from_object(Omit)
}

#[test]
fn a_scalar_that_is_a_hole_becomes_the_value() {
    let holes = vec![hole(json!({"a": [1, true, null, 1.5, "x"]})), hole(json!("yes")), hole(json!(3))];
    assert_eq!(
        emitted("map: ‹0›\ntext: ‹1›\nnumber: ‹2›\nquoted: \"‹2›\"\n", holes).unwrap(),
        "map:\n  a:\n  - 1\n  - true\n  - null\n  - 1.5\n  - x\ntext: \"yes\"\nnumber: 3\nquoted: \"3\"\n"
    );
}

#[test]
fn a_hole_inside_text_is_interpolated() {
    let holes = vec![hole(json!("a: b\n---\nkind: Secret")), hole(json!(8080))];
    assert_eq!(
        emitted("x: pre-‹1›-post\n‹1›-key: |\n  one ‹0›\n", holes).unwrap(),
        "x: pre-8080-post\n8080-key: |\n  one a: b\n  ---\n  kind: Secret\n"
    );
}

#[test]
fn a_map_inside_text_is_an_error_with_its_place() {
    let error = emitted("a: 1\nb: x-‹0›\n", vec![hole(json!({}))]).unwrap_err();
    assert_eq!(error.problem, "a map can't stand inside a text");
    assert_eq!(error.span.unwrap().range().start, 8);
}

#[test]
fn omit_takes_keys_items_and_documents_away() {
    let text = "a: ‹0›\nb: \"‹0›\"\nc: [1, ‹0›]\nd: 2\n---\n‹0›\n";
    assert_eq!(emitted(text, vec![omit()]).unwrap(), "c:\n- 1\nd: 2\n");
    assert_eq!(emitted("a: x-‹0›\n", vec![omit()]).unwrap_err().problem, "`omit` can't stand inside a text");
}

#[test]
fn a_merge_key_splices_a_map_and_own_keys_win() {
    let holes = vec![hole(json!({"x": 1, "z": 2})), omit()];
    assert_eq!(emitted("a:\n  <<: ‹0›\n  z: 3\n", holes.clone()).unwrap(), "a:\n  x: 1\n  z: 3\n");
    assert_eq!(emitted("a:\n  <<: ‹1›\n  z: 3\n", holes).unwrap(), "a:\n  z: 3\n");
    assert!(emitted("a:\n  <<: ‹0›\n", vec![hole(json!([1]))]).unwrap_err().problem.contains("needs a map"));
}

#[test]
fn keys_that_turn_out_equal_are_refused() {
    let error = emitted("‹0›: 1\nx: 2\n", vec![hole(json!("x"))]).unwrap_err();
    assert_eq!(error.problem, "the key `x` is there twice");
}

#[test]
fn marks_inside_composed_text_are_filled_too() {
    let holes = vec![hole(json!("inner")), Hole::from(format!("[{}]", Token(0)))];
    assert_eq!(emitted("a: ‹1›\n", holes).unwrap(), "a: \"[inner]\"\n");
    let endless = vec![Hole::from(Token(0).to_string())];
    assert!(emitted("a: ‹0›\n", endless).is_err());
}

#[test]
fn what_can_not_be_text_or_data_is_refused() {
    let shared = |item: Hole| Hole::from(vec![item.clone(), item]);
    let bomb = (0..60).fold(Hole::from("x"), |item, _| shared(item));
    let token = Token(0).to_string();
    for (text, hole, problem) in [
        ("a: ‹0›\n", Hole::from(omit().to_string() + "x"), "`omit` can't stand inside a text"),
        ("a: ‹1›\n", Hole::from(&token[..token.len() - 3]), "a filter or slice cut a printed text apart inside a hole"),
        ("a: x‹0›\n", Hole::from(f64::INFINITY), "a document can't hold an infinite number"),
        ("a: ‹0›\n", Hole::from(f64::NAN), "a document can't hold an infinite number"),
        ("a: ‹0›\n", Hole::from_pairs([(Hole::from(1), 1), (Hole::from("1"), 2)]), "the key `1` is there twice"),
        ("<<: ‹0›\n", Hole::from_pairs([(Hole::from(1), 1), (Hole::from("1"), 2)]), "the key `1` is there twice"),
        ("a: ‹0›\n", bomb, "the document would have more than 64 MiB"),
    ] {
        assert_eq!(emitted(text, vec![hole.clone(), hole]).unwrap_err().problem, problem);
    }
}

#[test]
fn an_ambiguous_number_in_a_template_is_refused() {
    let source = Source::new("templates/a.yaml.j2", "mode: 0644\n");
    assert_eq!(Skeleton::parse(&source).unwrap_err().code, crate::diagnostic::Code::AmbiguousNumber);
}

#[test]
fn resources_are_told_apart_by_group_kind_namespace_and_name() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ‹0›, <<: ‹1›}\n---\na: 1\n";
    let documents = documents(text, vec![hole(json!("web")), hole(json!({"namespace": "shop"}))]);
    let id = documents[0].resource_id().unwrap();
    assert_eq!(id.to_string(), "Deployment shop/web");
    assert_eq!(id.group, "apps");
    assert_eq!(documents[1].resource_id(), None);
    assert!(documents[0].has(&["metadata"]) && !documents[0].has(&["spec"]));
}

/// Any value that JSON can hold.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1.0e9..1.0e9).prop_map(|number: f64| Value::from(number)),
        any_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any_text(), inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Any text but the marks of holes, which values can't hold.
fn any_text() -> impl Strategy<Value = String> {
    any::<String>().prop_map(|text| text.replace(crate::yaml::is_hole_mark, ""))
}

proptest! {
    #[test]
    fn any_value_survives_a_hole(value in any_value()) {
        let documents = documents("a: [‹0›, {b: ‹0›}]\n", vec![hole(value.clone())]);
        prop_assert_eq!(documents[0].data().unwrap(), json!({"a": [value, {"b": value}]}));
    }

    #[test]
    fn no_text_changes_the_structure(text in any_text()) {
        let documents = documents("a: ‹0›\nb:\n- x‹0›y\n- |\n  ‹0›\n‹0›k: 1\n", vec![hole(json!(text))]);
        prop_assert_eq!(documents.len(), 1);
        let expected = json!({"a": text, "b": [format!("x{text}y"), format!("{text}\n")], format!("{text}k"): 1});
        prop_assert_eq!(documents[0].data().unwrap(), expected);
    }

    #[test]
    fn written_and_read_data_agree(value in any_value()) {
        let text = emitted("a: ‹0›\n", vec![hole(value)]);
        let again: serde_yaml::Value = serde_yaml::from_str(&text.unwrap()).unwrap();
        prop_assert!(again.get("a").is_some());
    }
}
