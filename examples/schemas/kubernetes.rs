//! Kubernetes' published `OpenAPI`, cut into one self-contained schema for each kind.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use supercargo::schemas::crd::{State, lean};

use crate::Failed;
use crate::choices;
use crate::pack::{Kind, Pack};

/// Keys of the definitions that no check uses.
const UNUSED: [&str; 6] = [
    "x-kubernetes-group-version-kind",
    "x-kubernetes-patch-merge-key",
    "x-kubernetes-patch-strategy",
    "x-kubernetes-map-type",
    "x-kubernetes-unions",
    "description",
];

/// What goes over the wire, or answers a question, and is never kept in a file.
const TRANSIENT: [&str; 5] = ["DeleteOptions", "WatchEvent", "Status", "APIVersions", "APIGroup"];

const PREFIX: &str = "#/definitions/";

/// The metadata of every object, which custom resources have, too.
const METADATA: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/// Adds every kind of the `OpenAPI` `text`.
pub(crate) fn add(pack: &mut Pack, minor: u32, text: &str) -> Result<(), Failed> {
    let openapi: Value = serde_json::from_str(text)?;
    let definitions = openapi["definitions"].as_object().ok_or("the OpenAPI has no definitions")?;
    let mut leaned: Map<String, Value> =
        definitions.iter().map(|(name, definition)| (name.clone(), without_hints(&lean(definition)))).collect();
    choices::insert(&mut leaned)?;
    let mut add = |group: &str, version: &str, kind: &str, name: &str| {
        pack.add(Kind {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
            minor: Some(minor),
            state: State::Served,
            rules: 0,
            source: "kubernetes".to_owned(),
            schema: closed(name, &leaned),
        });
    };
    for (name, definition) in definitions {
        let kinds = definition["x-kubernetes-group-version-kind"].as_array().into_iter().flatten();
        for kind in kinds {
            let text = |key: &str| kind[key].as_str().unwrap_or_default();
            let is_list = text("kind").ends_with("List") && definition["properties"].get("items").is_some();
            if !is_list && !TRANSIENT.contains(&text("kind")) {
                add(text("group"), text("version"), text("kind"), name);
            }
        }
    }
    add("", "", "ObjectMeta", METADATA);
    Ok(())
}

/// `schema` without what only clients that merge need.
fn without_hints(schema: &Value) -> Value {
    match schema {
        Value::Object(keywords) => {
            let kept = keywords.iter().filter(|(keyword, value)| {
                // A property may have the name of a hint; its value is a schema then, and no hint is.
                !UNUSED.contains(&keyword.as_str()) || value.is_object()
            });
            kept.map(|(keyword, value)| (keyword.clone(), without_hints(value))).collect()
        }
        Value::Array(items) => items.iter().map(without_hints).collect(),
        other => other.clone(),
    }
}

/// The schema `name` with all that it refers to.
fn closed(name: &str, definitions: &Map<String, Value>) -> Value {
    let mut names = BTreeSet::new();
    let mut open = vec![name.to_owned()];
    while let Some(name) = open.pop() {
        if let Some(definition) = definitions.get(&name)
            && names.insert(name)
        {
            references(definition, &mut open);
        }
    }
    let used: Map<String, Value> = names.into_iter().map(|name| (name.clone(), definitions[&name].clone())).collect();
    json!({"$ref": format!("{PREFIX}{name}"), "definitions": used})
}

fn references(schema: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Object(keywords) => {
            let name = keywords.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix(PREFIX));
            found.extend(name.map(str::to_owned));
            keywords.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}
