//! Carries out the steps of a plan. Each begins by looking again, so that one that was broken off in the middle, or whose
//! answer was lost, goes on where it ended.

mod action;
mod application;
mod role;

use super::Error;
use super::auth0::Api;
use super::desired::Desired;
use super::operation::Operation;
use crate::plan::{Keeper, Look, Outcome, Patience, Plan, Progress, Step, WaitError};

/// How often something is made at most, where an answer is lost each time.
const ATTEMPTS: usize = 3;

/// How long a list may lag behind what was made.
const SETTLING: Patience = Patience::seconds(2, 10);

/// How long something that was just made may not be found by its id.
const APPEARING: Patience = Patience::seconds(2, 60);

/// What a step works with.
#[derive(Clone, Copy)]
struct Hand<'a> {
    api: &'a Api<'a>,
    desired: &'a Desired,
    progress: &'a Progress<'a>,
}

/// Refuses a plan that the token's scopes do not suffice for, before anything is done of it.
///
/// # Errors
/// A scope is missing, or no token is to be had.
pub fn check_scopes(api: &Api<'_>, plan: &Plan<Operation>) -> Result<(), Error> {
    if plan.is_empty() {
        return Ok(());
    }
    let mut wanted: Vec<_> = plan.steps.iter().flat_map(|step| step.operation.scopes()).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let missing = api.missing_scopes(&wanted)?;
    if missing.is_empty() { Ok(()) } else { Err(Error::MissingScopes(missing)) }
}

/// Carries out one step. Its outcome has the id of what it made or changed.
///
/// # Errors
/// A call failed for good, or a secret could not be kept. What was done stays.
pub fn carry_out(
    api: &Api<'_>,
    desired: &Desired,
    step: &Step<Operation>,
    keeper: &mut dyn Keeper,
    progress: &Progress<'_>,
) -> Result<Outcome, Error> {
    let hand = Hand { api, desired, progress };
    let id = match &step.operation {
        Operation::CreateApplication { client, settings, connections } => {
            Some(application::create(hand, keeper, client, settings, connections)?)
        }
        Operation::ChangeApplication { client, id, settings, connections, credentials, random } => {
            let work = (*credentials, random.as_slice());
            application::change(hand, keeper, client, id, (settings, connections), work)?;
            Some(id.clone())
        }
        Operation::DeleteApplication { id, .. } => {
            api.delete_application(id)?;
            None
        }
        Operation::PutAction { settings } => Some(action::put(hand, settings)?),
        Operation::DeleteAction { id } => {
            action::delete(hand, id)?;
            None
        }
        Operation::CreateRole { name, members } => Some(role::create(hand, name, members)?),
        Operation::AssignRole { id, members } => {
            role::assign(hand, id, members)?;
            Some(id.clone())
        }
        Operation::DeleteRole { id } => {
            api.delete_role(id)?;
            None
        }
    };
    Ok(Outcome { id })
}

/// Makes something exactly once. Where it may have been made although no answer says so, it is looked for before it is made
/// again: several times, because lists lag.
fn make_once<T>(
    progress: &Progress<'_>,
    mut find: impl FnMut() -> Result<Option<T>, Error>,
    mut make: impl FnMut() -> Result<T, Error>,
) -> Result<T, Error> {
    let mut attempt = 1;
    loop {
        let error = match make() {
            // Taken by what the lost attempt before made, or by somebody else who was faster.
            Err(error) if error.may_have_acted() || error.status() == Some(409) => error,
            outcome => return outcome,
        };
        let look = || Ok(find()?.map_or(Look::NotYet("it may not be listed yet".to_owned()), Look::Ready));
        match progress.wait(SETTLING, look) {
            Ok(found) => return Ok(found),
            Err(WaitError::Look(error)) => return Err(error),
            Err(WaitError::Interrupted) => return Err(Error::Interrupted),
            Err(WaitError::TooLong(_)) if attempt < ATTEMPTS => attempt += 1,
            Err(WaitError::TooLong(_)) => return Err(error),
        }
    }
}

impl From<WaitError<Error>> for Error {
    fn from(error: WaitError<Error>) -> Self {
        match error {
            WaitError::Look(error) => error,
            WaitError::TooLong(source) => Self::TooLong(source),
            WaitError::Interrupted => Self::Interrupted,
        }
    }
}
