//! What the values want of the identity provider.

use std::collections::{BTreeMap, BTreeSet};

use super::auth0::{ApplicationSettings, JwtConfiguration};
use super::code::groups_action;
use super::mark::Mark;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::services::installed;
use crate::model::{
    CloudId, DnsLabel, Email, EnvironmentName, GroupName, NamedMap, OidcClient, Provider, SecretKey, Values,
};
use crate::source::Location;

/// What the name of the action ends in.
pub(super) const ACTION: &str = "groups";

/// What an environment wants of its identity provider.
#[derive(Debug, Clone)]
pub struct Desired {
    pub(super) environment: EnvironmentName,
    pub(super) mark: Mark,
    pub(super) provider: Provider,
    pub(super) applications: Vec<DesiredApplication>,
    /// The names of the connections that people may log in by; `None` where the tenant decides.
    pub(super) connections: Option<Vec<String>>,
    /// None where nobody logs in.
    pub(super) action: Option<DesiredAction>,
    pub(super) roles: Vec<DesiredRole>,
    /// The ids of the clients whose secrets are sealed, as far as that was written down.
    pub(super) known: NamedMap<DnsLabel, CloudId>,
    /// Where the values stand that findings are about, by their paths.
    places: BTreeMap<Vec<String>, Location>,
}

/// An application of ours.
#[derive(Debug, Clone)]
pub(super) struct DesiredApplication {
    pub(super) client: OidcClient,
    pub(super) settings: ApplicationSettings,
    /// The keys of its Secret that are not sealed.
    pub(super) missing: BTreeSet<SecretKey>,
}

impl DesiredApplication {
    /// Its name at the provider.
    pub(super) fn name(&self) -> &str {
        self.settings.name.as_deref().unwrap_or_default()
    }

    /// The random keys that are to be made: those that are not sealed.
    pub(super) fn random(&self) -> Vec<SecretKey> {
        let keys = self.client.random.iter().map(|(key, _)| key);
        keys.filter(|key| self.missing.contains(*key)).cloned().collect()
    }

    /// Whether what the provider tells is not sealed.
    pub(super) fn lacks_credentials(&self) -> bool {
        self.missing.iter().any(|key| matches!(key.as_str(), OidcClient::ID | OidcClient::SECRET))
    }
}

/// The action that puts groups into tokens.
#[derive(Debug, Clone)]
pub(super) struct DesiredAction {
    pub(super) name: String,
    pub(super) code: String,
    pub(super) claim: String,
}

/// A role, which tokens show as a group.
#[derive(Debug, Clone)]
pub(super) struct DesiredRole {
    pub(super) name: String,
    /// Addresses of the people who are to have it.
    pub(super) members: Vec<String>,
}

impl Desired {
    /// What `values` want of the provider for `environment`. `places` finds where a path of the values is written.
    pub fn of(values: &Values, environment: &EnvironmentName, places: &dyn Fn(&[&str]) -> Option<Location>) -> Self {
        let identity = &values.identity;
        let mark = Mark::new(values.platform.name.as_str(), environment.as_str());
        let clients = values.oidc_clients().into_iter();
        let applications: Vec<_> = clients.map(|client| application(client, values, &mark)).collect();
        let claim = identity.groups_claim.as_str();
        let action = (!applications.is_empty()).then(|| DesiredAction {
            name: mark.name(ACTION),
            code: groups_action(&mark, claim),
            claim: claim.to_owned(),
        });
        Self {
            environment: environment.clone(),
            provider: identity.provider,
            applications,
            connections: identity.connections.as_ref().map(|names| names.iter().map(ToString::to_string).collect()),
            action,
            roles: roles(values),
            known: values.outputs.clients.clone(),
            places: all_places(values, places),
            mark,
        }
    }

    /// A finding that points at the value at `path`, or the closest one that it is a part of.
    pub(super) fn finding(&self, code: Code, path: &[&str], message: impl Into<String>) -> Diagnostic {
        let finding = Diagnostic::error(code, message);
        let path: Vec<String> = path.iter().map(|&key| key.to_owned()).collect();
        match (1..=path.len()).rev().find_map(|length| self.places.get(&path[..length])) {
            Some(place) => finding.at(place.clone(), ""),
            None => finding,
        }
    }

