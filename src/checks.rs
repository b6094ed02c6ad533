//! Rules over finished trees: one file each, every finding with a code.
//!
//! A check sees documents, never values files or the disk.

use crate::diagnostic::Diagnostics;
use crate::manifest::Document;
use crate::tree::OutputPath;

mod duplicate_resources;
mod leaked_secrets;
mod plaintext_secrets;

/// A rendered file as checks see it.
#[derive(Debug)]
pub struct CheckedFile<'a> {
    /// Where it goes, below `out/<env>/`.
    pub path: &'a OutputPath,
    /// The template that made it.
    pub template: &'a str,
    /// What it holds.
    pub documents: &'a [Document],
    /// The same as text.
    pub text: &'a str,
}

/// Runs every check over the files of the environment named `environment`.
pub fn run(environment: &str, files: &[CheckedFile<'_>]) -> Diagnostics {
    let mut found = Diagnostics::new();
    duplicate_resources::check(environment, files, &mut found);
    plaintext_secrets::check(environment, files, &mut found);
    leaked_secrets::check(environment, files, &mut found);
    found
}

/// The path of a file from the project's root.
fn shown(environment: &str, path: &OutputPath) -> String {
    format!("out/{environment}/{path}")
}
