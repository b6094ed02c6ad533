//! What a chart says of itself: its name, its default values, the schema of values, its dependencies.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::archive::{ArchiveError, Files, unpack};
use crate::source::Source;
use crate::yaml::{Limits, Map, Node, NodeKind, load_one, resolve_plain};

/// A chart with the charts in it.
#[derive(Debug)]
pub struct Chart {
    /// Its name.
    pub name: String,
    /// Its version, as it writes it.
    pub version: String,
    /// The text of its `values.yaml`, comments included.
    pub text: Arc<Source>,
    /// Its default values; none where they can't be read.
    pub defaults: Option<Node>,
    /// The JSON Schema that it holds values to, where it has one.
    pub schema: Option<Value>,
    /// Charts that it needs, in its own order.
    pub dependencies: Vec<Dependency>,
    /// Those of them that are in the archive, by name.
    pub charts: BTreeMap<String, Chart>,
    /// What of it can't be read, and so is not checked.
    pub problems: Vec<String>,
}

/// A chart that another one needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// Its name.
    pub name: String,
    /// The key that its values stand under: its alias, or its name.
    pub key: String,
    /// Paths in the values that switch it on or off; the first that is set decides.
    pub conditions: Vec<Vec<String>>,
    /// Groups that it belongs to, which are switched together.
    pub tags: Vec<String>,
}

impl Chart {
    /// The chart of an archive.
    ///
    /// # Errors
    /// The archive can't be used, or does not say what it holds.
    pub fn from_archive(archive: &[u8]) -> Result<Self, ArchiveError> {
        Self::from_files(&unpack(archive)?)
    }

    /// The chart that these files are of.
    ///
    /// # Errors
    /// It does not say what it is.
    pub fn from_files(files: &Files) -> Result<Self, ArchiveError> {
        let text = |path: &str| files.get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let read = |path: &str| -> Result<Option<Node>, ArchiveError> {
            let Some(text) = text(path) else { return Ok(None) };
            let read = load_one(&Source::new(path, text), Limits::default());
            read.map(Some).map_err(|found| ArchiveError::Contents(path.to_owned(), found.message))
        };
        let about = read("Chart.yaml")?.ok_or(ArchiveError::NoChart)?;
        let field = |key: &str| {
            let missing = || ArchiveError::Contents("Chart.yaml".to_owned(), format!("it has no `{key}`"));
            scalar(&about, key).ok_or_else(missing)
        };
        let (name, version) = (field("name")?, field("version")?);
        // Charts of the first format name their dependencies in a file of their own.
        let requirements = read("requirements.yaml")?;
        let dependencies = [Some(&about), requirements.as_ref()].into_iter().flatten().flat_map(dependencies).collect();
        let mut problems = Vec::new();
        let source = Source::new("values.yaml", text("values.yaml").unwrap_or_default());
        let defaults = load_one(&source, Limits::default());
        let defaults = defaults.map_err(|found| problems.push(format!("its values.yaml: {}", found.message))).ok();
        let schema = files.get("values.schema.json").and_then(|bytes| {
            let schema = serde_json::from_slice(bytes);
            schema.map_err(|error| problems.push(format!("its values.schema.json: {error}"))).ok()
        });
        let mut charts = BTreeMap::new();
        for (folder, files) in nested(files) {
            match files.and_then(|files| Self::from_files(&files)) {
                Ok(chart) => {
                    charts.insert(chart.name.clone(), chart);
                }
                Err(error) => problems.push(format!("the chart in charts/{folder}: {error}")),
            }
        }
        Ok(Self { name, version, text: source, defaults, schema, dependencies, charts, problems })
    }

    /// Its default values as plain data.
    pub fn default_data(&self) -> Value {
        self.defaults.as_ref().map_or_else(|| Value::Object(serde_json::Map::new()), data)
    }
}

fn scalar(node: &Node, key: &str) -> Option<String> {
    Some(node.child(key)?.as_scalar()?.text.clone())
}

