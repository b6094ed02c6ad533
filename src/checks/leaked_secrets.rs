//! A text that looks like a secret must not reach the disk, wherever it stands.

use rayon::prelude::*;

use super::{CheckedFile, CheckedTree, shown};
use crate::diagnostic::{Code, Diagnostic};
use crate::leaks::leaks;

pub(super) fn check(tree: &CheckedTree<'_>) -> Vec<Diagnostic> {
    let of = |file: &CheckedFile<'_>| -> Vec<Diagnostic> {
        let leaks = leaks(&shown(tree.environment, file.path.as_str()), file.text).into_iter();
        let finding = |leak: crate::leaks::Leak| {
            Diagnostic::error(Code::Leak, format!("{} would be written in the clear", leak.kind))
                .at(leak.location, "")
                .note(format!("rendered by {}", file.template))
                .help("seal it with `render seal set`, and refer to the Secret")
        };
        leaks.map(finding).collect()
    };
    tree.files.par_iter().flat_map_iter(of).collect()
}
