//! `render image set` and `render promote`: what they say, what they write, and what they leave alone.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::time::Instant;

use insta::assert_snapshot;

use crate::support::{RENDER, Scene, tree};

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
    let values = tree(&scene.path("values"));
    let said = scene.refuses(arguments);
    assert!(tree(&scene.path("values")) == values, "values/ was changed:\n{said}");
    said
}

#[test]
fn an_image_is_set_and_rendered() {
    let scene = project().rendered();
    fs::set_permissions(scene.path("values/dev.yaml"), fs::Permissions::from_mode(0o664)).unwrap();
    let old = scene.read("values/dev.yaml");
    let run = scene.render(&["image", "set", "web", ONE, "--env", "dev"]).succeeds();
    assert_snapshot!(run, @r#"
    exit 0
    --- stdout
    diff --git a/values/dev.yaml b/values/dev.yaml
    --- a/values/dev.yaml
    +++ b/values/dev.yaml
    @@ -4,5 +4,5 @@
     # The image is set by the pipeline.
     applications:
       web:
    -    image: "registry.example.com/example/web:1" # the latest
    +    image: "registry.example.com/example/web@sha256:1111111111111111111111111111111111111111111111111111111111111111" # the latest
         replicas: 1
    --- stderr
    dev: 1 updated, 1 unchanged
      updated  out/dev/applications/web/image.yaml
    "#);
    assert_eq!(scene.read("values/dev.yaml"), old.replace("registry.example.com/example/web:1", ONE));
    assert_eq!(fs::metadata(scene.path("values/dev.yaml")).unwrap().permissions().mode() & 0o777, 0o664);
    assert!(rendered(&scene, "dev").contains(ONE));
    scene.render(&["check", "--env", "dev"]).succeeds();
    let before = tree(scene.root());
    assert_snapshot!(scene.render(&["image", "set", "web", ONE, "--env", "dev"]).succeeds(), @r"
    exit 0
    --- stderr
    dev: `web` has this image already
    dev: 2 files unchanged
    ");
    assert!(tree(scene.root()) == before);
}

#[test]
fn a_dry_run_writes_nothing() {
    let scene = project().rendered();
    let before = tree(scene.root());
    let run = scene.render(&["image", "set", "web", ONE, "--env", "stage", "--dry-run"]).succeeds();
    assert_snapshot!(run, @r"
    exit 0
    --- stdout
    diff --git a/values/stage.yaml b/values/stage.yaml
    --- a/values/stage.yaml
    +++ b/values/stage.yaml
    @@ -1,2 +1,5 @@
     platform:
       domain: stage.example.com
    +applications:
    +  web:
    +    image: registry.example.com/example/web@sha256:1111111111111111111111111111111111111111111111111111111111111111
    ");
    let run = scene.render(&["promote", "web", "--from", "prod", "--to", "dev", "--dry-run"]).succeeds();
    assert!(run.stdout.contains(ONE) && run.stderr.is_empty(), "{run}");
    let run =
        scene.render(&["--message-format", "json", "promote", "web", "--from", "prod", "--to", "dev", "--dry-run"]);
    assert!(run.stdout.contains(r#""path":"values/dev.yaml""#), "{run}");
    assert!(tree(scene.root()) == before);
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
    assert_snapshot!(scene.render(&["promote", "web", "--from", "dev", "--to", "prod"]).succeeds(), @r"
    exit 0
    --- stdout
    diff --git a/values/prod.yaml b/values/prod.yaml
    --- a/values/prod.yaml
    +++ b/values/prod.yaml
    @@ -2,4 +2,4 @@
     policies: {imageDigests: required}
     applications:
       web:
    -    image: registry.example.com/example/web@sha256:1111111111111111111111111111111111111111111111111111111111111111
    +    image: registry.example.com/example/web@sha256:2222222222222222222222222222222222222222222222222222222222222222
    --- stderr
    prod: 2 created
      created  out/prod/applications/web/image.yaml
      created  out/prod/site.yaml
    ");
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
    assert_snapshot!(refuses(&scene, &["image", "set", "wep", ONE, "--env", "dev"]), @r"
    error[unknown-application]: there is no application `wep` in environment `dev`
     |
     = note: applications there: web
     = help: did you mean `web`?

    error: 1 problem; nothing was written
    ");
    assert_snapshot!(refuses(&scene, &["image", "set", "web", ONE, "--env", "prot"]), @r"
    error[unknown-environment]: there is no environment `prot`
     |
     = note: an environment is a file in values/, and values/prot.yaml is none
     = note: environments here: dev, prod, stage
     = help: did you mean `prod`?

    error: 1 problem; nothing was written
    ");
    assert_snapshot!(refuses(&scene, &["promote", "wep", "--from", "dev", "--to", "prod"]), @r"
    error[unknown-application]: there is no application `wep` in environment `prod`
     |
     = note: applications there: web
     = help: did you mean `web`?

    error: 1 problem; nothing was written
    ");
    assert_snapshot!(refuses(&scene, &["promote", "web", "--from", "def", "--to", "prod"]), @r"
    error[unknown-environment]: there is no environment `def`
     |
     = note: an environment is a file in values/, and values/def.yaml is none
     = note: environments here: dev, prod, stage
     = help: did you mean `dev`?

    error: 1 problem; nothing was written
    ");
    assert_snapshot!(refuses(&scene, &["promote", "web", "--from", "dev", "--to", "dev"]), @"error: `--from` and `--to` name the same environment: `dev`");
    assert_snapshot!(refuses(&scene, &["image", "set", "web", "web:1", "--env", "dev"]), @"error: `web:1` names no registry; write it like `registry.digitalocean.com/example/lofi:1.4.2`");
}

#[test]
fn an_image_without_digest_is_refused_where_digests_are_required() {
    let scene = project().rendered();
    assert_snapshot!(refuses(&scene, &["image", "set", "web", "registry.example.com/example/web:2", "--env", "prod"]), @r"
    error[image-digest]: the image `registry.example.com/example/web:2` of application `web` has no digest
     --> values/prod.yaml:5:12
      |
    5 |     image: registry.example.com/example/web:2
      |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = note: `policies.imageDigests` is `required` here: a tag can be moved to another image
      = help: write `registry.example.com/example/web:2@sha256:<digest>`

    error: 1 problem in prod; nothing was written
    ");
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
    assert_snapshot!(refuses(&alias, &["image", "set", "job", ONE, "--env", "dev"]), @r"
    error[not-editable]: `applications.job.image` is an alias of a value that stands elsewhere
     --> values/dev.yaml:4:9
      |
    3 |   web: {image: &image registry.example.com/example/web@sha256:2222222222222222222222222222222222222222222222222222222222222222}
      |                --------------------------------------------------------------------------------------------------------------- the value that it stands for
    4 |   job: {image: *image, port: 1, source: {path: job}}
      |         ^^^^^ set by an alias
      |
      = note: to change that value could change others, too
      = help: write the value out here, in place of the alias

    error: 1 problem; nothing was written
    ");
    assert_snapshot!(refuses(&alias, &["image", "set", "web", ONE, "--env", "dev"]), @r"
    error[not-editable]: `applications.web.image` can't be set in place
    --> values/dev.yaml
     = note: it would change `applications.job.image`, too: they share a text by an anchor
     = help: write the shared value out where it is used, and remove the anchor

    error: 1 problem; nothing was written
    ");
    let link = project();
    fs::rename(link.path("values/stage.yaml"), link.path("values/stage.txt")).unwrap();
    std::os::unix::fs::symlink("stage.txt", link.path("values/stage.yaml")).unwrap();
    assert_snapshot!(refuses(&link, &["image", "set", "web", ONE, "--env", "stage"]), @r"
    error[symbolic-link]: values/stage.yaml is a link, and is not edited
    --> values/stage.yaml
     = note: what it leads to may belong to another environment, too
     = help: replace the link by a file of its own

    error: 1 problem; nothing was written
    ");
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
fn a_write_that_fails_half_way_puts_the_values_back() {
    let page = "images:\n{% for n in range(40) %}\n  - {{ application.image }}\n{% endfor %}\n";
    let scene = project().with("templates/applications/{application}/all.yaml.j2", page).rendered();
    let values = scene.read("values/dev.yaml");
    // The values file is below the shell's limit of a file's size, and what is rendered is above it.
    let mut shell = Command::new("sh");
    shell.args([
        "-c",
        "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\"",
        RENDER,
        "image",
        "set",
        "web",
        ONE,
        "-e",
        "dev",
    ]);
    let run = scene.run(scene.prepare(&mut shell));
    assert_snapshot!(run.stderr, @r"
    error: `values/dev.yaml` is as it was, since the render of `dev` failed: could not write `out/dev/render.lock`: File too large (os error 27)
    help: mend what the file system reports, then render again: the next run writes what is missing
    ");
    assert_eq!((run.status, scene.read("values/dev.yaml")), (Some(2), values));
    scene.render(&["--env", "dev"]).succeeds();
    assert!(rendered(&scene, "dev").contains("example/web:1"));
    scene.render(&["check", "--env", "dev"]).succeeds();
}

#[test]
fn killed_at_any_moment_one_more_run_completes_it() {
    let scene = project().rendered();
    let (old, out) = (scene.read("values/dev.yaml"), rendered(&scene, "dev"));
    let new = old.replace("registry.example.com/example/web:1", TWO);
    let arguments = ["image", "set", "web", TWO, "--env", "dev"];
    let begin = Instant::now();
    scene.render(&arguments).succeeds();
    let time = begin.elapsed();
    scene.write("values/dev.yaml", &old);
    scene.render(&["--env", "dev"]).succeeds();
    // Later and later, until one ends before it is killed: so some come before the write, and some behind it, however
    // busy the machine is.
    for round in 0.. {
        let mut child = scene.command(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(time * round / 32);
        let ended = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        let values = scene.read("values/dev.yaml");
        assert!(values == old || values == new, "round {round}: {values}");
        assert!(values == new || !ended, "round {round}");
        // The file comes first: nothing is rendered that no values file says.
        assert!(values == new || rendered(&scene, "dev") == out, "round {round}");
        scene.render(&arguments).succeeds();
        assert_eq!(scene.read("values/dev.yaml"), new);
        scene.render(&["check", "--env", "dev"]).succeeds();
        if ended {
            break;
        }
        scene.write("values/dev.yaml", &old);
        scene.render(&["--env", "dev"]).succeeds();
    }
}

#[test]
fn two_at_once_lose_neither_edit() {
    let names = ["a", "b", "c", "d", "e", "f"];
    let entry = |name: &str| {
        format!("  {name}: {{image: \"registry.example.com/example/web:0\", port: 1, source: {{path: x}}}}\n")
    };
    let all = names.map(entry).concat();
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
