//! Buckets: how they are found, compared, made and deleted.
//!
//! A bucket can carry no mark of its own: it is ours where it is in the project of the environment. What it holds is
//! never deleted without being asked for, and a bucket that no value wants any more is only reported.

mod settings;

use serde::{Deserialize, Serialize};

use super::apply::Applying;
use super::membership::{self, Membership, NotMade};
use super::planner::Planning;
use super::spaces::{self, ObjectVersion, Presence, Spaces, Versioning};
use super::{Api, Desired, Error, Operation, Scope, projects};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{BucketOutputs, DnsLabel, Host, NamedMap, Outputs, Values};
use crate::plan::{Action, Address, Attribute, Look, Need, Outcome, Patience, Step, WaitError};
use settings::{Present, Settings};

/// How long a new bucket may not be seen everywhere.
const SEEN: Patience = Patience::seconds(5, 300);

/// How long a bucket is looked for whose making was not confirmed.
const LOOK_FOR: Patience = Patience::seconds(5, 30);

/// How often something is asked for that may not have been done.
const ATTEMPTS: u32 = 3;

/// A bucket as the values want it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// How the values call it.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its region.
    pub region: String,
    /// The host that serves it.
    pub host: String,
    /// What is to be set on it.
    pub settings: Settings,
}

impl Wanted {
    pub(super) fn of(values: &Values, _: &Scope) -> Vec<Self> {
        let buckets = values.storage.buckets.iter().map(|(key, bucket)| Self {
            key: key.to_string(),
            name: bucket.name.to_string(),
            region: bucket.region.to_string(),
            host: match &bucket.endpoint {
                Some(host) => host.to_string(),
                None => format!("{}.digitaloceanspaces.com", bucket.region),
            },
            settings: Settings::of(bucket),
        });
        buckets.collect()
    }

    pub(super) fn address(&self) -> Address {
        Address::new("bucket", &self.key)
    }

    fn path(&self) -> [&str; 3] {
        ["storage", "buckets", &self.key]
    }

    fn what(&self) -> String {
        format!("the bucket `{}`", self.name)
    }
}

/// What is there of the buckets that are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// In the order of the wanted ones; `None` where nobody could look.
    pub buckets: Option<Vec<State>>,
}

/// How a bucket is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// There is none of that name in the region.
    Absent,
    /// Somebody else has the name.
    Taken,
    /// It is in the account.
    There(There),
}

/// A bucket of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct There {
    /// What is set on it.
    pub present: Present,
    /// Whether nothing is in it, old versions included.
    pub is_empty: bool,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BucketOperation {
    /// Makes it, or what is left of making it, and puts it into the project.
    Create {
        /// Its name.
        name: String,
        /// Its region.
        region: String,
        /// What is set on it.
        settings: Settings,
    },
    /// Sets what is not as it should be.
    Configure {
        /// Its name.
        name: String,
        /// Its region.
        region: String,
        /// What is set.
        settings: Settings,
    },
    /// Puts it into the project.
    Adopt {
        /// Its name.
        name: String,
    },
    /// Deletes it.
    Delete {
        /// Its name.
        name: String,
        /// Its region.
        region: String,
        /// Whether what is in it goes first.
        with_contents: bool,
    },
}

pub(super) fn observe(api: &Api, desired: &Desired) -> Result<Observed, Error> {
    let Some(spaces) = &api.spaces else { return Ok(Observed::default()) };
    let mut listed: Vec<(&str, Vec<String>)> = Vec::new();
    let mut states = Vec::new();
    for bucket in &desired.buckets {
        let known = listed.iter().find(|(region, _)| *region == bucket.region).map(|(_, names)| names.clone());
        let names = if let Some(names) = known {
            names
        } else {
            let what = || format!("list the buckets in `{}`", bucket.region);
            let names = spaces.list_buckets(&bucket.region).map_err(|source| failed(what(), source))?;
            listed.push((&bucket.region, names.clone()));
            names
        };
        let read = |source| failed(format!("read the bucket `{}`", bucket.name), source);
        states.push(if names.contains(&bucket.name) {
            observe_one(spaces, bucket).map_err(read)?
        } else {
            match spaces.head_bucket(&bucket.region, &bucket.name).map_err(read)? {
                Presence::Absent => State::Absent,
                Presence::Forbidden => State::Taken,
                // It was made a moment ago and the list does not know, or it is somebody else's and open to all.
                Presence::Present => match observe_one(spaces, bucket) {
                    Err(error) if error.status() == Some(403) => State::Taken,
                    state => state.map_err(read)?,
                },
            }
        });
    }
    Ok(Observed { buckets: Some(states) })
}

