//! The cloud: what the values want of `DigitalOcean`, what its API reports, and the steps in between.

pub mod digitalocean;
pub mod spaces;
