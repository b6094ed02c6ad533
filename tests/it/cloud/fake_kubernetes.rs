//! The traps of clusters and pools.

use serde_json::{Value, json};
use supercargo::http::{Request, Secret, Url};

use super::fake::{Associated, Cloud, World, token};
use super::probe::{Probe, client};

const CLUSTERS: &str = "/v2/kubernetes/clusters";

fn pool(name: &str, count: usize) -> Value {
    json!({"name": name, "size": "s-2vcpu-4gb", "count": count, "labels": {"pool": name}})
}

fn cluster() -> Value {
    json!({
        "name": "example-dev", "region": "fra1", "version": "1.36", "tags": ["managed-by:supercargo"],
        "ha": false, "node_pools": [pool("base", 2)],
    })
}

/// A cloud with a cluster, and the cluster's address.
fn begun() -> (Cloud, Probe, String) {
    let cloud = Cloud::start(World::new());
    let probe = Probe::new(&cloud);
    let made = probe.done(&format!("POST {CLUSTERS}"), &cluster());
    let path = format!("{CLUSTERS}/{}", made["kubernetes_cluster"]["id"].as_str().unwrap());
    (cloud, probe, path)
}

/// The same, when it runs.
fn running() -> (Cloud, Probe, String) {
    let (cloud, probe, path) = begun();
    cloud.world(|world| world.advance(1000));
    (cloud, probe, path)
}

#[test]
fn a_cluster_takes_its_time() {
    let (_cloud, probe, path) = begun();
    let made = probe.get(&path);
    let made = &made["kubernetes_cluster"];
    assert_eq!((&made["status"]["state"], &made["endpoint"]), (&json!("provisioning"), &json!("")));
    let node = &made["node_pools"][0]["nodes"][1];
    assert_eq!(
        (&node["name"], &node["droplet_id"], &node["status"]["state"]),
        (&json!(" "), &json!(" "), &json!("provisioning"))
    );
    let (mut polls, mut state) = (0, Value::Null);
    while state != "running" {
        polls += 1;
        state = probe.get(&path)["kubernetes_cluster"]["status"]["state"].clone();
    }
    assert!((3..10).contains(&polls), "{polls}");
    // Nodes run later than their cluster.
    let states = |value: &Value| value["node_pools"][0]["nodes"][0]["status"]["state"].clone();
    assert_eq!(states(&probe.get(&format!("{path}/node_pools"))), "provisioning");
    probe.get(&path);
    assert_eq!(states(&probe.get(&format!("{path}/node_pools"))), "running");
}

#[test]
fn versions_are_resolved_and_tags_added() {
    let (_cloud, probe, path) = begun();
    let made = probe.get(&path)["kubernetes_cluster"].clone();
    let id = made["id"].as_str().unwrap();
    assert_eq!(made["version"], "1.36.1-do.0");
    assert_eq!(made["tags"], json!(["k8s", format!("k8s:{id}"), "managed-by:supercargo"]));
    let pool = &made["node_pools"][0];
    assert_eq!(pool["tags"], json!(["k8s", format!("k8s:{id}"), "k8s:worker"]));
    assert_eq!((&pool["min_nodes"], &pool["max_nodes"]), (&json!(0), &json!(0)));
    assert_eq!(probe.get("/v2/kubernetes/options")["options"]["versions"][0]["slug"], "1.36.1-do.0");
}

#[test]
fn wrong_requests_are_refused_by_validation() {
    let cloud = Cloud::start(World::new());
    let probe = Probe::new(&cloud);
    for (change, message) in [
        (json!({"version": "1.20"}), "validation error: invalid version slug"),
        (json!({"region": "FRA1"}), "validation error: invalid region slug"),
        (json!({"nodePools": "x"}), "validation error: unknown field nodePools"),
        (json!({"name": null}), "validation error: name is required"),
        (json!({"node_pools": []}), "validation error: a cluster needs a node pool with a node"),
        (json!({"node_pools": [pool("a", 26)]}), "creating these nodes would exceed your droplet limit"),
        (
            json!({"node_pools": [pool(&"a".repeat(56), 1)]}),
            "worker_node_pool_specs[0].pool names cannot be greater than 55 characters",
        ),
        (
            json!({"node_pools": [{"name": "a", "size": "huge", "count": 1}]}),
            "validation error: worker_node_pool_specs[0].invalid size slug huge",
        ),
        (
            json!({"node_pools": [{"name": "a", "size": "c-2"}]}),
            "validation error: worker_node_pool_specs[0].count is required",
        ),
        (json!({"vpc_uuid": "elsewhere"}), "validation error: vpc_uuid is not a VPC of this region"),
        (json!({"tags": ["two words"]}), "validation error: invalid tag name two words"),
        (
            json!({"maintenance_policy": {"start_time": "4", "day": "any"}}),
            "validation error: invalid maintenance_policy",
        ),
    ] {
        let mut body = cluster();
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let refused = probe.refused(&format!("POST {CLUSTERS}"), &body);
        assert_eq!(refused, (422, message.to_owned()));
    }
    assert!(cloud.world(|world| world.clusters.is_empty()));
}

