//! What a document does not keep to, in words for people.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::paths::{Location, LocationSegment};
use serde_json::Value;

use super::{forms, item_keys};
use crate::diagnostic::{listed, nearest};

/// The label of a field that there is not.
const UNKNOWN: &str = "unknown field";

/// One thing that is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// Where: keys, and indices counted from 0.
    pub path: Vec<String>,
    /// Whether the key there is meant, and not its value.
    pub on_key: bool,
    /// What is wrong, without the name of the document.
    pub message: String,
    /// A few words for the place.
    pub label: String,
    /// A fact, where there is one.
    pub note: Option<String>,
    /// What to do.
    pub help: String,
}

impl Violation {
    fn new(path: Vec<String>, message: String, label: impl Into<String>, help: impl Into<String>) -> Self {
        Self { path, on_key: false, message, label: label.into(), note: None, help: help.into() }
    }

    fn on_key(self) -> Self {
        Self { on_key: true, ..self }
    }

    fn note(self, note: String) -> Self {
        Self { note: Some(note), ..self }
    }

    /// Whether it is about a field that there is not.
    pub(super) fn is_unknown_field(&self) -> bool {
        self.label == UNKNOWN
    }

    /// The object has no name.
    pub(super) fn missing_name() -> Self {
        let message = "`metadata.name` is missing".to_owned();
        Self::new(vec!["metadata".to_owned()], message, "a name is required here", "set `metadata.name`").on_key()
    }
}

/// `path` as people write it: `spec.containers[0].image`.
pub fn shown<S: AsRef<str>>(path: &[S]) -> String {
    let mut shown = String::new();
    for step in path.iter().map(AsRef::as_ref) {
        let is_word =
            !step.is_empty() && step.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$'));
        if step.chars().all(|c| c.is_ascii_digit()) && !step.is_empty() {
            shown.extend(["[", step, "]"]);
        } else if is_word {
            if !shown.is_empty() {
                shown.push('.');
            }
            shown.push_str(step);
        } else {
            shown.extend(["[\"", step, "\"]"]);
        }
    }
    shown
}

/// What `error` says; `schema` is the schema that it comes from.
pub(super) fn violations_of(error: &ValidationError<'_>, schema: &Value) -> Vec<Violation> {
    let path = steps(error.instance_path());
    let name = if path.is_empty() { "the document".to_owned() } else { format!("`{}`", shown(&path)) };
    let instance = error.instance();
    match error.kind() {
        Kind::AdditionalProperties { unexpected } => {
            let known = parent(schema, error.schema_path());
            unexpected.iter().map(|field| unknown_field(&path, field, known)).collect()
        }
        // No field at all is known here.
        Kind::MaxProperties { limit: 0 } => {
            let fields = instance.as_object().into_iter().flatten();
            fields.map(|(field, _)| unknown_field(&path, field, None)).collect()
        }
        Kind::Required { property } => {
            let field = property.as_str().unwrap_or_default();
            let missing = shown(&below(&path, field));
            let label = format!("`{field}` is required here");
            vec![Violation::new(path, format!("`{missing}` is missing"), label, format!("set `{missing}`")).on_key()]
        }
        Kind::Type { kind } => vec![wrong_type(path, &name, &types(kind), instance)],
        Kind::Enum { options } => vec![not_a_choice(path, &name, instance, options)],
        Kind::Constant { expected_value } => {
            vec![Violation::new(
                path,
                format!("{name} can't be {}", brief(instance)),
                format!("must be {expected_value}"),
                format!("write {expected_value}"),
            )]
        }
        Kind::Format { format } => {
            let wanted = forms::wanted(format).unwrap_or("of another form");
            vec![Violation::new(
                path,
                format!("{name} can't be {}", brief(instance)),
                "not of the form that is asked for",
                format!("write {wanted}"),
            )]
        }
        Kind::Pattern { pattern } => {
            let message = format!("{name} can't be {}", brief(instance));
            let violation =
                Violation::new(path, message, "not of the form that is asked for", "write a text of that form");
            vec![violation.note(format!("the form is the regular expression `{pattern}`"))]
        }
        Kind::PropertyNames { error } => {
            let key = error.instance().as_str().unwrap_or_default();
            let wanted = match error.kind() {
                Kind::Format { format } => forms::wanted(format),
                _ => None,
            };
            let message = format!("`{key}` can't be a key of {name}");
            let help = format!("write {}", wanted.unwrap_or("another key"));
            vec![Violation::new(below(&path, key), message, "not of the form that is asked for", help).on_key()]
        }
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => alternatives(path, &name, context, schema),
        Kind::OneOfMultipleValid { context } => vec![several(path, &name, context, at(schema, error.schema_path()))],
        Kind::Not { schema } => vec![forbidden(path, &name, schema)],
        Kind::Custom { keyword, message } if keyword == item_keys::LIST_TYPE => {
            let (number, identity) = message.split_once('\n').unwrap_or_default();
            let message = format!("{name} has two items with {identity}");
            vec![Violation::new(
                below(&path, number),
                message,
                "repeats an item above",
                "remove one of the two, or merge them",
            )]
        }
        Kind::Custom { message, .. } => {
            let headline = format!("{name} has more than {message} bytes");
            vec![Violation::new(path, headline, "too large", "move what is long into a ConfigMap").on_key()]
        }
        kind => vec![limit(path, &name, instance, kind)],
    }
}

