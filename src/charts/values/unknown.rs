//! Keys that a chart does not know.

mod comments;
mod said;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::coalesce::GLOBAL;
use super::{Subject, dotted};
use crate::charts::contents::Chart;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, nearest};
use crate::source::{Location, Source};
use crate::yaml::{Map, Node};

use comments::shows;
use said::{Said, Schemas};

/// How many places that have the same key a message names.
const PLACES: usize = 3;

/// Adds a warning for each of our keys that the chart does not know, but for those at a place that is in `refused`.
pub(super) fn check(subject: &Subject<'_>, refused: &BTreeSet<Location>, found: &mut Diagnostics) {
    let Some(ours) = subject.ours.as_map() else { return };
    let Some(scope) = Scope::of_chart(subject.chart) else { return };
    let mut walk = Walk { subject, refused, path: Vec::new(), found };
    walk.chart(subject.chart, scope, ours);
}

/// A map of the chart's defaults, and the part of the text that belongs to it.
#[derive(Clone)]
struct Layer<'a> {
    map: &'a Map,
    text: &'a Arc<Source>,
    region: Range<usize>,
}

/// What the chart says of one place: maps of defaults, one over the other, and schemas.
#[derive(Clone)]
struct Scope<'a> {
    layers: Vec<Layer<'a>>,
    schemas: Schemas<'a>,
}

impl<'a> Scope<'a> {
    /// The top of a chart; none where its defaults can't be read, and so nothing is known of its keys.
    fn of_chart(chart: &'a Chart) -> Option<Self> {
        let map = chart.defaults.as_ref()?.as_map()?;
        let layer = Layer { map, text: &chart.text, region: 0..chart.text.text().len() };
        Some(Self { layers: vec![layer], schemas: Schemas::of(chart.schema.as_ref()) })
    }

    /// What stands at `key` in the defaults.
    fn values(&self, key: &str) -> impl Iterator<Item = &'a Node> {
        self.layers.iter().filter_map(move |layer| Some(&*layer.map.get(key)?.value))
    }

    /// The maps with something in them at `key`.
    fn below(&self, key: &str) -> Vec<Layer<'a>> {
        let of_layer = |layer: &Layer<'a>| {
            let entry = layer.map.get(key)?;
            let map = entry.value.as_map().filter(|map| !map.is_empty())?;
            let start = entry.key.span.range().start;
            // Up to the next key: a merge key brings entries whose places are elsewhere.
            let starts = layer.map.values().map(|entry| entry.key.span.range().start);
            let end = starts.filter(|other| *other > start).min().unwrap_or(layer.region.end);
            Some(Layer { map, text: layer.text, region: start..end.max(start) })
        };
        self.layers.iter().filter_map(of_layer).collect()
    }

    fn is_shown(&self, key: &str) -> bool {
        self.layers.iter().any(|layer| shows(&layer.text.text()[layer.region.clone()], key))
    }

    fn keys(&self) -> Vec<&'a str> {
        let of_defaults = self.layers.iter().flat_map(|layer| layer.map.keys().map(String::as_str));
        of_defaults.chain(self.schemas.keys()).collect()
    }
}

