//! The corpus of documents that checks judge: what is wrong is found at its line, and what is unusual but right passes.
//!
//! A folder of `tests/corpus/` is one family of checks, with its cases in `invalid/*.yaml` and `valid/*.yaml`. A case is
//! what templates print; its first comments are the header, of lines such as these:
//!
//! ```yaml
//! # A Role that is not there.
//! # expect: missing-reference at 12, missing-reference at 20
//! # set: sealed=null
//! ```
//!
//! Lines are counted in the case itself, so the body of an invalid case is written as the emitter writes it. A finding
//! without a place is expected without `at`. `# set:` is an argument of `--set`. The body is the file `page.yaml` of the
//! environment; a line `# file: services/loki/values.yaml` inside begins another one.
//!
//! A family judges the codes that its invalid cases expect; what other checks say about the same documents is ignored.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use rayon::prelude::*;
use supercargo::diagnostic::{Diagnostic, Diagnostics};
use supercargo::model::EnvironmentName;
use supercargo::pipeline::Workspace;
use supercargo::project::Project;
use supercargo::source::Source;
use supercargo::templates;

use crate::support::{BASE, DEV, repository};

/// The file of a body that names none.
const PAGE: &str = "page.yaml";

/// One case.
struct Case {
    name: String,
    expected: BTreeSet<Expectation>,
    sets: Vec<String>,
    files: Vec<Section>,
}

/// What a case says that is found: a code, and the line where it has one.
type Expectation = (String, Option<usize>);

/// A file of a case, and the line of the case where its text begins, counted from 0.
struct Section {
    path: String,
    first_line: usize,
    text: String,
}

impl Case {
    fn read(path: &Path) -> Self {
        let name = path.strip_prefix(repository().join("tests/corpus")).unwrap().display().to_string();
        let text = fs::read_to_string(path).unwrap();
        let mut case = Self { name, expected: BTreeSet::new(), sets: Vec::new(), files: Vec::new() };
        for (index, line) in text.lines().enumerate() {
            if let Some(expected) = line.strip_prefix("# expect: ").filter(|_| case.files.is_empty()) {
                case.expected.extend(expected.split(", ").map(|one| expectation(&case.name, one)));
            } else if let Some(set) = line.strip_prefix("# set: ").filter(|_| case.files.is_empty()) {
                case.sets.push(set.to_owned());
            } else if let Some(path) = line.strip_prefix("# file: ") {
                case.files.push(Section { path: path.to_owned(), first_line: index + 1, text: String::new() });
            } else if !case.files.is_empty() || !(line.starts_with('#') || line.is_empty()) {
                if case.files.is_empty() {
                    case.files.push(Section { path: PAGE.to_owned(), first_line: index, text: String::new() });
                }
                writeln!(case.files.last_mut().unwrap().text, "{line}").unwrap();
            }
        }
        case
    }

    /// Everything that is said about the case.
    fn findings(&self) -> Diagnostics {
        let file =
            |folder: &str, name: &str, text: &str| (name.to_owned(), Source::new(format!("{folder}/{name}"), text));
        let mut templates = QUIET.clone();
        for section in &self.files {
            // What looks like a hole is the document's own.
            let text = format!("{{% raw %}}\n{}{{% endraw %}}\n", section.text);
            templates.extend([file("templates", &format!("{}.j2", section.path), &text)]);
        }
        let values = [file("values", "base.yaml", BASE), file("values", "dev.yaml", DEV)];
        let values = values.into_iter().map(|(name, source)| (name, Ok(source))).collect();
        let project = Project { root: "/".into(), values, schema: None, templates, schemas: Vec::new() };
        let render = || {
            let workspace = Workspace::open(&project)?;
            let inputs = workspace.inputs(&EnvironmentName::parse("dev").unwrap(), &self.sets)?;
            workspace.render(&inputs)
        };
        match render() {
            Ok(rendered) => rendered.found,
            Err(found) => found,
        }
    }

    /// The code of `found`, and the line of the case that it points at.
    fn place(&self, found: &Diagnostic) -> Result<Expectation, String> {
        let code = found.code.name().to_owned();
        let Some(label) = &found.primary else { return Ok((code, None)) };
        let source = &label.location.source;
        let section =
            source.path().strip_prefix("out/dev/").and_then(|path| self.files.iter().find(|one| one.path == path));
        let Some(section) = section else { return Ok((code, None)) };
        let rendered = source.text().split_once('\n').map_or("", |(_, rest)| rest);
        let written = section.text.trim_end();
        if written != rendered.trim_end() {
            let mut lines = written.lines().zip(rendered.lines()).enumerate();
            let other = lines.find(|(_, (written, rendered))| written != rendered);
            let (at, lines) = other.unwrap_or((written.lines().count().min(rendered.lines().count()), ("", "")));
            let line = section.first_line + at + 1;
            return Err(format!("line {line} is not as it is rendered: `{}` becomes `{}`", lines.0, lines.1));
        }
        // The first line that is rendered is the comment on where the file comes from.
        Ok((code, Some(section.first_line + label.location.line_column().0 - 1)))
    }

