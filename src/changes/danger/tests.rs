//! Each danger, and what comes near it without being one.

use std::collections::BTreeMap;

use super::{Danger, DangerKind};
use crate::changes::{Options, between};

/// The dangers of the way from the file `old` to `new`; an empty text is no file.
fn found(path: &str, old: &str, new: &str) -> Vec<Danger> {
    let of = |text: &str| -> Vec<(String, String)> {
        if text.is_empty() { Vec::new() } else { vec![(path.to_owned(), text.to_owned())] }
    };
    let (old, new) = (of(old), of(new));
    let [old, new] = [&old, &new].map(|side| side.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect());
    between(&old, &new, &Options::default()).dangers
}

/// `kind: message` of each.
fn lines(old: &str, new: &str) -> Vec<String> {
    found("a.yaml", old, new).iter().map(|danger| format!("{}: {}", danger.kind, danger.message)).collect()
}

fn kinds(path: &str, old: &str, new: &str) -> Vec<DangerKind> {
    found(path, old, new).iter().map(|danger| danger.kind).collect()
}

fn object(api_version: &str, kind: &str, rest: &str) -> String {
    format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: a, namespace: shop}}\n{rest}")
}

#[track_caller]
fn holds(table: &[(&str, String, String, &[DangerKind])]) {
    for (what, old, new, expected) in table {
        assert_eq!(kinds("a.yaml", old, new), *expected, "{what}");
    }
}

const NONE: String = String::new();
const GONE: &[DangerKind] = &[DangerKind::PersistenceRemoved];
const CHANGED: &[DangerKind] = &[DangerKind::HostChanged];
const IMMUTABLE: &[DangerKind] = &[DangerKind::ImmutableField];

#[test]
fn what_disappears_with_what_it_holds() {
    let claim = || object("v1", "PersistentVolumeClaim", "spec: {resources: {requests: {storage: 1Gi}}}\n");
    let keep =
        "metadata: {name: a, namespace: shop, annotations: {argocd.argoproj.io/sync-options: 'X=1, Prune=false'}}";
    let kept = claim().replace("metadata: {name: a, namespace: shop}", keep);
    let application = |metadata: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: a, {metadata}}}\nspec: {{project: a}}\n"
        )
    };
    let cascade = application("finalizers: [resources-finalizer.argocd.argoproj.io]");
    let set = |spec: &str| object("apps/v1", "StatefulSet", spec);
    let volumes = "spec: {volumeClaimTemplates: [{metadata: {name: data}}]}\n";
    holds(&[
        ("a claim", claim(), NONE, &[DangerKind::ClaimRemoved]),
        ("a claim that stays", kept, NONE, &[]),
        ("a claim that comes", NONE, claim(), &[]),
        ("a namespace", object("v1", "Namespace", ""), NONE, &[DangerKind::NamespaceRemoved]),
        ("another kind of that name", object("example.com/v1", "Namespace", ""), NONE, &[]),
        (
            "a definition",
            object("apiextensions.k8s.io/v1", "CustomResourceDefinition", ""),
            NONE,
            &[DangerKind::DefinitionRemoved],
        ),
        ("a project", object("argoproj.io/v1alpha1", "AppProject", ""), NONE, &[DangerKind::ProjectRemoved]),
        ("an Application", cascade, NONE, &[DangerKind::ApplicationRemoved]),
        ("one without finalizer", application("labels: {a: b}"), NONE, &[]),
        ("a StatefulSet", set(volumes), NONE, &[DangerKind::StatefulVolumeRemoved]),
        ("one without volumes", set("spec: {replicas: 1}\n"), NONE, &[]),
        ("its volume", set(volumes), set("spec: {volumeClaimTemplates: []}\n"), &[DangerKind::StatefulVolumeRemoved]),
        ("all its volumes", set(volumes), set("spec: {}\n"), &[DangerKind::StatefulVolumeRemoved]),
        ("a ConfigMap", object("v1", "ConfigMap", "data: {a: b}\n"), NONE, &[]),
    ]);
}

