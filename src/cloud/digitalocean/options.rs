//! What `DigitalOcean` offers for clusters: versions, regions, sizes.

use serde::{Deserialize, Serialize};

use super::answer::nullable;
use super::{Call, DigitalOcean};
use crate::cloud::Error;
use crate::http::Method;

/// What may be asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// The versions of Kubernetes, newest first.
    #[serde(default, deserialize_with = "nullable")]
    pub versions: Vec<Version>,
    /// The regions that run clusters.
    #[serde(default, deserialize_with = "nullable")]
    pub regions: Vec<Named>,
    /// The sizes of Droplets that may be nodes.
    #[serde(default, deserialize_with = "nullable")]
    pub sizes: Vec<Named>,
}

/// A version of Kubernetes as it is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The whole name: `1.35.6-do.1`.
    pub slug: String,
    /// What Kubernetes calls it: `1.35.6`.
    #[serde(default, deserialize_with = "nullable")]
    pub kubernetes_version: String,
}

/// Something with a name for people and one for requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The name in requests.
    pub slug: String,
    /// The name for people.
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
}

/// Reads what is offered.
pub fn read() -> Call {
    let segments = ["kubernetes", "options"];
    Call::new(Method::Get, &segments, "kubernetes:read", "read what is offered for clusters")
}

impl DigitalOcean {
    /// What may be asked for.
    pub fn options(&self) -> Result<Options, Error> {
        self.one(&read(), "options")
    }
}
