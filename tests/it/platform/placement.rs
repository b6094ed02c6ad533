//! Placement: every pod runs on the pool of its service, and follows when that changes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Document, Platform, each, platforms, walk};

/// Workloads that run on every node: they choose none and bear every taint. Service, and the beginning of the path.
const ON_EVERY_NODE: &[(&str, &str)] = &[
    ("alloy", "controller"),
    ("falco", ""),
    ("kube-prometheus-stack", "prometheus-node-exporter"),
    ("trivy-operator", "nodeCollector"),
];

/// Where custom resources say how the pods run that come of them.
const PODS_OF_OTHERS: &[(&str, &str)] = &[
    ("EnvoyProxy", "/spec/provider/kubernetes/envoyDeployment/pod"),
    ("TektonConfig", "/spec/config"),
    ("Prometheus", "/spec"),
    ("Alertmanager", "/spec"),
];

/// The placement that a pool stands for.
struct Placement {
    selector: Value,
    tolerations: Value,
}

fn toleration(pool: &str) -> Value {
    json!({ "key": pool, "operator": "Equal", "value": "true", "effect": "NoSchedule" })
}

fn placement(platform: &Platform, document: &Document) -> Option<Placement> {
    let (values, owner) = (&platform.values, document.owner());
    let of_service =
        values.services.iter().find(|(name, _)| *name == owner).map(|(_, one)| one.pool().as_str().to_owned());
    let of_application = values.applications.iter().find(|(name, _)| name.as_str() == owner);
    let of_application = of_application.map(|(_, one)| {
        let pipeline = one.pipeline.as_ref().filter(|_| document.path.contains("/delivery/"));
        pipeline.map_or(&one.pool, |pipeline| &pipeline.pool).as_str().to_owned()
    });
    let of_chart = values.charts.iter().find(|(name, _)| name.as_str() == owner);
    let pool = of_service.or(of_application).or_else(|| of_chart.map(|(_, one)| one.pool.as_str().to_owned()))?;
    let dedicated = values.cluster.node_pools.iter().any(|(name, one)| name.as_str() == pool && one.dedicated);
    let tolerations = if dedicated { json!([toleration(&pool)]) } else { json!([]) };
    Some(Placement { selector: json!({ "pool": pool }), tolerations })
}

/// Whether these tolerations are borne by pods that run on every node.
fn bears_everything(platform: &Platform, tolerations: &Value) -> bool {
    let pools = platform.values.cluster.node_pools.iter().filter(|(_, one)| one.dedicated);
    let each: Vec<_> = pools.map(|(name, _)| toleration(name.as_str())).collect();
    let list = tolerations.as_array().map(Vec::as_slice).unwrap_or_default();
    let anything = |one: &Value| one["operator"] == "Exists" && one.get("key").is_none();
    list.iter().any(anything) || each.iter().all(|one| list.contains(one))
}

/// YAML inside a text, where that speaks of placement, as Tekton's settings do.
fn embedded(value: &Value) -> Option<Value> {
    let text = value.as_str().filter(|text| text.contains("nodeSelector") || text.contains("tolerations"))?;
    serde_yaml::from_str::<Value>(text).ok().filter(Value::is_object)
}

/// [`walk`], also through what is embedded.
fn walk_all(value: &Value, look: &mut dyn FnMut(&str, &Value)) {
    walk(value, &mut |path, inner| {
        look(path, inner);
        if let Some(more) = embedded(inner) {
            walk(&more, &mut |below, inner| look(&format!("{path}: {below}"), inner));
        }
    });
}

/// What in the files of services is not placed as the values say.
fn misplaced(platform: &Platform, problem: &mut dyn FnMut(String)) {
    for document in platform.documents.iter().filter(|document| !document.owner().is_empty()) {
        let Some(placement) = placement(platform, document) else { continue };
        walk_all(&document.data, &mut |path, value| {
            let key = path.rsplit(['.', ' ']).next().unwrap_or_default().to_lowercase();
            let everywhere = ON_EVERY_NODE.iter().any(|(owner, prefix)| {
                *owner == document.owner()
                    && path.strip_prefix(prefix).is_some_and(|rest| !rest.trim_start_matches('.').contains('.'))
            });
            if key.ends_with("nodeselector") && value.is_object() {
                let mut chosen = value.clone();
                chosen.as_object_mut().unwrap().shift_remove("kubernetes.io/os");
                let right = if everywhere { json!({}) } else { placement.selector.clone() };
                if chosen != right {
                    problem(format!("{}: {path} is {value} and should be {right}", document.path));
                }
            }
            if key.ends_with("tolerations") && value.is_array() {
                let right =
                    if everywhere { bears_everything(platform, value) } else { *value == placement.tolerations };
                if !right {
                    let wanted =
                        if everywhere { "for every node".to_owned() } else { placement.tolerations.to_string() };
                    problem(format!("{}: {path} is {value} and should be {wanted}", document.path));
                }
            }
        });
    }
}

#[test]
pub(super) fn every_selector_and_toleration_is_that_of_the_pool() {
    each(misplaced);
}

fn is_placed(spec: &Value) -> bool {
    spec.get("nodeSelector").is_some_and(|selector| selector.get("pool").is_some())
}

