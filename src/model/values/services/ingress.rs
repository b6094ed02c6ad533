//! The ingress controller and the load balancer before it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Needs, ServiceChart};
use crate::model::names::DnsLabel;
use crate::model::network::Host;

service! {
    /// The ingress controller: leads requests from outside to services and applications.
    Ingress (namespace = "ingress", wave = -20) {
        /// Which controller it is.
        controller: IngressController,
        /// The name of the ingress class, or with `envoyGateway` of the gateway class, that all hosts use.
        /// Default: nginx, traefik or envoy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        class_name: Option<DnsLabel>,
        /// The chart of Envoy Gateway's own CRDs; only and always with `envoyGateway`, whose main chart would bring those
        /// of the Gateway API too, which the cluster has already. Default: none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        crds_chart: Option<ServiceChart>,
        /// How many copies run. Default: 2.
        #[serde(default = "default_replicas")]
        #[schemars(range(min = 1))]
        replicas: u32,
        /// The cloud's load balancer before it.
        #[serde(default)]
        load_balancer: LoadBalancer,
    }
}

/// The ingress controllers that there are templates for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum IngressController {
    /// ingress-nginx. Its project was archived in March 2026 and gets no more fixes: choosing it gives a warning.
    Nginx,
    /// Traefik, which reads Ingress objects, too.
    Traefik,
    /// Envoy Gateway, which reads the objects of the Gateway API.
    EnvoyGateway,
}

/// The cloud's load balancer before the controller.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LoadBalancer {
    /// The kind of load balancer. It is always written, because the cloud's own default has changed before.
    /// Default: `REGIONAL_NETWORK`.
    #[serde(default, rename = "type")]
    pub kind: LoadBalancerType,
    /// Whether it tells the controller the client's address by the PROXY protocol; `REGIONAL` only. Default: false.
    #[serde(default)]
    pub proxy_protocol: bool,
    /// How many nodes it has. Default: what the cloud chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub size_unit: Option<u32>,
    /// A name that stands in the Service's status instead of the address, so that calls from inside pass the load
    /// balancer too. Only with `proxyProtocol`, and its DNS record must exist before. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hostname: Option<Host>,
}

/// The kinds of load balancers in one region.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LoadBalancerType {
    /// A proxy, which knows HTTP, TLS and the PROXY protocol.
    Regional,
    /// Passes packets on; the controller sees the client's address without the PROXY protocol.
    #[default]
    RegionalNetwork,
}

impl Needs for Ingress {}

fn default_replicas() -> u32 {
    2
}
