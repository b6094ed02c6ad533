//! Workloads and what their pods need: Secrets, `ConfigMap`s, claims, accounts.

use super::{
    CLAIM, CONFIG_MAP, Cursor, Facts, Kind, Labels, PRIORITY_CLASS, SECRET, SERVICE, SERVICE_ACCOUNT, STORAGE_CLASS,
    keys, scalar,
};

pub(super) fn read(facts: &mut Facts<'_>, root: &Cursor<'_>, kind: &str) {
    if let Some(path) = template_of(kind)
        && let Some(template) = root.at(path)
    {
        facts.pods = Some(Labels::at(&template, "metadata.labels"));
        if let Some(spec) = template.at("spec") {
            pod(facts, &spec);
        }
    }
    match kind {
        "Pod" => {
            facts.pods = Some(facts.labels.clone());
            if let Some(spec) = root.at("spec") {
                pod(facts, &spec);
            }
        }
        "StatefulSet" => {
            soft(facts, root, "spec.serviceName", SERVICE);
            root.each("spec.volumeClaimTemplates", |claim| soft(facts, &claim, "spec.storageClassName", STORAGE_CLASS));
        }
        "PersistentVolumeClaim" => soft(facts, root, "spec.storageClassName", STORAGE_CLASS),
        "ConfigMap" => facts.parts = Some(keys(root, &["data", "binaryData"])),
        "Secret" => facts.parts = Some(keys(root, &["data", "stringData"])),
        "Service" => {
            let mut ports = Vec::new();
            root.each("spec.ports", |port| {
                ports.extend(["name", "port"].into_iter().filter_map(|key| scalar(port.value().get(key)?)));
            });
            // One that only gives another name to a host has none of its own.
            facts.parts = (!ports.is_empty() && root.text("spec.type") != "ExternalName").then_some(ports);
        }
        "ServiceAccount" => {
            for list in ["secrets", "imagePullSecrets"] {
                root.each(list, |one| soft(facts, &one, "name", SECRET));
            }
        }
        "HorizontalPodAutoscaler" => target(facts, root, "spec.scaleTargetRef"),
        _ => {}
    }
}

/// Where a document of the kind `kind` has the template of its pods.
pub(in crate::checks) fn template_of(kind: &str) -> Option<&'static str> {
    match kind {
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Job" => {
            Some("spec.template")
        }
        "CronJob" => Some("spec.jobTemplate.spec.template"),
        _ => None,
    }
}

/// A reference of the form `{apiVersion, kind, name}` to something in the same namespace.
fn target(facts: &mut Facts<'_>, root: &Cursor<'_>, path: &str) {
    if let Some(target) = root.at(path) {
        let group = target.text("apiVersion").split_once('/').map_or("", |(group, _)| group);
        let kind = Kind::of(group, target.text("kind"));
        // What is scaled may be of a kind that is nowhere described.
        if !kind.may_make_others() {
            facts.refer(&target, "name", kind);
        }
    }
}

fn soft(facts: &mut Facts<'_>, at: &Cursor<'_>, path: &str, kind: Kind) {
    if let Some(reference) = facts.refer(at, path, kind) {
        reference.soft();
    }
}

/// What the pods with this spec need.
pub(super) fn pod(facts: &mut Facts<'_>, spec: &Cursor<'_>) {
    facts.refer(spec, "serviceAccountName", SERVICE_ACCOUNT);
    soft(facts, spec, "priorityClassName", PRIORITY_CLASS);
    spec.each("imagePullSecrets", |one| soft(facts, &one, "name", SECRET));
    spec.each("volumes", |one| volume(facts, &one));
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        spec.each(list, |one| container(facts, &one));
    }
}

/// What a container, or a step of a Task, takes its environment from.
pub(super) fn container(facts: &mut Facts<'_>, container: &Cursor<'_>) {
    container.each("env", |one| {
        for (path, kind) in [("valueFrom.secretKeyRef", SECRET), ("valueFrom.configMapKeyRef", CONFIG_MAP)] {
            if let Some(source) = one.at(path) {
                facts.refer_to_key(&source, kind);
            }
        }
    });
    container.each("envFrom", |one| {
        for (path, kind) in [("secretRef", SECRET), ("configMapRef", CONFIG_MAP)] {
            if let Some(source) = one.at(path).filter(|source| !source.is_true("optional")) {
                facts.refer(&source, "name", kind);
            }
        }
    });
}

/// What a volume, or a workspace of Tekton, is made of.
pub(super) fn volume(facts: &mut Facts<'_>, volume: &Cursor<'_>) {
    files(facts, volume, "secret", "secretName", &SECRET);
    files(facts, volume, "configMap", "name", &CONFIG_MAP);
    volume.each("projected.sources", |source| {
        files(facts, &source, "secret", "name", &SECRET);
        files(facts, &source, "configMap", "name", &CONFIG_MAP);
    });
    soft(facts, volume, "persistentVolumeClaim.claimName", CLAIM);
}

/// A Secret or `ConfigMap` as files: all of its keys, or some.
fn files(facts: &mut Facts<'_>, volume: &Cursor<'_>, path: &str, name: &str, kind: &Kind) {
    let Some(source) = volume.at(path).filter(|source| !source.is_true("optional")) else { return };
    facts.refer(&source, name, kind.clone());
    source.each("items", |item| {
        if let Some(reference) = facts.refer(&source, name, kind.clone()) {
            reference.part(&item, "key");
        }
    });
}
