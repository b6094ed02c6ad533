//! What a clone remembers makes a check quick, and never lets something pass that a full one would not.

use std::process::Command;

use walkdir::WalkDir;

use super::Clone;
use crate::support::Scene;

/// A scene with a warning at a place in its values.
fn warned() -> Clone {
    let chart = "{repository: 'https://charts.example.com', name: ingress-nginx, version: 1.0.0}";
    let values = format!("services: {{ingress: {{controller: nginx, chart: {chart}}}}}\n");
    Clone::of(Scene::new().and("values/base.yaml", &values))
}

/// Changes each file of the memory, which has to be there.
#[track_caller]
fn change_memory(clone: &Clone, change: impl Fn(&str) -> String) {
    let files = WalkDir::new(clone.scene.path(".git/supercargo")).into_iter().map(Result::unwrap);
    let mut changed = 0;
    for file in files.filter(|entry| entry.file_type().is_file()) {
        let text = std::fs::read_to_string(file.path()).unwrap();
        changed += usize::from(change(&text) != text);
        std::fs::write(file.path(), change(&text)).unwrap();
    }
    assert!(changed > 0, "nothing is remembered, or not what is to be changed");
}

#[test]
fn a_check_that_remembers_says_what_the_full_one_said() {
    let clone = warned();
    for arguments in [["check", "--all"].as_slice(), &["check", "--all", "--staged"]] {
        let full = clone.render(arguments).succeeds().to_string();
        assert!(full.contains("warning[retired]") && full.contains("controller: nginx"), "{full}");
        assert_eq!(clone.render(arguments).to_string(), full);
    }
    let full = clone.render(&["check", "--all", "--format", "json"]).to_string();
    change_memory(&clone, |text| text.replace("no longer maintained", "remembered"));
    // The proof that nothing was rendered.
    for arguments in [["check", "--all"].as_slice(), &["check", "--all", "--staged"], &["diff", "--all"], &["--all"]] {
        let run = clone.render(arguments).succeeds();
        assert!(run.stderr.contains("ingress-nginx is remembered"), "{arguments:?}: {run}");
    }
    let known = clone.render(&["check", "--all", "--format", "json"]).to_string();
    assert_eq!(known, full.replace("no longer maintained", "remembered"));
}

#[test]
fn whatever_changes_is_looked_at_again() {
    type Change = (&'static str, &'static dyn Fn(&Clone));
    let changes: [Change; 6] = [
        ("a value", &|clone| clone.write("values/dev.yaml", "platform: {domain: other.example.com}\n")),
        ("a template", &|clone| clone.write("templates/site.yaml.j2", "domain: x\n")),
        ("an output", &|clone| clone.write("out/dev/site.yaml", "domain: x\n")),
        ("a lock", &|clone| {
            let lock = clone.read("out/dev/render.lock");
            clone.write("out/dev/render.lock", &lock.replace("inputs ", "inputs 0"));
        }),
        ("one file more", &|clone| clone.write("out/dev/more.yaml", "a: 1\n")),
        ("one file less", &|clone| clone.scene.remove("out/dev/site.yaml")),
    ];
    for (what, change) in changes {
        let clone = Clone::new();
        clone.render(&["check", "--all"]).succeeds();
        clone.render(&["check", "--all"]).succeeds();
        change(&clone);
        let run = clone.render(&["check", "--all"]);
        assert_eq!(run.status, Some(1), "{what}: {run}");
    }
}

/// Lets the lock say that the files are as they were rendered, whatever they hold.
fn forge(clone: &Clone) {
    let old = clone.read("out/dev/site.yaml");
    let new = old.replace("dev.example.com", "evil.example.com");
    let digest = |text: &str| supercargo::output::Digest::of(text.as_bytes()).to_string();
    let lock = clone.read("out/dev/render.lock");
    assert!(lock.contains(&digest(&old)));
    clone.write("out/dev/render.lock", &lock.replace(&digest(&old), &digest(&new)));
    clone.write("out/dev/site.yaml", &new);
}

#[test]
fn a_lock_that_is_forged_with_its_files_does_not_pass() {
    let clone = Clone::new();
    clone.render(&["check", "--all"]).succeeds();
    forge(&clone);
    // A render believes the lock, which is its own record: it answers what has to be written.
    clone.render(&["--all"]).succeeds();
    for _ in 0..2 {
        let run = clone.render(&["check", "--all"]).exits(1);
        assert!(run.stderr.contains("out/dev/site.yaml is not what the inputs give"), "{run}");
        let run = clone.render(&["diff", "--all"]).exits(1);
        assert!(run.stdout.contains("-domain: evil.example.com"), "{run}");
    }
    clone.git(&["add", "."]).succeeds();
    clone.render(&["check", "--all", "--staged"]).exits(1);
}

#[test]
fn another_build_of_the_program_believes_nothing() {
    let clone = warned();
    clone.render(&["check", "--all"]).succeeds();
    change_memory(&clone, |text| text.replace("no longer maintained", "remembered"));
    // The same bytes as another file. Another program copies them: what this process has open for writing, children that
    // other tests start at that moment have open, too, and such a file can't be run.
    let copy = clone.scene.path("copy-of-render");
    assert!(Command::new("cp").arg(crate::support::RENDER).arg(&copy).status().unwrap().success());
    let run = clone.scene.run(&mut clone.command(copy, &["check", "--all"])).succeeds();
    assert!(run.stderr.contains("no longer maintained"), "{run}");
}

#[test]
fn what_is_remembered_can_not_be_committed() {
    let clone = Clone::new();
    clone.render(&["check", "--all"]).succeeds();
    clone.render(&["check", "--all", "--staged"]).succeeds();
    assert_eq!(clone.git(&["status", "--porcelain", "--ignored"]).succeeds().stdout, "");
    // A broken memory is none.
    change_memory(&clone, |text| text[..text.len() / 2].to_owned());
    clone.render(&["check", "--all"]).succeeds();
}

#[test]
fn without_a_clone_nothing_is_remembered() {
    let scene = Scene::new().rendered();
    let before = crate::support::tree(scene.root());
    scene.render(&["check", "--all"]).succeeds();
    assert!(crate::support::tree(scene.root()) == before);
}
