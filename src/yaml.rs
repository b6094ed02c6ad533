//! YAML text to nodes that know their place, and data to canonical YAML text.
//!
//! Knows nothing of values, templates or manifests.

mod load;
mod node;
mod resolve;

pub use load::{Limits, load_all, load_one};
pub use node::{Entry, Map, Node, NodeKind, Scalar};
pub use resolve::{Ambiguity, Resolved, resolve_plain};