#[test]
pub(super) fn every_pod_of_our_own_manifests_is_placed() {
    each(|platform, problem| {
        for document in platform.documents.iter().filter(|document| document.is_manifest()) {
            // A policy shows pods that are not its own, and the operator of Tekton places those that it patches.
            let others = matches!(document.group(), "kyverno.io" | "policies.kyverno.io" | "operator.tekton.dev");
            walk(&document.data, &mut |path, value| {
                let is_pod = value.get("containers").is_some_and(Value::is_array) && !others;
                let runs = path.ends_with("podTemplate") || path.ends_with("podTemplate.spec");
                let pod = if runs && value.get("spec").is_some() { &value["spec"] } else { value };
                if (is_pod || runs) && !is_placed(pod) {
                    problem(format!("{}: the pods of {path} are not placed", document.here()));
                }
            });
            for (_, pointer) in PODS_OF_OTHERS.iter().filter(|(kind, _)| *kind == document.kind()) {
                if !document.at(pointer).is_some_and(is_placed) {
                    problem(format!("{}: {pointer} places no pods", document.here()));
                }
            }
        }
    });
}

#[test]
pub(super) fn every_solver_of_a_certificate_is_placed() {
    each(|platform, problem| {
        for issuer in platform.all("ClusterIssuer") {
            for solver in issuer.at("/spec/acme/solvers").and_then(Value::as_array).into_iter().flatten() {
                let Some(http) = solver.get("http01") else { continue };
                let pods = ["/ingress/podTemplate/spec", "/gatewayHTTPRoute/podTemplate/spec"];
                if !pods.iter().any(|pointer| http.pointer(pointer).is_some_and(is_placed)) {
                    problem(format!("{}: its pods for http01 are not placed", issuer.here()));
                }
            }
        }
    });
}

#[test]
pub(super) fn a_service_that_moves_takes_every_pod_along_and_nothing_else() {
    let mut problems = super::Problems::default();
    for before in platforms().iter().filter(|platform| platform.name == "prod, everything on") {
        for (name, service) in before.values.services.iter() {
            let mut sets = before.sets.clone();
            sets.push(format!("services.{}.pool=workloads", service.key));
            let after = Platform::of(before.environment, &format!("{name} on other nodes"), &sets).unwrap();
            misplaced(&after, &mut |problem| problems.add(&after, problem));
            for (path, file) in &before.tree.files {
                let other = &after.tree.files[path];
                let mine = path.as_str().starts_with(&format!("services/{name}/"));
                if !mine && other != file {
                    problems.add(&after, format!("{path} changes, and is none of {name}'s"));
                }
                if file.text.lines().count() != other.text.lines().count() {
                    problems.add(&after, format!("{path} has another number of lines"));
                }
                for (old, new) in file.text.lines().zip(other.text.lines()) {
                    if old != new && old.replace("tools", "workloads") != new {
                        problems.add(&after, format!("{path}: `{}` becomes `{}`", old.trim(), new.trim()));
                    }
                }
            }
            if before.tree.files.len() != after.tree.files.len() {
                problems.add(&after, "there are other files");
            }
        }
    }
    problems.assert_none();
}

/// A document without the tolerations of `pool`, and without lists of tolerations that are empty.
fn without_tolerations(document: &Document, pool: &str) -> Value {
    fn strip(value: &mut Value, pool: &str) {
        if let Some(mut inner) = embedded(value) {
            strip(&mut inner, pool);
            *value = inner;
        }
        match value {
            Value::Array(items) => {
                items.retain(|item| item["key"] != pool || item.get("effect").is_none());
                for item in items {
                    strip(item, pool);
                }
            }
            Value::Object(map) => {
                map.values_mut().for_each(|inner| strip(inner, pool));
                map.retain(|key, inner| !key.to_lowercase().ends_with("tolerations") || *inner != json!([]));
            }
            _ => {}
        }
    }
    let mut data = document.data.clone();
    strip(&mut data, pool);
    data
}

#[test]
pub(super) fn a_pool_that_is_not_dedicated_needs_no_toleration_anywhere() {
    for before in platforms().iter().filter(|platform| platform.name == "prod, everything on") {
        let mut sets = before.sets.clone();
        sets.push("cluster.nodePools.tools.dedicated=false".to_owned());
        let after = Platform::of(before.environment, "", &sets).unwrap();
        let plain = |platform: &Platform| -> BTreeMap<String, Vec<Value>> {
            platform.documents.iter().fold(BTreeMap::new(), |mut files, one| {
                files.entry(one.path.clone()).or_default().push(without_tolerations(one, "tools"));
                files
            })
        };
        let (old, new) = (plain(before), plain(&after));
        assert_eq!(old.keys().collect::<Vec<_>>(), new.keys().collect::<Vec<_>>());
        for (path, documents) in &old {
            assert!(documents == &new[path], "{path}: more than tolerations changed");
        }
        for (path, file) in &after.tree.files {
            assert!(!file.text.contains("key: tools"), "{path} still tolerates the taint of `tools`");
        }
        assert!(before.tree.files.values().any(|file| file.text.contains("key: tools")));
    }
}