fn observe_one(spaces: &Spaces, bucket: &Wanted) -> Result<State, spaces::Error> {
    let (region, name) = (bucket.region.as_str(), bucket.name.as_str());
    let read = || {
        let versioning = spaces.versioning(region, name)?;
        // Only what is managed is looked at.
        let settings = &bucket.settings;
        let lifecycle = if settings.lifecycle.is_some() { spaces.lifecycle(region, name)? } else { None };
        let cors = if settings.cors.is_some() { spaces.cors(region, name)? } else { None };
        let is_empty = !spaces.has_objects(region, name)?
            && (versioning == Versioning::Never || spaces.versions(region, name, None, 1)?.versions.is_empty());
        Ok::<_, spaces::Error>(State::There(There { present: Present { versioning, lifecycle, cors }, is_empty }))
    };
    match read() {
        // Listed, and not seen everywhere yet; or listed still, and gone.
        Err(error) if error.is_missing() => Ok(State::Absent),
        state => state,
    }
}

/// The wanted buckets with their states; a finding where nobody could look.
fn states<'p>(planning: &mut Planning<'p>) -> Vec<(&'p Wanted, &'p State)> {
    let (desired, observed) = (planning.desired, planning.observed);
    if let Some(states) = &observed.buckets.buckets {
        return desired.buckets.iter().zip(states).collect();
    }
    for bucket in &desired.buckets {
        let message = format!("there are no keys to look for {}", bucket.what());
        let finding = desired.finding(Code::Plaintext, &bucket.path(), message);
        planning.finding(bucket.address(), finding.help(Error::NoSpaces.help()));
    }
    Vec::new()
}

pub(super) fn plan(planning: &mut Planning<'_>) {
    for (bucket, state) in states(planning) {
        let membership = membership::of(planning, &membership::bucket(&bucket.name));
        match (state, membership) {
            (State::Taken, _) => planning.finding(bucket.address(), taken(planning.desired, bucket)),
            (State::Absent, Membership::Joined) => {
                planning.finding(bucket.address(), elsewhere(planning.desired, bucket));
            }
            (State::Absent, _) => planning.step(creation(planning.desired, bucket)),
            (State::There(there), Membership::Begun) => {
                let settings = bucket.settings.missing(&there.present);
                let attributes = settings.attributes(Some(&there.present));
                let step = Step::new(bucket.address(), Action::Update, create(bucket, settings));
                let project = Attribute::new("project", planning.desired.project.name.as_str());
                let step = step.because("an earlier run has begun to make it").with([project]).with(attributes);
                planning.step(step.after([planning.desired.project.address()]));
            }
            (State::There(there), Membership::Joined) => {
                let settings = bucket.settings.missing(&there.present);
                if settings.is_empty() {
                    continue;
                }
                let attributes = settings.attributes(Some(&there.present));
                let (name, region) = (bucket.name.clone(), bucket.region.clone());
                let operation = Operation::Bucket(BucketOperation::Configure { name, region, settings });
                let mut step = Step::new(bucket.address(), Action::Update, operation).with(attributes);
                if let Some(warning) = shortened(bucket, there) {
                    step = step.warning(warning);
                }
                planning.step(step);
            }
            (State::There(_), Membership::Foreign) => {
                planning.not_owned(bucket.address(), &bucket.path(), &bucket.what(), None);
            }
        }
    }
    report_left_over(planning);
}

