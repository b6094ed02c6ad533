//! Loki, which keeps logs.

use super::Needs;
use crate::model::Values;
use crate::model::names::{DnsLabel, ResourceName};
use crate::model::quantity::Quantity;
use crate::model::schedule::Duration;
use crate::model::secrets::SecretNeed;
use crate::model::values::BucketPermission;

service! {
    /// Loki: keeps logs in a Spaces bucket, and answers Grafana.
    Loki (namespace = "loki", wave = -3) {
        /// The bucket, by its name under `storage.buckets`. Default: loki.
        #[serde(default = "default_bucket")]
        bucket: DnsLabel,
        /// The Secret that holds the key to the bucket, under `access-key-id` and `secret-access-key`.
        /// Default: loki-spaces.
        #[serde(default = "default_secret")]
        secret: ResourceName,
        /// How long logs are kept, in hours, 24 at least. Default: 720h.
        #[serde(default = "default_retention")]
        retention: Duration,
        /// The volume for what is not in the bucket yet. Default: 10Gi.
        #[serde(default = "default_volume")]
        volume: Quantity,
    }
}

impl Needs for Loki {
    fn secrets(&self, _: &Values) -> Vec<SecretNeed> {
        let need = SecretNeed::new(&self.namespace, &self.secret, "the key to the Spaces bucket of the logs")
            .bucket_key(&self.bucket, BucketPermission::ReadWrite);
        vec![need]
    }
}

fn default_bucket() -> DnsLabel {
    crate::model::values::constant("loki")
}

fn default_secret() -> ResourceName {
    crate::model::values::constant("loki-spaces")
}

fn default_retention() -> Duration {
    crate::model::values::constant("720h")
}

fn default_volume() -> Quantity {
    crate::model::values::constant("10Gi")
}
