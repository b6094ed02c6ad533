//! Rules over finished trees: one file each, every finding with a code.
//!
//! A check sees what is rendered and what the values ask for, never values files or the disk. It comes in one of two
//! kinds:
//!
//! * a rule over one document gets it as plain data, as a `Subject`. All rules see a document while its data is there;
//!   it is dropped before the next one is made, so that a large tree never stands in memory as data.
//! * a rule over the `World` sees the `Facts` of all documents, which were taken while the data was there: what is
//!   named, what is there under that name, and who applies it when.
//!
//! Which document is of which kind is told once, as an [`inventory`]: what looks at few kinds only goes through that.
//!
//! A `Finding` names a route into a document, and the route becomes bytes of the rendered text at the end: only what
//! is found costs anything.

use rayon::prelude::*;

use crate::diagnostic::{Code, Diagnostics, Explanation};
use crate::manifest::Document;
use crate::model::Values;
use crate::schemas::Schemas;
use crate::tree::OutputPath;

mod applied;
mod duplicate_hosts;
mod duplicate_names;
mod duplicate_resources;
mod exceptions;
mod facts;
mod finding;
mod inventory;
mod kustomizations;
mod leaked_secrets;
mod missing_references;
mod permissions;
mod pipeline_calls;
mod pipeline_variables;
mod plaintext_secrets;
mod pod_parts;
pub mod policies;
mod schema;
mod selectors;
mod subject;
mod surroundings;
mod wave_order;
mod world;

use facts::Facts;
use finding::Finding;
use policies::Active;
use subject::Subject;
use surroundings::Surroundings;
use world::World;

/// A rendered environment as checks see it.
#[derive(Debug)]
pub struct CheckedTree<'a> {
    /// The environment's name.
    pub environment: &'a str,
    /// What it was rendered from.
    pub values: &'a Values,
    /// The schemas that its documents have to keep to.
    pub schemas: &'a Schemas,
    /// Its files, sorted by path.
    pub files: Vec<CheckedFile<'a>>,
}

/// A rendered file as checks see it.
#[derive(Debug)]
pub struct CheckedFile<'a> {
    /// Where it goes, below `out/<env>/`.
    pub path: &'a OutputPath,
    /// The template that made it.
    pub template: &'a str,
    /// What it holds, in the order of the text.
    pub documents: &'a [Document],
    /// The same as text.
    pub text: &'a str,
}

/// The rules over one document.
const DOCUMENT_RULES: &[fn(&Subject<'_>) -> Vec<Finding>] = &[
    plaintext_secrets::check,
    schema::check,
    duplicate_names::check,
    pod_parts::check,
    selectors::of_templates,
    pipeline_variables::check,
];

/// The rules over the facts of all documents.
const WORLD_RULES: &[fn(&World<'_>) -> Vec<Finding>] = &[
    duplicate_resources::check,
    missing_references::check,
    selectors::check,
    duplicate_hosts::check,
    pipeline_calls::check,
    permissions::check,
    wave_order::check,
    kustomizations::check,
];

/// What the checks say of a tree.
#[derive(Debug)]
pub struct Checked {
    /// The findings, sorted; they point into the rendered text.
    pub findings: Diagnostics,
    /// The names of the exceptions that no finding needed.
    pub stale: Vec<String>,
}

/// Runs every check over `tree`.
pub fn run(tree: &CheckedTree<'_>) -> Checked {
    let inventory = inventory::of(tree);
    let around = Surroundings::of(tree, &inventory);
    let policies = Active::of(tree.values, &around);
    let of_file = |file| of_file(tree, file, &policies);
    let (found, facts): (Vec<_>, Vec<_>) = tree.files.par_iter().map(of_file).unzip();
    let (mut found, facts): (Vec<Finding>, Vec<Facts<'_>>) =
        (found.into_iter().flatten().collect(), facts.into_iter().flatten().collect());
    let world = World::new(tree, &facts);
    found.par_extend(WORLD_RULES.par_iter().flat_map_iter(|rule| rule(&world)));
    found.extend(policies.of_tree(&inventory));
    let mut exceptions = exceptions::Exceptions::new(tree, &around);
    found.retain(|finding| !exceptions.cover(finding));
    let mut found: Diagnostics = found.into_iter().map(|finding| finding.in_text(tree)).collect();
    found.extend(leaked_secrets::check(tree).into_iter().filter(|leak| !exceptions.cover_text(leak)));
    Checked { findings: found.finish(), stale: exceptions.stale() }
}

/// What the rules over one document find in `file`, and the facts of its documents.
fn of_file<'a>(
    tree: &'a CheckedTree<'a>,
    file: &'a CheckedFile<'a>,
    policies: &Active<'_>,
) -> (Vec<Finding>, Vec<Facts<'a>>) {
    let is_patch = policies.around.is_patch(file.path.as_str());
    let (mut found, mut facts) = (Vec::new(), Vec::new());
    for (index, document) in file.documents.iter().enumerate() {
        // A document whose holes can't be filled was never written.
        let data = document.data().unwrap_or_default();
        let subject = Subject::new(tree, file, index, &data, is_patch);
        found.extend(DOCUMENT_RULES.iter().flat_map(|rule| rule(&subject)));
        found.extend(policies.of_document(&subject));
        facts.extend(Facts::of(&subject, file));
    }
    (found, facts)
}

/// What is to be known of findings of `code`, wherever it is written down.
pub fn explanation(code: Code) -> Option<Explanation> {
    policies::policy(code).map(|policy| policy.explanation).or_else(|| code.explanation().copied())
}

/// The path of a file from the project's root.
fn shown(environment: &str, path: &str) -> String {
    format!("out/{environment}/{path}")
}
