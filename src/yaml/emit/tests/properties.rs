//! For arbitrary strings and arbitrary data: both readers get back what was given, and the text has the promised form.

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::emit;
use super::readers::{Type, saphyr, serde, yaml_1_1};
use super::strings::{Random, difficult, everywhere, shown};
use crate::yaml::canonical_string;

/// Checks one piece of data in every way. Compares as text, since that tells the order of keys and `1` from `1.0`.
fn check(value: &Value) {
    let yaml = emit(value);
    assert!(yaml.ends_with('\n') && !yaml.ends_with("\n\n"), "not exactly one line break at the end: {yaml:?}");
    for line in yaml.lines() {
        assert!(!line.ends_with([' ', '\t', '\r']), "white space at the end of {line:?}");
    }
    for character in yaml.chars() {
        let printable = matches!(character, '\t' | '\n' | ' '..='~' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
        assert!(printable, "{character:?} is not printable in YAML");
    }
    let expected = value.to_string();
    assert_eq!(serde(&yaml).to_string(), expected, "serde_yaml reads otherwise:\n{yaml}");
    let documents = saphyr(&yaml);
    assert_eq!(documents.len(), 1, "{yaml}");
    assert_eq!(documents[0].to_string(), expected, "saphyr reads otherwise:\n{yaml}");
}

fn check_string(text: &str) {
    if canonical_string(text).is_some_and(|canonical| canonical == text) {
        assert_eq!(yaml_1_1(text), Type::Text, "`{}` stands plain", shown(text));
    }
    check(&everywhere(text));
    check(&Value::String(text.to_owned()));
}

/// Characters, those that matter to YAML more often.
fn character() -> impl Strategy<Value = char> {
    prop_oneof![
        4 => proptest::sample::select(" \n\t:#-.?!&*|>'\"%@`{}[],=<~\\\r0123456789_+eExobyntTZaf".chars().collect::<Vec<_>>()),
        2 => proptest::char::range('\0', '\u{FF}'),
        1 => proptest::sample::select("\u{85}\u{A0}\u{2028}\u{2029}\u{202E}\u{3000}\u{FEFF}\u{FFFE}\u{FFFF}\u{FDD0}\u{1FFFF}😀".chars().collect::<Vec<_>>()),
        2 => any::<char>(),
    ]
}

fn string() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::collection::vec(character(), 0..24).prop_map(String::from_iter),
        // Lines, most of them such as a block can carry.
        proptest::collection::vec("[ \t]{0,2}[ab:#\\-|\t ]{0,4}[ab]?", 1..6).prop_map(|lines| lines.join("\n")),
        // Nearly numbers and dates.
        "[-+._]?[0-9._:+\\-eExobTtZz ]{1,10}",
        any::<String>(),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1000_i64..1000).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-1e6..1e6).prop_map(Value::from),
        string().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((string(), inner), 0..5)
                .prop_map(|entries| Value::Object(Map::from_iter(entries))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_string_survives(text in string()) {
        check_string(&text);
    }

    #[test]
    fn any_data_survives(value in value()) {
        check(&value);
    }

    #[test]
    fn comments_hide_nothing(text in string(), value in string()) {
        let mut emitter = super::Emitter::new();
        emitter.comment(&text);
        emitter.begin_document();
        emitter.string(&value);
        let yaml = emitter.into_string();
        prop_assert_eq!(serde(&yaml), Value::String(value.clone()));
        prop_assert_eq!(saphyr(&yaml), [Value::String(value)]);
    }
}

#[test]
fn difficult_strings_survive() {
    for text in difficult() {
        check_string(&text);
    }
}

#[test]
fn every_character_survives() {
    // Of the supplementary planes, the edges.
    let near_edge = |c: &char| u32::from(*c) <= 0xFFFF || (u32::from(*c) + 0x20) & 0xFFFF < 0x40;
    let all: Vec<char> = ('\0'..=char::MAX).filter(near_edge).collect();
    // Many to a document, or this would take minutes.
    for some in all.chunks(4096) {
        let apart = some.iter().map(|c| Value::from(format!("{c}"))).collect();
        let inside = some.iter().map(|c| Value::from(format!("a{c}b"))).collect();
        let lines = some.iter().map(|c| Value::from(format!("a\n{c}b\n"))).collect();
        let keys = some.iter().map(|c| (c.to_string(), Value::Null)).collect();
        check(&Value::Array(vec![apart, inside, lines, Value::Object(keys)]));
    }
}

#[test]
fn pseudo_random_data_survives() {
    let mut random = Random(1);
    for _ in 0..500 {
        check_string(&random.string());
        check(&random.value(4));
    }
}
