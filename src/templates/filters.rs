//! The filters and functions of our own.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::value::{Kwargs, Serde, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind};
use serde_json::{Map, Value as Data, json};
use sha2::{Digest, Sha256};

use crate::model::Values;
use crate::tree::OutputPath;
use crate::yaml::Emitter;

/// Adds the filters that need nothing but their arguments.
pub(super) fn add_pure(environment: &mut Environment<'static>) {
    environment.add_filter("yaml", |value: Value| embedded(&value).map(|data| yaml(&data)));
    environment.add_filter("json", |value: Value, options: Kwargs| {
        let pretty = options.get::<Option<bool>>("pretty")?.unwrap_or(false);
        options.assert_all_used()?;
        let data = embedded(&value)?;
        let text = if pretty { serde_json::to_string_pretty(&data) } else { serde_json::to_string(&data) };
        text.map_err(|error| invalid(error.to_string()))
    });
    environment.add_filter("shell_quote", |text: &str| shell_quote(text));
    environment.add_filter("sha256", |text: &str| hex(&Sha256::digest(text.as_bytes())));
}

/// Adds the filters and functions that know the environment's values.
pub(super) fn add_for(environment: &mut Environment<'static>, values: &Values) {
    let domain = values.platform.domain.as_str().to_owned();
    environment.add_filter(
        "host",
        move |label: &str| {
            if label.contains('.') { label.to_owned() } else { format!("{label}.{domain}") }
        },
    );

    let pools: BTreeMap<String, Placement> = values
        .cluster
        .node_pools
        .iter()
        .map(|(name, pool)| (name.as_str().to_owned(), Placement::new(name.as_str(), pool.dedicated)))
        .collect();
    let pools = Arc::new(pools);
    let all: Vec<Data> = pools.values().flat_map(|pool| pool.tolerations.clone()).collect();
    environment.add_function("all_tolerations", move || Value::from(Serde(&all)));
    let known = Arc::clone(&pools);
    environment.add_filter("placement", move |pool: &str| {
        Ok::<_, Error>(Value::from(Serde(placement(&known, pool)?.as_map())))
    });
    let known = Arc::clone(&pools);
    environment.add_filter("node_selector", move |pool: &str| {
        Ok::<_, Error>(Value::from(Serde(&placement(&known, pool)?.node_selector)))
    });
    let known = Arc::clone(&pools);
    environment.add_filter("tolerations", move |pool: &str| {
        Ok::<_, Error>(Value::from(Serde(&placement(&known, pool)?.tolerations)))
    });
    environment.add_filter("place", move |values: Value, pool: &str, paths: Vec<String>| {
        let mut data = embedded(&values)?;
        for path in &paths {
            place(&mut data, path, placement(&pools, pool)?)?;
        }
        Ok::<_, Error>(Value::from(Serde(&data)))
    });
}

/// Adds `files(folder)`: the outputs below `folder`, relative to it, in the order of their paths. `paths` are sorted.
pub(super) fn add_files(environment: &mut Environment<'static>, paths: &[OutputPath]) {
    debug_assert!(paths.is_sorted(), "what is below a folder stands together only in sorted paths");
    let paths: Arc<[String]> = paths.iter().map(|path| path.as_str().to_owned()).collect();
    environment.add_function("files", move |folder: &str| -> Vec<String> {
        let prefix = format!("{}/", folder.trim_end_matches('/'));
        // Each application may ask for its own folder, so this must not look at the paths of all the others.
        let first = paths.partition_point(|path| *path < prefix);
        paths[first..].iter().map_while(|path| path.strip_prefix(&prefix).map(str::to_owned)).collect()
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

fn placement<'a>(pools: &'a BTreeMap<String, Placement>, pool: &str) -> Result<&'a Placement, Error> {
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
fn embedded(value: &Value) -> Result<Data, Error> {
    if value.kind() == ValueKind::Undefined {
        return Err(Error::from(ErrorKind::UndefinedError));
    }
    serde_json::to_value(value).map_err(|error| invalid(error.to_string()))
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

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}
