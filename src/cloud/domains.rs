//! The domain and its records: how they are found, compared, made and deleted.
//!
//! A domain can carry no mark of its own: it is ours where it is in the project of the environment. Of its records those
//! are ours whose name and type the values list. What external-dns has written is never touched, and neither are the
//! name servers and the start of authority, which the service makes with the domain.

mod claims;
mod records;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::apply::{Applying, deleted};
use super::digitalocean::domains::Record;
use super::membership::{self, Membership, NotMade};
use super::planner::Planning;
use super::{Api, Desired, Error, Operation, Scope, projects};
use crate::diagnostic::{Code, listed};
use crate::model::services::installed;
use crate::model::{DomainOutputs, Host, Outputs, Values};
use crate::plan::{Action, Address, Attribute, Look, Need, Outcome, Patience, Shown, Step, WaitError};
use claims::{claimed, is_claim, is_of};
use records::{Changes, Datum, RecordSet, SetName, changes};

/// The servers that answer for a domain at this service.
const NAME_SERVERS: [&str; 3] = ["ns1.digitalocean.com", "ns2.digitalocean.com", "ns3.digitalocean.com"];

/// How long a record is looked for whose making was not confirmed.
const LOOK_FOR: Patience = Patience::seconds(5, 20);

/// How often the records of a set are brought to what they should be.
const ATTEMPTS: u32 = 3;

/// How many sets a message names.
const NAMED: usize = 5;

/// The domain as the values want it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// Its sets of records.
    pub sets: Vec<RecordSet>,
    /// Where the first record of each set stands in the values.
    places: BTreeMap<SetName, String>,
    /// How the external-dns of the cluster calls itself.
    owner: String,
}

impl Wanted {
    pub(super) fn of(values: &Values, scope: &Scope) -> Option<Self> {
        let dns = values.dns.as_ref()?;
        let name = dns.domain.to_string();
        let mut places = BTreeMap::new();
        for (index, record) in dns.records.iter().enumerate() {
            for set in records::wanted(std::slice::from_ref(record), &name) {
                places.entry(set.name).or_insert_with(|| index.to_string());
            }
        }
        let external_dns = installed(&values.services.external_dns);
        let owner = external_dns.and_then(|service| service.owner_id.as_ref()).map(ToString::to_string);
        let owner = owner.unwrap_or_else(|| scope.prefix.clone());
        Some(Self { sets: records::wanted(&dns.records, &name), places, owner, name })
    }

    /// The addresses of the domain and its records.
    pub(super) fn addresses(&self) -> Vec<Address> {
        let records = self.sets.iter().map(|set| record_address(&set.name));
        std::iter::once(self.address()).chain(records).collect()
    }

    pub(super) fn address(&self) -> Address {
        Address::new("domain", &self.name)
    }

    fn what(&self) -> String {
        format!("the domain `{}`", self.name)
    }

    fn wants(&self, name: &SetName) -> bool {
        self.sets.iter().any(|set| set.name == *name)
    }
}

fn record_address(set: &SetName) -> Address {
    Address::new("record", set)
}

/// What is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// Whether the domain is in the account.
    pub is_there: bool,
    /// All of its records.
    pub records: Vec<Record>,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DomainOperation {
    /// Makes the domain, or what is left of making it, and puts it into the project.
    Create {
        /// Its name.
        name: String,
    },
    /// Puts it into the project.
    Adopt {
        /// Its name.
        name: String,
    },
    /// Deletes it with all its records.
    Delete {
        /// Its name.
        name: String,
        /// Whether records go with it that are not ours.
        with_others: bool,
    },
    /// Makes the records of a set those that are wanted.
    Set {
        /// The domain.
        domain: String,
        /// What is wanted.
        set: RecordSet,
    },
    /// Deletes records of a set.
    Unset {
        /// The domain.
        domain: String,
        /// Which they are.
        set: RecordSet,
    },
}

pub(super) fn observe(api: &Api, desired: &Desired) -> Result<Observed, Error> {
    let Some(wanted) = &desired.domain else { return Ok(Observed::default()) };
    match api.digitalocean.domain(&wanted.name) {
        Ok(_) => Ok(Observed { is_there: true, records: api.digitalocean.records(&wanted.name)? }),
        Err(error) if error.is_not_found() => Ok(Observed::default()),
        Err(error) => Err(error),
    }
}

