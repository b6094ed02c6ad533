//! Digests of single inputs: what a render depends on as a whole, and later which input it was that changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::hex::hex;
use crate::source::Source;
use crate::tree::{OutputPath, PROGRAM, RenderedFile};

/// How many bytes of a digest stand in a lock. They tell what has changed, and guard nothing.
const SHORT: usize = 8;

/// Paths and SHA-256 of sources, in the order in which they count.
#[derive(Debug, Clone, Default)]
pub(super) struct SourceDigests(Vec<(Arc<Source>, [u8; 32])>);

impl SourceDigests {
    pub(super) fn of(sources: &[Arc<Source>]) -> Self {
        let digest = |source: &Arc<Source>| (Arc::clone(source), Sha256::digest(source.text()).into());
        Self(sources.iter().map(digest).collect())
    }

    /// Adds all of them to the digest of a whole.
    pub(super) fn feed(&self, hash: &mut Sha256) {
        hash.update((self.0.len() as u64).to_le_bytes());
        for (source, digest) in &self.0 {
            super::feed(hash, source.path());
            hash.update(digest);
        }
    }

    /// Short digests by path. Several sources of one path, such as the arguments of `--set`, count as one.
    fn short<'a>(&'a self, wanted: impl Fn(&str) -> bool) -> BTreeMap<&'a str, String> {
        let mut whole: BTreeMap<&str, Sha256> = BTreeMap::new();
        for (source, digest) in self.0.iter().filter(|(source, _)| wanted(source.path())) {
            whole.entry(source.path()).or_default().update(digest);
        }
        whole.into_iter().map(|(path, hash)| (path, hex(&hash.finalize()[..SHORT]))).collect()
    }

    /// These layers, and those of `templates` that took part in `files`: the ones that made a file, and the macros of
    /// the folders that these are in and below. Those that are not the project's `own` count as one, the program.
    pub(super) fn with_templates(
        &self,
        templates: &Self,
        own: &BTreeSet<String>,
        files: &BTreeMap<OutputPath, RenderedFile>,
    ) -> BTreeMap<String, String> {
        let made: BTreeSet<&str> = files.values().map(|file| file.template.as_str()).collect();
        let folders: BTreeSet<&str> =
            made.iter().flat_map(|path| path.match_indices('/').map(|(at, _)| &path[..at])).collect();
        let took_part = |path: &str| {
            let macros = path.split('/').any(|segment| segment.starts_with('_'));
            let folder = path.split("/_").next().unwrap_or_default();
            if macros { folders.contains(folder) } else { made.contains(path) }
        };
        let all = self.short(|_| true).into_iter().chain(templates.short(|path| own.contains(path) && took_part(path)));
        let mut all: BTreeMap<_, _> = all.map(|(path, digest)| (path.to_owned(), digest)).collect();
        let compiled_in = templates.short(|path| !own.contains(path) && took_part(path));
        if !compiled_in.is_empty() {
            let text: String = compiled_in.iter().map(|(path, digest)| format!("{path} {digest}\n")).collect();
            all.insert(PROGRAM.to_owned(), hex(&Sha256::digest(text)[..SHORT]));
        }
        all
    }
}
