//! The Authentication API: tokens for a program, and what the tenant says of itself. Its errors have a shape of their
//! own.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::call::{Answer, pairs};
use super::world::{Token, World};
use crate::loopback::Received;

/// `POST /oauth/token`, as JSON or as a form.
pub(crate) fn issue(world: &mut World, received: &Received) -> Result<Answer, Answer> {
    if received.method != "POST" {
        return Err(refusal(404, "not_found", "Not Found").complained());
    }
    let fields = fields(received).ok_or_else(|| refusal(400, "invalid_request", "Bad body").complained())?;
    let known = ["grant_type", "client_id", "client_secret", "audience", "scope"];
    if let Some(name) = fields.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(refusal(400, "invalid_request", &format!("Unknown field {name}")).complained());
    }
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    if field("grant_type") != "client_credentials" {
        return Err(refusal(403, "unsupported_grant_type", "Unsupported grant type").complained());
    }
    let is = |client: &serde_json::Map<String, Value>| {
        client["client_id"] == json!(field("client_id")) && client["client_secret"] == json!(field("client_secret"))
    };
    if !world.clients.iter().any(is) {
        return Err(refusal(401, "access_denied", "Unauthorized"));
    }
    let audience = field("audience");
    // To the byte: without the final slash, or with a custom domain, there is no such service.
    if audience != format!("https://{}/api/v2/", world.domain) {
        let problem = format!("Service not enabled within domain: {audience}");
        return Err(refusal(403, "access_denied", &problem).complained());
    }
    let Some(scopes) = world.grants.get(field("client_id")).cloned() else {
        let problem = "Client is not authorized to access the resource server. Create a client grant for it.";
        return Err(refusal(403, "access_denied", problem));
    };
    let token = world.secret("access-token");
    let scope = scopes.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    let expires = world.clock.now() + world.token_lifetime;
    world.tokens.insert(token.clone(), Token { scopes, expires });
    let lifetime = world.token_lifetime.as_secs();
    let body = json!({"access_token": token, "scope": scope, "expires_in": lifetime, "token_type": "Bearer"});
    Ok(Answer::new(200, body))
}

/// `GET /.well-known/openid-configuration`.
pub(crate) fn discovery(world: &World, received: &Received) -> Result<Answer, Answer> {
    if received.method != "GET" {
        return Err(Answer::not_found("Not Found").complained());
    }
    let at = |path: &str| format!("https://{}/{path}", world.domain);
    let body = json!({
        "issuer": at(""),
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("oauth/token"),
        "userinfo_endpoint": at("userinfo"),
        "jwks_uri": at(".well-known/jwks.json"),
        "end_session_endpoint": at("oidc/logout"),
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "response_types_supported": ["code", "id_token", "code id_token"],
        "code_challenge_methods_supported": ["S256", "plain"],
        "id_token_signing_alg_values_supported": ["HS256", "RS256", "PS256"],
        "claims_supported": ["aud", "email", "exp", "iat", "iss", "name", "sub"],
    });
    Ok(Answer::new(200, body))
}

/// What the bearer of the request's token may do.
pub(crate) fn scopes(world: &World, received: &Received) -> Result<BTreeSet<String>, Answer> {
    let unauthorized = |message: &str| {
        let mut answer = Answer::error(401, message, None);
        if let Some(body) = &mut answer.body {
            body["attributes"] = json!({"error": message});
        }
        answer
    };
    let Some(token) = received.header("authorization").and_then(|value| value.strip_prefix("Bearer ")) else {
        return Err(unauthorized("Missing authentication"));
    };
    match world.tokens.get(token) {
        None => Err(unauthorized("Invalid token")),
        Some(token) if token.expires <= world.clock.now() => {
            Err(unauthorized("Expired token received for JSON Web Token validation"))
        }
        Some(token) => Ok(token.scopes.clone()),
    }
}

fn fields(received: &Received) -> Option<BTreeMap<String, String>> {
    match received.header("content-type")?.split(';').next()? {
        "application/json" => serde_json::from_slice(&received.body).ok(),
        "application/x-www-form-urlencoded" => Some(pairs(std::str::from_utf8(&received.body).ok()?)),
        _ => None,
    }
}

fn refusal(status: u16, error: &str, description: &str) -> Answer {
    Answer::new(status, json!({"error": error, "error_description": description}))
}