/// The records of a domain by their sets.
struct Sets<'o> {
    /// What is there, without what external-dns says about its own.
    there: BTreeMap<SetName, Vec<&'o Record>>,
    /// Those that external-dns has written.
    claimed: BTreeSet<SetName>,
    /// Those of them, and of what external-dns says about them, that are of another cluster's.
    foreign: BTreeSet<SetName>,
}

impl<'o> Sets<'o> {
    fn of(records: &'o [Record], wanted: &Wanted) -> Self {
        let mut there: BTreeMap<SetName, Vec<&Record>> = BTreeMap::new();
        for record in records.iter().filter(|record| !is_claim(record)) {
            let name = SetName::new(&record.settings.kind, &record.settings.name, &wanted.name);
            there.entry(name).or_default().push(record);
        }
        let known = there.keys().cloned().chain(wanted.sets.iter().map(|set| set.name.clone())).collect();
        let claims = || records.iter().filter(|record| is_claim(record));
        let others = || claims().filter(|claim| !is_of(claim, &wanted.owner));
        let mut foreign = claimed(others(), &known, &wanted.name);
        foreign.retain(|name| there.contains_key(name));
        foreign.extend(others().map(|claim| SetName::new("TXT", &claim.settings.name, &wanted.name)));
        Self { claimed: claimed(claims(), &known, &wanted.name), foreign, there }
    }

    fn of_name(&self, name: &SetName) -> Vec<Record> {
        self.there.get(name).into_iter().flatten().map(|record| (*record).clone()).collect()
    }

    /// What is there, of nobody that we know of: not wanted, not external-dns', not the service's.
    fn others<'s>(&'s self, wanted: &'s Wanted) -> impl Iterator<Item = &'s SetName> {
        let all = self.there.keys().filter(|name| !name.is_of_the_service() && !wanted.wants(name));
        // What proves to an authority that the domain is ours comes and goes by itself.
        all.filter(|name| !self.claimed.contains(*name) && !name.name.starts_with("_acme-challenge"))
    }

    /// What would go with the domain and that neither the values nor the cluster have written.
    fn strangers(&self, wanted: &Wanted) -> Vec<String> {
        self.others(wanted).chain(&self.foreign).map(ToString::to_string).collect()
    }

    /// A set as it is there.
    fn as_set(&self, name: &SetName, domain: &str) -> RecordSet {
        let records = self.of_name(name);
        let ttl = records.first().and_then(|record| record.settings.ttl).unwrap_or_default();
        let data = records.iter().map(|record| Datum::of(&record.settings, domain)).collect();
        RecordSet { name: name.clone(), ttl, data }
    }
}

pub(super) fn plan(planning: &mut Planning<'_>) {
    let (desired, observed) = (planning.desired, planning.observed);
    let Some(wanted) = &desired.domain else { return };
    let membership = membership::of(planning, &membership::domain(&wanted.name));
    let create = || Operation::Domain(DomainOperation::Create { name: wanted.name.clone() });
    match (observed.domain.is_there, membership) {
        (true, Membership::Foreign) => {
            planning.not_owned(wanted.address(), &["dns", "domain"], &wanted.what(), None);
            return;
        }
        (true, Membership::Joined) => {}
        (true, Membership::Begun) => {
            let step = Step::new(wanted.address(), Action::Update, create());
            let project = Attribute::new("project", desired.project.name.as_str());
            let step = step.because("an earlier run has begun to make it").with([project]);
            planning.step(step.after([desired.project.address()]));
        }
        (false, _) => {
            let attributes =
                [Attribute::new("name", wanted.name.as_str()), Attribute::new("name_servers", Shown::Later)];
            let step = Step::new(wanted.address(), Action::Create, create()).with(attributes);
            planning.step(step.after([desired.project.address()]));
        }
    }
    let sets = Sets::of(&observed.domain.records, wanted);
    plan_others(planning, wanted, &sets);
    for set in &wanted.sets {
        if !is_refused(planning, wanted, &sets, set) {
            plan_set(planning, wanted, &sets, set);
        }
    }
}

