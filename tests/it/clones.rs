//! Projects that are Git clones: what is staged is checked, hooks are installed, checks are remembered.

mod hooks;
mod memory;
mod staged;

use std::path::Path;
use std::process::Command;

use crate::support::{RENDER, Run, Scene};

/// A scene in a Git repository of its own.
#[derive(Debug)]
struct Clone {
    scene: Scene,
}

impl Clone {
    /// The scene, rendered and committed.
    fn of(scene: Scene) -> Self {
        let clone = Self { scene };
        clone.git(&["init", "--quiet"]).succeeds();
        clone.scene.render(&["--all", "--quiet"]).succeeds();
        clone.git(&["add", "."]).succeeds();
        clone.git(&["commit", "--quiet", "--message", "first"]).succeeds();
        clone
    }

    fn new() -> Self {
        Self::of(Scene::new())
    }

    /// A program with what Git needs to commit, and nothing of the configuration of whoever runs the tests.
    fn command(&self, program: impl AsRef<Path>, arguments: &[&str]) -> Command {
        let mut command = Command::new(program.as_ref());
        self.scene.prepare(&mut command).args(arguments);
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", self.scene.path(".git/none"));
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "somebody").env(format!("GIT_{who}_EMAIL"), "somebody@example.com");
        }
        command
    }

    #[must_use = "say how the run has to end"]
    #[track_caller]
    fn git(&self, arguments: &[&str]) -> Run {
        self.scene.run(&mut self.command("git", arguments))
    }

    #[must_use = "say how the run has to end"]
    #[track_caller]
    fn render(&self, arguments: &[&str]) -> Run {
        self.scene.run(&mut self.command(RENDER, arguments))
    }

    fn read(&self, path: &str) -> String {
        self.scene.read(path)
    }

    fn write(&self, path: &str, content: &str) {
        self.scene.write(path, content);
    }

    /// Writes a file and stages it.
    #[track_caller]
    fn stage(&self, path: &str, content: &str) {
        self.write(path, content);
        self.git(&["add", path]).succeeds();
    }
}
