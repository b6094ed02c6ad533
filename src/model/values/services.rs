//! The platform's services: one typed section each, with the fields that all of them share.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Values;
use crate::model::clients::OidcClient;
use crate::model::map::FreeMap;
use crate::model::names::{Namespace, PoolName};
use crate::model::network::HostOrLabel;
use crate::model::schedule::SyncWave;
use crate::model::secrets::SecretNeed;
use crate::model::source::{ChartName, ChartRepository, ChartVersion};

/// Defines one section: its own fields, then those that every service has. Stands in a module of its own, because the
/// defaults of the shared fields are functions beside the type.
macro_rules! service {
    (
        $(#[$meta:meta])*
        $name:ident (namespace = $namespace:literal, wave = $wave:literal) {
            $($(#[$field_meta:meta])* $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $name {
            /// Whether the service is installed. Default: true; a service without a section is off.
            #[serde(default = "default_enabled")]
            pub enabled: bool,
            /// The Helm chart, with its exact version.
            pub chart: $crate::model::values::services::ServiceChart,
            #[doc = concat!("The namespace that it is installed into. Default: ", $namespace, ".")]
            #[serde(default = "default_namespace")]
            pub namespace: $crate::model::Namespace,
            #[doc = concat!("When it is synced, lowest first. Default: ", $wave, ".")]
            #[serde(default = "default_wave")]
            pub wave: $crate::model::SyncWave,
            /// The node pool that its workloads run on. Default: tools.
            #[serde(default = "default_pool")]
            pub pool: $crate::model::PoolName,
            $($(#[$field_meta])* pub $field: $type,)*
            /// Helm values of your own, merged over those that the templates render. Default: empty.
            #[serde(default)]
            pub values: $crate::model::FreeMap,
        }

        fn default_enabled() -> bool {
            true
        }

        fn default_namespace() -> $crate::model::Namespace {
            $crate::model::values::constant($namespace)
        }

        fn default_wave() -> $crate::model::SyncWave {
            $crate::model::values::wave($wave)
        }

        fn default_pool() -> $crate::model::PoolName {
            $crate::model::values::constant("tools")
        }

        impl $crate::model::values::services::Section for $name {
            fn enabled(&self) -> bool {
                self.enabled
            }

            fn chart(&self) -> &$crate::model::values::services::ServiceChart {
                &self.chart
            }

            fn namespace(&self) -> &$crate::model::Namespace {
                &self.namespace
            }

            fn wave(&self) -> $crate::model::SyncWave {
                self.wave
            }

            fn pool(&self) -> &$crate::model::PoolName {
                &self.pool
            }

            fn values(&self) -> &$crate::model::FreeMap {
                &self.values
            }

            fn needs(&self) -> &dyn $crate::model::values::services::Needs {
                self
            }

            fn to_value(&self) -> serde_json::Value {
                $crate::model::values::services::plain(self)
            }
        }
    };
}

mod alloy;
mod argo_cd;
mod cert_manager;
mod external_dns;
mod falco;
mod ingress;
mod kube_prometheus_stack;
mod kyverno;
mod loki;
mod metrics_server;
mod oauth2_proxy;
mod prometheus_operator_crds;
mod sealed_secrets;
mod tekton;
mod trivy_operator;

pub use alloy::Alloy;
pub use argo_cd::{ArgoCd, DefaultRole};
pub use cert_manager::{CertManager, IssuerName, Issuers, Solver};
pub use external_dns::{ExternalDns, RecordPolicy, Webhook};
pub use falco::Falco;
pub use ingress::{Ingress, IngressController, LoadBalancer, LoadBalancerType};
pub use kube_prometheus_stack::{Alerts, KubePrometheusStack, Receiver, ReceiverType, Volumes};
pub use kyverno::{Kyverno, PolicyMode};
pub use loki::Loki;
pub use metrics_server::MetricsServer;
pub use oauth2_proxy::OAuth2Proxy;
pub use prometheus_operator_crds::PrometheusOperatorCrds;
pub use sealed_secrets::SealedSecrets;
pub use tekton::Tekton;
pub use trivy_operator::TrivyOperator;

/// A section as plain data.
#[expect(clippy::expect_used, reason = "a section is made of text, numbers and maps with text as keys")]
fn plain(section: &impl Serialize) -> serde_json::Value {
    serde_json::to_value(section).expect("a section of values is plain data")
}

/// The Helm chart of a service. Versions stand in the values only: there is one place to look, and to upgrade.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceChart {
    /// The Helm repository that holds the chart.
    pub repository: ChartRepository,
    /// The chart's name in its repository.
    pub name: ChartName,
    /// The chart's exact version.
    pub version: ChartVersion,
}

/// What all sections of services have in common.
pub trait Section: std::fmt::Debug {
    /// Whether the service is installed.
    fn enabled(&self) -> bool;
    /// The Helm chart.
    fn chart(&self) -> &ServiceChart;
    /// The namespace that it is installed into.
    fn namespace(&self) -> &Namespace;
    /// When it is synced.
    fn wave(&self) -> SyncWave;
    /// The node pool that it runs on.
    fn pool(&self) -> &PoolName;
    /// Helm values over those of the templates.
    fn values(&self) -> &FreeMap;
    /// What it asks for around itself.
    fn needs(&self) -> &dyn Needs;
    /// The whole section as plain data: defaults filled in, absent options left out.
    fn to_value(&self) -> serde_json::Value;
}

/// What a service asks for around itself: the parts of the platform that others have to bring.
pub trait Needs {
    /// The host that it answers for.
    fn host(&self) -> Option<&HostOrLabel> {
        None
    }

    /// The client at the identity provider by which it logs people in.
    fn oidc_client(&self, values: &Values) -> Option<OidcClient> {
        let _ = values;
        None
    }

    /// The Secrets that its workloads read and no chart makes.
    fn secrets(&self, values: &Values) -> Vec<SecretNeed> {
        let _ = values;
        Vec::new()
    }
}

/// One section together with its names.
#[derive(Debug, Clone, Copy)]
pub struct ServiceRef<'a> {
    /// The name in paths and templates: `argo-cd`.
    pub name: &'static str,
    /// The key in values: `argoCd`.
    pub key: &'static str,
    /// The section itself, whose parts live as long as the values.
    pub section: &'a dyn Section,
}

impl<'a> std::ops::Deref for ServiceRef<'a> {
    type Target = dyn Section + 'a;

    fn deref(&self) -> &Self::Target {
        self.section
    }
}

/// Defines the struct of all sections and how to walk through them.
macro_rules! services {
    ($($(#[doc = $doc:literal])+ $field:ident: $type:ty = $key:literal, $name:literal;)+) => {
        /// The platform's services. One that has no section here is off.
        #[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct Services {
            $(
                $(#[doc = $doc])+
                #[serde(default, rename = $key, skip_serializing_if = "Option::is_none")]
                pub $field: Option<$type>,
            )+
        }

        impl Services {
            /// The name of every service that there is, switched on or not, as paths and templates write it.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// Every section that is there, enabled or not, in a fixed order.
            pub fn all(&self) -> impl Iterator<Item = ServiceRef<'_>> {
                [$(
                    self.$field.as_ref().map(|section| ServiceRef { name: $name, key: $key, section }),
                )+]
                .into_iter()
                .flatten()
            }
        }
    };
}

services! {
    /// The kinds of monitors and alerts, before anything that has some.
    prometheus_operator_crds: PrometheusOperatorCrds = "prometheusOperatorCrds", "prometheus-operator-crds";
    /// Unseals the secrets that the repository holds as ciphertext.
    sealed_secrets: SealedSecrets = "sealedSecrets", "sealed-secrets";
    /// Gets certificates, and renews them.
    cert_manager: CertManager = "certManager", "cert-manager";
    /// Leads requests from outside to services and applications.
    ingress: Ingress = "ingress", "ingress";
    /// Writes the DNS records of all hosts.
    external_dns: ExternalDns = "externalDns", "external-dns";
    /// Asks for a login before hosts that have none of their own.
    oauth2_proxy: OAuth2Proxy = "oauth2Proxy", "oauth2-proxy";
    /// Applies the rendered files to the cluster, its own included.
    argo_cd: ArgoCd = "argoCd", "argo-cd";
    /// Measures, shows and alerts.
    kube_prometheus_stack: KubePrometheusStack = "kubePrometheusStack", "kube-prometheus-stack";
    /// Tells the cluster how much its pods and nodes use.
    metrics_server: MetricsServer = "metricsServer", "metrics-server";
    /// Keeps the logs.
    loki: Loki = "loki", "loki";
    /// Sends the logs of every node to Loki.
    alloy: Alloy = "alloy", "alloy";
    /// Runs pipelines.
    tekton: Tekton = "tekton", "tekton";
    /// Holds what is applied to the cluster to policies.
    kyverno: Kyverno = "kyverno", "kyverno";
    /// Watches what containers do.
    falco: Falco = "falco", "falco";
    /// Looks for known vulnerabilities in the images that run.
    trivy_operator: TrivyOperator = "trivyOperator", "trivy-operator";
}

impl Services {
    /// The enabled services by their name in paths and templates, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, ServiceRef<'_>)> {
        self.all().filter(|service| service.enabled()).map(|service| (service.name, service))
    }
}

/// The section of a service, where it is there and enabled.
pub fn installed<T: Section>(section: &Option<T>) -> Option<&T> {
    section.as_ref().filter(|section| section.enabled())
}
