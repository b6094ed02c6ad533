//! Tekton: what tasks, pipelines and templates ask for, who calls them, and with what.

use super::{
    CLUSTER_INTERCEPTOR, CLUSTER_TRIGGER_BINDING, Cursor, Detail, Facts, INTERCEPTOR, Kind, PIPELINE, Route, SECRET,
    SERVICE, SERVICE_ACCOUNT, TASK, TRIGGER, TRIGGER_BINDING, TRIGGER_TEMPLATE, names, pods,
};

/// What something that is called asks for and gives.
#[derive(Debug, Default)]
pub(in crate::checks) struct Signature {
    /// Each with whether it has to be given.
    pub(in crate::checks) params: Vec<(Box<str>, bool)>,
    /// Each with whether it has to be given.
    pub(in crate::checks) workspaces: Vec<(Box<str>, bool)>,
    pub(in crate::checks) results: Vec<Box<str>>,
    /// Results of its tasks that a pipeline reads: task, result, and where it does.
    pub(in crate::checks) reads: Vec<(Box<str>, Box<str>, Route)>,
}

/// A call of a Task, Pipeline or `TriggerTemplate`.
#[derive(Debug)]
pub(in crate::checks) struct Call {
    pub(in crate::checks) of: Kind,
    pub(in crate::checks) name: Box<str>,
    /// `None`: that of the document.
    pub(in crate::checks) namespace: Option<Box<str>>,
    /// What the call itself is named in a pipeline.
    pub(in crate::checks) task: Box<str>,
    pub(in crate::checks) params: Vec<(Box<str>, Route)>,
    pub(in crate::checks) workspaces: Vec<(Box<str>, Route)>,
    /// `TriggerBinding`s that give params too.
    pub(in crate::checks) bindings: Vec<Box<str>>,
    /// Whether more is given than can be told.
    pub(in crate::checks) is_open: bool,
    /// Where the name stands.
    pub(in crate::checks) route: Route,
}

/// The port of the Service that Tekton makes of an `EventListener`, by number and name.
const LISTENER_PORTS: &[&str] = &["8080", "http-listener"];

pub(super) fn read(facts: &mut Facts<'_>, root: &Cursor<'_>, kind: &str) {
    let (signature, calls) = match kind {
        "Task" => {
            root.each("spec.steps", |step| pods::container(facts, &step));
            root.each("spec.sidecars", |step| pods::container(facts, &step));
            root.each("spec.volumes", |volume| pods::volume(facts, &volume));
            (signature(root), Vec::new())
        }
        "Pipeline" => pipeline(facts, root),
        "PipelineRun" | "TaskRun" => (Signature::default(), run(facts, root)),
        "TriggerBinding" => (signature(root), Vec::new()),
        "TriggerTemplate" => {
            let mut calls = Vec::new();
            root.each("spec.resourcetemplates", |made| {
                let before = facts.refers.len();
                let mut of_run = run(facts, &made);
                let namespace = made.text("metadata.namespace");
                if !namespace.is_empty() && !namespace.contains("$(") {
                    for reference in facts.refers.iter_mut().skip(before) {
                        reference.namespace.get_or_insert_with(|| namespace.into());
                    }
                    for call in &mut of_run {
                        call.namespace = Some(namespace.into());
                    }
                }
                calls.extend(of_run);
            });
            (signature(root), calls)
        }
        "EventListener" | "Trigger" => {
            let mut calls = Vec::new();
            if let Some(spec) = root.at("spec") {
                if kind == "Trigger" {
                    calls.extend(trigger(facts, &spec));
                } else {
                    let name = format!("el-{}", facts.id.name);
                    facts.bring(SERVICE, &name, Some(LISTENER_PORTS));
                    spec.each("triggers", |one| calls.extend(trigger(facts, &one)));
                }
                facts.refer(&spec, "serviceAccountName", SERVICE_ACCOUNT);
            }
            (Signature::default(), calls)
        }
        _ => return,
    };
    // A name that is only known when it runs.
    facts.refers.retain(|reference| !reference.name.contains("$("));
    facts.detail = Detail::Pipeline(Box::new(signature), calls);
}

fn signature(root: &Cursor<'_>) -> Signature {
    let mut found = Signature { results: names(root, "spec.results", "name"), ..Signature::default() };
    root.each("spec.params", |one| found.params.push((one.text("name").into(), one.at("default").is_none())));
    root.each("spec.workspaces", |one| found.workspaces.push((one.text("name").into(), !one.is_true("optional"))));
    found
}

