//! Pipelines: what runs them has to be there, and what they build may touch nobody else.

use super::names::tenant;
use super::{Found, RuleViolation};
use crate::diagnostic::Code;
use crate::model::GitUrl;
use crate::model::names::{DnsLabel, Namespace};
use crate::model::services::installed;
use crate::model::values::{Application, Pipeline, Values};

fn delivered(values: &Values) -> impl Iterator<Item = (&DnsLabel, &Application)> {
    values.applications.iter().filter(|(_, application)| application.enabled && application.pipeline.is_some())
}

/// Tekton runs them, and GitHub has to reach it.
pub(super) fn pipelines_can_run(values: &Values, found: &mut Found) {
    let services = &values.services;
    let parts = [
        (installed(&services.tekton).is_some(), "tekton", "Tekton, which would run it,"),
        (installed(&services.ingress).is_some(), "ingress", "the ingress, by which GitHub would reach it,"),
    ];
    for (name, _) in delivered(values) {
        for (_, key, what) in parts.iter().filter(|(there, ..)| !there) {
            found.push(RuleViolation::conflict(
                &["applications", name.as_str(), "pipeline"],
                format!("application `{name}` has a pipeline, and {what} is not installed"),
                format!("add the service `{key}`, or remove `pipeline`"),
            ));
        }
    }
}

/// The pipeline's own tasks, whose names are taken.
const TASKS: [&str; 6] = ["clone", "check", "image", "scan", "deploy", "status"];

/// A task from elsewhere is what it was when somebody looked at it.
pub(super) fn tasks_are_pinned(values: &Values, found: &mut Found) {
    for (name, application) in delivered(values) {
        let tasks = application.pipeline.iter().flat_map(|pipeline| &pipeline.tasks);
        for (key, task) in tasks {
            let path = ["applications", name.as_str(), "pipeline", "tasks", key.as_str()];
            if TASKS.contains(&key.as_str()) {
                found.push(RuleViolation::conflict(
                    &path,
                    format!("the pipeline of application `{name}` has a task `{key}` of its own"),
                    "rename the key; `name` says what the task is called where it comes from",
                ));
            }
            if let Some(problem) = task.problem() {
                found.push(
                    RuleViolation::conflict(
                        &path,
                        format!("the task `{key}` of application `{name}` {problem}"),
                        "write `bundle: <image>@sha256:<digest>`, `git: {url: …, revision: <commit>, path: …}`, or \
                         `hub: <version>`",
                    )
                    .note("it runs with the code of every push, and what a name points to may change"),
                );
            }
        }
    }
}

/// The token goes over TLS, and commit statuses to the repository of that owner and name.
pub(super) fn repositories_are_reached(values: &Values, found: &mut Found) {
    for (name, application) in delivered(values) {
        let own = ["applications", name.as_str(), "source", "repository"];
        let source = application.source.repository.iter().map(|url| (&own[..], url));
        let platform = (&["platform", "repository", "url"][..], &values.platform.repository.url);
        for (path, url) in source.chain([platform]).filter(|(_, url)| !is_owner_and_name(url)) {
            found.push(
                RuleViolation::conflict(
                    path,
                    format!("the pipeline of application `{name}` can't work with the repository `{url}`"),
                    "write it as `https://<host>/<owner>/<name>.git`, or remove `pipeline`",
                )
                .note("a pipeline logs in with a token over https, and reports to GitHub about owner and name"),
            );
        }
    }
}

fn is_owner_and_name(url: &GitUrl) -> bool {
    let parts = url.as_str().strip_prefix("https://").map(|rest| rest.split('/').collect::<Vec<_>>());
    parts.is_some_and(|parts| parts.len() == 3 && parts.iter().all(|part| !part.is_empty()))
}

/// Builds run as root: where they do nothing else may be.
pub(super) fn builds_have_their_namespace_alone(values: &Values, found: &mut Found) {
    for (name, pipeline) in delivered(values) {
        let Some(namespace) = Pipeline::namespace_of(name) else {
            found.push(too_long(name, "namespace of its builds, `<name>-delivery`,"));
            continue;
        };
        if pipeline.pipeline.as_ref().is_some_and(|pipeline| pipeline.host_of(name).is_none()) {
            found.push(too_long(name, "host of its webhook, `<name>-hook`,"));
        }
        if let Some(owner) = owner(values, &namespace) {
            found.push(
                RuleViolation::conflict(
                    &["applications", name.as_str(), "pipeline"],
                    format!("application `{name}` would be built in the namespace `{namespace}`, where `{owner}` is"),
                    "give that another namespace, or rename the application",
                )
                .note("builds run as root and hold credentials: nothing else may be where they are"),
            );
        }
    }
}

fn too_long(name: &DnsLabel, what: &str) -> RuleViolation {
    RuleViolation::new(
        Code::InvalidValue,
        &["applications", name.as_str(), "pipeline"],
        format!("the name of application `{name}` is too long for the {what} which has 63 characters at most"),
        "shorten the name of the application",
    )
}

/// Who is in `namespace` besides builds.
fn owner(values: &Values, namespace: &Namespace) -> Option<String> {
    let is_tekton = || installed(&values.services.tekton).is_some_and(|tekton| tekton.target_namespace == *namespace);
    tenant(values, namespace).or_else(|| is_tekton().then(|| "services.tekton".to_owned()))
}
