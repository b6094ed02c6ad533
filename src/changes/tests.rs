//! What becomes of whole trees.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn objects(old: &[(&str, &str)], new: &[(&str, &str)]) -> Objects {
    between(&old.iter().copied().collect(), &new.iter().copied().collect(), &Options::default())
}

/// One line per object: what happens, and to what.
fn lines(found: &Objects) -> Vec<String> {
    found.objects.iter().map(|object| format!("{:?} {} in {}", object.change, object.title(), object.file)).collect()
}

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n";

#[test]
fn resources_files_and_texts() {
    let found = objects(
        &[("a/x.yaml", SERVICE), ("a/values.yaml", "a: {b: 1}\n"), ("run.sh", "exit 0\n"), ("same.yaml", "a: [\n")],
        &[("b/y.yaml", SERVICE), ("a/values.yaml", "a: {b: 2}\n"), ("run.sh", "exit 1\n"), ("same.yaml", "a: [\n")],
    );
    assert_eq!(
        lines(&found),
        ["Moved Service web in b/y.yaml", "Changed a/values.yaml in a/values.yaml", "Changed run.sh in run.sh"]
    );
    assert_eq!(found.objects[0].moved_from.as_deref(), Some("a/x.yaml"));
    assert_eq!(found.objects[1].fields[0].path.to_string(), "a.b");
}

#[test]
fn what_says_nothing_is_counted() {
    let labelled = |version: &str| {
        format!(
            "# {version}\napiVersion: v1\nkind: Service\nmetadata: {{name: web, labels: {{helm.sh/chart: {version}}}}}\n"
        )
    };
    let (one, two) = (labelled("a-1"), labelled("a-2"));
    let found = objects(
        &[("a.yaml", &one), ("b.yaml", "# 1\na: 1\nb: 2\n")],
        &[("a.yaml", &two), ("b.yaml", "# 2\nb: 2\na: 1\n")],
    );
    assert_eq!(found.folded, Folded { labels: 1, layouts: 1, ..Folded::default() });
    assert!(found.objects.iter().all(ObjectChange::is_noise) && found.objects.len() == 1, "{found:?}");
}

#[test]
fn equal_text_is_never_parsed() {
    // It would be two objects of one name, and one change.
    let found =
        objects(&[("a.yaml", SERVICE), ("b.yaml", "{")], &[("a.yaml", SERVICE), ("b.yaml", "{"), ("c.txt", "x")]);
    assert_eq!(lines(&found), ["Added c.txt in c.txt"]);
}

#[test]
fn environments_are_compared_without_dangers() {
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {a: dev.example.com}\n";
    let other = claim.replace("dev.example.com", "example.com");
    let names = [("dev.example.com".to_owned(), "example.com".to_owned())];
    let options = Options { replaces: false, names: &names, ..Options::default() };
    let found = between(&BTreeMap::from([("a.yaml", claim)]), &BTreeMap::from([("a.yaml", other.as_str())]), &options);
    assert_eq!((found.folded.names, found.dangers.len(), found.deletions.len()), (1, 0, 0));
    assert!(!between(&BTreeMap::from([("a.yaml", claim)]), &BTreeMap::new(), &Options::default()).deletions.is_empty());
}

#[test]
fn guarded_resources_that_disappear() {
    let all: Vec<String> = GuardedKind::ALL
        .iter()
        .map(|kind| match kind {
            GuardedKind::Application | GuardedKind::AppProject => ("argoproj.io/v1", kind),
            GuardedKind::CustomResourceDefinition => ("apiextensions.k8s.io/v1", kind),
            GuardedKind::Namespace | GuardedKind::PersistentVolumeClaim => ("v1", kind),
            GuardedKind::SealedSecret => ("bitnami.com/v1", kind),
            GuardedKind::StatefulSet => ("apps/v1", kind),
        })
        .map(|(version, kind)| format!("---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\n"))
        .collect();
    let all = all.concat();
    let of = |old: &str, new: &str| {
        let found = objects(&[("a.yaml", old)], &[("b.yaml", new)]);
        found.deletions.into_iter().map(|deletion| deletion.kind).collect::<Vec<_>>()
    };
    assert_eq!(of(&all, ""), GuardedKind::ALL);
    assert_eq!(of(&all, &all), [], "moved to another file");
    assert_eq!(
        of(&all.replace("name: a", "name: a, annotations: {argocd.argoproj.io/sync-options: Prune=false}"), ""),
        []
    );
    let claim = |name: &str| {
        format!(
            "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: {name}}}\nspec: {{storageClassName: x}}\n"
        )
    };
    let found = objects(&[("a.yaml", &claim("a"))], &[("a.yaml", &claim("b"))]).deletions;
    assert_eq!(found[0].renamed_to.as_ref().unwrap().name, "b");
}

