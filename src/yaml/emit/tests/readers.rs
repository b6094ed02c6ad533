//! Two independent readers for what the emitter writes, and the types that YAML 1.1 sees in plain text.

use std::sync::LazyLock;

use regex::Regex;
use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Number, Value};

/// The type that a plain scalar has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Null,
    Bool,
    Int,
    Float,
    Text,
    /// A timestamp, a merge key or a default value: nothing that we ever write.
    Other,
}

/// The expressions of the YAML 1.1 type repository, one per type, as they stand there (white space removed).
static YAML_1_1: LazyLock<Vec<(Type, Regex)>> = LazyLock::new(|| {
    [
        (Type::Null, r"~|null|Null|NULL|"),
        (
            Type::Bool,
            r"y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF",
        ),
        (
            Type::Int,
            r"[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+",
        ),
        (
            Type::Float,
            r"[-+]?([0-9][0-9_]*)?\.[0-9.]*([eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        ),
        (
            Type::Other,
            r"[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]|[0-9][0-9][0-9][0-9]-[0-9][0-9]?-[0-9][0-9]?([Tt]|[ \t]+)[0-9][0-9]?:[0-9][0-9]:[0-9][0-9](\.[0-9]*)?(([ \t]*)Z|[-+][0-9][0-9]?(:[0-9][0-9])?)?|<<|=",
        ),
    ]
    .map(|(kind, pattern)| (kind, Regex::new(&format!("^({pattern})$")).unwrap()))
    .into()
});

/// The expressions of YAML 1.2.2's core schema, section 10.3.2.
static YAML_1_2: LazyLock<Vec<(Type, Regex)>> = LazyLock::new(|| {
    [
        (Type::Null, r"null|Null|NULL|~|"),
        (Type::Bool, r"true|True|TRUE|false|False|FALSE"),
        (Type::Int, r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"),
        (
            Type::Float,
            r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?(\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN",
        ),
    ]
    .map(|(kind, pattern)| (kind, Regex::new(&format!("^({pattern})$")).unwrap()))
    .into()
});

fn resolve(types: &[(Type, Regex)], text: &str) -> Type {
    types.iter().find(|(_, pattern)| pattern.is_match(text)).map_or(Type::Text, |(kind, _)| *kind)
}

/// What a reader of YAML 1.1 takes the plain text for.
pub(super) fn yaml_1_1(text: &str) -> Type {
    resolve(&YAML_1_1, text)
}

/// Reads one document with serde's YAML, whose scanner follows YAML 1.1.
pub(super) fn serde(yaml: &str) -> Value {
    serde_yaml::from_str(yaml).unwrap_or_else(|error| panic!("serde_yaml: {error}\n{yaml}"))
}

/// Reads all documents from saphyr's YAML 1.2 events.
///
/// On the way, each plain scalar has to have the same type in YAML 1.1 and 1.2.
pub(super) fn saphyr(yaml: &str) -> Vec<Value> {
    let mut parser = Parser::new_from_str(yaml);
    let mut next = || match parser.next_event() {
        Some(Ok((event, _))) => event,
        other => panic!("saphyr: {other:?}\n{yaml}"),
    };
    let mut documents = Vec::new();
    assert_eq!(next(), Event::StreamStart);
    loop {
        match next() {
            Event::StreamEnd => return documents,
            Event::DocumentStart(_) => {}
            other => panic!("saphyr: {other:?}\n{yaml}"),
        }
        let first = next();
        documents.push(build(first, &mut next));
        assert_eq!(next(), Event::DocumentEnd);
    }
}

fn build<'a>(event: Event<'a>, next: &mut impl FnMut() -> Event<'a>) -> Value {
    match event {
        Event::Scalar(text, style, 0, None) => scalar(&text, style),
        Event::SequenceStart(0, None) => {
            let mut items = Vec::new();
            loop {
                match next() {
                    Event::SequenceEnd => return items.into(),
                    item => items.push(build(item, next)),
                }
            }
        }
        Event::MappingStart(0, None) => {
            let mut map = Map::new();
            loop {
                let key = match next() {
                    Event::MappingEnd => return map.into(),
                    key => build(key, next),
                };
                let Value::String(key) = key else { panic!("the key {key} is no string") };
                let value = next();
                let earlier = map.insert(key, build(value, next));
                assert_eq!(earlier, None, "a key came twice");
            }
        }
        other => panic!("an event that we never cause: {other:?}"),
    }
}

fn scalar(text: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return text.into();
    }
    let kind = resolve(&YAML_1_2, text);
    assert_eq!(kind, yaml_1_1(text), "YAML 1.1 and 1.2 read `{text}` differently");
    match kind {
        Type::Null => Value::Null,
        Type::Bool => Value::Bool(text.parse().unwrap()),
        Type::Int => Value::Number(text.parse().unwrap()),
        Type::Float => Value::Number(Number::from_f64(text.parse().unwrap()).unwrap()),
        Type::Text => text.into(),
        Type::Other => panic!("`{text}` is something else in YAML 1.1"),
    }
}
