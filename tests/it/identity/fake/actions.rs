//! Actions: built some time after each change, deployed only when built, and run only where they are bound.

use serde_json::{Map, Value, json};

use super::call::{Answer, Call, Window, bad_body};
use super::payload::{Field, Kind, check};
use super::world::{Action, Binding, World};

const TRIGGER: &[Field] = &[("id", true, Kind::Word(&["post-login"])), ("version", true, Kind::Word(&["v2", "v3"]))];
const SECRET: &[Field] = &[("name", true, Kind::Text), ("value", true, Kind::Text)];
const DEPENDENCY: &[Field] =
    &[("name", true, Kind::Text), ("version", true, Kind::Text), ("registry_url", false, Kind::Text)];
const FIELDS: &[Field] = &[
    ("name", true, Kind::Text),
    ("supported_triggers", true, Kind::Objects(TRIGGER)),
    ("code", false, Kind::Text),
    // Those that are past their end are refused for new code.
    ("runtime", false, Kind::Word(&["node18", "node22"])),
    ("dependencies", false, Kind::Objects(DEPENDENCY)),
    ("secrets", false, Kind::Objects(SECRET)),
    ("deploy", false, Kind::Flag),
];

const REFERENCE: &[Field] =
    &[("type", true, Kind::Word(&["action_id", "action_name", "binding_id"])), ("value", true, Kind::Text)];
const BINDING: &[Field] = &[("ref", true, Kind::Object(REFERENCE)), ("display_name", false, Kind::Text)];

pub(crate) fn list(world: &mut World, call: &Call) -> Result<Answer, Answer> {
    call.needs(&["read:actions"])?;
    call.takes(&["page", "per_page", "triggerId", "actionName", "deployed", "installed"])?;
    let window = call.window(50)?;
    let (name, deployed) = (call.parameter("actionName"), call.flag("deployed")?);
    let mut listed = Vec::new();
    for action in world.actions.clone() {
        let is_wanted = name.is_none_or(|name| name == action.name)
            && deployed.is_none_or(|deployed| deployed == action.deployed.is_some());
        if is_wanted && world.is_listed(&action.id) {
            let position = position(world, &action.id)?;
            build(world, position);
            listed.push(shown(&world.actions[position]));
        }
    }
    Ok(Answer::new(200, wrapped(&window, "actions", &listed)))
}

pub(crate) fn create(world: &mut World, call: &Call) -> Result<Answer, Answer> {
    call.needs(&["create:actions"])?;
    let mut draft = call.object()?;
    check(&draft, FIELDS, false)?;
    let name = draft.remove("name").and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
    if world.actions.iter().any(|action| action.name == name) {
        return Err(Answer::error(409, "An action with that name already exists", None));
    }
    if world.actions.len() >= 100 {
        return Err(Answer::error(400, "You have reached the limit of 100 actions", None));
    }
    let deploys_when_built = draft.remove("deploy") == Some(json!(true));
    draft.entry("runtime").or_insert(json!("node22"));
    let (id, polls_left) = (world.id("act"), world.build_polls);
    let action = Action { id, name, draft, polls_left, status: "pending", deploys_when_built, deployed: None };
    world.hide(&action.id);
    world.actions.push(action.clone());
    Ok(Answer::new(201, shown(&action)))
}

pub(crate) fn read(world: &mut World, call: &Call, id: &str) -> Result<Answer, Answer> {
    call.needs(&["read:actions"])?;
    let position = position(world, id)?;
    build(world, position);
    Ok(Answer::new(200, shown(&world.actions[position])))
}

pub(crate) fn update(world: &mut World, call: &Call, id: &str) -> Result<Answer, Answer> {
    call.needs(&["update:actions"])?;
    let mut body = call.object()?;
    // `deploy` is for new ones only.
    check(&body, &FIELDS[..FIELDS.len() - 1], true)?;
    let (position, polls) = (position(world, id)?, world.build_polls);
    let action = &mut world.actions[position];
    if let Some(Value::String(name)) = body.remove("name") {
        action.name = name;
    }
    action.deploys_when_built = false;
    action.draft.extend(body);
    (action.status, action.polls_left) = ("pending", polls);
    Ok(Answer::new(200, shown(action)))
}

pub(crate) fn delete(world: &mut World, call: &Call, id: &str) -> Result<Answer, Answer> {
    call.needs(&["delete:actions"])?;
    call.takes(&["force"])?;
    let position = position(world, id)?;
    if call.flag("force")? == Some(true) {
        world.bindings.retain(|binding| binding.action != id);
    }
    if world.bindings.iter().any(|binding| binding.action == id) {
        return Err(Answer::error(400, "This action is bound to a trigger; unbind it first", None));
    }
    world.actions.remove(position);
    Ok(Answer::empty(204))
}

pub(crate) fn deploy(world: &mut World, call: &Call, id: &str) -> Result<Answer, Answer> {
    call.needs(&["create:actions"])?;
    call.no_body()?;
    let position = position(world, id)?;
    let action = &mut world.actions[position];
    if action.status != "built" {
        return Err(Answer::error(400, "A draft must be in the 'built' state before it can be deployed.", None));
    }
    let number = deploy_now(action);
    let mut version = shown_version(&action.draft, &action.id, number);
    // It is not yet, at this moment: the documented answer is 202. Recorded traffic has 200.
    version["deployed"] = json!(false);
    version["action"] = json!({"id": action.id, "name": action.name, "all_changes_deployed": false});
    Ok(Answer::new(202, version))
}

