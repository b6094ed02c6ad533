//! Whether the cluster may pull from the account's registry.

use serde::{Deserialize, Serialize};

use super::Error;
use super::apply::Applying;
use super::planner::Planning;
use crate::plan::Outcome;

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegistryOperation {}

pub(super) fn plan(_: &mut Planning<'_>) {}

pub(super) fn carry_out(_: &Applying<'_>, operation: &RegistryOperation) -> Result<Outcome, Error> {
    match *operation {}
}
