//! What Kubernetes checks in code, and its published schemas do not say: the choices of a field, and its range.
//!
//! Only what an API server refuses in every release that we know, and that people get wrong.

use serde_json::{Map, Value, json};

use crate::Failed;

const PROTOCOLS: &[&str] = &["TCP", "UDP", "SCTP"];
const TRAFFIC: &[&str] = &["Cluster", "Local"];
const ACCESS: &[&str] = &["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
const VOLUME: &[&str] = &["Block", "Filesystem"];
const EFFECTS: &[&str] = &["NoExecute", "NoSchedule", "PreferNoSchedule"];

/// A definition, a property of it, and the texts that it takes; of a list each item.
const CHOICES: &[(&str, &str, &[&str])] = &[
    ("core.v1.PodSpec", "restartPolicy", &["Always", "Never", "OnFailure"]),
    ("core.v1.PodSpec", "dnsPolicy", &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]),
    ("core.v1.PodSpec", "preemptionPolicy", &["Never", "PreemptLowerPriority"]),
    ("core.v1.Container", "imagePullPolicy", &["Always", "IfNotPresent", "Never"]),
    ("core.v1.Container", "terminationMessagePolicy", &["FallbackToLogsOnError", "File"]),
    ("core.v1.ContainerPort", "protocol", PROTOCOLS),
    ("core.v1.HTTPGetAction", "scheme", &["HTTP", "HTTPS"]),
    ("core.v1.Toleration", "effect", EFFECTS),
    ("core.v1.Taint", "effect", EFFECTS),
    ("core.v1.TopologySpreadConstraint", "whenUnsatisfiable", &["DoNotSchedule", "ScheduleAnyway"]),
    ("core.v1.NodeSelectorRequirement", "operator", &["DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn"]),
    ("core.v1.PodSecurityContext", "fsGroupChangePolicy", &["Always", "OnRootMismatch"]),
    ("core.v1.SeccompProfile", "type", &["Localhost", "RuntimeDefault", "Unconfined"]),
    ("core.v1.ServicePort", "protocol", PROTOCOLS),
    ("core.v1.ServiceSpec", "type", &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]),
    ("core.v1.ServiceSpec", "sessionAffinity", &["ClientIP", "None"]),
    ("core.v1.ServiceSpec", "externalTrafficPolicy", TRAFFIC),
    ("core.v1.ServiceSpec", "internalTrafficPolicy", TRAFFIC),
    ("core.v1.ServiceSpec", "ipFamilyPolicy", &["PreferDualStack", "RequireDualStack", "SingleStack"]),
    ("core.v1.PersistentVolumeClaimSpec", "accessModes", ACCESS),
    ("core.v1.PersistentVolumeClaimSpec", "volumeMode", VOLUME),
    ("core.v1.PersistentVolumeSpec", "accessModes", ACCESS),
    ("core.v1.PersistentVolumeSpec", "volumeMode", VOLUME),
    ("core.v1.PersistentVolumeSpec", "persistentVolumeReclaimPolicy", &["Delete", "Recycle", "Retain"]),
    ("apps.v1.DeploymentStrategy", "type", &["Recreate", "RollingUpdate"]),
    ("apps.v1.StatefulSetUpdateStrategy", "type", &["OnDelete", "RollingUpdate"]),
    ("apps.v1.StatefulSetSpec", "podManagementPolicy", &["OrderedReady", "Parallel"]),
    ("apps.v1.DaemonSetUpdateStrategy", "type", &["OnDelete", "RollingUpdate"]),
    ("batch.v1.CronJobSpec", "concurrencyPolicy", &["Allow", "Forbid", "Replace"]),
    ("batch.v1.JobSpec", "completionMode", &["Indexed", "NonIndexed"]),
    ("networking.v1.HTTPIngressPath", "pathType", &["Exact", "ImplementationSpecific", "Prefix"]),
    ("networking.v1.NetworkPolicyPort", "protocol", PROTOCOLS),
    ("networking.v1.NetworkPolicySpec", "policyTypes", &["Egress", "Ingress"]),
    ("policy.v1.PodDisruptionBudgetSpec", "unhealthyPodEvictionPolicy", &["AlwaysAllow", "IfHealthyBudget"]),
    ("rbac.v1.RoleRef", "kind", &["ClusterRole", "Role"]),
    ("rbac.v1.Subject", "kind", &["Group", "ServiceAccount", "User"]),
    ("storage.v1.StorageClass", "reclaimPolicy", &["Delete", "Retain"]),
    ("storage.v1.StorageClass", "volumeBindingMode", &["Immediate", "WaitForFirstConsumer"]),
    ("apiextensions.v1.CustomResourceDefinitionSpec", "scope", &["Cluster", "Namespaced"]),
];

/// A definition, a property of it that is a number, and the least and the greatest that it takes.
const RANGES: &[(&str, &str, i64, i64)] = &[
    ("core.v1.ContainerPort", "containerPort", 1, 65_535),
    ("core.v1.ContainerPort", "hostPort", 1, 65_535),
    ("core.v1.ServicePort", "port", 1, 65_535),
    ("core.v1.PodSpec", "terminationGracePeriodSeconds", 0, i64::MAX),
    ("apps.v1.DeploymentSpec", "replicas", 0, i32::MAX as i64),
    ("apps.v1.DeploymentSpec", "minReadySeconds", 0, i32::MAX as i64),
    ("apps.v1.StatefulSetSpec", "replicas", 0, i32::MAX as i64),
    ("batch.v1.JobSpec", "backoffLimit", 0, i32::MAX as i64),
    ("core.v1.Probe", "periodSeconds", 0, i32::MAX as i64),
    ("core.v1.Probe", "timeoutSeconds", 0, i32::MAX as i64),
    ("core.v1.Probe", "failureThreshold", 0, i32::MAX as i64),
    ("autoscaling.v2.HorizontalPodAutoscalerSpec", "maxReplicas", 1, i32::MAX as i64),
];

/// Writes the choices and ranges into the definitions of an `OpenAPI`.
pub(crate) fn insert(definitions: &mut Map<String, Value>) -> Result<(), Failed> {
    let mut insert = |definition: &str, property: &str, keyword: &str, value: Value| -> Result<(), Failed> {
        let group = if definition.starts_with("apiextensions") {
            "io.k8s.apiextensions-apiserver.pkg.apis."
        } else {
            "io.k8s.api."
        };
        let schema = definitions.get_mut(&format!("{group}{definition}"));
        let schema = schema.and_then(|schema| schema.get_mut("properties")?.get_mut(property));
        let schema = schema.ok_or_else(|| format!("{definition} has no property {property}"))?;
        let schema = if schema.get("items").is_some() { &mut schema["items"] } else { schema };
        schema[keyword] = value;
        Ok(())
    };
    for (definition, property, names) in CHOICES {
        insert(definition, property, "enum", json!(names))?;
    }
    for (definition, property, least, greatest) in RANGES {
        insert(definition, property, "minimum", json!(least))?;
        insert(definition, property, "maximum", json!(greatest))?;
    }
    Ok(())
}
