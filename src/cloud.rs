//! The cloud: what the values want of `DigitalOcean`, what its API reports, and the steps in between.

pub mod digitalocean;
mod error;
pub mod spaces;

pub use digitalocean::DigitalOcean;
pub use error::Error;
