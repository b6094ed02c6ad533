//! The project, and what is put into it: how it is found, made, marked and deleted.
//!
//! Only its name and its mark are managed. The mark stands in its description, and what the description says besides is
//! for people.
//!
//! Buckets and domains have no mark of their own: they are ours by being in our project. Between their making and their
//! assignment a run may end, so whoever makes one says so in the description before, and takes it back after: see
//! [`intend`].

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::apply::{Applying, deleted};
use super::digitalocean::projects::{LONGEST_DESCRIPTION, Member, Project, ProjectSettings};
use super::marks::{self, Owner};
use super::membership;
use super::planner::Planning;
use super::{Api, Desired, Error, Observed, Operation, Scope};
use crate::diagnostic::Code;
use crate::model::{CloudId, Outputs, Values};
use crate::plan::{Action, Address, Attribute, Look, Outcome, Patience, Shown, Step};

/// Where the values name it.
const PATH: [&str; 2] = ["platform", "project"];

/// What an intent begins with, as a word of the description.
const INTENT: &str = "creating:";

/// How long a project may go on saying that it is not empty.
const EMPTYING: Patience = Patience::seconds(10, 600);

/// How long something new may be unknown to the project.
const ASSIGNING: Patience = Patience::seconds(5, 120);

/// The project as the values want it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// What it is when it is made.
    settings: ProjectSettings,
}

impl Wanted {
    pub(super) fn of(values: &Values, scope: &Scope) -> Self {
        let name = values.platform.project.as_ref().map_or_else(|| scope.prefix.clone(), ToString::to_string);
        let environment = scope.environment.as_str();
        // What the API knows three of; people may change it, as nothing depends on it.
        let kind = match environment {
            name if name.starts_with("prod") => "Production",
            name if name.starts_with("stag") => "Staging",
            _ => "Development",
        };
        let settings = ProjectSettings {
            name: name.clone(),
            description: marks::text(environment),
            purpose: "Service or API".to_owned(),
            environment: kind.to_owned(),
        };
        Self { name, settings }
    }

    pub(super) fn address(&self) -> Address {
        Address::new("project", &self.name)
    }

    /// The address of what puts the cluster into the project.
    fn membership_address(&self) -> Address {
        Address::new("project_resources", &self.name)
    }

