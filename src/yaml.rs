//! YAML text to nodes that know their place, and data to canonical YAML text.
//!
//! Knows nothing of values, templates or manifests.

mod emit;
mod load;
mod node;
mod resolve;
mod scalar;

pub use emit::Emitter;
pub use load::{Limits, load_all, load_one};
pub use node::{Entry, Map, Node, NodeKind, Scalar};
pub use resolve::{Ambiguity, Resolved, resolve_plain};
pub use scalar::canonical_string;

/// The characters that mark a hole in rendered text: opening and closing, with the hole's number between them.
///
/// Unicode keeps these two code points for the internal use of programs, so no text of a person has them; values that
/// do are refused, and a template can't be made to print a mark that is not its own.
pub const HOLE_MARKS: [char; 2] = ['\u{fdd0}', '\u{fdd1}'];
