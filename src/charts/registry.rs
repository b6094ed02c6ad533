//! OCI registries, as far as pulling a chart needs them (the distribution specification): tags, manifest, blob, and the
//! token that most ask for.
//!
//! A client of our own: those that there are come with an asynchronous runtime and a second HTTP stack, more than a
//! hundred crates for four requests. It reads only, and only what is public.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::lock::Digest;
use super::remote::RemoteError;
use crate::http::{Client, Request, Response, Secret, Url};

/// The layer of a manifest that is the chart's archive.
const LAYER: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// How many pages of tags are read: a registry that always has one more would never end.
const PAGES: usize = 200;

/// What comes before the path of a chart in a registry.
pub(super) const SCHEME: &str = "oci://";

/// The registries of a run, with the tokens that they gave.
#[derive(Debug, Default)]
pub(super) struct Registries {
    tokens: Mutex<BTreeMap<String, Secret>>,
}

/// A chart's place in a registry.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The address of the registry.
    pub(super) registry: Url,
    /// The path of the repository there, with the chart's name at its end.
    pub(super) path: String,
}

impl Place {
    fn url(&self, rest: &str) -> Url {
        self.registry.below(&format!("v2/{}/{rest}", self.path))
    }
}

impl Registries {
    /// Every tag of a chart.
    pub(super) fn tags(&self, client: &Client, place: &Place) -> Result<Vec<String>, RemoteError> {
        let mut tags = Vec::new();
        let mut next = Some(place.url("tags/list").with_query(&[("n", "1000")]));
        for _ in 0..PAGES {
            let Some(url) = next else { return Ok(tags) };
            let response = self.get(client, place, Request::get(url.clone()))?.success()?;
            let page = response.json()?;
            let list = page.get("tags").and_then(Value::as_array).into_iter().flatten();
            tags.extend(list.filter_map(Value::as_str).map(str::to_owned));
            next = following(&response, &url)?;
        }
        Err(RemoteError::Registry(format!("the list of tags has more than {PAGES} pages")))
    }

    /// The archive behind a tag, by the digest that its manifest names.
    pub(super) fn archive(
        &self,
        client: &Client,
        place: &Place,
        tag: &str,
        limit: u64,
    ) -> Result<(Vec<u8>, Digest), RemoteError> {
        let accept = format!("{MANIFEST}, application/vnd.docker.distribution.manifest.v2+json");
        let request = Request::get(place.url(&format!("manifests/{tag}"))).header("accept", accept);
        let response = self.get(client, place, request)?.success()?;
        // A header, and so only as good as the connection; it shows a cache that mixes things up.
        if let Some(named) = response.header("docker-content-digest").and_then(Digest::parse) {
            let found = Digest::of(&response.body);
            if named != found {
                return Err(RemoteError::Digest { what: "manifest", named, found });
            }
        }
        let (digest, size) = layer(&response.json()?)?;
        if size > limit {
            return Err(RemoteError::Registry(format!("the archive has {} MiB", size / (1024 * 1024))));
        }
        let request = Request::get(place.url(&format!("blobs/{digest}"))).limit(limit);
        let bytes = self.get(client, place, request)?.success()?.body;
        let found = Digest::of(&bytes);
        if found == digest {
            Ok((bytes, digest))
        } else {
            Err(RemoteError::Digest { what: "archive", named: digest, found })
        }
    }

    /// The answer to a request, with a token where the registry asks for one.
    fn get(&self, client: &Client, place: &Place, request: Request) -> Result<Response, RemoteError> {
        let key = place.url("").to_string();
        let known = self.tokens.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let with = |request: &Request, token: Option<&Secret>| match token {
            Some(token) => request.clone().secret("authorization", token.as_bearer()),
            None => request.clone(),
        };
        let response = client.send(&with(&request, known.as_ref()))?;
        if response.status != 401 {
            return Ok(response);
        }
        // Tokens live for minutes: an old one is as good as none.
        let token = token(client, place, &response)?;
        let response = client.send(&with(&request, Some(&token)))?;
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).insert(key, token);
        Ok(response)
    }
}

