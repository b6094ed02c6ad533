//! A schema compiled, and documents held against it.

use std::borrow::Cow;

use jsonschema::PatternOptions;
use serde_json::Value;

use super::complete::Completion;
use super::forms::{FORMS, NameForm};
use super::violation::{Violation, violations_of};
use super::{Entry, item_keys, pack};

/// Groups with kinds that are sent and not kept, or that are files for a program: their objects need no name.
const NAMELESS: [&str; 3] = ["authentication.k8s.io", "authorization.k8s.io", "kustomize.config.k8s.io"];

/// One schema, ready for use.
#[derive(Debug)]
pub(super) struct Validator {
    /// As JSON Schema, to look up what a violation is about.
    schema: Value,
    compiled: jsonschema::Validator,
    /// Whether a field that is null counts as one that is not there.
    drops_nulls: bool,
    needs_name: bool,
}

impl Validator {
    /// Compiles the schema of `entry`, for whole objects or for patches of them.
    ///
    /// # Errors
    /// The schema is none: the text says why.
    pub(super) fn new(entry: &Entry, is_patch: bool) -> Result<Self, String> {
        let is_native = entry.minors.is_some();
        let completion = Completion { is_native, is_patch, name: NameForm::of(&entry.group, &entry.kind) };
        let schema = completion.json_schema(entry.stored.data()?, pack::metadata()?);
        let options = jsonschema::options()
            .offline()
            .with_pattern_options(PatternOptions::regex())
            .should_validate_formats(true)
            .with_keyword(item_keys::LIST_TYPE, |parent, kind, _| Ok(item_keys::list_type(parent, kind)))
            .with_keyword(item_keys::BYTES, |_, limit, _| Ok(item_keys::bytes(limit)));
        let options = FORMS.iter().fold(options, |options, form| options.with_format(form.format, form.holds));
        let compiled = options.build(&schema).map_err(|error| error.to_string())?;
        let needs_name = !is_patch && !NAMELESS.contains(&&*entry.group);
        Ok(Self { schema, compiled, drops_nulls: is_native || is_patch, needs_name })
    }

    /// All violations of `document`, sorted by place.
    pub(super) fn violations(&self, whole: &Value) -> Vec<Violation> {
        let mut found = Vec::new();
        let document = if self.drops_nulls { without_nulls(whole) } else { Cow::Borrowed(whole) };
        // A field that nobody knows is one also where it is null.
        if matches!(document, Cow::Owned(_)) {
            found.extend(self.errors(whole).filter(Violation::is_unknown_field));
        }
        if self.needs_name && !has_name(&document) {
            found.push(Violation::missing_name());
        }
        if !self.compiled.is_valid(&document) {
            found.extend(self.errors(&document));
        }
        found.sort();
        found.dedup();
        found
    }

    fn errors<'e>(&'e self, document: &'e Value) -> impl Iterator<Item = Violation> + 'e {
        self.compiled.iter_errors(document).flat_map(|error| violations_of(&error, &self.schema))
    }
}

fn has_name(document: &Value) -> bool {
    let metadata = document.get("metadata");
    // What is no map is reported as that.
    metadata.is_some_and(|metadata| !metadata.is_object())
        || ["name", "generateName"].iter().any(|key| {
            let name = metadata.and_then(|metadata| metadata.get(key));
            name.is_some_and(|name| name.as_str() != Some(""))
        })
}

/// `value` without the fields that are null.
fn without_nulls(value: &Value) -> Cow<'_, Value> {
    fn has_null(value: &Value) -> bool {
        match value {
            Value::Object(fields) => fields.values().any(|value| value.is_null() || has_null(value)),
            Value::Array(items) => items.iter().any(has_null),
            _ => false,
        }
    }
    fn drop_nulls(value: &Value) -> Value {
        match value {
            Value::Object(fields) => {
                let kept = fields.iter().filter(|(_, value)| !value.is_null());
                kept.map(|(key, value)| (key.clone(), drop_nulls(value))).collect()
            }
            Value::Array(items) => items.iter().map(drop_nulls).collect(),
            other => other.clone(),
        }
    }
    if has_null(value) { Cow::Owned(drop_nulls(value)) } else { Cow::Borrowed(value) }
}
