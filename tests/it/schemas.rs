//! What is rendered keeps to its schemas, projects bring their own, and nothing that a document holds breaks the checks.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::sync::{Arc, LazyLock};

use insta::assert_snapshot;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use supercargo::model::EnvironmentName;
use supercargo::pipeline::Workspace;
use supercargo::project::Project;
use supercargo::schemas::{Found, Schemas, Violation, crd, shown};
use supercargo::source::Source;
use supercargo::yaml::{Limits, load_all};
use walkdir::WalkDir;

use crate::support::{BASE, DEV, Scene, repository};

/// The release of Kubernetes that the documents are held against.
const MINOR: u32 = 36;

const BOAT: &str = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: boats.example.com
  labels: {app: boats}
spec:
  group: example.com
  names: {kind: Boat, plural: boats, singular: boat}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        description: A boat is for people.
        type: object
        properties:
          spec:
            type: object
            required: [masts]
            x-kubernetes-validations: [{rule: self.masts < 5, message: No ship.}]
            properties:
              masts: {type: integer, description: How many.}
";

/// The documents in the YAML of `text`, as data.
fn documents(name: &str, text: &str) -> Vec<Value> {
    let source = Source::new(name, text);
    load_all(&source, Limits::default()).unwrap().iter().map(crd::plain).collect()
}

/// Every object of Kubernetes below `folder`, with where it stands.
fn objects(folder: &str) -> Vec<(String, Value)> {
    let root = repository();
    let files = WalkDir::new(root.join(folder)).sort_by_file_name().into_iter().map(Result::unwrap);
    let files = files.filter(|entry| entry.path().extension().is_some_and(|ending| ending == "yaml"));
    let of_file = |path: &std::path::Path| {
        let name = path.strip_prefix(root).unwrap().display().to_string();
        let documents = documents(&name, &fs::read_to_string(path).unwrap()).into_iter().enumerate();
        let named = documents.map(move |(number, document)| (format!("{name}#{number}"), document));
        named.filter(|(_, document)| document["apiVersion"].is_string() && document["kind"].is_string()).collect()
    };
    files.flat_map(|entry| -> Vec<_> { of_file(entry.path()) }).collect()
}

/// What is wrong with `document`; `None` if its kind is not known.
fn violations(document: &Value, is_patch: bool) -> Option<Vec<Violation>> {
    static SCHEMAS: LazyLock<Schemas> = LazyLock::new(Schemas::default);
    match SCHEMAS.find(MINOR, document["apiVersion"].as_str()?, document["kind"].as_str()?) {
        Found::Schema(schema) => Some(schema.violations(document, is_patch).unwrap()),
        Found::Unknown(_) => None,
    }
}

#[test]
fn nothing_that_we_render_is_of_an_unknown_kind() {
    let objects = objects("out");
    assert!(objects.len() > 100, "{}", objects.len());
    let unknown: BTreeSet<_> = objects
        .iter()
        .filter(|(_, document)| violations(document, false).is_none())
        .map(|(name, document)| format!("{} in {name}", document["kind"]))
        .collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
}

/// Each side of a comparison keeps to the schemas that stand beside it.
#[test]
fn a_revision_is_held_to_its_own_schemas() {
    const SCHEMA: &str = "schemas/boats.yaml";
    let boat = |masts: &str| {
        format!("apiVersion: example.com/v1\nkind: Boat\nmetadata: {{name: anna}}\nspec: {{masts: {masts}}}\n")
    };
    let scene = Scene::new().with("templates/boat.yaml.j2", boat("2")).with(SCHEMA, BOAT).committed();
    scene.write(SCHEMA, BOAT.replace("{type: integer,", "{type: string,"));
    scene.write("templates/boat.yaml.j2", boat("two"));
    let compare = ["diff", "--env", "dev", "--against", "HEAD"];
    let run = scene.render(&compare).exits(1);
    assert!(run.stdout.contains("-  masts: 2\n+  masts: two\n"), "{run}");
    // What the schemas of the revision refuse is refused, even if there are none any more.
    scene.write("templates/boat.yaml.j2", boat("2"));
    scene.commit();
    scene.remove(SCHEMA);
    let said = scene.refuses(&compare);
    assert!(said.contains("error[schema]: ") && said.contains("= note: in the inputs of `HEAD` ("), "{said}");
}

