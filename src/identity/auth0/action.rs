//! Actions: code that runs at every login, when it is deployed and bound to that trigger.

use serde::{Deserialize, Serialize};

use super::page::{borrowed, numbered};
use super::{Api, Base, Error, Method, Request, nullable, read};

/// The trigger that runs after every login.
pub const POST_LOGIN: &str = "post-login";

/// An action.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Action {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What may run it.
    #[serde(default, deserialize_with = "nullable")]
    pub supported_triggers: Vec<TriggerVersion>,
    /// Its code, deployed or not.
    #[serde(default, deserialize_with = "nullable")]
    pub code: String,
    /// What its code runs in, such as `node22`.
    #[serde(default)]
    pub runtime: Option<String>,
    /// How far the API is with building it.
    #[serde(default, deserialize_with = "nullable")]
    pub status: ActionStatus,
    /// Whether what runs at logins is what is shown here.
    #[serde(default, deserialize_with = "nullable")]
    pub all_changes_deployed: bool,
}

/// A trigger and the version of its interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriggerVersion {
    /// The trigger's id, such as `post-login`.
    pub id: String,
    /// Its version, such as `v3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// How far the API is with building an action.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActionStatus {
    /// It can be deployed.
    Built,
    /// It can't be built.
    Failed,
    /// Anything on the way there.
    #[default]
    #[serde(other)]
    Building,
}

/// What is set of an action.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionSettings {
    /// Its name.
    pub name: String,
    /// What may run it.
    pub supported_triggers: Vec<TriggerVersion>,
    /// Its code.
    pub code: String,
    /// What its code runs in.
    pub runtime: String,
}

/// A trigger that the tenant has, in one version.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Trigger {
    /// Its id.
    pub id: String,
    /// The version of its interface.
    #[serde(default, deserialize_with = "nullable")]
    pub version: String,
    /// `CURRENT`, or on its way out.
    #[serde(default, deserialize_with = "nullable")]
    pub status: String,
    /// What code of it can run in.
    #[serde(default, deserialize_with = "nullable")]
    pub runtimes: Vec<String>,
    /// What it runs in where nothing is said.
    #[serde(default)]
    pub default_runtime: Option<String>,
}

#[derive(Deserialize)]
struct Triggers {
    triggers: Vec<Trigger>,
}

/// An action's place in the flow of a trigger.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Binding {
    /// Its id.
    #[serde(default, deserialize_with = "nullable")]
    pub id: String,
    /// The action.
    pub action: BoundAction,
    /// How the flow calls it.
    #[serde(default, deserialize_with = "nullable")]
    pub display_name: String,
}

/// The action of a binding.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BoundAction {
    /// Its id.
    pub id: String,
    /// Its name.
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
}

/// One line of a flow as it is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BindingSettings {
    /// Which action.
    #[serde(rename = "ref")]
    pub action: ActionReference,
    /// How the flow calls it.
    pub display_name: String,
}

/// An action by its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActionReference {
    #[serde(rename = "type")]
    kind: &'static str,
    value: String,
}

impl BindingSettings {
    /// The line of the action with that id.
    pub fn new(action_id: &str, display_name: &str) -> Self {
        let action = ActionReference { kind: "action_id", value: action_id.to_owned() };
        Self { action, display_name: display_name.to_owned() }
    }
}

#[derive(Serialize)]
struct Bindings<'a> {
    bindings: &'a [BindingSettings],
}

fn list(base: &Base, name: &str, page: usize) -> Request {
    let mut query = numbered(page).to_vec();
    query.push(("actionName", name.to_owned()));
    base.get(&["actions", "actions"], &borrowed(&query))
}

fn create(base: &Base, settings: &ActionSettings) -> Result<Request, Error> {
    base.tell(Method::Post, &["actions", "actions"], settings)
}

fn change(base: &Base, id: &str, settings: &ActionSettings) -> Result<Request, Error> {
    Ok(base.tell(Method::Patch, &["actions", "actions", id], settings)?.may_repeat())
}

fn deploy(base: &Base, id: &str) -> Request {
    // A second time makes another version of the same code.
    Request::new(Method::Post, base.at(&["actions", "actions", id, "deploy"])).may_repeat()
}

fn bindings(base: &Base, trigger: &str, page: usize) -> Request {
    base.get(&["actions", "triggers", trigger, "bindings"], &borrowed(&numbered(page)))
}

fn bind(base: &Base, trigger: &str, bindings: &[BindingSettings]) -> Result<Request, Error> {
    let body = Bindings { bindings };
    Ok(base.tell(Method::Patch, &["actions", "triggers", trigger, "bindings"], &body)?.may_repeat())
}

impl Api<'_> {
    /// The actions of that name. Needs `read:actions`.
    ///
    /// # Errors
    /// The call failed.
    pub fn actions(&self, name: &str) -> Result<Vec<Action>, Error> {
        let mut found: Vec<Action> = self.all_numbered("actions", |page| list(&self.base, name, page))?;
        found.retain(|action| action.name == name);
        Ok(found)
    }

    /// One action. Needs `read:actions`.
    ///
    /// # Errors
    /// The call failed, or there is no such action.
    pub fn action(&self, id: &str) -> Result<Action, Error> {
        self.ask(&self.base.get(&["actions", "actions", id], &[]), read)
    }

    /// Makes an action, which does not run yet. Needs `create:actions`.
    ///
    /// # Errors
    /// The call failed.
    pub fn create_action(&self, settings: &ActionSettings) -> Result<Action, Error> {
        read(&self.call(&create(&self.base, settings)?)?)
    }

    /// Changes an action; what runs stays as it is until it is deployed. Needs `update:actions`.
    ///
    /// # Errors
    /// The call failed.
    pub fn change_action(&self, id: &str, settings: &ActionSettings) -> Result<(), Error> {
        self.call(&change(&self.base, id, settings)?).map(drop)
    }

    /// Lets logins run an action as it is now. Fails until it is built. Needs `create:actions`.
    ///
    /// # Errors
    /// The call failed.
    pub fn deploy_action(&self, id: &str) -> Result<(), Error> {
        self.call(&deploy(&self.base, id)).map(drop)
    }

    /// Removes an action; one that is bound is refused. Needs `delete:actions`.
    ///
    /// # Errors
    /// The call failed.
    pub fn delete_action(&self, id: &str) -> Result<(), Error> {
        self.delete(&["actions", "actions", id])
    }

    /// Every trigger that the tenant has, in all its versions. Needs `read:actions`.
    ///
    /// # Errors
    /// The call failed.
    pub fn triggers(&self) -> Result<Vec<Trigger>, Error> {
        let answer: Triggers = self.ask(&self.base.get(&["actions", "triggers"], &[]), read)?;
        Ok(answer.triggers)
    }

    /// The flow of a trigger, in its order. Needs `read:actions`.
    ///
    /// # Errors
    /// The call failed.
    pub fn bindings(&self, trigger: &str) -> Result<Vec<Binding>, Error> {
        self.all_numbered("bindings", |page| bindings(&self.base, trigger, page))
    }

    /// Replaces the whole flow of a trigger. Needs `update:actions`.
    ///
    /// # Errors
    /// The call failed.
    pub fn bind(&self, trigger: &str, bindings: &[BindingSettings]) -> Result<(), Error> {
        self.call(&bind(&self.base, trigger, bindings)?).map(drop)
    }
}
