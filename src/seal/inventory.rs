//! What the platform needs beside what is sealed: which secrets are there, which are not, and which nobody reads.

use std::collections::BTreeMap;

use crate::model::{Fingerprint, SealedName, SealedSecret, SecretKey, SecretNeed};

/// A secret that is needed, or sealed, or both.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    /// Its namespace and name.
    pub id: &'a SealedName,
    /// What is needed of it; `None` where nobody reads it.
    pub need: Option<&'a SecretNeed>,
    /// What is sealed of it; `None` where nothing is.
    pub sealed: Option<&'a SealedSecret>,
}

/// How a secret stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Nothing of it is sealed.
    Missing,
    /// Keys of it are missing.
    Incomplete,
    /// It is sealed as a Secret of another type than its reader takes.
    WrongType,
    /// It is there, with every key.
    Present,
    /// It is sealed, and nobody reads it.
    Unused,
}

impl State {
    /// The state in a word or two, for machines and people alike.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Incomplete => "incomplete",
            Self::WrongType => "wrong-type",
            Self::Present => "present",
            Self::Unused => "unused",
        }
    }
}

impl<'a> Item<'a> {
    /// How it stands.
    pub fn state(&self) -> State {
        match (self.need, self.sealed) {
            (None, _) => State::Unused,
            (_, None) => State::Missing,
            (Some(need), Some(sealed)) if need.missing_from(sealed).next().is_some() => State::Incomplete,
            (Some(need), Some(sealed)) if need.kind != sealed.kind => State::WrongType,
            _ => State::Present,
        }
    }

    /// The keys that are still to be sealed.
    pub fn missing_keys(&self) -> Vec<&'a SecretKey> {
        match (self.need, self.sealed) {
            (Some(need), Some(sealed)) => need.missing_from(sealed).collect(),
            (Some(need), None) => need.keys.iter().map(|key| &key.key).collect(),
            (None, _) => Vec::new(),
        }
    }

    /// The keys that are known to be sealed with another certificate than `present`, each with that one.
    pub fn sealed_before(&self, present: &Fingerprint) -> Vec<(&'a SecretKey, &'a Fingerprint)> {
        let sealed = self.sealed.into_iter().flat_map(|sealed| &sealed.sealed_with);
        sealed.filter(|(_, by)| *by != present).collect()
    }
}

/// Every secret that is needed, in the order of `needs`, and behind them those that are sealed and not needed.
pub fn inventory<'a>(needs: &'a [SecretNeed], sealed: &'a BTreeMap<SealedName, SealedSecret>) -> Vec<Item<'a>> {
    let needed = needs.iter().map(|need| Item { id: &need.id, need: Some(need), sealed: sealed.get(&need.id) });
    let unused = sealed.iter().filter(|(id, _)| needs.iter().all(|need| need.id != **id));
    needed.chain(unused.map(|(id, secret)| Item { id, need: None, sealed: Some(secret) })).collect()
}