/// API version, kind, one state and another, and the dangers of the change.
const FIELDS: &[(&str, &str, &str, &str, &[DangerKind])] = &[
    (
        "apps/v1",
        "Deployment",
        "spec: {selector: {matchLabels: {a: b}}}",
        "spec: {selector: {matchLabels: {a: c}}}",
        IMMUTABLE,
    ),
    ("apps/v1", "Deployment", "spec: {template: {a: b}}", "spec: {template: {a: c}}", &[]),
    (
        "apps/v1",
        "DaemonSet",
        "spec: {selector: {matchLabels: {a: b}}}",
        "spec: {selector: {matchLabels: {}}}",
        IMMUTABLE,
    ),
    ("apps/v1", "StatefulSet", "spec: {serviceName: a}", "spec: {serviceName: b}", IMMUTABLE),
    ("apps/v1", "StatefulSet", "spec: {podManagementPolicy: Parallel}", "spec: {}", IMMUTABLE),
    ("apps/v1", "StatefulSet", "spec: {replicas: 1, template: {a: b}}", "spec: {replicas: 2, template: {a: c}}", &[]),
    ("batch/v1", "Job", "spec: {template: {a: b}}", "spec: {template: {a: c}}", IMMUTABLE),
    ("batch/v1", "Job", "spec: {template: {a: b}, suspend: true}", "spec: {template: {a: b}}", &[]),
    ("batch/v1", "CronJob", "spec: {jobTemplate: {a: b}}", "spec: {jobTemplate: {a: c}}", &[]),
    ("v1", "Service", "spec: {clusterIP: None}", "spec: {}", IMMUTABLE),
    ("v1", "Service", "spec: {type: ExternalName}", "spec: {clusterIP: None}", &[]),
    ("v1", "Service", "spec: {selector: {a: b}}", "spec: {selector: {a: c}}", &[]),
    ("v1", "PersistentVolumeClaim", "spec: {storageClassName: a}", "spec: {storageClassName: b}", IMMUTABLE),
    (
        "v1",
        "PersistentVolumeClaim",
        "spec: {accessModes: [ReadWriteOnce]}",
        "spec: {accessModes: [ReadWriteMany]}",
        IMMUTABLE,
    ),
    (
        "v1",
        "PersistentVolumeClaim",
        "spec: {resources: {requests: {storage: 1Gi}}}",
        "spec: {resources: {requests: {storage: 2Gi}}}",
        &[],
    ),
    ("storage.k8s.io/v1", "StorageClass", "provisioner: a", "provisioner: b", IMMUTABLE),
    ("storage.k8s.io/v1", "StorageClass", "allowVolumeExpansion: false", "allowVolumeExpansion: true", &[]),
    ("rbac.authorization.k8s.io/v1", "RoleBinding", "roleRef: {name: a}", "roleRef: {name: b}", IMMUTABLE),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "roleRef: {name: a}", "roleRef: {name: b}", IMMUTABLE),
    ("rbac.authorization.k8s.io/v1", "RoleBinding", "subjects: [{name: a}]", "subjects: [{name: b}]", &[]),
    ("v1", "ConfigMap", "immutable: true\ndata: {a: b}", "immutable: true\ndata: {a: c}", IMMUTABLE),
    ("v1", "ConfigMap", "immutable: true\ndata: {a: b}", "data: {a: b}", IMMUTABLE),
    ("v1", "ConfigMap", "data: {a: b}", "immutable: true\ndata: {a: c}", &[]),
    ("v1", "Secret", "immutable: true\ndata: {a: b}", "immutable: true\ndata: {a: c}", IMMUTABLE),
    ("v1", "Secret", "type: Opaque\ndata: {a: b}", "type: kubernetes.io/tls\ndata: {a: b}", IMMUTABLE),
    (
        "bitnami.com/v1alpha1",
        "SealedSecret",
        "spec: {template: {type: Opaque}}",
        "spec: {template: {type: x}}",
        IMMUTABLE,
    ),
    (
        "bitnami.com/v1alpha1",
        "SealedSecret",
        "spec: {template: {immutable: true}, encryptedData: {a: b}}",
        "spec: {template: {immutable: true}, encryptedData: {a: c}}",
        IMMUTABLE,
    ),
    ("bitnami.com/v1alpha1", "SealedSecret", "spec: {encryptedData: {a: b}}", "spec: {encryptedData: {a: c}}", &[]),
    ("policy/v1", "PodDisruptionBudget", "spec: {selector: {a: b}}", "spec: {selector: {a: c}}", &[]),
    (
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        "spec: {scope: Cluster}",
        "spec: {scope: Namespaced}",
        IMMUTABLE,
    ),
    // A whole mapping that holds the field comes or goes.
    ("apps/v1", "Deployment", "spec: {selector: {a: b}}", "x: 1", IMMUTABLE),
    ("apps/v1", "Deployment", "spec: {replicas: 2}", "x: 1", &[]),
    ("cert-manager.io/v1", "Certificate", "spec: {secretName: a}", "spec: {secretName: b}", &[]),
];

