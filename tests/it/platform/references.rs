//! What the platform's documents say of each other: the checks of every render find nothing, and would.

use supercargo::diagnostic::{Code, Diagnostics};
use supercargo::model::EnvironmentName;
use supercargo::pipeline::Workspace;
use supercargo::project::Project;
use supercargo::source::Source;

use super::{WORKSPACE, platforms};
use crate::support::repository;

/// The codes of the checks that look at more than one document.
const CODES: &[Code] = &[
    Code::MissingReference,
    Code::SelectorMismatch,
    Code::DuplicateName,
    Code::DuplicateHost,
    Code::PipelineCall,
    Code::NotPermitted,
    Code::WaveOrder,
    Code::Kustomization,
];

/// What these checks say when `workspace` renders an environment.
fn said(workspace: &Workspace, environment: &str, sets: &[String]) -> Vec<String> {
    let render = || -> Result<Diagnostics, Diagnostics> {
        let inputs = workspace.inputs(&EnvironmentName::parse(environment).unwrap(), sets)?;
        Ok(workspace.render(&inputs)?.found)
    };
    let found = render().unwrap_or_else(|found| found);
    found.iter().filter(|one| CODES.contains(&one.code)).map(|one| format!("{}: {}", one.code, one.message)).collect()
}

#[test]
fn nothing_is_missing_on_any_platform() {
    for platform in platforms() {
        let said = said(&WORKSPACE, platform.environment, &platform.sets);
        assert_eq!(said, [""; 0], "{}", platform.name);
    }
}

/// A template, what becomes of what in it, and what is said then of the environment `dev`.
const FAULTS: &[(&str, &str, &str, &str)] = &[
    (
        "applications/{application}/delivery/listener.yaml.j2",
        "serviceAccountName: listener",
        "serviceAccountName: listner",
        "missing-reference: `EventListener lofi-delivery/github` refers to `ServiceAccount lofi-delivery/listner`, which is \
         not there",
    ),
    (
        "applications/{application}/delivery/pipelines.yaml.j2",
        "- name: revision\n          value",
        "- name: version\n          value",
        "pipeline-call: `Pipeline lofi-delivery/lofi` calls `Task lofi-delivery/clone` without the param `revision`",
    ),
    (
        "apps/projects/{application}.yaml.j2",
        "namespace: {{ application.name ~ suffix }}",
        "namespace: {{ application.name }}",
        "not-permitted: the project `lofi` does not allow `EventListener lofi-delivery/github` in the namespace \
         `lofi-delivery`",
    ),
    (
        "_macros/argo.j2",
        "namespace_wave = \"-102\"",
        "namespace_wave = \"102\"",
        "wave-order: `Application argocd/loki` needs `Namespace loki`, which comes in a later sync wave",
    ),
    (
        "applications/{application}/delivery/kustomization.yaml.j2",
        "  - listener.yaml\n",
        "  - listeners.yaml\n",
        "kustomization: the kustomization names `listeners.yaml`, which is not there",
    ),
    (
        "apps/{service}.yaml.j2",
        "project: {{ service.name }}",
        "project: {{ service.name }}s",
        "missing-reference: `Application argocd/loki` refers to `AppProject argocd/lokis`, which is not there",
    ),
];

#[test]
fn a_fault_in_a_template_is_found() {
    for (name, from, to, expected) in FAULTS {
        let (mut project, _) = Project::load(repository()).unwrap();
        let source = &project.templates[*name];
        assert!(source.text().contains(from), "{name} has no `{from}`");
        let edited = Source::new(source.path(), source.text().replacen(from, to, 1));
        project.templates.insert((*name).to_owned(), edited);
        let said = said(&Workspace::open(&project).unwrap(), "dev", &[]);
        assert!(said.contains(&(*expected).to_owned()), "{name}: {said:#?}");
    }
}
