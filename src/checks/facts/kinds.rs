//! Kinds of resources that rules speak of, and which of them belong to no namespace.

use std::borrow::Cow;
use std::fmt;

/// A kind of resource, whatever version of its API a document uses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::checks) struct Kind {
    /// The API group; empty for the core group.
    pub(in crate::checks) group: Cow<'static, str>,
    /// The kind, such as `Deployment`.
    pub(in crate::checks) name: Cow<'static, str>,
}

impl Kind {
    /// A kind that the program knows.
    pub(in crate::checks) const fn new(group: &'static str, name: &'static str) -> Self {
        Self { group: Cow::Borrowed(group), name: Cow::Borrowed(name) }
    }

    /// A kind that a document names.
    pub(in crate::checks) fn of(group: &str, name: &str) -> Self {
        Self { group: Cow::Owned(group.to_owned()), name: Cow::Owned(name.to_owned()) }
    }

    /// [`is_cluster_wide`] of this kind.
    pub(in crate::checks) fn is_cluster_wide(&self) -> Option<bool> {
        is_cluster_wide(&self.group, &self.name)
    }

    /// [`may_make_others`] of this kind.
    pub(in crate::checks) fn may_make_others(&self) -> bool {
        may_make_others(&self.group, &self.name)
    }
}

/// Whether resources of the kind `name` belong to the cluster; `None` for a kind that is not known.
pub(in crate::checks) fn is_cluster_wide(group: &str, name: &str) -> Option<bool> {
    let cluster_wide = CLUSTER_WIDE.contains(&(group, name));
    (cluster_wide || QUIET.iter().any(|(quiet, _)| *quiet == group)).then_some(cluster_wide)
}

