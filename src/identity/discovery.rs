//! What any OIDC provider says of itself, held to what the values say of it: the document that `OpenID` Connect Discovery
//! 1.0 describes, and the keys that it points to.
//!
//! [`check`] and [`check_keys`] are pure; [`verify`] fetches what they look at. Nothing here needs a login.

use serde::Deserialize;

use super::Error;
use crate::http::{self, Client, Request, Url};
use crate::model::{Identity, WebUrl};

/// Where the document is, below the issuer.
const DOCUMENT: &str = ".well-known/openid-configuration";

/// The largest document and the largest set of keys that are read: 1 MiB.
const LIMIT: u64 = 1024 * 1024;

/// The scopes that the platform's services ask for.
const SCOPES: [&str; 3] = ["openid", "profile", "email"];

/// A value, as keys from the top.
pub type Path = &'static [&'static str];

/// How sure the platform is of something that it relies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It is as it has to be.
    Good,
    /// The provider does not say; it may be all right.
    Unsaid,
    /// Logins will fail.
    Bad,
}

/// What was found of one thing that the platform relies on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The value that it is about.
    pub path: Path,
    /// How it stands.
    pub standing: Standing,
    /// What was found: lower case, no full stop.
    pub message: String,
    /// What to do, in one line; empty where nothing has to be done.
    pub help: String,
}

impl Verdict {
    fn good(path: Path, message: impl Into<String>) -> Self {
        Self { path, standing: Standing::Good, message: message.into(), help: String::new() }
    }

    fn unsaid(path: Path, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { path, standing: Standing::Unsaid, message: message.into(), help: help.into() }
    }

    fn bad(path: Path, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { path, standing: Standing::Bad, message: message.into(), help: help.into() }
    }
}

/// The discovery document, as far as it matters here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Document {
    /// The issuer, as it will stand in every token.
    pub issuer: String,
    /// Where people log in.
    pub authorization_endpoint: Option<String>,
    /// Where a code becomes a token.
    pub token_endpoint: Option<String>,
    /// Who somebody is.
    pub userinfo_endpoint: Option<String>,
    /// The keys that tokens are signed with.
    pub jwks_uri: Option<String>,
    /// What a login may ask for.
    pub response_types_supported: Option<Vec<String>>,
    /// How a login may prove that it is the one that began.
    pub code_challenge_methods_supported: Option<Vec<String>>,
    /// How tokens are signed.
    pub id_token_signing_alg_values_supported: Option<Vec<String>>,
    /// What may be asked about somebody.
    pub scopes_supported: Option<Vec<String>>,
    /// What tokens may say of somebody.
    pub claims_supported: Option<Vec<String>>,
}

/// The keys that a provider signs with (RFC 7517).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Keys {
    keys: Vec<Key>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Key {
    kty: String,
    #[serde(rename = "use")]
    usage: Option<String>,
}

/// Asks the provider of `identity` about itself: at its issuer, or at `elsewhere` where a test plays its part.
///
/// # Errors
/// Its document could not be fetched, or is none. Keys that can't be fetched are a verdict.
pub fn verify(client: &Client, identity: &Identity, elsewhere: Option<&Url>) -> Result<Vec<Verdict>, Error> {
    let document: Document = match elsewhere {
        Some(base) => fetch(client, base.below(DOCUMENT))?,
        None => fetch(client, issuer_url(identity)?.below(DOCUMENT))?,
    };
    let mut verdicts = check(identity, &document);
    if let Some(url) = document.jwks_uri.as_deref().and_then(|url| Url::parse(url).ok()).filter(may_ask) {
        verdicts.push(match fetch::<Keys>(client, url) {
            Ok(keys) => check_keys(&keys),
            Err(error) => Verdict::bad(ISSUER, format!("its keys can't be read: {error}"), error.help()),
        });
    }
    Ok(verdicts)
}

/// The values hold issuers to a narrower form than this, so this does not fail.
fn issuer_url(identity: &Identity) -> Result<Url, Error> {
    Url::parse(identity.issuer.as_str()).map_err(|_| Error::NoAddress(identity.issuer.to_string()))
}

