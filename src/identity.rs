//! Identity: what the values want of Auth0, what its API reports, and the steps in between; and what any provider says
//! of itself.
//!
//! [`auth0`] speaks to the Management API, [`discovery`] reads the document that every OIDC provider publishes. Secrets
//! leave this room as [`Secret`](crate::http::Secret) only; it seals nothing, reads no environment variable and has no
//! clock.

pub mod auth0;
pub mod discovery;
mod error;

pub use error::{Error, Refusal};
