//! Another revision of the project, rendered from its own values and templates.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use supercargo::diagnostic::{Diagnostic, Diagnostics};
use supercargo::model::EnvironmentName;
use supercargo::pipeline::Workspace;
use supercargo::project::{Content, INPUTS, MAX_FILE_BYTES, Project};
use supercargo::tree::Tree;

use super::Trouble;
use crate::programs;
use crate::programs::git::{Commit, Repository};

/// How many links may lead to each other.
const LINKS: usize = 8;

/// A revision whose inputs are parsed.
pub(super) struct Revision {
    pub(super) commit: Commit,
    workspace: Workspace,
}

impl Revision {
    /// The revision named `revision`, or the commit from which it and the present one both come.
    pub(super) fn open(root: &Path, revision: &str, merge_base: bool) -> Result<Self, Trouble> {
        let repository = Repository::of(root).map_err(|error| match error.downcast::<programs::Error>() {
            Ok(error) => error,
            Err(error) => programs::Error::without_repository(&error),
        })?;
        let commit = if merge_base { repository.merge_base(revision)? } else { repository.commit(revision)? };
        let files = inputs(&repository, &commit)?;
        if !files.keys().any(|path| path.starts_with("values/")) {
            return Err(programs::Error::without_values(&commit).into());
        }
        let (project, found) = Project::from_memory(root, files);
        if found.has_errors() {
            return Err(of(&commit, found).into());
        }
        let workspace = Workspace::open(&project).map_err(|found| of(&commit, found))?;
        Ok(Self { commit, workspace })
    }

    /// The environments that it has.
    pub(super) fn environments(&self) -> Vec<EnvironmentName> {
        self.workspace.environments()
    }

    /// What the revision gives for `environment`. `digest` is that of the inputs that it has now: where they are the same,
    /// so is what they give, and nothing is rendered.
    pub(super) fn render(&self, environment: &EnvironmentName, digest: Option<&str>) -> Result<Past, Trouble> {
        if !self.environments().contains(environment) {
            return Ok(Past::Absent);
        }
        let inputs = self.workspace.inputs(environment, &[]).map_err(|found| of(&self.commit, found))?;
        if digest == Some(&inputs.digest) {
            return Ok(Past::Same);
        }
        let rendered = self.workspace.render(&inputs).map_err(|found| of(&self.commit, found))?;
        Ok(Past::Tree(rendered.tree))
    }
}

/// What a revision gives for an environment.
pub(super) enum Past {
    /// It has no such environment.
    Absent,
    /// Just what the present inputs give.
    Same,
    /// These files.
    Tree(Tree),
}

/// `found` with the note that says in which revision.
fn of(commit: &Commit, found: Diagnostics) -> Diagnostics {
    let note = format!("in the inputs of `{}` ({}), which this tree is compared with", commit.revision, commit.short());
    let help = "compare with a revision that renders".to_owned();
    found.into_iter().map(|finding: Diagnostic| finding.note(note.clone()).help(help.clone())).collect()
}

/// The inputs of the project at `commit`, by their paths from the project's root, with links followed.
fn inputs(repository: &Repository, commit: &Commit) -> anyhow::Result<BTreeMap<String, Content>> {
    let (mut files, mut links) = (BTreeMap::new(), BTreeMap::new());
    let entries = repository.files(&commit.id, &INPUTS)?;
    let read = repository.contents(&entries, MAX_FILE_BYTES, |entry, content| {
        let path = String::from_utf8_lossy(&entry.path).into_owned();
        match content {
            Content::Bytes(target) if entry.is_link() => drop(links.insert(path, target)),
            content => drop(files.insert(path, content)),
        }
        Ok(())
    });
    read.with_context(|| format!("Git did not give all files of `{}`", commit.revision))?;
    for path in links.keys() {
        let content = follow(path, &links).and_then(|path| files.get(&path).cloned());
        files.insert(path.clone(), content.unwrap_or(Content::Link));
    }
    Ok(files)
}

/// Where the link `path` leads to in the end; `None` if that is outside of the project, or nowhere.
fn follow(path: &str, links: &BTreeMap<String, Vec<u8>>) -> Option<String> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        let Some(target) = links.get(&path) else { return Some(path) };
        let mut parts: Vec<_> = path.split('/').collect();
        parts.pop();
        for part in str::from_utf8(target).ok()?.split('/') {
            match part {
                "." => {}
                "" => return None,
                ".." => drop(parts.pop()?),
                part => parts.push(part),
            }
        }
        path = parts.join("/");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_inside_the_project_only() {
        let link = |path: &str, target: &str| (path.to_owned(), target.as_bytes().to_vec());
        let links = BTreeMap::from([
            link("values/a/b.yaml", "../c.yaml"),
            link("values/c.yaml", "./dev.yaml"),
            link("values/round.yaml", "round.yaml"),
            link("values/out.yaml", "../../dev.yaml"),
            link("values/root.yaml", "/values/dev.yaml"),
        ]);
        let to = |path: &str| follow(path, &links);
        assert_eq!(to("values/a/b.yaml").as_deref(), Some("values/dev.yaml"));
        for path in ["values/round.yaml", "values/out.yaml", "values/root.yaml"] {
            assert_eq!(to(path), None, "{path}");
        }
    }
}
