//! Projects: folders of resources. Each resource is in exactly one of them.

use serde_json::{Value, json};

use super::answer::{Answer, Fields, Outcome, page};
use super::api::Call;
use super::world::World;

/// Any other purpose is stored behind `Other: `.
const PURPOSES: [&str; 9] = [
    "Just trying out DigitalOcean",
    "Class project / Educational purposes",
    "Website or blog",
    "Web Application",
    "Service or API",
    "Mobile Application",
    "Machine learning / AI / Data processing",
    "IoT",
    "Operational / Developer tooling",
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resource {
    /// Such as `do:kubernetes:ID`.
    pub(crate) urn: String,
    pub(crate) assigned: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct Project {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) purpose: String,
    pub(crate) environment: Option<String>,
    pub(crate) is_default: bool,
    pub(crate) created: u64,
    pub(crate) resources: Vec<Resource>,
}

impl Project {
    /// The project that every account has.
    pub(crate) fn default_one(id: String) -> Self {
        Self {
            id,
            name: "first-project".to_owned(),
            description: String::new(),
            purpose: PURPOSES[0].to_owned(),
            environment: None,
            is_default: true,
            created: 0,
            resources: Vec::new(),
        }
    }

    fn value(&self) -> Value {
        let mut value = json!({
            "id": self.id, "owner_uuid": "00000000-0000-4000-8000-00000000000a", "owner_id": 10,
            "name": self.name, "description": self.description, "purpose": self.purpose,
            "is_default": self.is_default,
            "created_at": World::time(self.created), "updated_at": World::time(self.created),
        });
        if let Some(environment) = &self.environment {
            value["environment"] = json!(environment);
        }
        value
    }

    /// Takes over what is sent.
    fn update(&mut self, fields: &Fields) -> Result<(), Answer> {
        let too_long = |name: &str, most: usize| Answer::invalid(format!("{name} is longer than {most} characters"));
        if fields.get("name").is_some() {
            self.name = fields.needed("name")?;
        }
        self.description = fields.text("description")?.unwrap_or_else(|| self.description.clone());
        if fields.get("purpose").is_some() {
            let purpose = fields.needed("purpose")?;
            let is_known = PURPOSES.contains(&purpose.as_str()) || purpose.starts_with("Other: ");
            self.purpose = if is_known { purpose } else { format!("Other: {purpose}") };
        }
        if let Some(environment) = fields.text("environment")? {
            let known = ["Development", "Staging", "Production"];
            let known = known.into_iter().find(|known| known.eq_ignore_ascii_case(&environment));
            self.environment = Some(known.ok_or_else(|| Answer::invalid("environment is invalid"))?.to_owned());
        }
        for (name, text, most) in
            [("name", &self.name, 175), ("description", &self.description, 255), ("purpose", &self.purpose, 255)]
        {
            if text.chars().count() > most {
                return Err(too_long(name, most));
            }
        }
        Ok(())
    }
}

impl World {
    /// Where everything new lands.
    pub(crate) fn assign_to_default(&mut self, urn: &str) {
        let assigned = self.now;
        if let Some(project) = self.projects.iter_mut().find(|project| project.is_default) {
            project.resources.push(Resource { urn: urn.to_owned(), assigned });
        }
    }

    /// The project that holds a resource.
    pub(crate) fn project_of(&self, urn: &str) -> Option<&Project> {
        self.projects.iter().find(|project| project.resources.iter().any(|resource| resource.urn == urn))
    }
}

/// Everything below `/v2/projects`.
pub(crate) fn answer(world: &mut World, call: &Call<'_>, rest: &[&str]) -> Outcome {
    let Some((&id, rest)) = rest.split_first() else {
        return match call.method {
            "GET" => {
                let listed = world.projects.iter().filter(|project| world.is_listed(project.created));
                let all: Vec<_> = listed.map(Project::value).collect();
                page(call.path, &call.query, "projects", &all)
            }
            "POST" => create(world, call),
            _ => Err(Answer::not_found()),
        };
    };
    let is_meant = |project: &Project| if id == "default" { project.is_default } else { project.id == id };
    let index = world.projects.iter().position(is_meant).ok_or_else(Answer::not_found)?;
    match (call.method, rest) {
        ("GET", []) => {}
        (method @ ("PUT" | "PATCH"), []) => {
            let all = ["name", "description", "purpose", "environment", "is_default"];
            let fields = Fields::parse(call.body, &all)?;
            if let Some(missing) = all.iter().find(|name| method == "PUT" && !fields.has(name)) {
                return Err(Answer::invalid(format!("{missing} is required")));
            }
            let mut project = world.projects[index].clone();
            project.update(&fields)?;
            unique(world, &project)?;
            world.projects[index] = project;
            if fields.boolean("is_default")? == Some(true) {
                world.projects.iter_mut().for_each(|project| project.is_default = false);
                world.projects[index].is_default = true;
            }
        }
        ("DELETE", []) if !world.projects[index].resources.is_empty() => {
            let text = "cannot delete a project with resources. move or remove the resources first";
            return Err(Answer::error(412, text));
        }
        ("DELETE", []) if world.projects[index].is_default => {
            return Err(Answer::error(412, "cannot delete the default project"));
        }
        ("DELETE", []) => {
            world.projects.remove(index);
            return Ok(Answer::empty(204));
        }
        (method, ["resources"]) => return resources(world, index, call, method),
        _ => return Err(Answer::not_found()),
    }
    Ok(Answer::json(200, &json!({"project": world.projects[index].value()})))
}

fn unique(world: &World, project: &Project) -> Result<(), Answer> {
    let is_other = |other: &Project| other.name == project.name && other.id != project.id;
    if world.projects.iter().any(is_other) { Err(Answer::error(409, "name is already in use")) } else { Ok(()) }
}

fn create(world: &mut World, call: &Call<'_>) -> Outcome {
    let fields = Fields::parse(call.body, &["name", "description", "purpose", "environment"])?;
    fields.needed("name")?;
    fields.needed("purpose")?;
    let mut project = Project { is_default: false, created: world.now, ..Project::default_one(world.id()) };
    project.update(&fields)?;
    unique(world, &project)?;
    let value = project.value();
    world.projects.push(project);
    Ok(Answer::json(201, &json!({"project": value})))
}

/// What is in a project, and what shall be.
fn resources(world: &mut World, index: usize, call: &Call<'_>, method: &str) -> Outcome {
    let project = &world.projects[index];
    if !world.has_passed(project.created, world.durations.project) {
        return Err(Answer::not_found());
    }
    let shown = |urn: &str, assigned: u64, status: &str| {
        let link = format!("https://api.digitalocean.com/v2/{}", urn.replace(':', "/"));
        json!({"urn": urn, "assigned_at": World::time(assigned), "links": {"self": link}, "status": status})
    };
    match method {
        "GET" => {
            // What the token may not read is not in the list.
            let is_visible = |urn: &str| {
                let kind = urn.split(':').nth(1).unwrap_or_default();
                !["kubernetes", "domain", "vpc"].contains(&kind) || call.may(&format!("{kind}:read"))
            };
            let visible = project.resources.iter().filter(|it| is_visible(&it.urn));
            let all: Vec<_> = visible.map(|it| shown(&it.urn, it.assigned, "ok")).collect();
            page(call.path, &call.query, "resources", &all)
        }
        "POST" => {
            let urns = Fields::parse(call.body, &["resources"])?.texts("resources")?.unwrap_or_default();
            if let Some(urn) = urns.iter().find(|urn| !urn.starts_with("do:") || urn.split(':').count() < 3) {
                return Err(Answer::invalid(format!("{urn} is no URN")));
            }
            let id = project.id.clone();
            let mut all = Vec::new();
            for urn in urns {
                // A success by its status line says nothing: each resource has a status of its own.
                let status = match world.project_of(&urn) {
                    None => "not_found",
                    Some(project) if project.id == id => "already_assigned",
                    Some(_) => {
                        world.unassign(&urn);
                        let assigned = world.now;
                        world.projects[index].resources.push(Resource { urn: urn.clone(), assigned });
                        "assigned"
                    }
                };
                all.push(shown(&urn, world.now, status));
            }
            Ok(Answer::json(200, &json!({"resources": all})))
        }
        _ => Err(Answer::not_found()),
    }
}
