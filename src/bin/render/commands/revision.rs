//! Another revision of the project, rendered from its own values and templates.

use std::path::Path;

use supercargo::diagnostic::{Diagnostic, Diagnostics};
use supercargo::model::EnvironmentName;
use supercargo::pipeline::Workspace;
use supercargo::project::Project;
use supercargo::tree::Tree;

use super::Trouble;
use crate::programs;
use crate::programs::git::{Commit, Repository};

/// A revision whose inputs are parsed.
pub(super) struct Revision {
    pub(super) commit: Commit,
    workspace: Workspace,
}

impl Revision {
    /// The revision named `revision`, or the commit from which it and the present one both come.
    pub(super) fn open(root: &Path, revision: &str, merge_base: bool) -> Result<Self, Trouble> {
        let repository = Repository::around(root)?;
        let commit = if merge_base { repository.merge_base(revision)? } else { repository.commit(revision)? };
        let files = repository.inputs(&commit)?;
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
