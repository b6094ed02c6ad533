//! The API of `DigitalOcean`, typed: requests as values, answers as data, and nothing about what is wanted.
//!
//! Each call is a function that makes a [`Call`], which is plain data and needs no network to be looked at, and a method
//! of [`DigitalOcean`] that sends it and reads the answer. Facts are from the published description of the API
//! (`digitalocean/openapi`) and from what its official clients do where the two disagree.
//!
//! Answers are read leniently: what is null or missing has a default, and a state may be one that nobody has heard of.
//! Only the difference between absent and empty tags is kept, since a token without the scope `tag:read` sees none.

mod answer;
mod call;
pub mod clusters;
pub mod domains;
pub mod keys;
pub mod options;
pub mod pools;
pub mod projects;
pub mod vpcs;

use std::sync::Arc;

use serde::de::DeserializeOwned;

use self::answer::Page;
pub use self::call::Call;
use super::Error;
use crate::http::{Client, Response, Secret, Url};

/// How many objects a page may hold at most, by the description of the API.
const PER_PAGE: u32 = 200;

/// How many pages of a list are read: twenty thousand objects, which no account may have of anything.
const PAGES: u32 = 100;

/// The API, as one token sees it. May be used by several threads at once.
#[derive(Debug, Clone)]
pub struct DigitalOcean {
    client: Arc<Client>,
    base: Url,
    token: Secret,
}

impl DigitalOcean {
    /// The API at `base`, `https://api.digitalocean.com` where nobody replaces it.
    pub fn new(client: Arc<Client>, base: Url, token: Secret) -> Self {
        Self { client, base, token }
    }

    /// Sends a call; an answer whose status says that it did not work is an error.
    fn send(&self, call: &Call) -> Result<Response, Error> {
        let response = self.client.send(&call.request(&self.base, &self.token));
        response.and_then(answer::success).map_err(|source| call.failed(source))
    }

    /// Sends a call whose answer nobody reads.
    fn act(&self, call: &Call) -> Result<(), Error> {
        self.send(call).map(drop)
    }

    /// The object that a call answers with, below `key`.
    fn one<T: DeserializeOwned>(&self, call: &Call, key: &str) -> Result<T, Error> {
        self.send(call).and_then(|response| answer::one(&response, key).map_err(|source| call.failed(source)))
    }

    /// All objects of a list of pages, below `key`.
    fn list<T: DeserializeOwned>(&self, call: &Call, key: &str) -> Result<Vec<T>, Error> {
        pages(call, key, |call| self.send(call))
    }
}

/// All objects of a list of pages, each of which `read` gets.
///
/// Pages are counted here. The address of the next one, which each page has, is not followed: it may name another host,
/// and the token would go there.
fn pages<T: DeserializeOwned>(
    call: &Call,
    key: &str,
    mut read: impl FnMut(&Call) -> Result<Response, Error>,
) -> Result<Vec<T>, Error> {
    let mut all = Vec::new();
    let mut number = 1;
    loop {
        let call = call.clone().query("per_page", PER_PAGE.to_string()).query("page", number.to_string());
        let response = read(&call)?;
        let page: Page<T> = answer::page(&response, key).map_err(|source| call.failed(source))?;
        let is_last = page.is_last || page.objects.is_empty();
        all.extend(page.objects);
        if is_last {
            return Ok(all);
        }
        if number == PAGES {
            return Err(call.failed(response.malformed(format!("more than {PAGES} pages follow each other"))));
        }
        number += 1;
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
