//! The traps of everything else in an account, and of the API as a whole.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::fake::{Cloud, Grant, Token, World};
use super::probe::Probe;

fn begun() -> (Cloud, Probe) {
    let cloud = Cloud::start(World::new());
    let probe = Probe::new(&cloud);
    (cloud, probe)
}

#[test]
fn nobody_gets_in_without_the_token() {
    let (cloud, probe) = begun();
    assert_eq!(Probe::with(&cloud, "another").status("GET /v2/vpcs"), 401);
    let response = probe.send("GET /v2/vpcs", None).unwrap();
    assert!(response.header("x-request-id").is_some());
    let remaining = response.header("ratelimit-remaining").unwrap();
    assert_eq!((response.header("ratelimit-limit").unwrap(), remaining), ("5000", "4998"));
    assert_eq!(probe.status("GET /v2/nothing"), 404);
}

#[test]
fn a_token_sees_what_its_scopes_allow_and_is_not_told_of_the_rest() {
    let (cloud, probe) = begun();
    let pools = json!([{"name": "base", "size": "c-2", "count": 1}]);
    let body = json!({"name": "a", "region": "fra1", "version": "latest", "tags": ["x"], "node_pools": pools});
    let id = probe.done("POST /v2/kubernetes/clusters", &body)["kubernetes_cluster"]["id"].clone();
    let path = format!("/v2/kubernetes/clusters/{}", id.as_str().unwrap());
    let scopes = BTreeSet::from(["kubernetes:read".to_owned(), "project:read".to_owned()]);
    cloud.world(|world| world.tokens.push(Token { text: "narrow".to_owned(), scopes: Some(scopes) }));
    let narrow = Probe::with(&cloud, "narrow");
    let shown = narrow.get(&path)["kubernetes_cluster"].clone();
    assert_eq!((shown.get("tags"), shown.get("vpc_uuid"), shown["node_pools"][0].get("tags")), (None, None, None));
    for line in [
        format!("DELETE {path}"),
        format!("GET {path}/kubeconfig"),
        format!("POST {path}/upgrade"),
        "POST /v2/kubernetes/registry".to_owned(),
        "POST /v2/projects/default/resources".to_owned(),
        "GET /v2/spaces/keys".to_owned(),
        "POST /v2/domains".to_owned(),
        "GET /v2/tags".to_owned(),
        "GET /v2/registry".to_owned(),
    ] {
        assert_eq!(narrow.status(&line), 403, "{line}");
    }
    // What it may not read is missing from lists.
    probe.done("POST /v2/domains", &json!({"name": "example.com"}));
    assert_eq!(narrow.get("/v2/projects/default/resources")["meta"]["total"], 1);
    assert_eq!(probe.get("/v2/projects/default/resources")["meta"]["total"], 2);
}

#[test]
fn lists_come_in_pages_whose_links_lead_elsewhere() {
    let (_cloud, probe) = begun();
    for number in 0..45 {
        probe.done("POST /v2/tags", &json!({"name": format!("tag-{number}")}));
    }
    let first = probe.get("/v2/tags");
    assert_eq!((first["tags"].as_array().unwrap().len(), &first["meta"]["total"]), (20, &json!(45)));
    assert_eq!(first["links"]["pages"]["next"], "https://api.digitalocean.com/v2/tags?page=2&per_page=20");
    assert_eq!(first["links"]["pages"].get("prev"), None);
    let last = probe.get("/v2/tags?page=3");
    assert_eq!((last["tags"].as_array().unwrap().len(), last["links"]["pages"].get("next")), (5, None));
    assert_eq!(probe.get("/v2/tags?page=9")["tags"], json!([]));
    assert_eq!(probe.get("/v2/tags?per_page=200")["links"], json!({}));
    assert_eq!((probe.status("GET /v2/tags?per_page=201"), probe.status("GET /v2/tags?page=0")), (422, 422));
}

