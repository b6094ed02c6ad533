//! An `out/` that can't be written, or must not be: nothing of it is lost, and a person reads what to do.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use insta::assert_snapshot;

use crate::support::{RENDER, Run, Scene, is_root, open_to_all, repository, skip};

/// Values that change `site.yaml`.
const OTHER: &str = "platform: {domain: other.example.com}\n";

/// A rendered scene whose values have changed since.
fn out_of_date() -> Scene {
    Scene::new().rendered().with("values/dev.yaml", OTHER)
}

#[test]
fn a_link_in_the_place_of_a_file_a_folder_or_all() {
    let scene = out_of_date().with("precious.yaml", "precious");
    scene.remove("out/dev/site.yaml");
    symlink(scene.path("precious.yaml"), scene.path("out/dev/site.yaml")).unwrap();
    assert_snapshot!(scene.refuses(&["--env", "dev", "--discard-edits"]), @"
    error[symbolic-link]: out/dev/site.yaml is a symbolic link
    --> out/dev/site.yaml
     = note: `render` follows no link under `out`: what is behind one may be outside the project
     = help: put a real file in its place or remove it, then render again

    error: 1 problem in dev; nothing was written
    ");
    assert_eq!(scene.read("precious.yaml"), "precious");

    for link in ["out", "out/dev", "out/dev/apps"] {
        let scene = Scene::new().with("templates/apps/x.yaml.j2", "a: 1\n").with("elsewhere/site.yaml", "precious");
        let path = scene.path(link);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(scene.path("elsewhere"), path).unwrap();
        let said = scene.refuses(&["--env", "dev", "--discard-edits"]);
        assert!(said.starts_with(&format!("error[symbolic-link]: {link} is a symbolic link\n")), "{said}");
        assert_eq!(fs::read_dir(scene.path("elsewhere")).unwrap().count(), 1);
        assert_eq!(scene.read("elsewhere/site.yaml"), "precious");
    }
}

#[test]
fn a_file_in_the_place_of_a_folder() {
    let scene = Scene::new().with("out/dev", "mine");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[unknown-file]: out/dev has to be a folder, and something else is there
    --> out/dev
     = help: move it away, then render again

    error: 1 problem in dev; nothing was written
    ");
    let scene = Scene::new().with("out", "mine");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[unknown-file]: out has to be a folder, and something else is there
    --> out
     = help: move it away, then render again

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_folder_in_the_place_of_a_file() {
    let scene = Scene::new().with("out/dev/site.yaml/notes", "mine");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[unknown-file]: out/dev/site.yaml has to be a file, and something else is there
    --> out/dev/site.yaml
     = note: out/dev/site.yaml is nothing that `render` wrote
     = help: move it away, then render again

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_folder_without_the_right_to_write() {
    let scene = out_of_date();
    let mut command = scene.command(&["--env", "dev"]);
    open_to_all(&scene);
    if is_root() {
        // Permissions do not bind root, so somebody else has to run it.
        command.uid(65_534).gid(65_534);
        if !Command::new(RENDER).arg("--version").uid(65_534).output().is_ok_and(|output| output.status.success()) {
            return skip("a read-only out/", "another user can't start the command here");
        }
    } else {
        fs::set_permissions(scene.path("out/dev"), fs::Permissions::from_mode(0o555)).unwrap();
    }
    let before = scene.out();
    let run = scene.run(&mut command).exits(2);
    assert_snapshot!(run.stderr, @"
    error: could not write `out/dev/render.lock`: Permission denied (os error 13)
    help: make sure that you may read and write `out/dev/render.lock` and its folder, then render again
    ");
    assert!(scene.out() == before);
    fs::set_permissions(scene.path("out/dev"), fs::Permissions::from_mode(0o755)).unwrap();
}

/// Runs a shell script in a mount namespace of its own, `$1` being the command; `None` where that is not permitted.
fn with_mounts(scene: &Scene, what: &str, script: &str) -> Option<Run> {
    let user: &[&str] = if is_root() { &[] } else { &["--user", "--map-root-user"] };
    let unshare = |script: &str| {
        let mut command = Command::new("unshare");
        scene.prepare(&mut command).args(user).args(["--mount", "sh", "-euc", script, "sh", RENDER]);
        command
    };
    let probe = unshare("mkdir probe; mount -t tmpfs tmpfs probe").output();
    let _ = fs::remove_dir(scene.path("probe"));
    if !probe.is_ok_and(|output| output.status.success()) {
        skip(what, "this machine does not let a test mount a file system");
        return None;
    }
    Some(scene.run(&mut unshare(script)))
}

#[test]
fn a_read_only_file_system() {
    let scene = out_of_date();
    let script = "mount --bind out out; mount -o remount,bind,ro out; \"$1\" --env dev";
    let Some(run) = with_mounts(&scene, "a read-only file system", script) else { return };
    assert_snapshot!(run, @"
    exit 2
    --- stderr
    error: could not write `out/dev/render.lock`: Read-only file system (os error 30)
    help: `out/dev/render.lock` is on a read-only file system: render into a writable checkout
    ");
    // The same place is fine for those who only look.
    let script =
        "mount --bind out out; mount -o remount,bind,ro out; \"$1\" diff --env dev --quiet; \"$1\" check --env dev";
    let Some(run) = with_mounts(&scene, "a read-only file system", script) else { return };
    assert_eq!(run.status, Some(1), "{run}");
}

#[test]
fn a_full_disk() {
    let pages = "{% if platform.name == 'large' %}\n{% for n in range(2000) %}\n- {{ platform.name }}\n{% endfor %}\n{% else %}\na: 1\n{% endif %}\n";
    let scene = (0..12).fold(Scene::new(), |scene, n| scene.with(&format!("templates/{n:02}.yaml.j2"), pages));
    // With the ballast it has a hundred kilobytes left, where the small tree has room and the large one has not.
    let script = r#"
        mkdir -p out; mount -t tmpfs -o size=400k tmpfs out
        head -c 307200 /dev/zero > out/ballast
        "$1" --env dev --jobs 1 --set platform.name=small --quiet
        cp -r out before
        "$1" --env dev --jobs 1 --set platform.name=large && exit 9 || test $? = 2
        cp -r out full
        rm out/ballast
        "$1" --env dev --set platform.name=large --quiet
        cp -r out after
    "#;
    let Some(run) = with_mounts(&scene, "a full disk", script) else { return };
    let run = run.succeeds();
    assert_snapshot!(run.stderr, @"
    error: could not write `out/dev/03.yaml`: No space left on device (os error 28)
    help: make room on the disk, then render again: each file is whole, old or new, and the next run writes the rest
    ");
    let [before, full, after] = ["before", "full", "after"].map(|folder| crate::support::tree(&scene.path(folder)));
    for (path, entry) in full.iter().filter(|(path, _)| !path.contains(".render-work")) {
        assert!(before.get(path) == Some(entry) || after.get(path) == Some(entry), "{path} is neither old nor new");
    }
    assert!(before.keys().all(|path| full.contains_key(path)));
    scene.render(&["--env", "dev", "--set", "platform.name=large", "--quiet"]).succeeds();
    assert!(after.iter().all(|(path, entry)| scene.out()[path] == *entry));
    assert!(!after.keys().any(|path| path.contains(".render-work")));
}

#[test]
fn another_render_holds_the_lock() {
    let scene = out_of_date();
    // As the writer does: on the folder itself.
    let lock = File::open(scene.path("out/dev")).unwrap();
    lock.lock().unwrap();
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error: another `render` is writing `out/dev`
    help: wait until it has finished, then render again; a killed one holds no lock
    ");
    assert_eq!(scene.render(&["check", "--env", "dev"]).status, Some(1));
    drop(lock);
    scene.render(&["--env", "dev"]).succeeds();
}

/// What a render says about a lock that `damage` made of a good one.
#[track_caller]
fn damaged(damage: impl Fn(&str) -> String) -> String {
    let scene = out_of_date();
    let text = scene.read("out/dev/render.lock");
    scene.write("out/dev/render.lock", damage(&text));
    let said = scene.refuses(&["--env", "dev"]);
    assert_eq!(scene.refuses(&["--env", "dev", "--discard-edits"]), said, "it guards the edits as well");
    assert_eq!(scene.render(&["check", "--env", "dev"]).status, Some(1));
    said
}

#[test]
fn a_lock_with_a_conflict_of_git() {
    let said = damaged(|text| {
        let inputs = text.lines().nth(3).unwrap();
        let conflict = format!("<<<<<<< HEAD\n{inputs}\n=======\ninputs {}\n>>>>>>> feature", "0".repeat(64));
        text.replace(inputs, &conflict)
    });
    assert_snapshot!(said, @"
    error[broken-lock]: out/dev/render.lock has a merge conflict
     --> out/dev/render.lock:4:1
      |
    4 | <<<<<<< HEAD
      | ^^^^^^^^^^^^ a conflict that Git left
      |
      = help: take a whole one from Git, with `git checkout HEAD -- out/dev/render.lock`, then run `render --env dev`; if that finds edited files, `render --env dev --discard-edits` renders them anew

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_lock_that_is_cut_off() {
    assert_snapshot!(damaged(|text| text.replace("\nend\n", "\n")), @"
    error[broken-lock]: out/dev/render.lock is cut off
      --> out/dev/render.lock:10:99
       |
    10 | 8686a65af4f8d92bf2ff897c44a281ab4ab16b6b07e71ece8dbee5a10ad79873    site.yaml    templates/site.yaml.j2
       |                                                                                                        ^ the file ends here, without its last line
       |
       = help: take a whole one from Git, with `git checkout HEAD -- out/dev/render.lock`, then run `render --env dev`; if that finds edited files, `render --env dev --discard-edits` renders them anew

    error: 1 problem in dev; nothing was written
    ");
    assert!(damaged(|_| String::new()).contains("is cut off"));
}

#[test]
fn a_lock_with_other_line_ends() {
    let said = damaged(|text| text.replace('\n', "\r\n"));
    assert!(said.contains("has other line ends than `render` writes"), "{said}");
}

#[test]
fn a_lock_that_is_something_else() {
    assert_snapshot!(damaged(|_| "version: 3\n".to_owned()), @"
    error[broken-lock]: out/dev/render.lock is not as `render` writes it
     --> out/dev/render.lock:1:1
      |
    1 | version: 3
      | ^^^^^^^^^^ expected the comment that every lock begins with
      |
      = help: take a whole one from Git, with `git checkout HEAD -- out/dev/render.lock`, then run `render --env dev`; if that finds edited files, `render --env dev --discard-edits` renders them anew

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_lock_of_a_later_version() {
    assert_snapshot!(damaged(|text| text.replace("format 2", "format 3")), @"
    error[broken-lock]: out/dev/render.lock has a format that this `render` does not know
     --> out/dev/render.lock:2:8
      |
    2 | format 3
      |        ^ this program knows the formats up to 2; a newer `render` may have written it
      |
      = help: take a whole one from Git, with `git checkout HEAD -- out/dev/render.lock`, then run `render --env dev`; if that finds edited files, `render --env dev --discard-edits` renders them anew

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_lock_that_names_a_file_elsewhere() {
    let scene = out_of_date().with("precious.yaml", "precious");
    let lock = scene.read("out/dev/render.lock").replace("site.yaml\t", "../../precious.yaml\t");
    scene.write("out/dev/render.lock", lock);
    let said = scene.refuses(&["--env", "dev", "--discard-edits"]);
    assert!(said.starts_with("error[broken-lock]: "), "{said}");
    assert_eq!(scene.read("precious.yaml"), "precious");
}

#[test]
fn a_file_that_was_edited_by_hand() {
    let scene = out_of_date();
    let text = scene.read("out/dev/site.yaml").replace("dev.example.com", "mine.example.com");
    scene.write("out/dev/site.yaml", text);
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    diff --git a/out/dev/site.yaml b/out/dev/site.yaml
    --- a/out/dev/site.yaml
    +++ b/out/dev/site.yaml
    @@ -1,2 +1,2 @@
     # Rendered from templates/site.yaml.j2; edit that or the values, not this file.
    -domain: other.example.com
    +domain: mine.example.com

    error[edited-output]: out/dev/site.yaml was edited by hand
     --> out/dev/site.yaml:2:9
      |
    2 | domain: mine.example.com
      |         ^^^^^^^^^^^^^^^^ rendered as `other.example.com`
      |
     ::: templates/site.yaml.j2:1:12
      |
    1 | domain: {{ platform.domain }}
      |            --------------- rendered by this expression
      |
     ::: values/dev.yaml:1:20
      |
    1 | platform: {domain: other.example.com}
      |                    ----------------- from this value
      |
      = note: `templates/site.yaml.j2` renders it
      = help: to keep the edit, set the value that the line comes from, or change the template, and render again
      = help: to drop it, run `render --env dev --discard-edits`

    error: 1 problem in dev; nothing was written
    ");
    assert_snapshot!(scene.render(&["--env", "dev", "--discard-edits"]).succeeds(), @"
    exit 0
    --- stderr
    dev: 1 updated; 1 edit discarded
      updated  out/dev/site.yaml
    ");
    assert!(scene.read("out/dev/site.yaml").contains("other.example.com"));
}

#[test]
fn an_edit_stops_a_render_that_has_nothing_else_to_do() {
    let scene = Scene::new().rendered();
    scene.write("out/dev/site.yaml", scene.read("out/dev/site.yaml") + "mine: 1\n");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    diff --git a/out/dev/site.yaml b/out/dev/site.yaml
    --- a/out/dev/site.yaml
    +++ b/out/dev/site.yaml
    @@ -1,2 +1,3 @@
     # Rendered from templates/site.yaml.j2; edit that or the values, not this file.
     domain: dev.example.com
    +mine: 1

    error[edited-output]: out/dev/site.yaml was edited by hand
     --> out/dev/site.yaml:3:1
      |
    3 | mine: 1
      | ^^^^^^^ not rendered
      |
      = note: `templates/site.yaml.j2` renders it
      = help: to keep the edit, set the value that the line comes from, or change the template, and render again
      = help: to drop it, run `render --env dev --discard-edits`

    error: 1 problem in dev; nothing was written
    ");
    scene.render(&["--env", "dev", "--discard-edits"]).succeeds();
    assert!(!scene.read("out/dev/site.yaml").contains("mine"));
}

#[test]
fn an_edit_of_a_file_that_nothing_renders_any_more() {
    let scene = Scene::new().with("templates/page.yaml.j2", "a: 1\n").rendered();
    scene.write("out/dev/page.yaml", "mine: 1\n");
    scene.remove("templates/page.yaml.j2");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    diff --git a/out/dev/page.yaml b/out/dev/page.yaml
    new file mode 100644
    --- /dev/null
    +++ b/out/dev/page.yaml
    @@ -0,0 +1 @@
    +mine: 1

    error[edited-output]: out/dev/page.yaml was edited by hand
    --> out/dev/page.yaml
     = note: nothing renders it any more, so it would be removed
     = help: to keep it, move it to a path that no lock lists
     = help: to drop it, run `render --env dev --discard-edits`

    error: 1 problem in dev; nothing was written
    ");
    assert_snapshot!(scene.render(&["--env", "dev", "--discard-edits"]).succeeds(), @"
    exit 0
    --- stderr
    dev: 1 removed, 1 unchanged; 1 edit discarded
      removed  out/dev/page.yaml
    ");
    assert!(!scene.path("out/dev/page.yaml").exists());
}

#[test]
fn one_edited_environment_keeps_all_of_a_run_from_being_written() {
    let scene = Scene::new().with("values/prod.yaml", "platform: {domain: example.com}\n").rendered();
    scene.write("out/dev/site.yaml", "mine: 1\n");
    let said = scene.refuses(&["--all"]);
    assert!(said.ends_with("error: 1 problem in dev, prod; nothing was written\n"), "{said}");
    assert!(!scene.path("out/prod").exists());
}

#[test]
fn a_file_that_render_did_not_write() {
    let scene = Scene::new().with("out/dev/site.yaml", "mine: 1\n");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[unknown-file]: out/dev/site.yaml is to be written, and a file that `render` does not know is there
    --> out/dev/site.yaml
     = note: `templates/site.yaml.j2` renders it
     = note: out/dev/render.lock does not list it, so it is nothing that an earlier render wrote
     = help: move or remove it, then render again

    error: 1 problem in dev; nothing was written
    ");
    assert_eq!(scene.refuses(&["--env", "dev", "--discard-edits"]), scene.refuses(&["--env", "dev"]));
}

#[test]
fn files_beside_the_rendered_ones_stay() {
    let scene = out_of_date().with("out/dev/notes.md", "mine").with("out/dev/empty/x", "").with("out/README", "mine");
    scene.render(&["--env", "dev"]).succeeds();
    assert_eq!(scene.read("out/dev/notes.md"), "mine");
    assert_eq!(scene.read("out/README"), "mine");
}

#[test]
fn this_repository_is_left_alone() {
    // The tests write to folders of their own; a slip would show here as an untracked leftover.
    assert!(!repository().join("out/dev/.render-work").exists());
}
