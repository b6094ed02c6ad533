//! Sealed secrets: ciphertext that only the cluster's controller can open.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::map::NamedMap;
use crate::model::names::{Base64, LabelKey, LabelValue, SecretKey, SecretType};

/// One sealed secret, as `render seal` writes it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SealedSecret {
    /// Where the secret may be unsealed. Default: strict.
    #[serde(default)]
    pub scope: SealingScope,
    /// The type of the Secret that comes of it. Default: Opaque.
    #[serde(default = "opaque", rename = "type")]
    pub kind: SecretType,
    /// The ciphertext of each key of the Secret.
    pub encrypted_data: NamedMap<SecretKey, Base64>,
    /// Labels of the Secret that comes of it. Default: none.
    #[serde(default)]
    pub labels: NamedMap<LabelKey, LabelValue>,
    /// Annotations of the Secret that comes of it. Default: none.
    #[serde(default)]
    pub annotations: NamedMap<LabelKey, String>,
}

/// What a sealed secret is bound to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SealingScope {
    /// Its namespace and its name.
    #[default]
    Strict,
    /// Its namespace.
    NamespaceWide,
    /// Nothing but the cluster.
    ClusterWide,
}

fn opaque() -> SecretType {
    super::constant("Opaque")
}
