//! End-to-end tests over the real command: wiring, wording, and what only a process and a disk can show.
//!
//! One binary, one module per feature. Whatever can be tested below the command is tested beside its code.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod alloy;
mod applications;
mod architecture;
mod bad_output;
mod bad_templates;
mod bad_values;
mod charts;
mod clones;
mod cloud;
mod commands;
mod committed;
mod corpus;
mod dangers;
mod dashboards;
mod deletions;
mod delivery;
mod determinism;
mod diff;
mod docs;
mod explain;
mod graph;
mod http;
mod identity;
mod images;
mod interrupts;
mod json;
mod leaks;
mod loopback;
mod needed_secrets;
mod outside;
mod platform;
mod policies;
mod renovate;
mod report;
mod runbooks;
mod runs;
mod schemas;
mod seal;
mod spaces;
mod strings;
mod support;
mod tekton;
mod watch;

use std::collections::BTreeSet;
use std::path::Path;

/// A file without its `mod` line would be compiled by nobody, and its tests would pass for ever.
#[test]
fn every_file_of_this_folder_is_a_module() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let entries = |folder: &Path| -> BTreeSet<String> {
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    let here = entries(&folder);
    // Of each folder, the file of its name says what is in it.
    let folders = here.iter().filter(|name| folder.join(name).is_dir());
    let parents = folders.map(|name| (format!("{name}.rs"), folder.join(name)));
    for (parent, below) in std::iter::once(("main.rs".to_owned(), folder.clone())).chain(parents) {
        let files: BTreeSet<_> = entries(&below)
            .into_iter()
            .filter(|name| name.strip_suffix(".rs").is_some() && name != "main.rs")
            .collect();
        let text = std::fs::read_to_string(folder.join(&parent)).unwrap();
        let modules = text.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
        let modules: BTreeSet<_> = modules.map(|name| format!("{name}.rs")).collect();
        assert_eq!(files, modules, "{parent}");
    }
}
