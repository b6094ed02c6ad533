//! Takes what an API shows once, and seals it before anything else happens.

use supercargo::http::Secret;
use supercargo::model::{SealedName, SecretKey, SecretNeed, SecretType};
use supercargo::plan::{Keeper, KeeperError};
use supercargo::seal::Plaintext;

use crate::commands::seal::Sealer;
use crate::terminal::Terminal;

/// Seals into the file of one environment.
pub(super) struct Vaulted<'s> {
    sealer: Option<Sealer<'s>>,
    needs: Vec<SecretNeed>,
    terminal: &'s Terminal,
    /// Talk is left out: another form is printed.
    is_quiet: bool,
    has_sealed: bool,
}

impl<'s> Vaulted<'s> {
    /// Without a sealer there is nothing to seal, or it was not said.
    pub(super) fn new(
        sealer: Option<Sealer<'s>>,
        needs: Vec<SecretNeed>,
        is_quiet: bool,
        terminal: &'s Terminal,
    ) -> Self {
        Self { sealer, needs, terminal, is_quiet, has_sealed: false }
    }

    /// Whether something was sealed.
    pub(super) fn has_sealed(&self) -> bool {
        self.has_sealed
    }
}

/// The need for a Secret of which nothing is said but its name.
fn plain(id: &SealedName) -> SecretNeed {
    SecretNeed {
        id: id.clone(),
        kind: SecretType::opaque(),
        keys: Vec::new(),
        labels: Vec::new(),
        readers: Vec::new(),
        purpose: String::new(),
        source: String::new(),
    }
}

impl Keeper for Vaulted<'_> {
    fn keep(&mut self, secret: &SealedName, values: Vec<(SecretKey, Secret)>) -> Result<(), KeeperError> {
        let Some(sealer) = &self.sealer else { return Err("there is nothing to seal with".into()) };
        let need = self.needs.iter().find(|need| need.id == *secret);
        let need = need.cloned().unwrap_or_else(|| plain(secret));
        let names: Vec<_> = values.iter().map(|(key, _)| key.to_string()).collect();
        let values = values.into_iter().map(|(key, value)| (key, Plaintext::new(value.expose().as_bytes().to_vec())));
        sealer.seal(&need, values).map_err(|trouble| format!("{:#}", super::failure(trouble)))?;
        self.has_sealed = true;
        if !self.is_quiet {
            self.terminal.say(&format!("{secret}: sealed {}", names.join(", ")));
        }
        Ok(())
    }

    fn random(&mut self, bytes: usize) -> Result<Secret, KeeperError> {
        let text = Plaintext::random(bytes)?;
        Ok(Secret::new(std::str::from_utf8(text.as_bytes())?))
    }
}
