#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::Arc;

use rayon::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::source::Source;

/// What `schemas` say of `document` on a cluster of `1.36`, as `path: message`.
fn said_by(schemas: &Schemas, document: &Value, is_patch: bool) -> Vec<String> {
    let text = |key: &str| document[key].as_str().unwrap();
    match schemas.find(36, text("apiVersion"), text("kind")) {
        Found::Schema(schema) => {
            let violations = schema.violations(document, is_patch).unwrap();
            violations
                .into_iter()
                .map(|violation| format!("{}: {}", shown(&violation.path), violation.message))
                .collect()
        }
        Found::Unknown(unknown) => panic!("{unknown:?}"),
    }
}

fn said(document: &Value) -> Vec<String> {
    said_by(&Schemas::default(), document, false)
}

fn unknown(api_version: &str, kind: &str, minor: u32) -> Unknown {
    match Schemas::default().find(minor, api_version, kind) {
        Found::Schema(schema) => panic!("{}", schema.title()),
        Found::Unknown(unknown) => unknown,
    }
}

fn title(api_version: &str, kind: &str, minor: u32) -> String {
    match Schemas::default().find(minor, api_version, kind) {
        Found::Schema(schema) => schema.title(),
        Found::Unknown(unknown) => panic!("{unknown:?}"),
    }
}

/// A pattern that does not compile, or a reference to nothing, would switch off the checks of its kind.
#[test]
fn every_schema_compiles() {
    let problem = |entry: &Entry| {
        let problem = Validator::new(entry, false).err()?;
        Some(format!("{:?}: {problem}", entry.key()))
    };
    let problems: Vec<_> = pack::entries().par_iter().filter_map(problem).collect();
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn the_release_of_the_cluster_chooses_the_schema() {
    let (oldest, newest) = minors();
    assert!(newest - oldest >= 2, "{oldest} to {newest}");
    assert_eq!(title("apps/v1", "Deployment", 36), "apps/v1 Deployment, Kubernetes 1.36");
    let later = title("v1", "Pod", newest + 2);
    let words = "the nearest release to";
    assert_eq!(later, format!("v1 Pod, Kubernetes 1.{newest}, {words} 1.{} that this program knows", newest + 2));
    assert!(title("v1", "Pod", 20).contains(&format!("Kubernetes 1.{oldest}, {words} 1.20")));
    // What came with one release is not in those before it.
    assert_eq!(unknown("resource.k8s.io/v1beta2", "DeviceTaintRule", 35).minors, Some((36, newest)));
}

#[test]
fn what_is_unknown_is_near_something() {
    let typo = unknown("apps/v1", "Deploymnet", 36);
    assert_eq!((typo.is_kubernetes, typo.nearest.as_deref()), (true, Some("Deployment")));
    let group = unknown("v1", "Deployment", 36);
    assert_eq!(group.others, ["apps/v1"]);
    let custom = unknown("cert-manager.io/v1alpha2", "Certificate", 36);
    assert_eq!((custom.is_kubernetes, custom.others.as_slice()), (false, &["cert-manager.io/v1".to_owned()][..]));
    let nothing = unknown("example.com/v1", "Boat", 36);
    assert_eq!((nothing.is_kubernetes, nothing.others.len(), nothing.nearest), (false, 0, None));
    // The metadata that all objects share is no kind.
    assert_eq!(unknown("", "ObjectMeta", 36).others, [""; 0]);
}

#[test]
fn null_is_nothing_in_kubernetes_own_kinds_and_something_in_others() {
    let service = json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "a", "creationTimestamp": null, "labels": {"a": null}},
        "spec": {"ports": [{"port": 80, "name": null}], "selector": null, "nonsense": null},
        "status": null,
    });
    assert_eq!(said(&service), ["spec.nonsense: unknown field `spec.nonsense`"]);
    let missing =
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"ports": [{"port": null}]}});
    assert_eq!(said(&missing), ["spec.ports[0]: `spec.ports[0].port` is missing"]);
    let custom = json!({
        "apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": "a"},
        "spec": {"secretName": "a", "issuerRef": {"name": "a"}, "commonName": null},
    });
    assert_eq!(said(&custom), ["spec.commonName: `spec.commonName` must be a string, found null"]);
}