fn fetch<T: serde::de::DeserializeOwned>(client: &Client, url: Url) -> Result<T, http::Error> {
    let response = client.send(&Request::get(url).limit(LIMIT).compressed())?.success()?;
    let text = response.text()?;
    serde_json::from_str(text)
        .map_err(|error| response.malformed(format!("its body is not what was expected: {error}")))
}

/// Whether an address may be asked: over TLS, or on this machine.
fn may_ask(url: &Url) -> bool {
    url.is_https() || url.is_loopback()
}

const ISSUER: Path = &["identity", "issuer"];
const AUTHORIZATION: Path = &["identity", "endpoints", "authorization"];
const TOKEN: Path = &["identity", "endpoints", "token"];
const USERINFO: Path = &["identity", "endpoints", "userinfo"];
const GROUPS_CLAIM: Path = &["identity", "groupsClaim"];

/// Holds the document to what the values say, and to what the platform's services need.
pub fn check(identity: &Identity, document: &Document) -> Vec<Verdict> {
    let mut found = vec![issuer(identity, document)];
    let named = identity.endpoints.as_ref();
    let mut endpoint = |path: Path, name: &str, found_there: Option<&String>, wanted: Option<&WebUrl>| {
        found.push(endpoint_verdict(path, name, found_there.map(String::as_str), wanted.map(WebUrl::as_str)));
    };
    let authorization = document.authorization_endpoint.as_ref();
    endpoint(AUTHORIZATION, "authorization_endpoint", authorization, named.map(|named| &named.authorization));
    endpoint(TOKEN, "token_endpoint", document.token_endpoint.as_ref(), named.map(|named| &named.token));
    endpoint(USERINFO, "userinfo_endpoint", document.userinfo_endpoint.as_ref(), named.map(|named| &named.userinfo));
    endpoint(ISSUER, "jwks_uri", document.jwks_uri.as_ref(), None);
    found.push(one_of("response_types_supported", document.response_types_supported.as_deref(), &["code"]));
    found.push(one_of(
        "code_challenge_methods_supported",
        document.code_challenge_methods_supported.as_deref(),
        &["S256"],
    ));
    let algorithms = document.id_token_signing_alg_values_supported.as_deref();
    found.push(one_of("id_token_signing_alg_values_supported", algorithms, &["RS256", "ES256"]));
    found.push(scopes(document.scopes_supported.as_deref()));
    found.push(groups_claim(identity, document.claims_supported.as_deref()));
    found
}

fn issuer(identity: &Identity, document: &Document) -> Verdict {
    let wanted = identity.issuer.as_str();
    let named = document.issuer.as_str();
    if wanted == named {
        return Verdict::good(ISSUER, format!("the provider calls itself `{named}`, as the values do"));
    }
    let message = if wanted.trim_end_matches('/') == named.trim_end_matches('/') {
        format!("the provider calls itself `{named}`, and the values `{wanted}`: the slash at the end is part of it")
    } else {
        format!("the provider calls itself `{named}`, and the values `{wanted}`")
    };
    Verdict::bad(ISSUER, message, format!("set `identity.issuer: {named}`: tokens name their issuer exactly"))
}

fn endpoint_verdict(path: Path, name: &str, found: Option<&str>, wanted: Option<&str>) -> Verdict {
    let Some(found) = found else {
        return Verdict::bad(path, format!("the provider names no `{name}`"), "ask its operator for one");
    };
    match Url::parse(found) {
        Err(problem) => {
            return Verdict::bad(
                path,
                format!("`{name}` is `{found}`, which {problem}"),
                "ask its operator to mend it",
            );
        }
        Ok(url) if !may_ask(&url) => {
            return Verdict::bad(
                path,
                format!("`{name}` is `{found}`, without TLS"),
                "ask its operator for one with TLS",
            );
        }
        Ok(_) => {}
    }
    match wanted {
        Some(wanted) if wanted != found => Verdict::bad(
            path,
            format!("`{name}` is `{found}`, and the values say `{wanted}`"),
            format!("set `{}: {found}`", path.join(".")),
        ),
        _ => Verdict::good(path, format!("`{name}` is `{found}`")),
    }
}

