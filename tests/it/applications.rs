//! Applications: what comes of each, that it passes the restricted level of Pod Security, and that no two meet.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::{Entry, Scene};

const DIGEST: &str = "sha256:4b5cbb56e4a6fbd2f2f0d4b7a2c8b7f1a5b16c0f7d9e7d0f3a1c2b3d4e5f6071";

/// As little as it takes: in this repository, open to everybody, one copy.
const RADIO: &str = "applications.radio={source: {path: application/radio}, port: 8080, host: radio, \
                     image: \"registry.example.com:5000/example/radio:1.2.3@sha256:\
                     4b5cbb56e4a6fbd2f2f0d4b7a2c8b7f1a5b16c0f7d9e7d0f3a1c2b3d4e5f6071\", \
                     probes: {readiness: {path: /health, periodSeconds: 5}}}";

/// Everything that there is, in a repository of its own.
const DESK: &str = "applications.desk={source: {repository: https://git.example.com/desk.git, revision: v2, path: server}, \
                    image: registry.example.com/example/desk:2.0.0, port: 9000, host: desk, protected: true, pool: base, \
                    autoscaling: {min: 2, max: 5, cpu: 70}, resources: {requests: {cpu: 100m, memory: 64Mi}}, \
                    pullSecret: registry, metrics: {path: /stats}, networkPolicy: {from: [radio]}, \
                    env: {MODE: \"a: b\"}, secretEnv: {TOKEN: {secret: desk, key: token}}}";

/// This repository's environment `dev` with nothing but these applications.
fn rendered(settings: &[&str]) -> Scene {
    let scene = Scene::of_this_repository();
    scene.remove("values/sealed");
    let mut arguments = vec!["--env", "dev", "--set", "applications=null"];
    arguments.extend(settings.iter().flat_map(|setting| ["--set", *setting]));
    scene.render(&arguments).succeeds();
    scene
}

/// The documents of a rendered file, read by a parser that is not ours.
fn documents(scene: &Scene, path: &str) -> Vec<Value> {
    let text = scene.read(&format!("out/dev/{path}"));
    let documents = serde_yaml::Deserializer::from_str(&text);
    documents.map(|document| serde::Deserialize::deserialize(document).unwrap()).collect()
}

fn one(scene: &Scene, path: &str) -> Value {
    let mut all = documents(scene, path);
    assert_eq!(all.len(), 1, "{path}");
    all.remove(0)
}

/// A file of an application's overlay; `None` where it has no such file.
fn overlay(scene: &Scene, name: &str, file: &str) -> Option<Value> {
    let path = format!("applications/{name}/deployment/{file}.yaml");
    scene.path(&format!("out/dev/{path}")).exists().then(|| one(scene, &path))
}

/// What kustomize makes of an overlay, as far as these tests look: all that it applies, with namespace and labels.
fn applied(scene: &Scene, name: &str) -> Vec<Value> {
    let kustomization = overlay(scene, name, "kustomization").unwrap();
    let mut files: Vec<_> = kustomization["resources"].as_array().unwrap()[1..].iter().collect();
    files.push(&kustomization["patches"][0]["path"]);
    let mut found = Vec::new();
    for file in files {
        found.extend(documents(scene, &format!("applications/{name}/deployment/{}", file.as_str().unwrap())));
    }
    for document in &mut found {
        document["metadata"]["namespace"] = kustomization["namespace"].clone();
        let labels = &kustomization["labels"][0];
        assert_eq!((&labels["includeSelectors"], &labels["includeTemplates"]), (&json!(true), &json!(true)));
        document["metadata"]["labels"] = labels["pairs"].clone();
        if document["kind"] == "Deployment" {
            document["spec"]["template"]["metadata"]["labels"] = labels["pairs"].clone();
        }
    }
    found
}

