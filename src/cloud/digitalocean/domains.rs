//! Domains and their records.
//!
//! Whoever compares records has to know: the data of CNAME, MX, NS, SRV and CAA records is sent with a trailing dot, and
//! comes back without it; and a record is always sent whole, since the service checks what it stored once more.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::answer::nullable;
use super::{Call, DigitalOcean};
use crate::cloud::Error;
use crate::http::Method;

/// A domain as the API reports it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Domain {
    /// Its name, without a dot at the end.
    pub name: String,
    /// How long others may remember its records, in seconds.
    pub ttl: Option<u32>,
}

/// A record as the API reports it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Record {
    /// How the API knows it.
    pub id: u64,
    /// What it is, and for which name.
    #[serde(flatten)]
    pub settings: RecordSettings,
}

/// What a record says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RecordSettings {
    /// `A`, `AAAA`, `CAA`, `CNAME`, `MX`, `NS`, `SOA`, `SRV` or `TXT`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Relative to the domain, `@` for the domain itself.
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    /// What the name stands for.
    #[serde(deserialize_with = "nullable")]
    pub data: String,
    /// Of MX and SRV.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<u32>,
    /// Of SRV.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u32>,
    /// How long others may remember it, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u32>,
    /// Of SRV.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
    /// Of CAA.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flags: Option<u32>,
    /// Of CAA.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
}

/// Lists all domains.
pub fn list() -> Call {
    Call::new(Method::Get, &["domains"], "domain:read", "list the domains")
}

/// Reads a domain.
pub fn get(name: &str) -> Call {
    Call::new(Method::Get, &["domains", undotted(name)], "domain:read", format!("read the domain `{name}`"))
}

/// Makes a domain, without any address.
pub fn create(name: &str) -> Call {
    let call = Call::new(Method::Post, &["domains"], "domain:create", format!("create the domain `{name}`"));
    call.body(json!({ "name": undotted(name) }))
}

/// Deletes a domain with all its records.
pub fn delete(name: &str) -> Call {
    let what = format!("delete the domain `{name}`");
    Call::new(Method::Delete, &["domains", undotted(name)], "domain:delete", what)
}

/// Lists the records of a domain.
pub fn records(domain: &str) -> Call {
    let what = format!("list the records of `{domain}`");
    Call::new(Method::Get, &["domains", undotted(domain), "records"], "domain:read", what)
}

/// Makes a record. A second one that is the same is made as well, so look before.
pub fn create_record(domain: &str, new: &RecordSettings) -> Call {
    let what = format!("create the {} record `{}` of `{domain}`", new.kind, new.name);
    Call::new(Method::Post, &["domains", undotted(domain), "records"], "domain:create", what).body(new)
}

/// Says all of a record anew; its type stays.
pub fn update_record(domain: &str, id: u64, settings: &RecordSettings) -> Call {
    let what = format!("change the {} record `{}` of `{domain}`", settings.kind, settings.name);
    let segments = ["domains", undotted(domain), "records", &id.to_string()];
    Call::new(Method::Put, &segments, "domain:update", what).body(settings)
}

/// Deletes a record.
pub fn delete_record(domain: &str, id: u64) -> Call {
    let what = format!("delete a record of `{domain}`");
    let segments = ["domains", undotted(domain), "records", &id.to_string()];
    Call::new(Method::Delete, &segments, "domain:delete", what)
}

/// The name as the API takes it: with a dot at the end it is not found.
fn undotted(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

impl DigitalOcean {
    /// All domains of the account.
    pub fn domains(&self) -> Result<Vec<Domain>, Error> {
        self.list(&list(), "domains")
    }

    /// A domain.
    pub fn domain(&self, name: &str) -> Result<Domain, Error> {
        self.one(&get(name), "domain")
    }

    /// Makes a domain.
    pub fn create_domain(&self, name: &str) -> Result<Domain, Error> {
        self.one(&create(name), "domain")
    }

    /// Deletes a domain with all its records.
    pub fn delete_domain(&self, name: &str) -> Result<(), Error> {
        self.act(&delete(name))
    }

    /// The records of a domain.
    pub fn records(&self, domain: &str) -> Result<Vec<Record>, Error> {
        self.list(&records(domain), "domain_records")
    }

    /// Makes a record.
    pub fn create_record(&self, domain: &str, new: &RecordSettings) -> Result<Record, Error> {
        self.one(&create_record(domain, new), "domain_record")
    }

    /// Says all of a record anew.
    pub fn update_record(&self, domain: &str, id: u64, settings: &RecordSettings) -> Result<Record, Error> {
        self.one(&update_record(domain, id, settings), "domain_record")
    }

    /// Deletes a record.
    pub fn delete_record(&self, domain: &str, id: u64) -> Result<(), Error> {
        self.act(&delete_record(domain, id))
    }
}
