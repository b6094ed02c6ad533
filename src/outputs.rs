//! `values/outputs/<env>.yaml`: what the cloud and the identity provider told us, written by commands and read as a layer
//! of the values.
//!
//! The file is small and nobody's but the program's, so it is always written as a whole: sorted, with one text for one
//! meaning. The cloud and the identity provider are asked by different commands; each replaces its own part and keeps
//! the other's. Nothing secret is in it: a key stands there as a fingerprint of its id.
//!
//! [`kubeconfig`] joins what leads to a cluster to a file of `kubectl`'s. Both work on text: the command reads and writes.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::layers::SchemaCheck;
use crate::model::{self, BucketOutputs, CloudId, DnsLabel, EnvironmentName, NamedMap, Outputs};
use crate::source::Source;
use crate::yaml::{Emitter, Limits, load_one};

pub mod kubeconfig;
#[cfg(test)]
mod tests;

const HEADER: &str = "What the cloud and the identity provider told, as values that templates can use. Written by \
                      `render cloud apply`\nand `render identity apply`: what is edited here is lost with the next one.";
const TOP: &str = "outputs";

/// The path of the outputs of `environment`, from the project's root.
pub fn outputs_path(environment: &EnvironmentName) -> String {
    format!("values/outputs/{environment}.yaml")
}

/// The file, read.
#[derive(Debug, Clone)]
pub struct OutputsFile {
    outputs: Outputs,
}

impl OutputsFile {
    /// Reads the file; an empty text is a file that says nothing.
    ///
    /// # Errors
    /// Everything that is wrong with it, as a render would report it.
    pub fn parse(source: &Arc<Source>) -> Result<Self, Diagnostics> {
        let root = load_one(source, Limits::default())?;
        let data = SchemaCheck::new(model::outputs_schema()).check(&root)?;
        let outputs = data.get(TOP).cloned().map(serde_json::from_value).transpose();
        // The schema is made of the types, so this can't fail where the check passed; if it does, it is one more finding.
        let outputs = outputs.map_err(|error| {
            Diagnostic::error(Code::InvalidValue, error.to_string())
                .in_file(source.path())
                .help("remove the file: the next `render cloud apply` and `render identity apply` write it again")
        })?;
        Ok(Self { outputs: outputs.unwrap_or_default() })
    }

    /// What it says.
    pub fn outputs(&self) -> &Outputs {
        &self.outputs
    }

    /// What it says with everything that is of the cloud as in `told`, and the rest as it is.
    #[must_use]
    pub fn with_cloud(&self, told: Outputs) -> Outputs {
        Outputs { clients: self.outputs.clients.clone(), ..told }
    }

    /// What it says with everything that is of the identity provider as in `told`, and the rest as it is.
    #[must_use]
    pub fn with_identity(&self, told: NamedMap<DnsLabel, CloudId>) -> Outputs {
        Outputs { clients: told, ..self.outputs.clone() }
    }
}

/// The file that says `outputs`; `None` where there is nothing to say, and no file is needed.
pub fn to_text(outputs: &Outputs) -> Option<String> {
    let data = data(outputs);
    if data.as_object().is_none_or(Map::is_empty) {
        return None;
    }
    let mut yaml = Emitter::new();
    yaml.comment(HEADER);
    yaml.begin_document();
    yaml.begin_map();
    yaml.key(TOP);
    yaml.value(&data);
    yaml.end_map();
    Some(yaml.into_string())
}

/// The outputs as plain data: the parts in the order of their type, names sorted, and no part that says nothing.
pub fn data(outputs: &Outputs) -> Value {
    let buckets = outputs.buckets.iter().map(|(name, bucket)| {
        let BucketOutputs { host, keys } = bucket;
        (name.clone(), BucketOutputs { host: host.clone(), keys: sorted(keys) })
    });
    let sorted = Outputs {
        node_pools: sorted(&outputs.node_pools),
        buckets: sorted(&buckets.collect()),
        clients: sorted(&outputs.clients),
        ..outputs.clone()
    };
    // Structs and texts alone: nothing that JSON could not hold.
    let mut data = serde_json::to_value(sorted).unwrap_or_default();
    drop_empty(&mut data);
    data
}

fn sorted<K: Clone + Ord + std::hash::Hash, V: Clone>(map: &NamedMap<K, V>) -> NamedMap<K, V> {
    let mut entries: Vec<_> = map.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    entries.into_iter().collect()
}

/// Takes away the maps that have nothing in them.
fn drop_empty(data: &mut Value) {
    let Value::Object(map) = data else { return };
    map.values_mut().for_each(drop_empty);
    map.retain(|_, value| value.as_object().is_none_or(|map| !map.is_empty()));
}
