//! Where users come from, and which applications they may come to.

use serde_json::{Value, json};

use super::call::{Answer, Call, Window, bad_body, page};
use super::payload::{Kind, check};
use super::world::{Connection, World};

pub(crate) fn list(world: &World, call: &Call) -> Result<Answer, Answer> {
    call.needs(&["read:connections"])?;
    call.takes(&[
        "page",
        "per_page",
        "include_totals",
        "from",
        "take",
        "strategy",
        "name",
        "fields",
        "include_fields",
    ])?;
    let window = call.window(100)?;
    let is_wanted = |name: &str, own: &str| call.parameter(name).is_none_or(|wanted| wanted == own);
    let wanted = world
        .connections
        .iter()
        .filter(|connection| is_wanted("strategy", &connection.strategy) && is_wanted("name", &connection.name));
    let shown = wanted.map(|connection| {
        let Connection { id, name, strategy, .. } = connection;
        json!({"id": id, "name": name, "strategy": strategy, "realms": [name]})
    });
    Ok(Answer::new(200, page(&window, "connections", &shown.collect::<Vec<_>>())))
}

pub(crate) fn clients(world: &World, call: &Call, id: &str) -> Result<Answer, Answer> {
    call.needs(&["read:connections"])?;
    call.takes(&["from", "take"])?;
    let connection = &world.connections[position(world, id)?];
    let clients: Vec<Value> = connection.clients.iter().map(|id| json!({"client_id": id})).collect();
    // Always wrapped, and never by page number.
    let window = match call.window(50)? {
        Window::Page { .. } => Window::After { from: 0, take: 50 },
        window @ Window::After { .. } => window,
    };
    Ok(Answer::new(200, page(&window, "clients", &clients)))
}

pub(crate) fn enable(world: &mut World, call: &Call, id: &str) -> Result<Answer, Answer> {
    call.needs(&["update:connections"])?;
    let changes = call.array()?;
    if changes.is_empty() || changes.len() > 50 {
        return Err(bad_body("Array must have 1 to 50 items"));
    }
    let position = position(world, id)?;
    for change in changes {
        let Value::Object(change) = change else { return Err(bad_body("Expected type object")) };
        check(&change, &[("client_id", true, Kind::Text), ("status", true, Kind::Flag)], false)?;
        let client = change["client_id"].as_str().unwrap_or_default().to_owned();
        if !world.clients.iter().any(|known| known["client_id"] == json!(client)) {
            return Err(Answer::error(404, "The client does not exist", Some("inexistent_client")));
        }
        let clients = &mut world.connections[position].clients;
        if change["status"] == json!(true) {
            clients.insert(client);
        } else {
            clients.remove(&client);
        }
    }
    Ok(Answer::empty(204))
}

fn position(world: &World, id: &str) -> Result<usize, Answer> {
    let position = world.connections.iter().position(|connection| connection.id == id);
    position.ok_or_else(|| Answer::error(404, "The connection does not exist", Some("inexistent_connection")))
}
