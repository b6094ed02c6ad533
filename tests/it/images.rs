//! `render image set` and `render promote`: what they say, what they write, and what they leave alone.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use insta::assert_snapshot;

use crate::support::Scene;

const ONE: &str =
    "registry.example.com/example/web@sha256:1111111111111111111111111111111111111111111111111111111111111111";
const TWO: &str =
    "registry.example.com/example/web@sha256:2222222222222222222222222222222222222222222222222222222222222222";

/// `web` in all environments; its image in `dev` and `prod`, in `stage` only that of the base.
fn project() -> Scene {
    let application = |image: &str| format!("applications:\n  web:\n    image: {image}\n");
    Scene::new()
        .and(
            "values/base.yaml",
            &format!(
                "{}    port: 8080\n    source: {{path: application/web}}\n",
                application("registry.example.com/example/web:0")
            ),
        )
        .and(
            "values/dev.yaml",
            &format!(
                "\n# The image is set by the pipeline.\n{}    replicas: 1\n",
                application("\"registry.example.com/example/web:1\" # the latest")
            ),
        )
        .with("values/stage.yaml", "platform:\n  domain: stage.example.com\n")
        .with(
            "values/prod.yaml",
            format!("platform: {{domain: example.com}}\npolicies: {{imageDigests: required}}\n{}", application(ONE)),
        )
        .with("templates/applications/{application}/image.yaml.j2", "image: {{ application.image }}\n")
}

fn rendered(scene: &Scene, environment: &str) -> String {
    scene.read(&format!("out/{environment}/applications/web/image.yaml"))
}

/// Runs the command, which has to refuse and leave everything as it was.
#[track_caller]
fn refuses(scene: &Scene, arguments: &[&str]) -> String {
    let values = crate::support::tree(&scene.path("values"));
    let said = scene.refuses(arguments);
    assert!(crate::support::tree(&scene.path("values")) == values, "values/ was changed:\n{said}");
    said
}

#[test]
fn an_image_is_set_and_rendered() {
    let scene = project().rendered();
    fs::set_permissions(scene.path("values/dev.yaml"), fs::Permissions::from_mode(0o664)).unwrap();
    let old = scene.read("values/dev.yaml");
    let run = scene.render(&["image", "set", "web", ONE, "--env", "dev"]).succeeds();
    assert_snapshot!(run, @"");
    assert_eq!(scene.read("values/dev.yaml"), old.replace("registry.example.com/example/web:1", ONE));
    assert_eq!(fs::metadata(scene.path("values/dev.yaml")).unwrap().permissions().mode() & 0o777, 0o664);
    assert!(rendered(&scene, "dev").contains(ONE));
    scene.render(&["check", "--env", "dev"]).succeeds();
    let before = crate::support::tree(scene.root());
    assert_snapshot!(scene.render(&["image", "set", "web", ONE, "--env", "dev"]).succeeds(), @"");
    assert!(crate::support::tree(scene.root()) == before);
}