#[test]
fn fields_that_nobody_may_change() {
    let of = |api_version: &str, kind: &str, old: &str, new: &str| {
        let side = |rest: &str| object(api_version, kind, &format!("{rest}\n"));
        (side(old), side(new))
    };
    for (api_version, kind, old, new, expected) in FIELDS {
        let (old, new) = of(api_version, kind, old, new);
        assert_eq!(kinds("a.yaml", &old, &new), *expected, "{old}→\n{new}");
    }
    // Argo CD makes a hook anew each time.
    let hook = |command: &str| {
        format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: a, annotations: {{argocd.argoproj.io/hook: Sync}}}}\n\
             spec: {{template: {{command: {command}}}}}\n"
        )
    };
    assert_eq!(kinds("a.yaml", &hook("a"), &hook("b")), []);
    assert_eq!(
        lines(
            &object("apps/v1", "StatefulSet", "spec: {a: 1, b: 1, c: 1, d: 1, e: 1}\n"),
            &object("apps/v1", "StatefulSet", "spec: {a: 2, b: 2, c: 2, d: 2, e: 2}\n")
        ),
        ["immutable-field: `StatefulSet shop/a` can't change `spec.a`, `spec.b`, `spec.c` and 2 more"]
    );
}

#[test]
fn volumes_that_shrink() {
    let claim = |size: &str| {
        object("v1", "PersistentVolumeClaim", &format!("spec: {{resources: {{requests: {{storage: {size}}}}}}}\n"))
    };
    let set = |size: &str| {
        let claim = format!("{{metadata: {{name: data}}, spec: {{resources: {{requests: {{storage: {size}}}}}}}}}");
        object("apps/v1", "StatefulSet", &format!("spec: {{volumeClaimTemplates: [{claim}]}}\n"))
    };
    holds(&[
        ("a claim", claim("10Gi"), claim("9Gi"), &[DangerKind::VolumeShrinks]),
        ("the same in other words", claim("1Gi"), claim("1024Mi"), &[]),
        ("larger", claim("1G"), claim("1Gi"), &[]),
        ("a template", set("10Gi"), set("9Gi"), &[DangerKind::VolumeShrinks]),
        ("a template that grows", set("9Gi"), set("10Gi"), &[DangerKind::ImmutableField]),
    ]);
    assert_eq!(
        lines(&claim("10Gi"), &claim("9Gi")),
        [
            "volume-shrinks: `PersistentVolumeClaim shop/a` shrinks from 10Gi to 9Gi at `spec.resources.requests.storage`"
        ]
    );
}

#[test]
fn volumes_in_the_values_of_a_chart() {
    let values = |old: &str, new: &str| kinds("services/a/values.yaml", old, new);
    for (old, new, expected) in [
        ("grafana: {persistence: {enabled: true, size: 5Gi}}\n", "grafana: {persistence: {enabled: false}}\n", GONE),
        ("grafana: {persistence: {enabled: true}}\n", "grafana: {x: 1}\n", GONE),
        ("grafana: {enabled: true, persistence: {enabled: true}}\n", "grafana: {enabled: false}\n", GONE),
        ("grafana: {enabled: false, persistence: {enabled: true}}\n", "grafana: {enabled: false}\n", &[]),
        ("grafana: {persistence: {size: 5Gi}}\n", "grafana: {x: 1}\n", &[]),
        ("persistence: {size: 5Gi}\n", "persistence: {size: 4Gi}\n", &[DangerKind::VolumeShrinks]),
        ("persistence: {size: 5Gi}\n", "persistence: {size: 6Gi}\n", &[]),
        (
            "spec: {volumeClaimTemplate: {spec: {resources: {requests: {storage: 5Gi}}}}}\n",
            "spec: {volumeClaimTemplate: {spec: {resources: {requests: {storage: 4Gi}}}}}\n",
            &[DangerKind::VolumeShrinks],
        ),
        ("spec: {storage: {volumeClaimTemplate: {spec: {}}}}\n", "spec: {storage: {}}\n", GONE),
        (
            "persistence: {enabled: true, storageClass: a}\n",
            "persistence: {enabled: true, storageClass: b}\n",
            &[DangerKind::ImmutableField],
        ),
        (
            "persistence: {enabled: true, storageClass: a}\n",
            "persistence: {enabled: true, storageClass: a, x: 1}\n",
            &[],
        ),
        ("persistence: {enabled: true}\n", "", GONE),
    ] {
        assert_eq!(values(old, new), expected, "{old}→ {new}");
    }
    // Another file is no values of a chart.
    assert_eq!(kinds("a.yaml", "persistence: {enabled: true}\n", "x: 1\n"), []);
}