fn pipeline(facts: &mut Facts<'_>, root: &Cursor<'_>) -> (Signature, Vec<Call>) {
    let mut signature = signature(root);
    let mut calls = Vec::new();
    for list in ["spec.tasks", "spec.finally"] {
        root.each(list, |task| {
            if matches!(task.text("taskRef.kind"), "" | "Task") {
                calls.extend(call(facts, &task, "taskRef", TASK));
            }
        });
    }
    root.texts(&mut |at, text| {
        for name in variables(text) {
            if let Some((task, result)) = name.strip_prefix("tasks.").and_then(|rest| rest.split_once(".results.")) {
                let result = result.split(['[', '.']).next().unwrap_or_default();
                signature.reads.push((task.into(), result.into(), at.route()));
            }
        }
    });
    (signature, calls)
}

/// A run, with the account and the files that it gets.
fn run(facts: &mut Facts<'_>, root: &Cursor<'_>) -> Vec<Call> {
    let is_tekton = root.text("apiVersion").starts_with("tekton.dev/");
    let (path, of) = match root.text("kind") {
        "PipelineRun" if is_tekton => ("pipelineRef", PIPELINE),
        "TaskRun" if is_tekton => ("taskRef", TASK),
        _ => return Vec::new(),
    };
    let Some(spec) = root.at("spec") else { return Vec::new() };
    facts.refer(&spec, "serviceAccountName", SERVICE_ACCOUNT);
    facts.refer(&spec, "taskRunTemplate.serviceAccountName", SERVICE_ACCOUNT);
    spec.each("workspaces", |one| pods::volume(facts, &one));
    call(facts, &spec, path, of).into_iter().collect()
}

/// The call at `at`, whose `path` names what is called; `None` where that comes from somewhere else.
fn call(facts: &mut Facts<'_>, at: &Cursor<'_>, path: &str, of: Kind) -> Option<Call> {
    let target = at.at(path).filter(|target| target.at("resolver").is_none() && target.at("bundle").is_none())?;
    let name = target.at("name")?;
    facts.refer(&target, "name", of.clone());
    let given = |list: &str| {
        let mut found = Vec::new();
        at.each(list, |one| {
            found.extend(one.at("name").and_then(|name| Some((name.value().as_str()?.into(), name.route()))));
        });
        found
    };
    Some(Call {
        of,
        name: name.value().as_str()?.into(),
        namespace: None,
        task: at.text("name").into(),
        params: given("params"),
        workspaces: given("workspaces"),
        bindings: Vec::new(),
        is_open: at.at("matrix").is_some(),
        route: name.route(),
    })
}

/// One trigger: who answers for a request, what is taken from it, and what is made of that.
fn trigger(facts: &mut Facts<'_>, trigger: &Cursor<'_>) -> Option<Call> {
    facts.refer(trigger, "triggerRef", TRIGGER);
    facts.refer(trigger, "serviceAccountName", SERVICE_ACCOUNT);
    trigger.each("interceptors", |one| {
        if let Some(reference) = one.at("ref") {
            let kind =
                if reference.text("kind") == "NamespacedInterceptor" { INTERCEPTOR } else { CLUSTER_INTERCEPTOR };
            facts.refer(&reference, "name", kind);
        }
        one.each("params", |param| {
            for path in ["value", "value.personalAccessToken"] {
                if let Some(value) = param.at(path)
                    && let Some(reference) = facts.refer(&value, "secretName", SECRET)
                {
                    reference.part(&value, "secretKey");
                }
            }
        });
    });
    let mut bindings = Vec::new();
    let mut params = Vec::new();
    let mut is_open = false;
    trigger.each("bindings", |one| {
        if one.text("kind") == "ClusterTriggerBinding" {
            facts.refer(&one, "ref", CLUSTER_TRIGGER_BINDING);
            is_open = true;
        } else if !one.text("ref").is_empty() {
            facts.refer(&one, "ref", TRIGGER_BINDING);
            bindings.push(one.text("ref").into());
        } else {
            params.extend(one.at("name").and_then(|name| Some((name.value().as_str()?.into(), name.route()))));
        }
    });
    let template = trigger.at("template")?;
    facts.refer(&template, "ref", TRIGGER_TEMPLATE);
    let name = template.at("ref")?;
    Some(Call {
        of: TRIGGER_TEMPLATE,
        name: name.value().as_str()?.into(),
        namespace: None,
        task: "".into(),
        params,
        workspaces: Vec::new(),
        bindings,
        is_open,
        route: name.route(),
    })
}

/// The names in `$(…)` of a text.
pub(in crate::checks) fn variables(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("$(").filter_map(move |(at, _)| {
        let rest = &text[at + 2..];
        // What a shell would run has spaces, or dollars.
        rest.find(')').map(|end| &rest[..end]).filter(|name| !name.contains([' ', '$', '\n']))
    })
}
