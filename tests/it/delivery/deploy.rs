//! The script that writes a digest back, with real repositories around it. In place of the network there are folders, and
//! in place of `render` a few lines that write what they are given: what the command does is tested elsewhere.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;

use super::{Delivery, rendered};
use crate::support::Scene;

/// Writes the image into the values, and the values into `out`. Beforehand it does what `moves` says, once: what
/// somebody else pushes meanwhile.
const RENDER: &str = r#"#!/bin/sh
set -eu
if [ -x "$HOME/moves" ]; then
    mv "$HOME/moves" "$HOME/moved"
    "$HOME/moved"
fi
case $1 in
    image) printf '%s\n' "$4" >"values/$6.yaml" ;;
    --env) mkdir -p "out/$2" && cp "values/$2.yaml" "out/$2/image" ;;
    *) exit 2 ;;
esac
"#;

const MOVES: &str = r#"#!/bin/sh
set -eu
git clone --quiet "$PLATFORM_URL" "$HOME/elsewhere"
cd "$HOME/elsewhere"
echo changed >README.md
git add README.md
git commit --quiet --message 'Somebody was faster'
git push --quiet
"#;

/// A repository of the platform and one of the code, and the home of the script.
struct World {
    scene: Scene,
    script: String,
}

impl World {
    fn new() -> Self {
        let rendered = rendered();
        let delivery = Delivery::of(&rendered, "shop");
        let script = delivery.get("Task", &json!("deploy"))["spec"]["steps"][0]["script"].as_str().unwrap().to_owned();
        let world = Self { scene: Scene::empty(), script };
        for repository in ["platform", "code"] {
            world.scene.write(&format!("{repository}-work/values/dev.yaml"), "nothing\n");
            world.git(".", &["init", "--quiet", "--bare", "--initial-branch=main", &format!("{repository}.git")]);
            // As GitHub has it.
            world.git(&format!("{repository}.git"), &["config", "uploadpack.allowFilter", "true"]);
            let folder = format!("{repository}-work");
            world.git(&folder, &["init", "--quiet", "--initial-branch=main"]);
            world.git(&folder, &["remote", "add", "origin", &world.url(repository)]);
            world.commit(repository, "First");
        }
        world.program("render", RENDER);
        // The script waits between two attempts.
        world.program("sleep", "#!/bin/sh\n");
        world
    }

    fn url(&self, repository: &str) -> String {
        format!("file://{}/{repository}.git", self.scene.root().display())
    }

    fn program(&self, name: &str, text: &str) {
        self.executable(&format!("bin/{name}"), text);
    }

