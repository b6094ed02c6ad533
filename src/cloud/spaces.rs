//! Spaces, the object storage of `DigitalOcean`, by its S3 API: buckets and what is set on them.
//!
//! One call is one request: what to do after another answer than the hoped-for one is decided by whoever applies a plan.
//! This module has no clock; the time that goes into a signature is handed in. Requests are signed in their headers, so
//! no address holds a key or a signature, and an address in a message or a log opens nothing.
//!
//! The service lies behind one host for each region, and each knows only its own buckets.

mod documents;
mod endpoint;
mod error;
mod signing;
mod xml;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::http::{Client, Method, Request, Response, Secret};

pub use documents::{Cors, CorsRule, Lifecycle, LifecycleRule, ObjectVersion, Versioning, Versions};
pub use endpoint::{BadEndpoint, Endpoint};
pub use error::{Error, Refusal};
use signing::{Keys, Payload};
use xml::Element;

/// How many objects one call lists, and one call deletes: the most that S3 allows.
const PAGE: usize = 1000;

/// What a region says of a bucket's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It is there, and the keys may use it.
    Present,
    /// There is none in this region, or not yet: for minutes after its creation.
    Absent,
    /// It is there, and these keys may not use it: somebody else's, or keys with too few rights.
    Forbidden,
}

/// A function that says the time since 1970.
pub type Now = Box<dyn Fn() -> Duration + Send + Sync>;

/// The S3 API of all regions.
pub struct Spaces {
    client: Arc<Client>,
    endpoint: Endpoint,
    access_key: Secret,
    secret_key: Secret,
    now: Now,
}

impl Spaces {
    /// The API behind `endpoint`, with a key of full access and the time of signatures by `now`.
    pub fn new(client: Arc<Client>, endpoint: Endpoint, access_key: Secret, secret_key: Secret, now: Now) -> Self {
        Self { client, endpoint, access_key, secret_key, now }
    }

    /// The names of the buckets of a region that belong to the owner of the keys.
    pub fn list_buckets(&self, region: &str) -> Result<Vec<String>, Error> {
        let response = self.call(Method::Get, region, "", &[], None)?;
        read(&response, documents::buckets)
    }

    /// Whether a region has a bucket of that name, and whether it may be used.
    pub fn head_bucket(&self, region: &str, bucket: &str) -> Result<Presence, Error> {
        match self.call(Method::Head, region, bucket, &[], None) {
            Ok(_) => Ok(Presence::Present),
            Err(error) if error.status() == Some(404) => Ok(Presence::Absent),
            // Nobody but the status can tell: an answer to HEAD has no body.
            Err(error) if error.status() == Some(403) => Ok(Presence::Forbidden),
            Err(error) => Err(error),
        }
    }

    /// Makes a private bucket. The region is that of the host; a body that names one is refused by the service.
    ///
    /// # Errors
    /// [`Error::is_taken`] for a name that anybody has, its owner included.
    pub fn create_bucket(&self, region: &str, bucket: &str) -> Result<(), Error> {
        self.call(Method::Put, region, bucket, &[], Some(Payload::empty())).map(drop)
    }

    /// Removes an empty bucket. One that is gone already is no error.
    ///
    /// # Errors
    /// [`Error::is_not_empty`] for one with objects, old versions or delete markers in it.
    pub fn delete_bucket(&self, region: &str, bucket: &str) -> Result<(), Error> {
        gone(self.call(Method::Delete, region, bucket, &[], None))
    }

    /// Whether old versions of objects are kept.
    pub fn versioning(&self, region: &str, bucket: &str) -> Result<Versioning, Error> {
        let response = self.call(Method::Get, region, bucket, &[("versioning", "")], None)?;
        read(&response, Versioning::read)
    }

    /// Turns versioning on, or off for what comes: a bucket that had it once never gets rid of it.
    pub fn put_versioning(&self, region: &str, bucket: &str, is_enabled: bool) -> Result<(), Error> {
        self.put(region, bucket, "versioning", &documents::versioning(is_enabled))
    }

    /// When objects are removed; `None` where nothing is set.
    pub fn lifecycle(&self, region: &str, bucket: &str) -> Result<Option<Lifecycle>, Error> {
        let answer = self.call(Method::Get, region, bucket, &[("lifecycle", "")], None);
        read_if_set(answer, "NoSuchLifecycleConfiguration", Lifecycle::read)
    }

    /// Sets when objects are removed, in place of all that was set before.
    pub fn put_lifecycle(&self, region: &str, bucket: &str, lifecycle: &Lifecycle) -> Result<(), Error> {
        self.put(region, bucket, "lifecycle", &lifecycle.to_xml())
    }

    /// Lets objects stay until somebody deletes them.
    pub fn delete_lifecycle(&self, region: &str, bucket: &str) -> Result<(), Error> {
        gone(self.call(Method::Delete, region, bucket, &[("lifecycle", "")], None))
    }

    /// Which pages may use the bucket from a browser; `None` where nothing is set.
    pub fn cors(&self, region: &str, bucket: &str) -> Result<Option<Cors>, Error> {
        let answer = self.call(Method::Get, region, bucket, &[("cors", "")], None);
        read_if_set(answer, "NoSuchCORSConfiguration", Cors::read)
    }

    /// Sets which pages may use the bucket, in place of all that was set before.
    pub fn put_cors(&self, region: &str, bucket: &str, cors: &Cors) -> Result<(), Error> {
        self.put(region, bucket, "cors", &cors.to_xml())
    }

