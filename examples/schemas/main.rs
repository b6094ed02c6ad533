//! Makes the schemas that are compiled into the program: `cargo run --example schemas -- CLONES`.
//!
//! Reads what `src/schemas/data/sources.json` names, at the versions that it names: Kubernetes' published `OpenAPI`
//! through the Go command, and `CustomResourceDefinition`s out of Git clones. CLONES is a folder of clones, each named
//! as its project is there, with `/` as `+`; one that is missing is cloned. Writes `kinds.tsv` and `schemas.pack`
//! beside the sources, and into these what was read: commits and digests. The same sources give the same bytes.
//!
//! Nothing that upstream wrote for people is kept: no descriptions, no examples.

#![expect(clippy::print_stderr, reason = "a tool talks to whoever runs it")]

mod choices;
mod kubernetes;
mod pack;
mod sources;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use supercargo::schemas::crd;
use supercargo::source::Source as Text;
use supercargo::yaml::{Limits, load_all};

use pack::{Kind, Pack};
use sources::{Origin, Source};

/// Why the tool could not go on; there is nobody to tell but a person.
type Failed = Box<dyn Error>;

fn main() -> Result<(), Failed> {
    let clones = std::env::args_os().nth(1).map(PathBuf::from).ok_or("usage: cargo run --example schemas -- CLONES")?;
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/schemas/data");
    let path = data.join("sources.json");
    let mut sources: Vec<Source> = serde_json::from_slice(&fs::read(&path)?)?;
    let mut pack = Pack::default();
    for source in &mut sources {
        let files = source.read(&clones, &data)?;
        let before = pack.kinds();
        let name = format!("{} {}", source.name, source.version);
        match &source.origin {
            Origin::Kubernetes { minor, .. } => kubernetes::add(&mut pack, *minor, &files[0])?,
            Origin::Git { .. } | Origin::Own { .. } => {
                for file in &files {
                    add_definitions(&mut pack, &name, file)?;
                }
            }
        }
        eprintln!("{name}: {} kinds", pack.kinds() - before);
    }
    let (kinds, blobs) = pack.finish()?;
    fs::write(data.join("kinds.tsv"), kinds)?;
    fs::write(data.join("schemas.pack"), &blobs)?;
    fs::write(&path, serde_json::to_string_pretty(&sources)? + "\n")?;
    eprintln!("{} bytes", blobs.len());
    Ok(())
}

/// Adds the kinds of all definitions in `text`, which is YAML of any number of documents.
fn add_definitions(pack: &mut Pack, source: &str, text: &str) -> Result<(), Failed> {
    let text: Arc<Text> = Text::new(source, text);
    let documents = load_all(&text, Limits::default()).map_err(|found| found.message)?;
    for document in &documents {
        for kind in crd::kinds(&crd::plain(document))? {
            pack.add(Kind {
                group: kind.group,
                version: kind.version,
                kind: kind.kind,
                minor: None,
                state: kind.state,
                rules: kind.rules,
                source: source.to_owned(),
                schema: kind.schema,
            });
        }
    }
    Ok(())
}
