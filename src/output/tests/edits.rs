//! Files that were edited by hand, files that nobody knows, and what `inspect` says of them.

use super::*;
use crate::diff::Kind::{Added, Changed, Removed};

const SERVICE: &str = "spec:\n  ports:\n    - name: http\n      targetPort: 8080\n";

fn edited(text: &str) -> (Project, Tree) {
    let tree = tree("1", &[("web/service.yaml", SERVICE)]);
    let project = Project::with(&tree);
    project.put("web/service.yaml", text);
    (project, tree)
}

fn first_label(text: &str) -> String {
    let (project, tree) = edited(text);
    let prepared = prepare(project.root(), &tree, Options::default()).unwrap();
    let finding = prepared.blocked().iter().next().unwrap();
    let label = finding.primary.as_ref().unwrap();
    let (line, column) = label.location.line_column();
    format!("{line}:{column} `{}` {}", label.location.text(), label.text)
}

#[test]
fn an_edit_stops_the_render_and_shows_the_line() {
    let (project, tree) = edited(&SERVICE.replace("8080", "8081"));
    assert_eq!(project.unchanged("1"), None);
    insta::assert_snapshot!(project.blocked(&tree, false), @"
    error[edited-output]: out/dev/web/service.yaml was edited by hand
     --> out/dev/web/service.yaml:4:19
      |
    4 |       targetPort: 8081
      |                   ^^^^ rendered as `8080`
      |
      = note: `templates/x.j2` renders it
      = help: to keep the edit, set the value that the line comes from, or change the template, and render again
      = help: to drop it, run `render --env dev --discard-edits`
    ");
    let prepared = prepare(project.root(), &tree, Options::default()).unwrap();
    insta::assert_snapshot!(prepared.edits()[0].diff.as_ref().unwrap(), @"
    diff --git a/out/dev/web/service.yaml b/out/dev/web/service.yaml
    --- a/out/dev/web/service.yaml
    +++ b/out/dev/web/service.yaml
    @@ -1,4 +1,4 @@
     spec:
       ports:
         - name: http
    -      targetPort: 8080
    +      targetPort: 8081
    ");
}

#[test]
fn the_first_changed_words_are_shown_whatever_was_done_to_the_file() {
    let cases = [
        SERVICE.replace("http", "https extra"),
        SERVICE.replace("    - name: http\n", ""),
        SERVICE.replace("      targetPort: 8080\n", ""),
        SERVICE.replace("spec:\n", "spec:\n  # mine\n"),
        SERVICE.replace('\n', "\r\n"),
        SERVICE.replace("8080", ""),
        SERVICE.replace("8080", "8080 "),
        SERVICE.trim_end().to_owned(),
        String::new(),
        SERVICE.replace("http", "ä\u{a0}ö"),
    ];
    let labels: Vec<_> = cases.iter().map(|text| first_label(text)).collect();
    insta::assert_snapshot!(labels.join("\n"), @"
    3:13 `https extra` rendered as `http`
    3:7 `targetPort: 8080` rendered with `- name: http` before this line
    3:5 `- name: http` rendered with `targetPort: 8080` behind this line
    2:3 `# mine` not rendered
    1:1 `spec:` ends in CR LF and is rendered with LF: mark `out/** -text` in .gitattributes
    4:7 `targetPort:` rendered as `targetPort: 8080`
    4:19 `8080 ` rendered as `8080`
    4:7 `targetPort: 8080` rendered with a line break behind it
    1:1 `` the file is empty
    3:13 `ä ö` rendered as `http`
    ");
}

#[test]
fn a_file_that_is_no_text_is_named_without_a_line() {
    let (project, tree) = edited("");
    fs::write(project.path("web/service.yaml"), b"\xff\xfe").unwrap();
    assert!(project.blocked(&tree, false).contains("out/dev/web/service.yaml was edited by hand"));
}

#[test]
fn edits_are_dropped_where_that_is_asked_for() {
    let (project, tree) = edited("mine");
    let Outcome::Written(changes) = project.try_write(&tree, true) else { panic!("blocked") };
    assert_eq!(changes.discarded, paths(&["web/service.yaml"]));
    project.assert_holds(&tree, &[]);
}

#[test]
fn a_stale_file_that_was_edited_stops_the_render_too() {
    let (project, _) = edited("mine");
    let new = tree("2", &[("other", "")]);
    insta::assert_snapshot!(project.blocked(&new, false), @"
    error[edited-output]: out/dev/web/service.yaml was edited by hand
    --> out/dev/web/service.yaml
     = note: nothing renders it any more, so it would be removed
     = help: to keep it, move it to a path that no lock lists
     = help: to drop it, run `render --env dev --discard-edits`
    ");
    let Outcome::Written(changes) = project.try_write(&new, true) else { panic!("blocked") };
    assert_eq!((changes.removed, changes.discarded), (paths(&["web/service.yaml"]), paths(&["web/service.yaml"])));
    project.assert_holds(&new, &[]);
}

#[test]
fn an_edit_that_says_what_would_be_rendered_is_none() {
    let (project, _) = edited("new");
    let new = tree("2", &[("web/service.yaml", "new")]);
    assert!(project.write(&new).is_empty());
    project.assert_holds(&new, &[]);
}

#[test]
fn a_file_that_nobody_knows_is_never_overwritten_but_may_be_right_already() {
    let project = Project::new();
    project.put("a/b", "mine");
    project.put("c", "right");
    let tree = tree("1", &[("a/b", "rendered"), ("c", "right")]);
    for discard_edits in [false, true] {
        assert!(project.blocked(&tree, discard_edits).contains("unknown-file"));
    }
    insta::assert_snapshot!(project.blocked(&tree, false), @"
    error[unknown-file]: out/dev/a/b is to be written, and a file that `render` does not know is there
    --> out/dev/a/b
     = note: `templates/x.j2` renders it
     = note: out/dev/render.lock does not list it, so it is nothing that an earlier render wrote
     = help: move or remove it, then render again
    ");
    fs::remove_file(project.path("a/b")).unwrap();
    assert_eq!(project.write(&tree).unchanged, 1);
    project.assert_holds(&tree, &[]);
}

#[test]
fn a_broken_lock_stops_the_render() {
    let tree = tree("1", &[("a", "1")]);
    let project = Project::with(&tree);
    let lock = project.read("render.lock");
    project.put("render.lock", &lock.replace("inputs", "<<<<<<< HEAD\ninputs"));
    assert_eq!(project.unchanged("1"), None);
    let report = project.blocked(&tree, true).replace(env!("CARGO_PKG_VERSION"), "VERSION");
    insta::assert_snapshot!(report, @"
    error[broken-lock]: out/dev/render.lock has a merge conflict
     --> out/dev/render.lock:4:1
      |
    4 | <<<<<<< HEAD
      | ^^^^^^^^^^^^ a conflict that Git left
      |
      = help: take a whole one from Git, with `git checkout HEAD -- out/dev/render.lock`, then run `render --env dev`; if that finds edited files, `render --env dev --discard-edits` renders them anew
    ");
    project.put("render.lock", &lock);
    project.assert_holds(&tree, &[]);
    fs::write(project.path("render.lock"), b"\xff").unwrap();
    assert!(project.blocked(&tree, true).contains("is not UTF-8"));
}

#[test]
fn an_inspection_knows_each_state_and_changes_nothing() {
    let old = ["current", "updated", "edited", "stale", "stale-edited", "missing"].map(|path| (path, "old"));
    let project = Project::with(&tree("1", &old));
    project.put("edited", "mine");
    project.put("stale-edited", "mine");
    project.put("unknown", "mine");
    fs::remove_file(project.path("missing")).unwrap();
    let new = tree(
        "2",
        &[
            ("current", "old"),
            ("updated", "new"),
            ("edited", "new"),
            ("missing", "old"),
            ("unknown", "new"),
            ("n", "n"),
        ],
    );
    let before = project.files();
    let inspection = inspect(project.root(), &new).unwrap();
    assert_eq!(project.files(), before);
    let states: Vec<_> = inspection.states.iter().map(|(path, state)| format!("{path}: {state:?}")).collect();
    insta::assert_snapshot!(states.join("\n"), @"
    current: Current
    edited: Edited
    missing: Missing
    n: Missing
    stale: Stale
    stale-edited: Edited
    unknown: Unknown
    updated: OutOfDate
    ");
    assert_eq!(inspection.lock, Some(State::OutOfDate));
    assert_eq!((inspection.blocked.iter().count(), inspection.out_of_date.iter().count()), (3, 5));
    assert_eq!(inspection.edits.len(), 2);
    assert!(!inspection.is_current());
    let changed: Vec<_> = inspection.diff.files.iter().map(|file| (file.path.as_str(), file.kind)).collect();

    assert_eq!(
        changed,
        [
            ("out/dev/edited", Changed),
            ("out/dev/missing", Added),
            ("out/dev/n", Added),
            ("out/dev/stale", Removed),
            ("out/dev/stale-edited", Removed),
            ("out/dev/unknown", Changed),
            ("out/dev/updated", Changed)
        ]
    );
}

#[test]
fn an_inspection_of_what_was_never_rendered_finds_all_missing() {
    let project = Project::new();
    let inspection = inspect(project.root(), &tree("1", &[("a/b", "1")])).unwrap();
    assert_eq!((inspection.count(State::Missing), inspection.lock), (1, Some(State::Missing)));
    assert!(!project.root().join("out").exists());
}