pub(crate) fn triggers(call: &Call) -> Result<Answer, Answer> {
    call.needs(&["read:actions"])?;
    let trigger = |version: &str, status: &str, runtimes: &[&str]| {
        json!({"id": "post-login", "version": version, "status": status, "runtimes": runtimes,
            "default_runtime": runtimes.last(), "binding_policy": "trigger-bound"})
    };
    let triggers = [
        trigger("v1", "DEPRECATED", &["node12"]),
        trigger("v2", "CURRENT", &["node18", "node22"]),
        trigger("v3", "CURRENT", &["node18", "node22"]),
    ];
    Ok(Answer::new(200, json!({"triggers": triggers})))
}

pub(crate) fn bindings(world: &World, call: &Call) -> Result<Answer, Answer> {
    call.needs(&["read:actions"])?;
    call.takes(&["page", "per_page"])?;
    let shown: Vec<_> = world.bindings.iter().map(|binding| shown_binding(world, binding)).collect();
    Ok(Answer::new(200, wrapped(&call.window(50)?, "bindings", &shown)))
}

/// The whole list is replaced: what is not sent runs no more.
pub(crate) fn bind(world: &mut World, call: &Call) -> Result<Answer, Answer> {
    call.needs(&["update:actions"])?;
    let body = call.object()?;
    check(&body, &[("bindings", true, Kind::Objects(BINDING))], false)?;
    let mut bindings = Vec::new();
    for sent in body["bindings"].as_array().into_iter().flatten() {
        let value = sent["ref"]["value"].as_str().unwrap_or_default();
        let by_name = sent["ref"]["type"] == json!("action_name");
        let is_meant = |action: &&Action| if by_name { action.name == value } else { action.id == value };
        let action = world.actions.iter().find(is_meant);
        let action = action.ok_or_else(|| Answer::error(404, "The action does not exist", None))?;
        if action.deployed.is_none() {
            return Err(Answer::error(400, "An action must be deployed before it can be bound", None));
        }
        let display_name = sent["display_name"].as_str().unwrap_or(&action.name).to_owned();
        let binding = Binding { action: action.id.clone(), display_name };
        if bindings.iter().any(|other: &Binding| other.action == binding.action) {
            return Err(bad_body("An action can be bound only once"));
        }
        bindings.push(binding);
    }
    if bindings.len() > 20 {
        return Err(bad_body("At most 20 actions can be bound to a trigger"));
    }
    world.bindings = bindings;
    let shown: Vec<_> = world.bindings.iter().map(|binding| shown_binding(world, binding)).collect();
    Ok(Answer::new(200, json!({"bindings": shown})))
}

/// A look at an action: its build is one step further.
fn build(world: &mut World, position: usize) {
    let fails = world.builds_fail;
    let action = &mut world.actions[position];
    if matches!(action.status, "built" | "failed") {
        return;
    }
    if action.polls_left > 0 {
        (action.status, action.polls_left) = ("building", action.polls_left - 1);
        return;
    }
    action.status = if fails { "failed" } else { "built" };
    if action.deploys_when_built && !fails {
        deploy_now(action);
    }
}

fn deploy_now(action: &mut Action) -> u64 {
    let number = action.deployed.as_ref().map_or(0, |(number, _)| *number) + 1;
    action.deployed = Some((number, action.draft.clone()));
    number
}

fn shown(action: &Action) -> Value {
    let mut fields = without_secrets(&action.draft);
    let is_deployed = action.deployed.as_ref().is_some_and(|(_, deployed)| *deployed == action.draft);
    fields.insert("id".to_owned(), json!(action.id));
    fields.insert("name".to_owned(), json!(action.name));
    fields.insert("status".to_owned(), json!(action.status));
    fields.insert("all_changes_deployed".to_owned(), json!(is_deployed));
    if let Some((number, deployed)) = &action.deployed {
        fields.insert("deployed_version".to_owned(), shown_version(deployed, &action.id, *number));
    }
    Value::Object(fields)
}

fn shown_version(draft: &Map<String, Value>, action: &str, number: u64) -> Value {
    let mut fields = without_secrets(draft);
    fields.insert("id".to_owned(), json!(format!("{action}-version-{number}")));
    fields.insert("number".to_owned(), json!(number));
    fields.insert("status".to_owned(), json!("built"));
    fields.insert("deployed".to_owned(), json!(true));
    Value::Object(fields)
}

fn shown_binding(world: &World, binding: &Binding) -> Value {
    let action = world.actions.iter().find(|action| action.id == binding.action).map(shown);
    let id = format!("bin_{}", binding.action);
    json!({"id": id, "trigger_id": "post-login", "action": action, "display_name": binding.display_name})
}

/// Values of secrets are never shown again.
fn without_secrets(draft: &Map<String, Value>) -> Map<String, Value> {
    let mut fields = draft.clone();
    for secret in fields.get_mut("secrets").and_then(Value::as_array_mut).into_iter().flatten() {
        *secret = json!({"name": secret["name"]});
    }
    fields
}

fn position(world: &World, id: &str) -> Result<usize, Answer> {
    let position = world.actions.iter().position(|action| action.id == id);
    position.ok_or_else(|| Answer::not_found("That action version or action could not be found."))
}

/// Lists of actions are always wrapped, and leave a page out that is the first.
fn wrapped(window: &Window, name: &str, items: &[Value]) -> Value {
    let Window::Page { page, per_page, .. } = *window else { return json!({name: items, "total": items.len()}) };
    let slice: Vec<_> = items.iter().skip(page * per_page).take(per_page).collect();
    let mut answer = json!({name: slice, "total": items.len(), "per_page": per_page});
    if page > 0 {
        answer["page"] = json!(page);
    }
    answer
}