/// Whether something that watches resources of the kind `name` may make others of them, which no file shows.
pub(in crate::checks) fn may_make_others(group: &str, name: &str) -> bool {
    match QUIET.iter().find(|(quiet, _)| *quiet == group) {
        Some((_, makers)) => makers.contains(&name),
        None => true,
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

pub(in crate::checks) const SECRET: Kind = Kind::new("", "Secret");
pub(in crate::checks) const CONFIG_MAP: Kind = Kind::new("", "ConfigMap");
pub(in crate::checks) const SERVICE: Kind = Kind::new("", "Service");
pub(in crate::checks) const SERVICE_ACCOUNT: Kind = Kind::new("", "ServiceAccount");
pub(in crate::checks) const NAMESPACE: Kind = Kind::new("", "Namespace");
pub(in crate::checks) const CLAIM: Kind = Kind::new("", "PersistentVolumeClaim");
pub(in crate::checks) const STORAGE_CLASS: Kind = Kind::new("storage.k8s.io", "StorageClass");
pub(in crate::checks) const PRIORITY_CLASS: Kind = Kind::new("scheduling.k8s.io", "PriorityClass");
pub(in crate::checks) const INGRESS_CLASS: Kind = Kind::new("networking.k8s.io", "IngressClass");
pub(in crate::checks) const ROLE: Kind = Kind::new("rbac.authorization.k8s.io", "Role");
pub(in crate::checks) const CLUSTER_ROLE: Kind = Kind::new("rbac.authorization.k8s.io", "ClusterRole");
pub(in crate::checks) const ISSUER: Kind = Kind::new("cert-manager.io", "Issuer");
pub(in crate::checks) const CLUSTER_ISSUER: Kind = Kind::new("cert-manager.io", "ClusterIssuer");
pub(in crate::checks) const CERTIFICATE: Kind = Kind::new("cert-manager.io", "Certificate");
pub(in crate::checks) const GATEWAY: Kind = Kind::new("gateway.networking.k8s.io", "Gateway");
pub(in crate::checks) const GATEWAY_CLASS: Kind = Kind::new("gateway.networking.k8s.io", "GatewayClass");
pub(in crate::checks) const MIDDLEWARE: Kind = Kind::new("traefik.io", "Middleware");
pub(in crate::checks) const TRAEFIK_SERVICE: Kind = Kind::new("traefik.io", "TraefikService");
pub(in crate::checks) const TASK: Kind = Kind::new("tekton.dev", "Task");
pub(in crate::checks) const PIPELINE: Kind = Kind::new("tekton.dev", "Pipeline");
pub(in crate::checks) const TRIGGER: Kind = Kind::new("triggers.tekton.dev", "Trigger");
pub(in crate::checks) const TRIGGER_BINDING: Kind = Kind::new("triggers.tekton.dev", "TriggerBinding");
pub(in crate::checks) const CLUSTER_TRIGGER_BINDING: Kind = Kind::new("triggers.tekton.dev", "ClusterTriggerBinding");
pub(in crate::checks) const TRIGGER_TEMPLATE: Kind = Kind::new("triggers.tekton.dev", "TriggerTemplate");
pub(in crate::checks) const CLUSTER_INTERCEPTOR: Kind = Kind::new("triggers.tekton.dev", "ClusterInterceptor");
pub(in crate::checks) const INTERCEPTOR: Kind = Kind::new("triggers.tekton.dev", "Interceptor");
pub(in crate::checks) const PROJECT: Kind = Kind::new("argoproj.io", "AppProject");
pub(in crate::checks) const CLUSTER_POLICY: Kind = Kind::new("kyverno.io", "ClusterPolicy");
pub(in crate::checks) const POLICY: Kind = Kind::new("kyverno.io", "Policy");

/// Kinds without a namespace.
const CLUSTER_WIDE: &[(&str, &str)] = &[
    ("", "Namespace"),
    ("", "Node"),
    ("", "PersistentVolume"),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("apiregistration.k8s.io", "APIService"),
    ("cert-manager.io", "ClusterIssuer"),
    ("gateway.networking.k8s.io", "GatewayClass"),
    ("kyverno.io", "ClusterPolicy"),
    ("networking.k8s.io", "IngressClass"),
    ("node.k8s.io", "RuntimeClass"),
    ("operator.tekton.dev", "TektonConfig"),
    ("policies.kyverno.io", "GeneratingPolicy"),
    ("policies.kyverno.io", "ImageValidatingPolicy"),
    ("policies.kyverno.io", "MutatingPolicy"),
    ("policies.kyverno.io", "ValidatingPolicy"),
    ("rbac.authorization.k8s.io", "ClusterRole"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
    ("scheduling.k8s.io", "PriorityClass"),
    ("storage.k8s.io", "CSIDriver"),
    ("storage.k8s.io", "StorageClass"),
    ("storage.k8s.io", "VolumeAttachment"),
    ("triggers.tekton.dev", "ClusterInterceptor"),
    ("triggers.tekton.dev", "ClusterTriggerBinding"),
];

/// The API groups whose kinds are known, each with those kinds that make other resources of which no file tells.
const QUIET: &[(&str, &[&str])] = &[
    ("", &[]),
    ("aquasecurity.github.io", &[]),
    ("monitoring.grafana.com", &[]),
    ("admissionregistration.k8s.io", &[]),
    ("apiextensions.k8s.io", &[]),
    ("apiregistration.k8s.io", &[]),
    ("apps", &[]),
    ("autoscaling", &[]),
    ("batch", &[]),
    ("bitnami.com", &[]),
    ("cert-manager.io", &[]),
    ("coordination.k8s.io", &[]),
    (
        "argoproj.io",
        &["ApplicationSet", "Rollout", "Workflow", "WorkflowTemplate", "CronWorkflow", "EventSource", "Sensor"],
    ),
    ("discovery.k8s.io", &[]),
    ("externaldns.k8s.io", &[]),
    ("gateway.envoyproxy.io", &[]),
    ("gateway.networking.k8s.io", &[]),
    ("kustomize.config.k8s.io", &[]),
    ("kyverno.io", &[]),
    ("monitoring.coreos.com", &["Alertmanager", "Prometheus", "PrometheusAgent", "ThanosRuler"]),
    ("networking.k8s.io", &[]),
    ("node.k8s.io", &[]),
    ("operator.tekton.dev", &[]),
    ("policies.kyverno.io", &["GeneratingPolicy"]),
    ("policy", &[]),
    ("rbac.authorization.k8s.io", &[]),
    ("scheduling.k8s.io", &[]),
    ("storage.k8s.io", &[]),
    ("tekton.dev", &[]),
    ("traefik.io", &[]),
    ("triggers.tekton.dev", &[]),
];
