//! external-dns, which writes the DNS records of all hosts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Needs;
use crate::model::Values;
use crate::model::image::ImageReference;
use crate::model::names::DnsLabel;
use crate::model::network::Host;
use crate::model::schedule::Duration;
use crate::model::secrets::SecretNeed;
use crate::model::values::SecretReference;

service! {
    /// external-dns: writes the DNS records of all hosts at `DigitalOcean`.
    ExternalDns (namespace = "external-dns", wave = -10) {
        /// What it may do to records. Default: upsert-only.
        #[serde(default)]
        policy: RecordPolicy,
        /// The domains that it may write to. Default: `platform.domain`.
        #[serde(default)]
        domain_filters: Vec<Host>,
        /// The name that its records carry as their owner; must differ between clusters that share a domain.
        /// Default: `platform.name`, a hyphen, and the environment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner_id: Option<DnsLabel>,
        /// How often it compares. Default: 1m.
        #[serde(default = "default_interval")]
        interval: Duration,
        /// The key of the Secret, in its namespace, that holds the `DigitalOcean` token. Default: the key access-token
        /// of digitalocean-dns.
        #[serde(default = "default_token")]
        token: SecretReference,
        /// The sidecar that speaks to `DigitalOcean`. Needed from chart 1.21 on, which has no such provider of its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        webhook: Option<Webhook>,
    }
}

/// The sidecar that speaks to `DigitalOcean`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Webhook {
    /// Its image, with an exact tag or a digest.
    pub image: ImageReference,
}

/// What external-dns may do to records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RecordPolicy {
    /// Make, change and delete.
    Sync,
    /// Make and change.
    #[default]
    UpsertOnly,
    /// Make.
    CreateOnly,
}

impl Needs for ExternalDns {
    fn secrets(&self, _: &Values) -> Vec<SecretNeed> {
        let need = SecretNeed::new(&self.namespace, &self.token.secret, "how external-dns writes DNS records")
            .digitalocean_token(&self.token.key, "domain: create, read, update, delete");
        vec![need]
    }
}

fn default_interval() -> Duration {
    crate::model::values::constant("1m")
}

fn default_token() -> SecretReference {
    SecretReference {
        secret: crate::model::values::constant("digitalocean-dns"),
        key: crate::model::values::constant("access-token"),
    }
}
