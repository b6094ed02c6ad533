//! A Secret with its data in the clear must never reach the disk: what Git has seen once is known for ever.

use std::borrow::Cow;

use serde_json::Value;

use super::{CheckedFile, shown};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::manifest::Document;

pub(super) fn check(environment: &str, files: &[CheckedFile<'_>], found: &mut Diagnostics) {
    for file in files {
        for name in file.documents.iter().flat_map(plaintext_secrets) {
            found.push(
                Diagnostic::error(Code::PlaintextSecret, format!("Secret `{name}` would be written in the clear"))
                    .in_file(shown(environment, file.path))
                    .note(format!("rendered by {}", file.template))
                    .help("render a SealedSecret, and refer to the Secret that the controller makes of it"),
            );
        }
    }
}

/// The names of the Secrets with data in `document`: itself, or the items of a list as kubectl prints it.
fn plaintext_secrets(document: &Document) -> Vec<String> {
    let text = |path: &[&str]| document.text_at(path).unwrap_or_default();
    if text(&["apiVersion"]) != "v1" {
        return Vec::new();
    }
    match &*text(&["kind"]) {
        "Secret" if document.has(&["data"]) || document.has(&["stringData"]) => {
            vec![text(&["metadata", "name"]).into_owned()]
        }
        "List" | "SecretList" => {
            let items = document.data_at(&["items"]).unwrap_or_default();
            let items = items.as_array().into_iter().flatten();
            items.filter(|item| holds_data(item)).map(|item| name(item).into_owned()).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether an item of a list is a Secret with data; in a `SecretList` the items need not say what they are.
fn holds_data(item: &Value) -> bool {
    let is_secret = item.get("kind").is_none_or(|kind| kind == "Secret");
    is_secret && ["data", "stringData"].iter().any(|key| item.get(key).is_some_and(|data| !data.is_null()))
}

fn name(item: &Value) -> Cow<'_, str> {
    item.pointer("/metadata/name").and_then(Value::as_str).map(Cow::Borrowed).unwrap_or_default()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::manifest::Skeleton;
    use crate::source::Source;

    fn names(text: &str) -> Vec<String> {
        let skeleton = Skeleton::parse(&Source::new("templates/a.yaml.j2", text)).unwrap();
        Document::all(&Arc::new(skeleton), Vec::new()).iter().flat_map(plaintext_secrets).collect()
    }

    #[test]
    fn secrets_are_found_in_lists_too() {
        assert_eq!(names("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {}\n"), ["a"]);
        assert_eq!(names("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ntype: Opaque\n"), [""; 0]);
        let list = "apiVersion: v1\nkind: List\nitems:\n\
                    - {apiVersion: v1, kind: Secret, metadata: {name: b}, stringData: {x: y}}\n\
                    - {apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {x: y}}\n";
        assert_eq!(names(list), ["b"]);
        assert_eq!(names("apiVersion: v1\nkind: SecretList\nitems: [{metadata: {name: d}, data: {x: y}}]\n"), ["d"]);
    }
}
