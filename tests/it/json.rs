//! What commands print as JSON is what the schemas in `docs/json/` say.

use serde_json::Value;

use crate::support::{Scene, repository};

/// Command lines, each in the scene that [`scene`] makes, and the schema of the one document that they print.
const DOCUMENTS: &[(&str, &str)] = &[
    ("diff --env dev --format json", "diff"),
    ("diff --all --against HEAD~1 --format json", "diff"),
    ("diff --all --against HEAD --format json", "diff"),
    ("diff --env dev --with prod --format json", "diff"),
];

/// A project with a little of everything, in a repository of two commits; its `out/` is that of the first.
fn scene() -> Scene {
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {storageClassName: a, accessModes: [ReadWriteOnce, ReadOnlyMany]}\n";
    let scene = Scene::new()
        .with("values/prod.yaml", "platform: {domain: example.com}\n")
        .with("values/gone.yaml", "platform: {domain: gone.example.com}\n")
        .with("templates/claim.yaml.j2", claim)
        .with("templates/text.sh.j2", "exit 0\n")
        .with("templates/charts/db/values.yaml.j2", "persistence: {enabled: true}\n");
    scene.render(&["--all"]).succeeds();
    scene.commit();
    scene.write(
        "templates/claim.yaml.j2",
        claim.replace("name: data", "name: disk").replace("ReadWriteOnce, ReadOnlyMany", "ReadOnlyMany, ReadWriteOnce"),
    );
    scene.write("templates/text.sh.j2", "exit 1\n");
    scene.write("templates/charts/db/values.yaml.j2", "persistence: {enabled: false}\n");
    scene.remove("values/gone.yaml");
    scene.commit();
    scene
}

#[test]
fn documents_are_what_their_schemas_say() {
    let scene = scene();
    for (line, name) in DOCUMENTS {
        let run = scene.render(&line.split(' ').collect::<Vec<_>>());
        let document: Value =
            serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{line}: {error}\n{run}"));
        let schema = std::fs::read_to_string(repository().join(format!("docs/json/{name}.schema.json"))).unwrap();
        let schema: Value = serde_json::from_str(&schema).unwrap();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let wrong: Vec<_> =
            validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(wrong.is_empty(), "render {line}: {wrong:#?}");
        assert_eq!((&document["type"], &document["version"]), (&Value::from(*name), &Value::from(1)), "{line}");
        // The schema has eyes.
        let mut other = document.clone();
        other["surprise"] = Value::Null;
        assert!(!validator.is_valid(&other), "{line}");
    }
}

#[test]
fn the_schema_of_diff_lists_every_danger() {
    let schema = std::fs::read_to_string(repository().join("docs/json/diff.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let listed: Vec<_> = schema["$defs"]["danger"]["properties"]["danger"]["enum"].as_array().unwrap().clone();
    let all: Vec<_> = supercargo::changes::DangerKind::ALL.iter().map(|kind| Value::from(kind.name())).collect();
    assert_eq!(listed, all);
    let kinds: Vec<_> = supercargo::changes::GuardedKind::ALL.iter().map(|kind| Value::from(kind.name())).collect();
    assert_eq!(schema["$defs"]["deletion"]["properties"]["kind"]["enum"].as_array().unwrap(), &kinds);
}
