//! Keys of Spaces. Their secret is shown once, in the answer that they are made with.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};
use zeroize::Zeroize as _;

use super::answer::nullable;
use super::{Call, DigitalOcean};
use crate::cloud::Error;
use crate::http::{Method, Secret};

/// What a key may do with a bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Grant {
    /// The bucket's name; empty for `fullaccess`.
    #[serde(deserialize_with = "nullable")]
    pub bucket: String,
    /// `read`, `readwrite` or `fullaccess`.
    #[serde(deserialize_with = "nullable")]
    pub permission: String,
}

/// A key as the API reports it, without its secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SpacesKey {
    /// Its name, which others may have as well.
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    /// The public half, by which the API knows it.
    pub access_key: String,
    /// What it may do.
    #[serde(deserialize_with = "nullable")]
    pub grants: Vec<Grant>,
    /// When it was made (RFC 3339).
    #[serde(deserialize_with = "nullable")]
    pub created_at: String,
}

/// A key that was just made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct NewSpacesKey {
    /// What may be asked for later as well.
    #[serde(flatten)]
    pub key: SpacesKey,
    /// The secret half, which nobody can ask for again.
    #[serde(deserialize_with = "secret")]
    pub secret_key: Secret,
}

fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
    String::deserialize(from).map(Secret::new)
}

#[derive(Deserialize)]
struct Created {
    key: NewSpacesKey,
}

const KEYS: [&str; 2] = ["spaces", "keys"];

/// Lists all keys.
pub fn list() -> Call {
    Call::new(Method::Get, &KEYS, "spaces_key:read", "list the Spaces keys")
}

/// Reads a key.
pub fn get(access_key: &str) -> Call {
    Call::new(Method::Get, &[&KEYS[..], &[access_key]].concat(), "spaces_key:read", "read the Spaces key")
}

/// Makes a key.
pub fn create(name: &str, grants: &[Grant]) -> Call {
    let what = format!("create the Spaces key `{name}`");
    let call = Call::new(Method::Post, &KEYS, "spaces_key:create_credentials", what);
    call.body(json!({ "name": name, "grants": grants }))
}

/// Says anew what a key is called and may do. `fullaccess` can't come or go.
pub fn update(access_key: &str, name: &str, grants: &[Grant]) -> Call {
    let what = format!("change the Spaces key `{name}`");
    let call = Call::new(Method::Put, &[&KEYS[..], &[access_key]].concat(), "spaces_key:update", what);
    call.body(json!({ "name": name, "grants": grants }))
}

/// Deletes a key.
pub fn delete(access_key: &str) -> Call {
    Call::new(Method::Delete, &[&KEYS[..], &[access_key]].concat(), "spaces_key:delete", "delete the Spaces key")
}

impl DigitalOcean {
    /// All keys of the account, without their secrets.
    pub fn spaces_keys(&self) -> Result<Vec<SpacesKey>, Error> {
        self.list(&list(), "keys")
    }

    /// A key, without its secret.
    pub fn spaces_key(&self, access_key: &str) -> Result<SpacesKey, Error> {
        let call = get(access_key);
        let response = self.send(&call)?;
        let mut all = response.json().map_err(|source| call.failed(source))?;
        // The description of the API calls it `keys`, and its examples and clients `key`.
        let found = all.get_mut("key").map(Value::take).or_else(|| all.pointer_mut("/keys/0").map(Value::take));
        let read = found.and_then(|found| serde_json::from_value(found).ok());
        read.ok_or_else(|| call.failed(response.malformed("it has no `key`")))
    }

    /// Makes a key, and shows its secret this once.
    pub fn create_spaces_key(&self, name: &str, grants: &[Grant]) -> Result<NewSpacesKey, Error> {
        let call = create(name, grants);
        let mut response = self.send(&call)?;
        // The place of a problem is shown, and never what is there.
        let created = serde_json::from_slice::<Created>(&response.body);
        response.body.zeroize();
        created.map(|created| created.key).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            call.failed(response.malformed(format!("its body has no new key (line {line}, column {column})")))
        })
    }

    /// Says anew what a key is called and may do.
    pub fn update_spaces_key(&self, access_key: &str, name: &str, grants: &[Grant]) -> Result<SpacesKey, Error> {
        self.one(&update(access_key, name, grants), "key")
    }

    /// Deletes a key.
    pub fn delete_spaces_key(&self, access_key: &str) -> Result<(), Error> {
        self.act(&delete(access_key))
    }
}
