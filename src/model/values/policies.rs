//! Which checks count, and why not where they don't.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::map::NamedMap;
use crate::model::names::DnsLabel;

/// Exceptions from checks.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Policies {
    /// Exceptions by the code of the finding, as messages print it in brackets. Default: none.
    #[serde(default)]
    pub exceptions: NamedMap<DnsLabel, Exception>,
}

/// How much a finding counts here, and why.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Exception {
    /// What becomes of the finding.
    pub level: Level,
    /// Why that is right here: for whoever reads it in a year.
    #[schemars(length(min = 1))]
    pub reason: String,
}

/// What becomes of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It stops the run.
    Error,
    /// It is shown.
    Warning,
    /// It is not shown.
    Off,
}
