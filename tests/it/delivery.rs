//! The delivery of applications: what a webhook starts is all there, fits together, and can do no more than it has to.

mod deploy;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use walkdir::WalkDir;

use crate::support::{Scene, repository, skip};
use crate::tekton::{NO_CRDS, documents, schema};

/// Four applications: one for each language, and one without.
const APPLICATIONS: [&str; 4] = ["radio", "shop", "desk", "page"];

/// This repository's values with the applications that the conformance tests look at, too.
fn rendered() -> Scene {
    let scene = Scene::of_this_repository();
    let values = std::fs::read(repository().join("tests/conformance/delivery/values.yaml")).unwrap();
    scene.write("values/delivery.yaml", values);
    scene.render(&["--env", "delivery"]).succeeds();
    scene
}

/// The documents of one application's delivery.
struct Delivery(Vec<Value>);

impl Delivery {
    fn of(scene: &Scene, application: &str) -> Self {
        let folder = scene.path(&format!("out/delivery/applications/{application}/delivery"));
        let files = WalkDir::new(folder).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
        let files = files.filter(|file| file.file_name() != "kustomization.yaml");
        let paths = files.map(|file| file.path().strip_prefix(scene.root()).unwrap().to_str().unwrap().to_owned());
        Self(paths.flat_map(|path| documents(scene, &path)).collect())
    }

    fn all<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.0.iter().filter(move |document| document["kind"] == kind)
    }

    #[track_caller]
    fn get<'a>(&'a self, kind: &'a str, name: &Value) -> &'a Value {
        let mut found = self.all(kind).filter(|one| one["metadata"]["name"] == *name);
        let first = found.next().unwrap_or_else(|| panic!("there is no {kind} {name}"));
        assert!(found.next().is_none(), "{kind} {name} is there twice");
        first
    }

    /// The run that the trigger `name` starts.
    fn run(&self, name: &str) -> &Value {
        let templates = self.get("TriggerTemplate", &json!(name))["spec"]["resourcetemplates"].as_array().unwrap();
        assert_eq!(templates.len(), 1);
        &templates[0]
    }

    /// The pipeline of that run.
    fn pipeline(&self, name: &str) -> &Value {
        self.get("Pipeline", &self.run(name)["spec"]["pipelineRef"]["name"])
    }
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

fn names(items: &Value) -> BTreeSet<&str> {
    items.as_array().into_iter().flatten().map(|item| item["name"].as_str().unwrap()).collect()
}

fn tasks(pipeline: &Value) -> impl Iterator<Item = &Value> {
    list(&pipeline["spec"], "tasks").chain(list(&pipeline["spec"], "finally"))
}

/// What stands in `$(…)` in any text of `value`.
fn variables(value: &Value) -> BTreeSet<String> {
    let text = value.to_string();
    text.split("$(").skip(1).map(|rest| rest.split(')').next().unwrap().to_owned()).collect()
}

#[test]
fn everything_is_what_the_crds_of_tekton_allow() {
    let scene = rendered();
    let mut looked_at = 0;
    for (kind, file) in [("Task", "300-task"), ("Pipeline", "300-pipeline"), ("PipelineRun", "300-pipelinerun")] {
        let Some(schema) = schema(&format!("tekton-pipeline/{file}.yaml"), "v1") else {
            return skip("tasks and pipelines against their CRDs", NO_CRDS);
        };
        for application in APPLICATIONS {
            let delivery = Delivery::of(&scene, application);
            let runs = ["push", "pull-request"].map(|name| delivery.run(name));
            for document in delivery.all(kind).chain(runs.into_iter().filter(|run| run["kind"] == kind)) {
                assert_eq!(document["apiVersion"], "tekton.dev/v1");
                let found: Vec<_> =
                    schema.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
                assert!(found.is_empty(), "{application}: {kind} {}: {found:#?}", document["metadata"]);
                looked_at += 1;

                let mut wrong = document.clone();
                wrong["spec"]["step"] = json!([]);
                assert!(!schema.is_valid(&wrong), "{kind}: a wrong key passes");
            }
        }
    }
    assert_eq!(looked_at, 2 * 6 + 2 * 5 + 4 * 2 + 4 * 2);
}

