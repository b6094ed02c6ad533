//! The pods that a document describes, whatever its kind: workloads, and the tasks of pipelines.

use serde_json::Value;

use crate::checks::subject::at;

/// A pod as a document describes it.
#[derive(Debug)]
pub(super) struct Pod<'a> {
    /// The pod's own part, with `securityContext`, `volumes` and so on.
    pub(super) spec: &'a Value,
    /// The way to it.
    pub(super) path: Vec<String>,
    /// Whether all of it is here. A patch says only what it changes, and the run of a task brings what the task lacks.
    pub(super) whole: bool,
    /// What it is there for.
    pub(super) purpose: Purpose,
    /// What runs in it.
    pub(super) containers: Vec<Container<'a>>,
}

/// What a pod is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It runs until it is taken away.
    Service,
    /// It ends by itself.
    Job,
    /// It is a run of a task of a pipeline.
    Task,
}

/// A container of a pod, or a step of a task.
#[derive(Debug)]
pub(super) struct Container<'a> {
    /// What it says.
    pub(super) spec: &'a Value,
    /// What counts for all steps of a task that say nothing else; null elsewhere.
    template: &'a Value,
    /// The way to it.
    pub(super) path: Vec<String>,
    /// Whether it runs beside the others, and not before or for a moment.
    pub(super) main: bool,
    /// The key that its amounts of CPU and memory stand under.
    pub(super) resources: &'static str,
}

impl<'a> Container<'a> {
    pub(super) fn name(&self) -> &'a str {
        self.spec.get("name").and_then(Value::as_str).unwrap_or("?")
    }

    /// What stands at `path`, in the container or in what counts for all; null if nothing does.
    pub(super) fn at(&self, path: &[&str]) -> &'a Value {
        let own = at(self.spec, path).filter(|value| !value.is_null());
        own.or_else(|| at(self.template, path)).unwrap_or(&Value::Null)
    }

    /// The way to `path` in it.
    pub(super) fn to(&self, path: &[&str]) -> Vec<String> {
        self.path.iter().cloned().chain(path.iter().map(|&step| step.to_owned())).collect()
    }
}

impl Pod<'_> {
    /// The way to `path` in the pod's own part.
    pub(super) fn to(&self, path: &[&str]) -> Vec<String> {
        self.path.iter().cloned().chain(path.iter().map(|&step| step.to_owned())).collect()
    }
}

/// Whether documents of this kind may describe pods.
pub(super) fn is_workload(kind: &str) -> bool {
    matches!(
        kind,
        "Pod"
            | "Deployment"
            | "StatefulSet"
            | "DaemonSet"
            | "ReplicaSet"
            | "ReplicationController"
            | "Rollout"
            | "Job"
            | "CronJob"
            | "EventListener"
            | "Task"
            | "TaskRun"
            | "Pipeline"
            | "PipelineRun"
            | "TriggerTemplate"
    )
}

/// The pods of `document`, which is a patch or whole.
pub(super) fn of(document: &Value, is_patch: bool) -> Vec<Pod<'_>> {
    let mut pods = Vec::new();
    gather(document, &mut Vec::new(), is_patch, &mut pods);
    pods
}

fn gather<'a>(document: &'a Value, at: &mut Vec<String>, is_patch: bool, pods: &mut Vec<Pod<'a>>) {
    let kind = document.get("kind").and_then(Value::as_str).unwrap_or_default();
    let (path, purpose): (&[&str], _) = match kind {
        "Pod" => (&["spec"], Purpose::Service),
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Rollout" => {
            (&["spec", "template", "spec"], Purpose::Service)
        }
        "Job" => (&["spec", "template", "spec"], Purpose::Job),
        "CronJob" => (&["spec", "jobTemplate", "spec", "template", "spec"], Purpose::Job),
        // The controller of Tekton adds the rest, the image among it.
        "EventListener" => {
            let path = ["spec", "resources", "kubernetesResource", "spec", "template", "spec"];
            within(document, at, &path, |spec, at| pods.push(pod(spec, at, false, Purpose::Service)));
            return;
        }
        "Task" => {
            within(document, at, &["spec"], |spec, at| pods.push(task(spec, at)));
            return;
        }
        "TaskRun" => {
            within(document, at, &["spec", "taskSpec"], |spec, at| pods.push(task(spec, at)));
            return;
        }
        "Pipeline" | "PipelineRun" => {
            let top: &[&str] = if kind == "Pipeline" { &["spec"] } else { &["spec", "pipelineSpec"] };
            for list in ["tasks", "finally"] {
                each(document, at, &[top, &[list]].concat(), |item, at| {
                    within(item, at, &["taskSpec"], |spec, at| pods.push(task(spec, at)));
                });
            }
            return;
        }
        "TriggerTemplate" => {
            each(document, at, &["spec", "resourcetemplates"], |item, at| gather(item, at, is_patch, pods));
            return;
        }
        _ => return,
    };
    within(document, at, path, |spec, at| pods.push(pod(spec, at, !is_patch, purpose)));
}

/// Goes to `path` below `value`, if it is there.
fn within<'a>(value: &'a Value, at: &mut Vec<String>, path: &[&str], then: impl FnOnce(&'a Value, &mut Vec<String>)) {
    let found = path.iter().try_fold(value, |value, step| value.get(step));
    if let Some(found) = found {
        let depth = at.len();
        at.extend(path.iter().map(|&step| step.to_owned()));
        then(found, at);
        at.truncate(depth);
    }
}

/// Goes to each item of the list at `path` below `value`.
fn each<'a>(value: &'a Value, at: &mut Vec<String>, path: &[&str], mut then: impl FnMut(&'a Value, &mut Vec<String>)) {
    within(value, at, path, |list, at| {
        for (index, item) in list.as_array().into_iter().flatten().enumerate() {
            at.push(index.to_string());
            then(item, at);
            at.pop();
        }
    });
}

fn pod<'a>(spec: &'a Value, at: &mut Vec<String>, whole: bool, purpose: Purpose) -> Pod<'a> {
    let mut containers = Vec::new();
    for (list, main) in [("containers", true), ("initContainers", false), ("ephemeralContainers", false)] {
        each(spec, at, &[list], |spec, at| {
            let path = at.clone();
            containers.push(Container { spec, template: &Value::Null, path, main, resources: "resources" });
        });
    }
    Pod { spec, path: at.clone(), whole, purpose, containers }
}

/// The pod of a task. What counts for the pod as a whole stands with its run; only its volumes stand here.
fn task<'a>(spec: &'a Value, at: &mut Vec<String>) -> Pod<'a> {
    let template = spec.get("stepTemplate").unwrap_or(&Value::Null);
    let mut containers = Vec::new();
    for (list, template) in [("steps", template), ("sidecars", &Value::Null)] {
        each(spec, at, &[list], |spec, at| {
            containers.push(Container { spec, template, path: at.clone(), main: true, resources: "computeResources" });
        });
    }
    Pod { spec, path: at.clone(), whole: false, purpose: Purpose::Task, containers }
}