fn create(bucket: &Wanted, settings: Settings) -> Operation {
    let (name, region) = (bucket.name.clone(), bucket.region.clone());
    Operation::Bucket(BucketOperation::Create { name, region, settings })
}

fn creation(desired: &Desired, bucket: &Wanted) -> Step<Operation> {
    let attributes = [Attribute::new("name", bucket.name.as_str()), Attribute::new("region", bucket.region.as_str())];
    let settings = bucket.settings.of_new();
    let shown = settings.attributes(None);
    let step = Step::new(bucket.address(), Action::Create, create(bucket, settings));
    step.with(attributes).with(shown).after([desired.project.address()])
}

/// Objects that are there already may be older than a new lifecycle lets them be.
fn shortened(bucket: &Wanted, there: &There) -> Option<String> {
    let removes =
        bucket.settings.missing(&there.present).lifecycle.is_some_and(|lifecycle| !lifecycle.rules.is_empty());
    (removes && !there.is_empty).then(|| "objects that are older than that are removed within a day or so".to_owned())
}

fn taken(desired: &Desired, bucket: &Wanted) -> Diagnostic {
    let message = format!("{} belongs to another account, or the key may not use it", bucket.what());
    let finding = desired.finding(Code::NotOwned, &bucket.path(), message);
    finding.help("choose another name, as names are shared by all customers, or use a Spaces key with full access")
}

fn elsewhere(desired: &Desired, bucket: &Wanted) -> Diagnostic {
    let message = format!("{} is in the project, but not in the region `{}`", bucket.what(), bucket.region);
    let finding = desired.finding(Code::CannotChange, &bucket.path(), message);
    let help = "write the region that it lies in, or another name: a bucket does not move";
    finding.note("a bucket that was deleted a moment ago may still be listed").help(help)
}

fn report_left_over(planning: &mut Planning<'_>) {
    let wanted: Vec<_> = planning.desired.buckets.iter().map(|bucket| bucket.name.as_str()).collect();
    for name in membership::members(planning, "do:space").into_iter().filter(|name| !wanted.contains(name)) {
        let help = "delete it in the control panel once nobody needs what is in it, or move it to another project";
        planning.report(Address::new("bucket", name), "is in the project, and no value wants it", help);
    }
}

pub(super) fn plan_destruction(planning: &mut Planning<'_>) {
    let desired = planning.desired;
    if planning.observed.buckets.buckets.is_none() {
        // Without keys nobody can look; but where none is in the project, there is nothing to look for.
        let ours =
            |bucket: &&Wanted| membership::of(planning, &membership::bucket(&bucket.name)) != Membership::Foreign;
        if !desired.buckets.iter().any(|bucket| ours(&bucket)) {
            return;
        }
    }
    for (bucket, state) in states(planning) {
        let State::There(there) = state else { continue };
        if membership::of(planning, &membership::bucket(&bucket.name)) == Membership::Foreign {
            planning.report(bucket.address(), "is not in the project, and stays", "");
            continue;
        }
        if !there.is_empty && !planning.wishes.delete_data {
            let help = format!("to delete it with all that is in it, add `{}`", Need::DeleteData.flag());
            planning.report(bucket.address(), "is not empty, and stays", help);
            continue;
        }
        let operation = BucketOperation::Delete {
            name: bucket.name.clone(),
            region: bucket.region.clone(),
            with_contents: !there.is_empty,
        };
        let mut step = Step::new(bucket.address(), Action::Delete, Operation::Bucket(operation));
        step = step.with([Attribute::changed("name", bucket.name.as_str(), ())]);
        if !there.is_empty {
            step = step.needing(Need::DeleteData).warning("all objects in it are deleted, with all their versions");
        }
        planning.step(step);
    }
    report_left_over(planning);
}