/// From the listener down to each parameter, workspace and result.
#[test]
fn every_reference_leads_somewhere() {
    let scene = rendered();
    for application in APPLICATIONS {
        let delivery = Delivery::of(&scene, application);
        let listener = delivery.get("EventListener", &json!("github"));
        assert_eq!(listener["apiVersion"], "triggers.tekton.dev/v1beta1");
        delivery.get("ServiceAccount", &listener["spec"]["serviceAccountName"]);
        for trigger in list(&listener["spec"], "triggers") {
            let name = trigger["template"]["ref"].as_str().unwrap();
            assert_eq!(trigger["name"], name);
            for interceptor in list(trigger, "interceptors") {
                assert_eq!(interceptor["ref"]["kind"], "ClusterInterceptor");
            }
            let bound: BTreeSet<_> = list(trigger, "bindings")
                .flat_map(|binding| {
                    assert_eq!(binding["kind"], "TriggerBinding");
                    names(&delivery.get("TriggerBinding", &binding["ref"])["spec"]["params"])
                })
                .collect();
            let template = delivery.get("TriggerTemplate", &json!(name));
            assert_eq!(bound, names(&template["spec"]["params"]));
            let run = delivery.run(name);
            let used = variables(run);
            assert_eq!(used, bound.iter().map(|name| format!("tt.params.{name}")).collect());
            assert!(run["metadata"]["generateName"].as_str().is_some_and(|name| name.ends_with('-')));
            assert!(run["metadata"].get("name").is_none());
            delivery.get("ServiceAccount", &run["spec"]["taskRunTemplate"]["serviceAccountName"]);
            let pipeline = delivery.pipeline(name);
            assert_eq!(names(&run["spec"]["params"]), names(&pipeline["spec"]["params"]));
            assert_eq!(names(&run["spec"]["workspaces"]), names(&pipeline["spec"]["workspaces"]));
            follow(&delivery, pipeline);
        }
        let used: BTreeSet<_> = ["push", "pull-request"]
            .into_iter()
            .flat_map(|name| tasks(delivery.pipeline(name)))
            .collect::<Vec<_>>()
            .into_iter()
            .filter_map(|task| task["taskRef"]["name"].as_str())
            .collect();
        let there: BTreeSet<_> = delivery.all("Task").map(|task| task["metadata"]["name"].as_str().unwrap()).collect();
        assert_eq!(used, there, "{application}");
        for binding in delivery.all("RoleBinding") {
            delivery.get("Role", &binding["roleRef"]["name"]);
            for subject in list(binding, "subjects") {
                delivery.get("ServiceAccount", &subject["name"]);
                assert_eq!(subject["namespace"], binding["metadata"]["namespace"]);
            }
        }
    }
}

