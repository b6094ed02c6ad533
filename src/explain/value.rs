//! The answer about a value path: what it is, who sets it, what it reaches.

use std::collections::BTreeMap;

use serde_json::Value;

use super::effects::{Reached, experiments};
use super::{Explainer, resources_in, schema, shown, value_at};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::layers::path_text;
use crate::source::{Location, Source};
use crate::templates::Keys;
use crate::tree::OutputPath;
use crate::yaml::{Limits, Node, NodeKind, load_one};

/// What is known of a value.
#[derive(Debug, Clone)]
pub struct ValueAnswer {
    /// Its path, as `--set` takes it.
    pub path: String,
    /// What it has to be, in a few words.
    pub kind: String,
    /// What the types say of it; empty where they leave it free.
    pub description: String,
    /// What it is: set, or by default; `None` where it is absent.
    pub value: Option<Value>,
    /// The layers that set it, or parts of it, lowest first. The last one wins.
    pub layers: Vec<LayerSays>,
    /// The files that come out different when it changes.
    pub reaches: BTreeMap<OutputPath, Reached>,
    /// What was put in its place, or in the place of its parts: paths and values.
    pub tried: Vec<(String, Value)>,
    /// What could not be changed by itself, and why.
    pub untried: Vec<(String, String)>,
}

/// What one layer says of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerSays {
    /// Where.
    pub place: Location,
    /// The value as it stands there, on one line; a map as the number of values that it sets.
    pub says: String,
}

/// Answers about the value at `keys`.
///
/// # Errors
/// There is no such value.
pub(super) fn explain(explainer: &Explainer<'_>, keys: &[String]) -> Result<ValueAnswer, Diagnostic> {
    let trial = explainer.trial();
    known(explainer, keys)?;
    let place = schema::at(explainer.schema(), keys);
    let value = value_at(trial.values(), keys);
    let leaves: Vec<Keys> = match value {
        Some(value) => schema::leaves(value).into_iter().map(|below| [keys, &below].concat()).collect(),
        None => vec![keys.to_vec()],
    };
    let mut answer = ValueAnswer {
        path: path_text(keys),
        kind: schema::kind(place, value),
        description: place
            .and_then(|place| place.get("description"))
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        value: value.cloned(),
        layers: trial.inputs().merged.sources.iter().filter_map(|source| says(source, keys)).collect(),
        reaches: BTreeMap::new(),
        tried: Vec::new(),
        untried: Vec::new(),
    };
    for experiment in experiments(trial, explainer.schema(), &leaves, None) {
        let path = path_text(&experiment.keys);
        for (file, reached) in experiment.reached(trial) {
            answer.reaches.entry(file).or_default().merge(reached);
        }
        answer.tried.extend(experiment.tried.into_iter().map(|(to, _)| (path.clone(), to)));
        answer.untried.extend(experiment.refused.map(|problem| (path, problem)));
    }
    Ok(answer)
}

impl ValueAnswer {
    /// The resources of `file` that the value reaches, as `Kind namespace/name`.
    pub fn resources(&self, explainer: &Explainer<'_>, file: &OutputPath) -> Vec<String> {
        let Some(reached) = self.reaches.get(file) else { return Vec::new() };
        let Some(text) = explainer.trial().text(file.as_str()) else { return Vec::new() };
        let found = resources_in(text).into_iter().filter(|resource| {
            reached.lines.range(resource.lines.clone()).next().is_some()
                || reached.added_after.range(resource.lines.clone()).next().is_some()
        });
        found.map(|resource| resource.to_string()).collect()
    }
}

/// Whether the types, or what is set, have a value at `keys`; a path that nobody knows comes with the nearest one.
fn known(explainer: &Explainer<'_>, keys: &[String]) -> Result<(), Diagnostic> {
    let (whole, values) = (explainer.schema(), explainer.trial().values());
    for (length, key) in keys.iter().enumerate() {
        let above = &keys[..length];
        let place = schema::at(whole, above);
        let there = value_at(values, &keys[..=length]).is_some();
        let properties = place.and_then(|place| place.get("properties")).and_then(Value::as_object);
        if there || properties.is_some_and(|properties| properties.contains_key(key)) {
            continue;
        }
        let names: Vec<String> = match (properties, value_at(values, above)) {
            (Some(properties), _) => properties.keys().cloned().collect(),
            (None, Some(Value::Object(map))) => map.keys().cloned().collect(),
            (None, Some(Value::Array(items))) => (0..items.len()).map(|index| index.to_string()).collect(),
            _ => Vec::new(),
        };
        let place = if above.is_empty() { "the values".to_owned() } else { format!("`{}`", path_text(above)) };
        let environment = &explainer.trial().inputs().environment;
        let unknown = Diagnostic::error(Code::UnknownPlace, format!("there is no `{key}` in {place} of {environment}"));
        return Err(match nearest(key, names.iter().map(String::as_str)) {
            Some(name) => {
                let mut path = above.to_vec();
                path.push(name.to_owned());
                path.extend_from_slice(&keys[length + 1..]);
                unknown.help(format!("did you mean `{}`?", path_text(&path)))
            }
            None if names.is_empty() => unknown.help("`render schema` lists every key with its meaning"),
            None => unknown.help(format!("there are: {}", names.join(", "))),
        });
    }
    Ok(())
}

/// What the layer `source` says at `keys`, or of what holds it by removing that.
fn says(source: &std::sync::Arc<Source>, keys: &[String]) -> Option<LayerSays> {
    let root = load_one(source, Limits::default()).ok()?;
    let mut node = &root;
    for key in keys {
        node = node.child(key)?;
        if node.is_null() {
            break;
        }
    }
    let (place, says) = match &node.kind {
        _ if node.is_null() => (node.location.clone(), "null, which removes it".to_owned()),
        NodeKind::Scalar(scalar) => (node.location.clone(), shown(&scalar.text)),
        NodeKind::Seq(_) => (node.location.clone(), shown(&flow(node))),
        NodeKind::Map(_) => {
            let place = crate::yaml::locate_key(&root, keys).unwrap_or_else(|| node.location.clone());
            (place, count(leaves(node), "value"))
        }
    };
    Some(LayerSays { place, says })
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn leaves(node: &Node) -> usize {
    match &node.kind {
        NodeKind::Map(map) => map.values().map(|entry| leaves(&entry.value)).sum(),
        _ => 1,
    }
}

/// A list on one line.
fn flow(node: &Node) -> String {
    match &node.kind {
        NodeKind::Scalar(scalar) => scalar.text.clone(),
        NodeKind::Seq(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        NodeKind::Map(map) => {
            let entries = map.iter().map(|(key, entry)| format!("{key}: {}", flow(&entry.value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}
