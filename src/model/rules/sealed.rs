//! Sealed secrets: each has a place, and each that is needed is there.

use std::collections::BTreeSet;

use super::{Found, RuleViolation};
use crate::diagnostic::{Code, listed};
use crate::model::values::{Pipeline, Values};
use crate::model::{Namespace, SecretKey};

const BESIDE: &str =
    "a sealed secret is rendered beside the service, chart or application that its namespace belongs to";

/// A sealed secret is rendered beside what owns its namespace; without an owner it would silently stay behind. That of
/// something that is switched off waits until it is on again. What a command will seal is looked at before it does.
pub(super) fn namespaces_have_an_owner(values: &Values, found: &mut Found) {
    let services = values.services.all().map(|service| service.section.namespace().as_str());
    let charts = values.charts.values().map(|chart| chart.namespace.as_str());
    let applications = values.applications.iter().flat_map(|(name, one)| {
        let built = one.pipeline.as_ref().and_then(|_| Pipeline::namespace_of(name));
        std::iter::once(one.namespace_of(name)).chain(built)
    });
    let applications: Vec<_> = applications.collect();
    let owned: BTreeSet<&str> = services.chain(charts).chain(applications.iter().map(Namespace::as_str)).collect();
    for id in values.sealed.keys() {
        let namespace = id.namespace();
        if !owned.contains(namespace) {
            found.push(
                RuleViolation::conflict(
                    &["sealed", id.as_str()],
                    format!("nothing is installed into the namespace `{namespace}` of the sealed secret `{id}`"),
                    "install what needs it, or remove the sealed secret",
                )
                .note(BESIDE),
            );
        }
    }
    let keys = values.storage.buckets.iter().flat_map(|(bucket, section)| {
        let path = move |consumer: &str| {
            ["storage", "buckets", bucket.as_str(), "keys", consumer, "secret"].map(str::to_owned).to_vec()
        };
        section.keys.iter().map(move |(consumer, key)| (path(consumer.as_str()), &key.secret))
    });
    let clients = values.identity.clients.iter().map(|(name, client)| {
        (["identity", "clients", name.as_str(), "secret"].map(str::to_owned).to_vec(), &client.secret)
    });
    for (path, id) in keys.chain(clients) {
        let namespace = id.namespace();
        if !owned.contains(namespace) && !values.sealed.contains_key(id.as_str()) {
            let path: Vec<_> = path.iter().map(String::as_str).collect();
            found.push(
                RuleViolation::conflict(
                    &path,
                    format!("nothing is installed into the namespace `{namespace}` of the Secret `{id}`"),
                    "install what reads it, or name a Secret in a namespace that something is installed into",
                )
                .note(BESIDE),
            );
        }
    }
}

/// Whoever reads a Secret that is nowhere sealed waits for it forever. A platform that is only tried out has none yet, so
/// a render goes on; `render check` does not let it pass.
pub(super) fn needs_are_met(values: &Values, found: &mut Found) {
    let mut missing = Vec::new();
    for need in values.secret_needs() {
        let Some(sealed) = values.sealed.get(need.id.as_str()) else {
            missing.push(need);
            continue;
        };
        if sealed.kind != need.kind {
            found.push(
                RuleViolation::new(
                    Code::Unsealed,
                    &["sealed", need.id.as_str(), "type"],
                    format!(
                        "the sealed secret `{}` is of the type `{}`, and `{}` is needed",
                        need.id, sealed.kind, need.kind
                    ),
                    "seal it anew: `render seal list` says what to type",
                )
                .note(format!("`{}` reads it: {}", need.readers.join("`, `"), need.purpose))
                .warning(),
            );
        }
        let keys: Vec<_> = need.missing_from(sealed).map(SecretKey::as_str).collect();
        if !keys.is_empty() {
            found.push(
                RuleViolation::new(
                    Code::Unsealed,
                    &["sealed", need.id.as_str(), "encryptedData"],
                    format!("the sealed secret `{}` lacks {}", need.id, listed(&keys)),
                    format!("seal what is missing: `render seal set {} {}`", need.id, keys.join(" ")),
                )
                .note(format!("`{}` reads it: {}", need.readers.join("`, `"), need.purpose))
                .warning(),
            );
        }
    }
    if missing.is_empty() {
        return;
    }
    let ids: Vec<_> = missing.iter().map(|need| need.id.as_str()).collect();
    let (noun, verb) = if ids.len() == 1 { ("secret", "is") } else { ("secrets", "are") };
    found.push(
        RuleViolation::new(
            Code::Unsealed,
            &[],
            format!("{} {noun} that the platform reads {verb} not sealed: {}", ids.len(), listed(&ids)),
            "`render seal list` says what belongs into each, and what to type",
        )
        .note("what reads a Secret does not start before the Secret is there")
        .warning(),
    );
}
