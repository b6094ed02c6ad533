//! supercargo: a `GitOps` repository generator.
//!
//! The rooms, from the bottom up: each knows only those above it in this list.
//!
//! * [`source`] holds the text of each file and points into it; [`diagnostic`] says what is wrong with it;
//! * [`leaks`] knows secrets in the clear by their form; [`hex`] writes digests;
//! * [`yaml`] reads YAML with places and writes canonical YAML;
//! * [`model`] is what values mean; [`layers`] merges values files into one typed `Values` per environment;
//! * [`schemas`] knows the schema of every kind of document, compiled in or brought by the project;
//! * [`tree`] is a rendered environment in memory; [`manifest`] is a document with holes, and fills them;
//! * [`templates`] runs templates over values; what they print has holes, whose values travel beside the text;
//! * [`checks`] are the rules over finished documents; [`diff`] compares two sets of files;
//! * [`changes`] tells what that means in resources, and what of it is dangerous;
//! * [`graph`] reads the App of Apps out of a tree, and draws it;
//! * [`report`] makes pages for people of what the rooms above know;
//! * [`project`] is the only reader of inputs, [`pipeline`] the chain from a project to checked trees;
//! * [`http`] is the only room that touches the network; [`charts`] fetches the Helm charts that values pin, and holds
//!   Helm values to them;
//! * [`explain`] says where a rendered line comes from, and what a value reaches;
//! * [`output`] is the only writer of `out/`; [`edit`] changes one value of a values file in place;
//! * [`plan`] is a list of steps from what is there to what is wanted; [`cloud`] makes one for `DigitalOcean`, and
//!   [`identity`] for Auth0; [`outputs`] writes down what those told;
//! * [`seal`] makes ciphertext of secrets, and knows nothing of templates and trees; [`store`] keeps what it makes.

pub mod changes;
pub mod charts;
pub mod checks;
pub mod cloud;
pub mod diagnostic;
pub mod diff;
pub mod edit;
pub mod explain;
pub mod graph;
pub mod hex;
pub mod http;
pub mod identity;
pub mod layers;
pub mod leaks;
pub mod manifest;
pub mod model;
pub mod output;
pub mod outputs;
pub mod pipeline;
pub mod plan;
pub mod project;
pub mod report;
pub mod schemas;
pub mod seal;
pub mod source;
pub mod store;
pub mod templates;
pub mod tree;
pub mod yaml;

/// The version of the program. It stands in every lock file and in the digest of inputs: an upgrade renders anew.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
