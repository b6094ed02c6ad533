//! Helm values held to their chart: what its schema allows, and which keys it knows.
//!
//! Helm checks the schema when it installs, which is late, and passes over a key that no template reads without a word.
//! What a chart knows is what its `values.yaml` sets, or shows in a comment, and what its schema names. Where a chart
//! leaves room for keys of the user's own (an empty map, labels, the data of a `ConfigMap`), any key is right.

mod coalesce;
mod schema;
mod unknown;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::contents::{Chart, data};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{Location, Source};
use crate::yaml::{Limits, Node, load_one, locate_key};

/// Helm values as they are rendered.
#[derive(Debug, Clone)]
pub struct ValuesFile<'a> {
    /// The text, under its path from the project's root.
    pub source: Arc<Source>,
    /// The template that made it.
    pub template: &'a str,
    /// The section of the values that asks for the chart, whose `values` go over what the template makes.
    pub section: &'a str,
}

/// Everything that `chart` has to say against the values in `file`.
pub fn check(chart: &Chart, file: &ValuesFile<'_>) -> Diagnostics {
    let ours = match load_one(&file.source, Limits::default()) {
        Ok(ours) => ours,
        Err(found) => return found.into(),
    };
    let subject = Subject { chart, file, ours: &ours };
    let values = coalesce::coalesce(chart, &data(&ours));
    let mut found = Diagnostics::new();
    schema::check(&subject, &values, &mut found);
    // A key that the schema refuses is not reported for being unknown as well.
    let refused: BTreeSet<_> =
        found.iter().filter_map(|item| item.primary.as_ref()).map(|label| label.location.clone()).collect();
    unknown::check(&subject, &refused, &mut found);
    found.finish()
}

/// One set of values and its chart, for speaking about them.
struct Subject<'a> {
    chart: &'a Chart,
    file: &'a ValuesFile<'a>,
    ours: &'a Node,
}

impl Subject<'_> {
    /// Adds to a finding where it shows and what made the text there.
    fn place(&self, found: Diagnostic, path: &[String], text: &str) -> Diagnostic {
        let found = match self.key(path) {
            Some(location) => found.at(location, text),
            None => found.in_file(self.file.source.path()),
        };
        let Self { chart, file, .. } = self;
        found
            .note(format!("the chart is {} {}", chart.name, chart.version))
            .help(format!("correct `{}.values`, or {}", file.section, file.template))
    }

    /// The place of our key at `path`, or of the nearest one above it.
    fn key(&self, path: &[String]) -> Option<Location> {
        locate_key(self.ours, path)
    }
}

/// A path of keys as messages write it.
fn dotted(path: &[String]) -> String {
    path.join(".")
}

#[cfg(test)]
mod tests;
