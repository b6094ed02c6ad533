//! The API of DigitalOcean: who may ask, what is asked for, and what every answer carries.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::answer::{Answer, Fields, Outcome, page};
use super::world::World;
use super::{clusters, domains, keys, pools, projects, vpcs};
use crate::loopback::Received;

/// A call that has been let in.
pub(crate) struct Call<'a> {
    pub(crate) method: &'a str,
    /// As it was sent, without the query.
    pub(crate) path: &'a str,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: &'a [u8],
    headers: &'a BTreeMap<String, String>,
    scopes: Option<BTreeSet<String>>,
}

impl Call<'_> {
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The whole body.
    pub(crate) fn json(&self) -> Result<Value, Answer> {
        serde_json::from_slice(self.body).map_err(|_| Answer::error(400, "the body is no JSON"))
    }

    /// Whether the token has a scope. Without it fields are left out, without a word.
    pub(crate) fn may(&self, scope: &str) -> bool {
        self.scopes.as_ref().is_none_or(|scopes| scopes.contains(scope))
    }
}

/// Takes `%3A` for `:`.
pub(crate) fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let code = behind.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        let byte = code.and_then(|code| u8::from_str_radix(code, 16).ok()).filter(|_| first == b'%');
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() { &behind[2..] } else { behind };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Path, and decoded names and values of the query.
pub(crate) fn split(target: &str) -> (&str, Vec<(String, String)>) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    (path, pairs.map(|(name, value)| (decoded(name), decoded(value))).collect())
}

/// Answers a request for a path that begins with `/v2/`.
pub(crate) fn answer(world: &mut World, received: &Received, number: usize) -> Answer {
    let answer = admitted(world, received).unwrap_or_else(|refusal| refusal);
    // The window slides: each request is forgotten an hour after it was made.
    let left = 5000_usize.saturating_sub(number);
    answer
        .with("ratelimit-limit", "5000")
        .with("ratelimit-remaining", left.to_string())
        .with("ratelimit-reset", (world.epoch() + 3600).to_string())
        .with("x-request-id", format!("request-{number}"))
}

fn admitted(world: &mut World, received: &Received) -> Outcome {
    let unauthorized = || Answer::error(401, "Unable to authenticate you");
    let token = received.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let token = token.ok_or_else(unauthorized)?;
    let token = world.tokens.iter().find(|known| known.text == token).ok_or_else(unauthorized)?;
    let (path, query) = split(&received.target);
    let segments: Vec<_> = path.split('/').skip(2).map(decoded).collect();
    let segments: Vec<_> = segments.iter().map(String::as_str).collect();
    let (method, body) = (received.method.as_str(), received.body.as_slice());
    let call = Call { method, path, query, body, headers: &received.headers, scopes: token.scopes.clone() };
    if !scopes(method, &segments).iter().any(|scope| call.may(scope)) {
        return Err(Answer::error(403, "You are not authorized to perform this operation"));
    }
    if !body.is_empty() && !call.header("content-type").is_some_and(|it| it.starts_with("application/json")) {
        return Err(Answer::error(415, "send a body as application/json"));
    }
    match segments.as_slice() {
        ["kubernetes", "clusters", rest @ ..] => clusters::answer(world, &call, rest),
        ["kubernetes", "options"] if method == "GET" => Ok(Answer::json(200, &world.options())),
        ["kubernetes", kind @ ("registry" | "registries")] => integrate(world, &call, *kind == "registries"),
        ["registry"] if method == "GET" => {
            let name = world.registries.first().ok_or_else(Answer::not_found)?;
            Ok(Answer::json(200, &json!({"registry": {"name": name}})))
        }
        ["registries"] if method == "GET" => {
            let all: Vec<_> = world.registries.iter().map(|name| json!({"name": name})).collect();
            Ok(Answer::json(200, &json!({"registries": all})))
        }
        ["vpcs", rest @ ..] => vpcs::answer(world, &call, rest),
        ["projects", rest @ ..] => projects::answer(world, &call, rest),
        ["domains", rest @ ..] => domains::answer(world, &call, rest),
        ["spaces", "keys", rest @ ..] => keys::answer(world, &call, rest),
        ["tags", rest @ ..] => tags(world, &call, rest),
        _ => Err(Answer::not_found()),
    }
}