pub(super) fn plan_adoption(planning: &mut Planning<'_>) {
    let desired = planning.desired;
    if !desired.buckets.iter().any(|bucket| planning.is_adopted(&bucket.address())) {
        return;
    }
    for (bucket, state) in states(planning) {
        if !planning.is_adopted(&bucket.address()) {
            continue;
        }
        match (state, membership::of(planning, &membership::bucket(&bucket.name))) {
            (State::Taken, _) => planning.finding(bucket.address(), taken(desired, bucket)),
            (State::Absent, _) => {}
            (State::There(_), Membership::Foreign) => {
                let operation = Operation::Bucket(BucketOperation::Adopt { name: bucket.name.clone() });
                membership::plan_adoption(planning, bucket.address(), &bucket.path(), operation);
            }
            (State::There(_), _) => planning.report(bucket.address(), "belongs to the environment already", ""),
        }
    }
}

pub(super) fn carry_out(applying: &Applying<'_>, operation: &BucketOperation) -> Result<Outcome, Error> {
    let id = match operation {
        BucketOperation::Create { name, region, settings } => {
            let bucket = Place { spaces: spaces(applying)?, applying, region, name };
            membership::made(applying, &membership::bucket(name), || bucket.create())?;
            bucket.configure(settings)?;
            name
        }
        BucketOperation::Configure { name, region, settings } => {
            Place { spaces: spaces(applying)?, applying, region, name }.configure(settings)?;
            name
        }
        BucketOperation::Adopt { name } => {
            projects::assign(applying, &membership::bucket(name))?;
            name
        }
        BucketOperation::Delete { name, region, with_contents } => {
            Place { spaces: spaces(applying)?, applying, region, name }.delete(*with_contents)?;
            name
        }
    };
    Ok(Outcome { id: Some(id.clone()) })
}

fn spaces<'a>(applying: &Applying<'a>) -> Result<&'a Spaces, Error> {
    applying.api.spaces.as_ref().ok_or(Error::NoSpaces)
}

fn failed(what: String, source: spaces::Error) -> Error {
    Error::Spaces { what, source }
}

/// A bucket that is worked on.
struct Place<'a> {
    spaces: &'a Spaces,
    applying: &'a Applying<'a>,
    region: &'a str,
    name: &'a str,
}

