//! What is on the disk, for each file that a render claims or an earlier one wrote.
//!
//! Each folder is listed once, level by level: that tells for all of its files at once whether they are there and
//! whether one is a link, and a folder that is missing, or is a link, is never looked into. Then the files that are
//! there are read on all cores. Bytes are compared with the rendered text; only where they differ, or where no text is
//! at hand, are they hashed.

use std::collections::{BTreeSet, HashMap};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read};

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::error::{Doing, Error};
use super::folder::{Folder, Kind, is_leftover};
use super::lock::Digest;
use crate::tree::OutputPath;

/// A file that the tree holds, or that an earlier render wrote.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim<'a> {
    pub(super) path: &'a OutputPath,
    /// What is to be there; `None` for a file that the tree does not hold.
    pub(super) text: Option<&'a str>,
}

/// What stands at a claimed path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    Missing,
    /// A file with the claimed text.
    Same,
    /// A file with other bytes, or one without a text to compare it with.
    Bytes(Digest),
    /// A folder. `stranger` is something in it that no claim covers.
    Folder {
        stranger: Option<String>,
    },
    Link,
    Special,
}

/// The disk as it was found.
#[derive(Debug, Default)]
pub(super) struct Observed<'a> {
    /// What stands at each claim, in their order.
    pub(super) seen: Vec<Seen>,
    /// The folders of claims that are there and are real folders; the root is the empty path.
    pub(super) folders: BTreeSet<&'a str>,
    /// Paths that are to be folders and are something else.
    pub(super) odd_folders: Vec<(&'a str, Kind)>,
    /// Files that a killed render left half-written.
    pub(super) leftovers: Vec<String>,
    /// What is in the folders of claims, and neither a claim nor above one. The program's own files are not meant.
    pub(super) strangers: Vec<(String, Kind)>,
}

/// Looks at every claim. `claims` are sorted by path.
pub(super) fn observe<'a>(folder: &Folder, claims: &[Claim<'a>]) -> Result<Observed<'a>, Error> {
    let mut observed = Observed::default();
    let nodes = nodes(claims.iter().map(|claim| claim.path.as_str()));
    let kinds = list(folder, &nodes, claims.len(), &mut observed)?;
    let claimed = |path: &str| claims.binary_search_by(|claim| claim.path.as_str().cmp(path)).is_ok();
    let look = |buffer: &mut Vec<u8>, (claim, kind): (&Claim<'_>, Kind)| {
        let path = claim.path.as_str();
        match kind {
            Kind::Missing => Ok(Seen::Missing),
            Kind::Link => Ok(Seen::Link),
            Kind::Special => Ok(Seen::Special),
            Kind::File => read(folder, path, claim.text, buffer),
            Kind::Folder if claim.text.is_none() => Ok(Seen::Folder { stranger: None }),
            Kind::Folder => Ok(Seen::Folder { stranger: stranger(folder, path, &observed.folders, &claimed)? }),
        }
    };
    observed.seen =
        claims.par_iter().zip(kinds).with_min_len(32).map_init(Vec::new, look).collect::<Result<Vec<_>, Error>>()?;
    Ok(observed)
}

/// Whether every file is there with exactly the digest that goes with it, and, where that is asked for, no other.
/// `files` are sorted by path.
pub(super) fn all_match(folder: &Folder, files: &[(&OutputPath, Digest)], alone: bool) -> Result<bool, Error> {
    let mut observed = Observed::default();
    let nodes = nodes(files.iter().map(|(path, _)| path.as_str()));
    let kinds = list(folder, &nodes, files.len(), &mut observed)?;
    if kinds.iter().any(|kind| *kind != Kind::File) || alone && !observed.strangers.is_empty() {
        return Ok(false);
    }
    let matches = |buffer: &mut Vec<u8>, (path, digest): &(&OutputPath, Digest)| {
        read(folder, path.as_str(), None, buffer).map(|seen| seen == Seen::Bytes(*digest))
    };
    // Stops at the first file that differs: `Err(Ok(()))` is that, `Err(Err(_))` a failure.
    let result = files.par_iter().with_min_len(32).map_init(Vec::new, matches).try_for_each(|matched| match matched {
        Ok(true) => Ok(()),
        Ok(false) => Err(Ok(())),
        Err(error) => Err(Err(error)),
    });
    match result {
        Ok(()) => Ok(true),
        Err(Ok(())) => Ok(false),
        Err(Err(error)) => Err(error),
    }
}

