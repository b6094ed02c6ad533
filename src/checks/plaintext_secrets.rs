//! A Secret with its data in the clear must never reach the disk: what Git has seen once is known for ever.

use serde_json::Value;

use super::finding::Finding;
use super::subject::{Subject, at};
use crate::diagnostic::Code;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let finding = |(name, path): (String, Vec<String>)| {
        let message = format!("Secret `{name}` would be written in the clear");
        let finding = subject.error(Code::PlaintextSecret, message, &path);
        finding.help("render a SealedSecret, and refer to the Secret that the controller makes of it")
    };
    plaintext_secrets(subject.data).into_iter().map(finding).collect()
}

/// The names and places of the Secrets with data in `document`: itself, or the items of a list as kubectl prints it.
fn plaintext_secrets(document: &Value) -> Vec<(String, Vec<String>)> {
    if document.get("apiVersion").is_none_or(|version| version != "v1") {
        return Vec::new();
    }
    let kind = |kind: &str| document.get("kind").is_some_and(|value| value == kind);
    if kind("Secret") && holds_data(document) {
        return vec![(name(document), vec!["kind".to_owned()])];
    }
    if !kind("List") && !kind("SecretList") {
        return Vec::new();
    }
    let items = document.get("items").and_then(Value::as_array).into_iter().flatten().enumerate();
    let secrets = items.filter(|(_, item)| holds_data(item));
    secrets.map(|(index, item)| (name(item), ["items", &index.to_string(), "kind"].map(str::to_owned).into())).collect()
}

/// Whether `item` is a Secret with data; in a `SecretList` the items need not say what they are.
fn holds_data(item: &Value) -> bool {
    let is_secret = item.get("kind").is_none_or(|kind| kind == "Secret");
    is_secret && ["data", "stringData"].iter().any(|key| item.get(key).is_some_and(|data| !data.is_null()))
}

fn name(item: &Value) -> String {
    at(item, &["metadata", "name"]).and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let document: Value = serde_yaml::from_str(text).unwrap();
        plaintext_secrets(&document).into_iter().map(|(name, _)| name).collect()
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
