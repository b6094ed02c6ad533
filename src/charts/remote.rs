//! Charts from where they are published: a repository with an index, or a registry.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::archive::ArchiveError;
use super::contents::Chart;
use super::lock::Digest;
use super::reference::{Pin, Reference};
use super::registry::{Place, Registries, SCHEME};
use super::repository::Index;
use super::version::Version;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::http::{self, Client, Request, Url};

/// The largest archive that is read: that of the cache, which has to take it.
const ARCHIVE_LIMIT: u64 = 16 * 1024 * 1024;

/// The largest index that is read. Those of large publishers have some 20 MiB.
const INDEX_LIMIT: u64 = 128 * 1024 * 1024;

/// An archive and what it is.
#[derive(Debug)]
pub struct Fetched {
    /// The bytes, as they were published.
    pub archive: Vec<u8>,
    /// Their digest.
    pub digest: Digest,
}

/// A version that is published.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The version.
    pub version: Version,
    /// Whether its publisher advises against it.
    pub is_deprecated: bool,
}

/// A chart could not be had.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The network, or the server behind it.
    #[error(transparent)]
    Http(#[from] http::Error),
    /// The repository has no chart of that name.
    #[error("the repository has no chart `{name}`")]
    UnknownChart {
        /// The name.
        name: String,
        /// A name that it has.
        near: Option<String>,
    },
    /// The chart has no such version.
    #[error("`{name}` has no version `{version}`")]
    UnknownVersion {
        /// The chart.
        name: String,
        /// The version.
        version: String,
        /// A version that it has.
        near: Option<String>,
        /// The newest that it has.
        newest: Option<String>,
    },
    /// The index can't be read.
    #[error("the index of the repository can't be read: {0}")]
    Index(String),
    /// The registry answers in a way that leads nowhere.
    #[error("the registry can't be used: {0}")]
    Registry(String),
    /// Only who is logged in may read it.
    #[error("`{0}` wants a login")]
    Login(String),
    /// What came has other bytes than were announced.
    #[error("the {what} has the digest {found}, and {named} was announced")]
    Digest {
        /// What it is.
        what: &'static str,
        /// What was announced.
        named: Digest,
        /// What came.
        found: Digest,
    },
    /// What came is no archive of a chart.
    #[error("the archive can't be used")]
    Archive(#[from] ArchiveError),
    /// The archive is that of another chart.
    #[error("the archive is that of `{0}`")]
    Other(String),
}

/// Fetches charts and lists of versions. Each index is read once, whoever asks for it.
#[derive(Debug)]
pub struct Remote<'c> {
    client: &'c Client,
    /// Whether registries and repositories on this machine are asked without encryption.
    is_plain: bool,
    indexes: Mutex<BTreeMap<String, Arc<Mutex<Option<Arc<Index>>>>>>,
    registries: Registries,
}

impl<'c> Remote<'c> {
    /// A remote by way of `client`. With `is_plain`, this machine's own servers are asked by HTTP.
    pub fn new(client: &'c Client, is_plain: bool) -> Self {
        Self { client, is_plain, indexes: Mutex::default(), registries: Registries::default() }
    }

    /// The archive of a chart, held to the digest that its publisher announces, and looked into.
    ///
    /// # Errors
    /// It can't be had, or is not what it should be.
    pub fn fetch(&self, reference: &Reference) -> Result<Fetched, RemoteError> {
        let fetched = match reference.repository.strip_prefix(SCHEME) {
            Some(rest) => self.from_registry(reference, rest)?,
            None => self.from_repository(reference)?,
        };
        let chart = Chart::from_archive(&fetched.archive)?;
        let is_same = match (Version::parse(&chart.version), Version::parse(&reference.version)) {
            (Some(found), Some(wanted)) => found.is_same(&wanted),
            _ => chart.version == reference.version,
        };
        if chart.name != reference.name || !is_same {
            return Err(RemoteError::Other(format!("{} {}", chart.name, chart.version)));
        }
        Ok(fetched)
    }

