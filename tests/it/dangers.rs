//! A history of commits, each of which does one thing that is dangerous, and what `diff` says about it.

use serde_json::Value;

use crate::support::Scene;

/// One commit: the file that it edits, what it replaces by what, and the danger that this is. A file whose whole text
/// is replaced by nothing is removed.
struct Commit(&'static str, &'static str, &'static str, &'static str);

const WHOLE: &str = "";

/// The resources of the first commit, by their files below `templates/`.
const RESOURCES: &[(&str, &str)] = &[
    (
        "claims.yaml.j2",
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, namespace: shop}\n\
         spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: '{{ cluster.nodePools.base.max }}Gi'}}}\n",
    ),
    (
        "cache.yaml.j2",
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: cache}\nspec: {storageClassName: a}\n",
    ),
    ("namespace.yaml.j2", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"),
    (
        "crd.yaml.j2",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.com}\n\
         spec:\n  group: example.com\n  scope: Cluster\n  names: {plural: things, kind: Thing}\n  \
         versions:\n  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}\n",
    ),
    (
        "project.yaml.j2",
        "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: old, namespace: argocd}\nspec: {sourceRepos: []}\n",
    ),
    (
        "application.yaml.j2",
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: shop\n  namespace: argocd\n  \
         annotations: {argocd.argoproj.io/sync-wave: '1'}\n  finalizers: [resources-finalizer.argocd.argoproj.io]\n\
         spec: {project: shop, destination: {server: 'https://kubernetes.default.svc', namespace: shop}}\n",
    ),
    (
        "set.yaml.j2",
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec:\n  serviceName: db\n  \
         selector: {matchLabels: {app: db}}\n  template: {metadata: {labels: {app: db}}}\n  \
         volumeClaimTemplates:\n  - metadata: {name: data}\n  - metadata: {name: log}\n",
    ),
    (
        "sealed.yaml.j2",
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: db}\n\
         spec: {encryptedData: {user: AgA=, password: AgB=}}\n",
    ),
    (
        "deployment.yaml.j2",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n\
         spec: {replicas: 2, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web, tier: www}}}}\n",
    ),
    (
        "service.yaml.j2",
        "apiVersion: v1\nkind: Service\nmetadata: {name: '{{ platform.name }}'}\nspec: {type: ClusterIP, ports: [{port: 80}]}\n",
    ),
    (
        "ingress.yaml.j2",
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\nspec: {rules: [{host: 'www.{{ platform.domain }}'}]}\n",
    ),
    (
        "binding.yaml.j2",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: web}\n\
         roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}\n",
    ),
    (
        "charts/db/values.yaml.j2",
        "primary: {persistence: {enabled: true, size: 8Gi}}\nreplica: {persistence: {enabled: true, size: 8Gi}}\n",
    ),
    (
        "overlay/kustomization.yaml.j2",
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: shop\n",
    ),
];

const HISTORY: [Commit; 21] = [
    Commit("templates/cache.yaml.j2", WHOLE, "", "claim-removed"),
    Commit(
        "values/base.yaml",
        "base: {size: s-2vcpu-4gb, min: 1, max: 2}",
        "base: {size: s-2vcpu-4gb, min: 1, max: 1}",
        "volume-shrinks",
    ),
    Commit("templates/claims.yaml.j2", "ReadWriteOnce", "ReadWriteMany", "immutable-field"),
    Commit("templates/namespace.yaml.j2", WHOLE, "", "namespace-removed"),
    Commit("templates/crd.yaml.j2", WHOLE, "", "definition-removed"),
    Commit("templates/project.yaml.j2", WHOLE, "", "project-removed"),
    Commit("templates/application.yaml.j2", "sync-wave: '1'", "sync-wave: '2'", "wave-changed"),
    Commit("templates/application.yaml.j2", "project: shop", "project: other", "project-changed"),
    Commit("templates/application.yaml.j2", "namespace: shop}", "namespace: store}", "destination-changed"),
    Commit("templates/application.yaml.j2", WHOLE, "", "application-removed"),
    Commit("templates/set.yaml.j2", "  - metadata: {name: log}\n", "", "stateful-volume-removed"),
    Commit("templates/set.yaml.j2", "serviceName: db", "serviceName: store", "immutable-field"),
    Commit("templates/sealed.yaml.j2", "user: AgA=, ", "", "secret-key-removed"),
    Commit("templates/sealed.yaml.j2", WHOLE, "", "secret-removed"),
    Commit("templates/deployment.yaml.j2", "replicas: 2", "replicas: 0", "replicas-to-zero"),
    Commit("templates/deployment.yaml.j2", "matchLabels: {app: web}", "matchLabels: {tier: www}", "immutable-field"),
    Commit("values/base.yaml", "name: example\n", "name: sample\n", "renamed"),
    Commit("values/dev.yaml", "dev.example.com", "dev.example.org", "host-changed"),
    Commit("templates/binding.yaml.j2", "name: reader", "name: writer", "immutable-field"),
    Commit(
        "templates/charts/db/values.yaml.j2",
        "replica: {persistence: {enabled: true, size: 8Gi}}",
        "replica: {}",
        "persistence-removed",
    ),
    Commit("templates/many.yaml.j2", WHOLE, "", "many-removed"),
];

