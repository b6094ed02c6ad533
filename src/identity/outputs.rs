//! What a run taught of the clients: the ids whose secrets are sealed.

use std::collections::BTreeMap;

use super::desired::Desired;
use super::observed::Observed;
use super::operation::Operation;
use crate::model::{CloudId, DnsLabel, NamedMap};
use crate::plan::{Outcome, Step};

/// What the steps of a run have told so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// `None` for a client that is gone.
    clients: BTreeMap<String, Option<CloudId>>,
}

impl Told {
    /// What looking has told: clients that were written down, and are not there any more.
    pub fn of(desired: &Desired, observed: &Observed) -> Self {
        let is_there = |id: &CloudId| observed.applications.iter().any(|one| one.client_id == id.as_str());
        let gone = desired.known.iter().filter(|(_, id)| desired.is_managed() && !is_there(id));
        Self { clients: gone.map(|(name, _)| (name.to_string(), None)).collect() }
    }

    /// Forgets the client whose secret a step is about to end. True where there is one: that has to be written down before
    /// the step is done. If it is broken off after the secret has ended and before the new one is sealed, the next run
    /// finds a client of which nobody knows whether its secret is sealed, and seals it.
    pub fn forget(&mut self, step: &Step<Operation>) -> bool {
        let Some(client) = step.operation.rotates() else { return false };
        self.clients.insert(client.to_string(), None);
        true
    }

    /// Takes down what a step that is done has told. A step that failed has told nothing: what it has sealed is sealed
    /// once more by the next run.
    pub fn note(&mut self, step: &Step<Operation>, outcome: &Outcome) {
        let id = || outcome.id.as_deref().and_then(|id| CloudId::parse(id).ok());
        match &step.operation {
            Operation::CreateApplication { client, .. } | Operation::ChangeApplication { client, .. } => {
                self.clients.insert(client.to_string(), id());
            }
            Operation::DeleteApplication { name, .. } => {
                self.clients.insert(name.clone(), None);
            }
            _ => {}
        }
    }
}

/// The ids of the clients whose secrets are sealed: those that were known, and what `told` adds to them. One is in here
/// only after its credentials were sealed, which is how the next run knows whose they are.
pub fn outputs(desired: &Desired, told: &Told) -> NamedMap<DnsLabel, CloudId> {
    let known = desired.known.iter().map(|(name, id)| (name.as_str().to_owned(), Some(id.clone())));
    let all: BTreeMap<_, _> = known.chain(told.clients.clone()).collect();
    let kept = all.into_iter().filter_map(|(name, id)| Some((DnsLabel::parse(&name).ok()?, id?)));
    kept.collect()
}