fn dependencies(about: &Node) -> Vec<Dependency> {
    let list = about.child("dependencies").and_then(Node::as_seq).unwrap_or_default();
    let dependency = |node: &Node| {
        let name = scalar(node, "name")?;
        let conditions = scalar(node, "condition").unwrap_or_default();
        let conditions = conditions.split(',').map(str::trim).filter(|condition| !condition.is_empty());
        let tags = node.child("tags").and_then(Node::as_seq).unwrap_or_default();
        Some(Dependency {
            key: scalar(node, "alias").unwrap_or_else(|| name.clone()),
            conditions: conditions.map(|condition| condition.split('.').map(str::to_owned).collect()).collect(),
            tags: tags.iter().filter_map(|tag| Some(tag.as_scalar()?.text.clone())).collect(),
            name,
        })
    };
    list.iter().filter_map(dependency).collect()
}

/// The files of each chart below `charts/`, which stand there in folders or as archives.
fn nested(files: &Files) -> BTreeMap<String, Result<Files, ArchiveError>> {
    let mut folders: BTreeMap<String, Result<Files, ArchiveError>> = BTreeMap::new();
    for (path, bytes) in files {
        let Some(below) = path.strip_prefix("charts/") else { continue };
        match below.split_once('/') {
            Some((folder, rest)) => {
                let files = folders.entry(folder.to_owned()).or_insert_with(|| Ok(Files::new()));
                if let Ok(files) = files {
                    files.insert(rest.to_owned(), bytes.clone());
                }
            }
            None => {
                folders.insert(below.to_owned(), unpack(bytes));
            }
        }
    }
    folders
}

/// A document as plain data, as Helm reads it: a number that readers disagree about is text here.
pub(super) fn data(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Scalar(scalar) if scalar.plain => match resolve_plain(&scalar.text) {
            Ok(resolved) => resolved.data(&scalar.text),
            Err(_) => Value::String(scalar.text.clone()),
        },
        NodeKind::Scalar(scalar) => Value::String(scalar.text.clone()),
        NodeKind::Seq(items) => Value::Array(items.iter().map(data).collect()),
        NodeKind::Map(map) => Value::Object(map_data(map)),
    }
}

fn map_data(map: &Map) -> serde_json::Map<String, Value> {
    map.iter().map(|(key, entry)| (key.clone(), data(&entry.value))).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::super::archive::pack;
    use super::*;

    fn files(entries: &[(&str, &str)]) -> Files {
        entries.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn charts_in_charts_are_found_in_folders_and_archives() {
        let mut all = files(&[
            (
                "Chart.yaml",
                "name: a\nversion: 1.10\ndependencies:\n- {name: b, alias: under, condition: 'under.enabled, x.y'}\n",
            ),
            ("requirements.yaml", "dependencies: [{name: c, tags: [extra]}]"),
            ("charts/b/Chart.yaml", "{name: b, version: 2.0.0}"),
            ("charts/b/values.yaml", "deep: 1"),
            ("charts/d/values.yaml", "no: chart"),
        ]);
        all.insert("charts/c-1.0.0.tgz".into(), pack("c", &files(&[("Chart.yaml", "{name: c, version: 3.0.0}")])));
        let chart = Chart::from_archive(&pack("a", &all)).unwrap();
        assert_eq!((chart.name.as_str(), chart.version.as_str()), ("a", "1.10"));
        let keys: Vec<_> = chart.dependencies.iter().map(|dependency| dependency.key.as_str()).collect();
        assert_eq!(keys, ["under", "c"]);
        assert_eq!(chart.dependencies[0].conditions, [["under", "enabled"], ["x", "y"]]);
        assert_eq!(chart.dependencies[1].tags, ["extra"]);
        assert_eq!(chart.charts.keys().collect::<Vec<_>>(), ["b", "c"]);
        assert_eq!(chart.problems, ["the chart in charts/d: it has no Chart.yaml"]);
    }

    #[test]
    fn what_cannot_be_read_is_said_and_the_rest_is_used() {
        let all = files(&[
            ("Chart.yaml", "{name: a, version: 1.0.0}"),
            ("values.yaml", "a: [\n"),
            ("values.schema.json", "{"),
        ]);
        let chart = Chart::from_files(&all).unwrap();
        assert_eq!(chart.problems.len(), 2);
        assert!(chart.defaults.is_none() && chart.schema.is_none());
        let nameless = files(&[("Chart.yaml", "version: 1.0.0")]);
        let refused = Chart::from_files(&nameless).unwrap_err().to_string();
        assert_eq!(refused, "its Chart.yaml can't be read: it has no `name`");
    }
}
