//! Sealing for other commands: what an API shows once goes from memory into `values/sealed/`, without a word.
//!
//! Whoever makes a secret calls [`Sealer::ready`] before: a secret that was made and can't be sealed is lost.

use supercargo::model::{LabelValue, SealedName, SealedSecret, SecretKey, SecretNeed, SecretType, TextScalar};
use supercargo::seal::{Change, Plaintext};

use super::change::Sealing;
use super::{Trouble, Vault, now};

/// Seals Secrets of one environment.
pub(in crate::commands) struct Sealer<'s> {
    vault: &'s Vault,
}

impl<'s> Sealer<'s> {
    /// Looks whether everything is there that sealing needs: the certificate, valid now and able to seal; the file, if
    /// there is one, in good order; and the right to write beside it. Changes nothing that Git would see.
    pub(in crate::commands) fn ready(vault: &'s Vault) -> Result<Self, Trouble> {
        let sealer = Self { vault };
        sealer.trial()?;
        Ok(sealer)
    }

    fn trial(&self) -> Result<(), Trouble> {
        let parse = |text| SealedName::parse(text).map_err(|problem| anyhow::anyhow!(problem));
        let mut sealing = Sealing::begin(self.vault, parse("trial/trial")?, None, false)?;
        let key = SecretKey::parse("trial").map_err(|problem| anyhow::anyhow!(problem))?;
        sealing.add(&key, Plaintext::new(b"trial".to_vec()))
    }

    /// The Secret `id` as it is sealed now.
    fn sealed(&self, id: &SealedName) -> Result<Option<SealedSecret>, Trouble> {
        Ok(self.vault.sealed()?.entries().get(id).cloned())
    }

    /// Seals keys of the Secret that `need` describes, with its type and labels; other keys of it stay as they are.
    /// True where the file had to change.
    pub(in crate::commands) fn seal(
        &self,
        need: &SecretNeed,
        data: impl IntoIterator<Item = (SecretKey, Plaintext)>,
    ) -> Result<bool, Trouble> {
        let mut sealing = Sealing::begin(self.vault, need.id.clone(), None, false)?;
        for (key, plaintext) in data {
            sealing.add(&key, plaintext)?;
        }
        // Whoever reads keys out of an Opaque Secret reads them out of any other: that one keeps its type.
        let any = need.kind == SecretType::opaque() && self.sealed(&need.id)?.is_some();
        let mut change = Change { kind: (!any).then(|| need.kind.clone()), ..Change::default() };
        for (key, value) in &need.labels {
            let parsed = (TextScalar::parse(key), LabelValue::parse(value));
            if let (Ok(key), Ok(value)) = parsed {
                change.labels.insert(key, value);
            }
        }
        Ok(sealing.store(change)?.written)
    }

    /// The environment's certificate ends soon: how many days are left, where that is worth a word.
    pub(in crate::commands) fn days_left(&self) -> Option<i64> {
        let days = self.vault.certificate().ok()?.days_left(now());
        (days < 30).then_some(days)
    }
}
