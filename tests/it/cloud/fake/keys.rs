//! Spaces keys: their secret is shown once.

use serde_json::{Value, json};

use super::answer::{Answer, Fields, Outcome, page};
use super::api::Call;
use super::world::World;

/// What a key may do in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    /// Empty where the permission is `fullaccess`.
    pub(crate) bucket: String,
    /// `read`, `readwrite` or `fullaccess`.
    pub(crate) permission: String,
}

#[derive(Debug, Clone)]
#[expect(clippy::struct_field_names, reason = "the names of the API")]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) access_key: String,
    pub(crate) secret_key: String,
    pub(crate) grants: Vec<Grant>,
    pub(crate) created: u64,
}

impl Key {
    /// A key that may do everything, as people make it on the web page.
    pub(crate) fn full(world: &mut World, name: &str) -> Self {
        let number = world.number();
        Self {
            name: name.to_owned(),
            access_key: format!("ACCESS{number}"),
            // Made of parts, so that no text of this repository looks like a secret.
            secret_key: ["not", "a", "secret", &number.to_string()].join("-"),
            grants: vec![Grant { bucket: String::new(), permission: "fullaccess".to_owned() }],
            created: world.now,
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.grants.iter().any(|grant| grant.permission == "fullaccess")
    }

    fn value(&self) -> Value {
        let grants: Vec<_> =
            self.grants.iter().map(|it| json!({"bucket": it.bucket, "permission": it.permission})).collect();
        json!({
            "name": self.name, "access_key": self.access_key, "grants": grants,
            "created_at": World::time(self.created),
        })
    }
}

fn grants(fields: &Fields) -> Result<Option<Vec<Grant>>, Answer> {
    let Some(list) = fields.list("grants")? else { return Ok(None) };
    let mut grants = Vec::new();
    for grant in list {
        let grant = Fields::of(&grant, &["bucket", "permission"])?;
        let bucket = grant.text("bucket")?.ok_or_else(|| Answer::error(400, "bucket is required"))?;
        let permission = grant.needed("permission")?;
        match (permission.as_str(), bucket.is_empty()) {
            ("read" | "readwrite", false) | ("fullaccess", true) => {}
            _ => return Err(Answer::error(400, format!("invalid grant {permission} for bucket {bucket}"))),
        }
        grants.push(Grant { bucket, permission });
    }
    let full = grants.iter().filter(|grant| grant.permission == "fullaccess").count();
    if full > 0 && full < grants.len() {
        return Err(Answer::error(400, "cannot mix fullaccess permission with scoped permissions."));
    }
    Ok(Some(grants))
}

/// Everything below `/v2/spaces/keys`.
pub(crate) fn answer(world: &mut World, call: &Call<'_>, rest: &[&str]) -> Outcome {
    match (call.method, rest) {
        ("GET", []) => {
            let is_wanted = |key: &&Key| {
                let has = |wanted: &dyn Fn(&Grant) -> bool| key.grants.iter().any(wanted);
                world.is_listed(key.created)
                    && call.query("name").is_none_or(|name| key.name == name)
                    && call.query("bucket").is_none_or(|bucket| has(&|grant| grant.bucket == bucket))
                    && call.query("permission").is_none_or(|wanted| has(&|grant| grant.permission == wanted))
            };
            let mut all: Vec<_> = world.keys.iter().filter(is_wanted).map(Key::value).collect();
            if call.query("sort_direction") != Some("asc") {
                all.reverse();
            }
            page(call.path, &call.query, "keys", &all)
        }
        // Names need not be unique: a second call makes a second key.
        ("POST", []) => {
            let fields = Fields::parse(call.body, &["name", "grants"])?;
            let (name, grants) = (fields.needed("name")?, grants(&fields)?.unwrap_or_default());
            if world.keys.len() >= 200 {
                return Err(Answer::invalid("an account has at most 200 keys"));
            }
            let key = Key { grants, ..Key::full(world, &name) };
            let mut value = key.value();
            value["secret_key"] = json!(key.secret_key);
            world.keys.push(key);
            Ok(Answer::json(201, &json!({"key": value})))
        }
        (method, [access]) => {
            let index = world.keys.iter().position(|key| key.access_key == *access).ok_or_else(Answer::not_found)?;
            match method {
                "GET" => {}
                "PUT" | "PATCH" => {
                    let fields = Fields::parse(call.body, &["name", "grants"])?;
                    let mut key = world.keys[index].clone();
                    if fields.get("name").is_some() {
                        key.name = fields.needed("name")?;
                    }
                    if let Some(grants) = grants(&fields)? {
                        key.grants = grants;
                    }
                    if key.is_full() != world.keys[index].is_full() {
                        return Err(Answer::error(400, "cannot change between fullaccess and scoped permissions"));
                    }
                    world.keys[index] = key;
                }
                "DELETE" => {
                    world.keys.remove(index);
                    return Ok(Answer::empty(204));
                }
                _ => return Err(Answer::not_found()),
            }
            Ok(Answer::json(200, &json!({"key": world.keys[index].value()})))
        }
        _ => Err(Answer::not_found()),
    }
}
