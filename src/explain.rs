//! Where things come from, and what they reach: from a value to the lines of `out/`, and from a line to the template and
//! the values behind it.
//!
//! Nothing is guessed: a value is changed, the environment rendered again in memory, and what comes out different is what
//! it reaches. What can't be changed by itself is said to be untried. Nothing here reads or writes files.

use std::sync::{Arc, OnceLock};

use serde_json::Value;

use crate::model;
use crate::pipeline::{Tracer, Trial};
use crate::source::Location;
use crate::yaml::{NodeKind, locate};

mod behind;
mod effects;
mod enrich;
mod schema;

pub use behind::{Behind, BehindValue, Role};
pub use effects::{Experiment, Reached};
pub use enrich::enrich;

/// Answers questions about one environment.
#[derive(Debug, Clone)]
pub struct Explainer<'t> {
    trial: &'t Trial<'t>,
    schema: &'static Value,
    tracer: Arc<OnceLock<Tracer<'t>>>,
}

impl<'t> Explainer<'t> {
    /// An explainer of the environment that `trial` is about.
    pub fn new(trial: &'t Trial<'t>) -> Self {
        static SCHEMA: OnceLock<Value> = OnceLock::new();
        Self { trial, schema: SCHEMA.get_or_init(model::schema), tracer: Arc::default() }
    }

    fn trial(&self) -> &'t Trial<'t> {
        self.trial
    }

    fn schema(&self) -> &'static Value {
        self.schema
    }

    /// What traces files back to templates.
    pub fn tracer(&self) -> &Tracer<'t> {
        self.tracer.get_or_init(|| Tracer::new(self.trial))
    }

    /// Where a layer sets the value at `keys`; `None` where none does. Of a map that several layers set, the place of
    /// none is its own.
    pub fn set_at(&self, keys: &[String]) -> Option<Location> {
        let root = &self.trial.inputs().merged.root;
        let node = keys.iter().try_fold(root, |node, key| node.child(key))?;
        (!matches!(node.kind, NodeKind::Map(_))).then(|| locate(root, keys))
    }
}

/// The value at `keys` below `value`.
pub(crate) fn value_at<'v>(value: &'v Value, keys: &[String]) -> Option<&'v Value> {
    keys.iter().try_fold(value, |value, key| match value {
        Value::Object(map) => map.get(key),
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
