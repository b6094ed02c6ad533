//! Identity: what the values want of Auth0, what its API reports, and the steps in between; and what any provider says
//! of itself.
//!
//! [`auth0`] speaks to the Management API, [`discovery`] reads the document that every OIDC provider publishes. What the
//! values want is [`Desired`], what the API reports [`Observed`]; [`plan`] compares the two, and [`carry_out`] does one step
//! of what comes of it. There is no state file: what is ours is recognised by its name and its mark. Secrets
//! leave this room as [`Secret`](crate::http::Secret) only; it seals nothing, reads no environment variable and has no
//! clock.

mod apply;
pub mod auth0;
mod code;
mod desired;
pub mod discovery;
mod error;
mod mark;
mod observed;
mod operation;
mod outputs;
mod planner;

pub use apply::{carry_out, check_scopes};
pub use auth0::{Api, Credentials};
pub use desired::Desired;
pub use discovery::{Standing, Verdict, verify};
pub use error::{Error, Refusal};
pub use observed::{Observed, observe};
pub use operation::{ConnectionSwitch, CredentialWork, Goal, Member, Operation, Wishes};
pub use outputs::{Told, outputs};
pub use planner::plan;
