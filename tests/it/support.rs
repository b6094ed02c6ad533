//! A project of its own for each test, and the real command in it.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;
use walkdir::WalkDir;

/// The command under test.
pub(crate) const RENDER: &str = env!("CARGO_BIN_EXE_render");

/// What every scene begins with: all that has no default, in as few lines as it takes.
pub(crate) const BASE: &str = "\
platform:
  name: example
  email: platform@example.com
  repository: {url: https://git.example.com/platform.git, revision: main}
  registry: registry.example.com/example
cluster:
  region: fra1
  version: \"1.36\"
  nodePools:
    base: {size: s-2vcpu-4gb, min: 1, max: 2}
    tools: {size: s-2vcpu-4gb, min: 1, max: 2, dedicated: true}
    workloads: {size: s-2vcpu-4gb, min: 1, max: 2, dedicated: true}
identity:
  provider: oidc
  issuer: https://login.example.com/
  groupsClaim: groups
";

/// And what its environment `dev` adds.
pub(crate) const DEV: &str = "\
platform:
  domain: dev.example.com
";

/// The one template that every scene begins with, so that a render always has something to write.
const SITE: &str = "\
domain: {{ platform.domain }}
";

/// The template that hands a chart its values, by its path below `templates/`.
pub(crate) const CHART_VALUES: &str = "charts/{chart}/values.yaml.j2";

/// A project in a folder of its own, which goes away with it.
#[must_use]
#[derive(Debug)]
pub(crate) struct Scene {
    folder: TempDir,
}

/// What is at a path of a tree.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    File(Vec<u8>),
    Folder,
    Link(PathBuf),
}

/// Everything below a folder, by path.
pub(crate) type Tree = BTreeMap<String, Entry>;

impl Scene {
    /// A folder with nothing in it.
    pub(crate) fn empty() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    /// A project with one environment, `dev`, and one template, `site.yaml.j2`.
    ///
    /// The templates that are compiled into the program are kept quiet by empty ones of the same names, which make no
    /// files: a test of a message does not depend on what the platform looks like today.
    pub(crate) fn new() -> Self {
        Self::keeping(&[])
    }

    /// A scene that leaves the compiled-in templates `kept` as they are.
    pub(crate) fn keeping(kept: &[&str]) -> Self {
        let scene = Self::empty();
        for name in default_templates().filter(|name| !kept.contains(&name.as_str())) {
            scene.write(&format!("templates/{name}"), "");
        }
        scene.with("values/base.yaml", BASE).with("values/dev.yaml", DEV).with("templates/site.yaml.j2", SITE)
    }

    /// This repository's own values, rendered by the compiled-in templates.
    pub(crate) fn of_this_repository() -> Self {
        let scene = Self::empty();
        copy(&repository().join("values"), &scene.path("values"));
        scene
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    /// Writes a file, with the folders above it.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Changes a text of a file that stands there once.
    #[track_caller]
    pub(crate) fn change(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert_eq!(text.matches(from).count(), 1, "{from:?} in {text}");
        self.write(path, text.replace(from, to));
    }

    /// [`Self::write`] for the beginning of a test.
    pub(crate) fn with(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.write(path, content);
        self
    }

    /// Adds lines to a file.
    pub(crate) fn and(self, path: &str, more: &str) -> Self {
        let text = self.read(path) + more;
        self.with(path, text)
    }

    /// A scene that has [`key_pair`].
    pub(crate) fn with_key_pair(self) -> Self {
        key_pair().iter().fold(self, |scene, (path, text)| scene.with(path, text))
    }

    /// A scene whose `out/dev` is rendered.
    pub(crate) fn rendered(self) -> Self {
        self.render(&["--env", "dev"]).succeeds();
        self
    }

    #[track_caller]
    pub(crate) fn read(&self, path: &str) -> String {
        match fs::read_to_string(self.path(path)) {
            Ok(text) => text,
            Err(error) => panic!("{path}: {error}"),
        }
    }

    pub(crate) fn remove(&self, path: &str) {
        let path = self.path(path);
        if path.is_dir() && !path.is_symlink() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
    }

    /// Everything below `out/`.
    pub(crate) fn out(&self) -> Tree {
        tree(&self.path("out"))
    }

    /// The command with `arguments`, in this project and with no environment variable but those it can't do without.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(RENDER);
        self.prepare(&mut command).args(arguments);
        command
    }

