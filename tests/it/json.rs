//! What commands print for machines is as docs/json says.

use std::fs;

use serde_json::Value;

use crate::support::{Scene, repository};

/// Command lines, and the schema of what each prints.
const OUTPUTS: &[(&[&str], &str)] = &[
    (&["check", "--all", "--format", "json"], "check"),
    (&["check", "--env", "dev", "--message-format", "json"], "check"),
    (&["diff", "--env", "dev", "--format", "json"], "diff"),
    (&["explain", "platform.domain", "--format", "json"], "explain"),
    (&["explain", "cluster", "--affects", "--env", "dev", "--message-format", "json"], "explain"),
    (&["explain", "out/dev/site.yaml:2", "--format", "json"], "explain"),
    (&["explain", "out/dev/bootstrap/kustomization.yaml", "--format", "json"], "explain"),
    (&["graph", "--all", "--format", "json"], "graph"),
    (&["graph", "--env", "dev", "--message-format", "json"], "graph"),
    (&["list", "--format", "json"], "list"),
    (&["schema", "list", "--format", "json"], "schema-list"),
];

fn schema(name: &str) -> Value {
    let path = repository().join(format!("docs/json/{name}.schema.json"));
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Holds what a command printed, which is asked elsewhere, to the schema `name`.
#[track_caller]
pub(crate) fn fits(name: &str, output: &str) -> Value {
    let output: Value = serde_json::from_str(output).unwrap_or_else(|error| panic!("{error}: {output}"));
    let validator = jsonschema::draft202012::new(&schema(name)).unwrap();
    let wrong: Vec<_> =
        validator.iter_errors(&output).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{name}: {wrong:#?}\n{output}");
    output
}

/// Projects in which there is much to say.
fn scenes() -> Vec<Scene> {
    let drifted = Scene::new().with("templates/a.yaml", "a: 1\n").with("templates/b.yaml", "b: 1\n").rendered();
    drifted.remove("templates/a.yaml");
    drifted.write("out/dev/site.yaml", "mine: 1\n");
    drifted.write("out/dev/it's mine.yaml", "mine: 1\n");
    drifted.write("values/dev.yaml", "platform: {domain: other.example.com}\n");
    let broken = Scene::new().rendered().with("values/dev.yaml", "clutser: {}\n");
    vec![Scene::new(), Scene::new().rendered(), drifted, broken, Scene::of_this_repository()]
}

#[test]
fn every_output_is_as_its_schema_says() {
    let scenes = scenes();
    for (arguments, name) in OUTPUTS {
        let schema = schema(name);
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        for scene in &scenes {
            let run = scene.render(arguments);
            // Of values that are wrong there is nothing to list; but how the files stand can be checked all the same.
            if run.stdout.is_empty() && *name != "check" {
                let no_such_place = *name == "explain" && run.stderr.contains("unknown-place");
                assert!(run.stderr.contains("unknown-key") || no_such_place, "{run}");
                continue;
            }
            let output: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"));
            let wrong: Vec<_> =
                validator.iter_errors(&output).map(|error| format!("{}: {error}", error.instance_path())).collect();
            assert!(wrong.is_empty(), "{arguments:?}: {wrong:#?}\n{output}");
            assert_eq!((&output["type"], &output["version"]), (&Value::from(*name), &Value::from(1)), "{arguments:?}");
        }
    }
}

#[test]
fn a_schema_takes_nothing_that_it_does_not_know() {
    for file in fs::read_dir(repository().join("docs/json")).unwrap() {
        let path = file.unwrap().path();
        let schema: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert!(jsonschema::draft202012::meta::is_valid(&schema), "{}", path.display());
        assert_eq!(open_objects(&schema).next(), None, "{}: takes any key", path.display());
    }
}

/// Every object in `schema` that may have keys which it does not name.
fn open_objects(schema: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    let is_open = schema["type"] == "object" && schema["additionalProperties"] != false;
    let own = is_open.then_some(schema).into_iter();
    match schema {
        Value::Object(map) => Box::new(own.chain(map.values().flat_map(open_objects))),
        Value::Array(items) => Box::new(items.iter().flat_map(open_objects)),
        _ => Box::new(own),
    }
}
