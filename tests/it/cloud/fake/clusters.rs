//! Clusters, from `provisioning` to the moment when nobody knows them any more.

use base64ct::{Base64, Encoding as _};
use serde_json::{Map, Value, json};

use super::answer::{Answer, Fields, Outcome, page};
use super::api::Call;
use super::pools::{self, Pool, valid_tags};
use super::world::{Version, World};

/// Fields that the service keeps and shows as they were sent.
const KEPT: [&str; 15] = [
    "maintenance_policy",
    "auto_upgrade",
    "surge_upgrade",
    "ha",
    "isolated_workers",
    "control_plane_firewall",
    "cluster_autoscaler_configuration",
    "sso",
    "routing_agent",
    "coredns_autoscaler",
    "p2p_oci_registry_plugin",
    "amd_gpu_device_plugin",
    "amd_gpu_device_metrics_exporter_plugin",
    "nvidia_gpu_device_plugin",
    "rdma_shared_dev_plugin",
];

/// A load balancer, volume or snapshot that the cluster's workloads asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Associated {
    /// `load_balancers`, `volumes` or `volume_snapshots`.
    pub(crate) kind: &'static str,
    pub(crate) id: String,
    pub(crate) name: String,
}

#[derive(Debug, Clone)]
#[expect(clippy::struct_field_names, reason = "the names of the API")]
pub(crate) struct Cluster {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) region: String,
    /// A full slug.
    pub(crate) version: String,
    pub(crate) vpc_uuid: String,
    pub(crate) cluster_subnet: String,
    pub(crate) service_subnet: String,
    /// Those of the user; the service's own are added when somebody reads.
    pub(crate) tags: Vec<String>,
    pub(crate) pools: Vec<Pool>,
    /// The fields of [`KEPT`].
    pub(crate) settings: Map<String, Value>,
    pub(crate) registries: Vec<String>,
    pub(crate) associated: Vec<Associated>,
    pub(crate) created: u64,
    pub(crate) running_at: u64,
    /// The version that it goes to, and when it has arrived.
    pub(crate) upgrade: Option<(String, u64)>,
    pub(crate) gone_at: Option<u64>,
    /// State and message that a test puts in the place of all this, such as `error`.
    pub(crate) planted_state: Option<(&'static str, String)>,
}

impl Cluster {
    pub(crate) fn urn(&self) -> String {
        format!("do:kubernetes:{}", self.id)
    }

    /// State and message.
    pub(crate) fn state(&self, now: u64) -> (&str, &str) {
        match &self.planted_state {
            _ if self.gone_at.is_some() => ("deleting", ""),
            Some((state, message)) => (state, message),
            None if now < self.running_at => ("provisioning", "provisioning"),
            None if self.upgrade.is_some() => ("upgrading", ""),
            None => ("running", ""),
        }
    }

    /// What time has finished.
    pub(crate) fn settle(&mut self, now: u64) {
        if let Some((version, at)) = self.upgrade.take() {
            if at <= now {
                self.version = version;
            } else {
                self.upgrade = Some((version, at));
            }
        }
        self.pools.retain(|pool| pool.gone_at.is_none_or(|at| at > now));
        for pool in &mut self.pools {
            pool.nodes.retain(|node| node.gone_at.is_none_or(|at| at > now));
        }
    }

    fn host(&self) -> String {
        format!("{}.k8s.ondigitalocean.example.com", self.id)
    }

    /// As the service shows it: without the fields that the token may not see.
    pub(crate) fn value(&self, now: u64, call: &Call<'_>) -> Value {
        let (state, message) = self.state(now);
        let is_up = now >= self.running_at;
        let is_ha = self.settings.get("ha") == Some(&json!(true));
        let mut tags = vec!["k8s".to_owned(), format!("k8s:{}", self.id)];
        tags.extend(self.tags.iter().cloned());
        let mut value = json!({
            "id": self.id, "name": self.name, "region": self.region, "version": self.version,
            "cluster_subnet": self.cluster_subnet, "service_subnet": self.service_subnet,
            "vpc_uuid": self.vpc_uuid,
            "ipv4": if is_up && !is_ha { "203.0.113.10" } else { "" },
            "endpoint": if is_up { format!("https://{}", self.host()) } else { String::new() },
            "tags": tags,
            "node_pools": self.pools.iter().map(|pool| pool.value(self, now, call)).collect::<Vec<_>>(),
            "status": {"state": state, "message": message},
            "created_at": World::time(self.created), "updated_at": World::time(now),
            "registry_enabled": !self.registries.is_empty(),
            "registries": if self.registries.is_empty() { Value::Null } else { json!(self.registries) },
        });
        if let Some(value) = value.as_object_mut() {
            value.extend(self.settings.clone());
            if !call.may("tag:read") {
                value.shift_remove("tags");
            }
            if !call.may("vpc:read") {
                value.shift_remove("vpc_uuid");
            }
        }
        value
    }

