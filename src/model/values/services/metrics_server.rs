//! metrics-server, which knows how much pods and nodes use at this moment.

use super::Needs;

service! {
    /// metrics-server: what `kubectl top` and the horizontal autoscaler ask.
    MetricsServer (namespace = "kube-system", wave = -3) {
        /// How many copies run. Default: 1.
        #[serde(default = "default_replicas")]
        #[schemars(range(min = 1))]
        replicas: u32,
    }
}

impl Needs for MetricsServer {}

fn default_replicas() -> u32 {
    1
}
