//! Services: what their sections must agree on with each other, with the identity provider, and with the cloud.

use super::{Found, RuleViolation};
use crate::diagnostic::Code;
use crate::model::services::{Ingress, IngressController, LoadBalancerType, PolicyMode, installed};
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

/// Auth0 drops a claim without a word whose name is no URL, or one of its own.
pub(super) fn groups_claim_survives(values: &Values, found: &mut Found) {
    const ITS_OWN: [&str; 3] = ["auth0.com", "webtask.io", "webtask.run"];
    let identity = &values.identity;
    let claim = identity.groups_claim.as_str();
    if identity.provider != Provider::Auth0 {
        return;
    }
    let rest = claim.strip_prefix("https://").or_else(|| claim.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', ':']).next()).filter(|host| host.contains('.'));
    let is_its_own =
        |host: &str| ITS_OWN.iter().any(|own| host.strip_suffix(own).is_some_and(|h| h.is_empty() || h.ends_with('.')));
    if host.is_none_or(is_its_own) {
        let domain = &values.platform.domain;
        found.push(
            RuleViolation::conflict(
                &["identity", "groupsClaim"],
                format!("Auth0 puts no claim of the name `{claim}` into its tokens"),
                format!("name it by a URL of your own, such as `https://{domain}/groups`"),
            )
            .note("the login works all the same, and nobody is in any group"),
        );
    }
}

/// Where nobody is an admin and the built-in one is switched off, nobody can mend anything in Argo CD.
pub(super) fn somebody_is_admin(values: &Values, found: &mut Found) {
    let Some(argo_cd) = installed(&values.services.argo_cd) else { return };
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
    let Some(ingress) = installed(&values.services.ingress) else { return };
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
    let Some(external_dns) = installed(&values.services.external_dns) else { return };
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
    let Some(ingress) = installed(&values.services.ingress) else { return };
    if ingress.controller != IngressController::Nginx {
        return;
    }
    found.push(
        RuleViolation::new(
            Code::Retired,
            &["services", "ingress", "controller"],
            "ingress-nginx is no longer maintained",
            "set `controller: traefik` with Traefik's chart, which reads the same Ingress objects, or `envoyGateway` for \
             the Gateway API; to stay for now, say why under `policies.severities.retired`",
        )
        .note(
            "its repository was archived in March 2026, after controller 1.15.1 and chart 4.15.1: there are no more \
             security fixes",
        )
        .warning(),
    );
}

/// The usual name of each controller's chart.
const CONTROLLER_CHARTS: [(IngressController, &str, &str); 3] = [
    (IngressController::Nginx, "nginx", "ingress-nginx"),
    (IngressController::Traefik, "traefik", "traefik"),
    (IngressController::EnvoyGateway, "envoyGateway", "gateway-helm"),
];

/// One controller's templates with the chart of another install nothing that works.
pub(super) fn controller_has_its_chart(values: &Values, found: &mut Found) {
    let Some(ingress) = installed(&values.services.ingress) else { return };
    let path = ["services", "ingress"];
    let (chart, controller) = (ingress.chart.name.as_str(), ingress.controller);
    // A mirror may have a name of its own; the name of another controller is no accident of a mirror.
    let of_another = CONTROLLER_CHARTS.iter().find(|(other, _, usual)| *other != controller && *usual == chart);
    if let (Some((_, other, _)), Some((_, this, usual))) =
        (of_another, CONTROLLER_CHARTS.iter().find(|(one, ..)| *one == controller))
    {
        found.push(RuleViolation::conflict(
            &[&path[..], &["chart", "name"]].concat(),
            format!("`{chart}` is the chart of the controller `{other}`, and the controller is `{this}`"),
            format!("set `controller: {other}`, or name the chart of `{this}`, which is usually `{usual}`"),
        ));
    }
    envoy_has_its_crds(ingress, &path, found);
}

fn envoy_has_its_crds(ingress: &Ingress, path: &[&str], found: &mut Found) {
    let is_envoy = ingress.controller == IngressController::EnvoyGateway;
    match &ingress.crds_chart {
        None if is_envoy => found.push(
            RuleViolation::new(
                Code::MissingValue,
                path,
                "Envoy Gateway has no chart for its CRDs",
                "set `crdsChart` to the chart gateway-crds-helm, in the version of the main chart",
            )
            .note("the CRDs in the main chart include those of the Gateway API, which DigitalOcean's clusters bring along"),
        ),
        Some(_) if !is_envoy => found.push(RuleViolation::conflict(
            &[path, &["crdsChart"]].concat(),
            "only Envoy Gateway has its CRDs in a chart of their own",
            "remove `crdsChart`",
        )),
        Some(crds) if crds.version != ingress.chart.version => found.push(RuleViolation::conflict(
            &[path, &["crdsChart", "version"]].concat(),
            format!("Envoy Gateway is {}, and its CRDs are {}", ingress.chart.version, crds.version),
            format!("write `{}` for both", ingress.chart.version),
        )),
        _ => {}
    }
}

/// Whoever may refuse is asked before anything runs: while nobody answers, nothing does.
pub(super) fn refusals_go_on(values: &Values, found: &mut Found) {
    let Some(kyverno) = installed(&values.services.kyverno) else { return };
    if kyverno.mode == PolicyMode::Enforce && kyverno.replicas < 2 {
        found.push(
            RuleViolation::conflict(
                &["services", "kyverno", "replicas"],
                "Kyverno enforces policies with a single copy of its admission controller",
                "set `replicas: 3`, or `mode: audit`",
            )
            .note("no pod of an application starts while that copy moves to another node")
            .warning(),
        );
    }
}
