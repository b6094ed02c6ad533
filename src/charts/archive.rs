//! Archives of charts: a `.tgz` with one folder, unpacked in memory and under limits.
//!
//! An archive comes from the network. Nothing of it is ever written by the names that it gives: what is kept are the few
//! files that checks read, by their paths below the chart's folder.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Component, Path};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

/// The files of a chart by their paths below its folder.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Far above the largest charts that are published: 10,000 entries, 100 MiB together, 16 MiB for a file that is read.
const LIMITS: Limits = Limits { entries: 10_000, total: 100 * 1024 * 1024, file: 16 * 1024 * 1024 };

/// How deep charts stand in charts.
const NESTING: usize = 8;

#[derive(Debug, Clone, Copy)]
struct Limits {
    entries: usize,
    total: u64,
    file: u64,
}

/// An archive that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It is no gzip, no tar, or was cut off.
    #[error("it is no whole archive of gzip and tar")]
    Unreadable(#[source] io::Error),
    /// It unpacks to more than any chart has.
    #[error("it unpacks to more than {0}")]
    TooLarge(String),
    /// It names a place outside its own folder.
    #[error("it names the path `{0}`, which is not below one folder")]
    Outside(String),
    /// It holds no chart.
    #[error("it has no Chart.yaml")]
    NoChart,
    /// What it says of itself can't be read.
    #[error("its {0} can't be read: {1}")]
    Contents(String, String),
}

/// The files of an archive that say something about values, and its CRDs.
///
/// # Errors
/// It is broken, tries to leave its folder, or is larger than any chart.
pub fn unpack(archive: &[u8]) -> Result<Files, ArchiveError> {
    unpack_within(archive, LIMITS)
}

fn unpack_within(archive: &[u8], limits: Limits) -> Result<Files, ArchiveError> {
    let too_large = || ArchiveError::TooLarge(format!("{} MiB", limits.total / (1024 * 1024)));
    let mut limited = Counted { inner: MultiGzDecoder::new(archive), left: limits.total, is_over: false };
    let mut files = Files::new();
    let read = read_entries(&mut limited, &mut files, limits);
    if limited.is_over {
        return Err(too_large());
    }
    read?;
    // The rest is read too: the checksum of gzip stands at its end.
    let rest = io::copy(&mut limited, &mut io::sink());
    if limited.is_over {
        return Err(too_large());
    }
    rest.map_err(ArchiveError::Unreadable)?;
    if files.contains_key("Chart.yaml") { Ok(files) } else { Err(ArchiveError::NoChart) }
}

fn read_entries(reader: impl Read, files: &mut Files, limits: Limits) -> Result<(), ArchiveError> {
    let mut archive = tar::Archive::new(reader);
    let mut root: Option<String> = None;
    for (at, entry) in archive.entries().map_err(ArchiveError::Unreadable)?.enumerate() {
        if at >= limits.entries {
            return Err(ArchiveError::TooLarge(format!("{} files", limits.entries)));
        }
        let mut entry = entry.map_err(ArchiveError::Unreadable)?;
        let path = entry.path().map_err(ArchiveError::Unreadable)?.into_owned();
        let kind = entry.header().entry_type();
        if kind.is_pax_global_extensions() {
            continue;
        }
        let (folder, below) = split(&path).ok_or_else(|| ArchiveError::Outside(path.display().to_string()))?;
        if *root.get_or_insert_with(|| folder.clone()) != folder {
            return Err(ArchiveError::Outside(path.display().to_string()));
        }
        // Links and devices are no part of a chart.
        if !kind.is_file() || !is_wanted(&below) {
            continue;
        }
        if entry.size() > limits.file {
            return Err(ArchiveError::TooLarge(format!("{} MiB for one file", limits.file / (1024 * 1024))));
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(ArchiveError::Unreadable)?;
        files.insert(below, bytes);
    }
    Ok(())
}

/// The first folder of a path, and the rest below it; none where it leaves that folder.
fn split(path: &Path) -> Option<(String, String)> {
    let mut parts = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    let (first, rest) = parts.split_first()?;
    Some(((*first).to_owned(), rest.join("/")))
}

/// Whether anything reads the file: what charts say about values, their CRDs, and charts within charts.
pub fn is_wanted(path: &str) -> bool {
    let mut rest = path;
    for _ in 0..NESTING {
        let Some(below) = rest.strip_prefix("charts/") else { break };
        match below.split_once('/') {
            Some((_, inside)) => rest = inside,
            None => return Path::new(below).extension().is_some_and(|ending| ending == "tgz"),
        }
    }
    match rest.split_once('/') {
        None => matches!(rest, "Chart.yaml" | "requirements.yaml" | "values.yaml" | "values.schema.json"),
        Some(("crds", file)) => {
            let ending = Path::new(file).extension().and_then(|ending| ending.to_str());
            matches!(ending, Some("yaml" | "yml" | "json"))
        }
        Some(_) => false,
    }
}

/// An archive of the files of a chart named `name`; the same files give the same bytes.
pub fn pack(name: &str, files: &Files) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        // Into memory, so it can only fail by a path that no chart has.
        let _ = tar.append_data(&mut header, format!("{name}/{path}"), bytes.as_slice());
    }
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    let _ = tar.into_inner().and_then(|tar| io::Write::write_all(&mut packed, &tar));
    packed.finish().unwrap_or_default()
}

