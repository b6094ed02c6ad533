//! The filters and functions of our own.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::value::{Kwargs, Rest, Serde, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State, UndefinedBehavior};
use serde_json::{Map, Value as Data, json};
use sha2::{Digest, Sha256};

use super::engine::Holes;
use super::reads::Recorder;
use crate::hex::hex;
use crate::manifest::{fill_text, fill_value};
use crate::model::Values;
use crate::tree::OutputPath;
use crate::yaml::Emitter;

/// Adds the filters that need nothing but their arguments.
pub(super) fn add_pure(environment: &mut Environment<'static>) {
    environment.add_filter("yaml", |state: &State, value: Value| embedded(state, &value).map(|data| yaml(&data)));
    environment.add_filter("json", |state: &State, value: Value, options: Kwargs| {
        let pretty = options.get::<Option<bool>>("pretty")?.unwrap_or(false);
        options.assert_all_used()?;
        let data = embedded(state, &value)?;
        let text = if pretty { serde_json::to_string_pretty(&data) } else { serde_json::to_string(&data) };
        text.map_err(|error| invalid(error.to_string()))
    });
    environment
        .add_filter("shell_quote", |state: &State, value: Value| filled(state, &value).map(|text| shell_quote(&text)));
    // The engine's own writes booleans as Python does; what YAML calls them is meant here.
    environment.add_filter("string", |value: Value| match value.kind() {
        ValueKind::Bool => Value::from(if value.is_true() { "true" } else { "false" }),
        ValueKind::String => value,
        _ => Value::from(value.to_string()),
    });
    environment.add_filter("sha256", |state: &State, value: Value| {
        filled(state, &value).map(|text| hex(&Sha256::digest(text.as_bytes())))
    });
    add_text_filters(environment);
}

/// The engine's filters that ask what a text says. For a text with open holes the answer would be about their tokens.
const TEXT_FILTERS: [&str; 7] = ["upper", "lower", "title", "capitalize", "length", "count", "split"];

/// Puts the same filters in their place, working on texts with their holes filled.
fn add_text_filters(environment: &mut Environment<'static>) {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_fuel(environment.fuel());
    let engine = Arc::new(engine);
    for name in TEXT_FILTERS {
        let engine = Arc::clone(&engine);
        environment.add_filter(name, move |state: &State, value: Value, rest: Rest<Value>| {
            let value = if value.as_str().is_some() { Value::from(filled(state, &value)?) } else { value };
            let arguments: Vec<Value> = std::iter::once(value).chain(rest.iter().cloned()).collect();
            engine.empty_state().apply_filter(name, &arguments)
        });
    }
}

/// What the placement of workloads is told from.
const POOLS: &[&str] = &["cluster", "nodePools"];

/// Adds the filters and functions that know the environment's values.
pub(super) fn add_for(environment: &mut Environment<'static>, values: &Values, recorder: &Recorder) {
    let domain = values.platform.domain.as_str().to_owned();
    let reads = recorder.clone();
    environment.add_filter("host", move |state: &State, value: Value| {
        reads.note(&["platform", "domain"]);
        filled(state, &value).map(|label| if label.contains('.') { label } else { format!("{label}.{domain}") })
    });

    // Replaced by `add_files` in templates that call it themselves; the others do not wait for the list.
    environment.add_function("files", |_: &Value| -> Result<Value, Error> {
        Err(invalid("only the template itself can call `files`, not a macro or an included file"))
    });

    add_sealed(environment, values, recorder);

    let pools: BTreeMap<String, Placement> = values
        .cluster
        .node_pools
        .iter()
        .map(|(name, pool)| (name.as_str().to_owned(), Placement::new(name.as_str(), pool.dedicated)))
        .collect();
    let all: Vec<&Data> = pools.values().flat_map(|pool| &pool.tolerations).collect();
    let all = Value::from(Serde(&all));
    let reads = recorder.clone();
    environment.add_function("all_tolerations", move || {
        reads.note(POOLS);
        all.clone()
    });
    // Every workload asks for its placement, so what templates get is made once.
    for (name, of) in [
        ("placement", Placement::as_map as fn(&Placement) -> Data),
        ("node_selector", |pool| pool.node_selector.clone()),
        ("tolerations", |pool| Data::from(pool.tolerations.clone())),
    ] {
        let made = pools.iter().map(|(pool, placement)| (pool.clone(), Value::from(Serde(of(placement)))));
        let made: BTreeMap<String, Value> = made.collect();
        let reads = recorder.clone();
        environment.add_filter(name, move |pool: &str| {
            reads.note(POOLS);
            known_pool(&made, pool).cloned()
        });
    }
    let reads = recorder.clone();
    environment.add_filter("place", move |state: &State, values: Value, pool: &str, paths: Vec<String>| {
        reads.note(POOLS);
        let mut data = embedded(state, &values)?;
        for path in &paths {
            place(&mut data, path, known_pool(&pools, pool)?)?;
        }
        Ok::<_, Error>(Value::from(Serde(&data)))
    });
}