    /// What is wrong with how the case is judged by the checks of `codes`; empty if nothing is.
    fn problem(&self, codes: &BTreeSet<String>) -> Option<String> {
        let findings = self.findings();
        let judged = findings.iter().filter(|found| codes.contains(found.code.name()));
        let found: Result<BTreeSet<_>, _> = judged.map(|found| self.place(found)).collect();
        let found = match found {
            Ok(found) if found == self.expected => return None,
            Ok(found) => format!("expects {}, found {}", listed(&self.expected), listed(&found)),
            Err(problem) => problem,
        };
        let said: Vec<_> = findings.iter().map(|one| format!("\n    {}: {}", one.code, one.message)).collect();
        let said = said.concat();
        Some(format!("{}: {found}{said}", self.name))
    }
}

/// The compiled-in templates that make files, each by an empty one of its name.
static QUIET: LazyLock<BTreeMap<String, Arc<Source>>> = LazyLock::new(|| {
    let makes_files = |name: &String| !name.split('/').any(|segment| segment.starts_with('_'));
    let names = templates::defaults().into_keys().filter(makes_files);
    names.map(|name| (name.clone(), Source::new(format!("templates/{name}"), ""))).collect()
});

/// What `text` in the header of the case `name` says that is found.
#[track_caller]
fn expectation(name: &str, text: &str) -> Expectation {
    match text.trim().split_once(" at ") {
        None => (text.trim().to_owned(), None),
        Some((code, line)) => match line.parse() {
            Ok(line) => (code.to_owned(), Some(line)),
            Err(problem) => panic!("{name}: `{line}` is no line: {problem}"),
        },
    }
}

fn listed(expected: &BTreeSet<Expectation>) -> String {
    let one = |(code, line): &Expectation| match line {
        Some(line) => format!("{code} at {line}"),
        None => code.clone(),
    };
    if expected.is_empty() { "nothing".to_owned() } else { expected.iter().map(one).collect::<Vec<_>>().join(", ") }
}

/// The cases in a folder, sorted by name.
fn cases(folder: &Path) -> Vec<Case> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| Case::read(path)).collect()
}

/// Judges all cases of the family `name`.
#[track_caller]
fn judge(name: &str) {
    let folder = repository().join("tests/corpus").join(name);
    let (invalid, valid) = (cases(&folder.join("invalid")), cases(&folder.join("valid")));
    let codes: BTreeSet<_> =
        invalid.iter().flat_map(|case| case.expected.iter().map(|(code, _)| code.clone())).collect();
    let blind =
        invalid.iter().filter(|case| case.expected.is_empty()).map(|case| format!("{}: expects nothing", case.name));
    let loud =
        valid.iter().filter(|case| !case.expected.is_empty()).map(|case| format!("{}: expects something", case.name));
    let mut problems: Vec<_> = blind.chain(loud).collect();
    problems.par_extend(invalid.par_iter().chain(&valid).filter_map(|case| case.problem(&codes)));
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn references() {
    judge("references");
}

#[test]
fn schemas() {
    judge("schemas");
}

#[test]
fn policies() {
    judge("policies");
}

/// Who adds a family adds its test.
#[test]
fn every_family_is_judged() {
    let text = fs::read_to_string(repository().join("tests/it/corpus.rs")).unwrap();
    for entry in fs::read_dir(repository().join("tests/corpus")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(text.contains(&format!("    judge(\"{name}\");")), "{name}");
    }
}

/// What a line of a case is changed to: another value, another depth, or nothing.
fn change(line: &str, how: usize) -> String {
    let indent = &line[..line.len() - line.trim_start().len()];
    let key = line.split_once(": ").map_or(line.trim_end_matches(':'), |(key, _)| key);
    match how {
        0 => String::new(),
        1 => format!("  {line}"),
        2 => format!("{line}\n{line}"),
        3 => format!("{key}:"),
        4 => format!("{key}: []"),
        5 => format!("{key}: {{a: [{{name: 1}}]}}"),
        6 => format!("{key}: [a, {{name: x}}, null, 5]"),
        7 => format!("{key}: \"$(params.a[\""),
        8 => format!("{key}: ../../../.."),
        9 => format!("{indent}- {}", line.trim_start()),
        10 => format!("{key}: \"*é*\""),
        _ => format!("{key}: 9223372036854775807"),
    }
}

/// Documents that nobody would write pass through all checks: each may find what it likes, and none may break.
#[test]
fn no_document_breaks_a_check() {
    let root = repository().join("tests/corpus/references");
    let cases: Vec<_> = ["invalid", "valid"].iter().flat_map(|folder| cases(&root.join(folder))).collect();
    let mut runner = TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() });
    let changes = proptest::collection::vec((any::<Index>(), 0..12_usize), 1..6);
    let property = |(case, changes): (Index, Vec<(Index, usize)>)| {
        let case = &cases[case.index(cases.len())];
        let mut files: Vec<_> = case.files.iter().map(|one| (one.path.clone(), one.text.clone())).collect();
        for (at, how) in changes {
            let count = files.len();
            let text = &mut files[at.index(count)].1;
            let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
            if !lines.is_empty() {
                let at = at.index(lines.len());
                lines[at] = change(&lines[at], how);
                *text = lines.join("\n") + "\n";
            }
        }
        let files = files.into_iter().map(|(path, text)| Section { path, first_line: 0, text }).collect();
        let case = Case { name: String::new(), expected: BTreeSet::new(), sets: Vec::new(), files };
        let _ = case.findings();
        Ok(())
    };
    runner.run(&(any::<Index>(), changes), property).unwrap();
}