fn steps(location: &Location) -> Vec<String> {
    let step = |segment: LocationSegment<'_>| match segment {
        LocationSegment::Property(name) => name.into_owned(),
        LocationSegment::Index(index) => index.to_string(),
    };
    location.iter().map(step).collect()
}

fn below(path: &[String], step: &str) -> Vec<String> {
    path.iter().cloned().chain([step.to_owned()]).collect()
}

/// The part of `schema` at `location`, through references.
fn at<'s>(schema: &'s Value, location: &Location) -> Option<&'s Value> {
    steps(location).iter().try_fold(schema, |part, step| follow(schema, part, step))
}

/// The schema whose keyword stands at `location`.
fn parent<'s>(schema: &'s Value, location: &Location) -> Option<&'s Value> {
    let steps = steps(location);
    let (_, above) = steps.split_last()?;
    above.iter().try_fold(schema, |part, step| follow(schema, part, step))
}

fn follow<'s>(schema: &'s Value, part: &'s Value, step: &str) -> Option<&'s Value> {
    match (part, step) {
        (Value::Object(keywords), "$ref") => schema.pointer(keywords.get("$ref")?.as_str()?.strip_prefix('#')?),
        (Value::Object(keywords), step) => keywords.get(step),
        (Value::Array(items), step) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    }
}

fn unknown_field(path: &[String], field: &str, schema: Option<&Value>) -> Violation {
    let known = schema.and_then(|schema| schema.get("properties")).and_then(Value::as_object);
    let names = || known.into_iter().flatten().map(|(name, _)| name.as_str());
    let help = match nearest(field, names()) {
        Some(name) => format!("a field with a similar name exists: `{name}`"),
        None => "remove it, or move it to where it belongs".to_owned(),
    };
    let path = below(path, field);
    let violation = Violation::new(path.clone(), format!("unknown field `{}`", shown(&path)), UNKNOWN, help);
    let violation = violation.on_key();
    match names().count() {
        1 => violation.note(format!("the only field here is {}", listed(names()))),
        2..=12 => violation.note(format!("the fields here are {}", listed(names()))),
        _ => violation,
    }
}

fn types(kind: &TypeKind) -> Vec<String> {
    match kind {
        TypeKind::Single(one) => vec![one.to_string()],
        TypeKind::Multiple(many) => many.into_iter().map(|one| one.to_string()).collect(),
    }
}

fn wrong_type(path: Vec<String>, name: &str, wanted: &[String], instance: &Value) -> Violation {
    let wanted: Vec<_> = wanted.iter().filter(|kind| *kind != "null").map(|kind| article(kind)).collect();
    let wanted = wanted.join(" or ");
    let message = format!("{name} must be {wanted}, found {}", described(instance));
    let quoted = instance.as_str().is_some_and(|text| wanted == "an integer" && text.parse::<i64>().is_ok());
    let help = if quoted { "drop the quotes".to_owned() } else { format!("write {wanted} here") };
    Violation::new(path, message, format!("expected {wanted}"), help)
}

fn article(kind: &str) -> &'static str {
    match kind {
        "object" => "a mapping",
        "array" => "a list",
        "string" => "a string",
        "integer" => "an integer",
        "number" => "a number",
        "boolean" => "a boolean",
        _ => "null",
    }
}

fn described(value: &Value) -> &'static str {
    article(match value {
        Value::Object(_) => "object",
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Number(_) => "number",
        Value::Bool(_) => "boolean",
        Value::Null => "null",
    })
}

/// A value in backticks, cut where it is long.
fn brief(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(60) {
        Some((end, _)) => format!("`{}…`", &line[..end]),
        None if line.len() < text.len() => format!("`{line}…`"),
        None => format!("`{line}`"),
    }
}

fn not_a_choice(path: Vec<String>, name: &str, instance: &Value, options: &Value) -> Violation {
    let choice = |option: &Value| option.as_str().map_or_else(|| option.to_string(), str::to_owned);
    let choices: Vec<String> = options.as_array().into_iter().flatten().map(choice).collect();
    let help = match instance.as_str().and_then(|given| nearest(given, choices.iter().map(String::as_str))) {
        Some(choice) => format!("a choice with a similar name exists: `{choice}`"),
        None => "use one of the choices".to_owned(),
    };
    let message = format!("{name} can't be {}", brief(instance));
    Violation::new(path, message, "not one of the choices", help).note(format!("the choices are {}", listed(choices)))
}