#[test]
fn a_dry_run_writes_nothing() {
    let scene = project().rendered();
    let before = crate::support::tree(scene.root());
    let run = scene.render(&["image", "set", "web", ONE, "--env", "stage", "--dry-run"]).succeeds();
    assert_snapshot!(run, @"");
    let run = scene.render(&["promote", "web", "--from", "prod", "--to", "dev", "--dry-run"]).succeeds();
    assert!(run.stdout.contains(ONE) && run.stderr.is_empty(), "{run}");
    let run =
        scene.render(&["--message-format", "json", "promote", "web", "--from", "prod", "--to", "dev", "--dry-run"]);
    assert!(run.stdout.contains(r#""path":"values/dev.yaml""#), "{run}");
    assert!(crate::support::tree(scene.root()) == before);
}

#[test]
fn an_image_of_a_lower_layer_is_set_in_the_environments_own_file() {
    let scene = project();
    let base = scene.read("values/base.yaml");
    scene.render(&["image", "set", "web", TWO, "-e", "stage"]).succeeds();
    assert_eq!(scene.read("values/base.yaml"), base);
    assert_eq!(
        scene.read("values/stage.yaml"),
        format!("platform:\n  domain: stage.example.com\napplications:\n  web:\n    image: {TWO}\n")
    );
    assert!(rendered(&scene, "stage").contains(TWO));
    // What the base gives already needs no line.
    let scene = project();
    scene.render(&["image", "set", "web", "registry.example.com/example/web:0", "-e", "stage"]).succeeds();
    assert_eq!(scene.read("values/stage.yaml"), "platform:\n  domain: stage.example.com\n");
}

#[test]
fn an_image_is_promoted() {
    let scene = project();
    scene.render(&["image", "set", "web", TWO, "--env", "dev"]).succeeds();
    assert_snapshot!(scene.render(&["promote", "web", "--from", "dev", "--to", "prod"]).succeeds(), @"");
    assert!(scene.read("values/prod.yaml").contains(TWO) && rendered(&scene, "prod").contains(TWO));
    // From a lower layer as well: what counts is what the environment has.
    scene.render(&["promote", "web", "--from", "stage", "--to", "dev"]).succeeds();
    assert!(rendered(&scene, "dev").contains("example/web:0"));
}

#[test]
fn a_byte_order_mark_stays() {
    let scene = project();
    scene.write("values/stage.yaml", "\u{feff}platform: {domain: stage.example.com}\r\n");
    scene.render(&["image", "set", "web", TWO, "--env", "stage"]).succeeds();
    let text = scene.read("values/stage.yaml");
    assert!(
        text.starts_with("\u{feff}platform: {domain: stage.example.com}\r\napplications:\r\n  web:\r\n"),
        "{text:?}"
    );
}

#[test]
fn names_that_are_not_known_are_refused() {
    let scene = project().rendered();
    assert_snapshot!(refuses(&scene, &["image", "set", "wep", ONE, "--env", "dev"]), @"");
    assert_snapshot!(refuses(&scene, &["image", "set", "web", ONE, "--env", "prot"]), @"");
    assert_snapshot!(refuses(&scene, &["promote", "wep", "--from", "dev", "--to", "prod"]), @"");
    assert_snapshot!(refuses(&scene, &["promote", "web", "--from", "def", "--to", "prod"]), @"");
    assert_snapshot!(refuses(&scene, &["promote", "web", "--from", "dev", "--to", "dev"]), @"");
    assert_snapshot!(refuses(&scene, &["image", "set", "web", "web:1", "--env", "dev"]), @"");
}

#[test]
fn an_image_without_digest_is_refused_where_digests_are_required() {
    let scene = project().rendered();
    assert_snapshot!(refuses(&scene, &["image", "set", "web", "registry.example.com/example/web:2", "--env", "prod"]), @"");
    let said = refuses(&scene, &["promote", "web", "--from", "dev", "--to", "prod", "--dry-run"]);
    assert!(said.contains("`registry.example.com/example/web:1` of application `web` has no digest"), "{said}");
}

#[test]
fn what_is_shared_is_left_to_a_person() {
    let dev = "platform: {domain: dev.example.com}\napplications:\n";
    let alias = project().with(
        "values/dev.yaml",
        format!("{dev}  web: {{image: &image {TWO}}}\n  job: {{image: *image, port: 1, source: {{path: job}}}}\n"),
    );
    assert_snapshot!(refuses(&alias, &["image", "set", "job", ONE, "--env", "dev"]), @"");
    assert_snapshot!(refuses(&alias, &["image", "set", "web", ONE, "--env", "dev"]), @"");
    let link = project();
    fs::rename(link.path("values/stage.yaml"), link.path("values/stage.txt")).unwrap();
    std::os::unix::fs::symlink("stage.txt", link.path("values/stage.yaml")).unwrap();
    assert_snapshot!(refuses(&link, &["image", "set", "web", ONE, "--env", "stage"]), @"");
}

#[test]
fn a_render_that_fails_leaves_the_values_as_they_were() {
    let scene = project().rendered();
    scene.write("out/dev/site.yaml", "edited: by hand\n");
    let said = refuses(&scene, &["image", "set", "web", ONE, "--env", "dev"]);
    assert!(
        said.contains("error[edited-output]") && said.ends_with("1 problem in dev; nothing was written\n"),
        "{said}"
    );
    let scene = project().rendered();
    scene.write("templates/more.yaml.j2", "{{ nothing }}\n");
    let said = refuses(&scene, &["image", "set", "web", ONE, "--env", "dev"]);
    assert!(said.contains("error[template]"), "{said}");
}

#[test]
fn killed_at_any_moment_one_more_run_completes_it() {
    let scene = project().rendered();
    let (old, out) = (scene.read("values/dev.yaml"), rendered(&scene, "dev"));
    let new = old.replace("registry.example.com/example/web:1", TWO);
    let arguments = ["image", "set", "web", TWO, "--env", "dev"];
    for round in 0..40 {
        let mut child = scene.command(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(round * 2));
        child.kill().unwrap();
        child.wait().unwrap();
        let values = scene.read("values/dev.yaml");
        assert!(values == old || values == new, "round {round}: {values}");
        // The file comes first: nothing is rendered that no values file says.
        assert!(values == new || rendered(&scene, "dev") == out, "round {round}");
        scene.render(&arguments).succeeds();
        assert_eq!(scene.read("values/dev.yaml"), new);
        scene.render(&["check", "--env", "dev"]).succeeds();
        scene.write("values/dev.yaml", &old);
        scene.render(&["--env", "dev"]).succeeds();
    }
}

#[test]
fn two_at_once_lose_neither_edit() {
    let names = ["a", "b", "c", "d", "e", "f"];
    let all: String = names
        .iter()
        .map(|name| {
            format!("  {name}: {{image: \"registry.example.com/example/web:0\", port: 1, source: {{path: x}}}}\n")
        })
        .collect();
    let scene =
        project().with("values/dev.yaml", format!("platform: {{domain: dev.example.com}}\napplications:\n{all}"));
    let children = names.map(|name| {
        let mut command = scene.command(&["image", "set", name, TWO, "--env", "dev", "--quiet"]);
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    });
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(scene.read("values/dev.yaml").matches(TWO).count(), names.len());
    scene.render(&["check", "--env", "dev"]).succeeds();
}
