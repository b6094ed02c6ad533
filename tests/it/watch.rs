//! `render watch`: starts, is told of changes by the system, and ends. Waits for lines, never for time to pass.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use crate::support::Scene;

/// How long a line may take on a busy machine before something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

/// A watch that runs.
struct Watch {
    child: Child,
    lines: Receiver<String>,
    said: String,
}

impl Watch {
    fn start(scene: &Scene, arguments: &[&str]) -> Self {
        let mut command = scene.command(&[&["watch", "--env", "dev"], arguments].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (tell, lines) = mpsc::channel();
        let pipes: [Box<dyn Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for pipe in pipes {
            let tell = tell.clone();
            thread::spawn(move || {
                BufReader::new(pipe).lines().map_while(Result::ok).try_for_each(|line| tell.send(line))
            });
        }
        Self { child, lines, said: String::new() }
    }

    /// Reads on until lines have contained all of `expected`, in whatever order: data and talk come through two pipes.
    /// What was read on the way comes back.
    #[track_caller]
    fn says(&mut self, expected: &[&str]) -> String {
        let mut read = String::new();
        while !expected.iter().all(|part| read.contains(part)) {
            let Ok(line) = self.lines.recv_timeout(PATIENCE) else {
                panic!("it never said all of {expected:?}; it said:\n{}{read}", self.said)
            };
            read += &line;
            read.push('\n');
        }
        self.said += &read;
        read
    }

    /// Ends it as Ctrl-C does, and returns what it said last.
    #[track_caller]
    fn ends(mut self) -> String {
        let kill = format!("kill -INT {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        self.lines.iter().map(|line| line + "\n").collect()
    }
}

/// Whatever a test ends with, its process does not outlive it.
impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn domain(name: &str) -> String {
    format!("platform: {{domain: {name}.example.com}}\n")
}

/// Changes values, templates and a new folder, breaks and mends them, under a watch with `arguments`.
fn edit_under(arguments: &[&str]) {
    let scene = Scene::new();
    let mut watch = Watch::start(&scene, arguments);
    watch.says(&["watching values/"]);
    assert!(scene.read("out/dev/site.yaml").contains("dev.example.com"));

    scene.write("values/dev.yaml", domain("other"));
    watch.says(&["-domain: dev.example.com", "+domain: other.example.com", "dev: 1 updated"]);
    assert!(scene.read("out/dev/site.yaml").contains("other.example.com"));

    scene.write("templates/new/page.yaml.j2", "a: 1\n");
    watch.says(&["new file mode", "dev: 1 created, 1 unchanged"]);

    scene.write("values/dev.yaml", "platform: {domain: 7}\n");
    watch.says(&["error[invalid-value]", "nothing was written"]);
    scene.write("values/dev.yaml", domain("third"));
    watch.says(&["+domain: third.example.com", "dev: 1 updated"]);
    assert!(watch.ends().ends_with("no longer watching\n"));
}

#[test]
fn each_change_is_rendered_and_shown() {
    edit_under(&[]);
}

#[test]
fn where_the_system_does_not_tell_the_files_are_looked_at() {
    edit_under(&["--poll"]);
}

#[test]
fn without_writing_each_step_is_shown_against_the_one_before() {
    let scene = Scene::new();
    let mut watch = Watch::start(&scene, &["--no-write"]);
    watch.says(&["+domain: dev.example.com", "watching values/"]);
    scene.write("values/dev.yaml", domain("other"));
    watch.says(&["-domain: dev.example.com", "dev: 1 file differ"]);
    scene.write("values/dev.yaml", domain("third"));
    watch.says(&["-domain: other.example.com", "dev: 1 file differ"]);
    watch.ends();
    assert!(!scene.path("out").exists());
}

#[test]
fn its_own_writing_and_what_is_no_input_start_no_step() {
    let scene = Scene::new();
    let mut watch = Watch::start(&scene, &[]);
    watch.says(&["watching values/"]);
    scene.write("out/dev/mine.yaml", "a: 1\n");
    scene.write("values/.dev.yaml.swp", "a: 1\n");
    scene.write("README.md", "a: 1\n");
    // Saved without a change.
    scene.write("values/base.yaml", scene.read("values/base.yaml"));
    scene.write("values/dev.yaml", domain("other"));
    let mut said = watch.says(&["dev: 1 updated", "+domain: other.example.com"]);
    said += &watch.ends();
    assert_eq!(said.matches("dev: ").count(), 1, "{said}");
}

#[test]
fn an_edit_by_hand_is_shown_and_kept() {
    let scene = Scene::new().rendered();
    scene.write("out/dev/site.yaml", "mine: 1\n");
    let mut watch = Watch::start(&scene, &[]);
    watch.says(&["error[edited-output]", "watching values/"]);
    assert_eq!(scene.read("out/dev/site.yaml"), "mine: 1\n");
    watch.ends();
}
