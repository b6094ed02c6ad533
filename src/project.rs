//! The only reader of a project's inputs: `values/`, `templates/` and `schemas/`, as text, all at once.
//!
//! Everything after this works on memory, so it can't be surprised by a file that changes half-way.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::WalkDir;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::Source;

mod memory;

pub use memory::Content;

/// The folders that inputs are in, below the project's root.
pub const INPUTS: [&str; 3] = ["values", "templates", SCHEMAS];

/// The largest input that is read. The largest hand-written values file is some hundred kilobytes; a file above this
/// is something else that got into the folder.
pub const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// The file of the schema below `values/`.
const SCHEMA: &str = "schema.json";

/// The folder of definitions of kinds.
pub const SCHEMAS: &str = "schemas";

/// The other ending of YAML files. One of them among the values would be an environment that is silently not there.
const MISNAMED: &str = ".yml";

/// A text that was read, or why it could not be.
pub type Input = Result<Arc<Source>, Diagnostic>;

/// The inputs of a project.
#[derive(Debug)]
pub struct Project {
    /// The folder that holds `values/`, `templates/` and `out/`.
    pub root: PathBuf,
    /// Values files by their path below `values/`.
    pub values: BTreeMap<String, Input>,
    /// The JSON Schema that editors use, `values/schema.json`, where the project has it.
    pub schema: Option<Input>,
    /// Templates by their path below `templates/`; none where the project has no folder of that name.
    pub templates: BTreeMap<String, Arc<Source>>,
    /// Definitions of kinds below `schemas/`, by path; none where the project has no folder of that name.
    pub schemas: Vec<Arc<Source>>,
}

/// A project could not be found or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No folder above the current one has `values/`.
    #[error("no folder `values` in {} or above it", .0.display())]
    NotFound(PathBuf),
    /// The folder that was named as the project has no `values/`.
    #[error("{} is no project: it has no folder `values`", .0.display())]
    NotAProject(PathBuf),
    /// A folder could not be listed.
    #[error("could not read {}", path.display())]
    Read {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// The nearest folder, `start` itself or above it, that has a folder `values`.
///
/// # Errors
/// There is none.
pub fn find(start: &Path) -> Result<PathBuf, Error> {
    let found = start.ancestors().find(|folder| folder.join("values").is_dir());
    found.map(Path::to_path_buf).ok_or_else(|| Error::NotFound(start.to_path_buf()))
}

impl Project {
    /// Reads all values, templates and schemas below `root`.
    ///
    /// # Errors
    /// A folder can't be listed, or `root` has no folder `values`.
    pub fn load(root: &Path) -> Result<(Self, Diagnostics), Error> {
        if !root.join("values").is_dir() {
            return Err(Error::NotAProject(root.to_path_buf()));
        }
        let mut found = Diagnostics::new();
        let mut folders = Folders::new();
        for folder in INPUTS {
            let path = root.join(folder);
            if !path.is_dir() {
                continue;
            }
            folders.insert(folder, read_folder(root, folder, |name| is_input(folder, name))?);
            if !is_inside(root, &path).map_err(|source| Error::Read { path, source })? {
                found.push(link_outside(folder).help("replace the link by the folder itself"));
            }
        }
        let project = Self::of(root, folders, &mut found);
        Ok((project, found))
    }

    /// The project whose folders hold these inputs; what is wrong with them goes to `found`.
    fn of(root: &Path, mut folders: Folders, found: &mut Diagnostics) -> Self {
        let mut values = folders.remove("values").unwrap_or_default();
        let schema = values.remove(SCHEMA);
        found.extend(values.keys().filter_map(|name| misnamed(name)));
        let mut whole = |folder: &str| -> BTreeMap<String, Arc<Source>> {
            let mut sources = BTreeMap::new();
            for (name, input) in folders.remove(folder).unwrap_or_default() {
                match input {
                    Ok(source) => drop(sources.insert(name, source)),
                    Err(diagnostic) => found.push(diagnostic),
                }
            }
            sources
        };
        let templates = whole("templates");
        let schemas = whole(SCHEMAS).into_values().collect();
        Self { root: root.to_path_buf(), values, schema, templates, schemas }
    }
}

/// The files of each folder of inputs, by their paths below it.
type Folders = BTreeMap<&'static str, BTreeMap<String, Input>>;

/// Whether the file `name` below `folder` is read.
fn is_input(folder: &str, name: &str) -> bool {
    let has_ending = |endings: &[&str]| endings.iter().any(|ending| name.strip_suffix(ending).is_some());
    match folder {
        "values" => {
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            name == SCHEMA || has_ending(&[".yaml", MISNAMED]) && matches!(folder, "" | "outputs" | "sealed")
        }
        SCHEMAS => has_ending(&[".yaml", MISNAMED, ".json"]),
        _ => true,
    }
}

/// The finding about a values file that nothing would read.
fn misnamed(name: &str) -> Option<Diagnostic> {
    let stem = name.strip_suffix(MISNAMED)?;
    let diagnostic = Diagnostic::error(Code::MisnamedFile, format!("values/{name} would not be read"))
        .in_file(format!("values/{name}"))
        .note("values files end in `.yaml`, so that one name can't be there twice");
    Some(diagnostic.help(format!("rename it to values/{stem}.yaml")))
}

/// The files below `root/folder` whose names, relative to it, `wanted` takes; hidden ones are passed over.
fn read_folder(root: &Path, folder: &str, wanted: impl Fn(&str) -> bool) -> Result<BTreeMap<String, Input>, Error> {
    let base = root.join(folder);
    let mut inputs = BTreeMap::new();
    let visible = |name: &std::ffi::OsStr| !name.as_encoded_bytes().starts_with(b".");
    // Without the folder itself, which may be a link.
    let walk = WalkDir::new(&base).min_depth(1).sort_by_file_name().into_iter();
    for entry in walk.filter_entry(|entry| visible(entry.file_name())) {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(&base).to_path_buf();
            Error::Read { path, source: error.into() }
        })?;
        if entry.file_type().is_dir() {
            continue;
        }
        let relative = entry.path().strip_prefix(&base).unwrap_or(entry.path());
        let name: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        let name = name.join("/");
        if wanted(&name) {
            let input = read(root, entry.path(), &format!("{folder}/{name}"), entry.path_is_symlink());
            inputs.insert(name, input);
        }
    }
    Ok(inputs)
}

