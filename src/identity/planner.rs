//! From what is there to what is wanted: pure, so that every case is a test.
//!
//! Nothing is ever planned for what has no mark of the environment. Where a name that is needed is taken by such a thing,
//! that is a finding, and there is no plan.

mod action;
mod application;
mod role;
#[cfg(test)]
mod tests;

use super::desired::Desired;
use super::observed::Observed;
use super::operation::{Goal, Operation, Wishes};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, listed, nearest};
use crate::model::DnsLabel;
use crate::plan::{Address, Plan, Report, Step};

/// What a plan is made of, while it is made.
struct Draft<'a> {
    desired: &'a Desired,
    observed: &'a Observed,
    is_pruning: bool,
    steps: Vec<Step<Operation>>,
    reports: Vec<Report>,
    findings: Vec<(Address, Diagnostic)>,
}

impl Draft<'_> {
    fn report(&mut self, address: Address, message: impl Into<String>, help: impl Into<String>) {
        self.reports.push(Report { address, message: message.into(), help: help.into() });
    }

    /// What keeps the plan from being carried out.
    fn finding(&mut self, address: Address, finding: Diagnostic) {
        self.findings.push((address, finding));
    }

    /// Something of ours that nobody wants any more: goes, or is reported.
    fn left_over(&mut self, step: Step<Operation>) {
        if self.is_pruning {
            self.steps.push(step.because("it is ours, and the values do not want it any more"));
        } else {
            let message = "it is ours, and the values do not want it any more";
            self.report(step.address, message, "`--prune` deletes it");
        }
    }
}

/// The steps from `observed` to what `wishes` say: first roles, then the action, then applications, so that nobody logs
/// in without groups; and the other way round where all of it goes.
///
/// # Errors
/// Something stands in the way that is not ours, or that can't be told apart, or what is wished for makes no sense.
pub fn plan(desired: &Desired, observed: &Observed, wishes: &Wishes) -> Result<Plan<Operation>, Diagnostics> {
    if !desired.is_managed() {
        return by_hand(desired, wishes);
    }
    let mut draft = Draft {
        desired,
        observed,
        is_pruning: wishes.prune,
        steps: Vec::new(),
        reports: Vec::new(),
        findings: Vec::new(),
    };
    match &wishes.goal {
        Goal::Apply => {
            role::steps(&mut draft);
            action::steps(&mut draft);
            application::steps(&mut draft);
        }
        Goal::Destroy => {
            application::removal(&mut draft);
            action::removal(&mut draft);
            role::removal(&mut draft);
        }
        Goal::Rotate(client) => match desired.application(client) {
            Some(application) => application::rotation(&mut draft, application),
            None => draft.finding(application::address(client), unknown_client(desired, client)),
        },
    }
    finish(draft, &wishes.targets)
}

/// What there is to say where a person sets the provider up: nothing is to be done here.
fn by_hand(desired: &Desired, wishes: &Wishes) -> Result<Plan<Operation>, Diagnostics> {
    const TELLS: &str =
        "`render seal list` says which clients it needs, `render identity verify` what it says of itself";
    if let Goal::Rotate(client) = &wishes.goal {
        let message = format!("the secret of `{client}` can't be rotated here: the provider is not Auth0");
        let finding = desired.finding(Code::UnknownPlace, &["identity"], message);
        let help = "make a new one at the provider, and seal it as `render seal list` says";
        return Err(Diagnostics::from(finding.help(help)));
    }
    let mut plan = Plan::new(desired.environment.as_str());
    plan.reports.push(Report {
        address: Address::new("identity", "provider"),
        message: "the provider is not Auth0, and is set up by hand".to_owned(),
        help: TELLS.to_owned(),
    });
    Ok(plan)
}

/// The plan, cut down to its targets. Findings count where their resource does.
fn finish(draft: Draft<'_>, targets: &[String]) -> Result<Plan<Operation>, Diagnostics> {
    let Draft { desired, steps, reports, findings, .. } = draft;
    let counts = |address: &Address| targets.is_empty() || targets.iter().any(|target| address.is_meant_by(target));
    let mut found: Diagnostics =
        findings.iter().filter(|(address, _)| counts(address)).map(|(_, finding)| finding.clone()).collect();
    let wanted = addresses(desired);
    let told = steps.iter().map(|step| &step.address).chain(reports.iter().map(|report| &report.address));
    let known: Vec<_> = wanted.iter().chain(told).chain(findings.iter().map(|(address, _)| address)).collect();
    for target in targets.iter().filter(|target| !known.iter().any(|address| address.is_meant_by(target))) {
        let finding = Diagnostic::error(Code::UnknownPlace, format!("there is no resource `{target}`"));
        let texts: Vec<_> = known.iter().map(ToString::to_string).collect();
        found.push(match nearest(target, texts.iter().map(String::as_str)) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help("name one as `render identity plan` shows it, or a kind such as `application`"),
        });
    }
    if found.has_errors() {
        return Err(found.finish());
    }
    let mut plan = Plan::new(desired.environment.as_str());
    (plan.steps, plan.reports) = (steps, reports);
    Ok(plan.only(targets).0)
}

/// The addresses of all that the values want.
fn addresses(desired: &Desired) -> Vec<Address> {
    let roles = desired.roles.iter().map(|role| role::address(&role.name));
    let action = desired.action.iter().map(|_| action::address());
    let applications = desired.clients().map(|client| application::address(client.as_str()));
    roles.chain(action).chain(applications).collect()
}

fn unknown_client(desired: &Desired, client: &str) -> Diagnostic {
    let names: Vec<_> = desired.clients().map(DnsLabel::as_str).collect();
    let help = match nearest(client, names.iter().copied()) {
        Some(near) => format!("write `{near}`"),
        None if names.is_empty() => "the values want no client".to_owned(),
        None => format!("the values want {}", names.join(", ")),
    };
    let environment = &desired.environment;
    desired
        .finding(Code::UnknownPlace, &["identity"], format!("environment `{environment}` has no client `{client}`"))
        .help(help)
}

impl Draft<'_> {
    /// A resource has the name of ours and not its mark; its name and id are told.
    fn not_owned(&mut self, address: Address, path: &[&str], what: (&str, &str), id: &str, help: String) {
        let ((what, name), environment) = (what, &self.desired.environment);
        let message =
            format!("the {what} `{name}` exists at Auth0, and nothing says that it belongs to `{environment}`");
        let finding = self.desired.finding(Code::NotOwned, path, message);
        self.finding(address, finding.note(format!("its id is `{id}`")).help(help));
    }

    /// Several resources have the name of ours.
    fn ambiguous(&mut self, address: Address, path: &[&str], what: (&str, &str), ids: &[&str]) {
        let (what, name) = what;
        let message = format!("there are {} {what} of the name `{name}` at Auth0", ids.len());
        let finding = self.desired.finding(Code::AmbiguousResource, path, message);
        let note = format!("their ids are {}", listed(ids.iter().copied()));
        let help = "see which of them is in use, and delete or rename the others at Auth0";
        self.finding(address, finding.note(note).help(help));
    }
}
