//! The schemas that a project brings: `CustomResourceDefinition`s under its `schemas/`.

use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use super::crd::{self, CustomKind, Definition};
use super::pack::Stored;
use super::{Entry, Schemas};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::{Location, Source};
use crate::yaml::{Limits, load_all};

/// How deep a definition may nest: a schema of a schema is deep.
const DEPTH: usize = 400;

impl Schemas {
    /// The schemas that are compiled in, and those of the files `sources`, which win over them.
    ///
    /// # Errors
    /// Every file that is no YAML, or that defines no kind.
    pub fn with(sources: &[Arc<Source>]) -> Result<Self, Diagnostics> {
        let read: Vec<_> = sources.par_iter().map(|source| (source, definitions(source))).collect();
        let mut own = Vec::new();
        let mut found = Diagnostics::new();
        for (source, definitions) in read {
            match definitions {
                Ok(definitions) => {
                    let kinds = definitions.into_iter().flat_map(|definition| definition.kinds);
                    own.extend(kinds.map(|kind| entry(source, kind)));
                }
                Err(finding) => found.push(finding),
            }
        }
        own.sort_by(|a, b| (a.key(), &a.source).cmp(&(b.key(), &b.source)));
        for pair in own.windows(2).filter(|pair| pair[0].key() == pair[1].key()) {
            let (first, second) = (&pair[0], &pair[1]);
            found.push(
                Diagnostic::error(Code::BadSchema, format!("`{}` is defined twice", second.kind))
                    .in_file(&*second.source)
                    .note(format!("as version {} of {}, also in {}", second.version, second.group, first.source))
                    .help("remove one of the two files"),
            );
        }
        if found.is_empty() { Ok(Self { own }) } else { Err(found) }
    }
}

/// The definitions in the text of `source`, in its order.
///
/// # Errors
/// It is no YAML, has nothing but other documents, or a definition that can't be used.
pub fn definitions(source: &Arc<Source>) -> Result<Vec<Definition>, Diagnostic> {
    let mut found = Vec::new();
    for document in load_all(source, Limits { depth: DEPTH, ..Limits::default() })? {
        let of_document = crd::definitions(&crd::plain(&document)).map_err(|problem| {
            Diagnostic::error(Code::BadSchema, format!("the definition {problem}"))
                .at(Location::start_of(source), "")
                .help("take one from the project that publishes it, or from a cluster: `kubectl get crd NAME -o yaml`")
        })?;
        found.extend(of_document);
    }
    if found.is_empty() {
        return Err(Diagnostic::error(Code::BadSchema, format!("{} defines no kind", source.path()))
            .at(Location::start_of(source), "")
            .note("kinds are defined by CustomResourceDefinitions")
            .help("take one from the project that publishes it, or from a cluster: `kubectl get crd NAME -o yaml`"));
    }
    Ok(found)
}

fn entry(source: &Source, kind: CustomKind) -> Entry {
    Entry {
        group: kind.group.into(),
        kind: kind.kind.into(),
        version: kind.version.into(),
        minors: None,
        state: kind.state,
        rules: kind.rules,
        source: source.path().into(),
        stored: Stored::Plain(kind.schema),
        whole: OnceLock::new(),
        patch: OnceLock::new(),
    }
}
