//! How an application gets from a push to a digest in the values.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RemoteTask, Resources};
use crate::model::Values;
use crate::model::image::ImageReference;
use crate::model::map::NamedMap;
use crate::model::names::{DnsLabel, Namespace, PoolName, ResourceName, SourcePath};
use crate::model::network::HostOrLabel;
use crate::model::quantity::Quantity;
use crate::model::secrets::SecretNeed;
use crate::model::source::GitRevision;
use crate::model::values::{constant, yes};

/// The delivery of an application by Tekton: a push is checked, built, scanned and deployed, a pull request checked,
/// built and scanned. It stands in one environment; others follow by promotion.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pipeline {
    /// By which tools the code is checked before the image is built. Default: none.
    #[serde(default)]
    pub language: Language,
    /// Tasks from elsewhere that look at the code before the image is built, one after the other, by their names in the
    /// pipeline. Default: none.
    #[serde(default)]
    pub tasks: NamedMap<DnsLabel, RemoteTask>,
    /// The branch whose pushes are delivered. Default: the revision of the application's source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<GitRevision>,
    /// Files and folders of which one has to change before anything runs. Default: the source's path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paths: Option<Vec<SourcePath>>,
    /// The folder that the image is built from, in the source's repository. Default: the source's path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<SourcePath>,
    /// The Dockerfile in that folder. Default: Dockerfile.
    #[serde(default = "default_dockerfile")]
    pub dockerfile: SourcePath,
    /// The search for known vulnerabilities before an image is deployed.
    #[serde(default)]
    pub scan: Scan,
    /// The host that GitHub sends its webhooks to: a label before `platform.domain`, or a full name. Default: the
    /// application's name with `-hook` behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<HostOrLabel>,
    /// What each step that checks or builds asks for, and what it gets at most. Default: 500m and 1Gi are asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<Resources>,
    /// The node pool that it runs on. Default: tools.
    #[serde(default = "default_pool")]
    pub pool: PoolName,
    /// The size of the volume that holds the code during a run. Default: 5Gi.
    #[serde(default = "default_volume")]
    pub volume: Quantity,
    /// How many minutes a run may take. Default: 60.
    #[serde(default = "default_timeout_minutes")]
    #[schemars(range(min = 1))]
    pub timeout_minutes: u32,
    /// The images of the tools.
    #[serde(default)]
    pub images: Images,
    /// The Secret that holds what GitHub signs its webhooks with, under `secret`. Default: webhook.
    #[serde(default = "default_webhook_secret")]
    pub webhook_secret: ResourceName,
    /// The Secret that holds the credentials of the registry, of the type `kubernetes.io/dockerconfigjson`.
    /// Default: registry.
    #[serde(default = "default_registry_secret")]
    pub registry_secret: ResourceName,
    /// The Secret that holds a token for the repositories, under `username` and `password`. Default: git.
    #[serde(default = "default_git_secret")]
    pub git_secret: ResourceName,
}

/// What an application is written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// `cargo fmt`, `clippy`, `test` and `build`.
    Rust,
    /// `gofmt`, `go vet`, `go test` and `go build`.
    Go,
    /// `npm ci`, then the scripts `format:check`, `lint`, `test` and `build` where there are such.
    Node,
    /// Nothing is checked; the Dockerfile does all.
    #[default]
    None,
}

/// The search for known vulnerabilities in an image.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scan {
    /// Whether the image is scanned. Default: true.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// What stops the delivery. Default: HIGH and CRITICAL.
    #[serde(default = "default_severity")]
    #[schemars(length(min = 1))]
    pub severity: Vec<Severity>,
    /// Whether it also stops at what nobody has fixed yet. Default: false.
    #[serde(default)]
    pub unfixed: bool,
}

/// How bad a vulnerability is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    /// Nobody has said.
    Unknown,
    /// Hardly of use to an attacker.
    Low,
    /// Of use under conditions.
    Medium,
    /// To be fixed soon.
    High,
    /// To be fixed now.
    Critical,
}

