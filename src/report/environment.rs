//! What a report says about one environment.

use serde::Serialize;

use super::Changes;
use crate::graph::Graph;
use crate::model::{Application, Installed, InstalledKind, SecretNeed, Values};

/// One environment, ready to be shown.
#[derive(Debug, Clone, Serialize)]
pub struct Environment {
    name: String,
    platform: String,
    facts: Vec<Fact>,
    pools: Vec<Pool>,
    services: Vec<Service>,
    applications: Vec<Delivered>,
    secrets: Vec<Secret>,
    hosts: usize,
    sealed: usize,
    graph: Option<String>,
    waves: usize,
    changes: Changes,
    /// The values as plain data, for whoever compares environments.
    #[serde(skip)]
    pub(super) values: serde_json::Value,
}

/// One line about the platform or its cluster.
#[derive(Debug, Clone, Serialize)]
struct Fact {
    name: &'static str,
    value: String,
}

#[derive(Debug, Clone, Serialize)]
struct Pool {
    name: String,
    size: String,
    nodes: String,
    dedicated: bool,
}

#[derive(Debug, Clone, Serialize)]
struct Service {
    name: String,
    kind: &'static str,
    chart: String,
    version: String,
    wave: String,
    namespace: String,
    pool: String,
    hosts: Vec<String>,
    secrets: Vec<Secret>,
    needs: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
struct Delivered {
    name: String,
    image: String,
    wave: String,
    namespace: String,
    pool: String,
    copies: String,
    hosts: Vec<String>,
    delivery: String,
    secrets: Vec<Secret>,
}

/// A Secret that is needed, and how it stands.
#[derive(Debug, Clone, Serialize)]
struct Secret {
    id: String,
    state: &'static str,
    keys: Vec<String>,
    readers: Vec<String>,
    purpose: String,
}

impl Environment {
    /// What there is to say about the environment of `graph`, whose values are `values` and which `changes` are about
    /// to reach.
    pub fn new(values: &Values, graph: &Graph, changes: Changes) -> Self {
        let installed = values.installed();
        let secrets: Vec<_> = values.secret_needs().iter().map(|need| secret(need, values)).collect();
        let (applications, services): (Vec<_>, Vec<_>) =
            installed.iter().partition(|one| one.kind == InstalledKind::Application);
        let waves = graph.applications.iter().filter(|one| one.parent == Some(0)).map(|one| one.wave);
        Self {
            name: graph.environment.clone(),
            platform: values.platform.name.to_string(),
            facts: facts(values),
            pools: pools(values),
            services: services.into_iter().map(|one| service(one, values, graph)).collect(),
            applications: applications.into_iter().filter_map(|one| delivered(one, values)).collect(),
            hosts: installed.iter().map(|one| one.hosts.len()).sum(),
            sealed: secrets.iter().filter(|secret| secret.state == "sealed").count(),
            secrets,
            graph: (!graph.applications.is_empty()).then(|| graph.to_svg_element()),
            waves: waves.collect::<std::collections::BTreeSet<_>>().len(),
            changes,
            values: plain(values),
        }
    }

    /// The environment's name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

fn facts(values: &Values) -> Vec<Fact> {
    let (platform, cluster) = (&values.platform, &values.cluster);
    let control = if cluster.high_availability { "highly available" } else { "one node" };
    let fact = |name, value: String| Fact { name, value };
    vec![
        fact("Domain", platform.domain.to_string()),
        fact("Cluster", format!("Kubernetes {} in {}", cluster.version, cluster.region)),
        fact("Control plane", control.to_owned()),
        fact("Repository", format!("{} at {}", platform.repository.url, platform.repository.revision)),
        fact("Registry", platform.registry.to_string()),
        fact("Identity", values.identity.issuer.to_string()),
    ]
}

fn pools(values: &Values) -> Vec<Pool> {
    let pool = |(name, pool): (&crate::model::PoolName, &crate::model::NodePool)| Pool {
        name: name.to_string(),
        size: pool.size.to_string(),
        nodes: if pool.min == pool.max { pool.min.to_string() } else { format!("{}–{}", pool.min, pool.max) },
        dedicated: pool.dedicated,
    };
    values.cluster.node_pools.iter().map(pool).collect()
}

fn service(installed: &Installed, values: &Values, graph: &Graph) -> Service {
    let own = graph.applications.iter().position(|one| one.name == installed.name);
    let needs = graph.needs.iter().filter(|need| Some(need.from) == own);
    Service {
        name: installed.name.clone(),
        kind: installed.kind.name(),
        chart: installed.chart.clone(),
        version: installed.version.clone(),
        wave: installed.wave.clone(),
        namespace: installed.namespace.clone(),
        pool: installed.pool.clone(),
        hosts: installed.hosts.clone(),
        secrets: installed.secrets.iter().map(|need| secret(need, values)).collect(),
        needs: needs.map(|need| graph.applications[need.to].name.clone()).collect(),
    }
}

fn delivered(installed: &Installed, values: &Values) -> Option<Delivered> {
    let (_, application) = values.applications.iter().find(|(name, _)| name.as_str() == installed.name)?;
    Some(Delivered {
        name: installed.name.clone(),
        image: application.image.to_string(),
        wave: installed.wave.clone(),
        namespace: installed.namespace.clone(),
        pool: installed.pool.clone(),
        copies: copies(application),
        hosts: installed.hosts.clone(),
        delivery: if application.pipeline.is_some() { "from a push".to_owned() } else { "by hand".to_owned() },
        secrets: installed.secrets.iter().map(|need| secret(need, values)).collect(),
    })
}

fn copies(application: &Application) -> String {
    match (&application.autoscaling, application.replicas) {
        (Some(scaling), _) => format!("{}–{}", scaling.min, scaling.max),
        (None, Some(replicas)) => replicas.to_string(),
        (None, None) => "1".to_owned(),
    }
}

fn secret(need: &SecretNeed, values: &Values) -> Secret {
    let state = match values.sealed.get(&need.id) {
        None => "missing",
        Some(sealed) if need.missing_from(sealed).next().is_some() => "incomplete",
        Some(_) => "sealed",
    };
    Secret {
        id: need.id.to_string(),
        state,
        keys: need.keys.iter().map(|key| key.key.to_string()).collect(),
        readers: need.readers.clone(),
        purpose: need.purpose.clone(),
    }
}

/// The values as plain data, without ciphertext: it differs everywhere and tells nobody anything.
fn plain(values: &Values) -> serde_json::Value {
    let mut data = serde_json::to_value(values).unwrap_or_default();
    if let Some(map) = data.as_object_mut() {
        map.shift_remove("sealed");
    }
    data
}
