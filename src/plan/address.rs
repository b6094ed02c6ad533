//! How a resource is called on the command line and in plans.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The kind of a resource and its name: `node_pool.tools`. The name may have dots.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Address {
    kind: String,
    name: String,
}

/// A text that is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no address of a resource, such as `node_pool.tools`")]
pub struct BadAddress(String);

impl Address {
    /// The address of the `kind` that is called `name`.
    pub fn new(kind: &str, name: impl fmt::Display) -> Self {
        Self { kind: kind.to_owned(), name: name.to_string() }
    }

    /// Reads what [`Display`](fmt::Display) writes.
    ///
    /// # Errors
    /// It has no kind, no dot or no name.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        match text.split_once('.') {
            Some((kind, name)) if is_kind(kind) && !name.is_empty() => Ok(Self::new(kind, name)),
            _ => Err(BadAddress(text.to_owned())),
        }
    }

    /// Whether a target of the command line means this resource: by its address, or by its kind for all of them.
    pub fn is_meant_by(&self, target: &str) -> bool {
        target == self.kind || target == self.to_string()
    }

    /// The kind, in lower case with underscores.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

fn is_kind(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.kind, self.name)
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

impl TryFrom<String> for Address {
    type Error = BadAddress;

    fn try_from(text: String) -> Result<Self, BadAddress> {
        Self::parse(&text)
    }
}