#[test]
fn what_is_put_replaces_and_what_is_left_out_stays() {
    let (_cloud, probe, path) = running();
    let put = |body: Value| probe.done(&format!("PUT {path}"), &body)["kubernetes_cluster"].clone();
    assert_eq!(put(json!({"name": "example-dev"}))["tags"][2], "managed-by:supercargo");
    let changed = put(json!({"name": "example-dev", "tags": ["Managed-By:Supercargo", "x"], "auto_upgrade": true}));
    // The first spelling of a tag is the one that counts.
    assert_eq!((&changed["tags"][2], &changed["tags"][3]), (&json!("managed-by:supercargo"), &json!("x")));
    assert_eq!(changed["auto_upgrade"], true);
    assert_eq!(put(json!({"name": "example-dev", "tags": []}))["tags"].as_array().unwrap().len(), 2);
    assert_eq!(put(json!({"name": "other"}))["name"], "other");
    assert_eq!(probe.refused(&format!("PUT {path}"), &json!({"tags": []})).0, 422);
    assert_eq!(put(json!({"name": "other", "ha": true}))["ha"], true);
    assert_eq!(probe.refused(&format!("PUT {path}"), &json!({"name": "other", "ha": false})).0, 422);
    let version = json!({"name": "other", "version": "1.36"});
    assert_eq!(probe.refused(&format!("PUT {path}"), &version).1, "validation error: unknown field version");
}

#[test]
fn an_autoscaled_pool_keeps_its_count_unless_it_is_sent() {
    let (cloud, probe, path) = running();
    let mut body = pool("tools", 1);
    body.as_object_mut()
        .unwrap()
        .extend(json!({"auto_scale": true, "min_nodes": 1, "max_nodes": 4}).as_object().unwrap().clone());
    let made = probe.done(&format!("POST {path}/node_pools"), &body)["node_pool"].clone();
    let line = format!("PUT {path}/node_pools/{}", made["id"].as_str().unwrap());
    // The autoscaler acts.
    cloud.world(|world| world.clusters[0].pools[1].count = 3);
    let put = |body: Value| probe.done(&line, &body)["node_pool"].clone();
    let kept = put(json!({"name": "tools", "auto_scale": true, "min_nodes": 1, "max_nodes": 4}));
    assert_eq!((&kept["count"], &kept["nodes"][2]["status"]["state"]), (&json!(3), &json!("provisioning")));
    assert_eq!(put(json!({"name": "tools", "count": 9}))["count"], 1, "out of the range the minimum counts");
    let fixed = put(json!({"name": "tools", "auto_scale": false, "count": 2, "min_nodes": 1, "max_nodes": 4}));
    assert_eq!((&fixed["count"], &fixed["min_nodes"], &fixed["max_nodes"]), (&json!(2), &json!(0), &json!(0)));
    assert_eq!(
        probe.refused(&line, &json!({"name": "tools", "size": "c-2"})).1,
        "validation error: unknown field size"
    );
    assert_eq!(probe.refused(&line, &json!({"count": 2})).1, "validation error: name is required");
    assert_eq!(probe.refused(&line, &json!({"name": "tools", "count": 30})).0, 422);
}

