//! The merged tree becomes typed values.
//!
//! The tree is checked against the JSON Schema that is generated from the types, because a schema check reports every
//! violation of a run with its path, and a path has an origin. Only a tree without violations is deserialised.

use std::sync::OnceLock;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::diagnostic::{Code, Diagnostic, Diagnostics, nearest};
use crate::model::{self, RuleViolation, Values};
use crate::source::Location;
use crate::yaml::{Node, NodeKind, Resolved, Scalar, is_hole_mark, locate, locate_key, resolve_plain};

/// The layer of all environments.
const BASE: &str = "values/base.yaml";

/// Where what nobody has set yet belongs, if a rule names no place: only sealed secrets are missed as a whole.
const SEALED: &str = "values/sealed";

/// The typed values of a merged tree, with the warnings about them.
///
/// # Errors
/// Everything in the tree that the types and the rules between them do not allow.
pub fn typed_values(root: &Node) -> Result<(Values, Diagnostics), Diagnostics> {
    let values = Values::deserialize(checked_data(root)?).map_err(|error| unfit(&error))?;
    let found: Diagnostics = model::check(&values).into_iter().map(|violation| broken_rule(root, violation)).collect();
    if found.has_errors() { Err(found) } else { Ok((values, found)) }
}

/// A merged tree as plain data that the schema of the values allows.
///
/// # Errors
/// Everything in the tree that the types do not allow.
pub fn checked_data(root: &Node) -> Result<Value, Diagnostics> {
    static CHECK: OnceLock<SchemaCheck> = OnceLock::new();
    CHECK.get_or_init(|| SchemaCheck::new(model::schema())).check(root)
}

/// The schema is generated from the types; what it can't say, deserialising says without a place.
pub fn unfit(error: &serde_json::Error) -> Diagnostic {
    Diagnostic::error(Code::InvalidValue, format!("the values do not fit their types: {error}"))
        .in_file("values")
        .help("compare the values with `render schema`")
}

fn broken_rule(root: &Node, violation: RuleViolation) -> Diagnostic {
    let RuleViolation { path, message, note, help, severity, code } = violation;
    let diagnostic = Diagnostic { severity, ..Diagnostic::error(code, message) };
    let diagnostic = if path.is_empty() { diagnostic.in_file(SEALED) } else { diagnostic.at(locate(root, &path), "") };
    let diagnostic = note.into_iter().fold(diagnostic, Diagnostic::note);
    diagnostic.help(help)
}

/// A compiled schema that reports violations as diagnostics about the files that caused them.
pub struct SchemaCheck {
    schema: Value,
    validator: Option<Validator>,
}

impl SchemaCheck {
    /// Compiles `schema`, which must have no references.
    pub fn new(schema: Value) -> Self {
        let options = model::formats().iter().fold(jsonschema::options(), |options, (name, check)| {
            options.with_format(*name, move |text: &str| check(text).is_ok())
        });
        let validator = options.should_validate_formats(true).build(&schema).ok();
        Self { schema, validator }
    }

    /// The tree as plain data, each scalar read as the type that its place asks for.
    ///
    /// # Errors
    /// Every violation, each at the place that set the value.
    pub fn check(&self, root: &Node) -> Result<Value, Diagnostics> {
        let mut found = Diagnostics::new();
        let data = to_data(root, Some(&self.schema), &mut found);
        let Some(validator) = &self.validator else {
            found.push(Diagnostic::error(Code::InvalidValue, "the schema of the values can't be compiled"));
            return Err(found);
        };
        for error in validator.iter_errors(&data) {
            self.report(&error, root, &mut found);
        }
        if found.has_errors() { Err(found) } else { Ok(data) }
    }

    fn report(&self, error: &ValidationError<'_>, root: &Node, found: &mut Diagnostics) {
        let path = segments(&error.instance_path().to_string());
        let at = Place { root, path: &path };
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                let known = self.sibling(error, "properties").and_then(Value::as_object);
                found.extend(unexpected.iter().map(|key| at.unknown_key(key, known)));
            }
            ValidationErrorKind::Required { property } => {
                found.push(at.missing(property.as_str().unwrap_or_default()));
            }
            ValidationErrorKind::Type { kind } => found.push(at.wrong_type(kind)),
            ValidationErrorKind::Enum { options } => found.push(at.not_an_option(options)),
            ValidationErrorKind::Format { format } => found.push(at.invalid(&format_message(format, error.instance()))),
            ValidationErrorKind::Minimum { .. } | ValidationErrorKind::Maximum { .. } => {
                let limit = |name| self.sibling(error, name).map(ToString::to_string);
                found.push(at.out_of_range(error.instance(), limit("minimum"), limit("maximum")));
            }
            ValidationErrorKind::PropertyNames { error } => found.push(at.bad_key(error)),
            _ => found.push(at.invalid(&error.to_string())),
        }
    }

    /// The keyword `name` beside the one that failed.
    fn sibling(&self, error: &ValidationError<'_>, name: &str) -> Option<&Value> {
        let path = error.schema_path().to_string();
        let (parent, _) = path.rsplit_once('/')?;
        self.schema.pointer(parent)?.get(name)
    }
}

