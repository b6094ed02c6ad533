//! The plan: each kind of resource adds its steps, in the order in which they have to be taken.

use serde::{Deserialize, Serialize};

use super::{Desired, Observed, Operation, buckets, clusters, domains, keys, pools, projects, registry, vpcs};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, listed, nearest};
use crate::plan::{Address, Plan, Report, Step};

/// What a run is for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// Everything is as the values want it.
    #[default]
    Apply,
    /// Nothing of the environment is left.
    Destroy,
    /// These resources have the mark of the environment.
    Adopt(Vec<Address>),
}

/// What is wished for besides the values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wishes {
    /// What the run is for.
    pub goal: Goal,
    /// Addresses, or kinds for all their resources, that the plan is cut down to; all without any.
    pub targets: Vec<String>,
    /// Whether what is left over is deleted: pools, keys and records that are ours and that no value wants any more.
    pub prune: bool,
    /// Whether data is deleted together with what holds it: volumes with the cluster, objects with their bucket.
    pub delete_data: bool,
}

/// A plan in the making.
pub(super) struct Planning<'p> {
    pub(super) desired: &'p Desired,
    pub(super) observed: &'p Observed,
    pub(super) wishes: &'p Wishes,
    steps: Vec<Step<Operation>>,
    reports: Vec<Report>,
    findings: Vec<(Address, Diagnostic)>,
}

impl<'p> Planning<'p> {
    pub(super) fn new(desired: &'p Desired, observed: &'p Observed, wishes: &'p Wishes) -> Self {
        Self { desired, observed, wishes, steps: Vec::new(), reports: Vec::new(), findings: Vec::new() }
    }

    /// Adds a step behind all others.
    pub(super) fn step(&mut self, step: Step<Operation>) {
        self.steps.push(step);
    }

    /// Whether there is a step for `address`, so far.
    pub(super) fn has_step(&self, address: &Address) -> bool {
        self.steps.iter().any(|step| step.address == *address)
    }

    /// Adds something that was seen and stays as it is.
    pub(super) fn report(&mut self, address: Address, message: impl Into<String>, help: impl Into<String>) {
        self.reports.push(Report { address, message: message.into(), help: help.into() });
    }

    /// Adds what keeps the plan from being carried out.
    pub(super) fn finding(&mut self, address: Address, finding: Diagnostic) {
        self.findings.push((address, finding));
    }

    /// Adds a finding that something of that name has no mark of ours. `owner` says whose it is, if that is known.
    pub(super) fn not_owned(&mut self, address: Address, path: &[&str], what: &str, owner: Option<&str>) {
        let environment = self.desired.environment();
        let message = match owner {
            Some(other) => format!("{what} belongs to the environment `{other}`"),
            None => format!("{what} exists, and nothing says that it belongs to `{environment}`"),
        };
        let help = match owner {
            Some(_) => "give it another name, or take the mark of the other environment off it".to_owned(),
            None => {
                format!("take it over with `render cloud adopt {address} --env {environment}`, or choose another name")
            }
        };
        let finding = self.desired.finding(Code::NotOwned, path, message).help(help);
        self.finding(address, finding);
    }

    /// Adds a finding that several things have one name.
    pub(super) fn ambiguous<'a>(
        &mut self,
        address: Address,
        path: &[&str],
        what: &str,
        ids: impl IntoIterator<Item = &'a str>,
    ) {
        let ids: Vec<_> = ids.into_iter().collect();
        let message = format!("{} times {what}", ids.len());
        let help = "delete those that are not used, or give them other names".to_owned();
        let finding = self.desired.finding(Code::AmbiguousResource, path, message);
        self.finding(address, finding.note(format!("their ids are {}", listed(ids))).help(help));
    }

    /// The addresses that are to be adopted; none unless that is the goal.
    fn adopted(&self) -> &'p [Address] {
        match &self.wishes.goal {
            Goal::Adopt(addresses) => addresses,
            Goal::Apply | Goal::Destroy => &[],
        }
    }

    /// Whether `address` is to be adopted.
    pub(super) fn is_adopted(&self, address: &Address) -> bool {
        self.adopted().contains(address)
    }
}

