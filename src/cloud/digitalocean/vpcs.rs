//! Networks of one's own.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::answer::nullable;
use super::{Call, DigitalOcean};
use crate::cloud::Error;
use crate::http::Method;

/// A network as the API reports it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Vpc {
    /// How the API knows it.
    pub id: String,
    /// Its name, which no other network of the account has.
    pub name: String,
    /// The slug of its region.
    #[serde(deserialize_with = "nullable")]
    pub region: String,
    /// The range of its addresses.
    #[serde(deserialize_with = "nullable")]
    pub ip_range: String,
    /// Free text.
    #[serde(deserialize_with = "nullable")]
    pub description: String,
    /// Whether it is the region's own, which nobody can delete.
    #[serde(deserialize_with = "nullable")]
    pub default: bool,
}

/// A network to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewVpc {
    /// Its name: letters, digits, hyphens and dots.
    pub name: String,
    /// The slug of its region, which stays.
    pub region: String,
    /// The range of its addresses, which stays; the service picks one without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_range: Option<String>,
    /// Free text of at most 255 characters.
    pub description: String,
}

/// Lists all networks.
pub fn list() -> Call {
    Call::new(Method::Get, &["vpcs"], "vpc:read", "list the VPCs")
}

/// Makes a network.
pub fn create(new: &NewVpc) -> Call {
    let what = format!("create the VPC `{}`", new.name);
    Call::new(Method::Post, &["vpcs"], "vpc:create", what).body(new)
}

/// Changes the description of a network, and nothing else.
pub fn describe(id: &str, description: &str) -> Call {
    let call = Call::new(Method::Patch, &["vpcs", id], "vpc:update", "change the description of the VPC");
    call.body(json!({ "description": description })).may_repeat()
}

/// Deletes a network, which has to be empty.
pub fn delete(id: &str) -> Call {
    Call::new(Method::Delete, &["vpcs", id], "vpc:delete", "delete the VPC")
}

impl DigitalOcean {
    /// All networks of the account.
    pub fn vpcs(&self) -> Result<Vec<Vpc>, Error> {
        self.list(&list(), "vpcs")
    }

    /// Makes a network.
    pub fn create_vpc(&self, new: &NewVpc) -> Result<Vpc, Error> {
        self.one(&create(new), "vpc")
    }

    /// Changes the description of a network, and nothing else.
    pub fn describe_vpc(&self, id: &str, description: &str) -> Result<Vpc, Error> {
        self.one(&describe(id, description), "vpc")
    }

    /// Deletes a network, which has to be empty.
    pub fn delete_vpc(&self, id: &str) -> Result<(), Error> {
        self.act(&delete(id))
    }
}
