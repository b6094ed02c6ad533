//! Where each region answers.

use crate::http::{BadUrl, Url};

/// What stands for the region in a template, as Terraform's provider writes it.
const REGION: &str = "{{.Region}}";

/// A template that is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadEndpoint {
    /// It is no address of the web.
    #[error("the endpoint of Spaces {0}")]
    Url(#[from] BadUrl),
    /// It would send signed requests over an open line.
    #[error("the endpoint of Spaces is not encrypted")]
    Plain,
}

impl BadEndpoint {
    /// What to do next, in one line.
    pub fn help(&self) -> &'static str {
        "set SPACES_ENDPOINT_URL to an address like `https://{{.Region}}.digitaloceanspaces.com`; `http://` is for this machine only"
    }
}

/// The addresses of the S3 API, one for each region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(String);

impl Default for Endpoint {
    /// `https://{{.Region}}.digitaloceanspaces.com`
    fn default() -> Self {
        Self(format!("https://{REGION}.digitaloceanspaces.com"))
    }
}

impl Endpoint {
    /// Reads a template in which `{{.Region}}` stands for the region, with or without spaces in it. One without it is
    /// the same for all regions, as that of a double is.
    ///
    /// # Errors
    /// Why it gives no address.
    pub fn parse(template: &str) -> Result<Self, BadEndpoint> {
        let endpoint = Self(template.trim().replace("{{ .Region }}", REGION));
        let url = endpoint.url("region")?;
        if url.is_https() || url.is_loopback() { Ok(endpoint) } else { Err(BadEndpoint::Plain) }
    }

    /// The address of a region.
    ///
    /// # Errors
    /// The region has characters that are none of a host.
    pub fn url(&self, region: &str) -> Result<Url, BadUrl> {
        // A slash or the like would lead to another host.
        if !region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(BadUrl::Host);
        }
        Url::parse(&self.0.replace(REGION, region))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_region_is_part_of_the_host() {
        for (template, expected) in [
            ("https://{{.Region}}.digitaloceanspaces.com", "https://fra1.digitaloceanspaces.com/"),
            (" https://{{ .Region }}.example.com/s3 ", "https://fra1.example.com/s3"),
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000/"),
        ] {
            let url = Endpoint::parse(template).unwrap().url("fra1").unwrap();
            assert_eq!(url.to_full_text(), expected);
        }
        let default = Endpoint::default();
        assert_eq!(Endpoint::parse(&default.0), Ok(default.clone()));
        assert_eq!(default.url("x/@example.com"), Err(BadUrl::Host));
    }

    #[test]
    fn a_template_is_an_encrypted_address_or_this_machine() {
        for (template, problem) in [
            ("{{.Region}}.example.com", BadEndpoint::Url(BadUrl::Scheme)),
            ("https://{{.Zone}}.example.com", BadEndpoint::Url(BadUrl::Character('{'))),
            ("http://{{.Region}}.example.com", BadEndpoint::Plain),
        ] {
            assert_eq!(Endpoint::parse(template), Err(problem), "{template}");
        }
    }
}
