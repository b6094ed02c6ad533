//! Helm charts without a section of their own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::yes;
use crate::model::map::FreeMap;
use crate::model::names::{DnsLabel, Namespace, PoolName, ValuePath};
use crate::model::schedule::SyncWave;
use crate::model::source::{ChartName, ChartRepository, ChartVersion};

/// A Helm chart that is installed as it is: no types and no template know more of it than this.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Chart {
    /// Whether it is installed. Default: true.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// The Helm repository that holds the chart.
    pub repository: ChartRepository,
    /// The chart's name in its repository.
    pub chart: ChartName,
    /// The chart's exact version.
    pub version: ChartVersion,
    /// The namespace that it is installed into.
    pub namespace: Namespace,
    /// When it is synced, lowest first. Default: 0.
    #[serde(default = "default_wave")]
    pub wave: SyncWave,
    /// The Argo CD project that it belongs to. Default: the platform's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<DnsLabel>,
    /// The node pool that it runs on. Default: tools.
    #[serde(default = "default_pool")]
    pub pool: PoolName,
    /// The chart's values. Default: empty.
    #[serde(default)]
    pub values: FreeMap,
    /// Where in its values the chart takes `nodeSelector` and `tolerations`: paths with dots, the empty one for the top.
    /// One for each workload, hooks included. Default: nowhere.
    #[serde(default)]
    pub placement: Vec<ValuePath>,
}

fn default_wave() -> SyncWave {
    super::wave(0)
}

fn default_pool() -> PoolName {
    super::constant("tools")
}