/// The steps from what is there to what is wished for.
///
/// # Errors
/// What keeps it from being carried out: resources that are not ours, what can't be changed, what is not offered.
pub fn plan(desired: &Desired, observed: &Observed, wishes: &Wishes) -> Result<Plan<Operation>, Diagnostics> {
    let mut planning = Planning::new(desired, observed, wishes);
    match &wishes.goal {
        Goal::Apply => {
            projects::plan(&mut planning);
            vpcs::plan(&mut planning);
            clusters::plan(&mut planning);
            pools::plan(&mut planning);
            registry::plan(&mut planning);
            projects::plan_membership(&mut planning);
            buckets::plan(&mut planning);
            keys::plan(&mut planning);
            domains::plan(&mut planning);
        }
        Goal::Destroy => {
            domains::plan_destruction(&mut planning);
            keys::plan_destruction(&mut planning);
            buckets::plan_destruction(&mut planning);
            clusters::plan_destruction(&mut planning);
            vpcs::plan_destruction(&mut planning);
            projects::plan_destruction(&mut planning);
        }
        Goal::Adopt(_) => {
            projects::plan_adoption(&mut planning);
            vpcs::plan_adoption(&mut planning);
            clusters::plan_adoption(&mut planning);
            pools::plan_adoption(&mut planning);
            buckets::plan_adoption(&mut planning);
            domains::plan_adoption(&mut planning);
            unadoptable(&mut planning);
        }
    }
    finish(planning)
}

/// What is to be adopted and got neither a step nor a word.
fn unadoptable(planning: &mut Planning<'_>) {
    for address in planning.adopted() {
        let is_known = planning.has_step(address)
            || planning.reports.iter().any(|report| report.address == *address)
            || planning.findings.iter().any(|(other, _)| other == address);
        if !is_known {
            let message = format!("there is no `{address}` that could be adopted");
            let help = "name a resource that `render cloud plan` found without the mark of the environment";
            planning.finding(address.clone(), Diagnostic::error(Code::UnknownPlace, message).help(help));
        }
    }
}

/// The plan, cut down to its targets. Findings count where their resource does.
fn finish(planning: Planning<'_>) -> Result<Plan<Operation>, Diagnostics> {
    let Planning { desired, wishes, steps, reports, findings, .. } = planning;
    let mut plan = Plan::new(desired.environment());
    plan.steps = steps;
    plan.reports = reports;
    let known: Vec<Address> =
        plan.steps.iter().flat_map(|step| [&step.address].into_iter().chain(&step.after)).cloned().collect();
    let seen: Vec<Address> = plan.reports.iter().map(|report| report.address.clone()).collect();
    let (plan, unmatched) = plan.only(&wishes.targets);
    let is_target = |address: &Address| wishes.targets.iter().any(|target| address.is_meant_by(target));
    let counts = |address: &Address| {
        wishes.targets.is_empty() || is_target(address) || plan.steps.iter().any(|step| step.after.contains(address))
    };
    let mut found: Diagnostics =
        findings.iter().filter(|(address, _)| counts(address)).map(|(_, finding)| finding.clone()).collect();
    let all = desired.addresses();
    let named: Vec<_> =
        all.iter().chain(&known).chain(&seen).chain(findings.iter().map(|(address, _)| address)).collect();
    for target in unmatched {
        // There is one of that name, and nothing to be done about it.
        if named.iter().any(|address| address.is_meant_by(&target)) {
            continue;
        }
        let finding = Diagnostic::error(Code::UnknownPlace, format!("there is no resource `{target}`"));
        let texts: Vec<_> = named.iter().map(ToString::to_string).collect();
        let near = nearest(&target, texts.iter().map(String::as_str));
        found.push(match near {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help("name one as `render cloud plan` shows it, or a kind such as `node_pool`"),
        });
    }
    if found.has_errors() { Err(found.finish()) } else { Ok(plan) }
}
