//! `render seal list`: every secret that the platform needs, and what to type for those that are not there.

use std::fmt::Write as _;

use serde_json::{Value, json};
use supercargo::model::{EnvironmentName, SecretKey, SecretNeed};
use supercargo::seal::{Item, State, inventory};

use super::{Trouble, Vault};
use crate::Status;
use crate::args::GlobalArguments;
use crate::args::seal::ListArguments;
use crate::commands::count;
use crate::terminal::Terminal;

pub(super) fn run(arguments: &ListArguments, global: &GlobalArguments, terminal: &Terminal) -> Result<Status, Trouble> {
    let vault = Vault::open(&arguments.environment, global)?;
    let needs = vault.values()?.secret_needs();
    let file = vault.sealed()?;
    let mut items = inventory(&needs, file.entries());
    // What is to be done stands together at the top.
    items.sort_by_key(Item::state);
    if terminal.is_json() {
        for item in &items {
            terminal.json(&to_json(item));
        }
        return Ok(Status::Success);
    }
    for item in &items {
        terminal.data(&paragraph(item, &vault.environment));
    }
    let ready = items.iter().filter(|item| item.state() == State::Present).count();
    terminal.say(&format!("{}: {ready} of {} sealed", vault.environment, count(needs.len(), "secret")));
    let certificate = supercargo::seal::certificate_path(&vault.environment);
    if ready < needs.len() && !vault.store.is_there(&certificate) {
        let environment = &vault.environment;
        terminal.help(&format!(
            "there is no certificate to seal with yet: `render seal cert fetch --env {environment}` gets the one of a \
             running cluster, `render seal init --env {environment}` makes one for a cluster to come"
        ));
    }
    Ok(Status::Success)
}

fn to_json(item: &Item<'_>) -> Value {
    let keys = |need: &SecretNeed| {
        need.keys.iter().map(|key| json!({ "key": key.key.as_str(), "meaning": key.meaning })).collect::<Vec<_>>()
    };
    json!({
        "secret": item.id.as_str(),
        "state": item.state().name(),
        "missing": item.missing_keys().iter().map(|key| key.as_str()).collect::<Vec<_>>(),
        "need": item.need.map(|need| json!({
            "type": need.kind.as_str(),
            "keys": keys(need),
            "readers": need.readers,
            "purpose": need.purpose,
            "source": need.source,
        })),
    })
}

/// One line for what is in order, a few for what is to be done.
fn paragraph(item: &Item<'_>, environment: &EnvironmentName) -> String {
    let (id, state) = (item.id, item.state());
    let mut text = format!("{id}   {}\n", state.name());
    let Some(need) = item.need.filter(|_| state != State::Present) else { return text };
    let missing = item.missing_keys();
    let mut line = |name: &str, what: &str| {
        let _ = writeln!(text, "  {name:<5} {what}");
    };
    line("for", &format!("{}, read by {}", need.purpose, need.readers.join(" and ")));
    if !need.source.is_empty() {
        line("from", &need.source);
    }
    for key in need.keys.iter().filter(|key| missing.contains(&&key.key)) {
        line("key", &format!("{}: {}", key.key, key.meaning));
    }
    line("type", &command(need, &missing, environment));
    text
}

/// What seals the rest of `need`.
fn command(need: &SecretNeed, missing: &[&SecretKey], environment: &EnvironmentName) -> String {
    let id = &need.id;
    let keys: Vec<&str> = missing.iter().map(|key| key.as_str()).collect();
    match need.kind.as_str() {
        "kubernetes.io/dockerconfigjson" => {
            format!(
                "render seal docker-registry --env {environment} {id} --docker-server SERVER --docker-username NAME"
            )
        }
        "Opaque" => format!("render seal set --env {environment} {id} {}", keys.join(" ")),
        kind => format!("render seal set --env {environment} {id} --type {kind} {}", keys.join(" ")),
    }
    .trim_end()
    .to_owned()
}
