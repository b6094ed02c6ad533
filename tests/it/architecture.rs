//! The order of the rooms, held by their own `use` lines.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use regex::Regex;
use walkdir::WalkDir;

use crate::support::repository;

/// The rooms of the library from the bottom up: each may import those before it, and never one behind it.
///
/// This is the order of who knows whom. The order in which a render passes through them is another one in one place:
/// `templates` runs before `manifest` and `tree`, and hands them its text by their own types.
const ROOMS: [&str; 29] = [
    "hex",
    "source",
    "diagnostic",
    "leaks",
    "yaml",
    "model",
    "layers",
    "schemas",
    "tree",
    "manifest",
    "templates",
    "checks",
    "diff",
    "changes",
    "graph",
    "report",
    "project",
    "pipeline",
    "explain",
    "output",
    "edit",
    "http",
    "charts",
    "plan",
    "cloud",
    "identity",
    "outputs",
    "store",
    "seal",
];

/// What a room may import, where the order alone would allow more.
const NARROW: [(&str, &[&str]); 21] = [
    ("source", &[]),
    ("diff", &[]),
    // Two sides as text: neither how they were made nor where they are kept.
    ("changes", &["source", "yaml", "model", "manifest", "diff"]),
    // What Argo CD will see: rendered files, whatever they were made of.
    ("graph", &["source", "yaml", "tree"]),
    // What is shown is handed in: no page reads a tree or a file.
    ("report", &["diagnostic", "model", "diff", "graph"]),
    ("yaml", &["source", "diagnostic"]),
    ("layers", &["source", "diagnostic", "yaml", "model"]),
    // A schema is about documents, whatever made them.
    ("schemas", &["source", "diagnostic", "yaml"]),
    ("project", &["source", "diagnostic"]),
    // Checks see documents, and what the values ask for: no layers, no templates, no disk.
    ("checks", &["source", "diagnostic", "leaks", "yaml", "model", "schemas", "manifest", "tree"]),
    // Explaining is rendering again, and looking at what came out.
    ("explain", &["source", "diagnostic", "yaml", "model", "layers", "tree", "manifest", "templates", "pipeline"]),
    // The writer knows finished trees, not how they were made.
    ("output", &["hex", "source", "diagnostic", "model", "tree", "diff"]),
    // One text in, one text out.
    ("edit", &["source", "diagnostic", "yaml"]),
    // Requests and answers, whatever API they are of.
    ("http", &["hex"]),
    // Archives and what they say of values; nothing that renders knows of what is cached.
    ("charts", &["hex", "source", "diagnostic", "yaml", "model", "http"]),
    // Steps as data, whatever they are of: no network, no layers; of the models only what secrets and their places are.
    ("plan", &["model", "http"]),
    // Values and answers of an API in, steps out; siblings that know nothing of each other, nor of what renders or seals.
    ("cloud", &["hex", "source", "diagnostic", "model", "http", "plan"]),
    ("identity", &["hex", "source", "diagnostic", "model", "http", "plan"]),
    // A values file that a program writes, read as the layers read it; whoever told what stands in it.
    ("outputs", &["source", "diagnostic", "yaml", "model", "layers"]),
    // Files, whatever they mean; and of the reader only how large one may be.
    ("store", &["source", "project"]),
    // Sealing reads its file as the layers do, and knows nothing that renders; nor does what renders know of it.
    ("seal", &["hex", "source", "diagnostic", "yaml", "model", "layers"]),
];

/// The only rooms that touch files.
const DISK: [&str; 3] = ["project", "output", "store"];

/// A source file below `src/`, by its path there, without its comments and tests.
struct Code {
    path: String,
    lines: Vec<String>,
}

impl Code {
    /// The room that a file of the library belongs to; none for `lib.rs` and the command.
    fn room(&self) -> Option<&str> {
        let first = self.path.split('/').next()?;
        let room = first.strip_suffix(".rs").unwrap_or(first);
        (!matches!(room, "lib" | "bin")).then_some(room)
    }

    fn is_command(&self) -> bool {
        self.path.starts_with("bin/")
    }
}

fn code() -> Vec<Code> {
    let root = repository().join("src");
    let files = WalkDir::new(&root).sort_by_file_name().into_iter().map(Result::unwrap);
    let sources = files.filter(|entry| entry.path().extension().is_some_and(|ending| ending == "rs"));
    let read = |path: &Path| {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(path).unwrap();
        // A module of tests is the last thing in its file.
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let text = text.split("#[cfg(test)]\n#[expect").next().unwrap();
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("//")).map(str::to_owned);
        Code { path: name, lines: lines.collect() }
    };
    let is_test = |code: &Code| code.path.split('/').any(|part| part == "tests" || part == "tests.rs");
    sources.map(|entry| read(entry.path())).filter(|code| !is_test(code)).collect()
}

