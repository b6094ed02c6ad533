//! The rendered files of one environment, in memory: what `out/<env>/` is to hold.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::model::EnvironmentName;

/// The name under which the program itself is an input of a tree.
pub const PROGRAM: &str = "program";

/// A file's path below `out/<env>/`, with `/` between segments. It can't leave that folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct OutputPath(String);

/// Why a text is not an output path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// The path is empty, or a segment of it is.
    #[error("it has an empty segment")]
    Empty,
    /// A segment is `.` or `..`, or the path is absolute.
    #[error("it would leave the folder of its environment")]
    Outside,
    /// A segment has a character that some file system can't hold, or begins like one of the program's own files.
    #[error("`{0}` can't stand in a file name")]
    Character(char),
    /// The name is one that the program keeps for itself.
    #[error("the name is kept for the program's own files")]
    Reserved,
}

impl OutputPath {
    /// The name of the lock file, which no template may claim.
    pub const LOCK: &str = "render.lock";
    /// How the names of files that are only there during a write begin, in every folder; no template may claim one.
    pub const WORK: &str = ".render-work";

    /// Checks that `path` stays below the environment's folder on every system.
    ///
    /// # Errors
    /// Says which rule the path breaks.
    pub fn parse(path: &str) -> Result<Self, PathError> {
        if path.starts_with('/') {
            return Err(PathError::Outside);
        }
        for segment in path.split('/') {
            match segment {
                "" => return Err(PathError::Empty),
                "." | ".." => return Err(PathError::Outside),
                _ => {}
            }
            let is_bad = |c: &char| c.is_control() || matches!(c, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
            if let Some(bad) = segment.chars().find(is_bad) {
                return Err(PathError::Character(bad));
            }
        }
        if path == Self::LOCK || path.split('/').any(|segment| segment.starts_with(Self::WORK)) {
            return Err(PathError::Reserved);
        }
        Ok(Self(path.to_owned()))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Equal, ordered and hashed as its text, so that a map of paths answers to a part of a longer path.
impl Borrow<str> for OutputPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OutputPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One file as it is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedFile {
    /// The exact bytes.
    pub text: String,
    /// The template that made it, as a path from the project's root.
    pub template: String,
}

/// All files of one environment, in the order of their paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// Whose files these are.
    pub environment: EnvironmentName,
    /// SHA-256, in hex, of everything that the render read, on one line; with a remark if there were warnings.
    pub inputs: String,
    /// The inputs that took part, by their paths, each with the first digits of its SHA-256 in hex: what tells later
    /// which of them has changed since.
    pub sources: BTreeMap<String, String>,
    /// The files by path.
    pub files: BTreeMap<OutputPath, RenderedFile>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_in_its_folder() {
        assert!(OutputPath::parse("apps/lofi.yaml").is_ok());
        for (path, error) in [
            ("", PathError::Empty),
            ("a//b", PathError::Empty),
            ("a/", PathError::Empty),
            ("/etc/passwd", PathError::Outside),
            ("../dev/x", PathError::Outside),
            ("a/./b", PathError::Outside),
            ("a/../../b", PathError::Outside),
            ("a\\b", PathError::Character('\\')),
            ("a\nb", PathError::Character('\n')),
            ("render.lock", PathError::Reserved),
            (".render-work/x", PathError::Reserved),
            ("apps/.render-work-0", PathError::Reserved),
        ] {
            assert_eq!(OutputPath::parse(path), Err(error), "{path:?}");
        }
    }
}
