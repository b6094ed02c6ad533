//! A project whose files are in memory: that of another revision.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Folders, INPUTS, Input, Project, is_input, link_outside, text, too_large};
use crate::diagnostic::Diagnostics;

/// What stands at a path of a project that is not on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A file with these bytes.
    Bytes(Vec<u8>),
    /// A file that is too large to be read, with its size in bytes.
    TooLarge(u64),
    /// A link that leads out of the project, or to nothing.
    Link,
}

impl Project {
    /// The project that has `files`, by their paths from its root; the same are read, and the same are refused, as by
    /// [`Project::load`]. `root` is only passed on.
    pub fn from_memory(root: &Path, files: BTreeMap<String, Content>) -> (Self, Diagnostics) {
        let mut folders = Folders::new();
        for (path, content) in files {
            let Some((folder, name)) = path.split_once('/') else { continue };
            let Some(folder) = INPUTS.into_iter().find(|input| *input == folder) else { continue };
            if is_input(folder, name) && !name.split('/').any(|part| part.starts_with('.')) {
                folders.entry(folder).or_default().insert(name.to_owned(), input(&path, content));
            }
        }
        let mut found = Diagnostics::new();
        let project = Self::of(root, folders, &mut found);
        (project, found)
    }
}

fn input(path: &str, content: Content) -> Input {
    match content {
        Content::Bytes(bytes) => text(path, bytes),
        Content::TooLarge(size) => Err(too_large(path, size)),
        Content::Link => Err(link_outside(path).help("replace the link by the file itself")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;

    #[test]
    fn what_is_read_from_memory_is_what_is_read_from_the_disk() {
        let file = |path: &str, text: &str| (path.to_owned(), Content::Bytes(text.into()));
        let files = BTreeMap::from([
            file("values/dev.yaml", "\u{feff}a: 1\n"),
            file("values/sealed/dev.yaml", ""),
            file("values/certs/dev.pem", "not values"),
            file("values/schema.json", "{}"),
            file("values/prod.yml", ""),
            file("templates/a/b.yaml.j2", "a: 1\n"),
            file("templates/.hidden", ""),
            file("schemas/a.json", "{}"),
            file("schemas/README.md", ""),
            file("README.md", ""),
            ("templates/link".to_owned(), Content::Link),
            ("templates/large".to_owned(), Content::TooLarge(1 << 30)),
            ("templates/latin".to_owned(), Content::Bytes(vec![0xe4])),
        ]);
        let (project, found) = Project::from_memory(Path::new("/"), files);
        assert_eq!(project.values.keys().collect::<Vec<_>>(), ["dev.yaml", "prod.yml", "sealed/dev.yaml"]);
        assert_eq!(project.values["dev.yaml"].as_ref().map(|source| source.text()), Ok("a: 1\n"));
        assert!(project.schema.is_some());
        assert_eq!(project.templates.keys().collect::<Vec<_>>(), ["a/b.yaml.j2"]);
        assert_eq!(project.schemas.len(), 1);
        let codes: Vec<_> = found.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [Code::MisnamedFile, Code::TooLarge, Code::NotUtf8, Code::SymbolicLink]);
    }
}
