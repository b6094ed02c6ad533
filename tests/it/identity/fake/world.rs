//! What the tenant holds.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::call::Answer;
use super::clock::{Clock, Limit};

/// Every scope that the commands need.
pub(crate) const SCOPES: &[&str] = &[
    "read:clients",
    "read:client_keys",
    "create:clients",
    "update:clients",
    "update:client_keys",
    "delete:clients",
    "read:connections",
    "update:connections",
    "read:roles",
    "create:roles",
    "update:roles",
    "delete:roles",
    "create:role_members",
    "read:role_members",
    "read:users",
    "update:users",
    "read:actions",
    "create:actions",
    "update:actions",
    "delete:actions",
];

#[derive(Debug, Clone)]
pub(crate) struct Connection {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) strategy: String,
    /// The ids of the applications whose users may come through it.
    pub(crate) clients: BTreeSet<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Role {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
}

#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) is_verified: bool,
    /// Ids of roles.
    pub(crate) roles: BTreeSet<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Action {
    pub(crate) id: String,
    pub(crate) name: String,
    /// As sent: code, runtime, dependencies, secrets, triggers.
    pub(crate) draft: Map<String, Value>,
    /// How many more times the build is looked at before it is done.
    pub(crate) polls_left: usize,
    pub(crate) status: &'static str,
    pub(crate) deploys_when_built: bool,
    /// What runs, and its number.
    pub(crate) deployed: Option<(u64, Map<String, Value>)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binding {
    pub(crate) action: String,
    pub(crate) display_name: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) expires: Duration,
}

/// The tenant. All of it may be set before the start and looked at afterwards.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) domain: String,
    /// The id of the application whose credentials the command has.
    pub(crate) manager: String,
    /// What applications may do in the Management API.
    pub(crate) grants: BTreeMap<String, BTreeSet<String>>,
    /// Applications as the service keeps them, secrets included, in the order of their creation.
    pub(crate) clients: Vec<Map<String, Value>>,
    pub(crate) connections: Vec<Connection>,
    pub(crate) roles: Vec<Role>,
    pub(crate) users: Vec<User>,
    pub(crate) actions: Vec<Action>,
    /// What runs after each login, in this order.
    pub(crate) bindings: Vec<Binding>,
    pub(crate) tokens: BTreeMap<String, Token>,
    /// A setting of the tenant, on by default: each new application may use every connection.
    pub(crate) enables_connections: bool,
    /// How often an action is looked at before it is built.
    pub(crate) build_polls: usize,
    pub(crate) builds_fail: bool,
    /// How many lists a new application, role or action is missing from.
    pub(crate) lag: usize,
    pub(crate) token_lifetime: Duration,
    pub(crate) clock: Clock,
    pub(crate) limit: Option<Limit>,
    /// Calls that only a mistake in the caller's code explains. A test of ours wants none.
    pub(crate) complaints: Vec<String>,
    /// Every secret and every token that was ever handed out: none of them may turn up in output or files.
    pub(crate) handed_out: Vec<String>,
    unlisted: BTreeMap<String, usize>,
    made: usize,
}

impl World {
    /// A new tenant: one database connection, the application that every tenant has, and one for the command.
    pub(crate) fn new() -> Self {
        let mut world = Self {
            domain: "example.eu.auth0.com".to_owned(),
            manager: String::new(),
            grants: BTreeMap::new(),
            clients: Vec::new(),
            connections: Vec::new(),
            roles: Vec::new(),
            users: Vec::new(),
            actions: Vec::new(),
            bindings: Vec::new(),
            tokens: BTreeMap::new(),
            enables_connections: true,
            build_polls: 2,
            builds_fail: false,
            lag: 0,
            token_lifetime: Duration::from_secs(86_400),
            clock: Clock::manual(),
            limit: None,
            complaints: Vec::new(),
            handed_out: Vec::new(),
            unlisted: BTreeMap::new(),
            made: 0,
        };
        let global = world.seed_client(json!({"name": "All Applications", "global": true, "callbacks": []}));
        world.manager = world.seed_client(json!({"name": "Command", "app_type": "non_interactive"}));
        let scopes = SCOPES.iter().map(|scope| (*scope).to_owned()).collect();
        world.grants.insert(world.manager.clone(), scopes);
        let clients = BTreeSet::from([world.manager.clone()]);
        assert!(!clients.contains(&global));
        let (id, name) = (world.id("con"), "Username-Password-Authentication".to_owned());
        world.connections.push(Connection { id, name, strategy: "auth0".to_owned(), clients });
        world
    }

    /// An application that somebody else made, by its fields; its id.
    pub(crate) fn seed_client(&mut self, fields: Value) -> String {
        let Value::Object(mut client) = fields else { panic!("an application is an object") };
        let id = self.id("client");
        client.insert("client_id".to_owned(), json!(id));
        let secret = self.secret("client-secret");
        client.insert("client_secret".to_owned(), json!(secret));
        client.entry("global").or_insert(json!(false));
        self.clients.push(client);
        id
    }

