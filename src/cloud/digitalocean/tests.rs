//! Calls as they are sent, and answers as they are read: no network in between.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::clusters::{self, AssociatedResources, Cluster, ClusterSettings, MaintenancePolicy, NewCluster, Selection};
use super::domains::{self, Record, RecordSettings};
use super::pools::{self, NewPool, Pool, PoolSettings, Taint};
use super::projects::{self, Project, ProjectSettings};
use super::*;
use super::{keys, vpcs};
use crate::http::{self, Request};

fn request() -> Request {
    Request::get(Url::parse("https://api.example.com/v2/things").unwrap())
}

fn answer(status: u16, body: &str) -> Response {
    Response::of(&request(), status, &[("x-request-id", "of-the-header")], body)
}

fn sent(call: &Call) -> String {
    let base = Url::parse("https://api.example.com/").unwrap();
    format!("{} {}", call.method, call.request(&base, &Secret::new("x")).url.to_full_text())
}

fn pool(name: &str) -> NewPool {
    NewPool {
        size: "s-2vcpu-4gb".to_owned(),
        settings: PoolSettings {
            name: name.to_owned(),
            count: None,
            tags: vec!["a:b".to_owned()],
            labels: BTreeMap::from([("pool".to_owned(), name.to_owned())]),
            taints: Vec::new(),
            auto_scale: true,
            min_nodes: Some(1),
            max_nodes: Some(3),
        },
    }
}

#[test]
fn each_call_goes_where_the_description_says() {
    let project = ProjectSettings {
        name: "p".to_owned(),
        description: String::new(),
        purpose: "Web Application".to_owned(),
        environment: "Development".to_owned(),
    };
    let record = RecordSettings { kind: "A".to_owned(), ..RecordSettings::default() };
    for (call, line, scope) in [
        (options::read(), "GET /v2/kubernetes/options", "kubernetes:read"),
        (clusters::list(), "GET /v2/kubernetes/clusters", "kubernetes:read"),
        (clusters::get("c"), "GET /v2/kubernetes/clusters/c", "kubernetes:read"),
        (clusters::update("c", "n", &ClusterSettings::default()), "PUT /v2/kubernetes/clusters/c", "kubernetes:update"),
        (clusters::delete_alone("c"), "DELETE /v2/kubernetes/clusters/c", "kubernetes:delete"),
        (
            clusters::associated("c"),
            "GET /v2/kubernetes/clusters/c/destroy_with_associated_resources",
            "kubernetes:read",
        ),
        (
            clusters::delete("c", &Selection::default()),
            "DELETE /v2/kubernetes/clusters/c/destroy_with_associated_resources/selective",
            "kubernetes:delete",
        ),
        (clusters::upgrades("c"), "GET /v2/kubernetes/clusters/c/upgrades", "kubernetes:read"),
        (clusters::upgrade("c", "1.2.3-do.0"), "POST /v2/kubernetes/clusters/c/upgrade", "kubernetes:update"),
        (
            clusters::status_messages("c", Some("2026-11-23T00:00:00Z")),
            "GET /v2/kubernetes/clusters/c/status_messages?since=2026-11-23T00%3A00%3A00Z",
            "kubernetes:read",
        ),
        (
            clusters::kubeconfig("c", 60),
            "GET /v2/kubernetes/clusters/c/kubeconfig?type=token&expiry_seconds=60",
            "kubernetes:access_cluster",
        ),
        (clusters::integrate_registry("c", &[], true), "POST /v2/kubernetes/registry", "kubernetes:update"),
        (
            clusters::integrate_registry("c", &["r".to_owned()], false),
            "DELETE /v2/kubernetes/registries",
            "kubernetes:update",
        ),
        (pools::list("c"), "GET /v2/kubernetes/clusters/c/node_pools", "kubernetes:read"),
        (pools::get("c", "p"), "GET /v2/kubernetes/clusters/c/node_pools/p", "kubernetes:read"),
        (pools::create("c", &pool("n")), "POST /v2/kubernetes/clusters/c/node_pools", "kubernetes:create"),
        (
            pools::update("c", "p", &pool("n").settings),
            "PUT /v2/kubernetes/clusters/c/node_pools/p",
            "kubernetes:update",
        ),
        (pools::delete("c", "p"), "DELETE /v2/kubernetes/clusters/c/node_pools/p", "kubernetes:delete"),
        (projects::list(), "GET /v2/projects", "project:read"),
        (projects::create(&project), "POST /v2/projects", "project:create"),
        (projects::update("p", &project, false), "PUT /v2/projects/p", "project:update"),
        (projects::describe("p", "d"), "PATCH /v2/projects/p", "project:update"),
        (projects::delete("p"), "DELETE /v2/projects/p", "project:delete"),
        (projects::members("p"), "GET /v2/projects/p/resources", "project:read"),
        (projects::assign("p", &[]), "POST /v2/projects/p/resources", "project:assign_resource"),
        (vpcs::list(), "GET /v2/vpcs", "vpc:read"),
        (vpcs::describe("v", "d"), "PATCH /v2/vpcs/v", "vpc:update"),
        (vpcs::delete("v"), "DELETE /v2/vpcs/v", "vpc:delete"),
        (domains::list(), "GET /v2/domains", "domain:read"),
        (domains::get("example.com."), "GET /v2/domains/example.com", "domain:read"),
        (domains::create("example.com"), "POST /v2/domains", "domain:create"),
        (domains::delete("example.com"), "DELETE /v2/domains/example.com", "domain:delete"),
        (domains::records("a/b:c"), "GET /v2/domains/a%2Fb%3Ac/records", "domain:read"),
        (domains::create_record("example.com", &record), "POST /v2/domains/example.com/records", "domain:create"),
        (domains::update_record("example.com", 7, &record), "PUT /v2/domains/example.com/records/7", "domain:update"),
        (domains::delete_record("example.com", 7), "DELETE /v2/domains/example.com/records/7", "domain:delete"),
        (keys::list(), "GET /v2/spaces/keys", "spaces_key:read"),
        (keys::get("k"), "GET /v2/spaces/keys/k", "spaces_key:read"),
        (keys::create("n", &[]), "POST /v2/spaces/keys", "spaces_key:create_credentials"),
        (keys::update("k", "n", &[]), "PUT /v2/spaces/keys/k", "spaces_key:update"),
        (keys::delete("k"), "DELETE /v2/spaces/keys/k", "spaces_key:delete"),
    ] {
        let (method, path) = line.split_once(' ').unwrap();
        assert_eq!(sent(&call), format!("{method} https://api.example.com{path}"));
        assert_eq!(call.scope, scope, "{line}");
    }
}

