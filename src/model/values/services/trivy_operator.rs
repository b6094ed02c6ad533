//! The Trivy operator, which scans what runs.

use super::Needs;

service! {
    /// The Trivy operator: looks for known vulnerabilities in the images that run, and for secrets in them.
    TrivyOperator (namespace = "trivy-system", wave = 2) {
        /// How many scans run at once. Default: 2.
        #[serde(default = "default_concurrent_scans")]
        #[schemars(range(min = 1))]
        concurrent_scans: u32,
    }
}

impl Needs for TrivyOperator {}

fn default_concurrent_scans() -> u32 {
    2
}