/// Reads at most `left` bytes, and then says that there would have been more.
struct Counted<R> {
    inner: R,
    left: u64,
    is_over: bool,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        match self.left.checked_sub(read as u64) {
            Some(left) => self.left = left,
            None => {
                self.is_over = true;
                return Err(io::Error::other("too large"));
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn files(entries: &[(&str, &str)]) -> Files {
        entries.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
    }

    /// An archive with raw names and kinds, which a well-meaning writer would not make.
    fn hostile(entries: &[(&str, tar::EntryType, &[u8])]) -> Vec<u8> {
        let mut tar = tar::Builder::new(Vec::new());
        for (path, kind, bytes) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_entry_type(*kind);
            header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
            header.set_cksum();
            tar.append(&header, *bytes).unwrap();
        }
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        io::Write::write_all(&mut packed, &tar.into_inner().unwrap()).unwrap();
        packed.finish().unwrap()
    }

    #[test]
    fn what_says_something_about_values_is_kept() {
        let all = files(&[
            ("Chart.yaml", "name: a"),
            ("values.yaml", "a: 1"),
            ("README.md", "no"),
            ("templates/values.yaml", "no"),
            ("crds/a.yaml", "kind: CustomResourceDefinition"),
            ("crds/README.md", "no"),
            ("charts/below/values.yaml", "b: 1"),
            ("charts/below/charts/deep/values.schema.json", "{}"),
            ("charts/below/templates/a.yaml", "no"),
            ("charts/packed-1.0.0.tgz", "x"),
            ("charts/README.md", "no"),
        ]);
        let kept = unpack(&pack("a", &all)).unwrap();
        assert!(kept.iter().all(|(path, bytes)| all[path] == *bytes));
        let wanted = all.iter().filter(|(_, bytes)| bytes.as_slice() != b"no").map(|(path, _)| path);
        assert_eq!(kept.keys().collect::<Vec<_>>(), wanted.collect::<Vec<_>>());
        assert_eq!(pack("a", &all), pack("a", &all));
    }

    #[test]
    fn no_path_leaves_the_folder() {
        let regular = tar::EntryType::Regular;
        for path in ["../Chart.yaml", "a/../../Chart.yaml", "/a/Chart.yaml", "b/Chart.yaml"] {
            let archive = hostile(&[("a/Chart.yaml", regular, b"name: a"), (path, regular, b"x")]);
            let refused = unpack(&archive).unwrap_err();
            assert!(matches!(refused, ArchiveError::Outside(_)), "{path}: {refused}");
        }
        // A link is passed over, whatever it is called.
        let linked = hostile(&[("a/Chart.yaml", regular, b"x"), ("a/values.yaml", tar::EntryType::Symlink, b"")]);
        assert_eq!(unpack(&linked).unwrap().keys().collect::<Vec<_>>(), ["Chart.yaml"]);
    }

    #[test]
    fn bombs_are_left_unpacked() {
        let limits = Limits { entries: 3, total: 20_000, file: 5_000 };
        let chart = ("Chart.yaml", "name: a");
        let refused =
            |entries: &[(&str, &str)]| unpack_within(&pack("a", &files(entries)), limits).unwrap_err().to_string();
        let (large, huge) = ("x".repeat(6_000), "x".repeat(30_000));
        assert_eq!(refused(&[chart, ("values.yaml", &large)]), "it unpacks to more than 0 MiB for one file");
        assert_eq!(refused(&[chart, ("templates/a", &huge)]), "it unpacks to more than 0 MiB");
        assert_eq!(refused(&[chart, ("b", ""), ("c", ""), ("d", "")]), "it unpacks to more than 3 files");
        // Zeros behind the end of the tar are a bomb as well.
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        io::Write::write_all(&mut packed, &vec![0; 30_000]).unwrap();
        let refused = unpack_within(&packed.finish().unwrap(), limits).unwrap_err();
        assert_eq!(refused.to_string(), "it unpacks to more than 0 MiB");
    }

    #[test]
    fn what_is_no_archive_is_refused_and_so_is_half_of_one() {
        let whole = pack("a", &files(&[("Chart.yaml", "name: a"), ("values.yaml", &"a: 1\n".repeat(1000))]));
        assert!(unpack(&whole).is_ok());
        for cut in [0, 1, 10, whole.len() / 2, whole.len() - 1] {
            assert!(unpack(&whole[..cut]).is_err(), "{cut}");
        }
        let mut flipped = whole.clone();
        let last = flipped.len() - 6;
        flipped[last] ^= 1;
        assert!(matches!(unpack(&flipped), Err(ArchiveError::Unreadable(_))));
        assert!(matches!(unpack(b"<html>"), Err(ArchiveError::Unreadable(_))));
        assert!(matches!(unpack(&pack("a", &files(&[("values.yaml", "")]))), Err(ArchiveError::NoChart)));
    }
}