#[test]
fn a_project_brings_schemas_of_its_own() {
    let boat = "apiVersion: example.com/v1\nkind: Boat\nmetadata: {name: anna}\nspec: {mast: 2}\n";
    let scene = Scene::new().with("templates/boat.yaml.j2", boat).with("boat-crd.yaml", BOAT);
    let run = scene.render(&["--env", "dev"]).succeeds();
    assert_snapshot!(run.stderr, @r"
    warning[unknown-kind]: no schema is known for `Boat` of `example.com/v1`
     --> out/dev/boat.yaml:3:7
      |
    3 | kind: Boat
      |       ^^^^ unchecked
      |
      = note: so nobody has looked at its fields
      = note: rendered by templates/boat.yaml.j2
      = help: add its CustomResourceDefinition: `render schema add FILE`

    dev: 2 created
      created  out/dev/boat.yaml
      created  out/dev/site.yaml
    ");
    let run = scene.render(&["schema", "add", "boat-crd.yaml"]).succeeds();
    assert_snapshot!(run.stderr, @r"
    added schemas/boat.example.com.yaml: Boat of example.com, v1
    note: 1 rule of it in CEL, which a cluster checks and this program does not
    ");
    assert_snapshot!(scene.read("schemas/boat.example.com.yaml"), @r"
    # Added by `render schema add`, which takes out what is for people.
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata:
      name: boats.example.com
    spec:
      group: example.com
      names:
        kind: Boat
        plural: boats
        singular: boat
      scope: Namespaced
      versions:
      - name: v1
        served: true
        storage: true
        schema:
          openAPIV3Schema:
            type: object
            properties:
              spec:
                type: object
                required:
                - masts
                x-kubernetes-validations:
                - rule: self.masts < 5
                  message: No ship.
                properties:
                  masts:
                    type: integer
    ");
    let refused = scene.refuses(&["--env", "dev"]);
    let headlines: Vec<_> = refused.lines().filter(|line| line.starts_with("error")).collect();
    assert_snapshot!(headlines.join("\n"), @r"
    error[schema]: Boat `anna`: `spec.masts` is missing
    error[schema]: Boat `anna`: unknown field `spec.mast`
    error: 2 problems in dev; nothing was written
    ");
    assert!(refused.contains("schema: example.com/v1 Boat, schemas/boat.example.com.yaml"), "{refused}");
    // The same again changes nothing, and `-` is standard input.
    let mut command = scene.command(&["schema", "add", "-"]);
    command.stdin(fs::File::open(scene.path("boat-crd.yaml")).unwrap());
    let again = scene.run(&mut command).succeeds().stderr;
    assert_snapshot!(again.lines().next().unwrap(), @"unchanged schemas/boat.example.com.yaml: Boat of example.com, v1");
}

#[test]
fn what_defines_nothing_is_refused() {
    let scene = Scene::new().with("service.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n");
    let run = scene.render(&["schema", "add", "service.yaml"]).exits(2);
    assert_snapshot!(run.stderr, @r"
    error[bad-schema]: service.yaml defines no kind
     --> service.yaml:1:1
      |
    1 | apiVersion: v1
      | ^
      |
      = note: kinds are defined by CustomResourceDefinitions
      = help: take one from the project that publishes it, or from a cluster: `kubectl get crd NAME -o yaml`

    error: 1 problem; nothing was written
    ");
    assert!(!scene.path("schemas").exists());
    let scene = scene.with("schemas/service.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @r"
    error[bad-schema]: schemas/service.yaml defines no kind
     --> schemas/service.yaml:1:1
      |
    1 | apiVersion: v1
      | ^
      |
      = note: kinds are defined by CustomResourceDefinitions
      = help: take one from the project that publishes it, or from a cluster: `kubectl get crd NAME -o yaml`

    error: 1 problem; nothing was written
    ");
}

/// Schemas decide what is written, so a render with others is not the same render.
#[test]
fn schemas_are_inputs() {
    let scene = Scene::new().rendered();
    let lock = scene.read("out/dev/render.lock");
    let scene = scene.with("schemas/boat.yaml", BOAT).rendered();
    assert_ne!(scene.read("out/dev/render.lock"), lock);
}

#[test]
fn all_schemas_are_listed() {
    let scene = Scene::new().with("schemas/boat.yaml", BOAT);
    let text = scene.render(&["schema", "list"]).succeeds().stdout;
    let wanted = ["api version", "Boat", "ClusterIssuer", "Deployment ", "DeviceTaintRule", "Kustomization"];
    let lines = text.lines().filter(|line| wanted.iter().any(|wanted| line.contains(wanted)));
    assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r"
    api version                                 kind                               kubernetes     state        unchecked rules   source
    example.com/v1                              Boat                                              served       1                 schemas/boat.yaml
    apps/v1                                     Deployment                         1.34 to 1.37   served                         kubernetes
    cert-manager.io/v1                          ClusterIssuer                                     served       1                 cert-manager v1.21.1
    kustomize.config.k8s.io/v1beta1             Kustomization                                     served                         kustomize v5.8.1
    resource.k8s.io/v1                          DeviceTaintRule                    1.37           served                         kubernetes
    resource.k8s.io/v1alpha3                    DeviceTaintRule                    1.34 to 1.37   served                         kubernetes
    resource.k8s.io/v1beta2                     DeviceTaintRule                    1.36 to 1.37   served                         kubernetes
    ");
    let run = scene.render(&["schema", "list", "--format", "json"]).succeeds();
    let listed: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(listed["schemas"].as_array().unwrap().len() + 1, text.lines().count());
}

/// The documentation counts what is not checked.
#[test]
fn rules_in_cel_are_counted() {
    let page = fs::read_to_string(repository().join("docs/schemas.md")).unwrap();
    let table = page.split("| kind | api version | rules |\n| --- | --- | --- |\n").nth(1).unwrap();
    let written: Vec<&str> = table.lines().take_while(|line| line.starts_with('|')).collect();
    let known = Schemas::default().known().into_iter().filter(|known| known.rules > 0);
    let counted: Vec<_> = known
        .map(|known| format!("| {} | {}/{} | {} |", known.kind, known.group, known.version, known.rules))
        .collect();
    assert_eq!(written, counted);
    let (oldest, newest) = supercargo::schemas::minors();
    assert!(page.contains(&format!("the releases 1.{oldest} to 1.{newest}")));
}

/// A value of any form, as deep as documents are.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        "\\PC{0,12}".prop_map(Value::from),
        "(name|1Gi|80%|[a-z]{1,3}|[$][(]a[)])".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let key = prop_oneof!["(name|key|value|items|spec|metadata|[$]patch)", "\\PC{0,6}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..4).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

/// The paths of all parts of `value`.
fn paths(value: &Value, path: &str, found: &mut Vec<String>) {
    found.push(path.to_owned());
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                paths(value, &format!("{path}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| paths(item, &format!("{path}/{index}"), found));
        }
        _ => {}
    }
}

/// Real objects with anything at all somewhere in them: deep inside schemas, where arbitrary objects never get.
#[test]
fn no_object_breaks_the_checks() {
    let objects = objects("out/prod");
    let strategy = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), any_value(), any::<bool>());
    let mut runner = TestRunner::new(Config { cases: 1000, ..Config::default() });
    let checked = runner.run(&strategy, |(object, place, value, is_patch)| {
        let mut document = object.get(&objects).1.clone();
        let mut places = Vec::new();
        paths(&document, "", &mut places);
        if let Some(part) = document.pointer_mut(place.get(places.as_slice()).as_str()) {
            *part = value;
        }
        for violation in violations(&document, is_patch).into_iter().flatten() {
            prop_assert!(!violation.message.is_empty());
        }
        Ok(())
    });
    checked.unwrap();
}

/// Text of any form, through the whole render: it is written, or findings say why not.
#[test]
fn no_text_breaks_the_checks() {
    let line = "( {0,6}(- )?(apiVersion|kind|metadata|name|items|spec|[a-z$]{0,3}): ?(v1|List|Service|apps/v1|Deployment|[\\[{]?[a-z0-9.:&*!|>-]{0,5}[\\]}]?)?|---|\\PC{0,8})\n";
    let text = prop::collection::vec(line, 0..12).prop_map(|lines| lines.concat());
    let mut runner = TestRunner::new(Config { cases: 150, ..Config::default() });
    let quiet: BTreeMap<_, _> = supercargo::templates::defaults()
        .into_keys()
        .map(|name| (name.clone(), Source::new(format!("templates/{name}"), "")))
        .collect();
    let checked = runner.run(&text, |text| {
        let values = [("base.yaml", BASE), ("dev.yaml", DEV)];
        let values = values.map(|(name, text)| (name.to_owned(), Ok(Source::new(format!("values/{name}"), text))));
        let mut templates: BTreeMap<String, Arc<Source>> = quiet.clone();
        let page = format!("{{% raw %}}\n{text}{{% endraw %}}\n");
        templates.insert("page.yaml.j2".to_owned(), Source::new("templates/page.yaml.j2", page));
        let project = Project { root: "/".into(), values: values.into(), schema: None, templates, schemas: Vec::new() };
        let Ok(workspace) = Workspace::open(&project) else { return Ok(()) };
        let inputs = workspace.inputs(&EnvironmentName::parse("dev").unwrap(), &[]).unwrap();
        drop(workspace.render(&inputs));
        Ok(())
    });
    checked.unwrap();
}

/// Real objects of Kubernetes' own kinds, and what becomes of them when one part is changed.
fn cases() -> Vec<(String, Value)> {
    let mut cases = Vec::new();
    let mut seen = BTreeSet::new();
    for (name, document) in ["out", "tests/corpus/schemas"].into_iter().flat_map(objects) {
        if !seen.insert(document.to_string()) {
            continue;
        }
        let mut places = Vec::new();
        paths(&document, "", &mut places);
        for place in
            places.iter().filter(|place| !place.is_empty() && !matches!(place.as_str(), "/apiVersion" | "/kind"))
        {
            for (change, value) in [
                ("text", json!("x")),
                ("number", json!(7)),
                ("list", json!([])),
                ("mapping", json!({})),
                ("null", json!(null)),
            ] {
                let mut changed = document.clone();
                *changed.pointer_mut(place).unwrap() = value;
                cases.push((format!("{name} {place} = {change}"), changed));
            }
            let mut changed = document.clone();
            let (above, last) = place.rsplit_once('/').unwrap();
            if let Some(Value::Object(fields)) = changed.pointer_mut(above) {
                fields.shift_remove(&last.replace("~1", "/").replace("~0", "~"));
                fields.insert("nonsense".to_owned(), json!(1));
                cases.push((format!("{name} {place} renamed"), changed));
            }
        }
        cases.push((name, document));
    }
    cases
}

/// Writes what we say of each case, for a referee: `tests/conformance/schemas/run`.
#[test]
#[ignore = "writes a file for the referee"]
fn write_verdicts() {
    let path = std::env::var("SUPERCARGO_SCHEMA_VERDICTS").unwrap();
    let mut lines = String::new();
    for (name, document) in cases() {
        let is_native = match Schemas::default().find(
            MINOR,
            document["apiVersion"].as_str().unwrap_or_default(),
            document["kind"].as_str().unwrap_or_default(),
        ) {
            Found::Schema(schema) => schema.title().contains("Kubernetes"),
            Found::Unknown(_) => false,
        };
        if is_native {
            let found = violations(&document, false).unwrap_or_default().into_iter();
            let found: Vec<_> = found
                .map(|violation| json!({"path": shown(&violation.path), "message": violation.message, "label": violation.label}))
                .collect();
            let verdict = json!({"case": name, "minor": MINOR, "document": document, "found": found});
            writeln!(lines, "{verdict}").unwrap();
        }
    }
    fs::write(path, lines).unwrap();
}
