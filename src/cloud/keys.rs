//! Access keys to buckets: how they are found, compared, made, sealed and deleted.
//!
//! The secret half of a key is shown once, in the answer that it is made with, and goes from there to a [`Keeper`]. The
//! outputs hold a fingerprint of each key that was sealed. A key that has none there can't be used by anybody: it was
//! made by a run that ended too early, and is replaced. Whose a key is its name says.

use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::apply::{Applying, deleted};
use super::digitalocean::keys::{Grant, NewSpacesKey, SpacesKey};
use super::planner::Planning;
use super::{Api, Desired, Error, Operation, Scope, membership};
use crate::hex::hex;
use crate::http::Secret;
use crate::model::{
    BucketKeyNeed, BucketOutputs, BucketPermission, DnsLabel, Fingerprint, Outputs, SealedName, SecretKey, Values,
};
use crate::plan::{Action, Address, Attribute, Keeper, Look, Outcome, Patience, Shown, Step, WaitError};

/// How often a key is asked for whose making was not confirmed.
const ATTEMPTS: u32 = 3;

/// How long a key is looked for that may have been made, and how long the bucket of one may not be known.
const SETTLE: Patience = Patience::seconds(5, 30);

/// An access key as the values want it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// How the values call its bucket.
    pub bucket: String,
    /// Who uses it.
    pub consumer: String,
    /// What it may do, as the API says it.
    grant: Grant,
    /// The Secret that holds it.
    pub secret: SealedName,
    /// Where the values ask for it.
    asked_by: Vec<String>,
    /// Which key that Secret holds.
    sealed: Sealed,
}

/// The fingerprint of the key that is sealed, as the outputs have it, and as a run changes it: copies share it, so that
/// what a step has sealed is known when outputs are told.
#[derive(Debug, Clone, Default)]
struct Sealed(Arc<Mutex<Option<String>>>);

impl Sealed {
    fn get(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, fingerprint: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(fingerprint);
    }
}

impl PartialEq for Sealed {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for Sealed {}

impl Wanted {
    pub(super) fn of(values: &Values, scope: &Scope) -> Vec<Self> {
        let mut wanted: Vec<Self> = Vec::new();
        for need in values.bucket_key_needs() {
            let Some(bucket) = values.storage.buckets.get(&need.bucket) else { continue };
            let name = format!("{}-{}-{}", scope.prefix, need.bucket, need.consumer);
            if wanted.iter().any(|other| other.name == name) {
                continue;
            }
            wanted.push(Self {
                name,
                bucket: need.bucket.to_string(),
                consumer: need.consumer.to_string(),
                grant: grant(bucket.name.as_str(), need.permission),
                sealed: Sealed(Arc::new(Mutex::new(sealed(values, &need)))),
                secret: need.secret,
                asked_by: need.asked_by,
            });
        }
        wanted
    }

    pub(super) fn address(&self) -> Address {
        Address::new("spaces_key", format!("{}-{}", self.bucket, self.consumer))
    }

    /// Those of `keys` that have its name.
    fn of_name<'k>(&self, keys: &'k [SpacesKey]) -> Vec<&'k SpacesKey> {
        keys.iter().filter(|key| key.name == self.name).collect()
    }
}

/// What a key may do with its bucket, as the API says it.
fn grant(bucket: &str, permission: BucketPermission) -> Grant {
    let permission = match permission {
        BucketPermission::Read => "read",
        BucketPermission::ReadWrite => "readwrite",
    };
    Grant { bucket: bucket.to_owned(), permission: permission.to_owned() }
}

/// The fingerprint of the key that the outputs say was sealed, if it is sealed with both of its halves.
fn sealed(values: &Values, need: &BucketKeyNeed) -> Option<String> {
    let fingerprint = values.outputs.buckets.get(&need.bucket)?.keys.get(&need.consumer)?;
    let data = &values.sealed.get(&need.secret)?.encrypted_data;
    let has = |key| data.keys().any(|name| name.as_str() == key);
    (has(BucketKeyNeed::ID) && has(BucketKeyNeed::SECRET)).then(|| fingerprint.to_string())
}

