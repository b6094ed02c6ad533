//! The cloud: what the values want of `DigitalOcean`, what its API reports, and the steps in between.
//!
//! There is no file that remembers what was made. What is [desired](Desired) comes from the values, what is
//! [observed](Observed) from the API, and a [plan] is what lies between; [`carry_out`] does one step of it. Every
//! resource has a mark that says which environment it belongs to, and nothing without that mark is changed.
//!
//! * [`digitalocean`] and [`spaces`] are the two APIs, typed, and know nothing of what is wanted;
//! * each kind of resource has a module, which knows how it is found, compared, made and deleted;
//! * `desired`, `observed`, `planner`, `operation` and `apply` hold what they share, and put them in order.
//!
//! Planning is pure: the same values and answers make the same plan. Nothing here reads a clock, an environment variable
//! or a file, and no plan holds a secret: those go from an answer to a [`Keeper`](crate::plan::Keeper).

mod apply;
mod buckets;
mod clusters;
mod desired;
pub mod digitalocean;
mod domains;
mod error;
mod keys;
mod marks;
mod membership;
mod observed;
mod operation;
mod planner;
mod pools;
mod projects;
mod registry;
pub mod spaces;
mod vpcs;

pub use apply::{carry_out, kubeconfig};
pub use desired::Desired;
pub use digitalocean::DigitalOcean;
pub use digitalocean::options::Options;
pub use error::Error;
pub use observed::{Observed, observe, offers, outputs};
pub use operation::Operation;
pub use planner::{Goal, Wishes, plan};

use crate::model::EnvironmentName;

#[cfg(test)]
mod tests;

/// The two APIs.
pub struct Api {
    /// Everything but what is in buckets.
    pub digitalocean: DigitalOcean,
    /// Buckets; `None` without keys to it. Then nothing can be known or done about buckets, and a plan that wants any
    /// says so.
    pub spaces: Option<spaces::Spaces>,
}

/// What names and marks are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The environment.
    pub environment: EnvironmentName,
    /// The platform's name, a hyphen and the environment's: what names begin with.
    pub prefix: String,
}
