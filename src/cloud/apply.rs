//! Steps done: one call after the other, so that a run that ends anywhere can be taken up by the next one.
//!
//! What makes something is never repeated blindly: whoever gets no answer looks first, since it may be there; see
//! [`Applying::create`]. What was just made may not be seen everywhere at once, so that reading it is patient; see
//! [`Applying::settled`].

use std::time::Duration;

use super::{Api, Desired, Error, Operation, buckets, clusters, domains, keys, pools, projects, registry, vpcs};
use crate::http::Secret;
use crate::plan::{Keeper, Look, Outcome, Patience, Progress, Step, WaitError, Watch};

/// How often something is asked to be made whose making was not confirmed.
const CREATIONS: u32 = 3;

/// How long something is looked for that may have been made.
const LOOK_FOR: Patience = Patience::seconds(5, 60);

/// How long what was just made may be reported as not there.
const SETTLE: Patience = Patience::seconds(5, 60);

/// How many looks in a row may fail while something is waited for.
const FAILED_LOOKS: u32 = 3;

/// One step on its way.
pub(super) struct Applying<'a> {
    pub(super) api: &'a Api,
    pub(super) desired: &'a Desired,
    pub(super) progress: &'a Progress<'a>,
}

/// Does what one step says.
///
/// # Errors
/// It did not work, it took too long, or somebody asked for an end.
pub fn carry_out(
    api: &Api,
    desired: &Desired,
    step: &Step<Operation>,
    keeper: &mut dyn Keeper,
    progress: &Progress<'_>,
) -> Result<Outcome, Error> {
    let applying = Applying { api, desired, progress };
    match &step.operation {
        Operation::Project(operation) => projects::carry_out(&applying, operation),
        Operation::Vpc(operation) => vpcs::carry_out(&applying, operation),
        Operation::Cluster(operation) => clusters::carry_out(&applying, operation),
        Operation::Pool(operation) => pools::carry_out(&applying, operation),
        Operation::Registry(operation) => registry::carry_out(&applying, operation),
        Operation::Bucket(operation) => buckets::carry_out(&applying, operation),
        Operation::Key(operation) => keys::carry_out(&applying, operation, keeper),
        Operation::Domain(operation) => domains::carry_out(&applying, operation),
    }
}

/// A kubeconfig of the environment's cluster, with new credentials that are good for `seconds`; 0 stands for a week.
///
/// # Errors
/// There is no such cluster, it is not ready, or a request failed.
pub fn kubeconfig(api: &Api, desired: &Desired, seconds: u32, watch: &dyn Watch) -> Result<Secret, Error> {
    clusters::kubeconfig(api, desired, seconds, watch)
}

impl Applying<'_> {
    /// Makes something that must not be made twice, and finds it where it is there already. `what` names it in messages,
    /// `find` lists what is ours of that name, and `id` tells them apart.
    ///
    /// # Errors
    /// It was refused, there are two, or nobody could say whether it was made.
    pub(super) fn create<T>(
        &self,
        what: &str,
        find: impl Fn() -> Result<Vec<T>, Error>,
        id: impl Fn(&T) -> String,
        create: impl Fn() -> Result<T, Error>,
    ) -> Result<T, Error> {
        let only = |mut found: Vec<T>| match found.len() {
            0 | 1 => Ok(found.pop()),
            _ => Err(Error::Twice { what: what.to_owned(), ids: found.iter().map(&id).collect() }),
        };
        if let Some(found) = only(find()?)? {
            return Ok(found);
        }
        let mut attempt = 1;
        loop {
            let error = match create() {
                Ok(made) => {
                    // Another run may have made one at the same time. Where the list does not know ours yet, it knows
                    // that one neither, and the next plan finds both.
                    only(find()?)?;
                    return Ok(made);
                }
                Err(error) => error,
            };
            // A later attempt may be refused because an earlier one has made it.
            if !error.may_have_acted() && attempt == 1 {
                return Err(error);
            }
            let why = error.with_cause();
            self.progress.warn(&format!("nobody knows whether {what} was made: {why}; looking for it"));
            if let Some(found) = self.look_for(&find, &only)? {
                return Ok(found);
            }
            if !error.may_have_acted() || attempt == CREATIONS {
                return Err(error);
            }
            attempt += 1;
        }
    }

    /// Looks for a while for what may have been made.
    fn look_for<T>(
        &self,
        find: &impl Fn() -> Result<Vec<T>, Error>,
        only: &impl Fn(Vec<T>) -> Result<Option<T>, Error>,
    ) -> Result<Option<T>, Error> {
        let looked = self.progress.wait(LOOK_FOR, || {
            let found = only(find()?)?;
            Ok::<_, Error>(found.map_or_else(|| Look::NotYet("it is not there".to_owned()), Look::Ready))
        });
        match looked {
            Ok(found) => Ok(Some(found)),
            Err(WaitError::TooLong(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads what was just made: that it is not there is not believed for about a minute.
    pub(super) fn settled<T>(&self, read: impl Fn() -> Result<T, Error>) -> Result<T, Error> {
        let settled = self.progress.wait(SETTLE, || match read() {
            Ok(found) => Ok(Look::Ready(found)),
            Err(error) if error.is_not_found() => Ok(Look::NotYet(error.to_string())),
            Err(error) => Err(error),
        });
        match settled {
            Ok(found) => Ok(found),
            // The last word of the server says more than how long it took.
            Err(WaitError::TooLong(_)) => read(),
            Err(error) => Err(error.into()),
        }
    }

    /// Looks until it is ready. A look may fail now and then, as a connection may, without an end to the wait.
    pub(super) fn wait<T>(
        &self,
        patience: Patience,
        mut look: impl FnMut() -> Result<Look<T>, Error>,
    ) -> Result<T, Error> {
        let mut failed = 0;
        let waited = self.progress.wait(patience, || match look() {
            Err(error) if error.may_pass() && failed < FAILED_LOOKS => {
                failed += 1;
                Ok(Look::NotYet(error.to_string()))
            }
            looked => {
                failed = 0;
                looked
            }
        });
        waited.map_err(Error::from)
    }

    /// Waits until `read` finds nothing any more.
    pub(super) fn gone<T>(
        &self,
        patience: Patience,
        read: impl Fn() -> Result<T, Error>,
        state: impl Fn(&T) -> String,
    ) -> Result<(), Error> {
        self.wait(patience, || match read() {
            Ok(found) => Ok(Look::NotYet(state(&found))),
            Err(error) if error.is_not_found() => Ok(Look::Ready(())),
            Err(error) => Err(error),
        })
    }
}

/// A deletion of what may be gone already.
pub(super) fn deleted(outcome: Result<(), Error>) -> Result<(), Error> {
    match outcome {
        Err(error) if error.is_not_found() => Ok(()),
        outcome => outcome,
    }
}

/// Looks that a watch makes without a step: for what only reads.
pub(super) fn patiently<T>(
    watch: &dyn Watch,
    times: u32,
    pause: Duration,
    read: impl Fn() -> Result<T, Error>,
) -> Result<T, Error> {
    let mut left = times;
    loop {
        match read() {
            Err(error)
                if left > 0
                    && !watch.is_interrupted()
                    && error.status() != Some(401)
                    && error.status() != Some(403) =>
            {
                left -= 1;
                watch.pause(pause);
            }
            outcome => return outcome,
        }
    }
}
