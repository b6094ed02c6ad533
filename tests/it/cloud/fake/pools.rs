//! Node pools: sizes that stay, counts that the autoscaler owns, nodes that take their time.

use serde_json::{Map, Value, json};

use super::answer::{Answer, Fields, Outcome};
use super::api::Call;
use super::clusters::Cluster;
use super::world::World;

/// The fields that a request may have; the description's read-only ones are not among them.
const CREATE: [&str; 9] = ["name", "size", "count", "tags", "labels", "taints", "auto_scale", "min_nodes", "max_nodes"];
const UPDATE: [&str; 8] = ["name", "count", "tags", "labels", "taints", "auto_scale", "min_nodes", "max_nodes"];

#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) id: String,
    pub(crate) number: u64,
    pub(crate) created: u64,
    pub(crate) running_at: u64,
    pub(crate) gone_at: Option<u64>,
}

#[derive(Debug, Clone)]
pub(crate) struct Pool {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) size: String,
    /// How many nodes are wanted now.
    pub(crate) count: usize,
    pub(crate) auto_scale: bool,
    pub(crate) min_nodes: usize,
    pub(crate) max_nodes: usize,
    /// Those of the user; the service's own are added when somebody reads.
    pub(crate) tags: Vec<String>,
    pub(crate) labels: Map<String, Value>,
    pub(crate) taints: Vec<Value>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) gone_at: Option<u64>,
}

impl Pool {
    /// Reads a pool of a creating call; `place` begins the messages, as the service does it.
    pub(crate) fn create(world: &mut World, body: &Value, place: &str, ready: u64) -> Result<Self, Answer> {
        let fields = Fields::of(body, &CREATE)?;
        let invalid = |text: String| Answer::invalid(format!("validation error: {place}{text}"));
        let name = fields.needed("name")?;
        if name.len() > 55 {
            return Err(Answer::invalid(format!("{place}pool names cannot be greater than 55 characters")));
        }
        let size = fields.needed("size")?;
        if !world.sizes.contains(&size) {
            return Err(invalid(format!("invalid size slug {size}")));
        }
        let count = fields.number("count")?.ok_or_else(|| invalid("count is required".to_owned()))?;
        let id = world.id();
        let mut pool = Self {
            id,
            name,
            size,
            count,
            auto_scale: false,
            min_nodes: 0,
            max_nodes: 0,
            tags: Vec::new(),
            labels: Map::new(),
            taints: Vec::new(),
            nodes: Vec::new(),
            gone_at: None,
        };
        pool.update(world, &fields, ready)?;
        Ok(pool)
    }

    /// What creation and PUT have in common: a field that is left out stays, one that is sent replaces.
    fn update(&mut self, world: &mut World, fields: &Fields, ready: u64) -> Result<(), Answer> {
        let mut next = self.clone();
        next.auto_scale = fields.boolean("auto_scale")?.unwrap_or(next.auto_scale);
        next.min_nodes = fields.number("min_nodes")?.unwrap_or(next.min_nodes);
        next.max_nodes = fields.number("max_nodes")?.unwrap_or(next.max_nodes);
        next.count = fields.number("count")?.unwrap_or(next.count);
        if next.auto_scale {
            if next.max_nodes == 0 || next.min_nodes > next.max_nodes {
                return Err(Answer::invalid("validation error: min_nodes must not be greater than max_nodes"));
            }
            if !(next.min_nodes..=next.max_nodes).contains(&next.count) {
                next.count = next.min_nodes;
            }
        } else {
            (next.min_nodes, next.max_nodes) = (0, 0);
        }
        let most = next.count.max(next.max_nodes);
        let others = world.droplets() - self.nodes.len().min(world.droplets());
        if others + most > world.droplet_limit {
            return Err(Answer::invalid("creating these nodes would exceed your droplet limit"));
        }
        if let Some(tags) = fields.texts("tags")? {
            valid_tags(&tags)?;
            next.tags = world.tag(&tags);
        }
        if let Some(labels) = fields.get("labels") {
            let labels = labels.as_object().filter(|labels| labels.values().all(Value::is_string));
            next.labels.clone_from(labels.ok_or_else(|| Answer::invalid("validation error: labels must be texts"))?);
        }
        if let Some(taints) = fields.list("taints")? {
            for taint in &taints {
                let taint = Fields::of(taint, &["key", "value", "effect"])?;
                let effect = taint.needed("effect")?;
                taint.needed("key")?;
                if !["NoSchedule", "PreferNoSchedule", "NoExecute"].contains(&effect.as_str()) {
                    return Err(Answer::invalid(format!("validation error: invalid taint effect {effect}")));
                }
            }
            next.taints = taints;
        }
        *self = next;
        self.resize(world, ready);
        Ok(())
    }

    /// Adds and removes nodes until there are as many as wanted.
    pub(crate) fn resize(&mut self, world: &mut World, ready: u64) {
        let leaving = world.now + world.durations.deletion;
        let staying = self.nodes.iter_mut().filter(|node| node.gone_at.is_none());
        staying.skip(self.count).for_each(|node| node.gone_at = Some(leaving));
        while self.nodes.iter().filter(|node| node.gone_at.is_none()).count() < self.count {
            let (id, number) = (world.id(), world.number());
            let running_at = ready + world.durations.node;
            self.nodes.push(Node { id, number, created: world.now, running_at, gone_at: None });
        }
    }

