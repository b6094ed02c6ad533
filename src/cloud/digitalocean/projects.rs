//! Projects, and what is in them.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::answer::{self, nullable};
use super::{Call, DigitalOcean};
use crate::cloud::Error;
use crate::http::Method;

/// The longest description that the API takes, in characters.
pub const LONGEST_DESCRIPTION: usize = 255;

/// A project as the API reports it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Project {
    /// How the API knows it.
    pub id: String,
    /// Its name, which no other project of the account has.
    pub name: String,
    /// Free text.
    #[serde(deserialize_with = "nullable")]
    pub description: String,
    /// What it is for. A text of one's own comes back as `Other: …`.
    #[serde(deserialize_with = "nullable")]
    pub purpose: String,
    /// `Development`, `Staging` or `Production`, in any case, or nothing.
    #[serde(deserialize_with = "nullable")]
    pub environment: String,
    /// Whether new things land here.
    #[serde(deserialize_with = "nullable")]
    pub is_default: bool,
}

/// What is to be said of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectSettings {
    /// Its name.
    pub name: String,
    /// Free text.
    pub description: String,
    /// What it is for.
    pub purpose: String,
    /// `Development`, `Staging` or `Production`.
    pub environment: String,
}

/// Something that is in a project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Member {
    /// What it is: `do:space:NAME`.
    pub urn: String,
    /// What became of the assignment: `ok`, `assigned`, `already_assigned`, `not_found`, `service_down`.
    #[serde(deserialize_with = "nullable")]
    pub status: String,
}

/// Lists all projects.
pub fn list() -> Call {
    Call::new(Method::Get, &["projects"], "project:read", "list the projects")
}

/// Makes a project.
pub fn create(new: &ProjectSettings) -> Call {
    let what = format!("create the project `{}`", new.name);
    Call::new(Method::Post, &["projects"], "project:create", what).body(new)
}

/// Says all of a project anew.
pub fn update(id: &str, settings: &ProjectSettings, is_default: bool) -> Call {
    let mut body = json!(settings);
    if let Some(body) = body.as_object_mut() {
        body.insert("is_default".to_owned(), json!(is_default));
    }
    let what = format!("change the project `{}`", settings.name);
    Call::new(Method::Put, &["projects", id], "project:update", what).body(body)
}

/// Changes the description of a project, and nothing else.
pub fn describe(id: &str, description: &str) -> Call {
    let what = "change the description of the project";
    let call = Call::new(Method::Patch, &["projects", id], "project:update", what);
    call.body(json!({ "description": description })).may_repeat()
}

/// Deletes a project, which has to be empty.
pub fn delete(id: &str) -> Call {
    Call::new(Method::Delete, &["projects", id], "project:delete", "delete the project")
}

/// Lists what is in a project.
pub fn members(id: &str) -> Call {
    Call::new(Method::Get, &["projects", id, "resources"], "project:read", "list what is in the project")
}

/// Moves things into a project: whatever they were in before. It may be asked again, as it moves nothing twice.
pub fn assign(id: &str, urns: &[String]) -> Call {
    let what = format!("put `{}` into the project", urns.join("`, `"));
    let call = Call::new(Method::Post, &["projects", id, "resources"], "project:assign_resource", what);
    call.body(json!({ "resources": urns })).may_repeat()
}

impl DigitalOcean {
    /// All projects of the account.
    pub fn projects(&self) -> Result<Vec<Project>, Error> {
        self.list(&list(), "projects")
    }

    /// Makes a project.
    pub fn create_project(&self, new: &ProjectSettings) -> Result<Project, Error> {
        self.one(&create(new), "project")
    }

    /// Says all of a project anew. `is_default` is what it says of itself.
    pub fn update_project(&self, id: &str, new: &ProjectSettings, is_default: bool) -> Result<Project, Error> {
        self.one(&update(id, new, is_default), "project")
    }

    /// Changes the description of a project, and nothing else.
    pub fn describe_project(&self, id: &str, description: &str) -> Result<Project, Error> {
        self.one(&describe(id, description), "project")
    }

    /// Deletes a project, which has to be empty.
    pub fn delete_project(&self, id: &str) -> Result<(), Error> {
        self.act(&delete(id))
    }

    /// What is in a project.
    pub fn members(&self, id: &str) -> Result<Vec<Member>, Error> {
        self.list(&members(id), "resources")
    }

    /// Moves things into a project, by their URNs. The answer says of each how that went.
    pub fn assign(&self, id: &str, urns: &[String]) -> Result<Vec<Member>, Error> {
        let call = assign(id, urns);
        let response = self.send(&call)?;
        answer::page(&response, "resources").map(|page| page.objects).map_err(|source| call.failed(source))
    }
}
