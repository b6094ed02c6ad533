//! Repositories with an index: `index.yaml` lists every version of every chart, with its digest and address.

use std::sync::Arc;

use crate::source::Source;
use crate::yaml::{Limits, Node, load_one};

/// What an index says of one version of a chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) version: String,
    /// As the index writes it: relative to the repository, or absolute.
    pub(super) url: Option<String>,
    pub(super) digest: Option<String>,
    pub(super) is_deprecated: bool,
}

/// The text of an index. Large ones have tens of megabytes, of which one chart is a small part.
#[derive(Debug)]
pub(super) struct Index {
    text: String,
}

impl Index {
    pub(super) fn new(text: String) -> Self {
        Self { text }
    }

    /// The versions of a chart, in the order of the index; none where it is not there.
    ///
    /// # Errors
    /// What the index says can't be read.
    pub(super) fn chart(&self, name: &str) -> Result<Option<Vec<Entry>>, String> {
        let part = self.part(name);
        let is_part = part.is_some();
        let source = Source::new("index.yaml", part.unwrap_or_else(|| self.text.clone()));
        let read = |source: &Arc<Source>| load_one(source, Limits::default()).map_err(|found| found.message);
        let root = match read(&source) {
            // A part that can't be read alone may be one with an anchor elsewhere.
            Err(_) if is_part => read(&Source::new("index.yaml", self.text.as_str()))?,
            read => read?,
        };
        let entries = root.child("entries").ok_or("it has no `entries`")?;
        Ok(entries.child(name).and_then(Node::as_seq).map(|versions| versions.iter().filter_map(entry).collect()))
    }

    /// The names of all charts, as far as the usual form of an index shows them: for suggestions.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.text.lines().filter_map(|line| key_of_chart(line))
    }

    /// The lines about one chart as an index of their own. Only in the form that Helm writes: others are read whole.
    fn part(&self, name: &str) -> Option<String> {
        let entries = if self.text.starts_with("entries:\n") { 0 } else { self.text.find("\nentries:\n")? + 1 };
        let body = &self.text[entries + "entries:\n".len()..];
        let mut lines = body.split_inclusive('\n').skip_while(|line| key_of_chart(line) != Some(name));
        let first = lines.next()?;
        let rest = lines.take_while(|line| line.starts_with("  ") && key_of_chart(line).is_none());
        Some(std::iter::once("entries:\n").chain([first]).chain(rest).collect())
    }
}

/// The name of the chart whose entry begins with this line: `  name:`, indented by two spaces.
fn key_of_chart(line: &str) -> Option<&str> {
    let key = line.strip_prefix("  ")?.trim_end().strip_suffix(':')?;
    let is_name = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    (is_name && !key.is_empty() && !key.starts_with('-')).then_some(key)
}

fn entry(node: &Node) -> Option<Entry> {
    let text = |key: &str| node.child(key).and_then(Node::as_scalar).map(|scalar| scalar.text.clone());
    let urls = node.child("urls").and_then(Node::as_seq).unwrap_or_default();
    Some(Entry {
        version: text("version")?,
        url: urls.iter().find_map(Node::as_scalar).map(|url| url.text.clone()),
        digest: text("digest").filter(|digest| !digest.is_empty()),
        is_deprecated: text("deprecated").is_some_and(|deprecated| deprecated == "true"),
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    const INDEX: &str = "apiVersion: v1\nentries:\n  a:\n  - version: 1.0.0\n    urls:\n    - a-1.0.0.tgz\n    maintainers:\n    \
                         - name:\n  a-b:\n  - &x\n    version: 2.0.0\n    deprecated: true\n    digest: abc\n  c:\n  - *x\n\
                         generated: \"2026-01-01\"\n";

    fn versions(text: &str, name: &str) -> Result<Option<Vec<String>>, String> {
        let found = Index::new(text.to_owned()).chart(name)?;
        Ok(found.map(|entries| entries.into_iter().map(|entry| entry.version).collect()))
    }

    #[test]
    fn a_chart_is_read_without_the_others() {
        let index = Index::new(INDEX.to_owned());
        let found = index.chart("a").unwrap().unwrap();
        let expected =
            Entry { version: "1.0.0".into(), url: Some("a-1.0.0.tgz".into()), digest: None, is_deprecated: false };
        assert_eq!(found, [expected]);
        assert!(index.chart("a-b").unwrap().unwrap()[0].is_deprecated);
        assert_eq!(index.chart("d").unwrap(), None);
        assert_eq!(index.names().collect::<Vec<_>>(), ["a", "a-b", "c"]);
        // Broken elsewhere, and still good for what is asked.
        let torn = INDEX.replace("deprecated: true", "deprecated: [");
        assert_eq!(versions(&torn, "a").unwrap().unwrap(), ["1.0.0"]);
    }

    #[test]
    fn other_forms_are_read_whole() {
        assert_eq!(versions(INDEX, "c").unwrap().unwrap(), ["2.0.0"]);
        let json = r#"{"apiVersion": "v1", "entries": {"a": [{"version": "1.0.0"}, {"name": "no version"}]}}"#;
        assert_eq!(versions(json, "a").unwrap().unwrap(), ["1.0.0"]);
        let wide = "entries:\n    a:\n        - version: 1.0.0\n";
        assert_eq!(versions(wide, "a").unwrap().unwrap(), ["1.0.0"]);
        assert_eq!(versions("<html>", "a").unwrap_err(), "it has no `entries`");
    }
}