#[test]
fn annotations_have_a_limit() {
    let of = |bytes: usize| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "annotations": {"a": "x".repeat(bytes)}}});
    assert_eq!(said(&of(262_143)), [""; 0]);
    assert_eq!(said(&of(262_144)), ["metadata.annotations: `metadata.annotations` has more than 262144 bytes"]);
}

#[test]
fn a_patch_says_only_what_it_changes() {
    let patch = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"},
        "spec": {"replicas": 2, "strategy": {"$patch": "delete"}, "template": {"spec": {
            "nodeSelector": null, "containers": [{"name": "a", "image": "b"}, {"$patch": "delete", "name": "c"}],
        }}},
    });
    assert_eq!(said_by(&Schemas::default(), &patch, true), [""; 0]);
    assert_eq!(said(&patch).len(), 3, "{:#?}", said(&patch));
    let wrong = json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replicas": "2", "replica": 2}});
    let expected = [
        "spec.replica: unknown field `spec.replica`",
        "spec.replicas: `spec.replicas` must be an integer, found a string",
    ];
    assert_eq!(said_by(&Schemas::default(), &wrong, true), expected);
}

fn boat(properties: &str) -> Schemas {
    let text = format!(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec:\n  group: example.com\n  \
         names: {{kind: Boat}}\n  versions:\n  - name: v1\n    served: true\n    schema: {{openAPIV3Schema: {{type: \
         object, properties: {{spec: {{type: object, properties: {properties}}}}}}}}}\n"
    );
    Schemas::with(&[Source::new("schemas/boat.yaml", text)]).unwrap()
}

#[track_caller]
fn boat_says(properties: &str, spec: &Value) -> Vec<String> {
    let document = json!({"apiVersion": "example.com/v1", "kind": "Boat", "metadata": {"name": "a"}, "spec": spec});
    said_by(&boat(properties), &document, false)
}

#[test]
fn structural_schemas_mean_what_an_api_server_reads() {
    // An object without fields has none, unless it keeps what it does not know.
    assert_eq!(boat_says("{a: {type: object}}", &json!({"a": {"b": 1}})), ["spec.a.b: unknown field `spec.a.b`"]);
    let keeps = "{a: {type: object, x-kubernetes-preserve-unknown-fields: true, properties: {c: {type: object, properties: {d: {type: string}}}}}}";
    assert_eq!(boat_says(keeps, &json!({"a": {"b": 1, "c": {"d": "x"}}})), [""; 0]);
    assert_eq!(boat_says(keeps, &json!({"a": {"c": {"e": 1}}})), ["spec.a.c.e: unknown field `spec.a.c.e`"]);
    let either =
        "{a: {x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}], pattern: '^[0-9]+%$'}}";
    assert_eq!(boat_says(either, &json!({"a": 1})), [""; 0]);
    assert_eq!(boat_says(either, &json!({"a": "50%"})), [""; 0]);
    assert_eq!(boat_says(either, &json!({"a": "half"})), ["spec.a: `spec.a` can't be `half`"]);
    assert_eq!(
        boat_says(either, &json!({"a": true})),
        ["spec.a: `spec.a` must be an integer or a string, found a boolean"]
    );
    let nullable = "{a: {type: string, nullable: true, enum: [x]}}";
    assert_eq!(boat_says(nullable, &json!({"a": null})), [""; 0]);
    // A default makes it there.
    let defaulted =
        "{a: {type: object, required: [b, c], properties: {b: {type: string, default: x}, c: {type: string}}}}";
    assert_eq!(boat_says(defaulted, &json!({"a": {}})), ["spec.a: `spec.a.c` is missing"]);
    let exclusive = "{a: {type: integer, minimum: 0, exclusiveMinimum: true}}";
    assert_eq!(boat_says(exclusive, &json!({"a": 0})), ["spec.a: `spec.a` can't be `0`"]);
}

