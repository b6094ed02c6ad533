//! The cluster.

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
        Address::new("cluster", &self.name)
    }
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClusterOperation {}

pub(super) fn observe(
    _: &Api,
    _: &Desired,
) -> Result<
    (
        Vec<super::digitalocean::clusters::Cluster>,
        Vec<super::digitalocean::options::Version>,
        super::digitalocean::clusters::AssociatedResources,
    ),
    Error,
> {
    Ok(<(
        Vec<super::digitalocean::clusters::Cluster>,
        Vec<super::digitalocean::options::Version>,
        super::digitalocean::clusters::AssociatedResources,
    )>::default())
}

pub(super) fn plan(_: &mut Planning<'_>) {}

pub(super) fn plan_destruction(_: &mut Planning<'_>) {}

pub(super) fn plan_adoption(_: &mut Planning<'_>) {}

pub(super) fn carry_out(_: &Applying<'_>, operation: &ClusterOperation) -> Result<Outcome, Error> {
    match *operation {}
}

pub(super) fn tell(_: &Desired, _: &Observed, _: &mut Outputs) {}

pub(super) fn kubeconfig(
    _: &Api,
    _: &Desired,
    _: u32,
    _: &dyn crate::plan::Watch,
) -> Result<crate::http::Secret, Error> {
    Err(Error::Interrupted)
}
