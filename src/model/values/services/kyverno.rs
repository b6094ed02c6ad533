//! Kyverno and the policies of the platform.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Needs;

service! {
    /// Kyverno: holds what is applied to the cluster to policies.
    Kyverno (namespace = "kyverno", wave = 1) {
        /// What becomes of what breaks a policy. Default: audit.
        #[serde(default)]
        mode: PolicyMode,
        /// How many copies of the admission controller run. Default: 1.
        #[serde(default = "default_replicas")]
        #[schemars(range(min = 1))]
        replicas: u32,
    }
}

/// What becomes of what breaks a policy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PolicyMode {
    /// It is let in and reported.
    #[default]
    Audit,
    /// It is refused.
    Enforce,
}

impl Needs for Kyverno {}

fn default_replicas() -> u32 {
    1
}
