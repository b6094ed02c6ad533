//! Sealing: plaintext and a certificate to ciphertext that only the cluster's controller opens, without the cluster.
//!
//! * [`Plaintext`] is a secret in memory: wiped when it is dropped, never printed;
//! * [`Certificate`] is what secrets are sealed with, [`KeyRing`] the private keys that open them, [`Pair`] makes both;
//! * [`SealedFile`] is `values/sealed/<env>.yaml`: entries with places, and the text with one entry changed;
//! * [`Memo`] knows on this machine which ciphertext came of which plaintext, so that nothing changes without need;
//! * [`inventory()`] lays what the platform needs beside what is sealed;
//! * [`secret`](mod@secret) builds the contents of the Secret types that are not just any data;
//! * [`controller`] has the requests to a running controller, and reads its answers.
//!
//! All of it works on memory. Files are read and written by [`store`](crate::store), requests are sent by the command.
//! Random numbers are drawn here, which no render can reach: this room comes after all that renders.

mod certificate;
mod cipher;
pub mod controller;
mod file;
mod inventory;
mod keys;
mod memo;
mod pair;
mod pem;
mod plaintext;
pub mod secret;
#[cfg(test)]
mod tests;

pub use certificate::{Certificate, certificate_path};
pub use file::{Change, SealedFile, sealed_path};
pub use inventory::{Item, State, inventory};
pub use keys::{KeyRing, Opened, PrivateKey, Refused};
pub use memo::{Mark, Memo, MemoKey};
pub use pair::{Pair, PairError};
pub use plaintext::{MAX_SECRET_BYTES, Plaintext};

/// The size of a key that [`Pair::generate`] makes.
pub use aws_lc_rs::rsa::KeySize;

/// How many bytes the plaintext of `ciphertext` has; `None` if it is no ciphertext.
pub fn plaintext_len(ciphertext: &crate::model::Base64) -> Option<usize> {
    cipher::Parts::parse(ciphertext).ok().map(|parts| parts.plaintext_len())
}
