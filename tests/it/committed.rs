//! What this repository has committed is what its inputs give.

use std::collections::BTreeSet;

use crate::support::{Scene, repository};

/// Runs the command on this repository itself. It must not write.
#[track_caller]
fn succeeds_here(arguments: &[&str]) {
    let scene = Scene::empty();
    scene.run(scene.command(arguments).current_dir(repository())).succeeds();
}

#[test]
fn out_is_what_the_inputs_give() {
    succeeds_here(&["check", "--all"]);
}

#[test]
fn the_schema_is_the_one_of_this_version() {
    succeeds_here(&["schema", "--check"]);
}

#[test]
fn the_compiled_in_templates_are_those_of_this_repository() {
    // A build that missed a change of `templates/` would test yesterday's.
    let folder = repository().join("templates");
    let compiled_in = supercargo::templates::defaults();
    let files =
        walkdir::WalkDir::new(&folder).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    let names: BTreeSet<_> =
        files.map(|file| file.path().strip_prefix(&folder).unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(names, compiled_in.keys().cloned().collect());
    for (name, source) in compiled_in {
        let text = std::fs::read_to_string(folder.join(&name)).unwrap();
        assert!(text == source.text(), "templates/{name} is not what is compiled in");
    }
}