/// Whether the provider can do one of several things.
fn one_of(name: &str, supported: Option<&[String]>, wanted: &[&str]) -> Verdict {
    let names: Vec<_> = wanted.iter().map(|name| format!("`{name}`")).collect();
    let names = names.join(" or ");
    let Some(supported) = supported else {
        let message = format!("the provider does not say what its `{name}` are");
        return Verdict::unsaid(ISSUER, message, format!("see that {names} is one of them"));
    };
    match wanted.iter().find(|wanted| supported.iter().any(|supported| supported == *wanted)) {
        Some(found) => Verdict::good(ISSUER, format!("`{name}` has `{found}`")),
        None => Verdict::bad(ISSUER, format!("`{name}` has no {names}"), "switch it on at the provider"),
    }
}

fn scopes(supported: Option<&[String]>) -> Verdict {
    let Some(supported) = supported else {
        let message = "the provider does not say what its `scopes_supported` are";
        return Verdict::unsaid(ISSUER, message, "see that it knows `openid`, `profile` and `email`");
    };
    let missing: Vec<_> = SCOPES.iter().filter(|scope| supported.iter().all(|supported| supported != *scope)).collect();
    if missing.is_empty() {
        return Verdict::good(ISSUER, "`scopes_supported` has `openid`, `profile` and `email`");
    }
    let names: Vec<_> = missing.iter().map(|scope| format!("`{scope}`")).collect();
    let message = format!("`scopes_supported` has no {}", names.join(" and no "));
    Verdict::bad(ISSUER, message, "switch it on at the provider: the platform's services ask for it at each login")
}

/// Providers need not list the claims that their own users define, so an absent one proves nothing.
fn groups_claim(identity: &Identity, supported: Option<&[String]>) -> Verdict {
    let claim = identity.groups_claim.as_str();
    if supported.is_some_and(|supported| supported.iter().any(|supported| supported == claim)) {
        return Verdict::good(GROUPS_CLAIM, format!("`claims_supported` has `{claim}`"));
    }
    Verdict::unsaid(
        GROUPS_CLAIM,
        format!("the provider does not list the claim `{claim}`, and need not"),
        "log in once, and see that the token has it",
    )
}

