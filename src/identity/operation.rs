//! What a step does, as data that can be stored; nothing in it is secret. And what a plan is to lead to.

use serde::{Deserialize, Serialize};

use super::auth0::{ActionSettings, ApplicationSettings};
use crate::model::{DnsLabel, SecretKey};

/// What a plan is to lead to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// Everything is as the values want it.
    #[default]
    Apply,
    /// Nothing of the environment is left.
    Destroy,
    /// The client of that name has a new secret; nothing else changes.
    Rotate(String),
}

/// What is wished besides the values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wishes {
    /// What the plan is to lead to.
    pub goal: Goal,
    /// Addresses, or kinds for all their resources, that the plan is about; all without any. What stands in the way of
    /// others is not looked at.
    pub targets: Vec<String>,
    /// Whether what is ours and no longer wanted is deleted.
    pub prune: bool,
}

/// What has to be done for a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Operation {
    /// Makes an application, and seals its credentials.
    CreateApplication {
        /// The client that it is.
        client: DnsLabel,
        /// All that is set of it.
        settings: ApplicationSettings,
        /// The connections, each allowed or not.
        connections: Vec<ConnectionSwitch>,
    },
    /// Changes an application that is ours, or what is sealed of it.
    ChangeApplication {
        /// The client that it is.
        client: DnsLabel,
        /// Its id.
        id: String,
        /// What changes of it.
        settings: ApplicationSettings,
        /// The connections that change.
        connections: Vec<ConnectionSwitch>,
        /// What happens to its credentials.
        credentials: CredentialWork,
        /// Further keys of its Secret that are made anew.
        random: Vec<SecretKey>,
    },
    /// Deletes an application.
    DeleteApplication {
        /// What it is called here.
        name: String,
        /// Its id.
        id: String,
    },
    /// Makes the action what it should be: written, built, deployed and bound to the login.
    PutAction {
        /// All that is set of it.
        settings: ActionSettings,
    },
    /// Unbinds an action and deletes it.
    DeleteAction {
        /// Its id.
        id: String,
    },
    /// Makes a role, and gives it to people.
    CreateRole {
        /// Its name.
        name: String,
        /// Who gets it.
        members: Vec<Member>,
    },
    /// Gives a role to people.
    AssignRole {
        /// Its id.
        id: String,
        /// Who gets it.
        members: Vec<Member>,
    },
    /// Deletes a role.
    DeleteRole {
        /// Its id.
        id: String,
    },
}

/// A connection, and whether an application may use it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionSwitch {
    /// The id of the connection.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether people may log in by it.
    pub is_on: bool,
}

/// An account that gets a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The address that the values name.
    pub email: String,
    /// The id of the account.
    pub user_id: String,
}

/// What happens to the credentials of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialWork {
    /// They are sealed already.
    Keep,
    /// They are read once more, and sealed.
    Seal,
    /// There will be a new secret, which is sealed.
    Rotate,
}

impl Operation {
    /// Whether it is told a secret that has to be sealed.
    pub fn seals(&self) -> bool {
        match self {
            Self::CreateApplication { .. } => true,
            Self::ChangeApplication { credentials, random, .. } => {
                *credentials != CredentialWork::Keep || !random.is_empty()
            }
            _ => false,
        }
    }

    /// The client whose secret it ends before another one can be sealed.
    pub(super) fn rotates(&self) -> Option<&DnsLabel> {
        match self {
            Self::ChangeApplication { client, credentials: CredentialWork::Rotate, .. } => Some(client),
            _ => None,
        }
    }

    /// The scopes that it needs beyond those that looking needs.
    pub(super) fn scopes(&self) -> Vec<&'static str> {
        let connected = |switches: &[ConnectionSwitch]| (!switches.is_empty()).then_some("update:connections");
        let assigned =
            |members: &[Member]| if members.is_empty() { vec![] } else { vec!["update:roles", "create:role_members"] };
        match self {
            Self::CreateApplication { connections, .. } => {
                std::iter::once("create:clients").chain(connected(connections)).collect()
            }
            Self::ChangeApplication { settings, connections, credentials, .. } => {
                let changed = (*settings != ApplicationSettings::default()).then_some("update:clients");
                let credentials = match credentials {
                    CredentialWork::Keep => None,
                    CredentialWork::Seal => Some("read:client_keys"),
                    CredentialWork::Rotate => Some("update:client_keys"),
                };
                changed.into_iter().chain(connected(connections)).chain(credentials).collect()
            }
            Self::DeleteApplication { .. } => vec!["delete:clients"],
            Self::PutAction { .. } => vec!["create:actions", "update:actions"],
            Self::DeleteAction { .. } => vec!["update:actions", "delete:actions"],
            Self::CreateRole { members, .. } => std::iter::once("create:roles").chain(assigned(members)).collect(),
            Self::AssignRole { members, .. } => assigned(members),
            Self::DeleteRole { .. } => vec!["delete:roles"],
        }
    }
}