/// Adds `sealed_in(namespace)`: the sealed secrets of a namespace, each with its `name`, and with the labels by which its
/// readers find it.
fn add_sealed(environment: &mut Environment<'static>, values: &Values, recorder: &Recorder) {
    let reads = recorder.clone();
    let needs: BTreeMap<_, _> = values.secret_needs().into_iter().map(|need| (need.id.clone(), need)).collect();
    let mut by_namespace: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (id, secret) in &*values.sealed {
        let Ok(Data::Object(mut secret)) = serde_json::to_value(secret) else { continue };
        secret.insert("name".to_owned(), Data::from(id.name()));
        if let Some(Data::Object(labels)) = secret.get_mut("labels") {
            for (key, value) in needs.get(id).map_or(&[][..], |need| &need.labels) {
                labels.entry(*key).or_insert_with(|| Data::from(*value));
            }
        }
        by_namespace.entry(id.namespace().to_owned()).or_default().push(Value::from(Serde(secret)));
    }
    environment.add_function("sealed_in", move |state: &State, namespace: Value| {
        reads.note(&["sealed"]);
        let found = by_namespace.get(&filled(state, &namespace)?).cloned().unwrap_or_default();
        if !found.is_empty() {
            reads.note_labels();
        }
        Ok::<_, Error>(found)
    });
}

/// Adds `files(folder)`: the outputs below `folder`, relative to it, in the order of their paths. `paths` are sorted.
pub(super) fn add_files(environment: &mut Environment<'static>, paths: &[OutputPath], recorder: &Recorder) {
    debug_assert!(paths.is_sorted(), "what is below a folder stands together only in sorted paths");
    let paths: Arc<[String]> = paths.iter().map(|path| path.as_str().to_owned()).collect();
    let reads = recorder.clone();
    environment.add_function("files", move |state: &State, folder: Value| -> Result<Vec<String>, Error> {
        let folder = match filled(state, &folder)?.trim_end_matches('/') {
            "" => String::new(),
            folder => format!("{folder}/"),
        };
        reads.note_folder(&folder);
        // Paths are sorted, so those below a folder stand together: a list costs its own length, not the tree's.
        let first = paths.partition_point(|path| *path < folder);
        Ok(paths[first..].iter().map_while(|path| path.strip_prefix(&folder).map(str::to_owned)).collect())
    });
}

/// Where the pods of a pool run.
#[derive(Debug, Clone)]
struct Placement {
    node_selector: Data,
    tolerations: Vec<Data>,
}

impl Placement {
    /// Nodes carry the label `pool`, and those of a dedicated pool the taint `<pool>=true:NoSchedule`.
    fn new(name: &str, dedicated: bool) -> Self {
        let toleration = json!({ "key": name, "operator": "Equal", "value": "true", "effect": "NoSchedule" });
        Self {
            node_selector: json!({ "pool": name }),
            tolerations: if dedicated { vec![toleration] } else { Vec::new() },
        }
    }

    fn as_map(&self) -> Data {
        json!({ "nodeSelector": self.node_selector, "tolerations": self.tolerations })
    }
}

/// What `pools` has for `pool`.
fn known_pool<'a, T>(pools: &'a BTreeMap<String, T>, pool: &str) -> Result<&'a T, Error> {
    pools.get(pool).ok_or_else(|| {
        let names: Vec<_> = pools.keys().map(String::as_str).collect();
        invalid(format!("there is no node pool `{pool}`; pools of this cluster: {}", names.join(", ")))
    })
}

/// Sets `nodeSelector` and `tolerations` of the workload whose Helm values stand at `path`, keeping what is set there.
fn place(data: &mut Data, path: &str, placement: &Placement) -> Result<(), Error> {
    let mut here = data;
    for key in path.split('.').filter(|key| !key.is_empty()) {
        let Data::Object(map) = here else { break };
        here = map.entry(key).or_insert_with(|| Data::Object(Map::new()));
    }
    let Data::Object(map) = here else {
        return Err(invalid(format!("the placement path `{path}` does not lead to a map")));
    };
    if let Data::Object(keys) = placement.as_map() {
        for (key, value) in keys {
            map.entry(key).or_insert(value);
        }
    }
    Ok(())
}

/// A template's value as plain data, for text inside text.
fn embedded(state: &State, value: &Value) -> Result<Data, Error> {
    if value.is_undefined() {
        return Err(Error::from(ErrorKind::UndefinedError));
    }
    fill_value(value, open_holes(state)).map_err(|error| invalid(error.problem))
}

/// The text of `value`. What macros and set blocks printed has open holes, which are filled: what is asked of a text
/// is meant of what it says, and not of the tokens that stand in it.
fn filled(state: &State, value: &Value) -> Result<String, Error> {
    match value.as_str() {
        Some(text) => fill_text(text, open_holes(state)).map_err(|error| invalid(error.problem)),
        None if value.is_undefined() => Err(Error::from(ErrorKind::UndefinedError)),
        None => Err(invalid("value is not a string")),
    }
}

fn open_holes<'s>(state: &'s State) -> &'s [Value] {
    state.get_extension::<Holes>().map_or(&[], |holes| &holes.0)
}

fn yaml(data: &Data) -> String {
    let mut emitter = Emitter::new();
    emitter.begin_document();
    emitter.value(data);
    emitter.into_string()
}

/// `text` as one word of a POSIX shell.
fn shell_quote(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@%+,".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}