/// A token for reading, from the service that the registry names.
fn token(client: &Client, place: &Place, refusal: &Response) -> Result<Secret, RemoteError> {
    let challenges: Vec<_> = refusal.headers("www-authenticate").filter_map(challenge).collect();
    let needs_login = || RemoteError::Login(place.registry.host().to_owned());
    let parameters = challenges.into_iter().next().ok_or_else(needs_login)?;
    let realm = parameters.get("realm").ok_or_else(needs_login)?;
    let bad = |problem: String| RemoteError::Registry(format!("it sends to `{realm}` for a token, {problem}"));
    let url = place.registry.join(realm).map_err(|problem| bad(format!("which {problem}")))?;
    if place.registry.is_https() && !url.is_https() {
        return Err(bad("which is not encrypted".to_owned()));
    }
    let scope = format!("repository:{}:pull", place.path);
    let mut query = vec![("scope", parameters.get("scope").unwrap_or(&scope).as_str())];
    query.extend(parameters.get("service").map(|service| ("service", service.as_str())));
    let response = client.send(&Request::get(url.with_query(&query)))?;
    if matches!(response.status, 401 | 403) {
        return Err(needs_login());
    }
    let response = response.success()?;
    let answer = response.json()?;
    let token = ["token", "access_token"].iter().find_map(|key| answer.get(key)?.as_str());
    token.map(Secret::new).ok_or_else(|| response.malformed("it holds no token").into())
}

/// The parameters of a challenge that asks for a token: `Bearer realm="…",service="…",scope="a,b"`.
fn challenge(header: &str) -> Option<BTreeMap<String, String>> {
    let (scheme, mut rest) = header.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let mut parameters = BTreeMap::new();
    while let Some((name, value)) = rest.split_once('=') {
        let name = name.trim_matches([' ', ',']).to_ascii_lowercase();
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => value.split_once(',').unwrap_or((value, "")),
        };
        parameters.insert(name, value.to_owned());
        rest = after;
    }
    Some(parameters)
}

/// Digest and size of the layer that is the archive.
fn layer(manifest: &Value) -> Result<(Digest, u64), RemoteError> {
    let layers = manifest.get("layers").and_then(Value::as_array).into_iter().flatten();
    let is_chart = |layer: &&Value| layer.get("mediaType").and_then(Value::as_str) == Some(LAYER);
    let found = layers.into_iter().find(is_chart).and_then(|layer| {
        let digest = Digest::parse(layer.get("digest")?.as_str()?.strip_prefix("sha256:")?)?;
        Some((digest, layer.get("size").and_then(Value::as_u64)?))
    });
    found.ok_or_else(|| RemoteError::Registry("what the tag names is no Helm chart".to_owned()))
}

/// The next page of a list, by the header `Link: <…>; rel="next"`.
fn following(response: &Response, here: &Url) -> Result<Option<Url>, RemoteError> {
    let link = response.headers("link").find(|link| link.contains("rel=\"next\"") || link.contains("rel=next"));
    let Some(link) = link.and_then(|link| link.split_once('<')?.1.split_once('>')) else { return Ok(None) };
    let next = here.join(link.0).map_err(|problem| response.malformed(format!("its next page {problem}")))?;
    // It gets the token, so it has to be the same registry.
    if next.has_origin_of(here) { Ok(Some(next)) } else { Err(response.malformed("its next page is elsewhere").into()) }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_read() {
        let header =
            r#"Bearer realm="https://example.com/token?x=1",service="example.com", scope="repository:a/b:pull,push""#;
        let found = challenge(header).unwrap();
        let of = |name: &str| found.get(name).map(String::as_str);
        assert_eq!(of("realm"), Some("https://example.com/token?x=1"));
        assert_eq!(of("service"), Some("example.com"));
        assert_eq!(of("scope"), Some("repository:a/b:pull,push"));
        assert_eq!(challenge("Bearer realm=x,service=y").unwrap().len(), 2);
        assert_eq!(challenge(r#"Basic realm="x""#), None);
        assert_eq!(challenge("Bearer"), None);
    }

    #[test]
    fn the_layer_of_the_chart_is_found_among_others() {
        let digest = Digest::of(b"x");
        let manifest = |media_type: &str, digest: &str| {
            serde_json::json!({"layers": [
                {"mediaType": "application/vnd.cncf.helm.chart.provenance.v1.prov", "digest": "sha256:0", "size": 1},
                {"mediaType": media_type, "digest": digest, "size": 7},
            ]})
        };
        assert_eq!(layer(&manifest(LAYER, digest.as_str())).unwrap(), (digest.clone(), 7));
        assert!(layer(&manifest("application/vnd.oci.image.layer.v1.tar+gzip", digest.as_str())).is_err());
        assert!(layer(&manifest(LAYER, "sha512:0")).is_err());
    }
}
