//! Which checks count, and why not where they don't.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diagnostic::{Code, Severity};
use crate::model::map::NamedMap;
use crate::model::names::DnsLabel;

/// What is asked of the values beyond being right, and exceptions from checks.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Policies {
    /// Whether the image of every application has to carry its digest: `required` or `optional`. Default: optional.
    #[serde(default)]
    pub image_digests: ImageDigests,
    /// Exceptions by the code of the finding, as messages print it in brackets. Default: none.
    #[serde(default)]
    pub exceptions: NamedMap<DnsLabel, Exception>,
}

impl Policies {
    /// The findings that there can be exceptions from. All others mean that the output would be wrong.
    pub const EXCEPTABLE: &[Code] =
        &[Code::Leak, Code::Retired, Code::Unsealed, Code::UnknownChartKey, Code::ChartNotCached];

    /// How much a finding of `code` counts that counts `usually` elsewhere; `None` where it is not shown.
    pub fn severity(&self, code: Code, usually: Severity) -> Option<Severity> {
        match self.exceptions.get(code.name()) {
            Some(exception) if Self::EXCEPTABLE.contains(&code) => match exception.level {
                Level::Error => Some(Severity::Error),
                Level::Warning => Some(Severity::Warning),
                Level::Off => None,
            },
            _ => Some(usually),
        }
    }
}

/// Whether an image has to carry its digest. A tag can be moved to another image; a digest is that of one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ImageDigests {
    /// An image without one is an error.
    Required,
    /// A tag is enough.
    #[default]
    Optional,
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