/// One of these a token needs.
fn scopes(method: &str, segments: &[&str]) -> Vec<String> {
    let verb = match method {
        "GET" | "HEAD" => "read",
        "POST" => "create",
        "DELETE" => "delete",
        _ => "update",
    };
    let of = |kind: &str, verbs: &[&str]| verbs.iter().map(|verb| format!("{kind}:{verb}")).collect();
    match (segments, verb) {
        (["kubernetes", _, _, "kubeconfig" | "credentials"], _) => of("kubernetes", &["access_cluster"]),
        (["kubernetes", "clusters", _, "destroy_with_associated_resources", _], _) => of("kubernetes", &["delete"]),
        (["kubernetes", "clusters", _, _, ..] | ["kubernetes", "registry" | "registries"], "create" | "delete") => {
            of("kubernetes", &["update"])
        }
        (["kubernetes", ..], verb) => of("kubernetes", &[verb]),
        (["projects", _, "resources"], "create") => of("project", &["assign_resource"]),
        (["domains", _, "records", ..], "create" | "delete") => of("domain", &[verb, "update"]),
        (["spaces", "keys", ..], "create") => of("spaces_key", &["create_credentials"]),
        (["spaces", "keys", ..], verb) => of("spaces_key", &[verb]),
        ([kind @ ("projects" | "domains" | "vpcs" | "tags"), ..], verb) => of(kind.trim_end_matches('s'), &[verb]),
        (_, verb) => of("registry", &[verb]),
    }
}

/// Lets clusters pull from the account's registries, or no longer.
fn integrate(world: &mut World, call: &Call<'_>, is_plural: bool) -> Outcome {
    let allowed: &[&str] = if is_plural { &["cluster_uuids", "registries"] } else { &["cluster_uuids"] };
    let fields = Fields::parse(call.body, allowed)?;
    let ids = fields.texts("cluster_uuids")?.unwrap_or_default();
    let names = match fields.texts("registries")? {
        Some(names) => names,
        None => world.registries.iter().take(1).cloned().collect(),
    };
    if names.is_empty() || names.iter().any(|name| !world.registries.contains(name)) {
        return Err(Answer::error(404, "registry not found"));
    }
    if ids.iter().any(|id| !world.clusters.iter().any(|cluster| cluster.id == *id)) {
        return Err(Answer::error(404, "cluster not found"));
    }
    for cluster in world.clusters.iter_mut().filter(|cluster| ids.contains(&cluster.id)) {
        cluster.registries.retain(|name| !names.contains(name));
        match call.method {
            "POST" => cluster.registries.extend(names.iter().cloned()),
            "DELETE" => {}
            _ => return Err(Answer::not_found()),
        }
    }
    Ok(Answer::empty(204))
}

/// Names of tags; what carries them is told by its own kind.
fn tags(world: &mut World, call: &Call<'_>, rest: &[&str]) -> Outcome {
    let value = |name: &str| json!({"name": name, "resources": {"count": 0}});
    let find = |world: &World, name: &str| {
        world.tags.iter().position(|tag| tag.eq_ignore_ascii_case(name)).ok_or_else(Answer::not_found)
    };
    match (call.method, rest) {
        ("GET", []) => {
            let all: Vec<_> = world.tags.iter().map(|name| value(name)).collect();
            page(call.path, &call.query, "tags", &all)
        }
        ("POST", []) => {
            let name = Fields::parse(call.body, &["name"])?.needed("name")?;
            if pools::valid_tags(std::slice::from_ref(&name)).is_err() {
                // The one place with errors of another shape.
                let text = format!("Error validating resource tag: \"tag-name {name} contains invalid characters\"");
                let cause = format!("rpc error: code = InvalidArgument desc = {text}");
                let body = json!({"error": text, "messages": null, "root_causes": [cause]});
                return Err(Answer::json(400, &body));
            }
            let first = world.tag(&[name]).remove(0);
            Ok(Answer::json(201, &json!({"tag": value(&first)})))
        }
        ("GET", [name]) => {
            let index = find(world, name)?;
            Ok(Answer::json(200, &json!({"tag": value(&world.tags[index])})))
        }
        ("DELETE", [name]) => {
            let tag = world.tags.remove(find(world, name)?);
            for cluster in &mut world.clusters {
                cluster.tags.retain(|it| *it != tag);
                cluster.pools.iter_mut().for_each(|pool| pool.tags.retain(|it| *it != tag));
            }
            Ok(Answer::empty(204))
        }
        _ => Err(Answer::not_found()),
    }
}