#[test]
fn deletions_are_found_without_parsing_all() {
    let claim = "# one\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: data\nspec:\n  a: 1\n";
    let of = |old: &[(&'static str, &'static str)], new: &[(&'static str, &'static str)]| {
        let (old, new): (Files, Files) = (old.iter().copied().collect(), new.iter().copied().collect());
        let found = deletions(&old, &new);
        assert_eq!(found, between(&old, &new, &Options::default()).deletions);
        found.len()
    };
    assert_eq!(of(&[("a.yaml", claim)], &[]), 1);
    assert_eq!(of(&[("a.yaml", claim)], &[("b.yaml", claim)]), 0);
    let other = "# two\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: data\nspec:\n  a: 2\n";
    assert_eq!(of(&[("a.yaml", claim)], &[("a.yaml", other)]), 0);
    let renamed = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: other\nspec:\n  a: 1\n";
    assert_eq!(of(&[("a.yaml", claim)], &[("a.yaml", renamed)]), 1);
    // A patch is not all of the resource.
    let kustomization = ("kustomization.yaml", "kind: Kustomization\npatches: [{path: a.yaml}]\n");
    assert_eq!(of(&[kustomization, ("a.yaml", claim)], &[kustomization]), 0);
    // Nor is what is no longer a claim.
    assert_eq!(of(&[("a.yaml", claim)], &[("a.yaml", "apiVersion: v1\nkind: Service\nmetadata:\n  name: data\n")]), 1);
}

#[test]
fn a_report_is_data() {
    let old = BTreeMap::from([("a.yaml", SERVICE)]);
    let report = Report::new(
        Side::Revision { revision: "HEAD~1".into(), commit: "0123".into() },
        Side::Tree,
        vec![EnvironmentChanges {
            environment: "dev".into(),
            with: None,
            in_old: true,
            in_new: true,
            files: crate::diff::Changes::between(&old, &BTreeMap::new()).files,
            objects: between(&old, &BTreeMap::new(), &Options::default()),
        }],
    );
    let value = serde_json::to_value(&report).unwrap();
    assert_eq!((&value["type"], &value["version"], &value["same"]), (&json!("diff"), &json!(1), &json!(false)));
    assert_eq!(value["old"], json!({"kind": "revision", "revision": "HEAD~1", "commit": "0123"}));
    assert_eq!(value["environments"][0]["objects"][0]["change"], "removed");
    assert_eq!(value["environments"][0]["files"][0]["kind"], "removed");
}

/// A document of a few kinds, names and values, so that two of them are often the same one.
fn any_document() -> impl Strategy<Value = String> {
    let kind = prop_oneof![Just("v1/Service"), Just("apps/v1/Deployment"), Just("v1/PersistentVolumeClaim")];
    (kind, "[ab]", 0..3, 0..3).prop_map(|(kind, name, a, b)| {
        let (version, kind) = kind.rsplit_once('/').unwrap_or_default();
        format!("---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{a: {a}, b: [{b}, 7]}}\n")
    })
}

fn any_tree() -> impl Strategy<Value = BTreeMap<String, String>> {
    let yaml = prop::collection::vec(any_document(), 0..4).prop_map(|documents| documents.concat());
    let data = (0..3, 0..3).prop_map(|(a, b)| format!("a: {a}\nb: {b}\n"));
    prop::collection::btree_map("[a-c]\\.(yaml|txt)", prop_oneof![3 => yaml, 1 => data], 0..4)
}

fn files(tree: &BTreeMap<String, String>) -> Files<'_> {
    tree.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect()
}

proptest! {
    #[test]
    fn a_tree_does_not_differ_from_itself(tree in any_tree()) {
        prop_assert_eq!(between(&files(&tree), &files(&tree), &Options::default()), Objects::default());
    }

    #[test]
    fn the_way_back_mirrors_the_way_there(old in any_tree(), new in any_tree()) {
        let there = between(&files(&old), &files(&new), &Options::default());
        let back = between(&files(&new), &files(&old), &Options::default());
        let line = |object: &ObjectChange, reverse: bool| {
            let change = match (object.change, reverse) {
                (Change::Added, true) => Change::Removed,
                (Change::Removed, true) => Change::Added,
                (change, _) => change,
            };
            let ids = [object.renamed_from.as_ref().or(object.resource.as_ref()), object.resource.as_ref()];
            let [a, b] = if reverse { [ids[1], ids[0]] } else { ids };
            let mut fields: Vec<_> = object.fields.iter().map(|field| {
                let (old, new) = if reverse { (&field.new, &field.old) } else { (&field.old, &field.new) };
                // A plain item of a list stands at another place on the other side.
                let path: String = field.path.to_string().chars().filter(|c| !c.is_ascii_digit()).collect();
                format!("{path}: {old:?} {new:?}")
            }).collect();
            fields.sort();
            format!("{change:?} {a:?} {b:?} {fields:?}")
        };
        let lines = |found: &Objects, reverse: bool| {
            let mut lines: Vec<_> = found.objects.iter().map(|object| line(object, reverse)).collect();
            lines.sort();
            lines
        };
        prop_assert_eq!(lines(&there, false), lines(&back, true));
        prop_assert_eq!(there.folded, back.folded);
    }
}
