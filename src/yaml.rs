//! YAML text to nodes that know their place, and data to canonical YAML text.
//!
//! Knows nothing of values, templates or manifests.

mod emit;
mod load;
mod locate;
mod node;
mod resolve;
mod scalar;

use std::ops::RangeInclusive;

pub use emit::Emitter;
pub use load::{Limits, load_all, load_one};
pub use locate::{locate, locate_key};
pub use node::{Entry, Map, Node, NodeKind, Scalar};
pub use resolve::{Ambiguity, Resolved, resolve_plain};
pub use scalar::{canonical_key, canonical_string};

/// The characters that the token of a hole in rendered text is made of.
///
/// Unicode keeps these code points for the internal use of programs, so no text of a person has them; values that do
/// are refused, and a template can't be made to print a token that is not its own.
pub const HOLE_MARKS: RangeInclusive<char> = '\u{fdd0}'..='\u{fddb}';

/// Whether `character` is one that the tokens of holes are made of.
pub fn is_hole_mark(character: char) -> bool {
    HOLE_MARKS.contains(&character)
}
