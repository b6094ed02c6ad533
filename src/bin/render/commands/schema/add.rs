//! `render schema add`: definitions of kinds become files of the project.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use supercargo::diagnostic::{Code, Diagnostic, Diagnostics};
use supercargo::project::{MAX_FILE_BYTES, SCHEMAS};
use supercargo::schemas::{Definition, definitions};
use supercargo::source::Source;
use supercargo::store::{self, Audience, Store};

use crate::Status;
use crate::args::GlobalArguments;
use crate::commands::{Trouble, count, root};
use crate::terminal::Terminal;

pub(super) fn run(files: &[String], global: &GlobalArguments, terminal: &Terminal) -> Result<Status, Trouble> {
    let root = root(global)?;
    let mut found = Diagnostics::new();
    let mut read = Vec::new();
    for file in files {
        match definitions(&text_of(file)?) {
            Ok(of_file) => read.extend(of_file),
            Err(finding) => found.push(finding),
        }
    }
    if found.has_errors() {
        return Err(Trouble::Findings(found));
    }
    let store = Store::new(&root);
    let _guard = store.lock(SCHEMAS)?;
    for definition in &read {
        write(definition, &store, terminal)?;
    }
    Ok(Status::Success)
}

fn text_of(file: &str) -> Result<Arc<Source>, Trouble> {
    let (name, mut reader): (_, Box<dyn std::io::Read>) = match file {
        "-" => ("standard input", Box::new(store::standard_input().context("could not read standard input")?)),
        file => (file, Box::new(store::open(Path::new(file)).with_context(|| format!("could not read {file}"))?)),
    };
    let mut bytes = Vec::new();
    let limited = reader.by_ref().take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes);
    limited.with_context(|| format!("could not read {name}"))?;
    let refused = |code, message: String| {
        let finding = Diagnostic::error(code, message).in_file(name);
        Trouble::Findings(finding.help("give it the YAML of CustomResourceDefinitions").into())
    };
    if bytes.len() as u64 > MAX_FILE_BYTES {
        let mebibytes = MAX_FILE_BYTES / (1024 * 1024);
        return Err(refused(Code::TooLarge, format!("{name} has more than {mebibytes} MiB")));
    }
    let text = String::from_utf8(bytes).map_err(|_| refused(Code::NotUtf8, format!("{name} is not UTF-8 text")))?;
    Ok(Source::new(name, text))
}

fn write(definition: &Definition, store: &Store, terminal: &Terminal) -> Result<(), Trouble> {
    let path = format!("{SCHEMAS}/{}", definition.file_name());
    let text = definition.text();
    let before = store.read(&path)?;
    let done = match &before {
        Some(before) if before.text() == text => "unchanged",
        Some(_) => "replaced",
        None => "added",
    };
    if done != "unchanged" {
        store.replace(&path, text.as_bytes(), Audience::Everyone)?;
    }
    let versions: Vec<_> = definition.kinds.iter().map(|kind| kind.version.as_str()).collect();
    terminal.say(&format!("{done} {path}: {} of {}, {}", definition.kind, definition.group, versions.join(", ")));
    let rules: usize = definition.kinds.iter().map(|kind| kind.rules).sum();
    if rules > 0 {
        terminal.say(&format!(
            "note: {} of it in CEL, which a cluster checks and this program does not",
            count(rules, "rule")
        ));
    }
    Ok(())
}