#[test]
fn a_cluster_is_made_with_what_was_said_and_nothing_else() {
    let new = NewCluster {
        name: "example-dev".to_owned(),
        region: "fra1".to_owned(),
        version: "1.35.6-do.1".to_owned(),
        vpc_uuid: None,
        cluster_subnet: None,
        service_subnet: None,
        node_pools: vec![pool("base")],
        settings: ClusterSettings { ha: Some(false), surge_upgrade: Some(false), ..ClusterSettings::default() },
    };
    let expected = json!({
        "name": "example-dev", "region": "fra1", "version": "1.35.6-do.1",
        "node_pools": [{
            "size": "s-2vcpu-4gb", "name": "base", "tags": ["a:b"], "labels": {"pool": "base"}, "taints": [],
            "auto_scale": true, "min_nodes": 1, "max_nodes": 3
        }],
        "surge_upgrade": false, "ha": false
    });
    assert_eq!(clusters::create(&new).body, Some(expected));
}

#[test]
fn a_change_sends_the_name_and_what_changes() {
    let day = MaintenancePolicy { start_time: "03:00".to_owned(), day: "sunday".to_owned() };
    let settings = ClusterSettings { tags: Some(Vec::new()), maintenance_policy: Some(day), ..Default::default() };
    let expected = json!({ "name": "n", "tags": [], "maintenance_policy": { "start_time": "03:00", "day": "sunday" } });
    assert_eq!(clusters::update("c", "n", &settings).body, Some(expected));
    // Lists that are empty are sent: they take away what was there.
    let empty = PoolSettings { labels: BTreeMap::new(), tags: Vec::new(), ..pool("n").settings };
    let body = pools::update("c", "p", &empty).body.unwrap();
    assert_eq!((&body["labels"], &body["taints"], &body["tags"]), (&json!({}), &json!([]), &json!([])));
    assert_eq!(body.get("count"), None);
}