    /// A connection that nobody uses yet; its id.
    pub(crate) fn seed_connection(&mut self, name: &str, strategy: &str) -> String {
        let id = self.id("con");
        let (name, strategy) = (name.to_owned(), strategy.to_owned());
        self.connections.push(Connection { id: id.clone(), name, strategy, clients: BTreeSet::new() });
        id
    }

    /// A role that somebody else made; its id.
    pub(crate) fn seed_role(&mut self, name: &str, description: &str) -> String {
        let id = self.id("rol");
        self.roles.push(Role { id: id.clone(), name: name.to_owned(), description: description.to_owned() });
        id
    }

    /// A user whose address is verified; its id, with the bar that those of databases have.
    pub(crate) fn seed_user(&mut self, email: &str) -> String {
        let id = self.id("auth0|user");
        self.users.push(User { id: id.clone(), email: email.to_owned(), is_verified: true, roles: BTreeSet::new() });
        id
    }

    /// An action that runs after each login and is somebody else's; its id.
    pub(crate) fn seed_bound_action(&mut self, name: &str, code: &str) -> String {
        let id = self.id("act");
        let triggers = json!([{"id": "post-login", "version": "v3"}]);
        let draft = [("code", json!(code)), ("runtime", json!("node22")), ("supported_triggers", triggers)];
        let draft: Map<_, _> = draft.into_iter().map(|(field, value)| (field.to_owned(), value)).collect();
        let deployed = Some((1, draft.clone()));
        let (polls_left, status) = (0, "built");
        let action = Action {
            id: id.clone(),
            name: name.to_owned(),
            draft,
            polls_left,
            status,
            deploys_when_built: false,
            deployed,
        };
        self.actions.push(action);
        self.bindings.push(Binding { action: id.clone(), display_name: name.to_owned() });
        id
    }

    /// Lets the command do no more than `scopes`.
    pub(crate) fn grant_only(&mut self, scopes: &[&str]) {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self.grants.insert(self.manager.clone(), scopes);
    }

    /// The applications of a name; the service allows several.
    pub(crate) fn clients_named(&self, name: &str) -> Vec<&Map<String, Value>> {
        self.clients.iter().filter(|client| client.get("name") == Some(&json!(name))).collect()
    }

    pub(crate) fn role_named(&self, name: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.name == name)
    }

    pub(crate) fn action_named(&self, name: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.name == name)
    }

    pub(crate) fn secret_of(&self, client: &str) -> String {
        let client = self.clients.iter().find(|other| other["client_id"] == json!(client)).unwrap();
        client["client_secret"].as_str().unwrap().to_owned()
    }

    /// A new id.
    pub(crate) fn id(&mut self, kind: &str) -> String {
        self.made += 1;
        format!("{kind}_{:04}", self.made)
    }

    /// A new secret, which is remembered as one.
    pub(crate) fn secret(&mut self, kind: &str) -> String {
        self.made += 1;
        let secret = ["hush", kind, &self.made.to_string(), "hush"].join(".");
        self.handed_out.push(secret.clone());
        secret
    }

    /// Keeps something new out of the next lists, where the tenant is slow.
    pub(crate) fn hide(&mut self, id: &str) {
        self.unlisted.insert(id.to_owned(), self.lag);
    }

    /// Whether a list holds this already; asking counts as one list.
    pub(crate) fn is_listed(&mut self, id: &str) -> bool {
        match self.unlisted.get_mut(id) {
            Some(left) if *left > 0 => {
                *left -= 1;
                false
            }
            _ => true,
        }
    }

    /// Counts a call of the Management API, or refuses it.
    pub(crate) fn limit(&mut self) -> Result<(), Answer> {
        let now = self.clock.now();
        let Some(limit) = &mut self.limit else { return Ok(()) };
        let Err(free) = limit.take(now) else { return Ok(()) };
        let wait = free.saturating_sub(now).as_millis().div_ceil(1000);
        let answer = Answer::error(429, "Global limit has been reached", Some("too_many_requests"));
        let answer = if limit.says_when { answer.with("retry-after", wait.to_string()) } else { answer };
        Err(self.with_limits(answer))
    }

    /// The headers that say what is left.
    pub(crate) fn with_limits(&self, answer: Answer) -> Answer {
        let Some(limit) = &self.limit else { return answer };
        let now = self.clock.now();
        let reset = Clock::epoch(now + Duration::from_secs(1));
        let answer = answer.with("x-ratelimit-limit", limit.burst().to_string());
        answer
            .with("x-ratelimit-remaining", limit.remaining(now).to_string())
            .with("x-ratelimit-reset", reset.to_string())
    }
}
