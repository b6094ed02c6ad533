//! Policies: examples that break them and that don't, severities and exceptions, and their twins in the cluster.

use std::collections::{BTreeMap, BTreeSet};

use insta::assert_snapshot;
use serde_json::{Value, json};
use supercargo::checks::policies::{InCluster, POLICIES};
use supercargo::diagnostic::{Code, Level};
use supercargo::model::Policies;

use crate::support::Scene;

/// The headlines of what is found in a project with the template `page`, as messages print them.
fn headlines(page: &str) -> Vec<String> {
    let scene =
        Scene::new().and("values/dev.yaml", "policies: {production: true}\n").with("templates/page.yaml.j2", page);
    let run = scene.render(&["diff", "--env", "dev", "--message-format", "json"]);
    let found = run.stderr.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
    let headline =
        |one: Value| format!("{}[{}]: {}", text(&one, "severity"), text(&one, "code"), text(&one, "message"));
    found.filter(|one| one["type"] == "diagnostic").map(headline).collect()
}

#[test]
fn the_examples_of_each_policy_break_it_and_do_not() {
    for policy in POLICIES {
        let (code, example) = (policy.code.name(), policy.explanation.example);
        let found = headlines(policy.wrong);
        assert!(found.iter().any(|headline| headline == example), "{code}: `{example}` is not among {found:#?}");
        let found = headlines(policy.right);
        let wrong = |headline: &String| [code, "schema"].iter().any(|code| headline.contains(&format!("[{code}]")));
        assert!(!found.iter().any(wrong), "{code}: {found:#?}");
    }
}

#[test]
fn every_policy_can_be_excepted_and_is_no_finding_of_its_own_accord() {
    for policy in POLICIES {
        assert!(Policies::EXCEPTABLE.contains(&policy.code), "{}", policy.code);
        assert_ne!(policy.code.usual().production, Level::Off, "{}", policy.code);
    }
    let known: BTreeSet<_> = POLICIES.iter().map(|policy| policy.code).collect();
    let differing = Code::ALL.iter().filter(|code| code.usual().elsewhere != code.usual().production);
    for code in differing {
        assert!(known.contains(code), "{code} counts differently in production, and no policy finds it");
    }
}

/// The documents of `file` in the environment `prod` of this repository, with Kyverno as `sets` say.
fn in_cluster(file: &str, sets: &[&str]) -> Vec<Value> {
    let scene = Scene::of_this_repository();
    let sets = sets.iter().flat_map(|set| ["--set", set]);
    scene.render(&["--env", "prod", "--quiet"].into_iter().chain(sets).collect::<Vec<_>>()).succeeds();
    let path = format!("out/prod/services/kyverno/manifests/{file}.yaml");
    if !scene.path(&path).exists() {
        return Vec::new();
    }
    let text = scene.read(&path);
    text.split("\n---\n").map(|document| serde_yaml::from_str(document).unwrap()).collect()
}

fn actions(sets: &[&str]) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of = |policy: &Value| (text(&policy["metadata"]["name"]), text(&policy["spec"]["validationActions"][0]));
    in_cluster("policies", sets).iter().map(of).collect()
}

#[test]
fn the_cluster_holds_what_is_applied_to_the_same_policies() {
    let held = POLICIES.iter().filter(|policy| policy.cluster == InCluster::Held).map(|policy| policy.code.to_string());
    assert_eq!(actions(&[]).into_keys().collect::<BTreeSet<_>>(), held.collect::<BTreeSet<_>>());
    for policy in POLICIES {
        if let InCluster::Not(reason) = policy.cluster {
            assert!(reason.len() > 20, "{}", policy.code);
        }
    }
}

#[test]
fn policies_in_the_cluster_count_as_much_as_here() {
    let enforced = actions(&["services.kyverno.mode=enforce"]);
    assert!(enforced.values().all(|action| action == "Deny"), "{enforced:?}");
    let chosen = actions(&[
        "services.kyverno.mode=enforce",
        "policies.severities.missing-probe={level: warning, reason: x}",
        "policies.severities.missing-limits={level: off, reason: x}",
    ]);
    assert_eq!(chosen["missing-probe"], "Audit");
    assert_eq!(chosen.get("missing-limits"), None);
    assert_eq!(chosen.len(), enforced.len() - 1);
    // What warns outside of production is only told there, and what counts only in production is not held at all.
    let elsewhere = actions(&["services.kyverno.mode=enforce", "policies.production=false"]);
    assert_eq!(elsewhere["missing-tls"], "Audit");
    assert_eq!(elsewhere["pod-security"], "Deny");
    assert!(!elsewhere.contains_key("staging-issuer") && !elsewhere.contains_key("image-digest"), "{elsewhere:?}");
    // Audit is audit.
    assert!(actions(&[]).values().all(|action| action == "Audit"));
}