    /// What [`Self::command`] gives a process, for another program that starts the command.
    pub(crate) fn prepare<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env_clear().env("NO_COLOR", "1").current_dir(self.root()).stdin(Stdio::null());
        match std::env::var_os("PATH") {
            Some(path) => command.env("PATH", path),
            None => command,
        }
    }

    /// Runs the command to its end.
    #[must_use = "say how the run has to end"]
    #[track_caller]
    pub(crate) fn render(&self, arguments: &[&str]) -> Run {
        self.run(&mut self.command(arguments))
    }

    /// Runs a command of [`Self::command`] that the test has changed.
    #[must_use = "say how the run has to end"]
    #[track_caller]
    pub(crate) fn run(&self, command: &mut Command) -> Run {
        Run::new(&command.output().unwrap(), self.root())
    }

    /// Runs Git in the project, as a person of whom nothing is configured.
    #[track_caller]
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let mut git = Command::new("git");
        for setting in ["user.name=Test", "user.email=test@example.com", "init.defaultBranch=main", "gc.auto=0"] {
            git.args(["-c", setting]);
        }
        self.prepare(&mut git).env("GIT_CONFIG_NOSYSTEM", "1").env("HOME", self.root());
        let run = git.args(arguments).output().unwrap();
        assert!(run.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&run.stderr));
        String::from_utf8(run.stdout).unwrap()
    }

    /// Commits everything, in a repository that is made where there is none.
    #[track_caller]
    pub(crate) fn commit(&self) {
        if !self.path(".git").exists() {
            self.git(&["init", "--quiet"]);
        }
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", "change"]);
    }

    /// A scene that has [`committed`](Self::commit) itself.
    #[track_caller]
    pub(crate) fn committed(self) -> Self {
        self.commit();
        self
    }

    /// Runs the command, which has to refuse: exit code 2, nothing on standard output, nothing written.
    #[track_caller]
    pub(crate) fn refuses(&self, arguments: &[&str]) -> String {
        let before = self.out();
        let run = self.render(arguments);
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{run}");
        assert!(self.out() == before, "something was written:\n{run}");
        run.stderr
    }
}

/// How a command ended and what it said, with the project's folder as `[project]`.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn new(output: &Output, root: &Path) -> Self {
        let real = fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
        let text = |bytes: &[u8]| {
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            let text = text.replace(root.to_str().unwrap(), "[project]");
            text.replace(real.to_str().unwrap(), "[project]")
        };
        Self { status: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// The run has to have ended well.
    #[track_caller]
    pub(crate) fn succeeds(self) -> Self {
        self.exits(0)
    }

    #[track_caller]
    pub(crate) fn exits(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "{self}");
        self
    }
}

/// Status, standard output and standard error in one block, as a snapshot shows them.
impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => writeln!(f, "exit {status}")?,
            None => writeln!(f, "killed")?,
        }
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                writeln!(f, "--- {name}")?;
                f.write_str(text)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(bytes) => write!(f, "{:?}", String::from_utf8_lossy(bytes)),
            Self::Folder => f.write_str("folder"),
            Self::Link(target) => write!(f, "-> {}", target.display()),
        }
    }
}

/// Everything below `folder`; nothing if it is not there.
pub(crate) fn tree(folder: &Path) -> Tree {
    let below = |entry: walkdir::DirEntry| {
        let path = entry.path().strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
        let found = match entry.file_type() {
            kind if kind.is_dir() => Entry::Folder,
            kind if kind.is_symlink() => Entry::Link(fs::read_link(entry.path()).unwrap()),
            _ => Entry::File(fs::read(entry.path()).unwrap()),
        };
        (path, found)
    };
    WalkDir::new(folder).into_iter().filter_map(Result::ok).map(below).collect()
}

/// What `render seal init` makes: certificate, private key, and the key as a manifest, each by its path. Made once for
/// all tests, as it takes a moment.
pub(crate) fn key_pair() -> &'static [(&'static str, String); 3] {
    static PAIR: OnceLock<[(&str, String); 3]> = OnceLock::new();
    PAIR.get_or_init(|| {
        // The manifest is for the controller's namespace.
        let chart = "{repository: https://charts.example.com, name: sealed-secrets, version: 2.0.0}";
        let controller = format!("services: {{sealedSecrets: {{chart: {chart}}}}}\n");
        let scene = Scene::new().and("values/base.yaml", &controller);
        scene.render(&["seal", "init", "--env", "dev"]).succeeds();
        let files = ["values/certs/dev.pem", ".supercargo/keys/dev.pem", ".supercargo/keys/dev.yaml"];
        files.map(|path| (path, scene.read(path)))
    })
}

/// This repository.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The compiled-in templates that make files, by their paths below `templates/`.
fn default_templates() -> impl Iterator<Item = String> {
    let folder = repository().join("templates");
    let files = WalkDir::new(&folder).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    let names = files.map(move |file| file.path().strip_prefix(&folder).unwrap().to_str().unwrap().to_owned());
    names.filter(|name| !name.split('/').any(|segment| segment.starts_with(['_', '.'])))
}

/// Copies a folder with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    for entry in WalkDir::new(from).into_iter().map(Result::unwrap) {
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(target).unwrap();
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Whether the tests run as root, who may write where the permissions say no.
pub(crate) fn is_root() -> bool {
    fs::metadata(TempDir::new().unwrap().path()).unwrap().uid() == 0
}

/// Lets every user enter and read the project.
pub(crate) fn open_to_all(scene: &Scene) {
    for entry in WalkDir::new(scene.root()).into_iter().map(Result::unwrap) {
        fs::set_permissions(entry.path(), fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// Says that a check could not be made here, past the test harness, which would keep it to itself.
pub(crate) fn skip(what: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "\nSKIPPED: {what}: {why}");
}
