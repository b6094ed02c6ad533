//! Roles, which the tokens show as groups, and who has them.

use serde::{Deserialize, Serialize};

use super::page::{borrowed, counted, marked};
use super::{Api, Base, Error, Method, Request, nullable, read};

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Role {
    /// Its id.
    pub id: String,
    /// Its name, unique in the tenant.
    pub name: String,
    /// What it is for.
    #[serde(default, deserialize_with = "nullable")]
    pub description: String,
}

/// Somebody's account. One person may have several, one for each connection.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct User {
    /// Its id, which begins with the kind of its connection.
    pub user_id: String,
    /// Its address.
    #[serde(default)]
    pub email: Option<String>,
    /// Whether whoever made the account was seen to read mail at that address.
    #[serde(default, deserialize_with = "nullable")]
    pub email_verified: bool,
}

#[derive(Serialize)]
struct RoleSettings<'a> {
    name: &'a str,
    description: &'a str,
}

#[derive(Serialize)]
struct Members<'a> {
    users: &'a [&'a str],
}

const USER_FIELDS: [(&str, &str); 2] = [("fields", "user_id,email,email_verified"), ("include_fields", "true")];

fn list(base: &Base, name: Option<&str>, page: usize) -> Request {
    let mut query = counted(page);
    query.extend(name.map(|name| ("name_filter", name.to_owned())));
    base.get(&["roles"], &borrowed(&query))
}

fn create(base: &Base, settings: &RoleSettings<'_>) -> Result<Request, Error> {
    base.tell(Method::Post, &["roles"], settings)
}

fn change(base: &Base, id: &str, settings: &RoleSettings<'_>) -> Result<Request, Error> {
    Ok(base.tell(Method::Patch, &["roles", id], settings)?.may_repeat())
}

fn members(base: &Base, id: &str, from: Option<&str>) -> Request {
    base.get(&["roles", id, "users"], &borrowed(&marked(from)))
}

fn assign(base: &Base, id: &str, users: &[&str]) -> Result<Request, Error> {
    // Who has the role already goes on having it.
    Ok(base.tell(Method::Post, &["roles", id, "users"], &Members { users })?.may_repeat())
}

fn by_email(base: &Base, email: &str) -> Request {
    let query: Vec<_> = std::iter::once(("email", email)).chain(USER_FIELDS).collect();
    base.get(&["users-by-email"], &query)
}

impl Api<'_> {
    /// Every role of the tenant. Needs `read:roles`.
    ///
    /// # Errors
    /// The call failed.
    pub fn roles(&self) -> Result<Vec<Role>, Error> {
        self.all_numbered("roles", |page| list(&self.base, None, page))
    }

    /// The role of that name. The API's own filter finds any that has the name within its own. Needs `read:roles`.
    ///
    /// # Errors
    /// The call failed.
    pub fn role(&self, name: &str) -> Result<Option<Role>, Error> {
        let found: Vec<Role> = self.all_numbered("roles", |page| list(&self.base, Some(name), page))?;
        Ok(found.into_iter().find(|role| role.name == name))
    }

    /// Makes a role. Needs `create:roles`.
    ///
    /// # Errors
    /// The call failed.
    pub fn create_role(&self, name: &str, description: &str) -> Result<Role, Error> {
        read(&self.call(&create(&self.base, &RoleSettings { name, description })?)?)
    }

    /// Changes a role. Needs `update:roles`.
    ///
    /// # Errors
    /// The call failed.
    pub fn change_role(&self, id: &str, name: &str, description: &str) -> Result<(), Error> {
        self.call(&change(&self.base, id, &RoleSettings { name, description })?).map(drop)
    }

    /// Removes a role, from whoever has it too. Needs `delete:roles`.
    ///
    /// # Errors
    /// The call failed.
    pub fn delete_role(&self, id: &str) -> Result<(), Error> {
        self.delete(&["roles", id])
    }

    /// Who has a role. Needs `read:roles` and `read:users`, or `read:role_members`.
    ///
    /// # Errors
    /// The call failed.
    pub fn role_members(&self, id: &str) -> Result<Vec<User>, Error> {
        self.all_marked("users", |from| members(&self.base, id, from))
    }

    /// Gives a role to accounts. Needs `update:roles` and `create:role_members`.
    ///
    /// # Errors
    /// The call failed.
    pub fn assign_role(&self, id: &str, user_ids: &[&str]) -> Result<(), Error> {
        self.call(&assign(&self.base, id, user_ids)?).map(drop)
    }

    /// The accounts with exactly that address, which is not a search and thus up to date. Needs `read:users`.
    ///
    /// # Errors
    /// The call failed.
    pub fn users_by_email(&self, email: &str) -> Result<Vec<User>, Error> {
        self.ask(&by_email(&self.base, email), read)
    }
}