/// The beginning of the SHA-256 of a key's id: enough to recognise it, and nothing to use it by.
pub(super) fn fingerprint(access_key: &str) -> String {
    hex(&Sha256::digest(access_key.as_bytes())[..8])
}

/// What is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// All keys of the account whose names begin as ours do.
    pub keys: Vec<SpacesKey>,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyOperation {
    /// Makes a key, has it sealed, and deletes all others of its name.
    Renew {
        /// Its name.
        name: String,
        /// What it may do.
        grant: Grant,
        /// The Secret that is to hold it.
        secret: SealedName,
    },
    /// Says anew what the key may do that is sealed, and deletes all others of its name.
    Keep {
        /// Its name.
        name: String,
        /// What it may do.
        grant: Grant,
        /// Which one is sealed.
        fingerprint: String,
    },
    /// Deletes all keys of a name.
    Delete {
        /// The name.
        name: String,
    },
}

pub(super) fn observe(api: &Api, desired: &Desired) -> Result<Observed, Error> {
    if desired.keys.is_empty() && desired.buckets.is_empty() {
        return Ok(Observed::default());
    }
    let start = format!("{}-", desired.scope.prefix);
    let mut keys = api.digitalocean.spaces_keys()?;
    keys.retain(|key| key.name.starts_with(&start));
    Ok(Observed { keys })
}

pub(super) fn plan(planning: &mut Planning<'_>) {
    let (desired, observed) = (planning.desired, planning.observed);
    for wanted in &desired.keys {
        let there = wanted.of_name(&observed.keys.keys);
        let sealed = wanted.sealed.get();
        let kept = there.iter().find(|key| Some(fingerprint(&key.access_key)) == sealed);
        let after = [Address::new("bucket", &wanted.bucket)];
        let step = match (kept, there.len()) {
            (Some(key), 1) if key.grants == [wanted.grant.clone()] => continue,
            (Some(key), count) => {
                let operation = KeyOperation::Keep {
                    name: wanted.name.clone(),
                    grant: wanted.grant.clone(),
                    fingerprint: fingerprint(&key.access_key),
                };
                let mut step = Step::new(wanted.address(), Action::Update, Operation::Key(operation));
                if key.grants != [wanted.grant.clone()] {
                    let (before, now) = (grants_shown(&key.grants), grants_shown(std::slice::from_ref(&wanted.grant)));
                    step = step.with([Attribute::changed("grants", before, now)]);
                }
                if count > 1 {
                    step = step.because("others of its name are left of earlier runs, and are deleted");
                }
                step
            }
            (None, 0) => Step::new(wanted.address(), Action::Create, renew(wanted)).with(new_attributes(wanted)),
            (None, _) => {
                let step = Step::new(wanted.address(), Action::Replace, renew(wanted));
                let step = step.because("nobody has the secret of the key that is there: it was not sealed");
                let warning = "whoever uses the old key can't reach the bucket until the new one is delivered";
                step.with(new_attributes(wanted)).warning(warning)
            }
        };
        planning.step(step.after(after));
    }
    for key in left_over(planning) {
        let address = Address::new("spaces_key", &key);
        if planning.wishes.prune {
            planning.step(deletion(address, &key).because("no value wants it"));
        } else {
            let help = "whoever uses it has to stop first; then delete it with `--prune`";
            planning.report(address, "belongs to the environment, and no value wants it", help);
        }
    }
}

fn renew(wanted: &Wanted) -> Operation {
    let (name, grant, secret) = (wanted.name.clone(), wanted.grant.clone(), wanted.secret.clone());
    Operation::Key(KeyOperation::Renew { name, grant, secret })
}

fn new_attributes(wanted: &Wanted) -> [Attribute; 5] {
    [
        Attribute::new("name", wanted.name.as_str()),
        Attribute::new("grants", grants_shown(std::slice::from_ref(&wanted.grant))),
        Attribute::new("access_key", Shown::Later),
        Attribute::new("secret_key", Shown::Secret),
        Attribute::new("sealed_as", wanted.secret.to_string()),
    ]
}

fn grants_shown(grants: &[Grant]) -> Vec<String> {
    grants.iter().map(|grant| format!("{} of {}", grant.permission, grant.bucket)).collect()
}

