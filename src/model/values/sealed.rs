//! Sealed secrets: ciphertext that only the cluster's controller can open.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::map::NamedMap;
use crate::model::names::{Base64, Fingerprint, LabelKey, LabelValue, SecretKey, SecretType};

/// One sealed secret, as `render seal` writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SealedSecret {
    /// Where the secret may be unsealed. Default: strict.
    #[serde(default)]
    pub scope: SealingScope,
    /// The type of the Secret that comes of it. Default: Opaque.
    #[serde(default = "SecretType::opaque", rename = "type")]
    pub kind: SecretType,
    /// The ciphertext of each key of the Secret.
    pub encrypted_data: NamedMap<SecretKey, Base64>,
    /// The certificate that each key was sealed with. Default: not known.
    #[serde(default)]
    pub sealed_with: NamedMap<SecretKey, Fingerprint>,
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

impl SealingScope {
    /// Every scope, the narrowest first.
    pub const ALL: [Self; 3] = [Self::Strict, Self::NamespaceWide, Self::ClusterWide];

    /// The name, as values files and the command line have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::NamespaceWide => "namespace-wide",
            Self::ClusterWide => "cluster-wide",
        }
    }
}

impl std::fmt::Display for SealingScope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl SecretType {
    /// Any data: what a Secret is of that says nothing else.
    pub fn opaque() -> Self {
        super::constant("Opaque")
    }
}
