//! What the schema of the values knows about one value path, and which other values it allows there.

use serde_json::{Value, json};

use crate::model;
use crate::templates::Keys;

/// The longest text that is changed letter by letter; of a longer one only the ends.
const LONGEST: usize = 200;

/// The part of `schema` that a value at `keys` has to follow; `None` where it has no such place, or leaves it free.
pub(super) fn at<'s>(schema: &'s Value, keys: &[String]) -> Option<&'s Value> {
    keys.iter().try_fold(schema, |schema, key| {
        let named = schema.get("properties").and_then(|properties| properties.get(key));
        let items = || schema.get("items").filter(|_| key.parse::<usize>().is_ok());
        named.or_else(|| schema.get("additionalProperties").filter(|any| any.is_object())).or_else(items)
    })
}

/// Whether anything may stand below.
fn is_free_map(schema: &Value) -> bool {
    schema.get("type").is_some_and(|kind| kind == "object")
        && schema.get("properties").is_none()
        && schema.get("additionalProperties").is_none()
}

/// What a value at `schema` has to be, in a word or two: `whole number from 1 to 65535`, `one of nginx, traefik`.
pub(super) fn kind(schema: Option<&Value>, value: Option<&Value>) -> String {
    let text = |name: &str| schema.and_then(|schema| schema.get(name)).and_then(Value::as_str);
    let number = |name: &str| schema.and_then(|schema| schema.get(name)).and_then(Value::as_i64);
    if let Some(names) = schema.and_then(|schema| schema.get("enum")).and_then(Value::as_array) {
        let names: Vec<_> = names.iter().filter_map(Value::as_str).collect();
        return format!("one of {}", names.join(", "));
    }
    match (text("type"), text("format")) {
        (Some("string"), Some(format)) => format!("text ({format})"),
        (Some("string"), None) => "text".to_owned(),
        (Some("boolean"), _) => "true or false".to_owned(),
        (Some("integer"), _) => {
            let low = number("minimum").map(|low| format!(" from {low}")).unwrap_or_default();
            let high = number("maximum").filter(|high| *high < i64::from(u32::MAX));
            format!("whole number{low}{}", high.map(|high| format!(" to {high}")).unwrap_or_default())
        }
        (Some("number"), _) => "number".to_owned(),
        (Some("array"), _) => "list".to_owned(),
        (Some("object"), _) => "map".to_owned(),
        _ => match value {
            Some(Value::Object(_)) => "map",
            Some(Value::Array(_)) => "list",
            Some(Value::Bool(_)) => "true or false",
            Some(Value::Number(_)) => "number",
            _ => "text",
        }
        .to_owned(),
    }
}

/// Every path of a leaf below `value`: a scalar, an empty map, a list, and what is in the list.
pub(super) fn leaves(value: &Value) -> Vec<Keys> {
    fn collect(value: &Value, path: &mut Keys, into: &mut Vec<Keys>) {
        let below: Vec<(String, &Value)> = match value {
            Value::Object(map) if !map.is_empty() => map.iter().map(|(key, value)| (key.clone(), value)).collect(),
            Value::Array(items) => {
                into.push(path.clone());
                items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect()
            }
            _ => {
                into.push(path.clone());
                return;
            }
        };
        for (key, value) in below {
            path.push(key);
            collect(value, path, into);
            path.pop();
        }
    }
    let mut into = Vec::new();
    collect(value, &mut Keys::new(), &mut into);
    into
}

