//! Buckets: how they are found, compared, made and deleted.

use serde::{Deserialize, Serialize};

use super::apply::Applying;
use super::planner::Planning;
use super::{Api, Desired, Error, Scope};
use crate::model::{Outputs, Values};
use crate::plan::{Address, Outcome};

/// A bucket as the values want it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub name: String,
}

impl Wanted {
    pub(super) fn of(_: &Values, _: &Scope) -> Vec<Self> {
        Vec::new()
    }

    pub(super) fn address(&self) -> Address {
        Address::new("bucket", &self.name)
    }
}

/// What is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BucketOperation {}

pub(super) fn observe(_: &Api, _: &Desired) -> Result<Observed, Error> {
    Ok(Observed::default())
}

pub(super) fn plan(_: &mut Planning<'_>) {}

pub(super) fn plan_destruction(_: &mut Planning<'_>) {}

pub(super) fn plan_adoption(_: &mut Planning<'_>) {}

pub(super) fn carry_out(_: &Applying<'_>, operation: &BucketOperation) -> Result<Outcome, Error> {
    match *operation {}
}

pub(super) fn tell(_: &Desired, _: &super::Observed, _: &mut Outputs) {}
