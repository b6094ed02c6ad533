//! Who may log in, and as what.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::map::NamedMap;
use crate::model::names::{ClaimName, ConnectionName, DnsLabel, GroupName, SealedName};
use crate::model::network::{Email, HostOrLabel, HttpPath, IssuerUrl, WebUrl};

/// The OIDC provider, and the groups that it tells us of.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Identity {
    /// Which provider it is.
    pub provider: Provider,
    /// The issuer, exactly as tokens name it; a trailing slash matters.
    pub issuer: IssuerUrl,
    /// Where its endpoints are, for Grafana, which does not look them up. Default: those of Auth0 below the issuer; any
    /// other provider names them in its document `<issuer>/.well-known/openid-configuration`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<Endpoints>,
    /// The claim of a token that lists the groups of its bearer.
    pub groups_claim: ClaimName,
    /// Which groups may do what. Default: nobody may do anything.
    #[serde(default)]
    pub groups: Groups,
    /// The people of groups by their e-mail addresses, for a provider that `render identity` sets up. Nobody who is in
    /// a group by other means is taken out of it. Default: groups are filled by hand.
    #[serde(default)]
    pub members: NamedMap<GroupName, Vec<Email>>,
    /// The connections of Auth0 by which people may log in. Default: those that the tenant gives every application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connections: Option<Vec<ConnectionName>>,
    /// Further hosts that log people in by a client of their own. Default: none.
    #[serde(default)]
    pub clients: NamedMap<DnsLabel, IdentityClient>,
}

/// A web application that logs people in by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IdentityClient {
    /// Its host: a label before `platform.domain`, or a full name.
    pub host: HostOrLabel,
    /// The path to which the provider sends people back.
    pub callback: HttpPath,
    /// The Secret, as namespace, slash and name, that holds its credentials under `client-id` and `client-secret`.
    pub secret: SealedName,
}

/// The endpoints of an OIDC provider, as its discovery document names them.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Endpoints {
    /// `authorization_endpoint`: where people log in.
    pub authorization: WebUrl,
    /// `token_endpoint`: where a code becomes a token.
    pub token: WebUrl,
    /// `userinfo_endpoint`: who somebody is.
    pub userinfo: WebUrl,
}

/// The kind of OIDC provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// A tenant of Auth0, which `render identity` can set up.
    Auth0,
    /// Any other provider that follows `OpenID` Connect.
    Oidc,
}

/// The provider's groups by what they may do on the platform.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Groups {
    /// May do everything. Default: none.
    #[serde(default)]
    pub admins: Vec<GroupName>,
    /// May sync, restart and edit, but not change who may do what. Default: none.
    #[serde(default)]
    pub editors: Vec<GroupName>,
    /// May look. Default: none.
    #[serde(default)]
    pub viewers: Vec<GroupName>,
}
