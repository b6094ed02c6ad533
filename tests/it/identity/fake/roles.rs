//! Roles, and the users who have them.

use serde_json::{Value, json};

use super::call::{Answer, Call, page};
use super::payload::{Field, Kind, check};
use super::world::{Role, User, World};

const FIELDS: &[Field] = &[("name", true, Kind::Text), ("description", false, Kind::Text)];
const PAGES: &[&str] = &["page", "per_page", "include_totals", "from", "take"];

pub(crate) fn list(world: &mut World, call: &Call) -> Result<Answer, Answer> {
    call.needs(&["read:roles"])?;
    call.takes(&["page", "per_page", "include_totals", "name_filter"])?;
    let window = call.window(100)?;
    let filter = call.parameter("name_filter").unwrap_or_default().to_lowercase();
    let mut listed = Vec::new();
    for role in world.roles.clone() {
        // A part of the name is enough, in any case: whoever wants one role has to compare what comes.
        if role.name.to_lowercase().contains(&filter) && world.is_listed(&role.id) {
            listed.push(shown(&role));
        }
    }
    Ok(Answer::new(200, page(&window, "roles", &listed)))
}

pub(crate) fn create(world: &mut World, call: &Call) -> Result<Answer, Answer> {
    call.needs(&["create:roles"])?;
    let body = call.object()?;
    check(&body, FIELDS, false)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    is_free(world, &text("name"), None)?;
    let role = Role { id: world.id("rol"), name: text("name"), description: text("description") };
    world.hide(&role.id);
    world.roles.push(role.clone());
    // Not 201.
    Ok(Answer::new(200, shown(&role)))
}

pub(crate) fn read(world: &World, call: &Call, id: &str) -> Result<Answer, Answer> {
    call.needs(&["read:roles"])?;
    Ok(Answer::new(200, shown(&world.roles[position(world, id)?])))
}

pub(crate) fn update(world: &mut World, call: &Call, id: &str) -> Result<Answer, Answer> {
    call.needs(&["update:roles"])?;
    let body = call.object()?;
    check(&body, FIELDS, true)?;
    let position = position(world, id)?;
    if let Some(name) = body.get("name").and_then(Value::as_str) {
        is_free(world, name, Some(id))?;
        name.clone_into(&mut world.roles[position].name);
    }
    if let Some(description) = body.get("description").and_then(Value::as_str) {
        description.clone_into(&mut world.roles[position].description);
    }
    Ok(Answer::new(200, shown(&world.roles[position])))
}

pub(crate) fn delete(world: &mut World, call: &Call, id: &str) -> Result<Answer, Answer> {
    call.needs(&["delete:roles"])?;
    call.no_body()?;
    let position = position(world, id)?;
    world.roles.remove(position);
    for user in &mut world.users {
        user.roles.remove(id);
    }
    // Not 204.
    Ok(Answer::new(200, json!({})))
}

pub(crate) fn members(world: &World, call: &Call, id: &str) -> Result<Answer, Answer> {
    call.needs(&["read:users", "read:roles", "read:role_members"])?;
    call.takes(PAGES)?;
    position(world, id)?;
    let members = world.users.iter().filter(|user| user.roles.contains(id));
    let members: Vec<_> = members.map(shown_user).collect();
    Ok(Answer::new(200, page(&call.window(100)?, "users", &members)))
}

pub(crate) fn add_members(world: &mut World, call: &Call, id: &str) -> Result<Answer, Answer> {
    call.needs(&["update:roles"])?;
    call.needs(&["create:role_members"])?;
    let body = call.object()?;
    check(&body, &[("users", true, Kind::Texts)], false)?;
    position(world, id)?;
    for user in body["users"].as_array().into_iter().flatten() {
        user_mut(world, user.as_str().unwrap_or_default())?.roles.insert(id.to_owned());
    }
    Ok(Answer::new(200, json!({})))
}

pub(crate) fn users_by_email(world: &World, call: &Call) -> Result<Answer, Answer> {
    call.needs(&["read:users"])?;
    call.takes(&["email", "fields", "include_fields"])?;
    let email = call.parameter("email").unwrap_or_default();
    let users = world.users.iter().filter(|user| user.email == email).map(shown_user);
    Ok(Answer::new(200, json!(users.collect::<Vec<_>>())))
}

/// `GET`, `POST` and `DELETE` of `/users/{id}/roles`.
pub(crate) fn of_user(world: &mut World, call: &Call, id: &str) -> Result<Answer, Answer> {
    if call.method == "GET" {
        call.needs(&["read:users"])?;
        call.needs(&["read:roles"])?;
        call.takes(PAGES)?;
        let own = user_mut(world, id)?.roles.clone();
        let roles: Vec<_> = world.roles.iter().filter(|role| own.contains(&role.id)).map(shown).collect();
        return Ok(Answer::new(200, page(&call.window(100)?, "roles", &roles)));
    }
    call.needs(&["update:users"])?;
    let body = call.object()?;
    check(&body, &[("roles", true, Kind::Texts)], false)?;
    for role in body["roles"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        position(world, role)?;
        let roles = &mut user_mut(world, id)?.roles;
        if call.method == "POST" {
            roles.insert(role.to_owned());
        } else {
            roles.remove(role);
        }
    }
    Ok(Answer::empty(204))
}

fn shown(role: &Role) -> Value {
    json!({"id": role.id, "name": role.name, "description": role.description})
}

fn shown_user(user: &User) -> Value {
    json!({"user_id": user.id, "email": user.email, "email_verified": user.is_verified})
}

fn position(world: &World, id: &str) -> Result<usize, Answer> {
    let position = world.roles.iter().position(|role| role.id == id);
    position.ok_or_else(|| Answer::not_found("The role does not exist."))
}

fn user_mut<'a>(world: &'a mut World, id: &str) -> Result<&'a mut User, Answer> {
    let user = world.users.iter_mut().find(|user| user.id == id);
    user.ok_or_else(|| Answer::error(404, "The user does not exist.", Some("inexistent_user")))
}

/// Names of roles are unique, other than those of applications.
fn is_free(world: &World, name: &str, own: Option<&str>) -> Result<(), Answer> {
    let is_taken = world.roles.iter().any(|role| role.name == name && own != Some(&role.id));
    if is_taken { Err(Answer::error(409, "The specified role name already exists", None)) } else { Ok(()) }
}