    fn spoken(&self) -> String {
        format!("the project `{}`", self.name)
    }
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProjectOperation {
    /// Makes it.
    Create(ProjectSettings),
    /// Puts the mark into its description.
    Adopt {
        /// How the API knows it.
        id: String,
        /// The description with the mark.
        description: String,
    },
    /// Puts the cluster into it.
    AssignCluster,
    /// Deletes it.
    Delete {
        /// How the API knows it.
        id: String,
    },
}

/// What the API calls a cluster where a project is concerned.
pub(super) fn cluster_urn(id: &str) -> String {
    format!("do:kubernetes:{id}")
}

/// The projects of the wanted name, and what is in the one.
pub(super) fn observe(api: &Api, desired: &Desired) -> Result<(Vec<Project>, Vec<Member>), Error> {
    let all = api.digitalocean.projects()?;
    let found: Vec<_> = all.into_iter().filter(|project| project.name == desired.project.name).collect();
    let members = match &found[..] {
        [project] => match api.digitalocean.members(&project.id) {
            // A project that was just made may not be known everywhere, and is empty.
            Err(error) if error.is_not_found() => Vec::new(),
            members => members?,
        },
        _ => Vec::new(),
    };
    Ok((found, members))
}

impl Observed {
    /// The environment's project, if it is there.
    pub(super) fn project(&self, desired: &Desired) -> Option<&Project> {
        let ours =
            |project: &&Project| marks::owner_by_text(&project.description, desired.environment()) == Owner::Ours;
        match &self.projects[..] {
            [project] => Some(project).filter(ours),
            _ => None,
        }
    }
}

/// What somebody was about to make, by its URN.
pub(super) fn intents(description: &str) -> impl Iterator<Item = &str> {
    description.split_whitespace().filter_map(|word| word.strip_prefix(INTENT))
}

/// Makes it where it is not there.
pub(super) fn plan(planning: &mut Planning<'_>) {
    let wanted = &planning.desired.project;
    let address = wanted.address();
    match &planning.observed.projects[..] {
        [] => {
            let attributes = [
                Attribute::new("name", wanted.name.as_str()),
                Attribute::new("description", wanted.settings.description.as_str()),
                Attribute::new("purpose", wanted.settings.purpose.as_str()),
                Attribute::new("environment", wanted.settings.environment.as_str()),
                Attribute::new("id", Shown::Later),
            ];
            let operation = Operation::Project(ProjectOperation::Create(wanted.settings.clone()));
            planning.step(Step::new(address, Action::Create, operation).with(attributes));
        }
        [project] => match marks::owner_by_text(&project.description, planning.desired.environment()) {
            Owner::Ours => {}
            Owner::Other(other) => planning.not_owned(address, &PATH, &wanted.spoken(), Some(&other)),
            Owner::Nobody | Owner::Hidden => planning.not_owned(address, &PATH, &wanted.spoken(), None),
        },
        several => {
            let ids = several.iter().map(|project| project.id.as_str());
            planning.ambiguous(address, &PATH, &wanted.spoken(), ids);
        }
    }
}

/// Puts the cluster into it where it is elsewhere.
pub(super) fn plan_membership(planning: &mut Planning<'_>) {
    let (desired, observed) = (planning.desired, planning.observed);
    let urn = observed.cluster(desired).map(|cluster| cluster_urn(&cluster.id));
    let is_new = planning.has_step(&desired.cluster.address());
    if urn.is_none() && !is_new || urn.as_ref().is_some_and(|urn| observed.is_member(urn)) {
        return;
    }
    let resource = urn.map_or(Shown::Later, Into::into);
    let operation = Operation::Project(ProjectOperation::AssignCluster);
    let step = Step::new(desired.project.membership_address(), Action::Create, operation)
        .because("what is made lands in the account's default project")
        .with([Attribute::new("cluster", resource)])
        .after([desired.project.address(), desired.cluster.address()]);
    planning.step(step);
}

/// Marks it.
pub(super) fn plan_adoption(planning: &mut Planning<'_>) {
    let wanted = &planning.desired.project;
    let address = wanted.address();
    if !planning.is_adopted(&address) {
        return;
    }
    let [project] = &planning.observed.projects[..] else { return };
    match marks::owner_by_text(&project.description, planning.desired.environment()) {
        Owner::Ours => planning.report(address, "belongs to the environment already", ""),
        Owner::Other(other) => planning.not_owned(address, &PATH, &wanted.spoken(), Some(&other)),
        Owner::Nobody | Owner::Hidden => {
            let description = marks::marked(&project.description, planning.desired.environment());
            if description.chars().count() > LONGEST_DESCRIPTION {
                let message = format!("the description of {} has no room for the mark", wanted.spoken());
                let finding = planning.desired.finding(Code::CannotChange, &PATH, message);
                planning.finding(address, finding.help("make the description shorter in the control panel"));
                return;
            }
            let change = Attribute::changed("description", project.description.as_str(), description.as_str());
            let operation = ProjectOperation::Adopt { id: project.id.clone(), description };
            let step = Step::new(address, Action::Adopt, Operation::Project(operation));
            planning.step(step.with([change]));
        }
    }
}

/// Deletes it, where nothing of others is in it. To be planned behind everything that is in it.
pub(super) fn plan_destruction(planning: &mut Planning<'_>) {
    let (desired, observed) = (planning.desired, planning.observed);
    let address = desired.project.address();
    let Some(project) = observed.project(desired) else {
        if let [project] = &observed.projects[..] {
            planning.report(address, format!("is not ours, and stays: {}", project.id), "");
        }
        return;
    };
    let going = going_with_the_cluster(planning);
    let is_going = |urn: &str| {
        let buckets = desired.buckets.iter().map(|bucket| (membership::bucket(&bucket.name), bucket.address()));
        let domain = desired.domain.iter().map(|domain| (membership::domain(&domain.name), domain.address()));
        let goes = buckets.chain(domain).any(|(of, address)| of == urn && planning.has_step(&address));
        goes || going.contains(urn)
    };
    let staying: Vec<_> = observed.members.iter().map(|member| &*member.urn).filter(|urn| !is_going(urn)).collect();
    if project.is_default {
        planning.report(address, "is the account's default project, and stays", "");
    } else if staying.is_empty() {
        let operation = Operation::Project(ProjectOperation::Delete { id: project.id.clone() });
        let step = Step::new(address, Action::Delete, operation).with([Attribute::changed(
            "id",
            project.id.as_str(),
            Shown::Absent,
        )]);
        planning.step(step);
    } else {
        let message = format!("stays, as it holds what is not deleted: {}", staying.join(", "));
        planning.report(address, message, "move that to another project, or delete it, and destroy again");
    }
}

/// The URNs of the cluster and of what it takes along.
fn going_with_the_cluster(planning: &Planning<'_>) -> BTreeSet<String> {
    let (desired, observed) = (planning.desired, planning.observed);
    // A project may list a cluster for a while that is not there any more.
    let is_gone = |member: &&Member| {
        let id = member.urn.strip_prefix("do:kubernetes:");
        id.is_some_and(|id| !observed.cluster_ids.iter().any(|known| known == id))
    };
    let gone: BTreeSet<_> = observed.members.iter().filter(is_gone).map(|member| member.urn.clone()).collect();
    let is_planned = planning.has_step(&desired.cluster.address());
    let Some(cluster) = super::clusters::doomed(observed, desired).filter(|_| is_planned) else { return gone };
    let selection = super::clusters::selection(observed, planning.wishes);
    let urns = |kind: &'static str, ids: Vec<String>| ids.into_iter().map(move |id| format!("do:{kind}:{id}"));
    let nodes = cluster.node_pools.iter().flat_map(|pool| &pool.nodes).map(|node| node.droplet_id.clone()).collect();
    gone.into_iter()
        .chain([cluster_urn(&cluster.id)])
        .chain(urns("loadbalancer", selection.load_balancers))
        .chain(urns("volume", selection.volumes))
        .chain(urns("volumesnapshot", selection.volume_snapshots))
        .chain(urns("droplet", nodes))
        .collect()
}

/// Does what a step says.
pub(super) fn carry_out(applying: &Applying<'_>, operation: &ProjectOperation) -> Result<Outcome, Error> {
    let cloud = &applying.api.digitalocean;
    let id = match operation {
        ProjectOperation::Create(settings) => {
            let what = applying.desired.project.spoken();
            let find = || ours(applying);
            applying.create(&what, find, |project| project.id.clone(), || cloud.create_project(settings))?.id
        }
        ProjectOperation::Adopt { id, description } => cloud.describe_project(id, description)?.id,
        ProjectOperation::AssignCluster => {
            let cluster = super::clusters::current(applying)?;
            assign(applying, &cluster_urn(&cluster.id))?;
            current(applying)?.id
        }
        ProjectOperation::Delete { id } => {
            delete(applying, id)?;
            id.clone()
        }
    };
    Ok(Outcome { id: Some(id) })
}

/// The projects of the wanted name that have our mark.
fn ours(applying: &Applying<'_>) -> Result<Vec<Project>, Error> {
    let desired = applying.desired;
    let is_ours = |project: &Project| {
        project.name == desired.project.name
            && marks::owner_by_text(&project.description, desired.environment()) == Owner::Ours
    };
    Ok(applying.api.digitalocean.projects()?.into_iter().filter(is_ours).collect())
}

/// The environment's project, which an earlier step has made.
pub(super) fn current(applying: &Applying<'_>) -> Result<Project, Error> {
    let what = || applying.desired.project.spoken();
    // Just made, it may not be in every list.
    let found = applying.wait(ASSIGNING, || {
        let mut found = ours(applying)?;
        match found.len() {
            0 => Ok(Look::NotYet("the project is not listed".to_owned())),
            1 => Ok(found.pop().map_or_else(|| Look::NotYet(String::new()), Look::Ready)),
            _ => Err(Error::Twice { what: what(), ids: found.into_iter().map(|project| project.id).collect() }),
        }
    });
    match found {
        Err(Error::TooLong(_)) => Err(Error::Changed { what: what(), problem: "is not there any more".to_owned() }),
        found => found,
    }
}

/// Puts what has this URN into the environment's project. That it is not known yet is not believed for a while.
pub(super) fn assign(applying: &Applying<'_>, urn: &str) -> Result<(), Error> {
    let project = current(applying)?;
    let cloud = &applying.api.digitalocean;
    let mut status = String::new();
    let assigned = applying.wait(ASSIGNING, || {
        let told = match cloud.assign(&project.id, &[urn.to_owned()]) {
            Err(error) if error.is_not_found() => return Ok(Look::NotYet(error.to_string())),
            told => told?,
        };
        let told = told.into_iter().find(|member| member.urn == urn).map(|member| member.status).unwrap_or_default();
        let is_there = match told.as_str() {
            "ok" | "assigned" | "already_assigned" => true,
            "not_found" | "service_down" => false,
            // Neither yes nor no: the list knows.
            _ => cloud.members(&project.id)?.iter().any(|member| member.urn == urn),
        };
        status.clone_from(&told);
        Ok(if is_there { Look::Ready(()) } else { Look::NotYet(format!("the project says `{told}` of {urn}")) })
    });
    match assigned {
        Err(Error::TooLong(_)) => Err(Error::NotAssigned { urn: urn.to_owned(), status }),
        assigned => assigned,
    }
}

/// Says in the project's description that what has this URN is about to be made. To be called before it is.
pub(super) fn intend(applying: &Applying<'_>, urn: &str) -> Result<(), Error> {
    let project = current(applying)?;
    if intents(&project.description).any(|one| one == urn) {
        return Ok(());
    }
    let description = format!("{} {INTENT}{urn}", project.description.trim());
    if description.chars().count() > LONGEST_DESCRIPTION {
        let message = format!("its description has no room for `{INTENT}{urn}`: make it shorter");
        return Err(Error::Failed { what: applying.desired.project.spoken(), message });
    }
    applying.api.digitalocean.describe_project(&project.id, &description).map(drop)
}

/// Takes an intent back. To be called when what it says is in the project, or will never be made.
pub(super) fn forget_intent(applying: &Applying<'_>, urn: &str) -> Result<(), Error> {
    let project = current(applying)?;
    if !intents(&project.description).any(|one| one == urn) {
        return Ok(());
    }
    let intent = format!("{INTENT}{urn}");
    let kept: Vec<_> = project.description.split(' ').filter(|word| *word != intent).collect();
    applying.api.digitalocean.describe_project(&project.id, &kept.join(" ")).map(drop)
}

/// Deletes it, which may take a while to be seen as empty.
fn delete(applying: &Applying<'_>, id: &str) -> Result<(), Error> {
    let mut last = None;
    let outcome = applying.wait(EMPTYING, || match deleted(applying.api.digitalocean.delete_project(id)) {
        Err(error) if matches!(error.status(), Some(409 | 412)) => {
            let state = "the project is not empty yet".to_owned();
            last = Some(error);
            Ok(Look::NotYet(state))
        }
        outcome => outcome.map(Look::Ready),
    });
    match (outcome, last) {
        (Err(Error::TooLong(_)), Some(last)) => Err(last),
        (outcome, _) => outcome,
    }
}

/// Tells the id of the project.
pub(super) fn tell(desired: &Desired, observed: &Observed, outputs: &mut Outputs) {
    outputs.project = observed.project(desired).and_then(|project| CloudId::parse(&project.id).ok());
}
