//! Argo CD, which applies the rendered files.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Needs;
use crate::model::Values;
use crate::model::clients::OidcClient;
use crate::model::names::{ResourceName, SealedName};
use crate::model::network::HostOrLabel;
use crate::model::secrets::SecretNeed;

service! {
    /// Argo CD: applies the rendered files to the cluster, its own included.
    ArgoCd (namespace = "argocd", wave = 0) {
        /// The host of its web page: a label before `platform.domain`, or a full name. Default: argocd.
        #[serde(default = "default_host")]
        host: HostOrLabel,
        /// The Secret that holds the OIDC client, under `client-id` and `client-secret`. Default: argocd-oidc.
        #[serde(default = "default_oidc_secret")]
        oidc_secret: ResourceName,
        /// The Secret that holds what GitHub signs its webhooks with, under `github`. Default: no webhook, Argo CD polls.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        webhook_secret: Option<ResourceName>,
        /// What those may do who log in and are in none of `identity.groups`. Default: none.
        #[serde(default)]
        default_role: DefaultRole,
        /// Whether the built-in admin may log in with a password: only until OIDC works. Default: false.
        #[serde(default)]
        admin_login: bool,
        /// Whether its parts run twice or more. Default: false.
        #[serde(default)]
        high_availability: bool,
    }
}

/// What Argo CD grants to everybody who can log in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DefaultRole {
    /// Nothing.
    #[default]
    None,
    /// To look at everything.
    Readonly,
}

/// Argo CD reads `$secret:key` references only from Secrets with this label.
const READABLE: (&str, &str) = ("app.kubernetes.io/part-of", "argocd");

impl Needs for ArgoCd {
    fn host(&self) -> Option<&HostOrLabel> {
        Some(&self.host)
    }

    fn oidc_client(&self, values: &Values) -> Option<OidcClient> {
        let secret = SealedName::new(&self.namespace, &self.oidc_secret);
        Some(OidcClient::of_service("argo-cd", "argoCd", (&self.host, "/auth/callback"), secret, values))
    }

    fn secrets(&self, values: &Values) -> Vec<SecretNeed> {
        let host = self.host.under(&values.platform.domain);
        let client = self.oidc_client(values);
        let oidc = client.map(|client| SecretNeed::oidc_client(&client, values, "Argo CD").label(READABLE));
        let webhook = self.webhook_secret.as_ref().map(|secret| {
            SecretNeed::new(&self.namespace, secret, "what GitHub signs its webhooks to Argo CD with")
                .label(READABLE)
                .key("github", "any long random text, the same as at GitHub: `openssl rand -hex 32`")
                .from(format!("the webhook of {} to https://{host}/api/webhook", values.platform.repository.url))
        });
        oidc.into_iter().chain(webhook).collect()
    }
}

fn default_host() -> HostOrLabel {
    crate::model::values::constant("argocd")
}

fn default_oidc_secret() -> ResourceName {
    crate::model::values::constant("argocd-oidc")
}