#[test]
fn labels_and_taints_are_replaced_as_a_whole() {
    let (_cloud, probe, path) = running();
    let id = probe.get(&path)["kubernetes_cluster"]["node_pools"][0]["id"].clone();
    let line = format!("PUT {path}/node_pools/{}", id.as_str().unwrap());
    let put = |body: Value| probe.done(&line, &body)["node_pool"].clone();
    let taint = json!([{"key": "base", "value": "true", "effect": "NoSchedule"}]);
    assert_eq!(put(json!({"name": "base", "taints": taint}))["labels"], json!({"pool": "base"}));
    let changed = put(json!({"name": "base", "labels": {}}));
    assert_eq!((&changed["labels"], &changed["taints"]), (&Value::Null, &taint));
    assert_eq!(put(json!({"name": "base", "taints": []}))["taints"], json!([]));
    let wrong = json!([{"Key": "base", "Effect": "NoSchedule"}]);
    assert_eq!(probe.refused(&line, &json!({"name": "base", "taints": wrong})).0, 422);
}

#[test]
fn pools_wait_for_their_cluster_and_go_slowly() {
    let (cloud, probe, path) = begun();
    let pools = format!("{path}/node_pools");
    assert_eq!(probe.refused(&format!("POST {pools}"), &pool("tools", 1)).0, 412);
    cloud.world(|world| world.advance(1000));
    let base = probe.get(&pools)["node_pools"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(probe.status(&format!("DELETE {pools}/{base}")), 422, "the last pool stays");
    let made = probe.done(&format!("POST {pools}"), &pool("tools", 1));
    let node = made["node_pool"]["nodes"][0]["id"].as_str().unwrap();
    let tools = made["node_pool"]["id"].as_str().unwrap();
    assert_eq!(probe.status(&format!("DELETE {pools}/{tools}/nodes/{node}?replace=1")), 202);
    assert_eq!(probe.status(&format!("DELETE {pools}/{tools}")), 204);
    assert_eq!(probe.status(&format!("GET {pools}/{tools}")), 200);
    cloud.world(|world| world.advance(100));
    assert_eq!(probe.status(&format!("GET {pools}/{tools}")), 404);
    assert_eq!(probe.status(&format!("DELETE {pools}/{tools}")), 404);
}

#[test]
fn an_upgrade_needs_a_slug_that_is_on_offer() {
    let (cloud, probe, path) = running();
    assert_eq!(probe.get(&format!("{path}/upgrades"))["available_upgrade_versions"], Value::Null);
    cloud.world(|world| world.clusters[0].version = "1.35.4-do.0".to_owned());
    let offered = probe.get(&format!("{path}/upgrades"))["available_upgrade_versions"].clone();
    assert_eq!((&offered[0]["slug"], &offered[1]), (&json!("1.35.6-do.1"), &Value::Null));
    let upgrade = format!("POST {path}/upgrade");
    assert_eq!(probe.refused(&upgrade, &json!({"version": "latest"})), (404, "cluster not found".to_owned()));
    assert_eq!(probe.refused(&upgrade, &json!({"version": "1.36.1-do.0"})).0, 422);
    assert_eq!(probe.ask(&upgrade, Some(&json!({"version": "1.35.6-do.1"}))), (202, Value::Null));
    assert_eq!(probe.get(&path)["kubernetes_cluster"]["status"]["state"], "upgrading");
    assert_eq!(probe.refused(&format!("POST {path}/node_pools"), &pool("tools", 1)).0, 412);
    cloud.world(|world| world.advance(100));
    let after = probe.get(&path)["kubernetes_cluster"].clone();
    assert_eq!((&after["status"]["state"], &after["version"]), (&json!("running"), &json!("1.35.6-do.1")));
}

#[test]
fn a_deleted_cluster_is_there_for_a_while_and_leaves_what_it_made() {
    let (cloud, probe, path) = running();
    let one = |kind: &'static str, id: &str| Associated { kind, id: id.to_owned(), name: format!("pvc-{id}") };
    let volumes = [one("load_balancers", "lb-1"), one("volumes", "v-1"), one("volume_snapshots", "s-1")];
    cloud.world(|world| world.clusters[0].associated = volumes.to_vec());
    // This one is not wrapped.
    let shown = probe.get(&format!("{path}/destroy_with_associated_resources"));
    assert_eq!(shown["load_balancers"], json!([{"id": "lb-1", "name": "pvc-lb-1"}]));
    let line = format!("DELETE {path}/destroy_with_associated_resources/selective");
    assert_eq!(probe.ask(&line, Some(&json!({"volumes": ["v-2"]}))).0, 422);
    assert_eq!(probe.ask(&line, Some(&json!({"load_balancers": ["lb-1"], "volumes": []}))), (204, Value::Null));
    assert_eq!(cloud.world(|world| world.leftovers.clone()), volumes[1..]);
    assert_eq!(probe.get(&path)["kubernetes_cluster"]["status"]["state"], "deleting");
    cloud.world(|world| world.advance(100));
    assert_eq!(probe.status(&format!("GET {path}")), 404);
    assert_eq!(probe.get("/v2/projects/default/resources?page=1")["resources"], json!([]));
}

#[test]
fn everything_associated_goes_with_the_dangerous_call_and_nothing_with_the_plain_one() {
    for (end, left) in [("/destroy_with_associated_resources/dangerous", 0), ("", 1)] {
        let (cloud, probe, path) = running();
        let volume = Associated { kind: "volumes", id: "v-1".to_owned(), name: "pvc-1".to_owned() };
        cloud.world(|world| world.clusters[0].associated.push(volume));
        assert_eq!(probe.status(&format!("DELETE {path}{end}")), 204);
        assert_eq!(cloud.world(|world| world.leftovers.len()), left, "{end}");
    }
}

#[test]
fn a_planted_state_is_what_everybody_sees() {
    let (cloud, probe, path) = running();
    cloud.world(|world| world.clusters[0].planted_state = Some(("error", "out of Droplets".to_owned())));
    assert_eq!(probe.get(&path)["kubernetes_cluster"]["status"]["state"], "error");
    let messages = probe.get(&format!("{path}/status_messages"));
    assert_eq!(messages["messages"][0]["message"], "out of Droplets");
}

#[test]
fn kubeconfig_is_yaml_and_every_call_mints_a_token() {
    let (cloud, probe, path) = begun();
    assert_eq!(probe.status(&format!("GET {path}/kubeconfig")), 404, "it does not run yet");
    cloud.world(|world| world.advance(1000));
    let url = Url::parse(&format!("{}{path}/kubeconfig?type=token&expiry_seconds=600", cloud.url())).unwrap();
    let ask = |accept: &str| {
        let secret = Secret::new(token()).as_bearer();
        client().send(&Request::get(url.clone()).header("accept", accept).secret("authorization", secret)).unwrap()
    };
    assert_eq!(ask("application/json").status, 406);
    let text = String::from_utf8(ask("application/yaml").body).unwrap();
    assert!(text.contains("current-context: do-fra1-example-dev\n"), "{text}");
    assert!(serde_yaml::from_str::<Value>(&text).unwrap()["users"][0]["user"]["token"].is_string(), "{text}");
    let credentials = probe.get(&format!("{path}/credentials?expiry_seconds=60"));
    assert!(credentials["server"].as_str().unwrap().starts_with("https://"));
    assert_eq!((&credentials["client_key_data"], &credentials["token"]), (&Value::Null, &json!("minted-access-2")));
    assert_eq!(cloud.world(|world| world.minted_tokens), 2);
}

#[test]
fn registries_are_integrated_by_calls_of_their_own() {
    let (cloud, probe, path) = running();
    let id = path.rsplit('/').next().unwrap();
    let body = json!({"cluster_uuids": [id]});
    assert_eq!(probe.ask("POST /v2/kubernetes/registry", Some(&body)), (204, Value::Null));
    let shown = probe.get(&path)["kubernetes_cluster"].clone();
    assert_eq!((&shown["registry_enabled"], &shown["registries"]), (&json!(true), &json!(["example"])));
    let named = json!({"cluster_uuids": [id], "registries": ["example"]});
    assert_eq!(probe.ask("DELETE /v2/kubernetes/registries", Some(&named)).0, 204);
    assert_eq!(probe.get(&path)["kubernetes_cluster"]["registries"], Value::Null);
    assert_eq!(probe.ask("POST /v2/kubernetes/registry", Some(&json!({"cluster_uuids": ["x"]}))).0, 404);
    assert_eq!(probe.get("/v2/registry")["registry"]["name"], "example");
    assert_eq!(probe.get("/v2/registries")["registries"][0]["name"], "example");
    cloud.world(|world| world.registries.clear());
    assert_eq!(probe.status("GET /v2/registry"), 404);
}
