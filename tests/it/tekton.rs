//! Tekton: what the operator is asked to install is what its CRD allows, and lands where the values say.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::{Scene, skip};

const FOLDER: &str = "out/dev/services/tekton";

/// This repository's environment `dev`, rendered with `settings`.
fn rendered(settings: &[&str]) -> Scene {
    let scene = Scene::of_this_repository();
    // Ciphertext belongs to one namespace, and some of the settings move it.
    scene.remove("values/sealed");
    let mut arguments = vec!["--env", "dev"];
    arguments.extend(settings.iter().flat_map(|setting| ["--set", *setting]));
    scene.render(&arguments).succeeds();
    scene
}

/// The documents of a rendered file, read by a parser that is not ours.
pub(crate) fn documents(scene: &Scene, path: &str) -> Vec<Value> {
    let text = scene.read(path);
    let documents = serde_yaml::Deserializer::from_str(&text);
    documents.map(|document| serde::Deserialize::deserialize(document).unwrap()).collect()
}

fn one(scene: &Scene, path: &str) -> Value {
    let mut all = documents(scene, path);
    assert_eq!(all.len(), 1, "{path}");
    all.remove(0)
}

fn config(scene: &Scene) -> Value {
    one(scene, &format!("{FOLDER}/manifests/tekton-config.yaml"))
}

pub(crate) const NO_CRDS: &str = "neither SUPERCARGO_CRDS nor SUPERCARGO_CHARTS leads to it";

/// Settings that leave no default of the section as it is.
const OTHERWISE: &[&str] = &[
    "services.tekton.pool=base",
    "services.tekton.targetNamespace=pipelines",
    "services.tekton.readOnly=false",
    "services.tekton.keepRuns=3",
    "services.kubePrometheusStack.namespace=metrics",
];

/// The schema of a CRD as the API server applies it with `--validate=strict`: an unknown field is an error wherever the
/// schema does not say that it keeps them.
fn strict(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            let open = map.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(true));
            if map.get("properties").is_some_and(Value::is_object) && !open {
                map.entry("additionalProperties").or_insert(Value::Bool(false));
            }
            map.values_mut().for_each(strict);
        }
        Value::Array(list) => list.iter_mut().for_each(strict),
        _ => {}
    }
}

/// The strict schema of a version of a kind, where the CRDs are: they are Tekton's and not part of this repository.
pub(crate) fn schema(file: &str, version: &str) -> Option<jsonschema::Validator> {
    let beside = |charts| PathBuf::from(charts).join("../crds");
    let given = std::env::var_os("SUPERCARGO_CRDS").map(PathBuf::from);
    let folder = given.clone().or_else(|| std::env::var_os("SUPERCARGO_CHARTS").map(beside))?;
    let file = folder.join(file);
    if given.is_none() && !file.exists() {
        return None;
    }
    let crd: Value = serde_yaml::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let mut versions = crd["spec"]["versions"].as_array().unwrap().iter();
    let version = versions.find(|one| one["name"] == version).unwrap_or_else(|| panic!("{}", file.display()));
    let mut schema = version["schema"]["openAPIV3Schema"].clone();
    strict(&mut schema);
    Some(jsonschema::validator_for(&schema).unwrap())
}

#[test]
fn the_config_is_what_the_crd_of_the_operator_allows() {
    let Some(schema) = schema("tekton-operator/operator.tekton.dev_tektonconfigs.yaml", "v1alpha1") else {
        return skip("TektonConfig against its CRD", NO_CRDS);
    };
    for settings in [&[][..], OTHERWISE] {
        let mut config = config(&rendered(settings));
        let found: Vec<_> =
            schema.iter_errors(&config).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(found.is_empty(), "with {settings:?}: {found:#?}");

        // The check itself has eyes: for names, types, and what must be there.
        for (path, wrong) in [
            ("/spec/pipeline/colocate", json!("workspaces")),
            ("/spec/dashboard/readonly", json!("yes")),
            ("/spec/pruner/disabled", Value::Null),
        ] {
            let (parent, key) = path.rsplit_once('/').unwrap();
            let before = config.clone();
            let map = config.pointer_mut(parent).unwrap().as_object_mut().unwrap();
            match wrong {
                Value::Null => map.remove(key),
                wrong => map.insert(key.to_owned(), wrong),
            };
            assert!(!schema.is_valid(&config), "{path} passes");
            config = before;
        }
    }
}

/// A part that is missing is filled in by the operator's webhook, with more than the platform wants; and the CRD
/// demands these keys as soon as anybody writes one of their neighbours.
#[test]
fn every_part_of_the_config_is_said() {
    let config = config(&rendered(&[]));
    for (path, value) in [
        ("/metadata/name", json!("config")),
        ("/spec/profile", json!("all")),
        ("/spec/trigger/disabled", json!(false)),
        ("/spec/dashboard/readonly", json!(true)),
        ("/spec/pruner/disabled", json!(false)),
        ("/spec/pruner/keep", json!(20)),
        ("/spec/tektonpruner/disabled", json!(true)),
        ("/spec/tektonpruner/global-config/enforcedConfigLevel", json!("global")),
        ("/spec/chain/disabled", json!(true)),
        ("/spec/result/disabled", json!(true)),
        ("/spec/result/is_external_db", json!(false)),
        ("/spec/scheduler/disabled", json!(true)),
        ("/spec/platforms/kubernetes/pipelinesAsCode/enable", json!(false)),
    ] {
        assert_eq!(config.pointer(path), Some(&value), "{path}");
    }
    let values = one(&rendered(&[]), &format!("{FOLDER}/values.yaml"));
    assert_eq!((&values["installCRDs"], &values["operator"]["autoInstallComponents"]), (&json!(true), &json!(false)));
}