#[test]
fn each_commit_is_told_by_its_danger_and_no_other() {
    let many = (0..11)
        .map(|n| format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: n{n}}}\ndata: {{n: '{n}'}}\n"));
    let scene =
        RESOURCES.iter().fold(Scene::new(), |scene, (path, text)| scene.with(&format!("templates/{path}"), text));
    let scene = scene.with("templates/many.yaml.j2", many.collect::<String>()).committed();
    let mut seen = Vec::new();
    for Commit(path, from, to, expected) in &HISTORY {
        if *from == WHOLE {
            scene.remove(path);
        } else {
            let text = scene.read(path);
            assert!(text.contains(from), "{path} has no {from:?}");
            scene.write(path, text.replacen(from, to, 1));
        }
        scene.commit();
        let run = scene.render(&["diff", "--env", "dev", "--against", "HEAD~1", "--format", "json"]).exits(1);
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        let dangers = report["environments"][0]["dangers"].as_array().unwrap();
        let kinds: Vec<_> = dangers.iter().map(|danger| danger["danger"].as_str().unwrap()).collect();
        assert_eq!(kinds, [*expected], "{path}: {from:?} → {to:?}: {dangers:#?}");
        assert!(dangers.iter().all(|danger| danger["why"].is_string() && danger["help"].is_string()));
        seen.push(*expected);
    }
    // The whole way at once holds them all, but for what a later commit took along, and with more that disappears.
    let run =
        scene.render(&["diff", "--env", "dev", "--against", "HEAD~21", "--max-removed", "100", "--format", "json"]);
    let report: Value = serde_json::from_str(&run.exits(1).stdout).unwrap();
    let dangers = report["environments"][0]["dangers"].as_array().unwrap().clone();
    let whole: Vec<_> = dangers.iter().map(|danger| danger["danger"].as_str().unwrap()).collect();
    for kind in
        ["claim-removed", "application-removed", "secret-removed", "renamed", "host-changed", "replicas-to-zero"]
    {
        assert!(whole.contains(&kind), "{kind}: {whole:?}");
    }
    assert!(!whole.contains(&"many-removed") && !whole.contains(&"wave-changed"), "{whole:?}");
    // Nothing is dangerous about the last commit and itself.
    let run = scene.render(&["diff", "--env", "dev", "--against", "HEAD"]).succeeds();
    assert!(run.stderr.ends_with("dev: no difference\n"), "{run}");
}

#[test]
fn a_danger_that_no_commit_of_the_history_shows() {
    let kustomization = "templates/overlay/kustomization.yaml.j2";
    let scene =
        RESOURCES.iter().fold(Scene::new(), |scene, (path, text)| scene.with(&format!("templates/{path}"), text));
    let scene = scene.rendered();
    scene.write(kustomization, scene.read(kustomization).replace("namespace: shop", "namespace: store"));
    let said = scene.render(&["diff", "--env", "dev", "--quiet"]).exits(1).stderr;
    insta::assert_snapshot!(said[said.find("danger[").unwrap()..], @"
    danger[destination-changed]: all of the kustomization: namespace `shop` becomes `store`
     --> out/dev/overlay/kustomization.yaml
      = note: everything is made again in the new place, and what is in the old one is deleted or left behind
      = help: copy the data first, and see that nothing calls the old place

    ");
}
