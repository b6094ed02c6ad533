//! Whether the cluster may pull from the account's container registry.

use serde::{Deserialize, Serialize};

use super::apply::Applying;
use super::planner::Planning;
use super::{Error, Operation, clusters};
use crate::plan::{Action, Address, Attribute, Outcome, Step};

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegistryOperation {
    /// Lets the cluster pull, or no more.
    Set {
        /// Whether it may.
        is_on: bool,
    },
}

/// Changes it, where a value wants it otherwise.
pub(super) fn plan(planning: &mut Planning<'_>) {
    let (desired, observed) = (planning.desired, planning.observed);
    let Some(is_on) = desired.cluster.registry_access else { return };
    let is_new = planning.has_step(&desired.cluster.address());
    let found = match observed.cluster(desired) {
        Some(cluster) => cluster.registry_enabled || !cluster.registries.is_empty(),
        None if is_new => false,
        None => return,
    };
    if found == is_on {
        return;
    }
    let operation = Operation::Registry(RegistryOperation::Set { is_on });
    let step = Step::new(Address::new("registry_access", &desired.cluster.name), Action::Update, operation)
        .with([Attribute::changed("registryAccess", found, is_on)])
        .after([desired.cluster.address()]);
    planning.step(step);
}

/// Does what a step says.
pub(super) fn carry_out(applying: &Applying<'_>, operation: &RegistryOperation) -> Result<Outcome, Error> {
    let RegistryOperation::Set { is_on } = operation;
    let cluster = clusters::current(applying)?;
    clusters::calm(applying, &cluster.id)?;
    applying.api.digitalocean.integrate_registry(&cluster.id, &[], *is_on)?;
    clusters::calm(applying, &cluster.id)?;
    Ok(Outcome { id: Some(cluster.id) })
}
