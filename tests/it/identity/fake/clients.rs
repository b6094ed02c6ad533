//! Applications. Names are no keys here: whoever creates twice has two.

use serde_json::{Map, Value, json};

use super::call::{Answer, Call, page};
use super::payload::{Field, Kind, check};
use super::world::World;

const GRANTS: &[&str] = &[
    "authorization_code",
    "implicit",
    "refresh_token",
    "client_credentials",
    "password",
    "urn:ietf:params:oauth:grant-type:device_code",
];

const TOKENS: &[Field] = &[
    ("lifetime_in_seconds", false, Kind::Number),
    ("secret_encoded", false, Kind::Flag),
    ("scopes", false, Kind::Any),
    ("alg", false, Kind::Word(&["HS256", "RS256", "RS512", "PS256"])),
];

const REFRESH: &[Field] = &[
    ("rotation_type", true, Kind::Word(&["rotating", "non-rotating"])),
    ("expiration_type", true, Kind::Word(&["expiring", "non-expiring"])),
    ("leeway", false, Kind::Number),
    ("token_lifetime", false, Kind::Number),
    ("infinite_token_lifetime", false, Kind::Flag),
    ("idle_token_lifetime", false, Kind::Number),
    ("infinite_idle_token_lifetime", false, Kind::Flag),
];

const FIELDS: &[Field] = &[
    ("name", true, Kind::Name),
    ("description", false, Kind::Short(140)),
    ("logo_uri", false, Kind::Text),
    ("callbacks", false, Kind::Addresses),
    ("allowed_logout_urls", false, Kind::Addresses),
    ("allowed_origins", false, Kind::Texts),
    ("web_origins", false, Kind::Addresses),
    ("initiate_login_uri", false, Kind::SecureAddress),
    ("grant_types", false, Kind::Words(GRANTS)),
    ("app_type", false, Kind::Word(&["native", "spa", "regular_web", "non_interactive"])),
    ("token_endpoint_auth_method", false, Kind::Word(&["none", "client_secret_post", "client_secret_basic"])),
    ("oidc_conformant", false, Kind::Flag),
    ("is_first_party", false, Kind::Flag),
    ("sso_disabled", false, Kind::Flag),
    ("cross_origin_authentication", false, Kind::Flag),
    ("custom_login_page_on", false, Kind::Flag),
    ("require_pushed_authorization_requests", false, Kind::Flag),
    ("organization_usage", false, Kind::Word(&["deny", "allow", "require"])),
    ("organization_require_behavior", false, Kind::Word(&["no_prompt", "pre_login_prompt", "post_login_prompt"])),
    ("jwt_configuration", false, Kind::Object(TOKENS)),
    ("refresh_token", false, Kind::Object(REFRESH)),
    ("oidc_logout", false, Kind::Any),
    ("client_metadata", false, Kind::Metadata),
];

pub(crate) fn list(world: &mut World, call: &Call) -> Result<Answer, Answer> {
    call.needs(&["read:clients", "read:client_keys"])?;
    call.takes(&[
        "page",
        "per_page",
        "include_totals",
        "from",
        "take",
        "is_global",
        "is_first_party",
        "app_type",
        "fields",
        "include_fields",
    ])?;
    let window = call.window(50)?;
    let mut listed = Vec::new();
    for client in world.clients.clone() {
        let matches = |name: &str, wanted: Option<bool>| {
            wanted.is_none_or(|wanted| client.get(name).and_then(Value::as_bool).unwrap_or(false) == wanted)
        };
        let is_of_type = call
            .parameter("app_type")
            .is_none_or(|types| types.split(',').any(|name| client.get("app_type").is_some_and(|own| own == name)));
        let is_wanted = matches("global", call.flag("is_global")?)
            && matches("is_first_party", call.flag("is_first_party")?)
            && is_of_type;
        if is_wanted && world.is_listed(id(&client)) {
            listed.push(chosen(&shown(&client, call), call)?);
        }
    }
    Ok(Answer::new(200, page(&window, "clients", &listed)))
}