/// Whether there is a key to verify signatures with.
pub fn check_keys(keys: &Keys) -> Verdict {
    let signs = |key: &&Key| key.usage.as_deref().is_none_or(|usage| usage == "sig") && key.kty != "oct";
    match keys.keys.iter().filter(signs).count() {
        0 => Verdict::bad(ISSUER, "the provider publishes no key to verify tokens with", "ask its operator for one"),
        1 => Verdict::good(ISSUER, "the provider publishes 1 key to verify tokens with"),
        count => Verdict::good(ISSUER, format!("the provider publishes {count} keys to verify tokens with")),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn identity(extra: &Value) -> Identity {
        let mut section = json!({
            "provider": "oidc",
            "issuer": "https://login.example.com/",
            "groupsClaim": "https://example.com/groups",
        });
        section.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        serde_json::from_value(section).unwrap()
    }

    fn document(change: impl Fn(&mut Value)) -> Document {
        let mut document = json!({
            "issuer": "https://login.example.com/",
            "authorization_endpoint": "https://login.example.com/authorize",
            "token_endpoint": "https://login.example.com/oauth/token",
            "userinfo_endpoint": "https://login.example.com/userinfo",
            "jwks_uri": "https://login.example.com/.well-known/jwks.json",
            "response_types_supported": ["code", "token"],
            "code_challenge_methods_supported": ["S256", "plain"],
            "id_token_signing_alg_values_supported": ["HS256", "RS256"],
            "scopes_supported": ["openid", "profile", "email", "address"],
            "claims_supported": ["sub", "https://example.com/groups"],
        });
        change(&mut document);
        serde_json::from_value(document).unwrap()
    }

    /// What is not good of a document, each on a line.
    fn found(extra: &Value, change: impl Fn(&mut Value)) -> Vec<String> {
        let verdicts = check(&identity(extra), &document(change)).into_iter();
        let not_good = verdicts.filter(|verdict| verdict.standing != Standing::Good);
        not_good.map(|it| format!("{:?} {}: {}", it.standing, it.path.join("."), it.message)).collect()
    }

    #[test]
    fn a_provider_that_says_everything_is_good() {
        assert_eq!(found(&json!({}), |_| {}), [""; 0]);
        let endpoints = json!({"endpoints": {
            "authorization": "https://login.example.com/authorize",
            "token": "https://login.example.com/oauth/token",
            "userinfo": "https://login.example.com/userinfo",
        }});
        assert_eq!(found(&endpoints, |_| {}), [""; 0]);
    }

    #[test]
    fn an_issuer_is_compared_to_the_last_slash() {
        let slash = check(&identity(&json!({"issuer": "https://login.example.com"})), &document(|_| {})).remove(0);
        assert_eq!(
            slash.message,
            "the provider calls itself `https://login.example.com/`, and the values `https://login.example.com`: the \
             slash at the end is part of it"
        );
        assert!(slash.help.starts_with("set `identity.issuer: https://login.example.com/`"), "{}", slash.help);
        let other = found(&json!({}), |document| document["issuer"] = json!("https://other.example.com/"));
        assert!(other[0].starts_with("Bad identity.issuer") && !other[0].contains("slash"), "{other:?}");
    }

    #[test]
    fn what_a_login_needs_is_there() {
        type Change = fn(&mut Value);
        let cases: [(Change, &str); 8] = [
            (|it| it["jwks_uri"] = Value::Null, "Bad identity.issuer: the provider names no `jwks_uri`"),
            (
                |it| it["token_endpoint"] = json!("http://login.example.com/t"),
                "Bad identity.endpoints.token: `token_endpoint` is `http://login.example.com/t`, without TLS",
            ),
            (
                |it| it["userinfo_endpoint"] = json!("nowhere"),
                "Bad identity.endpoints.userinfo: `userinfo_endpoint` is `nowhere`, which does not begin with \
                 `https://` or `http://`",
            ),
            (
                |it| it["response_types_supported"] = json!(["token"]),
                "Bad identity.issuer: `response_types_supported` has no `code`",
            ),
            (
                |it| it["code_challenge_methods_supported"] = Value::Null,
                "Unsaid identity.issuer: the provider does not say what its `code_challenge_methods_supported` are",
            ),
            (
                |it| it["id_token_signing_alg_values_supported"] = json!(["HS256"]),
                "Bad identity.issuer: `id_token_signing_alg_values_supported` has no `RS256` or `ES256`",
            ),
            (
                |it| it["scopes_supported"] = json!(["openid", "email"]),
                "Bad identity.issuer: `scopes_supported` has no `profile`",
            ),
            (
                |it| it["claims_supported"] = json!(["sub"]),
                "Unsaid identity.groupsClaim: the provider does not list the claim `https://example.com/groups`, and \
                 need not",
            ),
        ];
        for (change, expected) in cases {
            assert_eq!(found(&json!({}), change), [expected]);
        }
    }

    #[test]
    fn endpoints_of_the_values_are_those_of_the_provider() {
        let endpoints = json!({"endpoints": {
            "authorization": "https://login.example.com/authorize",
            "token": "https://login.example.com/token",
            "userinfo": "https://login.example.com/userinfo",
        }});
        let expected = "Bad identity.endpoints.token: `token_endpoint` is `https://login.example.com/oauth/token`, and \
                        the values say `https://login.example.com/token`";
        assert_eq!(found(&endpoints, |_| {}), [expected]);
    }

    #[test]
    fn a_key_to_verify_with_is_public_and_for_signatures() {
        let standing = |keys: Value| check_keys(&serde_json::from_value(json!({ "keys": keys })).unwrap()).standing;
        assert_eq!(standing(json!([{"kty": "RSA", "use": "sig"}])), Standing::Good);
        assert_eq!(standing(json!([{"kty": "EC"}])), Standing::Good);
        assert_eq!(standing(json!([])), Standing::Bad);
        assert_eq!(standing(json!([{"kty": "RSA", "use": "enc"}, {"kty": "oct"}])), Standing::Bad);
    }
}
