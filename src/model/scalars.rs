//! Single values with a meaning: names, hosts, images, quantities and so on.

use std::fmt;

use serde::Serialize;

/// The name of an environment: `values/<name>.yaml` and `out/<name>/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct EnvironmentName(String);

impl EnvironmentName {
    /// Checks that `name` is a DNS label: lower-case letters, digits and inner hyphens, 63 characters at most.
    ///
    /// # Errors
    /// Says what is wrong with the name.
    pub fn parse(name: &str) -> Result<Self, String> {
        let bytes = name.as_bytes();
        let edge = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let inner = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-';
        if bytes.len() <= 63 && edge(bytes.first()) && edge(bytes.last()) && bytes.iter().all(inner) {
            Ok(Self(name.to_owned()))
        } else {
            Err("an environment's name is made of lower-case letters, digits and inner hyphens".to_owned())
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EnvironmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