    /// Lets no page use the bucket.
    pub fn delete_cors(&self, region: &str, bucket: &str) -> Result<(), Error> {
        gone(self.call(Method::Delete, region, bucket, &[("cors", "")], None))
    }

    /// Whether there is any object in it. Old versions and delete markers, which keep a bucket from being deleted as
    /// well, are no objects: [`Self::versions`] lists them. Keys of one bucket may ask this, and little else.
    pub fn has_objects(&self, region: &str, bucket: &str) -> Result<bool, Error> {
        let query = [("list-type", "2"), ("max-keys", "1")];
        let response = self.call(Method::Get, region, bucket, &query, None)?;
        read(&response, documents::has_objects)
    }

    /// A page of the versions of all objects and of their delete markers, behind `after`, the last of the page before.
    /// At most `most` of them, and never more than a thousand.
    pub fn versions(
        &self,
        region: &str,
        bucket: &str,
        after: Option<&ObjectVersion>,
        most: usize,
    ) -> Result<Versions, Error> {
        let most = most.min(PAGE).to_string();
        let mut query = vec![("versions", ""), ("max-keys", most.as_str())];
        if let Some(after) = after {
            query.push(("key-marker", &after.key));
            // An empty one is refused.
            if !after.version.is_empty() {
                query.push(("version-id-marker", &after.version));
            }
        }
        let response = self.call(Method::Get, region, bucket, &query, None)?;
        read(&response, Versions::read)
    }

    /// Deletes these versions for good, at most a thousand of them.
    ///
    /// # Errors
    /// [`Error::NotDeleted`] where the service kept some.
    pub fn delete_versions(&self, region: &str, bucket: &str, versions: &[ObjectVersion]) -> Result<(), Error> {
        if let Some(version) = versions.iter().find(|version| !xml::can_hold(&version.key)) {
            return Err(Error::Unspeakable {
                bucket: bucket.to_owned(),
                key: version.key.escape_default().to_string(),
            });
        }
        let payload = Payload::xml(&documents::deletion(versions));
        let response = self.call(Method::Post, region, bucket, &[("delete", "")], Some(payload))?;
        let kept = read(&response, documents::kept)?;
        let Some(first) = kept.first() else { return Ok(()) };
        let (count, key, code) = (kept.len(), first.key.clone(), first.code.clone());
        Err(Error::NotDeleted { bucket: bucket.to_owned(), count, key, code })
    }

    fn put(&self, region: &str, bucket: &str, setting: &str, document: &str) -> Result<(), Error> {
        self.call(Method::Put, region, bucket, &[(setting, "")], Some(Payload::xml(document))).map(drop)
    }

    /// One request, and its answer if it worked.
    fn call(
        &self,
        method: Method,
        region: &str,
        bucket: &str,
        query: &[(&str, &str)],
        payload: Option<Payload>,
    ) -> Result<Response, Error> {
        let request = self.request(method, region, bucket, query, payload)?;
        let response = self.client.send(&request)?;
        if response.is_success() { Ok(response) } else { Err(self.refusal(&response)) }
    }

    fn request(
        &self,
        method: Method,
        region: &str,
        bucket: &str,
        query: &[(&str, &str)],
        payload: Option<Payload>,
    ) -> Result<Request, Error> {
        let url = self.endpoint.url(region).map_err(|source| Error::Region { region: region.to_owned(), source })?;
        let url = if bucket.is_empty() { url } else { url.below(bucket) };
        let url = if query.is_empty() { url } else { url.with_query(query) };
        let keys = Keys { access: &self.access_key, secret: &self.secret_key };
        let request = signing::signed(method, url, payload, &keys, (self.now)());
        // Deleting the same versions twice is deleting them once.
        Ok(if method == Method::Post { request.may_repeat() } else { request })
    }

    /// What an answer says that did not work. It may repeat what was sent, so the keys are taken out.
    fn refusal(&self, response: &Response) -> Error {
        let text = response.text().unwrap_or_default();
        let mut refusal = Refusal::read(response.method, response.url.clone(), response.status, text);
        if refusal.request_id.is_none() {
            refusal.request_id = response.header("x-amz-request-id").map(str::to_owned);
        }
        for key in [&self.access_key, &self.secret_key].map(Secret::expose) {
            if let Some(message) = refusal.message.as_mut().filter(|message| !key.is_empty() && message.contains(key)) {
                *message = message.replace(key, "[secret]");
            }
        }
        Error::Refused(Box::new(refusal))
    }
}

impl fmt::Debug for Spaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spaces").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// Reads the document of an answer.
fn read<T>(response: &Response, what: impl Fn(&Element) -> Option<T>) -> Result<T, Error> {
    let element = xml::parse(response.text()?).map_err(|problem| response.malformed(problem.to_string()))?;
    what(&element)
        .ok_or_else(|| response.malformed(format!("its document `{}` is not the one asked for", element.name)).into())
}

/// Reads a setting that may be unset, which the service calls an error.
fn read_if_set<T>(
    answer: Result<Response, Error>,
    unset: &str,
    what: impl Fn(&Element) -> Option<T>,
) -> Result<Option<T>, Error> {
    match answer {
        Ok(response) => read(&response, what).map(Some),
        Err(error) if error.code() == Some(unset) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What is not there any more is deleted.
fn gone(answer: Result<Response, Error>) -> Result<(), Error> {
    match answer {
        Err(error) if error.status() != Some(404) => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}