#[test]
fn lists_can_be_sets_and_maps() {
    let set = "{a: {type: array, x-kubernetes-list-type: set, items: {type: string}}}";
    assert_eq!(boat_says(set, &json!({"a": ["x", "y"]})), [""; 0]);
    assert_eq!(boat_says(set, &json!({"a": ["x", "y", "x"]})), ["spec.a[2]: `spec.a` has two items with \"x\""]);
    let map = "{a: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [k, p], items: {type: object, properties: {k: {type: string}, p: {type: string, default: TCP}}}}}";
    assert_eq!(boat_says(map, &json!({"a": [{"k": "x"}, {"k": "x", "p": "UDP"}]})), [""; 0]);
    let twice = ["spec.a[1]: `spec.a` has two items with k: \"x\", p: \"TCP\""];
    assert_eq!(boat_says(map, &json!({"a": [{"k": "x"}, {"p": "TCP", "k": "x"}]})), twice);
}

#[test]
fn an_embedded_object_is_an_object() {
    let embedded =
        "{a: {type: object, x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: true}}";
    assert_eq!(
        boat_says(embedded, &json!({"a": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {}}})),
        [""; 0]
    );
    let wrong = json!({"a": {"apiVersion": "v1", "metadata": {"labels": {"x": 1}, "nam": "x"}}});
    let expected = [
        "spec.a: `spec.a.kind` is missing",
        "spec.a.metadata.labels.x: `spec.a.metadata.labels.x` must be a string, found a number",
        "spec.a.metadata.nam: unknown field `spec.a.metadata.nam`",
    ];
    assert_eq!(boat_says(embedded, &wrong), expected);
}

#[test]
fn alternatives_are_told_in_one_message() {
    let one_of = "{a: {type: object, oneOf: [{required: [b]}, {required: [c]}], properties: {b: {type: string}, c: {type: string}}}}";
    assert_eq!(boat_says(one_of, &json!({"a": {}})), ["spec.a: `spec.a` needs one of `b`, `c`"]);
    assert_eq!(
        boat_says(one_of, &json!({"a": {"b": "", "c": ""}})),
        ["spec.a: `spec.a` can have only one of `b`, `c`"]
    );
    let not = "{a: {type: object, not: {required: [b]}, properties: {b: {type: string}}}}";
    assert_eq!(boat_says(not, &json!({"a": {"b": ""}})), ["spec.a: `spec.a` can't have `b` here"]);
}

#[test]
fn the_schemas_of_a_project_win() {
    let text = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec:\n  group: cert-manager.io\n  \
                names: {kind: Certificate}\n  versions:\n  - name: v1\n    served: true\n    deprecated: true\n    schema: \
                {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}\n";
    let schemas = Schemas::with(&[Source::new("schemas/own.yaml", text)]).unwrap();
    let Found::Schema(schema) = schemas.find(36, "cert-manager.io/v1", "Certificate") else { panic!() };
    assert_eq!(schema.title(), "cert-manager.io/v1 Certificate, schemas/own.yaml");
    assert_eq!(schema.state(), crd::State::Deprecated);
    assert_eq!(schemas.known()[0].source, "schemas/own.yaml");
}

#[test]
fn a_file_that_defines_nothing_is_an_error() {
    let messages = |text: &str| -> Vec<String> {
        let file = Source::new("schemas/a.yaml", text);
        let again = Source::new("schemas/b.yaml", text);
        let files: &[Arc<Source>] = &[file, again];
        Schemas::with(files).unwrap_err().into_iter().map(|found| found.message).collect()
    };
    assert_eq!(messages("kind: Service\napiVersion: v1\n")[0], "schemas/a.yaml defines no kind");
    assert_eq!(messages("a: b: c\n").len(), 2);
    let twice = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec:\n  group: example.com\n  names: \
                 {kind: Boat}\n  versions: [{name: v1, schema: {openAPIV3Schema: {type: object}}}]\n";
    assert_eq!(messages(twice), ["`Boat` is defined twice"]);
}