fn of_kind<'a>(documents: &'a [Value], kind: &str) -> &'a Value {
    documents.iter().find(|document| document["kind"] == kind).unwrap_or_else(|| panic!("there is no {kind}"))
}

/// The files of `dev` by path.
fn files(scene: &Scene) -> BTreeMap<String, Vec<u8>> {
    let all = scene.out().into_iter();
    all.filter_map(|(path, entry)| match entry {
        Entry::File(bytes) => Some((path.strip_prefix("dev/")?.to_owned(), bytes)),
        _ => None,
    })
    .collect()
}

#[test]
fn an_application_hands_its_parts_to_argo_cd() {
    let scene = rendered(&[RADIO]);
    let parent = one(&scene, "apps/radio.yaml");
    // The one project that may make Applications, and nothing else.
    let root = one(&scene, "bootstrap/project.yaml");
    assert_eq!(parent["spec"]["project"], root["metadata"]["name"]);
    assert_eq!(parent["spec"]["destination"]["namespace"], root["spec"]["destinations"][0]["namespace"]);
    assert_eq!(parent["spec"]["source"]["path"], "out/dev/applications/radio");
    let parts = &one(&scene, "applications/radio/kustomization.yaml")["resources"];
    assert_eq!(*parts, json!(["deployment.yaml"]));
    let part = one(&scene, "applications/radio/deployment.yaml");
    assert_eq!(part["metadata"]["name"], "radio-deployment");
    assert_eq!(part["metadata"]["namespace"], parent["metadata"]["namespace"]);
    assert_eq!(part["spec"]["project"], "radio");
    assert_eq!(part["spec"]["destination"]["namespace"], "radio");
    assert_eq!(part["spec"]["source"]["path"], "out/dev/applications/radio/deployment");
    assert!(scene.path("out/dev/applications/radio/deployment/kustomization.yaml").exists());
}

#[test]
fn a_second_application_changes_nothing_of_the_first() {
    let before = files(&rendered(&[RADIO]));
    for desk in [&[DESK][..], &[DESK, "applications.desk.namespace=radio"]] {
        let scene = rendered(&[&[RADIO], desk].concat());
        let after = files(&scene);
        for (path, bytes) in &before {
            let shared = ["apps/kustomization.yaml", "apps/namespaces.yaml", "render.lock"].contains(&path.as_str());
            assert!(shared || after.get(path) == Some(bytes), "{path} changed");
        }
        // Nothing has the name of another thing, even in one namespace.
        let mut seen = BTreeSet::new();
        for document in ["radio", "desk"].iter().flat_map(|name| applied(&scene, name)) {
            let id = format!("{} {}", document["kind"], document["metadata"]);
            assert!(seen.insert(id.clone()), "{id} is there twice");
        }
        let spaces = documents(&scene, "apps/namespaces.yaml");
        let names: BTreeSet<_> = spaces.iter().map(|space| space["metadata"]["name"].as_str().unwrap()).collect();
        assert_eq!(names.len(), spaces.len());
    }
}

#[test]
fn a_plain_application_is_small() {
    let scene = rendered(&[RADIO]);
    let kustomization = overlay(&scene, "radio", "kustomization").unwrap();
    assert_eq!(kustomization["namespace"], "radio");
    assert_eq!(
        kustomization["resources"],
        json!([
            "../../../../../application/radio/deploy",
            "network-policy.yaml",
            "route.yaml",
            "service-account.yaml",
            "service.yaml",
        ])
    );
    let image = json!({ "name": "radio", "newName": "registry.example.com:5000/example/radio", "digest": DIGEST });
    assert_eq!(kustomization["images"], json!([image]));

    let spec = &overlay(&scene, "radio", "patch").unwrap()["spec"];
    assert_eq!(spec["replicas"], 1);
    let pod = &spec["template"]["spec"];
    assert_eq!(pod["nodeSelector"], json!({ "pool": "workloads" }));
    assert_eq!(pod["tolerations"][0]["key"], "workloads");
    assert_eq!(pod.get("topologySpreadConstraints"), None);
    let probe = json!({ "httpGet": { "path": "/health", "port": "http" }, "periodSeconds": 5 });
    assert_eq!(pod["containers"][0]["readinessProbe"], probe);
    assert_eq!(pod["containers"][0].get("livenessProbe"), None);

    let account = overlay(&scene, "radio", "service-account").unwrap();
    assert_eq!((&account["automountServiceAccountToken"], account.get("imagePullSecrets")), (&json!(false), None));
}

