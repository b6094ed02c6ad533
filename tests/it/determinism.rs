//! The same inputs give the same bytes, and a second run has nothing to do.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use walkdir::WalkDir;

use crate::support::{Scene, Tree, repository};

/// A project of some size: every template of this repository, and more applications than there are threads.
fn platform() -> Scene {
    let applications = (0..12).map(|n| {
        format!(
            "  web-{n}:\n    source: {{path: application/web}}\n    image: registry.example.com/web@sha256:{n:064}\n    port: 8080\n    \
             host: web-{n}\n    env: {{B: \"{n}\", A: \"yes\"}}\n"
        )
    });
    let applications = "applications:\n".to_owned() + &applications.collect::<String>();
    let scene = Scene::of_this_repository().with("values/webs.yaml", applications);
    ["dev", "prod"].iter().fold(scene, |scene, one| scene.and(&format!("values/{one}.yaml"), "\nextends: [webs]\n"))
}

#[track_caller]
fn rendered(scene: &Scene, arguments: &[&str]) -> Tree {
    scene.render(&[&["--all", "--quiet"], arguments].concat()).succeeds();
    let out = scene.out();
    assert!(out.contains_key("dev/render.lock") && out.len() > 100, "{out:?}");
    out
}

#[test]
fn one_thread_and_many_write_the_same() {
    let one = rendered(&platform(), &["--jobs", "1"]);
    for jobs in ["2", "4", "16"] {
        assert!(rendered(&platform(), &["--jobs", jobs]) == one, "with {jobs} threads");
    }
}

#[test]
fn the_place_of_the_project_does_not_count() {
    let scene = platform();
    let here = rendered(&scene, &[]);
    let there = Scene::empty();
    let root = there.path("some/where else/entirely");
    fs::create_dir_all(&root).unwrap();
    crate::support::copy(&scene.path("values"), &root.join("values"));
    // From outside, by its path, and with a path that is not absolute.
    there.render(&["--all", "--project", "some/where else/entirely"]).succeeds();
    assert!(crate::support::tree(&root.join("out")) == here);
    // From a folder inside it.
    fs::remove_dir_all(root.join("out")).unwrap();
    there.run(there.command(&["--all"]).current_dir(root.join("values"))).succeeds();
    assert!(crate::support::tree(&root.join("out")) == here);
}

/// Copies files one by one, from the last to the first.
fn copy_backwards(from: &Path, to: &Path) {
    let mut files: Vec<_> = WalkDir::new(from).into_iter().map(Result::unwrap).collect();
    files.sort_by(|a, b| b.path().cmp(a.path()));
    for file in files.iter().filter(|entry| entry.file_type().is_file()) {
        let target = to.join(file.path().strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(file.path(), target).unwrap();
    }
}

#[test]
fn the_order_in_which_files_were_made_does_not_count() {
    let scene = platform();
    crate::support::copy(&repository().join("templates"), &scene.path("templates"));
    let expected = rendered(&scene, &[]);
    let other = Scene::empty();
    for folder in ["templates", "values"] {
        copy_backwards(&scene.path(folder), &other.path(folder));
    }
    assert!(rendered(&other, &[]) == expected);
}

#[test]
fn environments_render_alone_as_they_do_together() {
    let together = rendered(&platform(), &[]);
    let scene = platform();
    for environment in ["prod", "dev"] {
        scene.render(&["--env", environment]).succeeds();
    }
    assert!(scene.out() == together);
}

/// What a file system remembers of each file and folder when it is touched.
fn stamps(folder: &Path) -> Vec<(String, u64, i64, i64)> {
    let stamp = |entry: walkdir::DirEntry| {
        let metadata = fs::symlink_metadata(entry.path()).unwrap();
        (entry.path().display().to_string(), metadata.ino(), metadata.mtime(), metadata.mtime_nsec())
    };
    WalkDir::new(folder).sort_by_file_name().into_iter().map(|entry| stamp(entry.unwrap())).collect()
}

#[test]
fn a_second_run_touches_nothing() {
    let scene = platform();
    rendered(&scene, &[]);
    let before = stamps(&scene.path("out"));
    let run = scene.render(&["--all"]).succeeds();
    assert_eq!(stamps(&scene.path("out")), before);
    for environment in ["dev", "prod"] {
        let line = run.stderr.lines().find(|line| line.starts_with(environment)).unwrap();
        assert!(line.ends_with(" files unchanged"), "{line}");
    }
    // Nor does one that has to render to find out.
    scene.render(&["check", "--all"]).succeeds();
    scene.render(&["diff", "--all"]).succeeds();
    assert_eq!(stamps(&scene.path("out")), before);
}

#[test]
fn only_what_differs_is_written() {
    let scene = platform();
    rendered(&scene, &[]);
    let before = stamps(&scene.path("out"));
    let values =
        scene.read("values/webs.yaml").replace(&format!("web@sha256:{:064}\n", 3), &format!("web@sha256:{:064}\n", 33));
    scene.write("values/webs.yaml", values);
    rendered(&scene, &[]);
    let after = stamps(&scene.path("out"));
    let changed = after.iter().filter(|stamp| !before.contains(stamp) && !Path::new(&stamp.0).is_dir());
    let changed: Vec<_> = changed.map(|stamp| stamp.0.rsplit_once("/out/").unwrap().1).collect();
    let foreign = |path: &&&str| !path.contains("web-3") && !path.ends_with("render.lock");
    assert_eq!(changed.iter().filter(foreign).count(), 0, "{changed:?}");
    assert!(changed.len() > 2, "{changed:?}");
}