/// What is there and not wanted goes first: where it has the name of a CNAME, neither can be without the other's going.
fn plan_others(planning: &mut Planning<'_>, wanted: &Wanted, sets: &Sets<'_>) {
    let others: Vec<_> = sets.others(wanted).collect();
    if planning.wishes.prune {
        for name in others {
            planning.step(removal(wanted, sets.as_set(name, &wanted.name)).because("no value wants it"));
        }
    } else if !others.is_empty() {
        let help = "leave them, write them into `dns.records`, or delete them all with `--prune`";
        let message = format!("has records that no value wants: {}", some(&others));
        planning.report(wanted.address(), message, help);
    }
}

/// The first of some names, and how many there are besides.
fn some(names: &[impl ToString]) -> String {
    let mut shown: Vec<_> = names.iter().take(NAMED).map(ToString::to_string).collect();
    if names.len() > NAMED {
        shown.push(format!("{} more", names.len() - NAMED));
    }
    listed(shown)
}

fn removal(wanted: &Wanted, set: RecordSet) -> Step<Operation> {
    let attributes = [Attribute::changed("ttl", set.ttl, ()), Attribute::changed("records", shown(&set.data), ())];
    let address = record_address(&set.name);
    let operation = Operation::Domain(DomainOperation::Unset { domain: wanted.name.clone(), set });
    Step::new(address, Action::Delete, operation).with(attributes)
}

/// Adds a finding where a set can't be, and says so.
fn is_refused(planning: &mut Planning<'_>, wanted: &Wanted, sets: &Sets<'_>, set: &RecordSet) -> bool {
    let desired = planning.desired;
    let place = wanted.places.get(&set.name).map_or("", String::as_str);
    let path = ["dns", "records", place];
    let full = set.name.full(&wanted.name);
    let what = format!("the {} record `{full}`", set.name.kind);
    let finding = if set.name.is_of_the_service() {
        let finding = desired.finding(Code::CannotChange, &path, format!("{what} is made with the domain, and stays"));
        finding.help("take it out of `dns.records`")
    } else if sets.claimed.contains(&set.name) {
        let finding = desired.finding(Code::NotOwned, &path, format!("{what} is written by external-dns"));
        finding.help("take it out of `dns.records`, or let no ingress and no service ask for that name")
    } else {
        let is_cname = |name: &SetName| name.kind == "CNAME";
        let stays = |name: &&SetName| !(planning.wishes.prune && sets.others(wanted).any(|other| other == *name));
        let beside = sets.there.keys().filter(|other| other.name == set.name.name && **other != set.name);
        let beside = beside.filter(|other| !wanted.wants(other)).filter(stays);
        let clashes: Vec<_> = beside.filter(|other| is_cname(other) || is_cname(&set.name)).collect();
        if clashes.is_empty() {
            return false;
        }
        let kinds = listed(clashes.iter().map(|other| &other.kind));
        let message = format!("{what} can't be beside the {kinds} that is there");
        let finding = desired.finding(Code::CannotChange, &path, message);
        finding
            .note("a CNAME stands alone (RFC 1034, section 3.6.2)")
            .help("delete what is there, or give it another name")
    };
    planning.finding(record_address(&set.name), finding);
    true
}

fn plan_set(planning: &mut Planning<'_>, wanted: &Wanted, sets: &Sets<'_>, set: &RecordSet) {
    let there = sets.of_name(&set.name);
    if changes(set, &there, &wanted.name).is_empty() {
        return;
    }
    let operation = DomainOperation::Set { domain: wanted.name.clone(), set: set.clone() };
    let operation = Operation::Domain(operation);
    let step = if there.is_empty() {
        let attributes = [Attribute::new("ttl", set.ttl), Attribute::new("records", shown(&set.data))];
        Step::new(record_address(&set.name), Action::Create, operation).with(attributes)
    } else {
        let mut attributes = Vec::new();
        if let Some(ttl) = there.iter().filter_map(|record| record.settings.ttl).find(|ttl| *ttl != set.ttl) {
            attributes.push(Attribute::changed("ttl", ttl, set.ttl));
        }
        // Also the second of two that are the same.
        let mut before: Vec<_> =
            there.iter().map(|record| Datum::of(&record.settings, &wanted.name).to_string()).collect();
        before.sort();
        let now = shown(&set.data);
        let mut sorted = now.clone();
        sorted.sort();
        if before != sorted {
            attributes.push(Attribute::changed("records", before, now));
        }
        Step::new(record_address(&set.name), Action::Update, operation).with(attributes)
    };
    planning.step(step.after([wanted.address()]));
}

