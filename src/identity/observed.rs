//! What the identity provider reports.

use std::collections::{BTreeMap, BTreeSet};

use super::Error;
use super::auth0::{Action, Api, Application, Binding, Connection, POST_LOGIN, Role, Trigger, User};
use super::desired::Desired;
use crate::plan::Watch;

/// What a tenant of Auth0 has that concerns an environment. It holds no secret.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// Those with a name of the environment.
    pub(super) applications: Vec<Application>,
    /// All of them, where the values name some.
    pub(super) connections: Vec<ObservedConnection>,
    /// All of them.
    pub(super) roles: Vec<Role>,
    /// The ids of the accounts that have a role, by the id of the role; of those that get members.
    pub(super) members: BTreeMap<String, BTreeSet<String>>,
    /// The accounts with an address of the values.
    pub(super) accounts: Vec<User>,
    /// Those with the name of ours.
    pub(super) actions: Vec<Action>,
    pub(super) triggers: Vec<Trigger>,
    /// What runs after a login, in its order.
    pub(super) bindings: Vec<Binding>,
    /// Whether secrets may be read again.
    pub(super) may_read_secrets: bool,
}

/// A connection and the ids of the applications that may use it.
#[derive(Debug, Clone)]
pub(super) struct ObservedConnection {
    pub(super) connection: Connection,
    pub(super) applications: BTreeSet<String>,
}

/// Looks at everything that `desired` is about. Changes nothing, and asks nobody where the provider is not one that can be
/// set up.
///
/// # Errors
/// The token lacks a scope, a call failed, or the run is to end.
pub fn observe(api: &Api<'_>, desired: &Desired, watch: &dyn Watch) -> Result<Observed, Error> {
    if !desired.is_managed() {
        return Ok(Observed::default());
    }
    let missing = api.missing_scopes(&scopes(desired))?;
    if !missing.is_empty() {
        return Err(Error::MissingScopes(missing));
    }
    let goes_on = || if watch.is_interrupted() { Err(Error::Interrupted) } else { Ok(()) };
    let mut applications = api.applications()?;
    for (_, id) in &desired.known {
        if applications.iter().all(|application| application.client_id != id.as_str()) {
            applications.extend(api.known_application(id.as_str())?);
        }
    }
    applications.retain(|application| desired.mark.own_name(&application.name).is_some());
    // One that moves from page to page while they are read is still one.
    let mut seen = BTreeSet::new();
    applications.retain(|application| seen.insert(application.client_id.clone()));
    let mut connections = Vec::new();
    if desired.connections.is_some() {
        for connection in api.connections()? {
            goes_on()?;
            let applications = api.connection_applications(&connection.id)?.into_iter().collect();
            connections.push(ObservedConnection { connection, applications });
        }
    }
    let roles = api.roles()?;
    let mut members = BTreeMap::new();
    for wanted in desired.roles.iter().filter(|role| !role.members.is_empty()) {
        goes_on()?;
        let Some(role) = roles.iter().find(|role| role.name == wanted.name) else { continue };
        let ids = api.role_members(&role.id)?.into_iter().map(|user| user.user_id).collect();
        members.insert(role.id.clone(), ids);
    }
    let mut accounts: Vec<User> = Vec::new();
    for address in desired.addresses() {
        goes_on()?;
        let found = api.users_by_email(&address)?;
        let known: BTreeSet<_> = accounts.iter().map(|user| user.user_id.clone()).collect();
        accounts.extend(found.into_iter().filter(|user| !known.contains(&user.user_id)));
    }
    goes_on()?;
    Ok(Observed {
        applications,
        connections,
        roles,
        members,
        accounts,
        actions: api.actions(&desired.mark.name(super::desired::ACTION))?,
        triggers: api.triggers()?,
        bindings: api.bindings(POST_LOGIN)?,
        may_read_secrets: api.missing_scopes(&["read:client_keys"])?.is_empty(),
    })
}

/// The scopes without which there is nothing to compare.
fn scopes(desired: &Desired) -> Vec<&'static str> {
    let connections = desired.connections.is_some().then_some("read:connections");
    let has_members = desired.roles.iter().any(|role| !role.members.is_empty());
    let users = has_members.then_some("read:users");
    ["read:clients", "read:roles", "read:actions"].into_iter().chain(connections).chain(users).collect()
}
