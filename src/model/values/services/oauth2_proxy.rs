//! oauth2-proxy, the login before hosts that have none.

use super::Needs;
use crate::model::Values;
use crate::model::clients::OidcClient;
use crate::model::names::{GroupName, ResourceName, SealedName};
use crate::model::network::HostOrLabel;
use crate::model::secrets::SecretNeed;

service! {
    /// oauth2-proxy: asks for a login before hosts that have none of their own.
    OAuth2Proxy (namespace = "oauth2-proxy", wave = -5) {
        /// The host that the login happens on: a label before `platform.domain`, or a full name. Default: oauth2.
        #[serde(default = "default_host")]
        host: HostOrLabel,
        /// The Secret that holds the OIDC client, under `client-id` and `client-secret`, and what cookies are encrypted
        /// with, under `cookie-secret`. Default: oauth2-proxy.
        #[serde(default = "default_secret")]
        secret: ResourceName,
        /// Groups that may pass. Default: all of `identity.groups`.
        #[serde(default)]
        allowed_groups: Vec<GroupName>,
        /// How many copies run. Default: 2.
        #[serde(default = "default_replicas")]
        #[schemars(range(min = 1))]
        replicas: u32,
    }
}

/// The key of the Secret that cookies are encrypted with.
const COOKIE: &str = "cookie-secret";

impl Needs for OAuth2Proxy {
    fn host(&self) -> Option<&HostOrLabel> {
        Some(&self.host)
    }

    fn oidc_client(&self, values: &Values) -> Option<OidcClient> {
        let secret = SealedName::new(&self.namespace, &self.secret);
        let client =
            OidcClient::of_service("oauth2-proxy", "oauth2Proxy", (&self.host, "/oauth2/callback"), secret, values);
        let guarded = values.guarded_hosts().map(|(_, _, host)| host.under(&values.platform.domain));
        Some(client.guarding(guarded).random(COOKIE, 32))
    }

    fn secrets(&self, values: &Values) -> Vec<SecretNeed> {
        let need = self.oidc_client(values).map(|client| {
            SecretNeed::oidc_client(&client, values, "oauth2-proxy")
                .key(COOKIE, "32 random bytes that encrypt the cookies: `openssl rand -base64 32 | tr -- +/ -_`")
        });
        need.into_iter().collect()
    }
}

fn default_host() -> HostOrLabel {
    crate::model::values::constant("oauth2")
}

fn default_secret() -> ResourceName {
    crate::model::values::constant("oauth2-proxy")
}

fn default_replicas() -> u32 {
    2
}