#[test]
fn tags_have_one_spelling_and_errors_of_their_own_shape() {
    let (cloud, probe) = begun();
    probe.done("POST /v2/tags", &json!({"name": "Env:Dev"}));
    assert_eq!(probe.done("POST /v2/tags", &json!({"name": "env:dev"}))["tag"]["name"], "Env:Dev");
    assert_eq!(probe.get("/v2/tags/env%3Adev")["tag"]["name"], "Env:Dev");
    let (status, body) = probe.ask("POST /v2/tags", Some(&json!({"name": "a b"})));
    assert_eq!((status, body.get("message"), &body["messages"]), (400, None, &Value::Null));
    assert!(body["root_causes"][0].as_str().unwrap().starts_with("rpc error: code = InvalidArgument"));
    assert_eq!(probe.status("DELETE /v2/tags/env:dev"), 204);
    assert!(cloud.world(|world| world.tags.is_empty()));
}

#[test]
fn a_domain_comes_with_records_that_stay() {
    let (cloud, probe) = begun();
    let domain = json!({"name": "example.com", "ip_address": "192.0.2.1"});
    assert_eq!(
        probe.done("POST /v2/domains", &domain)["domain"],
        json!({"name": "example.com", "ttl": 1800, "zone_file": null})
    );
    let records = probe.get("/v2/domains/example.com/records")["domain_records"].clone();
    let kinds: Vec<_> = records.as_array().unwrap().iter().map(|record| record["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["SOA", "NS", "NS", "NS", "A"]);
    let authority = format!("/v2/domains/example.com/records/{}", records[0]["id"]);
    assert_eq!(probe.status(&format!("DELETE {authority}")), 422);
    assert_eq!(
        probe.done(&format!("PUT {authority}"), &json!({"type": "SOA", "ttl": 900}))["domain_record"]["ttl"],
        900
    );
    assert_eq!(probe.refused("POST /v2/domains", &json!({"name": "example.com"})).0, 422);
    cloud.world(|world| world.foreign_domains.push("example.org".to_owned()));
    assert_eq!(probe.refused("POST /v2/domains", &json!({"name": "example.org"})).0, 422);
    assert_eq!(probe.status("GET /v2/domains/example.com."), 404);
    assert_eq!(probe.get("/v2/domains")["domains"][0]["name"], "example.com");
    assert_eq!(probe.get("/v2/domains/example.com")["domain"]["ttl"], 1800);
    assert_eq!(probe.status("DELETE /v2/domains/example.com"), 204);
    assert_eq!(probe.get("/v2/projects/default/resources")["resources"], json!([]));
}

/// A domain, and a call that adds records to it.
fn with_domain() -> (Cloud, Probe) {
    let (cloud, probe) = begun();
    probe.done("POST /v2/domains", &json!({"name": "example.com"}));
    (cloud, probe)
}

const RECORDS: &str = "/v2/domains/example.com/records";

#[test]
fn hosts_in_data_are_sent_with_a_dot_and_come_back_without() {
    let (cloud, probe) = with_domain();
    let post = format!("POST {RECORDS}");
    let dot = (422, "Data needs to end with a dot (.)".to_owned());
    for record in [
        json!({"type": "CNAME", "name": "www", "data": "host.example.net."}),
        json!({"type": "MX", "name": "@", "data": "host.example.net.", "priority": 10}),
        json!({"type": "NS", "name": "sub", "data": "host.example.net."}),
        json!({"type": "SRV", "name": "_a._tcp", "data": "host.example.net.", "priority": 1, "port": 2, "weight": 3}),
        json!({"type": "CAA", "name": "@", "data": "host.example.net.", "flags": 0, "tag": "issue"}),
    ] {
        let mut without = record.clone();
        without["data"] = json!("host.example.net");
        assert_eq!(probe.refused(&post, &without), dot, "{record}");
        let made = probe.done(&post, &record)["domain_record"].clone();
        assert_eq!(made["data"], "host.example.net");
        // What is stored is validated again, without its dot.
        let line = format!("{RECORDS}/{}", made["id"]);
        assert_eq!(probe.refused(&format!("PATCH {line}"), &json!({"type": record["type"], "ttl": 60})), dot);
        let mut whole = record.clone();
        whole["ttl"] = json!(60);
        assert_eq!(probe.done(&format!("PUT {line}"), &whole)["domain_record"]["ttl"], 60);
        assert_eq!(probe.get(&line)["domain_record"]["ttl"], 60);
    }
    let alias = json!({"type": "CNAME", "name": "apex", "data": "@"});
    assert_eq!(probe.done(&post, &alias)["domain_record"]["data"], "@");
    assert_eq!(cloud.world(|world| world.domains[0].records.len()), 10);
}

#[test]
fn an_alias_shares_its_name_with_nobody() {
    let (_cloud, probe) = with_domain();
    let post = format!("POST {RECORDS}");
    let clash = (422, "CNAME records cannot share a name with other records".to_owned());
    let alias = |name: &str| json!({"type": "CNAME", "name": name, "data": "host.example.net."});
    let address = |name: &str| json!({"type": "A", "name": name, "data": "192.0.2.1"});
    assert_eq!(probe.refused(&post, &alias("@")), clash);
    probe.done(&post, &alias("a"));
    assert_eq!(probe.refused(&post, &address("a")), clash);
    probe.done(&post, &address("b"));
    assert_eq!(probe.refused(&post, &alias("b.example.com.")), clash);
}

#[test]
fn a_set_has_one_ttl_and_may_hold_the_same_twice() {
    let (_cloud, probe) = with_domain();
    let address = |ttl: u32| json!({"type": "A", "name": "www.example.com.", "data": "192.0.2.1", "ttl": ttl});
    probe.done(&format!("POST {RECORDS}"), &address(60));
    assert_eq!(probe.done(&format!("POST {RECORDS}"), &address(120))["domain_record"]["name"], "www");
    let found = probe.get(&format!("{RECORDS}?type=A&name=www.example.com"))["domain_records"].clone();
    assert_eq!((&found[0]["ttl"], &found[1]["ttl"], &found[2]), (&json!(120), &json!(120), &Value::Null));
    assert_eq!(probe.get(&format!("{RECORDS}?type=A&name=www"))["domain_records"], json!([]));
    assert_eq!(probe.status(&format!("DELETE {RECORDS}/{}", found[0]["id"])), 204);
    assert_eq!(probe.status(&format!("DELETE {RECORDS}/{}", found[0]["id"])), 404);
}

#[test]
fn wrong_records_are_refused() {
    let (_cloud, probe) = with_domain();
    for record in [
        json!({"type": "A", "name": "a", "data": "host.example.net."}),
        json!({"type": "AAAA", "name": "a", "data": "192.0.2.1"}),
        json!({"type": "MX", "name": "a", "data": "host.example.net."}),
        json!({"type": "SRV", "name": "a", "data": "host.example.net.", "priority": 1, "port": 65536, "weight": 1}),
        json!({"type": "CAA", "name": "a", "data": "host.example.net.", "flags": 256, "tag": "issue"}),
        json!({"type": "CAA", "name": "a", "data": "host.example.net.", "flags": 0, "tag": "issued"}),
        json!({"type": "TXT", "name": "a"}),
        json!({"type": "TXT", "data": "a"}),
        json!({"type": "TXT", "name": "a", "data": "a", "ttl": 0}),
        json!({"type": "PTR", "name": "a", "data": "a"}),
    ] {
        assert_eq!(probe.refused(&format!("POST {RECORDS}"), &record).0, 422, "{record}");
    }
    probe.done(&format!("POST {RECORDS}"), &json!({"type": "AAAA", "name": "a", "data": "2001:db8::1"}));
    let text = probe.done(&format!("POST {RECORDS}"), &json!({"type": "TXT", "name": "a", "data": "heritage=x"}));
    let line = format!("PUT {RECORDS}/{}", text["domain_record"]["id"]);
    assert_eq!(probe.refused(&line, &json!({"type": "A"})).1, "the type of a record cannot be changed");
}

#[test]
fn a_project_is_new_for_a_while_and_full_until_it_is_empty() {
    let (cloud, probe) = begun();
    let body = json!({"name": "example", "purpose": "platform", "environment": "Production", "description": "d"});
    let made = probe.done("POST /v2/projects", &body)["project"].clone();
    assert_eq!((&made["purpose"], &made["environment"]), (&json!("Other: platform"), &json!("Production")));
    let path = format!("/v2/projects/{}", made["id"].as_str().unwrap());
    assert_eq!((probe.status(&format!("GET {path}")), probe.status(&format!("GET {path}/resources"))), (200, 404));
    assert_eq!(probe.refused("POST /v2/projects", &body), (409, "name is already in use".to_owned()));
    cloud.world(|world| world.advance(100));
    probe.done("POST /v2/domains", &json!({"name": "example.com"}));
    let assign = |urn: &str| {
        let answer = probe.done(&format!("POST {path}/resources"), &json!({"resources": [urn]}));
        answer["resources"][0]["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(assign("do:domain:example.com"), "assigned");
    assert_eq!(assign("do:domain:example.com"), "already_assigned");
    assert_eq!(assign("do:space:nobody"), "not_found");
    assert_eq!(probe.get("/v2/projects/default/resources")["resources"], json!([]));
    assert_eq!(probe.get(&format!("{path}/resources"))["resources"][0]["status"], "ok");
    assert_eq!(probe.status(&format!("DELETE {path}")), 412);
    probe.done("POST /v2/projects/default/resources", &json!({"resources": ["do:domain:example.com"]}));
    assert_eq!(probe.status(&format!("DELETE {path}")), 204);
    assert_eq!(probe.status("DELETE /v2/projects/default"), 412);
}

#[test]
fn a_project_is_put_whole_and_patched_in_part() {
    let (cloud, probe) = begun();
    let mut whole = json!({
        "name": "example", "purpose": "IoT", "environment": "Staging", "description": "", "is_default": true,
    });
    assert_eq!(probe.refused("PUT /v2/projects/default", &json!({"name": "example"})).0, 422);
    assert_eq!(probe.done("PUT /v2/projects/default", &whole)["project"]["purpose"], "IoT");
    // The official client sends null for what it leaves alone, which is not as it is described.
    let part = json!({"description": "d", "name": null});
    let patched = cloud.world(|world| world.seed("PATCH /v2/projects/default", &part))["project"].clone();
    assert_eq!((&patched["name"], &patched["description"]), (&json!("example"), &json!("d")));
    for (field, length) in [("name", 176), ("description", 256)] {
        whole[field] = json!("x".repeat(length));
        assert_eq!(probe.refused("PUT /v2/projects/default", &whole).0, 422, "{field}");
        whole[field] = json!("x");
    }
    assert_eq!(probe.get("/v2/projects")["projects"][0]["name"], "example");
}

#[test]
fn a_network_with_members_stays() {
    let (cloud, probe) = begun();
    assert_eq!(probe.get("/v2/vpcs")["meta"]["total"], 5);
    let made = probe.done("POST /v2/vpcs", &json!({"name": "example-dev", "region": "fra1"}))["vpc"].clone();
    let path = format!("/v2/vpcs/{}", made["id"].as_str().unwrap());
    assert!(made["ip_range"].as_str().unwrap().ends_with("/20"));
    for body in [
        json!({"name": "example-dev", "region": "fra1"}),
        json!({"name": "a b", "region": "fra1"}),
        json!({"name": "b", "region": "nowhere"}),
        json!({"name": "b", "region": "fra1", "ip_range": made["ip_range"]}),
        json!({"name": "b", "region": "fra1", "ip_range": "192.0.2.0/24"}),
        json!({"name": "b", "region": "fra1", "ip_range": "10.200.0.0/29"}),
    ] {
        assert_eq!(probe.refused("POST /v2/vpcs", &body).0, 422, "{body}");
    }
    assert_eq!(probe.done(&format!("PATCH {path}"), &json!({"description": "d"}))["vpc"]["name"], "example-dev");
    assert_eq!(probe.done(&format!("PUT {path}"), &json!({"name": "renamed"}))["vpc"]["description"], "d");
    let pools = json!([{"name": "base", "size": "c-2", "count": 1}]);
    let body = json!({"name": "a", "region": "fra1", "version": "latest", "vpc_uuid": made["id"], "node_pools": pools});
    let cluster = probe.done("POST /v2/kubernetes/clusters", &body)["kubernetes_cluster"]["id"].clone();
    assert_eq!(probe.get(&format!("{path}/members"))["meta"]["total"], 1);
    assert_eq!(
        probe.refused(&format!("DELETE {path}"), &Value::Null),
        (409, "Can not delete VPC with members".to_owned())
    );
    let cluster = format!("/v2/kubernetes/clusters/{}", cluster.as_str().unwrap());
    assert_eq!(probe.status(&format!("DELETE {cluster}")), 204);
    while probe.status(&format!("GET {cluster}")) == 200 {}
    cloud.world(|world| world.vpc_members_status = 403);
    assert_eq!(probe.status(&format!("DELETE {path}")), 403, "its Droplets are still there");
    cloud.world(|world| world.advance(100));
    assert_eq!(probe.status(&format!("DELETE {path}")), 204);
    let default = probe.get("/v2/vpcs")["vpcs"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(probe.status(&format!("DELETE /v2/vpcs/{default}")), 403);
}

#[test]
fn a_secret_key_is_shown_once() {
    let (cloud, probe) = begun();
    let grants = json!([{"bucket": "loki", "permission": "readwrite"}]);
    let body = json!({"name": "example-dev-loki-loki", "grants": grants});
    let made = probe.done("POST /v2/spaces/keys", &body)["key"].clone();
    assert!(made["secret_key"].is_string());
    let path = format!("/v2/spaces/keys/{}", made["access_key"].as_str().unwrap());
    assert_eq!(probe.get(&path)["key"].get("secret_key"), None);
    assert_eq!(probe.get("/v2/spaces/keys?name=example-dev-loki-loki")["keys"][0].get("secret_key"), None);
    // A name is no identity.
    assert_ne!(probe.done("POST /v2/spaces/keys", &body)["key"]["access_key"], made["access_key"]);
    assert_eq!(probe.get("/v2/spaces/keys?bucket=loki&permission=readwrite&sort_direction=asc")["meta"]["total"], 2);
    let read = json!([{"bucket": "loki", "permission": "read"}]);
    assert_eq!(probe.done(&format!("PUT {path}"), &json!({"name": "n", "grants": read}))["key"]["grants"], read);
    let full = json!({"bucket": "", "permission": "fullaccess"});
    assert_eq!(probe.refused(&format!("PATCH {path}"), &json!({"grants": [full]})).0, 400);
    let mixed = json!({"name": "mixed", "grants": [full, {"bucket": "loki", "permission": "read"}]});
    let message = "cannot mix fullaccess permission with scoped permissions.".to_owned();
    assert_eq!(probe.refused("POST /v2/spaces/keys", &mixed), (400, message));
    assert_eq!((probe.status(&format!("DELETE {path}")), probe.status(&format!("DELETE {path}"))), (204, 404));
    let grant = Grant { bucket: "loki".to_owned(), permission: "readwrite".to_owned() };
    assert_eq!(cloud.world(|world| world.keys[1].grants.clone()), [grant]);
}

#[test]
fn lists_lag_behind_where_a_test_wants_that() {
    let (cloud, probe) = begun();
    cloud.world(|world| world.durations.lag = 30);
    assert_eq!(probe.get("/v2/projects")["meta"]["total"], 1, "what has always been there is seen");
    probe.done("POST /v2/spaces/keys", &json!({"name": "late", "grants": []}));
    probe.done("POST /v2/domains", &json!({"name": "example.com"}));
    assert_eq!(probe.get("/v2/spaces/keys?name=late")["keys"], json!([]));
    assert_eq!(probe.get("/v2/domains")["domains"], json!([]));
    cloud.world(|world| world.advance(100));
    assert_eq!(probe.get("/v2/spaces/keys?name=late")["meta"]["total"], 1);
    assert_eq!(probe.get("/v2/domains")["meta"]["total"], 1);
}