fn segments(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|segment| segment.replace("~1", "/").replace("~0", "~")).collect()
}

/// What the parser of `format` says against `instance`.
fn format_message(format: &str, instance: &Value) -> String {
    let text = instance.as_str().unwrap_or_default();
    let check = model::formats().iter().find(|(name, _)| *name == format);
    match check.and_then(|(_, check)| check(text).err()) {
        Some(message) => message,
        None => format!("`{text}` is not a valid {format}"),
    }
}

/// A value path in a merged tree, and the ways to speak about it.
struct Place<'a> {
    root: &'a Node,
    path: &'a [String],
}

impl Place<'_> {
    fn name(&self) -> String {
        if self.path.is_empty() { "the values".to_owned() } else { format!("`{}`", self.path.join(".")) }
    }

    fn value(&self) -> Location {
        locate(self.root, self.path)
    }

    fn key(&self, key: &str) -> Location {
        let path: Vec<&str> = self.path.iter().map(String::as_str).chain([key]).collect();
        locate_key(self.root, &path).unwrap_or_else(|| self.value())
    }

    fn unknown_key(&self, key: &str, known: Option<&Map<String, Value>>) -> Diagnostic {
        let location = self.key(key);
        let message = format!("`{key}` is not a key of {}", self.name());
        let diagnostic = Diagnostic::error(Code::UnknownKey, message).at(location.clone(), "unknown key");
        let Some(known) = known else { return diagnostic.help("remove it") };
        if let Some(name) = nearest(key, known.keys().map(String::as_str)) {
            return diagnostic.suggest("a key with a similar name exists", location, name);
        }
        let names: Vec<_> = known.keys().map(String::as_str).collect();
        diagnostic.note(format!("keys here: {}", names.join(", "))).help("remove it, or use one of these keys")
    }

    fn missing(&self, key: &str) -> Diagnostic {
        let path: Vec<_> = self.path.iter().map(String::as_str).chain([key]).collect();
        let path = path.join(".");
        let location = locate_key(self.root, self.path).unwrap_or_else(|| self.value());
        // The top layer is the environment's own file, which is where a value belongs that the others do not have.
        let own = [&location, &self.root.location].map(|place| place.source.path().to_owned());
        let own = own.into_iter().find(|file| file.starts_with("values/") && file != BASE);
        let file = own.map(|file| format!("{file}, or in ")).unwrap_or_default();
        Diagnostic::error(Code::MissingValue, format!("`{path}` is not set"))
            .at(location, format!("`{key}` is required here"))
            .note(format!("`{path}` has no default"))
            .help(format!("set `{path}` in {file}{BASE} for all environments"))
    }

    fn wrong_type(&self, kind: &TypeKind) -> Diagnostic {
        let wanted = match kind {
            TypeKind::Single(one) => article(&one.to_string()),
            TypeKind::Multiple(many) => {
                many.into_iter().map(|one| article(&one.to_string())).collect::<Vec<_>>().join(" or ")
            }
        };
        let node = self.path.iter().try_fold(self.root, |node, segment| node.child(segment));
        let found = node.map_or("something else", describe);
        let diagnostic = Diagnostic::error(Code::WrongType, format!("{} must be {wanted}, found {found}", self.name()))
            .at(self.value(), format!("expected {wanted}"));
        match node.and_then(Node::as_scalar) {
            Some(scalar) if !scalar.plain && resolve_plain(&scalar.text) != Ok(Resolved::Text) => {
                diagnostic.suggest("drop the quotes", self.value(), scalar.text.clone())
            }
            _ if wanted == "a boolean" => diagnostic.help("write `true` or `false`"),
            _ => diagnostic.help(format!("write {wanted} here")),
        }
    }

    fn not_an_option(&self, options: &Value) -> Diagnostic {
        let location = self.value();
        let names: Vec<&str> = options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let given = location.text().trim_matches(['"', '\'']).to_owned();
        let diagnostic = Diagnostic::error(Code::InvalidValue, format!("{} can't be `{given}`", self.name()))
            .at(location.clone(), "not one of the choices")
            .note(format!("choices: {}", names.join(", ")));
        match nearest(&given, names.iter().copied()) {
            Some(name) => diagnostic.suggest("a choice with a similar name exists", location, name),
            None => diagnostic.help("use one of these"),
        }
    }

    fn out_of_range(&self, given: &Value, low: Option<String>, high: Option<String>) -> Diagnostic {
        let range = match (low, high) {
            (Some(low), Some(high)) => format!("from {low} to {high}"),
            (Some(low), None) => format!("from {low} on"),
            (None, high) => format!("up to {}", high.unwrap_or_default()),
        };
        Diagnostic::error(Code::InvalidValue, format!("{} can't be {given}", self.name()))
            .at(self.value(), "out of range")
            .help(format!("write a number {range}"))
    }

    fn invalid(&self, message: &str) -> Diagnostic {
        Diagnostic::error(Code::InvalidValue, message)
            .at(self.value(), "")
            .note(format!("the value of {}", self.name()))
            .help("correct it here")
    }

    fn bad_key(&self, error: &ValidationError<'_>) -> Diagnostic {
        let key = error.instance().as_str().unwrap_or_default();
        let message = match error.kind() {
            ValidationErrorKind::Format { format } => format_message(format, error.instance()),
            _ => error.to_string(),
        };
        Diagnostic::error(Code::InvalidValue, message)
            .at(self.key(key), "")
            .note(format!("a key of {}", self.name()))
            .help("choose another name")
    }
}