/// What the tasks of a pipeline are given is what they take, and what they take is there.
fn follow(delivery: &Delivery, pipeline: &Value) {
    let given = |prefix: &str, names: BTreeSet<&str>| -> BTreeSet<String> {
        names.into_iter().map(|name| format!("{prefix}.{name}")).collect()
    };
    let mut known = given("params", names(&pipeline["spec"]["params"]));
    known.insert("context.pipelineRun.name".to_owned());
    let mut done = BTreeSet::new();
    for task in tasks(pipeline) {
        let here = &task["name"];
        for before in list(task, "runAfter") {
            assert!(done.contains(before.as_str().unwrap()), "{here} runs after {before}");
        }
        done.insert(here.as_str().unwrap());
        // What a resolver brings is known to nobody here.
        if task["taskRef"].get("resolver").is_some() {
            continue;
        }
        assert_eq!(task["taskRef"]["kind"], "Task");
        let about = &delivery.get("Task", &task["taskRef"]["name"])["spec"];

        let needed = list(about, "params").filter(|param| param.get("default").is_none());
        let needed: BTreeSet<_> = needed.map(|param| param["name"].as_str().unwrap()).collect();
        let taken = names(&task["params"]);
        assert!(needed.is_subset(&taken) && taken.is_subset(&names(&about["params"])), "{here}: {taken:?}");
        let needed = list(about, "workspaces").filter(|one| one["optional"] != true);
        let needed: BTreeSet<_> = needed.map(|one| one["name"].as_str().unwrap()).collect();
        let taken = names(&task["workspaces"]);
        assert!(needed.is_subset(&taken) && taken.is_subset(&names(&about["workspaces"])), "{here}: {taken:?}");
        for workspace in list(task, "workspaces") {
            assert!(
                names(&pipeline["spec"]["workspaces"]).contains(workspace["workspace"].as_str().unwrap()),
                "{here}"
            );
        }

        let is_last = list(&pipeline["spec"], "finally").any(|one| one == task);
        for variable in variables(&task["params"]) {
            assert!(known.contains(&variable) || (is_last && variable == "tasks.status"), "{here}: $({variable})");
        }
        let mut inside = given("params", names(&about["params"]));
        inside.extend(given("results", names(&about["results"])).into_iter().map(|name| name + ".path"));
        let of_steps: Value = list(about, "steps")
            .map(|step| {
                let mut step = step.clone();
                step.as_object_mut().unwrap().shift_remove("script");
                step
            })
            .collect();
        for variable in variables(&of_steps) {
            assert!(inside.contains(variable.trim_end_matches("[*]")), "{here}: $({variable})");
        }
        known.extend(
            names(&about["results"]).into_iter().map(|name| format!("tasks.{}.results.{name}", here.as_str().unwrap())),
        );
    }
}

#[test]
fn a_pull_request_is_built_and_scanned_and_goes_no_further() {
    let scene = rendered();
    for application in APPLICATIONS {
        let delivery = Delivery::of(&scene, application);
        let ways = ["push", "pull-request"].map(|name| {
            let ours = tasks(delivery.pipeline(name)).filter(|task| task["taskRef"].get("resolver").is_none());
            ours.map(|task| task["name"].as_str().unwrap()).collect::<Vec<_>>()
        });
        let all = ["clone", "check", "image", "scan", "deploy", "status"];
        let without = |left_out: &[&str]| all.into_iter().filter(|task| !left_out.contains(task)).collect::<Vec<_>>();
        let (push, request) = match application {
            "desk" => (without(&["scan"]), without(&["scan", "deploy"])),
            "page" => (without(&["check"]), without(&["check", "deploy"])),
            _ => (all.to_vec(), without(&["deploy"])),
        };
        assert_eq!(ways, [push, request], "{application}");

        let secrets = |name: &str| -> BTreeSet<String> {
            let workspaces = list(&delivery.run(name)["spec"], "workspaces");
            workspaces.filter_map(|one| Some(one["secret"]["secretName"].as_str()?.to_owned())).collect()
        };
        let named = |name: &str| if application == "shop" { format!("shop-{name}") } else { name.to_owned() };
        assert_eq!(secrets("push"), BTreeSet::from([named("git"), named("registry")]));
        assert_eq!(secrets("pull-request"), BTreeSet::from([named("git")]));

        let options = |name: &str| {
            let image = tasks(delivery.pipeline(name)).find(|task| task["name"] == "image").unwrap();
            list(image, "params").find(|param| param["name"] == "options").unwrap()["value"].to_string()
        };
        assert!(options("pull-request").contains("\"--no-push\"") && !options("push").contains("no-push"));
        // Only steps of ours see the token, never the code that is built.
        for name in ["push", "pull-request"] {
            let with_token = tasks(delivery.pipeline(name)).filter(|task| names(&task["workspaces"]).contains("git"));
            for task in with_token {
                assert!(["clone", "deploy", "status"].contains(&task["name"].as_str().unwrap()), "{task}");
            }
        }
    }
}

