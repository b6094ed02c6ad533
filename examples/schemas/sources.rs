//! Where the schemas come from, and how they are read from there.

use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use supercargo::hex::hex;

use crate::Failed;

/// One project at one version.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    /// What the index calls it.
    pub(crate) name: String,
    /// The project's own name of the version.
    pub(crate) version: String,
    /// The licence of what is read.
    pub(crate) license: String,
    #[serde(flatten)]
    pub(crate) origin: Origin,
    /// SHA-256 of all that was read.
    #[serde(default)]
    pub(crate) sha256: String,
}

/// How a source is reached.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Origin {
    /// The published `OpenAPI` of a minor release of Kubernetes, out of its Go module.
    Kubernetes { minor: u32, module: String, sum: String },
    /// Files of a Git repository.
    Git { repository: String, commit: String, paths: Vec<String> },
    /// A file beside the sources that is written by hand.
    Own { file: String },
}

impl Source {
    /// The texts of the source; `self` learns where they came from.
    pub(crate) fn read(&mut self, clones: &Path, data: &Path) -> Result<Vec<String>, Failed> {
        let texts = match &mut self.origin {
            Origin::Kubernetes { module, sum, .. } => vec![published(module, &self.version, sum)?],
            Origin::Git { repository, commit, paths } => in_git(clones, repository, &self.version, commit, paths)?,
            Origin::Own { file } => vec![std::fs::read_to_string(data.join(file))?],
        };
        let mut digest = Sha256::new();
        for text in &texts {
            digest.update(text);
        }
        self.sha256 = hex(&digest.finalize());
        Ok(texts)
    }
}

/// The `OpenAPI` in version 2, which has every group in one file.
fn published(module: &str, version: &str, sum: &mut String) -> Result<String, Failed> {
    let found = output(Command::new("go").args(["mod", "download", "-json", &format!("{module}@{version}")]))?;
    let found: serde_json::Value = serde_json::from_str(&found)?;
    let text = |key: &str| found[key].as_str().ok_or_else(|| format!("go says no {key} of {module}"));
    text("Sum")?.clone_into(sum);
    Ok(std::fs::read_to_string(Path::new(text("Dir")?).join("api/openapi-spec/swagger.json"))?)
}

/// The YAML files at `version` whose paths begin with one of `paths`.
fn in_git(
    clones: &Path,
    repository: &str,
    version: &str,
    commit: &mut String,
    paths: &[String],
) -> Result<Vec<String>, Failed> {
    let project = repository.trim_start_matches("https://github.com/").replace('/', "+");
    let clone = [format!("{project}/repo"), project].into_iter().map(|name| clones.join(name));
    let clone = clone.reduce(|first, second| if first.is_dir() { first } else { second }).unwrap_or_default();
    if !clone.is_dir() {
        let mut command = Command::new("git");
        command.args(["clone", "--quiet", "--bare", "--depth=1", "--branch", version, repository]);
        output(command.arg(&clone))?;
    }
    let git = |arguments: &[&str]| output(Command::new("git").arg("-C").arg(&clone).args(arguments));
    git(&["rev-parse", &format!("{version}^{{commit}}")])?.trim().clone_into(commit);
    let names = git(&["ls-tree", "-r", "--name-only", commit])?;
    let wanted = |name: &&str| {
        let is_yaml = Path::new(name).extension().is_some_and(|ending| ending == "yaml");
        is_yaml && paths.iter().any(|path| name.starts_with(path.as_str()))
    };
    names.lines().filter(wanted).map(|name| git(&["show", &format!("{commit}:{name}")])).collect()
}

/// What a program says, which has to end well.
fn output(command: &mut Command) -> Result<String, Failed> {
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
