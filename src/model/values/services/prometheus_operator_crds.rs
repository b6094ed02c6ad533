//! The custom resource definitions of the Prometheus operator.

use super::Needs;

service! {
    /// The kinds of monitors and alerts. They come before all services that have some, and so apart from the stack that
    /// reads them. Nothing of it is in a namespace.
    PrometheusOperatorCrds (namespace = "default", wave = -10) {}
}

impl Needs for PrometheusOperatorCrds {}