#[test]
fn tasks_from_elsewhere_run_one_after_the_other_before_the_image() {
    let scene = rendered();
    let delivery = Delivery::of(&scene, "shop");
    for trigger in ["push", "pull-request"] {
        let pipeline = delivery.pipeline(trigger);
        let task = |name: &str| tasks(pipeline).find(|task| task["name"] == name).unwrap();
        let order = ["check", "licences", "secrets", "docs", "image"];
        for pair in order.windows(2) {
            assert_eq!(task(pair[1])["runAfter"], json!([pair[0]]), "{trigger}");
        }
        let digest = "0123456789abcdef".repeat(4);
        assert_eq!(
            task("licences")["taskRef"],
            json!({ "resolver": "bundles", "params": [
                { "name": "bundle", "value": format!("registry.example.com/tasks/licences@sha256:{digest}") },
                { "name": "name", "value": "licences" },
                { "name": "kind", "value": "task" },
            ] })
        );
        assert_eq!(task("licences")["params"], json!([{ "name": "allowed", "value": "Apache-2.0, MIT" }]));
        assert_eq!(
            task("secrets")["taskRef"],
            json!({ "resolver": "git", "params": [
                { "name": "url", "value": "https://git.example.com/tasks.git" },
                { "name": "revision", "value": &digest[..40] },
                { "name": "pathInRepo", "value": "secrets.yaml" },
            ] })
        );
        assert_eq!(task("secrets")["workspaces"], json!([{ "name": "code", "workspace": "source" }]));
        assert_eq!(
            task("docs")["taskRef"],
            json!({ "resolver": "hub", "params": [
                { "name": "name", "value": "markdown-lint" },
                { "name": "version", "value": "0.2.0" },
                { "name": "kind", "value": "task" },
            ] })
        );
    }
}

/// The namespace is that of the application alone, and every Secret that is named in it is asked for.
#[test]
fn applications_share_nothing() {
    let scene = rendered();
    let listed = scene.render(&["seal", "list", "--env", "delivery"]).stdout;
    for application in APPLICATIONS {
        let delivery = Delivery::of(&scene, application);
        let namespace = format!("{application}-delivery");
        for document in &delivery.0 {
            assert_eq!(document["metadata"]["namespace"], namespace, "{document}");
            assert!(document["metadata"]["labels"].get("app.kubernetes.io/instance").is_none(), "{document}");
        }
        for name in ["webhook", "registry", "git"] {
            let name = if application == "shop" { format!("shop-{name}") } else { name.to_owned() };
            assert!(listed.contains(&format!("{namespace}/{name}")), "{listed}");
        }
    }
    let namespaces = documents(&scene, "out/delivery/apps/namespaces.yaml");
    for application in APPLICATIONS {
        let name = format!("{application}-delivery");
        let mut made = namespaces.iter().filter(|one| one["metadata"]["name"] == name);
        // Kaniko is root, which `restricted` refuses.
        assert_eq!(made.next().unwrap()["metadata"]["labels"]["pod-security.kubernetes.io/enforce"], "baseline");
        assert!(made.next().is_none());
    }
    let listeners = documents(&scene, "out/delivery/services/tekton/manifests/listeners.yaml");
    let subjects: BTreeSet<_> = list(&listeners[1], "subjects").map(|one| one["namespace"].as_str().unwrap()).collect();
    assert_eq!(subjects, BTreeSet::from(["radio-delivery", "shop-delivery", "desk-delivery", "page-delivery"]));
    assert!(!listeners[0].to_string().contains("secrets"), "{}", listeners[0]);
}

#[test]
fn the_kustomization_lists_every_file_beside_it() {
    let scene = rendered();
    let sealed = "sealed.radio-delivery/git.encryptedData.password=AgAAAAAAAAAAAAAAAAAAAAAAAAA=";
    scene.render(&["--env", "delivery", "--set", sealed]).succeeds();
    for application in APPLICATIONS {
        let folder = scene.path(&format!("out/delivery/applications/{application}/delivery"));
        let files = WalkDir::new(&folder).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
        let files = files.map(|file| file.path().strip_prefix(&folder).unwrap().to_str().unwrap().to_owned());
        let there: BTreeSet<_> = files.filter(|file| file != "kustomization.yaml").collect();
        assert_eq!(there.contains("sealed-secrets.yaml"), application == "radio");
        let path = format!("out/delivery/applications/{application}/delivery/kustomization.yaml");
        let listed = documents(&scene, &path).remove(0);
        let listed: BTreeSet<_> = list(&listed, "resources").map(|one| one.as_str().unwrap().to_owned()).collect();
        assert_eq!(listed, there, "{application}");
    }
}

