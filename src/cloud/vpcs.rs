//! The network.

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
    pub(super) fn of(_: &Values, scope: &Scope) -> Option<Self> {
        None
    }

    pub(super) fn address(&self) -> Address {
        Address::new("vpc", &self.name)
    }
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VpcOperation {}

pub(super) fn observe(_: &Api, _: &Desired) -> Result<Vec<super::digitalocean::vpcs::Vpc>, Error> {
    Ok(<Vec<super::digitalocean::vpcs::Vpc>>::default())
}

pub(super) fn plan(_: &mut Planning<'_>) {}

pub(super) fn plan_destruction(_: &mut Planning<'_>) {}

pub(super) fn plan_adoption(_: &mut Planning<'_>) {}

pub(super) fn carry_out(_: &Applying<'_>, operation: &VpcOperation) -> Result<Outcome, Error> {
    match *operation {}
}

pub(super) fn tell(_: &Desired, _: &Observed, _: &mut Outputs) {}
