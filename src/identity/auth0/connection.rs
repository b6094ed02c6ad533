//! Connections: where accounts come from, and which applications may use them.

use serde::{Deserialize, Serialize};

use super::page::{borrowed, counted, marked};
use super::{Api, Base, Error, Method, Request, nullable};

/// A source of accounts: a database, a company's directory, a social login.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Connection {
    /// Its id.
    pub id: String,
    /// Its name, unique in the tenant.
    pub name: String,
    /// What it is, such as `auth0` for a database.
    #[serde(default, deserialize_with = "nullable")]
    pub strategy: String,
}

#[derive(Deserialize)]
struct Enabled {
    client_id: String,
}

/// One line of the change: an application, and whether it may use the connection.
#[derive(Serialize)]
struct Switch<'a> {
    client_id: &'a str,
    status: bool,
}

/// How many applications one change may name (the limit of the API).
const SWITCHES: usize = 50;

fn list(base: &Base, page: usize) -> Request {
    let mut query = counted(page);
    // Without the options, which are secrets of others and want a scope of their own.
    let further = [("fields", "id,name,strategy"), ("include_fields", "true")];
    query.extend(further.map(|(name, value)| (name, value.to_owned())));
    base.get(&["connections"], &borrowed(&query))
}

fn applications(base: &Base, id: &str, from: Option<&str>) -> Request {
    base.get(&["connections", id, "clients"], &borrowed(&marked(from)))
}

fn switch(base: &Base, id: &str, client_ids: &[&str], status: bool) -> Result<Request, Error> {
    let switches: Vec<_> = client_ids.iter().map(|client_id| Switch { client_id, status }).collect();
    Ok(base.tell(Method::Patch, &["connections", id, "clients"], &switches)?.may_repeat())
}

impl Api<'_> {
    /// Every connection of the tenant, without its options. Needs `read:connections`.
    ///
    /// # Errors
    /// The call failed.
    pub fn connections(&self) -> Result<Vec<Connection>, Error> {
        self.all_numbered("connections", |page| list(&self.base, page))
    }

    /// The ids of the applications that may use a connection. Needs `read:connections`.
    ///
    /// # Errors
    /// The call failed.
    pub fn connection_applications(&self, id: &str) -> Result<Vec<String>, Error> {
        let enabled: Vec<Enabled> = self.all_marked("clients", |from| applications(&self.base, id, from))?;
        Ok(enabled.into_iter().map(|enabled| enabled.client_id).collect())
    }

    /// Lets applications use a connection, or no longer; others are left as they are. Needs `update:connections`.
    ///
    /// # Errors
    /// The call failed.
    pub fn switch_connection(&self, id: &str, client_ids: &[&str], status: bool) -> Result<(), Error> {
        for part in client_ids.chunks(SWITCHES) {
            self.call(&switch(&self.base, id, part, status)?)?;
        }
        Ok(())
    }
}