    /// As the service shows it.
    pub(crate) fn value(&self, cluster: &Cluster, now: u64, call: &Call<'_>) -> Value {
        let node = |(index, node): (usize, &Node)| {
            let is_running = now >= node.running_at;
            let state = match (self.gone_at.or(node.gone_at), is_running) {
                (Some(_), _) => "deleting",
                (None, true) => "running",
                (None, false) => "provisioning",
            };
            // Right after creation both are a single space.
            let shown = |text: String| if is_running { text } else { " ".to_owned() };
            json!({
                "id": node.id, "name": shown(format!("{}-{index}", self.name)), "status": {"state": state},
                "droplet_id": shown(node.number.to_string()),
                "created_at": World::time(node.created), "updated_at": World::time(now.min(node.running_at)),
            })
        };
        let mut tags = vec!["k8s".to_owned(), format!("k8s:{}", cluster.id), "k8s:worker".to_owned()];
        tags.extend(self.tags.iter().cloned());
        let labels = if self.labels.is_empty() { Value::Null } else { json!(self.labels) };
        let nodes: Vec<_> = self.nodes.iter().enumerate().map(node).collect();
        let mut value = json!({
            "id": self.id, "name": self.name, "size": self.size, "count": self.count, "tags": tags,
            "labels": labels, "taints": self.taints, "auto_scale": self.auto_scale,
            "min_nodes": self.min_nodes, "max_nodes": self.max_nodes, "nodes": nodes,
        });
        if let (false, Some(value)) = (call.may("tag:read"), value.as_object_mut()) {
            value.shift_remove("tags");
        }
        value
    }
}

/// # Errors
/// A tag has a sign that tags must not have.
pub(crate) fn valid_tags(tags: &[String]) -> Result<(), Answer> {
    let is_fine = |tag: &String| {
        (1..=255).contains(&tag.len()) && tag.chars().all(|sign| sign.is_ascii_alphanumeric() || "_-:".contains(sign))
    };
    match tags.iter().find(|tag| !is_fine(tag)) {
        Some(tag) => Err(Answer::invalid(format!("validation error: invalid tag name {tag}"))),
        None => Ok(()),
    }
}

/// Everything below `/v2/kubernetes/clusters/{id}/node_pools`; the cluster exists.
pub(crate) fn answer(world: &mut World, cluster: usize, call: &Call<'_>, rest: &[&str]) -> Outcome {
    let now = world.now;
    let shown = |world: &World, pool: usize| {
        let cluster = &world.clusters[cluster];
        json!({"node_pool": cluster.pools[pool].value(cluster, now, call)})
    };
    let find = |world: &World, id: &str| {
        world.clusters[cluster].pools.iter().position(|pool| pool.id == id).ok_or_else(Answer::not_found)
    };
    match (call.method, rest) {
        ("GET", []) => {
            let it = &world.clusters[cluster];
            let pools: Vec<_> = it.pools.iter().map(|pool| pool.value(it, now, call)).collect();
            Ok(Answer::json(200, &json!({"node_pools": pools})))
        }
        ("POST", []) => {
            steady(world, cluster)?;
            let body = call.json()?;
            let pool = Pool::create(world, &body, "worker_node_pool_specs[0].", now)?;
            let pools = &mut world.clusters[cluster].pools;
            pools.push(pool);
            let last = pools.len() - 1;
            Ok(Answer::json(201, &shown(world, last)))
        }
        ("GET", [id]) => Ok(Answer::json(200, &shown(world, find(world, id)?))),
        ("PUT", [id]) => {
            let index = find(world, id)?;
            let fields = Fields::parse(call.body, &UPDATE)?;
            steady(world, cluster)?;
            let mut pool = world.clusters[cluster].pools[index].clone();
            let name = fields.needed("name")?;
            if name.len() > 55 {
                return Err(Answer::invalid("pool names cannot be greater than 55 characters"));
            }
            pool.name = name;
            pool.update(world, &fields, now)?;
            world.clusters[cluster].pools[index] = pool;
            Ok(Answer::json(202, &shown(world, index)))
        }
        ("DELETE", [id]) => {
            let index = find(world, id)?;
            steady(world, cluster)?;
            let gone = now + world.durations.deletion;
            let pools = &mut world.clusters[cluster].pools;
            // What the service does is not documented; nobody should find out with this program.
            if !pools.iter().enumerate().any(|(other, pool)| other != index && pool.gone_at.is_none()) {
                return Err(Answer::invalid("the last node pool of a cluster cannot be deleted"));
            }
            pools[index].gone_at.get_or_insert(gone);
            Ok(Answer::empty(204))
        }
        ("DELETE", [id, "nodes", node]) => {
            let index = find(world, id)?;
            let gone = now + world.durations.deletion;
            let is_replaced = call.query("replace").is_none_or(|value| value != "0");
            let pool = &mut world.clusters[cluster].pools[index];
            let found = pool.nodes.iter_mut().find(|it| it.id == *node).ok_or_else(Answer::not_found)?;
            found.gone_at = Some(gone);
            if !is_replaced {
                pool.count -= 1;
            }
            Ok(Answer::empty(202))
        }
        _ => Err(Answer::not_found()),
    }
}

/// Changes to pools need a cluster that does nothing else. The service is vague about it; the fake insists, so that a
/// client that does not wait is caught.
fn steady(world: &World, cluster: usize) -> Result<(), Answer> {
    match world.clusters[cluster].state(world.now) {
        ("running" | "degraded", _) => Ok(()),
        (state, _) => Err(Answer::error(412, format!("the cluster is {state}"))),
    }
}
