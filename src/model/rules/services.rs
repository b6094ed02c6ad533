//! Services: what their sections must agree on with each other, with the identity provider, and with the cloud.

use super::{Found, RuleViolation};
use crate::diagnostic::Code;
use crate::model::services::{IngressController, LoadBalancerType};
use crate::model::values::{Provider, Values};

/// The first chart of external-dns without a `DigitalOcean` provider inside.
const EXTERNAL_DNS_WITHOUT_PROVIDER: (u64, u64, u64) = (1, 21, 0);

/// Auth0 signs tokens with an issuer that ends with a slash, and everybody compares the whole text.
pub(super) fn issuer_is_exact(values: &Values, found: &mut Found) {
    let identity = &values.identity;
    if identity.provider == Provider::Auth0 && !identity.issuer.as_str().ends_with('/') {
        found.push(
            RuleViolation::conflict(
                &["identity", "issuer"],
                format!("the issuer `{}` does not end with a slash, as every issuer of Auth0 does", identity.issuer),
                format!("write `{}/`", identity.issuer),
            )
            .note("tokens name their issuer exactly; with another text no login succeeds"),
        );
    }
}

/// Where nobody is an admin and the built-in one is switched off, nobody can mend anything in Argo CD.
pub(super) fn somebody_is_admin(values: &Values, found: &mut Found) {
    let Some(argo_cd) = values.services.argo_cd.as_ref().filter(|argo_cd| argo_cd.enabled) else { return };
    if values.identity.groups.admins.is_empty() && !argo_cd.admin_login {
        found.push(
            RuleViolation::conflict(
                &["identity", "groups", "admins"],
                "no group is an admin, and Argo CD's built-in admin is switched off",
                "name a group under `identity.groups.admins`, or set `services.argoCd.adminLogin: true` until there is \
                 one",
            )
            .warning(),
        );
    }
}

/// The PROXY protocol, and the host name that goes with it, exist on one kind of load balancer only.
pub(super) fn load_balancer_fits(values: &Values, found: &mut Found) {
    let Some(ingress) = values.services.ingress.as_ref().filter(|ingress| ingress.enabled) else { return };
    let balancer = &ingress.load_balancer;
    let path = ["services", "ingress", "loadBalancer"];
    if balancer.proxy_protocol && balancer.kind != LoadBalancerType::Regional {
        found.push(
            RuleViolation::conflict(
                &[&path[..], &["proxyProtocol"]].concat(),
                "a load balancer of type `REGIONAL_NETWORK` does not speak the PROXY protocol",
                "set `type: REGIONAL`, or `proxyProtocol: false`: a network load balancer keeps the client's address \
                 anyway",
            )
            .note("the cloud accepts the setting and ignores it; the controller then resets every connection"),
        );
    }
    if balancer.hostname.is_some() && !balancer.proxy_protocol {
        found.push(
            RuleViolation::conflict(
                &[&path[..], &["hostname"]].concat(),
                "the load balancer has a `hostname` without `proxyProtocol`",
                "remove `hostname`, or set `type: REGIONAL` and `proxyProtocol: true`",
            )
            .note(
                "a host name takes the address out of the Service's status: calls from inside then pass the load \
                 balancer and get their PROXY header, which is its only use",
            ),
        );
    }
}

/// Newer charts of external-dns reach `DigitalOcean` only through a sidecar.
pub(super) fn dns_provider_exists(values: &Values, found: &mut Found) {
    let Some(external_dns) = values.services.external_dns.as_ref().filter(|section| section.enabled) else { return };
    let path = ["services", "externalDns"];
    let version = &external_dns.chart.version;
    match &external_dns.webhook {
        None if version.release() >= EXTERNAL_DNS_WITHOUT_PROVIDER => found.push(
            RuleViolation::conflict(
                &path,
                format!("chart {version} of external-dns has no provider for DigitalOcean, and no `webhook` is set"),
                "set `webhook.image` to a sidecar that speaks to DigitalOcean, or stay on chart 1.20.0",
            )
            .note("the provider was taken out of external-dns with version 0.21"),
        ),
        Some(webhook) if webhook.image.tag().is_none() && webhook.image.digest().is_none() => {
            found.push(super::applications::inexact(&[&path[..], &["webhook", "image"]].concat(), &webhook.image));
        }
        _ => {}
    }
}

/// ingress-nginx still works, but nobody mends it any more.
pub(super) fn controller_is_alive(values: &Values, found: &mut Found) {
    let Some(ingress) = values.services.ingress.as_ref().filter(|ingress| ingress.enabled) else { return };
    let IngressController::Nginx = ingress.controller;
    found.push(
        RuleViolation::new(
            Code::Retired,
            &["services", "ingress", "controller"],
            "ingress-nginx is no longer maintained",
            "plan the move to a living controller: Traefik reads the same Ingress objects, with nginx's annotations, \
             and Envoy Gateway speaks the Gateway API; to stay for now, say why under `policies.exceptions.retired`",
        )
        .note(
            "its repository was archived in March 2026, after controller 1.15.1 and chart 4.15.1: there are no more \
             security fixes",
        )
        .warning(),
    );
}
