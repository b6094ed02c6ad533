//! Applications: each must be clear about where it comes from and what it asks for.

use super::{Found, RuleViolation};
use crate::diagnostic::Code;
use crate::model::ImageReference;
use crate::model::values::{Application, ResourceAmounts, Values};

fn enabled(values: &Values) -> impl Iterator<Item = (&str, &Application)> {
    let applications = values.applications.iter().filter(|(_, application)| application.enabled);
    applications.map(|(name, application)| (name.as_str(), application))
}

/// A folder here or a repository elsewhere, and a revision only of the latter.
pub(super) fn source_is_clear(values: &Values, found: &mut Found) {
    for (name, application) in enabled(values) {
        let path = ["applications", name, "source"];
        let source = &application.source;
        if source.path.is_none() && source.repository.is_none() {
            found.push(RuleViolation::new(
                Code::MissingValue,
                &path,
                format!("application `{name}` says neither `path` nor `repository` of its source"),
                format!(
                    "set `path: application/{name}` for a folder of this repository, or `repository` for another one"
                ),
            ));
        }
        if source.revision.is_some() && source.repository.is_none() {
            found.push(RuleViolation::conflict(
                &[&path[..], &["revision"]].concat(),
                format!("application `{name}` names a revision of no repository"),
                "set `repository`, or remove `revision`: this repository is read at `platform.repository.revision`",
            ));
        }
    }
}

/// An image without tag and digest is whatever was pushed last; one without a digest is what its tag means just then.
///
/// What is rendered is held to the same. This one says it at the value; but an exception is about what is rendered, so
/// where there is one, it is left to decide.
pub(super) fn image_is_exact(values: &Values, found: &mut Found) {
    let needs_digest = values.policies.level(Code::ImageDigest).severity().is_some()
        && values.policies.exceptions_from(Code::ImageDigest).next().is_none();
    for (name, application) in enabled(values).filter(|(_, application)| application.image.digest().is_none()) {
        let (path, image) = (["applications", name, "image"], &application.image);
        if needs_digest {
            found.push(
                RuleViolation::new(
                    Code::ImageDigest,
                    &path,
                    format!("the image `{image}` of application `{name}` has no digest"),
                    format!("write `{image}@sha256:<digest>`"),
                )
                .note(match values.policies.image_digests {
                    Some(_) => "`policies.imageDigests` is `required` here: a tag can be moved to another image",
                    None => "production needs digests: a tag can be moved to another image",
                }),
            );
        } else if image.tag().is_none() {
            found.push(inexact(&path, image));
        }
    }
}

/// The finding about an image with neither tag nor digest.
pub(super) fn inexact(path: &[&str], image: &ImageReference) -> RuleViolation {
    RuleViolation::new(
        Code::InvalidValue,
        path,
        format!("the image `{image}` has neither a tag nor a digest"),
        format!("write `{image}:<tag>`, or better `{image}@sha256:<digest>`"),
    )
    .note("without them the node takes what is tagged `latest` when it starts the container")
}

/// A variable is plain text or comes from a Secret, not both.
pub(super) fn variables_are_set_once(values: &Values, found: &mut Found) {
    for (name, application) in enabled(values) {
        for variable in application.secret_env.keys().filter(|variable| application.env.contains_key(*variable)) {
            found.push(RuleViolation::conflict(
                &["applications", name, "secretEnv", variable.as_str()],
                format!("`{variable}` of application `{name}` is set by `env` and by `secretEnv`"),
                "remove one of the two",
            ));
        }
    }
}

/// Kubernetes refuses a container that asks for more than it may get.
pub(super) fn requests_fit_limits(values: &Values, found: &mut Found) {
    for (name, application) in enabled(values) {
        let (Some(requests), Some(limits)) = (&application.resources.requests, &application.resources.limits) else {
            continue;
        };
        for ((resource, request), (_, limit)) in amounts(requests).into_iter().zip(amounts(limits)) {
            let (Some(request), Some(limit)) = (request, limit) else { continue };
            if request.nanos() > limit.nanos() {
                found.push(RuleViolation::conflict(
                    &["applications", name, "resources", "requests", resource],
                    format!("application `{name}` asks for `{request}` of {resource}, and is limited to `{limit}`"),
                    format!("lower the request to `{limit}`, or raise the limit to `{request}`"),
                ));
            }
        }
    }
}

fn amounts(amounts: &ResourceAmounts) -> [(&'static str, Option<&crate::model::Quantity>); 3] {
    [
        ("cpu", amounts.cpu.as_ref()),
        ("memory", amounts.memory.as_ref()),
        ("ephemeral-storage", amounts.ephemeral_storage.as_ref()),
    ]
}

/// The load decides how many copies run, or a person; and it is measured against the CPU request.
pub(super) fn autoscaling_is_possible(values: &Values, found: &mut Found) {
    for (name, application) in enabled(values) {
        let Some(autoscaling) = &application.autoscaling else { continue };
        let path = ["applications", name, "autoscaling"];
        let (min, max) = (autoscaling.min, autoscaling.max);
        if min > max {
            found.push(RuleViolation::conflict(
                &[&path[..], &["min"]].concat(),
                format!("application `{name}` has at least {min} copies, but {max} at most"),
                format!("lower `min` to {max}, or raise `max` to {min}"),
            ));
        }
        if application.replicas.is_some() {
            found.push(RuleViolation::conflict(
                &["applications", name, "replicas"],
                format!("the copies of application `{name}` are set by `replicas` and by `autoscaling`"),
                "remove one of the two; `replicas: null` takes away what another layer says",
            ));
        }
        if application.resources.requests.as_ref().is_none_or(|requests| requests.cpu.is_none()) {
            found.push(
                RuleViolation::new(
                    Code::MissingValue,
                    &path,
                    format!("application `{name}` is scaled by its CPU, and requests none"),
                    "set `resources.requests.cpu`, such as `100m`",
                )
                .note("the autoscaler compares what a copy uses with what it requests"),
            );
        }
    }
}

/// A login can only stand before a host.
pub(super) fn login_has_a_host(values: &Values, found: &mut Found) {
    for (name, application) in enabled(values) {
        if application.protected && application.host.is_none() {
            found.push(RuleViolation::conflict(
                &["applications", name, "protected"],
                format!("application `{name}` is protected by a login, but has no host"),
                format!("set `host: {name}`, or remove `protected`"),
            ));
        }
    }
}
