//! cert-manager and its issuers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Needs;
use crate::model::Values;
use crate::model::network::Email;
use crate::model::secrets::SecretNeed;
use crate::model::values::SecretReference;

service! {
    /// cert-manager: gets certificates for all hosts, and renews them.
    CertManager (namespace = "cert-manager", wave = -30) {
        /// How certificates are asked for.
        #[serde(default)]
        issuers: Issuers,
    }
}

/// The two issuers, Let's Encrypt's staging and production.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Issuers {
    /// Where the authority writes to. Default: `platform.email`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// Which of the two the hosts use. Browsers do not trust staging; production has rate limits. Default: staging.
    #[serde(default)]
    pub default: IssuerName,
    /// How the authority is shown that a host is ours. Default: http01.
    #[serde(default)]
    pub solver: Solver,
    /// The key of the Secret, in cert-manager's namespace, that holds the `DigitalOcean` token for dns01. Default: the
    /// key access-token of digitalocean-dns.
    #[serde(default = "default_token")]
    pub token: SecretReference,
}

impl Default for Issuers {
    fn default() -> Self {
        Self { email: None, default: IssuerName::default(), solver: Solver::default(), token: default_token() }
    }
}

/// One of the two issuers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum IssuerName {
    /// For trying out: its certificates are not trusted.
    #[default]
    Staging,
    /// For real.
    Production,
}

/// How a host is proved to be ours (RFC 8555, section 8).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Solver {
    /// By a file that the host serves; it must be reachable from outside.
    #[default]
    Http01,
    /// By a DNS record at `DigitalOcean`; works for wildcards too.
    Dns01,
}

impl Needs for CertManager {
    fn secrets(&self, _: &Values) -> Vec<SecretNeed> {
        let token = &self.issuers.token;
        let need = || {
            SecretNeed::new(&self.namespace, &token.secret, "how cert-manager proves that a domain is ours")
                .digitalocean_token(&token.key, "domain: create, read, update, delete")
        };
        (self.issuers.solver == Solver::Dns01).then(need).into_iter().collect()
    }
}

fn default_token() -> SecretReference {
    SecretReference {
        secret: crate::model::values::constant("digitalocean-dns"),
        key: crate::model::values::constant("access-token"),
    }
}
