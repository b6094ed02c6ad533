//! Helm charts that the values pin: fetching them once, keeping what was fetched, and asking them about our values.
//!
//! * `reference` gathers the charts of an environment; `lock` is `charts.lock`, which holds the digest of each archive;
//! * `repository` and `registry` speak to the two kinds of servers, `remote` chooses between them; `version` says which
//!   version is newer;
//! * `archive` unpacks, under limits and in memory; `contents` is what an archive says of its chart;
//! * `values` holds Helm values to their chart.
//!
//! The room speaks to servers through [`crate::http`] and touches no disk: whoever calls it keeps the bytes. Nothing that
//! renders knows of it, since a render must not depend on what happens to be cached.

mod archive;
mod contents;
mod lock;
mod reference;
mod registry;
mod remote;
mod repository;
mod values;
mod version;

pub use archive::{ArchiveError, Files, is_wanted, pack, unpack};
pub use contents::{Chart, Dependency};
pub use lock::{Digest, LOCK, Lock};
pub use reference::{Pin, Reference, pins};
pub use remote::{Fetched, Listed, Remote, RemoteError};
pub use values::{ValuesFile, check};
pub use version::Version;
