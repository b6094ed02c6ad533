//! The pools.

use serde::{Deserialize, Serialize};

use super::apply::Applying;
use super::planner::Planning;
use super::{Api, Desired, Error, Observed, Scope};
use crate::model::{Outputs, Values};
use crate::plan::{Address, Outcome};

/// As the values want it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub name: String,
}

impl Wanted {
    pub(super) fn of(_: &Values, scope: &Scope) -> Vec<Self> {
        Vec::new()
    }

    pub(super) fn address(&self) -> Address {
        Address::new("node_pool", &self.name)
    }
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PoolOperation {}

pub(super) fn plan(_: &mut Planning<'_>) {}

pub(super) fn plan_destruction(_: &mut Planning<'_>) {}

pub(super) fn plan_adoption(_: &mut Planning<'_>) {}

pub(super) fn carry_out(_: &Applying<'_>, operation: &PoolOperation) -> Result<Outcome, Error> {
    match *operation {}
}

pub(super) fn tell(_: &Desired, _: &Observed, _: &mut Outputs) {}
