//! Applications, which the API calls clients: what logs people in, and its secret.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::login::secret;
use super::page::{borrowed, counted};
use super::{Api, Base, Error, Method, Request, nullable, read};
use crate::http::Secret;

/// The fields that a list is asked for. Not among them is the secret: what is not needed does not travel.
const FIELDS: &str = "client_id,name,app_type,is_first_party,oidc_conformant,callbacks,allowed_logout_urls,web_origins,\
     initiate_login_uri,grant_types,token_endpoint_auth_method,jwt_configuration,client_metadata";

/// An application, as the API reports it.
#[derive(Debug, Clone, Deserialize)]
pub struct Application {
    /// Its id.
    pub client_id: String,
    /// Its name, which need not be unique.
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
    /// Its secret: in the answer to its creation and rotation, and otherwise with the scope `read:client_keys`.
    #[serde(default, deserialize_with = "some_secret")]
    pub client_secret: Option<Secret>,
    /// The other settings.
    #[serde(flatten)]
    pub settings: ApplicationSettings,
}

/// What can be set of an application. What is `None` is left as it is; a list replaces the whole list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationSettings {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What runs it: `regular_web` is a server that can keep a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_type: Option<String>,
    /// Whether it is the tenant's own. Since 2026-10-23 any other one is held to stricter rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_first_party: Option<bool>,
    /// Whether it is held to `OpenID` Connect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oidc_conformant: Option<bool>,
    /// Where a login may come back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callbacks: Option<Vec<String>>,
    /// Where a logout may go to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_logout_urls: Option<Vec<String>>,
    /// Which pages may ask for a login in the background.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web_origins: Option<Vec<String>>,
    /// Where a login begins that began at the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initiate_login_uri: Option<String>,
    /// The ways to a token that are open to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_types: Option<Vec<String>>,
    /// How it shows its secret: `client_secret_basic`, `client_secret_post` or `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_method: Option<String>,
    /// How its tokens are signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwt_configuration: Option<JwtConfiguration>,
    /// Texts of its owner. Keys that are not sent stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_metadata: Option<BTreeMap<String, String>>,
}

/// How tokens are signed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JwtConfiguration {
    /// The algorithm: `RS256`, say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    /// How long a token lives, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifetime_in_seconds: Option<u64>,
}

fn some_secret<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    #[derive(Deserialize)]
    struct Wrapped(#[serde(deserialize_with = "secret")] Secret);
    Ok(Option::<Wrapped>::deserialize(deserializer)?.map(|wrapped| wrapped.0))
}

fn list(base: &Base, page: usize) -> Request {
    let mut query = counted(page);
    // The global one is the tenant itself.
    let further = [("is_global", "false"), ("fields", FIELDS), ("include_fields", "true")];
    query.extend(further.map(|(name, value)| (name, value.to_owned())));
    base.get(&["clients"], &borrowed(&query))
}

fn create(base: &Base, settings: &ApplicationSettings) -> Result<Request, Error> {
    base.tell(Method::Post, &["clients"], settings)
}

fn change(base: &Base, id: &str, settings: &ApplicationSettings) -> Result<Request, Error> {
    Ok(base.tell(Method::Patch, &["clients", id], settings)?.may_repeat())
}

fn rotate(base: &Base, id: &str) -> Request {
    // After an answer that got lost, the old secret may be gone already: only another one helps.
    Request::new(Method::Post, base.at(&["clients", id, "rotate-secret"])).may_repeat()
}

impl Api<'_> {
    /// Every application of the tenant, without secrets. Needs `read:clients`.
    ///
    /// # Errors
    /// The call failed.
    pub fn applications(&self) -> Result<Vec<Application>, Error> {
        self.all_numbered("clients", |page| list(&self.base, page))
    }

    /// One application, without its secret. It is found as soon as it is made, while lists may lag. Needs `read:clients`.
    ///
    /// # Errors
    /// The call failed.
    pub fn known_application(&self, id: &str) -> Result<Option<Application>, Error> {
        let request = self.base.get(&["clients", id], &[("fields", FIELDS), ("include_fields", "true")]);
        match self.ask(&request, read) {
            Err(error) if error.status() == Some(404) => Ok(None),
            outcome => outcome.map(Some),
        }
    }

    /// One application; with its secret where the token has `read:client_keys`. Needs `read:clients`.
    ///
    /// # Errors
    /// The call failed, or there is no such application.
    pub fn application(&self, id: &str) -> Result<Application, Error> {
        self.ask(&self.base.get(&["clients", id], &[]), read)
    }

    /// Makes an application, and answers it with its secret. Needs `create:clients`. It is never repeated where it may
    /// have been done: the API knows no two applications apart by their names.
    ///
    /// # Errors
    /// The call failed.
    pub fn create_application(&self, settings: &ApplicationSettings) -> Result<Application, Error> {
        read(&self.call(&create(&self.base, settings)?)?)
    }

    /// Changes an application. Needs `update:clients`.
    ///
    /// # Errors
    /// The call failed.
    pub fn change_application(&self, id: &str, settings: &ApplicationSettings) -> Result<(), Error> {
        self.call(&change(&self.base, id, settings)?).map(drop)
    }

    /// Gives an application a new secret, which ends the old one at once. Needs `update:client_keys`.
    ///
    /// # Errors
    /// The call failed.
    pub fn rotate_application_secret(&self, id: &str) -> Result<Application, Error> {
        read(&self.call(&rotate(&self.base, id))?)
    }

    /// Removes an application; one that is not there any more counts as removed. Needs `delete:clients`.
    ///
    /// # Errors
    /// The call failed.
    pub fn delete_application(&self, id: &str) -> Result<(), Error> {
        self.delete(&["clients", id])
    }

    /// Removes something that may be gone already.
    pub(super) fn delete(&self, segments: &[&str]) -> Result<(), Error> {
        match self.call(&Request::new(Method::Delete, self.base.at(segments))) {
            Err(error) if error.status() == Some(404) => Ok(()),
            outcome => outcome.map(drop),
        }
    }
}