#[test]
fn an_application_with_everything_has_everything() {
    let scene = rendered(&[RADIO, DESK]);
    let base = &overlay(&scene, "desk", "kustomization").unwrap()["resources"][0];
    assert_eq!(base, "https://git.example.com/desk.git//server/deploy?ref=v2");

    // What the autoscaler decides stands nowhere else: the null takes it out of the base.
    let spec = overlay(&scene, "desk", "patch").unwrap()["spec"].clone();
    assert_eq!(spec.get("replicas"), Some(&Value::Null));
    let scaler = overlay(&scene, "desk", "autoscaler").unwrap()["spec"].clone();
    assert_eq!((&scaler["minReplicas"], &scaler["maxReplicas"]), (&json!(2), &json!(5)));
    let target = json!({ "type": "Utilization", "averageUtilization": 70 });
    assert_eq!(scaler["metrics"], json!([{ "type": "Resource", "resource": { "name": "cpu", "target": target } }]));

    let pod = &spec["template"]["spec"];
    assert_eq!((&pod["nodeSelector"], &pod["tolerations"]), (&json!({ "pool": "base" }), &json!([])));
    assert_eq!(pod["topologySpreadConstraints"][0]["topologyKey"], "kubernetes.io/hostname");
    let env = &pod["containers"][0]["env"];
    assert_eq!(env[0], json!({ "name": "MODE", "value": "a: b" }));
    assert_eq!(env[1]["valueFrom"]["secretKeyRef"], json!({ "name": "desk", "key": "token" }));

    let account = overlay(&scene, "desk", "service-account").unwrap();
    assert_eq!(account["imagePullSecrets"], json!([{ "name": "registry" }]));
    let monitor = overlay(&scene, "desk", "monitor").unwrap();
    assert_eq!(monitor["spec"]["endpoints"], json!([{ "port": "http", "path": "/stats" }]));
    let budget = overlay(&scene, "desk", "disruption-budget").unwrap();
    assert_eq!(budget["spec"]["maxUnavailable"], 1);

    let route = documents(&scene, "applications/desk/deployment/route.yaml");
    let asked = "/metadata/annotations/nginx.ingress.kubernetes.io~1auth-url";
    assert!(of_kind(&route, "Ingress").pointer(asked).is_some(), "the host is open");
    assert_eq!(of_kind(&route, "Certificate")["spec"]["dnsNames"], json!(["desk.dev.example.com"]));
}

#[test]
fn copies_that_are_counted_are_spread_and_go_one_by_one() {
    let scene = rendered(&[RADIO, "applications.radio.replicas=3"]);
    let spec = overlay(&scene, "radio", "patch").unwrap()["spec"].clone();
    assert_eq!(spec["replicas"], 3);
    assert!(spec["template"]["spec"]["topologySpreadConstraints"].is_array());
    assert!(overlay(&scene, "radio", "disruption-budget").is_some());
    assert_eq!(overlay(&scene, "radio", "autoscaler"), None);
}