pub(crate) fn create(world: &mut World, call: &Call) -> Result<Answer, Answer> {
    call.needs(&["create:clients"])?;
    let body = call.object()?;
    check(&body, FIELDS, false)?;
    let grants = json!(["authorization_code", "implicit", "refresh_token", "client_credentials"]);
    let mut client = Map::from_iter([
        ("tenant".to_owned(), json!(world.domain.split('.').next())),
        ("global".to_owned(), json!(false)),
        ("is_first_party".to_owned(), json!(true)),
        ("oidc_conformant".to_owned(), json!(false)),
        ("sso_disabled".to_owned(), json!(false)),
        ("cross_origin_authentication".to_owned(), json!(false)),
        ("custom_login_page_on".to_owned(), json!(true)),
        ("jwt_configuration".to_owned(), json!({"lifetime_in_seconds": 36000, "secret_encoded": false})),
        ("grant_types".to_owned(), grants),
        ("client_id".to_owned(), json!(world.id("client"))),
        ("client_secret".to_owned(), json!(world.secret("client-secret"))),
    ]);
    client.extend(body);
    let id = id(&client).to_owned();
    if world.enables_connections {
        for connection in &mut world.connections {
            connection.clients.insert(id.clone());
        }
    }
    world.hide(&id);
    world.clients.push(client.clone());
    Ok(Answer::new(201, Value::Object(client)))
}

pub(crate) fn read(world: &World, call: &Call, wanted: &str) -> Result<Answer, Answer> {
    call.needs(&["read:clients", "read:client_keys"])?;
    call.takes(&["fields", "include_fields"])?;
    let client = &world.clients[position(world, wanted)?];
    Ok(Answer::new(200, chosen(&shown(client, call), call)?))
}

pub(crate) fn update(world: &mut World, call: &Call, wanted: &str) -> Result<Answer, Answer> {
    call.needs(&["update:clients", "update:client_keys"])?;
    let body = call.object()?;
    check(&body, FIELDS, true)?;
    let position = position(world, wanted)?;
    let client = &mut world.clients[position];
    for (name, value) in body {
        // The one object that is merged: a name with `null` goes, names that are not sent stay.
        if name == "client_metadata" {
            let kept = client.entry(name).or_insert_with(|| json!({}));
            if let (Some(kept), Value::Object(sent)) = (kept.as_object_mut(), value) {
                kept.extend(sent);
                kept.retain(|_, value| !value.is_null());
            }
        } else {
            client.insert(name, value);
        }
    }
    Ok(Answer::new(200, shown(&world.clients[position], call)))
}

pub(crate) fn delete(world: &mut World, call: &Call, wanted: &str) -> Result<Answer, Answer> {
    call.needs(&["delete:clients"])?;
    // One that is not there is as good as deleted.
    let Ok(position) = position(world, wanted) else { return Ok(Answer::empty(204)) };
    if world.clients[position]["global"] == json!(true) {
        return Err(Answer::error(400, "The global client can't be deleted", None).complained());
    }
    world.clients.remove(position);
    for connection in &mut world.connections {
        connection.clients.remove(wanted);
    }
    Ok(Answer::empty(204))
}

pub(crate) fn rotate(world: &mut World, call: &Call, wanted: &str) -> Result<Answer, Answer> {
    call.needs(&["update:client_keys"])?;
    call.no_body()?;
    let position = position(world, wanted)?;
    let secret = world.secret("rotated-secret");
    let client = &mut world.clients[position];
    client.insert("client_secret".to_owned(), json!(secret));
    Ok(Answer::new(200, Value::Object(client.clone())))
}

fn id(client: &Map<String, Value>) -> &str {
    client["client_id"].as_str().unwrap()
}

fn position(world: &World, wanted: &str) -> Result<usize, Answer> {
    let position = world.clients.iter().position(|client| id(client) == wanted);
    position.ok_or_else(|| Answer::error(404, "The client does not exist", Some("inexistent_client")))
}

/// An application as this caller may see it.
fn shown(client: &Map<String, Value>, call: &Call) -> Value {
    let mut client = client.clone();
    if !call.may("read:client_keys") {
        client.remove("client_secret");
    }
    Value::Object(client)
}

/// Only the fields that were asked for, or all but those.
fn chosen(client: &Value, call: &Call) -> Result<Value, Answer> {
    let Some(fields) = call.parameter("fields") else { return Ok(client.clone()) };
    let is_kept = call.flag("include_fields")?.unwrap_or(true);
    let entries = client.as_object().into_iter().flatten();
    let kept = entries.filter(|(name, _)| fields.split(',').any(|field| field == *name) == is_kept);
    Ok(Value::Object(kept.map(|(name, value)| (name.clone(), value.clone())).collect()))
}
