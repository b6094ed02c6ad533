//! Changes that nobody needs to look at: they follow from others, and say nothing.

use serde::Serialize;
use serde_json::Value;

use super::fields::FieldChange;
use super::path::Segment;

/// Why a change says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Noise {
    /// A label with the version of a chart or of a program.
    Label,
    /// A checksum of something whose change is told of itself.
    Checksum,
    /// Exactly what the names of two environments make of one text.
    Name,
}

/// How many changes say nothing, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Folded {
    /// Labels with the version of a chart or of a program.
    pub labels: usize,
    /// Checksums.
    pub checksums: usize,
    /// Names that two environments differ in everywhere.
    pub names: usize,
    /// Files whose text differs and whose content does not: the comment line, the order of keys.
    pub layouts: usize,
}

impl Folded {
    /// How many they are.
    pub const fn total(&self) -> usize {
        self.labels + self.checksums + self.names + self.layouts
    }

    /// Counts one.
    pub(super) const fn count(&mut self, noise: Noise) {
        match noise {
            Noise::Label => self.labels += 1,
            Noise::Checksum => self.checksums += 1,
            Noise::Name => self.names += 1,
        }
    }
}

/// Labels that follow the version of a chart or a program.
const VERSION_LABELS: [&str; 2] = ["helm.sh/chart", "app.kubernetes.io/version"];

/// Texts of the old side with what stands for them on the new one: domains, and paths with an environment's name.
pub type Names = [(String, String)];

/// Why `change` says nothing; `None` where it may say something.
pub(super) fn noise(change: &FieldChange, names: &Names) -> Option<Noise> {
    if let [.., Segment::Key(parent), Segment::Key(key)] = change.path.segments() {
        if parent == "labels" && VERSION_LABELS.contains(&key.as_str()) {
            return Some(Noise::Label);
        }
        if parent.to_lowercase().ends_with("annotations") && key.starts_with("checksum/") {
            return Some(Noise::Checksum);
        }
    }
    match (&change.old, &change.new) {
        (Some(old), Some(new)) if !names.is_empty() && renamed(old, names) == *new => Some(Noise::Name),
        _ => None,
    }
}

/// `value` with each old name replaced by the new one. Only whole names are replaced, so that nothing is made up: a
/// change is folded if it is exactly this.
fn renamed(value: &Value, names: &Names) -> Value {
    match value {
        Value::String(text) => Value::String(renamed_text(text, names)),
        Value::Array(items) => items.iter().map(|item| renamed(item, names)).collect(),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(key, value)| (key.clone(), renamed(value, names))).collect())
        }
        other => other.clone(),
    }
}

fn renamed_text(text: &str, names: &Names) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = None;
    while let Some(next) = rest.chars().next() {
        let is_name = |name: &str| {
            let after = rest.strip_prefix(name).filter(|_| !name.is_empty());
            let goes_on = |after: &str| name.ends_with(is_letter) && after.starts_with(is_letter);
            after.is_some_and(|after| !goes_on(after))
                && !before.is_some_and(|c| is_letter(c) && name.starts_with(is_letter))
        };
        if let Some((old, new)) = names.iter().find(|(old, _)| is_name(old)) {
            result.push_str(new);
            before = old.chars().last();
            rest = &rest[old.len()..];
        } else {
            result.push(next);
            before = Some(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    result
}

/// Whether `c` makes a longer word of a name that it stands beside.
fn is_letter(c: char) -> bool {
    c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fields::compare;
    use super::*;

    fn noises(old: &Value, new: &Value, names: &Names) -> Vec<Option<Noise>> {
        compare(old, new).iter().map(|change| noise(change, names)).collect()
    }

    #[test]
    fn versions_and_checksums_say_nothing() {
        let object = |version: &str| {
            json!({"metadata": {
                "annotations": {"checksum/config": version},
                "labels": {"helm.sh/chart": version, "app.kubernetes.io/version": version},
            }})
        };
        let found = noises(&object("1"), &object("2"), &[]);
        assert_eq!(found, [Some(Noise::Checksum), Some(Noise::Label), Some(Noise::Label)]);
        // A selector is no label, and another annotation says something.
        let selector = |version: &str| json!({"matchLabels": {"app.kubernetes.io/version": version}});
        assert_eq!(noises(&selector("1"), &selector("2"), &[]), [None]);
        let other = |text: &str| json!({"annotations": {"example.com/checksum": text}});
        assert_eq!(noises(&other("1"), &other("2"), &[]), [None]);
    }

    #[test]
    fn names_fold_only_where_they_explain_all_of_it() {
        let names =
            [("dev.example.com".to_owned(), "example.com".to_owned()), ("out/dev/".to_owned(), "out/prod/".to_owned())];
        let change = |old: &str, new: &str| noises(&json!({"a": old}), &json!({"a": new}), &names);
        assert_eq!(change("www.dev.example.com", "www.example.com"), [Some(Noise::Name)]);
        assert_eq!(change("$values/out/dev/a", "$values/out/prod/a"), [Some(Noise::Name)]);
        assert_eq!(change("www.dev.example.com", "web.example.com"), [None]);
        assert_eq!(change("a.dev.example.com b", "a.example.com c"), [None]);
        assert_eq!(change("mydev.example.com", "myexample.com"), [None]);
        assert_eq!(change("dev.example.community", "example.community"), [None]);
    }
}
