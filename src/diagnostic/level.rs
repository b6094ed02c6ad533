//! What becomes of a finding: how much it counts, or that it is not shown.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Code, Severity};

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

impl Level {
    /// The severity that this is; `None` where the finding is not shown.
    pub const fn severity(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Off => None,
        }
    }

    /// The name, as values write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Off => "off",
        }
    }
}

/// How much a finding counts where the values say nothing of its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usual {
    /// Where things are tried out.
    pub elsewhere: Level,
    /// In an environment with `policies.production: true`.
    pub production: Level,
}

impl Usual {
    const fn everywhere(level: Level) -> Self {
        Self { elsewhere: level, production: level }
    }
}

impl Code {
    /// How much a finding of this code counts where the values say nothing of it.
    pub const fn usual(self) -> Usual {
        match self {
            Self::MissingRequests
            | Self::MissingLimits
            | Self::MissingProbe
            | Self::MissingDisruptionBudget
            | Self::MissingNetworkPolicy
            | Self::MissingTls => Usual { elsewhere: Level::Warning, production: Level::Error },
            Self::ImageDigest | Self::StagingIssuer => Usual { elsewhere: Level::Off, production: Level::Error },
            Self::Retired
            | Self::Unsealed
            | Self::UnknownKind
            | Self::DeprecatedApi
            | Self::UnknownChartKey
            | Self::ChartNotCached
            | Self::StaleException => Usual::everywhere(Level::Warning),
            _ => Usual::everywhere(Level::Error),
        }
    }
}