#[test]
fn everything_that_chooses_pods_or_ports_finds_them() {
    let scene = rendered(&[RADIO, DESK]);
    for name in ["radio", "desk"] {
        let documents = applied(&scene, name);
        let deployment = of_kind(&documents, "Deployment");
        let labels = &deployment["spec"]["template"]["metadata"]["labels"];
        assert_eq!(*labels, json!({ "app.kubernetes.io/name": name }));
        for document in &documents {
            let chosen = match document["kind"].as_str().unwrap() {
                "Service" => &document["spec"]["selector"],
                // It chooses Services, which carry the labels of the kustomization like everything else.
                "PodDisruptionBudget" | "ServiceMonitor" => &document["spec"]["selector"]["matchLabels"],
                "NetworkPolicy" => &document["spec"]["podSelector"]["matchLabels"],
                _ => continue,
            };
            assert_eq!(chosen, labels, "{document}");
        }
        let pod = &deployment["spec"]["template"]["spec"];
        for spread in pod["topologySpreadConstraints"].as_array().into_iter().flatten() {
            assert_eq!(spread["labelSelector"]["matchLabels"], *labels);
        }
        assert_eq!(pod["serviceAccountName"], of_kind(&documents, "ServiceAccount")["metadata"]["name"]);
        let port = &pod["containers"][0]["ports"][0];
        let service = &of_kind(&documents, "Service")["spec"]["ports"][0];
        assert_eq!(service["targetPort"], port["name"]);
        assert_eq!(
            of_kind(&documents, "NetworkPolicy")["spec"]["ingress"][0]["ports"][0]["port"],
            port["containerPort"]
        );
        if name == "desk" {
            assert_eq!(of_kind(&documents, "ServiceMonitor")["spec"]["endpoints"][0]["port"], service["name"]);
            let target = &of_kind(&documents, "HorizontalPodAutoscaler")["spec"]["scaleTargetRef"];
            let there = json!({ "apiVersion": deployment["apiVersion"], "kind": "Deployment", "name": name });
            assert_eq!(*target, there);
        }
    }
}

#[test]
fn only_those_reach_an_application_that_have_to() {
    /// The namespaces whose pods, or some of them, are let in; `None` without a policy.
    fn let_in(scene: &Scene, name: &str) -> Option<Vec<String>> {
        let policy = overlay(scene, name, "network-policy")?;
        assert_eq!(policy["spec"]["policyTypes"], json!(["Ingress"]));
        let from = policy.pointer("/spec/ingress/0/from").and_then(Value::as_array).into_iter().flatten();
        let name = "/namespaceSelector/matchLabels/kubernetes.io~1metadata.name";
        Some(from.map(|one| one.pointer(name).and_then(Value::as_str).unwrap().to_owned()).collect())
    }
    let some = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    let scene = rendered(&[RADIO, DESK]);
    assert_eq!(let_in(&scene, "radio"), some(&["ingress-nginx"]));
    assert_eq!(let_in(&scene, "desk"), some(&["ingress-nginx", "radio", "monitoring"]));
    // Labels here would be overwritten by those of the kustomization.
    let prometheus =
        &overlay(&scene, "desk", "network-policy").unwrap()["spec"]["ingress"][0]["from"][2]["podSelector"];
    assert_eq!(prometheus.get("matchLabels"), None);
    assert_eq!(prometheus["matchExpressions"][0]["values"], json!(["prometheus"]));

    let scene = rendered(&[DESK, "services.kubePrometheusStack.enabled=false"]);
    assert_eq!(let_in(&scene, "desk"), some(&["ingress-nginx", "radio"]));
    assert_eq!(overlay(&scene, "desk", "monitor"), None);

    // A policy without rules lets nobody in, and no policy everybody.
    let scene = rendered(&[RADIO, "applications.radio.host=null"]);
    assert_eq!(let_in(&scene, "radio"), some(&[]));
    let scene = rendered(&[RADIO, "applications.radio.networkPolicy.enabled=false"]);
    assert_eq!(let_in(&scene, "radio"), None);
}

