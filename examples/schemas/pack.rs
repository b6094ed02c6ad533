//! The index of kinds, and their schemas in one file: each compressed on its own, so that only those in use are read.

use std::collections::BTreeMap;

use serde_json::Value;
use supercargo::schemas::crd::State;

use crate::Failed;

/// How hard to compress: as hard as it goes, since it happens once.
const LEVEL: u8 = 10;

/// One kind to pack.
#[derive(Debug)]
#[expect(clippy::struct_field_names, reason = "group, version and kind are what Kubernetes calls them")]
pub(crate) struct Kind {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
    /// The minor release of Kubernetes that has it; none for a custom resource.
    pub(crate) minor: Option<u32>,
    pub(crate) state: State,
    /// Rules in CEL that are not evaluated.
    pub(crate) rules: usize,
    /// The name of the source.
    pub(crate) source: String,
    pub(crate) schema: Value,
}

/// Kinds on their way into the pack.
#[derive(Debug, Default)]
pub(crate) struct Pack {
    kinds: Vec<Kind>,
}

impl Pack {
    pub(crate) fn add(&mut self, kind: Kind) {
        self.kinds.push(kind);
    }

    pub(crate) fn kinds(&self) -> usize {
        self.kinds.len()
    }

    /// The index, one kind a line, and the compressed schemas. Kinds that do not differ between minor releases share a
    /// line, and equal schemas their bytes.
    pub(crate) fn finish(mut self) -> Result<(String, Vec<u8>), Failed> {
        self.kinds
            .sort_by(|a, b| (&a.group, &a.kind, &a.version, a.minor).cmp(&(&b.group, &b.kind, &b.version, b.minor)));
        let mut places: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        let mut blobs = Vec::new();
        let mut lines: Vec<(Kind, (usize, usize), Option<u32>)> = Vec::new();
        for kind in self.kinds {
            let text = serde_json::to_string(&kind.schema)?;
            let place = *places.entry(text).or_insert_with_key(|text| {
                let compressed = miniz_oxide::deflate::compress_to_vec(text.as_bytes(), LEVEL);
                blobs.extend_from_slice(&compressed);
                (blobs.len() - compressed.len(), compressed.len())
            });
            if let Some((last, at, until)) = lines.last_mut() {
                let same = (&last.group, &last.kind, &last.version) == (&kind.group, &kind.kind, &kind.version);
                if same && kind.minor.is_none() {
                    return Err(format!("{}/{} {} comes twice", kind.group, kind.version, kind.kind).into());
                }
                if same && *at == place && *until == kind.minor.map(|minor| minor - 1) {
                    *until = kind.minor;
                    continue;
                }
            }
            let until = kind.minor;
            lines.push((kind, place, until));
        }
        let line = |(kind, (offset, length), until): &(Kind, (usize, usize), Option<u32>)| {
            let minors = kind.minor.zip(*until).map_or("-".to_owned(), |(from, until)| format!("{from}-{until}"));
            let Kind { group, version, kind, state, rules, source, .. } = kind;
            format!("{group}\t{kind}\t{version}\t{minors}\t{}\t{rules}\t{source}\t{offset}\t{length}\n", state.name())
        };
        Ok((lines.iter().map(line).collect(), blobs))
    }
}