impl Place<'_> {
    fn failed(&self, verb: &str, source: spaces::Error) -> Error {
        failed(format!("{verb} the bucket `{}`", self.name), source)
    }

    fn presence(&self) -> Result<Presence, Error> {
        self.spaces.head_bucket(self.region, self.name).map_err(|source| self.failed("find", source))
    }

    /// Whether it is one of the account's. The list may be late.
    fn is_listed(&self) -> Result<bool, Error> {
        let names = self.spaces.list_buckets(self.region).map_err(|source| self.failed("find", source))?;
        Ok(names.iter().any(|name| name == self.name))
    }

    /// Makes it, unless it is there, and waits until it is seen.
    fn create(&self) -> Result<(), NotMade> {
        // From here on nobody knows, until somebody does.
        let unsure = |error| NotMade { error, surely: false };
        if self.presence().map_err(unsure)? == Presence::Absent {
            self.ask()?;
        }
        let seen = self.applying.wait(SEEN, || match self.presence()? {
            Presence::Present => Ok(Look::Ready(())),
            presence => Ok(Look::NotYet(format!("the new bucket is {presence:?}").to_lowercase())),
        });
        seen.map_err(unsure)
    }

    fn ask(&self) -> Result<(), NotMade> {
        let mut attempt = 1;
        let mut was_unsure = false;
        loop {
            let Err(source) = self.spaces.create_bucket(self.region, self.name) else { return Ok(()) };
            let is_taken = source.is_taken();
            was_unsure |= source.may_have_acted();
            // A refusal, unless an earlier attempt, of which the transport makes several, has made it.
            let may_be_there = is_taken || source.may_have_acted();
            if may_be_there && self.look_for().map_err(|error| NotMade { error, surely: false })? {
                return Ok(());
            }
            let may_help = source.may_have_acted() || source.may_settle();
            if is_taken || !may_help || attempt == ATTEMPTS {
                let mut error = self.failed("create", source);
                if is_taken {
                    error = Error::Taken { what: format!("the bucket `{}`", self.name), source: Box::new(error) };
                }
                return Err(NotMade { error, surely: !was_unsure });
            }
            attempt += 1;
            self.applying.progress.pause(LOOK_FOR.interval, &source.to_string());
        }
    }

    /// Looks for a while whether the account has it.
    fn look_for(&self) -> Result<bool, Error> {
        let looked = self.applying.progress.wait(LOOK_FOR, || {
            Ok::<_, Error>(if self.is_listed()? { Look::Ready(()) } else { Look::NotYet("it is not listed".into()) })
        });
        match looked {
            Ok(()) => Ok(true),
            Err(WaitError::TooLong(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Sets what is to be set. A new bucket may not be there for everybody, and that may pass.
    fn configure(&self, settings: &Settings) -> Result<(), Error> {
        let (spaces, region, name) = (self.spaces, self.region, self.name);
        if let Some(is_enabled) = settings.versioning {
            self.settled(|| spaces.put_versioning(region, name, is_enabled))?;
        }
        if let Some(lifecycle) = &settings.lifecycle {
            self.settled(|| {
                if lifecycle.rules.is_empty() {
                    spaces.delete_lifecycle(region, name)
                } else {
                    spaces.put_lifecycle(region, name, lifecycle)
                }
            })?;
        }
        if let Some(cors) = &settings.cors {
            self.settled(|| {
                if cors.rules.is_empty() {
                    spaces.delete_cors(region, name)
                } else {
                    spaces.put_cors(region, name, cors)
                }
            })?;
        }
        Ok(())
    }

    fn settled(&self, call: impl Fn() -> Result<(), spaces::Error>) -> Result<(), Error> {
        self.applying.wait(SEEN, || match call() {
            Ok(()) => Ok(Look::Ready(())),
            Err(error) if error.may_settle() => Ok(Look::NotYet(error.to_string())),
            Err(source) => Err(self.failed("configure", source)),
        })
    }

    fn delete(&self, with_contents: bool) -> Result<(), Error> {
        let mut attempt = 1;
        loop {
            if with_contents {
                self.empty().map_err(|source| self.failed("empty", source))?;
            }
            match self.spaces.delete_bucket(self.region, self.name) {
                Ok(()) => return Ok(()),
                // Somebody writes while we delete, or the service counts late.
                Err(error) if error.is_not_empty() && with_contents && attempt < ATTEMPTS => {
                    self.applying.progress.pause(LOOK_FOR.interval, "the bucket is not empty yet");
                }
                Err(error) if error.is_not_empty() && !with_contents => {
                    let problem = "is not empty any more".to_owned();
                    return Err(Error::Changed { what: format!("the bucket `{}`", self.name), problem });
                }
                Err(source) => return Err(self.failed("delete", source)),
            }
            attempt += 1;
        }
    }

    /// Deletes all versions of all objects, page by page.
    fn empty(&self) -> Result<(), spaces::Error> {
        let mut after: Option<ObjectVersion> = None;
        loop {
            let page = match self.spaces.versions(self.region, self.name, after.as_ref(), usize::MAX) {
                Err(error) if error.is_missing() => return Ok(()),
                page => page?,
            };
            if !page.versions.is_empty() {
                self.spaces.delete_versions(self.region, self.name, &page.versions)?;
            }
            // Behind the last of this page: what was deleted may still be listed for a moment.
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }
}

pub(super) fn tell(desired: &Desired, observed: &super::Observed, outputs: &mut Outputs) {
    let states = observed.buckets.buckets.iter().flatten();
    let there = desired.buckets.iter().zip(states).filter(|(bucket, state)| {
        matches!(state, State::There(_)) && observed.is_member(&membership::bucket(&bucket.name))
    });
    let told = there.filter_map(|(bucket, _)| {
        let key = DnsLabel::parse(&bucket.key).ok()?;
        let host = Host::parse(&bucket.host).ok()?;
        Some((key, BucketOutputs { host, keys: NamedMap::default() }))
    });
    outputs.buckets = told.collect();
}

#[cfg(test)]
pub(super) mod tests;