#[test]
fn the_cluster_makes_the_same_exceptions() {
    let exception =
        |name: &str, what: &str| format!("policies.exceptions.{name}={{code: {what}, reason: it has to, owner: team}}");
    let sets = [
        exception("logs", "host-access, resource: {kind: DaemonSet, namespace: agents, name: \"logs-*\"}"),
        exception("shared", "missing-probe, resource: {namespace: shared}"),
        // A cluster knows no files, and nothing of budgets.
        exception("file", "image-digest, resource: {file: \"applications/lofi/*\"}"),
        exception("budget", "missing-disruption-budget, resource: {kind: Deployment}"),
    ];
    let found = in_cluster("exceptions", &sets.each_ref().map(String::as_str));
    let names: Vec<_> = found.iter().map(|one| &one["metadata"]["name"]).collect();
    assert_eq!(names, ["logs", "shared"]);
    assert_eq!(found[0]["metadata"]["namespace"], "kyverno");
    assert_eq!(found[0]["spec"]["policyRefs"], json!([{ "kind": "ValidatingPolicy", "name": "host-access" }]));
    assert_snapshot!(found[0]["spec"]["matchConditions"][0]["expression"].as_str().unwrap(), @r#"
    object.metadata.?namespace.orValue("").matches("^agents$") &&
    (object.kind.matches("^DaemonSet$") && object.metadata.?name.orValue("").matches("^logs-.*$") ||
      object.kind in ["Pod"] &&
      object.metadata.?name.orValue(object.metadata.?generateName.orValue("")).matches("^logs-.*-"))
    "#);
    assert_snapshot!(found[1]["spec"]["matchConditions"][0]["expression"].as_str().unwrap(), @r#"
    object.metadata.?namespace.orValue("").matches("^shared$") &&
    (object.kind.matches("^.*$") && object.metadata.?name.orValue("").matches("^.*$") ||
      object.kind in ["ReplicaSet","Job","Pod"] &&
      object.metadata.?name.orValue(object.metadata.?generateName.orValue("")).matches("^.*-"))
    "#);
}

const SERVICE: &str = "\
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: default
spec:
  type: NodePort
";

fn excepted(resource: &str) -> Scene {
    let exception = format!(
        "policies:\n  exceptions:\n    old-balancer:\n      code: exposed-service\n      resource: {resource}\n      \
         reason: the old balancer knows ports only\n      owner: team shop\n      expires: 2027-03-31\n"
    );
    Scene::new().and("values/dev.yaml", &exception).with("templates/page.yaml.j2", SERVICE)
}

#[test]
fn a_finding_without_an_exception_stops_the_render() {
    let scene = Scene::new().with("templates/page.yaml.j2", SERVICE);
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[exposed-service]: Service `default/web` is a way in of its own: its type is `NodePort`
     --> out/dev/page.yaml:8:9
      |
    8 |   type: NodePort
      |         ^^^^^^^^
      |
     ::: templates/page.yaml.j2:7:9
      |
    7 |   type: NodePort
      |         -------- rendered from this
      |
      = help: make it `ClusterIP`; a host leads inside

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn an_exception_is_for_the_resources_that_it_names() {
    for resource in ["{kind: Service}", "{namespace: def*, name: w*}", "{file: page.yaml}"] {
        excepted(resource).rendered().render(&["check", "--env", "dev"]).succeeds();
    }
    // One that matches nothing may be thought to guard something.
    let said = excepted("{kind: Service, name: webs}").refuses(&["--env", "dev"]);
    assert!(said.contains("error[exposed-service]"), "{said}");
    let scene =
        excepted("{kind: Service, name: web}").with("templates/page.yaml.j2", SERVICE.replace("NodePort", "ClusterIP"));
    assert_snapshot!(scene.render(&["--env", "dev", "--quiet"]).succeeds(), @"
    exit 0
    --- stderr
    warning[stale-exception]: the exception `old-balancer` matches nothing that is found
     --> values/dev.yaml:5:5
      |
    5 |     old-balancer:
      |     ^^^^^^^^^^^^
      |
      = help: remove it, or correct what it says of the resource
    ");
}

#[test]
fn an_exception_ends_after_its_last_day_if_somebody_says_which_day_it_is() {
    let scene = excepted("{kind: Service}").rendered();
    let check = |today: &[&str]| scene.render(&[&["check", "--env", "dev"], today].concat());
    check(&[]).succeeds();
    check(&["--today", "2027-03-31"]).succeeds();
    assert_snapshot!(check(&["--today", "2027-04-01"]).exits(1), @"
    exit 1
    --- stderr
    dev: 2 files current
    error[expired-exception]: the exception `old-balancer` ended with 2027-03-31
      --> values/dev.yaml:10:7
       |
    10 |       expires: 2027-03-31
       |       ^^^^^^^
       |
       = note: its owner is team shop
       = note: its reason was: the old balancer knows ports only
       = help: mend what it is about and remove it; or, if the reason still holds, say until when

    error: 1 problem
    ");
    assert_snapshot!(check(&["--today", "tomorrow"]).exits(2).stderr, @"
    error: invalid value 'tomorrow' for '--today <DATE>': `tomorrow` is not a day written as year, month and day; write it like `2027-03-31`

    For more information, try '--help'.
    ");
}

#[test]
fn findings_are_written_for_code_hosts() {
    let scene = Scene::new().with("templates/page.yaml.j2", SERVICE);
    let run = scene.render(&["check", "--env", "dev", "--format", "sarif"]).exits(1);
    let log: Value = serde_json::from_str(&run.stdout).unwrap();
    let of = |list: &Value, key: &str| {
        let mut items = list.as_array().unwrap().iter();
        items.find(|one| one[key] == "exposed-service").unwrap().clone()
    };
    let result = of(&log["runs"][0]["results"], "ruleId");
    let place = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert!(place.as_str().unwrap().contains("page.yaml"), "{place}");
    let rule = of(&log["runs"][0]["tool"]["driver"]["rules"], "id");
    assert!(rule["help"]["markdown"].as_str().unwrap().contains("ClusterIP"), "{rule}");
    assert!(rule["helpUri"].as_str().unwrap().ends_with("docs/codes/exposed-service.md"), "{rule}");

    // Nothing found is a log without results.
    let run = Scene::new().rendered().render(&["check", "--env", "dev", "--format", "sarif"]).succeeds();
    let log: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(log["runs"][0]["results"], json!([]));
}

/// Projects in which there is something to say of each sort.
fn talkative() -> [Scene; 5] {
    let page = |text: &str| Scene::new().with("templates/page.yaml.j2", text);
    [
        Scene::new(),
        page(SERVICE),
        excepted("{kind: Service, name: nobody}").with("templates/page.yaml.j2", "a: 1\n").rendered(),
        page("kind: {{ nope }}\n"),
        Scene::new().with("values/dev.yaml", "platform: {domian: ä}\n"),
    ]
}

/// What `output` has that `schema` does not take.
fn violations(schema: &Value, output: &Value) -> Vec<String> {
    let validator = jsonschema::options().should_validate_formats(true).build(schema).unwrap();
    validator.iter_errors(output).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn schema(name: &str) -> Value {
    let path = crate::support::repository().join(format!("docs/json/{name}.schema.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn what_is_written_for_machines_is_as_the_schemas_say() {
    for scene in talkative() {
        let run = scene.render(&["check", "--env", "dev", "--format", "sarif"]);
        let log: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(violations(&schema("sarif"), &log), [""; 0], "{log}");
        // The standard's own schema, where somebody has it: tests/conformance/sarif.
        if let Some(path) = std::env::var_os("SUPERCARGO_SARIF_SCHEMA") {
            let mut standard: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
            // A pattern with a bracket too many, about a field that is not written.
            for of in ["run", "toolComponent"] {
                standard["definitions"][of]["properties"]["language"].as_object_mut().unwrap().remove("pattern");
            }
            assert_eq!(violations(&standard, &log), [""; 0], "{log}");
        }
        let run = scene.render(&["check", "--env", "dev", "--message-format", "json"]);
        let lines = run.stderr.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        for finding in lines.filter(|line| line["type"] == "diagnostic") {
            assert_eq!(violations(&schema("diagnostic"), &finding), [""; 0], "{finding}");
        }
    }
}

#[test]
fn codes_are_listed() {
    let run = Scene::new().render(&["check", "--list-codes"]).succeeds();
    let line = |code: &str| run.stdout.lines().find(|line| line.starts_with(&format!("{code} "))).unwrap().to_owned();
    assert_snapshot!(line("missing-probe"), @"missing-probe              warning, error in production  exceptable  Kubernetes does not learn whether a container that is to run for ever is ready, or stuck.");
    assert_snapshot!(line("hole"), @"hole                       error                                     A value cannot stand in the hole that it was put in.");
    let run = Scene::new().render(&["check", "--list-codes", "--message-format", "json"]).succeeds();
    let list: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(violations(&schema("codes"), &list), [""; 0]);
    assert_eq!(list["codes"].as_array().unwrap().len(), Code::ALL.len());
}
