//! The network of the cluster, where it has one of its own: how it is found, made, marked and deleted.

use serde::{Deserialize, Serialize};

use super::apply::{Applying, deleted};
use super::digitalocean::vpcs::{NewVpc, Vpc};
use super::marks::{self, Owner};
use super::planner::Planning;
use super::{Api, Desired, Error, Observed, Operation, Scope, clusters};
use crate::diagnostic::Code;
use crate::http;
use crate::model::{CloudId, Outputs, Values};
use crate::plan::{Action, Address, Attribute, Look, Outcome, Patience, Shown, Step};

/// Where the values speak of it.
const PATH: [&str; 2] = ["cluster", "vpc"];

/// How long a network may go on having members when the cluster is gone.
const EMPTYING: Patience = Patience::seconds(15, 900);

/// How long a new network may be missing from lists.
const LISTING: Patience = Patience::seconds(5, 60);

/// The network as the values want it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// The slug of its region, which is that of the cluster.
    pub region: String,
    /// Its addresses; `None` lets the service pick them.
    pub range: Option<String>,
}

impl Wanted {
    pub(super) fn of(values: &Values, scope: &Scope) -> Option<Self> {
        let vpc = values.cluster.vpc.as_ref()?;
        let name = vpc.name.as_ref().map_or_else(|| clusters::name(values, scope), ToString::to_string);
        let range = vpc.range.as_ref().map(ToString::to_string);
        Some(Self { name, region: values.cluster.region.to_string(), range })
    }

    pub(super) fn address(&self) -> Address {
        Address::new("vpc", &self.name)
    }

