//! Grafana Alloy, which ships logs.

use super::Needs;

service! {
    /// Grafana Alloy: reads the logs of all containers on every node, and sends them to Loki.
    Alloy (namespace = "alloy", wave = -2) {}
}

impl Needs for Alloy {}
