//! A Secret with its data in the clear must never reach the disk: what Git has seen once is known for ever.

use super::{CheckedFile, shown};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

pub(super) fn check(environment: &str, files: &[CheckedFile<'_>], found: &mut Diagnostics) {
    for file in files {
        for document in file.documents {
            let is_secret = document.text_at(&["kind"]).is_some_and(|kind| kind == "Secret")
                && document.text_at(&["apiVersion"]).is_some_and(|version| version == "v1");
            if !is_secret || !(document.has(&["data"]) || document.has(&["stringData"])) {
                continue;
            }
            let name = document.text_at(&["metadata", "name"]).unwrap_or_default();
            found.push(
                Diagnostic::error(Code::PlaintextSecret, format!("Secret `{name}` would be written in the clear"))
                    .in_file(shown(environment, file.path))
                    .note(format!("rendered by {}", file.template))
                    .help("render a SealedSecret, and refer to the Secret that the controller makes of it"),
            );
        }
    }
}