/// What the restricted level of the Pod Security Standards has against a pod.
fn refused(pod: &Value) -> Vec<&'static str> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let context = &pod["securityContext"];
    let kinds = ["containers", "initContainers", "ephemeralContainers"];
    let containers: Vec<_> = kinds.iter().flat_map(|kind| list(&pod[*kind])).collect();
    let each = |wrong: &dyn Fn(&Value) -> bool| containers.iter().any(|one| wrong(&one["securityContext"]));
    let volumes = [
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "persistentVolumeClaim",
        "projected",
        "secret",
        "name",
    ];
    let confined = |seccomp: &Value| ["RuntimeDefault", "Localhost"].iter().any(|kind| seccomp["type"] == *kind);
    let labels = |context: &Value| {
        let linux = &context["seLinuxOptions"];
        !linux["user"].is_null() || !linux["role"].is_null() || context["appArmorProfile"]["type"] == "Unconfined"
    };
    let rules = [
        ("host namespaces", ["hostNetwork", "hostPID", "hostIPC"].iter().any(|key| pod[*key] == true)),
        ("host ports", containers.iter().any(|one| list(&one["ports"]).iter().any(|port| !port["hostPort"].is_null()))),
        (
            "volume types",
            list(&pod["volumes"])
                .iter()
                .any(|one| one.as_object().unwrap().keys().any(|key| !volumes.contains(&&**key))),
        ),
        ("sysctls", !list(&context["sysctls"]).is_empty()),
        ("labels of SELinux and AppArmor", labels(context) || each(&labels)),
        ("privileged", each(&|one| one["privileged"] == true)),
        ("/proc mount", each(&|one| !one["procMount"].is_null() && one["procMount"] != "Default")),
        ("privilege escalation", each(&|one| one["allowPrivilegeEscalation"] != false)),
        (
            "capabilities",
            each(&|one| {
                let added = list(&one["capabilities"]["add"]);
                !list(&one["capabilities"]["drop"]).contains(&json!("ALL"))
                    || added.iter().any(|one| one != "NET_BIND_SERVICE")
            }),
        ),
        (
            "root by default",
            each(&|one| {
                one["runAsNonRoot"] == false || one["runAsNonRoot"].is_null() && context["runAsNonRoot"] != true
            }),
        ),
        ("root by number", context["runAsUser"] == 0 || each(&|one| one["runAsUser"] == 0)),
        (
            "seccomp",
            each(&|one| match &one["seccompProfile"] {
                Value::Null => !confined(&context["seccompProfile"]),
                own => !confined(own),
            }),
        ),
    ];
    rules.into_iter().filter(|(_, wrong)| *wrong).map(|(name, _)| name).collect()
}

#[test]
fn pods_pass_the_level_of_pod_security_that_their_namespace_enforces() {
    let scene = rendered(&[RADIO, DESK, "applications.desk.namespace=shared"]);
    let spaces = documents(&scene, "apps/namespaces.yaml");
    for (name, namespace) in [("radio", "radio"), ("desk", "shared")] {
        let space = spaces.iter().find(|space| space["metadata"]["name"] == namespace).unwrap();
        assert_eq!(space["metadata"]["labels"], json!({ "pod-security.kubernetes.io/enforce": "restricted" }));
        let pod = overlay(&scene, name, "patch").unwrap()["spec"]["template"]["spec"].clone();
        assert_eq!(refused(&pod), [""; 0], "{name}");
        assert_eq!(pod["automountServiceAccountToken"], false);

        // The check has eyes.
        for (pointer, value, expected) in [
            ("", json!({ "hostNetwork": true }), "host namespaces"),
            ("", json!({ "volumes": [{ "name": "x", "hostPath": { "path": "/" } }] }), "volume types"),
            ("/securityContext", json!({ "sysctls": [{ "name": "a", "value": "b" }] }), "sysctls"),
            ("/securityContext", json!({ "runAsNonRoot": null }), "root by default"),
            ("/securityContext", json!({ "seccompProfile": null }), "seccomp"),
            ("/securityContext", json!({ "seLinuxOptions": { "user": "x" } }), "labels of SELinux and AppArmor"),
            ("/containers/0", json!({ "ports": [{ "hostPort": 80 }] }), "host ports"),
            ("/containers/0/securityContext", json!({ "privileged": true }), "privileged"),
            ("/containers/0/securityContext", json!({ "procMount": "Unmasked" }), "/proc mount"),
            ("/containers/0/securityContext", json!({ "allowPrivilegeEscalation": null }), "privilege escalation"),
            ("/containers/0/securityContext", json!({ "capabilities": null }), "capabilities"),
            ("/containers/0/securityContext", json!({ "runAsUser": 0 }), "root by number"),
        ] {
            let mut worse = pod.clone();
            worse.pointer_mut(pointer).unwrap().as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
            assert_eq!(refused(&worse), [expected]);
        }
    }
}

