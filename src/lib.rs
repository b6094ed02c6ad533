//! supercargo: a `GitOps` repository generator.
//!
//! The rooms, in the order in which a render passes through them:
//!
//! * [`source`] holds the text of each file and points into it; [`diagnostic`] says what is wrong with it;
//! * [`yaml`] reads YAML with places and writes canonical YAML;
//! * [`model`] is what values mean;
//! * [`tree`] is the rendered environment in memory; [`diff`] compares two sets of files;
//! * [`output`] is the only writer of `out/`.

pub mod diagnostic;
pub mod diff;
pub mod model;
pub mod output;
pub mod source;
pub mod tree;