/// Every line of `files` that `pattern` finds, as `path: line`.
fn lines_with(files: &[Code], pattern: &str, wanted: impl Fn(&Code) -> bool) -> Vec<String> {
    let pattern = Regex::new(pattern).unwrap();
    let of = |code: &Code| {
        let found = code.lines.iter().filter(|line| pattern.is_match(line));
        found.map(|line| format!("{}: {}", code.path, line.trim())).collect::<Vec<_>>()
    };
    files.iter().filter(|code| wanted(code)).flat_map(of).collect()
}

#[test]
fn every_room_has_its_place() {
    let rooms: BTreeSet<_> = code().iter().filter_map(|code| code.room().map(str::to_owned)).collect();
    assert_eq!(rooms, ROOMS.map(str::to_owned).into());
    let named: BTreeSet<_> = lines_with(&code(), "^pub mod ", |code| code.path == "lib.rs").into_iter().collect();
    assert_eq!(named, ROOMS.map(|room| format!("lib.rs: pub mod {room};")).into());
}

#[test]
fn a_room_imports_only_those_before_it() {
    let import = Regex::new(r"(?:^|[^$\w])crate::([a-z_]+)").unwrap();
    let mut wrong = BTreeSet::new();
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for code in code() {
        let Some(room) = code.room() else { continue };
        let at = ROOMS.iter().position(|other| *other == room).unwrap();
        let narrow = NARROW.iter().find(|(narrow, _)| *narrow == room).map(|(_, allowed)| *allowed);
        for other in code.lines.iter().flat_map(|line| import.captures_iter(line)).map(|found| found[1].to_owned()) {
            let allowed = other == room || narrow.unwrap_or(&ROOMS[..at]).contains(&other.as_str());
            if !allowed {
                wrong.insert(format!("{} imports {other}", code.path));
            }
            imports.entry(room.to_owned()).or_default().insert(other);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // The test itself has eyes.
    assert!(imports["pipeline"].contains("templates") && imports["output"].contains("tree"), "{imports:?}");
}

#[test]
fn only_three_rooms_touch_files() {
    let pattern = r"std::fs|\bfs::|\bFile::|OpenOptions|WalkDir";
    let found = lines_with(&code(), pattern, |code| !code.room().is_some_and(|room| DISK.contains(&room)));
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn nothing_but_the_command_prints_or_ends_the_process() {
    let pattern = r"\be?print(ln)?!|\bdbg!|stdout\(\)|stderr\(\)|process::exit";
    let found = lines_with(&code(), pattern, |code| !code.is_command());
    assert!(found.is_empty(), "{found:#?}");
    let printers =
        lines_with(&code(), r"stdout\(\)|stderr\(\)|\be?print(ln)?!", |code| code.path != "bin/render/terminal.rs");
    assert!(printers.is_empty(), "{printers:#?}");
}

#[test]
fn a_render_depends_on_nothing_but_its_inputs() {
    let pattern = r"std::env|env::var|SystemTime|Instant::|std::net::(Tcp|Udp)|std::process";
    let found = lines_with(&code(), pattern, |code| !code.is_command());
    assert!(found.is_empty(), "{found:#?}");
    // Encryption is random. It stands behind all that renders, which can't import it.
    let found =
        lines_with(&code(), r"thread_rng|rand::|RandomState", |code| !code.is_command() && code.room() != Some("seal"));
    assert!(found.is_empty(), "{found:#?}");
    assert_eq!(ROOMS.last(), Some(&"seal"));
}

#[test]
fn the_command_reads_environment_variables_in_its_arguments_only() {
    // And where an argument names one that holds a secret.
    let found = lines_with(&code(), r"env::var", |code| code.is_command() && code.path != "bin/render/plaintext.rs");
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn only_one_room_touches_the_network_and_waits() {
    let pattern = r"\bureq::|\brustls|\bTcpStream|\bTcpListener|\bUdpSocket|thread::sleep";
    let found = lines_with(&code(), pattern, |code| code.room().is_some_and(|room| room != "http"));
    assert!(found.is_empty(), "{found:#?}");
    assert!(!lines_with(&code(), pattern, |code| code.room() == Some("http")).is_empty());
}

#[test]
fn no_module_is_named_mod() {
    let of = |folder: &str| WalkDir::new(repository().join(folder)).into_iter().map(Result::unwrap);
    let found: Vec<_> = of("src").chain(of("tests")).filter(|entry| entry.file_name() == "mod.rs").collect();
    assert!(found.is_empty(), "{found:?}");
}