#[test]
fn a_project_allows_what_is_there_and_no_more() {
    let scene = rendered(&[RADIO, DESK]);
    for name in ["radio", "desk"] {
        let project = one(&scene, &format!("apps/projects/{name}.yaml"));
        let spec = project["spec"].as_object().unwrap();
        let keys: Vec<_> = spec.keys().collect();
        // Without a list of cluster-wide kinds there are none.
        assert_eq!(keys, ["description", "sourceRepos", "destinations"]);
        let part = one(&scene, &format!("applications/{name}/deployment.yaml"));
        assert_eq!(spec["sourceRepos"], json!([part["spec"]["source"]["repoURL"]]));
        assert_eq!(spec["destinations"], json!([part["spec"]["destination"]]));
        let kinds: BTreeSet<_> = applied(&scene, name).iter().map(|one| one["kind"].to_string()).collect();
        let namespaced = [
            "Certificate",
            "Deployment",
            "HorizontalPodAutoscaler",
            "Ingress",
            "NetworkPolicy",
            "PodDisruptionBudget",
            "Service",
            "ServiceAccount",
            "ServiceMonitor",
        ];
        let namespaced: BTreeSet<_> = namespaced.iter().map(|kind| format!("\"{kind}\"")).collect();
        assert!(kinds.is_subset(&namespaced), "{kinds:?}");
        for document in applied(&scene, name) {
            assert_eq!(document["metadata"]["namespace"], spec["destinations"][0]["namespace"]);
        }
    }
}

#[test]
fn the_first_application_in_a_shared_namespace_brings_its_secrets() {
    let shared = ["applications.radio.namespace=shared", "applications.desk.namespace=shared"];
    let sealed = "sealed.shared/registry={type: kubernetes.io/dockerconfigjson, \
                  encryptedData: {.dockerconfigjson: AgAAAAAAAAAAAAAAAAAAAAAAAAA=}}";
    let holders = |scene: &Scene| -> Vec<&str> {
        ["radio", "desk"].into_iter().filter(|name| overlay(scene, name, "sealed-secrets").is_some()).collect()
    };
    let scene = rendered(&[&[RADIO, DESK, sealed], &shared[..]].concat());
    assert_eq!(holders(&scene), ["radio"]);
    let secret = overlay(&scene, "radio", "sealed-secrets").unwrap();
    assert_eq!(secret["metadata"]["namespace"], "shared");
    assert_eq!(secret["spec"]["template"]["type"], "kubernetes.io/dockerconfigjson");
    let named = documents(&scene, "apps/namespaces.yaml");
    assert_eq!(named.iter().filter(|one| one["metadata"]["name"] == "shared").count(), 1);

    // Alone it is the first; and at home there is no guest before the application that gave the namespace its name.
    assert_eq!(holders(&rendered(&[DESK, sealed, shared[1]])), ["desk"]);
    let moved = sealed.replace("shared/", "desk/");
    assert_eq!(holders(&rendered(&[RADIO, DESK, &moved, "applications.radio.namespace=desk"])), ["desk"]);
}