fn shown(data: &BTreeSet<Datum>) -> Vec<String> {
    data.iter().map(ToString::to_string).collect()
}

pub(super) fn plan_destruction(planning: &mut Planning<'_>) {
    let (desired, observed) = (planning.desired, planning.observed);
    let Some(wanted) = desired.domain.as_ref().filter(|_| observed.domain.is_there) else { return };
    if membership::of(planning, &membership::domain(&wanted.name)) == Membership::Foreign {
        planning.report(wanted.address(), "is not in the project, and stays with all its records", "");
        return;
    }
    let sets = Sets::of(&observed.domain.records, wanted);
    for set in &wanted.sets {
        if sets.there.contains_key(&set.name) && !set.name.is_of_the_service() && !sets.claimed.contains(&set.name) {
            planning.step(removal(wanted, sets.as_set(&set.name, &wanted.name)));
        }
    }
    let others = sets.strangers(wanted);
    if !others.is_empty() && !planning.wishes.delete_data {
        let help = format!("to delete it with all its records, add `{}`", Need::DeleteData.flag());
        planning.report(wanted.address(), format!("has records of others, {}, and stays", some(&others)), help);
        return;
    }
    let operation = DomainOperation::Delete { name: wanted.name.clone(), with_others: !others.is_empty() };
    let mut step = Step::new(wanted.address(), Action::Delete, Operation::Domain(operation));
    step = step.with([Attribute::changed("name", wanted.name.as_str(), ())]);
    step = step.after(wanted.sets.iter().map(|set| record_address(&set.name)));
    if !others.is_empty() {
        let warning = format!("records go with it that nobody here has written: {}", some(&others));
        step = step.needing(Need::DeleteData).warning(warning);
    }
    planning.step(step);
}

pub(super) fn plan_adoption(planning: &mut Planning<'_>) {
    let (desired, observed) = (planning.desired, planning.observed);
    let Some(wanted) = desired.domain.as_ref().filter(|_| observed.domain.is_there) else { return };
    if !planning.is_adopted(&wanted.address()) {
        return;
    }
    if membership::of(planning, &membership::domain(&wanted.name)) != Membership::Foreign {
        planning.report(wanted.address(), "belongs to the environment already", "");
        return;
    }
    let operation = Operation::Domain(DomainOperation::Adopt { name: wanted.name.clone() });
    membership::plan_adoption(planning, wanted.address(), &["dns", "domain"], operation);
}

pub(super) fn carry_out(applying: &Applying<'_>, operation: &DomainOperation) -> Result<Outcome, Error> {
    let cloud = &applying.api.digitalocean;
    let id = match operation {
        DomainOperation::Create { name } => {
            membership::made(applying, &membership::domain(name), || create(applying, name))?;
            Some(name.clone())
        }
        DomainOperation::Adopt { name } => {
            projects::assign(applying, &membership::domain(name))?;
            Some(name.clone())
        }
        DomainOperation::Delete { name, with_others } => {
            delete(applying, name, *with_others)?;
            Some(name.clone())
        }
        DomainOperation::Set { domain, set } => {
            bring(applying, domain, set)?;
            None
        }
        DomainOperation::Unset { domain, set } => {
            for record in of_set(applying, domain, &set.name)? {
                // Whatever somebody has added since the plan was shown stays.
                if set.data.contains(&Datum::of(&record.settings, domain)) {
                    deleted(cloud.delete_record(domain, record.id))?;
                }
            }
            None
        }
    };
    Ok(Outcome { id })
}

fn create(applying: &Applying<'_>, name: &str) -> Result<(), NotMade> {
    let cloud = &applying.api.digitalocean;
    let find = || match cloud.domain(name) {
        Ok(domain) => Ok(vec![domain]),
        Err(error) if error.is_not_found() => Ok(Vec::new()),
        Err(error) => Err(error),
    };
    // Whether the API has refused it, and never left open whether it did.
    let refused = Cell::new(None);
    let create = || {
        let made = cloud.create_domain(name);
        if let Err(error) = &made {
            refused.set(Some(refused.get().unwrap_or(true) && !error.may_have_acted()));
        }
        made
    };
    let made = applying.create(&format!("the domain `{name}`"), find, |domain| domain.name.clone(), create);
    made.map(drop).map_err(|error| {
        let surely = refused.get().unwrap_or(false);
        // It is not in the account, or it would have been found; so it is in somebody else's.
        if error.status() == Some(422) {
            let what = format!("the domain `{name}`");
            return NotMade { error: Error::Taken { what, source: Box::new(error) }, surely };
        }
        NotMade { error, surely }
    })
}

