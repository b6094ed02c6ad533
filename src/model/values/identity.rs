//! Who may log in, and as what.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::names::{ClaimName, GroupName};
use crate::model::network::{IssuerUrl, WebUrl};

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