/// None of the alternatives fits: the one that is nearest is explained, and what says nothing is left out.
fn alternatives(
    path: Vec<String>,
    name: &str,
    context: &[Vec<ValidationError<'static>>],
    schema: &Value,
) -> Vec<Violation> {
    let only = |branch: &[ValidationError<'static>]| match branch {
        [error] => match error.kind() {
            Kind::Required { property } if steps(error.instance_path()) == path => {
                property.as_str().map(|field| (true, vec![field.to_owned()]))
            }
            Kind::Type { kind } if steps(error.instance_path()) == path => Some((false, types(kind))),
            _ => None,
        },
        _ => None,
    };
    let simple: Option<Vec<_>> = context.iter().map(|branch| only(branch)).collect();
    match simple {
        Some(simple) if !simple.is_empty() && simple.iter().all(|(is_field, _)| *is_field) => {
            let fields = listed(simple.into_iter().flat_map(|(_, fields)| fields));
            let label = format!("one of {fields} is required here");
            return vec![
                Violation::new(path, format!("{name} needs one of {fields}"), label, "set one of them").on_key(),
            ];
        }
        Some(simple) if !simple.is_empty() && simple.iter().all(|(is_field, _)| !*is_field) => {
            let kinds: Vec<String> = simple.into_iter().flat_map(|(_, kinds)| kinds).collect();
            let kinds: Vec<_> = kinds.iter().map(|kind| article(kind)).collect();
            let wanted = kinds.join(" or ");
            return vec![Violation::new(
                path,
                format!("{name} must be {wanted}"),
                format!("expected {wanted}"),
                format!("write {wanted} here"),
            )];
        }
        _ => {}
    }
    // The alternative that was meant has gone furthest before it failed, and fails in the fewest places.
    let depth =
        |branch: &[ValidationError<'static>]| branch.iter().map(|error| steps(error.instance_path()).len()).max();
    let nearest = context.iter().max_by_key(|branch| (depth(branch), std::cmp::Reverse(branch.len())));
    match nearest {
        Some(branch) if !branch.is_empty() => branch.iter().flat_map(|error| violations_of(error, schema)).collect(),
        _ => {
            vec![
                Violation::new(
                    path,
                    format!("{name} fits none of the forms that it may have"),
                    "fits no form",
                    "give it one of the forms that its documentation shows",
                )
                .on_key(),
            ]
        }
    }
}

/// Several alternatives fit where only one may.
fn several(
    path: Vec<String>,
    name: &str,
    context: &[Vec<ValidationError<'static>>],
    branches: Option<&Value>,
) -> Violation {
    let fitting = context.iter().enumerate().filter(|(_, errors)| errors.is_empty());
    let fields: Vec<&str> =
        fitting.filter_map(|(number, _)| branches?.get(number)?.get("required")?.get(0)?.as_str()).collect();
    if fields.len() > 1 {
        let fields = listed(fields);
        let message = format!("{name} can have only one of {fields}");
        return Violation::new(path, message, "only one of them may be set", "remove all but one").on_key();
    }
    Violation::new(
        path,
        format!("{name} fits several forms that exclude each other"),
        "ambiguous",
        "keep to one of the forms",
    )
    .on_key()
}

fn forbidden(path: Vec<String>, name: &str, schema: &Value) -> Violation {
    let fields: Vec<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let message = if fields.is_empty() {
        format!("{name} has a form that is excluded")
    } else {
        format!("{name} can't have {} here", listed(fields))
    };
    Violation::new(path, message, "not allowed here", "see which of its fields go together").on_key()
}

/// A value past a limit.
fn limit(path: Vec<String>, name: &str, instance: &Value, kind: &Kind) -> Violation {
    let is = format!("can't be {}", brief(instance));
    let length =
        instance.as_array().map(Vec::len).or(instance.as_object().map(serde_json::Map::len)).unwrap_or_default();
    let characters = instance.as_str().map_or(0, |text| text.chars().count());
    let (problem, help) = match kind {
        Kind::Minimum { limit } => (is, format!("write at least {limit}")),
        Kind::Maximum { limit } => (is, format!("write at most {limit}")),
        Kind::ExclusiveMinimum { limit } => (is, format!("write more than {limit}")),
        Kind::ExclusiveMaximum { limit } => (is, format!("write less than {limit}")),
        Kind::MultipleOf { multiple_of } => (is, format!("write a multiple of {multiple_of}")),
        Kind::MinLength { limit: 1 } => ("can't be empty".to_owned(), "write a text, or remove the field".to_owned()),
        Kind::MinLength { limit } => (format!("has {characters} characters"), format!("write at least {limit}")),
        Kind::MaxLength { limit } => (format!("has {characters} characters"), format!("write at most {limit}")),
        Kind::MinItems { limit } => (format!("has {length} items"), format!("it needs at least {limit}")),
        Kind::MaxItems { limit } => (format!("has {length} items"), format!("it can have at most {limit}")),
        Kind::MinProperties { limit } => (format!("has {length} fields"), format!("it needs at least {limit}")),
        Kind::MaxProperties { limit } => (format!("has {length} fields"), format!("it can have at most {limit}")),
        Kind::UniqueItems => ("has an item twice".to_owned(), "remove one of the two".to_owned()),
        other => (format!("does not keep to `{}`", other.keyword()), "see the documentation of its kind".to_owned()),
    };
    Violation::new(path, format!("{name} {problem}"), "outside the limit", help)
}