/// A folder with claims in it or below it.
struct Node<'a> {
    path: &'a str,
    /// Name and index of each claim right in it.
    files: Vec<(&'a str, usize)>,
    /// Name and index of each node right in it.
    folders: Vec<(&'a str, usize)>,
}

/// The folders above `paths`; the first is the root.
fn nodes<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<Node<'a>> {
    let mut nodes = vec![Node { path: "", files: Vec::new(), folders: Vec::new() }];
    let mut index = HashMap::from([("", 0)]);
    for (at, path) in paths.enumerate() {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let node = node_at(parent, &mut nodes, &mut index);
        nodes[node].files.push((name, at));
    }
    nodes
}

fn node_at<'a>(path: &'a str, nodes: &mut Vec<Node<'a>>, index: &mut HashMap<&'a str, usize>) -> usize {
    if let Some(&node) = index.get(path) {
        return node;
    }
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    let parent = node_at(parent, nodes, index);
    let node = nodes.len();
    nodes.push(Node { path, files: Vec::new(), folders: Vec::new() });
    nodes[parent].folders.push((name, node));
    index.insert(path, node);
    node
}

/// Lists every real folder and returns the kind of each claim.
fn list<'a>(
    folder: &Folder,
    nodes: &[Node<'a>],
    claims: usize,
    observed: &mut Observed<'a>,
) -> Result<Vec<Kind>, Error> {
    let mut kinds = vec![Kind::Missing; claims];
    let mut level = vec![0];
    while !level.is_empty() {
        let entries =
            level.par_iter().map(|&node| entries(folder, nodes[node].path)).collect::<Result<Vec<_>, Error>>()?;
        let mut next = Vec::new();
        for (node, entries) in level.into_iter().map(|node| &nodes[node]).zip(entries) {
            let Some(mut entries) = entries else { continue };
            observed.folders.insert(node.path);
            let kind = |name: &str| entries.get(OsStr::new(name)).copied().unwrap_or(Kind::Missing);
            for &(name, claim) in &node.files {
                kinds[claim] = kind(name);
            }
            for &(name, child) in &node.folders {
                match kind(name) {
                    Kind::Missing => {}
                    Kind::Folder => next.push(child),
                    kind => observed.odd_folders.push((nodes[child].path, kind)),
                }
            }
            // What is left is claimed by nobody.
            for (name, _) in node.files.iter().chain(&node.folders) {
                entries.remove(OsStr::new(name));
            }
            let mut left: Vec<_> = entries.into_iter().collect();
            left.sort_unstable_by(|one, other| one.0.cmp(&other.0));
            for (name, kind) in left {
                let path = below(node.path, &name.to_string_lossy());
                if is_leftover(&name) {
                    observed.leftovers.push(path);
                } else if ![OutputPath::LOCK, OutputPath::WORK].contains(&path.as_str()) {
                    observed.strangers.push((path, kind));
                }
            }
        }
        level = next;
    }
    observed.leftovers.sort();
    observed.strangers.sort_unstable_by(|one, other| one.0.cmp(&other.0));
    Ok(kinds)
}