    /// As creation and PUT show it: `registries` is described for reading only.
    fn changed_value(&self, now: u64, call: &Call<'_>) -> Value {
        let mut value = self.value(now, call);
        if let Some(value) = value.as_object_mut() {
            value.shift_remove("registries");
        }
        value
    }

    /// The versions that it may be upgraded to: newer patches of its minor and, when it has the newest of them, those
    /// of the next minor.
    pub(crate) fn upgrades<'a>(&self, versions: &'a [Version]) -> Vec<&'a Version> {
        let rank = Version::rank(&self.version);
        let within = |minor: u64| {
            let is_newer = |it: &&Version| {
                let other = Version::rank(&it.slug);
                other[0] == rank[0] && other[1] == minor && other > rank
            };
            versions.iter().filter(is_newer).collect::<Vec<_>>()
        };
        let patches = within(rank[1]);
        if patches.is_empty() { within(rank[1] + 1) } else { patches }
    }
}

/// Everything below `/v2/kubernetes/clusters`.
pub(crate) fn answer(world: &mut World, call: &Call<'_>, rest: &[&str]) -> Outcome {
    let now = world.now;
    let Some((&id, rest)) = rest.split_first() else {
        return match call.method {
            "GET" => {
                let listed = world.clusters.iter().filter(|cluster| world.is_listed(cluster.created));
                let all: Vec<_> = listed.map(|cluster| cluster.value(now, call)).collect();
                page(call.path, &call.query, "kubernetes_clusters", &all)
            }
            "POST" => create(world, call),
            _ => Err(Answer::not_found()),
        };
    };
    let index = world.clusters.iter().position(|cluster| cluster.id == id).ok_or_else(Answer::not_found)?;
    let cluster = &mut world.clusters[index];
    match (call.method, rest) {
        (_, ["node_pools", rest @ ..]) => pools::answer(world, index, call, rest),
        ("GET", []) => Ok(Answer::json(200, &json!({"kubernetes_cluster": cluster.value(now, call)}))),
        ("PUT", []) => update(world, index, call),
        ("DELETE", []) => {
            destroy(world, index, &[]);
            Ok(Answer::empty(204))
        }
        ("GET", ["destroy_with_associated_resources"]) => Ok(Answer::json(200, &associated(cluster))),
        ("DELETE", ["destroy_with_associated_resources", "dangerous"]) => {
            let all: Vec<_> = cluster.associated.iter().map(|it| it.id.clone()).collect();
            destroy(world, index, &all);
            Ok(Answer::empty(204))
        }
        ("DELETE", ["destroy_with_associated_resources", "selective"]) => {
            let kinds = ["load_balancers", "volumes", "volume_snapshots"];
            let fields = Fields::parse(call.body, &kinds)?;
            let mut ids = Vec::new();
            for kind in kinds {
                for id in fields.texts(kind)?.unwrap_or_default() {
                    if !cluster.associated.iter().any(|it| it.kind == kind && it.id == id) {
                        return Err(Answer::invalid(format!("{id} is not associated with the cluster")));
                    }
                    ids.push(id);
                }
            }
            destroy(world, index, &ids);
            Ok(Answer::empty(204))
        }
        ("GET", ["upgrades"]) => {
            let upgrades: Vec<_> = cluster.upgrades(&world.versions).into_iter().map(Version::value).collect();
            let upgrades = if upgrades.is_empty() { Value::Null } else { json!(upgrades) };
            Ok(Answer::json(200, &json!({"available_upgrade_versions": upgrades})))
        }
        ("POST", ["upgrade"]) => {
            let version = Fields::parse(call.body, &["version"])?.needed("version")?;
            if version == "latest" {
                return Err(Answer::error(404, "cluster not found"));
            }
            if !cluster.upgrades(&world.versions).iter().any(|it| it.slug == version) {
                return Err(Answer::invalid("validation error: invalid version slug"));
            }
            if cluster.state(now).0 != "running" {
                return Err(Answer::error(412, "the cluster is not running"));
            }
            cluster.upgrade = Some((version, now + world.durations.upgrade));
            Ok(Answer::empty(202))
        }
        ("GET", ["status_messages"]) => {
            let message = json!({"message": cluster.state(now).1, "timestamp": World::time(cluster.created)});
            let messages = if cluster.state(now).1.is_empty() { Vec::new() } else { vec![message] };
            Ok(Answer::json(200, &json!({"messages": messages})))
        }
        ("GET", ["kubeconfig"]) => access(world, index, call, true),
        ("GET", ["credentials"]) => access(world, index, call, false),
        _ => Err(Answer::not_found()),
    }
}

