//! Prometheus, Alertmanager and Grafana in one chart.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Needs;
use crate::model::Values;
use crate::model::clients::OidcClient;
use crate::model::map::NamedMap;
use crate::model::names::{DnsLabel, ResourceName, SealedName};
use crate::model::network::{HostOrLabel, WebUrl};
use crate::model::quantity::Quantity;
use crate::model::schedule::Duration;
use crate::model::secrets::SecretNeed;

service! {
    /// kube-prometheus-stack: Prometheus measures, Alertmanager alerts, Grafana shows.
    KubePrometheusStack (namespace = "monitoring", wave = -4) {
        /// The host of Grafana: a label before `platform.domain`, or a full name. Default: grafana.
        #[serde(default = "default_host")]
        host: HostOrLabel,
        /// The Secret that holds Grafana's built-in admin, under `admin-user` and `admin-password`.
        /// Default: grafana-admin.
        #[serde(default = "default_admin_secret")]
        admin_secret: ResourceName,
        /// The Secret that holds Grafana's OIDC client, under `client-id` and `client-secret`. Default: grafana-oidc.
        #[serde(default = "default_oidc_secret")]
        oidc_secret: ResourceName,
        /// How long measurements are kept, in hours. Default: 360h.
        #[serde(default = "default_retention")]
        retention: Duration,
        /// How large the volumes are.
        #[serde(default)]
        volumes: Volumes,
        /// Who is told of what.
        #[serde(default)]
        alerts: Alerts,
    }
}

/// The volumes of the monitoring stack.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Volumes {
    /// For the measurements. Default: 20Gi.
    #[serde(default = "default_prometheus_volume")]
    pub prometheus: Quantity,
    /// For silences, and for what was sent. Default: 1Gi.
    #[serde(default = "default_small_volume")]
    pub alertmanager: Quantity,
    /// For what people make in Grafana by hand. Default: 1Gi.
    #[serde(default = "default_small_volume")]
    pub grafana: Quantity,
}

impl Default for Volumes {
    fn default() -> Self {
        let small = default_small_volume;
        Self { prometheus: default_prometheus_volume(), alertmanager: small(), grafana: small() }
    }
}

/// Who is told of what.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Alerts {
    /// Where alerts can go, by name. Default: nowhere.
    #[serde(default)]
    pub receivers: NamedMap<DnsLabel, Receiver>,
    /// The receiver of critical alerts. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub critical: Option<DnsLabel>,
    /// The receiver of warnings. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<DnsLabel>,
    /// The Secret that holds the address or the key of each receiver, under the receiver's name.
    /// Default: alertmanager-receivers.
    #[serde(default = "default_receivers_secret")]
    pub secret: ResourceName,
    /// Where the runbooks are read: each alert links to the page of its name below this.
    /// Default: those of this project.
    #[serde(default = "default_runbooks")]
    pub runbooks: WebUrl,
}

impl Default for Alerts {
    fn default() -> Self {
        Self {
            receivers: NamedMap::default(),
            critical: None,
            warning: None,
            secret: default_receivers_secret(),
            runbooks: default_runbooks(),
        }
    }
}

/// Where alerts can go.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Receiver {
    /// What kind of place it is.
    #[serde(rename = "type")]
    pub kind: ReceiverType,
    /// The channel, of Slack only. Default: the one that the webhook is made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
}

/// The kinds of receivers. Each takes one secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReceiverType {
    /// A channel of Slack, or of what speaks its protocol, by the URL of an incoming webhook.
    Slack,
    /// `PagerDuty`, by the integration key of a service.
    PagerDuty,
    /// Any HTTP endpoint, by its URL.
    Webhook,
}

impl ReceiverType {
    fn secret(self) -> &'static str {
        match self {
            Self::Slack => "the URL of the incoming webhook",
            Self::PagerDuty => "the integration key of the service (Events API v2)",
            Self::Webhook => "the URL that alerts are posted to",
        }
    }
}

impl Needs for KubePrometheusStack {
    fn host(&self) -> Option<&HostOrLabel> {
        Some(&self.host)
    }

    fn oidc_client(&self, values: &Values) -> Option<OidcClient> {
        let secret = SealedName::new(&self.namespace, &self.oidc_secret);
        let place = (&self.host, "/login/generic_oauth");
        Some(OidcClient::of_service("grafana", "kubePrometheusStack", place, secret, values))
    }

    fn secrets(&self, values: &Values) -> Vec<SecretNeed> {
        let admin = SecretNeed::new(&self.namespace, &self.admin_secret, "the built-in admin of Grafana")
            .key("admin-user", "its name, such as `admin`")
            .key("admin-password", "its password")
            .from("a password manager: it is for the day on which the login by OIDC fails");
        let oidc = self.oidc_client(values).map(|client| SecretNeed::oidc_client(&client, values, "Grafana"));
        let receivers = SecretNeed::new(&self.namespace, &self.alerts.secret, "where Alertmanager sends alerts")
            .from("the settings of each receiver's own service");
        let receivers = self
            .alerts
            .receivers
            .iter()
            .fold(receivers, |need, (name, receiver)| need.key(name.as_str(), receiver.kind.secret()));
        [Some(admin), oidc, Some(receivers)].into_iter().flatten().filter(|need| !need.keys.is_empty()).collect()
    }
}

fn default_host() -> HostOrLabel {
    crate::model::values::constant("grafana")
}

fn default_admin_secret() -> ResourceName {
    crate::model::values::constant("grafana-admin")
}

fn default_oidc_secret() -> ResourceName {
    crate::model::values::constant("grafana-oidc")
}

fn default_retention() -> Duration {
    crate::model::values::constant("360h")
}

fn default_prometheus_volume() -> Quantity {
    crate::model::values::constant("20Gi")
}

fn default_small_volume() -> Quantity {
    crate::model::values::constant("1Gi")
}

fn default_receivers_secret() -> ResourceName {
    crate::model::values::constant("alertmanager-receivers")
}

fn default_runbooks() -> WebUrl {
    crate::model::values::constant("https://github.com/example/supercargo/blob/main/docs/runbooks")
}
