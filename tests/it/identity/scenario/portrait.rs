//! A tenant and the files that belong to it, as one text with names in the places of ids.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use serde_json::{Map, Value};
use supercargo::seal::{KeyRing, SealedFile};
use supercargo::source::Source;

use crate::identity::fake::World;
use crate::support::key_pair;

/// Every id that there is, with a name for it.
pub(super) fn names(world: &World) -> Vec<(String, String)> {
    let mut names = Vec::new();
    for client in &world.clients {
        names.push((text(client, "client_id"), format!("<client {}>", text(client, "name"))));
    }
    names.extend(world.roles.iter().map(|it| (it.id.clone(), format!("<role {}>", it.name))));
    names.extend(world.users.iter().map(|it| (it.id.clone(), format!("<user {}>", it.email))));
    names.extend(world.actions.iter().map(|it| (it.id.clone(), format!("<action {}>", it.name))));
    names.extend(world.connections.iter().map(|it| (it.id.clone(), format!("<connection {}>", it.name))));
    names
}

/// A text with names in the places of ids.
pub(super) fn named(names: &[(String, String)], text: &str) -> String {
    names.iter().fold(text.to_owned(), |text, (id, name)| text.replace(id, name))
}

fn text(object: &Map<String, Value>, field: &str) -> String {
    object.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Everything that counts. What is bound stands in its order; other lists are sorted.
pub(super) fn of(world: &World, outputs: Option<String>, sealed: Option<&str>) -> String {
    let mut lines: Vec<String> = Vec::new();
    for client in &world.clients {
        let fields: BTreeMap<_, _> = client
            .iter()
            .filter(|(name, _)| *name != "client_secret")
            .map(|(name, it)| (name, it.to_string()))
            .collect();
        lines.push(format!("client {}: {fields:?}", text(client, "name")));
    }
    for it in &world.connections {
        let clients: BTreeSet<_> = it.clients.iter().map(|id| named(&names(world), id)).collect();
        lines.push(format!("connection {}: {}, {clients:?}", it.name, it.strategy));
    }
    lines.extend(world.roles.iter().map(|it| format!("role {}: {:?}", it.name, it.description)));
    for it in &world.users {
        let roles: BTreeSet<_> = it.roles.iter().map(|id| named(&names(world), id)).collect();
        lines.push(format!("user {}: {roles:?}", it.email));
    }
    for it in &world.actions {
        let runs = it.deployed.as_ref().map(|(_, deployed)| *deployed == it.draft);
        let draft: BTreeMap<_, _> = it.draft.iter().map(|(name, it)| (name, it.to_string())).collect();
        lines.push(format!("action {}: {}, what is written runs: {runs:?}, {draft:?}", it.name, it.status));
    }
    lines.sort();
    let bound = world.bindings.iter().map(|it| format!("{} as {}", it.action, it.display_name));
    lines.push(format!("after a login: {}", bound.collect::<Vec<_>>().join(", ")));
    lines.push(outputs.unwrap_or_else(|| "no outputs".to_owned()));
    lines.extend(opened(sealed).into_iter().map(|(id, key, it)| format!("sealed {id} {key}: {}", owner(world, &it))));
    named(&names(world), &lines.join("\n"))
}

/// What a sealed text is.
fn owner(world: &World, sealed: &str) -> String {
    let of = |field: &str| {
        let mut owners = world.clients.iter().filter(|client| text(client, field) == sealed);
        owners.next().map(|client| format!("the {field} of {}", text(client, "name")))
    };
    let is_known = world.handed_out.iter().any(|known| known == sealed);
    let other = || if is_known || sealed.starts_with("client_") { "of nobody any more" } else { "random" };
    of("client_id").or_else(|| of("client_secret")).unwrap_or_else(|| format!("{} {}", other(), sealed.len()))
}

/// What is sealed: Secret, key and text, in the order of the file.
pub(super) fn opened(sealed: Option<&str>) -> Vec<(String, String, String)> {
    let Some(sealed) = sealed else { return Vec::new() };
    let file = SealedFile::parse(&Source::new("sealed.yaml", sealed)).unwrap();
    let mut found = Vec::new();
    for (id, secret) in file.entries() {
        for (key, ciphertext) in &secret.encrypted_data {
            let open = |ring: &KeyRing| {
                let opened = ring.open(ciphertext, id, secret.scope, []).unwrap();
                std::str::from_utf8(opened.plaintext.as_bytes()).unwrap().to_owned()
            };
            found.push((id.to_string(), key.to_string(), remembered(ciphertext.as_str(), open)));
        }
    }
    found
}

/// Opens a text once: that takes its time, and many runs leave what is sealed as it is.
fn remembered(ciphertext: &str, open: impl FnOnce(&KeyRing) -> String) -> String {
    static OPENED: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
    if let Some(text) = OPENED.lock().unwrap().get(ciphertext) {
        return text.clone();
    }
    let mut ring = KeyRing::default();
    let [_, (path, key), _] = key_pair();
    ring.add(&Source::new(*path, key.as_str())).unwrap();
    let text = open(&ring);
    OPENED.lock().unwrap().insert(ciphertext.to_owned(), text.clone());
    text
}

/// The sealed texts that no provider has told.
pub(super) fn random(sealed: Option<&str>) -> Vec<String> {
    let told = ["client-id", "client-secret"];
    opened(sealed).into_iter().filter(|(_, key, _)| !told.contains(&key.as_str())).map(|(_, _, text)| text).collect()
}