    fn spoken(&self) -> String {
        format!("the VPC `{}`", self.name)
    }
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VpcOperation {
    /// Makes it.
    Create(NewVpc),
    /// Puts the mark into its description.
    Adopt {
        /// How the API knows it.
        id: String,
        /// The description with the mark.
        description: String,
    },
    /// Deletes it.
    Delete {
        /// How the API knows it.
        id: String,
    },
}

/// The networks of the wanted name; where none is wanted, those of the cluster's name, which the values may have wanted
/// once.
pub(super) fn observe(api: &Api, desired: &Desired) -> Result<Vec<Vpc>, Error> {
    let name = desired.vpc.as_ref().map_or(&desired.cluster.name, |vpc| &vpc.name);
    let is_named = |vpc: &Vpc| vpc.name == *name;
    match api.digitalocean.vpcs() {
        // Whoever wants no network of its own may have a token that can't see any.
        Err(error) if desired.vpc.is_none() && error.status() == Some(403) => Ok(Vec::new()),
        all => Ok(all?.into_iter().filter(is_named).collect()),
    }
}

impl Observed {
    /// The environment's network, if it is there.
    pub(super) fn vpc(&self, desired: &Desired) -> Option<&Vpc> {
        match &self.vpcs[..] {
            [vpc] => Some(vpc).filter(|vpc| owner(vpc, desired) == Owner::Ours),
            _ => None,
        }
    }
}

fn owner(vpc: &Vpc, desired: &Desired) -> Owner {
    marks::owner_by_text(&vpc.description, desired.environment())
}

/// Makes it where it is not there.
pub(super) fn plan(planning: &mut Planning<'_>) {
    let (desired, observed) = (planning.desired, planning.observed);
    let Some(wanted) = &desired.vpc else {
        if let Some(vpc) = observed.vpc(desired) {
            let help =
                "it is deleted with `render cloud destroy`, or in the control panel when the cluster has left it";
            planning.report(Address::new("vpc", &vpc.name), "is ours, and no value wants it", help);
        }
        return;
    };
    let address = wanted.address();
    match &observed.vpcs[..] {
        [] => {
            let new = NewVpc {
                name: wanted.name.clone(),
                region: wanted.region.clone(),
                ip_range: wanted.range.clone(),
                description: marks::text(desired.environment()),
            };
            let attributes = [
                Attribute::new("name", wanted.name.as_str()),
                Attribute::new("region", wanted.region.as_str()),
                Attribute::new("range", wanted.range.as_deref().map_or(Shown::Later, Shown::from)),
                Attribute::new("description", new.description.as_str()),
                Attribute::new("id", Shown::Later),
            ];
            let step = Step::new(address, Action::Create, Operation::Vpc(VpcOperation::Create(new)));
            planning.step(step.with(attributes));
        }
        [vpc] => match owner(vpc, desired) {
            Owner::Ours => compare(planning, vpc),
            Owner::Other(other) => planning.not_owned(address, &PATH, &wanted.spoken(), Some(&other)),
            Owner::Nobody | Owner::Hidden => planning.not_owned(address, &PATH, &wanted.spoken(), None),
        },
        several => planning.ambiguous(address, &PATH, &wanted.spoken(), several.iter().map(|vpc| vpc.id.as_str())),
    }
}

/// Nothing of a network can be changed.
fn compare(planning: &mut Planning<'_>, vpc: &Vpc) {
    let desired = planning.desired;
    let Some(wanted) = &desired.vpc else { return };
    if !vpc.region.is_empty() && vpc.region != wanted.region {
        let message = format!("{} is in `{}`, and can't move to `{}`", wanted.spoken(), vpc.region, wanted.region);
        let finding = desired.finding(Code::CannotChange, &["cluster", "region"], message);
        planning.finding(wanted.address(), finding.help("set the region back, or give the network another name"));
    }
    if let Some(range) = wanted.range.as_ref().filter(|range| **range != vpc.ip_range) {
        let message = format!("{} has the range {}, which can't become {range}", wanted.spoken(), vpc.ip_range);
        let finding = desired.finding(Code::CannotChange, &["cluster", "vpc", "range"], message);
        planning.finding(wanted.address(), finding.help(format!("write `range: {}`, or leave it out", vpc.ip_range)));
    }
}

/// Marks it.
pub(super) fn plan_adoption(planning: &mut Planning<'_>) {
    let desired = planning.desired;
    let Some(wanted) = desired.vpc.as_ref().filter(|wanted| planning.is_adopted(&wanted.address())) else { return };
    let address = wanted.address();
    let [vpc] = &planning.observed.vpcs[..] else { return };
    match owner(vpc, desired) {
        Owner::Ours => planning.report(address, "belongs to the environment already", ""),
        Owner::Other(other) => planning.not_owned(address, &PATH, &wanted.spoken(), Some(&other)),
        Owner::Nobody | Owner::Hidden => {
            let description = marks::marked(&vpc.description, desired.environment());
            let change = Attribute::changed("description", vpc.description.as_str(), description.as_str());
            let operation = VpcOperation::Adopt { id: vpc.id.clone(), description };
            planning.step(Step::new(address, Action::Adopt, Operation::Vpc(operation)).with([change]));
        }
    }
}

/// Deletes it. To be planned behind the cluster.
pub(super) fn plan_destruction(planning: &mut Planning<'_>) {
    let (desired, observed) = (planning.desired, planning.observed);
    let Some(vpc) = observed.vpc(desired) else {
        if let (Some(wanted), [_, ..]) = (&desired.vpc, &observed.vpcs[..]) {
            planning.report(wanted.address(), "is not ours, and stays", "");
        }
        return;
    };
    let address = Address::new("vpc", &vpc.name);
    if vpc.default {
        planning.report(address, "is the default network of its region, and stays", "");
        return;
    }
    let operation = Operation::Vpc(VpcOperation::Delete { id: vpc.id.clone() });
    let gone = [
        Attribute::changed("range", vpc.ip_range.as_str(), Shown::Absent),
        Attribute::changed("id", vpc.id.as_str(), Shown::Absent),
    ];
    planning.step(Step::new(address, Action::Delete, operation).with(gone));
}

/// Does what a step says.
pub(super) fn carry_out(applying: &Applying<'_>, operation: &VpcOperation) -> Result<Outcome, Error> {
    let cloud = &applying.api.digitalocean;
    let id = match operation {
        VpcOperation::Create(new) => {
            let what = format!("the VPC `{}`", new.name);
            let find = || ours(applying, &new.name);
            applying.create(&what, find, |vpc| vpc.id.clone(), || cloud.create_vpc(new))?.id
        }
        VpcOperation::Adopt { id, description } => cloud.describe_vpc(id, description)?.id,
        VpcOperation::Delete { id } => {
            delete(applying, id)?;
            id.clone()
        }
    };
    Ok(Outcome { id: Some(id) })
}

fn ours(applying: &Applying<'_>, name: &str) -> Result<Vec<Vpc>, Error> {
    let is_ours = |vpc: &Vpc| vpc.name == name && owner(vpc, applying.desired) == Owner::Ours;
    Ok(applying.api.digitalocean.vpcs()?.into_iter().filter(is_ours).collect())
}

/// The id of the network for a new cluster, which an earlier step has made.
pub(super) fn current(applying: &Applying<'_>, wanted: &Wanted) -> Result<String, Error> {
    let found = applying.wait(LISTING, || {
        let mut found = ours(applying, &wanted.name)?;
        match found.len() {
            0 => Ok(Look::NotYet("the VPC is not listed".to_owned())),
            1 => Ok(found.pop().map_or_else(|| Look::NotYet(String::new()), |vpc| Look::Ready(vpc.id))),
            _ => {
                let ids = found.into_iter().map(|vpc| vpc.id).collect();
                Err(Error::Twice { what: wanted.spoken(), ids })
            }
        }
    });
    match found {
        Err(Error::TooLong(_)) => {
            Err(Error::Changed { what: wanted.spoken(), problem: "is not there any more".to_owned() })
        }
        found => found,
    }
}

/// Deletes it. When the cluster is gone, its machines may be members for some minutes.
fn delete(applying: &Applying<'_>, id: &str) -> Result<(), Error> {
    let mut last = None;
    let outcome = applying.wait(EMPTYING, || match deleted(applying.api.digitalocean.delete_vpc(id)) {
        Err(error) if has_members(&error) => {
            last = Some(error);
            Ok(Look::NotYet("the VPC still has members".to_owned()))
        }
        outcome => outcome.map(Look::Ready),
    });
    match (outcome, last) {
        (Err(Error::TooLong(_)), Some(last)) => Err(last),
        (outcome, _) => outcome,
    }
}

/// Whether a deletion was refused because something is in the network: by one of two statuses, one of which may also
/// mean that the token may not delete it.
fn has_members(error: &Error) -> bool {
    let Error::Call { source: http::Error::Status(status), .. } = error else { return false };
    let says_so = || status.excerpt.as_ref().is_some_and(|text| text.to_ascii_lowercase().contains("member"));
    status.status == 409 || status.status == 403 && says_so()
}

/// Tells the id of the network.
pub(super) fn tell(desired: &Desired, observed: &Observed, outputs: &mut Outputs) {
    let wanted = desired.vpc.is_some();
    outputs.vpc = observed.vpc(desired).filter(|_| wanted).and_then(|vpc| CloudId::parse(&vpc.id).ok());
}