    /// Every version of a chart that is published, in no order.
    ///
    /// # Errors
    /// The list can't be had.
    pub fn versions(&self, repository: &str, name: &str) -> Result<Vec<Listed>, RemoteError> {
        if let Some(rest) = repository.strip_prefix(SCHEME) {
            let tags =
                self.registries.tags(self.client, &self.place(rest, name)?).map_err(|error| absent(error, name))?;
            // A tag can't have a plus sign, so Helm writes another.
            let versions = tags.iter().filter_map(|tag| Version::parse(&tag.replace('_', "+")));
            return Ok(versions.map(|version| Listed { version, is_deprecated: false }).collect());
        }
        let (index, _) = self.index(repository)?;
        let entries = index.chart(name).map_err(RemoteError::Index)?.ok_or_else(|| unknown_chart(&index, name))?;
        let listed = |entry: super::repository::Entry| {
            Some(Listed { version: Version::parse(&entry.version)?, is_deprecated: entry.is_deprecated })
        };
        Ok(entries.into_iter().filter_map(listed).collect())
    }

    fn from_repository(&self, reference: &Reference) -> Result<Fetched, RemoteError> {
        let name = reference.name.as_str();
        let (index, base) = self.index(&reference.repository)?;
        let entries = index.chart(name).map_err(RemoteError::Index)?.ok_or_else(|| unknown_chart(&index, name))?;
        let wanted = Version::parse(&reference.version);
        let is_same = |version: &str| Version::parse(version).zip(wanted.as_ref()).is_some_and(|(a, b)| a.is_same(b));
        let exact = entries.iter().find(|entry| entry.version == reference.version);
        let Some(entry) = exact.or_else(|| entries.iter().find(|entry| is_same(&entry.version))) else {
            return Err(unknown_version(reference, entries.iter().map(|entry| entry.version.as_str())));
        };
        let problem = |problem: &str| RemoteError::Index(format!("{reference} {problem}"));
        let url = entry.url.as_deref().ok_or_else(|| problem("has no address"))?;
        let url = base.join(url).map_err(|bad| problem(&format!("has an address that {bad}")))?;
        if base.is_https() && !url.is_https() {
            return Err(problem("has an address that is not encrypted"));
        }
        let archive = self.client.send(&Request::get(url).limit(ARCHIVE_LIMIT))?.success()?.body;
        let digest = Digest::of(&archive);
        if let Some(named) = &entry.digest {
            let named = Digest::parse(named).ok_or_else(|| problem("has a digest that is none"))?;
            if named != digest {
                return Err(RemoteError::Digest { what: "archive", named, found: digest });
            }
        }
        Ok(Fetched { archive, digest })
    }

    fn from_registry(&self, reference: &Reference, rest: &str) -> Result<Fetched, RemoteError> {
        let place = self.place(rest, &reference.name)?;
        let tag = reference.version.replace('+', "_");
        let fetched = self.registries.archive(self.client, &place, &tag, ARCHIVE_LIMIT);
        let (archive, digest) = fetched.map_err(|error| match error {
            RemoteError::Http(error) if error.status() == Some(404) => {
                match self.versions(&reference.repository, &reference.name) {
                    Ok(listed) => unknown_version(reference, listed.iter().map(|listed| listed.version.as_str())),
                    Err(_) => RemoteError::UnknownChart { name: reference.name.clone(), near: None },
                }
            }
            error => error,
        })?;
        Ok(Fetched { archive, digest })
    }

    fn place(&self, rest: &str, name: &str) -> Result<Place, RemoteError> {
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let registry = self.url(&format!("https://{host}"))?;
        let path = [path, name].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("/");
        Ok(Place { registry, path })
    }

    /// An address of the values, for this machine without encryption where that was asked for.
    fn url(&self, text: &str) -> Result<Url, RemoteError> {
        let bad = |problem: http::BadUrl| RemoteError::Index(format!("its address {problem}"));
        let url = Url::parse(text).map_err(bad)?;
        if self.is_plain && url.is_loopback() {
            return Url::parse(&text.replacen("https://", "http://", 1)).map_err(bad);
        }
        Ok(url)
    }