/// The images of the tools that a delivery runs. A digest beside the tag makes it certain which one that is.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Images {
    /// Git and a shell. Default: the one of Tekton's git-clone.
    #[serde(default = "default_git")]
    pub git: ImageReference,
    /// Rust with rustup. Default: the official one.
    #[serde(default = "default_rust")]
    pub rust: ImageReference,
    /// Go. Default: the official one.
    #[serde(default = "default_go")]
    pub go: ImageReference,
    /// Node.js with npm. Default: the official one.
    #[serde(default = "default_node")]
    pub node: ImageReference,
    /// Kaniko, which builds the image.
    #[serde(default = "default_kaniko")]
    pub kaniko: ImageReference,
    /// Trivy, which scans it.
    #[serde(default = "default_trivy")]
    pub trivy: ImageReference,
    /// This program with Git and a shell, which writes the digest into the values. Default: the project's own of the
    /// same version.
    #[serde(default = "default_render")]
    pub render: ImageReference,
    /// curl and a shell, which reports to GitHub.
    #[serde(default = "default_curl")]
    pub curl: ImageReference,
}

impl Pipeline {
    /// The namespace in which the application called `name` is built; none if the name is too long for it.
    pub fn namespace_of(name: &DnsLabel) -> Option<Namespace> {
        Namespace::parse(&format!("{name}-delivery")).ok()
    }

    /// The host of its webhook; none if the application's name is too long for one.
    pub fn host_of(&self, name: &DnsLabel) -> Option<HostOrLabel> {
        self.host.clone().or_else(|| HostOrLabel::parse(&format!("{name}-hook")).ok())
    }

    /// The Secrets that the delivery of the application called `name` reads.
    pub(in crate::model) fn secrets(&self, name: &DnsLabel, values: &Values) -> Vec<SecretNeed> {
        let (Some(namespace), Some(host)) = (Self::namespace_of(name), self.host_of(name)) else { return Vec::new() };
        let host = host.under(&values.platform.domain);
        let purpose = |what: &str| format!("{what} of {name}");
        vec![
            SecretNeed::new(&namespace, &self.webhook_secret, &purpose("what GitHub signs the webhooks with"))
                .key("secret", "any long random text, the same as at GitHub: `openssl rand -hex 32`")
                .from(format!("the webhook of the repository to https://{host}, of type application/json")),
            SecretNeed::registry_login(&namespace, &self.registry_secret, &purpose("the login that pushes the images"))
                .from("an account of the container registry that may read and write"),
            SecretNeed::new(&namespace, &self.git_secret, &purpose("the token for code, digests and commit statuses"))
                .key("username", "the user, for a GitHub token any text such as `git`")
                .key("password", "the token")
                .from("a fine-grained GitHub token with Contents and Commit statuses to write, Pull requests to read"),
        ]
    }
}

impl Default for Scan {
    fn default() -> Self {
        Self { enabled: true, severity: default_severity(), unfixed: false }
    }
}

impl Default for Images {
    fn default() -> Self {
        Self {
            git: default_git(),
            rust: default_rust(),
            go: default_go(),
            node: default_node(),
            kaniko: default_kaniko(),
            trivy: default_trivy(),
            render: default_render(),
            curl: default_curl(),
        }
    }
}

fn default_dockerfile() -> SourcePath {
    constant("Dockerfile")
}

fn default_pool() -> PoolName {
    constant("tools")
}

fn default_volume() -> Quantity {
    constant("5Gi")
}

fn default_timeout_minutes() -> u32 {
    60
}

fn default_webhook_secret() -> ResourceName {
    constant("webhook")
}

fn default_registry_secret() -> ResourceName {
    constant("registry")
}

fn default_git_secret() -> ResourceName {
    constant("git")
}

fn default_severity() -> Vec<Severity> {
    vec![Severity::High, Severity::Critical]
}

fn default_git() -> ImageReference {
    constant("ghcr.io/tektoncd-catalog/git-clone:v1.7.0")
}

fn default_rust() -> ImageReference {
    constant("docker.io/library/rust:1.90.0")
}

fn default_go() -> ImageReference {
    constant("docker.io/library/golang:1.25.3")
}

fn default_node() -> ImageReference {
    constant("docker.io/library/node:24.11.0")
}

fn default_kaniko() -> ImageReference {
    constant("ghcr.io/osscontainertools/kaniko:v1.28.3")
}

fn default_trivy() -> ImageReference {
    constant("ghcr.io/aquasecurity/trivy:0.74.0")
}

fn default_render() -> ImageReference {
    constant(concat!("ghcr.io/example/supercargo:", env!("CARGO_PKG_VERSION")))
}

fn default_curl() -> ImageReference {
    constant("docker.io/curlimages/curl:8.16.0")
}
