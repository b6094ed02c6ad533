//! Tekton: pipelines, triggers and the dashboard, all by its operator.

use super::Needs;
use crate::model::names::Namespace;
use crate::model::network::HostOrLabel;

service! {
    /// Tekton: runs pipelines, starts them by webhooks, and shows them. Its operator installs the parts.
    Tekton (namespace = "tekton-operator", wave = -1) {
        /// The namespace of the parts that the operator installs, for them alone. Default: tekton-pipelines.
        #[serde(default = "default_target_namespace")]
        target_namespace: Namespace,
        /// The host of the dashboard, behind the login of oauth2-proxy: a label before `platform.domain`, or a full
        /// name. Default: tekton.
        #[serde(default = "default_host")]
        host: HostOrLabel,
        /// Whether the dashboard can only show, and not start or delete. Default: true.
        #[serde(default = "crate::model::values::yes")]
        read_only: bool,
        /// How many runs of each pipeline are kept. Default: 20.
        #[serde(default = "default_keep_runs")]
        #[schemars(range(min = 1))]
        keep_runs: u32,
    }
}

impl Needs for Tekton {
    fn host(&self) -> Option<&HostOrLabel> {
        Some(&self.host)
    }
}

fn default_target_namespace() -> Namespace {
    crate::model::values::constant("tekton-pipelines")
}

fn default_host() -> HostOrLabel {
    crate::model::values::constant("tekton")
}

fn default_keep_runs() -> u32 {
    20
}
