//! The project.

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
    pub(super) fn of(_: &Values, scope: &Scope) -> Self {
        Self { name: scope.prefix.clone() }
    }

    pub(super) fn address(&self) -> Address {
        Address::new("project", &self.name)
    }
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProjectOperation {}

pub(super) fn observe(
    _: &Api,
    _: &Desired,
) -> Result<(Vec<super::digitalocean::projects::Project>, Vec<super::digitalocean::projects::Member>), Error> {
    Ok(<(Vec<super::digitalocean::projects::Project>, Vec<super::digitalocean::projects::Member>)>::default())
}

pub(super) fn plan(_: &mut Planning<'_>) {}

pub(super) fn plan_destruction(_: &mut Planning<'_>) {}

pub(super) fn plan_adoption(_: &mut Planning<'_>) {}

pub(super) fn carry_out(_: &Applying<'_>, operation: &ProjectOperation) -> Result<Outcome, Error> {
    match *operation {}
}

pub(super) fn tell(_: &Desired, _: &Observed, _: &mut Outputs) {}

pub(super) fn plan_membership(_: &mut Planning<'_>) {}