    /// The index of a repository, and the address that its own addresses are relative to.
    fn index(&self, repository: &str) -> Result<(Arc<Index>, Url), RemoteError> {
        let base = self.url(repository)?.below("index.yaml");
        let slot = {
            let mut indexes = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(indexes.entry(repository.to_owned()).or_default())
        };
        // Who needs the same index waits for it here, and finds it.
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = &*slot {
            return Ok((Arc::clone(index), base));
        }
        let response = self.client.send(&Request::get(base.clone()).compressed().limit(INDEX_LIMIT))?.success()?;
        let index = Arc::new(Index::new(response.text()?.to_owned()));
        *slot = Some(Arc::clone(&index));
        Ok((index, base))
    }
}

fn absent(error: RemoteError, name: &str) -> RemoteError {
    match error {
        RemoteError::Http(error) if error.status() == Some(404) => {
            RemoteError::UnknownChart { name: name.to_owned(), near: None }
        }
        error => error,
    }
}

fn unknown_chart(index: &Index, name: &str) -> RemoteError {
    RemoteError::UnknownChart { name: name.to_owned(), near: nearest(name, index.names()).map(str::to_owned) }
}

fn unknown_version<'a>(reference: &Reference, versions: impl Iterator<Item = &'a str> + Clone) -> RemoteError {
    let newest = Version::newest(versions.clone().filter_map(Version::parse), false);
    // Patches of the same minor release are nearer than what looks alike.
    let minor = reference.version.rsplit_once('.').map_or("", |(minor, _)| minor);
    let patches = versions.filter(|version| version.strip_prefix(minor).is_some_and(|rest| rest.starts_with('.')));
    let near = Version::newest(patches.filter_map(Version::parse), true);
    let text = |version: Option<Version>| version.map(|version| version.as_str().to_owned());
    RemoteError::UnknownVersion {
        name: reference.name.clone(),
        version: reference.version.clone(),
        near: text(near),
        newest: text(newest),
    }
}

impl RemoteError {
    /// The finding at the place in the values that pins the chart.
    pub fn diagnostic(&self, pin: &Pin) -> Diagnostic {
        let Pin { reference, at, .. } = pin;
        let code = match self {
            Self::UnknownChart { .. } | Self::UnknownVersion { .. } => Code::ChartNotFound,
            Self::Digest { .. } | Self::Archive(_) | Self::Other(_) => Code::ChartArchive,
            _ => Code::ChartSource,
        };
        let causes = std::iter::successors(std::error::Error::source(self), |error| error.source());
        let mut found = Diagnostic::error(code, format!("could not get {reference}: {self}"))
            .at(at.clone(), "")
            .note(format!("from {}", reference.repository));
        for cause in causes {
            found = found.note(cause.to_string());
        }
        match self {
            Self::Http(error) => found.help(error.help()),
            Self::UnknownChart { near: Some(near), .. } => found.help(format!("did you mean `{near}`?")),
            Self::UnknownChart { .. } => found.help("see that the name and the repository are right"),
            Self::UnknownVersion { near, newest, .. } => {
                let newest = newest.iter().map(|version| format!("the newest is `{version}`"));
                let near = near.iter().map(|version| format!("there is `{version}`"));
                let known: Vec<_> = near.chain(newest).collect();
                let known = if known.is_empty() { "see that the version is right".to_owned() } else { known.join("; ") };
                found.help(known)
            }
            Self::Index(_) | Self::Registry(_) => found.help("see that the repository is right"),
            Self::Login(_) => found.help(
                "logging in is not supported: fetch it with `helm pull`, and take it by `render charts pull --from DIR`",
            ),
            Self::Digest { .. } => found
                .note("nothing of it was kept")
                .help("try again; if it stays, tell the publisher: what is announced and what is served differ"),
            Self::Archive(_) | Self::Other(_) => found.note("nothing of it was kept").help("tell the publisher"),
        }
    }
}