#[test]
fn a_cluster_is_read_whatever_is_missing_null_or_new() {
    let sparse: Cluster =
        answer::one(&answer(200, r#"{"kubernetes_cluster": {"id": "c", "name": "n"}}"#), "kubernetes_cluster").unwrap();
    assert_eq!((sparse.id.as_str(), sparse.tags, sparse.node_pools.len()), ("c", None, 0));
    let full: Cluster = serde_json::from_value(json!({
        "id": "c", "name": "n", "region": "fra1", "version": "1.35.6-do.1", "vpc_uuid": "", "endpoint": "", "ipv4": null,
        "tags": [], "maintenance_policy": null, "registries": null, "ha": null,
        "status": {"state": "hibernating", "message": null}, "routing_agent": {"enabled": true},
        "node_pools": [{
            "id": "p", "name": "base", "size": "s", "count": 2, "labels": null, "taints": null,
            "nodes": [{"id": "1", "name": " ", "droplet_id": " ", "status": {"state": "running"}}]
        }]
    }))
    .unwrap();
    assert_eq!((full.tags, full.vpc_uuid, full.endpoint), (Some(Vec::new()), None, None));
    assert_eq!(full.status.state, "hibernating");
    assert_eq!(full.others["routing_agent"], json!({"enabled": true}));
    let pool: &Pool = &full.node_pools[0];
    assert_eq!((pool.labels.len(), pool.taints.len(), &pool.tags), (0, 0, &None));
    assert_eq!(pool.nodes[0].status.state, "running");
    let taints: Vec<Taint> =
        serde_json::from_value(json!([{"key": "k", "value": null, "effect": "NoSchedule"}])).unwrap();
    assert_eq!(taints[0].value, "");
}

#[test]
fn answers_without_a_wrapper_are_read_as_well() {
    let found: AssociatedResources =
        answer::whole(&answer(200, r#"{"load_balancers": [{"id": "1", "name": "lb"}], "volumes": null}"#)).unwrap();
    assert_eq!((found.load_balancers[0].id.as_str(), found.volumes.len()), ("1", 0));
    let record: Record = serde_json::from_value(json!({
        "id": 28_448_429, "type": "CNAME", "name": "www", "data": "example.com", "priority": null, "port": null,
        "ttl": 1800, "weight": null, "flags": null, "tag": null
    }))
    .unwrap();
    assert_eq!((record.id, record.settings.kind.as_str(), record.settings.ttl), (28_448_429, "CNAME", Some(1800)));
}

/// Reads a list whose pages `body` makes from their numbers, and what was asked for.
fn paged(body: impl Fn(usize) -> Value) -> (Result<Vec<Project>, Error>, Vec<String>) {
    let mut asked = Vec::new();
    let read = pages(&projects::list(), "projects", |call| {
        asked.push(sent(call));
        Ok(answer(200, &body(asked.len()).to_string()))
    });
    (read, asked)
}

#[test]
fn pages_are_counted_and_no_address_is_followed() {
    let elsewhere = json!({"pages": {"next": "https://elsewhere.example.net/?page=9"}});
    let (read, asked) = paged(|number| match number {
        1 | 2 => json!({"projects": [{"id": number.to_string()}], "links": elsewhere, "meta": {"total": 3}}),
        _ => json!({"projects": [{"id": "3"}], "links": {}, "meta": {"total": 3}}),
    });
    let ids: Vec<_> = read.unwrap().into_iter().map(|project| project.id).collect();
    assert_eq!(ids, ["1", "2", "3"]);
    let page = |number| format!("GET https://api.example.com/v2/projects?per_page=200&page={number}");
    assert_eq!(asked, [1, 2, 3].map(page));
}

#[test]
fn a_list_ends_at_an_empty_page_and_at_the_last_resort() {
    let next = json!({"pages": {"next": "x"}});
    let (read, asked) = paged(|number| match number {
        1 => json!({"projects": [{"id": "1"}], "links": next}),
        _ => json!({"projects": null, "links": next}),
    });
    assert_eq!((read.unwrap().len(), asked.len()), (1, 2));
    let (read, asked) = paged(|_| json!({"projects": [{"id": "1"}], "links": next}));
    assert!(matches!(read, Err(Error::Call { source: http::Error::Malformed { .. }, .. })));
    assert_eq!(asked.len(), 100);
    // Without links there is one page; without the list itself, something else has answered.
    assert_eq!(paged(|_| json!({"projects": []})).0.unwrap().len(), 0);
    assert!(paged(|_| json!({"login": "please"})).0.is_err());
}

#[test]
fn refusals_keep_the_words_of_the_api() {
    let refused = |status, body: &str| answer::success(answer(status, body)).unwrap_err().to_string();
    let beginning = "GET https://api.example.com/v2/things answered";
    assert_eq!(
        refused(422, r#"{"id": "unprocessable_entity", "message": "invalid\nsize", "request_id": "of-the-body"}"#),
        format!("{beginning} 422: invalid size; request id of-the-header")
    );
    assert_eq!(
        refused(400, r#"{"error": "bad tag", "messages": null, "root_causes": ["rpc error", "too long"]}"#),
        format!("{beginning} 400: bad tag: rpc error: too long; request id of-the-header")
    );
    assert_eq!(refused(503, ""), format!("{beginning} 503; request id of-the-header"));
    assert_eq!(refused(502, "<html>gateway"), format!("{beginning} 502; request id of-the-header"));
    assert_eq!(refused(500, "not json"), format!("{beginning} 500: not json; request id of-the-header"));
    let bare = Response::of(&request(), 404, &[], r#"{"id": "not_found", "message": "", "request_id": "of-the-body"}"#);
    let error = answer::success(bare).unwrap_err();
    assert_eq!(error.status(), Some(404));
    assert!(error.to_string().ends_with("; request id of-the-body"), "{error}");
    assert!(answer::success(answer(204, "")).is_ok());
}

#[test]
fn a_new_key_shows_its_secret_to_nobody() {
    let shown = json!({"name": "n", "access_key": "a", "grants": [], "secret_key": "in-here"});
    let created: keys::NewSpacesKey = serde_json::from_str(&shown.to_string()).unwrap();
    assert_eq!(created.secret_key.expose(), "in-here");
    assert!(!format!("{created:?}").contains("in-here"));
}
