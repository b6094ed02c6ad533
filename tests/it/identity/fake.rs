//! A tenant of Auth0: its Authentication API and as much of its Management API as we use, with the traps of the real
//! one.
//!
//! It is meant to be stricter than the service where that shows a mistake of ours: a field, a parameter or a call that
//! it does not know is refused, and noted as a complaint. Shapes and statuses are those of recorded traffic and of the
//! published description of the API; where both are silent, the stricter reading was taken.

mod actions;
mod call;
mod clients;
mod clock;
mod connections;
mod payload;
mod roles;
mod tokens;
mod world;

use std::sync::{Arc, Mutex, MutexGuard};

pub(crate) use self::clock::{Clock, Limit};
pub(crate) use self::world::{SCOPES, World};

use self::call::{Answer, Call};
use super::faults::Faults;
use crate::loopback::{Received, Reply, Server};

/// The tenant, behind a server.
pub(crate) struct Auth0 {
    server: Server,
    world: Arc<Mutex<World>>,
    faults: Faults,
}

impl Auth0 {
    pub(crate) fn start(world: World) -> Self {
        let world = Arc::new(Mutex::new(world));
        let faults = Faults::default();
        let (for_server, planned) = (Arc::clone(&world), faults.clone());
        let server =
            Server::start(move |received| planned.around(|| reply(&answer(&mut for_server.lock().unwrap(), received))));
        Self { server, world, faults }
    }

    /// What the tenant holds, to look at and to change. Nothing is answered while the guard lives.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    pub(crate) fn faults(&self) -> &Faults {
        &self.faults
    }

    pub(crate) fn url(&self, path: &str) -> String {
        self.server.url(path)
    }

    /// Method and target of every request so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.server.lines()
    }

    /// The requests that may have changed something, as method and path without the query.
    pub(crate) fn writes(&self) -> Vec<String> {
        let lines = self.lines();
        let writes = lines.iter().filter(|line| !line.starts_with("GET ") && *line != "POST /oauth/token");
        writes.map(|line| line.split('?').next().unwrap_or_default().to_owned()).collect()
    }

    /// The environment variables with which the command speaks to this tenant.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        let world = self.world();
        vec![
            ("AUTH0_DOMAIN", world.domain.clone()),
            ("AUTH0_CLIENT_ID", world.manager.clone()),
            ("AUTH0_CLIENT_SECRET", world.secret_of(&world.manager)),
            ("AUTH0_API_URL", self.url("")),
        ]
    }
}

/// What the tenant does for a request, and says.
fn answer(world: &mut World, received: &Received) -> Answer {
    let target = &received.target;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let outcome = match path {
        "/oauth/token" => tokens::issue(world, received),
        "/.well-known/openid-configuration" => tokens::discovery(world, received),
        _ => match path.strip_prefix("/api/v2/") {
            Some(path) => manage(world, received, path, query),
            None => Err(Answer::not_found("Not Found").complained()),
        },
    };
    let (Ok(answer) | Err(answer)) = outcome;
    if answer.is_complaint {
        world.complaints.push(format!("{}: {}", received.line(), answer.message()));
    }
    answer
}

/// A call of the Management API: limits first, then the token, then the call itself.
fn manage(world: &mut World, received: &Received, path: &str, query: &str) -> Result<Answer, Answer> {
    world.limit()?;
    let scopes = tokens::scopes(world, received)?;
    let call = Call::new(received, path, query, scopes);
    let parts: Vec<&str> = call.path.iter().map(String::as_str).collect();
    let answer = match (received.method.as_str(), parts.as_slice()) {
        ("GET", ["clients"]) => clients::list(world, &call),
        ("POST", ["clients"]) => clients::create(world, &call),
        ("GET", ["clients", id]) => clients::read(world, &call, id),
        ("PATCH", ["clients", id]) => clients::update(world, &call, id),
        ("DELETE", ["clients", id]) => clients::delete(world, &call, id),
        ("POST", ["clients", id, "rotate-secret"]) => clients::rotate(world, &call, id),
        ("GET", ["connections"]) => connections::list(world, &call),
        ("GET", ["connections", id, "clients"]) => connections::clients(world, &call, id),
        ("PATCH", ["connections", id, "clients"]) => connections::enable(world, &call, id),
        ("GET", ["roles"]) => roles::list(world, &call),
        ("POST", ["roles"]) => roles::create(world, &call),
        ("GET", ["roles", id]) => roles::read(world, &call, id),
        ("PATCH", ["roles", id]) => roles::update(world, &call, id),
        ("DELETE", ["roles", id]) => roles::delete(world, &call, id),
        ("GET", ["roles", id, "users"]) => roles::members(world, &call, id),
        ("POST", ["roles", id, "users"]) => roles::add_members(world, &call, id),
        ("GET", ["users-by-email"]) => roles::users_by_email(world, &call),
        ("GET" | "POST" | "DELETE", ["users", id, "roles"]) => roles::of_user(world, &call, id),
        ("GET", ["actions", "actions"]) => actions::list(world, &call),
        ("POST", ["actions", "actions"]) => actions::create(world, &call),
        ("GET", ["actions", "actions", id]) => actions::read(world, &call, id),
        ("PATCH", ["actions", "actions", id]) => actions::update(world, &call, id),
        ("DELETE", ["actions", "actions", id]) => actions::delete(world, &call, id),
        ("POST", ["actions", "actions", id, "deploy"]) => actions::deploy(world, &call, id),
        ("GET", ["actions", "triggers"]) => actions::triggers(&call),
        ("GET", ["actions", "triggers", "post-login", "bindings"]) => actions::bindings(world, &call),
        ("PATCH", ["actions", "triggers", "post-login", "bindings"]) => actions::bind(world, &call),
        _ => Err(Answer::not_found("Not Found").complained()),
    };
    let (Ok(answer) | Err(answer)) = answer;
    Ok(world.with_limits(answer))
}

fn reply(answer: &Answer) -> Reply {
    let body = answer.body.as_ref().map(ToString::to_string).unwrap_or_default();
    let reply = Reply::status(answer.status, body).with("content-type", "application/json; charset=utf-8");
    answer.headers.iter().fold(reply, |reply, (name, value)| reply.with(name, value.clone()))
}
