//! Carries out a plan, step by step.

use super::address::Address;
use super::progress::{Event, Progress, Watch};
use super::step::{Counts, Plan, Step};
use crate::http::Secret;
use crate::model::{SealedName, SecretKey};

/// What a step that is done has to tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How the server calls the resource.
    pub id: Option<String>,
}

/// Why a secret could not be kept.
pub type KeeperError = Box<dyn std::error::Error + Send + Sync>;

/// Takes over the secrets that a step is told once, and never shows them.
pub trait Keeper {
    /// Seals the values of `secret` and stores them, all or none, before it returns. Values that are sealed already
    /// under other keys stay.
    ///
    /// # Errors
    /// They could not be sealed or stored.
    fn keep(&mut self, secret: &SealedName, values: Vec<(SecretKey, Secret)>) -> Result<(), KeeperError>;

    /// A fresh secret text of `bytes` random bytes, in the URL-safe form of base64.
    ///
    /// # Errors
    /// The machine has no randomness to give.
    fn random(&mut self, bytes: usize) -> Result<Secret, KeeperError>;
}

/// Why a run ended before its plan.
#[derive(Debug)]
pub enum Stopped<E> {
    /// A step failed. What was done before stays, and what comes after was not begun.
    Failed {
        /// The resource of the step.
        address: Address,
        /// What is done.
        done: Counts,
        /// Why.
        source: E,
    },
    /// Somebody asked for it, between two steps or during a wait.
    Interrupted {
        /// What is done.
        done: Counts,
        /// How many steps are left.
        left: usize,
    },
}

/// Carries out the steps of `plan` in their order, and returns what was done.
///
/// # Errors
/// The first step that fails ends the run.
pub fn run<O, E>(
    plan: &Plan<O>,
    watch: &dyn Watch,
    mut carry_out: impl FnMut(&Step<O>, &Progress<'_>) -> Result<Outcome, E>,
) -> Result<Counts, Stopped<E>> {
    let mut done = Counts::default();
    for (index, step) in plan.steps.iter().enumerate() {
        if watch.is_interrupted() {
            return Err(Stopped::Interrupted { done, left: plan.steps.len() - index });
        }
        let (address, action) = (&step.address, step.action);
        watch.event(&Event::Begun { address, action });
        let progress = Progress::new(address, action, watch);
        match carry_out(step, &progress) {
            Ok(outcome) => {
                let (id, elapsed) = (outcome.id.as_deref(), progress.elapsed());
                watch.event(&Event::Done { address, action, id, elapsed });
                done += action;
            }
            Err(source) => {
                watch.event(&Event::Failed { address, action });
                return Err(Stopped::Failed { address: address.clone(), done, source });
            }
        }
    }
    Ok(done)
}