/// Whether a map of the defaults holds keys of its user's own, which the chart only gives examples of.
///
/// Kubernetes has maps of free keys, and such whose keys are its own and not the chart's; both are handed on as they are.
/// `spec` is that of an object of Kubernetes, what holds keys with dots or slashes are labels, files or a `ConfigMap`, and
/// names in capitals are variables.
fn is_free(name: &str, layers: &[Layer<'_>]) -> bool {
    const ENDINGS: [&str; 7] =
        ["nodeselector", "labels", "annotations", "securitycontext", "resources", "affinity", "matchexpressions"];
    let plain = name.to_ascii_lowercase();
    let keys = || layers.iter().flat_map(|layer| layer.map.keys());
    let is_variable = |key: &String| {
        key.len() > 1 && key.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    };
    ENDINGS.iter().any(|ending| plain.ends_with(ending))
        || plain == "spec"
        || is_own(name)
        || keys().any(|key| is_own(key))
        || keys().all(is_variable)
}

/// Whether a key can only be a name of the user's world: no template reads `.Values.a.b/c`.
fn is_own(key: &str) -> bool {
    key.contains(['.', '/'])
}

struct Walk<'a, 'f> {
    subject: &'a Subject<'a>,
    refused: &'f BTreeSet<Location>,
    path: Vec<String>,
    found: &'f mut Diagnostics,
}

impl<'a> Walk<'a, '_> {
    /// Looks at the values that a chart gets.
    fn chart(&mut self, chart: &'a Chart, mut scope: Scope<'a>, ours: &Map) {
        let has_tags = chart.dependencies.iter().any(|dependency| !dependency.tags.is_empty());
        let switches = |key: &str| {
            chart.dependencies.iter().any(|dependency| dependency.conditions.iter().any(|path| path[0] == key))
        };
        for (key, entry) in ours {
            // Every chart below reads these, and templates of any of them.
            if key == GLOBAL && !chart.dependencies.is_empty() || key == "tags" && has_tags {
                continue;
            }
            let Some(dependency) = chart.dependencies.iter().find(|dependency| dependency.key == *key) else {
                if !switches(key) || scope.values(key).next().is_some() {
                    self.key(&mut scope, key, &entry.key, &entry.value);
                }
                continue;
            };
            // A chart that is not in the archive may know anything.
            let Some(below) = chart.charts.get(&dependency.name) else { continue };
            let (Some(inner), Some(ours)) = (Scope::of_chart(below), entry.value.as_map()) else { continue };
            let mut layers = scope.below(key);
            layers.extend(inner.layers);
            self.path.push(key.clone());
            self.chart(below, Scope { layers, schemas: inner.schemas }, ours);
            self.path.pop();
        }
    }

    fn key(&mut self, scope: &mut Scope<'a>, key: &str, at: &Location, ours: &Node) {
        self.path.push(key.to_owned());
        let said = scope.schemas.at(key);
        let is_known = scope.values(key).next().is_some();
        if is_known || matches!(said, Said::Known(_)) {
            let layers = scope.below(key);
            let is_open = layers.is_empty() || is_free(key, &layers);
            let schemas = match said {
                Said::Known(schemas) => schemas,
                Said::Free | Said::Nothing => Schemas::of(None),
            };
            if let (false, Some(ours)) = (is_open, ours.as_map()) {
                let mut below = Scope { layers, schemas };
                for (key, entry) in ours {
                    self.key(&mut below, key, &entry.key, &entry.value);
                }
            }
        } else if !matches!(said, Said::Free) && !is_own(key) && !scope.is_shown(key) && !self.refused.contains(at) {
            let found = self.unknown(key, scope);
            self.found.push(found);
        }
        self.path.pop();
    }

    fn unknown(&self, key: &str, scope: &Scope<'_>) -> Diagnostic {
        let message = format!("the chart knows no key `{}`", dotted(&self.path));
        let found = Diagnostic::warning(Code::UnknownChartKey, message);
        let mut found = self.subject.place(found, &self.path, "no template reads this");
        if let Some(near) = nearest(key, scope.keys()) {
            found = found.help(format!("did you mean `{near}`?"));
        }
        let places = same_key(self.subject.chart, key);
        if !places.is_empty() {
            found = found.note(format!("the chart has a key of that name at {}", crate::diagnostic::listed(places)));
        }
        found
    }
}

/// The first places of a chart's defaults that have `key`.
fn same_key(chart: &Chart, key: &str) -> Vec<String> {
    fn search(node: &Node, key: &str, path: &mut Vec<String>, places: &mut Vec<String>) {
        for (name, entry) in node.as_map().into_iter().flatten() {
            if places.len() == PLACES {
                return;
            }
            path.push(name.clone());
            if name == key {
                places.push(dotted(path));
            }
            search(&entry.value, key, path, places);
            path.pop();
        }
    }
    let mut places = Vec::new();
    if let Some(defaults) = &chart.defaults {
        search(defaults, key, &mut Vec::new(), &mut places);
    }
    places
}
