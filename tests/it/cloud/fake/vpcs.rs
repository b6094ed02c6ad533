//! Networks: one by default in each region, and those that are made.

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use super::answer::{Answer, Fields, Outcome, page};
use super::api::Call;
use super::world::World;

#[derive(Debug, Clone)]
pub(crate) struct Vpc {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) region: String,
    /// Such as `10.100.0.0/20`.
    pub(crate) ip_range: String,
    pub(crate) description: String,
    pub(crate) is_default: bool,
    pub(crate) created: u64,
}

impl Vpc {
    /// The network that a region has from the beginning.
    pub(crate) fn default_of(region: &str, id: String, index: usize) -> Self {
        let (name, ip_range) = (format!("default-{region}"), format!("10.{}.0.0/20", 100 + index));
        let (region, description) = (region.to_owned(), String::new());
        Self { id, name, region, ip_range, description, is_default: true, created: 0 }
    }

    fn value(&self) -> Value {
        json!({
            "id": self.id, "urn": format!("do:vpc:{}", self.id), "name": self.name, "description": self.description,
            "region": self.region, "ip_range": self.ip_range, "default": self.is_default,
            "created_at": World::time(self.created),
        })
    }

    /// Takes over a name and a description.
    fn update(&mut self, world: &World, fields: &Fields) -> Result<(), Answer> {
        if fields.get("name").is_some() {
            self.name = fields.needed("name")?;
        }
        self.description = fields.text("description")?.unwrap_or_else(|| self.description.clone());
        if !self.name.chars().all(|sign| sign.is_ascii_alphanumeric() || "-.".contains(sign)) {
            return Err(Answer::invalid("name may only have letters, digits, dashes and periods"));
        }
        if self.description.chars().count() > 255 {
            return Err(Answer::invalid("description is longer than 255 characters"));
        }
        if world.vpcs.iter().any(|other| other.name == self.name && other.id != self.id) {
            return Err(Answer::invalid("a VPC with the same name already exists in your account"));
        }
        Ok(())
    }
}

/// First and last address of a private range between /28 and /16.
fn range(text: &str) -> Option<(u32, u32)> {
    let (address, bits) = text.split_once('/')?;
    let (address, bits): (Ipv4Addr, u32) = (address.parse().ok()?, bits.parse().ok()?);
    let size = 1_u32 << (32 - bits);
    let first = u32::from(address);
    let is_fine = (16..=28).contains(&bits) && address.is_private() && first.is_multiple_of(size);
    is_fine.then_some((first, first + size - 1))
}

/// Name and URN of everything in a network: clusters, and Droplets of those that have just left.
fn members(world: &World, id: &str) -> Vec<Value> {
    let clusters = world.clusters.iter().filter(|cluster| cluster.vpc_uuid == id);
    let clusters = clusters.map(|cluster| (cluster.name.clone(), cluster.urn(), cluster.created));
    let leaving = world.members_gone.iter().filter(|(vpc, ..)| vpc == id);
    let leaving = leaving.map(|(_, name, _)| (format!("{name}-node"), "do:droplet:1".to_owned(), 0));
    clusters
        .chain(leaving)
        .map(|(name, urn, created)| json!({"name": name, "urn": urn, "created_at": World::time(created)}))
        .collect()
}

/// Everything below `/v2/vpcs`.
pub(crate) fn answer(world: &mut World, call: &Call<'_>, rest: &[&str]) -> Outcome {
    let Some((&id, rest)) = rest.split_first() else {
        return match call.method {
            "GET" => {
                let listed = world.vpcs.iter().filter(|vpc| world.is_listed(vpc.created) || vpc.is_default);
                let all: Vec<_> = listed.map(Vpc::value).collect();
                page(call.path, &call.query, "vpcs", &all)
            }
            "POST" => create(world, call),
            _ => Err(Answer::not_found()),
        };
    };
    let index = world.vpcs.iter().position(|vpc| vpc.id == id).ok_or_else(Answer::not_found)?;
    match (call.method, rest) {
        ("GET", []) => {}
        (method @ ("PUT" | "PATCH"), []) => {
            let fields = Fields::parse(call.body, &["name", "description", "default"])?;
            if method == "PUT" {
                fields.needed("name")?;
            }
            let mut vpc = world.vpcs[index].clone();
            vpc.update(world, &fields)?;
            world.vpcs[index] = vpc;
            if fields.boolean("default")? == Some(true) {
                let region = world.vpcs[index].region.clone();
                world.vpcs.iter_mut().filter(|vpc| vpc.region == region).for_each(|vpc| vpc.is_default = vpc.id == id);
            }
        }
        ("GET", ["members"]) => return page(call.path, &call.query, "members", &members(world, id)),
        ("DELETE", []) if world.vpcs[index].is_default => {
            return Err(Answer::error(403, "Can not delete default VPCs"));
        }
        ("DELETE", []) if !members(world, id).is_empty() => {
            return Err(Answer::error(world.vpc_members_status, "Can not delete VPC with members"));
        }
        ("DELETE", []) => {
            world.vpcs.remove(index);
            return Ok(Answer::empty(204));
        }
        _ => return Err(Answer::not_found()),
    }
    Ok(Answer::json(200, &json!({"vpc": world.vpcs[index].value()})))
}

fn create(world: &mut World, call: &Call<'_>) -> Outcome {
    let fields = Fields::parse(call.body, &["name", "description", "region", "ip_range"])?;
    let (name, region) = (fields.needed("name")?, fields.needed("region")?);
    if !world.regions.contains(&region) {
        return Err(Answer::invalid("region is invalid"));
    }
    let taken: Vec<_> = world.vpcs.iter().filter_map(|vpc| range(&vpc.ip_range)).collect();
    let is_free = |(first, last): (u32, u32)| taken.iter().all(|(start, end)| last < *start || first > *end);
    let ip_range = if let Some(text) = fields.text("ip_range")? {
        let wanted = range(&text).ok_or_else(|| Answer::invalid("ip_range is invalid"))?;
        if !is_free(wanted) {
            return Err(Answer::invalid("This range/size overlaps with another VPC network in your account"));
        }
        text
    } else {
        let mut candidates = (0..=255).map(|number| format!("10.{number}.16.0/20"));
        candidates.find(|text| range(text).is_some_and(is_free)).unwrap_or_default()
    };
    let (id, created) = (world.id(), world.now);
    let mut vpc = Vpc { id, name, region, ip_range, description: String::new(), is_default: false, created };
    vpc.update(world, &fields)?;
    let value = vpc.value();
    world.vpcs.push(vpc);
    Ok(Answer::json(201, &json!({"vpc": value})))
}