/// Other values for the place that holds `now`, likely ones first. The types may still refuse one.
/// `values` are all values: names that stand there as keys are what references can be changed to.
pub(super) fn alternatives(schema: Option<&Value>, now: &Value, whole: &Value, values: &Value) -> Vec<Value> {
    let get = |name: &str| schema.and_then(|schema| schema.get(name));
    if let Some(names) = get("enum").and_then(Value::as_array) {
        return names.iter().filter(|name| *name != now && !name.is_null()).cloned().collect();
    }
    match now {
        Value::Bool(now) => vec![json!(!now)],
        Value::Number(number) => {
            let Some(now) = number.as_i64() else { return vec![json!(number.as_f64().unwrap_or_default() + 1.0)] };
            let (low, high) = (get("minimum").and_then(Value::as_i64), get("maximum").and_then(Value::as_i64));
            let near = [now + 1, now - 1, now + 2, now - 2];
            let fits = |number: &i64| low.is_none_or(|low| *number >= low) && high.is_none_or(|high| *number <= high);
            near.into_iter().filter(fits).map(Value::from).collect()
        }
        Value::String(now) => {
            let format = get("format").and_then(Value::as_str);
            let mut texts = format.map(|format| names(whole, values, format)).unwrap_or_default();
            texts.extend(texts_near(now));
            texts.extend(
                get("examples")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .map(str::to_owned),
            );
            let check = format.and_then(|format| model::formats().iter().find(|(name, _)| *name == format));
            texts.retain(|text| text != now && check.is_none_or(|(_, check)| check(text).is_ok()));
            texts.into_iter().map(Value::from).collect()
        }
        Value::Array(items) if items.is_empty() => {
            get("items").and_then(example).map(|item| json!([item])).into_iter().collect()
        }
        // Without its last item; and a list of one also with that item twice.
        Value::Array(items) => {
            let (shorter, mut longer) = (items[..items.len() - 1].to_vec(), items.clone());
            longer.extend(items.last().cloned());
            vec![Value::Array(shorter), Value::Array(longer)]
        }
        Value::Object(_) => {
            let free = schema.is_none_or(is_free_map);
            let entry = get("additionalProperties").and_then(example);
            let key = get("propertyNames").and_then(example);
            let key = key.as_ref().and_then(Value::as_str).unwrap_or("example");
            let entry = if free { Some(json!("example")) } else { entry };
            entry.map(|entry| json!({ key: entry })).into_iter().collect()
        }
        // What is not set yet.
        Value::Null => schema.and_then(example).into_iter().collect(),
    }
}

/// A value that `schema` allows, if one can be made up: of a map, what it must have.
pub(super) fn example(schema: &Value) -> Option<Value> {
    let first = |name: &str| schema.get(name).and_then(Value::as_array).and_then(|all| all.first()).cloned();
    let made = || match schema.get("type").and_then(Value::as_str)? {
        "boolean" => Some(json!(true)),
        "integer" => schema.get("minimum").cloned().or(Some(json!(1))),
        "string" => Some(json!("example")),
        "array" => schema.get("items").and_then(example).map(|item| json!([item])),
        "object" => {
            let required = schema.get("required").and_then(Value::as_array);
            let keys = required.into_iter().flatten().filter_map(Value::as_str);
            let entry = |key: &str| Some((key.to_owned(), example(at(schema, &[key.to_owned()])?)?));
            keys.map(entry).collect::<Option<serde_json::Map<_, _>>>().map(Value::Object)
        }
        _ => None,
    };
    first("enum").or_else(|| first("examples")).or_else(made)
}

/// The keys of maps in `values` whose names have the grammar `format`: what a reference of that grammar can mean.
fn names(schema: &Value, values: &Value, format: &str) -> Vec<String> {
    let mut found = Vec::new();
    let Value::Object(map) = values else { return found };
    let is_named = schema.pointer("/propertyNames/format").is_some_and(|name| name == format);
    for (key, value) in map {
        if is_named {
            found.push(key.clone());
        }
        if let Some(below) = at(schema, std::slice::from_ref(key)) {
            found.extend(names(below, value, format));
        }
    }
    found
}

/// Texts that differ from `text` in one letter or digit, or by one more.
fn texts_near(text: &str) -> Vec<String> {
    let next = |character: char| match character {
        '0'..='8' | 'a'..='y' | 'A'..='Y' => char::from_u32(character as u32 + 1),
        '9' => Some('0'),
        'z' => Some('a'),
        'Z' => Some('A'),
        _ => None,
    };
    let places = text.char_indices().rev().filter(|(at, _)| *at < LONGEST || at + LONGEST > text.len());
    let changed = places.filter_map(|(at, character)| {
        let other = next(character)?;
        Some(format!("{}{other}{}", &text[..at], &text[at + character.len_utf8()..]))
    });
    changed.chain([format!("{text}x"), format!("x{text}"), format!("1{text}")]).collect()
}
