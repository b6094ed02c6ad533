//! Which charts an environment pins, and where its values say so.

use std::fmt;

use serde_json::Value;

use crate::model::Values;
use crate::source::Location;
use crate::yaml::{Node, locate};

/// One version of one chart in one repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// The chart's name in its repository.
    pub name: String,
    /// `https://…` for a repository with an index, `oci://…` for a registry; without a slash at its end.
    pub repository: String,
    /// The exact version, as the values write it.
    pub version: String,
}

impl Reference {
    /// A chart as its parts name it.
    pub fn new(repository: &str, name: &str, version: &str) -> Self {
        let repository = repository.trim_end_matches('/').to_owned();
        Self { name: name.to_owned(), repository, version: version.to_owned() }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

/// A chart that an environment installs.
#[derive(Debug, Clone)]
pub struct Pin {
    /// The environment.
    pub environment: String,
    /// The chart.
    pub reference: Reference,
    /// The section of the values that asks for it: `services.certManager` or `charts.podinfo`.
    pub section: String,
    /// Where its Helm values are rendered, below `out/<env>/`; none for a chart that a service has besides its own.
    pub values: Option<String>,
    /// Where the values pin its version.
    pub at: Location,
}

/// Every chart that an environment installs, in the order of its values. `root` are its merged layers.
pub fn pins(environment: &str, values: &Values, root: &Node) -> Vec<Pin> {
    let pin = |reference: Reference, path: &[&str], section: String, values: Option<String>| Pin {
        environment: environment.to_owned(),
        reference,
        section,
        values,
        at: locate(root, path),
    };
    let mut found = Vec::new();
    for (name, service) in values.services.iter() {
        let section = format!("services.{}", service.key);
        let chart = service.chart();
        let own = Reference::new(chart.repository.as_str(), chart.name.as_str(), chart.version.as_str());
        let path = ["services", service.key, "chart", "version"];
        found.push(pin(own, &path, section.clone(), Some(format!("services/{name}/values.yaml"))));
        // Charts besides its own, such as one of CRDs, stand in keys of the service.
        let Value::Object(fields) = service.to_value() else { continue };
        for (key, field) in fields.iter().filter(|(key, _)| *key != "chart" && *key != "values") {
            if let Some(reference) = further(field) {
                let path = ["services", service.key, key, "version"];
                found.push(pin(reference, &path, format!("{section}.{key}"), None));
            }
        }
    }
    for (name, chart) in values.charts.iter().filter(|(_, chart)| chart.enabled) {
        let reference = Reference::new(chart.repository.as_str(), chart.chart.as_str(), chart.version.as_str());
        let path = ["charts", name.as_str(), "version"];
        found.push(pin(reference, &path, format!("charts.{name}"), Some(format!("charts/{name}/values.yaml"))));
    }
    found
}

/// The chart that a field of a service names, if it names one.
fn further(field: &Value) -> Option<Reference> {
    let text = |key: &str| field.get(key).and_then(Value::as_str);
    Some(Reference::new(text("repository")?, text("name")?, text("version")?))
}