#[test]
fn values_that_go_with_their_application() {
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: a\n  finalizers: [resources-finalizer.argocd.argoproj.io]\n\
                       spec: {sources: [{helm: {valueFiles: [$values/out/dev/services/a/values.yaml]}}]}\n";
    let old =
        BTreeMap::from([("apps/a.yaml", application), ("services/a/values.yaml", "persistence: {enabled: true}\n")]);
    let found = between(&old, &BTreeMap::new(), &Options::default()).dangers;
    assert_eq!(found.iter().map(|danger| danger.kind).collect::<Vec<_>>(), [DangerKind::ApplicationRemoved]);
}

#[test]
fn names_that_change() {
    let service = |name: &str| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{type: ClusterIP, ports: [{{port: 80}}]}}\n"
        )
    };
    let rules = |name: &str| {
        format!(
            "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {{name: {name}}}\nspec: {{a: 1, b: 2}}\n"
        )
    };
    let claim = |name: &str| {
        let spec = "spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}";
        format!("apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: {name}}}\n{spec}\n")
    };
    assert_eq!(lines(&service("a"), &service("b")), ["renamed: `Service a` becomes `Service b`"]);
    assert_eq!(lines(&rules("a"), &rules("b")), [] as [&str; 0]);
    let expected = ["claim-removed: `PersistentVolumeClaim a` becomes `PersistentVolumeClaim b`"];
    assert_eq!(lines(&claim("a"), &claim("b")), expected);
    assert_eq!(lines("", &service("b")), [] as [&str; 0]);
}

#[test]
fn hosts_that_nobody_serves() {
    let ingress = |host: &str| {
        object("networking.k8s.io/v1", "Ingress", &format!("spec: {{rules: [{{host: {host}, http: {{}}}}]}}\n"))
    };
    let route =
        |hosts: &str| object("gateway.networking.k8s.io/v1", "HTTPRoute", &format!("spec: {{hostnames: [{hosts}]}}\n"));
    let certificate =
        |hosts: &str| object("cert-manager.io/v1", "Certificate", &format!("spec: {{dnsNames: [{hosts}]}}\n"));
    holds(&[
        ("an Ingress", ingress("a.example.com"), ingress("b.example.com"), CHANGED),
        ("a route", route("a.example.com"), route("b.example.com"), CHANGED),
        ("one more", route("a.example.com"), route("a.example.com, b.example.com"), &[]),
        ("a certificate", certificate("a.example.com, b.example.com"), certificate("a.example.com"), CHANGED),
        ("another way in", ingress("a.example.com"), route("a.example.com"), &[]),
        ("an Ingress that goes", ingress("a.example.com"), NONE, CHANGED),
    ]);
    assert_eq!(
        lines(&ingress("a.example.com"), &ingress("b.example.com")),
        ["host-changed: `Ingress shop/a` no longer serves `a.example.com`"]
    );
}

#[test]
fn what_argo_cd_is_told() {
    let wave = |wave: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a, annotations: {{argocd.argoproj.io/sync-wave: '{wave}'}}}}\n"
        )
    };
    let no_wave = || "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n".to_owned();
    let application = |spec: &str| object("argoproj.io/v1alpha1", "Application", &format!("spec: {{{spec}}}\n"));
    let project = |spec: &str| object("argoproj.io/v1alpha1", "AppProject", &format!("spec: {{{spec}}}\n"));
    holds(&[
        ("a wave", wave("1"), wave("2"), &[DangerKind::WaveChanged]),
        ("the wave that all have", wave("0"), no_wave(), &[]),
        ("no wave any more", wave("-1"), no_wave(), &[DangerKind::WaveChanged]),
        ("a project", application("project: a"), application("project: b"), &[DangerKind::ProjectChanged]),
        ("the default project", application("project: default"), application("x: 1"), &[]),
        (
            "a destination",
            application("destination: {namespace: a}"),
            application("destination: {namespace: b}"),
            &[DangerKind::DestinationChanged],
        ),
        ("a source", application("sources: [{chart: a}]"), application("sources: [{chart: b}]"), &[]),
        ("less allowed", project("sourceRepos: [a, b]"), project("sourceRepos: [a]"), &[DangerKind::ProjectChanged]),
        ("more allowed", project("sourceRepos: [a]"), project("sourceRepos: [a, b]"), &[]),
        ("all allowed", project("sourceRepos: [a]"), project("sourceRepos: ['*']"), &[]),
    ]);
    let kustomization = |rest: &str| format!("kind: Kustomization\nresources: [a.yaml]\n{rest}");
    let kinds = |old: &str, new: &str| kinds("x/kustomization.yaml", &kustomization(old), &kustomization(new));
    assert_eq!(kinds("namespace: a\n", "namespace: b\n"), [DangerKind::DestinationChanged]);
    assert_eq!(kinds("namePrefix: a-\n", ""), [DangerKind::DestinationChanged]);
    assert_eq!(kinds("images: [{name: a, newTag: '1'}]\n", "images: [{name: a, newTag: '2'}]\n"), []);
}

