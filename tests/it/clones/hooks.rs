//! `render hook install` and `uninstall`, with Git itself calling what they leave.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;

use super::Clone;
use crate::support::{Scene, tree};

const HOOK: &str = ".git/hooks/pre-commit";

/// A clone without the examples of hooks that Git puts there.
fn clone() -> Clone {
    let clone = Clone::new();
    clone.scene.remove(".git/hooks");
    clone
}

/// A hook of somebody else.
fn before(clone: &Clone, path: &str, text: &str) {
    clone.write(path, &format!("#!/bin/sh\n{text}\n"));
    fs::set_permissions(clone.scene.path(path), fs::Permissions::from_mode(0o755)).unwrap();
}

/// Stages something that the gate refuses.
fn break_it(clone: &Clone) {
    clone.stage("values/dev.yaml", "platform: {domain: other.example.com}\n");
}

#[test]
fn installed_it_lets_through_what_is_right_and_stops_what_is_not() {
    let clone = clone();
    assert_snapshot!(clone.render(&["hook", "install"]), @"
    exit 0
    --- stderr
    .git/hooks/pre-commit: installed
    ");
    assert_eq!(fs::metadata(clone.scene.path(HOOK)).unwrap().permissions().mode() & 0o777, 0o755);
    clone.stage("README.md", "nothing that it asks about\n");
    clone.git(&["commit", "--quiet", "--message", "fine"]).succeeds();
    break_it(&clone);
    let run = clone.git(&["commit", "--message", "stale"]).exits(1);
    // Git hands everything that a hook says to standard error.
    assert!(run.stderr.contains("-domain: dev.example.com\n+domain: other.example.com\n"), "{run}");
    assert!(run.stderr.ends_with("help: run `render --env dev`, then stage what it writes: `git add out`\n"), "{run}");
    clone.git(&["commit", "--quiet", "--no-verify", "--message", "stale"]).succeeds();
    // What is not touched is not asked about.
    clone.stage("README.md", "nothing that it asks about either\n");
    clone.git(&["commit", "--quiet", "--message", "fine"]).succeeds();
}

#[test]
fn installed_twice_it_is_there_once_and_taken_away_it_leaves_nothing() {
    let clone = clone();
    let before = tree(&clone.scene.path(".git/hooks"));
    clone.render(&["hook", "install"]).succeeds();
    let once = clone.read(HOOK);
    assert_snapshot!(clone.render(&["hook", "install"]), @"
    exit 0
    --- stderr
    .git/hooks/pre-commit: installed already
    ");
    assert_eq!(clone.read(HOOK), once);
    assert_snapshot!(clone.render(&["hook", "uninstall"]), @"
    exit 0
    --- stderr
    .git/hooks/pre-commit: removed
    ");
    let mut after = tree(&clone.scene.path(".git/hooks"));
    after.remove("");
    assert!(after == before);
    assert_snapshot!(clone.render(&["hook", "uninstall"]), @"
    exit 0
    --- stderr
    .git/hooks: there is no hook of `render`
    ");
}

#[test]
fn a_hook_that_was_there_runs_first_and_its_answer_counts() {
    let clone = clone();
    before(&clone, HOOK, "echo \"mine: $0\"; exit ${ANSWER:-0}");
    let mine = clone.read(HOOK);
    assert_snapshot!(clone.render(&["hook", "install"]), @"
    exit 0
    --- stderr
    the hook that was there is pre-commit.before-render now, and runs first
    .git/hooks/pre-commit: installed
    ");
    clone.stage("README.md", "x\n");
    let mut refused = clone.command("git", &["commit", "--message", "x"]);
    let run = clone.scene.run(refused.env("ANSWER", "3")).exits(1);
    assert_eq!(run.stderr, "mine: .git/hooks/pre-commit.before-render\n");
    clone.git(&["commit", "--quiet", "--message", "x"]).succeeds();
    break_it(&clone);
    let run = clone.git(&["commit", "--message", "x"]).exits(1);
    assert!(run.stderr.starts_with("mine: ") && run.stderr.contains("is not what the inputs give"), "{run}");
    assert_snapshot!(clone.render(&["hook", "uninstall"]), @"
    exit 0
    --- stderr
    .git/hooks/pre-commit: the hook from before is back
    ");
    assert_eq!(clone.read(HOOK), mine);
    assert_eq!(tree(&clone.scene.path(".git/hooks")).len(), 2);
}

#[test]
fn the_folder_that_git_uses_counts() {
    let clone = clone();
    clone.git(&["config", "core.hooksPath", ".hooks"]).succeeds();
    clone.render(&["hook", "install"]).succeeds();
    assert!(clone.scene.path(".hooks/pre-commit").is_file() && !clone.scene.path(HOOK).exists());
    break_it(&clone);
    clone.git(&["commit", "--message", "stale"]).exits(1);
    // From a folder below, too.
    let mut below = clone.command(crate::support::RENDER, &["hook", "uninstall"]);
    clone.scene.run(below.current_dir(clone.scene.path("values"))).succeeds();
    assert!(!clone.scene.path(".hooks/pre-commit").exists());
}

#[test]
fn a_folder_that_other_repositories_use_is_left_alone() {
    let clone = clone();
    clone.write(".git/none", "[core]\n\thooksPath = /srv/hooks\n");
    assert_snapshot!(clone.render(&["hook", "install"]), @"
    exit 2
    --- stderr
    error: `core.hooksPath` of the global configuration names /srv/hooks, which other repositories use, too: call `render check --staged --all` from the hook there, or give this clone a folder of its own with `git config core.hooksPath .git/hooks`
    ");
}

#[test]
fn a_worktree_shares_the_hook_and_is_judged_by_its_own_index() {
    let clone = clone();
    clone.git(&["worktree", "add", "--quiet", "tree", "-b", "other"]).succeeds();
    let there = clone.scene.path("tree");
    let run = |program: &str, arguments: &[&str]| {
        let mut command = clone.command(program, arguments);
        clone.scene.run(command.current_dir(&there))
    };
    run(crate::support::RENDER, &["hook", "install"]).succeeds();
    assert!(clone.scene.path(HOOK).is_file());
    clone.write("tree/values/dev.yaml", "platform: {domain: other.example.com}\n");
    run("git", &["commit", "--all", "--message", "stale"]).exits(1);
    run(crate::support::RENDER, &["--all", "--quiet"]).succeeds();
    run("git", &["add", "."]).succeeds();
    run("git", &["commit", "--quiet", "--message", "fine"]).succeeds();
}

#[test]
fn a_hook_that_the_framework_has_moved_is_found() {
    let clone = clone();
    clone.render(&["hook", "install"]).succeeds();
    fs::rename(clone.scene.path(HOOK), clone.scene.path(".git/hooks/pre-commit.legacy")).unwrap();
    before(&clone, HOOK, "exit 0");
    assert_snapshot!(clone.render(&["hook", "install"]), @"
    exit 0
    --- stderr
    the hook is installed already, as one that the pre-commit framework runs first
    ");
    assert_snapshot!(clone.render(&["hook", "uninstall"]), @"
    exit 0
    --- stderr
    .git/hooks/pre-commit.legacy: removed
    ");
    assert!(clone.scene.path(HOOK).exists() && !clone.scene.path(".git/hooks/pre-commit.legacy").exists());
}

#[test]
fn what_can_not_be_done_is_said() {
    let clone = clone();
    before(&clone, HOOK, "exit 0");
    before(&clone, ".git/hooks/pre-commit.before-render", "exit 0");
    let run = clone.render(&["hook", "install"]).exits(2);
    assert!(run.stderr.contains("remove one of the two"), "{run}");
    let run = Scene::new().render(&["hook", "install"]).exits(2);
    assert!(run.stderr.contains("not a git repository"), "{run}");
}

#[test]
fn without_the_program_a_commit_says_how_to_go_on() {
    let clone = clone();
    clone.render(&["hook", "install"]).succeeds();
    let moved = clone.read(HOOK).replace(crate::support::RENDER, "/nowhere/render");
    clone.write(HOOK, &moved);
    break_it(&clone);
    let run = clone.git(&["commit", "--message", "x"]).exits(1);
    assert_eq!(run.stderr, "pre-commit: render is not installed; to commit without it: git commit --no-verify\n");
}
