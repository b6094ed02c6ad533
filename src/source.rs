//! Text that was read, and places in it.
//!
//! A [`Source`] is one file as the reader found it. A [`Location`] points into one, and travels with every value
//! and every diagnostic, so that a message can always show the line that is meant. Nothing here touches the disk.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// The text of one file, under the path that its user knows it by.
#[derive(Debug)]
pub struct Source {
    path: String,
    text: String,
    line_starts: OnceLock<Vec<usize>>,
}

impl Source {
    /// A source named `path` (relative to the project, with `/` between segments) that holds `text`.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { path: path.into(), text: text.into(), line_starts: OnceLock::new() })
    }

    /// The path from the project's root, or a name such as `--set` for text that is no file.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn line_starts(&self) -> &[usize] {
        self.line_starts
            .get_or_init(|| std::iter::once(0).chain(self.text.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    /// Line and column, both counted from 1 and the column in characters, of the byte at `offset`.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let starts = self.line_starts();
        let line = starts.partition_point(|&start| start <= offset).max(1);
        let start = starts[line - 1];
        let end = offset.min(self.text.len());
        let column = self.text.get(start..end).map_or(0, |before| before.chars().count());
        (line, column + 1)
    }

    /// The bytes of line `line` (counted from 1) without its line break; `None` past the last line.
    pub fn line_range(&self, line: usize) -> Option<Range<usize>> {
        let starts = self.line_starts();
        let start = *starts.get(line.checked_sub(1)?)?;
        let end = starts.get(line).map_or(self.text.len(), |next| next - 1);
        let end = if self.text[start..end].ends_with('\r') { end - 1 } else { end };
        Some(start..end)
    }
}

/// A half-open range of bytes in one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span of `range`. Sources are limited far below 4 GiB; an offset past that is cut off there.
    pub fn new(range: Range<usize>) -> Self {
        let narrow = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { start: narrow(range.start), end: narrow(range.end) }
    }

    /// The span as a range of byte offsets.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A place in a source: where a value was set, or where a fault shows.
#[derive(Clone)]
pub struct Location {
    /// The text that is pointed into.
    pub source: Arc<Source>,
    /// The bytes that are meant.
    pub span: Span,
}

impl Location {
    /// The place `range` of `source`.
    pub fn new(source: &Arc<Source>, range: Range<usize>) -> Self {
        Self { source: Arc::clone(source), span: Span::new(range) }
    }

    /// The very beginning of `source`: for findings about a file as a whole.
    pub fn start_of(source: &Arc<Source>) -> Self {
        Self::new(source, 0..0)
    }

    /// The text that is pointed at.
    pub fn text(&self) -> &str {
        self.source.text().get(self.span.range()).unwrap_or_default()
    }

    /// Line and column of the first byte, counted from 1.
    pub fn line_column(&self) -> (usize, usize) {
        self.source.line_column(self.span.start as usize)
    }
}

impl PartialEq for Location {
    fn eq(&self, other: &Self) -> bool {
        self.source.path == other.source.path && self.span == other.span
    }
}

impl Eq for Location {}

impl PartialOrd for Location {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Location {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (&self.source.path, self.span).cmp(&(&other.source.path, other.span))
    }
}

impl Hash for Location {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.source.path.hash(state);
        self.span.hash(state);
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `path:line:column`, as editors and terminals understand it.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.line_column();
        write!(f, "{}:{line}:{column}", self.source.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_and_in_characters() {
        let source = Source::new("a.yaml", "ä: 1\r\nb: 2\n");
        assert_eq!(source.line_column(0), (1, 1));
        assert_eq!(source.line_column(2), (1, 2));
        assert_eq!(source.line_column(7), (2, 1));
        assert_eq!(source.line_range(1), Some(0..5));
        assert_eq!(source.line_range(2), Some(7..11));
        assert_eq!(source.line_range(4), None);
    }

    #[test]
    fn a_location_names_file_line_and_column() {
        let source = Source::new("values/dev.yaml", "a: 1\nb: 2\n");
        let location = Location::new(&source, 8..9);
        assert_eq!(location.to_string(), "values/dev.yaml:2:4");
        assert_eq!(location.text(), "2");
    }
}