fn create(world: &mut World, call: &Call<'_>) -> Outcome {
    let own = ["name", "region", "version", "vpc_uuid", "worker_subnet_uuid", "cluster_subnet", "service_subnet"];
    let allowed: Vec<_> = own.iter().chain(&KEPT).copied().chain(["tags", "node_pools"]).collect();
    let fields = Fields::parse(call.body, &allowed)?;
    let (name, region) = (fields.needed("name")?, fields.needed("region")?);
    if !world.regions.contains(&region) {
        return Err(Answer::invalid("validation error: invalid region slug"));
    }
    let version = resolve(world, &fields.needed("version")?)?;
    let is_default = |vpc: &&super::vpcs::Vpc| vpc.region == region && vpc.is_default;
    let vpc_uuid = match fields.text("vpc_uuid")? {
        Some(id) if world.vpcs.iter().any(|vpc| vpc.id == id && vpc.region == region) => id,
        Some(_) => return Err(Answer::invalid("validation error: vpc_uuid is not a VPC of this region")),
        None if fields.has("worker_subnet_uuid") => {
            return Err(Answer::invalid("validation error: worker_subnet_uuid needs vpc_uuid"));
        }
        None => world.vpcs.iter().find(is_default).map(|vpc| vpc.id.clone()).unwrap_or_default(),
    };
    let tags = fields.texts("tags")?.unwrap_or_default();
    valid_tags(&tags)?;
    let running_at = world.now + world.durations.provisioning;
    let mut pools: Vec<Pool> = Vec::new();
    for (index, body) in fields.list("node_pools")?.unwrap_or_default().iter().enumerate() {
        pools.push(Pool::create(world, body, &format!("worker_node_pool_specs[{index}]."), running_at)?);
    }
    let nodes: usize = pools.iter().map(|pool| pool.count).sum();
    if nodes == 0 {
        return Err(Answer::invalid("validation error: a cluster needs a node pool with a node"));
    }
    if world.droplets() + nodes > world.droplet_limit {
        return Err(Answer::invalid("creating these nodes would exceed your droplet limit"));
    }
    let id = world.id();
    // Since 1.36.0 a control plane is highly available unless the request says otherwise.
    let is_ha = Version::rank(&version) >= vec![1, 36];
    let mut cluster = Cluster {
        id,
        name,
        region,
        version,
        vpc_uuid,
        cluster_subnet: fields.text("cluster_subnet")?.unwrap_or_else(|| "10.244.0.0/16".to_owned()),
        service_subnet: fields.text("service_subnet")?.unwrap_or_else(|| "10.245.0.0/16".to_owned()),
        tags: world.tag(&tags),
        pools,
        settings: Map::new(),
        registries: Vec::new(),
        associated: Vec::new(),
        created: world.now,
        running_at,
        upgrade: None,
        gone_at: None,
        planted_state: None,
    };
    for (name, value) in [("auto_upgrade", false), ("surge_upgrade", false), ("isolated_workers", false), ("ha", is_ha)]
    {
        cluster.settings.insert(name.to_owned(), json!(value));
    }
    let window = json!({"start_time": "04:00", "day": "any", "duration": "4h0m0s"});
    cluster.settings.insert("maintenance_policy".to_owned(), window);
    keep(&mut cluster, &fields)?;
    world.assign_to_default(&cluster.urn());
    let value = cluster.changed_value(world.now, call);
    world.clusters.push(cluster);
    Ok(Answer::json(201, &json!({"kubernetes_cluster": value})))
}

/// `latest`, a minor or a slug → a slug that is on offer.
fn resolve(world: &World, wanted: &str) -> Result<String, Answer> {
    let is_meant = |version: &&Version| {
        wanted == "latest" || version.slug == wanted || version.kubernetes().rsplit_once('.').unwrap().0 == wanted
    };
    let found = world.versions.iter().find(is_meant).map(|version| version.slug.clone());
    found.ok_or_else(|| Answer::invalid("validation error: invalid version slug"))
}

