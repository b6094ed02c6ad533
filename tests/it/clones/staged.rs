//! `render check --staged`: what the next commit holds counts, and nothing else.

use insta::assert_snapshot;

use super::Clone;
use crate::support::{RENDER, Scene};

const OTHER: &str = "platform: {domain: other.example.com}\n";

#[test]
fn what_is_staged_is_judged_as_it_is_staged() {
    // Staged good, and bad in the folder.
    let clone = Clone::new();
    clone.write("values/dev.yaml", OTHER);
    assert_snapshot!(clone.render(&["check", "--staged", "--all"]), @"
    exit 0
    --- stderr
    dev: 1 file current
    ");
    clone.render(&["check", "--all"]).exits(1);
    // Staged bad, and good in the folder.
    clone.git(&["add", "values"]).succeeds();
    clone.render(&["--all", "--quiet"]).succeeds();
    clone.render(&["check", "--all"]).succeeds();
    assert_snapshot!(clone.render(&["check", "--staged", "--all"]), @"
    exit 1
    --- stdout
    diff --git a/out/dev/site.yaml b/out/dev/site.yaml
    --- a/out/dev/site.yaml
    +++ b/out/dev/site.yaml
    @@ -1,2 +1,2 @@
     # Rendered from templates/site.yaml.j2; edit that or the values, not this file.
    -domain: dev.example.com
    +domain: other.example.com
    --- stderr
    dev: 1 file out of date
    error[out-of-date]: out/dev/render.lock is not what the inputs give
    --> out/dev/render.lock
     = note: values/dev.yaml was changed since the last render
     = help: run `render --env dev` and commit what it writes

    error[out-of-date]: out/dev/site.yaml is not what the inputs give
    --> out/dev/site.yaml
     = note: values/dev.yaml was changed since the last render
     = help: run `render --env dev` and commit what it writes

    error: 2 problems: out/ is not what the inputs give
    help: run `render --env dev`, then stage what it writes: `git add out`
    ");
    clone.git(&["add", "out"]).succeeds();
    clone.render(&["check", "--staged", "--all"]).succeeds();
}

#[test]
fn a_commit_of_one_file_has_an_index_of_its_own() {
    let clone = Clone::new();
    clone.write("values/dev.yaml", OTHER);
    clone.render(&["--all", "--quiet"]).succeeds();
    clone.git(&["add", "."]).succeeds();
    clone.render(&["hook", "install", "--quiet"]).succeeds();
    let run = clone.git(&["commit", "--message", "half", "values/dev.yaml"]).exits(1);
    assert!(run.stderr.contains("out/dev/site.yaml is not what the inputs give"), "{run}");
    clone.git(&["commit", "--quiet", "--message", "whole", "values/dev.yaml", "out"]).succeeds();
}

#[test]
fn files_that_git_does_not_know_do_not_count() {
    let clone = Clone::new();
    clone.write("templates/new.yaml.j2", "a: 1\n");
    clone.write("out/dev/stranger.yaml", "a: 1\n");
    clone.render(&["check", "--staged", "--all"]).succeeds();
    clone.git(&["add", "out"]).succeeds();
    let run = clone.render(&["check", "--staged", "--all"]).exits(1);
    assert!(run.stderr.contains("error[unlisted-file]: out/dev/stranger.yaml comes from no input"), "{run}");
}

#[test]
fn a_project_below_the_top_of_its_repository() {
    let clone = Clone { scene: Scene::empty() };
    crate::support::copy(Scene::new().root(), &clone.scene.path("deep/er project"));
    clone.git(&["init", "--quiet"]).succeeds();
    clone.render(&["--all", "--quiet", "--project", "deep/er project"]).succeeds();
    clone.git(&["add", "."]).succeeds();
    let check = ["check", "--staged", "--all", "--project", "deep/er project"];
    clone.render(&check).succeeds();
    clone.stage("deep/er project/values/dev.yaml", OTHER);
    clone.render(&check).exits(1);
    // From another folder, in another repository.
    let elsewhere = Clone::new();
    let path = clone.scene.path("deep/er project");
    elsewhere.render(&["check", "--staged", "--all", "--project", path.to_str().unwrap()]).exits(1);
    let mut inside = clone.command(crate::support::RENDER, &check[..3]);
    clone.scene.run(inside.current_dir(path.join("values"))).exits(1);
}

#[test]
fn a_repository_inside_of_another_is_its_own() {
    let outer = Clone::new();
    crate::support::copy(Scene::new().root(), &outer.scene.path("inner"));
    outer.git(&["-C", "inner", "init", "--quiet"]).succeeds();
    outer.render(&["--all", "--quiet", "--project", "inner"]).succeeds();
    outer.git(&["-C", "inner", "add", "."]).succeeds();
    outer.render(&["check", "--staged", "--all", "--project", "inner"]).succeeds();
}

/// A hook of another repository must not lead the check to its index, even if it runs in the project's folder.
#[test]
fn the_index_of_another_repository_does_not_count() {
    let (clone, other) = (Clone::new(), Scene::empty().with("x", "").committed());
    clone.stage("values/dev.yaml", "platform: {domain: x}\n");
    let mut command = clone.command(RENDER, &["check", "--staged", "--all"]);
    command.env("GIT_DIR", other.path(".git")).env("GIT_INDEX_FILE", other.path(".git/index"));
    let run = clone.scene.run(&mut command).exits(2);
    assert!(run.stderr.contains("error[invalid-value]: `x` has no dot"), "{run}");
}

#[test]
fn a_link_that_is_staged_is_followed_no_further_than_a_real_one() {
    let clone = Clone::new();
    std::os::unix::fs::symlink("/etc/hostname", clone.scene.path("values/prod.yaml")).unwrap();
    clone.git(&["add", "."]).succeeds();
    let run = clone.render(&["check", "--staged", "--all"]).exits(2);
    assert!(run.stderr.contains("error[symbolic-link]: values/prod.yaml is a link"), "{run}");
}

#[test]
fn where_nothing_can_be_read() {
    assert_snapshot!(Scene::new().render(&["check", "--staged", "--all"]), @"
    exit 2
    --- stderr
    error: [project] is in no work tree of Git: `git rev-parse` failed: fatal: not a git repository (or any of the parent directories): .git
    ");
    let clone = Clone { scene: Scene::new() };
    clone.git(&["init", "--quiet"]).succeeds();
    assert_snapshot!(clone.render(&["check", "--staged", "--all"]), @"
    exit 2
    --- stderr
    error: nothing below values/ is staged: `git add` the project first
    ");
}

#[test]
fn nothing_is_left_behind() {
    let clone = Clone::new();
    let temporary = Scene::empty();
    let run = |arguments: &[&str]| {
        let mut command = clone.command(crate::support::RENDER, arguments);
        clone.scene.run(command.env("TMPDIR", temporary.root()))
    };
    run(&["check", "--staged", "--all"]).succeeds();
    clone.stage("values/dev.yaml", OTHER);
    run(&["check", "--staged", "--all"]).exits(1);
    clone.stage("values/dev.yaml", "a: [\n");
    run(&["check", "--staged", "--all"]).exits(2);
    assert_eq!(crate::support::tree(temporary.root()).len(), 1);
}

#[test]
fn a_long_diff_is_cut_off() {
    let clone = Clone::new();
    clone.stage("templates/site.yaml.j2", "{% for n in range(400) %}\n- {{ n }}\n{% endfor %}\n");
    let run = clone.render(&["check", "--staged", "--all"]).exits(1);
    assert_eq!(run.stdout.lines().count(), 200);
    assert!(run.stderr.contains(" more lines; --diff prints them all\n"), "{run}");
    let run = clone.render(&["check", "--staged", "--all", "--diff"]).exits(1);
    assert!(run.stdout.ends_with("+- 399\n"), "{run}");
}
