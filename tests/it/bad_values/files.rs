//! What is in the place of a values file.

use insta::assert_snapshot;

use crate::support::Scene;

#[test]
fn a_values_file_that_nothing_would_read() {
    let scene = Scene::new().with("values/stage.yml", "platform: {}\n");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[misnamed-file]: values/stage.yml would not be read
    --> values/stage.yml
     = note: values files end in `.yaml`, so that one name can't be there twice
     = help: rename it to values/stage.yaml

    error: 1 problem; nothing was written
    ");
}

#[test]
fn a_file_that_is_not_utf8() {
    let scene = Scene::new().with("values/dev.yaml", b"platform:\n  domain: dev.example.com # f\xfcr alle\n");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[not-utf8]: values/dev.yaml is not UTF-8 text
    --> values/dev.yaml
     = note: byte 39, in line 2, does not belong to any character
     = help: save the file as UTF-8

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_are_fine() {
    let plain = Scene::new().rendered();
    for (old, new, start) in [("\n", "\r\n", ""), ("\n", "\n", "\u{feff}"), ("\n", "\r\n", "\u{feff}")] {
        let scene = Scene::new();
        for path in ["values/base.yaml", "values/dev.yaml", "templates/site.yaml.j2"] {
            scene.write(path, start.to_owned() + &scene.read(path).replace(old, new));
        }
        scene.render(&["--env", "dev"]).succeeds();
        assert_eq!(scene.read("out/dev/site.yaml"), plain.read("out/dev/site.yaml"));
    }
}

#[test]
fn a_folder_in_the_place_of_a_file() {
    let scene = Scene::new();
    scene.remove("values/dev.yaml");
    scene.write("values/dev.yaml/dev.yaml", "");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[unknown-environment]: there is no environment `dev`
     |
     = note: an environment is a file in values/, and values/dev.yaml is none
     = help: create values/dev.yaml: each file there but base.yaml is an environment

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_broken_link() {
    let scene = Scene::new();
    scene.remove("values/dev.yaml");
    std::os::unix::fs::symlink("nowhere.yaml", scene.path("values/dev.yaml")).unwrap();
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[unreadable]: could not read values/dev.yaml
    --> values/dev.yaml
     = note: No such file or directory (os error 2)
     = note: it is a symbolic link
     = help: see that what it leads to exists, or remove it

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_link_out_of_the_project() {
    let scene = Scene::new();
    scene.remove("values/dev.yaml");
    std::os::unix::fs::symlink("/etc/passwd", scene.path("values/dev.yaml")).unwrap();
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[symbolic-link]: values/dev.yaml is a link to a place outside the project
    --> values/dev.yaml
     = note: a render depends on what the repository holds, and on nothing else
     = help: replace the link by the file itself

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_folder_that_is_a_link_out_of_the_project() {
    for folder in ["values", "templates"] {
        let (scene, elsewhere) = (Scene::new(), Scene::new());
        scene.remove(folder);
        std::os::unix::fs::symlink(elsewhere.path(folder), scene.path(folder)).unwrap();
        let said = scene.refuses(&["--env", "dev"]);
        assert!(said.starts_with(&format!("error[symbolic-link]: {folder} is a link to a place outside")), "{said}");
        // A link from one place of the project to another is fine.
        scene.remove(folder);
        crate::support::copy(&elsewhere.path(folder), &scene.path("shared"));
        std::os::unix::fs::symlink("shared", scene.path(folder)).unwrap();
        scene.render(&["--env", "dev"]).succeeds();
    }
}

#[test]
fn a_pipe_in_the_place_of_a_file() {
    let scene = Scene::new();
    let pipe = scene.path("values/prod.yaml");
    if !std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
        return crate::support::skip("a pipe in values/", "there is no `mkfifo` here");
    }
    // It must not be opened, which would wait for ever.
    scene.render(&["--env", "dev"]).succeeds();
    assert_snapshot!(scene.refuses(&["--env", "prod"]), @"
    error[unreadable]: could not read values/prod.yaml
    --> values/prod.yaml
     = note: it is not a regular file
     = help: see that the file exists and that you may read it

    error: 1 problem in prod; nothing was written
    ");
}