fn delete(applying: &Applying<'_>, name: &str, with_others: bool) -> Result<(), Error> {
    let cloud = &applying.api.digitalocean;
    if let Some(wanted) = applying.desired.domain.as_ref().filter(|wanted| wanted.name == name && !with_others) {
        let records = match cloud.records(name) {
            Err(error) if error.is_not_found() => return Ok(()),
            records => records?,
        };
        // What was written since the plan was shown would go unseen.
        let strangers = Sets::of(&records, wanted).strangers(wanted);
        if !strangers.is_empty() {
            let problem = format!("has records that were not there before: {}", some(&strangers));
            return Err(Error::Changed { what: wanted.what(), problem });
        }
    }
    deleted(cloud.delete_domain(name))
}

/// The records of a set; of a domain that was just made they may not be found at once.
fn of_set(applying: &Applying<'_>, domain: &str, name: &SetName) -> Result<Vec<Record>, Error> {
    let mut records = applying.settled(|| applying.api.digitalocean.records(domain))?;
    records.retain(|record| {
        !is_claim(record) && SetName::new(&record.settings.kind, &record.settings.name, domain) == *name
    });
    Ok(records)
}

/// Makes the records of a set those that are wanted. A record may be there although nobody said so, and a second one of
/// the same would be made without a word: so nothing is repeated before it was looked for.
fn bring(applying: &Applying<'_>, domain: &str, set: &RecordSet) -> Result<(), Error> {
    let mut attempt = 1;
    let mut left = changes(set, &of_set(applying, domain, &set.name)?, domain);
    while !left.is_empty() {
        let Err(error) = send(applying, domain, &left) else { return Ok(()) };
        // A record that is gone, or an answer that did not come: look, and do what is left.
        if !(error.may_have_acted() || error.is_not_found()) || attempt == ATTEMPTS {
            return Err(error);
        }
        attempt += 1;
        left = look_for(applying, domain, set)?;
    }
    Ok(())
}

fn send(applying: &Applying<'_>, domain: &str, changes: &Changes) -> Result<(), Error> {
    let cloud = &applying.api.digitalocean;
    for (id, settings) in &changes.update {
        cloud.update_record(domain, *id, settings)?;
    }
    for settings in &changes.create {
        applying.settled(|| cloud.create_record(domain, settings))?;
    }
    for id in &changes.delete {
        deleted(cloud.delete_record(domain, *id))?;
    }
    Ok(())
}

/// What is still to be done, after a while in which it may turn out to be done.
fn look_for(applying: &Applying<'_>, domain: &str, set: &RecordSet) -> Result<Changes, Error> {
    let mut left = Changes::default();
    let looked = applying.progress.wait(LOOK_FOR, || {
        left = changes(set, &of_set(applying, domain, &set.name)?, domain);
        Ok::<_, Error>(if left.create.is_empty() {
            Look::Ready(())
        } else {
            Look::NotYet("a record is missing".into())
        })
    });
    match looked {
        Ok(()) | Err(WaitError::TooLong(_)) => Ok(left),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn tell(desired: &Desired, observed: &super::Observed, outputs: &mut Outputs) {
    let Some(wanted) = desired.domain.as_ref().filter(|_| observed.domain.is_there) else { return };
    if !observed.is_member(&membership::domain(&wanted.name)) {
        return;
    }
    let apex = SetName::new("NS", "@", &wanted.name);
    let records = observed.domain.records.iter();
    let servers =
        records.filter(|record| SetName::new(&record.settings.kind, &record.settings.name, &wanted.name) == apex);
    let mut servers: Vec<_> = servers.map(|record| Datum::of(&record.settings, &wanted.name).data).collect();
    servers.sort();
    if servers.is_empty() {
        servers = NAME_SERVERS.map(str::to_owned).to_vec();
    }
    let name_servers = servers.iter().filter_map(|server| Host::parse(server).ok()).collect();
    outputs.domain = Host::parse(&wanted.name).ok().map(|name| DomainOutputs { name, name_servers });
}

#[cfg(test)]
mod tests;