fn below(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Every file and link at and below `path`, which stands there as `kind`, with what it is.
pub(super) fn files_at(folder: &Folder, path: &str, kind: Kind) -> Result<Vec<(String, Kind)>, Error> {
    if kind != Kind::Folder {
        return Ok(vec![(path.to_owned(), kind)]);
    }
    let mut inner: Vec<_> = entries(folder, path)?.unwrap_or_default().into_iter().collect();
    inner.sort_unstable_by(|one, other| one.0.cmp(&other.0));
    let inner = inner.into_iter().filter(|(name, _)| !is_leftover(name));
    let all = inner.map(|(name, kind)| files_at(folder, &below(path, &name.to_string_lossy()), kind));
    Ok(all.collect::<Result<Vec<_>, _>>()?.concat())
}

/// Names and kinds of what is in a folder; `None` if it is not there.
fn entries(folder: &Folder, path: &str) -> Result<Option<HashMap<OsString, Kind>>, Error> {
    let listing = match fs::read_dir(folder.join(path)) {
        Ok(listing) => listing,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(folder.failed(Doing::Read, path)(error)),
    };
    let entry = |entry: io::Result<fs::DirEntry>| {
        let entry = entry?;
        Ok((entry.file_name(), Kind::of(entry.file_type()?)))
    };
    listing.map(entry).collect::<io::Result<_>>().map(Some).map_err(folder.failed(Doing::Read, path))
}

/// Something in the folder `path`, at any depth, that is neither a claim nor a folder above one.
fn stranger(
    folder: &Folder,
    path: &str,
    folders: &BTreeSet<&str>,
    claimed: &(dyn Fn(&str) -> bool + Sync),
) -> Result<Option<String>, Error> {
    if !folders.contains(path) {
        return Ok(Some(path.to_owned()));
    }
    let mut entries: Vec<_> = entries(folder, path)?.unwrap_or_default().into_iter().collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, kind) in entries {
        if is_leftover(&name) {
            continue;
        }
        let inner = below(path, &name.to_string_lossy());
        let found = match kind {
            Kind::Folder => stranger(folder, &inner, folders, claimed)?,
            Kind::File if claimed(&inner) => None,
            _ => Some(inner),
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Reads a file through `buffer`, whatever its size, and compares it with `text` or hashes it.
fn read(folder: &Folder, path: &str, text: Option<&str>, buffer: &mut Vec<u8>) -> Result<Seen, Error> {
    const BUFFER: usize = 64 * 1024;
    buffer.resize(BUFFER, 0);
    match File::open(folder.join(path)).and_then(|mut file| compare(&mut file, text, buffer)) {
        Ok(seen) => Ok(seen),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Seen::Missing),
        Err(error) => Err(folder.failed(Doing::Read, path)(error)),
    }
}

fn compare(file: &mut impl Read, text: Option<&str>, buffer: &mut [u8]) -> io::Result<Seen> {
    let expected = text.unwrap_or_default().as_bytes();
    let mut same = 0;
    let mut hasher = text.is_none().then(Sha256::new);
    loop {
        let count = match file.read(buffer) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let chunk = &buffer[..count];
        if hasher.is_none() && count > 0 {
            if expected[same..].starts_with(chunk) {
                same += count;
                continue;
            }
            hasher = Some(Sha256::new_with_prefix(&expected[..same]));
        }
        match &mut hasher {
            Some(hasher) if count > 0 => hasher.update(chunk),
            Some(_) => break,
            None if same == expected.len() => return Ok(Seen::Same),
            None => return Ok(Seen::Bytes(Digest::of(&expected[..same]))),
        }
    }
    Ok(Seen::Bytes(hasher.map_or_else(|| Digest::of(b""), Digest::from)))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn bytes_are_hashed_only_from_where_they_differ_and_come_out_right() {
        let seen = |bytes: &str, text: Option<&str>| {
            let mut buffer = [0; 4];
            compare(&mut bytes.as_bytes(), text, &mut buffer).unwrap()
        };
        for bytes in ["", "abcd", "abcdefgh", "abcdefghi"] {
            let digest = Seen::Bytes(Digest::of(bytes.as_bytes()));
            assert_eq!(seen(bytes, None), digest);
            assert_eq!(seen(bytes, Some(bytes)), Seen::Same);
            for text in ["x", "abc", "abcdefghij", "abcdefgX", "abcdX"] {
                assert_eq!(seen(bytes, Some(text)), digest, "{bytes:?} against {text:?}");
            }
        }
        assert_eq!(seen("abcd", Some("")), Seen::Bytes(Digest::of(b"abcd")));
    }

    #[test]
    fn every_folder_above_a_path_is_a_node_once() {
        let nodes = nodes(["a/b/c", "a/b-d", "a/b/e", "f"].into_iter());
        let paths: Vec<_> = nodes.iter().map(|node| (node.path, node.files.len(), node.folders.len())).collect();
        assert_eq!(paths, [("", 1, 1), ("a", 1, 1), ("a/b", 2, 0)]);
    }
}