/// The operator with its webhook has to be there first, and the dry run of the first sync does not know the kind yet.
#[test]
fn the_config_waits_for_the_operator() {
    let annotations = config(&rendered(&[]))["metadata"]["annotations"].clone();
    assert_eq!(annotations["argocd.argoproj.io/sync-wave"], "1");
    assert_eq!(annotations["argocd.argoproj.io/sync-options"], "SkipDryRunOnMissingResource=true");
}

#[test]
fn all_that_tekton_starts_goes_to_the_pool() {
    let toleration = json!([{"key": "tools", "operator": "Equal", "value": "true", "effect": "NoSchedule"}]);
    for (settings, pool, tolerations) in [(&[][..], "tools", toleration), (OTHERWISE, "base", json!([]))] {
        let scene = rendered(settings);
        let place = json!({"nodeSelector": {"pool": pool}, "tolerations": tolerations});
        let values = one(&scene, &format!("{FOLDER}/values.yaml"));
        let spec = config(&scene)["spec"].clone();
        let embedded = |key: &str| -> Value { serde_yaml::from_str(spec["pipeline"][key].as_str().unwrap()).unwrap() };
        assert_eq!(json!({"nodeSelector": values["nodeSelector"], "tolerations": values["tolerations"]}), place);
        assert_eq!(spec["config"], place);
        assert_eq!(embedded("default-pod-template"), place);
        assert_eq!(embedded("default-affinity-assistant-pod-template"), place);
    }
}

#[test]
fn the_operator_starts_on_a_cluster_that_is_older_than_its_own_bound() {
    for (version, bound) in [("1.32", json!("v1.32.0")), ("1.33.4-do.0", json!("v1.33.0")), ("1.36", Value::Null)] {
        let scene = rendered(&[&format!("cluster.version=\"{version}\"")]);
        let values = one(&scene, &format!("{FOLDER}/values.yaml"));
        assert_eq!(values["kubernetesMinVersion"], bound, "{version}");
    }
}

#[test]
fn what_stands_beside_the_operator_is_in_the_namespace_of_its_parts() {
    let scene = rendered(OTHERWISE);
    for file in ["monitors", "network-policies", "route"] {
        let found = documents(&scene, &format!("{FOLDER}/manifests/{file}.yaml"));
        assert!(!found.is_empty(), "{file}");
        for document in found {
            assert_eq!(document["metadata"]["namespace"], "pipelines", "{file}: {document}");
        }
    }
    let namespaces = documents(&scene, "out/dev/apps/namespaces.yaml");
    assert_eq!(namespaces.iter().filter(|one| one["metadata"]["name"] == "pipelines").count(), 1);
    let project = one(&scene, "out/dev/apps/projects/tekton.yaml");
    let destinations = project["spec"]["destinations"].as_array().unwrap();
    let namespaces: Vec<_> = destinations.iter().map(|one| one["namespace"].as_str().unwrap()).collect();
    assert_eq!(namespaces, ["tekton-operator", "pipelines"]);
}

/// Whoever reaches the dashboard reads the logs of every run.
#[test]
fn the_dashboard_is_behind_the_login() {
    let documents = documents(&rendered(&[]), &format!("{FOLDER}/manifests/route.yaml"));
    let ingress = documents.iter().find(|one| one["kind"] == "Ingress").unwrap();
    let asked = &ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/auth-url"];
    assert!(asked.as_str().unwrap().ends_with("/oauth2/auth"), "{ingress}");
    // The port of its Service in Tekton's own manifests.
    let backend = &ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"];
    assert_eq!(*backend, json!({ "name": "tekton-dashboard", "port": { "number": 9097 } }));
}

/// The operator's own policies let in a namespace called `monitoring` only.
#[test]
fn prometheus_reaches_the_metrics_from_wherever_it_runs() {
    let find = |scene: &Scene, name: &str| {
        let mut all = documents(scene, &format!("{FOLDER}/manifests/network-policies.yaml")).into_iter();
        all.find(|one| one["metadata"]["name"] == name)
    };
    let from = "/spec/ingress/0/from/0/namespaceSelector/matchLabels/kubernetes.io~1metadata.name";
    let scene = rendered(OTHERWISE);
    assert_eq!(find(&scene, "prometheus").unwrap().pointer(from), Some(&json!("metrics")));
    assert_eq!(find(&scene, "tekton-dashboard").unwrap().pointer(from), Some(&json!("ingress-nginx")));

    let scene = rendered(&["services.kubePrometheusStack.enabled=false"]);
    assert_eq!(find(&scene, "prometheus"), None);
    assert!(!scene.path(&format!("{FOLDER}/manifests/monitors.yaml")).exists());
}