fn article(kind: &str) -> String {
    let name = match kind {
        "object" => "mapping",
        "array" => "list",
        "string" => "text",
        "integer" => "whole number",
        other => other,
    };
    if name == "text" { name.to_owned() } else { format!("a {name}") }
}

fn describe(node: &Node) -> &'static str {
    match &node.kind {
        NodeKind::Map(_) => "a mapping",
        NodeKind::Seq(_) => "a list",
        NodeKind::Scalar(scalar) if !scalar.plain => "text",
        NodeKind::Scalar(scalar) => match resolve_plain(&scalar.text) {
            Ok(Resolved::Null) => "nothing",
            Ok(Resolved::Bool(_)) => "a boolean",
            Ok(Resolved::Text) => "text",
            _ => "a number",
        },
    }
}

/// `node` as plain data. Where `schema` asks for text, a plain scalar is taken as it is spelled: `version: 1.10` keeps
/// its zero. Elsewhere it means what YAML 1.2 says.
fn to_data(node: &Node, schema: Option<&Value>, found: &mut Diagnostics) -> Value {
    match &node.kind {
        NodeKind::Map(map) => {
            let properties = schema.and_then(|schema| schema.get("properties"));
            let others = schema.and_then(|schema| schema.get("additionalProperties"));
            let data = map.iter().map(|(key, entry)| {
                refuse_tokens(key, &entry.key, found);
                let schema = properties.and_then(|properties| properties.get(key)).or(others);
                (key.clone(), to_data(&entry.value, schema, found))
            });
            Value::Object(data.collect())
        }
        NodeKind::Seq(items) => {
            let schema = schema.and_then(|schema| schema.get("items"));
            Value::Array(items.iter().map(|item| to_data(item, schema, found)).collect())
        }
        NodeKind::Scalar(scalar) => {
            refuse_tokens(&scalar.text, &node.location, found);
            scalar_to_data(scalar, &node.location, schema, found)
        }
    }
}

fn scalar_to_data(scalar: &Scalar, location: &Location, schema: Option<&Value>, found: &mut Diagnostics) -> Value {
    let wants_text = schema.and_then(|schema| schema.get("type")).is_some_and(|kind| kind == "string");
    if !scalar.plain || (wants_text && !scalar.text.is_empty()) {
        return Value::String(scalar.text.clone());
    }
    match resolve_plain(&scalar.text) {
        Ok(resolved) => resolved.data(&scalar.text),
        Err(ambiguity) => {
            found.push(ambiguity.diagnostic(&scalar.text, location));
            Value::Null
        }
    }
}

/// Characters that Unicode keeps for use inside programs mark holes in templates, so no value may hold them.
fn refuse_tokens(text: &str, location: &Location, found: &mut Diagnostics) {
    if let Some(character) = text.chars().find(|character| is_hole_mark(*character)) {
        found.push(
            Diagnostic::error(
                Code::InvalidValue,
                format!("the value holds the non-character {}", character.escape_unicode()),
            )
            .at(location.clone(), "")
            .note("Unicode keeps it for the internal use of programs; it marks holes in templates here")
            .help("remove it"),
        );
    }
}