/// Whether what `path` leads to is part of the project.
fn is_inside(root: &Path, path: &Path) -> io::Result<bool> {
    Ok(fs::canonicalize(path)?.starts_with(fs::canonicalize(root)?))
}

fn link_outside(path: &str) -> Diagnostic {
    Diagnostic::error(Code::SymbolicLink, format!("{path} is a link to a place outside the project"))
        .in_file(path)
        .note("a render depends on what the repository holds, and on nothing else")
}

fn read(root: &Path, file: &Path, path: &str, is_link: bool) -> Input {
    let unreadable = |error: io::Error| {
        let diagnostic =
            Diagnostic::error(Code::Unreadable, format!("could not read {path}")).in_file(path).note(error.to_string());
        if is_link {
            return diagnostic.note("it is a symbolic link").help("see that what it leads to exists, or remove it");
        }
        diagnostic.help("see that the file exists and that you may read it")
    };
    if is_link && !is_inside(root, file).map_err(unreadable)? {
        return Err(link_outside(path).help("replace the link by the file itself"));
    }
    // Asked before it is opened: opening a pipe would wait for somebody to write into it.
    let metadata = fs::metadata(file).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(unreadable(io::Error::other("it is not a regular file")));
    }
    let opened = File::open(file).map_err(unreadable)?;
    let mut bytes = Vec::new();
    // One byte more than allowed, so that a file that grows while it is read is noticed, too.
    opened.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE_BYTES { Err(too_large(path, metadata.len())) } else { text(path, bytes) }
}

fn too_large(path: &str, size: u64) -> Diagnostic {
    let mebibytes = |bytes: u64| bytes / (1024 * 1024);
    let limit = mebibytes(MAX_FILE_BYTES);
    Diagnostic::error(Code::TooLarge, format!("{path} has {} MiB; at most {limit} are read", mebibytes(size)))
        .in_file(path)
        .help("move what is not values or a template out of this folder")
}

/// The text of the file `path`.
fn text(path: &str, bytes: Vec<u8>) -> Input {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(path, text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let line = error.as_bytes()[..at].split(|byte| *byte == b'\n').count();
            Err(Diagnostic::error(Code::NotUtf8, format!("{path} is not UTF-8 text"))
                .in_file(path)
                .note(format!("byte {at}, in line {line}, does not belong to any character"))
                .help("save the file as UTF-8"))
        }
    }
}
