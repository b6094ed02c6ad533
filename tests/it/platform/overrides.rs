//! `services.<key>.values` lies over what the templates render: the leaf that it sets changes, and nothing else.

use serde_json::Value;

use super::{Platform, walk};

/// The files that differ between two renders of one environment.
fn changed(before: &Platform, after: &Platform) -> Vec<String> {
    let (old, new) = (&before.tree.files, &after.tree.files);
    let gone_or_changed = old.iter().filter(|(path, file)| new.get(*path) != Some(*file)).map(|(path, _)| path);
    let added = new.keys().filter(|path| !old.contains_key(*path));
    gone_or_changed.chain(added).map(|path| path.as_str().to_owned()).collect()
}

/// The first text, number or boolean below maps alone, which `--set` can name.
fn some_leaf(values: &Value) -> Option<(Vec<String>, Value)> {
    values.as_object()?.iter().find_map(|(key, inner)| match inner {
        Value::Object(_) => some_leaf(inner).map(|(path, leaf)| ([vec![key.clone()], path].concat(), leaf)),
        Value::Array(_) => None,
        leaf => Some((vec![key.clone()], leaf.clone())),
    })
}

#[test]
fn a_leaf_of_the_user_wins_and_nothing_else_changes() {
    // The environment in which most services are on.
    let environment = "prod";
    let before = Platform::of(environment, "", &[""; 0]).unwrap();
    for (name, service) in before.values.services.iter() {
        let path = format!("services/{name}/values.yaml");
        let root = format!("services.{}.values", service.key);
        let set = |argument: String| Platform::of(environment, "", &[argument]).unwrap();

        let after = set(format!("{root}.some.new.leaf=7"));
        assert_eq!(after.helm_values(name).unwrap().pointer("/some/new/leaf"), Some(&Value::from(7)), "{name}");
        let Some(values) = before.helm_values(name) else { continue };
        assert_eq!(changed(&before, &after), [path.as_str()], "{name}");

        let (leaf, old) = some_leaf(values).unwrap();
        let argument: Vec<_> = leaf.iter().map(|key| key.replace('.', "\\.")).collect();
        let after = set(format!("{root}.{}=of the user", argument.join(".")));
        assert_eq!(changed(&before, &after), [path.as_str()], "{name}");
        let mut leaves = Vec::new();
        walk(after.helm_values(name).unwrap(), &mut |path, value| {
            if !value.is_object() && !value.is_array() {
                leaves.push((path.to_owned(), value.clone()));
            }
        });
        let mut expected = Vec::new();
        walk(values, &mut |path, value| {
            if !value.is_object() && !value.is_array() {
                let value = if path == leaf.join(".") { Value::from("of the user") } else { value.clone() };
                expected.push((path.to_owned(), value));
            }
        });
        assert_eq!(leaves, expected, "{name}: {leaf:?} was {old}");
    }
}

#[test]
fn the_nested_override_of_an_environment_reaches_its_file_and_keeps_its_neighbours() {
    // values/prod.yaml sets the number of webhooks; the template says where they run.
    let prod = Platform::of("prod", "", &[""; 0]).unwrap();
    let webhook = &prod.helm_values("cert-manager").unwrap()["webhook"];
    assert_eq!(webhook["replicaCount"], 2);
    assert_eq!(webhook["podDisruptionBudget"]["minAvailable"], 1);
    assert_eq!(webhook["nodeSelector"]["pool"], "tools");
    let dev = Platform::of("dev", "", &[""; 0]).unwrap();
    assert_eq!(dev.helm_values("cert-manager").unwrap()["webhook"].get("replicaCount"), None);
}