/// Takes over what is sent; what is not sent, or null, stays.
fn keep(cluster: &mut Cluster, fields: &Fields) -> Result<(), Answer> {
    for name in KEPT {
        let Some(value) = fields.get(name) else { continue };
        let mut value = value.clone();
        if name == "maintenance_policy" {
            let policy = Fields::of(&value, &["start_time", "day", "duration"])?;
            let (time, day) = (policy.needed("start_time")?, policy.needed("day")?);
            let is_day = ["any", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
                .contains(&day.as_str());
            let time_parts = time.split_once(':').and_then(|(h, m)| Some((h.parse().ok()?, m.parse().ok()?)));
            if !is_day || !time_parts.is_some_and(|(hour, minute): (u8, u8)| hour < 24 && minute < 60) {
                return Err(Answer::invalid("validation error: invalid maintenance_policy"));
            }
            value["duration"] = json!("4h0m0s");
        } else if ["auto_upgrade", "surge_upgrade", "ha", "isolated_workers"].contains(&name) {
            fields.boolean(name)?;
        } else if !value.is_object() {
            return Err(Answer::invalid(format!("validation error: {name} must be an object")));
        }
        cluster.settings.insert(name.to_owned(), value);
    }
    Ok(())
}

fn update(world: &mut World, index: usize, call: &Call<'_>) -> Outcome {
    // `isolated_workers` is decided at creation.
    let allowed: Vec<_> = KEPT.into_iter().filter(|name| *name != "isolated_workers").chain(["name", "tags"]).collect();
    let fields = Fields::parse(call.body, &allowed)?;
    let mut next = world.clusters[index].clone();
    // An old name renames the cluster back.
    next.name = fields.needed("name")?;
    if let Some(tags) = fields.texts("tags")? {
        valid_tags(&tags)?;
        next.tags = world.tag(&tags);
    }
    let was_ha = next.settings.get("ha") == Some(&json!(true));
    if was_ha && fields.boolean("ha")? == Some(false) {
        return Err(Answer::invalid("validation error: high availability cannot be disabled"));
    }
    keep(&mut next, &fields)?;
    let value = next.changed_value(world.now, call);
    world.clusters[index] = next;
    Ok(Answer::json(202, &json!({"kubernetes_cluster": value})))
}

fn associated(cluster: &Cluster) -> Value {
    let of = |kind: &str| -> Vec<Value> {
        let those = cluster.associated.iter().filter(|it| it.kind == kind);
        those.map(|it| json!({"id": it.id, "name": it.name})).collect()
    };
    json!({
        "load_balancers": of("load_balancers"), "volumes": of("volumes"), "volume_snapshots": of("volume_snapshots"),
    })
}

/// Answers at once; the cluster stays for a while, and what is not named stays for ever.
fn destroy(world: &mut World, index: usize, with: &[String]) {
    let at = world.now + world.durations.deletion;
    let cluster = &mut world.clusters[index];
    cluster.gone_at.get_or_insert(at);
    let associated = std::mem::take(&mut cluster.associated);
    world.leftovers.extend(associated.into_iter().filter(|it| !with.contains(&it.id)));
}

/// `kubeconfig` and `credentials`. Each call mints a token that stays in the account's list until it expires.
fn access(world: &mut World, index: usize, call: &Call<'_>, is_file: bool) -> Outcome {
    let cluster = &world.clusters[index];
    let accepted = call.header("accept").unwrap_or("*/*");
    if is_file && !["*/*", "application/*", "application/yaml"].iter().any(|it| accepted.contains(it)) {
        return Err(Answer::error(406, "only application/yaml is served"));
    }
    // For some seconds after `running` there is none yet.
    if world.now < cluster.running_at + world.durations.step {
        return Err(Answer::not_found());
    }
    let expiry = match call.query("expiry_seconds").map_or(Ok(0), str::parse) {
        Ok(0) => 7 * 86400,
        Ok(seconds) => seconds,
        Err(_) => return Err(Answer::invalid("expiry_seconds is invalid")),
    };
    world.minted_tokens += 1;
    let token = format!("minted-access-{}", world.minted_tokens);
    let server = format!("https://{}", cluster.host());
    let authority = Base64::encode_string(b"an authority of the fake");
    if is_file {
        let context = format!("do-{}-{}", cluster.region, cluster.name);
        let text = format!(
            "apiVersion: v1\nkind: Config\nclusters:\n- name: {context}\n  cluster:\n    \
             certificate-authority-data: {authority}\n    server: {server}\ncontexts:\n- name: {context}\n  context:\n    \
             cluster: {context}\n    user: {context}-admin\ncurrent-context: {context}\nusers:\n- name: {context}-admin\n  \
             user:\n    token: {token}\n"
        );
        return Ok(Answer::text(200, "application/yaml", text));
    }
    let body = json!({
        "server": server, "certificate_authority_data": authority, "client_certificate_data": null,
        "client_key_data": null, "token": token, "expires_at": World::time(world.now + expiry),
    });
    Ok(Answer::json(200, &body))
}
