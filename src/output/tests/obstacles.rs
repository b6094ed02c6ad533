//! Links, folders and other things where a file is to be: nothing outside the folder is reached through them.

use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use super::*;

/// A folder outside the project's output, with a file that a write through a link would change or remove.
fn outside(project: &Project) -> PathBuf {
    let outside = project.root().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("a"), "precious").unwrap();
    outside
}

#[track_caller]
fn assert_link_is_found(project: &Project, tree: &Tree, shown: &str) {
    let report = project.blocked(tree, true);
    let headline = format!("error[symbolic-link]: {shown} is a symbolic link\n");
    assert_eq!(report.matches(&headline).count(), 1, "{report}");
    assert_eq!(report.matches("error[").count(), 1, "{report}");
    assert_eq!(fs::read_to_string(project.root().join("outside/a")).unwrap(), "precious");
    assert_eq!(fs::read_dir(project.root().join("outside")).unwrap().count(), 1);
    assert!(!inspect(project.root(), tree).unwrap().blocked.is_empty());
    assert_eq!(project.unchanged(&tree.inputs), None);
}

#[test]
fn no_link_on_the_way_is_followed() {
    let tree = tree("1", &[("x/a", "new"), ("x/b", "new"), ("y", "new")]);
    for link in ["out", "out/dev", "out/dev/x"] {
        let project = Project::new();
        let outside = outside(&project);
        let path = project.root().join(link);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(&outside, &path).unwrap();
        assert_link_is_found(&project, &tree, link);
    }
}

#[test]
fn a_link_in_the_place_of_a_file_is_neither_read_nor_replaced() {
    for (link, target) in [("y", "a"), ("y", "nowhere"), ("x/a", "a"), ("render.lock", "a"), (".render-work", "")] {
        let tree = tree("1", &[("x/a", "new"), ("y", "new")]);
        let project = Project::new();
        let outside = outside(&project);
        project.put("x/other", "");
        symlink(outside.join(target), project.path(link)).unwrap();
        assert_link_is_found(&project, &tree, &format!("out/dev/{link}"));
    }
}

#[test]
fn a_folder_of_stale_files_that_became_a_link_is_not_cleaned() {
    let project = Project::with(&tree("1", &[("x/a", "precious"), ("y", "1")]));
    let outside = outside(&project);
    fs::remove_dir_all(project.path("x")).unwrap();
    symlink(&outside, project.path("x")).unwrap();
    assert_link_is_found(&project, &tree("2", &[("y", "1")]), "out/dev/x");
}

#[test]
fn a_file_in_the_place_of_a_folder_is_named() {
    let new = tree("1", &[("x/a", "new")]);
    for (path, shown) in [("out", "out"), ("out/dev", "out/dev"), ("out/dev/x", "out/dev/x")] {
        let project = Project::new();
        let path = project.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "mine").unwrap();
        let report = project.blocked(&new, true);
        assert!(report.contains(&format!("{shown} has to be a folder, and something else is there")), "{report}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    }
}

#[test]
fn a_folder_in_the_place_of_a_file_is_named_with_what_is_in_it() {
    let old = tree("1", &[("x/a/b", "1")]);
    let new = tree("2", &[("x", "new")]);
    let project = Project::with(&old);
    project.put("x/a/mine", "");
    insta::assert_snapshot!(project.blocked(&new, true), @"
    error[unknown-file]: out/dev/x has to be a file, and something else is there
    --> out/dev/x
     = note: out/dev/x/a/mine is nothing that `render` wrote
     = help: move it away, then render again
    ");
    fs::remove_file(project.path("x/a/mine")).unwrap();
    project.write(&new);
    project.assert_holds(&new, &[]);
}

#[test]
fn an_edited_file_is_not_lost_where_its_folder_gives_way() {
    let project = Project::with(&tree("1", &[("x/a", "1")]));
    project.put("x/a", "mine");
    assert!(project.blocked(&tree("2", &[("x", "new")]), false).contains("out/dev/x/a was edited by hand"));
}

#[test]
fn a_socket_is_not_waited_for() {
    let project = Project::with(&tree("1", &[("a", "1"), ("b", "1")]));
    fs::remove_file(project.path("a")).unwrap();
    let _socket = UnixListener::bind(project.path("a")).unwrap();
    assert_eq!(project.unchanged("1"), None);
    let report = project.blocked(&tree("2", &[("a", "2")]), true);
    assert!(report.contains("out/dev/a has to be a file, and something else is there"), "{report}");
    // Where the tree has no use for the place, it is none of ours.
    project.write(&tree("3", &[("b", "1")]));
    assert!(project.path("a").exists());
}

#[test]
fn a_tree_that_no_disk_can_hold_is_refused() {
    let project = Project::new();
    let report = project.blocked(&tree("1", &[("a", "1"), ("a/b", "1")]), false);
    assert!(report.contains("error[path-conflict]: out/dev/a is to be a file and a folder at once"), "{report}");
}
