//! The text of a rendered file to documents, each with what it is.

use serde_json::{Map, Value};

use crate::manifest::ResourceId;
use crate::source::Source;
use crate::yaml::{Limits, Node, NodeKind, load_all, resolve_plain};

/// What a document is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Identity {
    /// A Kubernetes object: wherever it stands, it is the same one.
    Resource(ResourceId),
    /// A part of an object, which a kustomization lays over the whole one; told apart by its file, too.
    Patch(String, ResourceId),
    /// Values of a chart, a kustomization, or any other data: the document at this place of the file.
    Data(String, usize),
}

/// One document of a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Document<'t> {
    pub(super) identity: Identity,
    pub(super) path: &'t str,
    pub(super) data: Value,
}

/// The documents of the file `path`; none where the text is no YAML and no JSON, and so has no fields.
pub(super) fn documents<'t>(path: &'t str, text: &str, is_patch: bool) -> Vec<Document<'t>> {
    let parsed = match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("json") => serde_json::from_str(text).map(|value| vec![value]).unwrap_or_default(),
        Some("yaml" | "yml") => {
            let nodes = load_all(&Source::new(path, text), Limits::default()).unwrap_or_default();
            nodes.iter().map(data).collect()
        }
        _ => Vec::new(),
    };
    let identity = |index: usize, value: &Value| match resource_id(value) {
        Some(id) if is_patch => Identity::Patch(path.to_owned(), id),
        Some(id) => Identity::Resource(id),
        None => Identity::Data(path.to_owned(), index),
    };
    let there = parsed.into_iter().enumerate().filter(|(_, value)| !value.is_null());
    there.map(|(index, data)| Document { identity: identity(index, &data), path, data }).collect()
}

/// The files that the kustomization in `text` uses as patches, as it writes them.
pub(super) fn patches(text: &str) -> Vec<String> {
    let found = documents("kustomization.yaml", text, false).into_iter().flat_map(|document| {
        let list = |key: &str| document.data.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
        let named = list("patches").into_iter().filter_map(|patch| patch.get("path").cloned());
        named.chain(list("patchesStrategicMerge")).collect::<Vec<_>>()
    });
    found.filter_map(|path| path.as_str().map(str::to_owned)).collect()
}

/// Which object `value` describes.
fn resource_id(value: &Value) -> Option<ResourceId> {
    let text = |keys: &[&str]| {
        let found = keys.iter().try_fold(value, |value, key| value.get(key))?;
        found.as_str().map(str::to_owned)
    };
    let api_version = text(&["apiVersion"])?;
    Some(ResourceId {
        group: api_version.split_once('/').map_or("", |(group, _)| group).to_owned(),
        kind: text(&["kind"])?,
        namespace: text(&["metadata", "namespace"]),
        name: text(&["metadata", "name"])?,
    })
}

fn data(node: &Node) -> Value {
    match &node.kind {
        // A number that readers disagree about is told by its text.
        NodeKind::Scalar(scalar) if scalar.plain => {
            let text = &scalar.text;
            resolve_plain(text).map_or_else(|_| Value::String(text.clone()), |resolved| resolved.data(text))
        }
        NodeKind::Scalar(scalar) => Value::String(scalar.text.clone()),
        NodeKind::Seq(items) => items.iter().map(data).collect(),
        NodeKind::Map(map) => {
            map.iter().map(|(key, entry)| (key.clone(), data(&entry.value))).collect::<Map<_, _>>().into()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn documents_know_what_they_are() {
        let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n---\n---\na: 0644\n";
        let found = documents("a.yaml", text, false);
        let identities: Vec<_> = found.iter().map(|document| document.identity.clone()).collect();
        let id = ResourceId { group: "apps".into(), kind: "Deployment".into(), namespace: None, name: "web".into() };
        assert_eq!(identities, [Identity::Resource(id.clone()), Identity::Data("a.yaml".into(), 2)]);
        assert_eq!(found[1].data, json!({"a": "0644"}));
        assert_eq!(documents("a.yaml", text, true)[0].identity, Identity::Patch("a.yaml".into(), id));
        assert_eq!(documents("a.json", "{\"a\": 1}", false)[0].data, json!({"a": 1}));
        for (path, text) in [("a.yaml", "a: [\n"), ("a.json", "{"), ("a.sh", "a: 1\n")] {
            assert_eq!(documents(path, text, false), [], "{path}");
        }
    }

    #[test]
    fn a_kustomization_names_its_patches() {
        let text = "kind: Kustomization\npatches:\n- path: a.yaml\n- patch: x\npatchesStrategicMerge: [b.yaml]\n";
        assert_eq!(patches(text), ["a.yaml", "b.yaml"]);
        assert_eq!(patches("a: ["), [] as [String; 0]);
    }
}