fn deletion(address: Address, name: &str) -> Step<Operation> {
    let operation = Operation::Key(KeyOperation::Delete { name: name.to_owned() });
    let step = Step::new(address, Action::Delete, operation);
    step.with([Attribute::changed("name", name, ())]).warning("whoever uses it can't reach the bucket any more")
}

/// The names of keys that are ours and that no value wants: those that begin as ours do, and that reach nothing but
/// buckets of the environment. The beginning alone may be that of another environment, `dev` of `dev-eu`.
fn left_over(planning: &Planning<'_>) -> Vec<String> {
    let (desired, observed) = (planning.desired, planning.observed);
    let members = membership::members(planning, "do:space");
    let is_ours = |grant: &Grant| members.contains(&grant.bucket.as_str());
    let is_wanted = |key: &SpacesKey| desired.keys.iter().any(|wanted| wanted.name == key.name);
    let left = observed.keys.keys.iter().filter(|key| !is_wanted(key));
    let left = left.filter(|key| !key.grants.is_empty() && key.grants.iter().all(is_ours));
    let mut names: Vec<_> = left.map(|key| key.name.clone()).collect();
    names.sort();
    names.dedup();
    names
}

pub(super) fn plan_destruction(planning: &mut Planning<'_>) {
    let (desired, observed) = (planning.desired, planning.observed);
    for wanted in &desired.keys {
        if !wanted.of_name(&observed.keys.keys).is_empty() {
            planning.step(deletion(wanted.address(), &wanted.name));
        }
    }
    for name in left_over(planning) {
        planning.step(deletion(Address::new("spaces_key", &name), &name));
    }
}

pub(super) fn carry_out(
    applying: &Applying<'_>,
    operation: &KeyOperation,
    keeper: &mut dyn Keeper,
) -> Result<Outcome, Error> {
    let id = match operation {
        KeyOperation::Renew { name, grant, secret } => Some(renewed(applying, name, grant, secret, keeper)?),
        KeyOperation::Keep { name, grant, fingerprint } => Some(kept(applying, name, grant, fingerprint)?),
        KeyOperation::Delete { name } => {
            for key in named(applying, name)? {
                deleted(applying.api.digitalocean.delete_spaces_key(&key.access_key))?;
            }
            None
        }
    };
    Ok(Outcome { id })
}

/// All keys of a name.
fn named(applying: &Applying<'_>, name: &str) -> Result<Vec<SpacesKey>, Error> {
    let mut keys = applying.api.digitalocean.spaces_keys()?;
    keys.retain(|key| key.name == name);
    Ok(keys)
}

/// Makes a key, has it sealed, and deletes those that it takes the place of. Returns its fingerprint.
fn renewed(
    applying: &Applying<'_>,
    name: &str,
    grant: &Grant,
    secret: &SealedName,
    keeper: &mut dyn Keeper,
) -> Result<String, Error> {
    let cloud = &applying.api.digitalocean;
    let before = named(applying, name)?;
    let new = made(applying, name, grant, &before)?;
    let print = fingerprint(&new.key.access_key);
    if let Err(error) = kept_secret(secret, &new, keeper) {
        // Nobody will ever know its secret.
        if let Err(left) = deleted(cloud.delete_spaces_key(&new.key.access_key)) {
            applying.progress.warn(&format!("the new key that could not be kept is still there: {left}"));
        }
        return Err(error);
    }
    if let Some(wanted) = applying.desired.keys.iter().find(|wanted| wanted.name == name) {
        wanted.sealed.set(print.clone());
    }
    let is_known = |key: &SpacesKey| {
        key.access_key == new.key.access_key || before.iter().any(|old| old.access_key == key.access_key)
    };
    let strangers: Vec<_> = named(applying, name)?.into_iter().filter(|key| !is_known(key)).collect();
    if !strangers.is_empty() {
        let others = strangers.iter().map(|key| fingerprint(&key.access_key));
        let ids = std::iter::once(print).chain(others).collect();
        return Err(Error::Twice { what: format!("the Spaces key `{name}`"), ids });
    }
    for old in &before {
        deleted(cloud.delete_spaces_key(&old.access_key))?;
    }
    Ok(print)
}