    /// Whether the provider is one that can be set up. Another one is set up by hand: there is nothing to plan, and no
    /// API to ask.
    pub fn is_managed(&self) -> bool {
        self.provider == Provider::Auth0
    }

    /// The names of the clients that the values want.
    pub fn clients(&self) -> impl Iterator<Item = &DnsLabel> {
        self.applications.iter().map(|application| &application.client.name)
    }

    pub(super) fn application(&self, client: &str) -> Option<&DesiredApplication> {
        self.applications.iter().find(|application| application.client.name.as_str() == client)
    }

    /// Every address that is to have a role, in the forms in which an account may have it: providers compare to the
    /// letter, and many keep addresses in lower case.
    pub(super) fn addresses(&self) -> BTreeSet<String> {
        let addresses = self.roles.iter().flat_map(|role| &role.members);
        addresses.flat_map(|address| [address.clone(), address.to_ascii_lowercase()]).collect()
    }
}

/// Where the values stand that this room finds fault with.
fn all_places(values: &Values, places: &dyn Fn(&[&str]) -> Option<Location>) -> BTreeMap<Vec<String>, Location> {
    let own = [vec!["identity"], vec!["identity", "groupsClaim"], vec!["identity", "connections"]];
    let own = own.map(|path| path.into_iter().map(str::to_owned).collect::<Vec<_>>());
    let clients = values.oidc_clients().into_iter().map(|client| client.asked_by);
    let found = own.into_iter().chain(clients).filter_map(|path| {
        let keys: Vec<_> = path.iter().map(String::as_str).collect();
        let place = places(&keys)?;
        Some((path, place))
    });
    found.collect()
}

fn application(client: OidcClient, values: &Values, mark: &Mark) -> DesiredApplication {
    let hosts = || client.hosts.iter();
    let settings = ApplicationSettings {
        name: Some(mark.name(client.name.as_str())),
        // It runs on a server and can keep a secret.
        app_type: Some("regular_web".to_owned()),
        is_first_party: Some(true),
        oidc_conformant: Some(true),
        callbacks: Some(vec![client.callback.clone()]),
        allowed_logout_urls: Some(hosts().map(|host| format!("https://{host}/")).collect()),
        web_origins: Some(hosts().map(|host| format!("https://{host}")).collect()),
        initiate_login_uri: None,
        grant_types: Some(["authorization_code", "refresh_token"].map(str::to_owned).into()),
        // All of them are written in Go, whose library tries this way first.
        token_endpoint_auth_method: Some("client_secret_basic".to_owned()),
        jwt_configuration: Some(JwtConfiguration { alg: Some("RS256".to_owned()), lifetime_in_seconds: None }),
        client_metadata: Some(mark.metadata()),
    };
    let sealed = values.sealed.get(&client.secret);
    let is_sealed = |key: &SecretKey| sealed.is_some_and(|sealed| sealed.encrypted_data.contains_key(key));
    let missing = client.keys().filter(|key| !is_sealed(key)).collect();
    DesiredApplication { client, settings, missing }
}

/// A role for each group that may do something, or has members, in the order of their names.
fn roles(values: &Values) -> Vec<DesiredRole> {
    let identity = &values.identity;
    let groups = &identity.groups;
    let allowed = installed(&values.services.oauth2_proxy).map(|login| &login.allowed_groups).into_iter().flatten();
    let named = groups.admins.iter().chain(&groups.editors).chain(&groups.viewers).chain(allowed);
    let mut roles: BTreeMap<&GroupName, &[Email]> = named.map(|group| (group, [].as_slice())).collect();
    roles.extend(identity.members.iter().map(|(group, members)| (group, members.as_slice())));
    let roles = roles.into_iter().map(|(name, members)| DesiredRole {
        name: name.to_string(),
        members: members.iter().map(ToString::to_string).collect(),
    });
    roles.collect()
}
