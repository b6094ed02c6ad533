//! Archives that were fetched, as they came: `.supercargo/charts/NAME-VERSION-DIGEST.tgz`.
//!
//! One file for each, written by a rename, whose name and bytes have to agree with charts.lock: whatever happens while
//! it is written, what is there is whole, and nothing else is believed.

use std::path::Path;

use anyhow::Context as _;
use supercargo::charts::{Digest, LOCK, Lock, Reference, is_wanted, pack};
use supercargo::diagnostic::Diagnostic;
use supercargo::store::{self, Audience, Guard, PRIVATE_FOLDER, Store};

/// The folder of the archives, below the project.
pub(super) fn folder() -> String {
    format!("{PRIVATE_FOLDER}/charts")
}

/// The charts that a project keeps, and the file that says which they are.
pub(super) struct Cache {
    store: Store,
}

impl Cache {
    pub(super) fn new(root: &Path) -> Self {
        Self { store: Store::new(root) }
    }

    /// The lock file; none where there is none.
    pub(super) fn lock(&self) -> anyhow::Result<Option<Result<Lock, Diagnostic>>> {
        Ok(self.store.read(LOCK)?.map(|source| Lock::parse(&source)))
    }

    pub(super) fn write_lock(&self, lock: &Lock) -> anyhow::Result<()> {
        Ok(self.store.replace(LOCK, lock.to_text().as_bytes(), Audience::Everyone)?)
    }

    /// Keeps other pulls out for as long as the guard lives.
    pub(super) fn guard(&self) -> anyhow::Result<Guard> {
        self.store.make_private_folder()?;
        Ok(self.store.lock(&folder())?)
    }

    /// The archive with this digest; none where it is not there, or has other bytes.
    pub(super) fn archive(&self, reference: &Reference, digest: &Digest) -> anyhow::Result<Option<Vec<u8>>> {
        let bytes = self.store.read_bytes(&path(reference, digest.short()))?;
        Ok(bytes.filter(|bytes| Digest::of(bytes) == *digest))
    }

    /// A chart that came unpacked, and so without a digest.
    pub(super) fn unpacked(&self, reference: &Reference) -> anyhow::Result<Option<Vec<u8>>> {
        Ok(self.store.read_bytes(&path(reference, UNPACKED))?)
    }

    pub(super) fn keep(&self, reference: &Reference, digest: &Digest, archive: &[u8]) -> anyhow::Result<()> {
        Ok(self.store.replace(&path(reference, digest.short()), archive, Audience::Everyone)?)
    }

    /// Keeps a chart that stands unpacked in `folder`.
    pub(super) fn keep_unpacked(&self, reference: &Reference, folder: &Path) -> anyhow::Result<()> {
        let files = store::read_tree(folder, &is_wanted)
            .with_context(|| format!("could not read the chart in {}", folder.display()))?;
        let archive = pack(&reference.name, &files);
        Ok(self.store.replace(&path(reference, UNPACKED), &archive, Audience::Everyone)?)
    }
}

/// What stands for the digest in the name of a chart that has none.
const UNPACKED: &str = "unpacked";

fn path(reference: &Reference, ending: &str) -> String {
    format!("{}/{}-{}-{ending}.tgz", folder(), reference.name, reference.version)
}
