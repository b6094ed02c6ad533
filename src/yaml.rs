//! YAML text to nodes that know their place, and data to canonical YAML text.
//!
//! Knows nothing of values, templates or manifests.

use indexmap::IndexMap;

use crate::source::Location;

mod emit;
mod load;

pub use emit::Emitter;
pub use load::{Limits, load_all, load_one};