#[test]
fn secrets_that_are_gone() {
    let sealed =
        |keys: &str| object("bitnami.com/v1alpha1", "SealedSecret", &format!("spec: {{encryptedData: {{{keys}}}}}\n"));
    let secret = |keys: &str| object("v1", "Secret", &format!("stringData: {{{keys}}}\n"));
    holds(&[
        ("a secret", sealed("a: x"), NONE, &[DangerKind::SecretRemoved]),
        ("a key", sealed("a: x, b: x"), sealed("a: x"), &[DangerKind::SecretKeyRemoved]),
        ("another value", sealed("a: x"), sealed("a: y"), &[]),
        ("one more key", sealed("a: x"), sealed("a: x, b: x"), &[]),
        ("a Secret that is sealed", secret("a: x"), sealed("a: y"), &[]),
        ("and loses a key", secret("a: x, b: x"), sealed("a: y"), &[DangerKind::SecretKeyRemoved]),
    ]);
    assert_eq!(
        lines(&sealed("a: x, b: x, c: x"), &sealed("a: x")),
        ["secret-key-removed: `SealedSecret shop/a` loses the keys `b`, `c`"]
    );
}

#[test]
fn workloads_that_stop() {
    let deployment = |spec: &str| object("apps/v1", "Deployment", &format!("spec: {{{spec}}}\n"));
    holds(&[
        ("none", deployment("replicas: 2"), deployment("replicas: 0"), &[DangerKind::ReplicasToZero]),
        ("none instead of one", deployment("a: 1"), deployment("a: 1, replicas: 0"), &[DangerKind::ReplicasToZero]),
        ("one", deployment("replicas: 2"), deployment("replicas: 1"), &[]),
        ("still none", deployment("replicas: 0, a: 1"), deployment("replicas: 0, a: 2"), &[]),
        ("one that comes with none", NONE, deployment("replicas: 0"), &[]),
    ]);
    assert_eq!(
        kinds("charts/a/values.yaml", "x: {replicaCount: 1}\n", "x: {replicaCount: 0}\n"),
        [DangerKind::ReplicasToZero]
    );
    assert_eq!(kinds("charts/a/values.yaml", "x: {minReplicas: 1}\n", "x: {minReplicas: 0}\n"), []);
}

#[test]
fn a_patch_is_no_resource_of_its_own() {
    let set = object("apps/v1", "StatefulSet", "spec: {volumeClaimTemplates: [{metadata: {name: data}}]}\n");
    let kustomization = "kind: Kustomization\npatches: [{path: ./patch.yaml}]\n";
    let old = BTreeMap::from([("x/kustomization.yaml", kustomization), ("x/patch.yaml", set.as_str())]);
    let new = BTreeMap::from([("x/kustomization.yaml", kustomization)]);
    assert_eq!(between(&old, &new, &Options::default()).dangers, []);
    let zero = object("apps/v1", "StatefulSet", "spec: {replicas: 0}\n");
    let new = BTreeMap::from([("x/kustomization.yaml", kustomization), ("x/patch.yaml", zero.as_str())]);
    let found = between(&old, &new, &Options::default());
    assert!(found.dangers.iter().any(|danger| danger.kind == DangerKind::ReplicasToZero), "{found:?}");
    assert!(found.objects[0].patch, "{found:?}");
}

#[test]
fn many_at_once() {
    let objects = |number: usize| {
        let one =
            |n: usize| format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: n{n}}}\ndata: {{a: x{n}}}\n");
        (0..number).map(one).collect::<String>()
    };
    assert_eq!(lines(&objects(10), ""), [] as [&str; 0]);
    assert_eq!(lines(&objects(11), ""), ["many-removed: 11 resources disappear at once"]);
    assert_eq!(lines("", &objects(11)), [] as [&str; 0]);
}

#[test]
fn names_are_unique_and_texts_are_sentences() {
    let names: std::collections::BTreeSet<_> = DangerKind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(names.len(), DangerKind::ALL.len());
    for kind in DangerKind::ALL {
        assert!(kind.meaning().ends_with('.'), "{kind}");
        for text in [kind.why(), kind.help()] {
            assert!(
                !text.ends_with('.') && text.starts_with(char::is_lowercase) || text.starts_with("Argo CD"),
                "{text}"
            );
        }
    }
}
