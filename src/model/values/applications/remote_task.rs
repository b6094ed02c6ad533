//! Tasks of a pipeline that come from elsewhere, pinned to what they were when somebody looked at them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::image::ImageReference;
use crate::model::map::NamedMap;
use crate::model::names::{DnsLabel, EnvName, ResourceName, SourcePath};
use crate::model::source::{ChartVersion, GitRevision, GitUrl};

/// A task from elsewhere: from exactly one of `bundle`, `git` and `hub`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemoteTask {
    /// The image that holds it, with a digest. Default: it comes from elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle: Option<ImageReference>,
    /// The repository that holds it, at a commit. Default: it comes from elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<GitTask>,
    /// Its version at Artifact Hub, whose versions do not change. Default: it comes from elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<ChartVersion>,
    /// Its name where it comes from. Default: the key that it stands under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<ResourceName>,
    /// Which of its workspaces takes the code. Default: source.
    #[serde(default = "default_workspace")]
    pub workspace: DnsLabel,
    /// Its parameters. Default: none.
    #[serde(default)]
    pub params: NamedMap<EnvName, String>,
}

/// A task in a file of a repository.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GitTask {
    /// The repository; Tekton reads it without a login.
    pub url: GitUrl,
    /// The commit: all 40 digits, since a branch or a tag may move.
    pub revision: GitRevision,
    /// The file.
    pub path: SourcePath,
}

impl RemoteTask {
    /// What keeps the task from being the same tomorrow, or from being found at all.
    pub(in crate::model) fn problem(&self) -> Option<&'static str> {
        let sources = [self.bundle.is_some(), self.git.is_some(), self.hub.is_some()];
        if sources.iter().filter(|there| **there).count() != 1 {
            return Some("has to come from one of `bundle`, `git` and `hub`, and from one only");
        }
        let is_commit = |text: &str| text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if self.bundle.as_ref().is_some_and(|bundle| bundle.digest().is_none()) {
            return Some("comes from a bundle without a digest");
        }
        let git = self.git.as_ref();
        git.is_some_and(|git| !is_commit(git.revision.as_str())).then_some("comes from a revision that is no commit")
    }
}

fn default_workspace() -> DnsLabel {
    crate::model::values::constant("source")
}
