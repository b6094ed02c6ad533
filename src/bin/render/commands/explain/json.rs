//! Answers as JSON: docs/json/explain.schema.json describes them.

use serde_json::{Value, json};
use supercargo::explain::{PlaceAnswer, Reached, Role, ValueAnswer, ValueBehind};
use supercargo::pipeline::Origin;
use supercargo::source::Location;

use super::{Answer, Touched};

/// All answers as one document.
pub(super) fn document(answers: &[Answer], affects: bool) -> Value {
    let answers: Vec<Value> = answers
        .iter()
        .map(|answer| match answer {
            Answer::Value { answer, environment, files } => value(answer, environment.as_str(), files, affects),
            Answer::Place(answer) => place(answer),
        })
        .collect();
    json!({ "type": "explain", "version": 1, "answers": answers })
}

fn value(answer: &ValueAnswer, environment: &str, files: &[Touched], affects: bool) -> Value {
    let layers = answer.layers.iter().map(|layer| {
        let mut place = location(&layer.place);
        place["says"] = json!(layer.says);
        place
    });
    let file = |file: &Touched| {
        let reached = answer.reaches.iter().find(|(path, _)| path.as_str() == file.path).map(|(_, reached)| reached);
        let Reached { added_after, goes, appears, unclear, .. } = reached.cloned().unwrap_or_default();
        let mut object = json!({
            "path": format!("out/{environment}/{}", file.path),
            "resources": file.resources,
            "goes": goes,
            "appears": appears,
            "unclear": unclear,
        });
        if !affects {
            object["lines"] =
                file.lines.iter().map(|(line, text)| json!({ "line": line, "text": text })).collect::<Vec<_>>().into();
            object["addedAfter"] = json!(added_after);
        }
        object
    };
    json!({
        "type": "value",
        "environment": environment,
        "path": answer.path,
        "kind": answer.kind,
        "description": answer.description,
        "value": answer.value,
        "isSet": answer.value.is_some(),
        "layers": layers.collect::<Vec<_>>(),
        "tried": answer.tried.iter().map(|(path, value)| json!({ "path": path, "value": value })).collect::<Vec<_>>(),
        "untried": untried(&answer.untried),
        "files": files.iter().map(file).collect::<Vec<_>>(),
    })
}

fn place(answer: &PlaceAnswer) -> Value {
    let origin = match &answer.origin {
        None => Value::Null,
        Some(Origin::Header) => json!({ "kind": "header" }),
        Some(Origin::Overlay(path)) => json!({ "kind": "values", "path": path }),
        Some(Origin::Written(written)) => json!({
            "kind": if written.expression { "expression" } else { "text" },
            "place": location(&written.place),
            "source": written.place.text(),
            "call": written.call.as_ref().map(location),
        }),
    };
    let behind = |value: &ValueBehind| {
        json!({
            "path": value.path,
            "decides": match value.role { Role::Content => "content", Role::Presence => "presence" },
            "value": value.value,
            "place": value.place.as_ref().map(location),
        })
    };
    json!({
        "type": "place",
        "file": answer.file,
        "line": answer.line.as_ref().map(|(line, _)| line),
        "text": answer.line.as_ref().map(|(_, text)| text),
        "field": answer.field,
        "template": answer.template,
        "origin": origin,
        "values": answer.values.iter().map(behind).collect::<Vec<_>>(),
        "untried": untried(&answer.untried),
    })
}

fn untried(all: &[(String, String)]) -> Vec<Value> {
    all.iter().map(|(path, why)| json!({ "path": path, "why": why })).collect()
}

fn location(location: &Location) -> Value {
    let (line, column) = location.line_column();
    json!({ "file": location.source.path(), "line": line, "column": column })
}
