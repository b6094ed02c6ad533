//! Plans: ordered steps from what is there to what is wanted, as plain data.
//!
//! Whoever sets something up by an API compares what the values want with what the API reports, and makes a [`Plan`] of
//! it. What follows is the same for every API, and stands here once: how a plan is shown, how it is cut down to
//! [targets](Plan::only), how a saved one is recognised as [stale](Saved), and how its steps are [run](fn@run), one after the
//! other, with progress and an end that can be asked for. The words and signs are those that users of Terraform and
//! `OpenTofu` know.
//!
//! No step knows of the network here, no wait sleeps by itself, and nothing reads a clock: see [`Watch`].

mod address;
mod json;
mod progress;
mod run;
mod saved;
mod step;
mod text;

pub use address::{Address, BadAddress};
pub use progress::{Event, Look, Patience, Progress, TooLong, WaitError, Watch};
pub use run::{Keeper, KeeperError, Outcome, Stopped, run};
pub use saved::{Saved, SavedError};
pub use step::{Action, Attribute, Counts, Need, Plan, Report, Shown, Step};

#[cfg(test)]
mod tests;
