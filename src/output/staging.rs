//! New folders are filled under a temporary name and get their own at the end, with everything that is in them.
//!
//! A file in a folder that nobody knows yet needs no name for the time being: one rename makes all of them appear, whole
//! and at once. In a first render that is two renames instead of one per file, half of what it costs to write them.

use std::collections::BTreeMap;

use super::plan::folders_above;
use crate::tree::OutputPath;

/// The outermost of the new folders, each with the temporary name that it is filled under.
#[derive(Debug)]
pub(super) struct Staging<'a>(BTreeMap<&'a str, String>);

impl<'a> Staging<'a> {
    /// The stages for `folders`, which are sorted.
    pub(super) fn of(folders: &'a [String]) -> Self {
        let mut stages = BTreeMap::new();
        for folder in folders {
            if folders_above(folder).any(|above| stages.contains_key(above)) {
                continue;
            }
            let parent = folder.rsplit_once('/').map_or_else(String::new, |(parent, _)| format!("{parent}/"));
            stages.insert(folder.as_str(), format!("{parent}{}-new-{}", OutputPath::WORK, stages.len()));
        }
        Self(stages)
    }

    /// Where `path`, a file or a folder, is made, if it is in a new folder or is one.
    pub(super) fn place(&self, path: &str) -> Option<String> {
        let mut folders = std::iter::once(path).chain(folders_above(path));
        let (folder, stage) = folders.find_map(|folder| self.0.get_key_value(folder))?;
        Some(format!("{stage}{}", &path[folder.len()..]))
    }

    /// The new folders, each with its temporary name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(folder, stage)| (*folder, stage.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_in_a_new_folder_is_made_under_the_temporary_name_of_the_outermost_one() {
        let folders = ["a", "a-b", "a/b", "a/b/c", "old/x"].map(str::to_owned);
        let staging = Staging::of(&folders);
        let stages: Vec<_> = staging.iter().collect();
        assert_eq!(
            stages,
            [("a", ".render-work-new-0"), ("a-b", ".render-work-new-1"), ("old/x", "old/.render-work-new-2")]
        );
        for (path, place) in [
            ("a", Some(".render-work-new-0")),
            ("a/b/c/file", Some(".render-work-new-0/b/c/file")),
            ("a-b/file", Some(".render-work-new-1/file")),
            ("old/x/file", Some("old/.render-work-new-2/file")),
            ("old/file", None),
            ("file", None),
        ] {
            assert_eq!(staging.place(path).as_deref(), place, "{path}");
        }
    }
}
