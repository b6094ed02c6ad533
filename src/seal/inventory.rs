//! What the platform needs beside what is sealed: which secrets are there, which are not, and which nobody reads.

use std::collections::BTreeMap;

use crate::model::{Fingerprint, SealedName, SealedSecret, SecretKey, SecretNeed, SecretType};

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
            // Whoever reads keys out of an Opaque Secret reads them out of any other.
            (Some(need), Some(sealed)) if need.kind != SecretType::opaque() && need.kind != sealed.kind => {
                State::WrongType
            }
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::model::NeededKey;

    fn need(id: &str, kind: &str, keys: &[&str]) -> SecretNeed {
        let key = |key: &&str| NeededKey { key: SecretKey::parse(key).unwrap(), meaning: String::new() };
        SecretNeed {
            id: SealedName::parse(id).unwrap(),
            kind: SecretType::parse(kind).unwrap(),
            keys: keys.iter().map(key).collect(),
            labels: Vec::new(),
            readers: Vec::new(),
            purpose: String::new(),
            source: String::new(),
        }
    }

    fn sealed(id: &str, kind: &str, keys: &[&str]) -> (SealedName, SealedSecret) {
        let data: serde_json::Map<_, _> = keys.iter().map(|key| ((*key).to_owned(), "AgA=".into())).collect();
        let secret = serde_json::json!({ "type": kind, "encryptedData": data, "sealedWith": {} });
        (SealedName::parse(id).unwrap(), serde_json::from_value(secret).unwrap())
    }

    #[test]
    fn each_secret_stands_in_one_state() {
        const REGISTRY: &str = "kubernetes.io/dockerconfigjson";
        let needs = [
            need("a/missing", "Opaque", &["x"]),
            need("a/incomplete", REGISTRY, &["x", "y"]),
            need("a/registry", REGISTRY, &["x"]),
            need("a/any", "Opaque", &["x"]),
            need("a/present", REGISTRY, &["x"]),
        ];
        let sealed = BTreeMap::from([
            sealed("a/incomplete", "Opaque", &["y"]),
            sealed("a/registry", "Opaque", &["x"]),
            sealed("a/any", "example.com/other", &["x", "more"]),
            sealed("a/present", REGISTRY, &["x"]),
            sealed("a/unused", "Opaque", &["x"]),
        ]);
        let states: Vec<_> =
            inventory(&needs, &sealed).iter().map(|item| (item.id.to_string(), item.state().name())).collect();
        let expected = [
            ("a/missing", "missing"),
            ("a/incomplete", "incomplete"),
            ("a/registry", "wrong-type"),
            ("a/any", "present"),
            ("a/present", "present"),
            ("a/unused", "unused"),
        ];
        assert_eq!(states, expected.map(|(id, state)| (id.to_owned(), state)));
    }
}
