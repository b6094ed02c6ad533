//! The sealed-secrets controller, which opens ciphertext.

use super::Needs;
use crate::model::names::DnsLabel;
use crate::model::schedule::Duration;

service! {
    /// The sealed-secrets controller: makes Secrets of the ciphertext in the repository.
    SealedSecrets (namespace = "kube-system", wave = -40) {
        /// The controller's name, which sealing asks for the certificate. Default: sealed-secrets-controller.
        #[serde(default = "default_controller_name")]
        controller_name: DnsLabel,
        /// How often the controller makes a new key; `0` for never. Default: 720h.
        #[serde(default = "default_key_renewal")]
        key_renewal: Duration,
    }
}

impl Needs for SealedSecrets {}

fn default_controller_name() -> DnsLabel {
    crate::model::values::constant("sealed-secrets-controller")
}

fn default_key_renewal() -> Duration {
    crate::model::values::constant("720h")
}
