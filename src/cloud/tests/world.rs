//! Values and answers for tests: an environment with two pools, nothing of it, and all of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cloud::digitalocean::clusters::{Cluster, Status};
use crate::cloud::digitalocean::options::{Named, Options, Version};
use crate::cloud::digitalocean::pools::{Node, Pool, Taint};
use crate::cloud::digitalocean::projects::{Member, Project};
use crate::cloud::{Desired, Observed, Operation, marks};
use crate::model::{EnvironmentName, Values};
use crate::plan::Plan;
use crate::source::{Location, Source};

/// The values of `dev`, with some set by their pointers.
pub(in crate::cloud) fn values(changes: &[(&str, Value)]) -> Values {
    let mut values = json!({
        "platform": {
            "name": "example",
            "domain": "dev.example.com",
            "email": "platform@example.com",
            "repository": { "url": "https://github.com/example/platform.git", "revision": "main" },
            "registry": "registry.digitalocean.com/example",
        },
        "cluster": {
            "region": "fra1",
            "version": "1.36",
            "nodePools": {
                "base": { "size": "s-2vcpu-4gb", "min": 1, "max": 3 },
                "tools": { "size": "s-4vcpu-8gb", "min": 1, "max": 4, "dedicated": true },
            },
        },
        "identity": {
            "provider": "auth0",
            "issuer": "https://example.eu.auth0.com/",
            "groupsClaim": "https://example.com/groups",
            "groups": { "admins": ["platform-admins"] },
        },
    });
    for (pointer, value) in changes {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        // Sections in between that nobody has set yet.
        let mut place = &mut values;
        for key in parent.split('/').skip(1) {
            place = &mut place[key];
        }
        place[key] = value.clone();
    }
    serde_json::from_value(values).unwrap()
}

pub(in crate::cloud) fn desired(changes: &[(&str, Value)]) -> Desired {
    let environment: EnvironmentName = serde_json::from_value(json!("dev")).unwrap();
    Desired::of(&values(changes), &environment, &|_| None)
}

/// The same with a file in which the version stands.
pub(in crate::cloud) fn desired_with(text: &str) -> Desired {
    let environment: EnvironmentName = serde_json::from_value(json!("dev")).unwrap();
    let source = Source::new("values/dev.yaml", text);
    let place = |path: &[&str]| (path == ["cluster", "version"]).then(|| Location::new(&source, 0..text.len()));
    Desired::of(&values(&[]), &environment, &place)
}

/// What would be done to what.
pub(in crate::cloud) fn steps(plan: &Plan<Operation>) -> Vec<String> {
    plan.steps.iter().map(|step| format!("{} {}", step.action.name(), step.address)).collect()
}

/// What is offered, and nothing else.
pub(in crate::cloud) fn nothing() -> Observed {
    let named = |slug: &str| Named { slug: slug.to_owned(), name: String::new() };
    let version = |slug: &str| Version { slug: slug.to_owned(), kubernetes_version: String::new() };
    let options = Options {
        versions: ["1.36.2-do.0", "1.36.1-do.0", "1.35.6-do.1", "1.34.9-do.0"].map(version).into(),
        regions: ["ams3", "fra1", "nyc3"].map(named).into(),
        sizes: ["s-2vcpu-4gb", "s-4vcpu-8gb", "g-4vcpu-16gb"].map(named).into(),
    };
    Observed { options, ..Observed::default() }
}

/// Everything that the plain values want.
pub(in crate::cloud) fn whole() -> Observed {
    let project = Project {
        id: "project-1".to_owned(),
        name: "example-dev".to_owned(),
        description: marks::text("dev"),
        ..Project::default()
    };
    let member = Member { urn: "do:kubernetes:c-1".to_owned(), status: "ok".to_owned() };
    Observed {
        projects: vec![project],
        members: vec![member],
        cluster_ids: vec!["c-1".to_owned()],
        clusters: vec![cluster("example-dev")],
        ..nothing()
    }
}

/// A cluster of ours as the service reports it: with tags of its own.
pub(in crate::cloud) fn cluster(name: &str) -> Cluster {
    let service = ["k8s", "k8s:c-1", "by-hand"].map(str::to_owned);
    let tools = Pool {
        taints: vec![Taint { key: "tools".to_owned(), value: "true".to_owned(), effect: "NoSchedule".to_owned() }],
        max_nodes: 4,
        ..pool("tools", "tools", "s-4vcpu-8gb", "p-tools")
    };
    Cluster {
        id: "c-1".to_owned(),
        name: name.to_owned(),
        region: "fra1".to_owned(),
        version: "1.36.1-do.0".to_owned(),
        endpoint: Some("https://c-1.k8s.example.com".to_owned()),
        tags: Some(service.into_iter().chain(marks::tags("dev")).collect()),
        node_pools: vec![pool("base", "base", "s-2vcpu-4gb", "p-base"), tools],
        surge_upgrade: true,
        status: status("running"),
        ..Cluster::default()
    }
}

pub(in crate::cloud) fn status(state: &str) -> Status {
    Status { state: state.to_owned(), message: String::new() }
}

/// A pool of ours that scales from one node to three.
pub(in crate::cloud) fn pool(name: &str, label: &str, size: &str, id: &str) -> Pool {
    let node = Node { id: format!("{id}-1"), status: status("running"), ..Node::default() };
    Pool {
        id: id.to_owned(),
        name: name.to_owned(),
        size: size.to_owned(),
        count: 1,
        tags: Some(["k8s".to_owned(), "k8s:worker".to_owned()].into_iter().chain(marks::tags("dev")).collect()),
        labels: BTreeMap::from([("pool".to_owned(), label.to_owned())]),
        auto_scale: true,
        min_nodes: 1,
        max_nodes: 3,
        nodes: vec![node],
        ..Pool::default()
    }
}
