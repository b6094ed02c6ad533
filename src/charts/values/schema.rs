//! The JSON Schemas of a chart and of those in it, over the values that they get.

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use super::coalesce::is_enabled;
use super::{Subject, dotted};
use crate::charts::contents::Chart;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, listed, nearest};

/// Adds what the schemas have against `values`, which are ours over the chart's defaults.
pub(super) fn check(subject: &Subject<'_>, values: &Value, found: &mut Diagnostics) {
    walk(subject, subject.chart, values, &mut Vec::new(), found);
}

fn walk(subject: &Subject<'_>, chart: &Chart, values: &Value, path: &mut Vec<String>, found: &mut Diagnostics) {
    let remark = |text: String| {
        subject.place(Diagnostic::warning(Code::ChartNotCached, text), &[], "").note("the rest was checked")
    };
    found.extend(
        chart.problems.iter().map(|problem| remark(format!("`{}` can't be checked as a whole: {problem}", chart.name))),
    );
    if let Some(schema) = &chart.schema {
        let (schema, remote) = without_remote(schema);
        match jsonschema::options().build(&schema) {
            Ok(validator) => found.extend(violations(subject, &validator, &schema, values, path)),
            Err(error) => {
                found.push(remark(format!("the schema of `{}` can't be used: {}", chart.name, error.masked())));
            }
        }
        if !remote.is_empty() {
            let addresses = listed(&remote);
            found.push(remark(format!(
                "the schema of `{}` refers to others that are not fetched: {addresses}",
                chart.name
            )));
        }
    }
    for dependency in chart.dependencies.iter().filter(|dependency| is_enabled(dependency, values)) {
        let (Some(below), Some(given)) = (chart.charts.get(&dependency.name), values.get(&dependency.key)) else {
            continue;
        };
        path.push(dependency.key.clone());
        if given.is_object() {
            walk(subject, below, given, path, found);
        } else {
            let message =
                format!("`{}` must be a map: it holds the values of the chart `{}`", dotted(path), below.name);
            found.push(subject.place(Diagnostic::error(Code::ChartValues, message), path, ""));
        }
        path.pop();
    }
}

fn violations(
    subject: &Subject<'_>,
    validator: &Validator,
    schema: &Value,
    values: &Value,
    above: &[String],
) -> Vec<Diagnostic> {
    let of_error = |error: ValidationError<'_>| {
        let pointer = error.instance_path().to_string();
        let inside = pointer.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~"));
        let path: Vec<String> = above.iter().cloned().chain(inside).collect();
        let name = if path.is_empty() { "the top of the values".to_owned() } else { format!("`{}`", dotted(&path)) };
        let wrong = |message: String, path: &[String]| {
            subject.place(Diagnostic::error(Code::ChartValues, message), path, "the chart's schema refuses this")
        };
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                let known = siblings(schema, &error.schema_path().to_string());
                let of_key = |key: &String| {
                    let path: Vec<_> = path.iter().chain([key]).cloned().collect();
                    let near = nearest(key, known.iter().map(String::as_str));
                    let found = wrong(format!("the chart takes no key `{}`", dotted(&path)), &path);
                    match near {
                        Some(near) => found.help(format!("did you mean `{near}`?")),
                        None => found,
                    }
                };
                unexpected.iter().map(of_key).collect()
            }
            ValidationErrorKind::Required { property } => {
                let property = property.as_str().unwrap_or_default();
                vec![wrong(format!("{name} needs the key `{property}`"), &path)]
            }
            // The value itself is not repeated: it may be a whole tree.
            _ => vec![wrong(format!("{name}: {}", error.masked_with("the value")), &path)],
        }
    };
    validator.iter_errors(values).flat_map(of_error).collect()
}

/// The keys that a schema names beside the keyword at `path`.
fn siblings(schema: &Value, path: &str) -> Vec<String> {
    let parent = path.rsplit_once('/').and_then(|(parent, _)| schema.pointer(parent));
    let properties = parent.and_then(|parent| parent.get("properties")?.as_object());
    properties.into_iter().flat_map(|properties| properties.keys().cloned()).collect()
}

/// The schema with every reference to another file replaced by one that allows everything, and the addresses of those.
fn without_remote(schema: &Value) -> (Value, Vec<String>) {
    let own = schema.get("$id").or_else(|| schema.get("id")).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut schema = schema.clone();
    let mut remote = Vec::new();
    cut(&mut schema, own.trim_end_matches('#'), &mut remote);
    remote.sort();
    remote.dedup();
    (schema, remote)
}

fn cut(schema: &mut Value, own: &str, remote: &mut Vec<String>) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get("$ref") {
                let (address, _) = reference.split_once('#').unwrap_or((reference, ""));
                if !address.is_empty() && address != own {
                    remote.push(address.to_owned());
                    *schema = Value::Bool(true);
                    return;
                }
            }
            map.values_mut().for_each(|value| cut(value, own, remote));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| cut(item, own, remote)),
        _ => {}
    }
}