/// Makes a key. One that was made without us hearing its secret is of no use, and is deleted.
fn made(applying: &Applying<'_>, name: &str, grant: &Grant, before: &[SpacesKey]) -> Result<NewSpacesKey, Error> {
    let cloud = &applying.api.digitalocean;
    let mut attempt = 1;
    loop {
        let error = match cloud.create_spaces_key(name, std::slice::from_ref(grant)) {
            Ok(new) => return Ok(new),
            Err(error) => error,
        };
        // The bucket of the key may be too new to be known there.
        if !(error.may_have_acted() || error.is_not_found()) || attempt == ATTEMPTS {
            return Err(error);
        }
        if error.may_have_acted() {
            applying.progress.warn(&format!("nobody knows whether the Spaces key `{name}` was made: {error}"));
            for lost in lost(applying, name, before)? {
                deleted(cloud.delete_spaces_key(&lost.access_key))?;
            }
        } else {
            applying.progress.pause(SETTLE.interval, &error.to_string());
        }
        attempt += 1;
    }
}

/// Looks for a while for keys of a name that were not there `before`.
fn lost(applying: &Applying<'_>, name: &str, before: &[SpacesKey]) -> Result<Vec<SpacesKey>, Error> {
    let looked = applying.progress.wait(SETTLE, || {
        let mut keys = named(applying, name)?;
        keys.retain(|key| !before.iter().any(|old| old.access_key == key.access_key));
        Ok::<_, Error>(if keys.is_empty() { Look::NotYet("there is no new key".into()) } else { Look::Ready(keys) })
    });
    match looked {
        Err(WaitError::TooLong(_)) => Ok(Vec::new()),
        looked => Ok(looked?),
    }
}

fn kept_secret(secret: &SealedName, new: &NewSpacesKey, keeper: &mut dyn Keeper) -> Result<(), Error> {
    let key = |name| SecretKey::parse(name).map_err(|problem| Error::Keeper(problem.into()));
    let id = Secret::new(new.key.access_key.as_str());
    let values = vec![(key(BucketKeyNeed::ID)?, id), (key(BucketKeyNeed::SECRET)?, new.secret_key.clone())];
    keeper.keep(secret, values).map_err(Error::Keeper)
}

/// Has the key that is sealed do what it may, and deletes the others of its name.
fn kept(applying: &Applying<'_>, name: &str, grant: &Grant, sealed: &str) -> Result<String, Error> {
    let cloud = &applying.api.digitalocean;
    let (ours, others): (Vec<_>, Vec<_>) =
        named(applying, name)?.into_iter().partition(|key| fingerprint(&key.access_key) == sealed);
    let changed =
        |problem: &str| Error::Changed { what: format!("the Spaces key `{name}`"), problem: problem.to_owned() };
    let Some(key) = ours.first() else { return Err(changed("is not there any more")) };
    if key.grants != [grant.clone()] {
        let now = cloud.update_spaces_key(&key.access_key, name, std::slice::from_ref(grant))?;
        if now.grants != [grant.clone()] {
            return Err(changed("may still do what it did before"));
        }
    }
    for other in &others {
        deleted(cloud.delete_spaces_key(&other.access_key))?;
    }
    Ok(sealed.to_owned())
}

/// Adds the fingerprints of keys that are sealed to what is told of their buckets.
pub(super) fn tell(desired: &Desired, observed: &super::Observed, outputs: &mut Outputs) {
    let told = outputs.buckets.iter().map(|(bucket, told)| {
        let of_bucket = desired.keys.iter().filter(|wanted| wanted.bucket == bucket.as_str());
        let keys = of_bucket.filter_map(|wanted| {
            let sealed = wanted.sealed.get()?;
            let there = wanted.of_name(&observed.keys.keys);
            there.iter().find(|key| fingerprint(&key.access_key) == sealed)?;
            let consumer = DnsLabel::parse(&wanted.consumer).ok()?;
            Some((consumer, Fingerprint::parse(&sealed).ok()?))
        });
        (bucket.clone(), BucketOutputs { host: told.host.clone(), keys: keys.collect() })
    });
    outputs.buckets = told.collect();
}

#[cfg(test)]
mod tests;