    fn executable(&self, path: &str, text: &str) {
        self.scene.write(path, text);
        fs::set_permissions(self.scene.path(path), fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn command(&self, program: &str, folder: &Path) -> Command {
        let path = std::env::var("PATH").unwrap();
        let mut command = Command::new(program);
        self.scene.prepare(&mut command);
        command
            .current_dir(folder)
            .env("PATH", format!("{}:{path}", self.scene.path("bin").display()))
            .env("HOME", self.scene.root())
            .env("GIT_CONFIG_NOSYSTEM", "1");
        command
    }

    #[track_caller]
    fn git(&self, folder: &str, arguments: &[&str]) -> String {
        let author = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"];
        let folder = self.scene.path(folder);
        let output = self.command("git", &folder).args(author).args(arguments).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// A new commit in a repository; gives its name.
    fn commit(&self, repository: &str, message: &str) -> String {
        let folder = format!("{repository}-work");
        self.scene.write(&format!("{folder}/file"), message);
        self.git(&folder, &["add", "--all"]);
        self.git(&folder, &["commit", "--quiet", "--message", message]);
        self.git(&folder, &["push", "--quiet", "origin", "HEAD:main"]);
        self.git(&folder, &["rev-parse", "HEAD"])
    }

    fn deploy(&self, revision: &str, image: &str) -> Output {
        let mut command = self.command("/bin/sh", self.scene.root());
        let variables = [
            ("SOURCE_URL", self.url("code")),
            ("PLATFORM_URL", self.url("platform")),
            ("REVISION", revision.to_owned()),
            ("IMAGE", image.to_owned()),
            ("BRANCH", "main".to_owned()),
            ("APPLICATION", "shop".to_owned()),
            ("ENVIRONMENT", "dev".to_owned()),
            ("EMAIL", "delivery@dev.example.com".to_owned()),
        ];
        command.arg("-c").arg(&self.script).envs(variables).output().unwrap()
    }

    #[track_caller]
    fn deploys(&self, revision: &str, image: &str) -> String {
        let output = self.deploy(revision, image);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    }

    /// What the branch holds at a path.
    fn deployed(&self, path: &str) -> String {
        self.git("platform.git", &["show", &format!("main:{path}")])
    }

    fn commits(&self) -> usize {
        self.git("platform.git", &["rev-list", "--count", "main"]).parse().unwrap()
    }
}

#[test]
fn the_digest_is_committed_with_what_came_of_it_and_pushed() {
    let world = World::new();
    let revision = world.commit("code", "Second");
    world.deploys(&revision, "registry.example.com/shop@sha256:1");
    assert_eq!(world.deployed("values/dev.yaml"), "registry.example.com/shop@sha256:1");
    assert_eq!(world.deployed("out/dev/image"), "registry.example.com/shop@sha256:1");
    let message = world.git("platform.git", &["log", "-1", "--format=%an <%ae>%n%B", "main"]);
    let expected = format!(
        "Delivery of shop <delivery@dev.example.com>\nDeliver shop to dev\n\nregistry.example.com/shop@sha256:1\n\n\
         Delivered-Application: shop/dev\nDelivered-Revision: {revision}"
    );
    assert_eq!(message, expected);

    // Once more: nothing is left to do.
    let said = world.deploys(&revision, "registry.example.com/shop@sha256:1");
    assert!(said.contains("deployed already"), "{said}");
    assert_eq!(world.commits(), 2);
}

#[test]
fn a_branch_that_moves_meanwhile_is_taken_along() {
    let world = World::new();
    let revision = world.commit("code", "Second");
    world.executable("moves", MOVES);
    let said = world.deploys(&revision, "registry.example.com/shop@sha256:1");
    assert!(said.contains("has moved: once more"), "{said}");
    assert_eq!(world.deployed("README.md"), "changed");
    assert_eq!(world.deployed("values/dev.yaml"), "registry.example.com/shop@sha256:1");
    assert_eq!(world.commits(), 3);
}

#[test]
fn a_build_that_was_overtaken_changes_nothing() {
    let world = World::new();
    let older = world.commit("code", "Second");
    let newer = world.commit("code", "Third");
    world.deploys(&newer, "registry.example.com/shop@sha256:3");
    world.git("platform-work", &["pull", "--quiet", "--rebase", "origin", "main"]);
    world.commit("platform", "Something else");
    let said = world.deploys(&older, "registry.example.com/shop@sha256:2");
    assert!(said.contains("newer"), "{said}");
    assert_eq!(world.deployed("values/dev.yaml"), "registry.example.com/shop@sha256:3");

    // What was deployed may be gone from the history of the code: then the build at hand is what there is.
    world.git("code-work", &["reset", "--quiet", "--hard", &older]);
    world.git("code-work", &["push", "--quiet", "--force", "origin", "HEAD:main"]);
    world.git("code.git", &["reflog", "expire", "--expire=now", "--all"]);
    world.git("code.git", &["gc", "--quiet", "--prune=now"]);
    world.deploys(&older, "registry.example.com/shop@sha256:2");
    assert_eq!(world.deployed("values/dev.yaml"), "registry.example.com/shop@sha256:2");
}

#[test]
fn a_repository_that_takes_nothing_is_said() {
    let world = World::new();
    let revision = world.commit("code", "Second");
    let hook = "platform.git/hooks/pre-receive";
    world.executable(hook, "#!/bin/sh\nexit 1\n");
    let output = world.deploy(&revision, "registry.example.com/shop@sha256:1");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("could not push to main"), "{said}");
    assert_eq!(world.commits(), 1);
}