#[test]
fn values_reach_what_they_are_about() {
    let scene = rendered();
    let shop = Delivery::of(&scene, "shop");
    let run = shop.run("push");
    assert_eq!(run["spec"]["taskRunTemplate"]["podTemplate"]["nodeSelector"], json!({ "pool": "base" }),);
    assert_eq!(run["spec"]["timeouts"], json!({ "pipeline": "95m0s", "tasks": "90m0s", "finally": "5m0s" }));
    let given: BTreeMap<_, _> = tasks(shop.pipeline("push"))
        .flat_map(|task| {
            list(task, "params")
                .map(|param| ((task["name"].as_str().unwrap(), param["name"].as_str().unwrap()), &param["value"]))
        })
        .collect();
    for ((task, param), value) in [
        (("clone", "url"), "https://github.com/Example/shop.github.io.git"),
        (("image", "destination"), "registry.example.com:5000/example/shop:$(params.revision)"),
        (("image", "context"), "build"),
        (("image", "dockerfile"), "shop.Dockerfile"),
        (("scan", "reference"), "registry.example.com:5000/example/shop@$(tasks.image.results.digest)"),
        (
            ("deploy", "image"),
            "registry.example.com:5000/example/shop:$(params.revision)@$(tasks.image.results.digest)",
        ),
    ] {
        assert_eq!(*given[&(task, param)], value, "{task} {param}");
    }
    let variable = |application: &str, task: &str, name: &str| {
        let delivery = Delivery::of(&scene, application);
        let steps = &delivery.get("Task", &json!(task))["spec"]["steps"];
        list(&steps[0], "env").find(|one| one["name"] == name).unwrap()["value"].as_str().unwrap().to_owned()
    };
    assert_eq!(variable("shop", "scan", "TRIVY_SEVERITY"), "CRITICAL");
    assert_eq!(variable("shop", "scan", "TRIVY_IGNORE_UNFIXED"), "false");
    assert_eq!(variable("radio", "scan", "TRIVY_SEVERITY"), "HIGH,CRITICAL");
    assert_eq!(variable("shop", "status", "API"), "https://api.github.com/repos/Example/shop.github.io");
    assert_eq!(variable("desk", "status", "API"), "https://git.example.com/api/v3/repos/tools/desk");
    let builder = &shop.get("Task", &json!("image"))["spec"]["params"][0]["default"];
    assert_eq!(*builder, "registry.example.com/mirror/kaniko:v1.28.3");
}

/// A variable of Tekton in a script is text that the shell runs: scripts get them by their environment.
#[test]
fn scripts_are_posix_shell_without_variables_of_tekton() {
    let scene = rendered();
    let mut seen = 0;
    for application in APPLICATIONS {
        for task in Delivery::of(&scene, application).all("Task") {
            for step in list(&task["spec"], "steps") {
                let Some(script) = step["script"].as_str() else { continue };
                assert!(script.starts_with("#!/bin/sh\nset -eu\n"), "{script}");
                for word in ["$(params", "$(workspaces", "$(results", "$(tasks", "$(context"] {
                    assert!(!script.contains(word), "{script}");
                }
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 2 * 5 + 2 * 4);
}

#[test]
fn without_a_pipeline_nothing_is_left_of_it() {
    let scene = rendered();
    let without: Vec<_> = APPLICATIONS.iter().map(|name| format!("applications.{name}.pipeline=null")).collect();
    let mut arguments = vec!["--env", "delivery", "--allow-delete", "all"];
    arguments.extend(without.iter().flat_map(|set| ["--set", set.as_str()]));
    scene.render(&arguments).succeeds();
    for file in WalkDir::new(scene.path("out/delivery")).min_depth(1).into_iter().map(Result::unwrap) {
        assert_ne!(file.file_name(), "delivery", "{}", file.path().display());
    }
    assert!(!scene.path("out/delivery/services/tekton/manifests/listeners.yaml").exists());
    assert!(!scene.read("out/delivery/apps/namespaces.yaml").contains("-delivery"));
}
