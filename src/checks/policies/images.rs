//! The images that a document names: of containers and steps, and those that a kustomization puts in their place.

use serde_json::Value;

use super::judged::Judged;
use crate::checks::subject::at;

/// An image as a document names it.
#[derive(Debug)]
pub(super) struct Image<'a> {
    /// The name, with tag and digest.
    pub(super) name: String,
    /// Who runs it, as messages say it.
    pub(super) user: String,
    /// The way to where it stands.
    pub(super) path: Vec<String>,
    /// What a kustomization changes of it, if that is where it stands.
    pub(super) change: Option<&'a Value>,
}

impl Image<'_> {
    /// Whether its digest says exactly which image is meant.
    pub(super) fn has_digest(&self) -> bool {
        let hex = self.name.split_once("@sha256:").map_or("", |(_, hex)| hex);
        hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
    }

    /// Its tag; empty if it has none. A colon before the last slash belongs to the registry's port.
    pub(super) fn tag(&self) -> &str {
        let name = self.name.split('@').next().unwrap_or_default();
        let last = name.rsplit('/').next().unwrap_or_default();
        last.split_once(':').map_or("", |(_, tag)| tag)
    }
}

/// The images that `judged` names. A variable of Tekton stands for the default of its parameter, if that is here.
pub(super) fn of<'a>(judged: &Judged<'a>) -> Vec<Image<'a>> {
    if judged.kind() == "Kustomization" {
        return of_kustomization(judged.data);
    }
    let containers = judged.pods().iter().flat_map(|pod| &pod.containers);
    let named = containers.filter_map(|container| {
        let name = container.at(&["image"]).as_str()?;
        let user = format!("`{}` of {}", container.name(), judged.shown());
        match parameter(name) {
            Some(parameter) => default_of(judged.data, parameter, user),
            None if name.contains("$(") => None,
            None => {
                let path = container.to(&["image"]);
                Some(Image { name: name.to_owned(), user, path, change: None })
            }
        }
    });
    named.collect()
}

/// The parameter that `name` is nothing but.
fn parameter(name: &str) -> Option<&str> {
    name.strip_prefix("$(params.")?.strip_suffix(')').filter(|rest| !rest.contains('$'))
}

fn default_of<'a>(task: &'a Value, parameter: &str, user: String) -> Option<Image<'a>> {
    let params = at(task, &["spec", "params"])?.as_array()?;
    let (index, param) = params.iter().enumerate().find(|(_, param)| param["name"] == parameter)?;
    let name = param.get("default")?.as_str()?.to_owned();
    let path = ["spec", "params", &index.to_string(), "default"].map(str::to_owned).into();
    Some(Image { name, user, path, change: None })
}

/// What a kustomization says about images, where it says which tag or digest they get.
fn of_kustomization(data: &Value) -> Vec<Image<'_>> {
    let images = data.get("images").and_then(Value::as_array).into_iter().flatten().enumerate();
    let said = images.filter_map(|(index, change)| {
        let text = |key: &str| change.get(key).and_then(Value::as_str);
        let name = text("newName").or(text("name"))?;
        let (tag, digest) = (text("newTag"), text("digest"));
        // Without either it keeps what the base says, which is not known here.
        let key = if digest.is_some() { "digest" } else { tag.map(|_| "newTag")? };
        let tag = tag.map(|tag| format!(":{tag}")).unwrap_or_default();
        let digest = digest.map(|digest| format!("@{digest}")).unwrap_or_default();
        let path = ["images", &index.to_string(), key].map(str::to_owned).into();
        Some(Image {
            name: format!("{name}{tag}{digest}"),
            user: "the kustomization".to_owned(),
            path,
            change: Some(change),
        })
    });
    said.collect()
}
